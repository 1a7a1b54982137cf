#include "agent/late-call.h"

#define NEVER_MS (G_GINT64_CONSTANT (3600) * 1000)

/* Steps that are counted, and seen from the test's thread. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint steps, enough; /* from that step on it is done; 0: never */
  gint64 again_ms;
  gboolean held; /* steps wait while this is so */
} Counted;

static gint64
count (gpointer data)
{
  Counted *counted = data;
  g_mutex_lock (&counted->lock);
  counted->steps++;
  g_cond_broadcast (&counted->changed);
  while (counted->held)
    g_cond_wait (&counted->changed, &counted->lock);
  gint64 again_ms = counted->steps == counted->enough ? LATE_CALL_DONE : counted->again_ms;
  g_mutex_unlock (&counted->lock);
  return again_ms;
}

static void
wait_for_steps (Counted *counted, guint steps)
{
  g_mutex_lock (&counted->lock);
  while (counted->steps < steps)
    g_cond_wait (&counted->changed, &counted->lock);
  g_mutex_unlock (&counted->lock);
}

static void
test_not_wanted (void)
{
  Counted counted = { .enough = 1 };
  late_call_end (late_call_begin (NEVER_MS, count, &counted));
  g_assert_cmpuint (counted.steps, ==, 0);
  late_call_end (NULL);
}

static void
test_done (void)
{
  Counted counted = { .enough = 3 };
  g_autoptr (LateCall) late = late_call_begin (0, count, &counted);
  wait_for_steps (&counted, 3);
  late_call_end (g_steal_pointer (&late));
  g_assert_cmpuint (counted.steps, ==, 3);
}

static void
test_ended_between_steps (void)
{
  Counted counted = { .again_ms = NEVER_MS };
  g_autoptr (LateCall) late = late_call_begin (0, count, &counted);
  wait_for_steps (&counted, 1);
  late_call_end (g_steal_pointer (&late));
  g_assert_cmpuint (counted.steps, ==, 1);
}

static gpointer
let_go (gpointer data)
{
  Counted *counted = data;
  g_mutex_lock (&counted->lock);
  counted->held = FALSE;
  g_cond_broadcast (&counted->changed);
  g_mutex_unlock (&counted->lock);
  return NULL;
}

/* Whoever ends it can use again what the step used. */
static void
test_ended_in_a_step (void)
{
  Counted counted = { .held = TRUE };
  g_autoptr (LateCall) late = late_call_begin (0, count, &counted);
  wait_for_steps (&counted, 1);
  GThread *other = g_thread_new ("other", let_go, &counted);
  late_call_end (g_steal_pointer (&late));
  g_assert_false (counted.held);
  g_thread_join (other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/late-call/not-wanted-in-time-it-is-not-made", test_not_wanted);
  g_test_add_func ("/late-call/steps-until-it-is-done", test_done);
  g_test_add_func ("/late-call/ended-between-steps-none-follows", test_ended_between_steps);
  g_test_add_func ("/late-call/a-step-that-runs-is-waited-for", test_ended_in_a_step);
  return g_test_run ();
}
