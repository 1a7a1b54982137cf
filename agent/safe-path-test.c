#include "agent/safe-path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/fs-atomic.h"

#define SOMEBODY 54321 /* a user that is not us */
#define ROUNDS   20000

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("safe-path-XXXXXX", NULL);
  g_assert_cmpint (chmod (fixture->folder, 0755), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (fs_remove_tree (fixture->folder, NULL));
  g_free (fixture->folder);
}

static char *
path_of (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
make_folder (const Fixture *fixture, const char *name, guint mode, uid_t uid)
{
  g_autofree char *path = path_of (fixture, name);
  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
  g_assert_cmpint (chown (path, uid, (gid_t)-1), ==, 0);
  g_assert_cmpint (chmod (path, mode), ==, 0);
}

static void
make_link (const Fixture *fixture, const char *name, const char *target, uid_t uid)
{
  g_autofree char *path = path_of (fixture, name);
  g_assert_cmpint (symlink (target, path), ==, 0);
  g_assert_cmpint (lchown (path, uid, (gid_t)-1), ==, 0);
}

static gboolean
leads_to (const Fixture *fixture, const char *name, const char *target)
{
  g_autofree char *path = path_of (fixture, name);
  g_autofree char *real = path_of (fixture, target);
  g_autoptr (GError) error = NULL;
  struct stat reached, wanted;
  int fd = safe_path_open_directory (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fstat (fd, &reached), ==, 0);
  close (fd);
  g_assert_cmpint (stat (real, &wanted), ==, 0);
  return reached.st_ino == wanted.st_ino && reached.st_dev == wanted.st_dev;
}

static void
assert_refused (const Fixture *fixture, const char *name)
{
  g_autofree char *path = path_of (fixture, name);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (safe_path_open_directory (path, &error), ==, -1);
  g_assert_error (error, SAFE_PATH_ERROR, SAFE_PATH_ERROR_UNTRUSTED);
}

static void
test_trusted (Fixture *fixture, gconstpointer data)
{
  uid_t us = geteuid ();
  make_folder (fixture, "real", 0755, us);
  make_folder (fixture, "real/inner", 0755, us);
  make_folder (fixture, "deep", 0755, us);
  make_link (fixture, "link", "real", us);
  make_link (fixture, "deep/up", "../link/inner/..//./inner", us);
  g_autofree char *real = path_of (fixture, "real");
  make_link (fixture, "absolute", real, us);
  g_assert_true (leads_to (fixture, "real/inner", "real/inner"));
  g_assert_true (leads_to (fixture, "link", "real"));
  g_assert_true (leads_to (fixture, "link/inner", "real/inner"));
  g_assert_true (leads_to (fixture, "deep/up", "real/inner"));
  g_assert_true (leads_to (fixture, "absolute/inner", "real/inner"));
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  uid_t us = geteuid ();
  g_autofree char *file = path_of (fixture, "file");
  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  make_link (fixture, "nowhere", "gone", us);
  make_link (fixture, "to-file", "file", us);
  make_link (fixture, "loop", "loop", us);
  const char *names[] = { "gone", "gone/x", "file", "file/x", "nowhere", "to-file" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = path_of (fixture, names[i]);
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (safe_path_open_directory (path, &error), ==, -1);
    g_assert_true (safe_path_is_missing (error));
  }
  g_autofree char *loop = path_of (fixture, "loop");
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (safe_path_open_directory (loop, &error), ==, -1);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP);
}

static void
test_parent (Fixture *fixture, gconstpointer data)
{
  make_folder (fixture, "real", 0755, geteuid ());
  g_autofree char *path = path_of (fixture, "real/not-there");
  int fd = safe_path_open_parent (path, NULL);
  g_assert_cmpint (mkdirat (fd, "not-there", 0755), ==, 0);
  close (fd);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
  fd = safe_path_open_parent ("/bin", NULL);
  g_assert_cmpint (fd, >=, 0);
  close (fd);
}

/* Links in folders that group or others may write to, with and without the sticky bit. */
static void
test_open_folders (Fixture *fixture, gconstpointer data)
{
  uid_t us = geteuid ();
  make_folder (fixture, "real", 0755, us);
  make_folder (fixture, "others", 0757, us);
  make_link (fixture, "others/link", "../real", us);
  assert_refused (fixture, "others/link");
  make_folder (fixture, "group", 0775, us);
  make_link (fixture, "group/link", "../real", us);
  assert_refused (fixture, "group/link");
  make_folder (fixture, "sticky", 01777, us);
  make_link (fixture, "sticky/link", "../real", us);
  assert_refused (fixture, "sticky/link");
  /* a folder of ours in a sticky one stays where it is; in another it may have been moved there */
  make_folder (fixture, "sticky/ours", 0755, us);
  make_link (fixture, "sticky/ours/link", "../../real", us);
  g_assert_true (leads_to (fixture, "sticky/ours/link", "real"));
  make_folder (fixture, "others/ours", 0755, us);
  make_link (fixture, "others/ours/link", "../../real", us);
  assert_refused (fixture, "others/ours/link");
  /* a way without links needs no trust */
  g_assert_true (leads_to (fixture, "others/ours", "others/ours"));
}

