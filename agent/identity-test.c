#include "agent/identity.h"

#include <glib/gstdio.h>
#include <string.h>

static const AgentConfig *
config_of (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const char *whole = arena_printf (arena, "root_dir: /r\n%s\n", text);
  const AgentConfig *config = agent_config_parse (whole, strlen (whole), arena, &error);
  g_assert_no_error (error);
  return config;
}

static const AgentIdentity *
identity_of (const char *text, const char *const *variables, Arena *arena, GError **error)
{
  return agent_identity_parse (text, text != NULL ? strlen (text) : 0, variables, NULL, arena,
                               error);
}

static void
test_user (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *text =
      ":iam_user_arn: arn:u\nregion: r\naws_access_key_id: k\naws_secret_access_key: s\n";
  IdentityKeys keys;
  const AgentIdentity *user = agent_identity_parse (text, strlen (text), NULL, &keys, arena, NULL);
  g_assert_cmpint (user->mode, ==, IDENTITY_STATIC_KEYS);
  g_assert_cmpstr (user->host_identifier, ==, "arn:u");
  g_assert_cmpstr (user->region, ==, "r");
  g_assert_cmpstr (keys.access_key_id, ==, "k");
  g_assert_cmpstr (keys.secret_access_key, ==, "s");
  g_assert_true (agent_identity_is_complete (user));
}

static void
test_session (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *variables[] = { "AWS_REGION=eu", "AWS_HOST_IDENTIFIER=arn:h", NULL };
  const AgentIdentity *session = identity_of (
      "iam_session_arn: arn:s\nregion: r\naws_credentials_file: /f\n", variables, arena, NULL);
  g_assert_cmpint (session->mode, ==, IDENTITY_CREDENTIALS_FILE);
  g_assert_cmpstr (session->credentials_file, ==, "/f");
  g_assert_cmpstr (session->host_identifier, ==, "arn:s");
  g_assert_cmpstr (session->region, ==, "r");
}

static void
test_environment (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *variables[] = { "X=y", "AWS_REGION=eu", "AWS_HOST_IDENTIFIER=arn:h", NULL };
  static const char *const nobody[] = { NULL, "other: x\n", "{}", "iam_user_arn: ''\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (nobody); i++) {
    const AgentIdentity *identity = identity_of (nobody[i], variables, arena, NULL);
    g_assert_cmpint (identity->mode, ==, IDENTITY_ENVIRONMENT);
    g_assert_cmpstr (identity->host_identifier, ==, "arn:h");
    g_assert_cmpstr (identity->region, ==, "eu");
    g_assert_true (agent_identity_is_complete (identity));
    g_assert_false (
        agent_identity_is_complete (identity_of (nobody[i], &variables[2], arena, NULL)));
  }
}

static void
test_errors (void)
{
  static const char *const bad[][2] = {
    { "iam_user_arn: a\niam_session_arn: b\n", "both" },
    { "iam_user_arn: a\n", "\"region\"" },
    { "iam_user_arn: a\nregion: r\naws_access_key_id: k\n", "\"aws_secret_access_key\"" },
    { "iam_user_arn: a\nregion: r\naws_secret_access_key: k\n", "\"aws_access_key_id\"" },
    { "iam_session_arn: a\nregion: r\n", "\"aws_credentials_file\"" },
    { "- a\n", "mapping" },
    { "a: [", "line" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (identity_of (bad[i][0], NULL, arena, &error));
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, bad[i][1]));
  }
}

static void
test_reload (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("identity-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "onpremises.yml", NULL);
  IdentityKeys keys;

  const AgentConfig *config =
      config_of (arena_printf (arena, "on_premises_config_file: %s", path), arena);
  const AgentIdentity *absent = agent_identity_load (config, arena, &error);
  g_assert_no_error (error);
  g_assert_null (absent->on_premises_file);
  g_assert_true (g_file_set_contents (
      path, "iam_user_arn: a\nregion: r\naws_access_key_id: k\naws_secret_access_key: s\n", -1,
      NULL));
  const AgentIdentity *present = agent_identity_load (config, arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (present->on_premises_file, ==, path);
  g_assert_true (agent_identity_load_keys (path, arena, &keys, &error));
  g_assert_cmpstr (keys.secret_access_key, ==, "s");

  g_assert_true (g_file_set_contents (path, "{}", -1, NULL));
  g_assert_false (agent_identity_load_keys (path, arena, &keys, &error));
  g_assert_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_KEYS);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "a: [", -1, NULL));
  g_assert_null (agent_identity_load (config, arena, &error));
  g_assert_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_unlink (path);
  g_rmdir (folder);
}

static const InstanceFacts instance = { "aws-cn", "cn-north-1", "123456789012", "i-0abc",
                                        "amazonaws.com.cn" };

