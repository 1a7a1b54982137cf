#include "cli/verb.h"

#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/policy-file.h"
#include "cli/positional.h"
#include "cli/terminal-text.h"
#include "proto/api-types.h"

#define MAX_PAGES 10000

/* ---- create ---- */

static int
run_create (Session *session, char **argv, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *trust = NULL;
  g_autofree char *description = NULL;
  g_autofree char *document = NULL;
  gint64 session_s = 0;
  const GOptionEntry entries[] = {
    { "trust", 0, 0, G_OPTION_ARG_FILENAME, &trust,
      "The trust policy: who may assume the role (needed)", "FILE" },
    { "path", 0, 0, G_OPTION_ARG_STRING, &path, "The role's path [/]", "PATH" },
    { "description", 0, 0, G_OPTION_ARG_STRING, &description, "What it is for", "TEXT" },
    { "max-session", 0, 0, G_OPTION_ARG_INT64, &session_s, "How long a session may last [3600]",
      "SECONDS" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_roles_create, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_roles_create, rest, 1, error) ||
      !positional_needs (&verb_iam_roles_create, "--trust", trust, error)) {
    return CLI_EXIT_USAGE;
  }
  if (!policy_file_read (trust, POLICY_DOCUMENT_TRUST, &document, error)) {
    return CLI_EXIT_INPUT;
  }
  const ApiCreateRoleInput input = { .path = path,
                                     .role_name = rest[0],
                                     .assume_role_policy_document = document,
                                     .description = description,
                                     .max_session_duration = session_s != 0 ? &session_s : NULL };
  gpointer output = NULL;
  if (!session_call (session, API_OP_CREATE_ROLE, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_create_role_output, output);
  } else {
    printf ("Role %s is there: %s\n", rest[0], ((const ApiCreateRoleOutput *)output)->role->arn);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_roles_create = { "iam roles create", "NAME",
                                     "Makes a role, which those it trusts may assume.",
                                     run_create };

/* ---- list ---- */

static int
run_list (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GPtrArray) roles = g_ptr_array_new ();
  ApiListRolesInput input = { 0 };
  if (!VERB_PARSE (session, verb_iam_roles_list, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_iam_roles_list, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  for (guint page = 0; page < MAX_PAGES; page++) {
    gpointer output = NULL;
    if (!session_call (session, API_OP_LIST_ROLES, &input, arena, &output, error)) {
      return CLI_EXIT_REFUSED;
    }
    const ApiListRolesOutput *list = output;
    for (gsize i = 0; list->roles != NULL && i < list->roles->n; i++) {
      g_ptr_array_add (roles, (gpointer)list->roles->items[i]);
    }
    input.marker = list->marker;
    if (input.marker == NULL) {
      break;
    }
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    ApiIamRoleList all = { .n = roles->len, .items = (const ApiIamRole **)roles->pdata };
    const ApiListRolesOutput whole = { .roles = &all };
    session_print_shape (&api_shape_list_roles_output, &whole);
    return CLI_EXIT_OK;
  }
  for (guint i = 0; i < roles->len; i++) {
    const ApiIamRole *role = g_ptr_array_index (roles, i);
    printf ("%-28s %s\n", role->role_name, role->arn);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_roles_list = { "iam roles list", "", "Lists the roles.", run_list };

/* ---- show ---- */

static int
run_show (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_roles_show, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_iam_roles_show, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiGetRoleInput input = { .role_name = rest[0] };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_ROLE, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_get_role_output, output);
    return CLI_EXIT_OK;
  }
  const ApiIamRole *role = ((const ApiGetRoleOutput *)output)->role;
  g_autofree char *description =
      terminal_text_line (role->description != NULL ? role->description : "");
  printf ("name         %s\narn          %s\ndescription  %s\nmax session  %" G_GINT64_FORMAT
          " s\ntrusts       %s\n",
          role->role_name, role->arn, description, *role->max_session_duration,
          role->assume_role_policy_document);
  return CLI_EXIT_OK;
}

const Verb verb_iam_roles_show = { "iam roles show", "NAME", "Shows a role and whom it trusts.",
                                   run_show };

/* ---- trust, delete ---- */

static int
run_trust (Session *session, char **argv, GError **error)
{
  g_autofree char *file = NULL;
  g_autofree char *document = NULL;
  const GOptionEntry entries[] = {
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &file, "The new trust policy (needed)", "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_roles_trust, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_roles_trust, rest, 1, error) ||
      !positional_needs (&verb_iam_roles_trust, "--file", file, error)) {
    return CLI_EXIT_USAGE;
  }
  if (!policy_file_read (file, POLICY_DOCUMENT_TRUST, &document, error)) {
    return CLI_EXIT_INPUT;
  }
  const ApiUpdateAssumeRolePolicyInput input = { rest[0], document };
  if (!session_call (session, API_OP_UPDATE_ASSUME_ROLE_POLICY, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Role %s has a new trust policy; sessions that it has stay.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

static int
run_delete (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_roles_delete, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_iam_roles_delete, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiDeleteRoleInput input = { .role_name = rest[0] };
  if (!session_call (session, API_OP_DELETE_ROLE, &input, arena, NULL, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_TEXT) {
    printf ("Deleted role %s; its sessions have ended.\n", rest[0]);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_roles_trust = { "iam roles trust", "NAME", "Changes who may assume a role.",
                                    run_trust };
const Verb verb_iam_roles_delete = { "iam roles delete", "NAME",
                                     "Deletes a role that has no policies any more.", run_delete };
