#pragma once

#include "core/arena.h"
#include "core/lifecycle.h"
#include "core/states.h"
#include "store/records/fleet.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Targets of deployments, and what is known of each host within a group, as rows. Conventions as in application.h. */

/* The originals of a blue/green deployment are numbered from here: its replacements may become known later, and have the numbers
 * from 0. */
#define TARGET_FIRST_BLUE (G_GINT64_CONSTANT (1) << 30)

typedef struct {
  const char *deployment_id;
  gint64 ordinal;        /* the order in which targets are tried, from 0; see TARGET_FIRST_BLUE */
  const char *target_id; /* instance name or EC2 instance id */
  const char *target_arn;
  const char *host_arn; /* what its agent calls itself */
  const char *zone;     /* Availability Zone; NULL: none */
  LifecyclePlanKind plan;
  TargetStatus status;
  gint64 update_ms;
  gint64 attempt;          /* the one that the events are of, from 1 */
  const char *events_json; /* the events that have ended, an API LifecycleEventList; NULL: none */
  const char *failed_events_json; /* those of the attempt before; NULL: this is the first */
  /* Of its present command, when it has one (read only; see host-command.h): */
  gboolean has_command;
  CommandStatus command_status;
  gint64 command_acknowledge_ms;
} TargetRecord;

typedef struct {
  gsize n;
  TargetRecord **items;
} TargetRecordList;

/* A new one is in its first attempt, without events. */
gboolean target_record_insert (StoreTx *tx, const TargetRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes status, update_ms, attempt and both lists of events. */
gboolean target_record_update (StoreTx *tx, const TargetRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean target_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal, Arena *arena,
                            TargetRecord **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean target_record_by_target_id (StoreTx *tx, const char *deployment_id, const char *target_id,
                                     Arena *arena, TargetRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* One of the host's, if it has any in the deployment. */
gboolean target_record_by_host (StoreTx *tx, const char *deployment_id, const char *host_arn,
                                Arena *arena, TargetRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The next ones that are Pending, from an ordinal on, at most limit. */
gboolean target_record_pending (StoreTx *tx, const char *deployment_id, gint64 from, gsize limit,
                                Arena *arena, TargetRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The next ones that are Ready, at most limit. */
gboolean target_record_ready (StoreTx *tx, const char *deployment_id, gsize limit, Arena *arena,
                              TargetRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All that were written for a label, whatever they are; label: not TARGET_UNLABELLED. */
gboolean target_record_of_label (StoreTx *tx, const char *deployment_id, TargetLabel label,
                                 Arena *arena, TargetRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean target_record_count_label (StoreTx *tx, const char *deployment_id, TargetLabel label,
                                    gint64 *out_count, GError **error) G_GNUC_WARN_UNUSED_RESULT;
typedef struct {
  gint64 n[TARGET_N_STATUSES];
} TargetCounts;
/* How many are in each status. */
gboolean target_record_count (StoreTx *tx, const char *deployment_id, TargetCounts *out,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes all that are Pending or Ready Skipped. */
gboolean target_record_skip_waiting (StoreTx *tx, const char *deployment_id, gint64 now_ms,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A page of target ids in order of ordinal, after the given ordinal (-1: from the start). label: TARGET_UNLABELLED for all.
 * statuses: names between
 * commas with a comma at both ends (",Failed,Skipped,"), NULL for all. *out_last: the last ordinal of the page. */
gboolean target_record_ids (StoreTx *tx, const char *deployment_id, TargetLabel label,
                            const char *statuses, gint64 after, gsize limit, Arena *arena,
                            TargetRecordList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- health: deployments.md 3.1 ---- */
typedef struct {
  const char *target_arn;
  gboolean healthy;
  gint64 revision_number; /* installed last; 0: not known */
} TargetHealthRecord;

typedef struct {
  gsize n;
  TargetHealthRecord **items;
} TargetHealthRecordList;

/* What is known of one host of a group; NULL: nothing. */
gboolean target_health_record_get (StoreTx *tx, const char *group_id, const char *target_arn,
                                   Arena *arena, TargetHealthRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What is known of all hosts of a group. */
gboolean target_health_record_list (StoreTx *tx, const char *group_id, Arena *arena,
                                    TargetHealthRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A target of the deployment succeeded: the host is healthy and has the revision. */
gboolean target_health_record_succeeded (StoreTx *tx, const char *group_id, const char *target_arn,
                                         const char *deployment_id, gint64 revision_number,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* It failed: unhealthy; the revision it had stays known for now. */
gboolean target_health_record_failed (StoreTx *tx, const char *group_id, const char *target_arn,
                                      const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Hosts that got another revision than this one by a deployment to a single new instance that ended at or after since_ms, and
 * have it still; not those that wait for a lifecycle hook. Of each only the ARN is told, as its name what stands behind its last
 * slash. */
gboolean target_health_record_outdated (StoreTx *tx, const char *group_id, gint64 revision_number,
                                        gint64 since_ms, Arena *arena, FleetInstanceList *out,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The deployment succeeded although some of its targets failed: of those that had the group's target revision so far
 * it is not known any more what they have. */
gboolean target_health_record_forget_failed (StoreTx *tx, const char *group_id,
                                             const char *deployment_id, gint64 target_revision,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
