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
  ScriptLogSettings settings = { fixture->folder, all, "d-1", &fixture->ambient, NULL };
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
  script_log_line (fixture->log, "", text, strlen (text));
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
  /* what comes later stays whole, and the long one has the room that is left */
  add (fixture, "after");
  g_autofree char *later = script_log_tail (fixture->log);
  g_assert_cmpint (g_utf8_strlen (later, -1), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  g_assert_true (g_str_has_suffix (later, "\xc3\xa4\nafter\n"));
}

/* Whole lines up to one character below the limit. */
static void
test_tail_limit (Fixture *fixture, gconstpointer data)
{
  g_autofree char *half = g_strnfill (SCRIPT_LOG_TAIL_CHARACTERS / 2 - 1, 'a');
  g_autofree char *less = g_strnfill (SCRIPT_LOG_TAIL_CHARACTERS / 2 - 2, 'b');
  add (fixture, half);
  add (fixture, less);
  g_autofree char *both = script_log_tail (fixture->log);
  g_assert_cmpuint (strlen (both), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  add (fixture, half);
  g_autofree char *last_two = script_log_tail (fixture->log);
  g_assert_true (last_two[0] == 'b');
  g_assert_cmpuint (strlen (last_two), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  add (fixture, half);
  g_autofree char *last = script_log_tail (fixture->log);
  g_assert_cmpuint (strlen (last), ==, SCRIPT_LOG_TAIL_CHARACTERS / 2);
}

/* Far more than is kept, in characters of four bytes and in bytes that are none: still as much as there may be. */
static void
test_tail_of_much (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (int i = 0; i < 100000; i++)
    g_string_append (line, "\xf0\x9f\x98\x80");
  add (fixture, line->str);
  g_autofree char *wide = script_log_tail (fixture->log);
  g_assert_cmpint (g_utf8_strlen (wide, -1), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  g_assert_true (g_str_has_suffix (wide, "\xf0\x9f\x98\x80\n"));
  g_autofree char *bytes = g_strnfill (100000, '\xff');
  for (int i = 0; i < 10; i++)
    add (fixture, bytes);
  g_autofree char *none = script_log_tail (fixture->log);
  g_assert_cmpint (g_utf8_strlen (none, -1), ==, SCRIPT_LOG_TAIL_CHARACTERS - 1);
  g_assert_true (g_utf8_validate (none, -1, NULL));
}

static void
test_terminal (Fixture *fixture, gconstpointer data)
{
  add (fixture, "\x1b[31mred\x1b[0m\n");
  add (fixture, "\x1b[0m\n");
  script_log_flush (fixture->log);
  assert_file (fixture, "logs/scripts.log",
               "2023-11-14 22:13:20 \x1b[31mred\x1b[0m\n2023-11-14 22:13:20 \x1b[0m\n");
  g_autofree char *tail = script_log_tail (fixture->log);
  g_assert_cmpstr (tail, ==, "red\n\n");
}

static void
test_bytes (Fixture *fixture, gconstpointer data)
{
  script_log_line (fixture->log, "[stdout]", "a\0b\xff\n", 5);
  g_autofree char *tail = script_log_tail (fixture->log);
  g_assert_true (g_utf8_validate (tail, -1, NULL));
  g_assert_cmpstr (tail, ==, "[stdout]a?b\xef\xbf\xbd\n");
  script_log_flush (fixture->log);
  g_autofree char *path = g_build_filename (fixture->folder, "logs/scripts.log", NULL);
  g_autofree char *found = NULL;
  gsize n;
  g_assert_true (g_file_get_contents (path, &found, &n, NULL));
  g_assert_cmpmem (found, n, "2023-11-14 22:13:20 [stdout]a\0b\xff\n", 33);
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
  CASE ("123-the-tail-is-one-character-short-of-the-limit", test_tail_limit);
  CASE ("124-the-tail-of-much-is-full", test_tail_of_much);
  CASE ("terminal-sequences-stay-in-the-files-and-not-in-the-tail", test_terminal);
  CASE ("125-bytes-become-valid-text", test_bytes);
  return g_test_run ();
}
