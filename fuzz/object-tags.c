/* Tags from a header and from a document. What is accepted keeps S3's limits, counts, and can be written. */
#include "server/objects/object-tags.h"
#include "fuzz/fuzz-target.h"

#include <string.h>

static void
check_tag (const char *key, const char *value, gpointer data)
{
  guint *n = data;
  (*n)++;
  g_assert (g_utf8_validate (key, -1, NULL) && g_utf8_validate (value, -1, NULL));
  g_assert (g_utf8_strlen (key, -1) >= 1 && g_utf8_strlen (key, -1) <= 128);
  g_assert (g_utf8_strlen (value, -1) <= 256);
  g_assert (strpbrk (key, "\r\n<&") == NULL && strpbrk (value, "\r\n<&") == NULL);
}

static void
check_tags (const char *tags, gsize max)
{
  guint n = 0;
  object_tags_each (tags, check_tag, &n);
  g_assert (n <= max && n == object_tags_count (tags) && (n > 0) == (tags != NULL));
  S3XmlWriter *writer = s3_xml_writer_new ("Tagging", TRUE);
  object_tags_write (tags, writer);
  g_bytes_unref (s3_xml_writer_finish (writer));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *header = g_strndup ((const char *)data, size);
  g_autofree char *from_header = NULL;
  g_autofree char *from_document = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) document_error = NULL;
  gboolean read = object_tags_from_header (header, &from_header, &error);

  FUZZ_CHECK (read, error);
  if (read)
    check_tags (from_header, OBJECT_TAGS_MAX);
  g_autoptr (S3XmlDocument) document = s3_xml_parse (data, size, "Tagging", &document_error);
  FUZZ_CHECK (document != NULL, document_error);
  if (document == NULL)
    return 0;
  read = object_tags_from_xml (s3_xml_root (document), BUCKET_TAGS_MAX, &from_document,
                               &document_error);
  FUZZ_CHECK (read, document_error);
  if (read)
    check_tags (from_document, BUCKET_TAGS_MAX);
  return 0;
}
