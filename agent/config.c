#include "agent/config.h"

#include <string.h>

#include "agent/config-table.h"
#include "agent/fs-atomic.h"
#include "core/yaml-tree.h"

#define MAX_FILE_BYTES  (256 * 1024)
#define MAX_SHOWN_BYTES 100

G_DEFINE_QUARK (slipway - agent - config - error, agent_config_error)

static gboolean
parse_flag (const char *text, gboolean *out)
{
  static const char *const words[][2] = { { "false", "true" }, { "no", "yes" }, { "off", "on" } };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    for (gsize value = 0; value < 2; value++)
      if (g_ascii_strcasecmp (text, words[i][value]) == 0) {
        *out = value == 1;
        return TRUE;
      }
  return FALSE;
}

/* How many bytes the unit after a number stands for; 0: it is none. */
static gint64
unit_bytes (const char *unit)
{
  static const struct {
    const char *name;
    gint64 bytes;
  } units[] = {
    { "", 1 },
    { "B", 1 },
    { "KB", 1000 },
    { "MB", 1000 * 1000 },
    { "GB", 1000 * 1000 * 1000 },
    { "TB", G_GINT64_CONSTANT (1000) * 1000 * 1000 * 1000 },
    { "KiB", 1 << 10 },
    { "MiB", 1 << 20 },
    { "GiB", 1 << 30 },
    { "TiB", (gint64)1 << 40 },
  };
  while (*unit == ' ')
    unit++;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (units[i].name, unit) == 0)
      return units[i].bytes;
  return 0;
}

static gboolean
set_number (const ConfigKey *key, const char *text, gpointer place, GError **error)
{
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);
  gint64 unit = key->kind == CONFIG_BYTES ? unit_bytes (end) : *end == '\0';
  gboolean is_number =
      end != text && unit != 0 && strspn (text, "+-.0123456789eE") >= (gsize)(end - text);

  value *= (double)unit;
  if (!is_number || !(value >= (double)key->least && value <= (double)key->most)) {
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "\"%s\" must be a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                 ", not \"%s\"",
                 key->key, key->least, key->most, text);
    return FALSE;
  }
  *(gint64 *)place = (gint64)(key->kind == CONFIG_SECONDS_IN_MS ? value * 1000 : value);
  return TRUE;
}

static gboolean
set_value (const ConfigKey *key, const char *text, AgentConfig *config, Arena *arena,
           GError **error)
{
  gpointer place = G_STRUCT_MEMBER_P (config, key->offset);

  switch (key->kind) {
  case CONFIG_NO_EFFECT:
    return TRUE;
  case CONFIG_TEXT:
    if (text[0] != '\0')
      *(const char **)place = arena_strdup (arena, text);
    return TRUE;
  case CONFIG_FLAG:
    if (parse_flag (text, place))
      return TRUE;
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "\"%s\" must be true or false, not \"%s\"", key->key, text);
    return FALSE;
  case CONFIG_COUNT:
  case CONFIG_BYTES:
  case CONFIG_SECONDS_IN_MS:
  default:
    return set_number (key, text, place, error);
  }
}

/* Both ":root_dir" and "root_dir". */
static const char *
plain_key (const char *key)
{
  return key[0] == ':' ? key + 1 : key;
}

static const YamlNode *
parse_map (const char *bytes, gsize n, Arena *arena, GError **error)
{
  g_autoptr (GError) local = NULL;
  const YamlNode *root =
      yaml_tree_parse (bytes, n, YAML_TREE_LAST_DUPLICATE_WINS, NULL, arena, &local);
  if (root == NULL) {
    g_set_error_literal (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_FILE, local->message);
    return NULL;
  }
  if (root->kind != YAML_NODE_MAPPING) {
    g_set_error_literal (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_FILE,
                         "it must be a mapping of settings");
    return NULL;
  }
  return root;
}

