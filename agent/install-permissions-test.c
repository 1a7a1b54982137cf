#include "agent/install-permissions.h"

#include <fcntl.h>

#include "agent/test-installation.h"

#define SOMEBODY 54321

static const AppSpecPermission root_user = { .owner = "root" };
static const AppSpecPermission numbers = { .owner = "4294967294", .group = "7" };
static const AppSpecPermission nobody_there = { .group = "no-such-group" };
static const AppSpecPermission too_large = { .owner = "4294967295" };

static void
test_resolve (void)
{
  const InstallInstruction instructions[] = {
    { INSTALL_COPY, .path = "/a" },
    { INSTALL_CHOWN, .path = "/a", .permission = &root_user },
    { INSTALL_CHMOD, .path = "/a", .permission = &root_user },
    { INSTALL_CHOWN, .path = "/b", .permission = &numbers },
    { INSTALL_CHOWN, .path = "/c", .permission = &nobody_there },
    { INSTALL_CHOWN, .path = "/d", .permission = &too_large },
  };
  g_autoptr (GError) problem = NULL;
  gsize n;
  InstallPlan plan = { 4, 1, instructions };
  {
    g_autoptr (GHashTable) owners = install_permissions_resolve (&plan, &n, &problem);
    g_assert_no_error (problem);
    g_assert_cmpuint (n, ==, 4);
    const InstallOwner *owner = g_hash_table_lookup (owners, &root_user);
    g_assert_cmpuint (owner->uid, ==, 0);
    g_assert_cmpuint (owner->gid, ==, (gid_t)-1);
    owner = g_hash_table_lookup (owners, &numbers);
    g_assert_cmpuint (owner->uid, ==, 4294967294U);
    g_assert_cmpuint (owner->gid, ==, 7);
  }
  plan.n = 6;
  {
    g_autoptr (GHashTable) owners = install_permissions_resolve (&plan, &n, &problem);
    g_assert_cmpuint (n, ==, 4);
    g_assert_nonnull (strstr (problem->message, "no group \"no-such-group\""));
    g_assert_cmpuint (g_hash_table_size (owners), ==, 2);
  }
}

/* In the place of a link that was made, a second name of somebody else's link. */
static void
test_planted_link (Installation *installation, gconstpointer data)
{
  struct stat status;
  g_autoptr (GError) error = NULL;
  InstallOwner owner = { SOMEBODY, (gid_t)-1 };
  if (geteuid () != 0) {
    g_test_skip ("only root can give files to other users");
    return;
  }
  int fd = open (installation->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  installation_put (installation->files, "theirs>target");
  installation_put (installation->files, "file=1");
  g_assert_cmpint (linkat (fd, "theirs", fd, "planted", 0), ==, 0);
  g_assert_false (install_permissions_own_link (fd, "planted", owner, "/the/path", &error));
  g_assert_nonnull (strstr (error->message, "/the/path"));
  g_assert_false (install_permissions_own_link (fd, "file", owner, "/the/path", NULL));
  g_assert_false (install_permissions_own_link (fd, "gone", owner, "/the/path", NULL));
  g_assert_cmpint (fstatat (fd, "theirs", &status, AT_SYMLINK_NOFOLLOW), ==, 0);
  g_assert_cmpuint (status.st_uid, ==, 0);
  g_assert_cmpint (unlinkat (fd, "theirs", 0), ==, 0);
  g_assert_true (install_permissions_own_link (fd, "planted", owner, "/the/path", NULL));
  g_assert_cmpint (fstatat (fd, "planted", &status, AT_SYMLINK_NOFOLLOW), ==, 0);
  g_assert_cmpuint (status.st_uid, ==, SOMEBODY);
  close (fd);
}

static void
test_apply (Installation *installation, gconstpointer data)
{
  struct stat status;
  InstallRights rights = { { (uid_t)-1, (gid_t)-1 }, 02750, NULL, "/the/path" };
  int fd = open (installation->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (fstat (fd, &status), ==, 0);
  g_assert_true (install_permissions_apply (fd, &status, &rights, NULL));
  g_assert_cmpint (fstat (fd, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 02750);
  close (fd);
  g_autoptr (GError) error = NULL;
  rights.mode = 0700;
  g_assert_false (install_permissions_apply (-1, &status, &rights, &error));
  g_assert_nonnull (strstr (error->message, "\"/the/path\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/install-permissions/accounts-are-names-or-numbers", test_resolve);
  g_test_add ("/install-permissions/a-planted-link-is-left-alone", Installation, NULL,
              installation_set_up, test_planted_link, installation_tear_down);
  g_test_add ("/install-permissions/act-on-the-descriptor", Installation, NULL, installation_set_up,
              test_apply, installation_tear_down);
  return g_test_run ();
}
