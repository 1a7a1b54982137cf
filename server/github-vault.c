#include "server/github-vault.h"

#include <string.h>

#include "core/digest.h"

G_STATIC_ASSERT (DIGEST_SHA256_SIZE == SEAL_KEY_SIZE);

#define MAX_TOKEN 1024

void
github_vault_init (GithubVault *vault, const guint8 master[SEAL_KEY_SIZE])
{
  static const char purpose[] = "GitHub tokens";
  digest_hmac_sha256 (master, SEAL_KEY_SIZE, purpose, strlen (purpose), vault->key);
}

gboolean
github_vault_is_token (const char *text)
{
  gsize n = text != NULL ? strnlen (text, MAX_TOKEN + 1) : 0;
  if (n == 0 || n > MAX_TOKEN)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  return TRUE;
}

gboolean
github_vault_put (const GithubVault *vault, StoreTx *tx, const char *name, const char *token,
                  const Ambient *ambient, gint64 now_ms, GError **error)
{
  gsize n = strlen (token);
  g_autofree guint8 *sealed = g_malloc (n + SEAL_OVERHEAD);
  seal_close (vault->key, name, token, n, ambient, sealed);
  const GithubTokenRecord record = {
    .name = name, .sealed = sealed, .sealed_size = n + SEAL_OVERHEAD, .create_ms = now_ms
  };
  return github_token_record_put (tx, &record, error);
}

gboolean
github_vault_of_application (const GithubVault *vault, StoreTx *tx,
                             const ApplicationRecord *application, Arena *arena,
                             GithubLink *out_link, const char **out_token, GError **error)
{
  GithubTokenRecord *record;
  g_autoptr (GError) sealed = NULL;
  *out_token = NULL;
  *out_link = GITHUB_LINK_NONE;
  if (application->github_token_name == NULL)
    return TRUE;
  if (!github_token_record_by_name (tx, application->github_token_name, arena, &record, error))
    return FALSE;
  *out_link = GITHUB_LINK_GONE;
  if (record == NULL)
    return TRUE;
  char *token = arena_alloc (arena, record->sealed_size + 1);
  *out_link = GITHUB_LINK_SEALED;
  if (!seal_open (vault->key, record->name, record->sealed, record->sealed_size, (guint8 *)token,
                  &sealed))
    return TRUE;
  *out_link = GITHUB_LINK_GOOD;
  *out_token = token;
  return TRUE;
}
