#include "cli/local-deployment.h"

#include <jansson.h>
#include <string.h>

#include "agent/executor.h"
#include "agent/installer.h"
#include "core/ids.h"

G_DEFINE_QUARK (local - deployment - error - quark, local_deployment_error)

static gboolean fail (GError **error, LocalDeploymentError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
fail (GError **error, LocalDeploymentError code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  if (error != NULL) {
    *error = g_error_new_valist (LOCAL_DEPLOYMENT_ERROR, (gint)code, format, arguments);
  }
  va_end (arguments);
  return FALSE;
}

static gboolean
check_type (const char *type, GError **error)
{
  static const char *const types[] = { "tgz", "tar", "zip", "directory" };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_equal (type, types[i])) {
      return TRUE;
    }
  }
  return fail (error, LOCAL_DEPLOYMENT_ERROR_TYPE,
               "the bundle type \"%s\" is none of tgz, tar, zip and directory", type);
}

static gboolean
is_in (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
check_appspec (const LocalRequest *request, const char *folder, GError **error)
{
  const char *name = request->appspec_filename;
  if (name != NULL && !is_in (folder, name)) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_APPSPEC,
                 "the folder \"%s\" has no AppSpec file \"%s\"", folder, name);
  }
  if (name == NULL && !is_in (folder, "appspec.yml") && !is_in (folder, "appspec.yaml")) {
    return fail (
        error, LOCAL_DEPLOYMENT_ERROR_APPSPEC,
        "the folder \"%s\" has neither appspec.yml nor appspec.yaml; another name is given "
        "with --appspec-filename",
        folder);
  }
  return TRUE;
}

/* Steps 4 to 6. */
static gboolean
check_path (const LocalRequest *request, const char *path, GError **error)
{
  gboolean wants_folder = g_str_equal (request->type, "directory");
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_MISSING, "there is nothing at \"%s\"", path);
  }
  gboolean is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  if (wants_folder && !is_folder) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_TYPE,
                 "\"%s\" is a file: say which with --type tgz, tar or zip", path);
  }
  if (!wants_folder && is_folder) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_TYPE, "\"%s\" is a folder, not a %s file", path,
                 request->type);
  }
  return !is_folder || check_appspec (request, path, error);
}

/* Step 9, and what the agent would refuse later. */
static gboolean
check_source (const LocalRequest *request, const LocalLocation *location, GError **error)
{
  if (location->kind == LOCAL_LOCATION_OTHER) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_LOCATION, "cannot take a bundle from \"%s\": %s",
                 request->location, location->problem);
  }
  if (location->kind == LOCAL_LOCATION_S3 && g_str_equal (request->type, "directory")) {
    return fail (error, LOCAL_DEPLOYMENT_ERROR_TYPE,
                 "an object is no folder: say what \"%s\" is with --type tgz, tar or zip",
                 request->location);
  }
  return TRUE;
}

static gboolean
check_values (const LocalRequest *request, GError **error)
{
  static const char *const words[] = { "DISALLOW", "OVERWRITE", "RETAIN" };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_ascii_strcasecmp (request->file_exists, words[i]) == 0) {
      return TRUE;
    }
  }
  return fail (error, LOCAL_DEPLOYMENT_ERROR_VALUE,
               "the file-exists behavior \"%s\" is none of DISALLOW, OVERWRITE and RETAIN",
               request->file_exists);
}

/* agent.md 2.4; the paths of local revisions absolute, as the agent's working folder is its own. */
static json_t *
describe_revision (const LocalLocation *location)
{
  const SpecRevision *revision = &location->revision;
  if (location->kind == LOCAL_LOCATION_S3) {
    return json_pack ("{s:s, s:{s:s, s:s, s:s, s:s?, s:s?}}", "RevisionType", "S3", "S3Revision",
                      "Bucket", revision->bucket, "Key", revision->key, "BundleType",
                      revision->bundle_type, "Version", revision->version, "ETag", revision->etag);
  }
  if (location->kind == LOCAL_LOCATION_GITHUB) {
    return json_pack ("{s:s, s:{s:s, s:s, s:s, s:s}}", "RevisionType", "GitHub", "GitHubRevision",
                      "Account", revision->account, "Repository", revision->repository, "CommitId",
                      revision->commit_id, "BundleType", revision->bundle_type);
  }
  gboolean folder = g_str_equal (revision->bundle_type, "directory");
  g_autofree char *path = g_canonicalize_filename (revision->location, NULL);
  return json_pack ("{s:s, s:{s:s, s:s}}", "RevisionType",
                    folder ? "Local Directory" : "Local File", "LocalRevision", "Location", path,
                    "BundleType", revision->bundle_type);
}

