#include "server/objects/aws-chunked.h"

#include <string.h>

#include "core/sigv4-chunks.h"

G_DEFINE_QUARK (slipway_aws_chunked_error, aws_chunked_error)

#define SIGNATURE_HEX_SIZE 64
#define SIGNATURE_KEY      "chunk-signature="
#define TRAILER_SIGNATURE  "x-amz-trailer-signature"
#define MAX_SIZE_DIGITS    10 /* 2^40 bytes: far beyond any limit on objects */

typedef enum {
  STATE_SIZE,     /* in the line that begins a chunk */
  STATE_DATA,     /* in its data */
  STATE_DATA_END, /* in the CR LF after it */
  STATE_TRAILER,  /* in the lines after the last chunk */
  STATE_END       /* the empty line was there */
} State;

typedef struct {
  guint8 sha256[DIGEST_SHA256_SIZE];
  char signature[SIGNATURE_HEX_SIZE + 1];
} SignedChunk;

typedef struct {
  char *name;
  char *value;
} Trailer;

struct AwsChunked {
  AwsChunkedFlags flags;
  AwsChunkedData data;
  gpointer ctx;
  State state;
  GString *line;
  guint64 left; /* bytes of the chunk still to come */
  guint64 chunk_size;
  gboolean small_seen; /* a signed chunk below the minimum: only the empty one may follow */
  Digest *digest;      /* of the chunk's data; NULL unless signed */
  GArray *chunks;      /* SignedChunk */
  char signature[SIGNATURE_HEX_SIZE + 1]; /* of the chunk being read */
  GArray *trailers;                       /* Trailer */
};

static void
trailer_clear (gpointer data)
{
  Trailer *trailer = data;
  g_free (trailer->name);
  g_free (trailer->value);
}

AwsChunked *
aws_chunked_new (AwsChunkedFlags flags, AwsChunkedData data, gpointer ctx)
{
  AwsChunked *chunked = g_new0 (AwsChunked, 1);
  chunked->flags = flags;
  chunked->data = data;
  chunked->ctx = ctx;
  chunked->line = g_string_new (NULL);
  if ((flags & AWS_CHUNKED_SIGNED) != 0)
    chunked->digest = digest_new (DIGEST_SHA256);
  chunked->chunks = g_array_new (FALSE, FALSE, sizeof (SignedChunk));
  chunked->trailers = g_array_new (FALSE, FALSE, sizeof (Trailer));
  g_array_set_clear_func (chunked->trailers, trailer_clear);
  return chunked;
}

void
aws_chunked_free (AwsChunked *chunked)
{
  if (chunked == NULL)
    return;
  g_string_free (chunked->line, TRUE);
  g_clear_pointer (&chunked->digest, digest_free);
  g_array_unref (chunked->chunks);
  g_array_unref (chunked->trailers);
  g_free (chunked);
}

static gboolean
framing_error (GError **error, const char *what)
{
  g_set_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_FRAMING,
               "malformed aws-chunked body: %s", what);
  return FALSE;
}

/* "1f" or "1f;chunk-signature=..." */
static gboolean
begin_chunk (AwsChunked *chunked, GError **error)
{
  const char *line = chunked->line->str;
  gsize n_digits = strspn (line, "0123456789abcdefABCDEF");
  if (n_digits == 0 || n_digits > MAX_SIZE_DIGITS)
    return framing_error (error, "a chunk does not begin with its size in hex");
  chunked->chunk_size = chunked->left = g_ascii_strtoull (line, NULL, 16);
  const char *rest = line + n_digits;
  if ((chunked->flags & AWS_CHUNKED_SIGNED) == 0) {
    if (*rest != '\0' && *rest != ';')
      return framing_error (error, "bytes after the size of a chunk");
  } else {
    guint8 ignored[DIGEST_SHA256_SIZE];
    if (*rest != ';' || !g_str_has_prefix (rest + 1, SIGNATURE_KEY) ||
        !digest_unhex (rest + 1 + strlen (SIGNATURE_KEY), ignored, sizeof ignored))
      return framing_error (error, "a chunk without chunk-signature");
    g_strlcpy (chunked->signature, rest + 1 + strlen (SIGNATURE_KEY), sizeof chunked->signature);
    if (chunked->small_seen && chunked->chunk_size > 0) {
      g_set_error (error, AWS_CHUNKED_ERROR, AWS_CHUNKED_ERROR_SMALL,
                   "a signed chunk that is not the last has fewer than %d bytes",
                   AWS_CHUNKED_MIN_SIGNED);
      return FALSE;
    }
    chunked->small_seen = chunked->chunk_size < AWS_CHUNKED_MIN_SIGNED;
  }
  chunked->state = chunked->chunk_size > 0 ? STATE_DATA : STATE_TRAILER;
  return TRUE;
}

static void
end_chunk (AwsChunked *chunked)
{
  if (chunked->digest == NULL)
    return;
  SignedChunk chunk;
  digest_finish (chunked->digest, chunk.sha256);
  memcpy (chunk.signature, chunked->signature, sizeof chunk.signature);
  g_array_append_val (chunked->chunks, chunk);
}

static gboolean
take_trailer (AwsChunked *chunked, GError **error)
{
  char *colon = strchr (chunked->line->str, ':');
  if (colon == NULL || colon == chunked->line->str)
    return framing_error (error, "a trailing header without a colon");
  if ((chunked->flags & AWS_CHUNKED_TRAILER) == 0)
    return framing_error (error, "trailing headers that were not announced");
  if (chunked->trailers->len >= AWS_CHUNKED_MAX_TRAILERS)
    return framing_error (error, "too many trailing headers");
  Trailer trailer = { .name = g_strndup (chunked->line->str, (gsize)(colon - chunked->line->str)),
                      .value = g_strstrip (g_strdup (colon + 1)) };
  g_strstrip (trailer.name);
  g_array_append_val (chunked->trailers, trailer);
  return TRUE;
}

