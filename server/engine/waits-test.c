#include "server/actions/deployment-view.h"
#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Waits of a deployment as a whole, and how they end: deployments.md 4.8, 5.2, 5.3. Numbers are lines of the conformance
 * checklist. */

#define WAITS(ready, blue)                                                                         \
  "{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{" ready                           \
  "},'terminateBlueInstancesOnDeploymentSuccess':{" blue "}},"                                     \
  "'targetInstances':{'tagFilters':[{'Key':'role','Value':'green','Type':'KEY_AND_VALUE'}]}}"
#define STOP_UNLESS "'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':30"
#define GO_ON       "'actionOnTimeout':'CONTINUE_DEPLOYMENT'"
#define TERMINATE   "'action':'TERMINATE','terminationWaitTimeInMinutes':60"

static const char *const on_all[] = { "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", NULL };

static Fleet *
two_fleets (void)
{
  Fleet *fleet = fleet_new (2);
  fleet->carries_registered = TRUE;
  fleet_add_tagged_host (fleet, "green-01", "green");
  fleet_add_tagged_host (fleet, "green-02", "green");
  return fleet;
}

static const char *
deploy (Fleet *fleet, const char *blue_green)
{
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .target_group = "shop",
                                                       .rollback_events = on_all,
                                                       .blue_green = blue_green });
  fleet_run (fleet);
  return id;
}

typedef struct {
  Fleet *fleet;
  const char *id;
  DeploymentWait wait;
  EngineWait result;
} Wait;

static void
end_body (StoreTx *tx, gpointer data)
{
  Wait *wait = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_end_wait (wait->fleet->engine, tx, wait->id, wait->wait,
                                wait->fleet->fake.now_ms, &wait->result, &error),
               error);
}

static EngineWait
end (Fleet *fleet, const char *id, DeploymentWait which)
{
  Wait wait = { .fleet = fleet, .id = id, .wait = which };
  fleet_in_tx (fleet, STORE_WRITE, end_body, &wait);
  return wait.result;
}

/* 19, 125 */
static void
test_ready_goes_on_when_continued (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS (STOP_UNLESS, ""));
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->status, ==, DEPLOYMENT_READY);
  g_assert_cmpint (d->wait, ==, DEPLOYMENT_WAIT_READY);
  fleet_expect_events (fleet, id, "green-01", "SSSSSSS...");
  fleet_expect_events (fleet, id, "web-01", "...");
  g_assert_cmpint (fleet_target (fleet, id, "green-01")->status, ==, TARGET_READY);
  fleet_later (fleet, 29 * 60);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_READY);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_TERMINATION), ==, ENGINE_WAIT_NONE);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_ENDED);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_NONE);
  fleet_later (fleet, 2 * 60); /* the wait's own time has no say any more */
  fleet_expect (fleet, id, "Succeeded 4/0/0");
}

/* 87: and that is neither a failure nor a request, so nothing is rolled back */
static void
test_ready_expires (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS (STOP_UNLESS, ""));
  fleet_later (fleet, 30 * 60);
  fleet_expect (fleet, id, "Stopped TIMEOUT 0/0/4");
  g_assert_null (fleet_deployment (fleet, id)->rollback_id);
  fleet_expect_events (fleet, id, "green-01", "SSSSSSS---");
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_NONE);
}

/* 119 */
static void
test_stop_in_ready (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS (STOP_UNLESS, ""));
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/0/4");
}

/* A wait that nobody could use is as long as one may be. */
static void
test_ready_without_a_time (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS ("'actionOnTimeout':'STOP_DEPLOYMENT'", ""));
  fleet_later (fleet, 47 * 3600);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_READY);
  fleet_later (fleet, 3600);
  fleet_expect (fleet, id, "Stopped TIMEOUT 0/0/4");
}

typedef struct {
  Fleet *fleet;
  const char *id;
  gboolean said, busy;
} View;

static void
view_body (StoreTx *tx, gpointer data)
{
  View *view = data;
  Arena *arena = view->fleet->arena;
  g_autoptr (GError) error = NULL;
  DeploymentRecord *record;
  const char *active;
  FLEET_CHECK (deployment_record_by_id (tx, view->id, arena, &record, &error), error);
  const ApiDeploymentInfo *info = deployment_view_info (tx, record, arena, &error);
  g_assert_no_error (error);
  view->said = *info->instance_termination_wait_time_started;
  FLEET_CHECK (deployment_record_active (tx, record->group_id, arena, &active, &error), error);
  view->busy = g_strcmp0 (active, view->id) == 0;
}

