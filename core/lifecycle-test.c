#include "core/lifecycle.h"

static gsize
place (const LifecyclePlan *plan, LifecycleEvent event)
{
  for (gsize i = 0; i < plan->n_events; i++)
    if (plan->events[i] == event)
      return i;
  return G_MAXSIZE;
}

/* 2, 9, 10 */
static void
test_order (void)
{
  const LifecyclePlan *plain = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE);
  const LifecyclePlan *balanced = lifecycle_plan (LIFECYCLE_PLAN_IN_PLACE_BALANCED);
  g_assert_cmpuint (plain->n_events, ==, 7);
  g_assert_cmpuint (balanced->n_events, ==, 13);
  g_assert_cmpuint (place (plain, LIFECYCLE_APPLICATION_STOP), <,
                    place (plain, LIFECYCLE_DOWNLOAD_BUNDLE));
  g_assert_cmpuint (place (balanced, LIFECYCLE_VALIDATE_SERVICE), <,
                    place (balanced, LIFECYCLE_ALLOW_TRAFFIC));
  for (gsize i = 0; i < plain->n_events; i++) {
    g_assert_cmpuint (place (balanced, plain->events[i]), ==, i + 3);
    /* 11: nothing of this plan is the service's own */
    g_assert_cmpint (lifecycle_event_performer (plain->events[i]), !=, LIFECYCLE_BY_SERVICE);
  }
}

static char *
names (LifecyclePlanKind kind)
{
  const LifecyclePlan *plan = lifecycle_plan (kind);
  g_autoptr (GString) text = g_string_new (target_label_name (plan->label));
  for (gsize i = 0; i < plan->n_events; i++)
    g_string_append_printf (text, " %s%s", plan->gate == i && i > 0 ? "| " : "",
                            lifecycle_event_name (plan->events[i]));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* 3, 13; deployments.md 1.3, 1.4, 1.7 */
static void
test_plans_of_replaced_fleets (void)
{
  static const struct {
    LifecyclePlanKind kind;
    const char *names;
    gboolean installs;
  } cases[] = {
    { LIFECYCLE_PLAN_GREEN,
      "Green ApplicationStop DownloadBundle BeforeInstall Install AfterInstall ApplicationStart "
      "ValidateService | BeforeAllowTraffic AllowTraffic AfterAllowTraffic",
      TRUE },
    { LIFECYCLE_PLAN_BLUE, "Blue BeforeBlockTraffic BlockTraffic AfterBlockTraffic", FALSE },
    { LIFECYCLE_PLAN_ROLLBACK_BLUE, "Blue BeforeAllowTraffic AllowTraffic AfterAllowTraffic",
      FALSE },
    { LIFECYCLE_PLAN_ROLLBACK_GREEN, "Green BeforeBlockTraffic BlockTraffic AfterBlockTraffic",
      FALSE },
    { LIFECYCLE_PLAN_TERMINATION, " ApplicationStop", FALSE },
    { LIFECYCLE_PLAN_TERMINATION_BALANCED,
      " BeforeBlockTraffic BlockTraffic AfterBlockTraffic ApplicationStop", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = names (cases[i].kind);
    g_assert_cmpstr (text, ==, cases[i].names);
    g_assert_cmpint (lifecycle_plan_installs (lifecycle_plan (cases[i].kind)), ==,
                     cases[i].installs);
  }
}

/* 77-80 */
static void
test_what_may_be_ignored (void)
{
  g_assert_true (lifecycle_event_is_ignorable (LIFECYCLE_APPLICATION_STOP));
  g_assert_true (lifecycle_event_is_ignorable (LIFECYCLE_BEFORE_BLOCK_TRAFFIC));
  g_assert_true (lifecycle_event_is_ignorable (LIFECYCLE_AFTER_BLOCK_TRAFFIC));
  g_assert_false (lifecycle_event_is_ignorable (LIFECYCLE_BEFORE_INSTALL));
  g_assert_false (lifecycle_event_is_ignorable (LIFECYCLE_BLOCK_TRAFFIC));
  g_assert_false (lifecycle_event_may_be_noop (LIFECYCLE_INSTALL));
  g_assert_false (lifecycle_event_may_be_noop (LIFECYCLE_DOWNLOAD_BUNDLE));
  g_assert_true (lifecycle_event_may_be_noop (LIFECYCLE_VALIDATE_SERVICE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lifecycle/2-9-10-11-order", test_order);
  g_test_add_func ("/lifecycle/3-13-plans-of-replaced-fleets", test_plans_of_replaced_fleets);
  g_test_add_func ("/lifecycle/77-80-what-may-be-ignored", test_what_may_be_ignored);
  return g_test_run ();
}
