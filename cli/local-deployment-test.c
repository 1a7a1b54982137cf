#include "cli/local-deployment.h"

#include <glib/gstdio.h>
#include <string.h>

static const LocalRequest usual = { .location = "s3://bucket/key",
                                    .type = "zip",
                                    .file_exists = "retain",
                                    .group_id = "group",
                                    .group_name = "LocalFleet",
                                    .github_endpoint = "https://api.github.com" };

static LocalDeployment
prepare (const LocalRequest *request, Arena *arena)
{
  AmbientFake fake = { .seed = 1 };
  Ambient ambient = ambient_fake (&fake);
  g_autoptr (GError) error = NULL;
  LocalDeployment deployment = { 0 };
  g_assert_true (local_deployment_prepare (request, &ambient, arena, &deployment, &error));
  g_assert_no_error (error);
  return deployment;
}

static void
test_specification (void)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalRequest request = usual;
  request.events = "ApplicationStart,Migrate";
  LocalDeployment deployment = prepare (&request, arena);
  const DeploymentSpec *spec = deployment.spec;

  g_assert_true (g_str_has_prefix (spec->deployment_id, "d-"));
  g_assert_true (g_str_has_suffix (spec->deployment_id, "-local"));
  g_assert_cmpuint (strlen (spec->deployment_id), ==, strlen ("d-123456789-local"));
  g_assert_cmpstr (spec->group_id, ==, "group");
  g_assert_cmpstr (spec->group_name, ==, "LocalFleet");
  g_assert_cmpstr (spec->application_name, ==, "s3://bucket/key");
  g_assert_cmpstr (spec->appspec_filename, ==, "appspec.yml");
  g_assert_cmpstr (spec->file_exists, ==, "RETAIN");
  g_assert_null (spec->github_token);
  g_assert_cmpuint (spec->n_possible_events, ==, 12);
  g_assert_cmpstr (spec->possible_events[11], ==, "Migrate");
  g_assert_cmpuint (deployment.events.n, ==, 4);
}

static void
test_revisions (void)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalRequest request = usual;
  const SpecRevision *revision = &prepare (&request, arena).spec->revision;
  g_assert_cmpint (revision->type, ==, SPEC_REVISION_S3);
  g_assert_cmpstr (revision->bundle_type, ==, "zip");
  g_assert_null (revision->version);

  request.location = "https://github.com/owner/repo";
  request.type = "directory";
  request.github_token = "hush";
  const DeploymentSpec *spec = prepare (&request, arena).spec;
  g_assert_cmpint (spec->revision.type, ==, SPEC_REVISION_GITHUB);
  g_assert_cmpstr (spec->revision.commit_id, ==, "HEAD");
  g_assert_cmpstr (spec->revision.bundle_type, ==, "zip");
  g_assert_cmpstr (spec->github_token, ==, "hush");

  g_autofree char *file = g_build_filename (g_get_tmp_dir (), "slipway-local-XXXXXX", NULL);
  int fd = g_mkstemp (file);
  g_assert_true (g_close (fd, NULL));
  request.location = file;
  request.type = "tar";
  revision = &prepare (&request, arena).spec->revision;
  g_assert_cmpint (revision->type, ==, SPEC_REVISION_LOCAL_FILE);
  g_assert_cmpstr (revision->location, ==, file);
  g_assert_cmpstr (revision->bundle_type, ==, "tar");
  g_unlink (file);
}

/* agent.md 7.2: what is wrong first is told, in the order of the checks. */
static void
test_order (void)
{
  LocalRequest request = { .location = "http://example.com",
                           .type = "rar",
                           .file_exists = "KEEP",
                           .group_id = "..",
                           .group_name = "n",
                           .github_endpoint = "https://api.github.com",
                           .events = "Install,DownloadBundle" };
  const struct {
    GQuark domain;
    int code;
    const char **member;
    const char *repaired;
  } steps[] = {
    { LOCAL_DEPLOYMENT_ERROR, LOCAL_DEPLOYMENT_ERROR_TYPE, &request.type, "directory" },
    { LOCAL_LOCATION_ERROR, LOCAL_LOCATION_ERROR_UNENCRYPTED, &request.location, "/gone/for/good" },
    { LOCAL_DEPLOYMENT_ERROR, LOCAL_DEPLOYMENT_ERROR_MISSING, &request.location, "s3://bucket" },
    { LOCAL_EVENTS_ERROR, LOCAL_EVENTS_ERROR_ORDER, &request.events, NULL },
    { LOCAL_DEPLOYMENT_ERROR, LOCAL_DEPLOYMENT_ERROR_LOCATION, &request.location, "s3://b/k" },
    { LOCAL_DEPLOYMENT_ERROR, LOCAL_DEPLOYMENT_ERROR_TYPE, &request.type, "zip" },
    { LOCAL_DEPLOYMENT_ERROR, LOCAL_DEPLOYMENT_ERROR_VALUE, &request.file_exists, "OVERWRITE" },
    { DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_INVALID, &request.group_id, "group" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    LocalDeployment deployment;
    g_assert_false (
        local_deployment_prepare (&request, ambient_system (), arena, &deployment, &error));
    g_assert_error (error, steps[i].domain, steps[i].code);
    *steps[i].member = steps[i].repaired;
  }
  g_autoptr (Arena) arena = arena_new ();
  prepare (&request, arena);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-deployment/specification-holds-what-was-asked", test_specification);
  g_test_add_func ("/local-deployment/revisions-by-location", test_revisions);
  g_test_add_func ("/local-deployment/checks-have-their-order", test_order);
  return g_test_run ();
}
