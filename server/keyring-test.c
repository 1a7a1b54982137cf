#include "server/keyring.h"
#include "store/test-database.h"

#include <string.h>

typedef struct {
  Store *store;
  Keyring *keyring;
  gint64 now_ms;
  Principal principal;
  KeyringNewKey key;
  KeyringNewSession session;
  KeyringKey *loaded;
  guint generation;
  const char *id;
} Fixture;

static gboolean
create (StoreTx *tx, gpointer data, GError **error)
{
  Fixture *f = data;
  return keyring_create_key (f->keyring, tx, &f->principal, f->now_ms, &f->key, error) &&
         keyring_create_session (f->keyring, tx, &f->principal, f->now_ms, 60, &f->session, error);
}

static gboolean
load (StoreTx *tx, gpointer data, GError **error)
{
  Fixture *f = data;
  g_clear_pointer (&f->loaded, keyring_key_unref);
  return keyring_load (f->keyring, tx, f->id, &f->loaded, error);
}

static gboolean
delete_principal (StoreTx *tx, gpointer data, GError **error)
{
  Fixture *f = data;
  return keyring_delete_principal (f->keyring, tx, f->principal.arn, error);
}

static void
run (Fixture *f, StoreMode mode, StoreWork work)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (f->store, mode, work, f, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
load_key (Fixture *f, const char *id)
{
  f->id = id;
  run (f, STORE_READ, load);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const guint8 master[KEYRING_MASTER_SIZE] = { 7 };
  g_autoptr (GError) error = NULL;
  f->store = test_store_new ();
  g_assert_no_error (error);
  f->keyring = keyring_new (master, ambient_system ());
  f->now_ms = 1000000;
  f->principal = (Principal){ .arn = "arn:aws:iam::123456789012:user/a",
                              .kind = PRINCIPAL_ADMINISTRATOR,
                              .path = "/",
                              .name = "a",
                              .create_ms = f->now_ms };
  run (f, STORE_WRITE, create);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->loaded, keyring_key_unref);
  keyring_free (f->keyring);
  store_close (f->store);
}

static void
test_load (Fixture *f, gconstpointer data)
{
  load_key (f, f->key.id);
  g_assert_nonnull (f->loaded);
  g_assert_cmpstr (keyring_key_principal (f->loaded)->arn, ==, f->principal.arn);
  g_assert_cmpint (keyring_key_principal (f->loaded)->kind, ==, PRINCIPAL_ADMINISTRATOR);
  g_assert_cmpint (keyring_key_expire_ms (f->loaded), ==, 0);
  g_assert_true (keyring_key_token_matches (f->loaded, NULL));
  g_assert_false (keyring_key_token_matches (f->loaded, "x"));

  guint8 expected[SIGV4_KEY_SIZE];
  guint8 derived[SIGV4_KEY_SIZE];
  sigv4_derive_key (f->key.secret, "20261123", "us-east-1", "codedeploy", expected);
  for (int i = 0; i < 2; i++) {
    keyring_key_derive (f->loaded, "20261123", "us-east-1", "codedeploy", derived);
    g_assert_cmpmem (derived, sizeof derived, expected, sizeof expected);
  }
  keyring_key_derive (f->loaded, "20261124", "us-east-1", "codedeploy", derived);
  g_assert_cmpint (memcmp (derived, expected, sizeof derived), !=, 0);
}

static void
test_session (Fixture *f, gconstpointer data)
{
  load_key (f, f->session.key.id);
  g_assert_nonnull (f->loaded);
  g_assert_true (g_str_has_prefix (f->session.key.id, "ASIA"));
  g_assert_cmpint (keyring_key_expire_ms (f->loaded), ==, f->now_ms + 60000);
  g_assert_true (keyring_key_token_matches (f->loaded, f->session.token));
  g_assert_false (keyring_key_token_matches (f->loaded, NULL));
  g_assert_false (keyring_key_token_matches (f->loaded, "x"));
}

static void
test_unknown (Fixture *f, gconstpointer data)
{
  load_key (f, "AKIAUNKNOWNUNKNOWNUN");
  g_assert_null (f->loaded);
}

static void
test_cache (Fixture *f, gconstpointer data)
{
  g_assert_null (keyring_find (f->keyring, f->key.id));
  guint generation = keyring_generation (f->keyring);
  load_key (f, f->key.id);
  keyring_remember (f->keyring, f->loaded, generation);
  g_autoptr (KeyringKey) found = keyring_find (f->keyring, f->key.id);
  g_assert_true (found == f->loaded);

  run (f, STORE_WRITE, delete_principal);
  g_assert_null (keyring_find (f->keyring, f->key.id));
  /* A load that began before the deletion comes too late for the cache. */
  keyring_remember (f->keyring, f->loaded, generation);
  g_assert_null (keyring_find (f->keyring, f->key.id));
  load_key (f, f->key.id);
  g_assert_null (f->loaded);
}

static void
test_other_master (Fixture *f, gconstpointer data)
{
  static const guint8 other[KEYRING_MASTER_SIZE] = { 8 };
  g_autoptr (GError) error = NULL;
  keyring_free (f->keyring);
  f->keyring = keyring_new (other, ambient_system ());
  f->id = f->key.id;
  g_assert_false (store_run (f->store, STORE_READ, load, f, &error));
  g_assert_nonnull (strstr (error->message, f->key.id));
  g_assert_null (strstr (error->message, f->key.secret));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, fn) g_test_add (path, Fixture, NULL, set_up, fn, tear_down)
  ADD ("/keyring/a-made-key-opens-and-derives", test_load);
  ADD ("/keyring/a-session-needs-its-token", test_session);
  ADD ("/keyring/an-unknown-key-is-none", test_unknown);
  ADD ("/keyring/deleted-keys-leave-the-cache-for-good", test_cache);
  ADD ("/keyring/another-master-key-opens-nothing", test_other_master);
  return g_test_run ();
}
