#pragma once

/* For the engine's tests only: a store, an engine without a thread, and a clock that the test moves. What its hosts do is in
 * simulated-hosts.h, what is deployed to them in simulated-deployments.h. Everything goes the way it goes in the server:
 * polls through the hub, reports in transactions.
 *
 *   g_autoptr (Fleet) fleet = fleet_new (3);                     hosts web-01 ..
 *   fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
 *   char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
 *   fleet_run (fleet);                                          until nothing moves
 *   fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 1/1/1");
 */

#include "core/lifecycle.h"
#include "server/engine/engine.h"
#include "server/engine/errands.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/instance.h"
#include "store/test-database.h"

#include <glib/gstdio.h>
#include <string.h>

typedef enum {
  DEED_SUCCEED,
  DEED_NOOP,         /* acknowledges that there is nothing to do */
  DEED_FAIL,         /* acknowledges, fails; says so twice, as agents do */
  DEED_FAIL_AT_ONCE, /* fails without an acknowledgement */
  DEED_HANG,         /* acknowledges, and is not heard of again */
  DEED_IGNORE        /* fetches the command and forgets it */
} Deed;

typedef struct {
  const char *host; /* NULL: every host */
  LifecycleEvent event;
  Deed deed;
  int times; /* how often it still counts; FLEET_ALWAYS */
} Rule;

#define FLEET_ALWAYS (-1)

typedef struct {
  ErrandKind kind;
  const char *target; /* its id; NULL: any, or none */
  ErrandResult result;
  int times; /* how often it still counts; FLEET_ALWAYS */
} ErrandRule;

typedef struct {
  char *name, *arn;
  gboolean polling;
  gboolean dead;    /* does not poll */
  char *command_id; /* fetched, not yet acted upon */
  LifecycleEvent event;
} SimHost;

typedef struct {
  char *folder, *url;
  AmbientFake fake;
  Ambient ambient;
  ArnScope arn;
  Quotas quotas;
  EngineTimes times;
  EnginePolicy policy;
  Metrics *metrics;
  Store *store;
  CommandHub *hub;
  Engine *engine;
  GPtrArray *hosts; /* SimHost */
  GArray *rules;
  GArray *errand_rules; /* ErrandRule: see simulated-errands.h */
  /* What comes of errands that no rule is for; NULL: they are done, with an empty answer. */
  ErrandResult (*perform) (gpointer ctx, const ErrandRecord *errand);
  gpointer perform_ctx;
  gboolean carries_registered; /* its load balancers take registered hosts */
  GPtrArray *
      journal; /* "web-01 Install d-... 1": what hosts began to run, in order, and in which attempt; "web-01 block-traffic
                * d-...": an errand that was done, for one of its targets */
  gint64 most_running; /* hosts that held a command at the same time */
  Arena *arena;
} Fleet;

#define FLEET_CHECK(ok, error)                                                                     \
  do {                                                                                             \
    gboolean ok_ = (ok);                                                                           \
    g_assert_no_error (error);                                                                     \
    g_assert_true (ok_);                                                                           \
  } while (0)

/* ---- transactions ---- */
typedef struct {
  void (*body) (StoreTx *tx, gpointer data);
  gpointer data;
} FleetWork;

static gboolean
fleet_work (StoreTx *tx, gpointer data, GError **error)
{
  const FleetWork *work = data;
  work->body (tx, work->data);
  return TRUE;
}

static void
fleet_in_tx (Fleet *fleet, StoreMode mode, void (*body) (StoreTx *, gpointer), gpointer data)
{
  FleetWork work = { body, data };
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (store_run (fleet->store, mode, fleet_work, &work, &error), error);
}

/* ---- building ---- */
static gboolean
fleet_carries (gpointer ctx, const char *kind, const char *name)
{
  const Fleet *fleet = ctx;
  return fleet->carries_registered && strcmp (kind, "targetGroup") == 0;
}

