#include "server/page-token.h"

#include <string.h>

static const PageTokenKey key = { "0123456789abcdef0123456789abcde" };
static const PageTokenKey other_key = { "1123456789abcdef0123456789abcde" };

static void
position_comes_back (void)
{
  g_autoptr (Arena) arena = arena_new ();
  static const char *const positions[] = { "", "a", "my-app", "1700000000000 42",
                                           "\xc3\xa9t\xc3\xa9" };
  for (gsize i = 0; i < G_N_ELEMENTS (positions); i++) {
    char *token = page_token_seal (&key, "ListApplications{}", positions[i], arena);
    g_assert_cmpstr (page_token_open (&key, "ListApplications{}", token, arena), ==, positions[i]);
  }
}

static void
another_list_or_key_is_refused (void)
{
  g_autoptr (Arena) arena = arena_new ();
  char *token = page_token_seal (&key, "ListApplications{}", "b", arena);
  g_assert_null (page_token_open (&key, "ListDeploymentConfigs{}", token, arena));
  g_assert_null (page_token_open (&key, "ListApplications{}b", token, arena));
  g_assert_null (page_token_open (&other_key, "ListApplications{}", token, arena));
}

static void
every_changed_byte_is_refused (void)
{
  g_autoptr (Arena) arena = arena_new ();
  char *token = page_token_seal (&key, "scope", "some-position", arena);
  for (gsize i = 0; token[i] != '\0'; i++) {
    g_autofree char *changed = g_strdup (token);
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    /* The last digit may hold bits that are not part of any byte; then the position is what it was. */
    const char *position = page_token_open (&key, "scope", changed, arena);
    if (token[i + 1] != '\0')
      g_assert_null (position);
    else if (position != NULL)
      g_assert_cmpstr (position, ==, "some-position");
  }
}

static void
garbage_is_refused (void)
{
  g_autoptr (Arena) arena = arena_new ();
  static const char *const tokens[] = { "",     "x",        "zz",  "====", "a b",
                                        "AAAA", "\xff\xfe", "%2e", "A+B/" };
  for (gsize i = 0; i < G_N_ELEMENTS (tokens); i++)
    g_assert_null (page_token_open (&key, "scope", tokens[i], arena));
  g_autofree char *huge = g_strnfill (100000, 'A');
  g_assert_null (page_token_open (&key, "scope", huge, arena));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/page-token/position-comes-back", position_comes_back);
  g_test_add_func ("/page-token/another-list-or-key-is-refused", another_list_or_key_is_refused);
  g_test_add_func ("/page-token/every-changed-byte-is-refused", every_changed_byte_is_refused);
  g_test_add_func ("/page-token/garbage-is-refused", garbage_is_refused);
  return g_test_run ();
}
