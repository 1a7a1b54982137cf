#include "agent/log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/log-file.h"

#define DAY_MS   (G_GINT64_CONSTANT (24) * 3600 * 1000)
#define START_MS G_GINT64_CONSTANT (1767225600000) /* 2026-01-01 */

typedef struct {
  char *folder;
  AmbientFake clock;
  Ambient ambient;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->folder = g_dir_make_tmp ("log-XXXXXX", &error);
  g_assert_no_error (error);
  f->clock.now_ms = START_MS;
  f->ambient = ambient_fake (&f->clock);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->folder);
}

static char *
read_log (const Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  char *text = NULL;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("(none)");
  return text;
}

static void
expect_log (const Fixture *f, const char *name, const char *expected)
{
  g_autofree char *text = read_log (f, name);
  g_assert_cmpstr (text, ==, expected);
}

static LogFile *
open_file (Fixture *f, LogFileRotation rotation)
{
  g_autoptr (GError) error = NULL;
  LogFileSettings settings = {
    .directory = f->folder,
    .name = "agent",
    .rotation = rotation,
    .kept = 2,
    .max_bytes = 4,
    .mode = 0640,
    .ambient = &f->ambient,
  };
  LogFile *file = log_file_open (&settings, &error);
  g_assert_no_error (error);
  return file;
}

static void
put (LogFile *file, const char *text)
{
  g_assert_true (log_file_write (file, text, strlen (text)));
}

static AgentLog *
open_log (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  AgentLogSettings settings = { .directory = f->folder,
                                .program_name = "codedeploy-agent",
                                .least = AGENT_LOG_INFO,
                                .ambient = &f->ambient };
  AgentLog *log = agent_log_new (&settings, &error);
  g_assert_no_error (error);
  return log;
}

static void
test_lines (Fixture *f, gconstpointer data)
{
  g_autoptr (AgentLog) log = open_log (f);
  g_autoptr (AgentLog) about = agent_log_about (log, "d-1", "Install");
  g_autoptr (AgentLog) nested = agent_log_about (about, "d-2", NULL);

  agent_log (log, AGENT_LOG_DEBUG, "too much");
  agent_log (log, AGENT_LOG_WARN, "two\nlines \xff");
  agent_log (about, AGENT_LOG_ERROR, "%d", 7);
  agent_log (nested, AGENT_LOG_INFO, "x");
  g_autofree char *expected = g_strdup_printf (
      "2026-01-01T00:00:00.000Z WARN  [codedeploy-agent(%1$d)]: two lines \xef\xbf\xbd\n"
      "2026-01-01T00:00:00.000Z ERROR [codedeploy-agent(%1$d)]: [d-1 Install] 7\n"
      "2026-01-01T00:00:00.000Z INFO  [codedeploy-agent(%1$d)]: [d-2] x\n",
      (int)getpid ());
  expect_log (f, "codedeploy-agent.log", expected);
}

static void
test_long_lines (Fixture *f, gconstpointer data)
{
  g_autoptr (AgentLog) log = open_log (f);
  g_autofree char *long_text = g_strnfill (100000, 'x');
  agent_log (log, AGENT_LOG_INFO, "%s", long_text);
  g_autofree char *text = read_log (f, "codedeploy-agent.log");
  g_assert_cmpuint (strlen (text), <, 17000);
  g_assert_true (g_str_has_suffix (text, "x\n"));
}

static void
test_daily (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  for (int day = 1; day <= 5; day++) {
    g_autofree char *line = g_strdup_printf ("day %d\n", day);
    put (file, line);
    f->clock.now_ms += DAY_MS;
  }
  log_file_tick (file);
  expect_log (f, "agent.log", "");
  expect_log (f, "agent.20260105.log", "day 5\n");
  expect_log (f, "agent.20260104.log", "day 4\n");
  expect_log (f, "agent.20260103.log", "(none)");
  expect_log (f, "agent.20260101.log", "(none)");
}

static void
test_other_files_stay (Fixture *f, gconstpointer data)
{
  static const char *const others[] = { "agent.19990101.log.gz", "agent.x.log",
                                        "agents.19990101.log", "other.19990101.log" };
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree char *path = g_build_filename (f->folder, others[i], NULL);
    g_assert_true (g_file_set_contents (path, "x", -1, NULL));
  }
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  put (file, "a\n");
  f->clock.now_ms += DAY_MS;
  log_file_tick (file);
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    expect_log (f, others[i], "x");
}

