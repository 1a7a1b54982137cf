#include "agent/hook-process.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define LONG_MS (60 * 1000)

typedef struct {
  char *folder;
  GString *out, *err;
  char *held;      /* what was told of who holds the output; NULL: nothing was */
  guint n_started; /* and whether the script had done anything by then */
  gboolean had_begun;
  gsize n_bytes; /* of lines, when they are only counted */
  gsize n_longest;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("hook-process-XXXXXX", NULL);
  f->out = g_string_new (NULL);
  f->err = g_string_new (NULL);
  /* What scripts leave behind becomes ours, so that it can be waited for. */
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_string_free (f->out, TRUE);
  g_string_free (f->err, TRUE);
  g_free (f->held);
  g_free (f->folder);
}

static void
on_line (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  Fixture *f = ctx;
  g_string_append_len (stream == HOOK_OUTPUT_STDOUT ? f->out : f->err, line, (gssize)n);
}

static void
on_held (gpointer ctx, const char *holder)
{
  Fixture *f = ctx;
  g_assert_null (f->held);
  f->held = g_strdup (holder);
}

static void
on_started (gpointer ctx, pid_t pid)
{
  Fixture *f = ctx;
  g_autofree char *trace = g_build_filename (f->folder, "began", NULL);
  f->n_started++;
  f->had_begun = f->had_begun || g_file_test (trace, G_FILE_TEST_EXISTS);
  g_assert_cmpint (getpgid (pid), ==, pid);
}

static char *
write_script (Fixture *f, const char *name, const char *text)
{
  char *path = g_build_filename (f->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (chmod (path, 0755), ==, 0);
  return path;
}

static HookProcess
process_of (Fixture *f, const char *const *argv)
{
  static const char *const envp[] = { "PATH=/usr/bin:/bin", NULL };
  return (HookProcess){ .argv = argv,
                        .envp = envp,
                        .timeout_ms = LONG_MS,
                        .term_grace_ms = LONG_MS,
                        .line = on_line,
                        .held = on_held,
                        .started = on_started,
                        .ctx = f };
}

static HookResult
run_text (Fixture *f, const char *text, gint64 timeout_ms, gint64 term_grace_ms)
{
  g_autofree char *path = write_script (f, "a script", text);
  const char *const argv[] = { path, NULL };
  HookProcess process = process_of (f, argv);
  process.timeout_ms = timeout_ms;
  process.term_grace_ms = term_grace_ms;
  return hook_process_run (&process);
}

static void
assert_exit (HookResult result, int status)
{
  g_assert_cmpint (result.end, ==, HOOK_EXITED);
  g_assert_cmpint (result.status, ==, status);
}

/* A process's number that a script has written to a file; the process is killed and waited for. */
static void
kill_left_behind (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->folder, name, NULL);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  pid_t pid = (pid_t)g_ascii_strtoll (text, NULL, 10);
  int status;
  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0); /* it was alive */
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
}

static void
test_ends (Fixture *f, gconstpointer data)
{
  assert_exit (run_text (f, "#!/bin/sh\necho one; echo two >&2; printf three\n", LONG_MS, 0), 0);
  g_assert_cmpstr (f->out->str, ==, "one\nthree");
  g_assert_cmpstr (f->err->str, ==, "two\n");
  assert_exit (run_text (f, "#!/bin/sh\nexit 3\n", LONG_MS, 0), 3);
  assert_exit (run_text (f, "exit 255\n", LONG_MS, 0), 255); /* no interpreter line */
  HookResult result = run_text (f, "#!/bin/sh\nkill -SEGV $$\n", LONG_MS, 0);
  g_assert_cmpint (result.end, ==, HOOK_SIGNALLED);
  g_assert_cmpint (result.status, ==, SIGSEGV);
  g_assert_cmpuint (f->n_started, ==, 4);
}

