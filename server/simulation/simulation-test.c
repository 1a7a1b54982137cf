#include "server/simulation/simulation.h"

/* The simulator itself: that a seed is a world, and that whatever is broken on purpose is noticed by the rule that is for it. */

static void
run (guint64 seed, const Profile *profile, const Sabotage *sabotage, SimulationResult *out)
{
  const SimulationConfig config = { .seed = seed, .profile = profile, .sabotage = sabotage };
  g_autoptr (GError) error = NULL;
  gboolean done = simulation_run (&config, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static void
test_same_seed_same_world (gconstpointer data)
{
  Profile profile = *(const Profile *)data;
  g_auto (SimulationResult) one = { 0 }, again = { 0 }, other = { 0 };
  profile.hours_max = 1;
  profile.hosts_max = profile.hosts_min = MIN (profile.hosts_min, 6);
  run (3, &profile, NULL, &one);
  run (3, &profile, NULL, &again);
  run (4, &profile, NULL, &other);
  g_assert_cmpuint (one.hash, ==, again.hash);
  g_assert_cmpuint (one.n_lines, ==, again.n_lines);
  g_assert_cmpuint (one.hash, !=, other.hash);
}

/* Within so many seeds each of them must show. */
#define SEEDS_FOR_SABOTAGE 200

static void
test_sabotage_is_noticed (gconstpointer data)
{
  const Sabotage *sabotage = data;
  Profile profile = *profile_find (sabotage->profile != NULL ? sabotage->profile : "calm");
  Rule found = RULE_NONE;
  profile.hours_max = 2;
  /* Some of it shows in more than one way. */
  for (guint64 seed = 1; seed <= SEEDS_FOR_SABOTAGE && found != sabotage->rule; seed++) {
    g_auto (SimulationResult) result = { 0 };
    run (seed, &profile, sabotage, &result);
    found = result.broken;
    if (found != RULE_NONE) {
      g_test_message ("seed %" G_GUINT64_FORMAT ": %s", seed, result.how);
      g_assert_nonnull (result.last_lines);
    }
  }
  g_assert_cmpstr (rule_name (found), ==, rule_name (sabotage->rule));
}

/* A kill at some of the commits of a short world, before and after; slipway-simulate --kill-each does it at each. */
#define KILLS 12

static void
test_killed_anywhere (gconstpointer data)
{
  const Profile small = simulation_short_profile (data);
  g_auto (SimulationResult) whole = { 0 };
  run (5, &small, NULL, &whole);
  g_assert_cmpint (whole.n_works, >, KILLS);
  for (gint64 i = 1; i <= KILLS; i++) {
    SimulationConfig config = { .seed = 5, .profile = &small };
    g_auto (SimulationResult) result = { 0 };
    g_autoptr (GError) error = NULL;
    config.kill = (SimulationKill){ whole.n_works * i / (KILLS + 1),
                                    i % 2 == 0 ? STORE_FAULT_FULL : STORE_FAULT_UNKNOWN_KEPT };
    gboolean done = simulation_run (&config, &result, &error);
    g_assert_no_error (error);
    g_assert_true (done);
    g_assert_cmpint (result.tally.kill_before + result.tally.kill_after, ==, 1);
    g_assert_cmpstr (result.how, ==, NULL);
  }
}

/* A rule that nothing can break guards nothing. */
static void
test_every_rule_has_its_sabotage (void)
{
  const Sabotage *sabotage;
  for (int rule = RULE_NONE + 1; rule_name ((Rule)rule) != NULL; rule++) {
    gboolean found = FALSE;
    for (gsize i = 0; (sabotage = sabotage_row (i)) != NULL; i++)
      found |= sabotage->rule == (Rule)rule;
    if (!found)
      g_error ("nothing breaks \"%s\"", rule_name ((Rule)rule));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; profile_row (i) != NULL; i++) {
    g_autofree char *name =
        g_strdup_printf ("/simulation/same-seed-same-world/%s", profile_row (i)->name);
    g_test_add_data_func (name, profile_row (i), test_same_seed_same_world);
  }
  g_test_add_data_func ("/simulation/killed-anywhere", profile_find ("calm"), test_killed_anywhere);
  g_test_add_func ("/simulation/every-rule-has-its-sabotage", test_every_rule_has_its_sabotage);
  for (gsize i = 0; sabotage_row (i) != NULL; i++) {
    g_autofree char *name =
        g_strdup_printf ("/simulation/sabotage-is-noticed/%s", sabotage_row (i)->name);
    g_test_add_data_func (name, sabotage_row (i), test_sabotage_is_noticed);
  }
  return g_test_run ();
}
