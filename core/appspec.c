#include "core/appspec.h"

#include <string.h>

#include "core/appspec-reader.h"
#include "core/pathname.h"

G_DEFINE_QUARK (slipway - appspec - error, appspec_error)
ENUM_NAMES_DEFINE (AppSpecFileExists, appspec_file_exists, APPSPEC_FILE_EXISTS_LIST)
ENUM_NAMES_DEFINE (AppSpecAclType, appspec_acl_type, APPSPEC_ACL_TYPE_LIST)

#define WORD_OF(enumerator, text) text,

/* "0" and "0.00" too (agent.md 4.2). */
static gboolean
is_zero (const char *text)
{
  gsize zeros = strspn (text, "0");
  const char *rest = text + zeros;
  return zeros > 0 &&
         (*rest == '\0' || (*rest == '.' && strspn (rest + 1, "0") == strlen (rest + 1)));
}

void
appspec_check_version (AppSpecReader *reader, const YamlNode *root, const YamlNode *value)
{
  reader->part = APPSPEC_ERROR_VERSION;
  if (value == NULL)
    appspec_error (reader, root, "\"version\" is missing; it must be 0.0");
  else if (value->kind != YAML_NODE_SCALAR || !is_zero (value->text))
    appspec_error (reader, value, "\"version\" must be 0.0, not \"%.100s\"",
                   value->text != NULL ? value->text : yaml_node_kind_name (value));
}

static void
read_version (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  appspec_check_version (reader, NULL, value);
  if (value->kind == YAML_NODE_SCALAR && !value->plain && is_zero (value->text))
    appspec_warning (
        reader, value,
        "\"version\" is a text here: the official agent 1.x wants the number 0.0, without "
        "quotes");
}

static void
read_os (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  static const char *const words[] = { "linux" };
  const char *text = value->text != NULL ? value->text : yaml_node_kind_name (value);
  if (value->kind != YAML_NODE_SCALAR || strcmp (text, words[0]) != 0)
    appspec_error (reader, value, "\"os\" is \"%.100s\", but this host runs linux%s", text,
                   appspec_hint (reader, text, words, G_N_ELEMENTS (words)));
}

static void
read_source (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpecFile *file = place;
  const char *text = NULL;
  appspec_read_text (reader, key, value, &text);
  if (text == NULL)
    return;
  file->source_at = appspec_place (value);
  file->source = pathname_normalise_inside (text, reader->arena);
  if (file->source == NULL)
    appspec_error (reader, value, "\"source\" must not leave the revision with \"..\"");
  else if (strpbrk (text, "*?[") != NULL)
    appspec_warning (
        reader, value,
        "\"source\" is one file or folder: \"*\", \"?\" and \"[\" stand for themselves");
}

static void
read_destination (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                  gpointer place)
{
  const char **out = place;
  const char *text = NULL;
  appspec_read_text (reader, key, value, &text);
  if (text == NULL)
    return;
  *out = pathname_normalise_absolute (text, reader->arena);
  if (*out == NULL)
    appspec_error (reader, value, "\"destination\" must be an absolute path, not \"%.100s\"", text);
}

static const AppSpecKey file_keys[] = {
  { "source", read_source, 0, APPSPEC_REQUIRED },
  { "destination", read_destination, G_STRUCT_OFFSET (AppSpecFile, destination), APPSPEC_REQUIRED },
};
static const AppSpecMapping file_mapping = { "an item of \"files\"", file_keys,
                                             G_N_ELEMENTS (file_keys) };

static void
read_files (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value, gpointer place)
{
  AppSpec *out = place;
  if (!appspec_is_list (reader, "files", value, " of mappings with \"source\" and \"destination\""))
    return;
  AppSpecFile *files = arena_new0_n (reader->arena, AppSpecFile, value->n);
  for (gsize i = 0; i < value->n; i++) {
    AppSpecFile *file = &files[out->n_files];
    guint n_errors = reader->n_errors;
    *file = (AppSpecFile){ .line = value->values[i]->line };
    appspec_read_mapping (reader, &file_mapping, value->values[i], file);
    out->n_files += reader->n_errors == n_errors;
  }
  out->files = files;
}

static void
read_file_exists (AppSpecReader *reader, const AppSpecKey *key, const YamlNode *value,
                  gpointer place)
{
  static const char *const words[] = { APPSPEC_FILE_EXISTS_LIST (WORD_OF) };
  const AppSpecFileExists **out = place;
  AppSpecFileExists *behaviour = arena_new0 (reader->arena, AppSpecFileExists);
  const char *text = value->text != NULL ? value->text : yaml_node_kind_name (value);
  if (value->kind == YAML_NODE_SCALAR && appspec_file_exists_from_name (text, behaviour))
    *out = behaviour;
  else
    appspec_error (reader, value,
                   "\"file_exists_behavior\" must be DISALLOW, OVERWRITE or RETAIN, not "
                   "\"%.100s\"%s",
                   text, appspec_hint (reader, text, words, G_N_ELEMENTS (words)));
}

