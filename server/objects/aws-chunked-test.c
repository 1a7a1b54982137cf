#include "server/objects/aws-chunked.h"

#include <string.h>

#include "core/sigv4-chunks.h"

static gboolean
collect (gpointer ctx, const guint8 *bytes, gsize n, GError **error)
{
  g_string_append_len (ctx, (const char *)bytes, (gssize)n);
  return TRUE;
}

/* Feeds the text in pieces of the given size. */
static gboolean
feed (AwsChunked *chunked, const char *text, gsize n, gsize piece, GError **error)
{
  for (gsize at = 0; at < n; at += piece) {
    if (!aws_chunked_write (chunked, (const guint8 *)text + at, MIN (piece, n - at), error))
      return FALSE;
  }
  return aws_chunked_finish (chunked, error);
}

static void
data_and_trailer_come_out_however_it_is_cut (void)
{
  static const char text[] = "5\r\nhello\r\nB;ext=1\r\n wide\r\n\r\n\r\n\r\n0\r\n"
                             "x-amz-checksum-crc32: AAAAAA== \r\n\r\n";
  for (gsize piece = 1; piece < sizeof text; piece++) {
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (AwsChunked) chunked = aws_chunked_new (AWS_CHUNKED_TRAILER, collect, out);
    g_autoptr (GError) error = NULL;
    gboolean ok = feed (chunked, text, sizeof text - 1, piece, &error);
    g_assert_no_error (error);
    g_assert_true (ok);
    g_assert_cmpstr (out->str, ==, "hello wide\r\n\r\n\r\n");
    g_assert_cmpstr (aws_chunked_trailer (chunked, "X-Amz-Checksum-CRC32"), ==, "AAAAAA==");
    g_assert_null (aws_chunked_trailer (chunked, "other"));
  }
}

static void
malformed_framing_is_refused (void)
{
  const char *texts[] = {
    "",
    "5\r\nhell",
    "5\r\nhello\r\n",
    "5\r\nhello!\r\n0\r\n\r\n",
    "zz\r\n",
    "\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "fffffffffff\r\n",
    "0\r\nno colon\r\n\r\n",
    "0\r\n:v\r\n\r\n",
    "0\r\n\r\nmore",
    "0\r\nx:y\r\n\r\n", /* a trailer that was not announced */
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (AwsChunked) chunked =
        aws_chunked_new (i + 1 < G_N_ELEMENTS (texts) ? AWS_CHUNKED_TRAILER : 0, collect, out);
    g_autoptr (GError) error = NULL;
    g_test_message ("%s", texts[i]);
    g_assert_false (feed (chunked, texts[i], strlen (texts[i]), 3, &error));
    g_assert_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_FRAMING);
  }
}

static void
memory_is_bounded (void)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AwsChunked) long_line = aws_chunked_new (AWS_CHUNKED_TRAILER, collect, out);
  g_autofree char *line = g_strnfill (AWS_CHUNKED_MAX_LINE + 1, '0');
  g_assert_false (feed (long_line, line, strlen (line), 100, &error));
  g_assert_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_FRAMING);
  g_clear_error (&error);

  g_autoptr (AwsChunked) many = aws_chunked_new (AWS_CHUNKED_TRAILER, collect, out);
  g_autoptr (GString) text = g_string_new ("0\r\n");
  for (int i = 0; i <= AWS_CHUNKED_MAX_TRAILERS; i++)
    g_string_append (text, "a:b\r\n");
  g_assert_false (feed (many, text->str, text->len, 100, &error));
  g_assert_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_FRAMING);
}

