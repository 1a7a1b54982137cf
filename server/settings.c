#include "server/settings.h"

#include <stddef.h>
#include <string.h>

#include "core/yaml-tree.h"

G_DEFINE_QUARK (slipway_settings_error, settings_error)

#define QUOTA_PREFIX "quota-"

typedef enum {
  SETTING_TEXT,
  SETTING_URL,
  SETTING_NUMBER,
  SETTING_FLAG,
  SETTING_LIST_OF_TEXTS
} SettingType;

typedef struct {
  const char *name; /* with '_' */
  SettingType type;
  gsize offset; /* in Settings */
  const char *fallback_text;
  gint64 fallback_number;
  gint64 smallest, greatest; /* of a text or list: its length */
  const char *unit;
  const char *help;
} SettingRow;

/* One way for each type to say its default. */
#define DEFAULT_TEXT(fallback)   SETTING_TEXT, fallback, 0
#define DEFAULT_URL(fallback)    SETTING_URL, fallback, 0
#define DEFAULT_NUMBER(fallback) SETTING_NUMBER, NULL, fallback
#define DEFAULT_FLAG(fallback)   SETTING_FLAG, NULL, fallback
#define DEFAULT_LIST(fallback)   SETTING_LIST_OF_TEXTS, fallback, 0
#define ROW_OF(name, offset, type, text, number, ...)                                              \
  { name, type, offset, text, number, __VA_ARGS__ },
#define ROW_SPREAD(...) ROW_OF (__VA_ARGS__)
#define SETTING_ROW(member, type, fallback, smallest, greatest, unit, help)                        \
  ROW_SPREAD (#member, offsetof (Settings, member), DEFAULT_##type (fallback), smallest, greatest, \
              unit, help)
static const SettingRow rows[] = { SETTING_LIST (SETTING_ROW) };

static const char *const no_texts[] = { NULL };

static gpointer
member (Settings *settings, const SettingRow *row)
{
  return (char *)settings + row->offset;
}

void
settings_init (Settings *settings)
{
  memset (settings, 0, sizeof *settings);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    gpointer at = member (settings, &rows[i]);
    switch (rows[i].type) {
    case SETTING_TEXT:
    case SETTING_URL:
      *(const char **)at = rows[i].fallback_text;
      break;
    case SETTING_NUMBER:
      *(gint64 *)at = rows[i].fallback_number;
      break;
    case SETTING_FLAG:
      *(gboolean *)at = rows[i].fallback_number != 0;
      break;
    case SETTING_LIST_OF_TEXTS:
      *(const char *const **)at = no_texts;
      break;
    }
  }
  settings->level = LOG_LEVEL_INFO;
  quotas_init (&settings->quotas);
}

/* ---- one setting ---- */

static gboolean
same_name (const char *a, const char *b)
{
  for (; *a != '\0' && *b != '\0'; a++, b++)
    if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
      return FALSE;
  return *a == *b;
}

static gboolean
refuse (GError **error, const char *name, const char *value, const char *want)
{
  g_set_error (error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "%s is \"%.100s\", but must be %s",
               name, value, want);
  return FALSE;
}

static gboolean
set_text (Settings *settings, const SettingRow *row, const char *value, Arena *arena,
          GError **error)
{
  glong length = g_utf8_strlen (value, -1);
  if (length < row->smallest || length > row->greatest) {
    g_autofree char *want =
        row->smallest == row->greatest
            ? g_strdup_printf ("%" G_GINT64_FORMAT " characters long", row->greatest)
            : g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " characters long",
                               row->smallest, row->greatest);
    return refuse (error, row->name, row->type == SETTING_URL ? "..." : value, want);
  }
  *(const char **)member (settings, row) = arena_strdup (arena, value);
  return TRUE;
}

static gboolean
set_number (Settings *settings, const SettingRow *row, const char *value, GError **error)
{
  gint64 number = 0;
  if (!g_ascii_string_to_signed (value, 10, row->smallest, row->greatest, &number, NULL)) {
    g_autofree char *want =
        g_strdup_printf ("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " (%s)",
                         row->smallest, row->greatest, row->unit);
    return refuse (error, row->name, value, want);
  }
  *(gint64 *)member (settings, row) = number;
  return TRUE;
}

