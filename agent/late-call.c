#include "agent/late-call.h"

struct LateCall {
  LateCallStep step;
  gpointer data;
  GThread *thread;
  GMutex lock; /* all below */
  GCond changed;
  gint64 due_us;
  gboolean ended;
};

/* TRUE: it is time for the next step. */
static gboolean
wait_until_due (LateCall *late)
{
  g_mutex_lock (&late->lock);
  while (!late->ended && g_get_monotonic_time () < late->due_us)
    g_cond_wait_until (&late->changed, &late->lock, late->due_us);
  gboolean due = !late->ended;
  g_mutex_unlock (&late->lock);
  return due;
}

static gpointer
run (gpointer data)
{
  LateCall *late = data;

  while (wait_until_due (late)) {
    gint64 again_ms = late->step (late->data);
    if (again_ms == LATE_CALL_DONE)
      return NULL;
    g_mutex_lock (&late->lock);
    late->due_us = g_get_monotonic_time () + again_ms * 1000;
    g_mutex_unlock (&late->lock);
  }
  return NULL;
}

static void
late_call_free (LateCall *late)
{
  g_cond_clear (&late->changed);
  g_mutex_clear (&late->lock);
  g_free (late);
}

LateCall *
late_call_begin (gint64 after_ms, LateCallStep step, gpointer data)
{
  LateCall *late = g_new0 (LateCall, 1);

  late->step = step;
  late->data = data;
  late->due_us = g_get_monotonic_time () + after_ms * 1000;
  g_mutex_init (&late->lock);
  g_cond_init (&late->changed);
  late->thread = g_thread_try_new ("late", run, late, NULL);
  if (late->thread != NULL)
    return late;
  late_call_free (late);
  return NULL;
}

void
late_call_end (LateCall *late)
{
  if (late == NULL)
    return;
  g_mutex_lock (&late->lock);
  late->ended = TRUE;
  g_cond_broadcast (&late->changed);
  g_mutex_unlock (&late->lock);
  g_thread_join (late->thread);
  late_call_free (late);
}
