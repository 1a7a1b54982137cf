#include "agent/config.h"

#include <string.h>

#include "agent/fs-atomic.h"
#include "core/yaml-tree.h"

#define MAX_FILE_BYTES (256 * 1024)

G_DEFINE_QUARK (slipway - agent - config - error, agent_config_error)

typedef enum {
  SETTING_TEXT, /* empty counts as not given */
  SETTING_FLAG,
  SETTING_COUNT,        /* whole number */
  SETTING_SECONDS_IN_MS /* may have a fraction */
} SettingKind;

typedef struct {
  const char *key;
  SettingKind kind;
  gsize offset;
  const char *fallback; /* as it would be written; NULL: zero */
  gint64 least, most;   /* numbers, in the unit of the file */
} Setting;

#define ROW(key, kind, member, ...)                                                                \
  {                                                                                                \
    key, kind, G_STRUCT_OFFSET (AgentConfig, member), __VA_ARGS__                                  \
  }

static const Setting settings[] = {
  ROW ("program_name", SETTING_TEXT, program_name, "codedeploy-agent"),
  ROW ("root_dir", SETTING_TEXT, root_dir, NULL),
  ROW ("log_dir", SETTING_TEXT, log_dir, NULL),
  ROW ("pid_dir", SETTING_TEXT, pid_dir, NULL),
  ROW ("verbose", SETTING_FLAG, verbose, "false"),
  ROW ("wait_between_runs", SETTING_COUNT, wait_between_runs_s, "30", 0, 86400),
  ROW ("max_revisions", SETTING_COUNT, max_revisions, "5", 1, 100000),
  ROW ("proxy_uri", SETTING_TEXT, proxy_uri, NULL),
  ROW ("on_premises_config_file", SETTING_TEXT, on_premises_config_file,
       "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml"),
  ROW ("enable_auth_policy", SETTING_FLAG, enable_auth_policy, "false"),
  ROW ("use_mock_command_service", SETTING_FLAG, use_mock_command_service, "false"),
  ROW ("deploy_control_endpoint", SETTING_TEXT, deploy_control_endpoint, NULL),
  ROW ("s3_endpoint_override", SETTING_TEXT, s3_endpoint_override, NULL),
  ROW ("use_fips_mode", SETTING_FLAG, use_fips_mode, "false"),
  ROW ("enable_deployments_log", SETTING_FLAG, enable_deployments_log, "true"),
  ROW ("http_read_timeout", SETTING_COUNT, http_read_timeout_s, "80", 1, 3600),
  ROW ("kill_agent_max_wait_time_seconds", SETTING_COUNT, kill_agent_max_wait_time_s, "7200", 0,
       86400),
  ROW ("ongoing_deployment_tracking", SETTING_TEXT, ongoing_deployment_tracking,
       "ongoing-deployment"),
  ROW ("codedeploy_test_profile", SETTING_TEXT, test_profile, "prod"),
  ROW ("reject_symlinks_in_bundle", SETTING_FLAG, reject_symlinks_in_bundle, "false"),
  ROW ("reject_unsafe_permissions_in_bundle", SETTING_FLAG, reject_unsafe_permissions_in_bundle,
       "false"),
  ROW ("ignore_ownership_in_bundle", SETTING_FLAG, ignore_ownership_in_bundle, "false"),
  ROW ("allow_outside_links_in_bundle", SETTING_FLAG, allow_outside_links_in_bundle, "false"),
  ROW ("archive_max_extraction_size", SETTING_COUNT, archive_max_extraction_bytes, "0", 0,
       (gint64)1 << 50),
  ROW ("ssl_ca_bundle", SETTING_TEXT, ssl_ca_bundle, NULL),
  ROW ("spec_signer_ca", SETTING_TEXT, spec_signer_ca, NULL),
  ROW ("poll_backoff_first", SETTING_SECONDS_IN_MS, poll_backoff_first_ms, "10", 0, 3600),
  ROW ("hook_term_grace", SETTING_SECONDS_IN_MS, hook_term_grace_ms, "5", 0, 3600),
};

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

static gboolean
set_number (const Setting *setting, const char *text, gpointer place, GError **error)
{
  gboolean in_ms = setting->kind == SETTING_SECONDS_IN_MS;
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || strpbrk (text, "xXnN") != NULL ||
      !(value >= (double)setting->least && value <= (double)setting->most)) {
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "\"%s\" must be a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                 ", not \"%s\"",
                 setting->key, setting->least, setting->most, text);
    return FALSE;
  }
  *(gint64 *)place = (gint64)(in_ms ? value * 1000 : value);
  return TRUE;
}

