#include "server/github-vault.h"
#include "store/test-database.h"

#include <string.h>

static const guint8 master[SEAL_KEY_SIZE] = { 1 };
static const guint8 other_master[SEAL_KEY_SIZE] = { 2 };

static void
tokens_are_what_a_header_can_carry (void)
{
  g_autofree char *longest = g_strnfill (1024, 'x');
  g_autofree char *longer = g_strnfill (1025, 'x');
  g_assert_true (github_vault_is_token ("ghp_abc123"));
  g_assert_true (github_vault_is_token (longest));
  g_assert_false (github_vault_is_token (longer));
  g_assert_false (github_vault_is_token (""));
  g_assert_false (github_vault_is_token (NULL));
  g_assert_false (github_vault_is_token ("a b"));
  g_assert_false (github_vault_is_token ("a\r\nHost: b"));
  g_assert_false (github_vault_is_token ("\xc3\xa9"));
}

static gboolean
put_and_look (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  AmbientFake fake = { .now_ms = 5, .seed = 1 };
  Ambient ambient = ambient_fake (&fake);
  GithubVault vault, other;
  GithubLink link;
  const char *token;
  gboolean deleted;
  GithubTokenRecord *record;
  ApplicationRecord application = { .id = "1", .name = "shop" };
  github_vault_init (&vault, master);
  github_vault_init (&other, other_master);

  if (!github_vault_of_application (&vault, tx, &application, arena, &link, &token, error))
    return FALSE;
  g_assert_cmpint (link, ==, GITHUB_LINK_NONE);
  g_assert_null (token);

  application.github_token_name = "octo";
  if (!github_vault_put (&vault, tx, "octo", "ghp_secret", &ambient, 5, error) ||
      !github_token_record_by_name (tx, "octo", arena, &record, error))
    return FALSE;
  g_assert_null (memmem (record->sealed, record->sealed_size, "secret", 6));
  if (!github_vault_of_application (&vault, tx, &application, arena, &link, &token, error))
    return FALSE;
  g_assert_cmpint (link, ==, GITHUB_LINK_GOOD);
  g_assert_cmpstr (token, ==, "ghp_secret");

  /* another installation's key, and a row under another name */
  if (!github_vault_of_application (&other, tx, &application, arena, &link, &token, error))
    return FALSE;
  g_assert_cmpint (link, ==, GITHUB_LINK_SEALED);
  g_assert_null (token);
  record->name = application.github_token_name = "moved";
  if (!github_token_record_put (tx, record, error) ||
      !github_vault_of_application (&vault, tx, &application, arena, &link, &token, error))
    return FALSE;
  g_assert_cmpint (link, ==, GITHUB_LINK_SEALED);

  if (!github_token_record_delete (tx, "moved", &deleted, error) ||
      !github_vault_of_application (&vault, tx, &application, arena, &link, &token, error))
    return FALSE;
  g_assert_cmpint (link, ==, GITHUB_LINK_GONE);
  return TRUE;
}

static void
a_token_opens_where_it_was_sealed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = test_store_new ();
  g_assert_no_error (error);
  g_assert_true (store_run (store, STORE_WRITE, put_and_look, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/github-vault/tokens-are-what-a-header-can-carry",
                   tokens_are_what_a_header_can_carry);
  g_test_add_func ("/github-vault/a-token-opens-where-it-was-sealed",
                   a_token_opens_where_it_was_sealed);
  return g_test_run ();
}
