#include "core/sigv4-chunks.h"

#include "core/sigv4-sign.h"
#include "core/time-iso8601.h"

#include <string.h>

/* The two upload examples of the S3 API reference: 65 KiB of "a" in chunks of 64 KiB, without and with a trailer. */
typedef struct {
  Sigv4Chunks chain;
  guint8 first[DIGEST_SHA256_SIZE];  /* hash of 65536 bytes of 'a' */
  guint8 second[DIGEST_SHA256_SIZE]; /* hash of 1024 */
  guint8 last[DIGEST_SHA256_SIZE];   /* hash of nothing */
} Fixture;

static void
start (Fixture *fixture, const Sigv4Header *headers, gsize n_headers, const char *payload,
       const char *seed)
{
  static const Sigv4Credentials credentials = { "AKIAIOSFODNN7EXAMPLE",
                                                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *data = g_strnfill (65536, 'a');
  const Sigv4Request request = { "PUT", "/examplebucket/chunkObject.txt", NULL, headers,
                                 n_headers };
  Sigv4Signer signer = { &credentials, SIGV4_DIALECT_S3, "us-east-1", "s3", 0 };
  Sigv4Signature signature;
  char hex[DIGEST_SHA256_HEX_SIZE];

  g_assert_true (time_parse_amz ("20130524T000000Z", &signer.time_ms));
  sigv4_sign_headers (&signer, &request, payload, arena, &signature);
  digest_hex (signature.signature, sizeof signature.signature, hex);
  g_assert_cmpstr (hex, ==, seed);
  g_assert_true (sigv4_chunks_init (&fixture->chain, "20130524T000000Z",
                                    "20130524/us-east-1/s3/aws4_request", signature.key,
                                    signature.signature, &error));
  g_assert_no_error (error);
  digest_sha256 (data, 65536, fixture->first);
  digest_sha256 (data, 1024, fixture->second);
  digest_sha256 ("", 0, fixture->last);
}

static void
start_plain (Fixture *fixture)
{
  static const Sigv4Header headers[] = {
    { "Host", "s3.amazonaws.com" },        { "x-amz-storage-class", "REDUCED_REDUNDANCY" },
    { "Content-Encoding", "aws-chunked" }, { "x-amz-decoded-content-length", "66560" },
    { "Content-Length", "66824" },
  };

  start (fixture, headers, G_N_ELEMENTS (headers), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
         "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
}

static void
test_example_chain (void)
{
  g_autoptr (GError) error = NULL;
  Fixture fixture;
  Sigv4Chunks *chain = &fixture.chain;

  start_plain (&fixture);
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.first, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
      &error));
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.second, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
      &error));
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.last, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
      &error));
  g_assert_no_error (error);
}

static void
test_example_chain_with_trailer (void)
{
  static const Sigv4Header headers[] = {
    { "Host", "s3.amazonaws.com" },
    { "x-amz-storage-class", "REDUCED_REDUNDANCY" },
    { "Content-Encoding", "aws-chunked" },
    { "x-amz-decoded-content-length", "66560" },
    { "x-amz-trailer", "x-amz-checksum-crc32c" },
  };
  static const char trailer[] = "x-amz-checksum-crc32c:sOO8/Q==\n";
  g_autoptr (GError) error = NULL;
  guint8 hash[DIGEST_SHA256_SIZE];
  Fixture fixture;
  Sigv4Chunks *chain = &fixture.chain;

  start (&fixture, headers, G_N_ELEMENTS (headers), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
         "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.first, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
      &error));
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.second, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
      &error));
  g_assert_true (sigv4_chunks_verify (
      chain, fixture.last, "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
      &error));
  digest_sha256 (trailer, strlen (trailer), hash);
  g_assert_true (sigv4_chunks_verify_trailer (
      chain, hash, "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435", &error));
  g_assert_no_error (error);
}

static void
test_wrong_chunks_are_refused (void)
{
  static const char *const wrong[] = {
    NULL,
    "",
    "ad80c730",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288649",
    /* the second chunk's signature, for chunks out of order */
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a28864800",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    Fixture fixture;

    start_plain (&fixture);
    g_assert_false (sigv4_chunks_verify (&fixture.chain, fixture.first, wrong[i], &error));
    g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_MISMATCH);
  }
}

static void
test_changed_data_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  Fixture fixture;

  start_plain (&fixture);
  fixture.first[0] ^= 1;
  g_assert_false (sigv4_chunks_verify (
      &fixture.chain, fixture.first,
      "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", &error));
  g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_MISMATCH);
}

static void
test_endless_scope_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *scope = g_strnfill (300, 's');
  const guint8 zero[DIGEST_SHA256_SIZE] = { 0 };
  Sigv4Chunks chain;

  g_assert_false (sigv4_chunks_init (&chain, "20130524T000000Z", scope, zero, zero, &error));
  g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_INCOMPLETE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sigv4-chunks/example-chain", test_example_chain);
  g_test_add_func ("/sigv4-chunks/example-chain-with-trailer", test_example_chain_with_trailer);
  g_test_add_func ("/sigv4-chunks/wrong-chunks-are-refused", test_wrong_chunks_are_refused);
  g_test_add_func ("/sigv4-chunks/changed-data-is-refused", test_changed_data_is_refused);
  g_test_add_func ("/sigv4-chunks/endless-scope-is-refused", test_endless_scope_is_refused);
  return g_test_run ();
}
