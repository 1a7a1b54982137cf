#include "agent/bundle-url.h"

#include <string.h>

static void
test_s3 (void)
{
  static const struct {
    const char *endpoint, *bucket, *expected;
    BundleS3Addressing addressing;
  } cases[] = {
    { "https://h:1", "b", "https://h:1/b/k", BUNDLE_S3_PATH },
    { "https://h:1", "b", "https://b.h:1/k", BUNDLE_S3_VIRTUAL },
    { "https://h:1", "b.c", "https://h:1/b.c/k", BUNDLE_S3_VIRTUAL },
    { "http://h:1", "b.c", "http://b.c.h:1/k", BUNDLE_S3_VIRTUAL },
    { "https://127.0.0.1:1", "b", "https://127.0.0.1:1/b/k", BUNDLE_S3_VIRTUAL },
    { "https://[::1]:1", "b", "https://[::1]:1/b/k", BUNDLE_S3_VIRTUAL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    SpecRevision one = { .bucket = cases[i].bucket, .key = "k" };
    g_autofree char *url = bundle_url_s3 (cases[i].endpoint, cases[i].addressing, &one);
    g_assert_cmpstr (url, ==, cases[i].expected);
  }
  SpecRevision revision = { .bucket = "b", .key = "a b/\xc3\xa4+~.zip" };
  g_autofree char *url = bundle_url_s3 ("https://h:1", BUNDLE_S3_PATH, &revision);
  g_assert_cmpstr (url, ==, "https://h:1/b/a%20b/%C3%A4%2B~.zip");
  revision.version = "v/1+&";
  g_autofree char *versioned = bundle_url_s3 ("https://h:1", BUNDLE_S3_PATH, &revision);
  g_assert_cmpstr (versioned, ==, "https://h:1/b/a%20b/%C3%A4%2B~.zip?versionId=v%2F1%2B%26");
}

static void
test_github (void)
{
  static const struct {
    const char *endpoint, *type, *expected;
  } cases[] = {
    { "https://api.github.com", NULL, "https://api.github.com/repos/A/R/tarball/C%2F..%2Fx" },
    { "https://api.github.com/", "tar", "https://api.github.com/repos/A/R/tarball/C%2F..%2Fx" },
    { "https://api.github.com", "zip", "https://api.github.com/repos/A/R/zipball/C%2F..%2Fx" },
    { "https://h/api/v3", "zip", "https://h/api/v3/repos/A/R/zipball/C%2F..%2Fx" },
    { "https://h/api/v1", NULL, "https://h/api/v1/repos/A/R/archive/C%2F..%2Fx.tar.gz" },
    { "https://h/api/v1/", "zip", "https://h/api/v1/repos/A/R/archive/C%2F..%2Fx.zip" },
  };
  g_autoptr (GError) error = NULL;
  SpecRevision revision = { .account = "A", .repository = "R", .commit_id = "C/../x" };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    revision.bundle_type = cases[i].type;
    g_autofree char *url = bundle_url_github (cases[i].endpoint, &revision, NULL);
    g_assert_cmpstr (url, ==, cases[i].expected);
  }
  revision.bundle_type = "tgz";
  g_assert_null (bundle_url_github ("https://h", &revision, &error));
  g_assert_nonnull (error);
}

static void
test_redirects (void)
{
  static const struct {
    const char *from, *location, *expected;
    gboolean same;
  } cases[] = {
    { "https://h/a", "https://other/x", "https://other/x", FALSE },
    { "https://h/a", "https://h/x", "https://h/x", TRUE },
    { "https://h/a", "https://h:8/x", "https://h:8/x", FALSE },
    { "https://h/a", "https://h@other/x", "https://h@other/x", FALSE },
    { "https://h:8/a?b", "/x?y", "https://h:8/x?y", TRUE },
    { "https://h/a", "http://h/x", NULL, FALSE },
    { "http://h/a", "https://h/x", "https://h/x", FALSE },
    { "https://h/a", "//other/x", NULL, FALSE },
    { "https://h/a", "file:///etc/passwd", NULL, FALSE },
    { "https://h/a", "", NULL, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    gboolean same = FALSE;
    g_autofree char *url = bundle_url_redirect (cases[i].from, cases[i].location, &same);
    g_assert_cmpstr (url, ==, cases[i].expected);
    g_assert_cmpint (same, ==, cases[i].same);
  }
}

static void
test_etags (void)
{
  g_assert_true (bundle_etags_match ("\"abc\"", "abc"));
  g_assert_true (bundle_etags_match ("abc", "abc"));
  g_assert_false (bundle_etags_match ("abc", "\"abd\""));
}

static void
test_reason (void)
{
  const char *xml =
      "<Error><Code>NoSuchKey</Code><Message>no &quot;a &amp;amp; b&quot; &here</Message></Error>";
  g_autofree char *both = bundle_s3_reason (xml, strlen (xml));
  g_assert_cmpstr (both, ==, "NoSuchKey: no \"a &amp; b\" &here");
  g_autofree char *plain = bundle_s3_reason ("  a proxy's page \n", 18);
  g_assert_cmpstr (plain, ==, "a proxy's page");
  g_autofree char *nothing = bundle_s3_reason (NULL, 0);
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle-url/49-s3-urls", test_s3);
  g_test_add_func ("/bundle-url/60-63-github-urls", test_github);
  g_test_add_func ("/bundle-url/redirects", test_redirects);
  g_test_add_func ("/bundle-url/50-etags-with-and-without-quotes", test_etags);
  g_test_add_func ("/bundle-url/an-error-answer-is-told-as-plain-text", test_reason);
  return g_test_run ();
}
