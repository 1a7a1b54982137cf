#include "server/integrations/integrations-fields.h"

#include <string.h>

#include "core/nearest-word.h"

#define MAX_TEXT 4096

/* ---- one value ---- */

static gboolean
check_text (IntegrationsReader *reader, const char *where, const YamlNode *node)
{
  if (node->kind == YAML_NODE_SCALAR && node->length > 0 && node->length <= MAX_TEXT)
    return TRUE;
  integrations_mistake (reader->mistakes, node->line, "%s must be a text of 1 to %d bytes", where,
                        MAX_TEXT);
  return FALSE;
}

static void
read_text (IntegrationsReader *reader, const char *where, const YamlNode *node, const char **out)
{
  if (check_text (reader, where, node))
    *out = arena_strdup (reader->arena, node->text);
}

/* Messages don't quote it: some receivers' URLs are secrets themselves. */
static void
read_url (IntegrationsReader *reader, const char *where, const YamlNode *node,
          IntegrationsFieldType type, const char **out)
{
  if (!check_text (reader, where, node))
    return;
  g_autoptr (GUri) uri = g_uri_parse (node->text, G_URI_FLAGS_NON_DNS | G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri == NULL ? "" : g_uri_get_scheme (uri);
  if ((strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must be an absolute URL: http://HOST:PORT or https://HOST", where);
    return;
  }
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL) {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must have no user, password or #fragment", where);
    return;
  }
  if (type == INTEGRATIONS_FIELD_BASE_URL && g_uri_get_query (uri) != NULL) {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must have no ?query: paths are appended to it", where);
    return;
  }
  gsize length = node->length;
  while (node->text[length - 1] == '/')
    length--;
  *out = arena_strndup (reader->arena, node->text, length);
}

void
integrations_fields_read_base_url (IntegrationsReader *reader, const char *where,
                                   const YamlNode *node, const char **out)
{
  read_url (reader, where, node, INTEGRATIONS_FIELD_BASE_URL, out);
}

static void
read_texts (IntegrationsReader *reader, const char *where, const YamlNode *node,
            const char *const **out)
{
  const YamlNode *const alone[] = { node };
  gboolean many = node->kind == YAML_NODE_SEQUENCE;
  gsize n = many ? node->n : 1;
  const YamlNode *const *items = many ? (const YamlNode *const *)node->values : alone;
  const char **texts = arena_new0_n (reader->arena, const char *, n + 1);
  if (n == 0)
    integrations_mistake (reader->mistakes, node->line, "%s is empty", where);
  for (gsize i = 0; i < n; i++) {
    if (!check_text (reader, where, items[i]))
      return;
    texts[i] = arena_strdup (reader->arena, items[i]->text);
  }
  *out = texts;
}

static void
read_file (IntegrationsReader *reader, const char *where, const YamlNode *node,
           IntegrationsFieldType type, const char **out)
{
  if (!check_text (reader, where, node))
    return;
  *out = g_path_is_absolute (node->text)
             ? arena_strdup (reader->arena, node->text)
             : arena_printf (reader->arena, "%s/%s", reader->dir, node->text);
  IntegrationsFile *file = arena_new0 (reader->arena, IntegrationsFile);
  *file = (IntegrationsFile){ arena_strdup (reader->arena, where), *out, node->line,
                              type == INTEGRATIONS_FIELD_SECRET_FILE };
  g_ptr_array_add (reader->files, file);
}

static void
read_seconds (IntegrationsReader *reader, const char *where, const YamlNode *node,
              const IntegrationsField *field, gint64 *out)
{
  gint64 number = 0;
  if (node->kind == YAML_NODE_SCALAR &&
      g_ascii_string_to_signed (node->text, 10, field->smallest, field->greatest, &number, NULL))
    *out = number;
  else
    integrations_mistake (reader->mistakes, node->line,
                          "%s must be a whole number of seconds from %" G_GINT64_FORMAT
                          " to %" G_GINT64_FORMAT,
                          where, field->smallest, field->greatest);
}

static void
read_flag (IntegrationsReader *reader, const char *where, const YamlNode *node, gboolean *out)
{
  gboolean scalar = node->kind == YAML_NODE_SCALAR;
  *out = scalar && strcmp (node->text, "true") == 0;
  if (!*out && !(scalar && strcmp (node->text, "false") == 0))
    integrations_mistake (reader->mistakes, node->line, "%s must be true or false", where);
}

static void
read_value (IntegrationsReader *reader, const char *where, const YamlNode *node,
            const IntegrationsField *field, gpointer entry)
{
  gpointer at = (char *)entry + field->offset;
  switch (field->type) {
  case INTEGRATIONS_FIELD_TEXT:
    read_text (reader, where, node, at);
    break;
  case INTEGRATIONS_FIELD_URL:
  case INTEGRATIONS_FIELD_BASE_URL:
    read_url (reader, where, node, field->type, at);
    break;
  case INTEGRATIONS_FIELD_TEXTS:
    read_texts (reader, where, node, at);
    break;
  case INTEGRATIONS_FIELD_FILE:
  case INTEGRATIONS_FIELD_SECRET_FILE:
    read_file (reader, where, node, field->type, at);
    break;
  case INTEGRATIONS_FIELD_SECONDS:
    read_seconds (reader, where, node, field, at);
    break;
  case INTEGRATIONS_FIELD_FLAG:
    read_flag (reader, where, node, at);
    break;
  }
}

/* ---- one mapping ---- */

gboolean
integrations_fields_check_mapping (IntegrationsReader *reader, const char *where,
                                   const YamlNode *node)
{
  if (node->kind == YAML_NODE_MAPPING)
    return TRUE;
  integrations_mistake (reader->mistakes, node->line,
                        "%s must be a mapping, \"key: value\" lines, not %s%s", where,
                        yaml_node_is_null (node) ? "" : "a ",
                        yaml_node_is_null (node) ? "nothing" : yaml_node_kind_name (node));
  return FALSE;
}

/* words: what can stand there. */
void
integrations_fields_note_unknown (IntegrationsReader *reader, const char *where,
                                  const YamlNode *key, GPtrArray *words)
{
  const char *meant = nearest_word (key->text, (const char *const *)words->pdata, words->len);
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ",
                            (const char *)g_ptr_array_index (words, i));
  g_autofree char *hint =
      meant != NULL ? g_strdup_printf (" (did you mean %s?)", meant) : g_strdup ("");
  integrations_mistake (reader->mistakes, key->line, "%s has no \"%.100s\"%s: it can have %s",
                        where, key->text, hint, list->str);
}

