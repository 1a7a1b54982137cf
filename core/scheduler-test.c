#include "core/scheduler.h"

#include "core/ambient.h"

#include <string.h>

/* A run of the scheduler with scripted or random ends. */
typedef struct {
  SchedulerPlan plan;
  SchedulerCounts counts;
  gint64 next; /* start position of the next target, from 0 */
  gint64 running[64];
  gint64 most_running;
} Run;

static void
start_all_that_may (Run *run)
{
  gint64 n = scheduler_may_start (&run->plan, &run->counts);
  g_assert (n <= run->counts.pending);
  for (gint64 i = 0; i < n; i++) {
    run->running[run->counts.running++] = run->next++;
    run->counts.pending--;
  }
  run->most_running = MAX (run->most_running, run->counts.running);
  /* 46: at any instant, for any interleaving */
  g_assert_cmpint (run->counts.running + run->counts.failed, <=,
                   MAX (scheduler_budget (&run->plan), 0) + run->plan.n_unhealthy);
  if (run->plan.maximum_batch > 0)
    g_assert_cmpint (run->counts.running, <=, run->plan.maximum_batch);
}

static void
end_one (Run *run, gint64 index, gboolean success)
{
  memmove (&run->running[index], &run->running[index + 1],
           sizeof run->running[0] * (gsize)(run->counts.running - index - 1));
  run->counts.running--;
  if (success)
    run->counts.succeeded++;
  else
    run->counts.failed++;
}

static void
run_begin (Run *run, const SchedulerPlan *plan)
{
  *run = (Run){ .plan = *plan, .counts = { .pending = plan->n_targets } };
  start_all_that_may (run);
}

/* Targets end in the order they were started; fails[i] tells of start position i. */
static SchedulerVerdict
run_in_order (Run *run, const SchedulerPlan *plan, const gboolean *fails)
{
  run_begin (run, plan);
  SchedulerVerdict verdict;
  while ((verdict = scheduler_verdict (&run->plan, &run->counts)) == SCHEDULER_GO_ON) {
    g_assert (run->counts.running > 0);
    end_one (run, 0, !fails[run->running[0]]);
    start_all_that_may (run);
  }
  return verdict;
}

static gint64
number_in_cell (const char *text)
{
  gint64 number = 0;
  g_autoptr (GError) error = NULL;
  (void)g_ascii_string_to_signed (text, 10, -1000, 1000, &number, &error);
  g_assert_no_error (error);
  return number;
}

static MinimumHealthy
config_by_label (const char *label, SchedulerRule *out_rule)
{
  *out_rule = SCHEDULER_BY_THE_NUMBERS;
  const char *colon = strchr (label, ':');
  if (colon != NULL) {
    MinimumHealthy minimum = { .value = number_in_cell (colon + 1) };
    g_autofree char *type = g_strndup (label, (gsize)(colon - label));
    g_assert_true (minimum_healthy_type_from_name (type, &minimum.type));
    return minimum;
  }
  g_autofree char *name = g_strconcat ("CodeDeployDefault.", label, NULL);
  const DeployConfig *config = deploy_config_find_predefined (name);
  g_assert_nonnull (config);
  return config->minimum_healthy;
}

static char **
read_golden (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "tests", "golden",
                                            "scheduler", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strsplit (g_strchomp (text), "\n", -1);
}

static gboolean
is_comment (const char *line)
{
  return line[0] == '#';
}

static char *
outcome_text (SchedulerVerdict verdict, const SchedulerCounts *counts)
{
  return g_strdup_printf ("%s %d/%d/%d", verdict == SCHEDULER_SUCCEED ? "Succeeded" : "Failed",
                          (int)counts->succeeded, (int)counts->failed, (int)counts->pending);
}

/* One line of a golden: how many ran at once at most (X: it cannot begin), who fails, what became of it. */
static void
run_golden (const SchedulerPlan *plan, const char *most_running, const char *failing,
            const char *outcome)
{
  gboolean fails[64] = { FALSE };
  Run run;
  if (strcmp (most_running, "X") == 0) {
    g_assert_false (scheduler_can_begin (plan));
    return;
  }
  g_assert_true (scheduler_can_begin (plan));
  g_auto (GStrv) places = g_strsplit (strcmp (failing, "-") == 0 ? "" : failing, ",", -1);
  for (char **place = places; *place != NULL; place++)
    fails[number_in_cell (*place) - 1] = TRUE;
  SchedulerVerdict verdict = run_in_order (&run, plan, fails);
  g_autofree char *text = outcome_text (verdict, &run.counts);
  g_assert_cmpstr (text, ==, outcome);
  g_assert_cmpint (run.most_running, ==, number_in_cell (most_running));
}

