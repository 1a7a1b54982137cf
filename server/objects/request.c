#include "server/objects/request.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "server/objects/s3-error.h"
#include "store/records/bucket.h"
#include "store/records/multipart.h"

#define METADATA_PREFIX    "x-amz-meta-"
#define MAX_METADATA_BYTES 2048
#define COPY_BLOCK         (256 * 1024)
#define OPEN_ATTEMPTS      5

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

S3Request *
s3_request_new (const ObjectsConfig *config, ContentStore *contents, HttpExchange *exchange)
{
  S3Request *request = g_new0 (S3Request, 1);
  request->ref_count = 1;
  request->config = config;
  request->contents = contents;
  request->exchange = exchange;
  request->arena = arena_new ();
  request->now_ms = ambient_now_ms (config->ambient);
  request->headers = g_array_new (FALSE, FALSE, sizeof (HttpHeader));
  return request;
}

S3Request *
s3_request_ref (S3Request *request)
{
  g_atomic_int_inc (&request->ref_count);
  return request;
}

void
s3_request_unref (S3Request *request)
{
  if (!g_atomic_int_dec_and_test (&request->ref_count))
    return;
  g_array_unref (request->headers);
  arena_free (request->arena);
  g_free (request);
}

/* --- reading --- */

const char *
s3_request_header (const S3Request *request, const char *name)
{
  return http_exchange_header (request->exchange, name);
}

const char *
s3_request_param (const S3Request *request, const char *name)
{
  return s3_address_param (&request->address, name);
}

gboolean
s3_request_number (const S3Request *request, const char *name, gint64 fallback, gint64 max,
                   gint64 *out, GError **error)
{
  const char *text = s3_request_param (request, name);
  *out = fallback;
  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, out, NULL)) {
    *out = MIN (*out, max);
    return TRUE;
  }
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, "%s must be a number from 0 to %d", name,
               G_MAXINT32);
  return FALSE;
}

S3XmlDocument *
s3_request_document (const S3Request *request, const char *root, GError **error)
{
  gsize n = 0;
  const guint8 *bytes = request->upload != NULL ? upload_bytes (request->upload, &n) : NULL;
  return s3_xml_parse (bytes != NULL ? (gconstpointer)bytes : "", n, root, error);
}

gboolean
s3_request_wants_checksum (const S3Request *request, ChecksumAlgorithm *out)
{
  gsize n;
  const HttpHeader *headers = http_exchange_headers (request->exchange, &n);
  for (gsize i = 0; i < n; i++) {
    if (checksum_from_header (headers[i].name, out))
      return TRUE;
  }
  const char *trailer = s3_request_header (request, "x-amz-trailer");
  if (trailer != NULL && checksum_from_header (trailer, out))
    return TRUE;
  static const char *const names[] = { "x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *value = s3_request_header (request, names[i]);
    g_autofree char *upper = value != NULL ? g_ascii_strup (value, -1) : NULL;
    if (upper != NULL && checksum_algorithm_from_name (upper, out))
      return TRUE;
  }
  return FALSE;
}

/* Content-Encoding without aws-chunked, which is about the transfer only. */
static char *
stored_encoding (const char *value)
{
  g_auto (GStrv) codings = g_strsplit (value, ",", -1);
  GString *kept = g_string_new (NULL);
  for (gsize i = 0; codings[i] != NULL; i++) {
    g_strstrip (codings[i]);
    if (*codings[i] != '\0' && g_ascii_strcasecmp (codings[i], "aws-chunked") != 0)
      g_string_append_printf (kept, "%s%s", kept->len > 0 ? "," : "", codings[i]);
  }
  return g_string_free (kept, FALSE);
}

static gboolean
add_text (json_t *object, const char *name, const char *value, GError **error)
{
  if (json_object_set_new (object, name, json_string (value)) == 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, "the header %s is not UTF-8", name);
  return FALSE;
}

/* NULL for an empty object. */
static const char *
dump (const S3Request *request, const json_t *object)
{
  if (json_object_size (object) == 0)
    return NULL;
  char *text = json_dumps (object, JSON_COMPACT);
  const char *copy = arena_strdup (request->arena, text);
  free (text);
  return copy;
}

