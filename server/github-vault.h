#pragma once

#include "core/ambient.h"
#include "server/seal.h"
#include "store/records/application.h"
#include "store/records/github-token.h"

/* Tokens for GitHub accounts: sealed for the store under a key of their own, which is made from the installation's
 * (DIR/secrets.key), and opened where a host needs one. Who has only the database has no token.
 *
 * Thread rule: any thread; a vault is constant after its init. Functions with a tx run inside a store work. */
typedef struct {
  guint8 key[SEAL_KEY_SIZE];
} GithubVault;

void github_vault_init (GithubVault *vault, const guint8 master[SEAL_KEY_SIZE]);

/* A header's value carries it: 1 to 1024 printable ASCII characters, no blanks. NULL is not one. */
gboolean github_vault_is_token (const char *text);

/* Stores a token, in place of one of the name. The token was checked. */
gboolean github_vault_put (const GithubVault *vault, StoreTx *tx, const char *name,
                           const char *token, const Ambient *ambient, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  GITHUB_LINK_NONE,  /* the application names no token: GitHub is asked without */
  GITHUB_LINK_GOOD,  /* *out_token is it */
  GITHUB_LINK_GONE,  /* the token was deleted */
  GITHUB_LINK_SEALED /* it does not open with this installation's key */
} GithubLink;
/* The token that an application's revisions are fetched with, in the arena. */
gboolean github_vault_of_application (const GithubVault *vault, StoreTx *tx,
                                      const ApplicationRecord *application, Arena *arena,
                                      GithubLink *out_link, const char **out_token, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
