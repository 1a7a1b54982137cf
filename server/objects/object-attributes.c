/* GetObjectAttributes. */
#include <string.h>

#include "core/time-iso8601.h"
#include "server/objects/actions.h"
#include "server/objects/object-find.h"
#include "server/objects/s3-error.h"
#include "store/records/object-part.h"

#define MAX_PARTS 1000

typedef enum {
  WANTS_ETAG = 1 << 0,
  WANTS_CHECKSUM = 1 << 1,
  WANTS_PARTS = 1 << 2,
  WANTS_STORAGE_CLASS = 1 << 3,
  WANTS_SIZE = 1 << 4
} Wants;

typedef struct {
  const S3Request *request;
  const ObjectRecord *object;
  gint64 after;
  gint64 limit;
  gsize n_parts;
  ObjectPartRecord **parts;
} PartsWork;

static gboolean
invalid_argument (S3Request *request, const char *header, const char *value, GError **error)
{
  return s3_invalid_argument (request, header, value,
                              arena_printf (request->arena, "the value of %s is not valid", header),
                              error);
}

static gboolean
add_wants (const char *list, Wants *wants)
{
  static const char *const names[] = { "ETag", "Checksum", "ObjectParts", "StorageClass",
                                       "ObjectSize" };
  g_auto (GStrv) items = g_strsplit (list, ",", G_N_ELEMENTS (names) + 1);
  for (gsize i = 0; items[i] != NULL; i++) {
    gsize k = 0;
    while (k < G_N_ELEMENTS (names) && strcmp (names[k], g_strstrip (items[i])) != 0)
      k++;
    if (k == G_N_ELEMENTS (names))
      return FALSE;
    *wants |= 1U << k;
  }
  return TRUE;
}

/* x-amz-object-attributes may come once or several times. */
static gboolean
read_wants (S3Request *request, Wants *out, GError **error)
{
  static const char header[] = "x-amz-object-attributes";
  gsize n;
  const HttpHeader *headers = http_exchange_headers (request->exchange, &n);
  *out = 0;
  for (gsize i = 0; i < n; i++) {
    if (g_ascii_strcasecmp (headers[i].name, header) == 0 && !add_wants (headers[i].value, out))
      return invalid_argument (request, header, headers[i].value, error);
  }
  return *out != 0 || invalid_argument (request, header, NULL, error);
}

static gboolean
read_number (S3Request *request, const char *header, gint64 fallback, gint64 *out, GError **error)
{
  const char *text = s3_request_header (request, header);
  *out = fallback;
  return text == NULL || g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, out, NULL) ||
         invalid_argument (request, header, text, error);
}

static gboolean
list_work (StoreTx *tx, gpointer data, GError **error)
{
  PartsWork *work = data;
  return object_part_record_list (tx, work->object->bucket, work->object->sequence, work->after,
                                  (gsize)work->limit + 1, work->request->arena, &work->n_parts,
                                  &work->parts, error);
}

/* As S3 does, single parts are listed only where they have checksums. */
static void
write_parts (const PartsWork *work, S3XmlWriter *writer)
{
  ChecksumAlgorithm algorithm;
  gsize n = MIN (work->n_parts, (gsize)work->limit);
  s3_xml_begin (writer, "ObjectParts");
  s3_xml_number (writer, "PartsCount", work->object->n_parts);
  if (checksum_algorithm_from_name (work->object->checksum_algorithm, &algorithm)) {
    s3_xml_number (writer, "PartNumberMarker", work->after);
    s3_xml_number (writer, "NextPartNumberMarker", n > 0 ? work->parts[n - 1]->number : 0);
    s3_xml_number (writer, "MaxParts", work->limit);
    s3_xml_bool (writer, "IsTruncated", work->n_parts > n);
    for (gsize i = 0; i < n; i++) {
      s3_xml_begin (writer, "Part");
      s3_xml_number (writer, "PartNumber", work->parts[i]->number);
      s3_xml_number (writer, "Size", work->parts[i]->size_bytes);
      s3_xml_text (writer, checksum_element (algorithm), work->parts[i]->checksum);
      s3_xml_end (writer);
    }
  }
  s3_xml_end (writer);
}

static void
write_attributes (const PartsWork *work, Wants wants, S3XmlWriter *writer)
{
  const ObjectRecord *object = work->object;
  if ((wants & WANTS_ETAG) != 0)
    s3_xml_text (writer, "ETag", object->etag);
  if ((wants & WANTS_CHECKSUM) != 0 && object->checksum_algorithm != NULL) {
    s3_xml_begin (writer, "Checksum");
    s3_xml_checksum (writer, object->checksum_algorithm, object->checksum, object->checksum_type);
    s3_xml_end (writer);
  }
  if ((wants & WANTS_PARTS) != 0 && object->n_parts > 0)
    write_parts (work, writer);
  if ((wants & WANTS_STORAGE_CLASS) != 0)
    s3_xml_text (writer, "StorageClass", "STANDARD");
  if ((wants & WANTS_SIZE) != 0)
    s3_xml_number (writer, "ObjectSize", object->size_bytes);
}

gboolean
s3_get_object_attributes (S3Request *request, GError **error)
{
  const ObjectName name = object_name_of_request (request);
  ObjectRecord *object = NULL;
  PartsWork work = { .request = request };
  Wants wants;
  if (!read_wants (request, &wants, error) ||
      !read_number (request, "x-amz-part-number-marker", 0, &work.after, error) ||
      !read_number (request, "x-amz-max-parts", MAX_PARTS, &work.limit, error) ||
      !object_find (request, &name, &object, error))
    return FALSE;
  work.limit = MIN (work.limit, MAX_PARTS);
  work.object = object;
  if ((wants & WANTS_PARTS) != 0 && object->n_parts > 0 &&
      !s3_run (request, STORE_READ, list_work, &work, error))
    return FALSE;
  char modified[TIME_HTTP_SIZE];
  time_format_http (object->modified_ms, modified);
  s3_answer_header (request, "Last-Modified", modified);
  s3_answer_version (request, object->version_id);
  S3XmlWriter *writer = s3_xml_writer_new ("GetObjectAttributesResponse", TRUE);
  write_attributes (&work, wants, writer);
  return s3_answer_xml (request, 200, writer);
}
