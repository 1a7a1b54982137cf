#pragma once

#include "core/ambient.h"
#include "core/ids.h"
#include "store/records/access-key.h"

/* Access keys on the server: making them, sealing their secrets for the store, and finding them quickly.
 *
 * Secrets are sealed with AES-256-GCM under a key that lives in a file beside the database (DIR/secrets.key), bound to
 * the access key's id. Opened keys, and the signing keys derived from them, are cached in memory, bounded; the cache is
 * filled by authentication and emptied by the functions below.
 *
 * Thread rule: any thread. Functions with a tx run inside a store work. */
typedef struct Keyring Keyring;

#define KEYRING_MASTER_SIZE 32

/* A key as its owner gets to see it, once. */
typedef struct {
  char id[IDS_ACCESS_KEY_SIZE];
  char secret[IDS_SECRET_KEY_SIZE];
} KeyringNewKey;

/* Makes an access key for the principal (which is added when it is not there yet). */
gboolean keyring_create_key (Keyring *keyring, StoreTx *tx, const Principal *principal,
                             gint64 now_ms, KeyringNewKey *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes a principal and its keys; once committed they are refused. */
gboolean keyring_delete_principal (Keyring *keyring, StoreTx *tx, const char *arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
