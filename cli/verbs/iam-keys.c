#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

#include "cli/credentials-file.h"
#include "cli/exit-status.h"
#include "cli/iam-secret.h"
#include "cli/positional.h"
#include "proto/api-types.h"

/* ---- create ---- */

static int
run_create (Session *session, char **argv, GError **error)
{
  g_autofree char *user = NULL;
  g_auto (IamSecretOptions) where = { 0 };
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Whose key [yours]", "NAME" },
    IAM_SECRET_ENTRIES (where),
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_keys_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_keys_create, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  if (!iam_secret_prepare (&verb_iam_keys_create, &where, CREDENTIALS_FILE_NEW, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiCreateAccessKeyInput input = { .user_name = user };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_ACCESS_KEY, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiAccessKey *key = ((const ApiCreateAccessKeyOutput *)output)->access_key;
  const NewCredentials credentials = { .profile = where.profile,
                                       .access_key_id = key->access_key_id,
                                       .secret_access_key = key->secret_access_key };
  if (!iam_secret_deliver (session, &where, &credentials, error)) {
    g_prefix_error (
        error, "the secret of %s is lost; delete the key and make another: ", key->access_key_id);
    return CLI_EXIT_INPUT;
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_keys_create = { "iam keys create", "",
                                    "Makes an access key; its secret is shown once.", run_create };

/* ---- list ---- */

static int
run_list (Session *session, char **argv, GError **error)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Whose keys [yours]", "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_keys_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_keys_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiListAccessKeysInput input = { .user_name = user };
  gpointer output = NULL;
  if (!session_call (session, API_OP_LIST_ACCESS_KEYS, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_list_access_keys_output, output);
    return CLI_EXIT_OK;
  }
  const ApiAccessKeyMetadataList *keys =
      ((const ApiListAccessKeysOutput *)output)->access_key_metadata;
  for (gsize i = 0; keys != NULL && i < keys->n; i++) {
    printf ("%-22s %-9s %s\n", keys->items[i]->access_key_id, keys->items[i]->status,
            keys->items[i]->user_name);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_keys_list = { "iam keys list", "", "Lists a user's access keys.", run_list };

/* ---- enable, disable, delete ---- */

typedef struct {
  const Verb *verb;
  const char *status; /* NULL: delete */
  const char *said;
} KeyChange;

static int
change (Session *session, char **argv, const KeyChange *what, GError **error)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Whose key [yours]", "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, *what->verb, entries, argv, &rest, error) ||
      !positional_exactly (what->verb, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiUpdateAccessKeyInput update = { user, rest[0], what->status };
  const ApiDeleteAccessKeyInput deletion = { user, rest[0] };
  gboolean done =
      what->status != NULL
          ? session_call (session, API_OP_UPDATE_ACCESS_KEY, &update, arena, NULL, error)
          : session_call (session, API_OP_DELETE_ACCESS_KEY, &deletion, arena, NULL, error);
  if (!done) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("%s %s.\n", rest[0], what->said);
  }
  return CLI_EXIT_OK;
}

static int
run_enable (Session *session, char **argv, GError **error)
{
  const KeyChange what = { &verb_iam_keys_enable, "Active", "is accepted again" };
  return change (session, argv, &what, error);
}

static int
run_disable (Session *session, char **argv, GError **error)
{
  const KeyChange what = { &verb_iam_keys_disable, "Inactive", "is refused from now on" };
  return change (session, argv, &what, error);
}

static int
run_delete (Session *session, char **argv, GError **error)
{
  const KeyChange what = { &verb_iam_keys_delete, NULL, "is gone" };
  return change (session, argv, &what, error);
}

const Verb verb_iam_keys_enable = { "iam keys enable", "KEY-ID", "Switches an access key on again.",
                                    run_enable };
const Verb verb_iam_keys_disable = { "iam keys disable", "KEY-ID", "Switches an access key off.",
                                     run_disable };
const Verb verb_iam_keys_delete = { "iam keys delete", "KEY-ID", "Deletes an access key.",
                                    run_delete };
