#include "cli/aws-config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "proto/aws-ini.h"

G_DEFINE_QUARK (aws - config - error - quark, aws_config_error)

/* Both files, and where they are. */
typedef struct {
  const AwsSurroundings *outside;
  const AwsOptions *options;
  char *config_path, *credentials_path;
  AwsIni *config, *credentials;
  const char *profile;
  char *section; /* of the profile in the config file */
} Lookup;

static void
lookup_clear (Lookup *look)
{
  g_free (look->config_path);
  g_free (look->credentials_path);
  g_free (look->section);
  aws_ini_free (look->config);
  aws_ini_free (look->credentials);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lookup, lookup_clear)

void
aws_config_free (AwsConfig *config)
{
  if (config == NULL) {
    return;
  }
  g_free (config->profile);
  g_free (config->region);
  g_free (config->endpoint_url);
  g_free (config->s3_endpoint_url);
  g_free (config->ca_bundle);
  credentials_free (config->credentials);
  g_free (config);
}

/* An empty variable counts as not set, as in AWS's clients. */
static const char *
env (const Lookup *look, const char *name)
{
  const char *value = look->outside->environment (look->outside->self, name);
  return value != NULL && *value != '\0' ? value : NULL;
}

static const char *
from_profile (const Lookup *look, const char *key)
{
  return aws_ini_get (look->config, look->section, key);
}

static char *
file_path (const Lookup *look, const char *variable, const char *name)
{
  const char *given = env (look, variable);
  const char *home = env (look, "HOME");
  if (given == NULL) {
    return g_build_filename (home != NULL ? home : "/", ".aws", name, NULL);
  }
  if (g_str_has_prefix (given, "~/") && home != NULL) {
    return g_build_filename (home, given + 2, NULL);
  }
  return g_strdup (given);
}

/* A file that is not there is an empty one. */
static AwsIni *
read_ini (const Lookup *look, const char *path, GError **error)
{
  gsize length = 0;
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = look->outside->read_file (look->outside->self, path, &length, &reason);
  AwsIni *ini = NULL;
  if (reason == NULL) {
    ini = aws_ini_parse (text != NULL ? text : "", length, &reason);
  }
  if (text != NULL) {
    explicit_bzero (text, length);
  }
  if (ini == NULL) {
    g_set_error (error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_FILE, "cannot read \"%s\": %s", path,
                 reason->message);
  }
  return ini;
}

static gboolean
choose_profile (Lookup *look, GError **error)
{
  look->profile = look->options->profile;
  if (look->profile == NULL) {
    look->profile = env (look, "AWS_PROFILE");
  }
  if (look->profile == NULL) {
    look->profile = env (look, "AWS_DEFAULT_PROFILE");
  }
  gboolean asked_for = look->profile != NULL;
  if (!asked_for) {
    look->profile = "default";
  }
  look->section = g_strdup_printf ("profile %s", look->profile);
  if (!aws_ini_has_section (look->config, look->section) &&
      g_str_equal (look->profile, "default")) {
    g_free (look->section);
    look->section = g_strdup ("default");
  }
  if (asked_for && !aws_ini_has_section (look->config, look->section) &&
      !aws_ini_has_section (look->credentials, look->profile)) {
    g_set_error (error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_PROFILE,
                 "the profile \"%s\" is neither in \"%s\" nor in \"%s\"", look->profile,
                 look->config_path, look->credentials_path);
    return FALSE;
  }
  return TRUE;
}

static const char *
choose_region (const Lookup *look)
{
  const char *found[] = { look->options->region, env (look, "AWS_REGION"),
                          env (look, "AWS_DEFAULT_REGION"), from_profile (look, "region") };
  for (gsize i = 0; i < G_N_ELEMENTS (found); i++) {
    if (found[i] != NULL) {
      return found[i];
    }
  }
  return "us-east-1";
}

