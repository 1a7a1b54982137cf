#include "core/pathname.h"

static void
test_absolute (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_cmpstr (pathname_normalise_absolute ("/srv//app/./x/", arena), ==, "/srv/app/x");
  g_assert_cmpstr (pathname_normalise_absolute ("/srv/../../etc", arena), ==, "/etc");
  g_assert_cmpstr (pathname_normalise_absolute ("/", arena), ==, "/");
  g_assert_cmpstr (pathname_normalise_absolute ("//..", arena), ==, "/");
  g_assert_null (pathname_normalise_absolute ("srv", arena));
  g_assert_null (pathname_normalise_absolute ("", arena));
}

static void
test_inside (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_cmpstr (pathname_normalise_inside ("/", arena), ==, "");
  g_assert_cmpstr (pathname_normalise_inside ("./a//b/.", arena), ==, "a/b");
  g_assert_cmpstr (pathname_normalise_inside ("/a/..b/...", arena), ==, "a/..b/...");
  g_assert_null (pathname_normalise_inside ("a/../b", arena));
  g_assert_null (pathname_normalise_inside ("..", arena));
  g_assert_null (pathname_normalise_inside ("a/b/..", arena));
}

static void
test_parts (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_cmpstr (pathname_join ("/", "a", arena), ==, "/a");
  g_assert_cmpstr (pathname_join ("", "a", arena), ==, "a");
  g_assert_cmpstr (pathname_join ("a/b", "c", arena), ==, "a/b/c");
  g_assert_cmpstr (pathname_join ("/a", "", arena), ==, "/a");
  g_assert_cmpstr (pathname_parent ("/a/b", arena), ==, "/a");
  g_assert_cmpstr (pathname_parent ("/a", arena), ==, "/");
  g_assert_cmpstr (pathname_parent ("a", arena), ==, "");
  g_assert_cmpstr (pathname_basename ("/a/b"), ==, "b");
  g_assert_cmpuint (pathname_depth (""), ==, 0);
  g_assert_cmpuint (pathname_depth ("/"), ==, 0);
  g_assert_cmpuint (pathname_depth ("/a/bc"), ==, 2);
  g_assert_cmpuint (pathname_depth ("a/b/c"), ==, 3);
}

static void
test_below (void)
{
  g_assert_cmpstr (pathname_below ("/a/b/c", "/a"), ==, "b/c");
  g_assert_cmpstr (pathname_below ("/a", "/"), ==, "a");
  g_assert_cmpstr (pathname_below ("a", ""), ==, "a");
  g_assert_null (pathname_below ("/a", "/a"));
  g_assert_null (pathname_below ("/ab", "/a"));
  g_assert_null (pathname_below ("/", "/"));
}

static void
test_glob (void)
{
  g_assert_true (pathname_glob_match ("*.sh", "a.sh"));
  g_assert_true (pathname_glob_match ("*.sh", ".sh"));
  g_assert_true (pathname_glob_match ("*", ".hidden"));
  g_assert_true (pathname_glob_match ("a*b*c", "aXbYbZc"));
  g_assert_true (pathname_glob_match ("a?[x]", "a?[x]"));
  g_assert_false (pathname_glob_match ("a?", "ab"));
  g_assert_false (pathname_glob_match ("*", "a/b"));
  g_assert_false (pathname_glob_match ("*.sh", "a/b.sh"));
  g_assert_false (pathname_glob_match ("*.sh", "a.sh.bak"));
  g_assert_false (pathname_glob_match ("", "a"));
  g_assert_true (pathname_glob_match ("", ""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pathname/absolute-names-have-one-spelling", test_absolute);
  g_test_add_func ("/pathname/inside-names-never-climb", test_inside);
  g_test_add_func ("/pathname/parts-are-taken-apart-and-joined", test_parts);
  g_test_add_func ("/pathname/below-means-strictly-below", test_below);
  g_test_add_func ("/pathname/glob-knows-only-the-star", test_glob);
  return g_test_run ();
}
