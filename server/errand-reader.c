#include "server/errand-reader.h"

#include <string.h>

/* Somebody who waits for the answers to some questions. */
typedef struct {
  ErrandReadingList *readings;
  Arena *arena;
  ErrandReaderDone done;
  gpointer ctx;
  gsize n_open;
  gint64 until_us; /* of the monotonic clock */
  GList link;      /* in the reader's queue, as long as he waits */
} Wait;

/* Which of his readings a question is. */
typedef struct {
  Wait *wait;
  gsize place;
} Asker;

/* What is being asked, or waits for a thread. */
typedef struct {
  ErrandKind kind;
  char *request_json;
  GArray *askers; /* Asker; empty: nobody waits any more */
} Question;

struct ErrandReader {
  ErrandPerformer performers[ERRAND_N_KINDS];
  GThreadPool *pools[ERRAND_N_KINDS]; /* of Question; NULL: nothing performs the kind */
  gint64 wait_ms;
  const Ambient *ambient;
  GThread *clock;
  GMutex lock;
  GCond changed;
  GHashTable *questions; /* Question, which is its own key */
  GQueue waits;          /* by until_us: all wait for the same time */
  gboolean stopping;
};

/* ---- questions ---- */

static guint
question_hash (gconstpointer key)
{
  const Question *question = key;
  return g_str_hash (question->request_json) * 31 + question->kind;
}

static gboolean
question_equal (gconstpointer a, gconstpointer b)
{
  const Question *one = a, *other = b;
  return one->kind == other->kind && strcmp (one->request_json, other->request_json) == 0;
}

static void
question_free (Question *question)
{
  g_array_unref (question->askers);
  g_free (question->request_json);
  g_free (question);
}

/* Under the lock. */
static Question *
find_or_ask (ErrandReader *reader, const ErrandReading *reading)
{
  const Question wanted = { .kind = reading->kind, .request_json = (char *)reading->request_json };
  Question *question = g_hash_table_lookup (reader->questions, &wanted);
  if (question != NULL)
    return question;
  question = g_new0 (Question, 1);
  question->kind = reading->kind;
  question->request_json = g_strdup (reading->request_json);
  question->askers = g_array_new (FALSE, FALSE, sizeof (Asker));
  g_hash_table_add (reader->questions, question);
  g_thread_pool_push (reader->pools[reading->kind], question, NULL);
  return question;
}

/* ---- answers ---- */

static ErrandResult
copy_result (const ErrandResult *result, Arena *arena)
{
  ErrandResult copy = *result;
  copy.message = arena_strdup (arena, result->message);
  copy.answer_json = arena_strdup (arena, result->answer_json);
  copy.state_json = NULL; /* there is no next try */
  return copy;
}

/* Under the lock; those who know all they asked for are moved from the reader's queue to ready. */
static void
hand_out (ErrandReader *reader, Question *question, const ErrandResult *result, GQueue *ready)
{
  for (guint i = 0; i < question->askers->len; i++) {
    const Asker *asker = &g_array_index (question->askers, Asker, i);
    Wait *wait = asker->wait;
    wait->readings->items[asker->place].result = copy_result (result, wait->arena);
    if (--wait->n_open > 0)
      continue;
    g_queue_unlink (&reader->waits, &wait->link);
    g_queue_push_tail_link (ready, &wait->link);
  }
}

static void
say_done (GQueue *ready)
{
  GList *link;
  while ((link = g_queue_pop_head_link (ready)) != NULL) {
    Wait *wait = link->data;
    wait->done (wait->ctx);
    g_free (wait);
  }
}

static void
perform (gpointer data, gpointer user_data)
{
  Question *question = data;
  ErrandReader *reader = user_data;
  const ErrandPerformer *performer = &reader->performers[question->kind];
  const ErrandRecord errand = { .owner_id = "plan",
                                .ordinal = ERRAND_NO_TARGET,
                                .kind = question->kind,
                                .request_json = question->request_json,
                                .tries = 1 };
  g_autoptr (Arena) arena = arena_new ();
  ErrandResult result = { .outcome = ERRAND_NOT_YET };
  GQueue ready = G_QUEUE_INIT;
  g_mutex_lock (&reader->lock);
  gboolean wanted = question->askers->len > 0;
  if (!wanted) /* it had to wait for a thread for too long */
    g_hash_table_remove (reader->questions, question);
  g_mutex_unlock (&reader->lock);
  if (wanted) {
    gint64 end_us = ambient_monotonic_us (reader->ambient) + 2 * reader->wait_ms * 1000;
    performer->perform (performer->ctx, &errand, end_us, arena, &result);
    g_mutex_lock (&reader->lock);
    hand_out (reader, question, &result, &ready);
    g_hash_table_remove (reader->questions, question);
    g_mutex_unlock (&reader->lock);
  }
  question_free (question);
  say_done (&ready);
}

/* ---- who waits ---- */

/* Under the lock: no question is his any more, and what he was not told stays as it is. */
static void
forget (ErrandReader *reader, Wait *wait)
{
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, reader->questions);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    GArray *askers = ((Question *)key)->askers;
    for (guint i = askers->len; i-- > 0;)
      if (g_array_index (askers, Asker, i).wait == wait)
        g_array_remove_index_fast (askers, i);
  }
  g_queue_unlink (&reader->waits, &wait->link);
}

