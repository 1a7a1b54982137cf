#pragma once

#include "core/ambient.h"
#include "core/ids.h"
#include "core/sigv4.h"
#include "server/identity.h"
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
#define KEYRING_TOKEN_SIZE  65 /* 64 of A-Z a-z 0-9 - _ */

/* A key as its owner gets to see it, once. */
typedef struct {
  char id[IDS_ACCESS_KEY_SIZE];
  char secret[IDS_SECRET_KEY_SIZE];
} KeyringNewKey;

/* master: KEYRING_MASTER_SIZE bytes, copied. */
Keyring *keyring_new (const guint8 *master, const Ambient *ambient);
void keyring_free (Keyring *keyring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Keyring, keyring_free)

/* Makes an access key for the principal, which is added when it is not there yet and else keeps what it is.
 * STORE_ERROR_CONSTRAINT: another user has its name. */
gboolean keyring_create_key (Keyring *keyring, StoreTx *tx, const Principal *principal,
                             gint64 now_ms, KeyringNewKey *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Deletes a principal and its keys; once committed they are refused. */
gboolean keyring_delete_principal (Keyring *keyring, StoreTx *tx, const char *arn, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What keys may do has changed (policies, keys switched off or deleted): once this is committed, the next request is judged
 * anew. */
void keyring_forget (Keyring *keyring, StoreTx *tx);

/* A temporary key: usable for lifetime_s, only together with the token. Making one also deletes some of those that ended
 * a day ago or earlier (until then their users are told that they have expired). */
typedef struct {
  KeyringNewKey key;
  char token[KEYRING_TOKEN_SIZE];
} KeyringNewSession;
gboolean keyring_create_session (Keyring *keyring, StoreTx *tx, const Principal *principal,
                                 gint64 now_ms, gint64 lifetime_s, KeyringNewSession *out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- for authentication ---- */

/* An opened key; immutable, reference counted. */
typedef struct KeyringKey KeyringKey;
KeyringKey *keyring_key_ref (KeyringKey *key);
void keyring_key_unref (KeyringKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeyringKey, keyring_key_unref)

const Principal *keyring_key_principal (const KeyringKey *key);
const Identity *keyring_key_identity (const KeyringKey *key);
gboolean keyring_key_is_disabled (const KeyringKey *key);
/* 0: never. */
gint64 keyring_key_expire_ms (const KeyringKey *key);
/* Does the token (NULL: none was sent) go with the key? A permanent key goes with no token only. */
gboolean keyring_key_token_matches (const KeyringKey *key, const char *token);
/* The SigV4 signing key, from the cache of the day's. */
void keyring_key_derive (KeyringKey *key, const char *date, const char *region, const char *service,
                         guint8 out[SIGV4_KEY_SIZE]);

/* The cached key, or NULL: then load it. */
KeyringKey *keyring_find (Keyring *keyring, const char *id);
/* Taken before a load begins, so that keyring_remember can tell whether keys were deleted meanwhile. */
guint keyring_generation (Keyring *keyring);
/* Reads and opens the key; *out NULL: there is none. */
gboolean keyring_load (Keyring *keyring, StoreTx *tx, const char *id, KeyringKey **out,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Puts a loaded key into the cache. */
void keyring_remember (Keyring *keyring, KeyringKey *key, guint generation);
