#include "server/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "core/digest.h"
#include "core/version.h"
#include "server/api-call.h"
#include "server/authenticate.h"
#include "server/dispatch.h"
#include "server/engine/engine.h"
#include "server/errand-reader.h"
#include "server/errand-runner.h"
#include "server/files.h"
#include "server/host-commands/command-hub.h"
#include "server/host-commands/specification.h"
#include "server/http-server.h"
#include "server/integrations/integrations.h"
#include "server/integrations/services.h"
#include "server/notifications/courier.h"
#include "server/notifications/sinks.h"
#include "server/objects/objects.h"
#include "server/rate-limit.h"
#include "server/spec-signer.h"
#include "server/status-routes.h"

#define ADDRESS_FILE  "slipwayd.address"
#define MAX_PEM_BYTES (256 * 1024)
#define MAX_ROUTES    8
/* Signed specifications in memory, about 5 kB each: more than deployments that run at once. */
#define SPECIFICATIONS_KEPT 1024

/* Everything that lives as long as the server does. */
typedef struct {
  Installation *installation;
  const Ambient *ambient;
  Log *log;
  Metrics *metrics;
  Keyring *keyring;
  RateLimiter *limiter;
  SpecSigner *signer;
  Integrations *integrations;
  Services *services;
  Sinks *sinks;
  Courier *courier;
  EngineAudience audience;
  char *ca_pem;
  char *server_pem;
  char *server_key;
  ApiEnv env;
  Authenticator authenticator;
  Dispatcher dispatcher;
  StatusRoutes status;
  CommandHub *hub;
  SpecificationCache *specifications;
  ErrandRunner *errands;
  ErrandReader *reader;
  Engine *engine;
  Objects *objects;
  HttpRoute routes[MAX_ROUTES];
  gsize n_routes;
  HttpServer *http;
} Server;

static const int handled_signals[] = { SIGTERM, SIGINT, SIGHUP };

static void
fill_signal_set (sigset_t *set)
{
  sigemptyset (set);
  for (gsize i = 0; i < G_N_ELEMENTS (handled_signals); i++)
    sigaddset (set, handled_signals[i]);
}

void
serve_block_signals (void)
{
  sigset_t set;
  fill_signal_set (&set);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  signal (SIGPIPE, SIG_IGN);
}

/* ---- putting it together ---- */

static gboolean
read_pem (Server *server, const char *name, char **out, GError **error)
{
  return files_read (installation_path (server->installation, name), MAX_PEM_BYTES, out, NULL,
                     error);
}

static void
make_errand_runner (Server *server)
{
  ErrandRunnerConfig config = {
    .store = server->installation->store,
    .ambient = server->ambient,
    .log = server->log,
    .n_threads = (guint)server->installation->settings.errand_threads,
    .alone = installation_is_alone (server->installation),
  };
  server->services =
      services_new (server->integrations, &server->installation->arn, server->ambient);
  services_fill_performers (server->services, config.performers);
  server->errands = errand_runner_new (&config);
  const ErrandReaderConfig reader = {
    .performers = config.performers,
    .n_threads = config.n_threads,
    .wait_ms = server->installation->settings.plan_reading_s * 1000,
    .ambient = server->ambient,
  };
  server->reader = errand_reader_new (&reader);
}

static gboolean
deliver (gpointer sinks, const NotificationRecord *record, GError **error)
{
  return sinks_deliver (sinks, record, error);
}

