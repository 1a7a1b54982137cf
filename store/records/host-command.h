#pragma once

#include "core/arena.h"
#include "core/states.h"
#include "store/store.h"

/* Host commands in flight, as rows: one for each running target, which carries its present lifecycle event to the host.
 * A row goes from event to event and is deleted when the target ends; so there are never more rows than running
 * targets. Of several targets on one host one has it, and the others wait: by their turns, but those of a paused deployment
 * let others by.
 * Conventions as in application.h. */

typedef struct {
  const char *deployment_id;
  gint64 ordinal; /* of the target */
  const char *host_arn;
  gint64 turn;
  gint64 attempt; /* of the target, from 1 */
  gint64 step;    /* index of the event in the target's plan */
  LifecycleEvent event;
  CommandStatus status;
  gint64 since_ms;       /* when it came to be in the host's queue */
  gint64 acknowledge_ms; /* 0: not yet */
  gint64 armed_ms;       /* when the target's timer is due; 0: none is set */
  gboolean last;         /* the deployment is ending: no other event follows */
  gboolean paused;       /* it is paused: no other event follows for now */
} HostCommandRecord;

typedef struct {
  gsize n;
  HostCommandRecord **items;
} HostCommandRecordList;

/* The turn of a new row for the host: 1 when it has no other. */
gboolean host_command_record_next_turn (StoreTx *tx, const char *host_arn, gint64 *out_turn,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean host_command_record_insert (StoreTx *tx, const HostCommandRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean host_command_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal,
                                  Arena *arena, HostCommandRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes attempt, step, event, status, times and armed_ms. */
gboolean host_command_record_update (StoreTx *tx, const HostCommandRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean host_command_record_delete (StoreTx *tx, const char *deployment_id, gint64 ordinal,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The one that has the host, and does not wait for its turn; NULL: the host is free. */
gboolean host_command_record_of_host (StoreTx *tx, const char *host_arn, Arena *arena,
                                      HostCommandRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The one whose turn has come, of those that wait and are not paused; NULL: there is none, or the host is not free. */
gboolean host_command_record_next_of_host (StoreTx *tx, const char *host_arn, Arena *arena,
                                           HostCommandRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Marks all of a deployment as last, and not paused any more. */
gboolean host_command_record_mark_last (StoreTx *tx, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Sets paused of all of a deployment. */
gboolean host_command_record_mark_paused (StoreTx *tx, const char *deployment_id, gboolean paused,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of a deployment that no host has acknowledged, in order of the targets. */
gboolean host_command_record_unacknowledged (StoreTx *tx, const char *deployment_id, Arena *arena,
                                             HostCommandRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All that wait to be fetched by their hosts, whichever the deployment: what the hub holds. */
gboolean host_command_record_pending (StoreTx *tx, Arena *arena, HostCommandRecordList *out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
