#include "server/notifications/webhook-signature.h"

#include <string.h>

/* The example that the Standard Webhooks specification's own libraries are tested with. */
#define SECRET    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID        "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define TIMESTAMP G_GINT64_CONSTANT (1614265330)
#define BODY      "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static GBytes *
secret (const char *text)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = NULL;
  g_assert_true (webhook_secret_read (text, &bytes, &error));
  g_assert_no_error (error);
  return bytes;
}

static void
test_others_verify_it (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GBytes) key = secret (SECRET "\n");
  g_assert_cmpstr (webhook_sign (key, ID, TIMESTAMP, BODY, strlen (BODY), arena), ==, SIGNATURE);
}

static void
test_only_what_was_signed_is_good (void)
{
  g_autoptr (GBytes) key = secret ("a secret of some length"), other = secret ("0123456789abcdef");
  g_autoptr (Arena) arena = arena_new ();
  const char *good = webhook_sign (key, "1", 1000, "body", 4, arena);
  const char *both = arena_printf (arena, "v1,AAAA v2,x %s", good);
#define VERIFY(key, id, time, text, now)                                                           \
  webhook_verify (key, id, time, both, text, strlen (text), now, 300)
  g_assert_true (VERIFY (key, "1", "1000", "body", 1300));
  g_assert_true (VERIFY (key, "1", "1000", "body", 700));
  g_assert_false (VERIFY (key, "1", "1000", "body", 1301)); /* an old one, sent again */
  g_assert_false (VERIFY (key, "2", "1000", "body", 1000));
  g_assert_false (VERIFY (key, "1", "1001", "body", 1000));
  g_assert_false (VERIFY (key, "1", "now", "body", 1000));
  g_assert_false (VERIFY (key, "1", "1000", "bodY", 1000));
  g_assert_false (VERIFY (other, "1", "1000", "body", 1000));
  g_assert_false (webhook_verify (key, "1", "1000", "", "body", 4, 1000, 300));
}

static void
test_a_short_secret_is_refused (void)
{
  static const char *const bad[] = { "",
                                     "hush",
                                     "whsec_",
                                     "whsec_aHVzaA==",
                                     "whsec_%%%",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",
                                     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    GBytes *bytes = NULL;
    g_assert_false (webhook_secret_read (bad[i], &bytes, &error));
    g_assert_nonnull (strstr (error->message, "openssl rand"));
    g_assert_null (strstr (error->message, "hush"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook-signature/others-verify-it", test_others_verify_it);
  g_test_add_func ("/webhook-signature/only-what-was-signed", test_only_what_was_signed_is_good);
  g_test_add_func ("/webhook-signature/a-short-secret", test_a_short_secret_is_refused);
  return g_test_run ();
}
