#include "agent/install-commit.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "agent/leftovers.h"
#include "agent/test-installation.h"

/*
 * An Install of a second revision over a first one is killed at each of its system calls in turn, and so is the recovery
 * after it; what is there then must be one revision or the other, whole.
 */
#define SETTINGS "file_exists_behavior: OVERWRITE\n"
#define OLD_SPEC                                                                                   \
  SETTINGS "files:\n"                                                                              \
           "  - {source: content/app, destination: DEST/app}\n"                                    \
           "  - {source: content/shared, destination: DEST/shared}\n"                              \
           "permissions: [{object: DEST/app, mode: 600, type: [file]}]\n"
#define NEW_SPEC OLD_SPEC

static const char *const old_items[] = { "app/same=1",
                                         "app/gone/x=1",
                                         "app/to-folder=1",
                                         "app/to-file/a=1",
                                         "app/link>same",
                                         "shared/kept=1",
                                         "shared/dropped=1",
                                         "shared/sub/d=1",
                                         "shared/to-file/f=1",
                                         "shared/to-folder=1",
                                         NULL };
static const char *const new_items[] = {
  "app/same=2",    "app/new/y=2",    "app/to-folder/z=2", "app/to-file=2",        "app/link>new",
  "shared/kept=2", "shared/added=2", "shared/to-file=2",  "shared/to-folder/g=2", NULL
};
/* what others put there */
#define FOREIGN_FOLDER "shared/log/today=foreign "
#define OLD_TREE                                                                                   \
  "app/gone/x=1 app/link>same app/same=1 app/to-file/a=1 app/to-folder=1 shared/dropped=1 "        \
  "shared/kept=1 " FOREIGN_FOLDER                                                                  \
  "shared/own=foreign shared/sub/d=1 shared/sub/o=foreign shared/to-file/f=1 shared/to-folder=1 "
#define NEW_TREE                                                                                   \
  "app/link>new app/new/y=2 app/same=2 app/to-file=2 app/to-folder/z=2 shared/added=2 "            \
  "shared/kept=2 " FOREIGN_FOLDER                                                                  \
  "shared/own=foreign shared/sub/o=foreign shared/to-file=2 shared/to-folder/g=2 "
#define OLD_CLEANUP                                                                                \
  "app app/gone app/gone/x app/link app/same app/to-file app/to-file/a app/to-folder "             \
  "shared shared/dropped shared/kept shared/sub shared/sub/d shared/to-file shared/to-file/f "     \
  "shared/to-folder "
#define NEW_CLEANUP                                                                                \
  "app app/link app/new app/new/y app/same app/to-file app/to-folder app/to-folder/z "             \
  "shared/added shared/kept shared/to-file shared/to-folder shared/to-folder/g "

static void
prepare (Installation *installation)
{
  installation_install (installation, "d-1", old_items, OLD_SPEC);
  installation_put (installation->files, "shared/own=foreign");
  installation_put (installation->files, "shared/log/today=foreign");
  installation_put (installation->files, "shared/sub/o=foreign");
  installation_unpack (installation, "d-2", new_items, NEW_SPEC);
}

typedef enum {
  CHILD_INSTALLS,
  CHILD_RECOVERS
} ChildWork;

static void
work_in_child (Installation *installation, ChildWork work)
{
  InstallRecovery recovery;
  gboolean ok;

  if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise (SIGSTOP) != 0)
    _exit (99);
  ok = work == CHILD_INSTALLS ? installation_run (installation, "d-2", NULL)
                              : installer_recover (&installation->host, "d-2", &recovery, NULL);
  _exit (ok ? 0 : 1);
}

/* Kills the child as it begins its nth system call. FALSE: it had ended before, with wanted_exit. */
static gboolean
killed_at_call (Installation *installation, ChildWork work, guint n, int wanted_exit)
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    work_in_child (installation, work);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSTOPPED (status));
  g_assert_cmpint (
      ptrace (PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
      ==, 0);
  for (guint stops = 0;; stops++) {
    g_assert_cmpint (ptrace (PTRACE_SYSCALL, child, NULL, NULL), ==, 0);
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    if (WIFEXITED (status)) {
      g_assert_cmpint (WEXITSTATUS (status), ==, wanted_exit);
      return FALSE;
    }
    g_assert_true (WIFSTOPPED (status));
    if (stops == 2 * n) /* each call stops twice: as it begins and as it ends */
      break;
  }
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  return TRUE;
}

