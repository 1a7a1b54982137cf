#include "core/archive-judge.h"

static gboolean
judge_one (const ArchivePolicy *policy, ArchiveEntry entry, Arena *arena, ArchiveVerdict *verdict,
           GError **error)
{
  ArchiveJudge judge = ARCHIVE_JUDGE_INIT (policy);
  return archive_judge_entry (&judge, &entry, arena, verdict, error);
}

static void
test_names (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ArchiveVerdict verdict;
  const char *good[][2] = { { "./a/b", "a/b" },        { "a//b/", "a/b" }, { "..a", "..a" },
                            { "a/...", "a/..." },      { "./-rf", "-rf" }, { "a b\tc", "a b\tc" },
                            { "\xff\xfe", "\xff\xfe" } };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (judge_one (&archive_policy_default,
                              (ArchiveEntry){ .path = good[i][0], .mode = 0644 }, arena, &verdict,
                              NULL));
    g_assert_cmpstr (verdict.path, ==, good[i][1]);
  }

  const char *bad[] = { "../x", "a/../../x", "/etc/x", "a/../b", "..", "", ".", "a\nb", "a\rb" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (judge_one (&archive_policy_default, (ArchiveEntry){ .path = bad[i] }, arena,
                               &verdict, &error));
    g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_PATH);
  }
  g_assert_true (judge_one (&archive_policy_default,
                            (ArchiveEntry){ .path = "./", .kind = ARCHIVE_ENTRY_DIRECTORY }, arena,
                            &verdict, NULL));
  g_assert_cmpstr (verdict.path, ==, "");
}

static void
test_long_names (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ArchiveVerdict verdict;
  g_autofree char *component = g_strnfill (256, 'a');
  g_autofree char *path = g_strnfill (5000, 'a');
  g_autoptr (GString) deep = g_string_new ("x");
  for (int i = 0; i < 200; i++)
    g_string_append (deep, "/x");
  const char *bad[] = { component, path, deep->str };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (judge_one (&archive_policy_default, (ArchiveEntry){ .path = bad[i] }, arena,
                               &verdict, &error));
    g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_PATH);
    g_assert_cmpuint (strlen (error->message), <, 400);
  }
}

static void
test_symlinks (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ArchiveVerdict verdict;
  const char *good[][2] = {
    { "a", "b" }, { "a/b", "../c" }, { "a/b/c", "../../x/y" }, { "a", "./b" }, { "a/b", ".." }
  };
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    ArchiveEntry entry = { .path = good[i][0],
                           .kind = ARCHIVE_ENTRY_SYMLINK,
                           .link_target = good[i][1] };
    g_assert_true (judge_one (&archive_policy_default, entry, arena, &verdict, NULL));
    g_assert_cmpstr (verdict.link_target, ==, good[i][1]);
  }
  /* the last one is harmless by itself, and leads out when "d" is a link to a folder further up */
  const char *bad[][2] = { { "a", "/etc/passwd" },      { "a", ".." },
                           { "a/b", "../../c" },        { "a", "" },
                           { "./a/./b", "x/../../.." }, { "a", "d/../b" } };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    ArchiveEntry entry = { .path = bad[i][0],
                           .kind = ARCHIVE_ENTRY_SYMLINK,
                           .link_target = bad[i][1] };
    g_assert_false (judge_one (&archive_policy_default, entry, arena, &verdict, &error));
    g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_LINK);
  }
}

static void
test_link_policies (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ArchiveVerdict verdict;
  ArchivePolicy policy = archive_policy_default;
  ArchiveEntry out = { .path = "a", .kind = ARCHIVE_ENTRY_SYMLINK, .link_target = "/usr/bin/x" };
  ArchiveEntry in = { .path = "a", .kind = ARCHIVE_ENTRY_SYMLINK, .link_target = "b" };

  policy.links = ARCHIVE_LINKS_ANY;
  g_assert_true (judge_one (&policy, out, arena, &verdict, NULL));
  policy.links = ARCHIVE_LINKS_NONE;
  g_assert_false (judge_one (&policy, in, arena, &verdict, NULL));
}

static void
test_hard_links (void)
{
  g_autoptr (Arena) arena = arena_new ();
  ArchiveVerdict verdict;
  ArchivePolicy policy = archive_policy_default;
  policy.links = ARCHIVE_LINKS_ANY;
  ArchiveEntry entry = { .path = "a", .kind = ARCHIVE_ENTRY_HARD_LINK, .link_target = "./b/c" };
  g_assert_true (judge_one (&policy, entry, arena, &verdict, NULL));
  g_assert_cmpstr (verdict.link_target, ==, "b/c");
  const char *bad[] = { "../x", ".", NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    entry.link_target = bad[i];
    g_assert_false (judge_one (&policy, entry, arena, &verdict, &error));
    g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_LINK);
  }
}

