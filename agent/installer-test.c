#include "agent/installer.h"

#include <acl/libacl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "agent/test-installation.h"

#define SOMEBODY 54321 /* a user that is not us */

static char *
below_files (Installation *installation, const char *name)
{
  return arena_printf (installation->arena, "%s/%s", installation->files, name);
}

static struct stat
status_of (Installation *installation, const char *name)
{
  struct stat status;
  g_assert_cmpint (lstat (below_files (installation, name), &status), ==, 0);
  return status;
}

static guint
mode_of (Installation *installation, const char *name)
{
  return status_of (installation, name).st_mode & 07777;
}

static void
assert_log_says (Installation *installation, const char *fragment)
{
  g_autofree char *path = g_build_filename (installation->folder, "test.log", NULL);
  g_autofree char *log = NULL;
  g_assert_true (g_file_get_contents (path, &log, NULL, NULL));
  if (strstr (log, fragment) == NULL)
    g_error ("the log does not say \"%s\": %s", fragment, log);
}

static void
test_update (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1", ITEMS ("a=1", "sub/b=1", "old/c=1", "log/d=1", "e/"),
                        NULL);
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/a=1 app/e/ app/log/d=1 app/old/c=1 app/sub/b=1 ");
  g_assert_cmpstr (installation_cleanup (installation), ==,
                   "app app/a app/e app/log app/log/d app/old app/old/c app/sub app/sub/b ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-1");
  installation_put (installation->files, "app/log/today=foreign");

  installation_install (installation, "d-2", ITEMS ("a=2", "sub/n=2"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/a=2 app/log/today=foreign app/sub/n=2 ");
  /* the folder was there already, because of what others have in it */
  g_assert_cmpstr (installation_cleanup (installation), ==, "app/a app/sub app/sub/n ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-2");
  assert_log_says (installation, "app/log stays, there is more in it than was deployed");
  g_assert_cmpstr (installation_state_files (installation), ==,
                   "group-cleanup group-install.json group_last_successful_install ");
}

/* Each kind of thing becomes each other kind, in a folder that stays and in one that is replaced. */
static void
test_kinds_change (Installation *installation, gconstpointer data)
{
  for (guint stays = 0; stays < 2; stays++) {
    if (stays)
      installation_put (installation->files, "app/foreign=1");
    installation_install (installation, stays ? "d-3" : "d-1",
                          ITEMS ("a=1", "b=1", "c/x=1", "d/x=1", "e>a", "f>c", "g/h/i=1"), NULL);
    installation_install (installation, stays ? "d-4" : "d-2",
                          ITEMS ("a/y=2", "b>d", "c=2", "d>b", "e=2", "f/y=2", "g=2"), NULL);
    g_assert_cmpstr (installation_tree (installation), ==,
                     stays ? "app/a/y=2 app/b>d app/c=2 app/d>b app/e=2 app/f/y=2 app/foreign=1 "
                             "app/g=2 "
                           : "app/a/y=2 app/b>d app/c=2 app/d>b app/e=2 app/f/y=2 app/g=2 ");
  }
}

static void
test_overwrite (Installation *installation, gconstpointer data)
{
  installation_put (installation->files, "elsewhere/precious=1");
  installation_put (installation->files, "app/file=foreign");
  installation_put (installation->files, "app/to-file>../elsewhere/precious");
  installation_put (installation->files, "app/to-folder>../elsewhere");
  installation_put (installation->files, "app/dangling>nowhere");
  installation_put (installation->files, "app/becomes-link=foreign");
  const char *second = below_files (installation, "app/second-name");
  g_assert_cmpint (link (below_files (installation, "elsewhere/precious"), second), ==, 0);
  installation->file_exists = "OVERWRITE";
  installation_install (installation, "d-1",
                        ITEMS ("file=2", "to-file=2", "to-folder=2", "dangling=2",
                               "becomes-link>file", "second-name=2"),
                        NULL);
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/becomes-link>file app/dangling=2 app/file=2 app/second-name=2 "
                   "app/to-file=2 app/to-folder=2 elsewhere/precious=1 ");

  installation_put (installation->files, "app/folder/");
  installation_fails (installation, "d-2", ITEMS ("folder=3", "file=3"), NULL,
                      "is a folder and cannot become a file");
  g_assert_cmpstr (installation_cleanup (installation), ==,
                   "app/becomes-link app/dangling app/file app/second-name app/to-file "
                   "app/to-folder ");
}

