#include "agent/hook-run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/hook-environment.h"
#include "agent/hook-process.h"
#include "agent/hook-script.h"
#include "agent/running-script.h"
#include "agent/script-watcher.h"

/* What a shell, env and su exit with when they cannot start something. */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

typedef struct {
  const HookRun *run;
  const AppSpecScript *script;
  Arena *arena;
  HookScript file;
  const HookUser *user; /* NULL: as the agent, or whoever sudo and su make of it */
  const char *helper;   /* "sudo" or "su", which starts it; NULL: nobody */
} Start;

static void fail_script (CommandResult *out, DiagnosticsErrorCode code, const AppSpecScript *script,
                         const char *format, ...) G_GNUC_PRINTF (4, 5);

static void
fail_script (CommandResult *out, DiagnosticsErrorCode code, const AppSpecScript *script,
             const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  out->code = code;
  out->script_name = g_strdup (script->location);
  out->message =
      script->runas != NULL
          ? g_strdup_printf ("Script at specified location: %s run as user %s %s", script->location,
                             script->runas, what)
          : g_strdup_printf ("Script at specified location: %s %s", script->location, what);
}

/* ---- before the start ---- */

static gboolean
find_file (Start *start, CommandResult *out)
{
  const HookRun *run = start->run;
  HookScriptLinks links = run->host->config->allow_outside_links_in_bundle
                              ? HOOK_SCRIPT_LINKS_ANYWHERE
                              : HOOK_SCRIPT_LINKS_INSIDE;
  g_autoptr (GError) error = NULL;

  if (!hook_script_find (run->archive_dir, start->script->location, links, start->arena,
                         &start->file, &error)) {
    DiagnosticsErrorCode code =
        g_error_matches (error, HOOK_SCRIPT_ERROR, HOOK_SCRIPT_ERROR_NOT_EXECUTABLE)
            ? DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE
            : DIAGNOSTICS_SCRIPT_MISSING;
    fail_script (out, code, start->script, "%s", error->message);
    return FALSE;
  }
  if (start->file.made_executable)
    agent_log (run->host->log, AGENT_LOG_WARN, "%s was not executable and has been made so",
               start->file.path);
  return TRUE;
}

/* Who runs it, and by whose help. */
static gboolean
choose_user (Start *start, CommandResult *out)
{
  const AppSpecScript *script = start->script;
  gboolean is_root = geteuid () == 0;
  g_autoptr (GError) error = NULL;

  if (script->sudo)
    start->helper = "sudo";
  if (script->runas == NULL || script->sudo)
    return TRUE;
  const HookUser *user = hook_user_find (script->runas, start->arena, &error);
  if (user == NULL) {
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "could not be started: %s",
                 error->message);
    return FALSE;
  }
  if (is_root ? !start->run->host->config->hook_runas_su : user->spawn.uid == geteuid ())
    start->user = user;
  else
    start->helper = "su";
  return TRUE;
}

/* su hands its last word to a shell, so that one is quoted. */
static GPtrArray *
arguments_of (const Start *start)
{
  const AppSpecScript *script = start->script;
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  if (script->sudo)
    g_ptr_array_add (argv, g_strdup ("sudo"));
  if (script->runas != NULL && start->user == NULL) {
    g_ptr_array_add (argv, g_strdup ("su"));
    g_ptr_array_add (argv, g_strdup (script->runas));
    g_ptr_array_add (argv, g_strdup ("-c"));
    g_ptr_array_add (argv, g_shell_quote (start->file.path));
  } else {
    g_ptr_array_add (argv, g_strdup (start->file.path));
  }
  g_ptr_array_add (argv, NULL);
  return argv;
}

/* ---- while it runs ---- */

static void
on_started (gpointer ctx, pid_t pid)
{
  const Start *start = ctx;
  const HookRun *run = start->run;
  const ScriptWatcher *watcher = run->host->watcher;
  g_autoptr (GError) error = NULL;
  if (watcher != NULL)
    watcher->started (watcher->ctx, start->file.path, pid);
  /* without the note the script would go on after this agent was killed, which is no reason not to run it */
  if (!running_script_note (run->host, run->spec->deployment_id, pid, &error))
    agent_log (run->host->log, AGENT_LOG_WARN, "%s", error->message);
}

