#include "cli/verb.h"

#include <stdio.h>

#include "cli/deploy-request.h"
#include "cli/exit-status.h"
#include "cli/plan-text.h"
#include "cli/positional.h"
#include "cli/s3-url.h"
#include "cli/terminal-text.h"

/* The two inputs have these members in common, by the same names and of the same types. */
static ApiPlanDeploymentInput
as_plan (const ApiCreateDeploymentInput *input)
{
  return (ApiPlanDeploymentInput){
    .application_name = input->application_name,
    .deployment_group_name = input->deployment_group_name,
    .revision = input->revision,
    .deployment_config_name = input->deployment_config_name,
    .description = input->description,
    .ignore_application_stop_failures = input->ignore_application_stop_failures,
    .file_exists_behavior = input->file_exists_behavior,
    .target_instances = input->target_instances,
    .waves = input->waves,
  };
}

static void
append_each (GString *out, const char *option, char **values)
{
  for (gsize i = 0; values != NULL && values[i] != NULL; i++) {
    g_autofree char *quoted = g_shell_quote (values[i]);
    g_string_append_printf (out, " %s %s", option, quoted);
  }
}

/* What the plan was asked for, as an option each, so that the next command can be copied. */
static char *
next_command (const DeployRequest *request, const char *revision, const char *token)
{
  g_autoptr (GString) out = g_string_new ("slipway deploy");
  const struct {
    const char *option, *value;
  } options[] = {
    { "--application", request->application },
    { "--group", request->group },
    { "--revision", revision },
    { "--config", request->config },
    { "--file-exists", request->file_exists },
    { "--plan", token },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    if (options[i].value == NULL) {
      continue;
    }
    g_autofree char *quoted = g_shell_quote (options[i].value);
    g_string_append_printf (out, " %s %s", options[i].option, quoted);
  }
  append_each (out, "--wave", request->waves);
  append_each (out, "--replacement-tag", request->replacement_tags);
  append_each (out, "--replacement-asg", request->replacement_groups);
  if (request->ignore_stop_failures) {
    g_string_append (out, " --ignore-stop-failures");
  }
  return terminal_text_line (out->str);
}

static void
print_plan (Session *session, const DeployRequest *request, const ApiPlanDeploymentOutput *plan,
            Arena *arena)
{
  g_autofree char *revision = terminal_text_line (s3_url_describe (plan->revision, arena));
  g_autofree char *group = g_strdup_printf ("%s/%s", request->application, request->group);
  g_autofree char *safe_group = terminal_text_line (group);
  g_autofree char *text =
      plan_text (plan, MIN (session_columns (session), 100), g_get_real_time () / 1000);
  printf ("Plan for %s: %s\n%s", safe_group, revision, text);
  if (plan_text_is_blocked (plan)) {
    printf ("\nAs things are, this deployment would not get to its hosts.\n");
    return;
  }
  if (plan->plan_token == NULL) {
    printf ("\nThis plan has gaps, so it cannot be carried out: look at a new one.\n");
    return;
  }
  g_autofree char *command =
      next_command (request, s3_url_describe (plan->revision, arena), plan->plan_token);
  printf ("\nCarry it out, unless something changes meanwhile:\n  %s\n", command);
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (DeployRequest) request = { 0 };
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    DEPLOY_REQUEST_ENTRIES (&request),
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "The same as --output json", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_plan, entries, argv, &rest, error) ||
      !positional_exactly (&verb_plan, rest, 0, error) ||
      !deploy_request_check (&verb_plan, &request, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  ApiCreateDeploymentInput creation;
  if (!deploy_request_input (session, &verb_plan, &request, arena, &creation, error)) {
    return CLI_EXIT_INPUT;
  }
  const ApiPlanDeploymentInput input = as_plan (&creation);
  gpointer output = NULL;
  if (!session_call (session, API_OP_PLAN_DEPLOYMENT, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiPlanDeploymentOutput *plan = output;
  if (plan == NULL || plan->hosts == NULL) {
    g_set_error_literal (error, CLI_ERROR, CLI_EXIT_UNREACHABLE, "the server's answer has no plan");
    return CLI_EXIT_UNREACHABLE;
  }
  if (json || session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_plan_deployment_output, plan);
  } else {
    print_plan (session, &request, plan, arena);
  }
  return plan_text_is_blocked (plan) || plan->plan_token == NULL ? CLI_EXIT_WRONG : CLI_EXIT_OK;
}

const Verb verb_plan = { "plan", "", "Shows what a deployment would do, and what could stop it.",
                         run };
