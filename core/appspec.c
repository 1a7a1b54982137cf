#include "core/appspec.h"

#include <string.h>

#include "core/appspec-permission.h"
#include "core/pathname.h"
#include "core/yaml-tree.h"

#define DEFAULT_TIMEOUT_S 3600
#define MAX_TIMEOUT_S     (G_GINT64_CONSTANT (366) * 24 * 3600)

G_DEFINE_QUARK (slipway - appspec - error, appspec_error)
ENUM_NAMES_DEFINE (AppSpecFileExists, appspec_file_exists, APPSPEC_FILE_EXISTS_LIST)
ENUM_NAMES_DEFINE (AppSpecAclType, appspec_acl_type, APPSPEC_ACL_TYPE_LIST)

typedef struct {
  Arena *arena;
  const YamlNode *root;
  AppSpec *out;
} Parse;

static gboolean
fail_at (GError **error, AppSpecError code, const YamlNode *node, const char *message)
{
  g_set_error (error, APPSPEC_ERROR, code, "line %u: %s", node->line, message);
  return FALSE;
}

gboolean
appspec_fail_key (GError **error, AppSpecError code, const YamlNode *node, const char *key,
                  const char *what)
{
  g_set_error (error, APPSPEC_ERROR, code, "line %u: \"%s\" %s", node->line, key, what);
  return FALSE;
}

/* The value of a key if it is there and not null. */
const YamlNode *
appspec_value (const YamlNode *map, const char *key)
{
  const YamlNode *value = yaml_node_get (map, key);
  return yaml_node_is_null (value) ? NULL : value;
}

/* The text of an optional scalar, blanks around it removed; *out is NULL when it is absent or null. */
gboolean
appspec_optional_text (const YamlNode *map, const char *key, AppSpecError code, Arena *arena,
                       const char **out, GError **error)
{
  const YamlNode *value = appspec_value (map, key);
  *out = NULL;
  if (value == NULL)
    return TRUE;
  if (value->kind != YAML_NODE_SCALAR)
    return appspec_fail_key (error, code, value, key, "must be a text");
  char *text = arena_strdup (arena, value->text);
  *out = g_strstrip (text);
  return TRUE;
}

/* The same, and it has to be there and not be blank. */
gboolean
appspec_required_text (const YamlNode *map, const char *key, AppSpecError code, Arena *arena,
                       const char **out, GError **error)
{
  if (!appspec_optional_text (map, key, code, arena, out, error))
    return FALSE;
  if (*out == NULL)
    return appspec_fail_key (error, code, map, key, "is missing");
  if (**out == '\0')
    return appspec_fail_key (error, code, map, key, "is blank");
  return TRUE;
}

static gboolean
parse_version (Parse *parse, GError **error)
{
  const YamlNode *node = appspec_value (parse->root, "version");
  if (node == NULL)
    return fail_at (error, APPSPEC_ERROR_VERSION, parse->root,
                    "\"version\" is missing; it must be 0.0");
  /* "0" and "0.00" too; a quoted "0.0" is taken as it is meant (agent.md 4.2) */
  const char *text = node->kind == YAML_NODE_SCALAR ? node->text : "";
  gsize zeros = strspn (text, "0");
  gboolean is_zero =
      zeros > 0 && (text[zeros] == '\0' || (text[zeros] == '.' && strspn (text + zeros + 1, "0") ==
                                                                      strlen (text + zeros + 1)));
  if (!is_zero)
    return fail_at (error, APPSPEC_ERROR_VERSION, node, "\"version\" must be 0.0");
  return TRUE;
}

static gboolean
parse_os (Parse *parse, GError **error)
{
  const YamlNode *node = appspec_value (parse->root, "os");
  if (node == NULL)
    return fail_at (error, APPSPEC_ERROR_OS, parse->root, "\"os\" is missing; it must be linux");
  if (node->kind != YAML_NODE_SCALAR || strcmp (node->text, "linux") != 0) {
    g_set_error (error, APPSPEC_ERROR, APPSPEC_ERROR_OS,
                 "line %u: \"os\" is \"%s\", but this host runs linux", node->line,
                 node->text != NULL ? node->text : yaml_node_kind_name (node));
    return FALSE;
  }
  return TRUE;
}

