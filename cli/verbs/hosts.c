#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

#include "cli/exit-status.h"
#include "cli/host-files.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "proto/api-types.h"

/* What BatchGetOnPremisesInstances takes at once (api.md: 100), and the end of all pages. */
#define BATCH_SIZE 100
#define MAX_PAGES  10000

/* ---- register ---- */

static void
print_registered (Session *session, const ApiRegisterHostOutput *host, const char *root,
                  const char *config)
{
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (json_pack ("{s:s, s:s?, s:s?, s:s?, s:s, s:s}", "instanceName",
                                   host->instance_name, "iamUserArn", host->iam_user_arn,
                                   "accessKeyId", host->access_key_id, "region", host->region,
                                   "root", root, "configFile", config));
    return;
  }
  printf ("Registered %s. Its agent's home is %s; start it there with\n  slipway-agent "
          "--config-file %s\n",
          host->instance_name, root, config);
}

/* A host whose files could not be written is of no use: its keys are lost. */
static void
undo_registration (Session *session, const char *name, Arena *arena, GError **error)
{
  const ApiDeregisterHostInput input = { .instance_name = name };
  g_autoptr (GError) reason = NULL;
  if (!session_call (session, API_OP_DEREGISTER_HOST, &input, arena, NULL, &reason)) {
    g_prefix_error (
        error,
        "host %s stays registered (%s); remove it with \"slipway hosts deregister %s\": ", name,
        reason->message, name);
  }
}

static gboolean
complete (const ApiRegisterHostOutput *host, GError **error)
{
  if (host != NULL && host->instance_name != NULL && host->iam_user_arn != NULL &&
      host->access_key_id != NULL && host->secret_access_key != NULL && host->region != NULL) {
    return TRUE;
  }
  g_set_error_literal (error, CLI_ERROR, CLI_EXIT_UNREACHABLE,
                       "the server's answer lacks a part of the identity");
  return FALSE;
}

