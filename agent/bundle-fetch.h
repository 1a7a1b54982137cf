#pragma once

#include "agent/bundle.h"
#include "agent/credentials-source.h"

/*
 * Gets a bundle over the network into a file: S3 GetObject (agent.md 3.7), GitHub archives (3.8). Streams; transient failures
 * are tried again with growing pauses.
 *
 * Thread rule: any thread; blocks.
 */
/* TRUE once the agent is asked to stop: waits between attempts end early. */
typedef gboolean (*BundleStopped) (gpointer ctx);

typedef struct {
  const AgentHost *host;
  CredentialsSource *credentials;
  BundleStopped stopped;
  gpointer ctx;
} BundleFetchContext;

/* A BundleFetch; ctx is a BundleFetchContext. */
gboolean bundle_fetch (gpointer ctx, const BundleRequest *request, int fd,
                       BundleFetchCourse *out_course, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Path-style URL of an object; every byte but unreserved ones and, in the key, "/" is percent-encoded. */
char *bundle_s3_url (const char *endpoint, const SpecRevision *revision) G_GNUC_WARN_UNUSED_RESULT;
/* NULL with error set for a bundle type that GitHub does not make. */
char *bundle_github_url (const SpecRevision *revision, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Equal when all double quotes are taken out of both. */
gboolean bundle_etags_match (const char *one, const char *other);
/* What the body of an S3 error answer says of itself: its <Code> and <Message> as plain text, or its beginning. */
char *bundle_s3_reason (const char *body, gsize n) G_GNUC_WARN_UNUSED_RESULT;
