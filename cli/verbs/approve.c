#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "cli/watch.h"
#include "proto/api-types.h"

static void
print_answer (Session *session, const char *deployment_id, const ApiApproveDeploymentOutput *answer)
{
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_approve_deployment_output, answer);
    return;
  }
  g_autofree char *message = terminal_text_line (answer != NULL ? answer->status_message : NULL);
  if (*message != '\0') {
    printf ("%s\n", message);
  } else {
    printf ("Deployment %s: accepted\n", deployment_id);
  }
  fflush (stdout);
}

static int
run (Session *session, char **argv, GError **error)
{
  gboolean wait = FALSE;
  g_autofree char *wave = NULL;
  const GOptionEntry entries[] = {
    { "wave", 0, 0, G_OPTION_ARG_STRING, &wave, "Only if it is this wave that waits", "NAME" },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Watch until the deployment is over", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_approve, entries, argv, &rest, error) ||
      !positional_exactly (&verb_approve, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiApproveDeploymentInput input = { .deployment_id = rest[0], .wave_name = wave };
  gpointer output = NULL;
  if (!session_call (session, API_OP_APPROVE_DEPLOYMENT, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (!wait || session_output (session) == SESSION_OUTPUT_TEXT) {
    print_answer (session, rest[0], output);
  }
  return wait ? watch_deployment (session, rest[0], 0, error) : CLI_EXIT_OK;
}

const Verb verb_approve = { "approve", "DEPLOYMENT",
                            "Lets the wave begin that a deployment waits with.", run };
