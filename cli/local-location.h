#pragma once

#include "agent/deployment-spec.h"

/*
 * Where `slipway local` takes a bundle from (agent.md 7.1): the text of --bundle-location, read. A path with or without "file:",
 * s3://BUCKET/KEY[?versionId=..&etag=..], https://github.com/OWNER/REPO with /tree/REF or /commit/SHA behind it or not,
 * https://api.github.com/repos/OWNER/REPO/tarball (or zipball)/REF. When the agent's github_endpoint is another server, that server's
 * pages and API take the place of GitHub's.
 *
 * Thread rule: any thread. Nothing here looks at a disk.
 */
typedef enum {
  LOCAL_LOCATION_PATH, /* revision.location: as written, without "file:" */
  LOCAL_LOCATION_S3,
  LOCAL_LOCATION_GITHUB,
  LOCAL_LOCATION_OTHER /* none of these; problem says why */
} LocalLocationKind;

typedef struct {
  LocalLocationKind kind;
  SpecRevision revision; /* its bundle_type: what the location says or implies; NULL: nothing */
  const char *problem;
} LocalLocation;

#define LOCAL_LOCATION_ERROR (local_location_error_quark ())
GQuark local_location_error_quark (void);
typedef enum {
  LOCAL_LOCATION_ERROR_SYNTAX,     /* not a path and not a URI */
  LOCAL_LOCATION_ERROR_UNENCRYPTED /* http */
} LocalLocationError;

typedef struct {
  const char *type;            /* what --type says, for what is fetched */
  const char *github_endpoint; /* the agent's */
} LocalLocationSettings;

/* Results live in arena. */
gboolean local_location_parse (const char *text, const LocalLocationSettings *settings,
                               Arena *arena, LocalLocation *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
