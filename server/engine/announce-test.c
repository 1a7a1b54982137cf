#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"
#include "store/records/notification.h"

/* What is written down for those who listen, deployment by deployment. */

#define ALL_HOSTS "CodeDeployDefault.AllAtOnce"
#define TOPIC     "arn:aws:sns:eu-west-3:123456789012:ops"

static const char *const nobody[] = { NULL };
static const char *const bus[] = { "eventbridge:default", NULL };

static gboolean
reaches_topic (gpointer ctx, const char *arn)
{
  return strcmp (arn, TOPIC) == 0;
}

static void
count_wake (gpointer ctx, gint64 due_ms)
{
  ++*(int *)ctx;
}

typedef struct {
  Fleet *fleet;
  EngineAudience audience;
  int wakes;
  const ApiTriggerConfigList *triggers;
  NotificationRecordList list;
  ListenerRecordList listeners;
  const char *id;
} Fixture;

static void
set_triggers_body (StoreTx *tx, gpointer data)
{
  Fixture *f = data;
  Arena *arena = f->fleet->arena;
  g_autoptr (GError) error = NULL;
  DeploymentGroupRecord *group;
  DeploymentGroupWrite written;
  gpointer settings;
  FLEET_CHECK (
      deployment_group_record_by_id (tx, fleet_group_id (f->fleet, "blog"), arena, &group, &error),
      error);
  FLEET_CHECK (shape_from_text (&api_shape_deployment_group_info, group->settings_json, arena,
                                &settings, &error),
               error);
  ((ApiDeploymentGroupInfo *)settings)->trigger_configurations = f->triggers;
  g_autofree char *text = shape_to_text (&api_shape_deployment_group_info, settings);
  group->settings_json = text;
  FLEET_CHECK (deployment_group_record_update (tx, group, &written, &error), error);
}

/* One trigger of the group; events: "A,B"; NULL: none. */
static void
set_trigger (Fixture *f, const char *target, const char *events)
{
  char **names = events != NULL ? g_strsplit (events, ",", -1) : NULL;
  const ApiTriggerEventTypeList list = { events != NULL ? g_strv_length (names) : 0,
                                         (const char **)names };
  const ApiTriggerConfig trigger = { .trigger_name = "ops",
                                     .trigger_target_arn = target,
                                     .trigger_events = &list };
  const ApiTriggerConfig *items[] = { &trigger };
  const ApiTriggerConfigList triggers = { 1, items };
  f->triggers = events != NULL ? &triggers : NULL;
  fleet_in_tx (f->fleet, STORE_WRITE, set_triggers_body, f);
  g_strfreev (names);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->fleet = fleet_new (2);
  f->audience = (EngineAudience){
    .sinks = data, .reaches = reaches_topic, .wake = count_wake, .wake_ctx = &f->wakes
  };
  f->fleet->engine->config.audience = &f->audience;
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  fleet_free (f->fleet);
}

static void
read_body (StoreTx *tx, gpointer data)
{
  Fixture *f = data;
  g_autoptr (GError) error = NULL;
  const NotificationQuery query = { .deployment_id = f->id, .limit = 1000 };
  FLEET_CHECK (notification_record_list (tx, &query, f->fleet->arena, &f->list, &error), error);
  FLEET_CHECK (listener_record_list (tx, f->id, f->fleet->arena, &f->listeners, &error), error);
}

static int
by_seq (gconstpointer a, gconstpointer b)
{
  const NotificationRecord *const *x = a, *const *y = b;
  return (int)((*x)->seq - (*y)->seq);
}

/* The notifications of a deployment, in their order. */
static const NotificationRecordList *
read_all (Fixture *f, const char *id)
{
  f->id = id;
  fleet_in_tx (f->fleet, STORE_READ, read_body, f);
  qsort (f->list.items, f->list.n, sizeof f->list.items[0], by_seq);
  return &f->list;
}

