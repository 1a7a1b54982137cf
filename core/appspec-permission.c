#include <string.h>

#include "core/appspec-acl.h"
#include "core/appspec-reader.h"
#include "core/pathname.h"

static void
read_object (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpecPermission *out = place;
  const char *text = NULL;
  appspec_read_text (reader, key, value, &text);
  if (text == NULL)
    return;
  out->object_at = appspec_place (value);
  out->object = pathname_normalise_absolute (text, reader->arena);
  if (out->object == NULL)
    appspec_error (reader, value, "\"object\" must be an absolute path, not \"%.100s\"", text);
}

/* What a pattern cannot do (agent.md 4.4): it is compared with the whole rest of a path below the object, and "*" is no "/". */
static void
judge_pattern (AppSpecReader *reader, const YamlNode *node, const char *key, const char *pattern)
{
  if (strchr (pattern, '/') != NULL)
    appspec_warning (
        reader, node,
        "\"%s\" \"%.100s\" never matches: only names right in the object are compared, "
        "and none has a \"/\"",
        key, pattern);
  else if (strcmp (pattern, ".") == 0)
    appspec_warning (reader, node,
                     "\"%s\" \".\" never matches: the object itself is not among what is compared",
                     key);
  else if (strpbrk (pattern, "?[") != NULL)
    appspec_warning (reader, node, "\"%s\" \"%.100s\": \"?\" and \"[\" stand for themselves", key,
                     pattern);
}

static void
read_pattern (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  const char **out = place;
  appspec_read_text (reader, key, value, out);
  if (value->kind != YAML_NODE_SCALAR)
    return;
  if ((*out)[0] == '\0')
    appspec_warning (reader, value, "\"pattern\" is blank and matches nothing");
  judge_pattern (reader, value, "pattern", *out);
}

static void
read_except (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpecPermission *out = place;
  if (!appspec_is_list (reader, "except", value, " of patterns"))
    return;
  out->except = arena_new0_n (reader->arena, const char *, value->n);
  for (gsize i = 0; i < value->n; i++) {
    const YamlNode *item = value->values[i];
    if (item->kind != YAML_NODE_SCALAR) {
      appspec_error (reader, item, "\"except\" must be a list of patterns, not of a %s",
                     yaml_node_kind_name (item));
      continue;
    }
    out->except[out->n_except++] = arena_strdup (reader->arena, item->text);
    if (strcmp (item->text, "**") == 0)
      appspec_warning (
          reader, item,
          "\"except\" \"**\" leaves out what is right in the object, and nothing deeper");
    else
      judge_pattern (reader, item, "except", item->text);
  }
}

static void
read_types (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  static const char *const words[] = { "file", "directory" };
  static const AppSpecTypes types[] = { APPSPEC_TYPE_FILE, APPSPEC_TYPE_DIRECTORY };
  AppSpecTypes *out = place;

  if (!appspec_is_list (reader, "type", value, " of \"file\" and \"directory\""))
    return;
  *out = 0;
  if (value->n == 0)
    appspec_warning (reader, value, "\"type\" is empty: the item is for nothing");
  for (gsize i = 0; i < value->n; i++) {
    const YamlNode *item = value->values[i];
    const char *text = item->text != NULL ? item->text : yaml_node_kind_name (item);
    gsize k = 0;
    while (k < G_N_ELEMENTS (words) && (item->text == NULL || strcmp (text, words[k]) != 0))
      k++;
    if (k < G_N_ELEMENTS (words))
      *out |= types[k];
    else
      appspec_error (reader, item,
                     "\"type\" knows only \"file\" and \"directory\", not \"%.100s\"%s", text,
                     appspec_hint (reader, text, words, G_N_ELEMENTS (words)));
  }
}

/* agent.md 4.4, mode: YAML 1.1 has 0644 for the number 420, which the official agent 1.x takes for the digits. */
static void
warn_of_octal (AppSpecReader *reader, const YamlNode *value, guint mode)
{
  const char *text = value->text;
  if (!value->plain || text[0] != '0' || text[1] == '\0')
    return;
  g_autofree char *digits = g_strdup_printf ("%u", mode);
  appspec_warning (
      reader, value,
      "\"mode\" %s without quotes is an octal number in YAML: the official agent 1.x %s "
      "%s; write \"%s\" or %s",
      text, strpbrk (digits, "89") != NULL ? "refuses it as" : "sets mode", digits, text,
      text + MIN (strspn (text, "0"), strlen (text) - 1));
}

static void
read_mode (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  guint *out = place;
  const char *text = value->kind == YAML_NODE_SCALAR ? value->text : "";
  gsize length = strlen (text);
  if (length < 1 || length > 4 || strspn (text, "01234567") != length) {
    appspec_error (reader, value, "\"mode\" must have one to four octal digits, not \"%.100s\"",
                   value->text != NULL ? value->text : yaml_node_kind_name (value));
    return;
  }
  *out = (guint)g_ascii_strtoull (text, NULL, 8);
  warn_of_octal (reader, value, *out);
}

