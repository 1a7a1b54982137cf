#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

#include "cli/config-text.h"
#include "cli/exit-status.h"
#include "cli/positional.h"
#include "proto/api-types.h"

#define MAX_PAGES 1000

/* No number that the server accepts. */
#define NOT_GIVEN G_MININT64

typedef struct {
  char *minimum, *platform, *traffic;
  gint64 timeout_minutes, retries, maximum_batch;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->minimum);
  g_free (o->platform);
  g_free (o->traffic);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static const gint64 *
number_if_given (gint64 value, Arena *arena)
{
  return value != NOT_GIVEN ? arena_int64 (arena, value) : NULL;
}

/* What a platform cannot do without; all else is the server's to say. */
static gboolean
check_needed (const Options *o, GError **error)
{
  gboolean server = o->platform == NULL || strcmp (o->platform, "Server") == 0;
  return server ? positional_needs (&verb_configs_create, "--minimum-healthy", o->minimum, error)
                : positional_needs (&verb_configs_create, "--traffic", o->traffic, error);
}

static int
create (Session *session, const Options *o, const char *name, Arena *arena, GError **error)
{
  ApiCreateDeploymentConfigInput input = {
    .deployment_config_name = name,
    .compute_platform = o->platform,
    .deployment_timeout_in_minutes = number_if_given (o->timeout_minutes, arena),
    .retries_per_target = number_if_given (o->retries, arena),
    .maximum_batch_size = number_if_given (o->maximum_batch, arena),
  };
  if ((o->minimum != NULL &&
       !config_text_minimum (o->minimum, arena, &input.minimum_healthy_hosts, error)) ||
      (o->traffic != NULL &&
       !config_text_traffic (o->traffic, arena, &input.traffic_routing_config, error))) {
    return CLI_EXIT_USAGE;
  }
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_DEPLOYMENT_CONFIG, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_create_deployment_config_output, output);
  } else {
    printf ("Deployment configuration %s is there. Next: slipway deploy --config %s, or slipway "
            "groups create --config %s\n",
            name, name, name);
  }
  return CLI_EXIT_OK;
}

static int
run_create (Session *session, char **argv, GError **error)
{
  g_auto (Options)
      o = { .timeout_minutes = NOT_GIVEN, .retries = NOT_GIVEN, .maximum_batch = NOT_GIVEN };
  const GOptionEntry entries[] = {
    { "minimum-healthy", 0, 0, G_OPTION_ARG_STRING, &o.minimum,
      "How many hosts, or which part of them, must stay healthy (needed for hosts)", "N|N%" },
    { "maximum-batch", 0, 0, G_OPTION_ARG_INT64, &o.maximum_batch,
      "Work on no more hosts at a time, even if more may be taken down", "N" },
    { "retries", 0, 0, G_OPTION_ARG_INT64, &o.retries,
      "A host that fails starts over this often before it counts as failed", "N" },
    { "deployment-timeout", 0, 0, G_OPTION_ARG_INT64, &o.timeout_minutes,
      "A deployment fails when it takes longer [the server's setting]", "MINUTES" },
    { "platform", 0, 0, G_OPTION_ARG_STRING, &o.platform, "Compute platform [Server]",
      "Server|Lambda|ECS" },
    { "traffic", 0, 0, G_OPTION_ARG_STRING, &o.traffic,
      "How traffic shifts (needed for Lambda and ECS): all-at-once, canary:PERCENT:MINUTES or "
      "linear:PERCENT:MINUTES",
      "HOW" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_configs_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_configs_create, rest, 1, error) || !check_needed (&o, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  return create (session, &o, rest[0], arena, error);
}

const Verb verb_configs_create = {
  "configs create", "NAME",
  "Makes a deployment configuration: how far a fleet may be worked on at once, and how traffic "
  "shifts.",
  run_create
};

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_configs_list, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_configs_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  ApiListDeploymentConfigsInput input = { 0 };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_DEPLOYMENT_CONFIGS, &input, arena, &output, error)) {
      return CLI_EXIT_REFUSED;
    }
    const ApiListDeploymentConfigsOutput *list = output;
    for (gsize i = 0; list != NULL && list->deployment_configs_list != NULL &&
                      i < list->deployment_configs_list->n;
         i++) {
      g_ptr_array_add (names, (gpointer)list->deployment_configs_list->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiDeploymentConfigsList all = { .n = names->len, .items = (const char **)names->pdata };
    const ApiListDeploymentConfigsOutput whole = { .deployment_configs_list = &all };
    session_print_shape (&api_shape_list_deployment_configs_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < names->len; i++) {
    printf ("%s\n", (const char *)g_ptr_array_index (names, i));
  }
  return CLI_EXIT_OK;
}

const Verb verb_configs_list = { "configs list", "",
                                 "Lists the deployment configurations, predefined ones last.",
                                 run_list };

static int
run_show (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_configs_show, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_configs_show, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiGetDeploymentConfigInput input = { .deployment_config_name = rest[0] };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_DEPLOYMENT_CONFIG, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiGetDeploymentConfigOutput *got = output;
  if (got == NULL || got->deployment_config_info == NULL) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
                 "the server's answer has no deployment configuration in it");
    return CLI_EXIT_UNREACHABLE;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_get_deployment_config_output, got);
  } else {
    g_autofree char *text = config_text_describe (got->deployment_config_info);
    fputs (text, stdout);
  }
  return CLI_EXIT_OK;
}

const Verb verb_configs_show = { "configs show", "NAME", "Shows a deployment configuration.",
                                 run_show };

static int
run_delete (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_configs_delete, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_configs_delete, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiDeleteDeploymentConfigInput input = { .deployment_config_name = rest[0] };
  if (!session_call (session, API_OP_DELETE_DEPLOYMENT_CONFIG, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (json_object ());
  } else {
    printf ("There is no deployment configuration %s any more.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_configs_delete = { "configs delete", "NAME",
                                   "Deletes a deployment configuration that nothing uses.",
                                   run_delete };
