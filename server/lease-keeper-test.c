#include "server/lease-keeper.h"

#include "store/test-database.h"

/* Rows of the test are numbers; what the keeper wants done with them is written down. */
typedef struct {
  Store *store;
  AmbientFake fake;
  Ambient ambient;
  LeaseKeeper *keeper;
  GString *renewed; /* "ROW:WAS-UNTIL " */
  int lost;         /* a row that is another's by now */
  int fails;        /* so many renewals fail */
} Fixture;

typedef struct {
  Fixture *f;
  int number;
} Row;

static gboolean
renew (StoreTx *tx, gconstpointer data, gint64 was_ms, gint64 until_ms, gboolean *out_renewed,
       GError **error)
{
  const Row *row = data;
  Fixture *f = row->f;
  if (f->fails > 0) {
    f->fails--;
    g_set_error_literal (error, STORE_ERROR, STORE_ERROR_IO, "it is away");
    return FALSE;
  }
  g_string_append_printf (f->renewed, "%d:%d-%d ", row->number, (int)was_ms, (int)until_ms);
  *out_renewed = row->number != f->lost;
  return TRUE;
}

static gpointer
copy (gconstpointer row, Arena *arena)
{
  return arena_memdup (arena, row, sizeof (Row));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = test_database_new (NULL);
  f->store = store_open (url, &error);
  g_assert_no_error (error);
  f->ambient = ambient_fake (&f->fake);
  f->renewed = g_string_new (NULL);
  const LeaseKeeperConfig config = {
    .store = f->store, .ambient = &f->ambient, .lease_ms = 3000, .renew = renew, .copy = copy
  };
  f->keeper = lease_keeper_new (&config);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lease_keeper_free (f->keeper);
  store_close (f->store);
  g_string_free (f->renewed, TRUE);
}

/* The work's time is ten seconds. */
static guint64
add (Fixture *f, const Row *row)
{
  return lease_keeper_add (f->keeper, row, f->fake.now_ms + 3000,
                           ambient_monotonic_us (&f->ambient) + 10 * G_USEC_PER_SEC);
}

static void
expect (Fixture *f, gint64 later_ms, const char *renewed)
{
  f->fake.now_ms += later_ms;
  g_string_truncate (f->renewed, 0);
  lease_keeper_renew (f->keeper);
  g_assert_cmpstr (f->renewed->str, ==, renewed);
}

static void
test_a_third (Fixture *f, gconstpointer data)
{
  const Row one = { f, 1 }, two = { f, 2 };
  g_assert_cmpint (lease_keeper_due_in_us (f->keeper), ==, G_MAXINT64);
  guint64 first = add (f, &one);
  g_assert_cmpint (lease_keeper_due_in_us (f->keeper), ==, 1000 * 1000);
  expect (f, 999, "");
  guint64 second = add (f, &two);
  expect (f, 1, "1:3000-4000 2:3999-4000 ");
  expect (f, 0, "");
  lease_keeper_drop (f->keeper, first);
  expect (f, 1000, "2:4000-5000 ");
  lease_keeper_drop (f->keeper, second);
  expect (f, 5000, "");
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  const Row one = { f, 1 }, two = { f, 2 };
  guint64 first = add (f, &one), second = add (f, &two);
  f->lost = 1;
  expect (f, 1000, "1:3000-4000 2:3000-4000 ");
  expect (f, 1000, "2:4000-5000 ");
  lease_keeper_drop (f->keeper, first);
  lease_keeper_drop (f->keeper, second);
}

static void
test_store_away (Fixture *f, gconstpointer data)
{
  const Row one = { f, 1 };
  guint64 first = add (f, &one);
  f->fails = 1;
  expect (f, 1000, "");
  expect (f, 1000, "1:3000-5000 ");
  lease_keeper_drop (f->keeper, first);
}

/* Ten seconds, and then half a minute. */
static void
test_hangs (Fixture *f, gconstpointer data)
{
  const Row one = { f, 1 };
  guint64 first = add (f, &one);
  expect (f, 40000, "1:3000-43000 ");
  expect (f, 1000, "");
  lease_keeper_drop (f->keeper, first);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add ("/lease-keeper/" path, Fixture, NULL, set_up, fn, tear_down)
  CASE ("all-are-renewed-when-a-third-is-over", test_a_third);
  CASE ("one-that-is-anothers-is-left", test_lost);
  CASE ("a-store-that-is-away-is-asked-again", test_store_away);
  CASE ("what-hangs-is-renewed-no-more", test_hangs);
  return g_test_run ();
}
