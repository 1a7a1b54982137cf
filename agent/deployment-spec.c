#include "agent/deployment-spec.h"

#include <string.h>

#include "core/pathname.h"
#include "proto/json-doc.h"

#define MAX_DIRECTORY_NAME 200

G_DEFINE_QUARK (slipway - deployment - spec - error, deployment_spec_error)

typedef struct {
  const json_t *object;
  Arena *arena;
} Reader;

static gboolean
fail_missing (GError **error, const char *key)
{
  g_set_error (error, DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_MISSING,
               "deployment specification: \"%s\" is missing or empty", key);
  return FALSE;
}

static gboolean
fail_invalid (GError **error, const char *key, const char *why)
{
  g_set_error (error, DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_INVALID,
               "deployment specification: \"%s\" %s", key, why);
  return FALSE;
}

/* *out is NULL when the key is absent, null or (as the official agent has it) empty. */
static gboolean
read_text (const Reader *reader, const char *key, const char **out, GError **error)
{
  const json_t *value = json_object_get (reader->object, key);
  *out = NULL;
  if (value == NULL || json_is_null (value))
    return TRUE;
  if (!json_is_string (value))
    return fail_invalid (error, key, "must be a text");
  if (json_string_length (value) > 0)
    *out = arena_strdup (reader->arena, json_string_value (value));
  return TRUE;
}

static gboolean
read_required (const Reader *reader, const char *key, const char **out, GError **error)
{
  return read_text (reader, key, out, error) && (*out != NULL || fail_missing (error, key));
}

/* Ids become folders' names on this host. */
static gboolean
check_directory_name (const char *key, const char *name, GError **error)
{
  if (name[0] == '\0' || name[0] == '.' || strlen (name) > MAX_DIRECTORY_NAME ||
      strpbrk (name, "/\n\r") != NULL)
    return fail_invalid (error, key, "is not fit for the name of a folder");
  return TRUE;
}

/* A group's folder stands beside those that the agent keeps for itself. */
static gboolean
check_group_name (const char *key, const char *name, GError **error)
{
  static const char *const own[] = {
    "deployment-instructions", "deployment-logs", "ongoing-deployment", "accepted-commands",
    "finished-commands",       "running-scripts", "command-locks",      NULL,
  };
  if (g_strv_contains (own, name))
    return fail_invalid (error, key, "is the name of a folder of the agent itself");
  return check_directory_name (key, name, error);
}

/* arn:aws:codedeploy:region:account:deployment/d-X -> d-X */
static const char *
short_deployment_id (const char *id, Arena *arena)
{
  if (!g_str_has_prefix (id, "arn:"))
    return id;
  g_auto (GStrv) fields = g_strsplit (id, ":", -1);
  if (g_strv_length (fields) < 6)
    return id;
  const char *slash = strchr (fields[5], '/');
  if (slash == NULL)
    return id;
  char *rest = arena_strdup (arena, slash + 1);
  rest[strcspn (rest, "/")] = '\0';
  return rest;
}

static gboolean
read_s3 (const Reader *reader, SpecRevision *out, GError **error)
{
  out->type = SPEC_REVISION_S3;
  if (!read_required (reader, "Bucket", &out->bucket, error) ||
      !read_required (reader, "Key", &out->key, error) ||
      !read_required (reader, "BundleType", &out->bundle_type, error) ||
      !read_text (reader, "Version", &out->version, error) ||
      !read_text (reader, "ETag", &out->etag, error))
    return FALSE;
  if (strcmp (out->bundle_type, "tar") != 0 && strcmp (out->bundle_type, "tgz") != 0 &&
      strcmp (out->bundle_type, "zip") != 0)
    return fail_invalid (error, "BundleType", "must be tar, tgz or zip");
  return TRUE;
}

static gboolean
read_github (const Reader *reader, SpecRevision *out, GError **error)
{
  out->type = SPEC_REVISION_GITHUB;
  if (!read_required (reader, "Account", &out->account, error) ||
      !read_required (reader, "Repository", &out->repository, error) ||
      !read_required (reader, "CommitId", &out->commit_id, error) ||
      !read_text (reader, "BundleType", &out->bundle_type, error))
    return FALSE;
  if (json_is_false (json_object_get (reader->object, "Anonymous")) &&
      json_object_get (reader->object, "OAuthToken") == NULL)
    return fail_missing (error, "OAuthToken");
  return TRUE;
}

static gboolean
read_local (const Reader *reader, SpecRevision *out, GError **error)
{
  if (!read_required (reader, "Location", &out->location, error) ||
      !read_required (reader, "BundleType", &out->bundle_type, error))
    return FALSE;
  if (strcmp (out->bundle_type, "tar") != 0 && strcmp (out->bundle_type, "tgz") != 0 &&
      strcmp (out->bundle_type, "zip") != 0 && strcmp (out->bundle_type, "directory") != 0)
    return fail_invalid (error, "BundleType", "must be tar, tgz, zip or directory");
  return TRUE;
}