static void
expect (Fixture *f, const char *id, const char *expected)
{
  const NotificationRecordList *list = read_all (f, id);
  g_autoptr (GString) text = g_string_new (NULL);
  for (gsize i = 0; i < list->n; i++) {
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", list->items[i]->event);
    g_assert_cmpint (list->items[i]->seq, ==, (gint64)i + 1);
    g_assert_cmpint (list->items[i]->due_ms != 0, ==, i == 0); /* only the first of the line */
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static json_t *
fact_of (const NotificationRecord *record)
{
  g_autoptr (GError) error = NULL;
  json_t *fact = json_doc_parse (record->fact_json, strlen (record->fact_json), NULL, &error);
  g_assert_no_error (error);
  return fact;
}

static void
test_a_receiver_of_everything (Fixture *f, gconstpointer data)
{
  const char *id = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (f->fleet);
  expect (f, id,
          "DeploymentStart InstanceStart InstanceSuccess InstanceStart InstanceSuccess "
          "DeploymentSuccess");
  g_assert_cmpstr (f->list.items[0]->sink, ==, "eventbridge:default");
  g_assert_null (f->list.items[0]->trigger_name);
  g_assert_cmpuint (f->listeners.n, ==, 0); /* nobody listens any more */
  g_assert_cmpint (f->wakes, ==, 6);

  g_autoptr (json_t) start = fact_of (f->list.items[0]);
  g_assert_cmpstr (json_doc_text (start, "status"), ==, "Created");
  g_assert_cmpstr (json_doc_text (start, "application"), ==, "shop");
  g_assert_cmpstr (json_doc_text (start, "group"), ==, "blog");
  g_assert_null (json_object_get (start, "completeMs"));
  g_autoptr (json_t) instance = fact_of (f->list.items[2]);
  g_assert_cmpstr (json_doc_text (instance, "instanceId"), ==, "web-01");
  g_assert_cmpuint (json_array_size (json_object_get (instance, "events")), ==, 7);
  g_autoptr (json_t) end = fact_of (f->list.items[5]);
  g_assert_cmpint (
      json_integer_value (json_object_get (json_object_get (end, "overview"), "Succeeded")), ==, 2);
}

static void
test_a_trigger_hears_its_events (Fixture *f, gconstpointer data)
{
  set_trigger (f, TOPIC, "DeploymentFailure,InstanceFailure");
  fleet_tell (f->fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (f->fleet);
  fleet_expect (f->fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/1");
  expect (f, id, "InstanceFailure DeploymentFailure");
  g_assert_cmpstr (f->list.items[0]->sink, ==, TOPIC);
  g_assert_cmpstr (f->list.items[0]->trigger_name, ==, "ops");
  g_autoptr (json_t) end = fact_of (f->list.items[1]);
  g_assert_cmpstr (json_doc_text (json_object_get (end, "error"), "code"), ==,
                   "HEALTH_CONSTRAINTS");
}

/* What the group's triggers were when the deployment was created counts. */
static void
test_who_listens_is_settled_at_the_start (Fixture *f, gconstpointer data)
{
  const char *id = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1 });
  set_trigger (f, TOPIC, "DeploymentSuccess");
  fleet_run (f->fleet);
  expect (f, id, "");
  id = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 2 });
  g_assert_cmpint (fleet_deployment (f->fleet, id)->announces, ==,
                   ANNOUNCEMENT_BIT (ANNOUNCEMENT_DEPLOYMENT_SUCCESS));
  set_trigger (f, TOPIC, NULL);
  fleet_run (f->fleet);
  expect (f, id, "DeploymentSuccess");
}

/* 155: nothing is kept for nobody, and the deployment goes its way. */
static void
test_a_trigger_that_reaches_nobody (Fixture *f, gconstpointer data)
{
  set_trigger (f, "arn:aws:sns:eu-west-3:123456789012:gone", "DeploymentStart,InstanceStart");
  const char *id = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (f->fleet);
  fleet_expect (f->fleet, id, "Succeeded 2/0/0");
  expect (f, id, "");
  g_assert_cmpint (fleet_deployment (f->fleet, id)->announces, ==, 0);
  g_assert_cmpint (f->wakes, ==, 0);
}

/* It fires for the rollback at Created, at InProgress and at its end; once each, whatever else the trigger listens to. */
static void
test_a_rollback_is_announced (Fixture *f, gconstpointer data)
{
  static const char *const on_failure[] = { "DEPLOYMENT_FAILURE", NULL };
  const char *good = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (f->fleet);
  fleet_expect (f->fleet, good, "Succeeded 2/0/0");
  set_trigger (f, TOPIC, "DeploymentRollback,DeploymentStart");
  fleet_tell_times (f->fleet, "web-01", LIFECYCLE_INSTALL, DEED_FAIL, 1);
  const char *bad =
      fleet_deploy (f->fleet, &(FleetOrder){ .revision = 2, .rollback_events = on_failure });
  fleet_run (f->fleet);
  expect (f, bad, "DeploymentStart");
  const char *rollback = fleet_deployment (f->fleet, bad)->rollback_id;
  expect (f, rollback, "DeploymentStart DeploymentRollback DeploymentSuccess");
  g_autoptr (json_t) progress = fact_of (f->list.items[1]);
  g_assert_cmpstr (json_doc_text (progress, "status"), ==, "InProgress");
  g_assert_cmpstr (json_doc_text (json_object_get (progress, "rollback"), "rollbackOf"), ==, bad);
}

