#include "server/store-owner.h"

#include "core/arena.h"
#include "server/installation.h"
#include "server/keyring.h"
#include "store/records/access-key.h"
#include "store/records/principal.h"

/* ---- nobody's ---- */

gboolean
store_owner_check_none_in (StoreTx *tx, const char *store_name, GError **error)
{
  gint64 n_principals;
  if (!principal_record_count (tx, 1, &n_principals, error))
    return FALSE;
  if (n_principals == 0)
    return TRUE;
  g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_EXISTS,
               "%s holds the installation of another data folder; give it a database of its own "
               "(createdb NAME)",
               store_name);
  return FALSE;
}

static gboolean
check_none (StoreTx *tx, gpointer data, GError **error)
{
  return store_owner_check_none_in (tx, data, error);
}

gboolean
store_owner_check_none (Store *store, const char *store_name, GError **error)
{
  return store_run (store, STORE_READ, check_none, (gpointer)store_name, error);
}

/* ---- this folder's ---- */

typedef struct {
  Keyring *keyring;
  Arena *arena;
  gint64 n_principals;
  gboolean is_foreign;
} OwnerCheck;

/* Any of its keys will do: all are sealed with the secrets of the folder that made it. */
static gboolean
look (StoreTx *tx, gpointer data, GError **error)
{
  OwnerCheck *check = data;
  const char *key_id;
  check->is_foreign = FALSE;
  if (!principal_record_count (tx, 1, &check->n_principals, error) ||
      !access_key_record_any (tx, check->arena, &key_id, error))
    return FALSE;
  if (key_id == NULL)
    return TRUE;
  g_autoptr (KeyringKey) key = NULL;
  g_autoptr (GError) problem = NULL;
  if (keyring_load (check->keyring, tx, key_id, &key, &problem))
    return TRUE;
  check->is_foreign = problem->domain != STORE_ERROR;
  if (check->is_foreign)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
store_owner_check (Store *store, const char *store_name, const guint8 *master, const char *dir,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (Keyring) keyring = keyring_new (master, ambient_system ());
  OwnerCheck check = { .keyring = keyring, .arena = arena };
  if (!store_run (store, STORE_READ, look, &check, error))
    return FALSE;
  if (check.is_foreign)
    g_set_error (
        error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
        "%s belongs to another data folder than %s: its keys are sealed with other "
        "secrets; restore the secrets.key that was with it, or put the folder's own database "
        "into the setting store",
        store_name, dir);
  else if (check.n_principals == 0)
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
                 "%s is empty, it is not the database of %s: restore it from a backup, or make a "
                 "new data folder with slipwayd init",
                 store_name, dir);
  else
    return TRUE;
  return FALSE;
}
