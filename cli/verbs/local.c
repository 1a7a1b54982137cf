#include <stdio.h>
#include <unistd.h>

#include "agent/script-watcher.h"
#include "cli/local-agent.h"
#include "cli/local-deployment.h"
#include "cli/terminal-text.h"
#include "cli/verb.h"
#include "core/pathname.h"
#include "proto/json-doc.h"

/* The official tool's: one status for every failure (agent.md 7.3). */
#define EXIT_FAILED    1
#define EXIT_BY_SIGNAL 128
#define EVENT_COLUMN   20
#define TOKEN_VARIABLE "CODEDEPLOY_GITHUB_TOKEN"
#define TOOL_VERSION   "1.0" /* the official tool's, which scripts may look at */

typedef struct {
  char *location, *type, *file_exists, *group_id, *group_name, *application, *events, *config,
      *appspec, *token, *output;
  gboolean follow, version;
} Options;

static void
options_clear (Options *options)
{
  char *texts[] = { options->location, options->type,       options->file_exists,
                    options->group_id, options->group_name, options->application,
                    options->events,   options->config,     options->appspec,
                    options->token,    options->output };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (texts[i]);
  }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
check_output (const Options *options, GError **error)
{
  if (options->output == NULL || g_str_equal (options->output, "text") ||
      g_str_equal (options->output, "json")) {
    return TRUE;
  }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--output is \"text\" or \"json\", not \"%s\"", options->output);
  return FALSE;
}

static gboolean
parse_options (char **argv, Options *out, GError **error)
{
  const GOptionEntry entries[] = {
    { "bundle-location", 'l', 0, G_OPTION_ARG_STRING, &out->location,
      "Folder, archive, s3://BUCKET/KEY or https://github.com/OWNER/REPO [this folder]",
      "LOCATION" },
    { "type", 't', 0, G_OPTION_ARG_STRING, &out->type,
      "What is there: directory, tgz, tar or zip [directory]", "TYPE" },
    { "file-exists-behavior", 'b', 0, G_OPTION_ARG_STRING, &out->file_exists,
      "DISALLOW, OVERWRITE or RETAIN; the AppSpec's own wins [DISALLOW]", "WORD" },
    { "deployment-group", 'g', 0, G_OPTION_ARG_STRING, &out->group_id,
      "Whose history goes on: its folder's name [default-local-deployment-group]", "ID" },
    { "deployment-group-name", 'd', 0, G_OPTION_ARG_STRING, &out->group_name,
      "DEPLOYMENT_GROUP_NAME for scripts [LocalFleet]", "NAME" },
    { "application-name", 'a', 0, G_OPTION_ARG_STRING, &out->application,
      "APPLICATION_NAME for scripts [the location]", "NAME" },
    { "events", 'e', 0, G_OPTION_ARG_STRING, &out->events,
      "Run only these, in this order, separated by commas; also your own [all]", "LIST" },
    { "agent-configuration-file", 'c', 0, G_OPTION_ARG_FILENAME, &out->config,
      "The agent's [/etc/codedeploy-agent/conf/codedeployagent.yml]", "FILE" },
    { "appspec-filename", 'A', 0, G_OPTION_ARG_STRING, &out->appspec,
      "The AppSpec's name in the bundle [appspec.yml]", "NAME" },
    { "github-token", 0, 0, G_OPTION_ARG_STRING, &out->token,
      "For a private repository; better in CODEDEPLOY_GITHUB_TOKEN, which other users cannot see",
      "TOKEN" },
    { "follow", 'f', 0, G_OPTION_ARG_NONE, &out->follow, "Show what scripts say while they run",
      NULL },
    { "output", 0, 0, G_OPTION_ARG_STRING, &out->output, "text (for people) or json (stable)",
      "FORMAT" },
    { "version", 'v', 0, G_OPTION_ARG_NONE, &out->version, "Print the tool's version", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_option_context_set_summary (context, verb_local.about);
  g_option_context_set_description (
      context, "Exit status: 0 all events succeeded; 1 anything else; 130 after Ctrl-C. Needs no "
               "server and no root,\nbut a configuration whose root_dir you may write. See "
               "slipway-local(1).\n");
  g_option_context_add_main_entries (context, entries, NULL);

  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_strv_builder_add (builder, g_get_prgname ());
  g_strv_builder_addv (builder, (const char **)argv);
  g_auto (GStrv) words = g_strv_builder_end (builder);
  g_auto (GStrv) rest = g_strdupv (words);
  if (!g_option_context_parse_strv (context, &rest, error)) {
    return FALSE;
  }
  if (rest[0] != NULL && rest[1] != NULL) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "\"%s\" belongs to no option; the bundle is given with --bundle-location",
                 rest[1]);
    return FALSE;
  }
  if (out->location == NULL) {
    out->location = g_get_current_dir ();
  }
  return check_output (out, error);
}

