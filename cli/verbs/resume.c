#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/watch.h"
#include "proto/api-types.h"

static int
run (Session *session, char **argv, GError **error)
{
  gboolean wait = FALSE;
  const GOptionEntry entries[] = {
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Watch until the deployment is over", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_resume, entries, argv, &rest, error) ||
      !positional_exactly (&verb_resume, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiResumeDeploymentInput input = { .deployment_id = rest[0] };
  if (!session_call (session, API_OP_RESUME_DEPLOYMENT, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Deployment %s goes on\n", rest[0]);
    fflush (stdout);
  }
  return wait ? watch_deployment (session, rest[0], 0, error) : CLI_EXIT_OK;
}

const Verb verb_resume = { "resume", "DEPLOYMENT", "Lets a paused deployment go on.", run };
