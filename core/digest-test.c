#include "core/digest.h"

#include <string.h>

static void
test_sha256_of_known_texts (void)
{
  char hex[DIGEST_SHA256_HEX_SIZE];

  digest_sha256_hex (NULL, 0, hex);
  g_assert_cmpstr (hex, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest_sha256_hex ("abc", 3, hex);
  g_assert_cmpstr (hex, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 4231, cases 1, 2 and 6 (a key longer than a block). */
static void
test_hmac_of_known_texts (void)
{
  guint8 key[131];
  guint8 mac[DIGEST_SHA256_SIZE];
  char hex[DIGEST_SHA256_HEX_SIZE];

  memset (key, 0x0b, 20);
  digest_hmac_sha256 (key, 20, "Hi There", 8, mac);
  digest_hex (mac, sizeof mac, hex);
  g_assert_cmpstr (hex, ==, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

  digest_hmac_sha256 ("Jefe", 4, "what do ya want for nothing?", 28, mac);
  digest_hex (mac, sizeof mac, hex);
  g_assert_cmpstr (hex, ==, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

  memset (key, 0xaa, sizeof key);
  digest_hmac_sha256 (key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                      mac);
  digest_hex (mac, sizeof mac, hex);
  g_assert_cmpstr (hex, ==, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
test_hmac_with_empty_key_forgets_the_key_before (void)
{
  guint8 mac[DIGEST_SHA256_SIZE];
  char hex[DIGEST_SHA256_HEX_SIZE];

  digest_hmac_sha256 ("Jefe", 4, "x", 1, mac);
  digest_hmac_sha256 (NULL, 0, "", 0, mac);
  digest_hex (mac, sizeof mac, hex);
  g_assert_cmpstr (hex, ==, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
test_pieces_equal_the_whole_and_restart (void)
{
  static const char *expected[] = {
    [DIGEST_MD5] = "900150983cd24fb0d6963f7d28e17f72",
    [DIGEST_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
    [DIGEST_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    [DIGEST_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  };

  for (guint algorithm = 0; algorithm < G_N_ELEMENTS (expected); algorithm++) {
    g_autoptr (Digest) digest = digest_new (algorithm);

    for (guint round = 0; round < 2; round++) {
      guint8 out[DIGEST_MAX_SIZE];
      char hex[2 * DIGEST_MAX_SIZE + 1];

      digest_update (digest, "a", 1);
      digest_update (digest, "", 0);
      digest_update (digest, "bc", 2);
      g_assert_cmpuint (digest_finish (digest, out), ==, digest_size (algorithm));
      digest_hex (out, digest_size (algorithm), hex);
      g_assert_cmpstr (hex, ==, expected[algorithm]);
    }
  }
}

static void
test_hex_goes_both_ways (void)
{
  static const guint8 bytes[] = { 0x00, 0x7f, 0xff, 0xa5 };
  guint8 back[4];
  char hex[9];

  digest_hex (bytes, sizeof bytes, hex);
  g_assert_cmpstr (hex, ==, "007fffa5");
  g_assert_true (digest_unhex ("007FffA5", back, sizeof back));
  g_assert_cmpmem (back, sizeof back, bytes, sizeof bytes);
}

static void
test_bad_hex_is_refused (void)
{
  static const char *bad[] = { "",           "0",         "007fff",   "007fffa",
                               "007fffa5a5", "007fffa5 ", "007fffag", "0x7fffa5" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    guint8 out[4];
    g_autofree char *exact = g_strdup (bad[i]); /* so that a sanitizer sees a read past the end */

    g_assert_false (digest_unhex (exact, out, sizeof out));
  }
}

static gpointer
hash_on_a_thread (gpointer data)
{
  char hex[DIGEST_SHA256_HEX_SIZE];

  for (guint i = 0; i < 1000; i++) {
    digest_sha256_hex ("abc", 3, hex);
    g_assert_true (g_str_has_prefix (hex, "ba7816bf"));
  }
  return NULL;
}

static void
test_threads_do_not_share_contexts (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("hash", hash_on_a_thread, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/digest/sha256-of-known-texts", test_sha256_of_known_texts);
  g_test_add_func ("/digest/hmac-of-known-texts", test_hmac_of_known_texts);
  g_test_add_func ("/digest/hmac-with-empty-key-forgets-the-key-before",
                   test_hmac_with_empty_key_forgets_the_key_before);
  g_test_add_func ("/digest/pieces-equal-the-whole-and-restart",
                   test_pieces_equal_the_whole_and_restart);
  g_test_add_func ("/digest/hex-goes-both-ways", test_hex_goes_both_ways);
  g_test_add_func ("/digest/bad-hex-is-refused", test_bad_hex_is_refused);
  g_test_add_func ("/digest/threads-do-not-share-contexts", test_threads_do_not_share_contexts);
  return g_test_run ();
}
