#include "agent/lifecycle-event.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/hook-process.h"
#include "agent/running-script.h"
#include "agent/script-log.h"
#include "agent/script-watcher.h"
#include "core/pathname.h"

/* Which revision an event uses while the deployment has not been downloaded (agent.md 5.1). */
typedef enum {
  USES_CURRENT,
  USES_LAST_SUCCESSFUL,
  USES_MOST_RECENT
} Uses;

static const struct {
  const char *event;
  Uses normal, blue_green_rollback;
} event_table[] = {
  { "BeforeBlockTraffic", USES_LAST_SUCCESSFUL, USES_MOST_RECENT },
  { "AfterBlockTraffic", USES_LAST_SUCCESSFUL, USES_MOST_RECENT },
  { "ApplicationStop", USES_LAST_SUCCESSFUL, USES_LAST_SUCCESSFUL },
  { "BeforeInstall", USES_CURRENT, USES_CURRENT },
  { "AfterInstall", USES_CURRENT, USES_CURRENT },
  { "ApplicationStart", USES_CURRENT, USES_CURRENT },
  { "BeforeAllowTraffic", USES_CURRENT, USES_LAST_SUCCESSFUL },
  { "AfterAllowTraffic", USES_CURRENT, USES_LAST_SUCCESSFUL },
  { "ValidateService", USES_CURRENT, USES_CURRENT },
};

/* Secrets that the agent may have been started with; scripts get none of them. */
static const char *const kept_back[] = {
  "AWS_ACCESS_KEY",        "AWS_SECRET_KEY",       "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",    "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_FILE",   "AWS_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
};

/* Set by us below, so that inherited ones go. */
static const char *const replaced[] = {
  "LIFECYCLE_EVENT",     "DEPLOYMENT_ID", "APPLICATION_NAME", "DEPLOYMENT_GROUP_NAME",
  "DEPLOYMENT_GROUP_ID", "BUNDLE_BUCKET", "BUNDLE_KEY",       "BUNDLE_VERSION",
  "BUNDLE_ETAG",         "BUNDLE_COMMIT", "AWS_REGION",       "AWS_HOST_IDENTIFIER",
};

typedef struct {
  const AgentHost *host;
  const DeploymentSpec *spec;
  const char *event;
  Arena *arena;
  const char *archive_dir; /* NULL: nothing to run */
  const AppSpecHook *hook; /* NULL: nothing to run */
} Event;

gboolean
lifecycle_event_is_hook (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (event_table); i++)
    if (strcmp (event_table[i].event, name) == 0)
      return TRUE;
  return FALSE;
}

static Uses
uses_of (const DeploymentSpec *spec, const char *event)
{
  gboolean blue_green_rollback =
      strcmp (spec->creator, "codeDeployRollback") == 0 && strcmp (spec->type, "BLUE_GREEN") == 0;
  for (gsize i = 0; i < G_N_ELEMENTS (event_table); i++)
    if (strcmp (event_table[i].event, event) == 0)
      return blue_green_rollback ? event_table[i].blue_green_rollback : event_table[i].normal;
  return USES_CURRENT;
}

static gboolean
is_directory (const char *path)
{
  struct stat status;
  return stat (path, &status) == 0 && S_ISDIR (status.st_mode);
}

/* The unpacked revision whose scripts run; NULL in archive_dir when there is no such revision. */
static gboolean
choose_revision (Event *event, GError **error)
{
  const char *current = host_deployment_dir (event->host, event->spec->group_id,
                                             event->spec->deployment_id, event->arena);
  const char *current_archive = host_archive_dir (current, event->arena);
  Uses uses = uses_of (event->spec, event->event);

  if (uses == USES_CURRENT || is_directory (current_archive)) {
    event->archive_dir = current_archive;
    return TRUE;
  }
  HostPointer which = uses == USES_LAST_SUCCESSFUL ? HOST_LAST_SUCCESSFUL : HOST_MOST_RECENT;
  const char *older;
  if (!host_read_pointer (event->host, event->spec->group_id, which, event->arena, &older, error))
    return FALSE;
  if (older == NULL)
    return TRUE;
  event->archive_dir = host_archive_dir (older, event->arena);
  if (!is_directory (event->archive_dir)) {
    agent_log (event->host->log, AGENT_LOG_WARN,
               "%s: the revision at %s is gone, so %s has nothing to run",
               event->spec->deployment_id, event->archive_dir, event->event);
    event->archive_dir = NULL;
  }
  return TRUE;
}

static gboolean
load_hook (Event *event, GError **error)
{
  gsize n = 0;

  if (!choose_revision (event, error))
    return FALSE;
  if (event->archive_dir == NULL)
    return TRUE;
  g_autofree char *text =
      host_read_appspec (event->archive_dir, event->spec->appspec_filename, &n, error);
  if (text == NULL)
    return FALSE;
  const AppSpec *appspec = appspec_parse (text, n, event->arena, error);
  if (appspec == NULL) {
    g_prefix_error (error, "the AppSpec file \"%s\" in \"%s\" is not valid: ",
                    event->spec->appspec_filename, event->archive_dir);
    return FALSE;
  }
  event->hook = appspec_hook (appspec, event->event);
  return TRUE;
}

