#pragma once

/* For the engine's tests only: a store, an engine without a thread, a clock that the test moves, and hosts that do what
 * they are told. Everything goes the way it goes in the server: polls through the hub, reports in transactions.
 *
 *   g_autoptr (Fleet) fleet = fleet_new (3);                     hosts web-01 ..
 *   fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
 *   char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
 *   fleet_run (fleet);                                          until nothing moves
 *   fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 1/1/1");
 */

#include "core/deploy-config.h"
#include "proto/api-types.h"
#include "proto/shape.h"
#include "server/engine/engine.h"
#include "server/host-commands/command-id.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/instance.h"
#include "store/records/revision.h"
#include "store/records/target.h"
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
  Metrics *metrics;
  Store *store;
  CommandHub *hub;
  Engine *engine;
  GPtrArray *hosts; /* SimHost */
  GArray *rules;
  GPtrArray *
      journal; /* "web-01 Install d-... 1": what hosts began to run, in order, and in which attempt */
  gint64 most_running; /* hosts that held a command at the same time */
  Arena *arena;
} Fleet;

typedef struct {
  const char *group;                  /* NULL: "blog" */
  const char *config;                 /* NULL: CodeDeployDefault.OneAtATime */
  gint64 revision;                    /* registered on the fly */
  const char *const *rollback_events; /* ends with NULL; NULL: none configured */
  gboolean ignore_stop_failures;
  gboolean outdated_only;
  const char *file_exists;
  DeployOptions options; /* as if the configuration had them */
} FleetOrder;

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

static void
fleet_add_host (Fleet *fleet, const char *name)
{
  FleetNamed named = { fleet, name, "web" };
  fleet_in_tx (fleet, STORE_WRITE, fleet_insert_host, &named);
  SimHost *host = g_new0 (SimHost, 1);
  host->name = g_strdup (name);
  host->arn = g_strdup_printf ("arn:aws:iam::123456789012:user/%s", name);
  g_ptr_array_add (fleet->hosts, host);
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

/* One that fleet_restart can be used on. */
G_GNUC_UNUSED static Fleet *
fleet_new_on_disk (int n_hosts)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("slipway-fleet-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *on_disk = g_strdup_printf ("sqlite:%s/store.db", folder);
  g_autofree char *url = test_database_new (on_disk);
  Fleet *fleet = fleet_new_at (url, n_hosts);
  fleet->folder = g_steal_pointer (&folder);
  return fleet;
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
  g_ptr_array_unref (fleet->journal);
  metrics_free (fleet->metrics);
  arena_free (fleet->arena);
  g_free (fleet->folder);
  g_free (fleet->url);
  g_free (fleet);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fleet, fleet_free)

/* ---- hosts ---- */
G_GNUC_UNUSED static void
fleet_tell (Fleet *fleet, const char *host, LifecycleEvent event, Deed deed)
{
  const Rule rule = { host, event, deed, FLEET_ALWAYS };
  g_array_prepend_val (fleet->rules, rule); /* the latest counts */
}

/* Only so many times; then what was told before. */
G_GNUC_UNUSED static void
fleet_tell_times (Fleet *fleet, const char *host, LifecycleEvent event, Deed deed, int times)
{
  const Rule rule = { host, event, deed, times };
  g_array_prepend_val (fleet->rules, rule);
}

/* What the host does with its command; asked once for each. */
static Deed
fleet_deed (Fleet *fleet, const SimHost *host)
{
  for (guint i = 0; i < fleet->rules->len; i++) {
    Rule *rule = &g_array_index (fleet->rules, Rule, i);
    if (rule->times == 0 || rule->event != host->event ||
        (rule->host != NULL && strcmp (rule->host, host->name) != 0))
      continue;
    if (rule->times > 0)
      rule->times--;
    return rule->deed;
  }
  return DEED_SUCCEED;
}

static SimHost *
fleet_host (Fleet *fleet, const char *name)
{
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (strcmp (host->name, name) == 0)
      return host;
  }
  g_error ("no host %s", name);
}

static void
fleet_take_command (gpointer data, const HubCommand *command)
{
  SimHost *host = data;
  host->polling = FALSE;
  if (command == NULL)
    return;
  g_assert_cmpstr (command->host_arn, ==, host->arn);
  g_free (host->command_id);
  host->command_id = g_strdup (command->command_id);
  g_assert_true (lifecycle_event_from_name (command->name, &host->event));
}

typedef struct {
  Fleet *fleet;
  const char *host_arn, *command_id;
  EngineReport report;
  EngineAnswer answer;
} FleetReport;

