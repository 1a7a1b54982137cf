#include "agent/config.h"

#include <string.h>

static const AgentConfig *
config_of (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const AgentConfig *config = agent_config_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return config;
}

static void
test_defaults (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentConfig *config = config_of (":root_dir: /r\n", arena);
  g_assert_cmpstr (config->program_name, ==, "codedeploy-agent");
  g_assert_cmpstr (config->root_dir, ==, "/r");
  g_assert_null (config->log_dir);
  g_assert_cmpint (config->wait_between_runs_s, ==, 30);
  g_assert_cmpint (config->max_revisions, ==, 5);
  g_assert_cmpint (config->http_read_timeout_s, ==, 80);
  g_assert_cmpint (config->poll_backoff_first_ms, ==, 10000);
  g_assert_true (config->enable_deployments_log);
  g_assert_false (config->enable_auth_policy);
}

static void
test_keys (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentConfig *config =
      config_of ("---\n:root_dir: /a\nroot_dir: '/b'\n:wait_between_runs: 1.9\nverbose: yes\n"
                 ":proxy_uri: ''\n:log_dir: ~\n:poll_backoff_first: 0.25\n:unknown: [x]\n",
                 arena);
  g_assert_cmpstr (config->root_dir, ==, "/b");
  g_assert_cmpint (config->wait_between_runs_s, ==, 1);
  g_assert_cmpint (config->poll_backoff_first_ms, ==, 250);
  g_assert_true (config->verbose);
  g_assert_null (config->proxy_uri);
  g_assert_null (config->log_dir);
}

static void
test_errors (void)
{
  static const char *const bad[][2] = {
    { "a: b\n", "root_dir" },
    { "root_dir: /\n", "root_dir" },
    { "root_dir: /r\nmax_revisions: 0\n", "line 2" },
    { "root_dir: /r\nmax_revisions: some\n", "\"some\"" },
    { "root_dir: /r\nmax_revisions: 0x10\n", "0x10" },
    { "root_dir: /r\nmax_revisions: nan\n", "nan" },
    { "root_dir: /r\nverbose: maybe\n", "true or false" },
    { "root_dir: [/r]\n", "single value" },
    { "root_dir: /r\nprogram_name: ../x\n", "program_name" },
    { "- x\n", "mapping" },
    { "root_dir: [\n", "line" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (agent_config_parse (bad[i][0], strlen (bad[i][0]), arena, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, bad[i][1]) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, bad[i][1]);
  }
}

static const AgentIdentity *
identity_of (const char *text, const char *const *variables, Arena *arena, GError **error)
{
  return agent_identity_parse (text, text != NULL ? strlen (text) : 0, variables, arena, error);
}

static void
test_identity (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentIdentity *user = identity_of (
      ":iam_user_arn: arn:u\nregion: r\naws_access_key_id: k\naws_secret_access_key: s\n", NULL,
      arena, NULL);
  g_assert_cmpint (user->mode, ==, IDENTITY_STATIC_KEYS);
  g_assert_cmpstr (user->host_identifier, ==, "arn:u");
  g_assert_cmpstr (user->secret_access_key, ==, "s");

  const AgentIdentity *session = identity_of (
      "iam_session_arn: arn:s\nregion: r\naws_credentials_file: /f\n", NULL, arena, NULL);
  g_assert_cmpint (session->mode, ==, IDENTITY_CREDENTIALS_FILE);
  g_assert_cmpstr (session->credentials_file, ==, "/f");

  const char *variables[] = { "X=y", "AWS_REGION=eu", "AWS_HOST_IDENTIFIER=arn:h", NULL };
  const AgentIdentity *environment = identity_of (NULL, variables, arena, NULL);
  g_assert_cmpint (environment->mode, ==, IDENTITY_ENVIRONMENT);
  g_assert_cmpstr (environment->host_identifier, ==, "arn:h");
  g_assert_nonnull (identity_of ("other: x\n", variables, arena, NULL));
}

static void
test_identity_errors (void)
{
  static const char *const bad[] = {
    "iam_user_arn: a\niam_session_arn: b\n",
    "iam_user_arn: a\n",
    "iam_user_arn: a\nregion: r\naws_access_key_id: k\n",
    "iam_user_arn: a\nregion: r\naws_secret_access_key: k\n",
    "iam_session_arn: a\nregion: r\n",
    "x: y\n",
    "a: [",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (identity_of (bad[i], NULL, arena, &error));
    g_assert_nonnull (error);
  }
}

static const char *
endpoint_of (const char *settings, const char *region, Arena *arena, GError **error)
{
  const AgentConfig *config = config_of (arena_printf (arena, "root_dir: /r\n%s", settings), arena);
  return agent_config_endpoint (config, region, arena, error);
}

static void
test_endpoint (void)
{
  static const char *const cases[][3] = {
    { "", "us-west-2", "https://codedeploy-commands.us-west-2.amazonaws.com" },
    { "use_fips_mode: true", "us-west-2",
      "https://codedeploy-commands-fips.us-west-2.amazonaws.com" },
    { "enable_auth_policy: true", "us-west-2",
      "https://codedeploy-commands-secure.us-west-2.amazonaws.com" },
    { "use_fips_mode: true\nenable_auth_policy: true", "us-west-2",
      "https://codedeploy-commands-secure-fips.us-west-2.amazonaws.com" },
    { "", "cn-north-1", "https://codedeploy-commands.cn-north-1.amazonaws.com.cn" },
    { "", "eusc-de-east-1", "https://codedeploy-commands.eusc-de-east-1.amazonaws.eu" },
    { "deploy_control_endpoint: https://h:1/x", "us-west-2", "https://h:1/x" },
    { "deploy_control_endpoint: http://127.0.0.1:8600", "us-west-2", "http://127.0.0.1:8600" },
    { "deploy_control_endpoint: http://localhost", "us-west-2", "http://localhost" },
    { "deploy_control_endpoint: http://far\ncodedeploy_test_profile: beta", "us-west-2",
      "http://far" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_assert_cmpstr (endpoint_of (cases[i][0], cases[i][1], arena, NULL), ==, cases[i][2]);
  }
  static const char *const bad[] = { "use_fips_mode: true",
                                     "deploy_control_endpoint: http://localhost.example.org",
                                     "deploy_control_endpoint: http://10.0.0.1",
                                     "deploy_control_endpoint: ftp://localhost" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (endpoint_of (bad[i], "eu-west-1", arena, &error));
    g_assert_nonnull (error);
  }
}

static void
test_s3_endpoint (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_cmpstr (agent_config_s3_endpoint (config_of ("root_dir: /r", arena), "eu-west-1", arena),
                   ==, "https://s3.eu-west-1.amazonaws.com");
  g_assert_cmpstr (
      agent_config_s3_endpoint (
          config_of ("root_dir: /r\ns3_endpoint_override: https://h:1//\n", arena), "r", arena),
      ==, "https://h:1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults-are-the-official-ones", test_defaults);
  g_test_add_func ("/config/137-both-key-styles-load-and-the-last-wins", test_keys);
  g_test_add_func ("/config/67-errors-name-key-and-line", test_errors);
  g_test_add_func ("/config/140-141-who-the-host-is", test_identity);
  g_test_add_func ("/config/139-identities-that-do-not-add-up", test_identity_errors);
  g_test_add_func ("/config/6-7-8-138-where-commands-come-from", test_endpoint);
  g_test_add_func ("/config/where-bundles-come-from", test_s3_endpoint);
  return g_test_run ();
}
