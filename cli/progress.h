#pragma once

#include "cli/deployment-snapshot.h"

/*
 * What a running deployment looks like: a block of lines that is painted over itself on a terminal, or a line for
 * each change where output is kept.
 *
 * Thread rule: pure functions of their arguments; the Painter belongs to the main thread.
 */
typedef enum {
  PROGRESS_PLAIN = 0,
  PROGRESS_COLOURS = 1 << 0,
  PROGRESS_UNICODE = 1 << 1,
} ProgressStyle;

typedef struct {
  guint columns, rows; /* of the terminal */
  ProgressStyle style;
  gint64 now_ms;
} ProgressView;

/*
 * The block: a bar with counts, then a line for each host. With more hosts than rows, those that fail or run come
 * first and the rest is counted. No line is wider than `columns`. Ends with a line break.
 */
char *progress_block (const DeploymentSnapshot *snapshot, const ProgressView *view);

/*
 * One line for each host whose status or running event is another than in `seen` (target id -> text, updated), and one
 * for the deployment's status. "" when nothing changed.
 */
char *progress_changes (const DeploymentSnapshot *snapshot, GHashTable *seen);

/* "0.8 s", "12 s", "3 min 07 s", "2 h 05 min". */
char *progress_duration (gint64 ms);