static void
test_instance (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *region[] = { "AWS_REGION=eu-west-1", NULL };
  const char *host[] = { "AWS_HOST_IDENTIFIER=arn:h", NULL };

  const AgentIdentity *all =
      agent_identity_complete (identity_of (NULL, NULL, arena, NULL), &instance, arena, NULL);
  g_assert_cmpstr (all->host_identifier, ==,
                   "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-0abc");
  g_assert_cmpstr (all->region, ==, "cn-north-1");
  g_assert_cmpstr (all->domain, ==, "amazonaws.com.cn");

  /* A region from elsewhere does not get the instance's domain. */
  const AgentIdentity *elsewhere =
      agent_identity_complete (identity_of (NULL, region, arena, NULL), &instance, arena, NULL);
  g_assert_cmpstr (elsewhere->region, ==, "eu-west-1");
  g_assert_null (elsewhere->domain);

  const AgentIdentity *named =
      agent_identity_complete (identity_of (NULL, host, arena, NULL), &instance, arena, NULL);
  g_assert_cmpstr (named->host_identifier, ==, "arn:h");
  g_assert_cmpstr (named->region, ==, "cn-north-1");
}

static void
test_bad_instance (void)
{
  const InstanceFacts bad[] = {
    { NULL, "r", "1", "i", NULL },
    { "aws", "evil.example/", "1", "i", NULL },
    { "aws", "r", "", "i", NULL },
    { "aws", "r", "1", "i:x", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (
        agent_identity_complete (identity_of (NULL, NULL, arena, NULL), &bad[i], arena, &error));
    g_assert_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_UNKNOWN);
  }
}

static const char *
endpoint_of (const char *settings, const char *region, Arena *arena, GError **error)
{
  AgentIdentity *identity = arena_new0 (arena, AgentIdentity);
  identity->region = region;
  return agent_identity_endpoint (identity, config_of (settings, arena), arena, error);
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
    { "deploy_control_endpoint: http://far:8600", "us-west-2", "http://far:8600" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_assert_cmpstr (endpoint_of (cases[i][0], cases[i][1], arena, NULL), ==, cases[i][2]);
  }
  static const char *const bad[] = { "use_fips_mode: true",
                                     "use_fips_mode: true\ndeploy_control_endpoint: https://h",
                                     "deploy_control_endpoint: ftp://localhost",
                                     "deploy_control_endpoint: localhost" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (endpoint_of (bad[i], "eu-west-1", arena, &error));
    g_assert_error (error, AGENT_IDENTITY_ERROR, AGENT_IDENTITY_ERROR_ENDPOINT);
  }
}

static void
test_s3_endpoint (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentIdentity far = { .region = "eu-west-1", .domain = "amazonaws.example" };
  const AgentIdentity usual = { .region = "eu-west-1" };

  g_assert_cmpstr (agent_identity_s3_endpoint (&usual, config_of ("", arena), arena), ==,
                   "https://s3.eu-west-1.amazonaws.com");
  g_assert_cmpstr (agent_identity_s3_endpoint (&far, config_of ("", arena), arena), ==,
                   "https://s3.eu-west-1.amazonaws.example");
  g_assert_cmpstr (agent_identity_s3_endpoint (
                       &usual, config_of ("s3_endpoint_override: https://h:1//", arena), arena),
                   ==, "https://h:1");
}

static void
test_exposed (void)
{
  static const char *const hidden[] = { "https://far", "http://127.0.0.1:8600", "http://127.3.2.1",
                                        "http://localhost/x", "http://[::1]:80/" };
  static const char *const exposed[] = { "http://far", "http://127.0.0.1.example.org",
                                         "http://localhost.example.org", "http://10.0.0.1:80" };
  for (gsize i = 0; i < G_N_ELEMENTS (hidden); i++)
    g_assert_false (agent_identity_is_exposed (hidden[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (exposed); i++)
    g_assert_true (agent_identity_is_exposed (exposed[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/identity/140-an-iam-user-of-the-on-premises-file", test_user);
  g_test_add_func ("/identity/141-a-session-goes-before-the-environment", test_session);
  g_test_add_func ("/identity/a-file-that-names-nobody-leaves-it-to-the-environment",
                   test_environment);
  g_test_add_func ("/identity/139-files-that-do-not-add-up", test_errors);
  g_test_add_func ("/identity/the-files-keys-can-be-read-again", test_reload);
  g_test_add_func ("/identity/an-instance-is-named-by-its-metadata", test_instance);
  g_test_add_func ("/identity/metadata-that-would-spoil-a-host-name", test_bad_instance);
  g_test_add_func ("/identity/6-7-8-138-where-commands-come-from", test_endpoint);
  g_test_add_func ("/identity/where-bundles-come-from", test_s3_endpoint);
  g_test_add_func ("/identity/plain-http-to-another-machine-is-exposed", test_exposed);
  return g_test_run ();
}
