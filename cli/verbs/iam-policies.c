#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/policy-file.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "proto/api-types.h"

/* Who has the policy: one of the two. */
typedef struct {
  char *user;
  char *role;
} Owner;

static void
owner_clear (Owner *owner)
{
  g_free (owner->user);
  g_free (owner->role);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Owner, owner_clear)

#define OWNER_ENTRIES(owner)                                                                       \
  { "user", 'u', 0, G_OPTION_ARG_STRING, &(owner).user, "Of this user", "NAME" },                  \
  {                                                                                                \
    "role", 'r', 0, G_OPTION_ARG_STRING, &(owner).role, "Of this role", "NAME"                     \
  }

static gboolean
check_owner (const Verb *verb, const Owner *owner, GError **error)
{
  if ((owner->user == NULL) != (owner->role == NULL)) {
    return TRUE;
  }
  g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
               "slipway %s: say whose policy it is, with --user NAME or with --role NAME",
               verb->name);
  return FALSE;
}

static void
say (Session *session, const Owner *owner, const char *policy, const char *what)
{
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("%s %s %s %s.\n", policy, what, owner->user != NULL ? "user" : "role",
            owner->user != NULL ? owner->user : owner->role);
  }
}

/* ---- put ---- */

static int
run_put (Session *session, char **argv, GError **error)
{
  g_auto (Owner) owner = { 0 };
  g_autofree char *file = NULL;
  g_autofree char *document = NULL;
  const GOptionEntry entries[] = {
    OWNER_ENTRIES (owner),
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &file, "The policy, as JSON (needed)", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_policies_put, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_policies_put, rest, 1, error) ||
      !check_owner (&verb_iam_policies_put, &owner, error) ||
      !positional_needs (&verb_iam_policies_put, "--file", file, error)) {
    return CLI_EXIT_USAGE;
  }
  if (!policy_file_read (file, POLICY_DOCUMENT_IDENTITY, &document, error)) {
    return CLI_EXIT_INPUT;
  }
  const ApiPutUserPolicyInput of_user = { owner.user, rest[0], document };
  const ApiPutRolePolicyInput of_role = { owner.role, rest[0], document };
  gboolean done =
      owner.user != NULL
          ? session_call (session, API_OP_PUT_USER_POLICY, &of_user, arena, NULL, error)
          : session_call (session, API_OP_PUT_ROLE_POLICY, &of_role, arena, NULL, error);
  if (!done) {
    return CLI_EXIT_REFUSED;
  }
  say (session, &owner, rest[0], "stands in");
  return CLI_EXIT_OK;
}

const Verb verb_iam_policies_put = { "iam policies put", "NAME",
                                     "Writes a policy into a user or a role.", run_put };

/* ---- show ---- */

static int
run_show (Session *session, char **argv, GError **error)
{
  g_auto (Owner) owner = { 0 };
  const GOptionEntry entries[] = { OWNER_ENTRIES (owner), G_OPTION_ENTRY_NULL };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_policies_show, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_policies_show, rest, 1, error) ||
      !check_owner (&verb_iam_policies_show, &owner, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiGetUserPolicyInput of_user = { owner.user, rest[0] };
  const ApiGetRolePolicyInput of_role = { owner.role, rest[0] };
  gpointer output = NULL;
  gboolean done =
      owner.user != NULL
          ? session_call (session, API_OP_GET_USER_POLICY, &of_user, arena, &output, error)
          : session_call (session, API_OP_GET_ROLE_POLICY, &of_role, arena, &output, error);
  if (!done) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (owner.user != NULL ? &api_shape_get_user_policy_output
                                            : &api_shape_get_role_policy_output,
                         output);
    return CLI_EXIT_OK;
  }
  const char *document = owner.user != NULL
                             ? ((const ApiGetUserPolicyOutput *)output)->policy_document
                             : ((const ApiGetRolePolicyOutput *)output)->policy_document;
  printf ("%s\n", document);
  return CLI_EXIT_OK;
}

const Verb verb_iam_policies_show = { "iam policies show", "NAME",
                                      "Prints a policy that stands in a user or a role.",
                                      run_show };

/* ---- list ---- */

typedef struct {
  const ApiPolicyNameList *names;
  const ApiAttachedPolicyList *attached;
} Listed;

