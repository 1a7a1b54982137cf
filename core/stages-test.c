#include "core/stages.h"

#include "core/ambient.h"

#include <string.h>

/* A fleet is written as words, in the order in which its hosts are tried: "a1! b1 -" is an unhealthy host of zone a, one of zone b
 * and one without a zone; the digit is its tag "ring". Stages are written as "a:0+2" with what else they have. */

#define HOSTS_MOST 32

typedef struct {
  gsize n;
  StageHost hosts[HOSTS_MOST];
  Tag tags[HOSTS_MOST];
  char **words;
} Fleet;

static void
fleet_clear (Fleet *fleet)
{
  for (gsize i = 0; i < fleet->n; i++) {
    g_free ((gpointer)fleet->hosts[i].zone);
    g_free ((gpointer)fleet->tags[i].value);
  }
  g_strfreev (fleet->words);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fleet, fleet_clear)

static void
fleet_read (Fleet *fleet, const char *text)
{
  fleet->words = g_strsplit (text, " ", -1);
  for (char **word = fleet->words; *word != NULL; word++) {
    StageHost *host = &fleet->hosts[fleet->n];
    Tag *tag = &fleet->tags[fleet->n++];
    host->zone = **word == '-' ? NULL : g_strndup (*word, 1);
    host->unhealthy = strchr (*word, '!') != NULL;
    *tag = (Tag){ "ring", g_strndup (*word + 1, strspn (*word + 1, "0123456789")) };
    host->tags = tag;
    host->n_tags = tag->value[0] != '\0';
  }
}

static char *
stages_text (const StageList *list, const Fleet *fleet)
{
  GString *text = g_string_new (NULL);
  gint64 next = 0;
  for (gsize i = 0; i < list->n; i++) {
    const Stage *stage = &list->items[i];
    g_assert_cmpint (stage->first, ==, next);
    next += stage->n;
    g_string_append_printf (text, "%s%s[", i > 0 ? " " : "", stage->name);
    for (gint64 at = stage->first; at < next; at++)
      g_string_append_printf (text, "%s%s", at > stage->first ? " " : "",
                              fleet->words[list->order[at]]);
    g_string_append_c (text, ']');
    if (stage->minimum_healthy > 0)
      g_string_append_printf (text, "M%d", (int)stage->minimum_healthy);
    if (stage->kind == STAGE_WAVE)
      g_string_append_printf (text, "%d/%d", (int)stage->needed, (int)stage->tolerated);
    if (stage->wait_s > 0)
      g_string_append_printf (text, "+%ds", (int)stage->wait_s);
    if (stage->approval)
      g_string_append (text, "?");
  }
  g_assert_cmpint (next, ==, (gint64)fleet->n);
  return g_string_free (text, FALSE);
}

static const MinimumHealthy none_healthy = { MINIMUM_HEALTHY_FLEET_PERCENT, 0 };

