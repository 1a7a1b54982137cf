/*
 * First byte: flags and the size of pieces; then an aws-chunked stream. Cut into pieces it must decode to the same data, trailers and
 * verdict as in one piece.
 */
#include "server/objects/aws-chunked.h"
#include "fuzz/fuzz-target.h"

typedef struct {
  gboolean ok;
  GString *data;
  char *trailer;
} Outcome;

static gboolean
append (gpointer ctx, const guint8 *bytes, gsize n, GError **error)
{
  g_string_append_len (ctx, (const char *)bytes, (gssize)n);
  return TRUE;
}

static Outcome
decode (const guint8 *bytes, gsize size, gsize piece, AwsChunkedFlags flags)
{
  Outcome outcome = { .ok = TRUE, .data = g_string_new (NULL) };
  g_autoptr (AwsChunked) chunked = aws_chunked_new (flags, append, outcome.data);
  g_autoptr (GError) error = NULL;

  for (gsize at = 0; outcome.ok && at < size; at += piece)
    outcome.ok = aws_chunked_write (chunked, bytes + at, MIN (piece, size - at), &error);
  if (outcome.ok)
    outcome.ok = aws_chunked_finish (chunked, &error);
  FUZZ_CHECK (outcome.ok, error);
  if (outcome.ok)
    outcome.trailer = g_strdup (aws_chunked_trailer (chunked, "x-amz-checksum-crc32"));
  return outcome;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Outcome whole, pieces;

  if (size < 2)
    return 0;
  whole = decode (data + 1, size - 1, size, data[0] & 3);
  pieces = decode (data + 1, size - 1, 1 + (data[0] >> 2), data[0] & 3);
  g_assert (whole.ok == pieces.ok);
  g_assert_cmpstr (whole.trailer, ==, pieces.trailer);
  if (whole.ok)
    g_assert_true (g_string_equal (whole.data, pieces.data));
  g_assert_cmpuint (whole.data->len, <=, size);
  g_string_free (whole.data, TRUE);
  g_string_free (pieces.data, TRUE);
  g_free (whole.trailer);
  g_free (pieces.trailer);
  return 0;
}