static gboolean
list_of_user (Session *session, const char *user, Arena *arena, Listed *out, GError **error)
{
  const ApiListUserPoliciesInput input = { .user_name = user };
  const ApiListAttachedUserPoliciesInput attached_input = { .user_name = user };
  gpointer output = NULL, attached = NULL;
  if (!session_call (session, API_OP_LIST_USER_POLICIES, &input, arena, &output, error) ||
      !session_call (session, API_OP_LIST_ATTACHED_USER_POLICIES, &attached_input, arena, &attached,
                     error)) {
    return FALSE;
  }
  out->names = ((const ApiListUserPoliciesOutput *)output)->policy_names;
  out->attached = ((const ApiListAttachedUserPoliciesOutput *)attached)->attached_policies;
  return TRUE;
}

static gboolean
list_of_role (Session *session, const char *role, Arena *arena, Listed *out, GError **error)
{
  const ApiListRolePoliciesInput input = { .role_name = role };
  const ApiListAttachedRolePoliciesInput attached_input = { .role_name = role };
  gpointer output = NULL, attached = NULL;
  if (!session_call (session, API_OP_LIST_ROLE_POLICIES, &input, arena, &output, error) ||
      !session_call (session, API_OP_LIST_ATTACHED_ROLE_POLICIES, &attached_input, arena, &attached,
                     error)) {
    return FALSE;
  }
  out->names = ((const ApiListRolePoliciesOutput *)output)->policy_names;
  out->attached = ((const ApiListAttachedRolePoliciesOutput *)attached)->attached_policies;
  return TRUE;
}

static int
list_managed (Session *session, Arena *arena, GError **error)
{
  const ApiListPoliciesInput input = { 0 };
  gpointer output = NULL;
  if (!session_call (session, API_OP_LIST_POLICIES, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_list_policies_output, output);
    return CLI_EXIT_OK;
  }
  const ApiPolicyList *policies = ((const ApiListPoliciesOutput *)output)->policies;
  for (gsize i = 0; policies != NULL && i < policies->n; i++) {
    printf ("%-30s %s\n", policies->items[i]->policy_name, policies->items[i]->description);
  }
  return CLI_EXIT_OK;
}

static void
print_listed (Session *session, const Listed *listed)
{
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    json_t *all = json_object ();
    json_object_set_new (all, "PolicyNames",
                         shape_encode (&api_shape_policy_name_list, listed->names));
    json_object_set_new (all, "AttachedPolicies",
                         shape_encode (&api_shape_attached_policy_list, listed->attached));
    session_print_json (all);
    return;
  }
  for (gsize i = 0; listed->names != NULL && i < listed->names->n; i++) {
    printf ("%-30s inline\n", listed->names->items[i]);
  }
  for (gsize i = 0; listed->attached != NULL && i < listed->attached->n; i++) {
    printf ("%-30s %s\n", listed->attached->items[i]->policy_name,
            listed->attached->items[i]->policy_arn);
  }
}

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (Owner) owner = { 0 };
  const GOptionEntry entries[] = { OWNER_ENTRIES (owner), G_OPTION_ENTRY_NULL };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  Listed listed;
  if (!VERB_PARSE (session, verb_iam_policies_list, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_policies_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  if (owner.user == NULL && owner.role == NULL) {
    return list_managed (session, arena, error);
  }
  if (!check_owner (&verb_iam_policies_list, &owner, error)) {
    return CLI_EXIT_USAGE;
  }
  if (!(owner.user != NULL ? list_of_user (session, owner.user, arena, &listed, error)
                           : list_of_role (session, owner.role, arena, &listed, error))) {
    return CLI_EXIT_REFUSED;
  }
  print_listed (session, &listed);
  return CLI_EXIT_OK;
}

const Verb verb_iam_policies_list = {
  "iam policies list", "", "Lists the policies of a user or a role, or those that can be attached.",
  run_list
};

/* ---- delete, attach, detach ---- */

static int
run_delete (Session *session, char **argv, GError **error)
{
  g_auto (Owner) owner = { 0 };
  const GOptionEntry entries[] = { OWNER_ENTRIES (owner), G_OPTION_ENTRY_NULL };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_policies_delete, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_policies_delete, rest, 1, error) ||
      !check_owner (&verb_iam_policies_delete, &owner, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiDeleteUserPolicyInput of_user = { owner.user, rest[0] };
  const ApiDeleteRolePolicyInput of_role = { owner.role, rest[0] };
  gboolean done =
      owner.user != NULL
          ? session_call (session, API_OP_DELETE_USER_POLICY, &of_user, arena, NULL, error)
          : session_call (session, API_OP_DELETE_ROLE_POLICY, &of_role, arena, NULL, error);
  if (!done) {
    return CLI_EXIT_REFUSED;
  }
  say (session, &owner, rest[0], "is gone from");
  return CLI_EXIT_OK;
}

/* A managed policy by its ARN, or by the name that a built-in one has. */
static const char *
policy_arn (Session *session, const char *text, Arena *arena, GError **error)
{
  const ApiListPoliciesInput input = { 0 };
  gpointer output = NULL;
  if (g_str_has_prefix (text, "arn:")) {
    return text;
  }
  if (!session_call (session, API_OP_LIST_POLICIES, &input, arena, &output, error)) {
    return NULL;
  }
  const ApiPolicyList *policies = ((const ApiListPoliciesOutput *)output)->policies;
  for (gsize i = 0; policies != NULL && i < policies->n; i++) {
    if (g_str_equal (policies->items[i]->policy_name, text)) {
      return policies->items[i]->arn;
    }
  }
  g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
               "there is no managed policy %s; \"slipway iam policies list\" shows those there are",
               text);
  return NULL;
}

