#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "proto/api-types.h"

static int
run (Session *session, char **argv, GError **error)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_pause, entries, argv, &rest, error) ||
      !positional_exactly (&verb_pause, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiPauseDeploymentInput input = { .deployment_id = rest[0] };
  gpointer output = NULL;
  if (!session_call (session, API_OP_PAUSE_DEPLOYMENT, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_pause_deployment_output, output);
    return CLI_EXIT_OK;
  }
  const ApiPauseDeploymentOutput *answer = output;
  printf ("Deployment %s is paused: %s\nGo on with \"slipway resume %s\"\n", rest[0],
          answer != NULL && answer->status_message != NULL ? answer->status_message : "accepted",
          rest[0]);
  return CLI_EXIT_OK;
}

const Verb verb_pause = { "pause", "DEPLOYMENT",
                          "Pauses a deployment: what hosts have begun ends, nothing else starts.",
                          run };
