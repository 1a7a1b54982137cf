/* The body of a CompleteMultipartUpload request, walked through as the server does. */
#include "server/objects/s3-xml.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S3XmlDocument) document = s3_xml_parse (data, size, "CompleteMultipartUpload", &error);

  FUZZ_CHECK (document != NULL, error);
  if (document == NULL)
    return 0;
  for (const S3XmlNode *part = s3_xml_child (s3_xml_root (document), "Part"); part != NULL;
       part = s3_xml_next (part)) {
    g_autofree char *number = s3_xml_child_text (part, "PartNumber");
    g_autofree char *etag = s3_xml_child_text (part, "ETag");

    g_assert (number == NULL || g_utf8_validate (number, -1, NULL));
    g_assert (etag == NULL || g_utf8_validate (etag, -1, NULL));
  }
  return 0;
}