static void
read_acls (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpecPermission *out = place;
  if (!appspec_is_list (reader, "acls", value, " of entries"))
    return;
  AppSpecAcl *acls = arena_new0_n (reader->arena, AppSpecAcl, value->n);
  for (gsize i = 0; i < value->n; i++) {
    const YamlNode *item = value->values[i];
    const char *problem = "is not a text";
    if (item->kind == YAML_NODE_SCALAR &&
        appspec_acl_parse (item->text, reader->arena, &acls[out->n_acls], &problem))
      out->n_acls++;
    else
      appspec_error (reader, item, "\"%.100s\" %s", item->text != NULL ? item->text : "acls",
                     problem);
  }
  out->acls = acls;
}

/* The published syntax says "user", the official agent reads "name" (agent.md 4.5). */
static void
read_user (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  const char **out = place;
  if (*out == NULL)
    appspec_read_text (reader, key, value, out);
}

static void
read_range (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  const char **out = place;
  const char *text = NULL;
  appspec_read_text (reader, key, value, &text);
  if (text == NULL)
    return;
  *out = appspec_range_canonical (text, reader->arena);
  if (*out == NULL)
    appspec_error (reader, value,
                   "\"range\" is not an SELinux range such as s0-s3:c0.c2,c5: \"%.100s\"", text);
}

static void
refuse_role (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  appspec_error (reader, value, "\"role\" cannot be set in a context");
}

static const AppSpecKey context_keys[] = {
  { "role", refuse_role, 0, APPSPEC_OPTIONAL },
  { "type", appspec_read_text, G_STRUCT_OFFSET (AppSpecContext, type), APPSPEC_REQUIRED },
  { "name", appspec_read_text, G_STRUCT_OFFSET (AppSpecContext, user), APPSPEC_OPTIONAL },
  { "user", read_user, G_STRUCT_OFFSET (AppSpecContext, user), APPSPEC_OPTIONAL },
  { "range", read_range, G_STRUCT_OFFSET (AppSpecContext, range), APPSPEC_OPTIONAL },
};
static const AppSpecMapping context_mapping = { "a context", context_keys,
                                                G_N_ELEMENTS (context_keys) };

static void
read_context (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  const AppSpecContext **out = place;
  AppSpecContext *context = arena_new0 (reader->arena, AppSpecContext);
  appspec_read_mapping (reader, &context_mapping, value, context);
  *out = context;
}

#define MEMBER(name) G_STRUCT_OFFSET (AppSpecPermission, name)
static const AppSpecKey permission_keys[] = {
  { "object", read_object, 0, APPSPEC_REQUIRED },
  { "pattern", read_pattern, MEMBER (pattern), APPSPEC_OPTIONAL },
  { "except", read_except, 0, APPSPEC_OPTIONAL },
  { "type", read_types, MEMBER (types), APPSPEC_OPTIONAL },
  { "owner", appspec_read_text, MEMBER (owner), APPSPEC_OPTIONAL },
  { "group", appspec_read_text, MEMBER (group), APPSPEC_OPTIONAL },
  { "mode", read_mode, MEMBER (mode), APPSPEC_OPTIONAL },
  { "acls", read_acls, 0, APPSPEC_OPTIONAL },
  { "context", read_context, MEMBER (context), APPSPEC_OPTIONAL },
};
static const AppSpecMapping permission_mapping = { "an item of \"permissions\"", permission_keys,
                                                   G_N_ELEMENTS (permission_keys) };

static gboolean
sets_something (const AppSpecPermission *item)
{
  return item->owner != NULL || item->group != NULL || item->mode != APPSPEC_NO_MODE ||
         item->n_acls > 0 || item->context != NULL;
}

void
appspec_read_permissions (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                          gpointer place)
{
  AppSpec *out = place;
  if (!appspec_is_list (reader, "permissions", value, " of mappings with \"object\""))
    return;
  AppSpecPermission *items = arena_new0_n (reader->arena, AppSpecPermission, value->n);
  for (gsize i = 0; i < value->n; i++) {
    AppSpecPermission *item = &items[out->n_permissions];
    guint n_errors = reader->n_errors;
    *item = (AppSpecPermission){ .pattern = "**",
                                 .types = APPSPEC_TYPE_FILE | APPSPEC_TYPE_DIRECTORY,
                                 .mode = APPSPEC_NO_MODE,
                                 .line = value->values[i]->line };
    appspec_read_mapping (reader, &permission_mapping, value->values[i], item);
    if (reader->n_errors != n_errors)
      continue;
    if (!sets_something (item))
      appspec_warning (reader, value->values[i],
                       "this item sets none of owner, group, mode, acls and context");
    out->n_permissions++;
  }
  out->permissions = items;
}
