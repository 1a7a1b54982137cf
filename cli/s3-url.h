#pragma once

#include "core/arena.h"
#include "proto/api-types.h"

/*
 * How the command line writes a revision in a bucket, and back:
 *
 *   s3://bucket/key.zip[?etag=TEXT][&versionId=TEXT][&bundleType=zip|tgz|tar]
 *
 * Without bundleType the key's ending says it: .zip, .tgz, .tar.gz, .tar. Values are percent-encoded; the key may hold
 * anything but '?'.
 *
 * Thread rule: any thread.
 */
#define S3_URL_ERROR (s3_url_error_quark ())
GQuark s3_url_error_quark (void);
typedef enum {
  S3_URL_ERROR_SYNTAX,
} S3UrlError;

/* A location whose parts live in `arena`. */
ApiRevisionLocation *s3_url_parse (const char *url, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Any revision for people: the URL above, "github owner/name@commit", or "AppSpec content". */
char *s3_url_describe (const ApiRevisionLocation *revision, Arena *arena);
