#include "proto/policy-disown.h"

#define ANN  "arn:aws:iam::123456789012:user/ann"
#define ROLE "arn:aws:iam::123456789012:role/team/ops"

static void
expect (const PolicyDisowned *gone, const char *principal, const char *expected)
{
  g_autofree char *before = g_strdup_printf (
      "{\"Statement\":[{\"Sid\":\"" ANN "\"},{%s,\"Effect\":\"Allow\"}]}", principal);
  g_autofree char *after =
      g_strdup_printf ("{\"Statement\":[{\"Sid\":\"" ANN "\"},{%s,\"Effect\":\"Allow\"}]}",
                       expected == NULL ? "" : expected);
  g_autofree char *got = policy_disown (before, gone);
  g_assert_cmpstr (got, ==, expected == NULL ? NULL : after);
}

static void
test_user (void)
{
  static const PolicyDisowned gone = { ANN, "AIDAQWERTYUIOPASDFGHJ", NULL };
  expect (&gone, "\"Principal\":{\"AWS\":\"" ANN "\"}",
          "\"Principal\":{\"AWS\":\"AIDAQWERTYUIOPASDFGHJ\"}");
  expect (&gone, "\"NotPrincipal\":{\"AWS\":[\"" ROLE "\",\"" ANN "\"]}",
          "\"NotPrincipal\":{\"AWS\":[\"" ROLE "\",\"AIDAQWERTYUIOPASDFGHJ\"]}");
  /* However it is written. */
  expect (&gone, "\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:user\\/\\u0061nn\"}",
          "\"Principal\":{\"AWS\":\"AIDAQWERTYUIOPASDFGHJ\"}");
  expect (&gone, "\"Principal\":{\"AWS\":\"" ANN "a\"}", NULL);
  expect (&gone, "\"Principal\":{\"AWS\":\"123456789012\",\"Service\":\"" ANN "\"}", NULL);
  expect (&gone, "\"Principal\":\"*\"", NULL);
}

static void
test_role_with_its_sessions (void)
{
  static const PolicyDisowned gone = { ROLE, "AROAQWERTYUIOPASDFGHJ",
                                       "arn:aws:sts::123456789012:assumed-role/ops/" };
  expect (&gone,
          "\"Principal\":{\"AWS\":[\"" ROLE "\",\"arn:aws:sts::123456789012:assumed-role/ops/ci\","
          "\"arn:aws:sts::123456789012:assumed-role/ops2/ci\"]}",
          "\"Principal\":{\"AWS\":[\"AROAQWERTYUIOPASDFGHJ\",\"AROAQWERTYUIOPASDFGHJ:ci\","
          "\"arn:aws:sts::123456789012:assumed-role/ops2/ci\"]}");
}

static void
test_other_documents (void)
{
  static const PolicyDisowned gone = { ANN, "AIDAQWERTYUIOPASDFGHJ", NULL };
  static const char *const texts[] = {
    "", "{", "[]", "{}", "{\"Statement\":7}", "{\"Statement\":[[{\"Principal\":[]}]]}"
  };
  g_autofree char *one = policy_disown (
      "{\"Statement\":{\"Principal\":{\"AWS\":[\"" ANN "\",7]},\"Effect\":\"Allow\"}}", &gone);
  g_assert_cmpstr (one, ==,
                   "{\"Statement\":{\"Principal\":{\"AWS\":[\"AIDAQWERTYUIOPASDFGHJ\",7]},"
                   "\"Effect\":\"Allow\"}}");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (policy_disown (texts[i], &gone));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-disown/user", test_user);
  g_test_add_func ("/policy-disown/role-with-its-sessions", test_role_with_its_sessions);
  g_test_add_func ("/policy-disown/other-documents", test_other_documents);
  return g_test_run ();
}
