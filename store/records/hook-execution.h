#pragma once

#include "core/arena.h"
#include "core/states.h"
#include "store/store.h"

/* Calls of validation hooks (deployments.md 6.9), as rows: one for each lifecycle event of a target that has a hook.
 * Conventions as in application.h. */

typedef struct {
  const char *id; /* what the hook reports with: opaque, and not to be guessed */
  const char *deployment_id;
  const char *target_id;
  LifecycleEvent event;
  EventStatus status; /* In progress, then what the hook said */
  gint64 create_ms;
  gint64 complete_ms; /* 0: not yet */
} HookExecutionRecord;

/* In progress. *out_taken: the event of that target has one already, nothing was written. */
gboolean hook_execution_record_insert (StoreTx *tx, const HookExecutionRecord *record,
                                       gboolean *out_taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean hook_execution_record_by_id (StoreTx *tx, const char *id, Arena *arena,
                                      HookExecutionRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean hook_execution_record_by_event (StoreTx *tx, const char *deployment_id,
                                         const char *target_id, LifecycleEvent event, Arena *arena,
                                         HookExecutionRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ends one that is in progress. *out_changed FALSE: it had ended before and stays as it is. */
gboolean hook_execution_record_complete (StoreTx *tx, const char *id, EventStatus status,
                                         gint64 now_ms, gboolean *out_changed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
