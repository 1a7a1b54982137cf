#include "cli/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A revision's folder that is removed at the end. */
typedef struct {
  char *folder;
} Fixture;

static char *
path_in (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
put (const Fixture *fixture, const char *name, const char *text, int mode)
{
  g_autofree char *path = path_in (fixture, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("slipway-bundle-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  put (fixture, "appspec.yml",
       "version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: /srv/app\n"
       "hooks:\n  ApplicationStart:\n    - location: hooks/start\n",
       0644);
  put (fixture, "app/page.html", "<p>hello", 0644);
  put (fixture, "hooks/start", "#!/bin/sh\n", 0755);
  put (fixture, ".hidden", "x", 0644);
  g_autofree char *link = path_in (fixture, "app/index.html");
  g_assert_cmpint (symlink ("page.html", link), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", fixture->folder);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (fixture->folder);
}

/* "name mode [-> target]" lines in the archive's order. */
static char *
listing (const Bundle *bundle)
{
  g_assert_cmpint (lseek (bundle->fd, 0, SEEK_SET), ==, 0);
  struct archive *reader = archive_read_new ();
  archive_read_support_format_all (reader);
  archive_read_support_filter_all (reader);
  g_assert_cmpint (archive_read_open_fd (reader, bundle->fd, 10240), ==, ARCHIVE_OK);
  GString *text = g_string_new (NULL);
  struct archive_entry *entry = NULL;
  while (archive_read_next_header (reader, &entry) == ARCHIVE_OK) {
    const char *target = archive_entry_symlink (entry);
    const char *name = archive_entry_pathname (entry);
    gboolean folder = archive_entry_filetype (entry) == AE_IFDIR;
    g_string_append_printf (text, "%.*s%s%s", (int)(strlen (name) - g_str_has_suffix (name, "/")),
                            name, folder ? "/" : "", target != NULL ? " -> " : "");
    g_string_append (text, target != NULL ? target : "");
    if (archive_entry_filetype (entry) == AE_IFREG) {
      g_string_append_printf (text, " %o", archive_entry_perm (entry));
    }
    g_string_append_c (text, '\n');
  }
  archive_read_free (reader);
  return g_string_free (text, FALSE);
}

static void
test_contents (Fixture *fixture, gconstpointer data)
{
  const RevisionBundle types[] = { REVISION_BUNDLE_ZIP, REVISION_BUNDLE_TGZ };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Bundle) bundle = bundle_pack (fixture->folder, types[i], BUNDLE_SKIP_HIDDEN, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (bundle->n_files, ==, 3);
    g_autofree char *names = listing (bundle);
    g_assert_cmpstr (names, ==,
                     "app/\napp/index.html -> page.html\napp/page.html 644\nappspec.yml 644\n"
                     "hooks/\nhooks/start 755\n");
  }
}

static void
test_same_folder_same_bytes (Fixture *fixture, gconstpointer data)
{
  const RevisionBundle types[] = { REVISION_BUNDLE_ZIP, REVISION_BUNDLE_TGZ };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (Bundle) one = bundle_pack (fixture->folder, types[i], BUNDLE_DEFAULT, &error);
    g_assert_no_error (error);
    g_autoptr (Bundle) two = bundle_pack (fixture->folder, types[i], BUNDLE_DEFAULT, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (one->sha256, ==, two->sha256);
    g_assert_cmpint (one->size_bytes, ==, two->size_bytes);
    if (types[i] == REVISION_BUNDLE_TGZ) {
      /* RFC 1952: the header's time, which would be the time of packing */
      guint32 packed_at = 1;
      g_assert_cmpint (pread (one->fd, &packed_at, sizeof packed_at, 4), ==, sizeof packed_at);
      g_assert_cmpuint (packed_at, ==, 0);
    }
    g_autoptr (Bundle) other = bundle_pack (fixture->folder, types[i], BUNDLE_SKIP_HIDDEN, &error);
    g_assert_cmpstr (one->sha256, !=, other->sha256);
  }
}

static void
test_odd_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pipe_path = path_in (fixture, "app/pipe");
  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (Bundle) bundle =
      bundle_pack (fixture->folder, REVISION_BUNDLE_ZIP, BUNDLE_DEFAULT, &error);
  g_assert_null (bundle);
  g_assert_error (error, BUNDLE_ERROR, BUNDLE_ERROR_FOLDER);
  g_assert_nonnull (strstr (error->message, "app/pipe"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/bundle/names-modes-and-links-are-kept", test_contents);
  ADD ("/bundle/the-same-folder-gives-the-same-bytes", test_same_folder_same_bytes);
  ADD ("/bundle/what-cannot-be-packed-is-named", test_odd_files);
#undef ADD
  return g_test_run ();
}
