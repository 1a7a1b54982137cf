#include "server/objects/checksum.h"

#include <string.h>

#include "core/digest.h"

typedef struct {
  ChecksumAlgorithm algorithm;
  const char *hex;
} Vector;

/* The check values of "123456789" from the catalogues of CRCs and from FIPS 180. */
static const Vector vectors[] = {
  { CHECKSUM_CRC32, "cbf43926" },
  { CHECKSUM_CRC32C, "e3069283" },
  { CHECKSUM_CRC64NVME, "ae8b14860a799888" },
  { CHECKSUM_SHA1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441" },
  { CHECKSUM_SHA256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225" },
};

static void
known_values (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++) {
    for (gsize cut = 0; cut <= 9; cut++) {
      g_autoptr (Checksum) checksum = checksum_new (vectors[i].algorithm);
      checksum_update (checksum, "123456789", cut);
      checksum_update (checksum, "123456789" + cut, 9 - cut);
      guint8 value[CHECKSUM_MAX_SIZE];
      checksum_value (checksum, value);
      char hex[2 * CHECKSUM_MAX_SIZE + 1];
      digest_hex (value, checksum_size (vectors[i].algorithm), hex);
      g_assert_cmpstr (hex, ==, vectors[i].hex);
    }
  }
}

static void
empty_input_has_a_value (void)
{
  const char *texts[] = { "AAAAAA==", "AAAAAA==", "AAAAAAAAAAA=", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
                          "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" };
  for (int i = 0; i < N_CHECKSUM_ALGORITHMS; i++) {
    g_autoptr (Checksum) checksum = checksum_new ((ChecksumAlgorithm)i);
    char text[CHECKSUM_MAX_TEXT_SIZE];
    checksum_text (checksum, text);
    g_assert_cmpstr (text, ==, texts[i]);
    g_assert_true (checksum_parse ((ChecksumAlgorithm)i, text, NULL));
  }
}

static void
only_exact_base64_is_a_value (void)
{
  const char *bad[] = { "", "AAAAAA=", "AAAAAA", "AAAAAA==\n", "AA AAA==", "AAAAAAAA", "AAAAAB==" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (checksum_parse (CHECKSUM_CRC32, bad[i], NULL));
}

static void
header_names_lead_back (void)
{
  for (int i = 0; i < N_CHECKSUM_ALGORITHMS; i++) {
    ChecksumAlgorithm found;
    g_assert_true (checksum_from_header (checksum_header ((ChecksumAlgorithm)i), &found));
    g_assert_cmpint (found, ==, i);
  }
  ChecksumAlgorithm found;
  g_assert_true (checksum_from_header ("X-Amz-Checksum-CRC32", &found));
  g_assert_false (checksum_from_header ("x-amz-checksum-type", &found));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checksum/known-values", known_values);
  g_test_add_func ("/checksum/empty-input-has-a-value", empty_input_has_a_value);
  g_test_add_func ("/checksum/only-exact-base64-is-a-value", only_exact_base64_is_a_value);
  g_test_add_func ("/checksum/header-names-lead-back", header_names_lead_back);
  return g_test_run ();
}
