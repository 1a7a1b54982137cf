#include "server/integrations/haproxy.h"

#include <string.h>

#include "core/failure.h"
#include "server/integrations/haproxy-socket.h"
#include "server/integrations/haproxy-state.h"

/* From "drain" to the look that counts, so that a session that was being begun meanwhile is seen. */
#define SETTLE_MS 100
/* A look costs HAProxy little. */
#define LEAST_AGAIN_MS 200
/* One that is not there may be restarting. */
#define UNREACHABLE_AGAIN_MS 1000

/* One HAProxy of a balancer. */
typedef struct {
  const Ambient *ambient;
  const BalancerAsk *ask;
  const char *address;
  const char *server; /* the host's, in the backend */
  const char
      *who; /* for messages: "HAProxy backend web", with the address when there are several */
  Arena *arena;
  BalancerSaid *out;
} Job;

static const char *
seconds_text (Arena *arena, gint64 ms)
{
  return arena_printf (arena, "%" G_GINT64_FORMAT " s", (MAX (ms, 0) + 999) / 1000);
}

/* ---- asking ---- */

static char *
ask_socket (const Job *job, const char *command, GError **error)
{
  gint64 left_us = job->ask->end_us - ambient_monotonic_us (job->ambient);
  if (left_us > 0)
    return haproxy_socket_ask (job->address, command, (left_us + 999) / 1000, error);
  failure_record (error, HAPROXY_SOCKET_ERROR, HAPROXY_SOCKET_ERROR_UNREACHABLE,
                  "HAProxy at %s was not asked in time", job->address);
  return NULL;
}

static void
fail_socket (const Job *job, const GError *problem)
{
  if (g_error_matches (problem, HAPROXY_SOCKET_ERROR, HAPROXY_SOCKET_ERROR_REFUSED))
    balancer_refuse (job->out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena, "%s",
                     problem->message);
  else
    balancer_not_yet (job->out, balancer_again_ms (job->ask, UNREACHABLE_AGAIN_MS), job->arena,
                      "%s", problem->message);
}

static void
fail_state (const Job *job, const GError *problem)
{
  DeploymentError code = DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID;
  if (g_error_matches (problem, HAPROXY_STATE_ERROR, HAPROXY_STATE_UNREADABLE)) {
    balancer_not_yet (job->out, balancer_again_ms (job->ask, UNREACHABLE_AGAIN_MS), job->arena,
                      "HAProxy at %s %s", job->address, problem->message);
    return;
  }
  if (g_error_matches (problem, HAPROXY_STATE_ERROR, HAPROXY_STATE_NO_SERVER)) {
    balancer_refuse (job->out, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE, job->arena, "%s %s", job->who,
                     problem->message);
    return;
  }
  balancer_refuse (job->out, code, job->arena, "HAProxy at %s %s", job->address, problem->message);
}

static gboolean
look (const Job *job, HaproxyServer *out)
{
  const char *backend = job->ask->balancer->backend;
  g_autoptr (GError) problem = NULL;
  g_autofree char *answer = ask_socket (job, haproxy_state_command (backend, job->arena), &problem);
  if (answer == NULL) {
    fail_socket (job, problem);
    return FALSE;
  }
  if (haproxy_state_read (answer, backend, job->server, job->arena, out, &problem))
    return TRUE;
  /* Which there are helps more than which there is not. */
  if (g_error_matches (problem, HAPROXY_STATE_ERROR, HAPROXY_STATE_NO_BACKEND)) {
    g_autofree char *names = ask_socket (job, "show backend", NULL);
    g_auto (GStrv) lines = g_strsplit (names != NULL ? g_strstrip (names) : "", "\n", 20);
    g_autofree char *list = g_strv_length (lines) > 1 ? g_strjoinv (", ", lines + 1) : NULL;
    if (list != NULL)
      g_prefix_error (&problem, "has the backends %s; it ", list);
  }
  fail_state (job, problem);
  return FALSE;
}

/* Does something to the server; HAProxy says nothing when it is done. */
static gboolean
tell (const Job *job, const char *format)
{
  const char *name = arena_printf (job->arena, "%s/%s", job->ask->balancer->backend, job->server);
  g_autoptr (GString) command = g_string_new (format);
  g_autoptr (GError) problem = NULL;
  g_string_replace (command, "%", name, 0);
  g_autofree char *answer = ask_socket (job, command->str, &problem);
  if (answer == NULL) {
    fail_socket (job, problem);
    return FALSE;
  }
  g_strstrip (answer);
  if (*answer == '\0')
    return TRUE;
  if (strstr (answer, "Permission denied") != NULL)
    balancer_refuse (job->out, DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID, job->arena,
                     "HAProxy at %s gives no permission; the \"stats socket\" needs \"level "
                     "admin\"",
                     job->address);
  else
    balancer_not_yet (job->out, balancer_again_ms (job->ask, UNREACHABLE_AGAIN_MS), job->arena,
                      "%s refuses for %s: %.200s", job->who, job->server, answer);
  return FALSE;
}

/* ---- no more traffic ---- */

static const char *
connections_text (const Job *job, gint64 n)
{
  return arena_printf (job->arena, "%" G_GINT64_FORMAT " connection%s of %s %s", n,
                       n == 1 ? "" : "s", job->server, n == 1 ? "is" : "are");
}

