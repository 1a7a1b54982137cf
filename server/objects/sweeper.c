#include "server/objects/sweeper.h"

#include "server/objects/object-commit.h"
#include "store/records/multipart.h"

#define PAUSE_US (G_TIME_SPAN_HOUR)
#define BATCH    64

struct Sweeper {
  SweeperConfig config;
  GThread *thread;
  gint stopping; /* atomic; set with the lock held */
  GMutex lock;
  GCond stopped;
};

typedef struct {
  const SweeperConfig *config;
  Arena *arena;
  gint64 before_ms;
  gsize n;
  MultipartRecord **uploads;
  const MultipartRecord *upload; /* to be aborted */
} Round;

static gboolean
find_work (StoreTx *tx, gpointer data, GError **error)
{
  Round *round = data;
  return multipart_record_stale (tx, round->before_ms, BATCH, round->arena, &round->n,
                                 &round->uploads, error);
}

/* One upload a work: it may have 10,000 parts. One that is over meanwhile has no rows left to remove. */
static gboolean
abort_work (StoreTx *tx, gpointer data, GError **error)
{
  const Round *round = data;
  return object_commit_end_upload (round->config->contents, tx, round->upload->upload_id, error);
}

static void
log_aborted (const Round *round)
{
  log_info (round->config->log, "upload-aborted", log_text ("upload", round->upload->upload_id),
            log_text ("bucket", round->upload->bucket), log_text ("key", round->upload->key),
            log_number ("began_ms", round->upload->start_ms));
}

gboolean
sweeper_abort_uploads (const SweeperConfig *config, const gint *stop, guint *out_aborted,
                       GError **error)
{
  *out_aborted = 0;
  if (config->abort_after_ms == 0)
    return TRUE;
  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    Round round = { .config = config,
                    .arena = arena,
                    .before_ms = ambient_now_ms (config->ambient) - config->abort_after_ms };
    if (!store_run (config->store, STORE_READ, find_work, &round, error))
      return FALSE;
    for (gsize i = 0; i < round.n; i++) {
      if (g_atomic_int_get (stop))
        return TRUE;
      round.upload = round.uploads[i];
      if (!store_run (config->store, STORE_WRITE, abort_work, &round, error))
        return FALSE;
      log_aborted (&round);
      (*out_aborted)++;
    }
    if (round.n < BATCH)
      return TRUE;
  }
}

/* FALSE: it is time to stop. */
static gboolean
pause_until_next (Sweeper *sweeper)
{
  gint64 end_us = g_get_monotonic_time () + PAUSE_US;
  g_mutex_lock (&sweeper->lock);
  while (!g_atomic_int_get (&sweeper->stopping) &&
         g_cond_wait_until (&sweeper->stopped, &sweeper->lock, end_us))
    ;
  g_mutex_unlock (&sweeper->lock);
  return !g_atomic_int_get (&sweeper->stopping);
}

static gpointer
sweeper_main (gpointer data)
{
  Sweeper *sweeper = data;
  content_store_sweep (sweeper->config.contents, &sweeper->stopping);
  do {
    g_autoptr (GError) error = NULL;
    guint aborted;
    if (!sweeper_abort_uploads (&sweeper->config, &sweeper->stopping, &aborted, &error))
      log_warning (sweeper->config.log, "upload-sweep-failed", log_error_field (error));
  } while (pause_until_next (sweeper));
  return NULL;
}

Sweeper *
sweeper_start (const SweeperConfig *config)
{
  Sweeper *sweeper = g_new0 (Sweeper, 1);
  sweeper->config = *config;
  g_mutex_init (&sweeper->lock);
  g_cond_init (&sweeper->stopped);
  sweeper->thread = g_thread_new ("objects-sweep", sweeper_main, sweeper);
  return sweeper;
}

void
sweeper_stop (Sweeper *sweeper)
{
  if (sweeper == NULL)
    return;
  g_mutex_lock (&sweeper->lock);
  g_atomic_int_set (&sweeper->stopping, TRUE);
  g_cond_signal (&sweeper->stopped);
  g_mutex_unlock (&sweeper->lock);
  g_thread_join (sweeper->thread);
  g_mutex_clear (&sweeper->lock);
  g_cond_clear (&sweeper->stopped);
  g_free (sweeper);
}
