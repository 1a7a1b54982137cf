#include "server/objects/object-tags.h"

#include <string.h>

#include "server/objects/s3-error.h"

static void
headers (void)
{
  static const struct {
    const char *header;
    const char *tags;
    int code;
  } rows[] = {
    { "", NULL, 0 },
    { "a=b", "[[\"a\",\"b\"]]", 0 },
    { "b=2&a=1", "[[\"b\",\"2\"],[\"a\",\"1\"]]", 0 },
    { "a+b=c%2Bd%3D", "[[\"a b\",\"c+d=\"]]", 0 },
    { "a=&b", "[[\"a\",\"\"],[\"b\",\"\"]]", 0 },
    { "%C3%BC=1", "[[\"\xc3\xbc\",\"1\"]]", 0 },
    { "a=1&a=2", NULL, S3_ERR_INVALID_TAG },
    { "=1", NULL, S3_ERR_INVALID_TAG },
    { "aws:x=1", NULL, S3_ERR_INVALID_TAG },
    { "a=%3C", NULL, S3_ERR_INVALID_TAG },
    { "a=%0A", NULL, S3_ERR_INVALID_TAG },
    { "a=%C3", NULL, S3_ERR_INVALID_TAG },
    { "a=%zz", NULL, S3_ERR_INVALID_ARGUMENT },
    { "a=%00", NULL, S3_ERR_INVALID_ARGUMENT },
    { "1=&2=&3=&4=&5=&6=&7=&8=&9=&10=&11=", NULL, S3_ERR_BAD_REQUEST },
    { "1=&2=&3=&4=&5=&6=&7=&8=&9=&10=&11=&12=&13=", NULL, S3_ERR_BAD_REQUEST },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *tags = NULL;
    g_test_message ("%s", rows[i].header);
    gboolean ok = object_tags_from_header (rows[i].header, &tags, &error);
    if (rows[i].code != 0) {
      g_assert_error (error, S3_ERROR, rows[i].code);
    } else {
      g_assert_no_error (error);
      g_assert_true (ok);
    }
    g_assert_cmpstr (tags, ==, rows[i].tags);
  }
}

static void
lengths (void)
{
  g_autofree char *key = g_strnfill (128, 'k');
  g_autofree char *value = g_strnfill (256, 'v');
  g_autofree char *fits = g_strconcat (key, "=", value, NULL);
  g_autofree char *long_key = g_strconcat (key, "k=", value, NULL);
  g_autofree char *long_value = g_strconcat (fits, "v", NULL);
  g_autofree char *tags = NULL;
  g_autoptr (GError) error = NULL;
  g_assert_true (object_tags_from_header (fits, &tags, &error));
  g_assert_false (object_tags_from_header (long_key, &tags, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_INVALID_TAG);
  g_clear_error (&error);
  g_assert_false (object_tags_from_header (long_value, &tags, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_INVALID_TAG);
}

static void
documents (void)
{
  static const char xml[] = "<Tagging><TagSet><Tag><Key>a&amp;</Key><Value>1</Value></Tag>"
                            "<Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>";
  static const char good[] = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag>"
                             "<Tag><Key>b</Key><Value></Value></Tag></TagSet></Tagging>";
  g_autoptr (GError) error = NULL;
  g_autofree char *tags = NULL;
  g_autoptr (S3XmlDocument) bad = s3_xml_parse (xml, strlen (xml), "Tagging", &error);
  g_assert_no_error (error);
  g_assert_false (object_tags_from_xml (s3_xml_root (bad), 10, &tags, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_INVALID_TAG);
  g_clear_error (&error);
  g_autoptr (S3XmlDocument) document = s3_xml_parse (good, strlen (good), "Tagging", &error);
  g_assert_no_error (error);
  g_assert_false (object_tags_from_xml (s3_xml_root (document), 1, &tags, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_BAD_REQUEST);
  g_clear_error (&error);
  g_assert_true (object_tags_from_xml (s3_xml_root (document), 10, &tags, &error));
  g_assert_cmpuint (object_tags_count (tags), ==, 2);
  g_assert_cmpuint (object_tags_count (NULL), ==, 0);
  S3XmlWriter *writer = s3_xml_writer_new ("Tagging", FALSE);
  object_tags_write (tags, writer);
  g_autoptr (GBytes) bytes = s3_xml_writer_finish (writer);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_nonnull (strstr (text, good));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-tags/headers", headers);
  g_test_add_func ("/object-tags/lengths", lengths);
  g_test_add_func ("/object-tags/documents", documents);
  return g_test_run ();
}
