#include "agent/install-copy.h"

#include <fcntl.h>

#include "agent/test-installation.h"

static gboolean
copy_as (Installation *installation, const char *from, const char *to, GError **error)
{
  g_autofree char *buffer = g_malloc (INSTALL_COPY_BUFFER_BYTES);
  int fd = open (installation->files, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  InstallCopy copy = { .from_dir_fd = fd,
                       .from_name = from,
                       .from_path = "the/source",
                       .to_dir_fd = fd,
                       .to_name = to,
                       .to_path = "/the/path",
                       .owner = { (uid_t)-1, (gid_t)-1 } };
  InstallIdentity made;
  struct stat status;
  gboolean ok = install_copy_file (&copy, buffer, &made, error);
  if (ok) {
    g_assert_cmpint (fstatat (fd, to, &status, 0), ==, 0);
    g_assert_cmpuint (made.inode, ==, status.st_ino);
    g_assert_cmpuint (made.device, ==, status.st_dev);
  }
  close (fd);
  return ok;
}

/* Around the sizes at which it is done in another way. */
static void
test_sizes (Installation *installation, gconstpointer data)
{
  static const gsize sizes[] = {
    0,
    1,
    INSTALL_COPY_BUFFER_BYTES - 1,
    INSTALL_COPY_BUFFER_BYTES,
    INSTALL_COPY_BUFFER_BYTES + 1,
    2 * INSTALL_COPY_BUFFER_BYTES,
    1024 * 1024 - 1,
    1024 * 1024,
    3 * 1024 * 1024 + 17,
  };
  g_autofree char *from = g_build_filename (installation->files, "from", NULL);
  g_autofree char *to = g_build_filename (installation->files, "to", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *bytes = g_malloc (sizes[i] + 1);
    g_autofree char *copied = NULL;
    gsize n = 0;
    for (gsize j = 0; j < sizes[i]; j++)
      bytes[j] = (char)(j * 2654435761U >> 13);
    g_assert_true (g_file_set_contents (from, bytes, (gssize)sizes[i], NULL));
    g_assert_true (copy_as (installation, "from", "to", NULL));
    g_assert_true (g_file_get_contents (to, &copied, &n, NULL));
    g_assert_cmpmem (copied, n, bytes, sizes[i]);
    g_assert_cmpint (g_unlink (to), ==, 0);
  }
}

static void
assert_refused (Installation *installation, const char *from, const char *to, const char *fragment)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (copy_as (installation, from, to, &error));
  if (strstr (error->message, fragment) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, fragment);
}

static void
test_refused (Installation *installation, gconstpointer data)
{
  g_autofree char *pipe = g_build_filename (installation->files, "pipe", NULL);
  installation_put (installation->files, "file=1");
  installation_put (installation->files, "link>file");
  installation_put (installation->files, "folder/");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  assert_refused (installation, "link", "new", "the/source");
  assert_refused (installation, "gone", "new", "the/source");
  assert_refused (installation, "pipe", "new", "neither file, folder nor link");
  assert_refused (installation, "folder", "new", "neither file, folder nor link");
  assert_refused (installation, "file", "link", "/the/path");
  assert_refused (installation, "file", "folder", "/the/path");
  g_assert_cmpint (g_unlink (pipe), ==, 0);
  g_assert_cmpstr (installation_tree (installation), ==, "file=1 folder/ link>file ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/install-copy/content-of-any-size", Installation, NULL, installation_set_up,
              test_sizes, installation_tear_down);
  g_test_add ("/install-copy/replaces-and-follows-nothing", Installation, NULL, installation_set_up,
              test_refused, installation_tear_down);
  return g_test_run ();
}