static void
make_courier (Server *server)
{
  const Settings *settings = &server->installation->settings;
  server->sinks = sinks_new (server->integrations, services_aws (server->services),
                             &server->installation->arn, server->ambient);
  const CourierConfig config = {
    .store = server->installation->store,
    .ambient = server->ambient,
    .log = server->log,
    .metrics = server->metrics,
    .deliver = deliver,
    .ctx = server->sinks,
    .n_threads = (guint)settings->notification_threads,
    .give_up_ms = settings->notification_age_s * 1000,
    .give_up_tries = settings->notification_tries,
    .keep_dead_ms = settings->notification_keep_days * G_GINT64_CONSTANT (86400000),
    .alone = installation_is_alone (server->installation),
  };
  server->courier = courier_new (&config);
  server->audience = (EngineAudience){ .sinks = sinks_receivers (server->sinks),
                                       .reaches = sinks_reaches,
                                       .reaches_ctx = server->sinks,
                                       .wake = courier_wake,
                                       .wake_ctx = server->courier };
}

static void
make_engine (Server *server)
{
  Installation *installation = server->installation;
  const Settings *settings = &installation->settings;
  const CommandHubConfig hub = {
    .ambient = server->ambient,
    .poll_wait_ms = settings->poll_wait_s * 1000,
    .lease_ms = COMMAND_HUB_DEFAULT_LEASE_MS,
    .metrics = server->metrics,
  };
  server->hub = command_hub_new (&hub);
  server->specifications = specification_cache_new (SPECIFICATIONS_KEPT, &server->env.github);
  const EngineConfig engine = {
    .store = installation->store,
    .hub = server->hub,
    .ambient = server->ambient,
    .arn = &installation->arn,
    .quotas = &settings->quotas,
    .times = { .first_pickup_ms = settings->first_pickup_s * 1000,
               .pickup_ms = settings->pickup_s * 1000,
               .event_ms = settings->event_s * 1000,
               .block_traffic_ms = settings->block_traffic_s * 1000,
               .allow_traffic_ms = settings->allow_traffic_s * 1000,
               .fleet_ms = settings->fleet_s * 1000,
               .scaling_ms = settings->scaling_s * 1000,
               .new_hosts_ms = settings->new_hosts_s * 1000,
               .alarm_poll_ms = settings->alarm_poll_s * 1000,
               .alarm_unreadable_ms = settings->alarm_unreadable_s * 1000,
               .replace_ms = settings->replace_s * 1000,
               .total_ms = settings->deployment_s * 1000,
               .blue_green_total_ms = settings->blue_green_s * 1000 },
    .policy = { .half_of_one_refused = !settings->half_of_one_host,
                .check_service_roles = settings->check_service_roles,
                .health_aware = settings->health_aware_scheduling,
                .skip_vanished = settings->skip_vanished_hosts,
                .zonal_rollbacks = settings->zonal_rollbacks,
                .zone_tag = settings->zone_tag },
    .carries_registered_hosts = integrations_carries_registered_hosts,
    .balancers_ctx = server->integrations,
    .lists_instances = services_list_instances (server->services),
    .errand_wake = errand_runner_wake,
    .errand_ctx = server->errands,
    .audience = &server->audience,
    .log = server->log,
    .metrics = server->metrics,
  };
  server->engine = engine_new (&engine);
}

static gboolean
open_objects (Server *server, GError **error)
{
  Installation *installation = server->installation;
  const ObjectsConfig config = {
    .store = installation->store,
    .data_dir = installation->dir,
    .arn = &installation->arn,
    .host_names = installation->settings.host_names,
    .abort_uploads_ms = installation->settings.abort_uploads_days * G_GINT64_CONSTANT (86400000),
    .audit_days = installation->settings.audit_days,
    .ambient = server->ambient,
    .log = server->log,
    .authenticator = &server->authenticator,
  };
  if (!objects_ensure_bucket (installation->store, installation->settings.default_bucket,
                              ambient_now_ms (server->ambient), error))
    return FALSE;
  server->objects = objects_new (&config, error);
  return server->objects != NULL;
}

