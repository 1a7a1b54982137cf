#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "proto/api-types.h"

#define MAX_PAGES 1000

typedef struct {
  char *application, *config, *role;
  char **host_tags;
  gboolean auto_rollback;
  gboolean new_hosts;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->application);
  g_free (o->config);
  g_free (o->role);
  g_strfreev (o->host_tags);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* The API wants a role; outside AWS nothing is done with it. */
static const char *
default_role (Session *session, Arena *arena, GError **error)
{
  const ApiDescribeServerInput input = { 0 };
  gpointer output = NULL;
  if (!session_call (session, API_OP_DESCRIBE_SERVER, &input, arena, &output, error)) {
    g_prefix_error (error, "cannot ask the server for its account (give --role to do without): ");
    return NULL;
  }
  const ApiDescribeServerOutput *server = output;
  return arena_printf (arena, "arn:aws:iam::%s:role/slipway",
                       server != NULL && server->account_id != NULL ? server->account_id
                                                                    : "000000000000");
}

static const ApiAutoRollbackConfiguration *
rollback_on_failure (Arena *arena)
{
  ApiAutoRollbackEventsList *events = arena_new0 (arena, ApiAutoRollbackEventsList);
  events->n = 1;
  events->items = arena_new0_n (arena, const char *, 1);
  events->items[0] = "DEPLOYMENT_FAILURE";
  ApiAutoRollbackConfiguration *rollback = arena_new0 (arena, ApiAutoRollbackConfiguration);
  *rollback = (ApiAutoRollbackConfiguration){ arena_bool (arena, TRUE), events };
  return rollback;
}

static int
create (Session *session, const Options *o, const char *name, const ApiTagList *tags, Arena *arena,
        GError **error)
{
  const char *role = o->role != NULL ? o->role : default_role (session, arena, error);
  if (role == NULL) {
    return CLI_EXIT_REFUSED;
  }
  const ApiCreateDeploymentGroupInput input = {
    .application_name = o->application,
    .deployment_group_name = name,
    .service_role_arn = role,
    .deployment_config_name = o->config,
    .on_premises_instance_tag_filters = positional_filters (tags, arena),
    .new_hosts_strategy = o->new_hosts ? "UPDATE" : NULL,
    .auto_rollback_configuration = o->auto_rollback ? rollback_on_failure (arena) : NULL,
  };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_DEPLOYMENT_GROUP, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_create_deployment_group_output, output);
  } else {
    printf ("Deployment group %s of %s is there. Next: slipway deploy --application %s --group %s "
            "--folder FOLDER "
            "--wait\n",
            name, o->application, o->application, name);
  }
  return CLI_EXIT_OK;
}

static int
run_create (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { 0 };
  const GOptionEntry entries[] = {
    { "application", 'a', 0, G_OPTION_ARG_STRING, &o.application, "The application (needed)",
      "NAME" },
    { "host-tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.host_tags,
      "Hosts with this tag belong to it (needed); may be given again: any of them", "KEY=VALUE" },
    { "config", 0, 0, G_OPTION_ARG_STRING, &o.config,
      "Deployment configuration [CodeDeployDefault.OneAtATime]", "NAME" },
    { "auto-rollback", 0, 0, G_OPTION_ARG_NONE, &o.auto_rollback,
      "When a deployment fails, deploy the last successful revision again", NULL },
    { "new-hosts", 0, 0, G_OPTION_ARG_NONE, &o.new_hosts,
      "Hosts that come to have the tags later get the last successful revision", NULL },
    { "role", 0, 0, G_OPTION_ARG_STRING, &o.role,
      "Service role [one named slipway, used for nothing]", "ARN" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  const ApiTagList *tags = NULL;
  if (!VERB_PARSE (session, verb_groups_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_groups_create, rest, 1, error) ||
      !positional_needs (&verb_groups_create, "--application", o.application, error) ||
      !positional_needs (&verb_groups_create, "--host-tag",
                         o.host_tags != NULL ? o.host_tags[0] : NULL, error) ||
      !positional_tags (&verb_groups_create, o.host_tags, arena, &tags, error)) {
    return CLI_EXIT_USAGE;
  }
  return create (session, &o, rest[0], tags, arena, error);
}

const Verb verb_groups_create = {
  "groups create", "NAME", "Makes a deployment group: which hosts, and how they are deployed to.",
  run_create
};

static int
run_list (Session *session, char **argv, GError **error)
{
  g_autofree char *application = NULL;
  const GOptionEntry entries[] = {
    { "application", 'a', 0, G_OPTION_ARG_STRING, &application, "The application (needed)",
      "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_groups_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_groups_list, rest, 0, error) ||
      !positional_needs (&verb_groups_list, "--application", application, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  ApiListDeploymentGroupsInput input = { .application_name = application };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_DEPLOYMENT_GROUPS, &input, arena, &output, error)) {
      return CLI_EXIT_REFUSED;
    }
    const ApiListDeploymentGroupsOutput *list = output;
    for (gsize i = 0;
         list != NULL && list->deployment_groups != NULL && i < list->deployment_groups->n; i++) {
      g_ptr_array_add (names, (gpointer)list->deployment_groups->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiDeploymentGroupsList all = { .n = names->len, .items = (const char **)names->pdata };
    const ApiListDeploymentGroupsOutput whole = { .application_name = application,
                                                  .deployment_groups = &all };
    session_print_shape (&api_shape_list_deployment_groups_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < names->len; i++) {
    printf ("%s\n", (const char *)g_ptr_array_index (names, i));
  }
  if (names->len == 0) {
    printf ("No deployment groups. Make one with: slipway groups create NAME --application %s "
            "--host-tag KEY=VALUE\n",
            application);
  }
  return CLI_EXIT_OK;
}

const Verb verb_groups_list = { "groups list", "", "Lists the deployment groups of an application.",
                                run_list };
