#include "cli/aws-config.h"

#include <string.h>

/* An environment, two files and one command, all made of text. */
typedef struct {
  const char *const *variables; /* name, value, name, value, ..., NULL */
  const char *config, *credentials, *process_output;
} Fake;

static const char *
fake_environment (gpointer self, const char *name)
{
  const Fake *fake = self;
  for (gsize i = 0; fake->variables != NULL && fake->variables[i] != NULL; i += 2) {
    if (g_str_equal (fake->variables[i], name)) {
      return fake->variables[i + 1];
    }
  }
  return g_str_equal (name, "HOME") ? "/home/me" : NULL;
}

static char *
fake_read_file (gpointer self, const char *path, gsize *out_length, GError **error)
{
  const Fake *fake = self;
  const char *text = g_str_has_suffix (path, "/config") ? fake->config : fake->credentials;
  *out_length = text != NULL ? strlen (text) : 0;
  return g_strdup (text);
}

static char *
fake_run (gpointer self, const char *command, GError **error)
{
  const Fake *fake = self;
  g_assert_cmpstr (command, ==, "print-keys --now");
  return g_strdup (fake->process_output);
}

static AwsConfig *
resolve (Fake *fake, AwsOptions options, GError **error)
{
  AwsSurroundings outside = { fake_environment, fake_read_file, fake_run, fake };
  return aws_config_resolve (&options, &outside, error);
}

#define KEYS "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = file-secret\n"

static void
test_environment_only (void)
{
  const char *variables[] = { "AWS_ACCESS_KEY_ID",
                              "AKENV",
                              "AWS_SECRET_ACCESS_KEY",
                              "s3cret",
                              "AWS_SESSION_TOKEN",
                              "token",
                              "AWS_ENDPOINT_URL",
                              "http://127.0.0.1:8600/",
                              "AWS_REGION",
                              "eu-1",
                              "AWS_CA_BUNDLE",
                              "/ca.pem",
                              NULL };
  Fake fake = { .variables = variables };
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsConfig) config = resolve (&fake, (AwsOptions){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->endpoint_url, ==, "http://127.0.0.1:8600");
  g_assert_cmpstr (config->s3_endpoint_url, ==, "http://127.0.0.1:8600");
  g_assert_cmpstr (config->region, ==, "eu-1");
  g_assert_cmpstr (config->ca_bundle, ==, "/ca.pem");
  g_assert_cmpstr (config->credentials->access_key_id, ==, "AKENV");
  g_assert_cmpstr (config->credentials->session_token, ==, "token");
}

static void
test_profile_files (void)
{
  Fake fake = {
    .config = "[profile ci]\nregion = eu-2\nca_bundle = /ci.pem\nservices = local\n"
              "endpoint_url = https://all\n[services local]\ns3 =\n  endpoint_url = https://s3\n",
    .credentials = KEYS "[ci]\naws_access_key_id = AKCI\naws_secret_access_key = x\n"
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsConfig) config = resolve (&fake, (AwsOptions){ .profile = "ci" }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->region, ==, "eu-2");
  g_assert_cmpstr (config->ca_bundle, ==, "/ci.pem");
  g_assert_cmpstr (config->endpoint_url, ==, "https://all");
  g_assert_cmpstr (config->s3_endpoint_url, ==, "https://s3");
  g_assert_cmpstr (config->credentials->access_key_id, ==, "AKCI");
}

static void
test_option_beats_all (void)
{
  const char *variables[] = { "AWS_ACCESS_KEY_ID",
                              "AKENV",
                              "AWS_SECRET_ACCESS_KEY",
                              "s",
                              "AWS_REGION",
                              "env-1",
                              "AWS_ENDPOINT_URL",
                              "http://env",
                              NULL };
  Fake fake = { .variables = variables, .credentials = KEYS };
  g_autoptr (GError) error = NULL;
  AwsOptions options = {
    .profile = "default", .region = "opt-1", .endpoint_url = "http://opt", .ca_bundle = "/o"
  };
  g_autoptr (AwsConfig) config = resolve (&fake, options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->endpoint_url, ==, "http://opt");
  g_assert_cmpstr (config->region, ==, "opt-1");
  g_assert_cmpstr (config->ca_bundle, ==, "/o");
  /* a profile named on the command line means its keys, whatever the environment holds */
  g_assert_cmpstr (config->credentials->access_key_id, ==, "AKFILE");
}

