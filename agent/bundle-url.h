#pragma once

#include "agent/bundle.h"

/*
 * Where bundles are, and what a server says of them: pure text. For agent/bundle-fetch.h.
 *
 * Thread rule: any thread.
 */
typedef enum {
  BUNDLE_S3_PATH,   /* https://endpoint/bucket/key */
  BUNDLE_S3_VIRTUAL /* https://bucket.endpoint/key; a bucket with dots over https, and an address for an endpoint, stay in the path */
} BundleS3Addressing;

/* URL of an object; every byte but unreserved ones and, in the key, "/" is percent-encoded. endpoint has no slash at its end. */
char *bundle_url_s3 (const char *endpoint, BundleS3Addressing addressing,
                     const SpecRevision *revision) G_GNUC_WARN_UNUSED_RESULT;

/*
 * URL of a commit's archive by the API at endpoint: GitHub's form, or, for an endpoint that ends in /api/v1, that of Gitea and Forgejo
 * (they have /archive/COMMIT.tar.gz in place of /tarball/COMMIT). NULL with error set for a bundle type that is not made.
 */
char *bundle_url_github (const char *endpoint, const SpecRevision *revision, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/*
 * Where a redirect from url leads: absolute, or a path of the same server. NULL: nowhere that may be followed, such as from https to
 * http. *out_same_server says whether a secret for the first may go there.
 */
char *bundle_url_redirect (const char *url, const char *location, gboolean *out_same_server)
    G_GNUC_WARN_UNUSED_RESULT;

/* Equal when all double quotes are taken out of both. */
gboolean bundle_etags_match (const char *one, const char *other);

/* What the body of an S3 error answer says of itself: its <Code> and <Message> as plain text, or its beginning. */
char *bundle_s3_reason (const char *body, gsize n) G_GNUC_WARN_UNUSED_RESULT;