static void
test_devices (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  ArchiveVerdict verdict;
  for (ArchiveEntryKind kind = ARCHIVE_ENTRY_ENCRYPTED; kind <= ARCHIVE_ENTRY_OTHER; kind++) {
    ArchiveEntry entry = { .path = "dev", .kind = kind };
    g_assert_false (judge_one (&archive_policy_default, entry, arena, &verdict, &error));
    g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_KIND);
    g_clear_error (&error);
  }
}

static void
test_modes (void)
{
  static const struct {
    ArchiveEntryKind kind;
    guint32 mode;
    gboolean unsafe;
  } cases[] = {
    { ARCHIVE_ENTRY_FILE, 0755, FALSE },       { ARCHIVE_ENTRY_FILE, 04755, TRUE },
    { ARCHIVE_ENTRY_FILE, 02755, TRUE },       { ARCHIVE_ENTRY_FILE, 0646, TRUE },
    { ARCHIVE_ENTRY_DIRECTORY, 02755, TRUE },  { ARCHIVE_ENTRY_DIRECTORY, 0777, TRUE },
    { ARCHIVE_ENTRY_DIRECTORY, 01777, FALSE }, { ARCHIVE_ENTRY_FILE, 01777, TRUE },
    { ARCHIVE_ENTRY_SYMLINK, 0777, FALSE },
  };
  g_autoptr (Arena) arena = arena_new ();
  ArchivePolicy strict = archive_policy_default;
  strict.unsafe_modes = ARCHIVE_UNSAFE_MODES_REFUSE;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    ArchiveVerdict verdict;
    ArchiveEntry entry = { .path = "x", .kind = cases[i].kind, .mode = cases[i].mode };
    if (entry.kind == ARCHIVE_ENTRY_SYMLINK)
      entry.link_target = "y";
    g_assert_true (judge_one (&archive_policy_default, entry, arena, &verdict, NULL));
    g_assert_cmpuint (verdict.mode, ==, cases[i].mode);
    g_assert_cmpint (judge_one (&strict, entry, arena, &verdict, &error), ==, !cases[i].unsafe);
    if (cases[i].unsafe)
      g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_MODE);
  }
}

static void
test_limits (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  ArchiveVerdict verdict;
  ArchivePolicy policy = archive_policy_default;
  policy.max_entries = 2;
  policy.max_total_bytes = 100;
  ArchiveJudge judge = ARCHIVE_JUDGE_INIT (&policy);
  ArchiveEntry entry = { .path = "x", .size_bytes = 101 };

  g_assert_false (archive_judge_entry (&judge, &entry, arena, &verdict, &error));
  g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  entry.size_bytes = -1;
  g_assert_true (archive_judge_entry (&judge, &entry, arena, &verdict, NULL));
  g_assert_true (archive_judge_bytes (&judge, "x", 60, NULL));
  g_assert_true (archive_judge_bytes (&judge, "x", 40, NULL));
  g_assert_false (archive_judge_bytes (&judge, "x", 1, &error));
  g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_false (archive_judge_bytes (&judge, "x", G_MAXINT64, &error));
  g_clear_error (&error);
  g_assert_false (archive_judge_entry (&judge, &entry, arena, &verdict, &error));
  g_assert_error (error, ARCHIVE_JUDGE_ERROR, ARCHIVE_JUDGE_ERROR_TOO_LARGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/archive-judge/names-stay-inside", test_names);
  g_test_add_func ("/archive-judge/names-are-bounded", test_long_names);
  g_test_add_func ("/archive-judge/symlinks-cannot-lead-out", test_symlinks);
  g_test_add_func ("/archive-judge/the-policy-widens-or-narrows-links", test_link_policies);
  g_test_add_func ("/archive-judge/hard-links-stay-inside-under-every-policy", test_hard_links);
  g_test_add_func ("/archive-judge/devices-are-refused", test_devices);
  g_test_add_func ("/archive-judge/unsafe-modes-follow-the-policy", test_modes);
  g_test_add_func ("/archive-judge/counts-and-sizes-are-bounded", test_limits);
  return g_test_run ();
}