/* Scripts inherit the environment, and the token is none of their business. */
static void
take_token_from_environment (Options *options)
{
  if (options->token == NULL) {
    options->token = g_strdup (g_getenv (TOKEN_VARIABLE));
  }
  g_unsetenv (TOKEN_VARIABLE);
}

static const char *
or_else (const char *given, const char *fallback)
{
  return given != NULL && given[0] != '\0' ? given : fallback;
}

static LocalRequest
request_of (const Options *options)
{
  return (LocalRequest){
    .location = options->location,
    .type = or_else (options->type, "directory"),
    .file_exists = or_else (options->file_exists, "DISALLOW"),
    .group_id = or_else (options->group_id, "default-local-deployment-group"),
    .group_name = or_else (options->group_name, "LocalFleet"),
    .application_name = or_else (options->application, NULL),
    .events = options->events,
    .appspec_filename = or_else (options->appspec, NULL),
    .github_token = or_else (options->token, NULL),
  };
}

/* ---- telling ---- */

typedef struct {
  gboolean json, follow;
  LocalInterrupt *interrupt;
  const char *event;
  char *script; /* path of the one that was started last in this event; NULL: none was */
  json_t *events;
} Teller;

static void
on_script_started (gpointer ctx, const char *path, pid_t pid)
{
  Teller *teller = ctx;
  local_interrupt_script_started (teller->interrupt, pid);
  g_free (teller->script);
  teller->script = g_strdup (path);
  if (teller->follow && !teller->json) {
    printf ("%s: %s\n", teller->event, path);
  }
}

static void
on_script_line (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  const Teller *teller = ctx;
  if (!teller->follow || teller->json) {
    return;
  }
  g_autofree char *text = g_strndup (line, n);
  g_autofree char *safe = terminal_text_line (text);
  printf ("  %s %s\n", stream == HOOK_OUTPUT_STDERR ? "!" : "|", safe);
  fflush (stdout);
}

static void
on_script_ended (gpointer ctx, const char *path)
{
  const Teller *teller = ctx;
  local_interrupt_script_ended (teller->interrupt);
}

static void
on_event_starts (gpointer ctx, const char *event)
{
  Teller *teller = ctx;
  teller->event = event;
  g_clear_pointer (&teller->script, g_free);
}

/* What hooks have nothing to do for succeeds as well, and reads as if they had. */
static const char *
describe_status (const Teller *teller, const LocalEventReport *report)
{
  gboolean is_hook =
      !g_str_equal (report->event, "DownloadBundle") && !g_str_equal (report->event, "Install");
  if (report->result->code != DIAGNOSTICS_OK) {
    return "Failed";
  }
  return is_hook && teller->script == NULL ? "no scripts" : "Succeeded";
}

static gboolean
is_own_script (const CommandResult *result)
{
  return result->script_name != NULL && result->script_name[0] != '\0';
}

static void
tell_failure (const Teller *teller, const CommandResult *result)
{
  g_autofree char *message = terminal_text_line (result->message);
  printf ("\n%s\n", message);
  if (is_own_script (result) && teller->script != NULL) {
    printf ("The script that failed: %s\n", teller->script);
  }
  if (result->log != NULL && !teller->follow) {
    g_autofree char *log = terminal_text_block (result->log, "  | ");
    printf ("%s", log);
  }
  printf ("\n");
}

