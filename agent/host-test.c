#include "agent/host.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/test-installation.h"

static char *
path_of (Installation *installation, const char *name)
{
  return arena_printf (installation->arena, "%s/group%s",
                       host_instructions_dir (&installation->host, installation->arena), name);
}

static void
put (Installation *installation, const char *name, const char *bytes, gssize n)
{
  g_assert_true (
      fs_make_directory (host_instructions_dir (&installation->host, installation->arena), NULL));
  g_assert_true (g_file_set_contents (path_of (installation, name), bytes, n, NULL));
}

static void
test_cleanup (Installation *installation, gconstpointer data)
{
  static const char text[] =
      "/srv/a\n  /srv/b c \nsemanage\0/srv/d\nrelative\n\n/srv/\xff\n/srv/cut";
  const InstallCleanup *cleanup;
  const char *path = host_cleanup_path (&installation->host, "group", installation->arena);
  g_assert_true (host_read_cleanup (path, installation->arena, &cleanup, NULL));
  g_assert_null (cleanup);
  put (installation, "-cleanup", text, sizeof text - 1);
  g_assert_true (host_read_cleanup (path, installation->arena, &cleanup, NULL));
  g_assert_cmpuint (cleanup->n, ==, 4);
  g_assert_cmpstr (cleanup->entries[0].path, ==, "/srv/a");
  g_assert_cmpstr (cleanup->entries[1].path, ==, "/srv/b c ");
  g_assert_true (cleanup->entries[2].is_semanage);
  g_assert_cmpstr (cleanup->entries[2].path, ==, "/srv/d");
  g_assert_cmpstr (cleanup->entries[3].path, ==, "/srv/\xff");
}

static void
test_pointers (Installation *installation, gconstpointer data)
{
  const char *out;
  g_autofree char *text = NULL;
  Arena *arena = installation->arena;
  g_assert_true (
      host_read_pointer (&installation->host, "group", HOST_MOST_RECENT, arena, &out, NULL));
  g_assert_null (out);
  g_assert_true (
      host_write_pointer (&installation->host, "group", HOST_MOST_RECENT, "/r/group/d-1", NULL));
  g_assert_true (
      g_file_get_contents (path_of (installation, "_most_recent_install"), &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "/r/group/d-1");
  put (installation, "_most_recent_install", "/r/group/d-2\n", -1);
  g_assert_true (
      host_read_pointer (&installation->host, "group", HOST_MOST_RECENT, arena, &out, NULL));
  g_assert_cmpstr (out, ==, "/r/group/d-2");
  put (installation, "_last_successful_install", "/r\0\0", 4);
  g_assert_true (
      host_read_pointer (&installation->host, "group", HOST_LAST_SUCCESSFUL, arena, &out, NULL));
  g_assert_null (out);
}

/* A pipe that nobody writes to would keep its reader for ever. */
static void
test_appspec_is_a_file (Installation *f, gconstpointer data)
{
  const char *const names[] = { "pipe", "link" };
  g_autofree char *folder = g_dir_make_tmp ("host-appspec-XXXXXX", NULL);
  g_autofree char *pipe = g_build_filename (folder, names[0], NULL);
  g_autofree char *link = g_build_filename (folder, names[1], NULL);
  gsize n;

  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (symlink (pipe, link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (host_read_appspec (folder, names[i], &n, &error));
    g_assert_nonnull (strstr (error->message, "is not a regular file"));
  }
  g_assert_true (fs_remove_tree (folder, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/host/97-clean-up-lines", Installation, NULL, installation_set_up, test_cleanup,
              installation_tear_down);
  g_test_add ("/host/64-100-pointer-files", Installation, NULL, installation_set_up, test_pointers,
              installation_tear_down);
  g_test_add ("/host/an-appspec-that-is-a-pipe-is-refused", Installation, NULL, installation_set_up,
              test_appspec_is_a_file, installation_tear_down);
  return g_test_run ();
}
