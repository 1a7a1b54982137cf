#pragma once

#include "core/compute-platform.h"
#include "core/deploy-config.h"
#include "core/revision.h"
#include "core/tag-filter.h"
#include "proto/api-types.h"
#include "server/api-call.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/revision.h"
#include "store/records/tag-list.h"

/* What the actions of several resources share: finding catalogue objects by the names in a request, with the API's
 * errors, and the values between stored text and API structures.
 *
 * Everything runs inside an action's transaction, on its thread; results live in the call's arena. A function that
 * returns a pointer gives NULL if and only if *error is set. */

/* ApplicationDoesNotExist. */
ApplicationRecord *catalog_find_application (ApiCall *call, StoreTx *tx, const char *name,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DeploymentGroupDoesNotExist. */
DeploymentGroupRecord *catalog_find_group (ApiCall *call, StoreTx *tx,
                                           const ApplicationRecord *application, const char *name,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Predefined or custom; DeploymentConfigDoesNotExist. */
const DeployConfig *catalog_find_config (ApiCall *call, StoreTx *tx, const char *name,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The zones of one that is there; NULL: it has none. */
gboolean catalog_find_zones (ApiCall *call, StoreTx *tx, const char *config_name,
                             const ApiZonalConfig **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets DeploymentConfigDoesNotExist; always FALSE. */
gboolean catalog_refuse_config (const char *name, GError **error);

/* What a group's user configured: the members of DeploymentGroupInfo that are settings. The names, the role, the
 * configuration's name and the history are not in it: the record has them. */
const ApiDeploymentGroupInfo *catalog_group_settings (const DeploymentGroupRecord *group,
                                                      Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The on-premises instances that a group selects, for instance_record_select. The filters were checked when the
 * group was written. */
TagSelector catalog_on_premises_selector (const ApiDeploymentGroupInfo *settings, Arena *arena);

/* Stored tags, as the API shows them. */
ApiTagList *catalog_show_tags (const TagList *tags, Arena *arena);

/* Checks a location that a client sent: RevisionRequired, InvalidRevision. platform NULL: its rules are not applied. */
gboolean catalog_read_revision (const ApiRevisionLocation *location,
                                const ComputePlatform *platform, Arena *arena, Revision *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  REVISION_WITH_CONTENT,
  REVISION_WITHOUT_CONTENT /* how all but one operation show String and AppSpecContent revisions */
} RevisionContentShown;
ApiRevisionLocation *catalog_revision_location (const Revision *revision,
                                                RevisionContentShown content, Arena *arena);
/* The stored location, as the API shows it. */
const ApiRevisionLocation *catalog_stored_location (const RevisionRecord *record,
                                                    RevisionContentShown content, Arena *arena,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Registers the revision unless it is registered already. description may be NULL. */
RevisionRecord *catalog_register_revision (ApiCall *call, StoreTx *tx,
                                           const ApplicationRecord *application,
                                           const Revision *revision, const char *description,
                                           RevisionPut mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* As catalog_use_revision, and nothing is written: of one that is not registered only location_json is set, and its number is that
 * of none. */
RevisionRecord *catalog_look_up_revision (ApiCall *call, StoreTx *tx,
                                          const ApplicationRecord *application,
                                          const ApiRevisionLocation *location, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* For CreateDeployment: checks the location for the application's platform, registers it on the fly (naming the
 * deployment) and marks it as used at the call's time. RevisionRequired, InvalidRevision, RevisionDoesNotExist
 * (only a hash is given and nothing is registered under it). */
RevisionRecord *catalog_use_revision (ApiCall *call, StoreTx *tx,
                                      const ApplicationRecord *application,
                                      const ApiRevisionLocation *location,
                                      const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
