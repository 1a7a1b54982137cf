#pragma once

#include "core/arena.h"

/*
 * The deployment specification document (agent.md 2.3, 2.4): JSON text in, a checked value out. Whether the document is
 * authentic has been settled before (proto/cms.h).
 *
 * Thread rule: any thread; the value belongs to its arena.
 */
typedef enum {
  SPEC_REVISION_S3,
  SPEC_REVISION_GITHUB,
  SPEC_REVISION_LOCAL_FILE,
  SPEC_REVISION_LOCAL_DIRECTORY
} SpecRevisionType;

typedef struct {
  SpecRevisionType type;
  const char
      *bundle_type; /* "tar", "tgz", "zip", "directory"; GitHub: as written, NULL when absent */
  const char *bucket, *key, *version, *etag;    /* S3; the last two NULL when absent or null */
  const char *account, *repository, *commit_id; /* GitHub */
  const char *location;                         /* local */
} SpecRevision;

typedef struct {
  const char *deployment_id; /* the short form, fit for a folder's name */
  const char *group_id;      /* fit for a folder's name */
  const char *group_name;
  const char *application_name;
  const char *creator;            /* "user" when absent */
  const char *type;               /* "IN_PLACE" when absent */
  const char *appspec_filename;   /* normalised, inside the revision; "appspec.yml" when absent */
  const char *github_token;       /* NULL when absent; never logged */
  const char *reuse_archive_from; /* a deployment's id as written; NULL when absent */
  const char *file_exists;        /* upper case; "DISALLOW" when absent */
  gsize n_possible_events;
  const char **possible_events;
  SpecRevision revision;
} DeploymentSpec;

#define DEPLOYMENT_SPEC_ERROR (deployment_spec_error_quark ())
GQuark deployment_spec_error_quark (void);
typedef enum {
  DEPLOYMENT_SPEC_ERROR_SYNTAX,
  DEPLOYMENT_SPEC_ERROR_MISSING, /* the message names the key */
  DEPLOYMENT_SPEC_ERROR_INVALID
} DeploymentSpecError;

/* NULL if and only if error is set. */
const DeploymentSpec *deployment_spec_parse (const char *json, gsize n, Arena *arena,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
