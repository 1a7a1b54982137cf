#include "store/faulty-store.h"

#include "store/test-database.h"

/* A store that fails as it is told: what was kept, what the caller heard, and which hooks were run. */

typedef struct {
  StoreFault fault;
  int asked, looked, runs, hooks;
  gint64 found;
} Case;

static StoreFault
choose (gpointer owner, StoreMode mode)
{
  Case *self = owner;
  self->asked++;
  return mode == STORE_WRITE ? self->fault : STORE_FAULT_NONE;
}

static gboolean
before_commit (gpointer owner, StoreTx *tx, StoreFault fault, GError **error)
{
  Case *self = owner;
  self->looked++;
  return TRUE;
}

static void
count_hook (gpointer data)
{
  ((Case *)data)->hooks++;
}

static gboolean
insert (StoreTx *tx, gpointer data, GError **error)
{
  Case *self = data;
  self->runs++;
  store_tx_on_commit (tx, count_hook, self, NULL);
  return store_exec (tx,
                     "INSERT INTO timer (deployment_id, ordinal, kind, due_ms)"
                     " VALUES ($1, 0, 'total', 1)",
                     STORE_ARGS (store_text ("d-1")), NULL, error);
}

static gboolean
count (StoreTx *tx, gpointer data, GError **error)
{
  Case *self = data;
  g_autoptr (StoreRows) rows =
      store_query (tx, "SELECT COUNT (*) FROM timer", STORE_NO_ARGS, error);
  if (rows == NULL || !store_rows_next (rows, error))
    return FALSE;
  self->found = store_rows_int (rows, 0);
  return TRUE;
}

typedef struct {
  StoreFault fault;
  int error; /* a StoreError; -1: the caller hears of a success */
  int runs, looked, hooks, found;
  guint64 uncertain;
} Expected;

static const Expected expected[] = {
  { STORE_FAULT_NONE, -1, 1, 1, 1, 1, 0 },
  { STORE_FAULT_BUSY, STORE_ERROR_BUSY, 0, 0, 0, 0, 0 },
  { STORE_FAULT_FULL, STORE_ERROR_FULL, 1, 0, 0, 0, 0 },
  { STORE_FAULT_AGAIN, -1, 2, 1, 1, 1, 0 },
  { STORE_FAULT_UNKNOWN_KEPT, STORE_ERROR_IO, 1, 1, 0, 1, 1 },
  { STORE_FAULT_UNKNOWN_LOST, STORE_ERROR_IO, 1, 0, 0, 0, 1 },
  { STORE_FAULT_FORGOTTEN, -1, 1, 0, 1, 0, 0 },
};

static void
test_fault (gconstpointer data)
{
  const Expected *e = data;
  Case self = { .fault = e->fault };
  const StoreFaults faults = { choose, before_commit, &self };
  g_autoptr (Store) inner = test_store_new ();
  g_autoptr (Store) store = faulty_store_new (inner, &faults);
  g_autoptr (GError) heard = NULL;
  StoreStats stats;
  gboolean said = store_run (store, STORE_WRITE, insert, &self, &heard);
  g_assert_true (said == (heard == NULL));
  g_assert_cmpint (heard != NULL ? heard->code : -1, ==, e->error);
  g_assert_cmpint (self.runs, ==, e->runs);
  g_assert_cmpint (self.looked, ==, e->looked);
  /* the hook of the first run of two is dropped */
  g_assert_cmpint (self.hooks, ==, e->hooks);
  store_get_stats (store, &stats);
  g_assert_cmpuint (stats.uncertain, ==, e->uncertain);
  TEST_STORE_OK (store_run (store, STORE_READ, count, &self, &error));
  g_assert_cmpint (self.found, ==, e->found);
  g_assert_cmpint (self.asked, ==, 2);
}

/* What fails by itself is told as it failed, whatever was meant for it. */
static gboolean
refuse (StoreTx *tx, gpointer data, GError **error)
{
  g_set_error (error, STORE_ERROR, STORE_ERROR_CONSTRAINT, "no");
  return FALSE;
}

static void
test_own_failure_is_told (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    if (expected[i].fault == STORE_FAULT_BUSY)
      continue;
    Case self = { .fault = expected[i].fault };
    const StoreFaults faults = { choose, before_commit, &self };
    g_autoptr (Store) inner = test_store_new ();
    g_autoptr (Store) store = faulty_store_new (inner, &faults);
    g_autoptr (GError) error = NULL;
    g_assert_false (store_run (store, STORE_WRITE, refuse, &self, &error));
    g_assert_error (error, STORE_ERROR, STORE_ERROR_CONSTRAINT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *name =
        g_strdup_printf ("/faulty-store/%s", store_fault_name (expected[i].fault));
    g_test_add_data_func (name, &expected[i], test_fault);
  }
  g_test_add_func ("/faulty-store/own-failure-is-told", test_own_failure_is_told);
  return g_test_run ();
}
