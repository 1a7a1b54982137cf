#include "core/token-bucket.h"

#define US_PER_S G_GINT64_CONSTANT (1000000)

/*
 * What is missing in the bucket is the time until it is full; a token is as much of that time as filling it takes. Rates that do not divide
 * a million are rounded to a little less than they say, never to none: a token takes at least a microsecond.
 */
static gint64
token_us (const TokenBucketRate *rate)
{
  return (US_PER_S + rate->per_s - 1) / rate->per_s;
}

static gint64
missing_us (const TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us)
{
  return CLAMP (bucket->full_at_us - now_us, 0, token_us (rate) * rate->burst);
}

gboolean
token_bucket_has (const TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us,
                  gint64 *out_wait_us)
{
  gint64 over_us = missing_us (bucket, rate, now_us) + token_us (rate) * (1 - rate->burst);

  if (out_wait_us != NULL)
    *out_wait_us = MAX (over_us, 0);
  return over_us <= 0;
}

gboolean
token_bucket_take (TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us,
                   gint64 *out_wait_us)
{
  g_assert (rate->per_s >= 1 && rate->per_s <= TOKEN_BUCKET_MAX_PER_S);
  g_assert (rate->burst >= 1 && rate->burst <= TOKEN_BUCKET_MAX_BURST);
  /* Kept also when it is refused: a clock that went back must not find the bucket as empty again and again. */
  bucket->full_at_us = now_us + missing_us (bucket, rate, now_us);
  if (!token_bucket_has (bucket, rate, now_us, out_wait_us))
    return FALSE;
  bucket->full_at_us += token_us (rate);
  return TRUE;
}

gboolean
token_bucket_is_full (const TokenBucket *bucket, gint64 now_us)
{
  return bucket->full_at_us <= now_us;
}
