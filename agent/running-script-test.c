#include "agent/running-script.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

typedef struct {
  char *folder;
  Arena *arena;
  AgentHost host;
} Fixture;

static void
set_up (Fixture *f, gconstpointer grace)
{
  f->folder = g_dir_make_tmp ("running-script-XXXXXX", NULL);
  f->arena = arena_new ();
  const char *text = arena_printf (f->arena, "root_dir: %s/root\nhook_term_grace: %s\n", f->folder,
                                   (const char *)grace);
  AgentLogSettings log = { .directory = f->folder,
                           .program_name = "test",
                           .ambient = ambient_system () };
  f->host.config = agent_config_parse (text, strlen (text), f->arena, NULL);
  f->host.log = agent_log_new (&log, NULL);
  f->host.ambient = ambient_system ();
  /* Scripts whose agent has ended become ours, so that they can be waited for. */
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer grace)
{
  agent_log_free (f->host.log);
  arena_free (f->arena);
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->folder);
}

static char *
note_of (Fixture *f, const char *deployment_id)
{
  g_autofree char *path = g_build_filename (f->folder, "root/running-scripts", deployment_id, NULL);
  char *note = NULL;
  g_file_get_contents (path, &note, NULL, NULL); /* NULL: there is none */
  return note;
}

static void
put_note (Fixture *f, const char *deployment_id, const char *text)
{
  g_autofree char *dir = g_build_filename (f->folder, "root/running-scripts", NULL);
  g_autofree char *path = g_build_filename (dir, deployment_id, NULL);
  g_assert_true (fs_make_directory (dir, NULL));
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A script in a group of its own, which has said that it is there. */
static pid_t
start_script (const char *script)
{
  int ready[2];
  char byte;
  g_assert_cmpint (pipe (ready), ==, 0);
  pid_t pid = fork ();
  if (pid == 0) {
    setpgid (0, 0);
    dup2 (ready[1], STDOUT_FILENO);
    close (ready[0]);
    close (ready[1]);
    execl ("/bin/sh", "sh", "-c", script, NULL);
    _exit (127);
  }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

/* The same, started and noted by an agent that has ended. */
static pid_t
leave_behind (Fixture *f, const char *deployment_id, const char *script)
{
  int told[2];
  pid_t pid;
  g_assert_cmpint (pipe (told), ==, 0);
  pid_t agent = fork ();
  if (agent == 0) {
    pid = start_script (script);
    gboolean noted = running_script_note (&f->host, deployment_id, pid, NULL) &&
                     write (told[1], &pid, sizeof pid) == sizeof pid;
    _exit (noted ? 0 : 1);
  }
  int status;
  g_assert_cmpint (waitpid (agent, &status, 0), ==, agent);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (read (told[0], &pid, sizeof pid), ==, sizeof pid);
  close (told[0]);
  close (told[1]);
  return pid;
}

static int
signal_that_ended (pid_t pid)
{
  int status;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

static void
test_left_behind (Fixture *f, gconstpointer grace)
{
  pid_t pid = leave_behind (f, "d-1", "echo; while :; do sleep 1; done");
  g_autofree char *before = note_of (f, "d-1");
  g_assert_nonnull (before);
  running_script_end_left_behind (&f->host);
  g_assert_cmpint (signal_that_ended (pid), ==, SIGTERM);
  /* and what it was waiting for */
  while (waitpid (-pid, NULL, 0) > 0)
    ;
  g_assert_cmpint (kill (-pid, 0), ==, -1);
  g_autofree char *after = note_of (f, "d-1");
  g_assert_null (after);
  running_script_end_left_behind (&f->host);
}

static void
test_stubborn (Fixture *f, gconstpointer grace)
{
  pid_t pid = leave_behind (f, "d-1", "trap '' TERM; echo; while :; do sleep 1; done");
  running_script_end_left_behind (&f->host);
  g_assert_cmpint (signal_that_ended (pid), ==, SIGKILL);
  while (waitpid (-pid, NULL, 0) > 0)
    ;
}

/* Another agent on the same folders, or whoever runs deployments there: its script is its own. */
static void
test_attended (Fixture *f, gconstpointer grace)
{
  pid_t pid = start_script ("echo; exec sleep 1000");
  g_assert_true (running_script_note (&f->host, "d-1", pid, NULL));
  running_script_end_left_behind (&f->host);
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, 0);
  g_autofree char *kept = note_of (f, "d-1");
  g_assert_nonnull (kept);
  g_assert_true (running_script_forget (&f->host, "d-1", NULL));
  g_assert_true (running_script_forget (&f->host, "d-1", NULL));
  g_autofree char *gone = note_of (f, "d-1");
  g_assert_null (gone);
  kill (pid, SIGKILL);
  g_assert_cmpint (signal_that_ended (pid), ==, SIGKILL);
  g_assert_true (running_script_note (&f->host, "d-1", pid, NULL)); /* too late, and no error */
}

/* A process that only has the number, and notes that are none, are let be. */
static void
test_others (Fixture *f, gconstpointer grace)
{
  pid_t pid = leave_behind (f, "d-1", "echo; exec sleep 1000");
  g_autofree char *note = note_of (f, "d-1");
  g_auto (GStrv) words = g_strsplit (g_strchomp (note), " ", -1);
  g_assert_cmpuint (g_strv_length (words), ==, 4);
  g_assert_true (running_script_forget (&f->host, "d-1", NULL));
  const char *const notes[] = {
    arena_printf (f->arena, "%s %s %s1 %s\n", words[0], words[1], words[2], words[3]),
    arena_printf (f->arena, "%s-other %s %s %s\n", words[0], words[1], words[2], words[3]),
    arena_printf (f->arena, "%s 1 %s %s\n", words[0], words[2], words[3]),
    arena_printf (f->arena, "%s -%s %s %s\n", words[0], words[1], words[2], words[3]),
    arena_printf (f->arena, "%s %s %s\n", words[0], words[1], words[2]),
    arena_printf (f->arena, "%s %s %s %s x\n", words[0], words[1], words[2], words[3]),
    arena_printf (f->arena, "%0300d", 0),
    "",
    "\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (notes); i++) {
    put_note (f, "d-1", notes[i]);
    running_script_end_left_behind (&f->host);
    g_autofree char *after = note_of (f, "d-1");
    g_assert_null (after);
    g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, 0);
  }
  kill (pid, SIGKILL);
  g_assert_cmpint (signal_that_ended (pid), ==, SIGKILL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, grace, fn) g_test_add (path, Fixture, grace, set_up, fn, tear_down)
  ADD ("/running-script/left-behind-is-ended-with-its-group", "30", test_left_behind);
  ADD ("/running-script/one-that-ignores-the-signal-is-killed", "0", test_stubborn);
  ADD ("/running-script/one-with-its-agent-goes-on", "30", test_attended);
  ADD ("/running-script/other-processes-are-let-be", "30", test_others);
  return g_test_run ();
}
