#pragma once

#include "core/arena.h"

/* What a request is about: bucket, key and parameters, from its Host header, path and query. Also the rules for
 * bucket names. Pure; any thread. */
#define S3_MAX_KEY_BYTES 1024
#define S3_MAX_PARAMS    64

typedef struct {
  const char *name;  /* decoded */
  const char *value; /* decoded; "" when there is none */
} S3Param;

typedef struct {
  const char *bucket; /* NULL: the service itself */
  const char *key;    /* NULL: the bucket itself */
  const S3Param *params;
  gsize n_params;
} S3Address;

/* host: the Host header, may be NULL. host_names: this server's names, NULL-terminated; "<bucket>.<name>" in host is host
 * style, anything else path style. path and query undecoded. Strings live in the arena. Raises S3_ERR_INVALID_URI,
 * S3_ERR_INVALID_BUCKET_NAME, S3_ERR_KEY_TOO_LONG. */
gboolean s3_address_parse (const char *host, const char *const *host_names, const char *path,
                           const char *query, Arena *arena, S3Address *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "bucket/key[?versionId=...]", percent-encoded, with or without a leading slash. *out_version_id may become NULL. */
gboolean s3_address_parse_copy_source (const char *text, Arena *arena, const char **out_bucket,
                                       const char **out_key, const char **out_version_id,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The value of a parameter, or NULL. */
const char *s3_address_param (const S3Address *address, const char *name);

/* May a new bucket have this name? 3-63 of [a-z0-9.-], letters or digits at both ends and around dots, no IP address. */
gboolean s3_bucket_name_is_allowed (const char *name);
