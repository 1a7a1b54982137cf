#include "agent/executor.h"

#include <string.h>

#include "agent/fs-atomic.h"
#include "agent/installer.h"
#include "agent/lifecycle-event.h"

gboolean
executor_knows (const char *command_name)
{
  return strcmp (command_name, "DownloadBundle") == 0 || strcmp (command_name, "Install") == 0 ||
         lifecycle_event_is_hook (command_name);
}

gboolean
executor_is_noop (const AgentHost *host, const char *command_name, const DeploymentSpec *spec,
                  gboolean *out, GError **error)
{
  if (lifecycle_event_is_hook (command_name))
    return lifecycle_event_is_noop (host, spec, command_name, out, error);
  *out = !executor_knows (command_name);
  return TRUE;
}

void
executor_run (const BundleContext *context, const char *command_name, const DeploymentSpec *spec,
              CommandResult *out)
{
  const AgentHost *host = context->host;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gboolean ok;

  if (!executor_knows (command_name)) {
    out->code = DIAGNOSTICS_UNKNOWN;
    out->message = g_strdup_printf ("unsupported command type: %s", command_name);
    return;
  }
  ok = fs_make_directory (host_deployment_dir (host, spec->group_id, spec->deployment_id, arena),
                          &error);
  if (ok && strcmp (command_name, "DownloadBundle") == 0)
    ok = bundle_download (context, spec, &error);
  else if (ok && strcmp (command_name, "Install") == 0)
    ok = installer_run (host, spec, &error);
  else if (ok)
    lifecycle_event_run (host, spec, command_name, out);
  if (!ok)
    command_result_set_error (out, error);
  if (out->message == NULL)
    out->message = g_strdup ("Succeeded: ");
}
