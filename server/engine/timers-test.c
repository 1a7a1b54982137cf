#include <sqlite3.h>

#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

#include <unistd.h>

/* Clocks: deployments.md 3.5, 10.5. */

/* 82 */
static void
test_never_picked_up (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_later (fleet, 3599);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/1");
  fleet_expect_events (fleet, id, "web-01", "F------");
  const TargetEvent *event = &fleet_target (fleet, id, "web-01")->events[0];
  g_assert_cmpint (event->diagnostics.code, ==, DIAGNOSTICS_UNKNOWN_ERROR);
  g_assert_cmpstr (event->diagnostics.script_name, ==, "");
  g_assert_nonnull (strstr (event->diagnostics.message, "did not pick up ApplicationStop"));
  /* it comes back: nothing is left for it */
  fleet_host (fleet, "web-01")->dead = FALSE;
  fleet_run (fleet);
  g_assert_cmpuint (fleet->journal->len, ==, 0);
}

/* Fetched and never acknowledged: handed out again, and the same clock ends it. */
static void
test_never_acknowledged (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_DOWNLOAD_BUNDLE, DEED_IGNORE);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  gint64 before = metrics_get (fleet->metrics, METRIC_COMMANDS_DELIVERED);
  fleet_later (fleet, 16);
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_COMMANDS_DELIVERED), ==, before + 1);
  /* later events have the shorter clock */
  fleet_later (fleet, 300);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "SF-----");
}

/* 83 */
static void
test_acknowledged_and_never_completed (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_APPLICATION_START, DEED_HANG);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_later (fleet, 4100);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  fleet_later (fleet, 100);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
  fleet_expect_events (fleet, id, "web-01", "SSSSSF-");
  const TargetEvent *event = &fleet_target (fleet, id, "web-01")->events[5];
  g_assert_cmpint (event->diagnostics.code, ==, DIAGNOSTICS_SCRIPT_TIMED_OUT);
  g_assert_cmpint (event->end_ms - event->start_ms, >=, 4200 * 1000);
}

/* 84 */
static void
test_total_time (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (3);
  fleet->times.total_ms = 1800 * 1000;
  fleet_restart (fleet);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_later (fleet, 1799);
  fleet_expect (fleet, id, "InProgress 1/0/0");
  /* the event that runs is left to its end */
  fleet_later (fleet, 1);
  fleet_expect (fleet, id, "InProgress 1/0/0");
  g_assert_cmpint (fleet_report (fleet, "web-02", fleet_command_id (fleet, id, "web-02", 3),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed TIMEOUT 1/1/1");
  fleet_expect_events (fleet, id, "web-02", "SSSS---");
  fleet_expect_events (fleet, id, "web-03", "-------");
}

/* A configuration's own total time is the one that was copied when the deployment was created; settings that change
 * while it runs change nothing, in either direction. */
static void
test_total_time_of_the_configuration (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id =
      fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .options = { .timeout_minutes = 1 } });
  fleet_run (fleet);
  fleet_later (fleet, 59);
  fleet->times.total_ms = 5 * 3600 * 1000;
  fleet_restart (fleet);
  fleet_run (fleet);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->ending, ==, DEPLOYMENT_ERROR_NONE);
  fleet_later (fleet, 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->ending, ==, DEPLOYMENT_ERROR_TIMEOUT);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3), ENGINE_REPORT_FAILED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/1/1");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->error_message, "within 60 s"));

  /* and it may be longer than the settings' */
  fleet->times.total_ms = 60 * 1000;
  fleet_restart (fleet);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .options = { .timeout_minutes = 10 } });
  fleet_run (fleet);
  fleet_later (fleet, 599);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->ending, ==, DEPLOYMENT_ERROR_NONE);
  fleet_later (fleet, 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->ending, ==, DEPLOYMENT_ERROR_TIMEOUT);
}

/* Waits go on over a restart, and a timer that came due while the server was down fires. */
static void
test_clocks_survive_a_restart (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (1);
  fleet_host (fleet, "web-01")->dead = TRUE;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_restart (fleet);
  fleet_later (fleet, 1800);
  fleet_expect (fleet, id, "InProgress 0/0/0");
  fleet_shut (fleet);
  fleet->fake.now_ms += 7200 * 1000;
  fleet_open (fleet);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 0/1/0");
}

