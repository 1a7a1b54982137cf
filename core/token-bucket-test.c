#include "core/token-bucket.h"

#define S 1000000

static guint
take_all (TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us)
{
  guint n = 0;

  while (n < 100000 && token_bucket_take (bucket, rate, now_us, NULL))
    n++;
  return n;
}

static void
test_full_bucket_gives_its_burst (void)
{
  const TokenBucketRate rate = { 10, 25 };
  TokenBucket bucket = { 0 };

  g_assert_cmpuint (take_all (&bucket, &rate, 5 * S), ==, 25);
  g_assert_false (token_bucket_has (&bucket, &rate, 5 * S, NULL));
}

static void
test_empty_bucket_fills_at_its_rate (void)
{
  const TokenBucketRate rate = { 10, 25 };
  TokenBucket bucket = { 0 };

  take_all (&bucket, &rate, 0);
  g_assert_cmpuint (take_all (&bucket, &rate, S / 10 - 1), ==, 0);
  g_assert_cmpuint (take_all (&bucket, &rate, S / 10), ==, 1);
  g_assert_cmpuint (take_all (&bucket, &rate, S), ==, 9);
  g_assert_cmpuint (take_all (&bucket, &rate, 2 * S), ==, 10);
  g_assert_cmpuint (take_all (&bucket, &rate, 1000 * S), ==, 25);
}

static void
test_wait_says_when_the_next_token_is_there (void)
{
  const TokenBucketRate rate = { 4, 2 };
  TokenBucket bucket = { 0 };
  gint64 wait_us = -1;

  g_assert_true (token_bucket_take (&bucket, &rate, 100, &wait_us));
  g_assert_cmpint (wait_us, ==, 0);
  g_assert_cmpuint (take_all (&bucket, &rate, 100), ==, 1);
  g_assert_false (token_bucket_take (&bucket, &rate, 100, &wait_us));
  g_assert_cmpint (wait_us, ==, S / 4);
  g_assert_false (token_bucket_take (&bucket, &rate, 100 + wait_us - 1, NULL));
  g_assert_true (token_bucket_take (&bucket, &rate, 100 + wait_us, NULL));
}

static void
test_refusals_cost_nothing (void)
{
  const TokenBucketRate rate = { 1, 1 };
  TokenBucket bucket = { 0 };

  g_assert_true (token_bucket_take (&bucket, &rate, 0, NULL));
  for (gint64 now_us = 1; now_us < S; now_us += S / 100)
    g_assert_false (token_bucket_take (&bucket, &rate, now_us, NULL));
  g_assert_true (token_bucket_take (&bucket, &rate, S, NULL));
}

static void
test_asking_takes_nothing (void)
{
  const TokenBucketRate rate = { 1, 1 };
  TokenBucket bucket = { 0 };

  for (guint i = 0; i < 10; i++)
    g_assert_true (token_bucket_has (&bucket, &rate, 0, NULL));
  g_assert_true (token_bucket_take (&bucket, &rate, 0, NULL));
  g_assert_false (token_bucket_is_full (&bucket, S - 1));
  g_assert_true (token_bucket_is_full (&bucket, S));
}

static void
test_clock_that_goes_back_costs_at_most_a_full_bucket (void)
{
  const TokenBucketRate rate = { 10, 20 };
  TokenBucket bucket = { 0 };
  gint64 wait_us = 0;

  g_assert_true (token_bucket_take (&bucket, &rate, 1000000 * (gint64)S, NULL));
  g_assert_false (token_bucket_take (&bucket, &rate, 0, &wait_us));
  g_assert_cmpint (wait_us, ==, S / 10);
  g_assert_true (token_bucket_take (&bucket, &rate, wait_us, NULL));
}

/* Over a long time no more than the rate comes through, whatever the pattern, and hardly less. */
static void
test_rates_of_all_sizes_are_kept (void)
{
  static const gint64 rates[] = { 1, 3, 7, 1000, 20000, 333333, TOKEN_BUCKET_MAX_PER_S };

  for (gsize i = 0; i < G_N_ELEMENTS (rates); i++) {
    const TokenBucketRate rate = { rates[i], 1 };
    TokenBucket bucket = { 0 };
    guint64 n = 0;

    for (gint64 now_us = 0; now_us < S; now_us++)
      n += token_bucket_take (&bucket, &rate, now_us, NULL);
    g_assert_cmpuint (n, <=, (guint64)rates[i]);
    g_assert_cmpuint (n * 4, >=, (guint64)rates[i] * 3);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(path, function) g_test_add_func ("/token-bucket/" path, function)
  TEST ("full-bucket-gives-its-burst", test_full_bucket_gives_its_burst);
  TEST ("empty-bucket-fills-at-its-rate", test_empty_bucket_fills_at_its_rate);
  TEST ("wait-says-when-the-next-token-is-there", test_wait_says_when_the_next_token_is_there);
  TEST ("refusals-cost-nothing", test_refusals_cost_nothing);
  TEST ("asking-takes-nothing", test_asking_takes_nothing);
  TEST ("clock-that-goes-back-costs-at-most-a-full-bucket",
        test_clock_that_goes_back_costs_at_most_a_full_bucket);
  TEST ("rates-of-all-sizes-are-kept", test_rates_of_all_sizes_are_kept);
  return g_test_run ();
}
