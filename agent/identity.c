#include "agent/identity.h"

#include <arpa/inet.h>
#include <string.h>

#include "agent/fs-atomic.h"
#include "core/yaml-tree.h"

#define MAX_FILE_BYTES (256 * 1024)

G_DEFINE_QUARK (slipway - agent - identity - error, agent_identity_error)

/* Both ":region" and "region"; the last of two. */
static const char *
map_text (const YamlNode *root, const char *key, Arena *arena)
{
  const char *found = NULL;
  for (gsize i = 0; root != NULL && i < root->n; i++) {
    const char *name = root->keys[i]->text;
    if (strcmp (name[0] == ':' ? name + 1 : name, key) == 0 &&
        root->values[i]->kind == YAML_NODE_SCALAR && !yaml_node_is_null (root->values[i]))
      found = root->values[i]->text;
  }
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

static const YamlNode *
parse_map (const char *bytes, gsize n, Arena *arena, GError **error)
{
  g_autoptr (GError) local = NULL;
  const YamlNode *root =
      yaml_tree_parse (bytes, n, YAML_TREE_LAST_DUPLICATE_WINS, NULL, arena, &local);
  if (root == NULL || root->kind != YAML_NODE_MAPPING) {
    g_set_error_literal (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_FILE,
                         root == NULL ? local->message : "it must be a mapping");
    return NULL;
  }
  return root;
}

static gboolean
require_key (const char *value, const char *key, GError **error)
{
  if (value != NULL)
    return TRUE;
  g_set_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_KEYS, "\"%s\" is missing", key);
  return FALSE;
}

static gboolean
from_file (const YamlNode *root, AgentIdentity *out, IdentityKeys *out_keys, Arena *arena,
           GError **error)
{
  const char *user = map_text (root, "iam_user_arn", arena);
  const char *session = map_text (root, "iam_session_arn", arena);

  if (user != NULL && session != NULL) {
    g_set_error_literal (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_KEYS,
                         "both \"iam_user_arn\" and \"iam_session_arn\" are given; a host has one");
    return FALSE;
  }
  out->region = map_text (root, "region", arena);
  if (!require_key (out->region, "region", error))
    return FALSE;
  if (user != NULL) {
    out->mode = IDENTITY_STATIC_KEYS;
    out->host_identifier = user;
    out_keys->access_key_id = map_text (root, "aws_access_key_id", arena);
    out_keys->secret_access_key = map_text (root, "aws_secret_access_key", arena);
    return require_key (out_keys->access_key_id, "aws_access_key_id", error) &&
           require_key (out_keys->secret_access_key, "aws_secret_access_key", error);
  }
  out->mode = IDENTITY_CREDENTIALS_FILE;
  out->host_identifier = session;
  out->credentials_file = map_text (root, "aws_credentials_file", arena);
  return require_key (out->credentials_file, "aws_credentials_file", error);
}

const AgentIdentity *
agent_identity_parse (const char *bytes, gsize n, const char *const *environ_,
                      IdentityKeys *out_keys, Arena *arena, GError **error)
{
  AgentIdentity *identity = arena_new0 (arena, AgentIdentity);
  IdentityKeys ignored;
  const YamlNode *root = NULL;

  if (bytes != NULL) {
    root = parse_map (bytes, n, arena, error);
    if (root == NULL)
      return NULL;
  }
  if (map_text (root, "iam_user_arn", arena) != NULL ||
      map_text (root, "iam_session_arn", arena) != NULL)
    return from_file (root, identity, out_keys != NULL ? out_keys : &ignored, arena, error)
               ? identity
               : NULL;
  identity->mode = IDENTITY_ENVIRONMENT;
  identity->region = arena_strdup (arena, list_text (environ_, "AWS_REGION"));
  identity->host_identifier = arena_strdup (arena, list_text (environ_, "AWS_HOST_IDENTIFIER"));
  return identity;
}

static const AgentIdentity *
load (const char *path, IdentityKeys *out_keys, Arena *arena, GError **error)
{
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
  const AgentIdentity *identity =
      agent_identity_parse (bytes, n, variables, out_keys, arena, error);
  if (identity == NULL) {
    g_prefix_error (error, "on-premises file \"%s\": ", path);
    return NULL;
  }
  if (missing)
    return identity;
  AgentIdentity *of_file = arena_memdup (arena, identity, sizeof *identity);
  of_file->on_premises_file = arena_strdup (arena, path);
  return of_file;
}

const AgentIdentity *
agent_identity_load (const AgentConfig *config, Arena *arena, GError **error)
{
  return load (config->on_premises_config_file, NULL, arena, error);
}