/* deployments.md 11.1; checklist 26, 27, 30, 31, 39-43, 45 */
static void
test_budgets_are_as_worked (void)
{
  g_auto (GStrv) lines = read_golden ("budgets.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    SchedulerRule rule;
    MinimumHealthy minimum = config_by_label (cell[0], &rule);
    SchedulerPlan plan = scheduler_plan (&minimum, number_in_cell (cell[1]), rule);
    if (strcmp (cell[2], "X") == 0) {
      g_assert_cmpint (scheduler_budget (&plan), <, 1);
    } else {
      g_assert_cmpint (plan.minimum_healthy, ==, number_in_cell (cell[2]));
      g_assert_cmpint (scheduler_budget (&plan), ==, number_in_cell (cell[3]));
    }
    seen++;
  }
  g_assert_cmpint (seen, ==, 20 * 13);
}

static void
mark (gboolean *fails, gint64 n, gint64 first, gint64 count)
{
  memset (fails, 0, sizeof (gboolean) * (gsize)n);
  for (gint64 i = 0; i < count; i++)
    fails[first + i] = TRUE;
}

/* deployments.md 11.3; checklist 28, 29, 32-38, 44 */
static void
test_failures_by_place (void)
{
  g_auto (GStrv) lines = read_golden ("failures.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    SchedulerRule rule;
    gint64 n = number_in_cell (cell[0]);
    MinimumHealthy minimum = config_by_label (cell[1], &rule);
    SchedulerPlan plan = scheduler_plan (&minimum, n, rule);
    gint64 b = scheduler_budget (&plan);
    g_assert_cmpint (b, ==, number_in_cell (cell[2]));
    const struct {
      gint64 first, count;
    } places[] = { { 0, 1 }, { n - 1, 1 }, { 0, b - 1 }, { 0, b }, { n - b, b } };
    for (gsize i = 0; i < G_N_ELEMENTS (places); i++) {
      gboolean fails[64];
      Run run;
      mark (fails, n, places[i].first, places[i].count);
      SchedulerVerdict verdict = run_in_order (&run, &plan, fails);
      g_autofree char *text = outcome_text (verdict, &run.counts);
      g_assert_cmpstr (text, ==, cell[3 + i]);
      g_assert_cmpint (run.most_running, <=, b);
    }
    seen++;
  }
  g_assert_cmpint (seen, ==, 18);
}

/* deployments.md 11.4 */
static void
test_first_k_fail (void)
{
  g_auto (GStrv) lines = read_golden ("matrix.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    g_auto (GStrv) outcome = g_strsplit (cell[2], " ", -1);
    gint64 k = number_in_cell (cell[0]);
    SchedulerRule rule;
    MinimumHealthy minimum = config_by_label (cell[1], &rule);
    g_assert_cmpuint (g_strv_length (outcome), ==, 20);
    for (gint64 n = 1; n <= 20; n++) {
      if (strcmp (outcome[n - 1], "-") == 0)
        continue;
      SchedulerPlan plan = scheduler_plan (&minimum, n, rule);
      if (scheduler_budget (&plan) < 1) {
        g_assert_cmpstr (outcome[n - 1], ==, "X");
        continue;
      }
      gboolean fails[64];
      Run run;
      mark (fails, n, 0, k);
      SchedulerVerdict verdict = run_in_order (&run, &plan, fails);
      g_assert_cmpstr (outcome[n - 1], ==, verdict == SCHEDULER_SUCCEED ? "S" : "F");
      seen++;
    }
  }
  g_assert_cmpint (seen, >, 500);
}

/* deployments.md 11.5 */
static void
test_mixed_cases (void)
{
  g_auto (GStrv) lines = read_golden ("mixed.tsv");
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    g_auto (GStrv) places = g_strsplit (cell[2], ",", -1);
    gboolean fails[64] = { FALSE };
    for (char **place = places; *place != NULL; place++)
      fails[number_in_cell (*place) - 1] = TRUE;
    const SchedulerPlan plan = { number_in_cell (cell[0]), number_in_cell (cell[1]), 0 };
    Run run;
    SchedulerVerdict verdict = run_in_order (&run, &plan, fails);
    g_autofree char *text = outcome_text (verdict, &run.counts);
    g_assert_cmpstr (text, ==, cell[3]);
  }
}

