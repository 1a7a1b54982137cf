#pragma once

#include "core/ambient.h"
#include "core/token-bucket.h"
#include "server/settings.h"

/* How often may who ask for what: a token bucket for each principal and class of request, and one for each peer that names
 * keys that do not exist. What is over a limit is answered with ThrottlingException, or S3's SlowDown, before anything that costs
 * is done for it.
 *
 * Buckets are made when they are needed and kept while they are not full; of too many the one unused for longest is forgotten,
 * which is the same as filling it. A class whose rate is 0 has no limit and costs nothing.
 *
 * Thread rule: any thread; never blocks for longer than a look into a table. */
typedef struct RateLimiter RateLimiter;

#define RATE_CLASS_LIST(X)                                                                         \
  X (RATE_READS, rate_reads)                                                                       \
  X (RATE_WRITES, rate_writes)                                                                     \
  X (RATE_HOST_COMMANDS, rate_host_commands)                                                       \
  X (RATE_OBJECTS, rate_objects)                                                                   \
  X (RATE_UNKNOWN_KEYS, rate_unknown_keys)  /* by peer, not by principal */                        \
  X (RATE_TOLD_REFUSALS, rate_unknown_keys) /* lines of the log, by peer */

#define RATE_CLASS_ENUMERATOR(id, setting) id,
typedef enum {
  RATE_CLASS_LIST (RATE_CLASS_ENUMERATOR) N_RATE_CLASSES
} RateClass;

#define RATE_LIMIT_MAX_BUCKETS 65536

/* Takes the rates from the settings' rows; both are borrowed. */
RateLimiter *rate_limiter_new (const Settings *settings, const Ambient *ambient);
/* NULL is allowed. */
void rate_limiter_free (RateLimiter *limiter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RateLimiter, rate_limiter_free)

/* Counts one request. FALSE: it is over the limit, and was not counted; *out_retry_s (may be NULL) says after how many seconds,
 * at least 1, one will be allowed again. A NULL limiter allows everything. */
gboolean rate_limiter_take (RateLimiter *limiter, RateClass class, const char *who,
                            gint64 *out_retry_s) G_GNUC_WARN_UNUSED_RESULT;
/* Would one be allowed? For what is counted only when it has turned out badly. */
gboolean rate_limiter_allows (RateLimiter *limiter, RateClass class, const char *who,
                              gint64 *out_retry_s) G_GNUC_WARN_UNUSED_RESULT;

/* For tests. */
gsize rate_limiter_count_buckets (RateLimiter *limiter);
