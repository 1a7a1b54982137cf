#pragma once

#include "cli/credentials-file.h"
#include "cli/verb.h"

/*
 * What `slipway iam` does with the secret of a key that it has made: the options that say where it goes, checked before
 * the key is made, and the delivery.
 *
 * Thread rule: main thread.
 */
typedef struct {
  char *file;
  char *profile;
  gboolean show;
} IamSecretOptions;

#define IAM_SECRET_ENTRIES(where)                                                                  \
  { "file",                                                                                        \
    0,                                                                                             \
    0,                                                                                             \
    G_OPTION_ARG_FILENAME,                                                                         \
    &(where).file,                                                                                 \
    "Write the key into this new file, for AWS_SHARED_CREDENTIALS_FILE",                           \
    "FILE" },                                                                                      \
      { "profile-name",                                                                            \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(where).profile,                                                                          \
        "Profile in the file [default]",                                                           \
        "NAME" },                                                                                  \
  {                                                                                                \
    "show", 0, 0, G_OPTION_ARG_NONE, &(where).show, "Print the secret", NULL                       \
  }

void iam_secret_options_clear (IamSecretOptions *where);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IamSecretOptions, iam_secret_options_clear)

/* Exactly one place has to be given, and a file must be possible. */
gboolean iam_secret_prepare (const Verb *verb, const IamSecretOptions *where,
                             CredentialsFileMode mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean iam_secret_deliver (Session *session, const IamSecretOptions *where,
                             const NewCredentials *credentials, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