/* deployments.md 2.8 */
static void
test_zones (void)
{
  static const struct {
    const char *fleet;
    ZoneRules rules;
    const char *expected;
  } table[] = {
    { "b1 a1 b2 a2", { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, -1, 60 }, "a[a1 a2]+60s b[b1 b2]" },
    { "b1 a1 c1 a2",
      { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, 300, 60 },
      "a[a1 a2]+300s b[b1]+60s c[c1]" },
    { "b1 a1 c1", { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, 0, 60 }, "a[a1] b[b1]+60s c[c1]" },
    { "b1 a1 c1", { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, 300, 0 }, "a[a1]+300s b[b1] c[c1]" },
    { "a1 a2", { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, 300, 60 }, "a[a1 a2]" },
    /* where something is broken already there is less to break; hosts without a zone are last all the same */
    { "c1! -1! c2 b1 a1",
      { { MINIMUM_HEALTHY_FLEET_PERCENT, 0 }, -1, 5 },
      "c[c1! c2]+5s a[a1]+5s b[b1]+5s no zone[-1!]" },
    { "-1 -2 -3", { { MINIMUM_HEALTHY_FLEET_PERCENT, 50 }, 9, 9 }, "no zone[-1 -2 -3]M2" },
    { "a1 a2 a3 b1 b2",
      { { MINIMUM_HEALTHY_FLEET_PERCENT, 50 }, -1, 0 },
      "a[a1 a2 a3]M2 b[b1 b2]M1" },
    { "a1 a2 b1", { { MINIMUM_HEALTHY_HOST_COUNT, 1 }, -1, 0 }, "a[a1 a2]M1 b[b1]M1" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_auto (Fleet) fleet = { 0 };
    StageList list;
    fleet_read (&fleet, table[i].fleet);
    stages_by_zone (fleet.hosts, fleet.n, &table[i].rules, arena, &list);
    g_autofree char *text = stages_text (&list, &fleet);
    g_assert_cmpstr (text, ==, table[i].expected);
  }
}

static void
test_zones_of_nothing (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ZoneRules rules = { none_healthy, -1, 60 };
  StageList list;
  stages_by_zone (NULL, 0, &rules, arena, &list);
  g_assert_cmpuint (list.n, ==, 0);
  g_assert_null (stages_find_impossible (&list));
}

static void
test_zone_that_may_not_be_touched (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_auto (Fleet) fleet = { 0 };
  ZoneRules rules = { { MINIMUM_HEALTHY_HOST_COUNT, 1 }, -1, 60 };
  StageList list;
  fleet_read (&fleet, "a1 a2 b1");
  stages_by_zone (fleet.hosts, fleet.n, &rules, arena, &list);
  g_assert_cmpstr (stages_find_impossible (&list)->name, ==, "b");
  rules.minimum = (MinimumHealthy){ MINIMUM_HEALTHY_FLEET_PERCENT, 60 };
  stages_by_zone (fleet.hosts, fleet.n, &rules, arena, &list);
  g_assert_cmpstr (stages_find_impossible (&list)->name, ==, "a");
  rules.minimum = none_healthy;
  stages_by_zone (fleet.hosts, fleet.n, &rules, arena, &list);
  g_assert_null (stages_find_impossible (&list));
}

static const TagFilter ring_1 = { TAG_FILTER_KEY_AND_VALUE, "ring", "1" };
static const TagFilter any_ring = { TAG_FILTER_KEY_ONLY, "ring", NULL };

static void
test_waves (void)
{
  const struct {
    const char *fleet;
    Wave waves[3];
    gsize n_waves;
    const char *expected;
  } table[] = {
    { "a1 a2 a3 a4 a5",
      { { .name = "canary", .hosts = WAVE_COUNT, .amount = 1, .success_percent = 100 },
        { .name = "rest", .hosts = WAVE_REST, .error_percent = 100 } },
      2,
      "canary[a1]1/0 rest[a2 a3 a4 a5]0/4" },
    /* of what is left, rounded up; shares of a wave's own hosts */
    { "a1 a2 a3 a4 a5 a6 a7",
      { { .name = "w1", .hosts = WAVE_PERCENT, .amount = 25, .success_percent = 50 },
        { .name = "w2", .hosts = WAVE_PERCENT, .amount = 50, .error_percent = 40, .wait_s = 30 },
        { .name = "w3", .hosts = WAVE_REST, .success_percent = 34, .error_percent = 100 } },
      3,
      "w1[a1 a2]1/0 w2[a3 a4 a5]0/1+30s w3[a6 a7]1/2" },
    { "a2 a1 b1 a3",
      { { .name = "ring 1",
          .hosts = WAVE_TAGS,
          .tags = { &ring_1, 1 },
          .success_percent = 100,
          .approval = TRUE },
        { .name = "rest", .hosts = WAVE_REST, .error_percent = 100 } },
      2,
      "ring 1[a1 b1]2/0? rest[a2 a3]0/2" },
    /* more than there are, and then nothing is left; a filter that matches none */
    { "a1 a2",
      { { .name = "w1", .hosts = WAVE_COUNT, .amount = 5, .error_percent = 100 },
        { .name = "w2", .hosts = WAVE_TAGS, .tags = { &any_ring, 1 }, .success_percent = 100 },
        { .name = "w3", .hosts = WAVE_REST, .error_percent = 100 } },
      3,
      "w1[a1 a2]0/2 w2[]0/0 w3[]0/0" },
    { "a b",
      { { .name = "w1", .hosts = WAVE_TAGS, .tags = { &any_ring, 1 } },
        { .name = "w2", .hosts = WAVE_REST, .error_percent = 100 } },
      2,
      "w1[]0/0 w2[a b]0/2" },
    { "a1 a2",
      { { .name = "w1", .hosts = WAVE_PERCENT, .amount = 1 }, { .name = "w2" } },
      2,
      "w1[a1]0/0 w2[a2]0/0" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_auto (Fleet) fleet = { 0 };
    StageList list;
    fleet_read (&fleet, table[i].fleet);
    stages_by_wave (fleet.hosts, fleet.n, table[i].waves, table[i].n_waves, arena, &list);
    g_autofree char *text = stages_text (&list, &fleet);
    g_assert_cmpstr (text, ==, table[i].expected);
  }
}

/* Of ten targets, stage "3+4" are ordinals 3 to 6. */
static void
test_counts (void)
{
  const Stage stage = { .first = 3, .n = 4, .tolerated = 4 };
  const SchedulerCounts before = { .succeeded = 2, .failed = 1 };
  const SchedulerCounts whole = { .pending = 4, .running = 1, .succeeded = 3, .failed = 2 };
  SchedulerCounts counts = stage_counts (&stage, 10, &whole, &before);
  g_assert_cmpint (counts.pending, ==, 1);
  g_assert_cmpint (counts.running, ==, 1);
  g_assert_cmpint (counts.succeeded, ==, 1);
  g_assert_cmpint (counts.failed, ==, 1);
}

/* pending running succeeded failed, of which the stage has n */
static void
test_verdicts (void)
{
  static const struct {
    Stage stage;
    SchedulerCounts counts;
    StageVerdict verdict;
    gint64 may_start;
  } table[] = {
    /* 59: n_z - Mz, at the same time as the fleet's */
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 5, 0, 0, 0 }, STAGE_GOES_ON, 2 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 3, 2, 0, 0 }, STAGE_GOES_ON, 0 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 3, 1, 0, 1 }, STAGE_GOES_ON, 0 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 2, 1, 1, 1 }, STAGE_GOES_ON, 0 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 2, 0, 2, 1 }, STAGE_GOES_ON, 1 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 1, 0, 2, 2 }, STAGE_BUDGET_IS_SPENT, 0 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 1, 1, 1, 2 }, STAGE_GOES_ON, 0 },
    { { .n = 5, .minimum_healthy = 3, .tolerated = 5 }, { 0, 0, 3, 2 }, STAGE_IS_DONE, 0 },
    /* a zone that failed as a whole is the fleet's to judge */
    { { .n = 2, .tolerated = 2 }, { 0, 0, 0, 2 }, STAGE_IS_DONE, 0 },
    /* a share must succeed */
    { { .n = 4, .needed = 3, .tolerated = 4 }, { 0, 1, 2, 1 }, STAGE_GOES_ON, 0 },
    { { .n = 4, .needed = 3, .tolerated = 4 }, { 0, 0, 3, 1 }, STAGE_IS_DONE, 0 },
    { { .n = 4, .needed = 3, .tolerated = 4 }, { 2, 0, 0, 2 }, STAGE_CANNOT_BE_REACHED, 2 },
    { { .n = 4, .needed = 3, .tolerated = 4 }, { 0, 2, 0, 2 }, STAGE_CANNOT_BE_REACHED, 0 },
    { { .n = 4, .needed = 4, .tolerated = 4 }, { 0, 0, 3, 0 }, STAGE_CANNOT_BE_REACHED, 0 },
    /* a share may fail */
    { { .n = 10, .tolerated = 2 }, { 3, 2, 3, 2 }, STAGE_GOES_ON, 3 },
    { { .n = 10, .tolerated = 2 }, { 3, 1, 3, 3 }, STAGE_TOO_MANY_FAILED, 3 },
    { { .n = 10, .tolerated = 0 }, { 9, 0, 0, 1 }, STAGE_TOO_MANY_FAILED, 9 },
    /* nobody in it */
    { { .n = 0 }, { 0, 0, 0, 0 }, STAGE_IS_DONE, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_assert_cmpint (stage_verdict (&table[i].stage, &table[i].counts), ==, table[i].verdict);
    g_assert_cmpint (stage_may_start (&table[i].stage, &table[i].counts), ==, table[i].may_start);
  }
}

