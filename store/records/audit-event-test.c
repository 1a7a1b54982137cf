#include "store/records/audit-event.h"
#include "store/test-database.h"

/* Ten events: alice and bob in turns, about the applications a0, a1, a2, a0...; every third one failed. */
static gboolean
fill (StoreTx *tx, gpointer data, GError **error)
{
  for (gint64 i = 0; i < 10; i++) {
    g_autofree char *id = g_strdup_printf ("id-%02" G_GINT64_FORMAT, i);
    g_autofree char *name = g_strdup_printf ("a%" G_GINT64_FORMAT, i % 3);
    const AuditResource resources[] = { { "Application", name }, { "Group", "web" } };
    const AuditEvent event = {
      .id = id,
      .time_ms = 1000 + i / 2, /* two in each instant */
      .source = "codedeploy.amazonaws.com",
      .name = i == 9 ? "DeleteApplication" : "CreateApplication",
      .user_name = i % 2 == 0 ? "alice" : "bob",
      .access_key_id = i % 2 == 0 ? "AKIA1" : "AKIA2",
      .error_code = i % 3 == 0 ? "AccessDenied" : NULL,
      .record_json = "{}",
      .n_resources = i == 5 ? 2 : 1,
      .resources = resources,
    };
    if (!audit_event_record_insert (tx, &event, error))
      return FALSE;
  }
  return TRUE;
}

typedef struct {
  AuditQuery query;
  Arena *arena;
  GString *ids; /* of all pages, pages separated by a bar */
} Listing;

static gboolean
list (StoreTx *tx, gpointer data, GError **error)
{
  Listing *listing = data;
  AuditQuery query = listing->query;
  AuditEventList page;
  g_string_truncate (listing->ids, 0);
  do {
    if (!audit_event_record_list (tx, &query, listing->arena, &page, error))
      return FALSE;
    for (gsize i = 0; i < page.n; i++)
      g_string_append_printf (listing->ids, "%s%s", page.items[i]->id + strlen ("id-"),
                              i + 1 < page.n ? " " : "");
    if (page.n == query.limit) {
      query.after_ms = page.items[page.n - 1]->time_ms;
      query.after_id = page.items[page.n - 1]->id;
      g_string_append (listing->ids, "|");
    }
  } while (page.n == query.limit);
  return TRUE;
}

static gboolean
purge (StoreTx *tx, gpointer data, GError **error)
{
  return audit_event_record_purge (tx, 1003, 4, error);
}

static void
assert_listed (Store *store, AuditQuery query, const char *expected)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  if (query.limit == 0)
    query.limit = 100;
  if (query.to_ms == 0)
    query.to_ms = G_MAXINT64;
  Listing listing = { .query = query, .arena = arena, .ids = ids };
  gboolean ok = store_run (store, STORE_READ, list, &listing, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  g_assert_cmpstr (ids->str, ==, expected);
}

static Store *
open_filled (void)
{
  g_autoptr (GError) error = NULL;
  Store *store = test_store_new ();
  g_assert_no_error (error);
  gboolean ok = store_run (store, STORE_WRITE, fill, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  return store;
}

static void
test_filters (void)
{
  g_autoptr (Store) store = open_filled ();
  const gboolean yes = TRUE, no = FALSE;
  assert_listed (store, (AuditQuery){ 0 }, "09 08 07 06 05 04 03 02 01 00");
  assert_listed (store, (AuditQuery){ .user_name = "bob" }, "09 07 05 03 01");
  assert_listed (store, (AuditQuery){ .access_key_id = "AKIA1" }, "08 06 04 02 00");
  assert_listed (store, (AuditQuery){ .name = "DeleteApplication" }, "09");
  assert_listed (store, (AuditQuery){ .id = "id-03" }, "03");
  assert_listed (store, (AuditQuery){ .source = "iam.amazonaws.com" }, "");
  assert_listed (store, (AuditQuery){ .resource_name = "a1" }, "07 04 01");
  assert_listed (store, (AuditQuery){ .resource_name = "a1", .user_name = "bob" }, "07 01");
  assert_listed (store, (AuditQuery){ .resource_type = "Group" }, "05");
  assert_listed (store, (AuditQuery){ .resource_type = "Group", .resource_name = "a1" }, "");
  assert_listed (store, (AuditQuery){ .resource_type = "Application", .user_name = "alice" },
                 "08 06 04 02 00");
  assert_listed (store, (AuditQuery){ .read_only = &yes }, "");
  assert_listed (store, (AuditQuery){ .read_only = &no, .from_ms = 1001, .to_ms = 1002 },
                 "05 04 03 02");
}

static void
test_pages (void)
{
  g_autoptr (Store) store = open_filled ();
  assert_listed (store, (AuditQuery){ .limit = 3 }, "09 08 07|06 05 04|03 02 01|00");
  assert_listed (store, (AuditQuery){ .limit = 2, .user_name = "alice" }, "08 06|04 02|00");
  assert_listed (store, (AuditQuery){ .limit = 1, .resource_name = "a0" }, "09|06|03|00|");
}

static void
test_purge (void)
{
  g_autoptr (Store) store = open_filled ();
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (store, STORE_WRITE, purge, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_listed (store, (AuditQuery){ 0 }, "09 08 07 06 05 04");
  assert_listed (store, (AuditQuery){ .resource_name = "a0" }, "09 06");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/audit-event/what-is-asked-for-newest-first", test_filters);
  g_test_add_func ("/audit-event/pages-neither-miss-nor-repeat", test_pages);
  g_test_add_func ("/audit-event/purge-takes-the-oldest-in-small-bites", test_purge);
  return g_test_run ();
}
