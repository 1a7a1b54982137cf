#include "cli/verb.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/deployment-report.h"
#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/s3-url.h"
#include "cli/terminal-text.h"
#include "cli/watch.h"
#include "core/time-iso8601.h"

/* BatchGetDeployments takes 25; the newest that many are what people want to see. */
#define RECENT 25

static void
print_line (const Session *session, const char *line)
{
  guint columns = session_columns (session);
  g_autofree char *cut =
      (guint)g_utf8_strlen (line, -1) > columns ? terminal_text_fit (line, columns) : NULL;
  printf ("%s\n", cut != NULL ? cut : line);
}

static void
print_recent (const Session *session, const ApiDeploymentsInfoList *list, Arena *arena)
{
  if (list == NULL || list->n == 0) {
    printf ("No deployments yet.\n");
    return;
  }
  print_line (session, arena_printf (arena, "%-12s %-11s %-20s %-28s %s", "DEPLOYMENT", "STATUS",
                                     "CREATED", "GROUP", "REVISION"));
  for (gsize i = 0; i < list->n; i++) {
    const ApiDeploymentInfo *info = list->items[i];
    char created[TIME_ISO8601_SIZE] = "";
    if (info->create_time != NULL) {
      time_format_iso8601 (*info->create_time, created);
    }
    g_autofree char *group =
        g_strdup_printf ("%s/%s", info->application_name, info->deployment_group_name);
    g_autofree char *safe_group = terminal_text_line (group);
    g_autofree char *revision = terminal_text_line (s3_url_describe (info->revision, arena));
    print_line (session, arena_printf (arena, "%-12s %-11s %.19sZ %-28s %s", info->deployment_id,
                                       info->status, created, safe_group, revision));
  }
}

static int
show_recent (Session *session, const char *application, const char *group, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiListDeploymentsInput list_input = { .application_name = application,
                                               .deployment_group_name = group };
  gpointer output = NULL;
  if (!session_call (session, API_OP_LIST_DEPLOYMENTS, &list_input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiListDeploymentsOutput *list = output;
  ApiDeploymentsList ids = { 0 };
  if (list != NULL && list->deployments != NULL) {
    ids.n = MIN (list->deployments->n, RECENT);
    ids.items = list->deployments->items;
  }
  const ApiBatchGetDeploymentsOutput *got = NULL;
  if (ids.n > 0) {
    const ApiBatchGetDeploymentsInput input = { .deployment_ids = &ids };
    if (!session_call (session, API_OP_BATCH_GET_DEPLOYMENTS, &input, arena, &output, error)) {
      return CLI_EXIT_REFUSED;
    }
    got = output;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    const ApiBatchGetDeploymentsOutput none = { 0 };
    session_print_shape (&api_shape_batch_get_deployments_output, got != NULL ? got : &none);
  } else {
    print_recent (session, got != NULL ? got->deployments_info : NULL, arena);
  }
  return CLI_EXIT_OK;
}

static void
print_one (Session *session, const DeploymentSnapshot *snapshot, Arena *arena)
{
  const ApiDeploymentInfo *info = snapshot->info;
  ProgressStyle style = session_colours (session) ? PROGRESS_COLOURS : PROGRESS_PLAIN;
  if (g_get_charset (NULL)) {
    style |= PROGRESS_UNICODE;
  }
  g_autofree char *group =
      g_strdup_printf ("%s/%s", info->application_name, info->deployment_group_name);
  g_autofree char *safe_group = terminal_text_line (group);
  g_autofree char *revision = terminal_text_line (s3_url_describe (info->revision, arena));
  printf ("Deployment %s of %s with %s, created by %s\n  %s\n", info->deployment_id, safe_group,
          info->deployment_config_name != NULL ? info->deployment_config_name : "no configuration",
          info->creator != NULL ? info->creator : "?", revision);
  if (info->description != NULL && *info->description != '\0') {
    g_autofree char *description = terminal_text_line (info->description);
    printf ("  %s\n", description);
  }
  if (info->rollback_info != NULL &&
      info->rollback_info->rollback_triggering_deployment_id != NULL) {
    printf ("  rolls back deployment %s\n", info->rollback_info->rollback_triggering_deployment_id);
  }
  /* Whatever the window's height, a status lists every host. */
  const ProgressView view = { MIN (session_columns (session), 120), G_MAXUINT / 2, style,
                              g_get_real_time () / 1000 };
  g_autofree char *block = progress_block (snapshot, &view);
  fputs (block, stdout);
  if (deployment_snapshot_is_over (snapshot)) {
    g_autofree char *report = deployment_report (snapshot, style);
    printf ("\n%s", report);
  }
}

static int
show_one (Session *session, const char *deployment_id, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  DeploymentSnapshot snapshot;
  if (!deployment_snapshot_fetch (session, deployment_id, arena, &snapshot, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (deployment_snapshot_to_json (&snapshot));
  } else {
    print_one (session, &snapshot, arena);
  }
  return CLI_EXIT_OK;
}

typedef struct {
  char *application, *group;
  gboolean wait;
  int timeout_s;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->application);
  g_free (o->group);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
check (const Options *o, const char *deployment_id, GError **error)
{
  const char *wrong = NULL;
  if ((o->application == NULL) != (o->group == NULL)) {
    wrong = "--application and --group go together";
  } else if (deployment_id != NULL && o->group != NULL) {
    wrong = "give a DEPLOYMENT, or --application and --group for their newest ones";
  } else if (deployment_id == NULL && o->wait) {
    wrong = "--wait needs a DEPLOYMENT";
  } else if (o->timeout_s < 0 || (o->timeout_s > 0 && !o->wait)) {
    wrong = "--timeout is a number of seconds, and needs --wait";
  }
  if (wrong != NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "%s; see slipway status --help", wrong);
  }
  return wrong == NULL;
}

static int
run (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { 0 };
  const GOptionEntry entries[] = {
    { "application", 'a', 0, G_OPTION_ARG_STRING, &o.application,
      "Only deployments of this application and --group", "NAME" },
    { "group", 'g', 0, G_OPTION_ARG_STRING, &o.group, "Only deployments of this deployment group",
      "NAME" },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &o.wait, "Watch the deployment until it is over", NULL },
    { "timeout", 0, 0, G_OPTION_ARG_INT, &o.timeout_s, "With --wait: give up after so many seconds",
      "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_status, entries, argv, &rest, error) ||
      !positional_at_most (&verb_status, rest, 1, error) || !check (&o, rest[0], error)) {
    return CLI_EXIT_USAGE;
  }
  if (rest[0] == NULL) {
    return show_recent (session, o.application, o.group, error);
  }
  return o.wait ? watch_deployment (session, rest[0], (guint)o.timeout_s, error)
                : show_one (session, rest[0], error);
}

const Verb verb_status = { "status", "[DEPLOYMENT]",
                           "Shows one deployment with its hosts, or the newest deployments.", run };