/* 55, 59: for any fleet in zones, and any interleaving, one zone at a time, and both budgets hold. */
static void
test_both_budgets_hold (void)
{
  AmbientFake fake = { .seed = 59 };
  Ambient ambient = ambient_fake (&fake);
  static const char *const names[] = { "a", "b", "c", NULL };
  for (int round = 0; round < 2000; round++) {
    g_autoptr (Arena) arena = arena_new ();
    StageHost hosts[HOSTS_MOST] = { 0 };
    gsize n = 1 + ambient_random_below (&ambient, HOSTS_MOST);
    for (gsize i = 0; i < n; i++)
      hosts[i].zone = names[ambient_random_below (&ambient, G_N_ELEMENTS (names))];
    const ZoneRules rules = {
      { MINIMUM_HEALTHY_FLEET_PERCENT, ambient_random_below (&ambient, 60) }, -1, 0
    };
    const MinimumHealthy minimum = { MINIMUM_HEALTHY_FLEET_PERCENT,
                                     ambient_random_below (&ambient, 90) };
    SchedulerPlan plan = scheduler_plan (&minimum, (gint64)n, SCHEDULER_BY_THE_NUMBERS);
    StageList list;
    stages_by_zone (hosts, n, &rules, arena, &list);
    if (!scheduler_can_begin (&plan) || stages_find_impossible (&list) != NULL)
      continue;
    SchedulerCounts whole = { .pending = (gint64)n }, before = { 0 };
    guint32 failing_percent = ambient_random_below (&ambient, 60);
    gsize at = 0;
    for (;;) {
      const Stage *stage = &list.items[at];
      SchedulerCounts counts = stage_counts (stage, (gint64)n, &whole, &before);
      StageVerdict verdict = stage_verdict (stage, &counts);
      SchedulerVerdict fleet = scheduler_verdict (&plan, &whole);
      g_assert_cmpint (counts.pending + counts.running + counts.succeeded + counts.failed, ==,
                       stage->n);
      if (fleet != SCHEDULER_GO_ON || verdict == STAGE_BUDGET_IS_SPENT)
        break;
      if (verdict == STAGE_IS_DONE) {
        before = whole;
        at++;
        continue;
      }
      gint64 may = MIN (scheduler_may_start (&plan, &whole), stage_may_start (stage, &counts));
      whole.pending -= may;
      whole.running += may;
      g_assert_cmpint (whole.running + whole.failed, <=, scheduler_budget (&plan));
      g_assert_cmpint (whole.running + counts.failed, <=, stage->n - stage->minimum_healthy);
      if (whole.running == 0)
        break; /* the zone could go on, the fleet may not */
      whole.running--;
      if (ambient_random_below (&ambient, 100) >= failing_percent)
        whole.succeeded++;
      else
        whole.failed++;
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stages/55-56-57-58-zones", test_zones);
  g_test_add_func ("/stages/zones-of-nothing", test_zones_of_nothing);
  g_test_add_func ("/stages/zone-that-may-not-be-touched", test_zone_that_may_not_be_touched);
  g_test_add_func ("/stages/waves", test_waves);
  g_test_add_func ("/stages/counts", test_counts);
  g_test_add_func ("/stages/59-verdicts", test_verdicts);
  g_test_add_func ("/stages/55-59-both-budgets-hold", test_both_budgets_hold);
  return g_test_run ();
}
