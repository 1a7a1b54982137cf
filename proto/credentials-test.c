#include "proto/credentials.h"

static void
test_copies (void)
{
  g_autoptr (Credentials) one = credentials_new ("AKIDEXAMPLE", "secret", NULL);
  g_autoptr (Credentials) two = credentials_copy (one);

  g_assert_cmpstr (two->access_key_id, ==, "AKIDEXAMPLE");
  g_assert_cmpstr (two->secret_access_key, ==, "secret");
  g_assert_true (two->secret_access_key != one->secret_access_key);
  g_assert_null (two->session_token);
  g_assert_null (credentials_copy (NULL));
  credentials_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/credentials/copies-are-their-own", test_copies);
  return g_test_run ();
}