static void
test_surroundings (Fixture *f, gconstpointer data)
{
  g_autofree char *path =
      write_script (f, "x",
                    "#!/bin/sh\nread line && exit 1\npwd; umask; echo \"$#\"; env | grep -c ^A=\n"
                    "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd\n");
  const char *const argv[] = { path, "an argument", "", NULL };
  const char *const envp[] = { "PATH=/usr/bin:/bin", "A=1", NULL };
  HookProcess process = process_of (f, argv);
  process.envp = envp;
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before);
  signal (SIGPIPE, SIG_IGN);
  mode_t mask = umask (0);
  HookResult result = hook_process_run (&process);
  umask (mask);
  signal (SIGPIPE, SIG_DFL);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  assert_exit (result, 0);
  /* the last descriptor is the folder that ls reads */
  g_assert_cmpstr (
      f->out->str, ==,
      "/\n0022\n2\n1\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n0\n1\n2\n3\n");
}

static void
test_no_start (Fixture *f, gconstpointer data)
{
  HookResult result = run_text (f, "#!/no/such/interpreter\n", LONG_MS, 0);
  g_assert_cmpint (result.end, ==, HOOK_NOT_STARTED);
  g_assert_cmpint (result.start_stage, ==, HOOK_SPAWN_EXECUTING);
  g_assert_cmpint (result.start_errno, ==, ENOENT);
  const char *const argv[] = { "no-such-program-anywhere", NULL };
  HookProcess process = process_of (f, argv);
  result = hook_process_run (&process);
  g_assert_cmpint (result.end, ==, HOOK_NOT_STARTED);
  g_assert_cmpint (result.start_errno, ==, ENOENT);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1); /* nothing is left to wait for */
}

/* Whoever is to know of a process knows before it is a script. */
static void
test_gate (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n: >'%s/began'\n", f->folder);
  assert_exit (run_text (f, text, LONG_MS, 0), 0);
  g_assert_cmpuint (f->n_started, ==, 1);
  g_assert_false (f->had_begun);
}

static void
die (gpointer ctx, pid_t pid)
{
  (void)!write (*(const int *)ctx, &pid, sizeof pid);
  raise (SIGKILL);
}

static void
test_gate_closed (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n: >'%s/began'\n", f->folder);
  g_autofree char *path = write_script (f, "x", text);
  g_autofree char *trace = g_build_filename (f->folder, "began", NULL);
  const char *const argv[] = { path, NULL };
  int told[2], status;
  pid_t pid;

  g_assert_cmpint (pipe (told), ==, 0);
  pid_t agent = fork ();
  if (agent == 0) {
    HookProcess process = process_of (f, argv);
    process.started = die;
    process.ctx = &told[1];
    hook_process_run (&process);
    _exit (1);
  }
  g_assert_cmpint (read (told[0], &pid, sizeof pid), ==, sizeof pid);
  g_assert_cmpint (waitpid (agent, &status, 0), ==, agent);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid); /* ours now; it ends by itself */
  g_assert_true (WIFEXITED (status));
  g_assert_false (g_file_test (trace, G_FILE_TEST_EXISTS));
  close (told[0]);
  close (told[1]);
}

static void
test_timeout (Fixture *f, gconstpointer data)
{
  g_autofree char *text =
      g_strdup_printf ("#!/bin/sh\ntrap 'echo term; exit 0' TERM\n"
                       "setsid sleep 1000 >/dev/null 2>&1 &\necho $! >'%s/far'\n"
                       "sleep 1000 &\nwait\n",
                       f->folder);
  HookResult result = run_text (f, text, 300, LONG_MS);
  g_assert_cmpint (result.end, ==, HOOK_TIMED_OUT);
  g_assert_cmpstr (f->out->str, ==, "term\n");
  kill_left_behind (f, "far"); /* it had left the group */
  while (waitpid (-1, NULL, 0) > 0)
    ; /* and the one in the group is gone, else this would take a thousand seconds */
}

