/* GetObject, HeadObject. */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "core/time-iso8601.h"
#include "server/objects/actions.h"
#include "server/objects/byte-range.h"
#include "server/objects/object-find.h"
#include "server/objects/object-tags.h"
#include "server/objects/s3-error.h"
#include "store/records/object-part.h"

#define MAX_PARTS 10000

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

/* What is sent of an object: all of it, a range, or one of its parts. */
typedef struct {
  guint64 offset;
  guint64 length;
  gboolean is_part; /* 206 */
} Extent;

typedef enum {
  ALL_HEADERS,
  CACHING_HEADERS /* those of a 304 */
} StoredHeaders;

/* The stored headers; response-content-type and the like replace them. */
static void
add_stored_headers (S3Request *request, const ObjectRecord *object, StoredHeaders which)
{
  static const char *const overrides[][2] = {
    { "response-cache-control", "Cache-Control" },
    { "response-expires", "Expires" },
    { "response-content-type", "Content-Type" },
    { "response-content-disposition", "Content-Disposition" },
    { "response-content-encoding", "Content-Encoding" },
    { "response-content-language", "Content-Language" },
  };
  enum {
    N_CACHING = 2,
    TYPE = 2
  };
  gsize n = which == ALL_HEADERS ? G_N_ELEMENTS (overrides) : N_CACHING;
  g_autoptr (Json) stored = object->headers != NULL ? json_loads (object->headers, 0, NULL) : NULL;
  for (gsize i = 0; i < n; i++) {
    const char *value = s3_request_param (request, overrides[i][0]);
    if (value == NULL)
      value = json_string_value (json_object_get (stored, overrides[i][1]));
    if (value == NULL && i == TYPE)
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

/* What a 304 repeats too. */
static void
add_validators (S3Request *request, const ObjectRecord *object)
{
  char modified[TIME_HTTP_SIZE];
  time_format_http (object->modified_ms, modified);
  s3_answer_header (request, "Last-Modified", modified);
  s3_answer_etag (request, object->etag);
  s3_answer_version (request, object->version_id);
}

static gboolean
check_conditions (S3Request *request, const ObjectRecord *object, GError **error)
{
  const Conditions conditions = {
    .if_match = s3_request_header (request, "If-Match"),
    .if_none_match = s3_request_header (request, "If-None-Match"),
    .if_modified_since = s3_request_header (request, "If-Modified-Since"),
    .if_unmodified_since = s3_request_header (request, "If-Unmodified-Since"),
  };
  const char *failed = NULL;
  switch (conditions_judge (&conditions, object->etag, object->modified_ms, &failed)) {
  case CONDITIONS_HOLD:
    return TRUE;
  case CONDITIONS_NOT_MODIFIED:
    add_validators (request, object);
    add_stored_headers (request, object, CACHING_HEADERS);
    g_set_error (error, S3_ERROR, S3_ERR_NOT_MODIFIED, "not modified");
    return FALSE;
  case CONDITIONS_FAILED:
    break;
  }
  s3_error_detail (request, "Condition", failed);
  g_set_error (error, S3_ERROR, S3_ERR_PRECONDITION_FAILED,
               "the object is not in the state that %s asks for", failed);
  return FALSE;
}

static void
add_object_headers (S3Request *request, const ObjectRecord *object, const Extent *extent)
{
  add_validators (request, object);
  s3_answer_header (request, "Accept-Ranges", "bytes");
  add_stored_headers (request, object, ALL_HEADERS);
  add_metadata (request, object);
  gsize n_tags = object_tags_count (object->tags);
  if (n_tags > 0)
    s3_answer_header (request, "x-amz-tagging-count",
                      arena_printf (request->arena, "%" G_GSIZE_FORMAT, n_tags));
  if (s3_request_param (request, "partNumber") != NULL && object->n_parts > 0)
    s3_answer_header (request, "x-amz-mp-parts-count",
                      arena_printf (request->arena, "%" G_GINT64_FORMAT, object->n_parts));
  /* clients compare it with the bytes they get: a part of them would not match */
  const char *mode = s3_request_header (request, "x-amz-checksum-mode");
  ChecksumAlgorithm algorithm;
  if (!extent->is_part && mode != NULL && g_ascii_strcasecmp (mode, "ENABLED") == 0 &&
      checksum_algorithm_from_name (object->checksum_algorithm, &algorithm)) {
    s3_answer_header (request, checksum_header (algorithm), object->checksum);
    s3_answer_header (request, "x-amz-checksum-type", object->checksum_type);
  }
}

/* --- which bytes --- */

/* If-Range with another entity tag or time: the range does not count. */
static const char *
range_that_counts (const S3Request *request, const ObjectRecord *object)
{
  const char *range = s3_request_header (request, "Range");
  const char *if_range = s3_request_header (request, "If-Range");
  gint64 time_ms;
  if (range == NULL || if_range == NULL || conditions_list_has_etag (if_range, object->etag) ||
      (time_parse_http (if_range, &time_ms) && object->modified_ms / 1000 * 1000 == time_ms))
    return range;
  return NULL;
}

static gboolean
take_range (S3Request *request, const ObjectRecord *object, Extent *out, GError **error)
{
  guint64 size = (guint64)object->size_bytes;
  const char *range = range_that_counts (request, object);
  ByteRangeVerdict verdict = byte_range_parse (range, size, &out->offset, &out->length);
  out->is_part = verdict == BYTE_RANGE_PART;
  if (verdict != BYTE_RANGE_UNSATISFIABLE)
    return TRUE;
  s3_answer_header (request, "Content-Range",
                    arena_printf (request->arena, "bytes */%" G_GUINT64_FORMAT, size));
  s3_error_detail (request, "RangeRequested", range);
  s3_error_detail_number (request, "ActualObjectSize", object->size_bytes);
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_RANGE,
               "the range lies outside of the object's %" G_GUINT64_FORMAT " bytes", size);
  return FALSE;
}

/* The parameter partNumber; 0: it is not there. */
static gboolean
read_part_number (S3Request *request, gint64 *out, GError **error)
{
  const char *text = s3_request_param (request, "partNumber");
  *out = 0;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, 1, MAX_PARTS, out, NULL))
    return s3_invalid_argument (request, "partNumber", text,
                                "partNumber must be an integer from 1 to 10000", error);
  if (s3_request_header (request, "Range") == NULL)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
               "a Range header and partNumber cannot be given together");
  return FALSE;
}

