#pragma once

#include <glib.h>

/*
 * A token bucket: so many a second on average, and so many at once after a pause. It is one number, so that there can be
 * one for each of many principals: the instant at which the bucket will be full again. All zero is a full bucket.
 *
 * Pure; the clock is the caller's (core/ambient.h: the one that nobody sets). Thread rule: one thread at a time for a bucket.
 */
typedef struct {
  gint64 full_at_us;
} TokenBucket;

typedef struct {
  gint64 per_s; /* 1 ... TOKEN_BUCKET_MAX_PER_S */
  gint64 burst; /* 1 ... TOKEN_BUCKET_MAX_BURST: how much a full bucket holds */
} TokenBucketRate;

#define TOKEN_BUCKET_MAX_PER_S 1000000
#define TOKEN_BUCKET_MAX_BURST G_GINT64_CONSTANT (10000000000)

/*
 * Takes one token. FALSE when there is none: then nothing is taken, and *out_wait_us (may be NULL) says when there will be one.
 * A clock that goes back costs at most a full bucket.
 */
gboolean token_bucket_take (TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us,
                            gint64 *out_wait_us);

/* Is there a token? Takes none. */
gboolean token_bucket_has (const TokenBucket *bucket, const TokenBucketRate *rate, gint64 now_us,
                           gint64 *out_wait_us);

/* Is it full, so that it can be forgotten? */
gboolean token_bucket_is_full (const TokenBucket *bucket, gint64 now_us);
