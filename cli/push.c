#include "cli/push.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/revision-check.h"
#include "cli/s3-upload.h"

static const char *
default_bucket (Session *session, Arena *arena, GError **error)
{
  const ApiDescribeServerInput input = { 0 };
  gpointer output = NULL;
  if (!session_call (session, API_OP_DESCRIBE_SERVER, &input, arena, &output, error)) {
    g_prefix_error (error,
                    "cannot ask the server for its default bucket (give --bucket to do without): ");
    return NULL;
  }
  const ApiDescribeServerOutput *server = output;
  if (server == NULL || server->default_bucket == NULL) {
    g_set_error_literal (error, CLI_ERROR, CLI_EXIT_INPUT,
                         "the server has no default bucket: give --bucket");
    return NULL;
  }
  return server->default_bucket;
}

static gboolean
upload (Session *session, const Bundle *bundle, const char *bucket, const char *key,
        gboolean may_make_bucket, S3Uploaded *out, GError **error)
{
  g_autoptr (GError) reason = NULL;
  if (s3_upload (session, bundle, bucket, key, out, &reason)) {
    return TRUE;
  }
  if (!may_make_bucket || !g_error_matches (reason, S3_UPLOAD_ERROR, S3_UPLOAD_ERROR_NO_BUCKET)) {
    g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  return s3_make_bucket (session, bucket, error) &&
         s3_upload (session, bundle, bucket, key, out, error);
}

/* Before anything is packed or sent: a bundle for an application that is not there would lie about for ever. */
static gboolean
application_is_there (Session *session, const char *application, Arena *arena, GError **error)
{
  const ApiGetApplicationInput input = { .application_name = application };
  return session_call (session, API_OP_GET_APPLICATION, &input, arena, NULL, error);
}

static gboolean
check_revision (const PushRequest *request, GError **error)
{
  if (!g_file_test (request->folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT, "\"%s\" is not a folder", request->folder);
    return FALSE;
  }
  if (request->check == PUSH_UNCHECKED) {
    return TRUE;
  }
  RevisionCheckFlags flags =
      (request->flags & BUNDLE_SKIP_HIDDEN) != 0 ? REVISION_CHECK_SKIP_HIDDEN : REVISION_CHECK_ALL;
  g_autoptr (RevisionReport) report = revision_check (request->folder, NULL, flags, error);
  if (report == NULL) {
    return FALSE;
  }
  if (report->n_errors == 0 && report->platform != APPSPEC_PLATFORM_SERVER) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT,
                 "the AppSpec of \"%s\" is not for servers: no host would take it",
                 request->folder);
    return FALSE;
  }
  g_autofree char *text = revision_report_text (report);
  g_autofree char *summary = revision_report_summary (report);
  fprintf (stderr, "%s", text);
  if (report->n_errors == 0) {
    return TRUE;
  }
  g_set_error (error, CLI_ERROR, CLI_EXIT_INPUT,
               "\"%s\" has %s: nothing was pushed (--no-validate pushes it all the same)",
               request->folder, summary);
  return FALSE;
}

gboolean
push_folder (Session *session, const PushRequest *request, Arena *arena, Pushed *out_pushed,
             GError **error)
{
  if (!check_revision (request, error) ||
      !application_is_there (session, request->application, arena, error)) {
    return FALSE;
  }
  const char *bucket =
      request->bucket != NULL ? request->bucket : default_bucket (session, arena, error);
  if (bucket == NULL) {
    return FALSE;
  }
  g_autoptr (Bundle) bundle = bundle_pack (request->folder, request->type, request->flags, error);
  if (bundle == NULL) {
    return FALSE;
  }
  const char *type = revision_bundle_name (request->type);
  const char *key = request->key;
  if (key == NULL) {
    key = arena_printf (arena, "%s/%.16s.%s", request->application, bundle->sha256, type);
  }
  g_auto (S3Uploaded) uploaded = { 0 };
  if (!upload (session, bundle, bucket, key, request->bucket == NULL, &uploaded, error)) {
    return FALSE;
  }

  ApiS3Location *location = arena_new0 (arena, ApiS3Location);
  location->bucket = arena_strdup (arena, bucket);
  location->key = arena_strdup (arena, key);
  location->bundle_type = type;
  location->e_tag = arena_strdup (arena, uploaded.etag);
  location->version = arena_strdup (arena, uploaded.version_id);
  ApiRevisionLocation *revision = arena_new0 (arena, ApiRevisionLocation);
  revision->revision_type = revision_type_name (REVISION_TYPE_S3);
  revision->s3_location = location;

  const ApiRegisterApplicationRevisionInput input = { .application_name = request->application,
                                                      .description = request->description,
                                                      .revision = revision };
  if (!session_call (session, API_OP_REGISTER_APPLICATION_REVISION, &input, arena, NULL, error)) {
    return FALSE;
  }
  *out_pushed = (Pushed){ revision, bundle->size_bytes, bundle->n_files,
                          arena_strdup (arena, bundle->sha256) };
  return TRUE;
}
