#include "server/errand-reader.h"

#include <string.h>

/* A reader whose services are up to the test. */
typedef struct {
  ErrandReader *reader;
  GMutex lock;
  GCond changed;
  int n_performed;
  int n_done;
  gboolean hold; /* list-fleet does not answer */
} Rig;

static void
perform (gpointer ctx, const ErrandRecord *errand, gint64 end_us, Arena *arena, ErrandResult *out)
{
  Rig *rig = ctx;
  g_assert_cmpint (end_us, >, g_get_monotonic_time ());
  g_mutex_lock (&rig->lock);
  rig->n_performed++;
  g_cond_broadcast (&rig->changed);
  while (rig->hold && errand->kind == ERRAND_LIST_FLEET)
    g_cond_wait (&rig->changed, &rig->lock);
  g_mutex_unlock (&rig->lock);
  *out =
      (ErrandResult){ .outcome = ERRAND_DONE,
                      .answer_json = arena_printf (arena, "answer to %s", errand->request_json) };
}

static void
rig_open (Rig *rig, guint n_threads, gint64 wait_ms)
{
  const ErrandPerformer performers[ERRAND_N_KINDS] = {
    [ERRAND_READ_ALARMS] = { perform, rig },
    [ERRAND_LIST_FLEET] = { perform, rig },
  };
  const ErrandReaderConfig config = { performers, n_threads, wait_ms, ambient_system () };
  g_mutex_init (&rig->lock);
  g_cond_init (&rig->changed);
  rig->reader = errand_reader_new (&config);
}

static void
let_go (Rig *rig)
{
  g_mutex_lock (&rig->lock);
  rig->hold = FALSE;
  g_cond_broadcast (&rig->changed);
  g_mutex_unlock (&rig->lock);
}

static void
rig_close (Rig *rig)
{
  let_go (rig);
  errand_reader_stop (rig->reader);
  errand_reader_free (rig->reader);
  g_mutex_clear (&rig->lock);
  g_cond_clear (&rig->changed);
}

static void
count_done (gpointer data)
{
  Rig *rig = data;
  g_mutex_lock (&rig->lock);
  rig->n_done++;
  g_cond_broadcast (&rig->changed);
  g_mutex_unlock (&rig->lock);
}

static void
wait_for (Rig *rig, const int *counter, int n)
{
  g_mutex_lock (&rig->lock);
  while (*counter < n)
    g_cond_wait (&rig->changed, &rig->lock);
  g_mutex_unlock (&rig->lock);
}

#define FOREVER_MS (3600 * 1000)

static void
all_answers_come_at_once (void)
{
  Rig rig = { 0 };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReading items[] = { { .kind = ERRAND_READ_ALARMS, .request_json = "one" },
                            { .kind = ERRAND_LIST_FLEET, .request_json = "two" },
                            { .kind = ERRAND_SWAP_FLEET, .request_json = "three" } };
  ErrandReadingList readings = { G_N_ELEMENTS (items), items };
  rig_open (&rig, 1, FOREVER_MS);
  errand_reader_ask (rig.reader, &readings, arena, count_done, &rig);
  wait_for (&rig, &rig.n_done, 1);
  g_assert_cmpstr (items[0].result.answer_json, ==, "answer to one");
  g_assert_cmpstr (items[1].result.answer_json, ==, "answer to two");
  g_assert_cmpint (items[2].result.outcome, ==, ERRAND_REFUSED);
  g_assert_cmpstr (items[2].result.message, ==, "This server cannot perform swap-fleet");
  rig_close (&rig);
  g_assert_cmpint (rig.n_done, ==, 1);
}

static void
nothing_to_ask_is_answered (void)
{
  Rig rig = { 0 };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReadingList readings = { 0, NULL };
  rig_open (&rig, 1, FOREVER_MS);
  errand_reader_ask (rig.reader, &readings, arena, count_done, &rig);
  g_assert_cmpint (rig.n_done, ==, 1);
  rig_close (&rig);
}

/* What is known by then is told. */
static void
nobody_waits_for_a_service_that_does_not_answer (void)
{
  Rig rig = { .hold = TRUE };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReading items[] = { { .kind = ERRAND_LIST_FLEET, .request_json = "silent" },
                            { .kind = ERRAND_READ_ALARMS, .request_json = "quick" } };
  ErrandReadingList readings = { G_N_ELEMENTS (items), items };
  rig_open (&rig, 1, 2000);
  errand_reader_ask (rig.reader, &readings, arena, count_done, &rig);
  wait_for (&rig, &rig.n_done, 1);
  g_assert_cmpint (items[0].result.outcome, ==, ERRAND_NOT_YET);
  g_assert_cmpstr (items[0].result.message, ==, "no answer within 2 s");
  g_assert_cmpstr (items[1].result.answer_json, ==, "answer to quick");
  rig_close (&rig); /* the late answer is nobody's */
  g_assert_cmpint (rig.n_done, ==, 1);
  g_assert_cmpint (items[0].result.outcome, ==, ERRAND_NOT_YET);
}

