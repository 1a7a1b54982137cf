#include "server/objects/sweeper.h"

#include <unistd.h>

#include "store/records/bucket.h"
#include "store/records/multipart.h"
#include "store/records/object.h"
#include "store/test-database.h"

#define DAY_MS (G_GINT64_CONSTANT (86400) * 1000)

typedef struct {
  char *folder;
  Store *store;
  Log *log;
  ContentStore *contents;
  AmbientFake clock;
  Ambient ambient;
  SweeperConfig config;
  char *path; /* of the content that only a part of the upload "old" has */
} Fixture;

static void
publish (const Fixture *f, const char *text, char sha256[DIGEST_SHA256_HEX_SIZE])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ContentTemp) temp = content_temp_new (f->contents, &error);
  g_assert_no_error (error);
  digest_sha256_hex (text, strlen (text), sha256);
  g_assert_true (content_temp_write (temp, (const guint8 *)text, strlen (text), &error));
  g_assert_true (content_temp_publish (temp, sha256, &error));
  g_assert_no_error (error);
}

typedef struct {
  Arena *arena;
  const char *upload_id;
  gint64 start_ms;
  const char *sha256;
  MultipartRecord *found;
} Upload;

static gboolean
insert_work (StoreTx *tx, gpointer data, GError **error)
{
  const Upload *upload = data;
  const char *replaced;
  MultipartRecord record = {
    .upload_id = upload->upload_id, .bucket = "b", .key = "k", .start_ms = upload->start_ms
  };
  MultipartPartRecord part = { .number = 1, .content_sha256 = upload->sha256, .etag = "e" };
  gboolean taken;
  return bucket_record_insert (tx, "b", 1, &taken, error) &&
         multipart_record_insert (tx, &record, error) &&
         multipart_record_put_part (tx, upload->upload_id, &part, upload->arena, &replaced, error);
}

static gboolean
find_work (StoreTx *tx, gpointer data, GError **error)
{
  Upload *upload = data;
  return multipart_record_find (tx, upload->upload_id, "b", "k", upload->arena, &upload->found,
                                error);
}

static void
run_ok (const Fixture *f, StoreWork work, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (f->store, STORE_WRITE, work, data, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
add_upload (const Fixture *f, const char *upload_id, gint64 start_ms, const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  char sha256[DIGEST_SHA256_HEX_SIZE];
  publish (f, text, sha256);
  Upload upload = {
    .arena = arena, .upload_id = upload_id, .start_ms = start_ms, .sha256 = sha256
  };
  run_ok (f, insert_work, &upload);
  content_store_unpin (f->contents, sha256);
}

static gboolean
has_upload (const Fixture *f, const char *upload_id)
{
  g_autoptr (Arena) arena = arena_new ();
  Upload upload = { .arena = arena, .upload_id = upload_id };
  run_ok (f, find_work, &upload);
  return upload.found != NULL;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  char sha256[DIGEST_SHA256_HEX_SIZE];
  f->folder = g_dir_make_tmp ("sweeper-test-XXXXXX", NULL);
  f->store = test_store_new ();
  g_assert_no_error (error);
  f->log = log_new (STDERR_FILENO, LOG_LEVEL_ERROR);
  f->contents = content_store_new (f->folder, f->store, f->log, &error);
  g_assert_no_error (error);
  f->clock.now_ms = 100 * DAY_MS;
  f->ambient = ambient_fake (&f->clock);
  f->config = (SweeperConfig){ .store = f->store,
                               .contents = f->contents,
                               .ambient = &f->ambient,
                               .log = f->log,
                               .abort_after_ms = 7 * DAY_MS };
  add_upload (f, "old", 100 * DAY_MS - 7 * DAY_MS - 1, "only here");
  add_upload (f, "young", 100 * DAY_MS - 7 * DAY_MS, "here too");
  digest_sha256_hex ("only here", strlen ("only here"), sha256);
  f->path = g_strdup_printf ("%s/objects/%.2s/%s", f->folder, sha256, sha256 + 2);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  content_store_free (f->contents);
  store_close (f->store);
  log_free (f->log);
  const char *argv[] = { "rm", "-rf", f->folder, NULL };
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (f->path);
  g_free (f->folder);
}

static guint
sweep (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  const gint stop = FALSE;
  guint aborted;
  gboolean ok = sweeper_abort_uploads (&f->config, &stop, &aborted, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return aborted;
}

static void
uploads_that_are_too_old_go_with_their_contents (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (sweep (f), ==, 1);
  g_assert_false (has_upload (f, "old"));
  g_assert_true (has_upload (f, "young"));
  g_assert_cmpint (access (f->path, F_OK), !=, 0);
  g_assert_cmpuint (sweep (f), ==, 0);
  f->clock.now_ms++;
  g_assert_cmpuint (sweep (f), ==, 1);
  g_assert_false (has_upload (f, "young"));
}

static void
more_than_a_batch_goes_in_one_round (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 150; i++) {
    g_autofree char *id = g_strdup_printf ("u%d", i);
    add_upload (f, id, i, "only here");
  }
  g_assert_cmpuint (sweep (f), ==, 151);
  g_assert_cmpint (access (f->path, F_OK), !=, 0);
}

static void
nothing_goes_when_it_is_switched_off (Fixture *f, gconstpointer data)
{
  f->config.abort_after_ms = 0;
  g_assert_cmpuint (sweep (f), ==, 0);
  g_assert_true (has_upload (f, "old"));
  g_assert_cmpint (access (f->path, F_OK), ==, 0);
}

/* The thread does its first round at once, and ends although its next one is an hour away. */
static void
the_thread_stops_when_asked (Fixture *f, gconstpointer data)
{
  Sweeper *sweeper = sweeper_start (&f->config);
  while (has_upload (f, "old"))
    g_thread_yield ();
  sweeper_stop (sweeper);
  g_assert_true (has_upload (f, "young"));
}

#define ADD(name, fn) g_test_add ("/sweeper/" name, Fixture, NULL, set_up, fn, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("uploads-that-are-too-old-go-with-their-contents",
       uploads_that_are_too_old_go_with_their_contents);
  ADD ("more-than-a-batch-goes-in-one-round", more_than_a_batch_goes_in_one_round);
  ADD ("nothing-goes-when-it-is-switched-off", nothing_goes_when_it_is_switched_off);
  ADD ("the-thread-stops-when-asked", the_thread_stops_when_asked);
  return g_test_run ();
}
