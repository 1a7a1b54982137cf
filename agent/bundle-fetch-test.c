#include "agent/bundle-fetch.h"

#include <string.h>

static void
test_s3 (void)
{
  SpecRevision revision = { .bucket = "b", .key = "a b/\xc3\xa4+~.zip" };
  g_autofree char *url = bundle_s3_url ("https://h:1", &revision);
  g_assert_cmpstr (url, ==, "https://h:1/b/a%20b/%C3%A4%2B~.zip");
  revision.version = "v/1+&";
  g_autofree char *versioned = bundle_s3_url ("https://h:1", &revision);
  g_assert_cmpstr (versioned, ==, "https://h:1/b/a%20b/%C3%A4%2B~.zip?versionId=v%2F1%2B%26");
}

static void
test_github (void)
{
  g_autoptr (GError) error = NULL;
  SpecRevision revision = { .account = "A", .repository = "R", .commit_id = "C/../x" };
  g_autofree char *tar = bundle_github_url (&revision, NULL);
  g_assert_cmpstr (tar, ==, "https://api.github.com/repos/A/R/tarball/C%2F..%2Fx");
  revision.bundle_type = "zip";
  g_autofree char *zip = bundle_github_url (&revision, NULL);
  g_assert_cmpstr (zip, ==, "https://api.github.com/repos/A/R/zipball/C%2F..%2Fx");
  revision.bundle_type = "tgz";
  g_assert_null (bundle_github_url (&revision, &error));
  g_assert_nonnull (error);
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
  g_test_add_func ("/bundle-fetch/49-s3-urls", test_s3);
  g_test_add_func ("/bundle-fetch/60-63-github-urls", test_github);
  g_test_add_func ("/bundle-fetch/50-etags-with-and-without-quotes", test_etags);
  g_test_add_func ("/bundle-fetch/an-error-answer-is-told-as-plain-text", test_reason);
  return g_test_run ();
}
