#include "server/keyring.h"

#include <string.h>

#include "core/digest.h"
#include "server/seal.h"

G_STATIC_ASSERT (KEYRING_MASTER_SIZE == SEAL_KEY_SIZE);

#define MAX_CACHED_KEYS 65536
/* Services times regions times days that one key is used with at a time. */
#define MAX_DERIVED 8
/* An expired key is known for so long, and so many are deleted when one is made. */
#define KEPT_AFTER_END_MS (24 * 3600 * G_GINT64_CONSTANT (1000))
#define MAX_PURGED        100
/* One of a temporary key's id, as clients recognise it. */
#define SESSION_ID_PREFIX "ASIA"

/* A signing key and what it is for. */
typedef struct {
  char *scope;
  guint8 key[SIGV4_KEY_SIZE];
} Derived;

struct KeyringKey {
  gint refs;
  GList link; /* in the keyring's queue, least recently used first; data is the key */
  Arena *arena;
  const AccessKey *record;
  Identity identity;
  char *secret;
  GMutex lock; /* for derived */
  Derived derived[MAX_DERIVED];
  guint n_derived; /* ever; the oldest is overwritten */
};

struct Keyring {
  guint8 master[KEYRING_MASTER_SIZE];
  const Ambient *ambient;
  GMutex lock;
  GHashTable *by_id; /* id -> KeyringKey, owned */
  GQueue by_use;
  guint generation;
};

/* ---- opened keys ---- */

KeyringKey *
keyring_key_ref (KeyringKey *key)
{
  g_atomic_int_inc (&key->refs);
  return key;
}

static void
wipe (char *text)
{
  explicit_bzero (text, strlen (text));
  g_free (text);
}

void
keyring_key_unref (KeyringKey *key)
{
  if (key == NULL || !g_atomic_int_dec_and_test (&key->refs))
    return;
  for (gsize i = 0; i < MAX_DERIVED; i++)
    g_free (key->derived[i].scope);
  explicit_bzero (key->derived, sizeof key->derived);
  wipe (key->secret);
  g_mutex_clear (&key->lock);
  arena_free (key->arena);
  g_free (key);
}

const Principal *
keyring_key_principal (const KeyringKey *key)
{
  return key->identity.principal;
}

const Identity *
keyring_key_identity (const KeyringKey *key)
{
  return &key->identity;
}

gboolean
keyring_key_is_disabled (const KeyringKey *key)
{
  return key->record->disabled;
}

gint64
keyring_key_expire_ms (const KeyringKey *key)
{
  return key->record->expire_ms;
}

gboolean
keyring_key_token_matches (const KeyringKey *key, const char *token)
{
  if (key->record->token_sha256 == NULL || token == NULL)
    return key->record->token_sha256 == NULL && token == NULL;
  guint8 hash[DIGEST_SHA256_SIZE];
  digest_sha256 (token, strlen (token), hash);
  return digest_equal (hash, key->record->token_sha256, sizeof hash);
}

void
keyring_key_derive (KeyringKey *key, const char *date, const char *region, const char *service,
                    guint8 out[SIGV4_KEY_SIZE])
{
  char scope[256];
  int length = g_snprintf (scope, sizeof scope, "%s/%s/%s", date, region, service);
  if (length >= (int)sizeof scope) { /* no client's real scope is so long */
    sigv4_derive_key (key->secret, date, region, service, out);
    return;
  }
  g_mutex_lock (&key->lock);
  for (gsize i = 0; i < MAX_DERIVED; i++) {
    if (g_strcmp0 (key->derived[i].scope, scope) == 0) {
      memcpy (out, key->derived[i].key, SIGV4_KEY_SIZE);
      g_mutex_unlock (&key->lock);
      return;
    }
  }
  sigv4_derive_key (key->secret, date, region, service, out);
  Derived *slot = &key->derived[key->n_derived++ % MAX_DERIVED];
  g_free (slot->scope);
  slot->scope = g_strdup (scope);
  memcpy (slot->key, out, SIGV4_KEY_SIZE);
  g_mutex_unlock (&key->lock);
}

