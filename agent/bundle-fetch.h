#pragma once

#include "agent/bundle.h"
#include "agent/credentials-source.h"

/*
 * Gets a bundle over the network into a file: S3 GetObject (agent.md 3.7), archives of GitHub, GitHub Enterprise, Gitea and Forgejo
 * (3.8). Streams; failures that may pass are tried again with growing pauses. An S3 download that breaks off goes on where it
 * stopped, if it is still the same object; archives are made anew for each request, and begin anew. A download in which no
 * byte comes for a minute counts as broken off; a long one says in the log how far it is.
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
gboolean bundle_fetch (gpointer ctx, const BundleRequest *request, int fd, BundleFetched *out,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
