#include "agent/install-context.h"

#include <string.h>
#include <unistd.h>

#include "agent/hook-process.h"

#define PROGRAM_TIMEOUT_MS (5 * 60 * 1000)
#define PROGRAM_GRACE_MS   5000
#define MAX_SAID_BYTES     2000

static void
collect (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  GString *said = ctx;
  if (said->len < MAX_SAID_BYTES)
    g_string_append_len (said, line, (gssize)n);
}

static gboolean
run_program (const char *const *argv, GError **error)
{
  g_autoptr (GString) said = g_string_new (NULL);
  HookProcess process = {
    .argv = argv,
    .envp = (const char *const *)environ,
    .timeout_ms = PROGRAM_TIMEOUT_MS,
    .term_grace_ms = PROGRAM_GRACE_MS,
    .line = collect,
    .ctx = said,
  };
  HookResult result = hook_process_run (&process);
  if (result.end == HOOK_EXITED && result.status == 0)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid (g_strstrip (said->str), -1);
  if (result.end == HOOK_NOT_STARTED)
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "cannot run %s: %s", argv[0],
                 g_strerror (result.start_errno));
  else
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "%s failed (status %d): %s", argv[0],
                 result.status, valid);
  return FALSE;
}

static gboolean
run_semanage (const char *action, const char *real_path, const AppSpecContext *context,
              GError **error)
{
  const char *argv[12] = { "semanage", "fcontext", action };
  gsize n = 3;

  if (context->user != NULL) {
    argv[n++] = "-s";
    argv[n++] = context->user;
  }
  argv[n++] = "-t";
  argv[n++] = context->type;
  if (context->range != NULL) {
    argv[n++] = "-r";
    argv[n++] = context->range;
  }
  argv[n++] = real_path;
  return run_program (argv, error);
}

gboolean
install_context_set (const char *real_path, const AppSpecContext *context, InstallContextTurn turn,
                     GError **error)
{
  const char *restore[] = { "restorecon", "-v", real_path, NULL };
  g_autoptr (GError) problem = NULL;

  if (!run_semanage ("-a", real_path, context, &problem) &&
      (turn == INSTALL_CONTEXT_FIRST || !run_semanage ("-m", real_path, context, NULL))) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return run_program (restore, error);
}

void
install_context_forget (const AgentHost *host, const char *path)
{
  const char *argv[] = { "semanage", "fcontext", "-d", path, NULL };
  g_autoptr (GError) error = NULL;
  if (!run_program (argv, &error))
    agent_log (host->log, AGENT_LOG_DEBUG, "ignored: %s", error->message);
}
