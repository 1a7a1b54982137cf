#include "agent/command-journal.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "agent/test-host.h"

static guint
n_pending (TestHost *fixture)
{
  g_autoptr (GArray) pending = command_journal_pending (&fixture->host, fixture->arena);
  return pending->len;
}

static void
test_life (TestHost *fixture, gconstpointer data)
{
  CommandOutcome outcome = { "id \"1\"\xc3\xa4", NULL, TRUE, "{\"error_code\":0}" };
  CommandOutcome found;

  g_assert_cmpuint (n_pending (fixture), ==, 0);
  g_assert_false (command_journal_is_busy (&fixture->host));
  g_assert_true (command_journal_begin (&fixture->host, "d-1", outcome.command_id, NULL));
  g_assert_true (command_journal_is_busy (&fixture->host));
  g_autofree char *path = g_build_filename (fixture->folder, "root/ongoing-deployment/d-1", NULL);
  g_autofree char *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, outcome.command_id);
  {
    g_autoptr (GArray) pending = command_journal_pending (&fixture->host, fixture->arena);
    g_assert_cmpuint (pending->len, ==, 1);
    g_assert_null (g_array_index (pending, CommandOutcome, 0).payload);
  }
  g_assert_false (
      command_journal_lookup (&fixture->host, outcome.command_id, fixture->arena, &found));

  g_assert_true (command_journal_finish (&fixture->host, &outcome, NULL));
  {
    g_autoptr (GArray) pending = command_journal_pending (&fixture->host, fixture->arena);
    g_assert_cmpuint (pending->len, ==, 1);
    g_assert_cmpstr (g_array_index (pending, CommandOutcome, 0).payload, ==, outcome.payload);
    g_assert_true (g_array_index (pending, CommandOutcome, 0).succeeded);
  }
  g_assert_true (
      command_journal_lookup (&fixture->host, outcome.command_id, fixture->arena, &found));

  g_assert_true (command_journal_forget (&fixture->host, NULL, outcome.command_id, NULL));
  g_assert_cmpuint (n_pending (fixture), ==, 0);
  g_assert_false (command_journal_is_busy (&fixture->host));
}

/* The deployment's next command has its tracking file in the same place. */
static void
test_next_command (TestHost *fixture, gconstpointer data)
{
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "first", NULL));
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "second", NULL));
  g_assert_true (command_journal_forget (&fixture->host, "d-1", "first", NULL));
  g_assert_true (command_journal_is_busy (&fixture->host));
  g_assert_true (command_journal_forget (&fixture->host, "d-1", "second", NULL));
  g_assert_false (command_journal_is_busy (&fixture->host));
}

static void
test_order (TestHost *fixture, gconstpointer data)
{
  struct utimbuf older = { time (NULL) - 100, time (NULL) - 100 };
  struct utimbuf stale = { time (NULL) - 86500, time (NULL) - 86500 };
  const char *dir = arena_printf (fixture->arena, "%s/root/ongoing-deployment", fixture->folder);
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "one", NULL));
  g_assert_true (command_journal_begin (&fixture->host, "d-2", "two", NULL));
  g_assert_true (command_journal_begin (&fixture->host, "d-3", "three", NULL));
  g_assert_cmpint (utime (arena_printf (fixture->arena, "%s/d-1", dir), &older), ==, 0);
  g_assert_cmpint (utime (arena_printf (fixture->arena, "%s/d-3", dir), &stale), ==, 0);
  g_autoptr (GArray) pending = command_journal_pending (&fixture->host, fixture->arena);
  g_assert_cmpuint (pending->len, ==, 2);
  g_assert_cmpstr (g_array_index (pending, CommandOutcome, 0).command_id, ==, "two");
  g_assert_cmpstr (g_array_index (pending, CommandOutcome, 1).command_id, ==, "one");
  g_assert_false (g_file_test (arena_printf (fixture->arena, "%s/d-3", dir), G_FILE_TEST_EXISTS));
}

static gpointer
forget_first (gpointer data)
{
  TestHost *fixture = data;
  g_assert_true (command_journal_forget (&fixture->host, "d-1", "first", NULL));
  return NULL;
}

/* The service hands out a deployment's next command as soon as it has the last one's result. */
static void
test_next_begins (TestHost *fixture, gconstpointer data)
{
  for (guint i = 0; i < 200; i++) {
    g_assert_true (command_journal_begin (&fixture->host, "d-1", "first", NULL));
    GThread *thread = g_thread_new ("forget", forget_first, fixture);
    g_assert_true (command_journal_begin (&fixture->host, "d-1", "next", NULL));
    g_thread_join (thread);
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GArray) pending = command_journal_pending (&fixture->host, arena);
    g_assert_cmpuint (pending->len, ==, 1);
    const CommandOutcome *outcome = &g_array_index (pending, CommandOutcome, 0);
    g_assert_cmpstr (outcome->command_id, ==, "next");
    g_assert_cmpstr (outcome->deployment_id, ==, "d-1");
  }
}

/* Any user who may read the folder can lock it: no command waits for that. A wait would never end. */
static void
test_locked_by_another (TestHost *fixture, gconstpointer data)
{
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "one", NULL));
  g_autofree char *dir = g_build_filename (fixture->folder, "root/ongoing-deployment", NULL);
  int lock = open (dir, O_RDONLY | O_DIRECTORY);
  g_assert_cmpint (flock (lock, LOCK_EX), ==, 0);
  g_assert_true (command_journal_begin (&fixture->host, "d-2", "two", NULL));
  g_assert_true (command_journal_forget (&fixture->host, "d-2", "two", NULL));
  g_assert_true (command_journal_rewind (&fixture->host, "d-1", NULL));
  close (lock);
}

