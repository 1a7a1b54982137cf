#include "proto/ca-bundle.h"

#include <glib/gstdio.h>

#include "proto/http-client.h"
#include "proto/test-http-server.h"

typedef struct {
  char *folder;
  GPtrArray *paths;
} Fixture;

static char *
add (Fixture *f, const char *name, const char *text)
{
  char *path = g_build_filename (f->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_ptr_array_add (f->paths, path);
  return path;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->folder = g_dir_make_tmp ("ca-XXXXXX", &error);
  g_assert_no_error (error);
  f->paths = g_ptr_array_new_with_free_func (g_free);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < f->paths->len; i++)
    g_unlink (f->paths->pdata[i]);
  g_rmdir (f->folder);
  g_ptr_array_unref (f->paths);
  g_free (f->folder);
}

static gboolean
contains (GBytes *bytes, const char *text)
{
  gsize n = 0;
  const char *data = g_bytes_get_data (bytes, &n);
  return g_strstr_len (data, (gssize)n, text) != NULL;
}

static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *file = add (f, "bundle", "the file");
  add (f, "one.pem", "first of the folder");
  add (f, "two.crt", "second of the folder");
  add (f, "README", "nothing");

  g_autoptr (GBytes) all = ca_bundle_read (file, f->folder, &error);
  g_assert_no_error (error);
  g_assert_true (contains (all, "the file\n"));
  g_assert_true (contains (all, "first of the folder\n"));
  g_assert_true (contains (all, "second of the folder\n"));
  g_assert_false (contains (all, "nothing"));
  g_autoptr (GBytes) folder_only = ca_bundle_read (NULL, f->folder, &error);
  g_assert_no_error (error);
  g_assert_false (contains (folder_only, "the file"));
}

static void
expect_failure (const char *file, const char *directory, const char *named)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (ca_bundle_read (file, directory, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS);
  g_assert_nonnull (strstr (error->message, named));
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (f->folder, "folder.pem", NULL);
  expect_failure (NULL, "/nonexistent-folder", "/nonexistent-folder");
  expect_failure ("/nonexistent-file", f->folder, "/nonexistent-file");
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  expect_failure (NULL, f->folder, "folder.pem");
  g_rmdir (folder);
}

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  return test_answer ("200 OK", "", "", 0, out_length);
}

static gboolean
is_trusted (const TestServer *server, const char *ca_file, const char *directory)
{
  g_autoptr (GError) error = NULL;
  const HttpClientSettings settings = { .proxy = "",
                                        .ca_file = ca_file,
                                        .ca_directory = directory };
  g_autoptr (HttpClient) client = http_client_new (&settings, &error);
  g_assert_no_error (error);
  g_autofree char *url = g_strdup_printf ("https://127.0.0.1:%u/", server->port);
  const HttpClientRequest request = { .method = "GET", .url = url };
  g_autoptr (HttpClientAnswer) reply = http_client_send (client, &request, &error);
  if (reply == NULL)
    g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TLS);
  return reply != NULL;
}

static void
test_trust (Fixture *f, gconstpointer data)
{
  TestServer *one = test_server_start (answer, NULL, "IP:127.0.0.1");
  TestServer *other = test_server_start (answer, NULL, "IP:127.0.0.1");
  const char *file = add (f, "other", other->ca_pem);

  g_assert_false (is_trusted (one, NULL, f->folder));
  add (f, "one.pem", one->ca_pem);
  g_assert_true (is_trusted (one, NULL, f->folder));
  g_assert_false (is_trusted (other, NULL, f->folder));
  g_assert_true (is_trusted (one, file, f->folder));
  g_assert_true (is_trusted (other, file, f->folder));
  test_server_stop (one);
  test_server_stop (other);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/ca-bundle/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a-file-and-a-folder", test_folder);
  ADD ("errors-name-what-cannot-be-read", test_errors);
  ADD ("servers-of-both-are-trusted-and-no-others", test_trust);
  return g_test_run ();
}