gboolean
agent_identity_load_keys (const char *on_premises_file, Arena *arena, IdentityKeys *out,
                          GError **error)
{
  IdentityKeys keys = { NULL };
  const AgentIdentity *identity = load (on_premises_file, &keys, arena, error);

  if (identity == NULL)
    return FALSE;
  if (identity->mode != IDENTITY_STATIC_KEYS) {
    g_set_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_KEYS,
                 "on-premises file \"%s\" has no \"iam_user_arn\" any more; restart the agent if "
                 "that is meant",
                 on_premises_file);
    return FALSE;
  }
  *out = keys;
  return TRUE;
}

gboolean
agent_identity_is_complete (const AgentIdentity *identity)
{
  return identity->host_identifier != NULL && identity->region != NULL;
}

/* What becomes part of a host name or an identifier must not bring anything else along. */
static gboolean
is_plain (const char *text, const char *also)
{
  if (text == NULL || text[0] == '\0' || strlen (text) > 128)
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '-' && strchr (also, *at) == NULL)
      return FALSE;
  return TRUE;
}

const AgentIdentity *
agent_identity_complete (const AgentIdentity *identity, const InstanceFacts *facts, Arena *arena,
                         GError **error)
{
  AgentIdentity *complete = arena_memdup (arena, identity, sizeof *identity);
  const struct {
    const char *what, *value;
  } needed[] = {
    { "partition", facts->partition },
    { "region", facts->region },
    { "accountId", facts->account_id },
    { "instanceId", facts->instance_id },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!is_plain (needed[i].value, "")) {
      g_set_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_UNKNOWN,
                   "the instance's metadata have no usable \"%s\"", needed[i].what);
      return NULL;
    }
  if (complete->host_identifier == NULL)
    complete->host_identifier =
        arena_printf (arena, "arn:%s:ec2:%s:%s:instance/%s", facts->partition, facts->region,
                      facts->account_id, facts->instance_id);
  if (complete->region == NULL) {
    complete->region = arena_strdup (arena, facts->region);
    if (is_plain (facts->domain, "."))
      complete->domain = arena_strdup (arena, facts->domain);
  }
  return complete;
}

/* --- endpoints ------------------------------------------------------------------------------ */

static gboolean
check_fips_region (const char *region, GError **error)
{
  static const char *const with_fips[] = { "us-east-1", "us-east-2",     "us-west-1",
                                           "us-west-2", "us-gov-west-1", "us-gov-east-1" };
  for (gsize i = 0; i < G_N_ELEMENTS (with_fips); i++)
    if (strcmp (region, with_fips[i]) == 0)
      return TRUE;
  g_set_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_ENDPOINT,
               "\"use_fips_mode\" is not possible in region %s", region);
  return FALSE;
}

static const char *
domain_of (const AgentIdentity *identity)
{
  const char *region = identity->region;

  if (identity->domain != NULL)
    return identity->domain;
  if (strcmp (region, "eusc-de-east-1") == 0)
    return "amazonaws.eu";
  return strcmp (region, "cn") == 0 || g_str_has_prefix (region, "cn-") ? "amazonaws.com.cn"
                                                                        : "amazonaws.com";
}

gboolean
agent_identity_is_exposed (const char *url)
{
  struct in_addr address;

  if (!g_str_has_prefix (url, "http://"))
    return FALSE;
  const char *start = url + strlen ("http://");
  if (g_str_has_prefix (start, "[::1]"))
    return FALSE;
  g_autofree char *host = g_strndup (start, strcspn (start, ":/"));
  if (strcmp (host, "localhost") == 0)
    return FALSE;
  return inet_pton (AF_INET, host, &address) != 1 || ntohl (address.s_addr) >> 24 != IN_LOOPBACKNET;
}

const char *
agent_identity_endpoint (const AgentIdentity *identity, const AgentConfig *config, Arena *arena,
                         GError **error)
{
  const char *given = config->deploy_control_endpoint;

  if (config->use_fips_mode && !check_fips_region (identity->region, error))
    return NULL;
  if (given == NULL)
    return arena_printf (
        arena, "https://codedeploy-commands%s%s.%s.%s", config->enable_auth_policy ? "-secure" : "",
        config->use_fips_mode ? "-fips" : "", identity->region, domain_of (identity));
  if (g_str_has_prefix (given, "https://") || g_str_has_prefix (given, "http://"))
    return given;
  g_set_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_ENDPOINT,
               "\"deploy_control_endpoint\" \"%s\" must begin with https:// or http://", given);
  return NULL;
}

const char *
agent_identity_s3_endpoint (const AgentIdentity *identity, const AgentConfig *config, Arena *arena)
{
  if (config->s3_endpoint_override != NULL) {
    char *url = arena_strdup (arena, config->s3_endpoint_override);
    for (gsize n = strlen (url); n > 0 && url[n - 1] == '/'; n--)
      url[n - 1] = '\0';
    return url;
  }
  return arena_printf (arena, "https://s3%s.%s.%s", config->use_fips_mode ? "-fips" : "",
                       identity->region, domain_of (identity));
}
