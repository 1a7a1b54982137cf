#pragma once

#include "agent/deployment-spec.h"
#include "agent/host.h"

/*
 * The DownloadBundle command (agent.md 3.5 to 3.8, 3.10, 3.11): old deployments are pruned, the bundle is fetched and unpacked, the
 * most recent revision noted. A tar is unpacked while it still comes in. Cut off at any instant it leaves a whole archive or none
 * (agent/deployment-folder.h), and doing it again begins from the start.
 *
 * Thread rule: any thread; blocks on network and disk.
 */

/* A revision that is not on this host. */
typedef struct {
  SpecRevision revision;    /* S3 or GitHub */
  const char *github_token; /* NULL: anonymous */
} BundleRequest;

typedef enum {
  BUNDLE_FETCH_STRAIGHT, /* bytes that were written stayed as they were */
  BUNDLE_FETCH_ANEW /* it broke off and began with an empty file again: what was read meanwhile is void */
} BundleFetchCourse;

typedef struct {
  BundleFetchCourse course;
  char *
      etag; /* that the server gave with an object; NULL: none, or none that is bundle_etag_is_plain */
} BundleFetched;
void bundle_fetched_clear (BundleFetched *fetched);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BundleFetched, bundle_fetched_clear)

/*
 * Gets a bundle into fd, an empty regular file that is unpacked while it grows: agent/bundle-fetch.h, or whoever has the network in
 * another process. *out is set on success. Called from a thread of its own, one fetch at a time.
 */
typedef gboolean (*BundleFetch) (gpointer ctx, const BundleRequest *request, int fd,
                                 BundleFetched *out, GError **error);

typedef struct {
  const AgentHost *host;
  BundleFetch fetch; /* NULL: only local revisions */
  gpointer fetch_ctx;
} BundleContext;

gboolean bundle_download (const BundleContext *context, const DeploymentSpec *spec, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Part of it: retention (agent.md 3.10). What cannot be removed is logged and left. */
void bundle_prune (const AgentHost *host, const DeploymentSpec *spec);