static void
test_service_variable_first (void)
{
  const char *variables[] = { "AWS_ENDPOINT_URL_CODEDEPLOY", "http://cd", "AWS_ENDPOINT_URL",
                              "http://all", NULL };
  Fake fake = { .variables = variables, .credentials = KEYS };
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsConfig) config = resolve (&fake, (AwsOptions){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->endpoint_url, ==, "http://cd");
  g_assert_cmpstr (config->s3_endpoint_url, ==, "http://all");
  g_assert_cmpstr (config->region, ==, "us-east-1");
}

static void
test_credential_process (void)
{
  Fake fake = { .config =
                    "[default]\ncredential_process = print-keys --now\nendpoint_url = http://a\n",
                .process_output =
                    "{\"Version\":1,\"AccessKeyId\":\"AKP\",\"SecretAccessKey\":\"x\"}" };
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsConfig) config = resolve (&fake, (AwsOptions){ 0 }, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->credentials->access_key_id, ==, "AKP");
}

static void
assert_refused (Fake fake, AwsOptions options, AwsConfigError code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsConfig) config = resolve (&fake, options, &error);
  g_assert_null (config);
  g_assert_error (error, AWS_CONFIG_ERROR, (int)code);
  if (strstr (error->message, part) == NULL) {
    g_error ("expected \"%s\" in: %s", part, error->message);
  }
  g_assert_null (strstr (error->message, "file-secret"));
}

static void
test_refusals (void)
{
  const char *endpoint[] = { "AWS_ENDPOINT_URL", "http://a", NULL };
  const char *ignored[] = { "AWS_ENDPOINT_URL", "http://a", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                            "true", NULL };
  const char *half[] = { "AWS_ENDPOINT_URL", "http://a", "AWS_ACCESS_KEY_ID", "AK", NULL };

  assert_refused ((Fake){ .credentials = KEYS }, (AwsOptions){ 0 }, AWS_CONFIG_ERROR_NO_ENDPOINT,
                  "AWS_ENDPOINT_URL");
  assert_refused ((Fake){ .variables = ignored, .credentials = KEYS }, (AwsOptions){ 0 },
                  AWS_CONFIG_ERROR_NO_ENDPOINT, "--endpoint-url");
  assert_refused ((Fake){ .credentials = KEYS }, (AwsOptions){ .endpoint_url = "127.0.0.1:8600" },
                  AWS_CONFIG_ERROR_BAD_ENDPOINT, "http://127.0.0.1:8600");
  assert_refused ((Fake){ .variables = endpoint }, (AwsOptions){ 0 },
                  AWS_CONFIG_ERROR_NO_CREDENTIALS, "/home/me/.aws/credentials");
  assert_refused ((Fake){ .variables = half }, (AwsOptions){ 0 }, AWS_CONFIG_ERROR_NO_CREDENTIALS,
                  "not both");
  assert_refused ((Fake){ .variables = endpoint, .credentials = KEYS },
                  (AwsOptions){ .profile = "nobody" }, AWS_CONFIG_ERROR_NO_PROFILE, "\"nobody\"");
  assert_refused ((Fake){ .variables = endpoint, .config = "[default]\nrole_arn = arn:x\n" },
                  (AwsOptions){ 0 }, AWS_CONFIG_ERROR_NO_CREDENTIALS, "role_arn");
  assert_refused ((Fake){ .variables = endpoint, .credentials = "file-secret\n" },
                  (AwsOptions){ 0 }, AWS_CONFIG_ERROR_FILE, "line 1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws-config/environment-is-enough", test_environment_only);
  g_test_add_func ("/aws-config/profile-in-both-files", test_profile_files);
  g_test_add_func ("/aws-config/options-beat-environment-and-files", test_option_beats_all);
  g_test_add_func ("/aws-config/a-service-variable-beats-the-general-one",
                   test_service_variable_first);
  g_test_add_func ("/aws-config/keys-from-a-process", test_credential_process);
  g_test_add_func ("/aws-config/refusals-say-what-to-do", test_refusals);
  return g_test_run ();
}