static void
fill_env (Server *server)
{
  Installation *installation = server->installation;
  server->env = (ApiEnv){
    .arn = installation->arn,
    .settings = &installation->settings,
    .quotas = &installation->settings.quotas,
    .ambient = server->ambient,
    .store = installation->store,
    .log = server->log,
    .metrics = server->metrics,
    .keyring = server->keyring,
    .signer = server->signer,
    .integrations = server->integrations,
    .reader = server->reader,
    .ca_pem = server->ca_pem,
    .signer_ca_pem = server->ca_pem,
    .data_dir = installation->dir,
    .engine = server->engine,
    .hub = server->hub,
    .specifications = server->specifications,
  };
  github_vault_init (&server->env.github, installation->master);
  static const char purpose[] = "page tokens";
  digest_hmac_sha256 (installation->master, sizeof installation->master, purpose, strlen (purpose),
                      server->env.page_key.bytes);
  server->authenticator = (Authenticator){
    .keyring = server->keyring,
    .store = installation->store,
    .settings = &installation->settings,
    .ambient = server->ambient,
    .metrics = server->metrics,
    .limiter = server->limiter,
    .log = server->log,
  };
  server->dispatcher = (Dispatcher){ &server->env, &server->authenticator };
  server->status = (StatusRoutes){ installation->store, server->metrics };
}

static void
add_route (Server *server, HttpRoute route)
{
  g_assert (server->n_routes < MAX_ROUTES);
  server->routes[server->n_routes++] = route;
}

/* An upgrade is one way: it belongs into the log. */
static void
log_upgrade (const Server *server)
{
  StoreStats stats;
  store_get_stats (server->installation->store, &stats);
  if (stats.schema_found < stats.schema)
    log_info (server->log, "database-upgraded",
              log_text ("store", server->installation->store_name),
              log_number ("from", stats.schema_found), log_number ("to", stats.schema));
}

static gboolean
open_parts (Server *server, GError **error)
{
  Installation *installation = server->installation;
  log_upgrade (server);
  server->metrics = metrics_new ();
  server->keyring = keyring_new (installation->master, server->ambient);
  server->limiter = rate_limiter_new (&installation->settings, server->ambient);
  server->integrations =
      integrations_load (installation->dir, installation->settings.region, error);
  if (server->integrations == NULL)
    return FALSE;
  if (!read_pem (server, "pki/ca.pem", &server->ca_pem, error) ||
      !read_pem (server, "pki/server.pem", &server->server_pem, error) ||
      !read_pem (server, "pki/server.key", &server->server_key, error))
    return FALSE;
  server->signer = spec_signer_open (installation_path (installation, "pki"), server->ambient,
                                     server->log, error);
  if (server->signer == NULL)
    return FALSE;
  make_errand_runner (server);
  make_courier (server);
  make_engine (server);
  fill_env (server);
  if (!open_objects (server, error) || !engine_start (server->engine, error))
    return FALSE;
  errand_runner_start (server->errands, server->engine);
  courier_start (server->courier);
  add_route (server, status_route_health (&server->status));
  add_route (server, status_route_metrics (&server->status));
  add_route (server, dispatch_route (&server->dispatcher));
  add_route (server, objects_route (server->objects));
  add_route (server, status_route_nothing ());
  return TRUE;
}

static gboolean
open_http (Server *server, GError **error)
{
  const Settings *settings = &server->installation->settings;
  HttpServerConfig config = {
    .listen = settings->listen,
    .cert_pem = server->server_pem,
    .key_pem = server->server_key,
    .threads = (guint)settings->threads,
    .max_connections = (guint)settings->max_connections,
    .max_per_peer = (guint)settings->max_connections_per_peer,
    .idle_s = (guint)settings->connection_idle_s,
    .head_s = (guint)settings->request_head_s,
    .body_s = (guint)settings->request_body_s,
    .slowest_bytes_s = (guint)settings->slowest_peer_bytes_s,
    .plain_from_anywhere = settings->plain_http_from_anywhere,
    .routes = server->routes,
    .n_routes = server->n_routes,
    .ambient = server->ambient,
    .log = server->log,
    .metrics = server->metrics,
  };
  server->http = http_server_start (&config, error);
  if (server->http == NULL)
    return FALSE;
  const char *address = http_server_address (server->http);
  g_autofree char *line = g_strconcat (address, "\n", NULL);
  if (!files_write_unsynced (installation_path (server->installation, ADDRESS_FILE), line, -1, 0644,
                             error))
    return FALSE;
  log_info (server->log, "listening", log_text ("address", address),
            log_text ("version", version_string ()), log_text ("data", server->installation->dir),
            log_text ("store", server->installation->store_name), log_number ("pid", getpid ()));
  return TRUE;
}

