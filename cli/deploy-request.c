#include "cli/deploy-request.h"

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/push.h"
#include "cli/replacement-text.h"
#include "cli/s3-url.h"
#include "cli/wave-text.h"

void
deploy_request_clear (DeployRequest *request)
{
  g_free (request->application);
  g_free (request->group);
  g_free (request->folder);
  g_free (request->revision);
  g_free (request->config);
  g_free (request->description);
  g_free (request->file_exists);
  g_strfreev (request->waves);
  g_strfreev (request->replacement_tags);
  g_strfreev (request->replacement_groups);
}

gboolean
deploy_request_check (const Verb *verb, const DeployRequest *request, GError **error)
{
  if (!positional_needs (verb, "--application", request->application, error) ||
      !positional_needs (verb, "--group", request->group, error)) {
    return FALSE;
  }
  if ((request->folder == NULL) == (request->revision == NULL)) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                 "slipway %s needs --folder FOLDER or --revision s3://BUCKET/KEY, one of the two",
                 verb->name);
    return FALSE;
  }
  return TRUE;
}

static const ApiRevisionLocation *
find_revision (Session *session, const DeployRequest *request, Arena *arena, GError **error)
{
  if (request->revision != NULL) {
    return s3_url_parse (request->revision, arena, error);
  }
  const PushRequest push = { .folder = request->folder,
                             .application = request->application,
                             .description = request->description,
                             .type = REVISION_BUNDLE_ZIP,
                             .check = request->unchecked ? PUSH_UNCHECKED : PUSH_CHECKED };
  Pushed pushed;
  return push_folder (session, &push, arena, &pushed, error) ? pushed.revision : NULL;
}

gboolean
deploy_request_input (Session *session, const Verb *verb, const DeployRequest *request,
                      Arena *arena, ApiCreateDeploymentInput *out, GError **error)
{
  const ApiWaveList *waves;
  const ApiTargetInstances *replacements;
  if (!wave_text_read (request->waves, arena, &waves, error) ||
      !replacement_text_read (verb, request->replacement_tags, request->replacement_groups, arena,
                              &replacements, error)) {
    return FALSE;
  }
  *out = (ApiCreateDeploymentInput){
    .application_name = request->application,
    .deployment_group_name = request->group,
    .revision = find_revision (session, request, arena, error),
    .deployment_config_name = request->config,
    .description = request->description,
    .ignore_application_stop_failures =
        request->ignore_stop_failures ? arena_bool (arena, TRUE) : NULL,
    .file_exists_behavior = request->file_exists,
    .target_instances = replacements,
    .waves = waves,
  };
  return out->revision != NULL;
}