static void
fleet_report_body (StoreTx *tx, gpointer data)
{
  static const EventDiagnostics fine = { DIAGNOSTICS_SUCCESS, "", "Succeeded: ", "" };
  static const EventDiagnostics broken = { DIAGNOSTICS_SCRIPT_FAILED, "scripts/check.sh",
                                           "failed with exit code 3", "[stderr]no\n" };
  FleetReport *report = data;
  g_autoptr (GError) error = NULL;
  const EventDiagnostics *diagnostics = report->report == ENGINE_REPORT_SUCCEEDED ? &fine
                                        : report->report == ENGINE_REPORT_FAILED  ? &broken
                                                                                  : NULL;
  FLEET_CHECK (engine_report (report->fleet->engine, tx, report->host_arn, report->command_id,
                              report->report, diagnostics, report->fleet->fake.now_ms,
                              &report->answer, &error),
               error);
}

static EngineAnswer
fleet_report (Fleet *fleet, const char *host, const char *command_id, EngineReport what)
{
  FleetReport report = { .fleet = fleet,
                         .host_arn = fleet_host (fleet, host)->arn,
                         .command_id = command_id,
                         .report = what };
  fleet_in_tx (fleet, STORE_WRITE, fleet_report_body, &report);
  return report.answer;
}

static void
fleet_host_acts (Fleet *fleet, SimHost *host)
{
  g_autofree char *id = g_steal_pointer (&host->command_id);
  Deed deed = fleet_deed (fleet, host);
  if (deed == DEED_IGNORE)
    return;
  if (deed != DEED_FAIL_AT_ONCE) {
    EngineAnswer answer = fleet_report (
        fleet, host->name, id, deed == DEED_NOOP ? ENGINE_REPORT_NOOP : ENGINE_REPORT_ACKNOWLEDGED);
    if (answer != ENGINE_ANSWER_IN_PROGRESS)
      return;
    CommandId parts;
    g_assert_true (command_id_parse (id, &parts));
    g_ptr_array_add (fleet->journal,
                     g_strdup_printf ("%s %s %s %d", host->name, lifecycle_event_name (host->event),
                                      parts.deployment_id, (int)parts.attempt));
  }
  fleet->fake.now_ms += 10;
  switch (deed) {
  case DEED_HANG:
    return;
  case DEED_FAIL:
  case DEED_FAIL_AT_ONCE:
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_FAILED), ==,
                     ENGINE_ANSWER_FAILED);
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_FAILED), ==,
                     ENGINE_ANSWER_FAILED);
    return;
  default:
    g_assert_cmpint (fleet_report (fleet, host->name, id, ENGINE_REPORT_SUCCEEDED), ==,
                     ENGINE_ANSWER_SUCCEEDED);
  }
}

/* Fires what is due and lets every host poll; then each that has a command does it. FALSE: nothing moved. */
static gboolean
fleet_turn (Fleet *fleet)
{
  g_autoptr (GError) error = NULL;
  gboolean moved = FALSE;
  gint64 holding = 0;
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  command_hub_tick (fleet->hub);
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (!host->dead && !host->polling && host->command_id == NULL) {
      host->polling = TRUE;
      command_hub_poll (fleet->hub, host->arn, &(HubPoll){ fleet_take_command, NULL, host });
    }
    holding += host->command_id != NULL;
  }
  fleet->most_running = MAX (fleet->most_running, holding);
  for (guint i = 0; i < fleet->hosts->len; i++) {
    SimHost *host = g_ptr_array_index (fleet->hosts, i);
    if (host->command_id != NULL) {
      moved = TRUE;
      fleet_host_acts (fleet, host);
    }
  }
  return moved;
}

G_GNUC_UNUSED static void
fleet_run (Fleet *fleet)
{
  int turns = 0;
  while (fleet_turn (fleet))
    g_assert_cmpint (++turns, <, 100000);
}

/* Moves the clock and runs. */
G_GNUC_UNUSED static void
fleet_later (Fleet *fleet, gint64 seconds)
{
  fleet->fake.now_ms += seconds * 1000;
  fleet_run (fleet);
}

/* ---- deployments ---- */
typedef struct {
  Fleet *fleet;
  const FleetOrder *order;
  const char *id;
} FleetDeploy;