/* ---- the cache ---- */

static void
drop_reference (gpointer key)
{
  keyring_key_unref (key);
}

Keyring *
keyring_new (const guint8 *master, const Ambient *ambient)
{
  Keyring *keyring = g_new0 (Keyring, 1);
  memcpy (keyring->master, master, sizeof keyring->master);
  keyring->ambient = ambient;
  g_mutex_init (&keyring->lock);
  keyring->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, drop_reference);
  g_queue_init (&keyring->by_use);
  return keyring;
}

void
keyring_free (Keyring *keyring)
{
  if (keyring == NULL)
    return;
  g_hash_table_unref (keyring->by_id);
  g_mutex_clear (&keyring->lock);
  explicit_bzero (keyring->master, sizeof keyring->master);
  g_free (keyring);
}

KeyringKey *
keyring_find (Keyring *keyring, const char *id)
{
  g_mutex_lock (&keyring->lock);
  KeyringKey *key = g_hash_table_lookup (keyring->by_id, id);
  if (key != NULL) {
    keyring_key_ref (key);
    g_queue_unlink (&keyring->by_use, &key->link);
    g_queue_push_tail_link (&keyring->by_use, &key->link);
  }
  g_mutex_unlock (&keyring->lock);
  return key;
}

guint
keyring_generation (Keyring *keyring)
{
  g_mutex_lock (&keyring->lock);
  guint generation = keyring->generation;
  g_mutex_unlock (&keyring->lock);
  return generation;
}

static void
forget_locked (Keyring *keyring, KeyringKey *key)
{
  g_queue_unlink (&keyring->by_use, &key->link);
  g_hash_table_remove (keyring->by_id, key->record->id);
}

void
keyring_remember (Keyring *keyring, KeyringKey *key, guint generation)
{
  g_mutex_lock (&keyring->lock);
  if (generation == keyring->generation &&
      g_hash_table_lookup (keyring->by_id, key->record->id) == NULL) {
    if (g_hash_table_size (keyring->by_id) >= MAX_CACHED_KEYS)
      forget_locked (keyring, keyring->by_use.head->data);
    g_hash_table_insert (keyring->by_id, (gpointer)key->record->id, keyring_key_ref (key));
    g_queue_push_tail_link (&keyring->by_use, &key->link);
  }
  g_mutex_unlock (&keyring->lock);
}

gboolean
keyring_load (Keyring *keyring, StoreTx *tx, const char *id, KeyringKey **out, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  AccessKey *record = NULL;
  Principal *principal = NULL;
  if (!access_key_record_find (tx, id, arena, &record, &principal, error))
    return FALSE;
  *out = NULL;
  if (record == NULL)
    return TRUE;
  Identity identity;
  if (!identity_load (tx, principal, record, arena, &identity, error)) {
    g_prefix_error (error, "cannot read what access key %s may do: ", record->id);
    return FALSE;
  }
  gsize size = MAX (record->secret_sealed_size, SEAL_OVERHEAD) - SEAL_OVERHEAD;
  g_autofree char *secret = g_malloc0 (size + 1);
  if (!seal_open (keyring->master, record->id, record->secret_sealed, record->secret_sealed_size,
                  (guint8 *)secret, error)) {
    g_prefix_error (error, "cannot open access key %s: ", record->id);
    return FALSE;
  }
  KeyringKey *key = g_new0 (KeyringKey, 1);
  key->refs = 1;
  key->link.data = key;
  key->arena = g_steal_pointer (&arena);
  key->record = record;
  key->identity = identity;
  key->secret = g_steal_pointer (&secret);
  g_mutex_init (&key->lock);
  *out = key;
  return TRUE;
}

/* ---- making and deleting ---- */