static gboolean
can_trace (void)
{
  int status;
  pid_t child = fork ();
  if (child == 0)
    _exit (ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
  return waitpid (child, &status, 0) == child && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
assert_is_old (Installation *installation)
{
  g_assert_cmpstr (installation_tree (installation), ==, OLD_TREE);
  g_assert_cmpstr (installation_cleanup (installation), ==, OLD_CLEANUP);
  g_assert_cmpstr (installation_pointer (installation), ==, "d-1");
}

static void
assert_is_new (Installation *installation)
{
  g_assert_cmpstr (installation_tree (installation), ==, NEW_TREE);
  g_assert_cmpstr (installation_cleanup (installation), ==, NEW_CLEANUP);
  g_assert_cmpstr (installation_pointer (installation), ==, "d-2");
  g_autofree char *file = g_build_filename (installation->files, "app/new/y", NULL);
  struct stat status;
  g_assert_cmpint (stat (file, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);
}

/*
 * At any instant what is deployed is in the clean-up file, so that another agent can take over, and what both revisions have is
 * there in one of them.
 */
static void
assert_is_never_lost (Installation *installation)
{
  static const char *const in_both[] = { "app/same", "app/to-folder", "shared/kept",
                                         "shared/to-folder" };
  g_autofree char *listed = g_strconcat (" ", installation_cleanup (installation), NULL);
  g_auto (GStrv) items = g_strsplit (installation_tree (installation), " ", -1);

  for (char **item = items; *item != NULL && **item != '\0'; item++) {
    if (strstr (*item, "foreign") != NULL || strstr (*item, ".slipway-") != NULL)
      continue;
    (*item)[strcspn (*item, "=>")] = '\0';
    g_autofree char *line = g_strconcat (" ", *item, " ", NULL);
    if (strstr (listed, line) == NULL)
      g_error ("\"%s\" is in no line of \"%s\"", *item, listed);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (in_both); i++) {
    g_autofree char *path = g_build_filename (installation->files, in_both[i], NULL);
    g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  }
}

/* FALSE: the Install has fewer than n calls. *seen: the set of what came of it (1 << InstallRecovery). */
static gboolean
crash_at (guint n, guint recovery_call, guint *seen)
{
  Installation installation;
  InstallRecovery recovery;
  g_autoptr (GError) error = NULL;
  gboolean was_killed, was_killed_again;

  installation_set_up (&installation, NULL);
  prepare (&installation);
  was_killed = killed_at_call (&installation, CHILD_INSTALLS, n, 0);
  assert_is_never_lost (&installation);
  was_killed_again = killed_at_call (&installation, CHILD_RECOVERS, recovery_call, 0);
  assert_is_never_lost (&installation);
  leftovers_remove (&installation.host); /* as the agent does at its start */
  gboolean ok = installer_recover (&installation.host, "d-2", &recovery, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  *seen |= 1U << recovery;
  if (recovery == INSTALL_FINISHED)
    assert_is_new (&installation);
  else
    assert_is_old (&installation);
  g_assert_true (was_killed || recovery == INSTALL_FINISHED);
  g_assert_true (was_killed_again || recovery != INSTALL_ROLLED_BACK);
  g_assert_true (installer_settle (&installation.host, "d-2", NULL));
  g_assert_null (strstr (installation_state_files (&installation), "journal-"));
  /* and the next one finds its way: it removes all that either of them deployed */
  if (n % 16 == 0) {
    installation_install (&installation, "d-3", ITEMS ("f=3"),
                          "files: [{source: content, destination: DEST/third}]\n");
    g_assert_cmpstr (installation_tree (&installation), ==,
                     FOREIGN_FOLDER "shared/own=foreign shared/sub/o=foreign third/f=3 ");
    g_assert_cmpstr (installation_state_files (&installation), ==,
                     "group-cleanup group-install.json group_last_successful_install ");
  }
  installation_tear_down (&installation, NULL);
  return was_killed;
}

static void
test_killed (gconstpointer data)
{
  guint recovery_step = GPOINTER_TO_UINT (data);
  guint seen = 0, n = 0;

  if (!can_trace ()) {
    g_test_skip ("this system does not let a process trace its child");
    return;
  }
  while (crash_at (n, recovery_step == 0 ? G_MAXUINT / 4 : n * recovery_step % 251, &seen))
    n += recovery_step == 0 ? 1 : 3;
  g_test_message ("killed at %u calls", n);
  g_assert_cmpuint (n, >, 200);
  /* nothing begun; taken back (here by the child that recovers, if it is let); finished */
  g_assert_true ((seen & 1U << INSTALL_NOTHING_LEFT) != 0);
  g_assert_true ((seen & 1U << INSTALL_FINISHED) != 0);
  g_assert_true (recovery_step == 0 || (seen & 1U << INSTALL_ROLLED_BACK) != 0);
}

/* The last of the new files does not go into its place. FALSE: the Install has fewer than n calls. */
static gboolean
blocked_crash_at (guint n)
{
  Installation installation;
  InstallRecovery recovery;

  installation_set_up (&installation, NULL);
  prepare (&installation);
  g_assert_true (installation_set_immutable (&installation, "shared/to-folder", TRUE));
  gboolean was_killed = killed_at_call (&installation, CHILD_INSTALLS, n, 1);
  /* the child before and this one may find that it cannot be finished either */
  gboolean ok = installer_recover (&installation.host, "d-2", &recovery, NULL);
  g_assert_true (!ok || recovery != INSTALL_FINISHED);
  assert_is_old (&installation);
  g_assert_null (strstr (installation_state_files (&installation), "journal"));
  g_assert_true (installation_set_immutable (&installation, "shared/to-folder", FALSE));
  installation_tear_down (&installation, NULL);
  return was_killed;
}

static void
test_blocked (void)
{
  Installation installation;
  guint n = 0;

  installation_set_up (&installation, NULL);
  installation_put (installation.files, "file=1");
  gboolean can_block = installation_set_immutable (&installation, "file", TRUE) &&
                       installation_set_immutable (&installation, "file", FALSE);
  installation_tear_down (&installation, NULL);
  if (!can_trace () || !can_block) {
    g_test_skip ("this user or system cannot trace, or has no files that cannot be replaced");
    return;
  }
  while (blocked_crash_at (n))
    n += 2;
  g_test_message ("killed at %u calls", n);
  g_assert_cmpuint (n, >, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/install-commit/killed-at-each-call-it-is-old-or-new",
                        GUINT_TO_POINTER (0), test_killed);
  g_test_add_data_func ("/install-commit/and-so-is-a-recovery-that-is-killed", GUINT_TO_POINTER (3),
                        test_killed);
  g_test_add_func ("/install-commit/what-cannot-be-put-in-place-is-taken-back", test_blocked);
  return g_test_run ();
}