/* A maximum batch size of a configuration: how many run at most, and that it changes nothing of who may fail. */
static void
test_maximum_batch (void)
{
  g_auto (GStrv) lines = read_golden ("batches.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    SchedulerRule rule;
    MinimumHealthy minimum = config_by_label (cell[0], &rule);
    g_autofree char *name = g_strconcat ("CodeDeployDefault.", cell[0], NULL);
    rule = scheduler_rule_for_config (name, SCHEDULER_ONE_ALWAYS_RUNS);
    SchedulerPlan plan = scheduler_plan (&minimum, number_in_cell (cell[1]), rule);
    g_assert_cmpint (plan.maximum_batch, ==, 0);
    plan.maximum_batch = number_in_cell (cell[2]);
    gboolean fails[64] = { FALSE };
    g_auto (GStrv) places = g_strsplit (strcmp (cell[3], "-") == 0 ? "" : cell[3], ",", -1);
    for (char **place = places; *place != NULL; place++)
      fails[number_in_cell (*place) - 1] = TRUE;
    Run run;
    SchedulerVerdict verdict = run_in_order (&run, &plan, fails);
    g_autofree char *text = outcome_text (verdict, &run.counts);
    g_assert_cmpstr (text, ==, cell[5]);
    g_assert_cmpint (run.most_running, ==, number_in_cell (cell[4]));
    seen++;
  }
  g_assert_cmpint (seen, ==, 24);
}

/* Checklist 46 and property 2 of 2.2: Failed if and only if the b-th failure happens while some target has not been started,
 * or no target succeeded; with any maximum batch. */
static void
test_closed_form_holds_for_any_interleaving (void)
{
  AmbientFake fake = { .seed = 46 };
  Ambient ambient = ambient_fake (&fake);
  for (int round = 0; round < 20000; round++) {
    gint64 n = 1 + ambient_random_below (&ambient, 40);
    const SchedulerPlan plan = { n, ambient_random_below (&ambient, (guint32)n),
                                 ambient_random_below (&ambient, (guint32)n + 2) };
    guint32 failing_percent = ambient_random_below (&ambient, 101);
    Run run;
    run_begin (&run, &plan);
    gint64 b = scheduler_budget (&run.plan);
    gint64 unstarted_at_b_th_failure = 0;
    while (scheduler_verdict (&run.plan, &run.counts) == SCHEDULER_GO_ON) {
      g_assert_cmpint (run.counts.running, >, 0);
      gboolean success = ambient_random_below (&ambient, 100) >= failing_percent;
      end_one (&run, ambient_random_below (&ambient, (guint32)run.counts.running), success);
      if (!success && run.counts.failed == b)
        unstarted_at_b_th_failure = run.counts.pending;
      start_all_that_may (&run);
    }
    gboolean fails = unstarted_at_b_th_failure > 0 || run.counts.succeeded == 0;
    g_assert_cmpint (scheduler_verdict (&run.plan, &run.counts), ==,
                     fails ? SCHEDULER_FAIL : SCHEDULER_SUCCEED);
    g_assert_cmpint (run.counts.succeeded + run.counts.failed + run.counts.pending, ==, n);
  }
}

/* Which targets end, in which order and how, and how many of those that may be started are: the counts are all that the
 * scheduler sees, so walking all counts that can be reached is walking every interleaving. */
#define MOST 9
typedef struct {
  SchedulerPlan plan;
  gboolean seen[MOST + 1][MOST + 1][MOST + 1]; /* running, succeeded, failed */
  int n_seen;
} Walk;

