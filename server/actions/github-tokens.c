#include "proto/api-error.h"
#include "proto/api-types.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/page.h"

/* Connections to GitHub accounts: api.md 3.9. They are made in a console, which this server does not have yet, so there
 * are none. */

gboolean
action_list_git_hub_account_token_names (ApiCall *call, StoreTx *tx, gpointer output,
                                         GError **error)
{
  const ApiListGitHubAccountTokenNamesInput *input = call->input;
  ApiListGitHubAccountTokenNamesOutput *out = output;
  const char *after;
  if (!page_begin (call, input->next_token, &after, error))
    return FALSE;
  out->token_name_list = arena_new0 (call->arena, ApiGitHubAccountTokenNameList);
  return TRUE;
}

gboolean
action_delete_git_hub_account_token (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteGitHubAccountTokenInput *input = call->input;
  api_error_set (error, API_ERR_GIT_HUB_ACCOUNT_TOKEN_DOES_NOT_EXIST,
                 "No GitHub account token found for name: %s", input->token_name);
  return FALSE;
}
