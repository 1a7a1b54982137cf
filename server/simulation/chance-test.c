#include "server/simulation/chance.h"

static void
test_same_seed_same_numbers (void)
{
  Chance a = chance_new (1, CHANCE_HOSTS), b = chance_new (1, CHANCE_HOSTS);
  for (int i = 0; i < 100; i++)
    g_assert_cmpuint (chance_word (&a), ==, chance_word (&b));
}

static void
test_streams_and_seeds_differ (void)
{
  Chance a = chance_new (1, CHANCE_HOSTS), b = chance_new (1, CHANCE_STORE),
         c = chance_new (2, CHANCE_HOSTS);
  guint64 first = chance_word (&a);
  g_assert_cmpuint (first, !=, chance_word (&b));
  g_assert_cmpuint (first, !=, chance_word (&c));
}

static void
test_ranges_are_kept_and_reached (void)
{
  Chance chance = chance_new (5, CHANCE_WORLD);
  int seen[4] = { 0 }, hits = 0;
  for (int i = 0; i < 10000; i++) {
    gint64 n = chance_between (&chance, 2, 5);
    g_assert_cmpint (n, >=, 2);
    g_assert_cmpint (n, <=, 5);
    seen[n - 2]++;
    hits += chance_hits (&chance, 2500);
    gint64 delay = chance_delay (&chance, 100);
    g_assert_cmpint (delay, >=, 50);
    g_assert_cmpint (delay, <=, 150 * 64);
  }
  for (int i = 0; i < 4; i++)
    g_assert_cmpint (seen[i], >, 2000);
  g_assert_cmpint (hits, >, 2000);
  g_assert_cmpint (hits, <, 3000);
  g_assert_false (chance_hits (&chance, 0));
  g_assert_true (chance_hits (&chance, 10000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chance/same-seed-same-numbers", test_same_seed_same_numbers);
  g_test_add_func ("/chance/streams-and-seeds-differ", test_streams_and_seeds_differ);
  g_test_add_func ("/chance/ranges-are-kept-and-reached", test_ranges_are_kept_and_reached);
  return g_test_run ();
}
