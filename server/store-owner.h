#pragma once

#include "store/store.h"

/* Whose database is it? A data folder and a database belong together: the secrets in the one are sealed with the key in the
 * other. Two folders on one database, or a folder on another's, would find out only when every key is refused.
 *
 * Thread rule: any thread but a store's; blocks. Errors: INSTALLATION_ERROR_EXISTS, INSTALLATION_ERROR_CONTENT, the store's.
 * store_name: of StoreUrl. */

/* It holds no installation yet. */
gboolean store_owner_check_none (Store *store, const char *store_name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same in the transaction that makes one: of two that do so at the same time, one is refused. */
gboolean store_owner_check_none_in (StoreTx *tx, const char *store_name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* It holds the installation whose keys are sealed with master (KEYRING_MASTER_SIZE bytes), of the folder dir. */
gboolean store_owner_check (Store *store, const char *store_name, const guint8 *master,
                            const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
