#include "core/deployment-machine.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Ending waits early: deployments.md 5.3. Nothing brings a deployment into the state Ready yet, so the row is put there. */

typedef struct {
  Fleet *fleet;
  const char *id;
  EngineWait result;
} Wait;

static void
make_ready (StoreTx *tx, gpointer data)
{
  const Wait *wait = data;
  g_autoptr (GError) error = NULL;
  DeploymentRecord *record;
  DeploymentAction action;
  FLEET_CHECK (deployment_record_by_id (tx, wait->id, wait->fleet->arena, &record, &error), error);
  g_assert_true (deployment_machine_step (&record->status, DEPLOYMENT_EV_AWAIT_READY, &action));
  FLEET_CHECK (deployment_record_update (tx, record, &error), error);
}

static void
end_wait (StoreTx *tx, gpointer data)
{
  Wait *wait = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_end_ready_wait (wait->fleet->engine, tx, wait->id,
                                      ambient_now_ms (&wait->fleet->ambient), &wait->result,
                                      &error),
               error);
}

static void
one_that_is_ready_goes_on (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  g_autoptr (GError) error = NULL;
  Wait wait = { .fleet = fleet, .id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 }) };
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  fleet_in_tx (fleet, STORE_WRITE, make_ready, &wait);
  fleet_in_tx (fleet, STORE_WRITE, end_wait, &wait);
  g_assert_cmpint (wait.result, ==, ENGINE_WAIT_ENDED);
  g_assert_cmpint (fleet_deployment (fleet, wait.id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  fleet_run (fleet);
  fleet_expect (fleet, wait.id, "Succeeded 2/0/0");
}

static void
one_that_does_not_wait_is_left_alone (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  Wait wait = { .fleet = fleet, .id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 }) };
  fleet_in_tx (fleet, STORE_WRITE, end_wait, &wait);
  g_assert_cmpint (wait.result, ==, ENGINE_WAIT_NONE);
  fleet_run (fleet);
  fleet_in_tx (fleet, STORE_WRITE, end_wait, &wait);
  g_assert_cmpint (wait.result, ==, ENGINE_WAIT_NONE);
  fleet_expect (fleet, wait.id, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waits/one-that-is-ready-goes-on", one_that_is_ready_goes_on);
  g_test_add_func ("/waits/one-that-does-not-wait-is-left-alone",
                   one_that_does_not_wait_is_left_alone);
  return g_test_run ();
}