static void
test_stubborn (Fixture *f, gconstpointer data)
{
  HookResult result =
      run_text (f, "#!/bin/sh\ntrap '' TERM\nwhile :; do echo on; sleep 0.1; done\n", 300, 100);
  g_assert_cmpint (result.end, ==, HOOK_TIMED_OUT);
  while (waitpid (-1, NULL, 0) > 0)
    ;
}

static const char left_behind[] = "#!/bin/sh\nsleep 1000 & echo $! >'%s/left'\necho said\n";

static void
test_held (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf (left_behind, f->folder);
  HookResult result = run_text (f, text, 300, LONG_MS);
  g_assert_cmpint (result.end, ==, HOOK_OUTPUT_OPEN);
  g_assert_cmpstr (f->out->str, ==, "said\n");
  g_autofree char *path = g_build_filename (f->folder, "left", NULL);
  g_autofree char *pid = NULL;
  g_assert_true (g_file_get_contents (path, &pid, NULL, NULL));
  g_autofree char *expected = g_strdup_printf ("sleep (process %s)", g_strchomp (pid));
  g_assert_cmpstr (f->held, ==, expected);
  g_assert_cmpstr (result.holder, ==, expected);
  kill_left_behind (f, "left");
}

/* A grace ends the wait long before the deadline. */
static void
test_held_with_grace (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf (left_behind, f->folder);
  g_autofree char *path = write_script (f, "x", text);
  const char *const argv[] = { path, NULL };
  HookProcess process = process_of (f, argv);
  process.timeout_ms = G_GINT64_CONSTANT (24) * 3600 * 1000;
  process.output_grace_ms = 100;
  g_assert_cmpint (hook_process_run (&process).end, ==, HOOK_OUTPUT_OPEN);
  kill_left_behind (f, "left");
}

/* What is closed while the script's output is waited for is no failure. */
static void
test_held_for_a_while (Fixture *f, gconstpointer data)
{
  assert_exit (run_text (f, "#!/bin/sh\n(sleep 0.2; echo late) &\necho early\n", LONG_MS, 0), 0);
  g_assert_cmpstr (f->out->str, ==, "early\nlate\n");
  g_assert_null (f->held);
  while (waitpid (-1, NULL, 0) > 0)
    ;
}

static void
count (gpointer ctx, HookStream stream, const char *line, gsize n)
{
  Fixture *f = ctx;
  f->n_bytes += n;
  f->n_longest = MAX (f->n_longest, n);
  if (stream == HOOK_OUTPUT_STDERR)
    g_assert_true (g_utf8_validate (line, (gssize)n, NULL));
}

static void
test_long_lines (Fixture *f, gconstpointer data)
{
  /* three bytes a character, so that 64 KiB are no whole number of them */
  g_autofree char *path =
      write_script (f, "x",
                    "#!/bin/sh\nhead -c 10000000 /dev/zero\n"
                    "head -c 300000 /dev/zero | sed 's/\\x00/\\xe2\\x82\\xac/g' >&2\n");
  const char *const argv[] = { path, NULL };
  HookProcess process = process_of (f, argv);
  process.line = count;
  assert_exit (hook_process_run (&process), 0);
  g_assert_cmpuint (f->n_bytes, ==, 10000000 + 900000);
  g_assert_cmpuint (f->n_longest, ==, 64 * 1024);
}

/* The most memory that this process ever had, in KiB. */
static gint64
peak_kib (void)
{
  g_autofree char *status = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  const char *at = strstr (status, "VmHWM:");
  g_assert_nonnull (at);
  return g_ascii_strtoll (at + strlen ("VmHWM:"), NULL, 10);
}