/* EventBridge has no word for a rollback in progress. */
static void
test_a_rollback_for_a_receiver_of_everything (Fixture *f, gconstpointer data)
{
  const char *good = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 1, .config = ALL_HOSTS });
  fleet_run (f->fleet);
  fleet_expect (f->fleet, good, "Succeeded 2/0/0");
  fleet_tell_times (f->fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG, 2);
  const char *bad = fleet_deploy (f->fleet, &(FleetOrder){ .revision = 2, .config = ALL_HOSTS });
  fleet_run (f->fleet);
  g_assert_cmpint (fleet_stop (f->fleet, bad, STOP_ROLLBACK_YES), ==, ENGINE_STOP_PENDING);
  fleet_report (f->fleet, "web-01", fleet_command_id (f->fleet, bad, "web-01", 3),
                ENGINE_REPORT_FAILED);
  fleet_report (f->fleet, "web-02", fleet_command_id (f->fleet, bad, "web-02", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (f->fleet);
  expect (f, bad,
          "DeploymentStart InstanceStart InstanceStart InstanceFailure InstanceFailure "
          "DeploymentStop");
  g_autoptr (json_t) stop = fact_of (f->list.items[5]);
  g_assert_cmpstr (json_doc_text (stop, "state"), ==, "STOP"); /* 154 */
  const char *rollback = fleet_deployment (f->fleet, bad)->rollback_id;
  g_assert_cmpstr (json_doc_text (json_object_get (stop, "rollback"), "rollbackId"), ==, rollback);
  expect (f, rollback,
          "DeploymentStart InstanceStart InstanceStart InstanceSuccess InstanceSuccess "
          "DeploymentSuccess");
}

/* Who waits to send traffic to the replacements is told that they are there. */
static void
test_ready_is_announced (Fixture *f, gconstpointer data)
{
  fleet_add_tagged_host (f->fleet, "green-01", "green");
  f->fleet->carries_registered = TRUE;
  set_trigger (f, TOPIC, "DeploymentReady,InstanceReady");
  const char *id = fleet_deploy (
      f->fleet,
      &(FleetOrder){ .revision = 1,
                     .target_group = "shop",
                     .blue_green = "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{"
                                   "'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':5}},"
                                   "'targetInstances':{'tagFilters':[{'Key':'role',"
                                   "'Value':'green','Type':'KEY_AND_VALUE'}]}}" });
  fleet_run (f->fleet);
  expect (f, id, "InstanceReady DeploymentReady");
}

/* It walks twice, to be installed and to get traffic, and has started once. */
static void
test_a_replacement_starts_once (Fixture *f, gconstpointer data)
{
  fleet_add_tagged_host (f->fleet, "green-01", "green");
  f->fleet->carries_registered = TRUE;
  set_trigger (f, TOPIC, "InstanceStart,InstanceReady,InstanceSuccess");
  const char *id = fleet_deploy (
      f->fleet, &(FleetOrder){ .revision = 1,
                               .target_group = "shop",
                               .blue_green = "{'blueGreenDeploymentConfiguration':{},"
                                             "'targetInstances':{'tagFilters':[{'Key':'role',"
                                             "'Value':'green','Type':'KEY_AND_VALUE'}]}}" });
  fleet_run (f->fleet);
  fleet_expect (f->fleet, id, "Succeeded 3/0/0");
  expect (f, id,
          "InstanceStart InstanceReady InstanceSuccess " /* green-01 */
          "InstanceStart InstanceStart InstanceSuccess InstanceSuccess");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, sinks, fn) g_test_add ("/announce/" path, Fixture, sinks, set_up, fn, tear_down)
  CASE ("a-receiver-of-everything", bus, test_a_receiver_of_everything);
  CASE ("a-trigger-hears-its-events", nobody, test_a_trigger_hears_its_events);
  CASE ("settled-at-the-start", nobody, test_who_listens_is_settled_at_the_start);
  CASE ("a-trigger-that-reaches-nobody", nobody, test_a_trigger_that_reaches_nobody);
  CASE ("a-rollback", nobody, test_a_rollback_is_announced);
  CASE ("a-rollback-for-all", bus, test_a_rollback_for_a_receiver_of_everything);
  CASE ("ready", nobody, test_ready_is_announced);
  CASE ("a-replacement-starts-once", nobody, test_a_replacement_starts_once);
  return g_test_run ();
}