static void
test_restart_on_a_later_day (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "agent.log", NULL);
  const struct timespec times[2] = { { START_MS / 1000, 0 }, { START_MS / 1000, 0 } };

  g_assert_true (g_file_set_contents (path, "before\n", -1, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  f->clock.now_ms += 2 * DAY_MS;
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  put (file, "after\n");
  expect_log (f, "agent.20260101.log", "before\n");
  expect_log (f, "agent.log", "after\n");
}

static void
test_taken_name (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  g_autofree char *path = g_build_filename (f->folder, "agent.20260101.log", NULL);
  g_assert_true (g_file_set_contents (path, "somebody's\n", -1, NULL));
  put (file, "one\n");
  f->clock.now_ms += DAY_MS;
  put (file, "two\n");
  expect_log (f, "agent.20260101.log", "somebody's\n");
  expect_log (f, "agent.log", "one\ntwo\n");
}

static void
test_by_size (Fixture *f, gconstpointer data)
{
  static const char *const lines[] = { "aaaa", "bbbb", "cccc", "dddd" };
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_BY_SIZE);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    put (file, lines[i]);
  expect_log (f, "agent.log", "dddd");
  expect_log (f, "agent.log.1", "cccc");
  expect_log (f, "agent.log.2", "bbbb");
  expect_log (f, "agent.log.3", "(none)");
}

static void
test_two_processes (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) one = open_file (f, LOG_FILE_DAILY);
  g_autoptr (LogFile) other = open_file (f, LOG_FILE_DAILY);
  put (one, "one\n");
  put (other, "other\n");
  f->clock.now_ms += DAY_MS;
  put (other, "other of the next day\n");
  put (one, "one of the next day\n");
  expect_log (f, "agent.20260101.log", "one\nother\n");
  expect_log (f, "agent.log", "other of the next day\none of the next day\n");
}

static void
test_moved_by_somebody (Fixture *f, gconstpointer data)
{
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  g_autofree char *path = g_build_filename (f->folder, "agent.log", NULL);
  g_autofree char *moved = g_build_filename (f->folder, "agent.log.moved", NULL);
  put (file, "one\n");
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  log_file_tick (file);
  put (file, "two\n");
  expect_log (f, "agent.log.moved", "one\n");
  expect_log (f, "agent.log", "two\n");
}

static void
write_byte (int fd)
{
  g_assert_cmpint (write (fd, "", 1), ==, 1);
}

static void
wait_for_byte (int fd)
{
  char byte;
  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
}

/* The child writes a line before and one after each rotation, and could not open the file itself. */
static void
run_follower (LogFile *file, int from_parent, int to_parent)
{
  log_file_follow (file);
  if (geteuid () == 0 && setuid (65534) != 0)
    _exit (1);
  for (int i = 0; i < 2; i++) {
    char line[20];
    char byte;
    g_snprintf (line, sizeof line, "follower %d\n", i);
    if (!log_file_write (file, line, strlen (line)) || write (to_parent, "", 1) != 1 ||
        read (from_parent, &byte, 1) != 1)
      _exit (1);
  }
  _exit (0);
}

static void
test_follower (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LogFile) file = open_file (f, LOG_FILE_DAILY);
  int to_child[2], to_parent[2], status;

  g_assert_true (log_file_share (file, &error));
  g_assert_cmpint (pipe2 (to_child, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (to_parent, O_CLOEXEC), ==, 0);
  pid_t child = fork ();
  if (child == 0)
    run_follower (file, to_child[0], to_parent[1]);
  wait_for_byte (to_parent[0]);
  for (int day = 0; day < 20; day++) { /* more than a socket holds */
    put (file, "owner\n");
    f->clock.now_ms += DAY_MS;
    log_file_tick (file);
  }
  write_byte (to_child[1]);
  wait_for_byte (to_parent[0]);
  write_byte (to_child[1]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  expect_log (f, "agent.log", "follower 1\n");
  expect_log (f, "agent.20260120.log", "owner\n");
  int fds[] = { to_child[0], to_child[1], to_parent[0], to_parent[1] };
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

static void
test_restricted (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, "codedeploy-agent.log", NULL);
  struct stat status;
  agent_log_free (open_log (f));
  AgentLogSettings settings = { .directory = f->folder,
                                .program_name = "codedeploy-agent",
                                .restricted = TRUE,
                                .ambient = &f->ambient };
  g_autoptr (AgentLog) log = agent_log_new (&settings, &error);
  g_assert_no_error (error);
  g_assert_cmpint (stat (f->folder, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0750);
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0640);
}

#define ADD(name, function) g_test_add ("/log/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("lines-say-when-who-and-what-about", test_lines);
  ADD ("a-line-ends", test_long_lines);
  ADD ("rotated-daily-and-some-days-kept", test_daily);
  ADD ("other-files-stay", test_other_files_stay);
  ADD ("started-on-a-later-day", test_restart_on_a_later_day);
  ADD ("a-days-file-is-never-written-over", test_taken_name);
  ADD ("rotated-by-size", test_by_size);
  ADD ("two-processes-rotate-once", test_two_processes);
  ADD ("moved-by-somebody-else", test_moved_by_somebody);
  ADD ("a-follower-gets-the-newest-file", test_follower);
  ADD ("closed-to-other-users", test_restricted);
  return g_test_run ();
}