static void
on_line (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  const HookRun *run = ((const Start *)ctx)->run;
  const ScriptWatcher *watcher = run->host->watcher;
  script_log_line (run->log, stream == HOOK_OUTPUT_STDOUT ? "[stdout]" : "[stderr]", line, n);
  if (watcher != NULL)
    watcher->line (watcher->ctx, stream, line, n);
}

static void
on_quiet (gpointer ctx)
{
  script_log_flush (((const Start *)ctx)->run->log);
}

static const char *
holder_text (const char *holder)
{
  return holder[0] != '\0' ? holder : "a process that the agent cannot see";
}

static void
on_held (gpointer ctx, const char *holder)
{
  const Start *start = ctx;
  const HookRun *run = start->run;
  gint64 grace_ms = run->host->config->hook_output_grace_ms;
  g_autofree char *until =
      grace_ms > 0 ? g_strdup_printf ("for %g seconds after its end", (double)grace_ms / 1000)
                   : g_strdup_printf ("until its timeout of %" G_GINT64_FORMAT " seconds",
                                      start->script->timeout_s);
  agent_log (run->host->log, AGENT_LOG_WARN,
             "%s of %s has ended, but its output is still open: %s holds it; waiting %s, after "
             "which the event fails",
             start->script->location, run->event, holder_text (holder), until);
}

/* ---- after its end ---- */

static const char *
line_end_hint (const Start *start)
{
  return start->file.has_cr_lf ? "; its first line ends in CR LF: give the file Unix line ends"
                               : "";
}

static void
judge_refusal (const Start *start, const HookResult *result, CommandResult *out)
{
  g_autofree char *place = g_strndup (start->file.path, result->refused_length);
  gboolean is_folder = start->file.path[result->refused_length] != '\0';
  struct stat status;

  if (result->start_errno == EACCES && stat (place, &status) == 0)
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, start->script,
                 "could not be started: the %s \"%s\" is closed to that user (mode %04o, owner %u, "
                 "group %u)",
                 is_folder ? "folder" : "file", place, status.st_mode & 07777, status.st_uid,
                 status.st_gid);
  else
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, start->script,
                 "could not be started: that user cannot get at \"%s\": %s", place,
                 g_strerror (result->start_errno));
}

static void
judge_exec (const Start *start, int saved_errno, CommandResult *out)
{
  const AppSpecScript *script = start->script;
  const char *interpreter = start->file.interpreter;

  if (start->helper != NULL && saved_errno == ENOENT)
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script,
                 "could not be started: the program %s is not installed on this host",
                 start->helper);
  else if (start->helper == NULL && interpreter != NULL && saved_errno == ENOENT)
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script,
                 "could not be started: the interpreter that its first line names does not exist: "
                 "\"%s%s\"%s",
                 interpreter, start->file.has_cr_lf ? "\\r" : "", line_end_hint (start));
  else if (start->helper == NULL && saved_errno == EACCES)
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script,
                 "could not be started: %s (%s%s%sor the file system is mounted noexec)",
                 g_strerror (saved_errno), interpreter != NULL ? "its interpreter " : "",
                 interpreter != NULL ? interpreter : "",
                 interpreter != NULL ? " is not executable, " : "");
  else
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "could not be started: %s",
                 g_strerror (saved_errno));
}

static void
judge_no_start (const Start *start, const HookResult *result, CommandResult *out)
{
  switch (result->start_stage) {
  case HOOK_SPAWN_REACHING:
    judge_refusal (start, result, out);
    return;
  case HOOK_SPAWN_EXECUTING:
    judge_exec (start, result->start_errno, out);
    return;
  case HOOK_SPAWN_BECOMING_USER:
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, start->script,
                 "could not be started: the system does not let the agent become that user: %s",
                 g_strerror (result->start_errno));
    return;
  case HOOK_SPAWN_PREPARING:
  default:
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, start->script, "could not be started: %s",
                 g_strerror (result->start_errno));
    return;
  }
}

