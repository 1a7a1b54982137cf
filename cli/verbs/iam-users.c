#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "proto/api-error.h"
#include "proto/api-types.h"

#define MAX_PAGES 10000

static const ApiIamTagList *
identity_tags (const ApiTagList *tags, Arena *arena)
{
  if (tags == NULL) {
    return NULL;
  }
  ApiIamTagList *list = arena_new0 (arena, ApiIamTagList);
  list->n = tags->n;
  list->items = arena_new0_n (arena, const ApiIamTag *, tags->n);
  for (gsize i = 0; i < tags->n; i++) {
    ApiIamTag *tag = arena_new0 (arena, ApiIamTag);
    *tag = (ApiIamTag){ tags->items[i]->key, tags->items[i]->value };
    list->items[i] = tag;
  }
  return list;
}

static int
run_create (Session *session, char **argv, GError **error)
{
  g_autofree char *path = NULL;
  g_auto (GStrv) tag_texts = NULL;
  const GOptionEntry entries[] = {
    { "path", 0, 0, G_OPTION_ARG_STRING, &path, "The user's path [/]", "PATH" },
    { "tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &tag_texts, "A tag; may be given again",
      "KEY=VALUE" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  const ApiTagList *tags = NULL;
  if (!VERB_PARSE (session, verb_iam_users_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_users_create, rest, 1, error) ||
      !positional_tags (&verb_iam_users_create, tag_texts, arena, &tags, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiCreateUserInput input = { .path = path,
                                     .user_name = rest[0],
                                     .tags = identity_tags (tags, arena) };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_USER, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_create_user_output, output);
    return CLI_EXIT_OK;
  }
  printf ("User %s is there and may do nothing yet. Next:\n"
          "  slipway iam policies attach AWSCodeDeployDeployerAccess --user %s\n"
          "  slipway iam keys create --user %s --file FILE\n",
          rest[0], rest[0], rest[0]);
  return CLI_EXIT_OK;
}

const Verb verb_iam_users_create = { "iam users create", "NAME",
                                     "Makes a user, who may do what its policies allow.",
                                     run_create };

/* ---- list ---- */

static GPtrArray *
list_users (Session *session, const char *path, Arena *arena, GError **error)
{
  g_autoptr (GPtrArray) users = g_ptr_array_new ();
  ApiListUsersInput input = { .path_prefix = path };
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_USERS, &input, arena, &output, error)) {
      return NULL;
    }
    const ApiListUsersOutput *list = output;
    for (gsize i = 0; list != NULL && list->users != NULL && i < list->users->n; i++) {
      g_ptr_array_add (users, (gpointer)list->users->items[i]);
    }
    input.marker = list != NULL ? list->marker : NULL;
    if (input.marker == NULL) {
      break;
    }
  }
  return g_steal_pointer (&users);
}

static int
run_list (Session *session, char **argv, GError **error)
{
  g_autofree char *path = NULL;
  const GOptionEntry entries[] = {
    { "path", 0, 0, G_OPTION_ARG_STRING, &path,
      "Only users below this path; hosts are below /AWS/CodeDeploy/", "PATH" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_users_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_users_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (GPtrArray) users = list_users (session, path, arena, error);
  if (users == NULL) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiUserList all = { .n = users->len, .items = (const ApiUser **)users->pdata };
    const ApiListUsersOutput whole = { .users = &all };
    session_print_shape (&api_shape_list_users_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < users->len; i++) {
    const ApiUser *user = g_ptr_array_index (users, i);
    g_autofree char *name = terminal_text_line (user->user_name);
    g_autofree char *arn = terminal_text_line (user->arn);
    printf ("%-28s %s\n", name, arn);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_users_list = { "iam users list", "", "Lists users; hosts are among them.",
                                   run_list };

/* ---- show ---- */

static int
run_show (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_users_show, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_iam_users_show, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiGetUserInput input = { .user_name = rest[0] };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_USER, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_get_user_output, output);
    return CLI_EXIT_OK;
  }
  const ApiUser *user = ((const ApiGetUserOutput *)output)->user;
  printf ("name  %s\npath  %s\narn   %s\nid    %s\n", user->user_name, user->path, user->arn,
          user->user_id);
  for (gsize i = 0; user->tags != NULL && i < user->tags->n; i++) {
    g_autofree char *key = terminal_text_line (user->tags->items[i]->key);
    g_autofree char *value = terminal_text_line (user->tags->items[i]->value);
    printf ("tag   %s=%s\n", key, value);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_users_show = { "iam users show", "NAME", "Shows a user.", run_show };

/* ---- delete ---- */

static gboolean
delete_keys (Session *session, const char *user, Arena *arena, GError **error)
{
  const ApiListAccessKeysInput input = { .user_name = user };
  gpointer output = NULL;
  if (!session_call (session, API_OP_LIST_ACCESS_KEYS, &input, arena, &output, error)) {
    return FALSE;
  }
  const ApiAccessKeyMetadataList *keys =
      ((const ApiListAccessKeysOutput *)output)->access_key_metadata;
  for (gsize i = 0; keys != NULL && i < keys->n; i++) {
    const ApiDeleteAccessKeyInput key = { .user_name = user,
                                          .access_key_id = keys->items[i]->access_key_id };
    if (!session_call (session, API_OP_DELETE_ACCESS_KEY, &key, arena, NULL, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
delete_policies (Session *session, const char *user, Arena *arena, GError **error)
{
  const ApiListUserPoliciesInput input = { .user_name = user };
  const ApiListAttachedUserPoliciesInput attached_input = { .user_name = user };
  gpointer output = NULL, attached_output = NULL;
  if (!session_call (session, API_OP_LIST_USER_POLICIES, &input, arena, &output, error) ||
      !session_call (session, API_OP_LIST_ATTACHED_USER_POLICIES, &attached_input, arena,
                     &attached_output, error)) {
    return FALSE;
  }
  const ApiPolicyNameList *names = ((const ApiListUserPoliciesOutput *)output)->policy_names;
  const ApiAttachedPolicyList *attached =
      ((const ApiListAttachedUserPoliciesOutput *)attached_output)->attached_policies;
  for (gsize i = 0; names != NULL && i < names->n; i++) {
    const ApiDeleteUserPolicyInput policy = { user, names->items[i] };
    if (!session_call (session, API_OP_DELETE_USER_POLICY, &policy, arena, NULL, error)) {
      return FALSE;
    }
  }
  for (gsize i = 0; attached != NULL && i < attached->n; i++) {
    const ApiDetachUserPolicyInput policy = { user, attached->items[i]->policy_arn };
    if (!session_call (session, API_OP_DETACH_USER_POLICY, &policy, arena, NULL, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static int
run_delete (Session *session, char **argv, GError **error)
{
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Delete its keys and policies first", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_users_delete, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_users_delete, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiDeleteUserInput input = { .user_name = rest[0] };
  if ((force && (!delete_keys (session, rest[0], arena, error) ||
                 !delete_policies (session, rest[0], arena, error))) ||
      !session_call (session, API_OP_DELETE_USER, &input, arena, NULL, error)) {
    if (!force && session_refusal (session) == API_ERR_DELETE_CONFLICT) {
      g_prefix_error (error, "user %s has keys or policies (--force deletes them too): ", rest[0]);
    }
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Deleted user %s.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_users_delete = { "iam users delete", "NAME", "Deletes a user.", run_delete };
