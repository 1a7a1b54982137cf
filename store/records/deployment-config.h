#pragma once

#include "core/arena.h"
#include "core/compute-platform.h"
#include "store/records/name-list.h"
#include "store/store.h"

/* Custom deployment configurations, as rows (the predefined ones are a table in core/deploy-config.h).
 * Conventions as in application.h. They never change once made. */

typedef struct {
  const char *id; /* lower-case UUID */
  const char *name;
  ComputePlatform compute_platform;
  const char *settings_json; /* the API's DeploymentConfigInfo without the members that are here */
  gint64 create_ms;
} DeploymentConfigRecord;

gboolean deployment_config_record_insert (StoreTx *tx, const DeploymentConfigRecord *record,
                                          gboolean *out_taken, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_config_record_by_name (StoreTx *tx, const char *name, Arena *arena,
                                           DeploymentConfigRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_config_record_count (StoreTx *tx, gint64 limit, gint64 *out_count,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_config_record_names (StoreTx *tx, const char *after, gsize limit, Arena *arena,
                                         NameList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean deployment_config_record_delete (StoreTx *tx, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
