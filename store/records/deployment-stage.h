#pragma once

#include "core/stages.h"
#include "store/store.h"

/* Stages of deployments, as rows. Conventions as in application.h. */

typedef struct {
  const char *deployment_id;
  gint64 ordinal; /* from 0 */
  Stage stage;
  /* The deployment's counters when it began: */
  gint64 before_succeeded, before_failed;
  /* What it came to, once it has ended: */
  gint64 n_succeeded, n_failed;
  gint64 start_ms;         /* 0: not yet */
  gint64 end_ms;           /* 0: not yet */
  gint64 approve_ms;       /* 0: nobody approved of it, or nobody had to */
  const char *approved_by; /* NULL likewise */
} DeploymentStageRecord;

typedef struct {
  gsize n;
  DeploymentStageRecord **items;
} DeploymentStageRecordList;

/* A new one has neither begun nor ended. */
gboolean deployment_stage_record_insert (StoreTx *tx, const DeploymentStageRecord *record,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes everything but the stage itself. */
gboolean deployment_stage_record_update (StoreTx *tx, const DeploymentStageRecord *record,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_stage_record_get (StoreTx *tx, const char *deployment_id, gint64 ordinal,
                                      Arena *arena, DeploymentStageRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The first that has targets, from an ordinal on; NULL: there is none. */
gboolean deployment_stage_record_next (StoreTx *tx, const char *deployment_id, gint64 from,
                                       Arena *arena, DeploymentStageRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All of a deployment, in order. */
gboolean deployment_stage_record_list (StoreTx *tx, const char *deployment_id, Arena *arena,
                                       DeploymentStageRecordList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