static gpointer
clock_main (gpointer data)
{
  ErrandReader *reader = data;
  GQueue ready = G_QUEUE_INIT;
  g_mutex_lock (&reader->lock);
  while (!reader->stopping) {
    Wait *first = g_queue_peek_head (&reader->waits);
    if (first == NULL) {
      g_cond_wait (&reader->changed, &reader->lock);
    } else if (g_get_monotonic_time () < first->until_us) {
      g_cond_wait_until (&reader->changed, &reader->lock, first->until_us);
    } else {
      forget (reader, first);
      g_queue_push_tail_link (&ready, &first->link);
      g_mutex_unlock (&reader->lock);
      say_done (&ready);
      g_mutex_lock (&reader->lock);
    }
  }
  g_mutex_unlock (&reader->lock);
  return NULL;
}

static void
set_all (ErrandReadingList *readings, const char *why)
{
  for (gsize i = 0; i < readings->n; i++)
    readings->items[i].result = (ErrandResult){ .outcome = ERRAND_NOT_YET, .message = why };
}

/* Of a kind that nothing performs the result is set at once. */
static void
ask_one (ErrandReader *reader, Wait *wait, gsize place)
{
  ErrandReading *reading = &wait->readings->items[place];
  if (reader->pools[reading->kind] == NULL) {
    reading->result = (ErrandResult){
      .outcome = ERRAND_REFUSED,
      .code = DEPLOYMENT_ERROR_INTERNAL_ERROR,
      .message = arena_printf (wait->arena, "This server cannot perform %s",
                               errand_kind_name (reading->kind)),
    };
    return;
  }
  const Asker asker = { wait, place };
  g_array_append_val (find_or_ask (reader, reading)->askers, asker);
  wait->n_open++;
}

void
errand_reader_ask (ErrandReader *reader, ErrandReadingList *readings, Arena *arena,
                   ErrandReaderDone done, gpointer ctx)
{
  Wait *wait = g_new0 (Wait, 1);
  *wait = (Wait){ .readings = readings, .arena = arena, .done = done, .ctx = ctx };
  wait->link.data = wait;
  g_mutex_lock (&reader->lock);
  gboolean stopping = reader->stopping;
  set_all (readings, stopping
                         ? "the server is stopping"
                         : arena_printf (arena, "no answer within %g s", reader->wait_ms / 1000.0));
  if (!stopping)
    for (gsize i = 0; i < readings->n; i++)
      ask_one (reader, wait, i);
  gboolean waits = wait->n_open > 0;
  if (waits) {
    wait->until_us = g_get_monotonic_time () + reader->wait_ms * 1000;
    g_queue_push_tail_link (&reader->waits, &wait->link);
    g_cond_signal (&reader->changed);
  }
  g_mutex_unlock (&reader->lock);
  if (waits)
    return;
  g_free (wait);
  done (ctx);
}

/* ---- its life ---- */

ErrandReader *
errand_reader_new (const ErrandReaderConfig *config)
{
  ErrandReader *reader = g_new0 (ErrandReader, 1);
  g_assert (config->n_threads > 0);
  reader->wait_ms = config->wait_ms;
  reader->ambient = config->ambient;
  g_mutex_init (&reader->lock);
  g_cond_init (&reader->changed);
  reader->questions = g_hash_table_new (question_hash, question_equal);
  for (guint kind = 0; kind < ERRAND_N_KINDS; kind++) {
    reader->performers[kind] = config->performers[kind];
    if (config->performers[kind].perform != NULL)
      reader->pools[kind] =
          g_thread_pool_new (perform, reader, (gint)config->n_threads, FALSE, NULL);
  }
  reader->clock = g_thread_new ("readings", clock_main, reader);
  return reader;
}

void
errand_reader_close (ErrandReader *reader)
{
  GQueue ready = G_QUEUE_INIT;
  Wait *wait;
  g_mutex_lock (&reader->lock);
  reader->stopping = TRUE;
  while ((wait = g_queue_peek_head (&reader->waits)) != NULL) {
    set_all (wait->readings, "the server is stopping");
    forget (reader, wait);
    g_queue_push_tail_link (&ready, &wait->link);
  }
  g_cond_signal (&reader->changed);
  g_mutex_unlock (&reader->lock);
  say_done (&ready);
}

void
errand_reader_stop (ErrandReader *reader)
{
  if (reader == NULL || reader->clock == NULL)
    return;
  errand_reader_close (reader);
  g_thread_join (g_steal_pointer (&reader->clock));
  for (guint kind = 0; kind < ERRAND_N_KINDS; kind++)
    if (reader->pools[kind] != NULL)
      g_thread_pool_free (g_steal_pointer (&reader->pools[kind]), FALSE, TRUE);
}

void
errand_reader_free (ErrandReader *reader)
{
  if (reader == NULL)
    return;
  g_assert (reader->clock == NULL);
  g_hash_table_unref (reader->questions);
  g_mutex_clear (&reader->lock);
  g_cond_clear (&reader->changed);
  g_free (reader);
}