/* Through the agent's own reader, so that what comes in here is checked as what comes from a server. */
static const DeploymentSpec *
make_spec (const LocalRequest *request, const LocalLocation *location, const LocalEvents *possible,
           const char *deployment_id, Arena *arena, GError **error)
{
  json_t *events = json_array ();
  for (gsize i = 0; i < possible->n; i++) {
    json_array_append_new (events, json_string (possible->names[i]));
  }
  json_t *document = json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:{s:{s:s}}, s:o, s:o}", "DeploymentId",
      deployment_id, "DeploymentGroupId", request->group_id, "DeploymentGroupName",
      request->group_name, "ApplicationName",
      request->application_name != NULL ? request->application_name : request->location,
      "DeploymentCreator", "user", "DeploymentType", "IN_PLACE", "AppSpecFilename",
      request->appspec_filename, "GitHubAccessToken", request->github_token, "AgentActionOverrides",
      "AgentOverrides", "FileExistsBehavior", request->file_exists, "AllPossibleLifecycleEvents",
      events, "Revision", describe_revision (location));
  if (document == NULL) {
    fail (error, LOCAL_DEPLOYMENT_ERROR_VALUE, "an option's value is not UTF-8 text");
    return NULL;
  }
  char *text = json_dumps (document, JSON_COMPACT);
  json_decref (document);
  const DeploymentSpec *spec = deployment_spec_parse (text, strlen (text), arena, error);
  free (text);
  return spec;
}

gboolean
local_deployment_prepare (const LocalRequest *request, const Ambient *ambient, Arena *arena,
                          LocalDeployment *out, GError **error)
{
  const LocalLocationSettings settings = { request->type, request->github_endpoint };
  LocalLocation location;
  LocalEvents given;
  char id[IDS_DEPLOYMENT_SIZE];

  if (!check_type (request->type, error) ||
      !local_location_parse (request->location, &settings, arena, &location, error) ||
      (location.kind == LOCAL_LOCATION_PATH &&
       !check_path (request, location.revision.location, error)) ||
      !local_events_parse (request->events, arena, &given, error) ||
      !check_source (request, &location, error) || !check_values (request, error)) {
    return FALSE;
  }
  LocalEvents possible = local_events_possible (&given, arena);
  ids_new_deployment (ambient, id);
  out->events = local_events_to_run (&given, arena);
  out->spec =
      make_spec (request, &location, &possible, arena_printf (arena, "%s-local", id), arena, error);
  return out->spec != NULL;
}

static void
run_event (const BundleContext *context, const LocalDeployment *deployment, const char *event,
           CommandResult *out)
{
  g_autoptr (GError) error = NULL;
  executor_run (context, event, deployment->spec, out);
  /* nobody asks later how it ended */
  if (g_str_equal (event, "Install") &&
      !installer_settle (context->host, deployment->spec->deployment_id, &error)) {
    agent_log (context->host->log, AGENT_LOG_WARN, "%s", error->message);
  }
}

gboolean
local_deployment_run (const BundleContext *context, const LocalDeployment *deployment,
                      LocalInterrupt *interrupt, const LocalObserver *observer)
{
  const Ambient *ambient = context->host->ambient;
  for (gsize i = 0; i < deployment->events.n; i++) {
    const char *event = deployment->events.names[i];
    if (local_interrupt_signal (interrupt) != 0) {
      return FALSE;
    }
    g_auto (CommandResult) result = { 0 };
    gint64 start_us = ambient_monotonic_us (ambient);
    observer->starts (observer->ctx, event);
    run_event (context, deployment, event, &result);
    LocalEventReport report = { event, &result,
                                (ambient_monotonic_us (ambient) - start_us) / 1000 };
    observer->ended (observer->ctx, &report);
    if (result.code != DIAGNOSTICS_OK) {
      return FALSE;
    }
  }
  return local_interrupt_signal (interrupt) == 0;
}
