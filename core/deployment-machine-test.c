#include "core/deployment-machine.h"

/* 18 */
static void
test_terminal_statuses_never_change (void)
{
  static const DeploymentStatus final[] = { DEPLOYMENT_SUCCEEDED, DEPLOYMENT_FAILED,
                                            DEPLOYMENT_STOPPED };
  for (gsize i = 0; i < G_N_ELEMENTS (final); i++) {
    g_assert_true (deployment_status_is_final (final[i]));
    for (guint event = 0; event < DEPLOYMENT_N_EVENTS; event++) {
      DeploymentStatus status = final[i];
      DeploymentAction action;
      g_assert_false (deployment_machine_step (&status, (DeploymentEvent)event, &action));
      g_assert_cmpint (status, ==, final[i]);
    }
  }
}

/* 17, 24: InProgress only by a start; every way into a final status closes */
static void
test_ways_through (void)
{
  for (guint state = 0; state < DEPLOYMENT_N_STATUSES; state++)
    for (guint event = 0; event < DEPLOYMENT_N_EVENTS; event++) {
      DeploymentStatus status = (DeploymentStatus)state;
      DeploymentAction action;
      if (!deployment_machine_step (&status, (DeploymentEvent)event, &action))
        continue;
      g_assert_cmpint (deployment_status_is_final (status), ==, action == DEPLOYMENT_ACT_CLOSE);
      g_assert_cmpint (status == DEPLOYMENT_IN_PROGRESS, ==,
                       action == DEPLOYMENT_ACT_START_TARGETS);
      g_assert_cmpint (status, !=, DEPLOYMENT_CREATED);
    }
}

static void
test_created_cannot_succeed (void)
{
  DeploymentStatus status = DEPLOYMENT_CREATED;
  DeploymentAction action;
  g_assert_false (deployment_machine_step (&status, DEPLOYMENT_EV_SUCCEED, &action));
  g_assert_false (deployment_machine_step (&status, DEPLOYMENT_EV_AWAIT_READY, &action));
  g_assert_true (deployment_machine_step (&status, DEPLOYMENT_EV_START, &action));
  g_assert_cmpint (action, ==, DEPLOYMENT_ACT_START_TARGETS);
  g_assert_false (deployment_machine_step (&status, DEPLOYMENT_EV_START, &action));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deployment/18-terminal-statuses-never-change",
                   test_terminal_statuses_never_change);
  g_test_add_func ("/deployment/17-24-ways-through", test_ways_through);
  g_test_add_func ("/deployment/created-cannot-succeed", test_created_cannot_succeed);
  return g_test_run ();
}