gboolean
lifecycle_event_is_noop (const AgentHost *host, const DeploymentSpec *spec, const char *name,
                         gboolean *out, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Event event = { .host = host, .spec = spec, .event = name, .arena = arena };
  if (!load_hook (&event, error))
    return FALSE;
  *out = event.hook == NULL;
  return TRUE;
}

static gboolean
is_named (const char *variable, const char *const *names, gsize n)
{
  gsize length = strcspn (variable, "=");
  for (gsize i = 0; i < n; i++)
    if (strlen (names[i]) == length && strncmp (variable, names[i], length) == 0)
      return TRUE;
  return FALSE;
}

static void
add_variable (GPtrArray *envp, const char *name, const char *value)
{
  if (value != NULL)
    g_ptr_array_add (envp, g_strdup_printf ("%s=%s", name, value));
}

static GPtrArray *
environment_of (const Event *event)
{
  const DeploymentSpec *spec = event->spec;
  GPtrArray *envp = g_ptr_array_new_with_free_func (g_free);

  for (char **at = environ; at != NULL && *at != NULL; at++)
    if (!is_named (*at, kept_back, G_N_ELEMENTS (kept_back)) &&
        !is_named (*at, replaced, G_N_ELEMENTS (replaced)))
      g_ptr_array_add (envp, g_strdup (*at));
  add_variable (envp, "LIFECYCLE_EVENT", event->event);
  add_variable (envp, "DEPLOYMENT_ID", spec->deployment_id);
  add_variable (envp, "APPLICATION_NAME", spec->application_name);
  add_variable (envp, "DEPLOYMENT_GROUP_NAME", spec->group_name);
  add_variable (envp, "DEPLOYMENT_GROUP_ID", spec->group_id);
  if (event->host->identity != NULL) {
    add_variable (envp, "AWS_REGION", event->host->identity->region);
    add_variable (envp, "AWS_HOST_IDENTIFIER", event->host->identity->host_identifier);
  }
  if (spec->revision.type == SPEC_REVISION_S3) {
    add_variable (envp, "BUNDLE_BUCKET", spec->revision.bucket);
    add_variable (envp, "BUNDLE_KEY", spec->revision.key);
    add_variable (envp, "BUNDLE_VERSION", spec->revision.version);
    add_variable (envp, "BUNDLE_ETAG", spec->revision.etag);
  } else if (spec->revision.type == SPEC_REVISION_GITHUB) {
    add_variable (envp, "BUNDLE_COMMIT", spec->revision.commit_id);
  }
  g_ptr_array_add (envp, NULL);
  return envp;
}

/* What a running script's process tells. */
typedef struct {
  const Event *event;
  ScriptLog *log;
  const char *path;
} Listener;

static void
on_started (gpointer ctx, pid_t pid)
{
  const Listener *listener = ctx;
  const Event *event = listener->event;
  const ScriptWatcher *watcher = event->host->watcher;
  g_autoptr (GError) error = NULL;
  if (watcher != NULL)
    watcher->started (watcher->ctx, listener->path, pid);
  /* without the note the script would go on after this agent was killed, which is no reason not to run it */
  if (!running_script_note (event->host, event->spec->deployment_id, pid, &error))
    agent_log (event->host->log, AGENT_LOG_WARN, "%s", error->message);
}

static void
on_line (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  g_autoptr (GString) entry = g_string_new (stream == HOOK_OUTPUT_STDOUT ? "[stdout]" : "[stderr]");
  g_string_append_len (entry, line, (gssize)n);
  const Listener *listener = ctx;
  const ScriptWatcher *watcher = listener->event->host->watcher;
  script_log_entry (listener->log, entry->str, entry->len);
  if (watcher != NULL)
    watcher->line (watcher->ctx, stream, line, n);
}

static void
on_quiet (gpointer ctx)
{
  script_log_flush (((Listener *)ctx)->log);
}

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

/* The script's path, executable; NULL with out filled in otherwise. */
static char *
prepare_script (const Event *event, const AppSpecScript *script, CommandResult *out)
{
  const char *inside = pathname_normalise_inside (script->location, event->arena);
  struct stat status;

  if (inside == NULL || inside[0] == '\0') {
    fail_script (out, DIAGNOSTICS_SCRIPT_MISSING, script, "is not inside the revision");
    return NULL;
  }
  g_autofree char *relative = g_build_filename (event->archive_dir, inside, NULL);
  g_autofree char *path = g_canonicalize_filename (relative, NULL);
  if (stat (path, &status) != 0 || !S_ISREG (status.st_mode)) {
    fail_script (out, DIAGNOSTICS_SCRIPT_MISSING, script, "does not exist: %s", path);
    return NULL;
  }
  if (access (path, X_OK) != 0) {
    agent_log (event->host->log, AGENT_LOG_WARN, "%s: %s is not executable; making it so",
               event->spec->deployment_id, path);
    if (chmod (path, (status.st_mode & 07777) | 0111) != 0) {
      fail_script (out, DIAGNOSTICS_SCRIPT_NOT_EXECUTABLE, script,
                   "is not executable and could not be made so: %s", g_strerror (errno));
      return NULL;
    }
  }
  return g_steal_pointer (&path);
}

