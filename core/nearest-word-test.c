#include "core/nearest-word.h"

static void
test_distance (void)
{
  g_assert_cmpuint (nearest_word_distance ("", ""), ==, 0);
  g_assert_cmpuint (nearest_word_distance ("abc", ""), ==, 3);
  g_assert_cmpuint (nearest_word_distance ("", "ab"), ==, 2);
  g_assert_cmpuint (nearest_word_distance ("AfterInstal", "AfterInstall"), ==, 1);
  g_assert_cmpuint (nearest_word_distance ("afterinstall", "AfterInstall"), ==, 0);
  g_assert_cmpuint (nearest_word_distance ("AfetrInstall", "AfterInstall"), ==, 1);
  g_assert_cmpuint (nearest_word_distance ("kitten", "sitting"), ==, 3);
  g_autofree char *long_word = g_strnfill (NEAREST_WORD_MAX_BYTES + 1, 'a');
  g_assert_cmpuint (nearest_word_distance (long_word, "a"), ==, G_MAXUINT);
  g_assert_cmpuint (nearest_word_distance ("a", long_word), ==, G_MAXUINT);
  long_word[NEAREST_WORD_MAX_BYTES] = '\0';
  g_assert_cmpuint (nearest_word_distance (long_word, long_word), ==, 0);
}

static void
test_nearest (void)
{
  const char *const words[] = { "os", "version", "BeforeInstall", "AfterInstall" };
  const gsize n = G_N_ELEMENTS (words);
  g_assert_cmpstr (nearest_word ("AfterInstal", words, n), ==, "AfterInstall");
  g_assert_cmpstr (nearest_word ("before_install", words, n), ==, "BeforeInstall");
  g_assert_cmpstr (nearest_word ("versoin", words, n), ==, "version");
  g_assert_cmpstr (nearest_word ("OS", words, n), ==, "os");
  g_assert_null (nearest_word ("x", words, n));
  g_assert_null (nearest_word ("", words, n));
  g_assert_null (nearest_word ("Deploy", words, n));
  g_assert_null (nearest_word ("os", words, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nearest-word/distance-counts-slips", test_distance);
  g_test_add_func ("/nearest-word/only-a-near-word-is-meant", test_nearest);
  return g_test_run ();
}
