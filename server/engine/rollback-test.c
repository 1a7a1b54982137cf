#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Rolling back: deployments.md 4. */

static const char *const on_failure[] = { "DEPLOYMENT_FAILURE", NULL };
static const char *const on_request[] = { "DEPLOYMENT_STOP_ON_REQUEST", NULL };

static const ApiDeploymentInfo *
stored_info (Fleet *fleet, const DeploymentRecord *record)
{
  gpointer decoded;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (shape_from_text (&api_shape_deployment_info, record->info_json, fleet->arena,
                                &decoded, &error),
               error);
  return decoded;
}

/* 98, 101, 103-105, 109 */
static void
test_a_failure_rolls_back (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  const char *good =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .file_exists = "OVERWRITE" });
  fleet_run (fleet);
  fleet_expect (fleet, good, "Succeeded 3/0/0");
  fleet_tell (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL);
  const char *bad = fleet_deploy (
      fleet,
      &(FleetOrder){ .revision = 2, .rollback_events = on_failure, .file_exists = "RETAIN" });
  while (fleet_deployment (fleet, bad)->complete_ms == 0)
    fleet_turn (fleet);
  fleet_tell (fleet, "web-01", LIFECYCLE_VALIDATE_SERVICE, DEED_SUCCEED);
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/1/2");

  const DeploymentRecord *trigger = fleet_deployment (fleet, bad);
  g_assert_nonnull (trigger->rollback_id);
  g_assert_null (trigger->rollback_of);
  g_assert_nonnull (strstr (trigger->rollback_message, trigger->rollback_id));
  const DeploymentRecord *rollback = fleet_deployment (fleet, trigger->rollback_id);
  fleet_expect (fleet, rollback->id, "Succeeded 3/0/0");
  g_assert_cmpint (rollback->creator, ==, CREATOR_ROLLBACK);
  g_assert_cmpstr (rollback->rollback_of, ==, bad);
  g_assert_null (rollback->rollback_id);
  g_assert_nonnull (strstr (rollback->rollback_message, bad));
  g_assert_cmpint (rollback->revision_number, ==, 1);
  g_assert_cmpint (rollback->create_ms, ==, trigger->complete_ms);
  g_assert_cmpstr (stored_info (fleet, rollback)->file_exists_behavior, ==, "OVERWRITE");
  g_assert_cmpstr (stored_info (fleet, rollback)->revision->s3_location->key, ==, "r1");
  g_assert_cmpstr (fleet_group (fleet, "blog")->last_successful_deployment_id, ==, rollback->id);
  g_assert_cmpint (fleet_group (fleet, "blog")->target_revision_number, ==, 1);
}

/* A rollback is as careful as the deployment that it rolls back: its configuration's options go with it. */
static void
test_options_of_the_configuration_stay (void)
{
  const DeployOptions options = { .timeout_minutes = 7, .retries = 0, .maximum_batch = 1 };
  g_autoptr (Fleet) fleet = fleet_new (3);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet->most_running = 0;
  fleet_tell (fleet, NULL, LIFECYCLE_VALIDATE_SERVICE, DEED_FAIL);
  const char *bad = fleet_deploy (fleet, &(FleetOrder){ .revision = 2,
                                                        .config = "CodeDeployDefault.AllAtOnce",
                                                        .rollback_events = on_failure,
                                                        .options = options });
  while (fleet_deployment (fleet, bad)->complete_ms == 0)
    fleet_turn (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_VALIDATE_SERVICE, DEED_SUCCEED);
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/3/0");
  const DeploymentRecord *rollback =
      fleet_deployment (fleet, fleet_deployment (fleet, bad)->rollback_id);
  fleet_expect (fleet, rollback->id, "Succeeded 3/0/0");
  g_assert_cmpint (rollback->options.timeout_minutes, ==, 7);
  g_assert_cmpint (rollback->options.maximum_batch, ==, 1);
  g_assert_cmpint (fleet->most_running, ==, 1);
}

/* 99 */
static void
test_not_configured (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  const char *bad =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .rollback_events = on_request });
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/1/0");
  g_assert_null (fleet_deployment (fleet, bad)->rollback_id);
  g_assert_null (fleet_deployment (fleet, bad)->rollback_message);
}

/* 100 */
static void
test_disabled (void)
{
  static const char *const on_all[] = { "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", NULL };
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (GError) error = NULL;
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  const char *bad = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 2, .rollback_events = on_all, .rollback_disabled = TRUE });
  fleet_run (fleet);
  const DeploymentRecord *deployment = fleet_deployment (fleet, bad);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/1/0");
  g_assert_null (deployment->rollback_id);
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, fleet->arena, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (info->auto_rollback_configuration->events->n, ==, 2);
}

