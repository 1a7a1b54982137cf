#pragma once

#include <glib.h>

#include "core/arena.h"

/*
 * Which lifecycle events `slipway local` runs, in which order (agent.md 7.2, 7.3).
 *
 * Thread rule: any thread; results live in their arena.
 */
typedef struct {
  gsize n;
  const char **names;
} LocalEvents;

#define LOCAL_EVENTS_ERROR (local_events_error_quark ())
GQuark local_events_error_quark (void);
typedef enum {
  LOCAL_EVENTS_ERROR_NAME, /* empty, or given twice */
  LOCAL_EVENTS_ERROR_ORDER /* what needs the downloaded or installed revision comes before that */
} LocalEventsError;

/* The default list when text is NULL; else its names, separated by commas. */
gboolean local_events_parse (const char *text, Arena *arena, LocalEvents *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* As they are run: DownloadBundle and Install are put in front where they are missing. */
LocalEvents local_events_to_run (const LocalEvents *given, Arena *arena);
/* The default events, then those given beyond: what an AppSpec may have hooks for (agent.md 4.9). */
LocalEvents local_events_possible (const LocalEvents *given, Arena *arena);
