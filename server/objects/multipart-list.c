/* ListParts, ListMultipartUploads. */
#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/multipart.h"
#include "server/objects/object-listing.h"
#include "server/objects/s3-error.h"

#define MAX_LISTED 1000

/* Who began it, by ARN and the name in it; nobody for uploads that are older than that is kept. */
static void
write_initiator (S3Request *request, const MultipartRecord *upload, S3XmlWriter *writer)
{
  if (upload->initiator == NULL) {
    s3_write_owner (request, writer, "Initiator");
    return;
  }
  const char *slash = strrchr (upload->initiator, '/');
  s3_xml_begin (writer, "Initiator");
  s3_xml_text (writer, "ID", upload->initiator);
  s3_xml_text (writer, "DisplayName", slash != NULL ? slash + 1 : upload->initiator);
  s3_xml_end (writer);
}

/* --- ListParts --- */

typedef struct {
  S3Request *request;
  MultipartRecord *upload;
  gint64 after;
  gint64 limit;
  gsize n_parts;
  MultipartPartRecord **parts;
} PartsWork;

static gboolean
list_parts_work (StoreTx *tx, gpointer data, GError **error)
{
  PartsWork *work = data;
  return multipart_require (work->request, tx, &work->upload, error) &&
         multipart_record_parts (tx, work->upload->upload_id, work->after, (gsize)work->limit + 1,
                                 work->request->arena, &work->n_parts, &work->parts, error);
}

gboolean
s3_list_parts (S3Request *request, GError **error)
{
  PartsWork work = { .request = request };
  if (!s3_request_number (request, "part-number-marker", 0, G_MAXINT32, &work.after, error) ||
      !s3_request_number (request, "max-parts", MAX_LISTED, MAX_LISTED, &work.limit, error) ||
      !s3_run (request, STORE_READ, list_parts_work, &work, error))
    return FALSE;
  gboolean is_truncated = work.n_parts > (gsize)work.limit;
  gsize n = MIN (work.n_parts, (gsize)work.limit);
  ChecksumAlgorithm algorithm;
  gboolean has_checksum =
      checksum_algorithm_from_name (work.upload->checksum_algorithm, &algorithm);
  multipart_answer_abort_date (request, work.upload);
  S3XmlWriter *writer = s3_xml_writer_new ("ListPartsResult", TRUE);
  s3_xml_text (writer, "Bucket", request->address.bucket);
  s3_xml_text (writer, "Key", request->address.key);
  s3_xml_text (writer, "UploadId", work.upload->upload_id);
  write_initiator (request, work.upload, writer);
  s3_write_owner (request, writer, "Owner");
  s3_xml_text (writer, "StorageClass", "STANDARD");
  s3_xml_text (writer, "ChecksumAlgorithm", work.upload->checksum_algorithm);
  s3_xml_text (writer, "ChecksumType", work.upload->checksum_type);
  s3_xml_number (writer, "PartNumberMarker", work.after);
  if (is_truncated && n > 0)
    s3_xml_number (writer, "NextPartNumberMarker", work.parts[n - 1]->number);
  s3_xml_number (writer, "MaxParts", work.limit);
  s3_xml_bool (writer, "IsTruncated", is_truncated);
  for (gsize i = 0; i < n; i++) {
    s3_xml_begin (writer, "Part");
    s3_xml_number (writer, "PartNumber", work.parts[i]->number);
    s3_xml_time (writer, "LastModified", work.parts[i]->modified_ms);
    s3_xml_etag (writer, "ETag", work.parts[i]->etag);
    s3_xml_number (writer, "Size", work.parts[i]->size_bytes);
    if (has_checksum)
      s3_xml_text (writer, checksum_element (algorithm), work.parts[i]->checksum);
    s3_xml_end (writer);
  }
  return s3_answer_xml (request, 200, writer);
}

/* --- ListMultipartUploads --- */

/* One entry of a page: an upload, or a common prefix. */
typedef struct {
  const MultipartRecord *upload; /* NULL: a common prefix */
  const char *prefix;
} Entry;

typedef struct {
  S3Request *request;
  const char *key_marker;
  const char *id_marker;
  gint64 limit;
  Listing listing;
  GArray *entries;     /* Entry */
  const char *last_id; /* of the last entry; NULL: a common prefix */
} UploadsWork;