/* 102 */
static void
test_nothing_to_go_back_to (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  const char *bad =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .rollback_events = on_failure });
  fleet_run (fleet);
  g_assert_null (fleet_deployment (fleet, bad)->rollback_id);
  g_assert_nonnull (strstr (fleet_deployment (fleet, bad)->rollback_message, "succeeded yet"));
}

/* 106 */
static void
test_a_failing_rollback_ends_there (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_AFTER_INSTALL, DEED_FAIL);
  const char *bad =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .rollback_events = on_failure });
  fleet_run (fleet);
  const char *rollback = fleet_deployment (fleet, bad)->rollback_id;
  fleet_expect (fleet, rollback, "Failed HEALTH_CONSTRAINTS 0/1/1");
  g_assert_null (fleet_deployment (fleet, rollback)->rollback_id);
  fleet_expect (fleet, bad, "Failed HEALTH_CONSTRAINTS 0/1/1"); /* 105 */
}

/* Somebody stops, sees hosts still at work, and stops again with a rollback. */
static void
test_a_later_stop_may_ask_for_a_rollback (void)
{
  static const struct {
    StopRollback first, second;
    gboolean expected;
  } cases[] = {
    { STOP_ROLLBACK_AS_CONFIGURED, STOP_ROLLBACK_YES, TRUE },
    { STOP_ROLLBACK_YES, STOP_ROLLBACK_NO, FALSE },
    { STOP_ROLLBACK_YES, STOP_ROLLBACK_AS_CONFIGURED, TRUE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = fleet_new (2);
    fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
    fleet_run (fleet);
    fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
    const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2 });
    fleet_run (fleet);
    g_assert_cmpint (fleet_stop (fleet, id, cases[i].first), ==, ENGINE_STOP_PENDING);
    g_assert_cmpint (fleet_stop (fleet, id, cases[i].second), ==, ENGINE_STOP_PENDING);
    g_assert_cmpint (fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                                   ENGINE_REPORT_SUCCEEDED),
                     ==, ENGINE_ANSWER_SUCCEEDED);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
    g_assert_cmpint (fleet_deployment (fleet, id)->rollback_id != NULL, ==, cases[i].expected);
  }
}

/* 114, and the flag that suppresses */
static void
test_stop_with_and_without_rollback (void)
{
  static const struct {
    StopRollback flag;
    const char *const *events;
    gboolean expected;
  } cases[] = {
    { STOP_ROLLBACK_YES, NULL, TRUE },
    { STOP_ROLLBACK_NO, on_request, FALSE },
    { STOP_ROLLBACK_AS_CONFIGURED, on_request, TRUE },
    { STOP_ROLLBACK_AS_CONFIGURED, NULL, FALSE },
    { STOP_ROLLBACK_AS_CONFIGURED, on_failure, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Fleet) fleet = fleet_new (2);
    fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
    fleet_run (fleet);
    fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_IGNORE);
    const char *id =
        fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .rollback_events = cases[i].events });
    fleet_run (fleet);
    g_assert_cmpint (fleet_stop (fleet, id, cases[i].flag), ==, ENGINE_STOP_SUCCEEDED);
    fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_SUCCEED);
    fleet_run (fleet);
    fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/1/1");
    const char *rollback = fleet_deployment (fleet, id)->rollback_id;
    g_assert_cmpint (rollback != NULL, ==, cases[i].expected);
    if (rollback != NULL)
      fleet_expect (fleet, rollback, "Succeeded 2/0/0");
  }
}

/* A kill between the trigger's end and the rollback's start loses nothing. */
static void
test_rollback_survives_a_restart (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_FAIL);
  const char *bad =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .rollback_events = on_failure });
  while (fleet_deployment (fleet, bad)->complete_ms == 0)
    fleet_turn (fleet);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_SUCCEED);
  fleet_restart (fleet);
  fleet_run (fleet);
  fleet_expect (fleet, fleet_deployment (fleet, bad)->rollback_id, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rollback/options-of-the-configuration-stay",
                   test_options_of_the_configuration_stay);
  g_test_add_func ("/rollback/98-101-103-104-105-109-a-failure-rolls-back",
                   test_a_failure_rolls_back);
  g_test_add_func ("/rollback/100-disabled", test_disabled);
  g_test_add_func ("/rollback/99-not-configured", test_not_configured);
  g_test_add_func ("/rollback/102-nothing-to-go-back-to", test_nothing_to_go_back_to);
  g_test_add_func ("/rollback/105-106-a-failing-rollback-ends-there",
                   test_a_failing_rollback_ends_there);
  g_test_add_func ("/rollback/a-later-stop-may-ask-for-a-rollback",
                   test_a_later_stop_may_ask_for_a_rollback);
  g_test_add_func ("/rollback/96-114-stop-with-and-without-rollback",
                   test_stop_with_and_without_rollback);
  g_test_add_func ("/rollback/rollback-survives-a-restart", test_rollback_survives_a_restart);
  return g_test_run ();
}
