#include "server/simulation/clients.h"

#include "proto/api-error.h"

#include <string.h>

#define N_GROUPS    4
#define N_CONFIGS   8
#define N_REVISIONS 9

struct Clients {
  World *world;
  Hosts *hosts;
  Chance chance;
  gsize n_groups;
  gboolean *deregistered; /* by host */
};

Clients *
clients_new (World *world, Hosts *hosts)
{
  Clients *clients = g_new0 (Clients, 1);
  clients->world = world;
  clients->hosts = hosts;
  clients->chance = chance_new (world->seed, CHANCE_CLIENTS);
  clients->deregistered = g_new0 (gboolean, hosts_count (hosts));
  clients->n_groups = (gsize)chance_between (&clients->chance, 1, N_GROUPS);
  return clients;
}

void
clients_free (Clients *clients)
{
  if (clients == NULL)
    return;
  g_free (clients->deregistered);
  g_free (clients);
}

/* ---- words ---- */

static const char *const configs[] = {
  "CodeDeployDefault.OneAtATime",
  "CodeDeployDefault.HalfAtATime",
  "CodeDeployDefault.AllAtOnce",
  "custom-1",
  "custom-2",
  "custom-3",
  "custom-4",
  "custom-5",
  "custom-6",
  "custom-7",
  "custom-8",
};

static const char *
draw_config (Clients *clients)
{
  return configs[chance_below (&clients->chance, G_N_ELEMENTS (configs))];
}

static gint64
draw_group (Clients *clients)
{
  return chance_below (&clients->chance, (gint64)clients->n_groups) + 1;
}

static const char *
flag (Clients *clients, gint64 of_10000)
{
  return chance_hits (&clients->chance, of_10000) ? "true" : "false";
}

static char *
rollback_json (Clients *clients, Arena *arena)
{
  static const char *const events[] = {
    "\"DEPLOYMENT_FAILURE\"",
    "\"DEPLOYMENT_FAILURE\",\"DEPLOYMENT_STOP_ON_REQUEST\"",
    "\"DEPLOYMENT_FAILURE\",\"DEPLOYMENT_STOP_ON_ALARM\"",
    "\"DEPLOYMENT_STOP_ON_REQUEST\"",
  };
  return arena_printf (arena, "\"autoRollbackConfiguration\":{\"enabled\":%s,\"events\":[%s]}",
                       flag (clients, 8000),
                       events[chance_below (&clients->chance, G_N_ELEMENTS (events))]);
}

/* Hosts have the tags g1 .. g4 by chance; a group selects one of them, or one of two. */
static char *
filters_json (Clients *clients, gint64 group, Arena *arena)
{
  gint64 other = chance_below (&clients->chance, 4) == 0 ? draw_group (clients) : group;
  return arena_printf (arena,
                       "\"onPremisesInstanceTagFilters\":[{\"Key\":\"g%d\",\"Type\":\"KEY_ONLY\"},"
                       "{\"Key\":\"g%d\",\"Type\":\"KEY_ONLY\"}]",
                       (int)group, (int)other);
}

static char *
config_json (Clients *clients, gint64 number, Arena *arena)
{
  Chance *chance = &clients->chance;
  gboolean percent = chance_below (chance, 2) == 0;
  gint64 value = percent ? chance_between (chance, 0, 99)
                         : chance_between (chance, 0, (gint64)hosts_count (clients->hosts) / 2);
  g_autoptr (GString) more = g_string_new (NULL);
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"retriesPerTarget\":%d", (int)chance_between (chance, 1, 3));
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"maximumBatchSize\":%d", (int)chance_between (chance, 1, 5));
  if (chance_below (chance, 3) == 0)
    g_string_append_printf (more, ",\"deploymentTimeoutInMinutes\":%d",
                            (int)chance_between (chance, 5, 90));
  return arena_printf (arena,
                       "{\"deploymentConfigName\":\"custom-%d\",\"minimumHealthyHosts\":"
                       "{\"type\":\"%s\",\"value\":%d}%s}",
                       (int)number, percent ? "FLEET_PERCENT" : "HOST_COUNT", (int)value,
                       more->str);
}

static char *
group_json (Clients *clients, gint64 group, Arena *arena)
{
  return arena_printf (arena,
                       "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\","
                       "\"serviceRoleArn\":\"arn:aws:iam::123456789012:role/deploy\","
                       "\"deploymentConfigName\":\"%s\",%s,%s}",
                       (int)group, draw_config (clients), filters_json (clients, group, arena),
                       rollback_json (clients, arena));
}

/* ---- calls ---- */

