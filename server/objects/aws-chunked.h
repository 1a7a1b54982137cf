#pragma once

#include <glib.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/sigv4.h"

/* The decoder of aws-chunked uploads: bytes of the framing in, in pieces of any size, data out. The form:
 *
 *   hex-size[;chunk-signature=64-hex]\r\n data\r\n ... 0[;chunk-signature=...]\r\n [name:value\r\n ...] \r\n
 *
 * Signatures are collected, not judged: the key may not be known yet when the body arrives. aws_chunked_verify does it
 * afterwards. Memory is bounded: a line by AWS_CHUNKED_MAX_LINE, trailers by AWS_CHUNKED_MAX_TRAILERS, and signed
 * chunks but the last must have AWS_CHUNKED_MIN_SIGNED bytes, as with S3.
 *
 * Pure; one thread at a time. */
#define AWS_CHUNKED_MAX_LINE     1024
#define AWS_CHUNKED_MAX_TRAILERS 8
#define AWS_CHUNKED_MIN_SIGNED   8192

typedef enum {
  AWS_CHUNKED_SIGNED = 1 << 0, /* each chunk has a signature, and a trailer too */
  AWS_CHUNKED_TRAILER = 1 << 1 /* headers follow the last chunk */
} AwsChunkedFlags;

#define AWS_CHUNKED_ERROR (aws_chunked_error_quark ())
GQuark aws_chunked_error_quark (void);
typedef enum {
  AWS_CHUNKED_ERROR_FRAMING, /* not the form above, or it ended early */
  AWS_CHUNKED_ERROR_SMALL    /* a signed chunk below the minimum that was not the last */
} AwsChunkedError;

typedef struct AwsChunked AwsChunked;

/* Where decoded data goes; FALSE stops the decoding with its error. */
typedef gboolean (*AwsChunkedData) (gpointer ctx, const guint8 *bytes, gsize n, GError **error);

AwsChunked *aws_chunked_new (AwsChunkedFlags flags, AwsChunkedData data, gpointer ctx)
    G_GNUC_WARN_UNUSED_RESULT;
void aws_chunked_free (AwsChunked *chunked);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AwsChunked, aws_chunked_free)

/* After an error the decoder is of no more use. */
gboolean aws_chunked_write (AwsChunked *chunked, const guint8 *bytes, gsize n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Has the form come to its end? Raises FRAMING otherwise. */
gboolean aws_chunked_finish (AwsChunked *chunked, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A trailing header after aws_chunked_finish (any case), without surrounding blanks; NULL when there is none. */
const char *aws_chunked_trailer (const AwsChunked *chunked, const char *name);

/* The chain of signatures, from the request's own. Raises SIGV4_ERROR_MISMATCH. Only for AWS_CHUNKED_SIGNED. */
gboolean aws_chunked_verify (const AwsChunked *chunked, const Sigv4Auth *auth,
                             const guint8 key[SIGV4_KEY_SIZE], GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