static void
fleet_deploy_body (StoreTx *tx, gpointer data)
{
  FleetDeploy *deploy = data;
  const FleetOrder *order = deploy->order;
  Fleet *fleet = deploy->fleet;
  g_autoptr (GError) error = NULL;
  RevisionRecord *revision;
  const char *config_name = order->config != NULL ? order->config : "CodeDeployDefault.OneAtATime";
  const DeployConfig *config = deploy_config_find_predefined (config_name);
  DeployConfig custom = { .name = config_name };
  if (config == NULL) { /* "HOST_COUNT:6" */
    g_auto (GStrv) parts = g_strsplit (config_name, ":", 2);
    g_assert_true (minimum_healthy_type_from_name (parts[0], &custom.minimum_healthy.type));
    g_assert_true (
        g_ascii_string_to_signed (parts[1], 10, 0, 1000, &custom.minimum_healthy.value, NULL));
    config = &custom;
  }
  const RevisionRecord wanted = {
    .application_id = FLEET_APPLICATION,
    .identity = arena_printf (fleet->arena, "revision %d", (int)order->revision),
    .location_json = "{\"revisionType\":\"S3\"}",
    .register_ms = fleet->fake.now_ms,
  };
  FLEET_CHECK (
      revision_record_put (tx, &wanted, REVISION_KEEP_DESCRIPTION, fleet->arena, &revision, &error),
      error);

  ApiAutoRollbackEventsList events = { 0 };
  ApiAutoRollbackConfiguration rollback = { .enabled = arena_bool (fleet->arena, TRUE),
                                            .events = &events };
  if (order->rollback_events != NULL) {
    events.items = (const char **)order->rollback_events;
    events.n = g_strv_length ((char **)order->rollback_events);
  }
  const ApiS3Location s3 = { .bucket = "b",
                             .key = arena_printf (fleet->arena, "r%d", (int)order->revision),
                             .bundle_type = "zip" };
  const ApiRevisionLocation location = { .revision_type = "S3", .s3_location = &s3 };
  const ApiDeploymentInfo info = {
    .revision = &location,
    .file_exists_behavior = order->file_exists != NULL ? order->file_exists : "DISALLOW",
    .ignore_application_stop_failures = arena_bool (fleet->arena, order->ignore_stop_failures),
    .update_outdated_instances_only = arena_bool (fleet->arena, order->outdated_only),
    .auto_rollback_configuration = order->rollback_events != NULL ? &rollback : NULL,
  };
  g_autofree char *info_json = shape_to_text (&api_shape_deployment_info, &info);
  deploy->id = engine_new_deployment_id (fleet->engine, tx, fleet->arena, &error);
  g_assert_no_error (error);
  const DeploymentRecord record = {
    .id = deploy->id,
    .application_id = FLEET_APPLICATION,
    .group_id = fleet_group_id (fleet, order->group != NULL ? order->group : "blog"),
    .revision_number = revision->number,
    .config_name = config->name,
    .healthy = config->minimum_healthy,
    .options = order->options,
    .creator = CREATOR_USER,
    .info_json = info_json,
  };
  FLEET_CHECK (engine_create_deployment (fleet->engine, tx, &record, fleet->fake.now_ms, &error),
               error);
}

static const char *
fleet_deploy (Fleet *fleet, const FleetOrder *order)
{
  FleetDeploy deploy = { .fleet = fleet, .order = order };
  fleet_in_tx (fleet, STORE_WRITE, fleet_deploy_body, &deploy);
  return deploy.id;
}

typedef struct {
  Fleet *fleet;
  const char *id, *name;
  gint64 ordinal, attempt;
  gpointer out;
} FleetFind;

static void
fleet_find_deployment (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  DeploymentRecord *record;
  FLEET_CHECK (deployment_record_by_id (tx, find->id, find->fleet->arena, &record, &error), error);
  find->out = record;
}

static const DeploymentRecord *
fleet_deployment (Fleet *fleet, const char *id)
{
  FleetFind find = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, fleet_find_deployment, &find);
  g_assert_nonnull (find.out);
  return find.out;
}

static void
fleet_find_target (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  TargetRecord *record;
  Target *target = arena_new0 (find->fleet->arena, Target);
  FLEET_CHECK (
      target_record_by_target_id (tx, find->id, find->name, find->fleet->arena, &record, &error),
      error);
  g_assert_nonnull (record);
  FLEET_CHECK (engine_read_target (record, find->fleet->arena, target, &error), error);
  find->ordinal = record->ordinal;
  find->attempt = record->attempt;
  find->out = target;
}

G_GNUC_UNUSED static const Target *
fleet_target (Fleet *fleet, const char *id, const char *host)
{
  FleetFind find = { .fleet = fleet, .id = id, .name = host };
  fleet_in_tx (fleet, STORE_READ, fleet_find_target, &find);
  return find.out;
}

/* The attempt that a target is in, or ended with. */
G_GNUC_UNUSED static gint64
fleet_attempt (Fleet *fleet, const char *id, const char *host)
{
  FleetFind find = { .fleet = fleet, .id = id, .name = host };
  fleet_in_tx (fleet, STORE_READ, fleet_find_target, &find);
  return find.attempt;
}

