/* GetObject, HeadObject, GetObjectTagging. */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "core/time-iso8601.h"
#include "server/objects/byte-range.h"
#include "server/objects/request.h"
#include "server/objects/s3-error.h"

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

/* Does a list of entity tags hold ours? */
static gboolean
list_has_etag (const char *list, const char *etag)
{
  g_auto (GStrv) tags = g_strsplit (list, ",", -1);
  for (gsize i = 0; tags[i] != NULL; i++) {
    char *tag = g_strstrip (tags[i]);
    if (g_str_has_prefix (tag, "W/"))
      tag += 2;
    gsize length = strlen (tag);
    if (length >= 2 && tag[0] == '"' && tag[length - 1] == '"') {
      tag[length - 1] = '\0';
      tag++;
    }
    if (strcmp (tag, "*") == 0 || strcmp (tag, etag) == 0)
      return TRUE;
  }
  return FALSE;
}

/* A header with a time that can be read; others are ignored, as HTTP asks. */
static gboolean
time_header (const S3Request *request, const char *name, gint64 *out_ms)
{
  const char *value = s3_request_header (request, name);
  return value != NULL && time_parse_http (value, out_ms);
}

static gboolean
check_conditions (S3Request *request, const ObjectRecord *object, GError **error)
{
  const char *if_match = s3_request_header (request, "If-Match");
  const char *if_none_match = s3_request_header (request, "If-None-Match");
  gint64 modified_ms = object->modified_ms / 1000 * 1000;
  gint64 time_ms;
  gboolean failed = if_match != NULL ? !list_has_etag (if_match, object->etag)
                                     : time_header (request, "If-Unmodified-Since", &time_ms) &&
                                           modified_ms > time_ms;
  if (failed) {
    g_set_error (error, S3_ERROR, S3_ERR_PRECONDITION_FAILED,
                 "the object is not in the state that the request asks for");
    return FALSE;
  }
  gboolean unchanged =
      if_none_match != NULL
          ? list_has_etag (if_none_match, object->etag)
          : time_header (request, "If-Modified-Since", &time_ms) && modified_ms <= time_ms;
  if (!unchanged)
    return TRUE;
  s3_answer_etag (request, object->etag);
  g_set_error (error, S3_ERROR, S3_ERR_NOT_MODIFIED, "not modified");
  return FALSE;
}

/* The stored headers; response-content-type and the like replace them. */
static void
add_stored_headers (S3Request *request, const ObjectRecord *object)
{
  static const char *const overrides[][2] = {
    { "response-content-type", "Content-Type" },
    { "response-cache-control", "Cache-Control" },
    { "response-content-disposition", "Content-Disposition" },
    { "response-content-encoding", "Content-Encoding" },
    { "response-content-language", "Content-Language" },
    { "response-expires", "Expires" },
  };
  g_autoptr (Json) stored = object->headers != NULL ? json_loads (object->headers, 0, NULL) : NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (overrides); i++) {
    const char *value = s3_request_param (request, overrides[i][0]);
    if (value == NULL)
      value = json_string_value (json_object_get (stored, overrides[i][1]));
    if (value == NULL && i == 0)
      value = "binary/octet-stream";
    /* from a presigned address: a line break would begin a header of its own */
    if (value != NULL && strpbrk (value, "\r\n") == NULL)
      s3_answer_header (request, overrides[i][1], value);
  }
}

static void
add_metadata (S3Request *request, const ObjectRecord *object)
{
  if (object->metadata == NULL)
    return;
  g_autoptr (Json) metadata = json_loads (object->metadata, 0, NULL);
  const char *name;
  json_t *value;
  json_object_foreach (metadata, name, value)
  {
    s3_answer_header (request, arena_printf (request->arena, "x-amz-meta-%s", name),
                      json_string_value (value));
  }
}