gboolean
s3_request_metadata (const S3Request *request, const char **out_headers, const char **out_metadata,
                     GError **error)
{
  static const char *const kept[] = { "Content-Type", "Cache-Control", "Content-Disposition",
                                      "Content-Language", "Expires" };
  g_autoptr (Json) headers = json_object ();
  g_autoptr (Json) metadata = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *value = s3_request_header (request, kept[i]);
    if (value != NULL && !add_text (headers, kept[i], value, error))
      return FALSE;
  }
  const char *encoding = s3_request_header (request, "Content-Encoding");
  g_autofree char *stored = encoding != NULL ? stored_encoding (encoding) : NULL;
  if (stored != NULL && *stored != '\0' && !add_text (headers, "Content-Encoding", stored, error))
    return FALSE;
  gsize n, bytes = 0;
  const HttpHeader *all = http_exchange_headers (request->exchange, &n);
  for (gsize i = 0; i < n; i++) {
    if (g_ascii_strncasecmp (all[i].name, METADATA_PREFIX, strlen (METADATA_PREFIX)) != 0)
      continue;
    g_autofree char *name = g_ascii_strdown (all[i].name + strlen (METADATA_PREFIX), -1);
    bytes += strlen (name) + strlen (all[i].value);
    if (!add_text (metadata, name, all[i].value, error))
      return FALSE;
  }
  if (bytes > MAX_METADATA_BYTES) {
    g_set_error (error, S3_ERROR, S3_ERR_METADATA_TOO_LARGE,
                 "the user metadata has more than %d bytes", MAX_METADATA_BYTES);
    return FALSE;
  }
  *out_headers = dump (request, headers);
  *out_metadata = dump (request, metadata);
  return TRUE;
}

/* --- answering --- */

void
s3_answer_header (S3Request *request, const char *name, const char *value)
{
  if (value == NULL)
    return;
  HttpHeader header = { .name = arena_strdup (request->arena, name),
                        .value = arena_strdup (request->arena, value) };
  g_array_append_val (request->headers, header);
}

void
s3_answer_etag (S3Request *request, const char *etag)
{
  s3_answer_header (request, "ETag", arena_printf (request->arena, "\"%s\"", etag));
}

void
s3_answer_version (S3Request *request, const char *version_id)
{
  if (version_id != NULL && strcmp (version_id, OBJECT_NULL_VERSION) != 0)
    s3_answer_header (request, "x-amz-version-id", version_id);
}

static void
answer (S3Request *request, guint status, GBytes *body)
{
  s3_answer_header (request, "x-amz-request-id", http_exchange_request_id (request->exchange));
  const HttpHeader *headers = (const HttpHeader *)(gpointer)request->headers->data;
  if (strcmp (http_exchange_method (request->exchange), "HEAD") == 0)
    http_exchange_answer_head (request->exchange, status, headers, request->headers->len, 0);
  else
    http_exchange_answer (request->exchange, status, headers, request->headers->len, body);
}

gboolean
s3_answer_empty (S3Request *request, guint status)
{
  answer (request, status, NULL);
  return TRUE;
}

gboolean
s3_answer_xml (S3Request *request, guint status, S3XmlWriter *writer)
{
  g_autoptr (GBytes) body = s3_xml_writer_finish (writer);
  s3_answer_header (request, "Content-Type", "application/xml");
  answer (request, status, body);
  return TRUE;
}

void
s3_answer_error (S3Request *request, const GError *cause)
{
  g_autoptr (GError) error = s3_error_from (cause);
  S3ErrorCode code = (S3ErrorCode)error->code;
  guint status = s3_error_status (code);
  if (code == S3_ERR_INTERNAL_ERROR)
    log_failure (request->config->log, "object-request-failed",
                 log_text ("request", http_exchange_request_id (request->exchange)),
                 log_error_field (cause));
  if (status == 304) {
    s3_answer_empty (request, status);
    return;
  }
  S3XmlWriter *writer = s3_xml_writer_new ("Error", FALSE);
  s3_xml_text (writer, "Code", s3_error_name (code));
  s3_xml_text (writer, "Message", error->message);
  s3_xml_text (writer, "Resource", http_exchange_path (request->exchange));
  s3_xml_text (writer, "RequestId", http_exchange_request_id (request->exchange));
  s3_answer_xml (request, status, writer);
}