G_GNUC_UNUSED static const char *
fleet_command_of_attempt (Fleet *fleet, const char *id, const char *host, gint64 step,
                          gint64 attempt)
{
  FleetFind find = { .fleet = fleet, .id = id, .name = host };
  fleet_in_tx (fleet, STORE_READ, fleet_find_target, &find);
  return command_id_format (id, find.ordinal, step, attempt, fleet->arena);
}

/* The present command of a target, or of an earlier event of its present attempt. */
G_GNUC_UNUSED static const char *
fleet_command_id (Fleet *fleet, const char *id, const char *host, gint64 step)
{
  return fleet_command_of_attempt (fleet, id, host, step, fleet_attempt (fleet, id, host));
}

/* "Succeeded 2/1/0" or "Failed HEALTH_CONSTRAINTS 0/1/2": succeeded/failed/skipped. */
G_GNUC_UNUSED static void
fleet_expect (Fleet *fleet, const char *id, const char *expected)
{
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_autofree char *text = g_strdup_printf (
      "%s%s%s %d/%d/%d", deployment_status_name (d->status),
      d->error_code != DEPLOYMENT_ERROR_NONE ? " " : "", deployment_error_name (d->error_code),
      (int)d->n_succeeded, (int)d->n_failed, (int)d->n_skipped);
  if (strcmp (text, expected) != 0)
    g_error ("%s is \"%s\", expected \"%s\" (%s)", id, text, expected, d->error_message);
  if (d->complete_ms != 0) /* 23 */
    g_assert_cmpint (d->n_succeeded + d->n_failed + d->n_skipped, ==, d->n_targets);
}

/* "F S - ..." one letter an event: Succeeded, Failed, sKipped (-), In progress, Pending (.). */
G_GNUC_UNUSED static void
fleet_expect_events (Fleet *fleet, const char *id, const char *host, const char *expected)
{
  static const char letters[EVENT_N_STATUSES + 1] = ".ISF-?";
  const Target *target = fleet_target (fleet, id, host);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < target->n_events; i++) {
    const TargetEvent *event = &target->events[i];
    g_string_append_c (text, letters[event->status]);
    if (event->start_ms != 0 && event->end_ms != 0) /* 16 */
      g_assert_cmpint (event->start_ms, <=, event->end_ms);
    if (event->status == EVENT_PENDING)
      g_assert_cmpint (event->start_ms + event->end_ms, ==, 0);
    if (event->status == EVENT_SKIPPED)
      g_assert_cmpint (event->start_ms, ==, 0);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

typedef struct {
  Fleet *fleet;
  const char *id;
  StopRollback rollback;
  EngineStop result;
} FleetStop;

static void
fleet_stop_body (StoreTx *tx, gpointer data)
{
  FleetStop *stop = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_stop_deployment (stop->fleet->engine, tx, stop->id, stop->rollback,
                                       stop->fleet->fake.now_ms, &stop->result, &error),
               error);
}

G_GNUC_UNUSED static EngineStop
fleet_stop (Fleet *fleet, const char *id, StopRollback rollback)
{
  FleetStop stop = { .fleet = fleet, .id = id, .rollback = rollback };
  fleet_in_tx (fleet, STORE_WRITE, fleet_stop_body, &stop);
  return stop.result;
}

static void
fleet_find_group (StoreTx *tx, gpointer data)
{
  FleetFind *find = data;
  g_autoptr (GError) error = NULL;
  DeploymentGroupRecord *record;
  FLEET_CHECK (deployment_group_record_by_id (tx, fleet_group_id (find->fleet, find->name),
                                              find->fleet->arena, &record, &error),
               error);
  find->out = record;
}

G_GNUC_UNUSED static const DeploymentGroupRecord *
fleet_group (Fleet *fleet, const char *name)
{
  FleetFind find = { .fleet = fleet, .name = name };
  fleet_in_tx (fleet, STORE_READ, fleet_find_group, &find);
  return find.out;
}

/* How often a host began an event of a deployment, in all attempts. */
G_GNUC_UNUSED static int
fleet_times_run (Fleet *fleet, const char *host, LifecycleEvent event, const char *id)
{
  g_autofree char *start = g_strdup_printf ("%s %s %s ", host, lifecycle_event_name (event), id);
  int n = 0;
  for (guint i = 0; i < fleet->journal->len; i++)
    n += g_str_has_prefix (g_ptr_array_index (fleet->journal, i), start);
  return n;
}

/* No host began anything twice in one attempt. */
G_GNUC_UNUSED static void
fleet_expect_nothing_ran_twice (Fleet *fleet)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < fleet->journal->len; i++)
    if (!g_hash_table_add (seen, g_ptr_array_index (fleet->journal, i)))
      g_error ("ran twice: %s", (char *)g_ptr_array_index (fleet->journal, i));
}
