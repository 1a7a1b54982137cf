#include "server/store-location.h"

#include <glib/gstdio.h>
#include <string.h>

#include "core/arena.h"
#include "server/files.h"
#include "server/installation.h"
#include "server/settings.h"

#define SECRET_URL "postgresql://ann:S3cret@db.example/slipway"
#define PLAIN_URL  "postgresql://ann@db.example/slipway"

typedef struct {
  char *folder, *path;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("slipway-location-XXXXXX", &f->error);
  g_assert_no_error (f->error);
  f->path = g_build_filename (f->folder, "url", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_clear_error (&f->error);
  g_free (f->folder);
  g_free (f->path);
}

static void
write_file (Fixture *f, const char *text, int mode)
{
  g_assert_true (files_write (f->path, text, -1, mode, &f->error));
}

static void
assert_refused (Fixture *f, GQuark domain, const char *says)
{
  g_assert_nonnull (f->error);
  g_assert_cmpstr (g_quark_to_string (f->error->domain), ==, g_quark_to_string (domain));
  if (strstr (f->error->message, says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->error->message, says);
  g_assert_null (strstr (f->error->message, "S3cret"));
  g_clear_error (&f->error);
}

static void
test_argument (Fixture *f, gconstpointer data)
{
  g_assert_true (store_location_check_argument (PLAIN_URL, &f->error));
  g_assert_true (store_location_check_argument ("sqlite:/var/lib/x.db", &f->error));
  g_assert_no_error (f->error);
  g_assert_false (store_location_check_argument (SECRET_URL, &f->error));
  assert_refused (f, INSTALLATION_ERROR, "--store-file");
  g_assert_false (store_location_check_argument ("mysql://ann:S3cret@x", &f->error));
  assert_refused (f, STORE_ERROR, "postgresql://");
  /* without threads: for simulators */
  g_assert_false (store_location_check_argument ("sqlite-here:/var/lib/x.db", &f->error));
  assert_refused (f, STORE_ERROR, "postgresql://");
}

static void
test_file (Fixture *f, gconstpointer data)
{
  write_file (f, SECRET_URL "\n", 0600);
  char *url = store_location_read_file (f->path, &f->error);
  g_assert_no_error (f->error);
  g_assert_cmpstr (url, ==, SECRET_URL);
  store_location_free (url);

  g_assert_cmpint (g_chmod (f->path, 0640), ==, 0);
  g_assert_null (store_location_read_file (f->path, &f->error));
  assert_refused (f, INSTALLATION_ERROR, "chmod 600");
  write_file (f, "  " PLAIN_URL "  \n\n", 0644);
  url = store_location_read_file (f->path, &f->error);
  g_assert_cmpstr (url, ==, PLAIN_URL);
  store_location_free (url);
}

static void
test_file_without_a_url (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "", "\n", SECRET_URL "\n" SECRET_URL "\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    write_file (f, bad[i], 0600);
    g_assert_null (store_location_read_file (f->path, &f->error));
    assert_refused (f, INSTALLATION_ERROR, "one line");
  }
  g_unlink (f->path);
  g_assert_null (store_location_read_file (f->path, &f->error));
  assert_refused (f, G_FILE_ERROR, f->path);
}

/* What is written into slipwayd.yml is read as it was. */
static void
test_setting (Fixture *f, gconstpointer data)
{
  static const char *const urls[] = { SECRET_URL,
                                      "postgresql:host=db password='a\"b\\\\c #:' x=%41" };
  for (gsize i = 0; i < G_N_ELEMENTS (urls); i++) {
    g_autoptr (Arena) arena = arena_new ();
    Settings settings;
    settings_init (&settings);
    g_assert_cmpstr (settings.store, ==, "");
    char *line = store_location_setting (urls[i]);
    g_assert_true (
        settings_parse (&settings, line, strlen (line), "slipwayd.yml", arena, &f->error));
    g_assert_no_error (f->error);
    g_assert_cmpstr (settings.store, ==, urls[i]);
    store_location_free (line);
  }
}

static void
test_setting_too_long (Fixture *f, gconstpointer data)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *tail = g_strnfill (5000, 'x');
  g_autofree char *url = g_strconcat (SECRET_URL, tail, NULL);
  Settings settings;
  settings_init (&settings);
  g_assert_false (settings_set (&settings, "store", url, arena, &f->error));
  assert_refused (f, SETTINGS_ERROR, "4096");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, fn) g_test_add (path, Fixture, NULL, set_up, fn, tear_down)
  ADD ("/store-location/password-on-a-command-line-is-refused", test_argument);
  ADD ("/store-location/file-with-a-password-is-private", test_file);
  ADD ("/store-location/file-without-a-url-is-refused", test_file_without_a_url);
  ADD ("/store-location/setting-is-read-as-it-was-written", test_setting);
  ADD ("/store-location/setting-that-is-too-long-is-not-shown", test_setting_too_long);
  return g_test_run ();
}
