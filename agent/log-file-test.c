#include "agent/log-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define LIMIT 1000

typedef struct {
  char *folder, *path;
  LogFileSettings settings;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("log-file-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "made", "x.log", NULL);
  f->settings = (LogFileSettings){ .directory = g_path_get_dirname (f->path),
                                   .name = "x",
                                   .rotation = LOG_FILE_BY_SIZE,
                                   .kept = 2,
                                   .max_bytes = LIMIT,
                                   .mode = 0644,
                                   .ambient = ambient_system () };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free ((char *)f->settings.directory);
  g_free (f->path);
  g_free (f->folder);
}

static LogFile *
opened (Fixture *f)
{
  LogFile *file = log_file_open (&f->settings, NULL);
  g_assert_nonnull (file);
  return file;
}

static void
add (LogFile *file, const char *text)
{
  g_assert_true (log_file_write (file, text, strlen (text)));
}

/* NULL: there is no such file. */
static char *
generation (Fixture *f, guint which)
{
  g_autofree char *path =
      which == 0 ? g_strdup (f->path) : g_strdup_printf ("%s.%u", f->path, which);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static void
assert_generation (Fixture *f, guint which, const char *expected)
{
  g_autofree char *found = generation (f, which);
  g_assert_cmpstr (found, ==, expected);
}

static void
test_rotation (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) file = opened (f);
  g_autofree char *full = g_strnfill (LIMIT, 'x');
  const char *const lines[] = { "1\n", "2\n", "3\n", "4\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    add (file, lines[i]);
    if (i + 1 < G_N_ELEMENTS (lines))
      add (file, full);
  }
  g_autofree char *second = g_strconcat ("2\n", full, NULL);
  g_autofree char *third = g_strconcat ("3\n", full, NULL);
  assert_generation (f, 0, "4\n");
  assert_generation (f, 1, third);
  assert_generation (f, 2, second);
  assert_generation (f, 3, NULL);
}

static void
test_two_writers (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) one = opened (f), other = opened (f);
  g_autofree char *full = g_strnfill (LIMIT, 'x');
  add (one, "begin ");
  add (other, full);
  add (one, "one\n");     /* finds it full */
  add (other, "other\n"); /* finds that it has been moved */
  g_autofree char *first = g_strconcat ("begin ", full, NULL);
  assert_generation (f, 0, "one\nother\n");
  assert_generation (f, 1, first);
  assert_generation (f, 2, NULL);
}

/* Any user who may read the folder can lock it: the agent writes on where it is, and moves the file once that is over. */
static void
test_locked_by_another (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) file = opened (f);
  g_autofree char *full = g_strnfill (LIMIT, 'x');
  int lock = open (f->settings.directory, O_RDONLY | O_DIRECTORY);
  g_assert_cmpint (flock (lock, LOCK_EX), ==, 0);
  add (file, full);
  add (file, "one\n");
  g_autofree char *both = g_strconcat (full, "one\n", NULL);
  assert_generation (f, 0, both);
  close (lock);
  add (file, "two\n");
  assert_generation (f, 0, "two\n");
  assert_generation (f, 1, both);
}

/* Several processes at full speed: every line is there once and whole. */
static void
test_processes (Fixture *f, gconstpointer data)
{
  enum {
    WRITERS = 4,
    LINES = 2000
  };
  f->settings.max_bytes = (gint64)8 * 1024;
  f->settings.kept = 1000;
  for (int writer = 0; writer < WRITERS; writer++) {
    if (fork () != 0)
      continue;
    LogFile *file = opened (f);
    for (int i = 0; i < LINES; i++) {
      g_autofree char *line = g_strdup_printf ("<%d %d>\n", writer, i);
      add (file, line);
    }
    _exit (0);
  }
  for (int writer = 0; writer < WRITERS; writer++) {
    int status;
    g_assert_cmpint (wait (&status), >, 0);
    g_assert_cmpint (status, ==, 0);
  }
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0;; i++) {
    g_autofree char *text = generation (f, i);
    if (text == NULL)
      break;
    g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
    for (char **line = lines; *line != NULL; line++)
      g_assert_true (g_hash_table_add (seen, g_strdup (*line)));
  }
  g_assert_cmpuint (g_hash_table_size (seen), ==, WRITERS * LINES);
  for (int i = 0; i < WRITERS * LINES; i++) {
    g_autofree char *line = g_strdup_printf ("<%d %d>", i / LINES, i % LINES);
    g_assert_true (g_hash_table_contains (seen, line));
  }
}

static void
test_link (Fixture *f, gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (f->folder, "elsewhere", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (fs_make_directory (f->settings.directory, NULL));
  g_assert_cmpint (symlink (elsewhere, f->path), ==, 0);
  g_assert_null (log_file_open (&f->settings, &error));
  g_assert_nonnull (strstr (error->message, f->path));
  g_assert_false (g_file_test (elsewhere, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/log-file/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("a-full-one-is-moved-and-so-many-are-kept", test_rotation);
  CASE ("another-writer-notices-and-does-not-move-again", test_two_writers);
  CASE ("a-lock-of-another-user-is-not-waited-for", test_locked_by_another);
  CASE ("processes-lose-and-break-no-line", test_processes);
  CASE ("a-link-is-not-followed", test_link);
  return g_test_run ();
}
