#pragma once

#include "server/errand-runner.h"

/* Asks services outside what somebody waits to hear who changes nothing, a plan's reader: the errands that only ask, through their
 * performers, once, and no longer than for a while. Nothing is written.
 *
 * A question that is being asked already is not asked a second time: who asks it meanwhile hears the same answer. So a service
 * that does not answer holds one thread a question, however many people want to know, and none of those that perform errands.
 *
 * Threads: its own, one that watches the clock and, as long as something is asked, some for each kind of question.
 * errand_reader_ask: any; it does not block. */
typedef struct ErrandReader ErrandReader;

typedef struct {
  const ErrandPerformer
      *performers; /* ERRAND_N_KINDS of them; copied, what they point to is borrowed */
  guint n_threads; /* that ask at the same time, for each kind */
  /* Nobody waits longer for an answer. Who performs has twice that, for who asks the same meanwhile. */
  gint64 wait_ms;
  const Ambient *ambient;
} ErrandReaderConfig;

ErrandReader *errand_reader_new (const ErrandReaderConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* Who waits is told that the server is stopping, and so is who asks later. */
void errand_reader_close (ErrandReader *reader);
/* The same, and waits for performers. NULL is fine. */
void errand_reader_stop (ErrandReader *reader);
/* Stopped. NULL is fine. */
void errand_reader_free (ErrandReader *reader);

typedef void (*ErrandReaderDone) (gpointer ctx);

/* Sets the results of the readings, with texts in arena, then calls done: once, on any thread, perhaps before this returns. Until then
 * readings and arena are the reader's alone. What was not answered in time is NOT_YET, and says so. */
void errand_reader_ask (ErrandReader *reader, ErrandReadingList *readings, Arena *arena,
                        ErrandReaderDone done, gpointer ctx);
