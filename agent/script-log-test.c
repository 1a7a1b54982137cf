#include "agent/script-log.h"

#include <glib/gstdio.h>
#include <string.h>

#include "agent/fs-atomic.h"

typedef struct {
  char *folder;
  AmbientFake clock;
  Ambient ambient;
  ScriptLog *log;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("script-log-XXXXXX", NULL);
  fixture->clock = (AmbientFake){ .now_ms = G_GINT64_CONSTANT (1700000000123) };
  fixture->ambient = ambient_fake (&fixture->clock);
  g_autofree char *all = g_build_filename (fixture->folder, "all", "x.log", NULL);
  ScriptLogSettings settings = { fixture->folder, all, "d-1", &fixture->ambient };
  fixture->log = script_log_new (&settings, NULL);
  g_assert_nonnull (fixture->log);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  script_log_free (fixture->log);
  g_assert_true (fs_remove_tree (fixture->folder, NULL));
  g_free (fixture->folder);
}

static void
add (Fixture *fixture, const char *text)
{
  script_log_entry (fixture->log, text, strlen (text));
}

static void
assert_file (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *found = NULL;
  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, expected);
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  add (fixture, "[stdout]one\n");
  add (fixture, "[stderr]two");
  script_log_flush (fixture->log);
  assert_file (fixture, "logs/scripts.log",
               "2023-11-14 22:13:20 [stdout]one\n2023-11-14 22:13:20 [stderr]two\n");
  assert_file (fixture, "all/x.log",
               "[2023-11-14 22:13:20.123] [d-1][stdout]one\n"
               "[2023-11-14 22:13:20.123] [d-1][stderr]two\n");
}

static void
test_tail_lines (Fixture *fixture, gconstpointer data)
{
  for (int i = 0; i < 5000; i++) {
    g_autofree char *line = g_strdup_printf ("[stdout]line %d\n", i);
    add (fixture, line);
  }
  g_autofree char *tail = script_log_tail (fixture->log);
  g_assert_cmpuint (strlen (tail), <, SCRIPT_LOG_TAIL_CHARACTERS);
  g_assert_cmpuint (strlen (tail), >, SCRIPT_LOG_TAIL_CHARACTERS - 40);
  g_assert_true (g_str_has_prefix (tail, "[stdout]line "));
  g_assert_true (g_str_has_suffix (tail, "[stdout]line 4999\n"));
}

static void
test_tail_long (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) line = g_string_new ("before\n");
  g_string_truncate (line, 0);
  for (int i = 0; i < 4000; i++)
    g_string_append (line, "\xc3\xa4");
  add (fixture, "before");
  add (fixture, line->str);
  g_autofree char *tail = script_log_tail (fixture->log);
  g_assert_cmpint (g_utf8_strlen (tail, -1), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  g_assert_true (g_utf8_validate (tail, -1, NULL));
  add (fixture, "after");
  g_autofree char *later = script_log_tail (fixture->log);
  g_assert_cmpstr (later, ==, "after\n");
}

static void
test_bytes (Fixture *fixture, gconstpointer data)
{
  script_log_entry (fixture->log, "a\0b\xff\n", 5);
  g_autofree char *tail = script_log_tail (fixture->log);
  g_assert_true (g_utf8_validate (tail, -1, NULL));
  g_assert_true (g_str_has_prefix (tail, "a?b"));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/script-log/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("126-both-files-have-their-format", test_files);
  CASE ("123-the-tail-is-the-newest-whole-lines", test_tail_lines);
  CASE ("124-the-tail-of-a-long-line-is-its-end", test_tail_long);
  CASE ("125-bytes-become-valid-text", test_bytes);
  return g_test_run ();
}