static void
uploads_work_clear (UploadsWork *work)
{
  listing_clear (&work->listing);
  g_clear_pointer (&work->entries, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (UploadsWork, uploads_work_clear)

/* FALSE: the page is full. */
static gboolean
take_upload (UploadsWork *work, const MultipartRecord *upload)
{
  Entry entry = { 0 };
  switch (listing_offer (&work->listing, upload->key)) {
  case LISTING_KEY:
    entry.upload = upload;
    work->last_id = upload->upload_id;
    break;
  case LISTING_GROUP:
    entry.prefix = arena_strdup (work->request->arena, work->listing.group->str);
    work->last_id = NULL;
    break;
  case LISTING_SKIP:
    return TRUE;
  case LISTING_FULL:
    return FALSE;
  }
  g_array_append_val (work->entries, entry);
  return TRUE;
}

/* With an id the page goes on within the key of the marker, else behind it. */
static GBytes *
begin_listing (UploadsWork *work, const char **out_after_id)
{
  const S3Request *request = work->request;
  const char *prefix = s3_request_param (request, "prefix");
  gboolean within = work->key_marker != NULL && work->id_marker != NULL &&
                    strcmp (work->key_marker, prefix != NULL ? prefix : "") >= 0;
  uploads_work_clear (work);
  work->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  listing_init (&work->listing, prefix, s3_request_param (request, "delimiter"),
                within ? NULL : work->key_marker, (gsize)work->limit);
  *out_after_id = within ? work->id_marker : "";
  if (within)
    return g_bytes_new (work->key_marker, strlen (work->key_marker));
  return listing_lower_bound (&work->listing);
}

static gboolean
list_uploads_work (StoreTx *tx, gpointer data, GError **error)
{
  UploadsWork *work = data;
  S3Request *request = work->request;
  if (!s3_require_bucket (request, tx, NULL, error))
    return FALSE;
  const char *after_id;
  g_autoptr (GBytes) lower = begin_listing (work, &after_id);
  g_autoptr (GBytes) upper = listing_upper_bound (&work->listing);
  gsize limit = LISTING_FETCH_FIRST;
  for (;;) {
    gsize n, before = work->listing.count;
    MultipartRecord **uploads;
    if (!multipart_record_list (tx, request->address.bucket, lower, upper, after_id, limit,
                                request->arena, &n, &uploads, error))
      return FALSE;
    for (gsize i = 0; i < n; i++) {
      if (!take_upload (work, uploads[i]))
        return TRUE;
    }
    if (n < limit)
      return TRUE;
    limit = listing_next_fetch (limit, work->listing.count - before);
    /* a key's uploads may go on in the next fetch, unless its common prefix is behind us */
    const MultipartRecord *last = uploads[n - 1];
    gboolean in_group =
        work->listing.group->len > 0 && g_str_has_prefix (last->key, work->listing.group->str);
    g_bytes_unref (lower);
    lower = in_group ? listing_next_bound (&work->listing, last->key)
                     : g_bytes_new (last->key, strlen (last->key));
    after_id = in_group ? "" : last->upload_id;
  }
}

static void
write_upload (S3Request *request, const MultipartRecord *upload, S3XmlWriter *writer)
{
  s3_xml_begin (writer, "Upload");
  s3_write_name (request, writer, "Key", upload->key);
  s3_xml_text (writer, "UploadId", upload->upload_id);
  write_initiator (request, upload, writer);
  s3_write_owner (request, writer, "Owner");
  s3_xml_text (writer, "StorageClass", "STANDARD");
  s3_xml_time (writer, "Initiated", upload->start_ms);
  s3_xml_text (writer, "ChecksumAlgorithm", upload->checksum_algorithm);
  s3_xml_text (writer, "ChecksumType", upload->checksum_type);
  s3_xml_end (writer);
}

static void
write_uploads_query (const UploadsWork *work, S3XmlWriter *writer)
{
  const S3Request *request = work->request;
  s3_xml_text (writer, "Bucket", request->address.bucket);
  s3_write_name (request, writer, "KeyMarker", work->key_marker != NULL ? work->key_marker : "");
  s3_xml_text (writer, "UploadIdMarker", work->id_marker != NULL ? work->id_marker : "");
  if (work->listing.is_truncated) {
    s3_write_name (request, writer, "NextKeyMarker", work->listing.last->str);
    s3_xml_text (writer, "NextUploadIdMarker", work->last_id);
  }
  s3_write_name (request, writer, "Prefix", work->listing.prefix);
  s3_write_name (request, writer, "Delimiter", work->listing.delimiter);
  s3_xml_text (writer, "EncodingType", s3_request_param (request, "encoding-type"));
  s3_xml_number (writer, "MaxUploads", work->limit);
  s3_xml_bool (writer, "IsTruncated", work->listing.is_truncated);
}

gboolean
s3_list_multipart_uploads (S3Request *request, GError **error)
{
  g_auto (UploadsWork) work = { .request = request,
                                .key_marker = s3_request_param (request, "key-marker"),
                                .id_marker = s3_request_param (request, "upload-id-marker") };
  if (!s3_request_check_encoding (request, error) ||
      !s3_request_number (request, "max-uploads", MAX_LISTED, MAX_LISTED, &work.limit, error) ||
      !s3_run (request, STORE_READ, list_uploads_work, &work, error))
    return FALSE;
  S3XmlWriter *writer = s3_xml_writer_new ("ListMultipartUploadsResult", TRUE);
  write_uploads_query (&work, writer);
  for (guint i = 0; i < work.entries->len; i++) {
    const Entry *entry = &g_array_index (work.entries, Entry, i);
    if (entry->upload != NULL)
      write_upload (request, entry->upload, writer);
  }
  for (guint i = 0; i < work.entries->len; i++) {
    const Entry *entry = &g_array_index (work.entries, Entry, i);
    if (entry->prefix == NULL)
      continue;
    s3_xml_begin (writer, "CommonPrefixes");
    s3_write_name (request, writer, "Prefix", entry->prefix);
    s3_xml_end (writer);
  }
  return s3_answer_xml (request, 200, writer);
}
