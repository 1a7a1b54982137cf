#include "core/sigv4-canonical.h"

#include <string.h>

static void
test_paths_of_json_services_are_normalised_and_encoded_again (void)
{
  static const struct {
    const char *path, *canonical;
  } cases[] = {
    { "", "/" },
    { "/", "/" },
    { "//", "/" },
    { "/./", "/" },
    { "/..", "/" },
    { "/../../etc", "/etc" },
    { "/a/./b/../c", "/a/c" },
    { "/a//b/", "/a/b/" },
    { "/a/b/..", "/a/" },
    { "/a%20b", "/a%2520b" },
    { "/a b", "/a%20b" },
    { "a", "/a" },
    { "/...", "/..." },
    { "/.a/b.", "/.a/b." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) out = g_string_new (NULL);

    sigv4_canonical_path (cases[i].path, SIGV4_DIALECT_JSON, out);
    g_assert_cmpstr (out->str, ==, cases[i].canonical);
  }
}

static void
test_paths_of_s3_stay_as_they_are_but_for_encoding (void)
{
  static const struct {
    const char *path, *canonical;
  } cases[] = {
    { "", "/" },
    { "/b/a//b/../c", "/b/a//b/../c" },
    { "/b/my%20key", "/b/my%20key" },
    { "/b/my key", "/b/my%20key" },
    { "/b/a+b(1)", "/b/a%2Bb%281%29" },
    { "/b/a%2Bb", "/b/a%2Bb" },
    { "/b/a%2bb", "/b/a%2Bb" },
    { "/b/%7Euser", "/b/~user" },
    { "/b/100%", "/b/100%25" },
    { "/b/%zz", "/b/%25zz" },
    { "/b/%2", "/b/%252" },
    { "/b/\xc3\xa4", "/b/%C3%A4" },
    { "/b/x%2Fy", "/b/x/y" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) out = g_string_new (NULL);

    sigv4_canonical_path (cases[i].path, SIGV4_DIALECT_S3, out);
    g_assert_cmpstr (out->str, ==, cases[i].canonical);
  }
}

static void
test_queries_are_sorted_by_encoded_name_then_value (void)
{
  static const struct {
    const char *query, *canonical;
  } cases[] = {
    { "", "" },
    { "&&", "" },
    { "b=2&a=1", "a=1&b=2" },
    { "a=2&a=1&a=", "a=&a=1&a=2" },
    { "lifecycle", "lifecycle=" },
    { "a=b=c", "a=b%3Dc" },
    { "a=x+y", "a=x%2By" },
    { "a=x%20y", "a=x%20y" },
    { "a=x y", "a=x%20y" },
    { "prefix=a/b", "prefix=a%2Fb" },
    { "a-b=1&a=2&A=3", "A=3&a=2&a-b=1" },
    { "%C3%A4=1&z=2", "%C3%A4=1&z=2" },
    { "=v", "=v" },
    { "X-Amz-Signature=00&X-Amz-Date=1", "X-Amz-Date=1" },
    { "X-Amz-Signature", "" },
    /* Spelt otherwise it is no signature: it must not be carried along unsigned. */
    { "X%2DAmz-Signature=00&a=1", "X-Amz-Signature=00&a=1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GString) out = g_string_new (NULL);

    sigv4_canonical_query (cases[i].query, SIGV4_DIALECT_JSON, out);
    g_assert_cmpstr (out->str, ==, cases[i].canonical);
  }
}

static void
test_plus_is_a_blank_in_queries_of_s3 (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  sigv4_canonical_query ("prefix=x+y%2Bz&a+b", SIGV4_DIALECT_S3, out);
  g_assert_cmpstr (out->str, ==, "a%20b=&prefix=x%20y%2Bz");
}

/* A NUL smuggled into a name must not make two parameters look like one. */
static void
test_encoded_nul_stays_encoded (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  sigv4_canonical_query ("a%00b=1", SIGV4_DIALECT_JSON, out);
  g_assert_cmpstr (out->str, ==, "a%00b=1");
}

static void
test_whole_request (void)
{
  static const Sigv4Header headers[] = {
    { "HOST", "example.com:8080" },
    { "X-Amz-Date", "20150830T123600Z" },
    { "my-header", "  a \t b\r\n c  " },
    { "My-Header", "second" },
    { "Unsigned", "x" },
    { "Empty", "   " },
  };
  static const char *const names[] = { "empty", "host", "missing", "my-header", "x-amz-date" };
  const Sigv4Request request = { "POST", "/", "", headers, G_N_ELEMENTS (headers) };
  g_autoptr (GString) out = g_string_new (NULL);

  sigv4_canonical_request (&request, SIGV4_DIALECT_JSON, names, G_N_ELEMENTS (names), "HASH", out);
  g_assert_cmpstr (out->str, ==,
                   "POST\n/\n\n"
                   "empty:\nhost:example.com:8080\nmissing:\nmy-header:a b "
                   "c,second\nx-amz-date:20150830T123600Z\n"
                   "\nempty;host;missing;my-header;x-amz-date\nHASH");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sigv4-canonical/paths-of-json-services-are-normalised-and-encoded-again",
                   test_paths_of_json_services_are_normalised_and_encoded_again);
  g_test_add_func ("/sigv4-canonical/paths-of-s3-stay-as-they-are-but-for-encoding",
                   test_paths_of_s3_stay_as_they_are_but_for_encoding);
  g_test_add_func ("/sigv4-canonical/queries-are-sorted-by-encoded-name-then-value",
                   test_queries_are_sorted_by_encoded_name_then_value);
  g_test_add_func ("/sigv4-canonical/plus-is-a-blank-in-queries-of-s3",
                   test_plus_is_a_blank_in_queries_of_s3);
  g_test_add_func ("/sigv4-canonical/encoded-nul-stays-encoded", test_encoded_nul_stays_encoded);
  g_test_add_func ("/sigv4-canonical/whole-request", test_whole_request);
  return g_test_run ();
}
