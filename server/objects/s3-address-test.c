#include "server/objects/s3-address.h"

#include <string.h>

#include "server/objects/s3-error.h"

static const char *const names[] = { "localhost", "deploy.example.org", NULL };

typedef struct {
  const char *host, *path, *bucket, *key;
} Row;

static const Row good[] = {
  { "localhost:8600", "/", NULL, NULL },
  { "localhost:8600", "/my-bucket", "my-bucket", NULL },
  { "localhost", "/my-bucket/", "my-bucket", NULL },
  { "127.0.0.1:1", "/my-bucket/a/b%20c%2Fd", "my-bucket", "a/b c/d" },
  { "my-bucket.localhost:8600", "/", "my-bucket", NULL },
  { "my-bucket.localhost:8600", "/a//b", "my-bucket", "a//b" },
  { "My.Bucket.Deploy.Example.org", "/k+k", "my.bucket", "k+k" },
  { "other.example.org", "/my-bucket/k", "my-bucket", "k" },
  { "[::1]:80", "/my-bucket/k", "my-bucket", "k" },
  { NULL, "/my-bucket//k", "my-bucket", "/k" },
};

static void
path_and_host_style_name_bucket_and_key (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    S3Address address;
    gboolean ok = s3_address_parse (good[i].host, names, good[i].path, "", arena, &address, &error);
    g_assert_no_error (error);
    g_assert_true (ok);
    g_assert_cmpstr (address.bucket, ==, good[i].bucket);
    g_assert_cmpstr (address.key, ==, good[i].key);
  }
}

static void
bad_addresses_are_refused (void)
{
  g_autofree char *long_key = g_strnfill (1025, 'k');
  g_autofree char *long_path = g_strconcat ("/my-bucket/", long_key, NULL);
  struct {
    const char *path;
    S3ErrorCode code;
  } bad[] = {
    { "/my-bucket/%zz", S3_ERR_INVALID_URI },
    { "/my-bucket/%4", S3_ERR_INVALID_URI },
    { "/my-bucket/%00", S3_ERR_INVALID_URI },
    { "/my-bucket/%ff", S3_ERR_INVALID_URI },
    { "*", S3_ERR_INVALID_URI },
    { "//k", S3_ERR_INVALID_BUCKET_NAME },
    { "/ab/k", S3_ERR_INVALID_BUCKET_NAME },
    { "/a%2Fb/k", S3_ERR_INVALID_BUCKET_NAME },
    { "/../k", S3_ERR_INVALID_BUCKET_NAME },
    { "/buck%ffet/k", S3_ERR_INVALID_BUCKET_NAME },
    { "/buck\xff"
      "et/k",
      S3_ERR_INVALID_BUCKET_NAME },
    { long_path, S3_ERR_KEY_TOO_LONG },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    S3Address address;
    g_assert_false (s3_address_parse (NULL, names, bad[i].path, "", arena, &address, &error));
    g_assert_error (error, S3_ERROR, (int)bad[i].code);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
}

static void
parameters_are_decoded (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  S3Address address;
  g_assert_true (
      s3_address_parse (NULL, names, "/", "a=1&uploads&&b=x%20y+z=&c=", arena, &address, &error));
  g_assert_cmpstr (s3_address_param (&address, "a"), ==, "1");
  g_assert_cmpstr (s3_address_param (&address, "uploads"), ==, "");
  g_assert_cmpstr (s3_address_param (&address, "b"), ==, "x y z=");
  g_assert_cmpstr (s3_address_param (&address, "c"), ==, "");
  g_assert_null (s3_address_param (&address, "d"));
}

static void
copy_sources_name_bucket_key_and_version (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const char *bucket, *key, *version;
  g_assert_true (s3_address_parse_copy_source ("/buc/a%20b/c?versionId=v1", arena, &bucket, &key,
                                               &version, &error));
  g_assert_cmpstr (bucket, ==, "buc");
  g_assert_cmpstr (key, ==, "a b/c");
  g_assert_cmpstr (version, ==, "v1");
  g_assert_true (s3_address_parse_copy_source ("buc/k", arena, &bucket, &key, &version, &error));
  g_assert_null (version);
  const char *refused[] = { "buc", "buc/", "buc/k?versionId=", "buc/k?versionId=%zz", "buc/%ff" };
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_test_message ("%s", refused[i]);
    g_clear_error (&error);
    g_assert_false (
        s3_address_parse_copy_source (refused[i], arena, &bucket, &key, &version, &error));
    g_assert_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT);
  }
}

static void
parameters_before_a_bad_one_can_be_asked_for (void)
{
  static const char *const host_names[] = { "localhost", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (Arena) arena = arena_new ();
  S3Address address;
  g_assert_false (
      s3_address_parse (NULL, host_names, "/bucket/k", "a=1&b=%00&c=2", arena, &address, &error));
  g_assert_error (error, S3_ERROR, S3_ERR_INVALID_URI);
  g_assert_cmpstr (s3_address_param (&address, "a"), ==, "1");
  g_assert_null (s3_address_param (&address, "b"));
  g_assert_null (s3_address_param (&address, "c"));
}

static void
new_buckets_have_dns_names (void)
{
  const char *allowed[] = { "abc", "a-b", "a.b.c", "1bucket", "my-bucket-2026" };
  const char *refused[] = { "ab",  "ABC",  "-ab", "ab-",         "a..b", ".ab",
                            "ab.", "a_bc", "a b", "192.168.5.4", "a.-b", "xn--abc" };
  for (gsize i = 0; i < G_N_ELEMENTS (allowed); i++)
    g_assert_true (s3_bucket_name_is_allowed (allowed[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_test_message ("%s", refused[i]);
    g_assert_false (s3_bucket_name_is_allowed (refused[i]));
  }
  g_autofree char *longest = g_strnfill (63, 'a');
  g_autofree char *too_long = g_strnfill (64, 'a');
  g_assert_true (s3_bucket_name_is_allowed (longest));
  g_assert_false (s3_bucket_name_is_allowed (too_long));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3-address/path-and-host-style-name-bucket-and-key",
                   path_and_host_style_name_bucket_and_key);
  g_test_add_func ("/s3-address/bad-addresses-are-refused", bad_addresses_are_refused);
  g_test_add_func ("/s3-address/parameters-are-decoded", parameters_are_decoded);
  g_test_add_func ("/s3-address/parameters-before-a-bad-one-can-be-asked-for",
                   parameters_before_a_bad_one_can_be_asked_for);
  g_test_add_func ("/s3-address/copy-sources-name-bucket-key-and-version",
                   copy_sources_name_bucket_key_and_version);
  g_test_add_func ("/s3-address/new-buckets-have-dns-names", new_buckets_have_dns_names);
  return g_test_run ();
}