static gboolean
set_value (const Setting *setting, const char *text, AgentConfig *config, Arena *arena,
           GError **error)
{
  gpointer place = G_STRUCT_MEMBER_P (config, setting->offset);

  switch (setting->kind) {
  case SETTING_TEXT:
    if (text[0] != '\0')
      *(const char **)place = arena_strdup (arena, text);
    return TRUE;
  case SETTING_FLAG:
    if (parse_flag (text, place))
      return TRUE;
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                 "\"%s\" must be true or false, not \"%s\"", setting->key, text);
    return FALSE;
  case SETTING_COUNT:
  case SETTING_SECONDS_IN_MS:
  default:
    return set_number (setting, text, place, error);
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

static gboolean
apply_setting (const YamlNode *key, const YamlNode *value, AgentConfig *config, Arena *arena,
               GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (strcmp (settings[i].key, plain_key (key->text)) != 0)
      continue;
    if (yaml_node_is_null (value))
      return TRUE;
    if (value->kind != YAML_NODE_SCALAR) {
      g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                   "line %u: \"%s\" must be a single value", key->line, settings[i].key);
      return FALSE;
    }
    if (set_value (&settings[i], value->text, config, arena, error))
      return TRUE;
    g_prefix_error (error, "line %u: ", key->line);
    return FALSE;
  }
  return TRUE; /* unknown keys are ignored (agent.md 6.6) */
}

const AgentConfig *
agent_config_parse (const char *bytes, gsize n, Arena *arena, GError **error)
{
  AgentConfig *config = arena_new0 (arena, AgentConfig);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (settings[i].fallback != NULL &&
        !set_value (&settings[i], settings[i].fallback, config, arena, error))
      return NULL;

  const YamlNode *root = parse_map (bytes, n, arena, error);
  if (root == NULL)
    return NULL;
  for (gsize i = 0; i < root->n; i++)
    if (!apply_setting (root->keys[i], root->values[i], config, arena, error))
      return NULL;
  if (config->root_dir == NULL || strcmp (config->root_dir, "/") == 0) {
    g_set_error_literal (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
                         "\"root_dir\" is missing: the folder that revisions are kept in");
    return NULL;
  }
  if (strchr (config->program_name, '/') != NULL ||
      strchr (config->ongoing_deployment_tracking, '/') != NULL) {
    g_set_error_literal (
        error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
        "\"program_name\" and \"ongoing_deployment_tracking\" are names, not paths");
    return NULL;
  }
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

static const char *
map_text (const YamlNode *root, const char *key, Arena *arena)
{
  const char *found = NULL;
  for (gsize i = 0; root != NULL && i < root->n; i++)
    if (strcmp (plain_key (root->keys[i]->text), key) == 0 &&
        root->values[i]->kind == YAML_NODE_SCALAR && !yaml_node_is_null (root->values[i]))
      found = root->values[i]->text;
  return found != NULL && found[0] != '\0' ? arena_strdup (arena, found) : NULL;
}

static const char *
list_text (const char *const *environ_, const char *name)
{
  gsize length = strlen (name);
  for (gsize i = 0; environ_ != NULL && environ_[i] != NULL; i++)
    if (strncmp (environ_[i], name, length) == 0 && environ_[i][length] == '=' &&
        environ_[i][length + 1] != '\0')
      return environ_[i] + length + 1;
  return NULL;
}

static gboolean
fail_identity (GError **error, const char *message)
{
  g_set_error_literal (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_IDENTITY, message);
  return FALSE;
}

static gboolean
require_key (const char *value, const char *key, GError **error)
{
  if (value != NULL)
    return TRUE;
  g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_IDENTITY, "\"%s\" is missing", key);
  return FALSE;
}

static gboolean
identity_from_file (const YamlNode *root, AgentIdentity *out, Arena *arena, GError **error)
{
  const char *user = map_text (root, "iam_user_arn", arena);
  const char *session = map_text (root, "iam_session_arn", arena);

  if (user != NULL && session != NULL)
    return fail_identity (error, "both \"iam_user_arn\" and \"iam_session_arn\" are given");
  out->region = map_text (root, "region", arena);
  if (!require_key (out->region, "region", error))
    return FALSE;
  if (user != NULL) {
    out->mode = IDENTITY_STATIC_KEYS;
    out->host_identifier = user;
    out->access_key_id = map_text (root, "aws_access_key_id", arena);
    out->secret_access_key = map_text (root, "aws_secret_access_key", arena);
    return require_key (out->access_key_id, "aws_access_key_id", error) &&
           require_key (out->secret_access_key, "aws_secret_access_key", error);
  }
  out->mode = IDENTITY_CREDENTIALS_FILE;
  out->host_identifier = session;
  out->credentials_file = map_text (root, "aws_credentials_file", arena);
  return require_key (out->credentials_file, "aws_credentials_file", error);
}

