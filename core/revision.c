#include "core/revision.h"

#include "core/digest.h"
#include "core/failure.h"
#include "core/names.h"

ENUM_NAMES_DEFINE (RevisionType, revision_type, REVISION_TYPE_LIST)
ENUM_NAMES_DEFINE (RevisionBundle, revision_bundle, REVISION_BUNDLE_LIST)

G_DEFINE_QUARK (slipway_revision_error, revision_error)

/* Where the platform is not known, its rules do not apply. */
#define ANY_PLATFORM (-1)

#define MAX_VERSION 1024
#define MAX_ETAG    1024

#define invalid(error, ...)                                                                        \
  failure_set ((error), REVISION_ERROR, REVISION_ERROR_INVALID, __VA_ARGS__)

static const char *
given_or_null (const char *text)
{
  return text == NULL || text[0] == '\0' ? NULL : text;
}

static gboolean
is_archive (RevisionBundle bundle)
{
  return bundle == REVISION_BUNDLE_TAR || bundle == REVISION_BUNDLE_TGZ ||
         bundle == REVISION_BUNDLE_ZIP;
}

/* "yaml" has been seen to work for "YAML" (api.md 4.1): case does not matter on input. */
static gboolean
find_bundle (const char *text, RevisionBundle *out)
{
  for (RevisionBundle bundle = 0; revision_bundle_name (bundle) != NULL; bundle++)
    if (g_ascii_strcasecmp (text, revision_bundle_name (bundle)) == 0) {
      *out = bundle;
      return TRUE;
    }
  return FALSE;
}

static gboolean
take_s3 (const RevisionInput *input, int platform, Arena *arena, RevisionS3 *out, GError **error)
{
  const char *bucket = input->s3.bucket;
  const char *key = input->s3.key;
  const char *version = given_or_null (input->s3.version);
  const char *etag = given_or_null (input->s3.etag);
  RevisionBundle bundle;

  if (given_or_null (bucket) == NULL || given_or_null (key) == NULL)
    return invalid (error, "s3Location needs bucket and key");
  if (!names_bucket_is_valid (bucket))
    return invalid (error, "\"%.100s\" is not a bucket's name", bucket);
  if (!names_object_key_is_valid (key))
    return invalid (error, "the object key in s3Location is longer than 1024 bytes or not UTF-8");
  if (given_or_null (input->s3.bundle_type) == NULL)
    return invalid (error, "s3Location needs a bundleType: tar, tgz, zip, YAML or JSON");
  if (!find_bundle (input->s3.bundle_type, &bundle))
    return invalid (error, "bundleType \"%.100s\" is not one of tar, tgz, zip, YAML, JSON",
                    input->s3.bundle_type);
  if (platform == COMPUTE_PLATFORM_SERVER && !is_archive (bundle))
    return invalid (error, "BundleType must be either tar, tgz or zip");
  if ((platform == COMPUTE_PLATFORM_LAMBDA || platform == COMPUTE_PLATFORM_ECS) &&
      is_archive (bundle))
    return invalid (error, "BundleType must be either YAML or JSON");
  if ((version != NULL && strnlen (version, MAX_VERSION + 1) > MAX_VERSION) ||
      (etag != NULL && strnlen (etag, MAX_ETAG + 1) > MAX_ETAG))
    return invalid (error, "version or eTag in s3Location is longer than 1024 bytes");

  *out = (RevisionS3){ arena_strdup (arena, bucket), arena_strdup (arena, key),
                       arena_strdup (arena, version), arena_strdup (arena, etag), bundle };
  return TRUE;
}

static gboolean
take_github (const RevisionInput *input, int platform, Arena *arena, RevisionGitHub *out,
             GError **error)
{
  if (platform != ANY_PLATFORM && platform != COMPUTE_PLATFORM_SERVER)
    return invalid (error, "a GitHub revision can only be deployed on the Server compute platform");
  if (!names_github_repository_is_valid (input->github.repository))
    return invalid (error, "gitHubLocation needs a repository of the form owner/name");
  if (!names_github_commit_is_valid (input->github.commit_id))
    return invalid (error, "gitHubLocation needs a commitId");
  *out = (RevisionGitHub){ arena_strdup (arena, input->github.repository),
                           arena_strdup (arena, input->github.commit_id) };
  return TRUE;
}