/* It has sessions left, and time for them. */
static gboolean
still_drains (const Job *job, const HaproxyServer *server)
{
  gint64 left_ms = job->out->since_ms + job->ask->balancer->drain_s * 1000 - job->ask->now_ms;
  if (server->sessions == 0)
    return FALSE;
  if (left_ms > 0) {
    balancer_not_yet (job->out, MIN (balancer_again_ms (job->ask, LEAST_AGAIN_MS), left_ms),
                      job->arena, "%s: %s still open, which may take %s more", job->who,
                      connections_text (job, server->sessions), seconds_text (job->arena, left_ms));
    return TRUE;
  }
  job->out->message = arena_printf (job->arena, "%s: %s cut off after %s", job->who,
                                    connections_text (job, server->sessions),
                                    seconds_text (job->arena, job->ask->balancer->drain_s * 1000));
  return FALSE;
}

static void
block_one (const Job *job)
{
  HaproxyServer server;
  if (!look (job, &server))
    return;
  if (!server.drain && !server.maintenance) {
    if (tell (job, "set server % state drain"))
      balancer_not_yet (job->out, SETTLE_MS, job->arena, "%s: %s is drained of its connections",
                        job->who, job->server);
    return;
  }
  if (still_drains (job, &server) || (server.maintenance && server.sessions == 0))
    return;
  if (!tell (job, server.sessions > 0 ? "set server % state maint;shutdown sessions server %"
                                      : "set server % state maint"))
    return;
  job->out->outcome = ERRAND_DONE;
}

/* ---- traffic again ---- */

static void
await_health (const Job *job, const HaproxyServer *server)
{
  gint64 again_ms = balancer_again_ms (job->ask, LEAST_AGAIN_MS);
  if (strcmp (server->status, "UP") == 0 || strcmp (server->status, "no check") == 0)
    return;
  if (g_str_has_prefix (server->status, "DOWN") && server->check_passed > 0)
    balancer_not_yet (job->out, again_ms, job->arena,
                      "%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " health checks of %s passed",
                      job->who, server->check_passed, server->check_rise, job->server);
  else if (g_str_has_prefix (server->status, "DOWN"))
    balancer_not_yet (job->out, again_ms, job->arena,
                      "%s: 0 of %" G_GINT64_FORMAT " health checks of %s passed; the last one: %s",
                      job->who, server->check_rise, job->server,
                      *server->check != '\0' ? server->check : "none was made yet");
  else
    balancer_not_yet (job->out, again_ms, job->arena, "%s: %s is %s%s%s", job->who, job->server,
                      server->status, *server->check != '\0' ? "; its last health check: " : "",
                      server->check);
}

static void
allow_one (const Job *job)
{
  HaproxyServer server;
  if (!look (job, &server))
    return;
  if (!server.maintenance && !server.drain) {
    await_health (job, &server);
    return;
  }
  if (tell (job, server.maintenance && server.checked
                     ? "set server % state drain;set server % health down;set server % state ready"
                     : "set server % state ready"))
    balancer_not_yet (job->out, LEAST_AGAIN_MS, job->arena, "%s: %s waits for its health checks",
                      job->who, job->server);
}

/* ---- all of a balancer's HAProxys ---- */

/* HAProxy's names are made of less than a host's may be: of what its command line takes as one word. */
static const char *
server_name (const BalancerAsk *ask, Arena *arena)
{
  g_autoptr (GString) name = g_string_new (ask->balancer->server);
  for (const char *at = ask->instance; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("-_.:", *at) == NULL)
      return NULL;
  g_string_replace (name, "{instance}", ask->instance, 1);
  return arena_strdup (arena, name->str);
}

static void
for_each (const Ambient *ambient, const BalancerAsk *ask, void (*one) (const Job *job),
          Arena *arena, BalancerSaid *out)
{
  const BalancerSettings *balancer = ask->balancer;
  const char *server = server_name (ask, arena);
  *out = (BalancerSaid){ .outcome = ERRAND_DONE };
  if (server == NULL) {
    balancer_refuse (out, DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE, arena,
                     "HAProxy backend %s can have no server for %s: HAProxy's names are letters, "
                     "digits and -_.:",
                     balancer->backend, ask->instance);
    return;
  }
  gint64 since_ms = ask->since_ms != 0 ? ask->since_ms : ask->now_ms;
  for (const char *const *address = balancer->sockets; *address != NULL; address++) {
    BalancerSaid said = { .outcome = ERRAND_DONE, .since_ms = since_ms };
    const char *who =
        balancer->sockets[1] == NULL
            ? arena_printf (arena, "HAProxy backend %s", balancer->backend)
            : arena_printf (arena, "HAProxy at %s, backend %s", *address, balancer->backend);
    const Job job = { ambient, ask, *address, server, who, arena, &said };
    one (&job);
    balancer_join (out, &said, arena);
  }
  out->since_ms = since_ms;
}

static void
block (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  for_each (ctx, ask, block_one, arena, out);
}

static void
allow (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out)
{
  for_each (ctx, ask, allow_one, arena, out);
}

const BalancerOps haproxy_balancer = { block, allow };
