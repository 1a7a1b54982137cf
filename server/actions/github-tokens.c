#include "proto/api-error.h"
#include "proto/api-types.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/catalog.h"
#include "server/actions/count-limit.h"
#include "server/actions/page.h"

/* Tokens for GitHub accounts: api.md 3.9. The public service makes them in its console; here they come and are linked to
 * applications by operations of our own. What a token is is never shown again. */

static gboolean
refuse_unknown (const char *name, GError **error)
{
  api_error_set (error, API_ERR_GIT_HUB_ACCOUNT_TOKEN_DOES_NOT_EXIST,
                 "No GitHub account token found for name: %s", name);
  return FALSE;
}

gboolean
action_list_git_hub_account_token_names (ApiCall *call, StoreTx *tx, gpointer output,
                                         GError **error)
{
  const ApiListGitHubAccountTokenNamesInput *input = call->input;
  ApiListGitHubAccountTokenNamesOutput *out = output;
  gsize limit = (gsize)call->env->quotas->names_per_page;
  const char *after;
  NameList names;
  if (!page_begin (call, input->next_token, &after, error) ||
      !github_token_record_names (tx, after, limit + 1, call->arena, &names, error))
    return FALSE;
  ApiGitHubAccountTokenNameList *list = arena_new0 (call->arena, ApiGitHubAccountTokenNameList);
  list->n = MIN (names.n, limit);
  list->items = names.items;
  out->token_name_list = list;
  out->next_token = names.n > limit ? page_end (call, names.items[limit - 1]) : NULL;
  return TRUE;
}

gboolean
action_delete_git_hub_account_token (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteGitHubAccountTokenInput *input = call->input;
  ApiDeleteGitHubAccountTokenOutput *out = output;
  gboolean deleted;
  if (!github_token_record_delete (tx, input->token_name, &deleted, error))
    return FALSE;
  if (!deleted)
    return refuse_unknown (input->token_name, error);
  out->token_name = input->token_name;
  return TRUE;
}

gboolean
action_put_git_hub_account_token (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiPutGitHubAccountTokenInput *input = call->input;
  ApiPutGitHubAccountTokenOutput *out = output;
  const ApiEnv *env = call->env;
  const ApplicationRecord *application = NULL;
  gint64 count;
  if (!github_vault_is_token (input->token)) {
    /* The text is not repeated: it may be a secret with a blank at its end. */
    api_error_set (error, API_ERR_INVALID_GIT_HUB_ACCOUNT_TOKEN,
                   "token must be 1 to 1024 ASCII characters without blanks and line breaks");
    return FALSE;
  }
  if (input->application_name != NULL) {
    application = catalog_find_application (call, tx, input->application_name, error);
    if (application == NULL)
      return FALSE;
  }
  if (!github_vault_put (&env->github, tx, input->token_name, input->token, env->ambient,
                         call->now_ms, error) ||
      !github_token_record_count (tx, env->quotas->github_tokens + 1, &count, error) ||
      !count_limit_check ((gsize)count, env->quotas->github_tokens,
                          API_ERR_GIT_HUB_ACCOUNT_TOKEN_LIMIT_EXCEEDED, "GitHub account tokens",
                          error) ||
      (application != NULL &&
       !application_record_link (tx, application->id, input->token_name, error)))
    return FALSE;
  out->token_name = input->token_name;
  return TRUE;
}

gboolean
action_link_application_to_git_hub (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiLinkApplicationToGitHubInput *input = call->input;
  GithubTokenRecord *token = NULL;
  const ApplicationRecord *application =
      catalog_find_application (call, tx, input->application_name, error);
  if (application == NULL ||
      (input->token_name != NULL &&
       !github_token_record_by_name (tx, input->token_name, call->arena, &token, error)))
    return FALSE;
  if (input->token_name != NULL && token == NULL)
    return refuse_unknown (input->token_name, error);
  return application_record_link (tx, application->id, input->token_name, error);
}