/* A misspelt key is ignored, as by the official agent, but should be seen (agent.md 6.6). */
static const char *
unknown_notice (const YamlNode *key, Arena *arena)
{
  const char *name = plain_key (key->text);
  const ConfigKey *meant = config_table_nearest (name);

  return arena_printf (arena, "line %u: \"%.*s\" is no setting and is ignored%s%s%s", key->line,
                       MAX_SHOWN_BYTES, name, meant != NULL ? "; did you mean \"" : "",
                       meant != NULL ? meant->key : "", meant != NULL ? "\"?" : "");
}

static gboolean
apply_setting (const YamlNode *name, const YamlNode *value, AgentConfig *config, Arena *arena,
               GPtrArray *notices, GError **error)
{
  const ConfigKey *key = config_table_find (plain_key (name->text));

  if (key == NULL) {
    g_ptr_array_add (notices, (gpointer)unknown_notice (name, arena));
    return TRUE;
  }
  if (key->kind == CONFIG_NO_EFFECT) {
    g_ptr_array_add (notices, arena_printf (arena, "line %u: \"%s\" has no effect: %s", name->line,
                                            key->key, key->help));
    return TRUE;
  }
  if (yaml_node_is_null (value))
    return TRUE;
  if (value->kind != YAML_NODE_SCALAR) {
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "line %u: \"%s\" must be a single value", name->line, key->key);
    return FALSE;
  }
  if (set_value (key, value->text, config, arena, error))
    return TRUE;
  g_prefix_error (error, "line %u: ", name->line);
  return FALSE;
}

static gboolean
check_whole (const AgentConfig *config, GError **error)
{
  if (config->root_dir == NULL || strcmp (config->root_dir, "/") == 0) {
    g_set_error_literal (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                         "\"root_dir\" is missing: the folder that revisions are kept in");
    return FALSE;
  }
  if (strchr (config->program_name, '/') != NULL ||
      strchr (config->ongoing_deployment_tracking, '/') != NULL) {
    g_set_error_literal (
        error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
        "\"program_name\" and \"ongoing_deployment_tracking\" are names, not paths");
    return FALSE;
  }
  if (strcmp (config->s3_addressing, "path") != 0 &&
      strcmp (config->s3_addressing, "virtual") != 0) {
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "\"s3_addressing\" must be path or virtual, not \"%s\"", config->s3_addressing);
    return FALSE;
  }
  return TRUE;
}

const AgentConfig *
agent_config_parse (const char *bytes, gsize n, Arena *arena, GError **error)
{
  AgentConfig *config = arena_new0 (arena, AgentConfig);
  g_autoptr (GPtrArray) notices = g_ptr_array_new (); /* of texts in arena */

  for (gsize i = 0; i < config_table_length; i++)
    if (config_table[i].fallback != NULL &&
        !set_value (&config_table[i], config_table[i].fallback, config, arena, error))
      return NULL;
  const YamlNode *root = parse_map (bytes, n, arena, error);
  if (root == NULL)
    return NULL;
  for (gsize i = 0; i < root->n; i++)
    if (!apply_setting (root->keys[i], root->values[i], config, arena, notices, error))
      return NULL;
  if (!check_whole (config, error))
    return NULL;
  g_ptr_array_add (notices, NULL);
  config->notices = arena_memdup (arena, notices->pdata, notices->len * sizeof (gpointer));
  return config;
}

const AgentConfig *
agent_config_load (const char *path, Arena *arena, GError **error)
{
  gboolean missing;
  gsize n = 0;
  g_autofree char *bytes = fs_read_optional (path, MAX_FILE_BYTES, &n, &missing, error);
  if (missing)
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_FILE,
                 "there is no configuration file \"%s\"", path);
  if (bytes == NULL)
    return NULL;
  const AgentConfig *config = agent_config_parse (bytes, n, arena, error);
  if (config == NULL)
    g_prefix_error (error, "configuration file \"%s\": ", path);
  return config;
}

gboolean
agent_config_is_test (const AgentConfig *config)
{
  return strcmp (config->test_profile, "beta") == 0 || strcmp (config->test_profile, "gamma") == 0;
}
