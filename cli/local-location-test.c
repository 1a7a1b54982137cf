#include "cli/local-location.h"

#define GITHUB "https://api.github.com"

static LocalLocation
parse_at (const char *text, const char *type, const char *endpoint, Arena *arena)
{
  const LocalLocationSettings settings = { type, endpoint };
  g_autoptr (GError) error = NULL;
  LocalLocation location;
  g_assert_true (local_location_parse (text, &settings, arena, &location, &error));
  g_assert_no_error (error);
  return location;
}

static LocalLocation
parse (const char *text, const char *type, Arena *arena)
{
  return parse_at (text, type, GITHUB, arena);
}

static void
test_paths (void)
{
  static const char *const paths[][2] = {
    { "/srv/my app", "/srv/my app" },
    { "bundle.zip", "bundle.zip" },
    { "file:///srv/a%20b", "/srv/a b" },
    { "file:bundle.zip", "bundle.zip" },
    { "a:b/c", "a:b/c" },
    { ".", "." },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_autoptr (Arena) arena = arena_new ();
    LocalLocation location = parse (paths[i][0], "zip", arena);
    g_assert_cmpint (location.kind, ==, LOCAL_LOCATION_PATH);
    g_assert_cmpstr (location.revision.location, ==, paths[i][1]);
    g_assert_cmpstr (location.revision.bundle_type, ==, "zip");
  }
}

static void
test_s3 (void)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalLocation location =
      parse ("s3://bucket/a/b%20c.zip?versionId=v%2B1&etag=%22e%22", "tgz", arena);
  g_assert_cmpint (location.kind, ==, LOCAL_LOCATION_S3);
  g_assert_cmpstr (location.revision.bucket, ==, "bucket");
  g_assert_cmpstr (location.revision.key, ==, "a/b c.zip");
  g_assert_cmpstr (location.revision.version, ==, "v+1");
  g_assert_cmpstr (location.revision.etag, ==, "\"e\"");
  g_assert_cmpstr (location.revision.bundle_type, ==, "tgz");
  location = parse ("s3://bucket/key", "zip", arena);
  g_assert_null (location.revision.version);
  g_assert_null (location.revision.etag);
}

static void
test_github (void)
{
  static const struct {
    const char *text, *type, *commit, *bundle_type;
  } cases[] = {
    { "https://github.com/owner/repo", "directory", "HEAD", "zip" },
    { "https://github.com/owner/repo/", "tgz", "HEAD", "zip" },
    { "https://github.com/owner/repo.git", "tar", "HEAD", "tar" },
    { "https://github.com/owner/repo/tree/feature/x", "zip", "feature/x", "zip" },
    { "https://github.com/owner/repo/commit/abc123", "directory", "abc123", "zip" },
    { "https://api.github.com/repos/owner/repo/tarball/abc", "directory", "abc", "tar" },
    { "https://api.github.com/repos/owner/repo/zipball/main", "directory", "main", "zip" },
    { "https://api.github.com/repos/owner/repo/tarball/abc", "zip", "abc", "zip" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    LocalLocation location = parse (cases[i].text, cases[i].type, arena);
    g_assert_cmpint (location.kind, ==, LOCAL_LOCATION_GITHUB);
    g_assert_cmpstr (location.revision.account, ==, "owner");
    g_assert_cmpstr (location.revision.repository, ==, "repo");
    g_assert_cmpstr (location.revision.commit_id, ==, cases[i].commit);
    g_assert_cmpstr (location.revision.bundle_type, ==, cases[i].bundle_type);
  }
}

static void
test_other_server (void)
{
  static const struct {
    const char *text, *endpoint, *commit, *bundle_type; /* bundle_type NULL: no location */
  } cases[] = {
    { "https://git.example/owner/repo", "https://git.example/api/v3", "HEAD", "zip" },
    { "https://git.example/owner/repo/tree/main", "https://git.example/api/v3/", "main", "zip" },
    { "https://git.example/api/v3/repos/owner/repo/tarball/x", "https://git.example/api/v3", "x",
      "tar" },
    { "https://git.example:3000/owner/repo", "http://git.example:3000/api/v1", "HEAD", "zip" },
    { "https://git.example:3000/owner/repo", "https://git.example/api/v3", NULL, NULL },
    { "https://github.com/owner/repo", "https://git.example/api/v3", NULL, NULL },
    { "https://git.example/owner/repo", GITHUB, NULL, NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    LocalLocation location = parse_at (cases[i].text, "directory", cases[i].endpoint, arena);
    g_assert_cmpint (location.kind, ==,
                     cases[i].bundle_type != NULL ? LOCAL_LOCATION_GITHUB : LOCAL_LOCATION_OTHER);
    g_assert_cmpstr (location.revision.commit_id, ==, cases[i].commit);
    g_assert_cmpstr (location.revision.bundle_type, ==, cases[i].bundle_type);
    g_assert_cmpstr (location.revision.repository, ==,
                     cases[i].bundle_type != NULL ? "repo" : NULL);
  }
}

static void
test_others (void)
{
  static const char *const texts[] = {
    "s3://bucket",
    "s3://bucket/",
    "s3://bucket/key?acl",
    "s3://bucket/key?other=1",
    "https://example.com/bundle.zip",
    "https://github.com/owner",
    "https://github.com/owner/repo/issues/1",
    "https://github.com/owner/repo/commit/abc/def",
    "https://api.github.com/repos/owner/repo",
    "https://api.github.com/users/owner/repo/tarball/x",
    "ftp://example.com/bundle.zip",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (Arena) arena = arena_new ();
    LocalLocation location = parse (texts[i], "zip", arena);
    g_assert_cmpint (location.kind, ==, LOCAL_LOCATION_OTHER);
    g_assert_nonnull (location.problem);
  }
}

static void
test_refused (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const LocalLocationSettings settings = { "zip", GITHUB };
  LocalLocation location;
  g_assert_false (
      local_location_parse ("http://example.com/x", &settings, arena, &location, &error));
  g_assert_error (error, LOCAL_LOCATION_ERROR, LOCAL_LOCATION_ERROR_UNENCRYPTED);
  g_clear_error (&error);
  g_assert_false (local_location_parse ("s3://[bucket/x", &settings, arena, &location, &error));
  g_assert_error (error, LOCAL_LOCATION_ERROR, LOCAL_LOCATION_ERROR_SYNTAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-location/what-has-no-scheme-is-a-path", test_paths);
  g_test_add_func ("/local-location/objects-with-version-and-etag", test_s3);
  g_test_add_func ("/local-location/repositories-branches-and-commits", test_github);
  g_test_add_func ("/local-location/another-server-in-github-s-place", test_other_server);
  g_test_add_func ("/local-location/others-are-known-as-such", test_others);
  g_test_add_func ("/local-location/http-and-broken-uris-are-refused", test_refused);
  return g_test_run ();
}
