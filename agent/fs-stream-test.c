#include "agent/fs-stream.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  char *folder;
  char *path;
  char *temporary;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("fs-stream-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "file", NULL);
  fixture->temporary = g_strconcat (fixture->path, ".tmp", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (fs_remove_tree (fixture->folder, NULL));
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->temporary);
}

static void
test_whole (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autofree char *content = NULL;
  gsize n = 0;
  /* what a crash left */
  g_assert_true (g_file_set_contents (fixture->temporary, "left over", -1, NULL));
  FsStream *stream = fs_stream_open (fixture->path, 0600, NULL);
  for (guint i = 0; i < 30000; i++) {
    g_autofree char *line = g_strdup_printf ("line %u\n", i);
    fs_stream_add (stream, line);
    fs_stream_add_bytes (stream, "", 1);
    g_string_append_len (expected, line, (gssize)strlen (line) + 1);
  }
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_assert_true (fs_stream_close (stream, FS_ATOMIC_DURABLE, NULL));
  g_assert_true (g_file_get_contents (fixture->path, &content, &n, NULL));
  g_assert_cmpmem (content, n, expected->str, expected->len);
  g_assert_false (g_file_test (fixture->temporary, G_FILE_TEST_EXISTS));
}

static void
test_given_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *content = NULL;
  g_assert_true (g_file_set_contents (fixture->path, "before", -1, NULL));
  {
    g_autoptr (FsStream) stream = fs_stream_open (fixture->path, 0600, NULL);
    fs_stream_add (stream, "after");
  }
  g_assert_true (g_file_get_contents (fixture->path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "before");
  g_assert_false (g_file_test (fixture->temporary, G_FILE_TEST_EXISTS));
}

static void
test_failure (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nowhere = g_build_filename (fixture->folder, "no", "file", NULL);
  g_assert_null (fs_stream_open (nowhere, 0600, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);

  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  FsStream *stream = fs_stream_open (fixture->path, 0600, NULL);
  g_assert_false (fs_stream_close (stream, FS_ATOMIC_PLAIN, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_assert_false (g_file_test (fixture->temporary, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/fs-stream/is-there-whole", Fixture, NULL, set_up, test_whole, tear_down);
  g_test_add ("/fs-stream/given-up-leaves-the-old", Fixture, NULL, set_up, test_given_up,
              tear_down);
  g_test_add ("/fs-stream/failures-show", Fixture, NULL, set_up, test_failure, tear_down);
  return g_test_run ();
}
