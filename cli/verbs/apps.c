#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "proto/api-types.h"

/* A server that never ends its pages must not keep us for ever. */
#define MAX_PAGES 1000

static int
run_create (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) tag_texts = NULL;
  g_auto (GStrv) rest = NULL;
  const GOptionEntry entries[] = {
    { "tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tag_texts, "A tag; may be given again",
      "KEY=VALUE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (Arena) arena = arena_new ();
  const ApiTagList *tags = NULL;
  if (!VERB_PARSE (session, verb_apps_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_apps_create, rest, 1, error) ||
      !positional_tags (&verb_apps_create, tag_texts, arena, &tags, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiCreateApplicationInput input = { .application_name = rest[0],
                                            .compute_platform = "Server",
                                            .tags = tags };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_APPLICATION, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_create_application_output, output);
  } else {
    printf ("Application %s is there. Next: slipway groups create GROUP --application %s "
            "--host-tag KEY=VALUE\n",
            rest[0], rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_apps_create = { "apps create", "NAME", "Makes an application.", run_create };

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_apps_list, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_apps_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  ApiListApplicationsInput input = { 0 };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_APPLICATIONS, &input, arena, &output, error)) {
      return CLI_EXIT_REFUSED;
    }
    const ApiListApplicationsOutput *list = output;
    for (gsize i = 0; list != NULL && list->applications != NULL && i < list->applications->n;
         i++) {
      g_ptr_array_add (names, (gpointer)list->applications->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiApplicationsList all = { .n = names->len, .items = (const char **)names->pdata };
    const ApiListApplicationsOutput whole = { .applications = &all };
    session_print_shape (&api_shape_list_applications_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < names->len; i++) {
    printf ("%s\n", (const char *)g_ptr_array_index (names, i));
  }
  if (names->len == 0) {
    printf ("No applications. Make one with: slipway apps create NAME\n");
  }
  return CLI_EXIT_OK;
}

const Verb verb_apps_list = { "apps list", "", "Lists the applications.", run_list };