static void
walk_from (Walk *walk, SchedulerCounts counts)
{
  gboolean *seen = &walk->seen[counts.running][counts.succeeded][counts.failed];
  if (*seen)
    return;
  *seen = TRUE;
  walk->n_seen++;
  gint64 b = MAX (scheduler_budget (&walk->plan), 0);
  gint64 may = scheduler_may_start (&walk->plan, &counts);
  g_assert_cmpint (counts.running + counts.failed, <=, b);
  if (walk->plan.maximum_batch > 0)
    g_assert_cmpint (counts.running + may, <=, MAX (walk->plan.maximum_batch, counts.running));
  switch (scheduler_verdict (&walk->plan, &counts)) {
  case SCHEDULER_GO_ON:
    g_assert_true (may > 0 || counts.running > 0);
    break;
  case SCHEDULER_SUCCEED:
    g_assert_cmpint (counts.running + counts.pending, ==, 0);
    g_assert_cmpint (counts.succeeded, >=, MAX (walk->plan.minimum_healthy, 1));
    return;
  case SCHEDULER_FAIL:
    g_assert_cmpint (counts.running, ==, 0);
    g_assert_true (counts.succeeded == 0 || counts.failed >= b);
    return;
  }
  for (gint64 i = 1; i <= may; i++) {
    SchedulerCounts next = counts;
    next.pending -= i;
    next.running += i;
    walk_from (walk, next);
  }
  if (counts.running == 0)
    return;
  counts.running--;
  counts.succeeded++;
  walk_from (walk, counts);
  counts.succeeded--;
  counts.failed++;
  walk_from (walk, counts);
}

/* Checklist 46 */
static void
test_budget_holds_in_every_interleaving (void)
{
  int n_seen = 0;
  for (gint64 n = 1; n <= MOST; n++) {
    for (gint64 m = 0; m <= n + 1; m++) {
      for (gint64 batch = 0; batch <= n; batch++) {
        Walk walk = { .plan = { .n_targets = n, .minimum_healthy = m, .maximum_batch = batch } };
        walk_from (&walk, (SchedulerCounts){ .pending = n });
        n_seen += walk.n_seen;
      }
    }
  }
  g_assert_cmpint (n_seen, >, 10000);
}

/* Checklist 47, 48 */
static void
test_success_refills_and_failure_does_not (void)
{
  Run run;
  run_begin (&run, &(SchedulerPlan){ 10, 8, 0 });
  g_assert_cmpint (run.counts.running, ==, 2);
  end_one (&run, 0, TRUE);
  g_assert_cmpint (scheduler_may_start (&run.plan, &run.counts), ==, 1);
  start_all_that_may (&run);
  end_one (&run, 0, FALSE);
  g_assert_cmpint (scheduler_may_start (&run.plan, &run.counts), ==, 0);
  g_assert_cmpint (run.counts.running, ==, 1);
  /* 36: afterwards at most one at a time */
  end_one (&run, 0, TRUE);
  g_assert_cmpint (scheduler_may_start (&run.plan, &run.counts), ==, 1);
}

/* deployments.md 2.4 and 2.6, as published: how many at a time, how many successes are needed, which failures end it. */
static void
test_published_examples (void)
{
  g_auto (GStrv) lines = read_golden ("published.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    SchedulerRule rule;
    MinimumHealthy minimum = config_by_label (cell[1], &rule);
    SchedulerPlan plan = scheduler_plan (&minimum, number_in_cell (cell[0]), rule);
    run_golden (&plan, cell[2], cell[3], cell[4]);
    seen++;
  }
  g_assert_cmpint (seen, ==, 31);
}

/* deployments.md 2.5 */
static void
test_unhealthy_ones_first (void)
{
  g_auto (GStrv) lines = read_golden ("health-aware.tsv");
  int seen = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (is_comment (*line))
      continue;
    g_auto (GStrv) cell = g_strsplit (*line, "\t", -1);
    const SchedulerPlan plan = { .n_targets = number_in_cell (cell[0]),
                                 .minimum_healthy = number_in_cell (cell[1]),
                                 .n_unhealthy = number_in_cell (cell[2]) };
    run_golden (&plan, cell[3], cell[4], cell[5]);
    seen++;
  }
  g_assert_cmpint (seen, ==, 13);
}

/* Of a host that was healthy before: only while more than M are healthy, those at work not counted. */
static void
expect_healthy_ones_are_spared (const Run *run, gint64 from, gint64 healthy, gint64 at_work)
{
  for (gint64 place = MAX (from, run->plan.n_unhealthy); place < run->next; place++)
    g_assert_cmpint (healthy - at_work++, >, run->plan.minimum_healthy);
}

