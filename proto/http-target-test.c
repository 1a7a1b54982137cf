#include "proto/http-target.h"

#include "proto/http-client.h"

static void
test_parts (void)
{
  static const char *const cases[][5] = {
    { "https://h/", "https://h", "h", "/", NULL },
    { "https://h:443", "https://h", "h", "/", NULL },
    { "http://h:443/a%20b?c=d", "http://h:443", "h:443", "/a%20b", "c=d" },
    { "http://user:secret@[::1]:80/../x?", "http://[::1]", "[::1]", "/../x", "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (HttpTarget) target = { 0 };
    g_autoptr (GError) error = NULL;
    g_assert_true (http_target_parse (cases[i][0], &target, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (target.origin, ==, cases[i][1]);
    g_assert_cmpstr (target.host, ==, cases[i][2]);
    g_assert_cmpstr (target.path, ==, cases[i][3]);
    g_assert_cmpstr (target.query, ==, cases[i][4]);
  }
}

static void
test_bad (void)
{
  static const char *const bad[] = { "", "h", "ftp://h/", "http://", "/path" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_auto (HttpTarget) target = { 0 };
    g_autoptr (GError) error = NULL;
    g_assert_false (http_target_parse (bad[i], &target, &error));
    g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS);
  }
}

static void
test_secrets (void)
{
  static const char *const rows[][2] = {
    { "https://me:s3cret@h o/p?token=s3cret", "\"https://h o/p\" is not a URL" },
    { "ftp://s3cret@h/", "\"ftp://h/\" is not an http or https URL" },
    { "?s3cret", "\"\" is not a URL" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_auto (HttpTarget) target = { 0 };
    g_autoptr (GError) error = NULL;
    g_assert_false (http_target_parse (rows[i][0], &target, &error));
    g_assert_cmpstr (error->message, ==, rows[i][1]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-target/parts", test_parts);
  g_test_add_func ("/http-target/no-urls", test_bad);
  g_test_add_func ("/http-target/secrets-are-not-told", test_secrets);
  return g_test_run ();
}
