/* ListObjects (versions 1 and 2) and ListObjectVersions. */
#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/object-listing.h"
#include "server/objects/s3-error.h"

#define MAX_KEYS 1000

/* One entry of a page: an object, or a common prefix. */
typedef struct {
  const ObjectRecord *object; /* NULL: a common prefix */
  const char *prefix;
} Entry;

typedef struct {
  S3Request *request;
  gboolean versions;          /* all versions, not only the latest */
  const char *version_marker; /* with versions: go on below this version of the key `after` */
  const char *after;
  gint64 max_keys;
  Listing listing;
  GArray *entries; /* Entry */
  const char *last_version;
} ListWork;

static void
list_work_clear (ListWork *work)
{
  listing_clear (&work->listing);
  g_clear_pointer (&work->entries, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ListWork, list_work_clear)

/* FALSE: the page is full. */
static gboolean
take_row (ListWork *work, const ObjectRecord *row)
{
  Entry entry = { 0 };
  switch (listing_offer (&work->listing, row->key)) {
  case LISTING_KEY:
    entry.object = row;
    work->last_version = row->version_id;
    break;
  case LISTING_GROUP:
    entry.prefix = arena_strdup (work->request->arena, work->listing.group->str);
    work->last_version = NULL;
    break;
  case LISTING_SKIP:
    return TRUE;
  case LISTING_FULL:
    return FALSE;
  }
  g_array_append_val (work->entries, entry);
  return TRUE;
}

static gboolean
fetch (const ListWork *work, StoreTx *tx, const GBytes *lower, const GBytes *upper,
       gint64 below_sequence, gsize limit, gsize *out_n, ObjectRecord ***out_rows, GError **error)
{
  const char *bucket = work->request->address.bucket;
  Arena *arena = work->request->arena;
  if (work->versions)
    return object_record_list_versions (tx, bucket, lower, upper, below_sequence, limit, arena,
                                        out_n, out_rows, error);
  return object_record_list (tx, bucket, lower, upper, limit, arena, out_n, out_rows, error);
}

/* Where a listing of versions goes on: with the key of the marker, below its version. */
static gboolean
find_version_marker (ListWork *work, StoreTx *tx, gint64 *out_sequence, GError **error)
{
  ObjectRecord *marker = NULL;
  *out_sequence = 0;
  if (work->version_marker == NULL || work->after == NULL)
    return TRUE;
  if (!object_record_find (tx, work->request->address.bucket, work->after, work->version_marker,
                           work->request->arena, &marker, error))
    return FALSE;
  /* one that has been deleted meanwhile, as by who empties a bucket page by page: no version of the key may be missed */
  *out_sequence = marker != NULL ? marker->sequence : G_MAXINT64;
  return TRUE;
}

static gboolean
list_work (StoreTx *tx, gpointer data, GError **error)
{
  ListWork *work = data;
  gint64 below_sequence;
  list_work_clear (work);
  work->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  if (!s3_require_bucket (work->request, tx, NULL, error) ||
      !find_version_marker (work, tx, &below_sequence, error))
    return FALSE;
  listing_init (&work->listing, s3_request_param (work->request, "prefix"),
                s3_request_param (work->request, "delimiter"),
                below_sequence == 0 ? work->after : NULL, (gsize)work->max_keys);
  g_autoptr (GBytes) lower = below_sequence == 0 ? listing_lower_bound (&work->listing)
                                                 : g_bytes_new (work->after, strlen (work->after));
  g_autoptr (GBytes) upper = listing_upper_bound (&work->listing);
  gsize limit = LISTING_FETCH_FIRST;
  for (;;) {
    gsize n, before = work->listing.count;
    ObjectRecord **rows;
    if (!fetch (work, tx, lower, upper, below_sequence, limit, &n, &rows, error))
      return FALSE;
    for (gsize i = 0; i < n; i++) {
      if (!take_row (work, rows[i]))
        return TRUE;
    }
    if (n < limit)
      return TRUE;
    limit = listing_next_fetch (limit, work->listing.count - before);
    g_bytes_unref (lower);
    /* a key's versions may go on in the next fetch */
    gboolean in_group = work->listing.group->len > 0 &&
                        g_str_has_prefix (rows[n - 1]->key, work->listing.group->str);
    below_sequence = work->versions && !in_group ? rows[n - 1]->sequence : 0;
    lower = below_sequence != 0 ? g_bytes_new (rows[n - 1]->key, strlen (rows[n - 1]->key))
                                : listing_next_bound (&work->listing, rows[n - 1]->key);
  }
}

/* --- writing --- */

static void
write_object (const ListWork *work, S3XmlWriter *writer, const ObjectRecord *object,
              gboolean with_owner)
{
  s3_xml_begin (writer, !work->versions            ? "Contents"
                        : object->is_delete_marker ? "DeleteMarker"
                                                   : "Version");
  s3_write_name (work->request, writer, "Key", object->key);
  if (work->versions) {
    s3_xml_text (writer, "VersionId", object->version_id);
    s3_xml_bool (writer, "IsLatest", object->is_latest);
  }
  s3_xml_time (writer, "LastModified", object->modified_ms);
  if (!object->is_delete_marker) {
    s3_xml_etag (writer, "ETag", object->etag);
    s3_xml_text (writer, "ChecksumAlgorithm", object->checksum_algorithm);
    s3_xml_text (writer, "ChecksumType", object->checksum_type);
    s3_xml_number (writer, "Size", object->size_bytes);
    s3_xml_text (writer, "StorageClass", "STANDARD");
  }
  if (with_owner)
    s3_write_owner (work->request, writer, "Owner");
  s3_xml_end (writer);
}

static void
write_entries (const ListWork *work, S3XmlWriter *writer, gboolean with_owner)
{
  for (guint i = 0; i < work->entries->len; i++) {
    const Entry *entry = &g_array_index (work->entries, Entry, i);
    if (entry->object != NULL)
      write_object (work, writer, entry->object, with_owner);
  }
  for (guint i = 0; i < work->entries->len; i++) {
    const Entry *entry = &g_array_index (work->entries, Entry, i);
    if (entry->prefix == NULL)
      continue;
    s3_xml_begin (writer, "CommonPrefixes");
    s3_write_name (work->request, writer, "Prefix", entry->prefix);
    s3_xml_end (writer);
  }
}

static void
write_query (const ListWork *work, S3XmlWriter *writer)
{
  const S3Request *request = work->request;
  const char *prefix = s3_request_param (request, "prefix");
  s3_xml_text (writer, "Name", request->address.bucket);
  s3_write_name (request, writer, "Prefix", prefix != NULL ? prefix : "");
  s3_write_name (request, writer, "Delimiter", s3_request_param (request, "delimiter"));
  s3_xml_number (writer, "MaxKeys", work->max_keys);
  s3_xml_text (writer, "EncodingType", s3_request_param (request, "encoding-type"));
  s3_xml_bool (writer, "IsTruncated", work->listing.is_truncated);
}

static gboolean
read_query (ListWork *work, GError **error)
{
  return s3_request_check_encoding (work->request, error) &&
         s3_request_number (work->request, "max-keys", MAX_KEYS, MAX_KEYS, &work->max_keys, error);
}

/* --- the actions --- */

static gboolean
list_objects_v1 (S3Request *request, GError **error)
{
  g_auto (ListWork) work = { .request = request, .after = s3_request_param (request, "marker") };
  if (!read_query (&work, error) || !s3_run (request, STORE_READ, list_work, &work, error))
    return FALSE;
  S3XmlWriter *writer = s3_xml_writer_new ("ListBucketResult", TRUE);
  write_query (&work, writer);
  s3_write_name (request, writer, "Marker", work.after != NULL ? work.after : "");
  /* as S3: without a delimiter the last key says the same */
  if (work.listing.is_truncated && work.listing.delimiter != NULL)
    s3_write_name (request, writer, "NextMarker", work.listing.last->str);
  write_entries (&work, writer, TRUE);
  return s3_answer_xml (request, 200, writer);
}

/* A continuation token is the base64 of the last entry: it needs no memory and survives a restart. */
static gboolean
read_token (S3Request *request, const char *token, const char **out_after, GError **error)
{
  gsize n = 0;
  g_autofree guint8 *bytes = g_base64_decode (token, &n);
  if (n > 0 && n <= S3_MAX_KEY_BYTES && memchr (bytes, '\0', n) == NULL &&
      g_utf8_validate ((const char *)bytes, (gssize)n, NULL)) {
    *out_after = arena_strndup (request->arena, (const char *)bytes, n);
    return TRUE;
  }
  return s3_invalid_argument (request, "continuation-token", token,
                              "the continuation token is not one that this server gave", error);
}

static gboolean
list_objects_v2 (S3Request *request, GError **error)
{
  const char *token = s3_request_param (request, "continuation-token");
  const char *start_after = s3_request_param (request, "start-after");
  g_auto (ListWork) work = { .request = request, .after = start_after };
  if (!read_query (&work, error) ||
      (token != NULL && !read_token (request, token, &work.after, error)) ||
      !s3_run (request, STORE_READ, list_work, &work, error))
    return FALSE;
  const char *fetch_owner = s3_request_param (request, "fetch-owner");
  S3XmlWriter *writer = s3_xml_writer_new ("ListBucketResult", TRUE);
  write_query (&work, writer);
  s3_xml_number (writer, "KeyCount", work.entries->len);
  s3_xml_text (writer, "ContinuationToken", token);
  s3_write_name (request, writer, "StartAfter", start_after);
  if (work.listing.is_truncated) {
    g_autofree char *next =
        g_base64_encode ((const guchar *)work.listing.last->str, work.listing.last->len);
    s3_xml_text (writer, "NextContinuationToken", next);
  }
  write_entries (&work, writer, g_strcmp0 (fetch_owner, "true") == 0);
  return s3_answer_xml (request, 200, writer);
}

gboolean
s3_list_objects (S3Request *request, GError **error)
{
  const char *list_type = s3_request_param (request, "list-type");
  return g_strcmp0 (list_type, "2") == 0 ? list_objects_v2 (request, error)
                                         : list_objects_v1 (request, error);
}

gboolean
s3_list_object_versions (S3Request *request, GError **error)
{
  g_auto (ListWork) work = { .request = request,
                             .versions = TRUE,
                             .after = s3_request_param (request, "key-marker"),
                             .version_marker = s3_request_param (request, "version-id-marker") };
  if (work.version_marker != NULL && work.after == NULL)
    return s3_invalid_argument (request, "version-id-marker", work.version_marker,
                                "a version-id marker needs a key marker", error);
  if (!read_query (&work, error) || !s3_run (request, STORE_READ, list_work, &work, error))
    return FALSE;
  S3XmlWriter *writer = s3_xml_writer_new ("ListVersionsResult", TRUE);
  write_query (&work, writer);
  s3_write_name (request, writer, "KeyMarker", work.after != NULL ? work.after : "");
  s3_xml_text (writer, "VersionIdMarker", work.version_marker != NULL ? work.version_marker : "");
  if (work.listing.is_truncated) {
    s3_write_name (request, writer, "NextKeyMarker", work.listing.last->str);
    s3_xml_text (writer, "NextVersionIdMarker", work.last_version);
  }
  write_entries (&work, writer, TRUE);
  return s3_answer_xml (request, 200, writer);
}
