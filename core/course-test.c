#include "core/course.h"

/* "install/green/Pending ..." of all phases, in order. */
static char *
describe (Course course)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const CoursePhase *phase = course_first_phase (course);
  for (; phase != NULL; phase = course_next_phase (course, phase->phase)) {
    g_assert_true (course_phase (course, phase->phase) == phase);
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                            deployment_phase_name (phase->phase));
    if (phase->rule != PHASE_OF_SERVICE)
      g_string_append_printf (text, "/%s/%s/%s", target_label_name (phase->label),
                              target_status_name (phase->before),
                              phase->rule == PHASE_OF_ALL ? "all" : "configuration");
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
test_phases_in_order (void)
{
  static const char *const expected[COURSE_N] = {
    [COURSE_IN_PLACE] = "install//Pending/configuration",
    /* deployments.md 12, 12 */
    [COURSE_BLUE_GREEN] = "install/Green/Pending/configuration reroute/Green/Ready/configuration "
                          "deregister/Blue/Pending/all swap retire",
    [COURSE_BLUE_GREEN_BACK] =
        "reroute/Blue/Pending/configuration deregister/Green/Pending/all swap retire",
  };
  for (Course course = 0; course < COURSE_N; course++) {
    g_autofree char *text = describe (course);
    g_assert_cmpstr (text, ==, expected[course]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/course/12-phases-in-order", test_phases_in_order);
  return g_test_run ();
}
