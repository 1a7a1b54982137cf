#include "agent/script-log-reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("script-log-reader-XXXXXX", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->folder);
}

static char *
path_of (Fixture *f, const char *deployment, const char *suffix)
{
  return g_strdup_printf ("%s/group/%s/logs/scripts.log%s", f->folder, deployment, suffix);
}

/* Appends; modified, seconds since 1970, so that there is an order. */
static void
put (Fixture *f, const char *deployment, const char *suffix, const char *text, time_t modified)
{
  g_autofree char *path = path_of (f, deployment, suffix);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_true (fs_make_directory (folder, NULL));
  FILE *file = fopen (path, "a");
  g_assert_nonnull (file);
  fputs (text, file);
  fclose (file);
  const struct timespec times[] = { { modified, 0 }, { modified, 0 } };
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static ScriptLogQuery
query_of (const char *words)
{
  g_autoptr (GError) error = NULL;
  static char *split[8]; /* what a query refers to */
  g_auto (GStrv) parts = g_strsplit (words, " ", -1);
  gsize n = words[0] == '\0' ? 0 : g_strv_length (parts);
  ScriptLogQuery query;
  for (gsize i = 0; i < n; i++) {
    g_free (split[i]);
    split[i] = g_strdup (parts[i]);
  }
  gboolean ok = script_log_query_parse ((const char *const *)split, n, &query, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return query;
}

static char *
printed (Fixture *f, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, "out", NULL);
  ScriptLogQuery query = query_of (words);
  FILE *file = fopen (path, "w");
  gboolean ok = script_log_reader_print (f->folder, &query, fileno (file), &error);
  fclose (file);
  g_assert_no_error (error);
  g_assert_true (ok);
  char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static void
assert_printed (Fixture *f, const char *words, const char *expected)
{
  g_autofree char *found = printed (f, words);
  g_assert_cmpstr (found, ==, expected);
}

#define STAMP "2026-11-27 10:00:00 "

static void
test_which (Fixture *f, gconstpointer data)
{
  put (f, "d-1", "", "one\n", 1000);
  put (f, "d-2", "", "two\n", 3000);
  put (f, "d-3", "", "three, and no end", 2000);
  assert_printed (f, "", "two\n");
  assert_printed (f, "d-1", "one\n");
  assert_printed (f, "d-3", "three, and no end");
}

static void
test_event (Fixture *f, gconstpointer data)
{
  put (f, "d-1", ".2", STAMP "LifecycleEvent - BeforeInstall\n" STAMP "[stdout]b1\n", 1000);
  put (f, "d-1", ".1",
       STAMP "[stdout]b2\n" STAMP "[stdout]LifecycleEvent - AfterInstall\n" STAMP
             "LifecycleEvent - AfterInstall\n" STAMP "[stdout]a1\n",
       1000);
  put (f, "d-1", "",
       STAMP "LifecycleEvent - BeforeInstallX\n" STAMP "[stdout]x\n" STAMP
             "LifecycleEvent - BeforeInstall\n" STAMP "[stderr]b3\n",
       1000);
  assert_printed (f, "--event BeforeInstall",
                  STAMP "LifecycleEvent - BeforeInstall\n" STAMP "[stdout]b1\n" STAMP
                        "[stdout]b2\n" STAMP "[stdout]LifecycleEvent - AfterInstall\n" STAMP
                        "LifecycleEvent - BeforeInstall\n" STAMP "[stderr]b3\n");
  assert_printed (f, "d-1 --event=AfterInstall",
                  STAMP "LifecycleEvent - AfterInstall\n" STAMP "[stdout]a1\n");
  assert_printed (f, "--event Nothing", "");
}

/* Lines that are longer than what is read at once belong to their event to the end. */
static void
test_long_lines (Fixture *f, gconstpointer data)
{
  g_autofree char *line = g_strnfill (200000, 'a');
  g_autofree char *text =
      g_strconcat (STAMP "LifecycleEvent - A\n" STAMP, line,
                   "\n" STAMP "LifecycleEvent - B\n" STAMP, line, "end\n", NULL);
  g_autofree char *second = g_strconcat (STAMP "LifecycleEvent - B\n" STAMP, line, "end\n", NULL);
  put (f, "d-1", "", text, 1000);
  assert_printed (f, "", text);
  assert_printed (f, "--event B", second);
}

static void
test_none (Fixture *f, gconstpointer data)
{
  const char *const asked[] = { NULL, "d-9", "../group/d-1", "group/d-1", "..", "" };
  g_autofree char *outside = g_build_filename (f->folder, "logs", NULL);
  g_assert_true (fs_make_directory (outside, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (asked); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (script_log_reader_find (f->folder, asked[i], &error));
    g_assert_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_NONE);
    put (f, "d-1", "", "x\n", 1000);
  }
}

static void
test_usage (Fixture *f, gconstpointer data)
{
  static const char *const wrong[][2] = { { "--what", NULL }, { "--event", NULL }, { "a", "b" } };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    ScriptLogQuery query;
    g_assert_false (script_log_query_parse (wrong[i], wrong[i][1] != NULL ? 2 : 1, &query, &error));
    g_assert_error (error, SCRIPT_LOG_READER_ERROR, SCRIPT_LOG_READER_ERROR_USAGE);
  }
  ScriptLogQuery query = query_of ("d-1 --follow --event E");
  g_assert_cmpstr (query.deployment_id, ==, "d-1");
  g_assert_cmpstr (query.event, ==, "E");
  g_assert_true (query.follow);
}

static void
expect (int fd, const char *expected)
{
  char found[256];
  gsize n = 0;
  while (n < strlen (expected)) {
    ssize_t more = read (fd, found + n, strlen (expected) - n);
    g_assert_cmpint (more, >, 0);
    n += (gsize)more;
  }
  found[n] = '\0';
  g_assert_cmpstr (found, ==, expected);
}

static void
test_follow (Fixture *f, gconstpointer data)
{
  int out[2];
  put (f, "d-1", ".1", "0\n", 1000);
  put (f, "d-1", "", "1\nha", 1000);
  g_assert_cmpint (pipe (out), ==, 0);
  pid_t pid = fork ();
  if (pid == 0) {
    ScriptLogQuery query = { .deployment_id = "d-1", .follow = TRUE };
    close (out[0]);
    _exit (script_log_reader_print (f->folder, &query, out[1], NULL) ? 1 : 2);
  }
  close (out[1]);
  expect (out[0], "0\n1\n");
  put (f, "d-1", "", "lf\n2\n", 1000);
  expect (out[0], "half\n2\n");

  g_autofree char *path = path_of (f, "d-1", "");
  g_autofree char *old = path_of (f, "d-1", ".1");
  put (f, "d-1", "", "3\n", 1000);
  g_assert_cmpint (rename (path, old), ==, 0);
  put (f, "d-1", ".1", "4\n", 1000); /* a writer that has not noticed */
  put (f, "d-1", "", "5\n", 1000);
  expect (out[0], "3\n4\n5\n");
  int status;
  g_assert_cmpint (kill (pid, SIGTERM), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status)); /* it was still at it */
  close (out[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/script-log-reader/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("the-newest-or-the-one-that-is-named", test_which);
  CASE ("one-event's-lines-through-rotated-files", test_event);
  CASE ("long-lines-are-kept-together", test_long_lines);
  CASE ("what-is-not-there", test_none);
  CASE ("words", test_usage);
  CASE ("what-is-still-to-come", test_follow);
  return g_test_run ();
}
