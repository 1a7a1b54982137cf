#pragma once

#include "server/objects/request.h"
#include "store/records/object-part.h"

/* Writing a version of an object whose content has been published.
 *
 * Blocks; on threads of the pool. */
typedef struct {
  ObjectRecord *record; /* version_id, sequence and modified_ms are set here */
  const char
      *upload_id; /* the multipart upload that it completes, and that ends with it; or NULL */
  const ObjectPartRecord *parts; /* record->n_parts of them; or NULL: */
  const ObjectRecord *parts_of;  /* a copy: the version whose parts it has too; or NULL */
} ObjectCommit;

/* Honours If-Match and If-None-Match: S3_ERR_PRECONDITION_FAILED, and S3_ERR_NO_SUCH_KEY when there is nothing to match. Ends
 * the pin on the content in any case. When the upload has been completed before, with the same parts, *record becomes
 * what that made and nothing is written. */
gboolean object_commit (S3Request *request, ObjectCommit *commit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Does the key's latest version let a conditional write or delete through? if_match may be NULL, as if_none_match. Inside a
 * work. */
gboolean object_commit_check (S3Request *request, StoreTx *tx, const char *key,
                              const char *if_match, const char *if_none_match, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Removes an upload and its parts; contents that nothing else has go with the commit. Inside a work. */
gboolean object_commit_end_upload (ContentStore *contents, StoreTx *tx, const char *upload_id,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
