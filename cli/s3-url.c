#include "cli/s3-url.h"

#include <string.h>

#include "core/names.h"
#include "core/revision.h"

G_DEFINE_QUARK (s3 - url - error - quark, s3_url_error)

static gboolean
refuse (GError **error, const char *url, const char *why)
{
  g_set_error (
      error, S3_URL_ERROR, S3_URL_ERROR_SYNTAX,
      "\"%s\" is not a revision: %s (expected s3://BUCKET/KEY.zip[?etag=...&versionId=...])", url,
      why);
  return FALSE;
}

static const char *
bundle_type_of_key (const char *key)
{
  const struct {
    const char *ending;
    RevisionBundle type;
  } endings[] = {
    { ".zip", REVISION_BUNDLE_ZIP },
    { ".tgz", REVISION_BUNDLE_TGZ },
    { ".tar.gz", REVISION_BUNDLE_TGZ },
    { ".tar", REVISION_BUNDLE_TAR },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (g_str_has_suffix (key, endings[i].ending)) {
      return revision_bundle_name (endings[i].type);
    }
  }
  return NULL;
}

static gboolean
read_query (const char *url, const char *query, ApiS3Location *location, Arena *arena,
            GError **error)
{
  g_auto (GStrv) pairs = g_strsplit (query, "&", -1);
  for (gsize i = 0; pairs[i] != NULL; i++) {
    char *equals = strchr (pairs[i], '=');
    g_autofree char *value = equals != NULL ? g_uri_unescape_string (equals + 1, NULL) : NULL;
    if (value == NULL || *value == '\0') {
      return refuse (error, url, "a parameter without a value");
    }
    *equals = '\0';
    if (g_str_equal (pairs[i], "etag")) {
      location->e_tag = arena_strdup (arena, value);
    } else if (g_str_equal (pairs[i], "versionId")) {
      location->version = arena_strdup (arena, value);
    } else if (g_str_equal (pairs[i], "bundleType")) {
      location->bundle_type = arena_strdup (arena, value);
    } else {
      return refuse (error, url, "an unknown parameter");
    }
  }
  return TRUE;
}

ApiRevisionLocation *
s3_url_parse (const char *url, Arena *arena, GError **error)
{
  if (!g_str_has_prefix (url, "s3://")) {
    refuse (error, url, "it does not begin with s3://");
    return NULL;
  }
  g_auto (GStrv) parts = g_strsplit (url + strlen ("s3://"), "?", 2);
  char *slash = strchr (parts[0], '/');
  if (slash == NULL || slash == parts[0] || slash[1] == '\0') {
    refuse (error, url, "it needs a bucket and a key");
    return NULL;
  }
  *slash = '\0';
  if (!names_bucket_is_valid (parts[0])) {
    refuse (error, url, "no bucket can have that name");
    return NULL;
  }
  ApiS3Location *location = arena_new0 (arena, ApiS3Location);
  location->bucket = arena_strdup (arena, parts[0]);
  location->key = arena_strdup (arena, slash + 1);
  if (parts[1] != NULL && !read_query (url, parts[1], location, arena, error)) {
    return NULL;
  }
  if (location->bundle_type == NULL) {
    location->bundle_type = bundle_type_of_key (location->key);
  }
  if (location->bundle_type == NULL) {
    refuse (error, url,
            "the key's ending does not say what it is: add ?bundleType=zip, tgz or tar");
    return NULL;
  }
  ApiRevisionLocation *revision = arena_new0 (arena, ApiRevisionLocation);
  revision->revision_type = revision_type_name (REVISION_TYPE_S3);
  revision->s3_location = location;
  return revision;
}

static void
add_parameter (GString *text, const char *name, const char *value)
{
  if (value != NULL) {
    g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);
    g_string_append_printf (text, "%c%s=%s", strchr (text->str, '?') != NULL ? '&' : '?', name,
                            escaped);
  }
}

char *
s3_url_describe (const ApiRevisionLocation *revision, Arena *arena)
{
  if (revision == NULL) {
    return arena_strdup (arena, "no revision");
  }
  const ApiS3Location *s3 = revision->s3_location;
  if (s3 != NULL && s3->bucket != NULL && s3->key != NULL) {
    g_autoptr (GString) text = g_string_new (NULL);
    g_string_append_printf (text, "s3://%s/%s", s3->bucket, s3->key);
    add_parameter (text, "etag", s3->e_tag);
    add_parameter (text, "versionId", s3->version);
    const char *implied = bundle_type_of_key (s3->key);
    if (s3->bundle_type != NULL && g_strcmp0 (implied, s3->bundle_type) != 0) {
      add_parameter (text, "bundleType", s3->bundle_type);
    }
    return arena_strdup (arena, text->str);
  }
  const ApiGitHubLocation *github = revision->git_hub_location;
  if (github != NULL) {
    return arena_printf (arena, "github %s@%s",
                         github->repository != NULL ? github->repository : "?",
                         github->commit_id != NULL ? github->commit_id : "?");
  }
  return arena_strdup (arena, "AppSpec content");
}
