#include "core/appspec-reader.h"

#include <string.h>

#include "core/nearest-word.h"

YamlPlace
appspec_place (const YamlNode *node)
{
  return (YamlPlace){ node->line, node->column };
}

void
appspec_note (AppSpecReader *reader, AppSpecSeverity severity, const YamlNode *node,
              const char *format, ...)
{
  gboolean is_error = severity == APPSPEC_SEVERITY_ERROR;
  gboolean is_first_error = is_error && reader->n_errors == 0;

  reader->n_errors += is_error;
  /* the first error is always kept: it is what the agent reports */
  if (reader->findings->len >= APPSPEC_MAX_FINDINGS && !is_first_error)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1); /* "%.100s" cuts characters */
  AppSpecFinding finding = { severity, reader->part, appspec_place (node),
                             arena_strdup (reader->arena, valid) };
  g_array_append_val (reader->findings, finding);
}

const char *
appspec_hint (AppSpecReader *reader, const char *word, const char *const *words, gsize n)
{
  const char *nearest = nearest_word (word, words, n);
  return nearest != NULL ? arena_printf (reader->arena, "; did you mean \"%s\"?", nearest) : "";
}

static const AppSpecKey *
find_key (const AppSpecMapping *mapping, const char *name)
{
  for (gsize i = 0; i < mapping->n; i++)
    if (strcmp (mapping->keys[i].name, name) == 0)
      return &mapping->keys[i];
  return NULL;
}

static const char *
hint_for_key (AppSpecReader *reader, const AppSpecMapping *mapping, const char *name)
{
  const char **names = arena_new0_n (reader->arena, const char *, mapping->n);
  for (gsize i = 0; i < mapping->n; i++)
    names[i] = mapping->keys[i].name;
  return appspec_hint (reader, name, names, mapping->n);
}

static void
warn_of_odd_keys (AppSpecReader *reader, const AppSpecMapping *mapping, const YamlNode *node)
{
  for (gsize i = 0; i < node->n; i++)
    if (find_key (mapping, node->keys[i]->text) == NULL)
      appspec_warning (reader, node->keys[i], "%s has no key \"%.100s\": it is ignored%s",
                       mapping->what, node->keys[i]->text,
                       hint_for_key (reader, mapping, node->keys[i]->text));
  for (gsize i = 0; i < node->n_repeated; i++)
    appspec_warning (reader, node->repeated[i],
                     "\"%.100s\" is given again further down: only the last one counts",
                     node->repeated[i]->text);
}

static const char *
needed_keys (AppSpecReader *reader, const AppSpecMapping *mapping)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (gsize i = 0; i < mapping->n; i++)
    if (mapping->keys[i].need == APPSPEC_REQUIRED)
      g_string_append_printf (list, "%s\"%s\"", list->len > 0 ? " and " : "",
                              mapping->keys[i].name);
  return arena_strdup (reader->arena, list->str);
}

void
appspec_read_mapping (AppSpecReader *reader, const AppSpecMapping *mapping, const YamlNode *node,
                      gpointer item)
{
  if (node->kind != YAML_NODE_MAPPING) {
    appspec_error (reader, node, "%s must be a mapping with %s, not a %s", mapping->what,
                   needed_keys (reader, mapping), yaml_node_kind_name (node));
    return;
  }
  for (gsize i = 0; i < mapping->n; i++) {
    const AppSpecKey *key = &mapping->keys[i];
    const YamlNode *value = yaml_node_get (node, key->name);
    if (key->part != 0)
      reader->part = key->part;
    if (!yaml_node_is_null (value))
      key->read (reader, key, value, G_STRUCT_MEMBER_P (item, key->offset));
    else if (key->need == APPSPEC_REQUIRED)
      appspec_error (reader, value != NULL ? value : node, "\"%s\" is missing%s%s%s", key->name,
                     value != NULL ? ": there is no value behind it" : "",
                     key->allowed != NULL ? "; " : "", key->allowed != NULL ? key->allowed : "");
  }
  warn_of_odd_keys (reader, mapping, node);
}

void
appspec_read_text (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                   gpointer place)
{
  const char **out = place;
  if (value->kind != YAML_NODE_SCALAR) {
    appspec_error (reader, value, "\"%s\" must be a text, not a %s", key->name,
                   yaml_node_kind_name (value));
    return;
  }
  char *text = g_strstrip (arena_strdup (reader->arena, value->text));
  if (text[0] == '\0' && key->need == APPSPEC_REQUIRED) {
    appspec_error (reader, value, "\"%s\" is blank", key->name);
    return;
  }
  *out = text;
}

gboolean
appspec_is_list (AppSpecReader *reader, const char *key, const YamlNode *value, const char *what)
{
  if (value->kind == YAML_NODE_SEQUENCE)
    return TRUE;
  appspec_error (reader, value, "\"%s\" must be a list%s, not a %s", key, what,
                 yaml_node_kind_name (value));
  return FALSE;
}
