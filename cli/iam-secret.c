#include "cli/iam-secret.h"

#include <stdio.h>
#include <string.h>

#include "cli/exit-status.h"

void
iam_secret_options_clear (IamSecretOptions *where)
{
  g_free (where->file);
  g_free (where->profile);
}

gboolean
iam_secret_prepare (const Verb *verb, const IamSecretOptions *where, CredentialsFileMode mode,
                    GError **error)
{
  if (where->show == (where->file != NULL)) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                 "slipway %s: give either --file FILE, which is made for you alone, or --show to "
                 "print the secret: it is not shown again",
                 verb->name);
    return FALSE;
  }
  return where->file == NULL || credentials_file_prepare (where->file, mode, error);
}

static void
print_json (const NewCredentials *credentials, const char *file)
{
  session_print_json (json_pack (
      "{s:s, s:s*, s:s*, s:s*}", "AccessKeyId", credentials->access_key_id, "SecretAccessKey",
      file == NULL ? credentials->secret_access_key : NULL, "SessionToken",
      file == NULL ? credentials->session_token : NULL, "CredentialsFile", file));
}

gboolean
iam_secret_deliver (Session *session, const IamSecretOptions *where,
                    const NewCredentials *credentials, GError **error)
{
  if (where->file != NULL && !credentials_file_write (where->file, credentials, error)) {
    return FALSE;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    print_json (credentials, where->file);
  } else if (where->file != NULL) {
    printf ("%s is in %s; use it with\n  export AWS_SHARED_CREDENTIALS_FILE=%s\n",
            credentials->access_key_id, where->file, where->file);
  } else {
    char *text = credentials_file_text (credentials);
    printf ("%s", text);
    explicit_bzero (text, strlen (text));
    g_free (text);
  }
  return TRUE;
}
