#include "agent/hook-environment.h"

static const DeploymentSpec base = {
  .deployment_id = "d-1",
  .group_id = "g-1",
  .group_name = "the group",
  .application_name = "the app",
  .revision = { .type = SPEC_REVISION_S3, .bucket = "b", .key = "k" },
};
static const AgentIdentity identity = { .region = "eu-1", .host_identifier = "arn:h" };

static const char *const inherited[] = {
  "PATH=/bin",
  "HOME=/root",
  "USER=root",
  "LOGNAME=root",
  "SHELL=/bin/zsh",
  "KEPT=a=b",
  "AWS_REGION=old",
  "BUNDLE_ETAG=old",
  "DEPLOYMENT_ID=old",
  "AWS_SECRET_KEY=secret",
  "AWS_SECRET_ACCESS_KEY=secret",
  "AWS_SESSION_TOKEN=secret",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN=secret",
  "NOTIFY_SOCKET=/run/x",
  "AWS_SECRET_KEYS_OF_SOMEBODY=kept",
  "NOTHING",
  NULL,
};

/* The list as text, in its order. */
static char *
made (const HookEnvironment *settings)
{
  g_autoptr (GPtrArray) list = hook_environment_new (settings, inherited);
  return g_strjoinv ("\n", (char **)list->pdata);
}

static void
test_values (void)
{
  g_autofree char *found =
      made (&(HookEnvironment){ .event = "ApplicationStop", .spec = &base, .identity = &identity });
  g_assert_cmpstr (found, ==,
                   "PATH=/bin\nHOME=/root\nUSER=root\nLOGNAME=root\nSHELL=/bin/zsh\nKEPT=a=b\n"
                   "AWS_SECRET_KEYS_OF_SOMEBODY=kept\nNOTHING\n"
                   "LIFECYCLE_EVENT=ApplicationStop\nDEPLOYMENT_ID=d-1\nAPPLICATION_NAME=the app\n"
                   "DEPLOYMENT_GROUP_NAME=the group\nDEPLOYMENT_GROUP_ID=g-1\n"
                   "AWS_REGION=eu-1\nAWS_HOST_IDENTIFIER=arn:h\n"
                   "BUNDLE_BUCKET=b\nBUNDLE_KEY=k");
}

/* What is behind the constant part. */
static void
assert_bundle (SpecRevision revision, const char *observed_etag, const char *expected)
{
  DeploymentSpec spec = base;
  spec.revision = revision;
  g_autofree char *found =
      made (&(HookEnvironment){ .event = "x", .spec = &spec, .observed_etag = observed_etag });
  const char *rest = strstr (found, "DEPLOYMENT_GROUP_ID=g-1");
  g_assert_nonnull (rest);
  g_assert_cmpstr (rest + strlen ("DEPLOYMENT_GROUP_ID=g-1"), ==, expected);
}

static void
test_bundles (void)
{
  SpecRevision s3 = base.revision;
  assert_bundle (s3, "seen", "\nBUNDLE_BUCKET=b\nBUNDLE_KEY=k\nBUNDLE_ETAG=seen");
  s3.version = "v";
  s3.etag = "told";
  assert_bundle (s3, "seen", "\nBUNDLE_BUCKET=b\nBUNDLE_KEY=k\nBUNDLE_VERSION=v\nBUNDLE_ETAG=told");
  assert_bundle ((SpecRevision){ .type = SPEC_REVISION_GITHUB, .commit_id = "c" }, "seen",
                 "\nBUNDLE_COMMIT=c");
  assert_bundle ((SpecRevision){ .type = SPEC_REVISION_LOCAL_FILE, .location = "/x" }, "seen", "");
  assert_bundle ((SpecRevision){ .type = SPEC_REVISION_LOCAL_DIRECTORY, .location = "/x" }, NULL,
                 "");
}

static void
test_users (void)
{
  HookUser plain = { "deploy", "/home/deploy", "/bin/sh", { .uid = 1000 } };
  g_autofree char *found = made (&(HookEnvironment){ .event = "x", .spec = &base, .user = &plain });
  g_assert_true (g_str_has_prefix (found, "PATH=/bin\nKEPT=a=b\n"));
  g_assert_true (
      g_str_has_suffix (found, "\nHOME=/home/deploy\nSHELL=/bin/sh\nUSER=deploy\nLOGNAME=deploy"));

  HookUser root = { "root", "/", "/bin/sh", { .uid = 0 } };
  g_autofree char *as_root =
      made (&(HookEnvironment){ .event = "x", .spec = &base, .user = &root });
  g_assert_true (g_str_has_prefix (as_root, "PATH=/bin\nUSER=root\nLOGNAME=root\nKEPT=a=b\n"));
  g_assert_true (g_str_has_suffix (as_root, "\nHOME=/\nSHELL=/bin/sh"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hook-environment/114-the-deployment's-values-and-no-secrets", test_values);
  g_test_add_func ("/hook-environment/113-what-each-kind-of-bundle-has", test_bundles);
  g_test_add_func ("/hook-environment/121-another-user's-as-su-sets-it", test_users);
  return g_test_run ();
}
