#include "server/objects/object-tags.h"

#include <jansson.h>
#include <string.h>

#include "core/failure.h"
#include "server/objects/s3-error.h"

#define MAX_KEY_CHARS   128
#define MAX_VALUE_CHARS 256
#define RESERVED        "aws:"

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

static gboolean
characters_are_allowed (const char *text)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    if (!g_unichar_isalnum (c) && c != ' ' && (c >= 0x80 || strchr ("_.:/=+-@", (int)c) == NULL))
      return FALSE;
  }
  return TRUE;
}

static gboolean
invalid (GError **error, const char *what, const char *text)
{
  return failure_set (error, S3_ERROR, S3_ERR_INVALID_TAG, "%s: \"%.200s\"", what, text);
}

static gboolean
add_tag (json_t *tags, gsize max, const char *key, const char *value, GError **error)
{
  if (json_array_size (tags) >= max)
    return failure_set (error, S3_ERROR, S3_ERR_BAD_REQUEST,
                        "there are more than %" G_GSIZE_FORMAT " tags", max);
  if (!g_utf8_validate (key, -1, NULL) || !g_utf8_validate (value, -1, NULL))
    return invalid (error, "a tag is not UTF-8", key);
  glong key_chars = g_utf8_strlen (key, -1);
  if (key_chars == 0 || key_chars > MAX_KEY_CHARS || !characters_are_allowed (key))
    return invalid (error, "the tag's key is not valid", key);
  if (g_utf8_strlen (value, -1) > MAX_VALUE_CHARS || !characters_are_allowed (value))
    return invalid (error, "the tag's value is not valid", value);
  if (g_ascii_strncasecmp (key, RESERVED, strlen (RESERVED)) == 0)
    return invalid (error, "tags that begin with aws: are the system's", key);
  gsize i;
  json_t *tag;
  json_array_foreach (tags, i, tag) /* at most 50 */
  {
    if (strcmp (json_string_value (json_array_get (tag, 0)), key) == 0)
      return invalid (error, "a tag's key is given twice", key);
  }
  json_t *pair = json_pack ("[s, s]", key, value);
  g_assert (pair != NULL);
  json_array_append_new (tags, pair);
  return TRUE;
}

static char *
dump (const json_t *tags)
{
  if (json_array_size (tags) == 0)
    return NULL;
  char *text = json_dumps (tags, JSON_COMPACT);
  char *copy = g_strdup (text);
  free (text);
  return copy;
}

/* A part of a query, decoded in place; NULL when it is not well encoded. */
static char *
decode (char *text)
{
  for (char *at = text; *at != '\0'; at++)
    *at = *at == '+' ? ' ' : *at;
  return g_uri_unescape_string (text, NULL);
}

gboolean
object_tags_from_header (const char *header, char **out, GError **error)
{
  g_autoptr (Json) tags = json_array ();
  g_auto (GStrv) pairs = g_strsplit (header, "&", OBJECT_TAGS_MAX + 2);
  for (gsize i = 0; pairs[i] != NULL; i++) {
    if (*pairs[i] == '\0')
      continue;
    char *equals = strchr (pairs[i], '=');
    if (equals != NULL)
      *equals = '\0';
    g_autofree char *key = decode (pairs[i]);
    g_autofree char *value = equals != NULL ? decode (equals + 1) : g_strdup ("");
    if (key == NULL || value == NULL)
      return failure_set (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT,
                          "x-amz-tagging is not a query of percent-encoded UTF-8");
    if (!add_tag (tags, OBJECT_TAGS_MAX, key, value, error))
      return FALSE;
  }
  *out = dump (tags);
  return TRUE;
}

gboolean
object_tags_from_xml (const S3XmlNode *root, gsize max, char **out, GError **error)
{
  const S3XmlNode *set = s3_xml_child (root, "TagSet");
  if (set == NULL)
    return failure_set (error, S3_ERROR, S3_ERR_MALFORMED_XML, "there is no element TagSet");
  return object_tags_from_set (set, max, out, error);
}

gboolean
object_tags_from_set (const S3XmlNode *set, gsize max, char **out, GError **error)
{
  g_autoptr (Json) tags = json_array ();
  for (const S3XmlNode *node = s3_xml_child (set, "Tag"); node != NULL; node = s3_xml_next (node)) {
    g_autofree char *key = s3_xml_child_text (node, "Key");
    g_autofree char *value = s3_xml_child_text (node, "Value");
    if (key == NULL || value == NULL)
      return failure_set (error, S3_ERROR, S3_ERR_MALFORMED_XML,
                          "each Tag needs a Key and a Value");
    if (!add_tag (tags, max, key, value, error))
      return FALSE;
  }
  *out = dump (tags);
  return TRUE;
}

/* What this module wrote can be read again. */
static json_t *
load (const char *tags)
{
  return tags != NULL ? json_loads (tags, 0, NULL) : json_array ();
}

gsize
object_tags_count (const char *tags)
{
  g_autoptr (Json) array = load (tags);
  return json_array_size (array);
}

void
object_tags_each (const char *tags, void (*fn) (const char *key, const char *value, gpointer data),
                  gpointer data)
{
  g_autoptr (Json) array = load (tags);
  gsize i;
  json_t *tag;
  json_array_foreach (array, i, tag)
  {
    fn (json_string_value (json_array_get (tag, 0)), json_string_value (json_array_get (tag, 1)),
        data);
  }
}

static void
write_tag (const char *key, const char *value, gpointer data)
{
  S3XmlWriter *writer = data;
  s3_xml_begin (writer, "Tag");
  s3_xml_text (writer, "Key", key);
  s3_xml_text (writer, "Value", value);
  s3_xml_end (writer);
}

void
object_tags_write (const char *tags, S3XmlWriter *writer)
{
  s3_xml_begin (writer, "TagSet");
  object_tags_each (tags, write_tag, writer);
  s3_xml_end (writer);
}