/* What does lock it is closed to others. */
static void
test_closed_lock (TestHost *fixture, gconstpointer data)
{
  struct stat status;
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "one", NULL));
  g_autofree char *dir = g_build_filename (fixture->folder, "root/command-locks", NULL);
  g_autofree char *path = g_build_filename (dir, "tracking", NULL);
  g_assert_cmpint (stat (dir, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0700);
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);
}

static void
test_damaged (TestHost *fixture, gconstpointer data)
{
  CommandOutcome outcome = { "id", NULL, FALSE, "{}" };
  CommandOutcome found;
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "id", NULL));
  g_assert_true (command_journal_finish (&fixture->host, &outcome, NULL));
  const char *dir_path =
      arena_printf (fixture->arena, "%s/root/finished-commands", fixture->folder);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL);
  const char *path = arena_printf (fixture->arena, "%s/%s", dir_path, g_dir_read_name (dir));
  g_assert_true (g_file_set_contents (path, "{\"command\":\"id\",", -1, NULL));
  g_assert_false (command_journal_lookup (&fixture->host, "id", fixture->arena, &found));
  g_autoptr (GArray) pending = command_journal_pending (&fixture->host, fixture->arena);
  g_assert_cmpuint (pending->len, ==, 1);
  g_assert_null (g_array_index (pending, CommandOutcome, 0).payload);
}

static guint
n_accepted (TestHost *fixture)
{
  g_autoptr (GArray) accepted = command_journal_accepted (&fixture->host, fixture->arena);
  return accepted->len;
}

static void
test_accepted (TestHost *fixture, gconstpointer data)
{
  const ApiHostCommand command = { .host_command_identifier = "id=\"1\"",
                                   .host_identifier = "arn:x",
                                   .deployment_execution_id = "a/b/c/d",
                                   .command_name = "Install" };
  g_assert_cmpuint (n_accepted (fixture), ==, 0);
  g_assert_true (command_journal_accept (&fixture->host, &command, NULL));
  g_assert_false (command_journal_is_busy (&fixture->host));
  g_assert_cmpuint (n_pending (fixture), ==, 0);
  {
    g_autoptr (GArray) accepted = command_journal_accepted (&fixture->host, fixture->arena);
    g_assert_cmpuint (accepted->len, ==, 1);
    const ApiHostCommand *found = &g_array_index (accepted, ApiHostCommand, 0);
    g_assert_cmpstr (found->host_command_identifier, ==, command.host_command_identifier);
    g_assert_cmpstr (found->host_identifier, ==, command.host_identifier);
    g_assert_cmpstr (found->deployment_execution_id, ==, command.deployment_execution_id);
    g_assert_cmpstr (found->command_name, ==, command.command_name);
  }
  g_assert_true (command_journal_unaccept (&fixture->host, command.host_command_identifier, NULL));
  g_assert_cmpuint (n_accepted (fixture), ==, 0);

  g_assert_true (command_journal_accept (&fixture->host, &command, NULL));
  g_assert_true (
      command_journal_begin (&fixture->host, "d-1", command.host_command_identifier, NULL));
  g_assert_cmpuint (n_accepted (fixture), ==, 0);
}

/* Killed between the tracking file and the end of the record: it has begun, so it does not begin again. */
static void
test_accepted_and_begun (TestHost *fixture, gconstpointer data)
{
  const ApiHostCommand command = { .host_command_identifier = "one" };
  g_assert_true (command_journal_begin (&fixture->host, "d-1", "one", NULL));
  g_assert_true (command_journal_accept (&fixture->host, &command, NULL));
  g_assert_cmpuint (n_accepted (fixture), ==, 0);
  g_assert_cmpuint (n_pending (fixture), ==, 1);
}

static void
test_half_written (TestHost *fixture, gconstpointer data)
{
  const char *dir = arena_printf (fixture->arena, "%s/root/accepted-commands", fixture->folder);
  const char *path = arena_printf (fixture->arena, "%s/0123.1-00000000.tmp", dir);
  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (
      path, "{\"command\":\"a\",\"host\":\"b\",\"execution\":\"c\",\"name\":\"d\"}\n", -1, NULL));
  g_assert_cmpuint (n_accepted (fixture), ==, 0);
  /* whoever writes it may live; what a killed agent leaves, agent/leftovers.h removes */
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/command-journal/" path, TestHost, NULL, test_host_set_up, function,                \
              test_host_tear_down)
  CASE ("from-begin-to-forgotten", test_life);
  CASE ("a-late-answer-leaves-the-next-command-alone", test_next_command);
  CASE ("135-136-newest-first-and-stale-ones-gone", test_order);
  CASE ("the-next-command-is-tracked-while-the-last-is-forgotten", test_next_begins);
  CASE ("a-lock-of-another-user-is-not-waited-for", test_locked_by_another);
  CASE ("the-lock-is-closed-to-others", test_closed_lock);
  CASE ("a-damaged-record-counts-as-interrupted", test_damaged);
  CASE ("accepted-until-it-begins", test_accepted);
  CASE ("what-has-begun-is-not-accepted", test_accepted_and_begun);
  CASE ("a-half-written-record-is-none", test_half_written);
  return g_test_run ();
}