static gboolean
read_revision (const Reader *top, SpecRevision *out, GError **error)
{
  const json_t *value = json_object_get (top->object, "Revision");
  const char *type, *part_key;

  if (value == NULL || json_is_null (value))
    return fail_missing (error, "Revision");
  Reader revision = { value, top->arena };
  if (!json_is_object (value))
    return fail_missing (error, "RevisionType");
  if (!read_required (&revision, "RevisionType", &type, error))
    return FALSE;

  if (strcmp (type, "S3") == 0)
    part_key = "S3Revision";
  else if (strcmp (type, "GitHub") == 0)
    part_key = "GitHubRevision";
  else if (strcmp (type, "Local File") == 0 || strcmp (type, "Local Directory") == 0)
    part_key = "LocalRevision";
  else
    return fail_invalid (error, "RevisionType",
                         "must be S3, GitHub, Local File or Local Directory");
  const json_t *part = json_object_get (value, part_key);
  if (!json_is_object (part))
    return fail_missing (error, part_key);
  Reader reader = { part, top->arena };
  if (type[0] == 'S')
    return read_s3 (&reader, out, error);
  if (type[0] == 'G')
    return read_github (&reader, out, error);
  out->type =
      strcmp (type, "Local File") == 0 ? SPEC_REVISION_LOCAL_FILE : SPEC_REVISION_LOCAL_DIRECTORY;
  return read_local (&reader, out, error);
}

static gboolean
read_file_exists (const Reader *top, DeploymentSpec *out, GError **error)
{
  const json_t *actions = json_object_get (top->object, "AgentActionOverrides");
  Reader overrides = { json_object_get (actions, "AgentOverrides"), top->arena };
  const char *word;

  if (!read_text (&overrides, "FileExistsBehavior", &word, error))
    return FALSE;
  out->file_exists = "DISALLOW";
  if (word != NULL) {
    g_autofree char *upper = g_ascii_strup (word, -1);
    out->file_exists = arena_strdup (top->arena, upper);
  }
  return TRUE;
}

static gboolean
read_possible_events (const Reader *top, DeploymentSpec *out, GError **error)
{
  const json_t *list = json_object_get (top->object, "AllPossibleLifecycleEvents");
  if (list == NULL || json_is_null (list))
    return TRUE;
  if (!json_is_array (list))
    return fail_invalid (error, "AllPossibleLifecycleEvents", "must be a list of texts");
  out->possible_events = arena_new0_n (top->arena, const char *, json_array_size (list));
  for (gsize i = 0; i < json_array_size (list); i++) {
    const char *name = json_string_value (json_array_get (list, i));
    if (name == NULL)
      return fail_invalid (error, "AllPossibleLifecycleEvents", "must be a list of texts");
    out->possible_events[out->n_possible_events++] = arena_strdup (top->arena, name);
  }
  return TRUE;
}

static gboolean
read_optional (const Reader *top, DeploymentSpec *out, GError **error)
{
  const char *filename;
  if (!read_text (top, "DeploymentCreator", &out->creator, error) ||
      !read_text (top, "DeploymentType", &out->type, error) ||
      !read_text (top, "AppSpecFilename", &filename, error) ||
      !read_text (top, "GitHubAccessToken", &out->github_token, error) ||
      !read_text (top, "ReuseArchiveFromDeploymentId", &out->reuse_archive_from, error) ||
      !read_file_exists (top, out, error) || !read_possible_events (top, out, error))
    return FALSE;
  if (out->creator == NULL)
    out->creator = "user";
  if (out->type == NULL)
    out->type = "IN_PLACE";
  out->appspec_filename =
      filename != NULL ? pathname_normalise_inside (filename, top->arena) : "appspec.yml";
  if (out->appspec_filename == NULL || out->appspec_filename[0] == '\0')
    return fail_invalid (error, "AppSpecFilename", "must be a file inside the revision");
  return TRUE;
}

const DeploymentSpec *
deployment_spec_parse (const char *json, gsize n, Arena *arena, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (json_t) object = json_doc_parse (json, n, NULL, &local);
  DeploymentSpec *out = arena_new0 (arena, DeploymentSpec);
  Reader top = { object, arena };

  if (object == NULL || !json_is_object (object)) {
    g_set_error (error, DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_SYNTAX,
                 "deployment specification is not a JSON object: %s",
                 local != NULL ? local->message : "it is an array");
    return NULL;
  }
  if (!read_required (&top, "DeploymentId", &out->deployment_id, error) ||
      !read_required (&top, "DeploymentGroupId", &out->group_id, error) ||
      !read_required (&top, "DeploymentGroupName", &out->group_name, error) ||
      !read_required (&top, "ApplicationName", &out->application_name, error) ||
      !read_revision (&top, &out->revision, error) || !read_optional (&top, out, error))
    return NULL;
  out->deployment_id = short_deployment_id (out->deployment_id, arena);
  if (!check_directory_name ("DeploymentId", out->deployment_id, error) ||
      !check_group_name ("DeploymentGroupId", out->group_id, error))
    return NULL;
  return out;
}
