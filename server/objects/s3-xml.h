#pragma once

#include <glib.h>

/* XML as S3 speaks it: answers are written element by element, small request documents are read into a tree.
 *
 * One thread at a time for each value. */
typedef struct S3XmlWriter S3XmlWriter;

/* Begins a document with its root element in S3's namespace (with_namespace FALSE: none, as for errors). */
S3XmlWriter *s3_xml_writer_new (const char *root, gboolean with_namespace)
    G_GNUC_WARN_UNUSED_RESULT;
void s3_xml_begin (S3XmlWriter *writer, const char *element);
void s3_xml_end (S3XmlWriter *writer);
/* Of the element that has just begun. */
void s3_xml_attribute (S3XmlWriter *writer, const char *name, const char *value);
/* <element>text</element>; nothing when text is NULL. Characters that XML cannot carry are written as '?'. */
void s3_xml_text (S3XmlWriter *writer, const char *element, const char *text);
void s3_xml_number (S3XmlWriter *writer, const char *element, gint64 number);
void s3_xml_bool (S3XmlWriter *writer, const char *element, gboolean flag);
/* The text in double quotes. */
void s3_xml_etag (S3XmlWriter *writer, const char *element, const char *etag);
/* An object's checksum and its type, when the object has one: algorithm is its name, or NULL. */
void s3_xml_checksum (S3XmlWriter *writer, const char *algorithm, const char *checksum,
                      const char *type);
/* ISO 8601 with milliseconds. */
void s3_xml_time (S3XmlWriter *writer, const char *element, gint64 time_ms);
/* Ends the document and frees the writer. */
GBytes *s3_xml_writer_finish (S3XmlWriter *writer) G_GNUC_WARN_UNUSED_RESULT;

/* A request document. Namespaces are ignored; document types and entities are refused. */
typedef struct S3XmlDocument S3XmlDocument;
typedef struct _xmlNode S3XmlNode;

/* Raises S3_ERR_MALFORMED_XML when it is no XML or has another root. */
S3XmlDocument *s3_xml_parse (gconstpointer bytes, gsize n, const char *root, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void s3_xml_document_free (S3XmlDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (S3XmlDocument, s3_xml_document_free)
const S3XmlNode *s3_xml_root (const S3XmlDocument *document);
/* The first child element of that name, and the next one beside it; NULL: none. */
const S3XmlNode *s3_xml_child (const S3XmlNode *node, const char *element);
const S3XmlNode *s3_xml_next (const S3XmlNode *node);
/* The text of a child element; NULL: no such child. The caller frees it. */
char *s3_xml_child_text (const S3XmlNode *node, const char *element) G_GNUC_WARN_UNUSED_RESULT;