/* In the order in which the official agent reads them, and so reports the first error (agent.md 4.1). */
static const AppSpecKey keys[] = {
  { "version", read_version, 0, APPSPEC_REQUIRED, APPSPEC_ERROR_VERSION, "it must be 0.0" },
  { "os", read_os, 0, APPSPEC_REQUIRED, APPSPEC_ERROR_OS, "it must be linux" },
  { "hooks", appspec_read_hooks, 0, APPSPEC_OPTIONAL, APPSPEC_ERROR_HOOKS },
  { "files", read_files, 0, APPSPEC_OPTIONAL, APPSPEC_ERROR_FILES },
  { "permissions", appspec_read_permissions, 0, APPSPEC_OPTIONAL, APPSPEC_ERROR_PERMISSIONS },
  { "file_exists_behavior", read_file_exists, G_STRUCT_OFFSET (AppSpec, file_exists),
    APPSPEC_OPTIONAL, APPSPEC_ERROR_FILE_EXISTS },
};
static const AppSpecMapping top_mapping = { "the AppSpec", keys, G_N_ELEMENTS (keys) };

static gboolean
is_blank (const char *bytes, gsize n)
{
  gsize blanks = 0;
  while (blanks < n && g_ascii_isspace (bytes[blanks]))
    blanks++;
  return blanks == n;
}

/* The text as a mapping; NULL with what is wrong noted. */
static const YamlNode *
read_root (AppSpecReader *reader, const char *bytes, gsize n)
{
  g_autoptr (GError) problem = NULL;
  YamlNode nowhere = { 0 };
  YamlPlace place = { 0 };
  YamlTreeFlags flags = YAML_TREE_LAST_DUPLICATE_WINS | YAML_TREE_FIRST_DOCUMENT_ONLY;
  gboolean blank = is_blank (bytes, n);
  const YamlNode *root =
      blank ? NULL
            : yaml_tree_parse_located (bytes, n, flags, NULL, reader->arena, &place, &problem);

  nowhere.line = place.line;
  nowhere.column = place.column;
  if (root == NULL && !blank)
    appspec_error (reader, &nowhere, "%s", problem->message);
  else if (blank || yaml_node_is_null (root))
    appspec_error (reader, &nowhere, "the file is empty; it needs at least \"version\" and \"os\"");
  else if (root->kind != YAML_NODE_MAPPING)
    appspec_error (reader, root, "the file must be a mapping with \"version\" and \"os\"");
  return reader->n_errors > 0 ? NULL : root;
}

/* What could be read, and in the reader the findings in the order of reading. */
static const AppSpec *
read_server (AppSpecReader *reader, const YamlNode *root)
{
  AppSpec *out = arena_new0 (reader->arena, AppSpec);
  appspec_read_mapping (reader, &top_mapping, root, out);
  return out;
}

static void
fail_with_first (const AppSpecReader *reader, GError **error)
{
  for (guint i = 0; i < reader->findings->len; i++) {
    const AppSpecFinding *finding = &g_array_index (reader->findings, AppSpecFinding, i);
    if (finding->severity != APPSPEC_SEVERITY_ERROR)
      continue;
    g_set_error_literal (error, APPSPEC_ERROR, (gint)finding->part, finding->text);
    if (finding->place.line > 0)
      g_prefix_error (error, "line %u: ", finding->place.line);
    return;
  }
}

const AppSpec *
appspec_parse (const char *bytes, gsize n, Arena *arena, GError **error)
{
  g_autoptr (GArray) findings = g_array_new (FALSE, FALSE, sizeof (AppSpecFinding));
  AppSpecReader reader = { .arena = arena, .findings = findings };
  const YamlNode *root = read_root (&reader, bytes, n);
  const AppSpec *appspec = root != NULL ? read_server (&reader, root) : NULL;
  if (reader.n_errors == 0)
    return appspec;
  fail_with_first (&reader, error);
  return NULL;
}

static int
by_place (gconstpointer a, gconstpointer b)
{
  const AppSpecFinding *one = a, *other = b;
  if (one->place.line != other->place.line)
    return one->place.line < other->place.line ? -1 : 1;
  if (one->place.column != other->place.column)
    return one->place.column < other->place.column ? -1 : 1;
  return strcmp (one->text, other->text);
}

const AppSpecReport *
appspec_check (const char *bytes, gsize n, Arena *arena)
{
  g_autoptr (GArray) findings = g_array_new (FALSE, FALSE, sizeof (AppSpecFinding));
  AppSpecReader reader = { .arena = arena, .findings = findings };
  AppSpecReport *report = arena_new0 (arena, AppSpecReport);

  const YamlNode *root = read_root (&reader, bytes, n);
  if (root != NULL && appspec_is_for_service (root))
    report->platform = appspec_read_service (&reader, root);
  else if (root != NULL)
    report->appspec = read_server (&reader, root);
  g_array_sort (findings, by_place);
  report->n_errors = reader.n_errors;
  report->n_findings = findings->len;
  report->findings = arena_memdup (arena, findings->data, findings->len * sizeof (AppSpecFinding));
  return report;
}

const AppSpecHook *
appspec_hook (const AppSpec *appspec, const char *event)
{
  for (gsize i = 0; i < appspec->n_hooks; i++)
    if (strcmp (appspec->hooks[i].event, event) == 0)
      return appspec->hooks[i].n_scripts > 0 ? &appspec->hooks[i] : NULL;
  return NULL;
}