/* --- the store --- */

gboolean
s3_run (S3Request *request, StoreMode mode, StoreWork work, gpointer data, GError **error)
{
  return store_run (request->config->store, mode, work, data, error);
}

static gboolean
no_such_bucket (const char *name, GError **error)
{
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_BUCKET, "there is no bucket \"%s\"", name);
  return FALSE;
}

gboolean
s3_require_bucket (const S3Request *request, StoreTx *tx, GError **error)
{
  BucketRecord *bucket = NULL;
  if (!bucket_record_by_name (tx, request->address.bucket, request->arena, &bucket, error))
    return FALSE;
  return bucket != NULL || no_such_bucket (request->address.bucket, error);
}

/* --- committing a version --- */

typedef struct {
  S3Request *request;
  ObjectRecord *record;
  const char *upload_id;
} Commit;

/* An entity tag as a client sends it, compared with ours. */
static gboolean
etag_matches (const char *header, const char *etag)
{
  gsize length = strlen (header);
  if (length >= 2 && header[0] == '"' && header[length - 1] == '"')
    return strlen (etag) == length - 2 && strncmp (header + 1, etag, length - 2) == 0;
  return strcmp (header, etag) == 0;
}

static gboolean
check_write_conditions (const Commit *commit, StoreTx *tx, GError **error)
{
  const S3Request *request = commit->request;
  const char *if_match = s3_request_header (request, "If-Match");
  const char *if_none_match = s3_request_header (request, "If-None-Match");
  if (if_match == NULL && if_none_match == NULL)
    return TRUE;
  ObjectRecord *present = NULL;
  if (!object_record_find (tx, commit->record->bucket, commit->record->key, NULL, request->arena,
                           &present, error))
    return FALSE;
  if (present != NULL && present->is_delete_marker)
    present = NULL;
  if (if_none_match != NULL && strcmp (if_none_match, "*") != 0) {
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED, "If-None-Match of a write can only be *");
    return FALSE;
  }
  if ((if_none_match != NULL && present != NULL) ||
      (if_match != NULL && (present == NULL || !etag_matches (if_match, present->etag)))) {
    g_set_error (error, S3_ERROR, S3_ERR_PRECONDITION_FAILED,
                 "the object \"%s\" is not in the state that the request asks for",
                 commit->record->key);
    return FALSE;
  }
  return TRUE;
}

const char *
s3_make_version_id (const S3Request *request)
{
  guint8 random[16];
  char hex[2 * sizeof random + 1];
  ambient_random (request->config->ambient, random, sizeof random);
  digest_hex (random, sizeof random, hex);
  return arena_strdup (request->arena, hex);
}

