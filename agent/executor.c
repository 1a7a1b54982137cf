#include "agent/executor.h"

#include <string.h>

#include "agent/fs-atomic.h"
#include "agent/installer.h"
#include "agent/lifecycle-event.h"

gboolean
executor_runs_no_script (const char *command_name)
{
  return strcmp (command_name, "DownloadBundle") == 0 || strcmp (command_name, "Install") == 0;
}

gboolean
executor_accepts (const DeploymentSpec *spec, const char *command_name)
{
  for (gsize i = 0; i < spec->n_possible_events; i++)
    if (strcmp (spec->possible_events[i], command_name) == 0)
      return TRUE;
  return executor_runs_no_script (command_name) || lifecycle_event_is_hook (command_name);
}

gboolean
executor_is_noop (const AgentHost *host, const char *command_name, const DeploymentSpec *spec,
                  gboolean *out, GError **error)
{
  gboolean accepted = executor_accepts (spec, command_name);
  if (accepted && !executor_runs_no_script (command_name))
    return lifecycle_event_is_noop (host, spec, command_name, out, error);
  *out = !accepted;
  return TRUE;
}

/* What every command does first (agent.md 3.1). FALSE: it has failed, and out says why. */
static gboolean
begin (const AgentHost *host, const char *command_name, const DeploymentSpec *spec,
       CommandResult *out)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;

  if (!executor_accepts (spec, command_name)) {
    out->code = DIAGNOSTICS_UNKNOWN;
    out->message = g_strdup_printf ("unsupported command type: %s", command_name);
    return FALSE;
  }
  if (fs_make_directory (host_deployment_dir (host, spec->group_id, spec->deployment_id, arena),
                         &error))
    return TRUE;
  command_result_set_error (out, error);
  return FALSE;
}

void
executor_run (const BundleContext *context, const char *command_name, const DeploymentSpec *spec,
              CommandResult *out)
{
  const AgentHost *host = context->host;
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  if (!begin (host, command_name, spec, out))
    return;
  if (strcmp (command_name, "DownloadBundle") == 0)
    ok = bundle_download (context, spec, &error);
  else if (strcmp (command_name, "Install") == 0)
    ok = installer_run (host, spec, &error);
  else
    lifecycle_event_run (host, spec, command_name, out);
  if (!ok)
    command_result_set_error (out, error);
  if (out->message == NULL)
    out->message = g_strdup ("Succeeded: ");
}

void
executor_run_noop (const AgentHost *host, const char *command_name, const DeploymentSpec *spec,
                   CommandResult *out)
{
  if (begin (host, command_name, spec, out))
    out->message = g_strdup ("Succeeded: ");
}
