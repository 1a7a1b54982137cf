#pragma once

#include "core/arena.h"
#include "core/course.h"
#include "core/deploy-config.h"
#include "core/states.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Deployments, as rows. Conventions as in application.h. */

/* What StopDeployment said of a rollback (api.md 3.5, autoRollbackEnabled). */
typedef enum {
  STOP_ROLLBACK_AS_CONFIGURED,
  STOP_ROLLBACK_NO,
  STOP_ROLLBACK_YES
} StopRollback;

typedef struct {
  const char *id;
  const char *application_id;
  const char *group_id;
  gint64 revision_number; /* of the application; see revision.h */
  const char *config_name;
  MinimumHealthy healthy; /* the configuration's, as it was at creation */
  DeployOptions options;  /* likewise */
  DeploymentCreator creator;
  DeploymentStatus status;
  const char *info_json; /* an API DeploymentInfo: the members that never change */
  gint64 create_ms;
  gint64 announces;   /* what somebody listens to: bits of core/announcement.h */
  gint64 start_ms;    /* 0: not yet */
  gint64 complete_ms; /* 0: not yet */
  gint64 minimum_healthy;
  /* Of the targets of its phase; once it has ended, of all. */
  gint64 n_targets, n_pending, n_running, n_succeeded, n_failed, n_skipped;
  Course course;
  DeploymentPhase phase;
  gint64 n_stages;       /* 0: all targets are one */
  gint64 stage;          /* of the phase; from 0 */
  gint64 n_unhealthy;    /* see SchedulerPlan */
  DeploymentWait wait;   /* NONE: for nothing but its targets */
  gint64 wait_until_ms;  /* 0: without an end, or no wait */
  gint64 paused_ms;      /* since when a person keeps it from going on; 0: nobody does */
  const char *paused_by; /* a principal's ARN; NULL */
  gint64 total_left_ms;  /* of its whole time, when it was paused; 0: that clock did not run yet;
                                negative: it runs no more */
  gint64 alarms_ms;      /* when its alarms were first read; 0: not yet, or it watches none */
  const char *alarm_warning; /* what people should know of them although it goes on; NULL */
  const char *first_failure; /* of the first target that failed: host, event, why; NULL */
  DeploymentError ending;    /* no further command is sent; ends with this when nothing runs */
  StopRollback stop_rollback;
  DeploymentError error_code;
  const char *error_message;    /* NULL: none */
  const char *rollback_id;      /* the deployment that rolls this one back; NULL */
  const char *rollback_of;      /* the deployment that this one rolls back; NULL */
  const char *rollback_message; /* NULL */
  const char *note;             /* what people should know and did not fail it, in lines; NULL */
  const char *fleet_name;       /* the Auto Scaling group that it makes; NULL */
  const char *copied_fleet;     /* the one that this is a copy of; NULL */
  const char *replaced_json;    /* the group's settings before it selected the new hosts; NULL */
  const char *root_id;          /* the deployment after which this one's hosts are outdated; NULL */
  /* Read with it; the names of now, also of a deleted application or group. */
  const char *application_name;
  const char *group_name;
  gint64 application_deleted_ms; /* 0: it is there */
} DeploymentRecord;

typedef struct {
  gsize n;
  DeploymentRecord **items;
} DeploymentRecordList;

/* Writes what is fixed at creation: everything down to announces, and the rollback members; and the note. *out_taken: the id exists
 * already, nothing was written. That the group has no active deployment was checked before (see active). */
gboolean deployment_record_insert (StoreTx *tx, const DeploymentRecord *record, gboolean *out_taken,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes everything that changes: status, times, counters, course, phase, stages, waits, pause, alarms, failure, ending,
 * error, rollback, note, fleet_name, copied_fleet, replaced_json. */
gboolean deployment_record_update (StoreTx *tx, const DeploymentRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether the deployment had ended before its application was deleted: such a one went with the application, though its
 * row stays. Lists leave them out. */
gboolean deployment_record_went_with_application (const DeploymentRecord *record);
gboolean deployment_record_by_id (StoreTx *tx, const char *id, Arena *arena, DeploymentRecord **out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The id of the group's active deployment, the one that keeps others from being created; NULL: none. */
gboolean deployment_record_active (StoreTx *tx, const char *group_id, Arena *arena,
                                   const char **out_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many have not ended, in all groups and those of single new instances too, counting no further than limit. */
gboolean deployment_record_count_active (StoreTx *tx, gint64 limit, gint64 *out_count,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets root_id. */
gboolean deployment_record_set_root (StoreTx *tx, const char *id, const char *root_id,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those with this root_id, in order of their creation. */
gboolean deployment_record_of_root (StoreTx *tx, const char *root_id, Arena *arena, NameList *out,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many targets all active deployments have together. */
gboolean deployment_record_count_active_targets (StoreTx *tx, gint64 *out_count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Whether an active deployment names the deployment configuration. */
gboolean deployment_record_uses_config (StoreTx *tx, const char *config_name, gboolean *out_used,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A page of ids, newest first. */
typedef struct {
  const char *group_id; /* NULL: of all */
  const char *statuses; /* ",Failed,Stopped,"; NULL: all */
  gint64 from_ms;       /* created at or after */
  gint64 before_ms;     /* created before */
  gint64 after_ms;      /* the last of the page before: its time and id; NULL id: first page */
  const char *after_id;
  gsize limit;
} DeploymentQuery;
/* Only id and create_ms of the results are set. */
gboolean deployment_record_list (StoreTx *tx, const DeploymentQuery *query, Arena *arena,
                                 DeploymentRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