/* agent.md 5.3. su hands its last word to a shell, so that one is quoted. */
static GPtrArray *
arguments_of (const AppSpecScript *script, const char *path)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  if (script->sudo)
    g_ptr_array_add (argv, g_strdup ("sudo"));
  if (script->runas != NULL) {
    g_ptr_array_add (argv, g_strdup ("su"));
    g_ptr_array_add (argv, g_strdup (script->runas));
    g_ptr_array_add (argv, g_strdup ("-c"));
    g_ptr_array_add (argv, g_shell_quote (path));
  } else {
    g_ptr_array_add (argv, g_strdup (path));
  }
  g_ptr_array_add (argv, NULL);
  return argv;
}

static void
judge_end (const AppSpecScript *script, HookResult result, CommandResult *out)
{
  switch (result.end) {
  case HOOK_EXITED:
    if (result.status != 0)
      fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "failed with exit code %d",
                   result.status);
    return;
  case HOOK_SIGNALLED:
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "was ended by signal %d (%s)",
                 result.status, g_strsignal (result.status));
    return;
  case HOOK_TIMED_OUT:
    fail_script (out, DIAGNOSTICS_SCRIPT_TIMED_OUT, script,
                 "did not complete within its timeout of %" G_GINT64_FORMAT " seconds",
                 script->timeout_s);
    return;
  case HOOK_OUTPUT_OPEN:
    fail_script (out, DIAGNOSTICS_OUTPUTS_LEFT_OPEN, script,
                 "ended, but a process it started still held its output after %" G_GINT64_FORMAT
                 " seconds; redirect the output of background processes",
                 script->timeout_s);
    return;
  case HOOK_NOT_STARTED:
  default:
    /* the script itself is there: that was looked at before */
    fail_script (out, DIAGNOSTICS_SCRIPT_FAILED, script, "could not be started: %s%s",
                 g_strerror (result.start_errno),
                 result.start_errno == ENOENT && script->runas == NULL && !script->sudo
                     ? " (the interpreter that its first line names; lines must not end in CR LF)"
                     : "");
    return;
  }
}

static void
run_script (const Event *event, const AppSpecScript *script, ScriptLog *log, CommandResult *out)
{
  g_autofree char *header = g_strdup_printf ("Script - %s", script->location);
  script_log_entry (log, header, strlen (header));
  script_log_flush (log);
  g_autofree char *path = prepare_script (event, script, out);
  if (path == NULL)
    return;
  g_autoptr (GPtrArray) argv = arguments_of (script, path);
  g_autoptr (GPtrArray) envp = environment_of (event);
  Listener listener = { event, log, path };
  HookProcess process = {
    .argv = (const char *const *)argv->pdata,
    .envp = (const char *const *)envp->pdata,
    .timeout_ms = script->timeout_s * 1000,
    .term_grace_ms = event->host->config->hook_term_grace_ms,
    .line = on_line,
    .quiet = on_quiet,
    .started = on_started,
    .ctx = &listener,
  };
  judge_end (script, hook_process_run (&process), out);
  if (event->host->watcher != NULL)
    event->host->watcher->ended (event->host->watcher->ctx, path);
  g_autoptr (GError) error = NULL;
  if (!running_script_forget (event->host, event->spec->deployment_id, &error))
    agent_log (event->host->log, AGENT_LOG_WARN, "%s", error->message);
}

static void
run_hook (const Event *event, CommandResult *out)
{
  g_autoptr (GError) error = NULL;
  const char *deployment_dir = host_deployment_dir (event->host, event->spec->group_id,
                                                    event->spec->deployment_id, event->arena);
  ScriptLogSettings settings = {
    .deployment_dir = deployment_dir,
    .deployments_log = host_deployments_log (event->host, event->arena),
    .deployment_id = event->spec->deployment_id,
    .ambient = event->host->ambient,
  };
  g_autoptr (ScriptLog) log = script_log_new (&settings, &error);
  if (log == NULL) {
    command_result_set_error (out, error);
    return;
  }

  g_autofree char *header = g_strdup_printf ("LifecycleEvent - %s", event->event);
  script_log_entry (log, header, strlen (header));
  for (gsize i = 0; i < event->hook->n_scripts && out->code == DIAGNOSTICS_OK; i++)
    run_script (event, &event->hook->scripts[i], log, out);
  if (out->code != DIAGNOSTICS_OK)
    out->log = script_log_tail (log);
}

void
lifecycle_event_run (const AgentHost *host, const DeploymentSpec *spec, const char *name,
                     CommandResult *out)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Event event = { .host = host, .spec = spec, .event = name, .arena = arena };

  if (!load_hook (&event, &error))
    command_result_set_error (out, error);
  else if (event.hook != NULL)
    run_hook (&event, out);
}