const AgentIdentity *
agent_identity_parse (const char *bytes, gsize n, const char *const *environ_, Arena *arena,
                      GError **error)
{
  AgentIdentity *identity = arena_new0 (arena, AgentIdentity);
  const YamlNode *root = NULL;

  if (bytes != NULL) {
    root = parse_map (bytes, n, arena, error);
    if (root == NULL)
      return NULL;
  }
  if (map_text (root, "iam_user_arn", arena) != NULL ||
      map_text (root, "iam_session_arn", arena) != NULL)
    return identity_from_file (root, identity, arena, error) ? identity : NULL;

  /* NEEDSWORK: without a file and variables the official agent asks the EC2 metadata service (agent.md 6.9); settled by a
     client for it, tried on a host that has one. */
  identity->mode = IDENTITY_ENVIRONMENT;
  identity->region = arena_strdup (arena, list_text (environ_, "AWS_REGION"));
  identity->host_identifier = arena_strdup (arena, list_text (environ_, "AWS_HOST_IDENTIFIER"));
  if (identity->region == NULL || identity->host_identifier == NULL) {
    fail_identity (error, "nobody says who this host is: there is no on-premises file with "
                          "\"iam_user_arn\" or \"iam_session_arn\", and AWS_REGION and "
                          "AWS_HOST_IDENTIFIER are not both set");
    return NULL;
  }
  return identity;
}

const AgentIdentity *
agent_identity_load (const AgentConfig *config, Arena *arena, GError **error)
{
  const char *path = config->on_premises_config_file;
  const char *variables[3] = { NULL };
  const char *names[] = { "AWS_REGION", "AWS_HOST_IDENTIFIER" };
  gboolean missing;
  gsize n = 0, n_variables = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      variables[n_variables++] = arena_printf (arena, "%s=%s", names[i], g_getenv (names[i]));
  g_autofree char *bytes = fs_read_optional (path, MAX_FILE_BYTES, &n, &missing, error);
  if (bytes == NULL && !missing)
    return NULL;
  const AgentIdentity *identity = agent_identity_parse (bytes, n, variables, arena, error);
  if (identity == NULL)
    g_prefix_error (error, "on-premises file \"%s\": ", path);
  return identity;
}

static gboolean
check_fips_region (const char *region, GError **error)
{
  static const char *const with_fips[] = { "us-east-1", "us-east-2",     "us-west-1",
                                           "us-west-2", "us-gov-west-1", "us-gov-east-1" };
  for (gsize i = 0; i < G_N_ELEMENTS (with_fips); i++)
    if (strcmp (region, with_fips[i]) == 0)
      return TRUE;
  g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
               "\"use_fips_mode\" is not possible in region %s", region);
  return FALSE;
}

static const char *
domain_of (const char *region)
{
  if (strcmp (region, "eusc-de-east-1") == 0)
    return "amazonaws.eu";
  return g_str_has_prefix (region, "cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/* Requests are signed but not secret: without TLS only on this machine, or where the configuration says it is a test. */
static gboolean
check_scheme (const AgentConfig *config, const char *url, GError **error)
{
  static const char *const loopback[] = { "127.", "localhost", "[::1]" };
  const char *host = url + strlen ("http://");

  if (g_str_has_prefix (url, "https://") || strcmp (config->test_profile, "prod") != 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (loopback) && g_str_has_prefix (url, "http://"); i++) {
    gsize n = strlen (loopback[i]);
    gboolean whole = loopback[i][n - 1] == '.' || strchr (":/", host[n]) != NULL;
    if (strncmp (host, loopback[i], n) == 0 && whole)
      return TRUE;
  }
  g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_VALUE,
               "endpoint \"%s\" must begin with https:// (http:// is for this machine only)", url);
  return FALSE;
}

const char *
agent_config_endpoint (const AgentConfig *config, const char *region, Arena *arena, GError **error)
{
  if (config->use_fips_mode && !check_fips_region (region, error))
    return NULL;
  if (config->deploy_control_endpoint != NULL)
    return check_scheme (config, config->deploy_control_endpoint, error)
               ? config->deploy_control_endpoint
               : NULL;
  return arena_printf (arena, "https://codedeploy-commands%s%s.%s.%s",
                       config->enable_auth_policy ? "-secure" : "",
                       config->use_fips_mode ? "-fips" : "", region, domain_of (region));
}

const char *
agent_config_s3_endpoint (const AgentConfig *config, const char *region, Arena *arena)
{
  if (config->s3_endpoint_override != NULL) {
    char *url = arena_strdup (arena, config->s3_endpoint_override);
    for (gsize n = strlen (url); n > 0 && url[n - 1] == '/'; n--)
      url[n - 1] = '\0';
    return url;
  }
  return arena_printf (arena, "https://s3%s.%s.%s", config->use_fips_mode ? "-fips" : "", region,
                       domain_of (region));
}
