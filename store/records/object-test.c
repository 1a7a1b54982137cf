#include "store/records/object.h"

#include <string.h>

#include "store/records/bucket.h"
#include "store/records/multipart.h"
#include "store/records/object-part.h"
#include "store/test-database.h"

typedef gboolean (*Case) (StoreTx *tx, Arena *arena, GError **error);

typedef struct {
  Case fn;
} Run;

static gboolean
run_case (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean taken;
  return bucket_record_insert (tx, "b", 1, &taken, error) && ((Run *)data)->fn (tx, arena, error);
}

static void
in_a_store (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Store) store = test_store_new ();
  g_assert_no_error (error);
  Run run = { .fn = *(const Case *)data };
  gboolean ok = store_run (store, STORE_WRITE, run_case, &run, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
put (StoreTx *tx, Arena *arena, const char *key, const char *version_id, gint64 sequence,
     const char *content, const char **out_replaced)
{
  g_autoptr (GError) error = NULL;
  ObjectRecord record = { .bucket = "b",
                          .key = key,
                          .version_id = version_id,
                          .sequence = sequence,
                          .is_delete_marker = content == NULL,
                          .content_sha256 = content,
                          .etag = content };
  gboolean ok = object_record_put (tx, &record, arena, out_replaced, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static const ObjectRecord *
find (StoreTx *tx, Arena *arena, const char *key, const char *version_id)
{
  g_autoptr (GError) error = NULL;
  ObjectRecord *record = NULL;
  gboolean ok = object_record_find (tx, "b", key, version_id, arena, &record, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return record;
}

static gboolean
overwriting_tells_the_replaced_content (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  put (tx, arena, "k", OBJECT_NULL_VERSION, 1, "c1", &replaced);
  g_assert_null (replaced);
  put (tx, arena, "k", OBJECT_NULL_VERSION, 2, "c2", &replaced);
  g_assert_cmpstr (replaced, ==, "c1");
  g_assert_cmpstr (find (tx, arena, "k", NULL)->content_sha256, ==, "c2");
  g_assert_null (find (tx, arena, "K", NULL));
  return TRUE;
}

static gboolean
deleting_the_latest_version_brings_the_one_before_back (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  ObjectRecord *deleted;
  put (tx, arena, "k", "v1", 1, "c1", &replaced);
  put (tx, arena, "k", "v2", 2, "c2", &replaced);
  put (tx, arena, "k", "v3", 3, NULL, &replaced);
  g_assert_true (find (tx, arena, "k", NULL)->is_delete_marker);
  g_assert_true (object_record_delete (tx, "b", "k", "v3", arena, &deleted, error));
  g_assert_true (deleted->is_delete_marker);
  g_assert_cmpstr (find (tx, arena, "k", NULL)->version_id, ==, "v2");
  g_assert_true (object_record_delete (tx, "b", "k", "v1", arena, &deleted, error));
  g_assert_cmpstr (find (tx, arena, "k", NULL)->version_id, ==, "v2");
  g_assert_true (object_record_delete (tx, "b", "k", "v9", arena, &deleted, error));
  g_assert_null (deleted);
  return TRUE;
}

static gboolean
keys_are_listed_in_the_order_of_their_bytes (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  const char *keys[] = { "b", "a/2", "B", "ä", "a/10", "a" };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    put (tx, arena, keys[i], OBJECT_NULL_VERSION, (gint64)i, "c", &replaced);
  put (tx, arena, "gone", OBJECT_NULL_VERSION, 99, NULL, &replaced);
  g_autoptr (GBytes) lower = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) upper = g_bytes_new_static ("\xff", 1);
  gsize n;
  ObjectRecord **records;
  g_assert_true (object_record_list (tx, "b", lower, upper, 100, arena, &n, &records, error));
  const char *expected[] = { "B", "a", "a/10", "a/2", "b", "ä" };
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpstr (records[i]->key, ==, expected[i]);
  return TRUE;
}

static gboolean
versions_are_listed_newest_first (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  put (tx, arena, "k", "v1", 1, "c1", &replaced);
  put (tx, arena, "k", "v2", 2, NULL, &replaced);
  put (tx, arena, "l", "v3", 3, "c1", &replaced);
  g_autoptr (GBytes) lower = g_bytes_new_static ("k", 1);
  g_autoptr (GBytes) upper = g_bytes_new_static ("\xff", 1);
  gsize n;
  ObjectRecord **records;
  g_assert_true (
      object_record_list_versions (tx, "b", lower, upper, 0, 10, arena, &n, &records, error));
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpstr (records[0]->version_id, ==, "v2");
  g_assert_cmpstr (records[1]->version_id, ==, "v1");
  g_assert_true (
      object_record_list_versions (tx, "b", lower, upper, 2, 10, arena, &n, &records, error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (records[0]->version_id, ==, "v1");
  return TRUE;
}

static gboolean
content_is_in_use_while_a_version_or_part_has_it (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  gboolean in_use;
  g_assert_true (object_record_bucket_in_use (tx, "b", &in_use, error));
  g_assert_false (in_use);
  MultipartRecord upload = { .upload_id = "u", .bucket = "b", .key = "k" };
  MultipartPartRecord part = { .number = 1, .content_sha256 = "c1", .etag = "e" };
  g_assert_true (multipart_record_insert (tx, &upload, error));
  g_assert_true (object_record_bucket_in_use (tx, "b", &in_use, error));
  g_assert_true (in_use);
  g_assert_true (multipart_record_put_part (tx, "u", &part, arena, &replaced, error));
  g_assert_null (replaced);
  part.content_sha256 = "c2";
  g_assert_true (multipart_record_put_part (tx, "u", &part, arena, &replaced, error));
  g_assert_cmpstr (replaced, ==, "c1");
  g_assert_true (object_record_content_in_use (tx, "c1", &in_use, error));
  g_assert_false (in_use);
  g_assert_true (object_record_content_in_use (tx, "c2", &in_use, error));
  g_assert_true (in_use);
  put (tx, arena, "k", "v1", 1, "c2", &replaced);
  g_assert_true (multipart_record_delete (tx, "u", error));
  g_assert_true (object_record_content_in_use (tx, "c2", &in_use, error));
  g_assert_true (in_use);
  return TRUE;
}

static gboolean
uploads_are_listed_after_a_key_and_id (StoreTx *tx, Arena *arena, GError **error)
{
  const char *names[][2] = { { "u1", "a" }, { "u2", "a" }, { "u3", "b" }, { "u4", "x" } };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    MultipartRecord upload = { .upload_id = names[i][0], .bucket = "b", .key = names[i][1] };
    g_assert_true (multipart_record_insert (tx, &upload, error));
  }
  gsize n;
  MultipartRecord **uploads;
  g_autoptr (GBytes) a = g_bytes_new_static ("a", 1);
  g_autoptr (GBytes) x = g_bytes_new_static ("x", 1);
  g_autoptr (GBytes) end = g_bytes_new_static ("\xff", 1);
  g_assert_true (multipart_record_list (tx, "b", a, end, "u1", 2, arena, &n, &uploads, error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (uploads[0]->upload_id, ==, "u2");
  g_assert_cmpstr (uploads[1]->upload_id, ==, "u3");
  g_assert_true (multipart_record_list (tx, "b", a, x, "", 9, arena, &n, &uploads, error));
  g_assert_cmpuint (n, ==, 3);
  g_assert_true (multipart_record_list (tx, "b", x, end, "", 9, arena, &n, &uploads, error));
  g_assert_cmpuint (n, ==, 1);
  return TRUE;
}

static gboolean
uploads_that_began_long_ago_are_found_oldest_first (StoreTx *tx, Arena *arena, GError **error)
{
  const gint64 times[] = { 300, 100, 200 };
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++) {
    MultipartRecord upload = { .upload_id = arena_printf (arena, "u%zu", i),
                               .bucket = "b",
                               .key = "k",
                               .start_ms = times[i],
                               .tags = "[]",
                               .initiator = "arn" };
    g_assert_true (multipart_record_insert (tx, &upload, error));
  }
  gsize n;
  MultipartRecord **uploads;
  g_assert_true (multipart_record_stale (tx, 300, 10, arena, &n, &uploads, error));
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpstr (uploads[0]->upload_id, ==, "u1");
  g_assert_cmpstr (uploads[0]->tags, ==, "[]");
  g_assert_cmpstr (uploads[0]->initiator, ==, "arn");
  g_assert_true (multipart_record_stale (tx, 300, 1, arena, &n, &uploads, error));
  g_assert_cmpuint (n, ==, 1);
  return TRUE;
}

static gboolean
parts_go_with_their_version (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  ObjectRecord version = { .bucket = "b",
                           .key = "k",
                           .version_id = OBJECT_NULL_VERSION,
                           .sequence = 7,
                           .content_sha256 = "c",
                           .etag = "e-2",
                           .tags = "[[\"a\",\"b\"]]",
                           .n_parts = 2,
                           .upload_id = "u" };
  ObjectPartRecord one = { .number = 1, .position = 0, .size_bytes = 5, .checksum = "x" };
  ObjectPartRecord two = { .number = 2, .position = 5, .size_bytes = 3 };
  g_assert_true (object_part_record_insert (tx, "b", 7, &one, error));
  g_assert_true (object_part_record_insert (tx, "b", 7, &two, error));
  g_assert_true (object_record_put (tx, &version, arena, &replaced, error));
  ObjectRecord *found;
  g_assert_true (object_record_by_upload (tx, "b", "k", "u", arena, &found, error));
  g_assert_cmpint (found->n_parts, ==, 2);
  g_assert_cmpstr (found->tags, ==, "[[\"a\",\"b\"]]");
  g_assert_true (object_part_record_copy (tx, "b", 7, "b", 8, error));
  ObjectPartRecord *part;
  g_assert_true (object_part_record_find (tx, "b", 8, 2, arena, &part, error));
  g_assert_cmpint (part->position, ==, 5);
  g_assert_null (part->checksum);
  /* overwritten: gone with it, while the other version's stay */
  version.sequence = 9;
  version.n_parts = 0;
  g_assert_true (object_record_put (tx, &version, arena, &replaced, error));
  gsize n;
  ObjectPartRecord **parts;
  g_assert_true (object_part_record_list (tx, "b", 7, 0, 10, arena, &n, &parts, error));
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (object_part_record_list (tx, "b", 8, 1, 10, arena, &n, &parts, error));
  g_assert_cmpuint (n, ==, 1);
  return TRUE;
}

static gboolean
tags_are_set_on_versions_but_not_on_markers (StoreTx *tx, Arena *arena, GError **error)
{
  const char *replaced;
  gboolean found;
  put (tx, arena, "k", "v1", 1, "c1", &replaced);
  put (tx, arena, "k", "v2", 2, NULL, &replaced);
  g_assert_true (object_record_set_tags (tx, "b", "k", "v1", "[]", &found, error));
  g_assert_true (found);
  g_assert_cmpstr (find (tx, arena, "k", "v1")->tags, ==, "[]");
  g_assert_true (object_record_set_tags (tx, "b", "k", "v1", NULL, &found, error));
  g_assert_null (find (tx, arena, "k", "v1")->tags);
  g_assert_true (object_record_set_tags (tx, "b", "k", "v2", "[]", &found, error));
  g_assert_false (found);
  return TRUE;
}

static gboolean
buckets_are_listed_by_prefix_and_page (StoreTx *tx, Arena *arena, GError **error)
{
  const char *names[] = { "app-1", "app-2", "app-3", "web" };
  gboolean taken;
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (bucket_record_insert (tx, names[i], 1, &taken, error));
  gsize n;
  BucketRecord **buckets;
  g_assert_true (bucket_record_list (tx, "", "", 10, arena, &n, &buckets, error));
  g_assert_cmpuint (n, ==, 5); /* with b */
  g_assert_true (bucket_record_list (tx, "app-", "app-1", 1, arena, &n, &buckets, error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (buckets[0]->name, ==, "app-2");
  const char *none[] = { "%", "app_", "APP", "x" };
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++) {
    g_assert_true (bucket_record_list (tx, none[i], "", 10, arena, &n, &buckets, error));
    g_assert_cmpuint (n, ==, 0);
  }
  return TRUE;
}

static gboolean
documents_go_with_their_bucket (StoreTx *tx, Arena *arena, GError **error)
{
  const char *text;
  gboolean taken;
  g_assert_true (bucket_record_document (tx, "b", BUCKET_DOCUMENT_POLICY, arena, &text, error));
  g_assert_null (text);
  g_assert_true (bucket_record_set_document (tx, "b", BUCKET_DOCUMENT_POLICY, "one", error));
  g_assert_true (bucket_record_set_document (tx, "b", BUCKET_DOCUMENT_POLICY, "two", error));
  g_assert_true (bucket_record_set_document (tx, "b", BUCKET_DOCUMENT_TAGGING, "tags", error));
  g_assert_true (bucket_record_document (tx, "b", BUCKET_DOCUMENT_POLICY, arena, &text, error));
  g_assert_cmpstr (text, ==, "two");
  g_assert_true (bucket_record_set_document (tx, "b", BUCKET_DOCUMENT_POLICY, NULL, error));
  g_assert_true (bucket_record_document (tx, "b", BUCKET_DOCUMENT_POLICY, arena, &text, error));
  g_assert_null (text);
  g_assert_true (bucket_record_delete (tx, "b", error));
  g_assert_true (bucket_record_insert (tx, "b", 1, &taken, error));
  g_assert_true (bucket_record_document (tx, "b", BUCKET_DOCUMENT_TAGGING, arena, &text, error));
  g_assert_null (text);
  return TRUE;
}

static gboolean
writes_to_a_bucket_are_numbered (StoreTx *tx, Arena *arena, GError **error)
{
  BucketRecord *bucket;
  gint64 first, second;
  gboolean found;
  g_assert_true (bucket_record_begin_write (tx, "b", arena, &bucket, &first, error));
  g_assert_true (bucket_record_set_versioning (tx, "b", BUCKET_VERSIONING_ENABLED, &found, error));
  g_assert_true (found);
  g_assert_true (bucket_record_begin_write (tx, "b", arena, &bucket, &second, error));
  g_assert_cmpint (second, >, first);
  g_assert_cmpint (bucket->versioning, ==, BUCKET_VERSIONING_ENABLED);
  g_assert_true (bucket_record_begin_write (tx, "other", arena, &bucket, &second, error));
  g_assert_null (bucket);
  return TRUE;
}

#define ADD(name, fn)                                                                              \
  static const Case fn##_case = fn;                                                                \
  g_test_add_data_func ("/object/" name, &fn##_case, in_a_store)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("overwriting-tells-the-replaced-content", overwriting_tells_the_replaced_content);
  ADD ("deleting-the-latest-version-brings-the-one-before-back",
       deleting_the_latest_version_brings_the_one_before_back);
  ADD ("keys-are-listed-in-the-order-of-their-bytes", keys_are_listed_in_the_order_of_their_bytes);
  ADD ("versions-are-listed-newest-first", versions_are_listed_newest_first);
  ADD ("content-is-in-use-while-a-version-or-part-has-it",
       content_is_in_use_while_a_version_or_part_has_it);
  ADD ("uploads-are-listed-after-a-key-and-id", uploads_are_listed_after_a_key_and_id);
  ADD ("uploads-that-began-long-ago-are-found-oldest-first",
       uploads_that_began_long_ago_are_found_oldest_first);
  ADD ("parts-go-with-their-version", parts_go_with_their_version);
  ADD ("tags-are-set-on-versions-but-not-on-markers", tags_are_set_on_versions_but_not_on_markers);
  ADD ("buckets-are-listed-by-prefix-and-page", buckets_are_listed_by_prefix_and_page);
  ADD ("documents-go-with-their-bucket", documents_go_with_their_bucket);
  ADD ("writes-to-a-bucket-are-numbered", writes_to_a_bucket_are_numbered);
  return g_test_run ();
}