static gboolean
is_sha256_hex (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/* sha256 covers the UTF-8 bytes of content. Only a lookup may name a revision by its hash alone. */
static gboolean
take_content (const char *content, const char *sha256, int platform, Arena *arena,
              RevisionContent *out, GError **error)
{
  char hex[DIGEST_SHA256_HEX_SIZE];

  content = given_or_null (content);
  sha256 = given_or_null (sha256);
  if (sha256 != NULL && !is_sha256_hex (sha256))
    return invalid (error, "sha256 is not 64 lower-case hex digits");
  if (content == NULL) {
    if (platform != ANY_PLATFORM || sha256 == NULL)
      return invalid (error, "the revision has no content");
    *out = (RevisionContent){ NULL, arena_strdup (arena, sha256) };
    return TRUE;
  }
  digest_sha256_hex (content, strlen (content), hex);
  if (sha256 != NULL && strcmp (sha256, hex) != 0)
    return invalid (error, "sha256 is not the hash of content, which is %s", hex);
  *out = (RevisionContent){ arena_strdup (arena, content), arena_strdup (arena, hex) };
  return TRUE;
}

static gboolean
take_revision (const RevisionInput *input, int platform, Arena *arena, Revision *out,
               GError **error)
{
  Revision revision = { 0 };
  gboolean taken = FALSE;

  if (given_or_null (input->revision_type) == NULL && !input->s3.given && !input->github.given &&
      !input->string.given && !input->app_spec_content.given) {
    g_set_error_literal (error, REVISION_ERROR, REVISION_ERROR_REQUIRED,
                         "RevisionLocation must be specified");
    return FALSE;
  }
  if (given_or_null (input->revision_type) == NULL)
    return invalid (error, "revisionType is missing");
  if (!revision_type_from_name (input->revision_type, &revision.type))
    return invalid (error,
                    "revisionType \"%.100s\" is not one of S3, GitHub, String, AppSpecContent",
                    input->revision_type);

  switch (revision.type) {
  case REVISION_TYPE_S3:
    if (!input->s3.given)
      return invalid (error, "revisionType is S3, but s3Location is missing");
    taken = take_s3 (input, platform, arena, &revision.s3, error);
    break;
  case REVISION_TYPE_GITHUB:
    if (!input->github.given)
      return invalid (error, "revisionType is GitHub, but gitHubLocation is missing");
    taken = take_github (input, platform, arena, &revision.github, error);
    break;
  case REVISION_TYPE_STRING:
    if (!input->string.given)
      return invalid (error, "revisionType is String, but string is missing");
    if (platform != ANY_PLATFORM && platform != COMPUTE_PLATFORM_LAMBDA)
      return invalid (error,
                      "a String revision can only be deployed on the Lambda compute platform");
    taken = take_content (input->string.content, input->string.sha256, platform, arena,
                          &revision.content, error);
    break;
  case REVISION_TYPE_APP_SPEC_CONTENT:
    if (!input->app_spec_content.given)
      return invalid (error, "revisionType is AppSpecContent, but appSpecContent is missing");
    if (platform == COMPUTE_PLATFORM_SERVER)
      return invalid (
          error, "an AppSpecContent revision cannot be deployed on the Server compute platform");
    taken = take_content (input->app_spec_content.content, input->app_spec_content.sha256, platform,
                          arena, &revision.content, error);
    break;
  }
  if (taken)
    *out = revision;
  return taken;
}

gboolean
revision_from_input (const RevisionInput *input, ComputePlatform platform, Arena *arena,
                     Revision *out, GError **error)
{
  return take_revision (input, (int)platform, arena, out, error);
}

gboolean
revision_from_input_any (const RevisionInput *input, Arena *arena, Revision *out, GError **error)
{
  return take_revision (input, ANY_PLATFORM, arena, out, error);
}

/* Length first: no two lists of members can run into the same bytes. Absent ("-") differs from empty ("0:"). */
static void
add_member (Digest *digest, const char *text)
{
  char length[32];

  if (text == NULL) {
    digest_update (digest, "-", 1);
    return;
  }
  g_snprintf (length, sizeof length, "%" G_GSIZE_FORMAT ":", strlen (text));
  digest_update (digest, length, strlen (length));
  digest_update (digest, text, strlen (text));
}

void
revision_identity (const Revision *revision, char out[REVISION_IDENTITY_SIZE])
{
  g_autoptr (Digest) digest = digest_new (DIGEST_SHA256);
  guint8 hash[DIGEST_SHA256_SIZE];

  add_member (digest, revision_type_name (revision->type));
  switch (revision->type) {
  case REVISION_TYPE_S3:
    add_member (digest, revision->s3.bucket);
    add_member (digest, revision->s3.key);
    add_member (digest, revision_bundle_name (revision->s3.bundle));
    add_member (digest, revision->s3.version);
    add_member (digest, revision->s3.etag);
    break;
  case REVISION_TYPE_GITHUB:
    add_member (digest, revision->github.repository);
    add_member (digest, revision->github.commit_id);
    break;
  case REVISION_TYPE_STRING:
  case REVISION_TYPE_APP_SPEC_CONTENT:
    add_member (digest, revision->content.sha256);
    break;
  }
  digest_finish (digest, hash);
  digest_hex (hash, sizeof hash, out);
}

gboolean
revision_equal (const Revision *a, const Revision *b)
{
  char x[REVISION_IDENTITY_SIZE];
  char y[REVISION_IDENTITY_SIZE];

  revision_identity (a, x);
  revision_identity (b, y);
  return strcmp (x, y) == 0;
}

char *
revision_describe (const Revision *revision, Arena *arena)
{
  switch (revision->type) {
  case REVISION_TYPE_S3:
    return arena_printf (arena, "s3://%s/%s (%s%s%s)", revision->s3.bucket, revision->s3.key,
                         revision_bundle_name (revision->s3.bundle),
                         revision->s3.version == NULL ? "" : ", version ",
                         revision->s3.version == NULL ? "" : revision->s3.version);
  case REVISION_TYPE_GITHUB:
    return arena_printf (arena, "github %s@%s", revision->github.repository,
                         revision->github.commit_id);
  case REVISION_TYPE_STRING:
  case REVISION_TYPE_APP_SPEC_CONTENT:
    return arena_printf (arena, "%s %.8s", revision_type_name (revision->type),
                         revision->content.sha256);
  }
  g_assert_not_reached ();
}