static gboolean
ensure_principal (StoreTx *tx, const Principal *principal, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Principal *found;
  if (!principal_record_ensure (tx, principal, arena, &found, error))
    return FALSE;
  if (found == NULL)
    g_set_error (error, STORE_ERROR, STORE_ERROR_CONSTRAINT,
                 "there is another user of the name %s: names are unique whatever their paths and "
                 "their case",
                 principal->name);
  return found != NULL;
}

static gboolean
insert_key (Keyring *keyring, StoreTx *tx, const Principal *principal, const KeyringNewKey *key,
            const char *token, gint64 now_ms, gint64 expire_ms, GError **error)
{
  guint8 sealed[IDS_SECRET_KEY_SIZE - 1 + SEAL_OVERHEAD];
  guint8 token_sha256[ACCESS_KEY_TOKEN_HASH_SIZE];
  seal_close (keyring->master, key->id, key->secret, IDS_SECRET_KEY_SIZE - 1, keyring->ambient,
              sealed);
  if (token != NULL)
    digest_sha256 (token, strlen (token), token_sha256);
  AccessKey record = {
    .id = key->id,
    .principal_arn = principal->arn,
    .secret_sealed = sealed,
    .secret_sealed_size = sizeof sealed,
    .token_sha256 = token == NULL ? NULL : token_sha256,
    .expire_ms = expire_ms,
    .create_ms = now_ms,
  };
  return ensure_principal (tx, principal, error) && access_key_record_insert (tx, &record, error);
}

gboolean
keyring_create_key (Keyring *keyring, StoreTx *tx, const Principal *principal, gint64 now_ms,
                    KeyringNewKey *out, GError **error)
{
  ids_new_access_key (keyring->ambient, out->id);
  ids_new_secret_key (keyring->ambient, out->secret);
  return insert_key (keyring, tx, principal, out, NULL, now_ms, 0, error);
}

gboolean
keyring_create_session (Keyring *keyring, StoreTx *tx, const Principal *principal, gint64 now_ms,
                        gint64 lifetime_s, KeyringNewSession *out, GError **error)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  G_STATIC_ASSERT (sizeof letters == 64 + 1);
  if (!access_key_record_purge (tx, now_ms - KEPT_AFTER_END_MS, MAX_PURGED, error))
    return FALSE;
  ids_new_access_key (keyring->ambient, out->key.id);
  memcpy (out->key.id, SESSION_ID_PREFIX, strlen (SESSION_ID_PREFIX));
  ids_new_secret_key (keyring->ambient, out->key.secret);
  guint8 bytes[KEYRING_TOKEN_SIZE - 1];
  ambient_random (keyring->ambient, bytes, sizeof bytes);
  for (gsize i = 0; i < sizeof bytes; i++)
    out->token[i] = letters[bytes[i] % 64];
  out->token[sizeof bytes] = '\0';
  return insert_key (keyring, tx, principal, &out->key, out->token, now_ms,
                     now_ms + lifetime_s * 1000, error);
}

/* Everything is forgotten rather than one principal's keys: changes are rare, and a load that began before must not be
 * remembered either. */
static void
forget_all (gpointer data)
{
  Keyring *keyring = data;
  g_mutex_lock (&keyring->lock);
  keyring->generation++;
  g_queue_init (&keyring->by_use);
  g_hash_table_remove_all (keyring->by_id);
  g_mutex_unlock (&keyring->lock);
}

void
keyring_forget (Keyring *keyring, StoreTx *tx)
{
  store_tx_on_commit (tx, forget_all, keyring, NULL);
}

gboolean
keyring_delete_principal (Keyring *keyring, StoreTx *tx, const char *arn, GError **error)
{
  gboolean deleted = FALSE;
  if (!principal_record_delete (tx, arn, &deleted, error))
    return FALSE;
  keyring_forget (keyring, tx);
  return TRUE;
}
