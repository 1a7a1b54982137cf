#pragma once

#include "core/arena.h"
#include "core/enum-names.h"
#include "store/store.h"

/* Timers, as rows: everything that waits. A timer is named by deployment, target and kind; there is at most one of
 * each. A due timer is claimed by the work that acts on it. Conventions as in application.h. */

#define TIMER_KIND_LIST(X)                                                                         \
  X (TIMER_START, "start")         /* a new deployment looks for its targets */                    \
  X (TIMER_BATCH, "batch")         /* more of a deployment's targets may be started */             \
  X (TIMER_TOTAL, "total")         /* a deployment has run for too long */                         \
  X (TIMER_MONITOR, "monitor")     /* a stage has been watched for long enough */                  \
  X (TIMER_WAIT, "wait")           /* a deployment's wait is over */                               \
  X (TIMER_FLEET, "fleet")         /* its EC2 instances should have been listed */                 \
  X (TIMER_NEW_HOSTS, "new-hosts") /* hosts have come to match a group; instead of a deployment */ \
  X (TIMER_TARGET, "target")       /* a target's command may have waited for too long */           \
  X (TIMER_ALARMS, "alarms") /* a deployment's alarms are read, or could not be read in time */    \
  X (TIMER_BAKE, "bake")     /* a deployment whose targets are done has baked */

ENUM_NAMES_TYPE (TimerKind, TIMER_KIND_LIST);
ENUM_NAMES_DECLARE (TimerKind, timer_kind)

#define TIMER_NO_TARGET (-1)

typedef struct {
  const char *deployment_id;
  gint64 ordinal; /* of the target; TIMER_NO_TARGET for the deployment's own */
  TimerKind kind;
  gint64 due_ms;
} TimerRecord;

typedef struct {
  gsize n;
  TimerRecord **items;
} TimerRecordList;

/* Sets it anew if there is one. */
gboolean timer_record_put (StoreTx *tx, const TimerRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* When it is due; 0: there is none. */
gboolean timer_record_due (StoreTx *tx, const char *deployment_id, gint64 ordinal, TimerKind kind,
                           gint64 *out_due_ms, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One that is not there is ignored. */
gboolean timer_record_delete (StoreTx *tx, const char *deployment_id, gint64 ordinal,
                              TimerKind kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean timer_record_delete_all (StoreTx *tx, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Removes the timer if it is due. *out_claimed FALSE: it is gone or was set to a later time. */
gboolean timer_record_claim (StoreTx *tx, const TimerRecord *record, gint64 now_ms,
                             gboolean *out_claimed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The earliest ones, due or not, by time. */
gboolean timer_record_earliest (StoreTx *tx, gsize limit, Arena *arena, TimerRecordList *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