/* The target's timer is not written for every event: it is due too early, looks, and is set again. */
static void
test_timers_are_lazy (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_VALIDATE_SERVICE, DEED_HANG);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  gint64 next_ms;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_run_due (fleet->engine, &next_ms, &error), error);
  g_assert_cmpint (next_ms - fleet->fake.now_ms, <=, 300 * 1000);
  gint64 fired = metrics_get (fleet->metrics, METRIC_TIMERS_FIRED);
  fleet->fake.now_ms = next_ms;
  FLEET_CHECK (engine_run_due (fleet->engine, &next_ms, &error), error);
  g_assert_cmpint (metrics_get (fleet->metrics, METRIC_TIMERS_FIRED), ==, fired + 1);
  g_assert_cmpint (next_ms - fleet->fake.now_ms, >, 3000 * 1000);
}

static void
fleet_exec_body (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (store_exec (tx, data, STORE_NO_ARGS, NULL, &error), error);
}

static void
fleet_exec (Fleet *fleet, const char *sql)
{
  fleet_in_tx (fleet, STORE_WRITE, fleet_exec_body, (gpointer)sql);
}

/* No timer's row can be deleted. */
static void
fleet_refuse_timers (Fleet *fleet)
{
  if (!test_database_is_postgresql ()) {
    fleet_exec (fleet, "CREATE TRIGGER refuse BEFORE DELETE ON timer"
                       " BEGIN SELECT RAISE (ABORT, 'no room'); END");
    return;
  }
  fleet_exec (fleet, "CREATE FUNCTION refuse () RETURNS trigger LANGUAGE plpgsql AS"
                     " 'BEGIN RAISE ''no room''; END'");
  fleet_exec (fleet, "CREATE TRIGGER refuse BEFORE DELETE ON timer FOR EACH ROW"
                     " EXECUTE FUNCTION refuse ()");
}

/* A store that reads and does not write: no endless round, and once it does all goes on. */
static void
test_store_refuses_writes (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (GError) error = NULL;
  gint64 next_ms;
  fleet_refuse_timers (fleet);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  alarm (20); /* the failure is a loop without end */
  FLEET_CHECK (engine_run_due (fleet->engine, &next_ms, &error), error);
  alarm (0);
  g_assert_cmpint (next_ms, ==, fleet->fake.now_ms + 60 * 1000);
  fleet_exec (fleet, test_database_is_postgresql () ? "DROP FUNCTION refuse () CASCADE"
                                                    : "DROP TRIGGER refuse");
  fleet_later (fleet, 60);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* The store is away for a while: nothing ends for that, and all goes on soon after. */
static void
test_store_is_busy (void)
{
  g_autoptr (Fleet) fleet = fleet_new_busy_at_once (1);
  g_autoptr (GError) error = NULL;
  gint64 next_ms;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  g_autofree char *path = g_build_filename (fleet->folder, "store.db", NULL);
  sqlite3 *other = NULL;
  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  FLEET_CHECK (engine_run_due (fleet->engine, &next_ms, &error), error);
  g_assert_cmpint (next_ms, ==, fleet->fake.now_ms + 2 * 1000);
  fleet_expect (fleet, id, "Created 0/0/0");
  g_assert_cmpint (sqlite3_exec (other, "COMMIT", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  fleet_later (fleet, 2);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* What is stored of a deployment cannot be read: it ends, and its group is free again. */
static void
test_stored_part_is_damaged (void)
{
  static const char damage[] = "UPDATE deployment SET info_json = '{'";
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_exec (fleet, damage);
  alarm (20);
  fleet_run (fleet);
  alarm (0);
  fleet_expect (fleet, id, "Failed INTERNAL_ERROR 0/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->rollback_message, "cannot read"));
  const char *next = fleet_deploy (fleet, &(FleetOrder){ .revision = 2 });
  fleet_run (fleet);
  fleet_expect (fleet, next, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timers/82-never-picked-up", test_never_picked_up);
  g_test_add_func ("/timers/166-never-acknowledged", test_never_acknowledged);
  g_test_add_func ("/timers/83-acknowledged-and-never-completed",
                   test_acknowledged_and_never_completed);
  g_test_add_func ("/timers/84-total-time", test_total_time);
  g_test_add_func ("/timers/total-time-of-the-configuration", test_total_time_of_the_configuration);
  g_test_add_func ("/timers/clocks-survive-a-restart", test_clocks_survive_a_restart);
  g_test_add_func ("/timers/timers-are-lazy", test_timers_are_lazy);
  g_test_add_func ("/timers/a-store-that-refuses-writes-is-no-endless-round",
                   test_store_refuses_writes);
  if (!test_database_is_postgresql ())
    g_test_add_func ("/timers/a-busy-store-ends-no-deployment", test_store_is_busy);
  g_test_add_func ("/timers/a-deployment-whose-stored-part-is-damaged-ends",
                   test_stored_part_is_damaged);
  return g_test_run ();
}
