#include "server/objects/object-commit.h"

#include <string.h>

#include "server/objects/conditions.h"
#include "server/objects/s3-error.h"
#include "store/records/multipart.h"

typedef struct {
  S3Request *request;
  ObjectCommit *commit;
} CommitWork;

static gboolean
precondition_failed (S3Request *request, const char *condition, const char *key, GError **error)
{
  s3_error_detail (request, "Condition", condition);
  g_set_error (error, S3_ERROR, S3_ERR_PRECONDITION_FAILED,
               "the object \"%s\" is not in the state that %s asks for", key, condition);
  return FALSE;
}

gboolean
object_commit_check (S3Request *request, StoreTx *tx, const char *key, const char *if_match,
                     const char *if_none_match, GError **error)
{
  if (if_match == NULL && if_none_match == NULL)
    return TRUE;
  if (if_none_match != NULL && strcmp (if_none_match, "*") != 0) {
    s3_error_detail (request, "Header", "If-None-Match");
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED, "If-None-Match of a write can only be *");
    return FALSE;
  }
  ObjectRecord *present = NULL;
  if (!object_record_find (tx, request->address.bucket, key, NULL, request->arena, &present, error))
    return FALSE;
  if (present != NULL && present->is_delete_marker)
    present = NULL;
  if (if_none_match != NULL && present != NULL)
    return precondition_failed (request, "If-None-Match", key, error);
  if (if_match == NULL)
    return TRUE;
  if (present != NULL)
    return conditions_list_has_etag (if_match, present->etag) ||
           precondition_failed (request, "If-Match", key, error);
  if (strcmp (if_match, "*") == 0)
    return precondition_failed (request, "If-Match", key, error);
  s3_error_detail (request, "Key", key);
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_KEY, "there is no object \"%s\" to match", key);
  return FALSE;
}

gboolean
object_commit_end_upload (ContentStore *contents, StoreTx *tx, const char *upload_id,
                          GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gsize n_parts;
  MultipartPartRecord **parts;
  if (!multipart_record_parts (tx, upload_id, 0, G_MAXINT32, arena, &n_parts, &parts, error) ||
      !multipart_record_delete (tx, upload_id, error))
    return FALSE;
  for (gsize i = 0; i < n_parts; i++) {
    if (!content_store_forget_in (contents, tx, parts[i]->content_sha256, error))
      return FALSE;
  }
  return TRUE;
}

/* The upload is there, or was completed in the same way: then *out_done is set. */
static gboolean
check_upload (const CommitWork *work, StoreTx *tx, ObjectRecord **out_done, GError **error)
{
  const ObjectCommit *commit = work->commit;
  const ObjectRecord *record = commit->record;
  Arena *arena = work->request->arena;
  MultipartRecord *upload = NULL;
  ObjectRecord *made = NULL;
  *out_done = NULL;
  if (commit->upload_id == NULL)
    return TRUE;
  if (!multipart_record_find (tx, commit->upload_id, record->bucket, record->key, arena, &upload,
                              error) ||
      (upload == NULL && !object_record_by_upload (tx, record->bucket, record->key,
                                                   commit->upload_id, arena, &made, error)))
    return FALSE;
  if (made != NULL && strcmp (made->etag, record->etag) == 0)
    *out_done = made;
  if (upload != NULL || *out_done != NULL)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD, "the upload has been completed or aborted");
  return FALSE;
}

static gboolean
put_parts (const ObjectCommit *commit, StoreTx *tx, GError **error)
{
  const ObjectRecord *record = commit->record;
  if (commit->parts_of != NULL)
    return record->n_parts == 0 ||
           object_part_record_copy (tx, commit->parts_of->bucket, commit->parts_of->sequence,
                                    record->bucket, record->sequence, error);
  for (gint64 i = 0; commit->parts != NULL && i < record->n_parts; i++) {
    if (!object_part_record_insert (tx, record->bucket, record->sequence, &commit->parts[i], error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
commit_work (StoreTx *tx, gpointer data, GError **error)
{
  const CommitWork *work = data;
  S3Request *request = work->request;
  const ObjectCommit *commit = work->commit;
  ObjectRecord *record = commit->record, *done = NULL;
  BucketRecord *bucket = NULL;
  if (!bucket_record_begin_write (tx, record->bucket, request->arena, &bucket, &record->sequence,
                                  error))
    return FALSE;
  if (bucket == NULL)
    return s3_no_such_bucket (request, record->bucket, error);
  s3_request_sees_bucket (request, bucket);
  if (!check_upload (work, tx, &done, error))
    return FALSE;
  if (done != NULL) {
    *record = *done;
    return TRUE;
  }
  if (!object_commit_check (request, tx, record->key, s3_request_header (request, "If-Match"),
                            s3_request_header (request, "If-None-Match"), error))
    return FALSE;
  record->version_id = bucket->versioning == BUCKET_VERSIONING_ENABLED
                           ? s3_make_version_id (request)
                           : OBJECT_NULL_VERSION;
  const char *replaced = NULL;
  /* the parts first: a copy of an object to itself would find those that it copies removed */
  return put_parts (commit, tx, error) &&
         object_record_put (tx, record, request->arena, &replaced, error) &&
         (commit->upload_id == NULL ||
          object_commit_end_upload (request->contents, tx, commit->upload_id, error)) &&
         content_store_forget_in (request->contents, tx, replaced, error);
}

gboolean
object_commit (S3Request *request, ObjectCommit *commit, GError **error)
{
  CommitWork work = { .request = request, .commit = commit };
  /* a completed upload's record takes the place of this one, whose content is pinned */
  const char *content = commit->record->content_sha256;
  commit->record->modified_ms = request->now_ms;
  gboolean kept = s3_run (request, STORE_WRITE, commit_work, &work, error);
  content_store_unpin (request->contents, content);
  if (!kept || content != commit->record->content_sha256)
    content_store_forget (request->contents, content);
  return kept;
}
