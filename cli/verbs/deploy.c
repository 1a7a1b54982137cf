#include "cli/verb.h"

#include <stdio.h>

#include "cli/deploy-request.h"
#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/s3-url.h"
#include "cli/watch.h"

typedef struct {
  DeployRequest request;
  char *plan;
  gboolean wait;
  int timeout_s;
} Options;

static void
options_clear (Options *options)
{
  deploy_request_clear (&options->request);
  g_free (options->plan);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
check_timeout (const Options *o, GError **error)
{
  if (o->timeout_s >= 0 && (o->timeout_s == 0 || o->wait)) {
    return TRUE;
  }
  g_set_error_literal (error, CLI_ERROR, CLI_EXIT_USAGE,
                       "--timeout is a number of seconds, and needs --wait");
  return FALSE;
}

static gboolean
parse (Session *session, char **argv, Options *o, GError **error)
{
  const GOptionEntry entries[] = {
    DEPLOY_REQUEST_ENTRIES (&o->request),
    { "plan", 0, 0, G_OPTION_ARG_STRING, &o->plan,
      "Only if slipway plan would still say the same as when it gave this token", "TOKEN" },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &o->wait, "Watch until the deployment is over", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &o->timeout_s,
      "With --wait: give up after so many seconds", "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  return VERB_PARSE (session, verb_deploy, entries, argv, &rest, error) &&
         positional_exactly (&verb_deploy, rest, 0, error) &&
         deploy_request_check (&verb_deploy, &o->request, error) && check_timeout (o, error);
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { 0 };
  if (!parse (session, argv, &o, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  ApiCreateDeploymentInput input;
  if (!deploy_request_input (session, &verb_deploy, &o.request, arena, &input, error)) {
    return CLI_EXIT_INPUT;
  }
  input.plan_token = o.plan;
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
    printf ("Deployment %s of %s/%s: %s\n", created->deployment_id, o.request.application,
            o.request.group, s3_url_describe (input.revision, arena));
    fflush (stdout);
  }
  return o.wait ? watch_deployment (session, created->deployment_id, (guint)MAX (o.timeout_s, 0),
                                    error)
                : CLI_EXIT_OK;
}

const Verb verb_deploy = { "deploy", "", "Deploys a revision to a deployment group.", run };