static gboolean
call (Clients *clients, const char *operation, const char *json, Arena *arena)
{
  World *world = clients->world;
  g_autoptr (GError) error = NULL;
  const char *body;
  if (site_call (world->site, operation, json, arena, &body, &error)) {
    WORLD_TRACE (world, "%s %s: %s", operation, json, body);
    return TRUE;
  }
  WORLD_TRACE (world, "%s %s: %s", operation, json,
               error->domain == API_ERROR ? api_error_name (api_error_code (error))
                                          : error->message);
  world_judge_error (world, operation, error);
  return FALSE;
}

static void
deploy (Clients *clients, Arena *arena)
{
  Chance *chance = &clients->chance;
  g_autoptr (GString) more = g_string_new (NULL);
  if (chance_below (chance, 2) == 0)
    g_string_append_printf (more, ",\"deploymentConfigName\":\"%s\"", draw_config (clients));
  if (chance_below (chance, 5) == 0)
    g_string_append_printf (more, ",%s", rollback_json (clients, arena));
  g_autofree char *revision = g_strdup_printf (
      "\"revision\":{\"revisionType\":\"S3\",\"s3Location\":{\"bucket\":\"bundles\",\"key\":\"r%"
      "d\","
      "\"bundleType\":\"zip\"}},\"ignoreApplicationStopFailures\":%s,"
      "\"updateOutdatedInstancesOnly\":%s",
      (int)chance_between (chance, 1, N_REVISIONS), flag (clients, 3000), flag (clients, 1500));
  gboolean restart = chance_below (chance, 20) == 0;
  call (clients, "CreateDeployment",
        arena_printf (arena,
                      "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\",%s%s}",
                      (int)draw_group (clients),
                      restart ? "\"deploymentMode\":\"RESTART\"" : revision, more->str),
        arena);
}

static void
stop (Clients *clients, Arena *arena)
{
  static const char *const rollback[] = { "", ",\"autoRollbackEnabled\":true",
                                          ",\"autoRollbackEnabled\":false" };
  const char *id = ledger_pick_active (clients->world->ledger, chance_word (&clients->chance));
  if (id != NULL)
    call (clients, "StopDeployment",
          arena_printf (arena, "{\"deploymentId\":\"%s\"%s}", id,
                        rollback[chance_below (&clients->chance, 3)]),
          arena);
}

static void
go_on (Clients *clients, Arena *arena)
{
  const char *id = ledger_pick_active (clients->world->ledger, chance_word (&clients->chance));
  if (id != NULL)
    call (clients, "ContinueDeployment", arena_printf (arena, "{\"deploymentId\":\"%s\"}", id),
          arena);
}

static void
look (Clients *clients, Arena *arena)
{
  const char *id = ledger_pick (clients->world->ledger, chance_word (&clients->chance));
  if (id == NULL)
    return;
  const char *json = arena_printf (arena, "{\"deploymentId\":\"%s\"}", id);
  call (clients, "GetDeployment", json, arena);
  call (clients, "ListDeploymentTargets", json, arena);
  gint64 host = chance_below (&clients->chance, (gint64)hosts_count (clients->hosts));
  call (clients, "GetDeploymentTarget",
        arena_printf (arena, "{\"deploymentId\":\"%s\",\"targetId\":\"%s\"}", id,
                      hosts_name (clients->hosts, (gsize)host)),
        arena);
}

static void
change_group (Clients *clients, Arena *arena)
{
  gint64 group = draw_group (clients);
  const char *what = chance_below (&clients->chance, 2) == 0 ? filters_json (clients, group, arena)
                                                             : rollback_json (clients, arena);
  call (clients, "UpdateDeploymentGroup",
        arena_printf (arena,
                      "{\"applicationName\":\"shop\",\"currentDeploymentGroupName\":\"group-%d\","
                      "\"deploymentConfigName\":\"%s\",%s}",
                      (int)group, draw_config (clients), what),
        arena);
}

static void
make_group_anew (Clients *clients, Arena *arena)
{
  gint64 group = draw_group (clients);
  call (clients, "DeleteDeploymentGroup",
        arena_printf (arena, "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\"}",
                      (int)group),
        arena);
  call (clients, "CreateDeploymentGroup", group_json (clients, group, arena), arena);
}

static void
make_config_anew (Clients *clients, Arena *arena)
{
  gint64 number = chance_between (&clients->chance, 1, N_CONFIGS);
  call (clients, "DeleteDeploymentConfig",
        arena_printf (arena, "{\"deploymentConfigName\":\"custom-%d\"}", (int)number), arena);
  call (clients, "CreateDeploymentConfig", config_json (clients, number, arena), arena);
}

