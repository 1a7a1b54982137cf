#include "server/rate-limit.h"

typedef struct {
  Settings settings;
  AmbientFake fake;
  Ambient ambient;
  RateLimiter *limiter;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  settings_init (&f->settings);
  f->settings.rate_reads = 2;
  f->settings.rate_writes = 1;
  f->settings.rate_host_commands = 0;
  f->settings.rate_burst_s = 3;
  f->fake.now_ms = 1000;
  f->ambient = ambient_fake (&f->fake);
  f->limiter = rate_limiter_new (&f->settings, &f->ambient);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  rate_limiter_free (f->limiter);
}

static guint
take_all (Fixture *f, RateClass class, const char *who)
{
  guint n = 0;
  while (n < 1000 && rate_limiter_take (f->limiter, class, who, NULL))
    n++;
  return n;
}

static void
test_burst_then_rate (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (take_all (f, RATE_READS, "arn:a"), ==, 6);
  f->fake.now_ms += 1000;
  g_assert_cmpuint (take_all (f, RATE_READS, "arn:a"), ==, 2);
}

static void
test_principals_and_classes_do_not_share (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (take_all (f, RATE_READS, "arn:a"), ==, 6);
  g_assert_cmpuint (take_all (f, RATE_READS, "arn:b"), ==, 6);
  g_assert_cmpuint (take_all (f, RATE_WRITES, "arn:a"), ==, 3);
}

static void
test_zero_is_no_limit_and_no_bucket (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (take_all (f, RATE_HOST_COMMANDS, "arn:a"), ==, 1000);
  g_assert_cmpuint (rate_limiter_count_buckets (f->limiter), ==, 0);
  g_assert_true (rate_limiter_take (NULL, RATE_READS, "arn:a", NULL));
}

static void
test_retry_is_in_whole_seconds (Fixture *f, gconstpointer data)
{
  gint64 retry_s = 0;
  take_all (f, RATE_WRITES, "arn:a");
  g_assert_false (rate_limiter_take (f->limiter, RATE_WRITES, "arn:a", &retry_s));
  g_assert_cmpint (retry_s, ==, 1);
  f->fake.now_ms += 1;
  g_assert_false (rate_limiter_take (f->limiter, RATE_WRITES, "arn:a", &retry_s));
  g_assert_cmpint (retry_s, ==, 1);
}

static void
test_asking_counts_nothing (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    g_assert_true (rate_limiter_allows (f->limiter, RATE_WRITES, "arn:a", NULL));
  g_assert_cmpuint (take_all (f, RATE_WRITES, "arn:a"), ==, 3);
  g_assert_false (rate_limiter_allows (f->limiter, RATE_WRITES, "arn:a", NULL));
}

static void
test_full_buckets_are_forgotten (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 100; i++) {
    g_autofree char *who = g_strdup_printf ("arn:%u", i);
    g_assert_true (rate_limiter_take (f->limiter, RATE_READS, who, NULL));
    f->fake.now_ms += 10000;
  }
  g_assert_cmpuint (rate_limiter_count_buckets (f->limiter), <=, 2);
}

static void
test_memory_is_bounded (Fixture *f, gconstpointer data)
{
  take_all (f, RATE_READS, "arn:kept");
  for (guint i = 0; i < RATE_LIMIT_MAX_BUCKETS + 1000; i++) {
    g_autofree char *who = g_strdup_printf ("arn:%u", i);
    g_assert_true (rate_limiter_take (f->limiter, RATE_READS, who, NULL));
    /* Who goes on asking is not forgotten for those who come once. */
    g_assert_false (rate_limiter_take (f->limiter, RATE_READS, "arn:kept", NULL));
  }
  g_assert_cmpuint (rate_limiter_count_buckets (f->limiter), ==, RATE_LIMIT_MAX_BUCKETS);
}

/* An attacker's long names are cut, not copied without end. */
static void
test_long_names_are_cut (Fixture *f, gconstpointer data)
{
  g_autofree char *who = g_strnfill (100000, 'a');
  g_assert_cmpuint (take_all (f, RATE_READS, who), ==, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(path, function)                                                                       \
  g_test_add ("/rate-limit/" path, Fixture, NULL, set_up, function, tear_down)
  TEST ("burst-then-rate", test_burst_then_rate);
  TEST ("principals-and-classes-do-not-share", test_principals_and_classes_do_not_share);
  TEST ("zero-is-no-limit-and-no-bucket", test_zero_is_no_limit_and_no_bucket);
  TEST ("retry-is-in-whole-seconds", test_retry_is_in_whole_seconds);
  TEST ("asking-counts-nothing", test_asking_counts_nothing);
  TEST ("full-buckets-are-forgotten", test_full_buckets_are_forgotten);
  TEST ("memory-is-bounded", test_memory_is_bounded);
  TEST ("long-names-are-cut", test_long_names_are_cut);
  return g_test_run ();
}
