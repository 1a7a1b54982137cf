#pragma once

#include "server/objects/s3-xml.h"

/* Tags of objects and buckets: read from a header or a document, kept as a JSON array of [key, value] in the order given,
 * written as XML. S3's rules: keys of 1-128 characters, values of at most 256, letters, digits, blanks and _.:/=+-@,
 * no key twice, none that begins with "aws:".
 *
 * Pure; any thread. The caller frees texts. Errors: S3_ERR_INVALID_TAG, S3_ERR_BAD_REQUEST (too many),
 * S3_ERR_INVALID_ARGUMENT (a header that is no query), S3_ERR_MALFORMED_XML. */
#define OBJECT_TAGS_MAX 10
#define BUCKET_TAGS_MAX 50

/* x-amz-tagging: a=b&c=d, percent-encoded. *out NULL: there are none. */
gboolean object_tags_from_header (const char *header, char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* <Tagging><TagSet><Tag><Key/><Value/></Tag>...; root is Tagging. *out NULL: there are none. */
gboolean object_tags_from_xml (const S3XmlNode *root, gsize max, char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same of the element that holds the Tags. */
gboolean object_tags_from_set (const S3XmlNode *set, gsize max, char **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* tags as kept here, or NULL. */
gsize object_tags_count (const char *tags);
/* <TagSet> with what is in it. */
void object_tags_write (const char *tags, S3XmlWriter *writer);
/* Calls fn for each. */
void object_tags_each (const char *tags,
                       void (*fn) (const char *key, const char *value, gpointer data),
                       gpointer data);
