#include "cli/s3-url.h"

#include <string.h>

static void
test_round_trip (void)
{
  const char *urls[] = {
    "s3://releases/web/1.zip",
    "s3://releases/web/1.tar.gz?etag=abc123",
    "s3://releases/a%20b/x.tgz?etag=%22q%22&versionId=v1",
    "s3://releases/build/77?bundleType=tar",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const ApiRevisionLocation *revision = s3_url_parse (urls[i], arena, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (revision->revision_type, ==, "S3");
    g_assert_cmpstr (s3_url_describe (revision, arena), ==, urls[i]);
  }
}

static void
test_parts (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiRevisionLocation *revision =
      s3_url_parse ("s3://b-1/some/key.tgz?versionId=a%2Fb&etag=e", arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (revision->s3_location->bucket, ==, "b-1");
  g_assert_cmpstr (revision->s3_location->key, ==, "some/key.tgz");
  g_assert_cmpstr (revision->s3_location->version, ==, "a/b");
  g_assert_cmpstr (revision->s3_location->e_tag, ==, "e");
  g_assert_cmpstr (revision->s3_location->bundle_type, ==, "tgz");
}

static void
test_refused (void)
{
  const struct {
    const char *url, *part;
  } cases[] = {
    { "releases/1.zip", "s3://" },
    { "s3://releases", "a bucket and a key" },
    { "s3://releases/", "a bucket and a key" },
    { "s3:///1.zip", "a bucket and a key" },
    { "s3://a b/1.zip", "bucket" },
    { "s3://releases/1", "bundleType=" },
    { "s3://releases/1.zip?etag", "without a value" },
    { "s3://releases/1.zip?colour=red", "unknown parameter" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (s3_url_parse (cases[i].url, arena, &error));
    g_assert_error (error, S3_URL_ERROR, S3_URL_ERROR_SYNTAX);
    g_assert_nonnull (strstr (error->message, cases[i].part));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3-url/parse-and-describe-are-inverse", test_round_trip);
  g_test_add_func ("/s3-url/parts", test_parts);
  g_test_add_func ("/s3-url/what-is-no-revision-is-refused-with-a-reason", test_refused);
  return g_test_run ();
}