/* The contents of the upload's parts are wanted no more. */
static gboolean
end_upload (const Commit *commit, StoreTx *tx, GError **error)
{
  Arena *arena = commit->request->arena;
  MultipartRecord *upload = NULL;
  if (!multipart_record_find (tx, commit->upload_id, commit->record->bucket, commit->record->key,
                              arena, &upload, error))
    return FALSE;
  if (upload == NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_UPLOAD,
                 "the upload has been completed or aborted");
    return FALSE;
  }
  gsize n_parts;
  MultipartPartRecord **parts;
  if (!multipart_record_parts (tx, commit->upload_id, 0, G_MAXINT32, arena, &n_parts, &parts,
                               error) ||
      !multipart_record_delete (tx, commit->upload_id, error))
    return FALSE;
  for (gsize i = 0; i < n_parts; i++) {
    if (!content_store_forget_in (commit->request->contents, tx, parts[i]->content_sha256, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
commit_work (StoreTx *tx, gpointer data, GError **error)
{
  const Commit *commit = data;
  S3Request *request = commit->request;
  ObjectRecord *record = commit->record;
  BucketRecord *bucket = NULL;
  if (!bucket_record_begin_write (tx, record->bucket, request->arena, &bucket, &record->sequence,
                                  error))
    return FALSE;
  if (bucket == NULL)
    return no_such_bucket (record->bucket, error);
  if (!check_write_conditions (commit, tx, error))
    return FALSE;
  record->version_id = bucket->versioning == BUCKET_VERSIONING_ENABLED
                           ? s3_make_version_id (request)
                           : OBJECT_NULL_VERSION;
  const char *replaced = NULL;
  return object_record_put (tx, record, request->arena, &replaced, error) &&
         (commit->upload_id == NULL || end_upload (commit, tx, error)) &&
         content_store_forget_in (request->contents, tx, replaced, error);
}

gboolean
s3_commit_object (S3Request *request, ObjectRecord *record, const char *upload_id, GError **error)
{
  Commit commit = { .request = request, .record = record, .upload_id = upload_id };
  record->modified_ms = request->now_ms;
  gboolean kept = s3_run (request, STORE_WRITE, commit_work, &commit, error);
  content_store_unpin (request->contents, record->content_sha256);
  if (!kept)
    content_store_forget (request->contents, record->content_sha256);
  return kept;
}

/* --- finding --- */

typedef struct {
  S3Request *request;
  const char *bucket;
  const char *key;
  const char *version_id;
  ObjectRecord *found;
} Find;

static gboolean
find_work (StoreTx *tx, gpointer data, GError **error)
{
  Find *find = data;
  BucketRecord *bucket = NULL;
  if (!object_record_find (tx, find->bucket, find->key, find->version_id, find->request->arena,
                           &find->found, error))
    return FALSE;
  if (find->found != NULL)
    return TRUE;
  if (!bucket_record_by_name (tx, find->bucket, find->request->arena, &bucket, error))
    return FALSE;
  return bucket != NULL || no_such_bucket (find->bucket, error);
}

gboolean
s3_find_object (S3Request *request, const char *bucket, const char *key, const char *version_id,
                ObjectRecord **out, GError **error)
{
  Find find = { .request = request, .bucket = bucket, .key = key, .version_id = version_id };
  if (!s3_run (request, STORE_READ, find_work, &find, error))
    return FALSE;
  if (find.found == NULL && version_id != NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_VERSION, "the object \"%s\" has no version \"%s\"",
                 key, version_id);
    return FALSE;
  }
  if (find.found == NULL || (find.found->is_delete_marker && version_id == NULL)) {
    if (find.found != NULL) {
      s3_answer_header (request, "x-amz-delete-marker", "true");
      s3_answer_version (request, find.found->version_id);
    }
    g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_KEY,
                 "there is no object \"%s\" in the bucket \"%s\"", key, bucket);
    return FALSE;
  }
  if (find.found->is_delete_marker) {
    s3_answer_header (request, "x-amz-delete-marker", "true");
    s3_answer_header (request, "Allow", "DELETE");
    g_set_error (error, S3_ERROR, S3_ERR_METHOD_NOT_ALLOWED,
                 "this version of \"%s\" is a delete marker", key);
    return FALSE;
  }
  *out = find.found;
  return TRUE;
}

gboolean
s3_open_object (S3Request *request, const char *bucket, const char *key, const char *version_id,
                ObjectRecord **out, int *out_fd, GError **error)
{
  /* between the look at the rows and that at the file, somebody may have overwritten the object */
  for (int attempt = 1;; attempt++) {
    g_autoptr (GError) cause = NULL;
    if (!s3_find_object (request, bucket, key, version_id, out, error))
      return FALSE;
    const char *sha256 = (*out)->content_sha256;
    if (out_fd == NULL) {
      if (content_store_pin (request->contents, sha256, &cause))
        return TRUE;
    } else {
      *out_fd = content_store_open (request->contents, sha256, &cause);
      if (*out_fd >= 0)
        return TRUE;
    }
    if (attempt == OPEN_ATTEMPTS || !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause),
                                  "object \"%s\" of bucket \"%s\": ", key, bucket);
      return FALSE;
    }
  }
}

gboolean
s3_copy_range (int fd, guint64 offset, guint64 length, Upload *upload, GError **error)
{
  g_autofree guint8 *block = g_malloc (COPY_BLOCK);
  while (length > 0) {
    ssize_t n = pread (fd, block, (gsize)MIN (length, (guint64)COPY_BLOCK), (off_t)offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "cannot read a stored content: %s",
                   n == 0 ? "it is shorter than its record says" : g_strerror (errno));
      return FALSE;
    }
    if (!upload_sink.write (upload, block, (gsize)n, error))
      return FALSE;
    offset += (guint64)n;
    length -= (guint64)n;
  }
  return TRUE;
}
