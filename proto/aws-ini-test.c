#include "proto/aws-ini.h"

#include <string.h>

static AwsIni *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  AwsIni *ini = aws_ini_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  return ini;
}

static void
test_values (void)
{
  g_autoptr (AwsIni) ini = parse ("# mine\n[default]\nregion = eu-west-1 ; where\n"
                                  "aws_secret_access_key=a/b+c=#d\n\n[profile  ci]\nregion=\n");
  g_assert_cmpstr (aws_ini_get (ini, "default", "region"), ==, "eu-west-1");
  g_assert_cmpstr (aws_ini_get (ini, "default", "aws_secret_access_key"), ==, "a/b+c=#d");
  g_assert_true (aws_ini_has_section (ini, "profile ci"));
  g_assert_null (aws_ini_get (ini, "profile ci", "region"));
  g_assert_null (aws_ini_get (ini, "nobody", "region"));
}

static void
test_nested (void)
{
  g_autoptr (AwsIni) ini =
      parse ("[services local]\r\ncodedeploy =\r\n  endpoint_url = http://a:1\r\n"
             "s3 =\r\n  endpoint_url = http://b:2\r\n");
  g_assert_cmpstr (aws_ini_get (ini, "services local", "codedeploy.endpoint_url"), ==,
                   "http://a:1");
  g_assert_cmpstr (aws_ini_get (ini, "services local", "s3.endpoint_url"), ==, "http://b:2");
}

static void
test_section_twice (void)
{
  g_autoptr (AwsIni) ini = parse ("[default]\na = 1\nb = 2\n[other]\na = 9\n[default]\na = 3\n");
  g_assert_cmpstr (aws_ini_get (ini, "default", "a"), ==, "3");
  g_assert_cmpstr (aws_ini_get (ini, "default", "b"), ==, "2");
}

static void
test_bad_lines (void)
{
  const struct {
    const char *text, *part;
  } cases[] = {
    { "[default]\nsecret\n", "line 2: expected" }, { "key = value\n", "line 1: a key before" },
    { "[default\n", "line 1: a section" },         { "[]\n", "line 1: a section" },
    { "[a]\n= x\n", "line 2: expected" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (AwsIni) ini = aws_ini_parse (cases[i].text, strlen (cases[i].text), &error);
    g_assert_null (ini);
    g_assert_error (error, AWS_INI_ERROR, AWS_INI_ERROR_SYNTAX);
    g_assert_nonnull (strstr (error->message, cases[i].part));
    g_assert_null (strstr (error->message, "secret"));
  }
}

static void
test_too_large (void)
{
  g_autofree char *text = g_strnfill (AWS_INI_MAX_BYTES + 1, '\n');
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsIni) ini = aws_ini_parse (text, strlen (text), &error);
  g_assert_null (ini);
  g_assert_error (error, AWS_INI_ERROR, AWS_INI_ERROR_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws-ini/values-and-comments", test_values);
  g_test_add_func ("/aws-ini/indented-lines-are-inner-keys", test_nested);
  g_test_add_func ("/aws-ini/a-section-may-appear-twice", test_section_twice);
  g_test_add_func ("/aws-ini/bad-lines-are-named-by-number-only", test_bad_lines);
  g_test_add_func ("/aws-ini/size-is-capped", test_too_large);
  return g_test_run ();
}