static void
add_object_headers (S3Request *request, const ObjectRecord *object, gboolean is_whole)
{
  char modified[TIME_HTTP_SIZE];
  time_format_http (object->modified_ms, modified);
  s3_answer_header (request, "Last-Modified", modified);
  s3_answer_etag (request, object->etag);
  s3_answer_header (request, "Accept-Ranges", "bytes");
  s3_answer_version (request, object->version_id);
  add_stored_headers (request, object);
  add_metadata (request, object);
  /* clients compare it with the bytes they get: a part of them would not match */
  const char *mode = s3_request_header (request, "x-amz-checksum-mode");
  ChecksumAlgorithm algorithm;
  if (is_whole && mode != NULL && g_ascii_strcasecmp (mode, "ENABLED") == 0 &&
      checksum_algorithm_from_name (object->checksum_algorithm, &algorithm)) {
    s3_answer_header (request, checksum_header (algorithm), object->checksum);
    s3_answer_header (request, "x-amz-checksum-type", object->checksum_type);
  }
}

/* If-Range with another entity tag or time: the range does not count. */
static const char *
range_that_counts (const S3Request *request, const ObjectRecord *object)
{
  const char *range = s3_request_header (request, "Range");
  const char *if_range = s3_request_header (request, "If-Range");
  if (range == NULL || if_range == NULL || list_has_etag (if_range, object->etag))
    return range;
  return NULL;
}

gboolean
s3_get_object (S3Request *request, GError **error)
{
  gboolean is_head = strcmp (http_exchange_method (request->exchange), "HEAD") == 0;
  const char *version_id = s3_request_param (request, "versionId");
  const S3Address *address = &request->address;
  ObjectRecord *object = NULL;
  int fd = -1;
  if (s3_request_param (request, "partNumber") != NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED,
                 "single parts of a completed object are not available here: use a range");
    return FALSE;
  }
  if (is_head ? !s3_find_object (request, address->bucket, address->key, version_id, &object, error)
              : !s3_open_object (request, address->bucket, address->key, version_id, &object, &fd,
                                 error))
    return FALSE;
  guint64 size = (guint64)object->size_bytes, offset, length;
  ByteRangeVerdict verdict =
      byte_range_parse (range_that_counts (request, object), size, &offset, &length);
  gboolean acceptable = check_conditions (request, object, error);
  if (acceptable && verdict == BYTE_RANGE_UNSATISFIABLE) {
    s3_answer_header (request, "Content-Range",
                      arena_printf (request->arena, "bytes */%" G_GUINT64_FORMAT, size));
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_RANGE,
                 "the range lies outside of the object's %" G_GUINT64_FORMAT " bytes", size);
    acceptable = FALSE;
  }
  if (!acceptable) {
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  add_object_headers (request, object, verdict == BYTE_RANGE_WHOLE);
  if (verdict == BYTE_RANGE_PART)
    s3_answer_header (request, "Content-Range",
                      arena_printf (request->arena,
                                    "bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT
                                    "/%" G_GUINT64_FORMAT,
                                    offset, offset + length - 1, size));
  s3_answer_header (request, "x-amz-request-id", http_exchange_request_id (request->exchange));
  guint status = verdict == BYTE_RANGE_PART ? 206 : 200;
  const HttpHeader *headers = (const HttpHeader *)(gpointer)request->headers->data;
  if (is_head)
    http_exchange_answer_head (request->exchange, status, headers, request->headers->len, length);
  else
    http_exchange_answer_file (request->exchange, status, headers, request->headers->len, fd,
                               offset, length);
  return TRUE;
}

/* Objects have no tags here; clients ask before they copy a large one. */
gboolean
s3_get_object_tagging (S3Request *request, GError **error)
{
  ObjectRecord *object = NULL;
  if (!s3_find_object (request, request->address.bucket, request->address.key,
                       s3_request_param (request, "versionId"), &object, error))
    return FALSE;
  s3_answer_version (request, object->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("Tagging", TRUE);
  s3_xml_begin (writer, "TagSet");
  s3_xml_end (writer);
  return s3_answer_xml (request, 200, writer);
}
