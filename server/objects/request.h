#pragma once

#include "core/arena.h"
#include "server/objects/content-store.h"
#include "server/objects/objects.h"
#include "server/objects/s3-address.h"
#include "server/objects/s3-xml.h"
#include "server/objects/upload.h"
#include "store/records/bucket.h"
#include "store/records/object.h"

/* One request to the object endpoint, taken apart and authenticated, and the ways to answer it. Private to
 * server/objects/.
 *
 * An action gets it on a thread of the pool and may block. It returns TRUE after it has answered exactly once, or FALSE
 * with an error that the caller turns into an answer (S3_ERROR as it is, anything else as InternalError). After
 * the answer, exchange and upload must not be touched. */
typedef struct S3Request S3Request;
struct Permit;

typedef gboolean (*S3Action) (S3Request *request, GError **error);
typedef struct S3Route S3Route;

struct S3Request {
  gint ref_count;
  const ObjectsConfig *config;
  ContentStore *contents;
  HttpExchange *exchange;
  Arena *arena;
  S3Address address;
  const S3Route *route; /* what is to be done */
  Sigv4Request signed_request;
  Sigv4Auth auth;
  const char *peer; /* http_exchange_peer_network, copied */
  const char *peer_ip;
  gboolean is_tls;
  struct Permit *permit; /* what the caller may do; set before the action runs, as this: */
  const Principal *principal;
  Upload *upload;  /* the body; NULL: none */
  gint is_refused; /* atomic: the body is not wanted any more */
  gint64 now_ms;
  gboolean
      is_versioned; /* the bucket has versions, or had: then "null" is a version id like others */
  const char *deleted_json; /* of DeleteObjects, for the audit: what it is about */
  const char *owner_id;     /* see s3_write_owner */
  GArray *headers;          /* HttpHeader of the answer */
  GArray *details;          /* HttpHeader: members of an error */
};

S3Request *s3_request_new (const ObjectsConfig *config, ContentStore *contents,
                           HttpExchange *exchange);
S3Request *s3_request_ref (S3Request *request);
void s3_request_unref (S3Request *request);

/* --- reading --- */
const char *s3_request_header (const S3Request *request, const char *name);
const char *s3_request_param (const S3Request *request, const char *name);
/* A parameter that is a number: fallback when it is absent; S3_ERR_INVALID_ARGUMENT when it is not in 0 ... max. */
gboolean s3_request_number (S3Request *request, const char *name, gint64 fallback, gint64 max,
                            gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The body as a document with that root. NULL with S3_ERR_MALFORMED_XML. */
S3XmlDocument *s3_request_document (const S3Request *request, const char *root, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The algorithm that the client wants the object's checksum in; FALSE: none. */
gboolean s3_request_wants_checksum (const S3Request *request, ChecksumAlgorithm *out);

/* --- answering --- */
/* value is copied; NULL adds nothing. */
void s3_answer_header (S3Request *request, const char *name, const char *value);
void s3_answer_etag (S3Request *request, const char *etag);
/* The version's id, unless the object has none (request->is_versioned). */
void s3_answer_version (S3Request *request, const char *version_id);
gboolean s3_answer_empty (S3Request *request, guint status);
gboolean s3_answer_bytes (S3Request *request, guint status, const char *content_type, GBytes *body);
/* Finishes and frees the writer. */
gboolean s3_answer_xml (S3Request *request, guint status, S3XmlWriter *writer);
/* The error with its details and the usual ones of its code. */
void s3_answer_error (S3Request *request, const GError *cause);
/* <element>, with the account that owns all buckets; and <ID> alone. */
void s3_write_owner (S3Request *request, S3XmlWriter *writer, const char *element);
void s3_write_owner_id (S3Request *request, S3XmlWriter *writer);

/* A key or prefix, percent-encoded if the client has asked for that (encoding-type=url): XML cannot carry every key. */
void s3_write_name (const S3Request *request, S3XmlWriter *writer, const char *element,
                    const char *name);
/* encoding-type, if it is there, is url. */
gboolean s3_request_check_encoding (S3Request *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A member of the error that is going to be answered, such as Key; the first value given stands. element is a constant, value
 * is copied; NULL adds nothing. */
void s3_error_detail (S3Request *request, const char *element, const char *value);
void s3_error_detail_number (S3Request *request, const char *element, gint64 value);
/* FALSE with S3_ERR_INVALID_ARGUMENT, naming the parameter or header (a constant) and its value (may be NULL). */
gboolean s3_invalid_argument (S3Request *request, const char *name, const char *value,
                              const char *message, GError **error);
/* FALSE with S3_ERR_NO_SUCH_BUCKET. */
gboolean s3_no_such_bucket (S3Request *request, const char *name, GError **error);

/* --- the store; blocking --- */
gboolean s3_run (S3Request *request, StoreMode mode, StoreWork work, gpointer data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The request's bucket; out may be NULL. Raises S3_ERR_NO_SUCH_BUCKET. Inside a work. */
gboolean s3_require_bucket (S3Request *request, StoreTx *tx, BucketRecord **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Notes what answers say of the bucket's versions. */
void s3_request_sees_bucket (S3Request *request, const BucketRecord *bucket);

/* A fresh id, in the arena. */
const char *s3_make_version_id (const S3Request *request);