static void
test_retain_and_disallow (Installation *installation, gconstpointer data)
{
  installation_put (installation->files, "app/kept=foreign");
  installation->file_exists = "RETAIN";
  installation_install (installation, "d-1", ITEMS ("kept=1", "new=1"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/kept=foreign app/new=1 ");
  g_assert_cmpstr (installation_cleanup (installation), ==, "app/new ");
  installation_install (installation, "d-2", ITEMS ("new=2"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/kept=foreign app/new=2 ");

  installation->file_exists = "DISALLOW";
  installation_fails (installation, "d-3", ITEMS ("kept=3", "new=3"), NULL, "app/kept");
  g_assert_cmpstr (installation_tree (installation), ==, "app/kept=foreign app/new=2 ");
  g_assert_cmpstr (installation_cleanup (installation), ==, "app/new ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-2");
}

static void
test_times_and_modes (Installation *installation, gconstpointer data)
{
  installation_unpack (installation, "d-1", ITEMS ("run=x", "sub/plain=y"), NULL);
  const char *run = arena_printf (installation->arena, "%s/content/run",
                                  installation_archive (installation, "d-1"));
  struct timespec times[2] = { { 1000000000, 5 }, { 1000000001, 7 } };
  const char *plain = arena_printf (installation->arena, "%s/content/sub/plain",
                                    installation_archive (installation, "d-1"));
  g_assert_cmpint (chmod (run, 06751), ==, 0);
  g_assert_cmpint (chmod (plain, 0466), ==, 0); /* more than the umask lets through */
  g_assert_cmpint (utimensat (AT_FDCWD, run, times, 0), ==, 0);
  g_assert_true (installation_run (installation, "d-1", NULL));
  struct stat status = status_of (installation, "app/run");
  g_assert_cmpuint (status.st_mode & 07777, ==, 06751);
  g_assert_cmpuint (mode_of (installation, "app/sub/plain"), ==, 0466);
  g_assert_cmpint (status.st_mtim.tv_sec, ==, 1000000001);
  g_assert_cmpint (status.st_mtim.tv_nsec, ==, 7);
  /* a folder is like any other that is made here, though it was closed while it was staged */
  installation_put (installation->files, "another/");
  g_assert_cmpuint (mode_of (installation, "app"), ==, mode_of (installation, "another"));
  g_assert_cmpuint (mode_of (installation, "app/sub"), ==, mode_of (installation, "another"));
}

#define WITH_PERMISSIONS(items)                                                                    \
  "files: [{source: /content, destination: DEST/app}]\npermissions:\n" items

static void
test_permissions (Installation *installation, gconstpointer data)
{
  if (geteuid () != 0) {
    g_test_skip ("only root can give files to other users");
    return;
  }
  installation_install (installation, "d-1", ITEMS ("run=x", "link>run", "sub/in=y"),
                        WITH_PERMISSIONS ("  - {object: DEST, pattern: app, mode: 2711, "
                                          "type: [directory]}\n"
                                          "  - {object: DEST/app, pattern: sub, mode: 500}\n"
                                          "  - {object: DEST/app, pattern: run, mode: 4755, "
                                          "owner: '54321', group: '54321'}\n"
                                          "  - {object: DEST/app/sub, mode: 640}\n"));
  g_assert_cmpuint (mode_of (installation, "app"), ==, 02711);
  g_assert_cmpuint (mode_of (installation, "app/sub"), ==, 0500);
  g_assert_cmpuint (mode_of (installation, "app/sub/in"), ==, 0640);
  struct stat run = status_of (installation, "app/run");
  g_assert_cmpuint (run.st_mode & 07777, ==, 04755); /* the owner came first */
  g_assert_cmpuint (run.st_uid, ==, SOMEBODY);
  g_assert_cmpuint (run.st_gid, ==, SOMEBODY);
  g_assert_cmpuint (status_of (installation, "app/sub/in").st_uid, ==, geteuid ());
}

static void
test_link_owner (Installation *installation, gconstpointer data)
{
  if (geteuid () != 0) {
    g_test_skip ("only root can give files to other users");
    return;
  }
  installation_install (installation, "d-1", ITEMS ("run=x", "link>run"),
                        WITH_PERMISSIONS ("  - {object: DEST/app, pattern: link, owner: '54321', "
                                          "mode: 4777}\n"));
  g_assert_cmpuint (status_of (installation, "app/link").st_uid, ==, SOMEBODY);
  g_assert_cmpuint (status_of (installation, "app/run").st_uid, ==, geteuid ());
  g_assert_cmpuint (mode_of (installation, "app/run") & 07000, ==, 0);
}

static char *
acl_text (Installation *installation, const char *name, acl_type_t type)
{
  acl_t acl = acl_get_file (below_files (installation, name), type);
  g_assert_nonnull (acl);
  char *text = acl_to_any_text (acl, NULL, ' ', 0);
  char *kept = arena_strdup (installation->arena, text);
  acl_free (text);
  acl_free (acl);
  return kept;
}

static void
test_acl (Installation *installation, gconstpointer data)
{
  acl_t acl = acl_get_file (installation->files, ACL_TYPE_DEFAULT);
  if (acl == NULL) {
    g_test_skip ("there are no ACLs on this file system");
    return;
  }
  acl_free (acl);
  installation_install (installation, "d-1", ITEMS ("f=x", "d/"),
                        WITH_PERMISSIONS ("  - {object: DEST/app, mode: 640, type: [file], "
                                          "acls: ['u:54321:rw']}\n"
                                          "  - {object: DEST/app, type: [directory], "
                                          "acls: ['d:u:54321:7']}\n"));
  g_assert_cmpstr (acl_text (installation, "app/f", ACL_TYPE_ACCESS), ==,
                   "user::rw- user:54321:rw- group::r-- mask::r-- other::---");
  g_assert_cmpstr (acl_text (installation, "app/d", ACL_TYPE_DEFAULT), ==,
                   "user::rwx user:54321:rwx group::r-x mask::r-x other::r-x");
  installation_fails (installation, "d-2", ITEMS ("f=2"),
                      WITH_PERMISSIONS ("  - {object: DEST/app, acls: ['u:no-such-user:rw']}\n"),
                      "no-such-user");
  g_assert_cmpstr (installation_tree (installation), ==, "app/d/ app/f=x ");
}

/* agent.md 10.5, line 108 */
static void
test_unknown_owner (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1", ITEMS ("old=1"), NULL);
  installation_fails (installation, "d-2", ITEMS ("a=2", "b=2"),
                      WITH_PERMISSIONS ("  - {object: DEST/app, pattern: a, mode: 611}\n"
                                        "  - {object: DEST/app, pattern: b, mode: 622, "
                                        "owner: no-such-user}\n"),
                      "there is no user \"no-such-user\"");
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=2 app/b=2 ");
  g_assert_cmpuint (mode_of (installation, "app/a"), ==, 0611);
  g_assert_cmpuint (mode_of (installation, "app/b"), !=, 0622);
  g_assert_cmpstr (installation_cleanup (installation), ==, "app app/a app/b ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-1");
  InstallRecovery recovery;
  g_assert_true (installer_recover (&installation->host, "d-2", &recovery, NULL));
  g_assert_cmpint (recovery, ==, INSTALL_NOTHING_LEFT);
  installation_install (installation, "d-3", ITEMS ("c=3"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/c=3 ");
}

static void
test_failure_rolls_back (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1", ITEMS ("a=1", "sub/b=1"), NULL);
  installation_put (installation->files, "shared/own=foreign");
  installation_unpack (installation, "d-2", ITEMS ("a=2", "pipe/"),
                       "files: [{source: content, destination: DEST/app}, {source: content, "
                       "destination: DEST/shared}]\n");
  const char *pipe = arena_printf (installation->arena, "%s/content/pipe/fifo",
                                   installation_archive (installation, "d-2"));
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_autoptr (GError) error = NULL;
  g_assert_false (installation_run (installation, "d-2", &error));
  g_assert_nonnull (strstr (error->message, "content/pipe/fifo"));
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=1 app/sub/b=1 shared/own=foreign ");
  g_assert_cmpstr (installation_cleanup (installation), ==, "app app/a app/sub app/sub/b ");
  g_assert_cmpstr (installation_pointer (installation), ==, "d-1");
  g_assert_cmpstr (installation_state_files (installation), ==,
                   "group-cleanup group-install.json group_last_successful_install ");
}

/* A write that fails in the middle, as on a full disk. */
static void
test_no_space (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1", ITEMS ("a=1"), NULL);
  g_autofree char *large = g_strnfill (300000, 'x');
  const char *item = arena_printf (installation->arena, "z=%s", large);
  installation_unpack (installation, "d-2", ITEMS ("a=2", "b=2", item), NULL);
  pid_t child = fork ();
  if (child == 0) {
    struct rlimit limit = { 200000, 200000 };
    g_autoptr (GError) error = NULL;
    signal (SIGXFSZ, SIG_IGN);
    if (setrlimit (RLIMIT_FSIZE, &limit) != 0 || installation_run (installation, "d-2", &error) ||
        strstr (error->message, "app/z") == NULL)
      _exit (1);
    _exit (0);
  }
  int status;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=1 ");
}

/* Enough for several copiers, in an order that the clean-up file keeps. */
static void
test_many_files (Installation *installation, gconstpointer data)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GString) tree = g_string_new (NULL);
  g_autoptr (GString) cleanup = g_string_new ("app ");
  for (guint i = 0; i < 1500; i++) {
    g_ptr_array_add (items, arena_printf (installation->arena, "d%02u/f%04u=%u", i / 40, i, i));
    if (i % 40 == 0)
      g_string_append_printf (cleanup, "app/d%02u ", i / 40);
    g_string_append_printf (cleanup, "app/d%02u/f%04u ", i / 40, i);
    g_string_append_printf (tree, "app/d%02u/f%04u=%u ", i / 40, i, i);
  }
  g_ptr_array_add (items, NULL);
  for (guint i = 0; i < 2; i++) {
    installation_install (installation, i == 0 ? "d-1" : "d-2", (const char *const *)items->pdata,
                          NULL);
    g_assert_cmpstr (installation_tree (installation), ==, tree->str);
    g_assert_cmpstr (installation_cleanup (installation), ==, cleanup->str);
  }
}

static void
test_bytes (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1",
                        ITEMS ("\xff\xfe=1", "a \t=1", "Icon\r=1", "'\"$(x)=1"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/'\"$(x)=1 app/Icon\r=1 app/a \t=1 app/\xff\xfe=1 ");
  g_autofree char *json = NULL;
  g_assert_true (g_file_get_contents (
      host_instructions_file (&installation->host, "group", installation->arena), &json, NULL,
      NULL));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  installation_put (installation->files, "app/a=foreign");
  installation_install (installation, "d-2", ITEMS ("b=2"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=foreign app/b=2 ");
}

/* A way with a link of ours, and the same place by its two names. */
static void
test_trusted_link (Installation *installation, gconstpointer data)
{
  installation_put (installation->files, "real/own=foreign");
  installation_put (installation->files, "link>real");
  installation_install (installation, "d-1", ITEMS ("f=1", "g=1"),
                        "files: [{source: content, destination: DEST/real}]\n");
  installation->file_exists = "OVERWRITE";
  installation_install (installation, "d-2", ITEMS ("f=2"),
                        "files: [{source: content, destination: DEST/link}]\n");
  /* what the old one calls real/f is the new one's link/f by now */
  g_assert_cmpstr (installation_tree (installation), ==, "link>real real/f=2 real/own=foreign ");
}

static void
test_untrusted_link (Installation *installation, gconstpointer data)
{
  installation_put (installation->files, "secret/app/f=precious");
  installation_put (installation->files, "home/");
  g_assert_cmpint (chmod (below_files (installation, "home"), 0777), ==, 0);
  installation_install (installation, "d-1", ITEMS ("f=1"),
                        "files: [{source: content, destination: DEST/home/app}]\n");
  /* a link is put in the place of the folder that was deployed */
  g_assert_cmpint (
      rename (below_files (installation, "home/app"), below_files (installation, "home/aside")), ==,
      0);
  installation_put (installation->files, "home/app>../secret/app");
  /* neither does the clean-up go through it, */
  installation_install (installation, "d-2", ITEMS ("x=2"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/x=2 home/aside/f=1 secret/app/f=precious ");
  /* nor the new files */
  installation_put (installation->files, "home/app>../secret/app");
  installation->file_exists = "OVERWRITE";
  installation_fails (installation, "d-3", ITEMS ("f=3"),
                      "files: [{source: content, destination: DEST/home/app}]\n",
                      "a user without privileges");
  g_assert_cmpstr (installation_tree (installation), ==,
                   "app/x=2 home/app>../secret/app home/aside/f=1 secret/app/f=precious ");
}

/*
 * A user who turns a folder of theirs into a link and back while Installs go on there. What the Installs do meanwhile may make any of
 * it fail; then the next round begins with what is there.
 */
static void
race (const char *home)
{
  g_autofree char *place = g_build_filename (home, "place", NULL);
  guint n_turned = 0;
  if (setgid (SOMEBODY) != 0 || setuid (SOMEBODY) != 0)
    _exit (1);
  for (guint i = 0;; i++) {
    g_autofree char *aside = g_strdup_printf ("%s/aside-%u", home, i);
    n_turned += rename (place, aside) == 0 && symlink ("../secret", place) == 0;
    n_turned += unlink (place) == 0 && rename (aside, place) == 0;
    if (n_turned == 0 && i > 1000)
      _exit (2);
  }
}

static void
test_race (Installation *installation, gconstpointer data)
{
  guint n_installed = 0;
  if (geteuid () != 0) {
    g_test_skip ("only root can become another user");
    return;
  }
  installation_put (installation->files, "secret/sub/f=precious");
  installation_put (installation->files, "secret/g=precious");
  installation_put (installation->files, "home/place/own=foreign");
  g_assert_cmpint (chown (below_files (installation, "home"), SOMEBODY, SOMEBODY), ==, 0);
  g_assert_cmpint (chown (below_files (installation, "home/place"), SOMEBODY, SOMEBODY), ==, 0);
  struct stat before = status_of (installation, "secret/sub/f");
  installation->file_exists = "OVERWRITE";
  for (guint i = 0; i < 2; i++)
    installation_unpack (installation, i == 0 ? "d-0" : "d-1",
                         i == 0 ? ITEMS ("sub/f=1", "g=1", "h=1") : ITEMS ("sub/f=1", "k/l=1"),
                         "files: [{source: content, destination: DEST/home/place}]\n"
                         "permissions: [{object: DEST/home/place, owner: '54321', mode: 4777}]\n");
  pid_t child = fork ();
  if (child == 0)
    race (below_files (installation, "home"));
  for (guint i = 0; i < 400; i++)
    n_installed += installation_run (installation, i % 2 == 0 ? "d-0" : "d-1", NULL);
  int status;
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_test_message ("%u of 400 were installed", n_installed);
  g_autoptr (GString) secret = g_string_new (NULL);
  installation_describe (below_files (installation, "secret"), "", secret);
  g_assert_cmpstr (secret->str, ==, "g=precious sub/f=precious ");
  struct stat after = status_of (installation, "secret/sub/f");
  g_assert_cmpuint (after.st_uid, ==, before.st_uid);
  g_assert_cmpuint (after.st_mode, ==, before.st_mode);
  g_assert_cmpuint (after.st_ino, ==, before.st_ino);
}

static void
test_recover (Installation *installation, gconstpointer data)
{
  InstallRecovery recovery;
  g_assert_true (installer_recover (&installation->host, "d-1", &recovery, NULL));
  g_assert_cmpint (recovery, ==, INSTALL_NOTHING_LEFT);
  g_assert_true (installer_settle (&installation->host, "d-1", NULL));

  installation_unpack (installation, "d-1", ITEMS ("a=1"), NULL);
  g_assert_true (installation_run (installation, "d-1", NULL));
  for (guint i = 0; i < 2; i++) {
    g_assert_true (installer_recover (&installation->host, "d-1", &recovery, NULL));
    g_assert_cmpint (recovery, ==, INSTALL_FINISHED);
  }
  g_assert_true (installer_recover (&installation->host, "d-2", &recovery, NULL));
  g_assert_cmpint (recovery, ==, INSTALL_NOTHING_LEFT);
  g_assert_true (installer_settle (&installation->host, "d-1", NULL));
  g_assert_true (installer_recover (&installation->host, "d-1", &recovery, NULL));
  g_assert_cmpint (recovery, ==, INSTALL_NOTHING_LEFT);
}

static void
test_not_settled (Installation *installation, gconstpointer data)
{
  installation_unpack (installation, "d-1", ITEMS ("a=1"), NULL);
  g_assert_true (installation_run (installation, "d-1", NULL));
  /* tried again, and the next deployment, without anybody having settled */
  g_assert_true (installation_run (installation, "d-1", NULL));
  installation_install (installation, "d-2", ITEMS ("b=2"), NULL);
  g_assert_cmpstr (installation_tree (installation), ==, "app/b=2 ");
}

static void
test_bad_appspec (Installation *installation, gconstpointer data)
{
  installation_install (installation, "d-1", ITEMS ("a=1"), NULL);
  installation_fails (installation, "d-2", ITEMS ("a=2"),
                      "files: [{source: content, destination: app}]\n", "absolute path");
  installation_fails (installation, "d-3", ITEMS ("a=2"),
                      "files: [{source: nothing, destination: DEST/app}]\n", "no \"nothing\"");
  g_assert_cmpstr (installation_tree (installation), ==, "app/a=1 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/installer/" name, Installation, NULL, installation_set_up, function,               \
              installation_tear_down)
  CASE ("95-old-files-go-foreign-ones-stay", test_update);
  CASE ("any-kind-becomes-any-other", test_kinds_change);
  CASE ("93-overwrite-replaces-and-never-writes-through", test_overwrite);
  CASE ("92-93-96-retain-and-disallow", test_retain_and_disallow);
  CASE ("93-modes-and-times-come-along", test_times_and_modes);
  CASE ("bad-appspecs-touch-nothing", test_bad_appspec);
  CASE ("103-to-108-permissions", test_permissions);
  CASE ("permissions-of-a-link-are-its-own", test_link_owner);
  CASE ("acls", test_acl);
  CASE ("108-109-an-unknown-owner-fails-after-the-copies", test_unknown_owner);
  CASE ("a-failure-leaves-the-old-revision", test_failure_rolls_back);
  CASE ("no-space-leaves-the-old-revision", test_no_space);
  CASE ("many-files-keep-their-order", test_many_files);
  CASE ("names-are-bytes", test_bytes);
  CASE ("links-of-ours-are-followed", test_trusted_link);
  CASE ("links-of-others-are-not-followed", test_untrusted_link);
  CASE ("a-racing-user-changes-nothing-outside", test_race);
  CASE ("recovery-says-what-was-left", test_recover);
  CASE ("unsettled-journals-are-in-nobodys-way", test_not_settled);
  return g_test_run ();
}
