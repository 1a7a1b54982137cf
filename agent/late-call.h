#pragma once

#include <glib.h>

/*
 * Something that is done a moment from now if it is still wanted then, beside what its owner is at: saying that a command takes long.
 *
 *   LateCall *late = late_call_begin (300, say_so, data);
 *   ... work ...
 *   late_call_end (late);
 *
 * Thread rule: begun and ended by one thread; the steps run in one of their own, and what they use is theirs in between.
 */
typedef struct LateCall LateCall;

#define LATE_CALL_DONE (-1)

/* Milliseconds until the next step, or LATE_CALL_DONE. */
typedef gint64 (*LateCallStep) (gpointer data);

/* NULL: there was no thread for it; it is not done then. */
LateCall *late_call_begin (gint64 after_ms, LateCallStep step, gpointer data);

/* Not wanted any more. Waits for a step that runs; none comes after it. NULL is fine. */
void late_call_end (LateCall *late);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LateCall, late_call_end)