typedef struct {
  const S3Request *request;
  const ObjectRecord *object;
  gint64 number;
  ObjectPartRecord *part; /* the result */
} PartWork;

static gboolean
find_part_work (StoreTx *tx, gpointer data, GError **error)
{
  PartWork *work = data;
  return object_part_record_find (tx, work->object->bucket, work->object->sequence, work->number,
                                  work->request->arena, &work->part, error);
}

/* An object that did not come in parts is its own first part. */
static gboolean
take_part (S3Request *request, const ObjectRecord *object, gint64 number, Extent *out,
           GError **error)
{
  PartWork work = { .request = request, .object = object, .number = number };
  *out = (Extent){ .length = (guint64)object->size_bytes, .is_part = object->size_bytes > 0 };
  if (object->n_parts == 0 && number == 1)
    return TRUE;
  if (object->n_parts > 0 && !s3_run (request, STORE_READ, find_part_work, &work, error))
    return FALSE;
  if (work.part != NULL) {
    out->offset = (guint64)work.part->position;
    out->length = (guint64)work.part->size_bytes;
    return TRUE;
  }
  s3_error_detail_number (request, "ActualPartCount", MAX (object->n_parts, 1));
  s3_error_detail_number (request, "PartNumberRequested", number);
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_PART_NUMBER,
               "the object has no part %" G_GINT64_FORMAT, number);
  return FALSE;
}

/* --- GetObject, HeadObject --- */

static void
answer_content (S3Request *request, const ObjectRecord *object, const Extent *extent, int fd)
{
  add_object_headers (request, object, extent);
  if (extent->is_part)
    s3_answer_header (
        request, "Content-Range",
        arena_printf (request->arena,
                      "bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GINT64_FORMAT,
                      extent->offset, extent->offset + extent->length - 1, object->size_bytes));
  s3_answer_header (request, "x-amz-request-id", http_exchange_request_id (request->exchange));
  guint status = extent->is_part ? 206 : 200;
  const HttpHeader *headers = (const HttpHeader *)(gpointer)request->headers->data;
  if (fd < 0)
    http_exchange_answer_head (request->exchange, status, headers, request->headers->len,
                               extent->length);
  else
    http_exchange_answer_file (request->exchange, status, headers, request->headers->len, fd,
                               extent->offset, extent->length);
}

gboolean
s3_get_object (S3Request *request, GError **error)
{
  gboolean is_head = strcmp (http_exchange_method (request->exchange), "HEAD") == 0;
  const ObjectName name = object_name_of_request (request);
  ObjectRecord *object = NULL;
  Extent extent = { 0 };
  gint64 part_number;
  int fd = -1;
  if (!read_part_number (request, &part_number, error) ||
      (is_head ? !object_find (request, &name, &object, error)
               : !object_open (request, &name, &object, &fd, error)))
    return FALSE;
  gboolean acceptable = check_conditions (request, object, error) &&
                        (part_number > 0 ? take_part (request, object, part_number, &extent, error)
                                         : take_range (request, object, &extent, error));
  if (!acceptable) {
    if (fd >= 0)
      close (fd);
    return FALSE;
  }
  answer_content (request, object, &extent, fd);
  return TRUE;
}