static gboolean
set_flag (Settings *settings, const SettingRow *row, const char *value, GError **error)
{
  gboolean yes = strcmp (value, "true") == 0;
  if (!yes && strcmp (value, "false") != 0)
    return refuse (error, row->name, value, "true or false");
  *(gboolean *)member (settings, row) = yes;
  return TRUE;
}

static gboolean
set_list (Settings *settings, const SettingRow *row, const char *value, Arena *arena,
          GError **error)
{
  if ((gint64)strlen (value) > row->greatest)
    return refuse (error, row->name, value, "shorter");
  g_auto (GStrv) words = g_strsplit_set (value, ", \t\n", -1);
  const char **list = arena_new0_n (arena, const char *, g_strv_length (words) + 1);
  gsize n = 0;
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      list[n++] = arena_strdup (arena, *word);
  *(const char *const **)member (settings, row) = list;
  return TRUE;
}

/* They stand between colons and slashes in ARNs and in what hosts hand back. */
static gboolean
check_arn_part (const SettingRow *row, const char *text, GError **error)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-')
      return refuse (error, row->name, text, "letters, digits and -");
  return TRUE;
}

/* What the type alone cannot say. */
static gboolean
check_meaning (Settings *settings, const SettingRow *row, GError **error)
{
  if (row->offset == offsetof (Settings, log_level) &&
      !log_level_from_name (settings->log_level, &settings->level))
    return refuse (error, row->name, settings->log_level, row->unit);
  if (row->offset == offsetof (Settings, account_id) &&
      strspn (settings->account_id, "0123456789") != 12)
    return refuse (error, row->name, settings->account_id, "twelve digits");
  if (row->offset == offsetof (Settings, region))
    return check_arn_part (row, settings->region, error);
  if (row->offset == offsetof (Settings, partition))
    return check_arn_part (row, settings->partition, error);
  return TRUE;
}

static gboolean
set_quota (Settings *settings, const char *name, const char *value, GError **error)
{
  gint64 number = 0;
  if (!g_ascii_string_to_signed (value, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return refuse (error, name, value, "a whole number");
  g_autoptr (GError) problem = NULL;
  if (quotas_set (&settings->quotas, name + strlen (QUOTA_PREFIX), number, &problem))
    return TRUE;
  g_set_error (error, SETTINGS_ERROR,
               g_error_matches (problem, QUOTAS_ERROR, QUOTAS_ERROR_NAME) ? SETTINGS_ERROR_NAME
                                                                          : SETTINGS_ERROR_VALUE,
               "%s", problem->message);
  return FALSE;
}

gboolean
settings_set (Settings *settings, const char *name, const char *value, Arena *arena, GError **error)
{
  if (strlen (name) > strlen (QUOTA_PREFIX) && strncmp (name, "quota", 5) == 0 &&
      (name[5] == '-' || name[5] == '_'))
    return set_quota (settings, name, value, error);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    const SettingRow *row = &rows[i];
    if (!same_name (name, row->name))
      continue;
    gboolean ok = FALSE;
    switch (row->type) {
    case SETTING_TEXT:
    case SETTING_URL:
      ok = set_text (settings, row, value, arena, error);
      break;
    case SETTING_NUMBER:
      ok = set_number (settings, row, value, error);
      break;
    case SETTING_FLAG:
      ok = set_flag (settings, row, value, error);
      break;
    case SETTING_LIST_OF_TEXTS:
      ok = set_list (settings, row, value, arena, error);
      break;
    }
    return ok && check_meaning (settings, row, error);
  }
  g_set_error (error, SETTINGS_ERROR, SETTINGS_ERROR_NAME,
               "there is no setting \"%.100s\"; slipwayd serve --help lists them", name);
  return FALSE;
}

/* ---- a file ---- */

static gboolean
parse_pair (Settings *settings, const YamlNode *key, const YamlNode *value, const char *file_name,
            Arena *arena, GError **error)
{
  const char *text = value->text;
  g_autoptr (GString) joined = g_string_new (NULL);
  if (value->kind == YAML_NODE_SEQUENCE) {
    for (gsize i = 0; i < value->n; i++)
      if (value->values[i]->kind == YAML_NODE_SCALAR)
        g_string_append_printf (joined, "%s ", value->values[i]->text);
    text = joined->str;
  } else if (value->kind != YAML_NODE_SCALAR) {
    g_set_error (error, SETTINGS_ERROR, SETTINGS_ERROR_SYNTAX,
                 "%s: line %u: %s must be a value, not a %s", file_name, key->line, key->text,
                 yaml_node_kind_name (value));
    return FALSE;
  }
  if (settings_set (settings, key->text, text, arena, error))
    return TRUE;
  g_prefix_error (error, "%s: line %u: ", file_name, key->line);
  return FALSE;
}

/* Only blank lines and comments: no YAML document, but a good settings file. */
static gboolean
says_nothing (const char *text, gsize length)
{
  gboolean in_comment = FALSE;
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\n')
      in_comment = FALSE;
    else if (text[i] == '#')
      in_comment = TRUE;
    else if (!in_comment && !g_ascii_isspace (text[i]))
      return FALSE;
  }
  return TRUE;
}

