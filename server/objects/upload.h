#pragma once

#include "core/sigv4.h"
#include "server/http-server.h"
#include "server/objects/aws-chunked.h"
#include "server/objects/checksum.h"
#include "server/objects/content-store.h"

/* The body of one request on its way in: taken out of its aws-chunked framing, hashed while it comes, kept in a
 * temporary file or, for small documents, in memory.
 *
 * What the client has promised about it (hashes, lengths) is judged by upload_check once all is there; who the client
 * is, by others.
 *
 * One thread at a time: the event loop while the body comes, then whoever handles the request. */
typedef struct Upload Upload;

typedef struct {
  ContentStore *contents; /* NULL: keep it in memory */
  guint64 max_bytes;
  const gint *is_refused; /* borrowed, atomic: set when the body is not wanted any more; or NULL */
  Sigv4Payload payload;   /* decides about the framing */
  const guint8 *payload_sha256; /* for SIGV4_PAYLOAD_HASH */
  gint64 decoded_length;        /* x-amz-decoded-content-length; -1: not given */
  const char *content_md5;      /* base64, or NULL */
  gboolean has_checksum;        /* one of the algorithms is wanted: */
  ChecksumAlgorithm algorithm;
  const char *checksum;     /* promised in a header; NULL: in a trailer, or not at all */
  gboolean expects_trailer; /* the checksum must come in the trailer */
} UploadPlan;

/* Copies what it needs of the plan. */
Upload *upload_new (const UploadPlan *plan) G_GNUC_WARN_UNUSED_RESULT;
void upload_free (Upload *upload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Upload, upload_free)

/* The functions of a sink whose self is an Upload. */
extern const HttpBodySink upload_sink;

/* Does the body keep its promises? Errors: S3_ERROR. error_so_far: what the sink failed with, or NULL. */
gboolean upload_check (Upload *upload, const GError *error_so_far, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The signatures of its chunks; TRUE at once when it has none. */
gboolean upload_verify_chunks (const Upload *upload, const Sigv4Auth *auth,
                               const guint8 key[SIGV4_KEY_SIZE], GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* After a successful check: */
guint64 upload_size (const Upload *upload);
const char *upload_sha256 (const Upload *upload); /* hex */
const char *upload_md5 (const Upload *upload);    /* hex */
/* base64; NULL when no algorithm was wanted */
const char *upload_checksum (const Upload *upload, ChecksumAlgorithm *out_algorithm);
/* Kept in memory: the bytes. */
const guint8 *upload_bytes (const Upload *upload, gsize *out_size);
/* Kept in a file: makes it durable and pins it (content_temp_publish). */
gboolean upload_publish (Upload *upload, GError **error) G_GNUC_WARN_UNUSED_RESULT;