/* Links and folders of somebody else. */
static void
test_owners (Fixture *fixture, gconstpointer data)
{
  if (geteuid () != 0) {
    g_test_skip ("only root can give things to other users");
    return;
  }
  make_folder (fixture, "real", 0755, 0);
  make_link (fixture, "link", "real", SOMEBODY);
  assert_refused (fixture, "link");
  make_folder (fixture, "theirs", 0755, SOMEBODY);
  make_link (fixture, "theirs/link", "../real", 0);
  assert_refused (fixture, "theirs/link");
  make_folder (fixture, "theirs/deep", 0755, 0);
  make_link (fixture, "theirs/deep/link", "../../real", 0);
  assert_refused (fixture, "theirs/deep/link");
  /* a link of ours that leads through their folder is fine, but not to a link there */
  make_link (fixture, "through", "theirs/deep", 0);
  g_assert_true (leads_to (fixture, "through", "theirs/deep"));
  make_link (fixture, "on", "theirs/link", 0);
  assert_refused (fixture, "on");
}

static void
test_below (Fixture *fixture, gconstpointer data)
{
  make_folder (fixture, "real", 0755, geteuid ());
  make_folder (fixture, "real/inner", 0755, geteuid ());
  make_link (fixture, "real/link", "inner", geteuid ());
  g_autofree char *file = path_of (fixture, "real/inner/file");
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_autofree char *real = path_of (fixture, "real");
  int dir_fd = safe_path_open_directory (real, NULL);
  const struct {
    const char *path;
    int flags;
    gboolean opens;
  } cases[] = {
    { "", O_PATH | O_DIRECTORY, TRUE }, { "inner", O_RDONLY | O_DIRECTORY, TRUE },
    { "inner/file", O_RDONLY, TRUE },   { "link", O_RDONLY, FALSE },
    { "link/file", O_RDONLY, FALSE },   { "..", O_PATH, FALSE },
    { "inner/../../x", O_PATH, FALSE }, { "gone", O_RDONLY, FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    int fd = safe_path_open_below (dir_fd, cases[i].path, cases[i].flags | O_CLOEXEC);
    g_assert_cmpint (fd >= 0, ==, cases[i].opens);
    if (fd >= 0)
      close (fd);
  }
  close (dir_fd);
}

/* As somebody else: a folder of theirs becomes a link to where they may not write, and a folder again, and so on. */
static void
race (const char *theirs)
{
  g_autofree char *place = g_build_filename (theirs, "place", NULL);
  g_autofree char *aside = g_build_filename (theirs, "aside", NULL);
  g_autofree char *link = g_build_filename (theirs, "link", NULL);
  if (setgid (SOMEBODY) != 0 || setuid (SOMEBODY) != 0 || symlink ("../secret", link) != 0)
    _exit (1);
  for (;;) {
    if (rename (place, aside) != 0 || rename (link, place) != 0 || rename (place, link) != 0 ||
        rename (aside, place) != 0)
      _exit (2);
  }
}

static void
test_race (Fixture *fixture, gconstpointer data)
{
  if (geteuid () != 0) {
    g_test_skip ("only root can become another user");
    return;
  }
  make_folder (fixture, "secret", 0755, 0);
  make_folder (fixture, "secret/sub", 0755, 0);
  make_folder (fixture, "theirs", 0755, SOMEBODY);
  make_folder (fixture, "theirs/place", 0755, SOMEBODY);
  make_folder (fixture, "theirs/place/sub", 0755, SOMEBODY);
  g_autofree char *theirs = path_of (fixture, "theirs");
  g_autofree char *target = path_of (fixture, "theirs/place/sub");
  g_autofree char *secret = path_of (fixture, "secret/sub");
  pid_t child = fork ();
  if (child == 0)
    race (theirs);
  for (guint i = 0; i < ROUNDS; i++) {
    int fd = safe_path_open_directory (target, NULL);
    if (fd < 0)
      continue;
    int file_fd = openat (fd, "written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (file_fd, >=, 0);
    close (file_fd);
    close (fd);
  }
  int status;
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));    /* it was at it to the end */
  g_assert_cmpint (rmdir (secret), ==, 0); /* nothing was written there */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/safe-path/" name, Fixture, NULL, set_up, function, tear_down)
  CASE ("links-of-ours-are-followed", test_trusted);
  CASE ("what-is-missing-is-said-so", test_missing);
  CASE ("parents-are-opened", test_parent);
  CASE ("links-where-others-may-write-are-not-followed", test_open_folders);
  CASE ("links-of-others-are-not-followed", test_owners);
  CASE ("below-a-folder-no-link-is-followed", test_below);
  CASE ("a-racing-user-leads-nowhere", test_race);
  return g_test_run ();
}
