#include "server/seal.h"

#include <string.h>

static const guint8 key[SEAL_KEY_SIZE] = { 1, 2, 3 };
static const guint8 other_key[SEAL_KEY_SIZE] = { 3, 2, 1 };
static const char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

static void
test_round_trip (void)
{
  guint8 sealed[sizeof secret + SEAL_OVERHEAD];
  char opened[sizeof secret];
  g_autoptr (GError) error = NULL;
  seal_close (key, "AKIA1", secret, sizeof secret, ambient_system (), sealed);
  g_assert_null (memmem (sealed, sizeof sealed, "wJalr", 5));
  g_assert_true (seal_open (key, "AKIA1", sealed, sizeof sealed, (guint8 *)opened, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (opened, ==, secret);
}

static void
test_never_the_same (void)
{
  guint8 one[sizeof secret + SEAL_OVERHEAD];
  guint8 two[sizeof secret + SEAL_OVERHEAD];
  seal_close (key, "AKIA1", secret, sizeof secret, ambient_system (), one);
  seal_close (key, "AKIA1", secret, sizeof secret, ambient_system (), two);
  g_assert_cmpint (memcmp (one, two, sizeof one), !=, 0);
}

static void
refused (const guint8 *with, const char *context, const guint8 *sealed, gsize n, int code)
{
  guint8 opened[sizeof secret];
  g_autoptr (GError) error = NULL;
  g_assert_false (seal_open (with, context, sealed, n, opened, &error));
  g_assert_error (error, SEAL_ERROR, code);
}

static void
test_refused (void)
{
  guint8 sealed[sizeof secret + SEAL_OVERHEAD];
  seal_close (key, "AKIA1", secret, sizeof secret, ambient_system (), sealed);
  refused (other_key, "AKIA1", sealed, sizeof sealed, SEAL_ERROR_OPEN);
  refused (key, "AKIA2", sealed, sizeof sealed, SEAL_ERROR_OPEN);
  refused (key, "AKIA1", sealed, sizeof sealed - 1, SEAL_ERROR_OPEN);
  refused (key, "AKIA1", sealed, SEAL_OVERHEAD - 1, SEAL_ERROR_FORMAT);
  for (gsize i = 1; i < sizeof sealed; i++) {
    sealed[i] ^= 1;
    refused (key, "AKIA1", sealed, sizeof sealed, SEAL_ERROR_OPEN);
    sealed[i] ^= 1;
  }
  sealed[0] = 2;
  refused (key, "AKIA1", sealed, sizeof sealed, SEAL_ERROR_FORMAT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/seal/opens-what-it-closed", test_round_trip);
  g_test_add_func ("/seal/twice-is-not-the-same", test_never_the_same);
  g_test_add_func ("/seal/refuses-other-key-context-or-bytes", test_refused);
  return g_test_run ();
}