static void
tag (Clients *clients, gsize host, const char *operation, Arena *arena)
{
  call (clients, operation,
        arena_printf (arena,
                      "{\"instanceNames\":[\"%s\"],\"tags\":[{\"Key\":\"g%d\",\"Value\":\"\"}]}",
                      hosts_name (clients->hosts, host), (int)draw_group (clients)),
        arena);
}

static gboolean
register_host (Clients *clients, gsize host, Arena *arena)
{
  if (!call (clients, "RegisterOnPremisesInstance",
             arena_printf (arena, "{\"instanceName\":\"%s\",\"iamUserArn\":\"%s\"}",
                           hosts_name (clients->hosts, host), hosts_arn (clients->hosts, host)),
             arena))
    return FALSE;
  clients->deregistered[host] = FALSE;
  hosts_register (clients->hosts, host, HOSTS_REGISTERED);
  return TRUE;
}

static void
change_host (Clients *clients, Arena *arena)
{
  gsize host = (gsize)chance_below (&clients->chance, (gint64)hosts_count (clients->hosts));
  if (clients->deregistered[host]) {
    if (register_host (clients, host, arena))
      tag (clients, host, "AddTagsToOnPremisesInstances", arena);
    return;
  }
  switch (chance_below (&clients->chance, 4)) {
  case 0:
    if (call (clients, "DeregisterOnPremisesInstance",
              arena_printf (arena, "{\"instanceName\":\"%s\"}", hosts_name (clients->hosts, host)),
              arena)) {
      clients->deregistered[host] = TRUE;
      hosts_register (clients->hosts, host, HOSTS_DEREGISTERED);
    }
    return;
  case 1:
    tag (clients, host, "RemoveTagsFromOnPremisesInstances", arena);
    return;
  default:
    tag (clients, host, "AddTagsToOnPremisesInstances", arena);
  }
}

/* ---- what they do, and how often ---- */

static const struct {
  gint64 share;
  void (*act) (Clients *clients, Arena *arena);
} habits[] = {
  { 50, deploy },
  { 10, stop },
  { 3, go_on },
  { 10, look },
  { 6, change_group },
  { 2, make_group_anew },
  { 3, make_config_anew },
  { 10, change_host },
};

static void
act (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Clients *clients = data;
  if (world->calm)
    return;
  g_autoptr (Arena) arena = arena_new ();
  gint64 all = 0, drawn;
  for (gsize i = 0; i < G_N_ELEMENTS (habits); i++)
    all += habits[i].share;
  drawn = chance_below (&clients->chance, all);
  for (gsize i = 0; i < G_N_ELEMENTS (habits) && !site_is_down (world->site); i++) {
    if (drawn < habits[i].share) {
      habits[i].act (clients, arena);
      break;
    }
    drawn -= habits[i].share;
  }
  world_after (world, chance_delay (&clients->chance, world->profile->client_pause_s * 500), act,
               clients, 0, NULL);
}

void
clients_start (Clients *clients)
{
  world_after (clients->world, 1000, act, clients, 0, NULL);
}

/* ---- the beginning ---- */

/* Many hosts are tagged by one call. */
static gboolean
tag_all (Clients *clients, gint64 group, Arena *arena)
{
  g_autoptr (GString) names = g_string_new (NULL);
  gsize n = hosts_count (clients->hosts);
  gint64 share = chance_between (&clients->chance, 5000, 10000);
  for (gsize i = 0, in_call = 0; i < n; i++) {
    if (i == 0 || chance_hits (&clients->chance, share)) {
      g_string_append_printf (names, "%s\"%s\"", in_call++ > 0 ? "," : "",
                              hosts_name (clients->hosts, i));
    }
    if (in_call < 100 && i + 1 < n)
      continue;
    if (in_call > 0 &&
        !call (clients, "AddTagsToOnPremisesInstances",
               arena_printf (arena,
                             "{\"instanceNames\":[%s],\"tags\":[{\"Key\":\"g%d\",\"Value\":\"\"}]}",
                             names->str, (int)group),
               arena))
      return FALSE;
    g_string_truncate (names, 0);
    in_call = 0;
  }
  return TRUE;
}

gboolean
clients_set_up (Clients *clients, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean done = call (clients, "CreateApplication", "{\"applicationName\":\"shop\"}", arena);
  for (gint64 i = 1; done && i <= N_CONFIGS; i++)
    done = call (clients, "CreateDeploymentConfig", config_json (clients, i, arena), arena);
  for (gsize i = 0; done && i < hosts_count (clients->hosts); i++)
    done = register_host (clients, i, arena);
  for (gint64 i = 1; done && i <= (gint64)clients->n_groups; i++)
    done = call (clients, "CreateDeploymentGroup", group_json (clients, i, arena), arena) &&
           tag_all (clients, i, arena);
  if (!done)
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "the simulated world could not be set up");
  return done;
}
