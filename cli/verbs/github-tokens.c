#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/secret-input.h"
#include "cli/terminal-text.h"
#include "proto/api-types.h"

/* A server that never ends its pages must not keep us for ever. */
#define MAX_PAGES 1000

/* ---- put ---- */

static int
run_put (Session *session, char **argv, GError **error)
{
  g_autofree char *file = NULL, *application = NULL;
  const GOptionEntry entries[] = {
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &file,
      "Reads the token from a file of mode 0600 [standard input]", "FILE" },
    { "application", 'a', 0, G_OPTION_ARG_STRING, &application,
      "An application to link to the token", "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_github_tokens_put, entries, argv, &rest, error) ||
      !positional_exactly (&verb_github_tokens_put, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (SecretText) token = secret_input_read (file, error);
  if (token == NULL) {
    return CLI_EXIT_INPUT;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiPutGitHubAccountTokenInput input = { .token_name = rest[0],
                                                .token = token,
                                                .application_name = application };
  gpointer output = NULL;
  if (!session_call (session, API_OP_PUT_GIT_HUB_ACCOUNT_TOKEN, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_put_git_hub_account_token_output, output);
  } else if (application != NULL) {
    printf ("Token %s is kept; application %s is linked to it.\n", rest[0], application);
  } else {
    printf ("Token %s is kept. Next: slipway github-tokens link %s APPLICATION\n", rest[0],
            rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_github_tokens_put = { "github-tokens put", "NAME",
                                      "Keeps a token for a GitHub account on the server.",
                                      run_put };

/* ---- link and unlink ---- */

static int
link_application (Session *session, const char *application, const char *token, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiLinkApplicationToGitHubInput input = { .application_name = application,
                                                  .token_name = token };
  if (!session_call (session, API_OP_LINK_APPLICATION_TO_GIT_HUB, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT && token != NULL) {
    printf ("Application %s is linked to token %s.\n", application, token);
  } else if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Application %s is linked to no token.\n", application);
  }
  return CLI_EXIT_OK;
}

static int
run_link (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_github_tokens_link, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_github_tokens_link, rest, 2, error)) {
    return CLI_EXIT_USAGE;
  }
  return link_application (session, rest[1], rest[0], error);
}

const Verb verb_github_tokens_link = {
  "github-tokens link", "NAME APPLICATION",
  "Fetches an application's revisions from GitHub with a token.", run_link
};

static int
run_unlink (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_github_tokens_unlink, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_github_tokens_unlink, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  return link_application (session, rest[0], NULL, error);
}

const Verb verb_github_tokens_unlink = {
  "github-tokens unlink", "APPLICATION",
  "Fetches an application's revisions from GitHub without a token.", run_unlink
};

/* ---- delete ---- */

static int
run_delete (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_github_tokens_delete, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_github_tokens_delete, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  const ApiDeleteGitHubAccountTokenInput input = { .token_name = rest[0] };
  gpointer output = NULL;
  if (!session_call (session, API_OP_DELETE_GIT_HUB_ACCOUNT_TOKEN, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_delete_git_hub_account_token_output, output);
  } else {
    printf ("Token %s is deleted.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_github_tokens_delete = { "github-tokens delete", "NAME",
                                         "Deletes a token for a GitHub account.", run_delete };

/* ---- list ---- */

static GPtrArray *
list_names (Session *session, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  ApiListGitHubAccountTokenNamesInput input = { 0 };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_GIT_HUB_ACCOUNT_TOKEN_NAMES, &input, arena, &output,
                       error)) {
      return NULL;
    }
    const ApiListGitHubAccountTokenNamesOutput *list = output;
    for (gsize i = 0; list != NULL && list->token_name_list != NULL && i < list->token_name_list->n;
         i++) {
      g_ptr_array_add (names, (gpointer)list->token_name_list->items[i]);
    }
    input.next_token = list != NULL ? list->next_token : NULL;
    if (input.next_token == NULL) {
      break;
    }
  }
  return g_steal_pointer (&names);
}

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_github_tokens_list, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_github_tokens_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GPtrArray) names = list_names (session, arena, error);
  if (names == NULL) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiGitHubAccountTokenNameList all = { .n = names->len, .items = (const char **)names->pdata };
    const ApiListGitHubAccountTokenNamesOutput whole = { .token_name_list = &all };
    session_print_shape (&api_shape_list_git_hub_account_token_names_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *name = terminal_text_line (g_ptr_array_index (names, i));
    printf ("%s\n", name);
  }
  return CLI_EXIT_OK;
}

const Verb verb_github_tokens_list = { "github-tokens list", "",
                                       "Lists the names of the tokens for GitHub accounts.",
                                       run_list };