static void
fleet_open (Fleet *fleet)
{
  g_autoptr (GError) error = NULL;
  fleet->store = store_open (fleet->url, &error);
  g_assert_no_error (error);
  const CommandHubConfig hub = { .ambient = &fleet->ambient,
                                 .poll_wait_ms = 50 * 1000,
                                 .lease_ms = COMMAND_HUB_DEFAULT_LEASE_MS,
                                 .metrics = fleet->metrics };
  fleet->hub = command_hub_new (&hub);
  const EngineConfig config = { .store = fleet->store,
                                .hub = fleet->hub,
                                .ambient = &fleet->ambient,
                                .arn = &fleet->arn,
                                .quotas = &fleet->quotas,
                                .times = fleet->times,
                                .lists_instances = TRUE,
                                .policy = fleet->policy,
                                .carries_registered_hosts = fleet_carries,
                                .balancers_ctx = fleet,
                                .metrics = fleet->metrics };
  fleet->engine = engine_new (&config);
  FLEET_CHECK (engine_load (fleet->engine, &error), error);
}

/* As a kill does: what is in memory is lost. */
static void
fleet_shut (Fleet *fleet)
{
  command_hub_close (fleet->hub);
  g_clear_pointer (&fleet->engine, engine_free);
  g_clear_pointer (&fleet->store, store_close);
  g_clear_pointer (&fleet->hub, command_hub_free);
}

G_GNUC_UNUSED static void
fleet_restart (Fleet *fleet)
{
  fleet_shut (fleet);
  fleet_open (fleet);
}

static char *
fleet_group_id (Fleet *fleet, const char *group)
{
  return arena_printf (fleet->arena, "00000000-0000-4000-8000-%012x",
                       g_str_hash (group) & 0xffffff);
}

#define FLEET_APPLICATION "00000000-0000-4000-8000-000000000001"

static void
fleet_insert_application (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean taken;
  const ApplicationRecord application = { .id = FLEET_APPLICATION,
                                          .name = "shop",
                                          .compute_platform = COMPUTE_PLATFORM_SERVER,
                                          .create_ms = 1 };
  FLEET_CHECK (application_record_insert (tx, &application, &taken, &error), error);
}

typedef struct {
  Fleet *fleet;
  const char *name, *tag;
} FleetNamed;

static void
fleet_insert_group (StoreTx *tx, gpointer data)
{
  const FleetNamed *named = data;
  g_autoptr (GError) error = NULL;
  DeploymentGroupWrite written;
  const DeploymentGroupRecord group = {
    .id = fleet_group_id (named->fleet, named->name),
    .application_id = FLEET_APPLICATION,
    .name = named->name,
    .deployment_config_name = "CodeDeployDefault.OneAtATime",
    .service_role_arn = "arn:aws:iam::123456789012:role/deploy",
    .settings_json = arena_printf (named->fleet->arena,
                                   "{\"onPremisesInstanceTagFilters\":[{\"Key\":\"role\","
                                   "\"Value\":\"%s\",\"Type\":\"KEY_AND_VALUE\"}]}",
                                   named->tag),
    .create_ms = 1,
  };
  FLEET_CHECK (deployment_group_record_insert (tx, &group, &written, &error), error);
  g_assert_cmpint (written, ==, DEPLOYMENT_GROUP_WRITTEN);
}

static void
fleet_add_group (Fleet *fleet, const char *name, const char *tag)
{
  FleetNamed named = { fleet, name, tag };
  fleet_in_tx (fleet, STORE_WRITE, fleet_insert_group, &named);
}

static void
fleet_insert_host (StoreTx *tx, gpointer data)
{
  const FleetNamed *named = data;
  g_autoptr (GError) error = NULL;
  InstanceRegister result;
  const InstanceRecord instance = {
    .name = named->name,
    .arn_suffix = "aaaaaaaaaa",
    .iam_user_arn =
        arena_printf (named->fleet->arena, "arn:aws:iam::123456789012:user/%s", named->name),
    .register_ms = 1,
  };
  FLEET_CHECK (instance_record_register (tx, &instance, &result, &error), error);
  g_assert_cmpint (result, ==, INSTANCE_REGISTERED);
  FLEET_CHECK (instance_record_tag_put (tx, named->name, "role", named->tag, &error), error);
}

static void
fleet_host_free (gpointer data)
{
  SimHost *host = data;
  g_free (host->name);
  g_free (host->arn);
  g_free (host->command_id);
  g_free (host);
}