/* chunked->line holds a complete line, without its end. */
static gboolean
take_line (AwsChunked *chunked, GError **error)
{
  switch (chunked->state) {
  case STATE_SIZE:
    if (!begin_chunk (chunked, error))
      return FALSE;
    if (chunked->chunk_size == 0)
      end_chunk (chunked);
    break;
  case STATE_DATA_END:
    if (chunked->line->len > 0)
      return framing_error (error, "a chunk is longer than its size");
    chunked->state = STATE_SIZE;
    break;
  case STATE_TRAILER:
    if (chunked->line->len == 0)
      chunked->state = STATE_END;
    else if (!take_trailer (chunked, error))
      return FALSE;
    break;
  case STATE_DATA:
  case STATE_END:
    g_assert_not_reached ();
  }
  g_string_truncate (chunked->line, 0);
  return TRUE;
}

/* Lines end with LF, a CR before it is dropped. */
static gboolean
take_line_bytes (AwsChunked *chunked, const guint8 *bytes, gsize n, gsize *out_taken,
                 GError **error)
{
  const guint8 *lf = memchr (bytes, '\n', n);
  gsize length = lf != NULL ? (gsize)(lf - bytes) : n;
  if (chunked->line->len + length > AWS_CHUNKED_MAX_LINE)
    return framing_error (error, "a line is too long");
  if (memchr (bytes, '\0', length) != NULL)
    return framing_error (error, "a NUL byte in a line");
  g_string_append_len (chunked->line, (const char *)bytes, (gssize)length);
  *out_taken = length + (lf != NULL ? 1 : 0);
  if (lf == NULL)
    return TRUE;
  if (chunked->line->len == 0 || chunked->line->str[chunked->line->len - 1] != '\r')
    return framing_error (error, "a line without CR LF");
  g_string_truncate (chunked->line, chunked->line->len - 1);
  return take_line (chunked, error);
}

static gboolean
take_data (AwsChunked *chunked, const guint8 *bytes, gsize n, GError **error)
{
  if (chunked->digest != NULL)
    digest_update (chunked->digest, bytes, n);
  if (!chunked->data (chunked->ctx, bytes, n, error))
    return FALSE;
  chunked->left -= n;
  if (chunked->left == 0) {
    end_chunk (chunked);
    chunked->state = STATE_DATA_END;
  }
  return TRUE;
}

gboolean
aws_chunked_write (AwsChunked *chunked, const guint8 *bytes, gsize n, GError **error)
{
  while (n > 0) {
    gsize taken = 0;
    if (chunked->state == STATE_END)
      return framing_error (error, "bytes after the end");
    if (chunked->state == STATE_DATA) {
      taken = (gsize)MIN ((guint64)n, chunked->left);
      if (!take_data (chunked, bytes, taken, error))
        return FALSE;
    } else if (!take_line_bytes (chunked, bytes, n, &taken, error)) {
      return FALSE;
    }
    bytes += taken;
    n -= taken;
  }
  return TRUE;
}

gboolean
aws_chunked_finish (AwsChunked *chunked, GError **error)
{
  /* some clients leave the empty line at the very end out */
  if (chunked->state == STATE_END || (chunked->state == STATE_TRAILER && chunked->line->len == 0))
    return TRUE;
  return framing_error (error, "it ended early");
}

const char *
aws_chunked_trailer (const AwsChunked *chunked, const char *name)
{
  for (guint i = 0; i < chunked->trailers->len; i++) {
    const Trailer *trailer = &g_array_index (chunked->trailers, Trailer, i);
    if (g_ascii_strcasecmp (trailer->name, name) == 0)
      return trailer->value;
  }
  return NULL;
}

static gboolean
verify_trailer (const AwsChunked *chunked, Sigv4Chunks *chain, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < chunked->trailers->len; i++) {
    const Trailer *trailer = &g_array_index (chunked->trailers, Trailer, i);
    if (g_ascii_strcasecmp (trailer->name, TRAILER_SIGNATURE) == 0)
      continue;
    g_autofree char *name = g_ascii_strdown (trailer->name, -1);
    g_string_append_printf (text, "%s:%s\n", name, trailer->value);
  }
  guint8 sha256[DIGEST_SHA256_SIZE];
  digest_sha256 (text->str, text->len, sha256);
  return sigv4_chunks_verify_trailer (chain, sha256,
                                      aws_chunked_trailer (chunked, TRAILER_SIGNATURE), error);
}

gboolean
aws_chunked_verify (const AwsChunked *chunked, const Sigv4Auth *auth,
                    const guint8 key[SIGV4_KEY_SIZE], GError **error)
{
  Sigv4Chunks chain;
  if (!sigv4_chunks_init (&chain, auth->amz_date, auth->scope, key, auth->signature, error))
    return FALSE;
  for (guint i = 0; i < chunked->chunks->len; i++) {
    const SignedChunk *chunk = &g_array_index (chunked->chunks, SignedChunk, i);
    if (!sigv4_chunks_verify (&chain, chunk->sha256, chunk->signature, error))
      return FALSE;
  }
  if ((chunked->flags & AWS_CHUNKED_TRAILER) == 0)
    return TRUE;
  return verify_trailer (chunked, &chain, error);
}