static void
judge_status (const Start *start, int status, CommandResult *out)
{
  gboolean may_be_ours = status == STATUS_NOT_EXECUTABLE || status == STATUS_NOT_FOUND;
  const char *hint = may_be_ours ? line_end_hint (start) : "";

  if (status == 0)
    return;
  if (start->helper != NULL && geteuid () != 0 && start->script->runas != NULL &&
      !start->script->sudo)
    hint = "; an agent that does not run as root needs \"sudo: true\" beside \"runas\", and a rule "
           "for it in sudoers";
  fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, start->script, "failed with exit code %d%s", status,
               hint);
}

static void
judge_end (const Start *start, const HookResult *result, CommandResult *out)
{
  const AppSpecScript *script = start->script;

  switch (result->end) {
  case HOOK_EXITED:
    judge_status (start, result->status, out);
    return;
  case HOOK_SIGNALLED:
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "was ended by signal %d (%s)",
                 result->status, g_strsignal (result->status));
    return;
  case HOOK_LOST:
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "ended, but its exit status was lost");
    return;
  case HOOK_TIMED_OUT:
  case HOOK_TIMED_OUT_ALIVE:
    fail_script (
        out, DIAGNOSTICS_SCRIPT_TIMED_OUT, script,
        "did not complete within its timeout of %" G_GINT64_FORMAT " seconds%s", script->timeout_s,
        result->end == HOOK_TIMED_OUT_ALIVE ? ", and could not be ended: it still runs" : "");
    return;
  case HOOK_OUTPUT_OPEN:
    fail_script (out, DIAGNOSTICS_OUTPUTS_LEFT_OPEN, script,
                 "ended, but its output was still held open by %s when the time for that was over; "
                 "redirect the output of background processes",
                 holder_text (result->holder));
    return;
  case HOOK_NOT_STARTED:
  default:
    judge_no_start (start, result, out);
    return;
  }
}

static void
execute (Start *start, CommandResult *out)
{
  const HookRun *run = start->run;
  const AgentConfig *config = run->host->config;
  HookEnvironment environment = { run->event, run->spec, run->host->identity, run->observed_etag,
                                  start->user };
  g_autoptr (GPtrArray) argv = arguments_of (start);
  g_autoptr (GPtrArray) envp = hook_environment_new (&environment, (const char *const *)environ);
  HookProcess process = {
    .argv = (const char *const *)argv->pdata,
    .envp = (const char *const *)envp->pdata,
    .timeout_ms = start->script->timeout_s * 1000,
    .term_grace_ms = config->hook_term_grace_ms,
    .output_grace_ms = config->hook_output_grace_ms,
    .line = on_line,
    .quiet = on_quiet,
    .held = on_held,
    .started = on_started,
    .ctx = start,
  };
  if (start->user != NULL && geteuid () == 0) {
    process.user = &start->user->spawn;
    process.access = start->file.must_be_readable ? R_OK | X_OK : X_OK;
  }
  HookResult result = hook_process_run (&process);
  judge_end (start, &result, out);
  if (run->host->watcher != NULL)
    run->host->watcher->ended (run->host->watcher->ctx, start->file.path);

  g_autoptr (GError) error = NULL;
  if (!running_script_forget (run->host, run->spec->deployment_id, &error))
    agent_log (run->host->log, AGENT_LOG_WARN, "%s", error->message);
}

void
hook_run_script (const HookRun *run, const AppSpecScript *script, CommandResult *out)
{
  g_autoptr (Arena) arena = arena_new ();
  Start start = { .run = run, .script = script, .arena = arena };

  g_autofree char *header = g_strdup_printf ("Script - %s", script->location);
  script_log_line (run->log, "", header, strlen (header));
  script_log_flush (run->log);
  if (find_file (&start, out) && choose_user (&start, out))
    execute (&start, out);
}