/* tag: of the key role. */
static void
fleet_add_tagged_host (Fleet *fleet, const char *name, const char *tag)
{
  FleetNamed named = { fleet, name, tag };
  fleet_in_tx (fleet, STORE_WRITE, fleet_insert_host, &named);
  SimHost *host = g_new0 (SimHost, 1);
  host->name = g_strdup (name);
  host->arn = g_strdup_printf ("arn:aws:iam::123456789012:user/%s", name);
  g_ptr_array_add (fleet->hosts, host);
}

typedef struct {
  const char *host, *key, *value;
} FleetTag;

static void
fleet_put_tag (StoreTx *tx, gpointer data)
{
  const FleetTag *tag = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (instance_record_tag_put (tx, tag->host, tag->key, tag->value, &error), error);
}

G_GNUC_UNUSED static void
fleet_tag (Fleet *fleet, const char *host, const char *key, const char *value)
{
  FleetTag tag = { host, key, value };
  fleet_in_tx (fleet, STORE_WRITE, fleet_put_tag, &tag);
}

static void
fleet_add_host (Fleet *fleet, const char *name)
{
  fleet_add_tagged_host (fleet, name, "web");
}

static Fleet *
fleet_new_at (const char *url, int n_hosts)
{
  Fleet *fleet = g_new0 (Fleet, 1);
  fleet->url = g_strdup (url);
  fleet->fake = (AmbientFake){ .now_ms = G_GINT64_CONSTANT (1800000000000), .seed = 7 };
  fleet->ambient = ambient_fake (&fleet->fake);
  fleet->arn =
      (ArnScope){ .partition = "aws", .region = "eu-west-3", .account_id = "123456789012" };
  quotas_init (&fleet->quotas);
  engine_times_init (&fleet->times);
  fleet->metrics = metrics_new ();
  fleet->hosts = g_ptr_array_new_with_free_func (fleet_host_free);
  fleet->rules = g_array_new (FALSE, FALSE, sizeof (Rule));
  fleet->errand_rules = g_array_new (FALSE, FALSE, sizeof (ErrandRule));
  fleet->journal = g_ptr_array_new_with_free_func (g_free);
  fleet->arena = arena_new ();
  fleet_open (fleet);
  fleet_in_tx (fleet, STORE_WRITE, fleet_insert_application, NULL);
  fleet_add_group (fleet, "blog", "web");
  for (int i = 1; i <= n_hosts; i++) {
    g_autofree char *name = g_strdup_printf ("web-%02d", i);
    fleet_add_host (fleet, name);
  }
  return fleet;
}

G_GNUC_UNUSED static Fleet *
fleet_new (int n_hosts)
{
  g_autofree char *url = test_database_new (NULL);
  return fleet_new_at (url, n_hosts);
}

static Fleet *
fleet_new_in_folder (const char *url_options, int n_hosts)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("slipway-fleet-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *on_disk = g_strdup_printf ("sqlite:%s/store.db%s", folder, url_options);
  g_autofree char *url = test_database_new (on_disk);
  Fleet *fleet = fleet_new_at (url, n_hosts);
  fleet->folder = g_steal_pointer (&folder);
  return fleet;
}

/* One that fleet_restart can be used on. */
G_GNUC_UNUSED static Fleet *
fleet_new_on_disk (int n_hosts)
{
  return fleet_new_in_folder ("", n_hosts);
}

/* On SQLite, one that does not wait for others who write. */
G_GNUC_UNUSED static Fleet *
fleet_new_busy_at_once (int n_hosts)
{
  return fleet_new_in_folder ("?busy_timeout_ms=1", n_hosts);
}

static void
fleet_remove_folder (Fleet *fleet)
{
  static const char *const files[] = { "store.db", "store.db-wal", "store.db-shm" };
  if (fleet->folder == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (fleet->folder, files[i], NULL);
    g_unlink (path); /* the last two may be gone with the store */
  }
  g_assert_cmpint (g_rmdir (fleet->folder), ==, 0);
}

static void
fleet_free (Fleet *fleet)
{
  fleet_shut (fleet);
  fleet_remove_folder (fleet);
  g_ptr_array_unref (fleet->hosts);
  g_array_unref (fleet->rules);
  g_array_unref (fleet->errand_rules);
  g_ptr_array_unref (fleet->journal);
  metrics_free (fleet->metrics);
  arena_free (fleet->arena);
  g_free (fleet->folder);
  g_free (fleet->url);
  g_free (fleet);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fleet, fleet_free)
