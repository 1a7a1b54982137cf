#include "server/objects/content-store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/records/bucket.h"
#include "store/records/object.h"
#include "store/test-database.h"

typedef struct {
  char *folder;
  Store *store;
  ContentStore *contents;
  char sha256[DIGEST_SHA256_HEX_SIZE]; /* of "content" */
  char *path;
} Fixture;

static gboolean
no_work (StoreTx *tx, gpointer data, GError **error)
{
  return TRUE;
}

static gboolean
make_bucket (StoreTx *tx, gpointer data, GError **error)
{
  gboolean taken;
  return bucket_record_insert (tx, "b", 1, &taken, error);
}

static void
run_ok (Fixture *f, StoreWork work, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (f->store, STORE_WRITE, work, data, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
open_contents (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  f->contents = content_store_new (f->folder, f->store, NULL, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->folder = g_dir_make_tmp ("content-store-test-XXXXXX", NULL);
  f->store = test_store_new ();
  g_assert_no_error (error);
  run_ok (f, make_bucket, NULL);
  open_contents (f);
  digest_sha256_hex ("content", 7, f->sha256);
  f->path = g_strdup_printf ("%s/objects/%.2s/%s", f->folder, f->sha256, f->sha256 + 2);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  content_store_free (f->contents);
  store_close (f->store);
  const char *argv[] = { "rm", "-rf", f->folder, NULL };
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (f->path);
  g_free (f->folder);
}

static void
publish (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ContentTemp) temp = content_temp_new (f->contents, &error);
  g_assert_no_error (error);
  g_assert_true (content_temp_write (temp, (const guint8 *)"content", 7, &error));
  g_assert_true (content_temp_publish (temp, f->sha256, &error));
}

static gboolean
refer (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const Fixture *f = data;
  const char *replaced;
  ObjectRecord record = { .bucket = "b",
                          .key = "k",
                          .version_id = OBJECT_NULL_VERSION,
                          .content_sha256 = f->sha256,
                          .etag = "e" };
  return object_record_put (tx, &record, arena, &replaced, error);
}

static gboolean
unrefer (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const Fixture *f = data;
  ObjectRecord *deleted;
  return object_record_delete (tx, "b", "k", OBJECT_NULL_VERSION, arena, &deleted, error) &&
         content_store_forget_in (f->contents, tx, f->sha256, error);
}

static gboolean
is_there (const Fixture *f)
{
  return g_file_test (f->path, G_FILE_TEST_EXISTS);
}

static void
published_content_can_be_read_and_is_private (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  publish (f);
  int fd = content_store_open (f->contents, f->sha256, &error);
  g_assert_no_error (error);
  char text[16] = "";
  g_assert_cmpint (read (fd, text, sizeof text), ==, 7);
  g_assert_cmpstr (text, ==, "content");
  struct stat st;
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0600);
  close (fd);
  content_store_unpin (f->contents, f->sha256);
}

static void
content_goes_with_its_last_reference (Fixture *f, gconstpointer data)
{
  publish (f);
  run_ok (f, refer, f);
  content_store_unpin (f->contents, f->sha256);
  content_store_forget (f->contents, f->sha256);
  run_ok (f, no_work, NULL);
  g_assert_true (is_there (f)); /* a row refers to it */
  run_ok (f, unrefer, f);
  g_assert_false (is_there (f));
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (content_store_open (f->contents, f->sha256, &error), ==, -1);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

/* An upload of the same content, published and not yet committed, while the last row goes. */
static void
pinned_content_stays (Fixture *f, gconstpointer data)
{
  publish (f);
  run_ok (f, refer, f);
  content_store_unpin (f->contents, f->sha256);
  publish (f);
  run_ok (f, unrefer, f);
  g_assert_true (is_there (f));
  content_store_unpin (f->contents, f->sha256);
  content_store_forget (f->contents, f->sha256);
  run_ok (f, no_work, NULL);
  g_assert_false (is_there (f));
}

static void
missing_content_cannot_be_pinned (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (content_store_pin (f->contents, f->sha256, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
abandoned_upload_leaves_nothing (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ContentTemp *temp = content_temp_new (f->contents, &error);
  g_assert_no_error (error);
  g_autofree char *folder = g_build_filename (f->folder, "objects", "tmp", NULL);
  g_autoptr (GDir) before = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (g_dir_read_name (before));
  content_temp_free (temp);
  g_autoptr (GDir) after = g_dir_open (folder, 0, NULL);
  g_assert_null (g_dir_read_name (after));
}

static void
sweep_removes_only_what_nothing_refers_to (Fixture *f, gconstpointer data)
{
  const gint stop = FALSE;
  publish (f);
  run_ok (f, refer, f);
  content_store_unpin (f->contents, f->sha256);
  g_autofree char *orphan_folder = g_build_filename (f->folder, "objects", "00", NULL);
  g_autofree char *name = g_strnfill (62, '0');
  g_autofree char *orphan = g_build_filename (orphan_folder, name, NULL);
  g_autofree char *left_over = g_build_filename (f->folder, "objects", "tmp", "upload-7", NULL);
  g_mkdir (orphan_folder, 0700);
  g_assert_true (g_file_set_contents (orphan, "x", 1, NULL));
  g_assert_true (g_file_set_contents (left_over, "x", 1, NULL));
  content_store_free (f->contents);
  open_contents (f);
  content_store_sweep (f->contents, &stop);
  g_assert_true (is_there (f));
  g_assert_false (g_file_test (orphan, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (left_over, G_FILE_TEST_EXISTS));
}

#define ADD(name, fn) g_test_add ("/content-store/" name, Fixture, NULL, set_up, fn, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("published-content-can-be-read-and-is-private",
       published_content_can_be_read_and_is_private);
  ADD ("content-goes-with-its-last-reference", content_goes_with_its_last_reference);
  ADD ("pinned-content-stays", pinned_content_stays);
  ADD ("missing-content-cannot-be-pinned", missing_content_cannot_be_pinned);
  ADD ("abandoned-upload-leaves-nothing", abandoned_upload_leaves_nothing);
  ADD ("sweep-removes-only-what-nothing-refers-to", sweep_removes_only_what_nothing_refers_to);
  return g_test_run ();
}