static const IntegrationsField *
find_field (const IntegrationsFields *fields, guint driver, const char *key)
{
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].drivers & driver) != 0 && strcmp (fields->fields[i].key, key) == 0)
      return &fields->fields[i];
  return NULL;
}

static void
note_unknown_field (IntegrationsReader *reader, const char *where, const YamlNode *key,
                    const IntegrationsFields *fields, guint driver)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].drivers & driver) != 0)
      g_ptr_array_add (words, (gpointer)fields->fields[i].key);
  integrations_fields_note_unknown (reader, where, key, words);
}

/* passed: a key that is read elsewhere; NULL: none. */
void
integrations_fields_read (IntegrationsReader *reader, const char *where, const YamlNode *mapping,
                          const IntegrationsFields *fields, guint driver, const char *passed,
                          gpointer entry)
{
  for (gsize i = 0; i < fields->n; i++)
    if (fields->fields[i].type == INTEGRATIONS_FIELD_SECONDS)
      *(gint64 *)((char *)entry + fields->fields[i].offset) = fields->fields[i].fallback;
  for (gsize i = 0; i < mapping->n; i++) {
    const char *key = mapping->keys[i]->text;
    const IntegrationsField *field = find_field (fields, driver, key);
    g_autofree char *place = g_strdup_printf ("%s.%.100s", where, key);
    if (field != NULL)
      read_value (reader, place, mapping->values[i], field, entry);
    else if (passed == NULL || strcmp (key, passed) != 0)
      note_unknown_field (reader, where, mapping->keys[i], fields, driver);
  }
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].required & driver) != 0 &&
        yaml_node_get (mapping, fields->fields[i].key) == NULL)
      integrations_mistake (reader->mistakes, mapping->line, "%s needs \"%s\"", where,
                            fields->fields[i].key);
}
