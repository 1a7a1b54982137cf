#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/push.h"
#include "cli/s3-url.h"
#include "cli/watch.h"

typedef struct {
  char *application, *group, *folder, *revision, *config, *description, *file_exists;
  gboolean ignore_stop_failures, wait, unchecked;
  int timeout_s;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->application);
  g_free (options->group);
  g_free (options->folder);
  g_free (options->revision);
  g_free (options->config);
  g_free (options->description);
  g_free (options->file_exists);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse (Session *session, char **argv, Options *o, GError **error)
{
  const GOptionEntry entries[] = {
    { "application", 'a', 0, G_OPTION_ARG_STRING, &o->application, "The application (needed)",
      "NAME" },
    { "group", 'g', 0, G_OPTION_ARG_STRING, &o->group, "The deployment group (needed)", "NAME" },
    { "folder", 'f', 0, G_OPTION_ARG_FILENAME, &o->folder, "Push this folder and deploy it",
      "FOLDER" },
    { "no-validate", 0, 0, G_OPTION_ARG_NONE, &o->unchecked,
      "With --folder: push it whatever is wrong with it", NULL },
    { "revision", 'r', 0, G_OPTION_ARG_STRING, &o->revision,
      "Deploy what is there: s3://BUCKET/KEY", "URL" },
    { "config", 0, 0, G_OPTION_ARG_STRING, &o->config, "Deployment configuration [the group's]",
      "NAME" },
    { "description", 0, 0, G_OPTION_ARG_STRING, &o->description, "Kept with the deployment",
      "TEXT" },
    { "file-exists", 0, 0, G_OPTION_ARG_STRING, &o->file_exists, "DISALLOW, OVERWRITE or RETAIN",
      "WHAT" },
    { "ignore-stop-failures", 0, 0, G_OPTION_ARG_NONE, &o->ignore_stop_failures,
      "Go on when ApplicationStop fails", NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &o->wait, "Watch until the deployment is over", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &o->timeout_s,
      "With --wait: give up after so many seconds", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_deploy, entries, argv, &rest, error) ||
      !positional_exactly (&verb_deploy, rest, 0, error) ||
      !positional_needs (&verb_deploy, "--application", o->application, error) ||
      !positional_needs (&verb_deploy, "--group", o->group, error)) {
    return FALSE;
  }
  if ((o->folder == NULL) == (o->revision == NULL)) {
    g_set_error_literal (
        error, CLI_ERROR, CLI_EXIT_USAGE,
        "slipway deploy needs --folder FOLDER or --revision s3://BUCKET/KEY, one of the two");
    return FALSE;
  }
  return TRUE;
}

static const ApiRevisionLocation *
find_revision (Session *session, const Options *o, Arena *arena, GError **error)
{
  if (o->revision != NULL) {
    return s3_url_parse (o->revision, arena, error);
  }
  const PushRequest request = { .folder = o->folder,
                                .application = o->application,
                                .description = o->description,
                                .type = REVISION_BUNDLE_ZIP,
                                .check = o->unchecked ? PUSH_UNCHECKED : PUSH_CHECKED };
  Pushed pushed;
  return push_folder (session, &request, arena, &pushed, error) ? pushed.revision : NULL;
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { 0 };
  if (!parse (session, argv, &o, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiRevisionLocation *revision = find_revision (session, &o, arena, error);
  if (revision == NULL) {
    return CLI_EXIT_INPUT;
  }
  const ApiCreateDeploymentInput input = {
    .application_name = o.application,
    .deployment_group_name = o.group,
    .revision = revision,
    .deployment_config_name = o.config,
    .description = o.description,
    .ignore_application_stop_failures = o.ignore_stop_failures ? arena_bool (arena, TRUE) : NULL,
    .file_exists_behavior = o.file_exists,
  };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_DEPLOYMENT, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiCreateDeploymentOutput *created = output;
  if (created == NULL || created->deployment_id == NULL) {
    g_set_error_literal (error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
                         "the server's answer has no deployment id");
    return CLI_EXIT_UNREACHABLE;
  }
  gboolean json = session_output (session) == SESSION_OUTPUT_JSON;
  if (json && !o.wait) {
    session_print_shape (&api_shape_create_deployment_output, created);
  } else if (!json) {
    printf ("Deployment %s of %s/%s: %s\n", created->deployment_id, o.application, o.group,
            s3_url_describe (revision, arena));
    fflush (stdout);
  }
  return o.wait ? watch_deployment (session, created->deployment_id, (guint)MAX (o.timeout_s, 0),
                                    error)
                : CLI_EXIT_OK;
}

const Verb verb_deploy = { "deploy", "", "Deploys a revision to a deployment group.", run };
