#include "core/failure.h"

static void
test_message_is_utf8_whatever_was_quoted (void)
{
  static const char *const quoted[] = { "plain", "\xff\xfe", "",
                                        "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac" };

  for (gsize i = 0; i < G_N_ELEMENTS (quoted); i++) {
    g_autoptr (GError) error = NULL;

    /* Four bytes: in the middle of the second Euro sign. */
    g_assert_false (
        failure_set (&error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not \"%.4s\"", quoted[i]));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    g_assert_true (g_str_has_prefix (error->message, "not \""));
  }
}

static void
test_nobody_need_ask (void)
{
  g_assert_false (failure_set (NULL, G_FILE_ERROR, G_FILE_ERROR_INVAL, "unseen"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/failure/message-is-utf8-whatever-was-quoted",
                   test_message_is_utf8_whatever_was_quoted);
  g_test_add_func ("/failure/nobody-need-ask", test_nobody_need_ask);
  return g_test_run ();
}
