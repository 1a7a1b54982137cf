#pragma once

#include "cli/revision-report.h"

/*
 * Everything that can be told of a revision before a host has it: what the agent would refuse to unpack, the AppSpec, the
 * scripts and sources it names, what Install would make of it. The agent's own judge, parser and planner are asked, so that what
 * passes here fails on no host for these reasons.
 *
 * Thread rule: any thread. Blocks on the disk. An archive is unpacked below the temporary folder, for as long as it is looked at.
 */
#define REVISION_CHECK_ERROR (revision_check_error_quark ())
GQuark revision_check_error_quark (void);
typedef enum {
  REVISION_CHECK_ERROR_PATH, /* nothing is there, or it cannot be read */
  REVISION_CHECK_ERROR_TEMPORARY
} RevisionCheckError;

typedef enum {
  REVISION_CHECK_ALL = 0,
  REVISION_CHECK_SKIP_HIDDEN =
      1 << 0 /* of a folder: names that begin with a dot are not going to be packed */
} RevisionCheckFlags;

/*
 * path: a folder, a zip, tgz or tar file, or an AppSpec alone (.yml, .yaml, .json). appspec_filename: in the revision; NULL: appspec.yml or
 * appspec.yaml. NULL only when there is nothing to look at; what is wrong is in the report.
 */
RevisionReport *revision_check (const char *path, const char *appspec_filename,
                                RevisionCheckFlags flags, GError **error) G_GNUC_WARN_UNUSED_RESULT;