static int
register_host (Session *session, const char *name, const char *root, const char *agent_endpoint,
               const ApiTagList *tags, Arena *arena, GError **error)
{
  const AwsConfig *aws = session_config (session, error);
  if (aws == NULL || !host_files_prepare (root, error)) {
    return CLI_EXIT_INPUT;
  }
  const ApiRegisterHostInput input = { .instance_name = name, .tags = tags };
  gpointer output = NULL;
  if (!session_call (session, API_OP_REGISTER_HOST, &input, arena, &output, error) ||
      !complete (output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiRegisterHostOutput *host = output;
  const HostFiles files = { .root = root,
                            .endpoint = agent_endpoint != NULL ? agent_endpoint : aws->endpoint_url,
                            .iam_user_arn = host->iam_user_arn,
                            .access_key_id = host->access_key_id,
                            .secret_access_key = host->secret_access_key,
                            .region = host->region,
                            .host_ca_pem = host->host_ca_pem,
                            .signer_ca_pem = host->signer_ca_pem };
  if (!host_files_write (&files, error)) {
    undo_registration (session, name, arena, error);
    return CLI_EXIT_INPUT;
  }
  g_autofree char *config = host_files_config_path (root);
  print_registered (session, host, root, config);
  return CLI_EXIT_OK;
}

static int
run_register (Session *session, char **argv, GError **error)
{
  g_autofree char *root = NULL, *agent_endpoint = NULL;
  g_auto (GStrv) tag_texts = NULL;
  const GOptionEntry entries[] = {
    { "root", 0, 0, G_OPTION_ARG_FILENAME, &root, "Folder for the agent's files (needed)",
      "FOLDER" },
    { "tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tag_texts, "A tag; may be given again",
      "KEY=VALUE" },
    { "agent-endpoint", 0, 0, G_OPTION_ARG_STRING, &agent_endpoint,
      "The server's URL as the host reaches it [--endpoint-url]", "URL" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  const ApiTagList *tags = NULL;
  if (!VERB_PARSE (session, verb_hosts_register, entries, argv, &rest, error) ||
      !positional_exactly (&verb_hosts_register, rest, 1, error) ||
      !positional_needs (&verb_hosts_register, "--root", root, error) ||
      !positional_tags (&verb_hosts_register, tag_texts, arena, &tags, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autofree char *absolute = g_canonicalize_filename (root, NULL);
  return register_host (session, rest[0], absolute, agent_endpoint, tags, arena, error);
}

const Verb verb_hosts_register = { "hosts register", "NAME",
                                   "Registers a host and writes its agent's configuration.",
                                   run_register };

/* ---- deregister ---- */

static int
run_deregister (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_hosts_deregister, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_hosts_deregister, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiDeregisterHostInput input = { .instance_name = rest[0] };
  if (!session_call (session, API_OP_DEREGISTER_HOST, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Deregistered %s; its keys are void.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_hosts_deregister = { "hosts deregister", "NAME",
                                     "Deregisters a host and destroys its keys.", run_deregister };

/* ---- list ---- */

static GPtrArray *
list_names (Session *session, const ApiTagFilterList *filters, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  ApiListOnPremisesInstancesInput input = { .registration_status = "Registered",
                                            .tag_filters = filters };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_ON_PREMISES_INSTANCES, &input, arena, &output, error)) {
      return NULL;
    }
    const ApiListOnPremisesInstancesOutput *list = output;
    for (gsize i = 0; list != NULL && list->instance_names != NULL && i < list->instance_names->n;
         i++) {
      g_ptr_array_add (names, (gpointer)list->instance_names->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  return g_steal_pointer (&names);
}

static GPtrArray *
describe (Session *session, const GPtrArray *names, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) infos = g_ptr_array_new ();
  for (guint first = 0; first < names->len; first += BATCH_SIZE) {
    ApiInstanceNameList batch = { .n = MIN (BATCH_SIZE, names->len - first),
                                  .items = (const char **)&names->pdata[first] };
    const ApiBatchGetOnPremisesInstancesInput input = { .instance_names = &batch };
    gpointer output = NULL;
    if (!session_call (session, API_OP_BATCH_GET_ON_PREMISES_INSTANCES, &input, arena, &output,
                       error)) {
      return NULL;
    }
    const ApiBatchGetOnPremisesInstancesOutput *got = output;
    for (gsize i = 0; got != NULL && got->instance_infos != NULL && i < got->instance_infos->n;
         i++) {
      g_ptr_array_add (infos, (gpointer)got->instance_infos->items[i]);
    }
  }
  return g_steal_pointer (&infos);
}

static void
print_host (const ApiInstanceInfo *info)
{
  g_autoptr (GString) tags = g_string_new (NULL);
  for (gsize i = 0; info->tags != NULL && i < info->tags->n; i++) {
    const ApiTag *tag = info->tags->items[i];
    g_string_append_printf (tags, "%s%s=%s", i > 0 ? " " : "", tag->key != NULL ? tag->key : "",
                            tag->value != NULL ? tag->value : "");
  }
  g_autofree char *name = terminal_text_line (info->instance_name);
  g_autofree char *safe_tags = terminal_text_line (tags->str);
  printf ("%-28s %s\n", name, safe_tags);
}

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) tag_texts = NULL;
  const GOptionEntry entries[] = {
    { "tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tag_texts,
      "Only hosts with this tag; may be given again", "KEY=VALUE" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  const ApiTagList *tags = NULL;
  if (!VERB_PARSE (session, verb_hosts_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_hosts_list, rest, 0, error) ||
      !positional_tags (&verb_hosts_list, tag_texts, arena, &tags, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (GPtrArray) names =
      list_names (session, tags != NULL ? positional_filters (tags, arena) : NULL, arena, error);
  g_autoptr (GPtrArray) infos = names != NULL ? describe (session, names, arena, error) : NULL;
  if (infos == NULL) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiInstanceInfoList all = { .n = infos->len, .items = (const ApiInstanceInfo **)infos->pdata };
    const ApiBatchGetOnPremisesInstancesOutput whole = { .instance_infos = &all };
    session_print_shape (&api_shape_batch_get_on_premises_instances_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < infos->len; i++) {
    print_host (g_ptr_array_index (infos, i));
  }
  if (infos->len == 0) {
    printf (
        "No hosts. Register one with: slipway hosts register NAME --root FOLDER --tag KEY=VALUE\n");
  }
  return CLI_EXIT_OK;
}

const Verb verb_hosts_list = { "hosts list", "", "Lists the registered hosts with their tags.",
                               run_list };
