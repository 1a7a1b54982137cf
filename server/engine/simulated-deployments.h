#pragma once

/* For the engine's tests only: deployments to a simulated fleet, what became of them, and what is expected. */

#include "core/deploy-config.h"
#include "proto/api-types.h"
#include "proto/shape.h"
#include "server/engine/simulated-fleet.h"
#include "server/host-commands/command-id.h"
#include "store/records/revision.h"
#include "store/records/target.h"

typedef struct {
  const char *group;                  /* NULL: "blog" */
  const char *config;                 /* NULL: CodeDeployDefault.OneAtATime */
  gint64 revision;                    /* registered on the fly */
  const char *const *rollback_events; /* ends with NULL; NULL: none configured */
  gboolean rollback_disabled;         /* with its events kept */
  gboolean ignore_stop_failures;
  gboolean outdated_only;
  const char *file_exists;
  const char *target_group; /* a load balancer, which traffic is controlled with; NULL: none */
  const ApiAlarmConfiguration *alarms; /* instead of the group's; NULL: as the group */
  DeployOptions options;               /* as if the configuration had them */
  const char *zones;                   /* likewise, a ZonalConfig, with ' for "; NULL: none */
  const char *waves;                   /* a WaveList, likewise */
  /* blueGreenDeploymentConfiguration and targetInstances, as JSON with ' for "; NULL: in place */
  const char *blue_green;
  const char *plan_token; /* of the plan that it carries out; NULL: none */
} FleetOrder;

typedef struct {
  Fleet *fleet;
  const FleetOrder *order;
  const char *id;
} FleetDeploy;

/* NULL: nothing. */
static gpointer
fleet_decode (Fleet *fleet, const Shape *shape, const char *text)
{
  gpointer value;
  g_autoptr (GError) error = NULL;
  if (text == NULL)
    return NULL;
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  FLEET_CHECK (shape_from_text (shape, json, fleet->arena, &value, &error), error);
  return value;
}

/* What would be created; its revision is registered. */
static DeploymentRecord
fleet_draft (Fleet *fleet, const FleetOrder *order, StoreTx *tx)
{
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
  ApiAutoRollbackConfiguration rollback = {
    .enabled = arena_bool (fleet->arena, !order->rollback_disabled), .events = &events
  };
  if (order->rollback_events != NULL) {
    events.items = (const char **)order->rollback_events;
    events.n = g_strv_length ((char **)order->rollback_events);
  }
  const ApiS3Location s3 = { .bucket = "b",
                             .key = arena_printf (fleet->arena, "r%d", (int)order->revision),
                             .bundle_type = "zip" };
  const ApiRevisionLocation location = { .revision_type = "S3", .s3_location = &s3 };
  const ApiTargetGroupInfo target_group = { .name = order->target_group };
  const ApiTargetGroupInfo *const target_groups[] = { &target_group };
  const ApiTargetGroupInfoList target_group_list = { 1,
                                                     (const ApiTargetGroupInfo **)target_groups };
  const ApiLoadBalancerInfo balancers = { .target_group_info_list = &target_group_list };
  const ApiDeploymentInfo none = { 0 };
  const ApiDeploymentInfo *replacing =
      order->blue_green != NULL
          ? fleet_decode (fleet, &api_shape_deployment_info, order->blue_green)
          : &none;
  const ApiDeploymentStyle style = { .deployment_type =
                                         order->blue_green != NULL ? "BLUE_GREEN" : "IN_PLACE",
                                     .deployment_option = "WITH_TRAFFIC_CONTROL" };
  const ApiDeploymentInfo info = {
    .deployment_style = order->target_group != NULL || order->blue_green != NULL ? &style : NULL,
    .blue_green_deployment_configuration = replacing->blue_green_deployment_configuration,
    .target_instances = replacing->target_instances,
    .load_balancer_info = order->target_group != NULL ? &balancers : NULL,
    .revision = &location,
    .file_exists_behavior = order->file_exists != NULL ? order->file_exists : "DISALLOW",
    .ignore_application_stop_failures = arena_bool (fleet->arena, order->ignore_stop_failures),
    .update_outdated_instances_only = arena_bool (fleet->arena, order->outdated_only),
    .override_alarm_configuration = order->alarms,
    .auto_rollback_configuration = order->rollback_events != NULL ? &rollback : NULL,
    .zonal_config = fleet_decode (fleet, &api_shape_zonal_config, order->zones),
    .waves = fleet_decode (fleet, &api_shape_wave_list, order->waves),
    .plan_token = order->plan_token,
  };
  g_autofree char *info_json = shape_to_text (&api_shape_deployment_info, &info);
  const char *group_name = order->group != NULL ? order->group : "blog";
  return (DeploymentRecord){
    .id = "",
    .application_id = FLEET_APPLICATION,
    .application_name = "shop",
    .group_id = fleet_group_id (fleet, group_name),
    .group_name = group_name,
    .revision_number = revision->number,
    .config_name = config_name,
    .healthy = config->minimum_healthy,
    .options = order->options,
    .creator = CREATOR_USER,
    .info_json = arena_strdup (fleet->arena, info_json),
  };
}

static void
fleet_deploy_body (StoreTx *tx, gpointer data)
{
  FleetDeploy *deploy = data;
  Fleet *fleet = deploy->fleet;
  g_autoptr (GError) error = NULL;
  DeploymentRecord record = fleet_draft (fleet, deploy->order, tx);
  deploy->id = engine_new_deployment_id (fleet->engine, tx, fleet->arena, &error);
  g_assert_no_error (error);
  record.id = deploy->id;
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

typedef struct {
  Fleet *fleet;
  const char *id;
  EnginePause result;
} FleetPause;

static void
fleet_pause_body (StoreTx *tx, gpointer data)
{
  FleetPause *it = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_pause_deployment (it->fleet->engine, tx, it->id, "ann",
                                        it->fleet->fake.now_ms, &it->result, &error),
               error);
}

static void
fleet_resume_body (StoreTx *tx, gpointer data)
{
  FleetPause *it = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_resume_deployment (it->fleet->engine, tx, it->id, it->fleet->fake.now_ms,
                                         &it->result, &error),
               error);
}

G_GNUC_UNUSED static EnginePause
fleet_pause (Fleet *fleet, const char *id)
{
  FleetPause it = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_WRITE, fleet_pause_body, &it);
  return it.result;
}

G_GNUC_UNUSED static EnginePause
fleet_resume (Fleet *fleet, const char *id)
{
  FleetPause it = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_WRITE, fleet_resume_body, &it);
  return it.result;
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