/* A whole number; a fraction is cut off, as the official agent does. */
static gboolean
parse_timeout (const YamlNode *script, gint64 *out, GError **error)
{
  const YamlNode *node = appspec_value (script, "timeout");
  *out = DEFAULT_TIMEOUT_S;
  if (node == NULL)
    return TRUE;

  const char *text = node->kind == YAML_NODE_SCALAR ? node->text : "";
  char *end = NULL;
  gint64 value = g_ascii_strtoll (text, &end, 10);
  gboolean is_number = end != text;
  if (is_number && *end == '.')
    end += 1 + strspn (end + 1, "0123456789");
  if (!is_number || *end != '\0' || value <= 0)
    return appspec_fail_key (error, APPSPEC_ERROR_HOOKS, node, "timeout",
                             "must be a number of seconds above 0");
  *out = MIN (value, MAX_TIMEOUT_S);
  return TRUE;
}

static gboolean
is_false (const YamlNode *node)
{
  static const char *const words[] = { "false", "no", "off", NULL };
  if (node->kind != YAML_NODE_SCALAR || !node->plain)
    return FALSE;
  for (gsize i = 0; words[i] != NULL; i++)
    if (g_ascii_strcasecmp (node->text, words[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse_script (Parse *parse, const YamlNode *node, AppSpecScript *out, GError **error)
{
  if (node->kind != YAML_NODE_MAPPING)
    return fail_at (error, APPSPEC_ERROR_HOOKS, node,
                    "a script must be a mapping with \"location\"");
  out->line = node->line;
  if (!appspec_required_text (node, "location", APPSPEC_ERROR_HOOKS, parse->arena, &out->location,
                              error) ||
      !appspec_optional_text (node, "runas", APPSPEC_ERROR_HOOKS, parse->arena, &out->runas,
                              error) ||
      !parse_timeout (node, &out->timeout_s, error))
    return FALSE;
  if (out->runas != NULL && out->runas[0] == '\0')
    out->runas = NULL;
  const YamlNode *sudo = appspec_value (node, "sudo");
  out->sudo = sudo != NULL && !is_false (sudo);
  return TRUE;
}

static gboolean
parse_hooks (Parse *parse, GError **error)
{
  const YamlNode *map = appspec_value (parse->root, "hooks");
  if (map == NULL)
    return TRUE;
  if (map->kind != YAML_NODE_MAPPING)
    return appspec_fail_key (error, APPSPEC_ERROR_HOOKS, map, "hooks",
                             "must map event names to lists of scripts");

  AppSpecHook *hooks = arena_new0_n (parse->arena, AppSpecHook, map->n);
  for (gsize i = 0; i < map->n; i++) {
    const YamlNode *list = map->values[i];
    if (yaml_node_is_null (list))
      continue;
    if (list->kind != YAML_NODE_SEQUENCE)
      return appspec_fail_key (error, APPSPEC_ERROR_HOOKS, list, map->keys[i]->text,
                               "must be a list of scripts");
    AppSpecScript *scripts = arena_new0_n (parse->arena, AppSpecScript, list->n);
    for (gsize j = 0; j < list->n; j++)
      if (!parse_script (parse, list->values[j], &scripts[j], error))
        return FALSE;
    hooks[parse->out->n_hooks++] = (AppSpecHook){
      .event = arena_strdup (parse->arena, map->keys[i]->text),
      .n_scripts = list->n,
      .scripts = scripts,
    };
  }
  parse->out->hooks = hooks;
  return TRUE;
}

static gboolean
parse_file (Parse *parse, const YamlNode *node, AppSpecFile *out, GError **error)
{
  const char *source, *destination;

  if (node->kind != YAML_NODE_MAPPING)
    return fail_at (error, APPSPEC_ERROR_FILES, node,
                    "an item of \"files\" must be a mapping with \"source\" and \"destination\"");
  out->line = node->line;
  if (!appspec_required_text (node, "source", APPSPEC_ERROR_FILES, parse->arena, &source, error) ||
      !appspec_required_text (node, "destination", APPSPEC_ERROR_FILES, parse->arena, &destination,
                              error))
    return FALSE;
  out->source = pathname_normalise_inside (source, parse->arena);
  if (out->source == NULL)
    return appspec_fail_key (error, APPSPEC_ERROR_FILES, node, "source",
                             "must not leave the revision with \"..\"");
  out->destination = pathname_normalise_absolute (destination, parse->arena);
  if (out->destination == NULL)
    return appspec_fail_key (error, APPSPEC_ERROR_FILES, node, "destination",
                             "must be an absolute path");
  return TRUE;
}

/* The list under a key: NULL in *out when it is absent or null. */
static gboolean
list_of (Parse *parse, const char *key, AppSpecError code, const YamlNode **out, GError **error)
{
  *out = appspec_value (parse->root, key);
  if (*out != NULL && (*out)->kind != YAML_NODE_SEQUENCE)
    return appspec_fail_key (error, code, *out, key, "must be a list");
  return TRUE;
}

static gboolean
parse_files (Parse *parse, GError **error)
{
  const YamlNode *list;
  if (!list_of (parse, "files", APPSPEC_ERROR_FILES, &list, error))
    return FALSE;
  if (list == NULL)
    return TRUE;
  AppSpecFile *files = arena_new0_n (parse->arena, AppSpecFile, list->n);
  for (gsize i = 0; i < list->n; i++)
    if (!parse_file (parse, list->values[i], &files[i], error))
      return FALSE;
  parse->out->files = files;
  parse->out->n_files = list->n;
  return TRUE;
}

static gboolean
parse_permissions (Parse *parse, GError **error)
{
  const YamlNode *list;
  if (!list_of (parse, "permissions", APPSPEC_ERROR_PERMISSIONS, &list, error))
    return FALSE;
  if (list == NULL)
    return TRUE;
  AppSpecPermission *permissions = arena_new0_n (parse->arena, AppSpecPermission, list->n);
  for (gsize i = 0; i < list->n; i++)
    if (!appspec_permission_parse (list->values[i], parse->arena, &permissions[i], error))
      return FALSE;
  parse->out->permissions = permissions;
  parse->out->n_permissions = list->n;
  return TRUE;
}

static gboolean
parse_file_exists (Parse *parse, GError **error)
{
  const YamlNode *node = appspec_value (parse->root, "file_exists_behavior");
  if (node == NULL)
    return TRUE;
  AppSpecFileExists *value = arena_new0 (parse->arena, AppSpecFileExists);
  if (node->kind != YAML_NODE_SCALAR || !appspec_file_exists_from_name (node->text, value))
    return appspec_fail_key (error, APPSPEC_ERROR_FILE_EXISTS, node, "file_exists_behavior",
                             "must be DISALLOW, OVERWRITE or RETAIN");
  parse->out->file_exists = value;
  return TRUE;
}

const AppSpec *
appspec_parse (const char *bytes, gsize n, Arena *arena, GError **error)
{
  g_autoptr (GError) local = NULL;
  Parse parse = { .arena = arena, .out = arena_new0 (arena, AppSpec) };

  YamlTreeFlags flags = YAML_TREE_LAST_DUPLICATE_WINS | YAML_TREE_FIRST_DOCUMENT_ONLY;
  gsize blanks = 0;
  while (blanks < n && g_ascii_isspace (bytes[blanks]))
    blanks++;
  if (blanks == n) {
    g_set_error_literal (error, APPSPEC_ERROR, APPSPEC_ERROR_SYNTAX,
                         "the file is empty; it needs at least \"version\" and \"os\"");
    return NULL;
  }
  parse.root = yaml_tree_parse (bytes, n, flags, NULL, arena, &local);
  if (parse.root == NULL) {
    g_set_error_literal (error, APPSPEC_ERROR, APPSPEC_ERROR_SYNTAX, local->message);
    return NULL;
  }
  if (yaml_node_is_null (parse.root)) {
    g_set_error_literal (error, APPSPEC_ERROR, APPSPEC_ERROR_SYNTAX,
                         "the file is empty; it needs at least \"version\" and \"os\"");
    return NULL;
  }
  if (parse.root->kind != YAML_NODE_MAPPING) {
    fail_at (error, APPSPEC_ERROR_SYNTAX, parse.root, "the file must be a mapping");
    return NULL;
  }
  if (!parse_version (&parse, error) || !parse_os (&parse, error) || !parse_hooks (&parse, error) ||
      !parse_files (&parse, error) || !parse_permissions (&parse, error) ||
      !parse_file_exists (&parse, error))
    return NULL;
  return parse.out;
}

const AppSpecHook *
appspec_hook (const AppSpec *appspec, const char *event)
{
  for (gsize i = 0; i < appspec->n_hooks; i++)
    if (strcmp (appspec->hooks[i].event, event) == 0)
      return appspec->hooks[i].n_scripts > 0 ? &appspec->hooks[i] : NULL;
  return NULL;
}
