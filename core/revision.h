#pragma once

#include "core/arena.h"
#include "core/compute-platform.h"

/*
 * A revision location (api.md 4): where an application's revision is. Validation of what a client sent, the canonical
 * value, and the key under which the store knows it.
 *
 * Thread rule: any thread.
 */
#define REVISION_TYPE_LIST(X)                                                                      \
  X (REVISION_TYPE_S3, "S3")                                                                       \
  X (REVISION_TYPE_GITHUB, "GitHub")                                                               \
  X (REVISION_TYPE_STRING, "String")                                                               \
  X (REVISION_TYPE_APP_SPEC_CONTENT, "AppSpecContent")

ENUM_NAMES_TYPE (RevisionType, REVISION_TYPE_LIST);
ENUM_NAMES_DECLARE (RevisionType, revision_type)

#define REVISION_BUNDLE_LIST(X)                                                                    \
  X (REVISION_BUNDLE_TAR, "tar")                                                                   \
  X (REVISION_BUNDLE_TGZ, "tgz")                                                                   \
  X (REVISION_BUNDLE_ZIP, "zip")                                                                   \
  X (REVISION_BUNDLE_YAML, "YAML")                                                                 \
  X (REVISION_BUNDLE_JSON, "JSON")

ENUM_NAMES_TYPE (RevisionBundle, REVISION_BUNDLE_LIST);
ENUM_NAMES_DECLARE (RevisionBundle, revision_bundle)

typedef struct {
  const char *bucket, *key;
  const char *version, *etag; /* NULL when not given; the etag as given, quotes and all */
  RevisionBundle bundle;
} RevisionS3;

typedef struct {
  const char *repository; /* owner/name */
  const char *commit_id;
} RevisionGitHub;

typedef struct {
  const char *content; /* NULL when only the hash is known */
  const char *sha256;  /* lower-case hex of content, always set */
} RevisionContent;

typedef struct {
  RevisionType type;
  union {
    RevisionS3 s3;
    RevisionGitHub github;
    RevisionContent content; /* String and AppSpecContent */
  };
} Revision;

/* What a client sent, texts as they came; NULL for absent. */
typedef struct {
  const char *revision_type;
  struct {
    gboolean given;
    const char *bucket, *key, *bundle_type, *version, *etag;
  } s3;
  struct {
    gboolean given;
    const char *repository, *commit_id;
  } github;
  struct {
    gboolean given;
    const char *content, *sha256;
  } string, app_spec_content;
} RevisionInput;

#define REVISION_ERROR (revision_error_quark ())
GQuark revision_error_quark (void);
typedef enum {
  REVISION_ERROR_REQUIRED, /* nothing given at all: RevisionRequired */
  REVISION_ERROR_INVALID   /* anything else: InvalidRevision */
} RevisionError;

/* Checks for a platform and makes the canonical value (bundle type in its canonical case, sha256 filled in). Strings are copied into arena. */
gboolean revision_from_input (const RevisionInput *input, ComputePlatform platform, Arena *arena,
                              Revision *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same where no platform is known (a filter, or a lookup that must not depend on it): platform rules are not applied. */
gboolean revision_from_input_any (const RevisionInput *input, Arena *arena, Revision *out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* 64 hex digits: equal if and only if the revisions are the same one (api.md 4.2). Stable for ever: the store keeps it. */
#define REVISION_IDENTITY_SIZE 65
void revision_identity (const Revision *revision, char out[REVISION_IDENTITY_SIZE]);
gboolean revision_equal (const Revision *a, const Revision *b);
/* For logs and messages: s3://bucket/key (tgz), github owner/name@commit, AppSpecContent 0123abcd. */
char *revision_describe (const Revision *revision, Arena *arena);