static void
test_much_output (Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_script (
      f, "x",
      "#!/bin/sh\nhead -c 1000000 /dev/zero\n[ -e \"$0.more\" ] || exit 0\n"
      "head -c 50000000 /dev/zero | tr '\\0' '\\n'\nhead -c 50000000 /dev/zero | tr '\\0' x >&2\n");
  g_autofree char *more = g_strconcat (path, ".more", NULL);
  const char *const argv[] = { path, NULL };
  HookProcess process = process_of (f, argv);
  process.line = count;
  assert_exit (hook_process_run (&process), 0);
  gint64 before = peak_kib ();
  g_assert_true (g_file_set_contents (more, "", 0, NULL));
  assert_exit (hook_process_run (&process), 0);
  g_assert_cmpuint (f->n_bytes, ==, 102 * 1000 * 1000);
  g_assert_cmpint (peak_kib () - before, <, 2048);
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  signal (SIGCHLD, SIG_IGN); /* the kernel throws the status away */
  HookResult result = run_text (f, "#!/bin/sh\nexit 0\n", LONG_MS, 0);
  signal (SIGCHLD, SIG_DFL);
  g_assert_cmpint (result.end, ==, HOOK_LOST);
}

static void
test_user (Fixture *f, gconstpointer data)
{
  static const gid_t groups[] = { 65534, 4242 };
  const HookSpawnUser user = { 65534, 65534, G_N_ELEMENTS (groups), groups };
  if (geteuid () != 0) {
    g_test_skip ("only root can become somebody else");
    return;
  }
  g_autofree char *path =
      write_script (f, "x", "#!/bin/sh\ngrep -E '^(Uid|Gid|Groups|CapEff)' /proc/self/status\n");
  g_autofree char *inner = g_build_filename (f->folder, "inner", NULL);
  g_autofree char *hidden = g_build_filename (inner, "x", NULL);
  const char *argv[] = { path, NULL };
  HookProcess process = process_of (f, argv);
  process.user = &user;
  process.access = R_OK | X_OK;

  HookResult result = hook_process_run (&process);
  g_assert_cmpint (result.end, ==, HOOK_NOT_STARTED);
  g_assert_cmpint (result.start_stage, ==, HOOK_SPAWN_REACHING);
  g_assert_cmpint (result.start_errno, ==, EACCES);
  g_assert_cmpuint (result.refused_length, ==, strlen (f->folder));

  g_assert_cmpint (chmod (f->folder, 0755), ==, 0);
  assert_exit (hook_process_run (&process), 0);
  g_assert_cmpstr (f->out->str, ==,
                   "Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n"
                   "Groups:\t4242 65534 \nCapEff:\t0000000000000000\n");

  g_assert_cmpint (chmod (path, 0744), ==, 0);
  result = hook_process_run (&process);
  g_assert_cmpint (result.start_stage, ==, HOOK_SPAWN_REACHING);
  g_assert_cmpuint (result.refused_length, ==, strlen (path));

  g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);
  g_assert_cmpint (rename (path, hidden), ==, 0);
  argv[0] = hidden;
  result = hook_process_run (&process);
  g_assert_cmpint (result.start_stage, ==, HOOK_SPAWN_REACHING);
  g_assert_cmpuint (result.refused_length, ==, strlen (inner));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/hook-process/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("116-statuses-signals-and-both-outputs", test_ends);
  CASE ("127-what-a-script-finds", test_surroundings);
  CASE ("what-cannot-be-started", test_no_start);
  CASE ("its-start-is-told-before-it-does-anything", test_gate);
  CASE ("an-agent-that-dies-before-leaves-no-script", test_gate_closed);
  CASE ("117-the-group-is-ended-at-the-deadline", test_timeout);
  CASE ("118-one-that-ignores-the-signal-is-killed", test_stubborn);
  CASE ("119-who-holds-the-output-is-named", test_held);
  CASE ("119-a-grace-ends-the-wait", test_held_with_grace);
  CASE ("120-output-closed-in-time-is-fine", test_held_for_a_while);
  CASE ("long-lines-come-in-pieces", test_long_lines);
  CASE ("memory-does-not-grow-with-the-output", test_much_output);
  CASE ("a-status-that-is-lost-is-no-success", test_lost);
  CASE ("121-another-user-and-the-way-there", test_user);
  return g_test_run ();
}