/* ---- serving ---- */

static void
wait_for_signal (Server *server)
{
  sigset_t set;
  fill_signal_set (&set);
  for (;;) {
    int number = 0;
    if (sigwait (&set, &number) != 0)
      continue;
    if (number ==
        SIGHUP) { /* settings are fixed after start; a terminal that goes away is no reason to stop */
      log_info (server->log, "signal-ignored", log_text ("signal", "SIGHUP"));
      continue;
    }
    log_info (server->log, "stopping",
              log_text ("signal", number == SIGTERM ? "SIGTERM" : "SIGINT"));
    return;
  }
}

/* From here on the signals do what they do everywhere: a second one ends the process. */
static void
unblock_signals (void)
{
  sigset_t set;
  fill_signal_set (&set);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
}

/* ---- taking it apart ---- */

static void
quiesce (Server *server)
{
  unlink (installation_path (server->installation, ADDRESS_FILE));
  http_server_quiesce (server->http);
  command_hub_close (server->hub);
  errand_reader_close (server->reader);
  if (!http_server_drain (server->http, server->installation->settings.drain_s * 1000))
    log_warning (server->log, "requests-cut-off",
                 log_number ("open", metrics_get (server->metrics, METRIC_REQUESTS_OPEN)));
  http_server_cut (server->http);
}

static void
close_parts (Server *server)
{
  if (server->http != NULL)
    quiesce (server);
  services_abort (server->services);
  errand_reader_stop (server->reader);
  errand_runner_stop (server->errands);
  courier_stop (server->courier);
  if (server->engine != NULL)
    engine_stop (server->engine);
  if (server->objects != NULL)
    objects_quiesce (server->objects);
  if (!http_server_stop (server->http)) {
    /* Taking apart what a stuck request still uses would crash; everything that counts is on disk. */
    log_failure (server->log, "request-never-answered",
                 log_number ("open", metrics_get (server->metrics, METRIC_REQUESTS_OPEN)));
    _exit (1);
  }
  objects_free (server->objects);
  /* The store's last works may still use all that is freed after it. */
  g_clear_pointer (&server->installation->store, store_close);
  errand_reader_free (server->reader);
  errand_runner_free (server->errands);
  courier_free (server->courier);
  sinks_free (server->sinks);
  services_free (server->services);
  engine_free (server->engine);
  command_hub_free (server->hub);
  g_clear_pointer (&server->specifications, specification_cache_free);
  spec_signer_free (server->signer);
  integrations_free (server->integrations);
  keyring_free (server->keyring);
  rate_limiter_free (server->limiter);
  metrics_free (server->metrics);
  g_free (server->ca_pem);
  g_free (server->server_pem);
  if (server->server_key != NULL)
    explicit_bzero (server->server_key, strlen (server->server_key));
  g_free (server->server_key);
}

gboolean
serve (Installation *installation, const Ambient *ambient, GError **error)
{
  g_autoptr (Log) log = log_new (STDERR_FILENO, installation->settings.level);
  Server server = { .installation = installation, .ambient = ambient, .log = log };
  gboolean ok = open_parts (&server, error) && open_http (&server, error);
  if (ok) {
    wait_for_signal (&server);
    unblock_signals ();
  }
  close_parts (&server);
  if (ok)
    log_info (log, "stopped", log_number ("pid", getpid ()));
  return ok;
}