/* deployments.md 2.5, for any fleet and any failures. */
static void
test_healthy_ones_are_spared (void)
{
  AmbientFake fake = { .seed = 25 };
  Ambient ambient = ambient_fake (&fake);
  for (int round = 0; round < 5000; round++) {
    gint64 n = 1 + ambient_random_below (&ambient, 30);
    const SchedulerPlan plan = { .n_targets = n,
                                 .minimum_healthy = ambient_random_below (&ambient, (guint32)n + 2),
                                 .n_unhealthy = 1 + ambient_random_below (&ambient, (guint32)n) };
    guint32 failing_percent = ambient_random_below (&ambient, 101);
    gint64 healthy = n - plan.n_unhealthy; /* H, with those at work */
    Run run;
    run_begin (&run, &plan);
    while (scheduler_verdict (&run.plan, &run.counts) == SCHEDULER_GO_ON) {
      gint64 ended = ambient_random_below (&ambient, (guint32)run.counts.running);
      gint64 place = run.running[ended], next = run.next, at_work = 0;
      gboolean success = ambient_random_below (&ambient, 100) >= failing_percent;
      end_one (&run, ended, success);
      for (gint64 i = 0; i < run.counts.running; i++)
        at_work += run.running[i] >= plan.n_unhealthy;
      healthy += place < plan.n_unhealthy ? success : -!success;
      start_all_that_may (&run);
      expect_healthy_ones_are_spared (&run, next, healthy, at_work);
    }
    gboolean good =
        run.counts.pending == 0 && healthy >= plan.minimum_healthy && run.counts.succeeded > 0;
    g_assert_cmpint (scheduler_verdict (&run.plan, &run.counts), ==,
                     good ? SCHEDULER_SUCCEED : SCHEDULER_FAIL);
  }
}

/* deployments.md 2.6; checklist 34 */
static void
test_one_target (void)
{
  const MinimumHealthy half = { MINIMUM_HEALTHY_FLEET_PERCENT, 50 };
  SchedulerPlan plan = scheduler_plan (&half, 1, SCHEDULER_BY_THE_NUMBERS);
  g_assert_cmpint (scheduler_budget (&plan), ==, 0);
  plan = scheduler_plan (
      &half, 1,
      scheduler_rule_for_config ("CodeDeployDefault.HalfAtATime", SCHEDULER_ONE_ALWAYS_RUNS));
  g_assert_cmpint (scheduler_budget (&plan), ==, 1);
  plan = scheduler_plan (
      &half, 1,
      scheduler_rule_for_config ("CodeDeployDefault.HalfAtATime", SCHEDULER_BY_THE_NUMBERS));
  g_assert_false (scheduler_can_begin (&plan));
  plan = scheduler_plan (&half, 1, scheduler_rule_for_config ("Half", SCHEDULER_ONE_ALWAYS_RUNS));
  g_assert_cmpint (scheduler_budget (&plan), ==, 0);
  plan = scheduler_plan (&half, 2, SCHEDULER_ONE_ALWAYS_RUNS);
  g_assert_cmpint (scheduler_budget (&plan), ==, 1);

  const gboolean fails[] = { TRUE };
  Run run;
  g_assert_cmpint (run_in_order (&run, &(SchedulerPlan){ 1, 0, 0 }, fails), ==, SCHEDULER_FAIL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scheduler/11.1-26-27-30-31-39-45-budgets-are-as-worked",
                   test_budgets_are_as_worked);
  g_test_add_func ("/scheduler/11.3-28-29-32-38-44-failures-by-place", test_failures_by_place);
  g_test_add_func ("/scheduler/11.4-first-k-fail", test_first_k_fail);
  g_test_add_func ("/scheduler/11.5-mixed-cases", test_mixed_cases);
  g_test_add_func ("/scheduler/maximum-batch", test_maximum_batch);
  g_test_add_func ("/scheduler/46-closed-form-holds-for-any-interleaving",
                   test_closed_form_holds_for_any_interleaving);
  g_test_add_func ("/scheduler/46-budget-holds-in-every-interleaving",
                   test_budget_holds_in_every_interleaving);
  g_test_add_func ("/scheduler/36-47-48-success-refills-and-failure-does-not",
                   test_success_refills_and_failure_does_not);
  g_test_add_func ("/scheduler/34-one-target", test_one_target);
  g_test_add_func ("/scheduler/2.4-2.6-published-examples", test_published_examples);
  g_test_add_func ("/scheduler/2.5-unhealthy-ones-first", test_unhealthy_ones_first);
  g_test_add_func ("/scheduler/2.5-healthy-ones-are-spared", test_healthy_ones_are_spared);
  return g_test_run ();
}