/* A signed upload as a client makes it, with the chain from core. */
static GString *
sign_upload (const Sigv4Auth *auth, const guint8 *key, const gsize *sizes, gsize n_sizes,
             const char *trailer)
{
  Sigv4Chunks chain;
  g_autoptr (GError) error = NULL;
  gboolean ok =
      sigv4_chunks_init (&chain, auth->amz_date, auth->scope, key, auth->signature, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < n_sizes; i++) {
    g_autofree char *data = g_strnfill (sizes[i], 'd');
    guint8 sha256[DIGEST_SHA256_SIZE], signature[DIGEST_SHA256_SIZE];
    char hex[DIGEST_SHA256_HEX_SIZE];
    digest_sha256 (data, sizes[i], sha256);
    sigv4_chunks_sign (&chain, sha256, signature);
    digest_hex (signature, sizeof signature, hex);
    g_string_append_printf (text, "%zx;chunk-signature=%s\r\n%s", sizes[i], hex, data);
    if (sizes[i] > 0)
      g_string_append (text, "\r\n");
  }
  if (trailer != NULL) {
    guint8 sha256[DIGEST_SHA256_SIZE], signature[DIGEST_SHA256_SIZE];
    char hex[DIGEST_SHA256_HEX_SIZE];
    g_autofree char *canonical = g_strconcat (trailer, "\n", NULL);
    digest_sha256 (canonical, strlen (canonical), sha256);
    sigv4_chunks_sign_trailer (&chain, sha256, signature);
    digest_hex (signature, sizeof signature, hex);
    g_string_append_printf (text, "%s\r\nx-amz-trailer-signature:%s\r\n", trailer, hex);
  }
  g_string_append (text, "\r\n");
  return text;
}

static const Sigv4Auth auth = { .amz_date = "20130524T000000Z",
                                .scope = "20130524/us-east-1/s3/aws4_request",
                                .signature = { 1, 2, 3 } };
static const guint8 key[SIGV4_KEY_SIZE] = { 9 };

static void
chain_of_signatures_is_verified (void)
{
  const gsize sizes[] = { 65536, 8192, 10, 0 };
  for (int with_trailer = 0; with_trailer < 2; with_trailer++) {
    g_autoptr (GString) text = sign_upload (&auth, key, sizes, G_N_ELEMENTS (sizes),
                                            with_trailer ? "x-amz-checksum-crc32c:AAAAAA==" : NULL);
    for (int tampered = 0; tampered < 2; tampered++) {
      if (tampered)
        text->str[text->len / 2] = 'X';
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (AwsChunked) chunked = aws_chunked_new (
          AWS_CHUNKED_SIGNED | (with_trailer ? AWS_CHUNKED_TRAILER : 0), collect, out);
      g_autoptr (GError) error = NULL;
      gboolean ok = feed (chunked, text->str, text->len, 4000, &error);
      g_assert_no_error (error);
      g_assert_true (ok);
      g_assert_cmpuint (out->len, ==, 65536 + 8192 + 10);
      g_assert_cmpint (aws_chunked_verify (chunked, &auth, key, &error), ==, !tampered);
      if (tampered)
        g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_MISMATCH);
    }
  }
}

static void
tampered_trailer_is_found (void)
{
  const gsize sizes[] = { 10, 0 };
  g_autoptr (GString) text = sign_upload (&auth, key, sizes, 2, "x-amz-checksum-crc32:AAAAAA==");
  char *value = strstr (text->str, "AAAAAA==");
  value[0] = 'B';
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (AwsChunked) chunked =
      aws_chunked_new (AWS_CHUNKED_SIGNED | AWS_CHUNKED_TRAILER, collect, out);
  g_autoptr (GError) error = NULL;
  g_assert_true (feed (chunked, text->str, text->len, 100, &error));
  g_assert_false (aws_chunked_verify (chunked, &auth, key, &error));
  g_assert_error (error, SIGV4_ERROR, SIGV4_ERROR_MISMATCH);
}

static void
small_signed_chunks_are_refused (void)
{
  const gsize sizes[] = { 10, 10, 0 };
  g_autoptr (GString) text = sign_upload (&auth, key, sizes, 3, NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (AwsChunked) chunked = aws_chunked_new (AWS_CHUNKED_SIGNED, collect, out);
  g_autoptr (GError) error = NULL;
  g_assert_false (feed (chunked, text->str, text->len, 100, &error));
  g_assert_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_SMALL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aws-chunked/data-and-trailer-come-out-however-it-is-cut",
                   data_and_trailer_come_out_however_it_is_cut);
  g_test_add_func ("/aws-chunked/malformed-framing-is-refused", malformed_framing_is_refused);
  g_test_add_func ("/aws-chunked/memory-is-bounded", memory_is_bounded);
  g_test_add_func ("/aws-chunked/chain-of-signatures-is-verified", chain_of_signatures_is_verified);
  g_test_add_func ("/aws-chunked/tampered-trailer-is-found", tampered_trailer_is_found);
  g_test_add_func ("/aws-chunked/small-signed-chunks-are-refused", small_signed_chunks_are_refused);
  return g_test_run ();
}
