#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/watch.h"
#include "proto/api-types.h"

static int
run (Session *session, char **argv, GError **error)
{
  gboolean rollback = FALSE, no_rollback = FALSE, wait = FALSE;
  const GOptionEntry entries[] = {
    { "rollback", 0, 0, G_OPTION_ARG_NONE, &rollback, "Roll back to the last successful revision",
      NULL },
    { "no-rollback", 0, 0, G_OPTION_ARG_NONE, &no_rollback,
      "Do not roll back, whatever the group says", NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Wait until the hosts at work are done", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_stop, entries, argv, &rest, error) ||
      !positional_exactly (&verb_stop, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  if (rollback && no_rollback) {
    g_set_error_literal (error, CLI_ERROR, CLI_EXIT_USAGE,
                         "--rollback and --no-rollback exclude each other");
    return CLI_EXIT_USAGE;
  }

  g_autoptr (Arena) arena = arena_new ();
  const ApiStopDeploymentInput input = {
    .deployment_id = rest[0],
    .auto_rollback_enabled = rollback || no_rollback ? arena_bool (arena, rollback) : NULL,
  };
  gpointer output = NULL;
  if (!session_call (session, API_OP_STOP_DEPLOYMENT, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (wait) {
    int status = watch_deployment (session, rest[0], 0, error);
    /* Stopped is what was asked for. */
    return status == CLI_EXIT_DEPLOYMENT ? CLI_EXIT_OK : status;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_stop_deployment_output, output);
    return CLI_EXIT_OK;
  }
  const ApiStopDeploymentOutput *answer = output;
  gboolean stopped = answer != NULL && g_strcmp0 (answer->status, "Succeeded") == 0;
  printf ("%s deployment %s: %s\n", stopped ? "Stopped" : "Stopping", rest[0],
          answer != NULL && answer->status_message != NULL ? answer->status_message : "accepted");
  return CLI_EXIT_OK;
}

const Verb verb_stop = { "stop", "DEPLOYMENT", "Stops a deployment: no further host starts.", run };
