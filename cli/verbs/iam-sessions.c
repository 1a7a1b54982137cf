#include "cli/verb.h"

#include <stdio.h>

#include "cli/credentials-file.h"
#include "cli/exit-status.h"
#include "cli/iam-secret.h"
#include "cli/positional.h"
#include "proto/api-types.h"

/* ---- whoami ---- */

static int
run_whoami (Session *session, char **argv, GError **error)
{
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  if (!VERB_PARSE (session, verb_iam_whoami, NULL, argv, &rest, error) ||
      !positional_exactly (&verb_iam_whoami, rest, 0, error)) {
    return CLI_EXIT_USAGE;
  }
  const ApiGetCallerIdentityInput input = { 0 };
  gpointer output = NULL;
  if (!session_call (session, API_OP_GET_CALLER_IDENTITY, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_shape (&api_shape_get_caller_identity_output, output);
  } else {
    printf ("%s\n", ((const ApiGetCallerIdentityOutput *)output)->arn);
  }
  return CLI_EXIT_OK;
}

const Verb verb_iam_whoami = { "iam whoami", "", "Says whose keys these are.", run_whoami };

/* ---- assume ---- */

/* A role by its ARN, or by the name that it has here. */
static const char *
role_arn (Session *session, const char *text, Arena *arena, GError **error)
{
  const ApiGetRoleInput input = { .role_name = text };
  gpointer output = NULL;
  if (g_str_has_prefix (text, "arn:")) {
    return text;
  }
  if (!session_call (session, API_OP_GET_ROLE, &input, arena, &output, error)) {
    g_prefix_error (error, "cannot find the ARN of role %s (give the ARN itself): ", text);
    return NULL;
  }
  return ((const ApiGetRoleOutput *)output)->role->arn;
}

typedef struct {
  char *name, *external_id;
  gint64 lifetime_s;
} Options;

static void
options_clear (Options *o)
{
  g_free (o->name);
  g_free (o->external_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static int
assume (Session *session, const char *role, const Options *o, const IamSecretOptions *where,
        Arena *arena, GError **error)
{
  const char *arn = role_arn (session, role, arena, error);
  if (arn == NULL) {
    return CLI_EXIT_REFUSED;
  }
  const ApiAssumeRoleInput input = { .role_arn = arn,
                                     .role_session_name = o->name,
                                     .external_id = o->external_id,
                                     .duration_seconds =
                                         o->lifetime_s != 0 ? &o->lifetime_s : NULL };
  gpointer output = NULL;
  if (!session_call (session, API_OP_ASSUME_ROLE, &input, arena, &output, error)) {
    return CLI_EXIT_REFUSED;
  }
  const ApiCredentials *made = ((const ApiAssumeRoleOutput *)output)->credentials;
  const NewCredentials credentials = { .profile = where->profile,
                                       .access_key_id = made->access_key_id,
                                       .secret_access_key = made->secret_access_key,
                                       .session_token = made->session_token };
  return iam_secret_deliver (session, where, &credentials, error) ? CLI_EXIT_OK : CLI_EXIT_INPUT;
}

static int
run_assume (Session *session, char **argv, GError **error)
{
  g_auto (Options) o = { 0 };
  g_auto (IamSecretOptions) where = { 0 };
  const GOptionEntry entries[] = {
    { "session", 0, 0, G_OPTION_ARG_STRING, &o.name, "The session's name (needed)", "NAME" },
    { "external-id", 0, 0, G_OPTION_ARG_STRING, &o.external_id, "What the trust policy asks for",
      "ID" },
    { "duration", 0, 0, G_OPTION_ARG_INT64, &o.lifetime_s, "How long it lasts [3600]", "SECONDS" },
    IAM_SECRET_ENTRIES (where),
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  g_autoptr (Arena) arena = arena_new ();
  /* A host's credentials file is made anew again and again. */
  if (!VERB_PARSE (session, verb_iam_assume, entries, argv, &rest, error) ||
      !positional_exactly (&verb_iam_assume, rest, 1, error) ||
      !positional_needs (&verb_iam_assume, "--session", o.name, error) ||
      !iam_secret_prepare (&verb_iam_assume, &where, CREDENTIALS_FILE_REPLACE, error)) {
    return CLI_EXIT_USAGE;
  }
  return assume (session, rest[0], &o, &where, arena, error);
}

const Verb verb_iam_assume = { "iam assume", "ROLE", "Makes temporary keys with a role's rights.",
                               run_assume };
