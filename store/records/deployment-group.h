#pragma once

#include "core/arena.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Deployment groups, as rows. Conventions as in application.h: lookups give NULL for "no such row", strings live
 * in the caller's arena, a deleted group stays as a tombstone that only its id finds.
 *
 * Everything that is asked for by SQL is a member; the rest of what a user configured is settings_json, an API
 * DeploymentGroupInfo without the members that are here. */

typedef struct {
  const char *id; /* lower-case UUID; what hosts key their state by */
  const char *application_id;
  const char *name;
  const char *deployment_config_name;
  const char *service_role_arn;
  const char *settings_json;
  const char *ecs_service; /* "cluster:service", NULL when none; unique among living groups */
  gboolean new_hosts;      /* newHostsStrategy is UPDATE */
  gint64 create_ms;
  gint64 target_revision_number;             /* 0: none yet; see revision.h */
  const char *last_attempted_deployment_id;  /* NULL: none yet */
  const char *last_successful_deployment_id; /* NULL: none yet */
  gint64 deleted_ms;                         /* 0: alive */
} DeploymentGroupRecord;

typedef enum {
  DEPLOYMENT_GROUP_WRITTEN,
  DEPLOYMENT_GROUP_NAME_TAKEN,       /* by a living group of the application; nothing was written */
  DEPLOYMENT_GROUP_ECS_SERVICE_TAKEN /* by a living group of any application; nothing was written */
} DeploymentGroupWrite;

gboolean deployment_group_record_insert (StoreTx *tx, const DeploymentGroupRecord *record,
                                         DeploymentGroupWrite *out_result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Replaces name, configuration, role, settings, ECS service and new_hosts. */
gboolean deployment_group_record_update (StoreTx *tx, const DeploymentGroupRecord *record,
                                         DeploymentGroupWrite *out_result, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean deployment_group_record_by_name (StoreTx *tx, const char *application_id, const char *name,
                                          Arena *arena, DeploymentGroupRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Tombstones too. */
gboolean deployment_group_record_by_id (StoreTx *tx, const char *id, Arena *arena,
                                        DeploymentGroupRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* How many the application has, counting no further than limit. */
gboolean deployment_group_record_count (StoreTx *tx, const char *application_id, gint64 limit,
                                        gint64 *out_count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Names in code point order, after the given one (NULL: from the start), at most limit. */
gboolean deployment_group_record_names (StoreTx *tx, const char *application_id, const char *after,
                                        gsize limit, Arena *arena, NameList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ids of all living groups of the application. */
gboolean deployment_group_record_ids (StoreTx *tx, const char *application_id, Arena *arena,
                                      NameList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Names of the groups whose target revision is this one, in code point order. */
gboolean deployment_group_record_names_by_target (StoreTx *tx, const char *application_id,
                                                  gint64 revision_number, Arena *arena,
                                                  NameList *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether a living group names the deployment configuration. */
gboolean deployment_group_record_uses_config (StoreTx *tx, const char *config_name,
                                              gboolean *out_used, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ids of the living groups with new_hosts. */
gboolean deployment_group_record_with_new_hosts (StoreTx *tx, Arena *arena, NameList *out,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes a tombstone and forgets the group's resource tags. */
gboolean deployment_group_record_delete (StoreTx *tx, const char *id, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* For the engine: a deployment of the group was created. */
gboolean deployment_group_record_set_attempted (StoreTx *tx, const char *id,
                                                const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* For the engine: a deployment succeeded, its revision is now the group's target revision. */
gboolean deployment_group_record_set_succeeded (StoreTx *tx, const char *id,
                                                const char *deployment_id, gint64 revision_number,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