/* `service` as in [services] sections and, upper case, in variables. */
static const char *
choose_endpoint (const Lookup *look, const char *service)
{
  if (look->options->endpoint_url != NULL) {
    return look->options->endpoint_url;
  }
  const char *ignore = env (look, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignore != NULL && g_ascii_strcasecmp (ignore, "true") == 0) {
    return NULL;
  }
  g_autofree char *upper = g_ascii_strup (service, -1);
  g_autofree char *variable = g_strdup_printf ("AWS_ENDPOINT_URL_%s", upper);
  const char *url = env (look, variable);
  if (url == NULL) {
    url = env (look, "AWS_ENDPOINT_URL");
  }
  const char *services = from_profile (look, "services");
  if (url == NULL && services != NULL) {
    g_autofree char *section = g_strdup_printf ("services %s", services);
    g_autofree char *key = g_strdup_printf ("%s.endpoint_url", service);
    url = aws_ini_get (look->config, section, key);
  }
  return url != NULL ? url : from_profile (look, "endpoint_url");
}

/* Without slashes at the end, which would double when a path is added. */
static char *
clean_endpoint (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  if (host == NULL || *host == '\0' ||
      (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")) ||
      g_uri_get_userinfo (uri) != NULL) {
    g_set_error_literal (
        error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_BAD_ENDPOINT,
        "the endpoint must look like http://127.0.0.1:8600 or https://deploy.example.com: "
        "correct --endpoint-url, AWS_ENDPOINT_URL or the profile's endpoint_url");
    return NULL;
  }
  gsize length = strlen (url);
  while (length > 0 && url[length - 1] == '/') {
    length--;
  }
  return g_strndup (url, length);
}

static gboolean
resolve_endpoints (const Lookup *look, AwsConfig *config, GError **error)
{
  const char *url = choose_endpoint (look, "codedeploy");
  if (url == NULL) {
    g_set_error_literal (
        error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_ENDPOINT,
        "no server is named: give --endpoint-url, set AWS_ENDPOINT_URL, or put endpoint_url into "
        "the profile");
    return FALSE;
  }
  const char *s3_url = choose_endpoint (look, "s3");
  config->endpoint_url = clean_endpoint (url, error);
  if (config->endpoint_url != NULL) {
    config->s3_endpoint_url = clean_endpoint (s3_url != NULL ? s3_url : url, error);
  }
  return config->s3_endpoint_url != NULL;
}

static Credentials *
pair_from (const char *where, const char *id, const char *secret, const char *token, GError **error)
{
  if (id == NULL || secret == NULL) {
    g_set_error (error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_CREDENTIALS,
                 "%s has an access key id or a secret access key, but not both", where);
    return NULL;
  }
  return credentials_new (id, secret, token);
}

static Credentials *
pair_from_ini (const AwsIni *ini, const char *path, const char *section, GError **error)
{
  g_autofree char *where = g_strdup_printf ("section [%s] of \"%s\"", section, path);
  return pair_from (where, aws_ini_get (ini, section, "aws_access_key_id"),
                    aws_ini_get (ini, section, "aws_secret_access_key"),
                    aws_ini_get (ini, section, "aws_session_token"), error);
}

static gboolean
has_pair (const AwsIni *ini, const char *section)
{
  return aws_ini_get (ini, section, "aws_access_key_id") != NULL ||
         aws_ini_get (ini, section, "aws_secret_access_key") != NULL;
}

static Credentials *
pair_from_process (const Lookup *look, const char *command, GError **error)
{
  g_autofree char *text = look->outside->run (look->outside->self, command, error);
  if (text == NULL) {
    g_prefix_error (error, "credential_process of profile \"%s\": ", look->profile);
    return NULL;
  }
  json_t *answer = json_loads (text, JSON_REJECT_DUPLICATES, NULL);
  explicit_bzero (text, strlen (text));
  Credentials *credentials = NULL;
  if (json_integer_value (json_object_get (answer, "Version")) != 1) {
    g_set_error (error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_CREDENTIALS,
                 "credential_process of profile \"%s\" did not print a JSON object of Version 1",
                 look->profile);
  } else {
    credentials = pair_from ("the answer of credential_process",
                             json_string_value (json_object_get (answer, "AccessKeyId")),
                             json_string_value (json_object_get (answer, "SecretAccessKey")),
                             json_string_value (json_object_get (answer, "SessionToken")), error);
  }
  json_decref (answer);
  return credentials;
}

static Credentials *
refuse_missing (const Lookup *look, GError **error)
{
  const char *unsupported[] = { "role_arn", "sso_session", "sso_start_url",
                                "web_identity_token_file", "credential_source" };
  for (gsize i = 0; i < G_N_ELEMENTS (unsupported); i++) {
    if (from_profile (look, unsupported[i]) != NULL) {
      g_set_error (
          error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_CREDENTIALS,
          "the profile \"%s\" gets its keys through %s, which is not supported: use a profile with "
          "aws_access_key_id and aws_secret_access_key, or credential_process",
          look->profile, unsupported[i]);
      return NULL;
    }
  }
  g_set_error (
      error, AWS_CONFIG_ERROR, AWS_CONFIG_ERROR_NO_CREDENTIALS,
      "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or put them into profile "
      "\"%s\" of "
      "\"%s\" (a server's administrator key is in its data folder: AWS_SHARED_CREDENTIALS_FILE="
      "DIR/admin.credentials)",
      look->profile, look->credentials_path);
  return NULL;
}

static Credentials *
resolve_credentials (const Lookup *look, GError **error)
{
  const char *id = env (look, "AWS_ACCESS_KEY_ID");
  const char *secret = env (look, "AWS_SECRET_ACCESS_KEY");
  if (look->options->profile == NULL && (id != NULL || secret != NULL)) {
    return pair_from ("the environment", id, secret, env (look, "AWS_SESSION_TOKEN"), error);
  }
  if (has_pair (look->credentials, look->profile)) {
    return pair_from_ini (look->credentials, look->credentials_path, look->profile, error);
  }
  if (has_pair (look->config, look->section)) {
    return pair_from_ini (look->config, look->config_path, look->section, error);
  }
  const char *command = from_profile (look, "credential_process");
  return command != NULL ? pair_from_process (look, command, error) : refuse_missing (look, error);
}

AwsConfig *
aws_config_resolve (const AwsOptions *options, const AwsSurroundings *surroundings, GError **error)
{
  g_auto (Lookup) look = { .outside = surroundings, .options = options };
  look.config_path = file_path (&look, "AWS_CONFIG_FILE", "config");
  look.credentials_path = file_path (&look, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  look.config = read_ini (&look, look.config_path, error);
  if (look.config == NULL) {
    return NULL;
  }
  look.credentials = read_ini (&look, look.credentials_path, error);
  if (look.credentials == NULL || !choose_profile (&look, error)) {
    return NULL;
  }

  g_autoptr (AwsConfig) config = g_new0 (AwsConfig, 1);
  config->profile = g_strdup (look.profile);
  config->region = g_strdup (choose_region (&look));
  const char *ca = options->ca_bundle != NULL ? options->ca_bundle : env (&look, "AWS_CA_BUNDLE");
  config->ca_bundle = g_strdup (ca != NULL ? ca : from_profile (&look, "ca_bundle"));
  if (!resolve_endpoints (&look, config, error)) {
    return NULL;
  }
  config->credentials = resolve_credentials (&look, error);
  return config->credentials != NULL ? g_steal_pointer (&config) : NULL;
}

/* ---- the real surroundings ---- */

static const char *
real_environment (gpointer self, const char *name)
{
  return g_getenv (name);
}

static char *
real_read_file (gpointer self, const char *path, gsize *out_length, GError **error)
{
  char *text = NULL;
  g_autoptr (GError) reason = NULL;
  if (g_file_get_contents (path, &text, out_length, &reason)) {
    return text;
  }
  *out_length = 0;
  if (!g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
      !g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)) {
    g_propagate_error (error, g_steal_pointer (&reason));
  }
  return NULL;
}

static char *
real_run (gpointer self, const char *command, GError **error)
{
  g_auto (GStrv) argv = NULL;
  if (!g_shell_parse_argv (command, NULL, &argv, error)) {
    return NULL;
  }
  char *output = NULL;
  int status = 0;
  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL,
                     NULL, &output, NULL, &status, error)) {
    return NULL;
  }
  if (!g_spawn_check_wait_status (status, error)) {
    g_free (output);
    return NULL;
  }
  return output;
}

const AwsSurroundings *
aws_surroundings_real (void)
{
  static const AwsSurroundings real = { real_environment, real_read_file, real_run, NULL };
  return &real;
}
