#include "server/objects/s3-xml.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlwriter.h>
#include <string.h>

#include "core/time-iso8601.h"
#include "server/objects/checksum.h"
#include "server/objects/s3-error.h"

#define NAMESPACE "http://s3.amazonaws.com/doc/2006-03-01/"

/* libxml2's writer reports only being out of memory, in which case GLib has aborted before. */
struct S3XmlWriter {
  xmlBufferPtr buffer;
  xmlTextWriterPtr writer;
};

S3XmlWriter *
s3_xml_writer_new (const char *root, gboolean with_namespace)
{
  S3XmlWriter *writer = g_new0 (S3XmlWriter, 1);
  writer->buffer = xmlBufferCreate ();
  writer->writer = xmlNewTextWriterMemory (writer->buffer, 0);
  g_assert (writer->writer != NULL);
  xmlTextWriterStartDocument (writer->writer, NULL, "UTF-8", NULL);
  s3_xml_begin (writer, root);
  if (with_namespace)
    xmlTextWriterWriteAttribute (writer->writer, BAD_CAST "xmlns", BAD_CAST NAMESPACE);
  return writer;
}

void
s3_xml_begin (S3XmlWriter *writer, const char *element)
{
  xmlTextWriterStartElement (writer->writer, BAD_CAST element);
}

void
s3_xml_end (S3XmlWriter *writer)
{
  xmlTextWriterEndElement (writer->writer);
}

void
s3_xml_attribute (S3XmlWriter *writer, const char *name, const char *value)
{
  xmlTextWriterWriteAttribute (writer->writer, BAD_CAST name, BAD_CAST value);
}

/* The text without what XML 1.0 has no way to write. */
static char *
make_writable (const char *text)
{
  char *copy = g_utf8_make_valid (text, -1);
  for (char *at = copy; *at != '\0'; at++) {
    if ((guchar)*at < 0x20 && *at != '\t' && *at != '\n' && *at != '\r')
      *at = '?';
  }
  return copy;
}

void
s3_xml_text (S3XmlWriter *writer, const char *element, const char *text)
{
  if (text == NULL)
    return;
  g_autofree char *writable = make_writable (text);
  xmlTextWriterWriteElement (writer->writer, BAD_CAST element, BAD_CAST writable);
}

void
s3_xml_number (S3XmlWriter *writer, const char *element, gint64 number)
{
  char text[32];
  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, number);
  s3_xml_text (writer, element, text);
}

void
s3_xml_bool (S3XmlWriter *writer, const char *element, gboolean flag)
{
  s3_xml_text (writer, element, flag ? "true" : "false");
}

void
s3_xml_etag (S3XmlWriter *writer, const char *element, const char *etag)
{
  if (etag == NULL)
    return;
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", etag);
  s3_xml_text (writer, element, quoted);
}

void
s3_xml_checksum (S3XmlWriter *writer, const char *algorithm, const char *checksum, const char *type)
{
  ChecksumAlgorithm known;
  if (!checksum_algorithm_from_name (algorithm, &known))
    return;
  s3_xml_text (writer, checksum_element (known), checksum);
  s3_xml_text (writer, "ChecksumType", type);
}

void
s3_xml_time (S3XmlWriter *writer, const char *element, gint64 time_ms)
{
  char text[TIME_ISO8601_SIZE];
  time_format_iso8601 (time_ms, text);
  s3_xml_text (writer, element, text);
}

GBytes *
s3_xml_writer_finish (S3XmlWriter *writer)
{
  xmlTextWriterEndDocument (writer->writer);
  xmlFreeTextWriter (writer->writer);
  GBytes *bytes =
      g_bytes_new (xmlBufferContent (writer->buffer), (gsize)xmlBufferLength (writer->buffer));
  xmlBufferFree (writer->buffer);
  g_free (writer);
  return bytes;
}

struct S3XmlDocument {
  xmlDocPtr doc;
};

void
s3_xml_document_free (S3XmlDocument *document)
{
  if (document == NULL)
    return;
  xmlFreeDoc (document->doc);
  g_free (document);
}

S3XmlDocument *
s3_xml_parse (gconstpointer bytes, gsize n, const char *root, GError **error)
{
  if (n > G_MAXINT) {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "the document is too large");
    return NULL;
  }
  xmlDocPtr doc = xmlReadMemory (bytes, (int)n, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                     XML_PARSE_NOCDATA | XML_PARSE_NOBLANKS);
  if (doc == NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML, "the body is not well-formed XML");
    return NULL;
  }
  g_autoptr (S3XmlDocument) document = g_new0 (S3XmlDocument, 1);
  document->doc = doc;
  const xmlNode *top = xmlDocGetRootElement (doc);
  if (doc->intSubset != NULL || top == NULL || strcmp ((const char *)top->name, root) != 0) {
    g_set_error (error, S3_ERROR, S3_ERR_MALFORMED_XML,
                 "expected a document %s without a document type", root);
    return NULL;
  }
  return g_steal_pointer (&document);
}

const S3XmlNode *
s3_xml_root (const S3XmlDocument *document)
{
  return xmlDocGetRootElement (document->doc);
}

static const S3XmlNode *
find_named (const xmlNode *from, const char *element)
{
  for (const xmlNode *at = from; at != NULL; at = at->next) {
    if (at->type == XML_ELEMENT_NODE && strcmp ((const char *)at->name, element) == 0)
      return at;
  }
  return NULL;
}

const S3XmlNode *
s3_xml_child (const S3XmlNode *node, const char *element)
{
  return find_named (node->children, element);
}

const S3XmlNode *
s3_xml_next (const S3XmlNode *node)
{
  return find_named (node->next, (const char *)node->name);
}

char *
s3_xml_child_text (const S3XmlNode *node, const char *element)
{
  const S3XmlNode *child = s3_xml_child (node, element);
  if (child == NULL)
    return NULL;
  xmlChar *content = xmlNodeGetContent (child);
  char *text = g_strdup (content != NULL ? (const char *)content : "");
  xmlFree (content);
  return text;
}