static void
a_question_is_asked_once_for_all_who_wait (void)
{
  Rig rig = { .hold = TRUE };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReading items[8];
  ErrandReadingList readings[G_N_ELEMENTS (items)];
  rig_open (&rig, 4, FOREVER_MS);
  for (gsize i = 0; i < G_N_ELEMENTS (items); i++) {
    items[i] = (ErrandReading){ .kind = ERRAND_LIST_FLEET, .request_json = "the same" };
    readings[i] = (ErrandReadingList){ 1, &items[i] };
    errand_reader_ask (rig.reader, &readings[i], arena, count_done, &rig);
  }
  wait_for (&rig, &rig.n_performed, 1);
  let_go (&rig);
  wait_for (&rig, &rig.n_done, G_N_ELEMENTS (items));
  g_assert_cmpint (rig.n_performed, ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (items); i++)
    g_assert_cmpstr (items[i].result.answer_json, ==, "answer to the same");
  /* A later one is asked anew. */
  errand_reader_ask (rig.reader, &readings[0], arena, count_done, &rig);
  wait_for (&rig, &rig.n_done, G_N_ELEMENTS (items) + 1);
  g_assert_cmpint (rig.n_performed, ==, 2);
  rig_close (&rig);
}

/* A kind whose service is silent keeps no other from being asked. */
static void
kinds_do_not_wait_for_each_other (void)
{
  Rig rig = { .hold = TRUE };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReading silent[] = { { .kind = ERRAND_LIST_FLEET, .request_json = "a" },
                             { .kind = ERRAND_LIST_FLEET, .request_json = "b" } };
  ErrandReading quick[] = { { .kind = ERRAND_READ_ALARMS, .request_json = "c" } };
  ErrandReadingList first = { G_N_ELEMENTS (silent), silent }, second = { 1, quick };
  rig_open (&rig, 1, FOREVER_MS);
  errand_reader_ask (rig.reader, &first, arena, count_done, &rig);
  errand_reader_ask (rig.reader, &second, arena, count_done, &rig);
  wait_for (&rig, &rig.n_done, 1);
  g_assert_cmpstr (quick[0].result.answer_json, ==, "answer to c");
  let_go (&rig);
  wait_for (&rig, &rig.n_done, 2);
  g_assert_cmpstr (silent[1].result.answer_json, ==, "answer to b");
  rig_close (&rig);
}

static void
stopping_tells_who_waits (void)
{
  Rig rig = { .hold = TRUE };
  g_autoptr (Arena) arena = arena_new ();
  ErrandReading items[] = { { .kind = ERRAND_LIST_FLEET, .request_json = "silent" } };
  ErrandReadingList readings = { G_N_ELEMENTS (items), items };
  rig_open (&rig, 1, FOREVER_MS);
  errand_reader_ask (rig.reader, &readings, arena, count_done, &rig);
  wait_for (&rig, &rig.n_performed, 1);
  errand_reader_close (rig.reader);
  g_assert_cmpint (rig.n_done, ==, 1);
  g_assert_cmpstr (items[0].result.message, ==, "the server is stopping");
  errand_reader_ask (rig.reader, &readings, arena, count_done, &rig);
  g_assert_cmpint (rig.n_done, ==, 2);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/errand-reader/all-answers-come-at-once", all_answers_come_at_once);
  g_test_add_func ("/errand-reader/nothing-to-ask-is-answered", nothing_to_ask_is_answered);
  g_test_add_func ("/errand-reader/nobody-waits-for-a-service-that-does-not-answer",
                   nobody_waits_for_a_service_that_does_not_answer);
  g_test_add_func ("/errand-reader/a-question-is-asked-once-for-all-who-wait",
                   a_question_is_asked_once_for_all_who_wait);
  g_test_add_func ("/errand-reader/kinds-do-not-wait-for-each-other",
                   kinds_do_not_wait_for_each_other);
  g_test_add_func ("/errand-reader/stopping-tells-who-waits", stopping_tells_who_waits);
  return g_test_run ();
}
