#include "server/rate-limit.h"

#include <string.h>

/* Both halves of the key in one text, so that the table needs one look. */
typedef struct {
  GList link; /* in by_use, least recently used first; data is the Bucket */
  TokenBucket bucket;
  char key[]; /* the class's letter, then who */
} Bucket;

struct RateLimiter {
  const Ambient *ambient;
  TokenBucketRate rates[N_RATE_CLASSES]; /* per_s 0: no limit */
  GMutex lock;                           /* for the rest */
  GHashTable *by_key;                    /* key -> Bucket, owned */
  GQueue by_use;
};

#define MAX_WHO 512

RateLimiter *
rate_limiter_new (const Settings *settings, const Ambient *ambient)
{
  RateLimiter *limiter = g_new0 (RateLimiter, 1);
  limiter->ambient = ambient;
#define TAKE_RATE(id, setting)                                                                     \
  limiter->rates[id] =                                                                             \
      (TokenBucketRate){ settings->setting, settings->setting * settings->rate_burst_s };
  RATE_CLASS_LIST (TAKE_RATE)
  g_mutex_init (&limiter->lock);
  limiter->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_queue_init (&limiter->by_use);
  return limiter;
}

void
rate_limiter_free (RateLimiter *limiter)
{
  if (limiter == NULL)
    return;
  g_hash_table_unref (limiter->by_key);
  g_mutex_clear (&limiter->lock);
  g_free (limiter);
}

static void
forget (RateLimiter *limiter, Bucket *bucket)
{
  g_queue_unlink (&limiter->by_use, &bucket->link);
  g_hash_table_remove (limiter->by_key, bucket->key);
}

/* A few at a time: the oldest are the likeliest to be full, and each call makes at most one. */
static void
make_room (RateLimiter *limiter, gint64 now_us)
{
  for (int i = 0; i < 2 && limiter->by_use.head != NULL; i++) {
    Bucket *oldest = limiter->by_use.head->data;
    if (!token_bucket_is_full (&oldest->bucket, now_us) &&
        g_hash_table_size (limiter->by_key) < RATE_LIMIT_MAX_BUCKETS)
      return;
    forget (limiter, oldest);
  }
}

static Bucket *
bucket_new (const char *key)
{
  gsize size = strlen (key) + 1;
  Bucket *bucket = g_malloc0 (sizeof *bucket + size);
  memcpy (bucket->key, key, size);
  bucket->link.data = bucket;
  return bucket;
}

/* The bucket of this key, now the most recently used. */
static Bucket *
find_or_make (RateLimiter *limiter, const char *key, gint64 now_us)
{
  Bucket *bucket = g_hash_table_lookup (limiter->by_key, key);
  if (bucket != NULL) {
    g_queue_unlink (&limiter->by_use, &bucket->link);
  } else {
    make_room (limiter, now_us);
    bucket = bucket_new (key);
    g_hash_table_insert (limiter->by_key, bucket->key, bucket);
  }
  g_queue_push_tail_link (&limiter->by_use, &bucket->link);
  return bucket;
}

typedef enum {
  ASK,
  TAKE
} Mode;

static gboolean
decide (RateLimiter *limiter, RateClass class, const char *who, Mode mode, gint64 *out_retry_s)
{
  if (limiter == NULL || limiter->rates[class].per_s == 0)
    return TRUE;
  const TokenBucketRate *rate = &limiter->rates[class];
  gint64 now_us = ambient_monotonic_us (limiter->ambient);
  gint64 wait_us = 0;
  char key[MAX_WHO + 2];
  /* Longer names than any principal has would share a bucket. */
  g_snprintf (key, sizeof key, "%c%s", 'a' + (int)class, who);
  g_mutex_lock (&limiter->lock);
  Bucket *bucket = find_or_make (limiter, key, now_us);
  gboolean allowed = mode == TAKE ? token_bucket_take (&bucket->bucket, rate, now_us, &wait_us)
                                  : token_bucket_has (&bucket->bucket, rate, now_us, &wait_us);
  g_mutex_unlock (&limiter->lock);
  if (!allowed && out_retry_s != NULL)
    *out_retry_s = (wait_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC;
  return allowed;
}

gboolean
rate_limiter_take (RateLimiter *limiter, RateClass class, const char *who, gint64 *out_retry_s)
{
  return decide (limiter, class, who, TAKE, out_retry_s);
}

gboolean
rate_limiter_allows (RateLimiter *limiter, RateClass class, const char *who, gint64 *out_retry_s)
{
  return decide (limiter, class, who, ASK, out_retry_s);
}

gsize
rate_limiter_count_buckets (RateLimiter *limiter)
{
  g_mutex_lock (&limiter->lock);
  gsize n = g_hash_table_size (limiter->by_key);
  g_mutex_unlock (&limiter->lock);
  return n;
}
