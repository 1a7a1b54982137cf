#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/watch.h"
#include "proto/api-types.h"

static int
run (Session *session, char **argv, GError **error)
{
  gboolean termination = FALSE, wait = FALSE;
  const GOptionEntry entries[] = {
    { "termination", 0, 0, G_OPTION_ARG_NONE, &termination,
      "End the wait before the original hosts are let go, not the one before traffic moves", NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Watch until the deployment is over", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_continue, entries, argv, &rest, error) ||
      !positional_exactly (&verb_continue, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiContinueDeploymentInput input = { .deployment_id = rest[0],
                                             .deployment_wait_type =
                                                 termination ? "TERMINATION_WAIT" : "READY_WAIT" };
  if (!session_call (session, API_OP_CONTINUE_DEPLOYMENT, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Deployment %s goes on\n", rest[0]);
    fflush (stdout);
  }
  return wait ? watch_deployment (session, rest[0], 0, error) : CLI_EXIT_OK;
}

const Verb verb_continue = { "continue", "DEPLOYMENT",
                             "Ends the wait of a blue/green deployment: traffic moves to the new "
                             "hosts.",
                             run };
