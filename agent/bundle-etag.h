#pragma once

#include "agent/deployment-folder.h"
#include "core/arena.h"

/*
 * The ETag of the object that a deployment's bundle was, as the download saw it: noted in the deployment's folder, for scripts whose
 * specification has none (agent.md 3.2, 5.3; in the place and form of 2.x agents). For information: nothing relies on it.
 *
 * Thread rule: any thread; blocks on the disk.
 */

/* Fit to be noted and handed on: 1 to 1,024 printable ASCII characters without blanks. */
gboolean bundle_etag_is_plain (const char *etag);

/* etag: a plain one. */
gboolean bundle_etag_note (const DeploymentFolder *folder, const char *etag, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Of an earlier attempt; none is fine. */
gboolean bundle_etag_forget (const DeploymentFolder *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* For the same bundle in another deployment; none is fine. folder has none. */
gboolean bundle_etag_share (const DeploymentFolder *earlier, const DeploymentFolder *folder,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL: it is not known, or not plain. */
const char *bundle_etag_observed (const char *deployment_dir, Arena *arena);