gboolean
settings_parse (Settings *settings, const char *text, gsize length, const char *file_name,
                Arena *arena, GError **error)
{
  if (says_nothing (text, length))
    return TRUE;
  g_autoptr (GError) problem = NULL;
  const YamlNode *root = yaml_tree_parse (text, length, YAML_TREE_STRICT, NULL, arena, &problem);
  if (root == NULL) {
    g_set_error (error, SETTINGS_ERROR, SETTINGS_ERROR_SYNTAX, "%s: %s", file_name,
                 problem->message);
    return FALSE;
  }
  if (yaml_node_is_null (root))
    return TRUE;
  if (root->kind != YAML_NODE_MAPPING) {
    g_set_error (error, SETTINGS_ERROR, SETTINGS_ERROR_SYNTAX,
                 "%s: line %u: settings are written as \"name: value\"", file_name, root->line);
    return FALSE;
  }
  for (gsize i = 0; i < root->n; i++)
    if (!parse_pair (settings, root->keys[i], root->values[i], file_name, arena, error))
      return FALSE;
  return TRUE;
}

/* ---- the table as text ---- */

static void
append_fallback (GString *out, const SettingRow *row)
{
  switch (row->type) {
  case SETTING_TEXT:
  case SETTING_URL:
    g_string_append_printf (out, "\"%s\"", row->fallback_text);
    break;
  case SETTING_NUMBER:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, row->fallback_number);
    break;
  case SETTING_FLAG:
    g_string_append (out, row->fallback_number != 0 ? "true" : "false");
    break;
  case SETTING_LIST_OF_TEXTS:
    g_string_append_printf (out, "\"%s\"", row->fallback_text);
    break;
  }
}

static void
append_range (GString *out, const SettingRow *row)
{
  if (row->type == SETTING_NUMBER)
    g_string_append_printf (out, " (%s, %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ")", row->unit,
                            row->smallest, row->greatest);
  else
    g_string_append_printf (out, " (%s)", row->unit);
}

char *
settings_sample (void)
{
  GString *out = g_string_new (
      "# Settings of slipwayd. Every line shows its default; take the # away to change it.\n"
      "# The command line wins over this file.\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_string_append_printf (out, "\n# %s", rows[i].help);
    append_range (out, &rows[i]);
    g_string_append_printf (out, "\n#%s: ", rows[i].name);
    append_fallback (out, &rows[i]);
    g_string_append_c (out, '\n');
  }
  g_string_append (out, "\n# Quotas: how many there may be.\n");
  const QuotaRow *quota;
  for (gsize i = 0; (quota = quotas_row (i)) != NULL; i++)
    g_string_append_printf (
        out,
        "#quota_%s: %" G_GINT64_FORMAT " # %s (%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ")\n",
        quota->name, quota->fallback, quota->what, quota->smallest, quota->greatest);
  return g_string_free (out, FALSE);
}

char *
settings_help (void)
{
  GString *out = g_string_new (NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_string_append_printf (out, "  %s: ", rows[i].name);
    append_fallback (out, &rows[i]);
    g_string_append_printf (out, "\n      %s", rows[i].help);
    append_range (out, &rows[i]);
    g_string_append_c (out, '\n');
  }
  const QuotaRow *quota;
  for (gsize i = 0; (quota = quotas_row (i)) != NULL; i++)
    g_string_append_printf (out,
                            "  quota_%s: %" G_GINT64_FORMAT "\n      %s (%" G_GINT64_FORMAT
                            " to %" G_GINT64_FORMAT ")\n",
                            quota->name, quota->fallback, quota->what, quota->smallest,
                            quota->greatest);
  return g_string_free (out, FALSE);
}