static View
view_of (Fleet *fleet, const char *id)
{
  View view = { .fleet = fleet, .id = id };
  fleet_in_tx (fleet, STORE_READ, view_body, &view);
  return view;
}

/* 22, 159 */
static void
test_termination_wait_is_told (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS (STOP_UNLESS, TERMINATE));
  g_assert_false (view_of (fleet, id).said);
  g_assert_true (view_of (fleet, id).busy); /* Ready keeps others out */
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_ENDED);
  fleet_run (fleet);
  g_assert_true (view_of (fleet, id).said);
  g_assert_true (view_of (fleet, id).busy); /* and so does this */
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_TERMINATION), ==, ENGINE_WAIT_ENDED);
  fleet_run (fleet);
  g_assert_true (view_of (fleet, id).said);
  g_assert_false (view_of (fleet, id).busy);

  g_autoptr (Fleet) keeping = two_fleets ();
  id = deploy (keeping, WAITS (GO_ON, "'action':'KEEP_ALIVE'"));
  fleet_expect (keeping, id, "Succeeded 4/0/0");
  g_assert_false (view_of (keeping, id).said);
}

/* 21, 126 */
static void
test_termination_waits (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  const char *id = deploy (fleet, WAITS (GO_ON, TERMINATE));
  const DeploymentRecord *d = fleet_deployment (fleet, id);
  g_assert_cmpint (d->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (d->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  fleet_expect_events (fleet, id, "web-01", "SSS");
  fleet_later (fleet, 59 * 60);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_NONE);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_TERMINATION), ==, ENGINE_WAIT_ENDED);
  fleet_expect (fleet, id, "Succeeded 4/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->note, "2 original instances"));

  const char *next = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 2,
                            .target_group = "shop",
                            .blue_green = "{'blueGreenDeploymentConfiguration':{"
                                          "'terminateBlueInstancesOnDeploymentSuccess':{" TERMINATE
                                          "}},'targetInstances':{'tagFilters':[{'Key':'role',"
                                          "'Value':'web','Type':'KEY_AND_VALUE'}]}}" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, next)->wait, ==, DEPLOYMENT_WAIT_TERMINATION);
  fleet_later (fleet, 60 * 60);
  fleet_expect (fleet, next, "Succeeded 4/0/0");
}

static void
test_what_does_not_wait_is_left_alone (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_NONE);
  fleet_run (fleet);
  g_assert_cmpint (end (fleet, id, DEPLOYMENT_WAIT_READY), ==, ENGINE_WAIT_NONE);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

static void
test_the_whole_time_runs_out_in_a_wait (void)
{
  g_autoptr (Fleet) fleet = two_fleets ();
  fleet_tell (fleet, "green-02", LIFECYCLE_INSTALL, DEED_SUCCEED);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .target_group = "shop",
                                                       .options = { .timeout_minutes = 10 },
                                                       .blue_green = WAITS (STOP_UNLESS, "") });
  fleet_run (fleet);
  fleet_later (fleet, 600);
  fleet_expect (fleet, id, "Failed TIMEOUT 0/0/4");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waits/19-125-ready-goes-on-when-continued", test_ready_goes_on_when_continued);
  g_test_add_func ("/waits/87-ready-expires", test_ready_expires);
  g_test_add_func ("/waits/119-stop-in-ready", test_stop_in_ready);
  g_test_add_func ("/waits/ready-without-a-time", test_ready_without_a_time);
  g_test_add_func ("/waits/22-159-termination-wait-is-told", test_termination_wait_is_told);
  g_test_add_func ("/waits/21-126-termination-waits", test_termination_waits);
  g_test_add_func ("/waits/what-does-not-wait-is-left-alone",
                   test_what_does_not_wait_is_left_alone);
  g_test_add_func ("/waits/the-whole-time-runs-out-in-a-wait",
                   test_the_whole_time_runs_out_in_a_wait);
  return g_test_run ();
}
