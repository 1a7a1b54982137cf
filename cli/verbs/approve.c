#include "cli/verb.h"

#include <stdio.h>

#include "cli/awaited-wave.h"
#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "cli/watch.h"
#include "proto/api-types.h"

static void
print_answer (Session *session, const ApiApproveDeploymentInput *asked,
              const ApiApproveDeploymentOutput *answer)
{
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_approve_deployment_output, answer);
    return;
  }
  g_autofree char *message = terminal_text_line (answer != NULL ? answer->status_message : NULL);
  if (*message != '\0') {
    printf ("%s\n", message);
  } else {
    g_autofree char *wave = terminal_text_line (asked->wave_name);
    printf ("Wave %s of deployment %s: approved\n", wave, asked->deployment_id);
  }
  fflush (stdout);
}

/* The wave that the deployment waits with now. Lives in arena. */
static const char *
find_wave (Session *session, const char *deployment_id, Arena *arena, GError **error)
{
  const ApiGetDeploymentInput input = { .deployment_id = deployment_id };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_DEPLOYMENT, &input, arena, &output, error)) {
    return NULL;
  }
  const ApiGetDeploymentOutput *got = output;
  if (got == NULL || got->deployment_info == NULL || got->deployment_info->deployment_id == NULL ||
      got->deployment_info->status == NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
                 "the server's answer about deployment %s has no status", deployment_id);
    return NULL;
  }
  return awaited_wave (got->deployment_info, error);
}

/* A lost answer says nothing of whether the wave begins; what is asked again must name it. */
static gboolean
approve (Session *session, const ApiApproveDeploymentInput *input, Arena *arena,
         gpointer *out_answer, GError **error)
{
  g_autoptr (GError) reason = NULL;
  if (session_call (session, API_OP_APPROVE_DEPLOYMENT, input, arena, out_answer, &reason)) {
    return TRUE;
  }
  if (cli_exit_status (reason) == CLI_EXIT_UNREACHABLE) {
    g_autofree char *wave = g_shell_quote (input->wave_name);
    g_prefix_error (&reason,
                    "the approval may have arrived; ask again with slipway approve %s --wave %s: ",
                    input->deployment_id, wave);
  }
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static int
run (Session *session, char **argv, GError **error)
{
  gboolean wait = FALSE;
  g_autofree char *wave = NULL;
  const GOptionEntry entries[] = {
    { "wave", 0, 0, G_OPTION_ARG_STRING, &wave,
      "Only if it is this wave that waits [the one that waits now]", "NAME" },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, "Watch until the deployment is over", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_approve, entries, argv, &rest, error) ||
      !positional_exactly (&verb_approve, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiApproveDeploymentInput input = {
    .deployment_id = rest[0],
    .wave_name = wave != NULL ? wave : find_wave (session, rest[0], arena, error),
  };
  gpointer answer = NULL;
  if (input.wave_name == NULL || !approve (session, &input, arena, &answer, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (!wait || session_output (session) == SESSION_OUTPUT_TEXT) {
    print_answer (session, &input, answer);
  }
  return wait ? watch_deployment (session, rest[0], 0, error) : CLI_EXIT_OK;
}

const Verb verb_approve = { "approve", "DEPLOYMENT",
                            "Lets the wave begin that a deployment waits with.", run };