static void
on_event_ended (gpointer ctx, const LocalEventReport *report)
{
  Teller *teller = ctx;
  const CommandResult *result = report->result;
  gboolean ok = result->code == DIAGNOSTICS_OK;

  if (teller->json) {
    json_array_append_new (
        teller->events,
        json_pack ("{s:s, s:s, s:I, s:i, s:s?, s:s?, s:s}", "lifecycleEventName", report->event,
                   "status", ok ? "Succeeded" : "Failed", "durationMs", (json_int_t)report->took_ms,
                   "errorCode", (int)result->code, "scriptName", result->script_name, "scriptPath",
                   is_own_script (result) ? teller->script : NULL, "message", result->message));
    return;
  }
  printf ("%-*s %-10s %6.1f s\n", EVENT_COLUMN, report->event, describe_status (teller, report),
          (double)report->took_ms / 1000);
  if (!ok) {
    tell_failure (teller, result);
  }
  fflush (stdout);
}

static void
tell_end (const Teller *teller, const LocalDeployment *deployment, const char *folder,
          const char *scripts_log, gboolean succeeded)
{
  int number = local_interrupt_signal (teller->interrupt);
  const char *status = succeeded ? "Succeeded" : (number != 0 ? "Stopped" : "Failed");

  if (teller->json) {
    session_print_json (json_pack ("{s:s, s:s, s:s, s:s, s:O}", "deploymentId",
                                   deployment->spec->deployment_id, "status", status,
                                   "deploymentFolder", folder, "scriptsLog", scripts_log,
                                   "lifecycleEvents", teller->events));
    return;
  }
  printf ("What scripts said: %s\n", scripts_log);
  if (succeeded) {
    printf ("Deployment %s succeeded.\n", deployment->spec->deployment_id);
  }
}

/* ---- doing ---- */

static int
deploy (const Options *options, const AgentConfig *config, const LocalDeployment *deployment,
        GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (json_t) events = json_array ();
  g_autoptr (LocalInterrupt) interrupt = local_interrupt_new (config->hook_term_grace_ms);
  Teller teller = { .json = g_strcmp0 (options->output, "json") == 0,
                    .follow = options->follow,
                    .interrupt = interrupt,
                    .events = events };
  const ScriptWatcher watcher = { on_script_started, on_script_line, on_script_ended, &teller };
  const LocalObserver observer = { on_event_starts, on_event_ended, &teller };
  g_autoptr (LocalAgent) agent = local_agent_new (config, &watcher, interrupt, error);
  if (agent == NULL || !local_agent_prepare (agent, deployment->spec->revision.type, error)) {
    return EXIT_FAILED;
  }

  const BundleContext *context = local_agent_context (agent);
  const char *folder = host_deployment_dir (context->host, deployment->spec->group_id,
                                            deployment->spec->deployment_id, arena);
  const char *scripts_log = pathname_join (folder, "logs/scripts.log", arena);
  if (!teller.json) {
    printf ("Deployment folder: %s\n", folder);
  }
  gboolean succeeded = local_deployment_run (context, deployment, interrupt, &observer);
  tell_end (&teller, deployment, folder, scripts_log, succeeded);
  g_free (teller.script);
  int number = local_interrupt_signal (interrupt);
  return number != 0 ? EXIT_BY_SIGNAL + number : (succeeded ? 0 : EXIT_FAILED);
}

static int
run_options (const Options *options, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  LocalRequest request = request_of (options);
  const char *config_file =
      or_else (options->config, "/etc/codedeploy-agent/conf/codedeployagent.yml");
  LocalDeployment deployment;

  const AgentConfig *config = agent_config_load (config_file, arena, error);
  if (config == NULL) {
    return EXIT_FAILED;
  }
  request.github_endpoint = config->github_endpoint;
  if (!local_deployment_prepare (&request, ambient_system (), arena, &deployment, error)) {
    return EXIT_FAILED;
  }
  return deploy (options, config, &deployment, error);
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) problem = NULL;

  if (g_get_prgname () == NULL || !g_str_equal (g_get_prgname (), "codedeploy-local")) {
    g_set_prgname ("slipway local");
  }
  int status = EXIT_FAILED;
  if (parse_options (argv, &options, &problem)) {
    if (options.version) {
      printf ("%s\n", TOOL_VERSION);
      return 0;
    }
    take_token_from_environment (&options);
    status = run_options (&options, &problem);
  }
  if (problem != NULL) {
    g_autofree char *text = terminal_text_line (problem->message);
    fflush (stdout);
    fprintf (stderr, "%s: ERROR: %s\n", g_get_prgname (), text);
    return EXIT_FAILED;
  }
  return status;
}

const Verb verb_local = { "local", "[OPTION...]",
                          "Deploys a bundle to this machine, without a server.", run };