typedef struct {
  const Verb *verb;
  ApiOp of_user, of_role;
  const char *said;
} Attachment;

static int
attach (Session *session, char **argv, const Attachment *what, GError **error)
{
  g_auto (Owner) owner = { 0 };
  const GOptionEntry entries[] = { OWNER_ENTRIES (owner), G_OPTION_ENTRY_NULL };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, *what->verb, entries, argv, &rest, error) ||
      !positional_exactly (what->verb, rest, 1, error) ||
      !check_owner (what->verb, &owner, error)) {
    return CLI_EXIT_USAGE;
  }
  const char *arn = policy_arn (session, rest[0], arena, error);
  if (arn == NULL) {
    return CLI_EXIT_REFUSED;
  }
  /* The inputs of attaching and detaching are alike: who, and which policy. */
  const ApiAttachUserPolicyInput attach_user = { owner.user, arn };
  const ApiAttachRolePolicyInput attach_role = { owner.role, arn };
  const ApiDetachUserPolicyInput detach_user = { owner.user, arn };
  const ApiDetachRolePolicyInput detach_role = { owner.role, arn };
  ApiOp op = owner.user != NULL ? what->of_user : what->of_role;
  gconstpointer input = op == API_OP_ATTACH_USER_POLICY   ? (gconstpointer)&attach_user
                        : op == API_OP_ATTACH_ROLE_POLICY ? (gconstpointer)&attach_role
                        : op == API_OP_DETACH_USER_POLICY ? (gconstpointer)&detach_user
                                                          : (gconstpointer)&detach_role;
  if (!session_call (session, op, input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  say (session, &owner, rest[0], what->said);
  return CLI_EXIT_OK;
}

static int
run_attach (Session *session, char **argv, GError **error)
{
  const Attachment what = { &verb_iam_policies_attach, API_OP_ATTACH_USER_POLICY,
                            API_OP_ATTACH_ROLE_POLICY, "is attached to" };
  return attach (session, argv, &what, error);
}

static int
run_detach (Session *session, char **argv, GError **error)
{
  const Attachment what = { &verb_iam_policies_detach, API_OP_DETACH_USER_POLICY,
                            API_OP_DETACH_ROLE_POLICY, "is detached from" };
  return attach (session, argv, &what, error);
}

const Verb verb_iam_policies_delete = { "iam policies delete", "NAME",
                                        "Deletes a policy that stands in a user or a role.",
                                        run_delete };
const Verb verb_iam_policies_attach = { "iam policies attach", "NAME-OR-ARN",
                                        "Attaches a managed policy to a user or a role.",
                                        run_attach };
const Verb verb_iam_policies_detach = { "iam policies detach", "NAME-OR-ARN",
                                        "Detaches a managed policy.", run_detach };
