#include "agent/lifecycle-event.h"

#include <string.h>
#include <sys/stat.h>

#include "agent/bundle-etag.h"
#include "agent/hook-run.h"
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

typedef struct {
  const AgentHost *host;
  const DeploymentSpec *spec;
  const char *event;
  Arena *arena;
  const char *archive_dir; /* NULL: nothing to run */
  const char *older;       /* in words, whose revision it is; NULL: the current deployment's */
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
  event->older = arena_printf (event->arena, "the %s one, of deployment %s",
                               which == HOST_LAST_SUCCESSFUL ? "last successful" : "most recent",
                               pathname_basename (older));
  if (!is_directory (event->archive_dir)) {
    agent_log (event->host->log, AGENT_LOG_WARN,
               "the revision at %s is gone, so %s has nothing to run", event->archive_dir,
               event->event);
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

/* Where the rest of the story is: a tail is short, and an older revision's script is not where one looks first. */
static void
say_where (const Event *event, const char *log_path, CommandResult *out)
{
  g_autofree char *message = g_steal_pointer (&out->message);
  g_autofree char *revision =
      event->older != NULL
          ? g_strdup_printf ("; the script is that of an older revision (%s)", event->older)
          : g_strdup ("");
  out->message = g_strdup_printf ("%s%s; all that it said is in %s", message, revision, log_path);
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
    .agent_log = event->host->log,
  };
  g_autoptr (ScriptLog) log = script_log_new (&settings, &error);
  if (log == NULL) {
    command_result_set_error (out, error);
    return;
  }

  g_autofree char *header = g_strdup_printf ("LifecycleEvent - %s", event->event);
  script_log_line (log, "", header, strlen (header));
  HookRun run = { .host = event->host,
                  .spec = event->spec,
                  .event = event->event,
                  .archive_dir = event->archive_dir,
                  .observed_etag = bundle_etag_observed (deployment_dir, event->arena),
                  .log = log };
  for (gsize i = 0; i < event->hook->n_scripts && out->code == DIAGNOSTICS_OK; i++)
    hook_run_script (&run, &event->hook->scripts[i], out);
  if (out->code != DIAGNOSTICS_OK) {
    say_where (event, script_log_path (log), out);
    out->log = script_log_tail (log);
  }
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
