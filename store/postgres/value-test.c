#include "store/postgres/value.h"

#include <string.h>

typedef struct {
  const char *sql;
  guint n;
} CountRow;

static const CountRow counts[] = {
  { "SELECT 1", 0 },
  { "SELECT $1, $3, $1", 3 },
  { "SELECT '$5', \"$6\", $2", 2 },
  { "SELECT 'it''s $5', $1", 1 },
  { "SELECT $1 -- $2\n, $3", 3 },
  { "SELECT $1 -- $2", 1 },
  { "SELECT $1 /* $2 */", 1 },
  { "SELECT /**/$2", 2 },
  { "SELECT /* * $9 */* FROM a WHERE b = $1", 1 },
  { "SELECT '$1", 0 },
  { "SELECT $$, $", 0 },
  { "SELECT $12", 12 },
};

static void
test_count (gconstpointer data)
{
  const CountRow *row = data;
  g_assert_cmpuint (pg_count_params (row->sql), ==, row->n);
}

typedef struct {
  const char *what;
  gint16 words[10]; /* groups, weight, sign, decimals shown, then the groups */
  gsize n_words;
  gboolean ok;
  gint64 number;
} NumericRow;

#define NEGATIVE 0x4000
#define NAN_SIGN ((gint16)0xc000)

static const NumericRow numerics[] = {
  { "zero", { 0, 0, 0, 0 }, 4, TRUE, 0 },
  { "seven", { 1, 0, 0, 0, 7 }, 5, TRUE, 7 },
  { "minus-seven", { 1, 0, NEGATIVE, 0, 7 }, 5, TRUE, -7 },
  { "trailing-groups-left-out", { 1, 2, 0, 0, 12 }, 5, TRUE, G_GINT64_CONSTANT (1200000000) },
  { "decimals-that-are-zero", { 1, 0, 0, 5, 3 }, 5, TRUE, 3 },
  { "greatest", { 5, 4, 0, 0, 922, 3372, 368, 5477, 5807 }, 9, TRUE, G_MAXINT64 },
  { "one-more", { 5, 4, 0, 0, 922, 3372, 368, 5477, 5808 }, 9, FALSE, 0 },
  { "smallest", { 5, 4, NEGATIVE, 0, 922, 3372, 368, 5477, 5808 }, 9, TRUE, G_MININT64 },
  { "one-less", { 5, 4, NEGATIVE, 0, 922, 3372, 368, 5477, 5809 }, 9, FALSE, 0 },
  { "much-more", { 1, 5, 0, 0, 1 }, 5, FALSE, 0 },
  { "far-more", { 1, 100, 0, 0, 1 }, 5, FALSE, 0 },
  { "fraction", { 2, 0, 0, 1, 1, 5000 }, 6, FALSE, 0 },
  { "only-a-fraction", { 1, -1, 0, 1, 5000 }, 5, FALSE, 0 },
  { "not-a-number", { 0, 0, NAN_SIGN, 0 }, 4, FALSE, 0 },
  { "cut-off", { 2, 1, 0, 0, 7 }, 5, FALSE, 0 },
  { "no-head", { 0, 0 }, 2, FALSE, 0 },
  { "negative-length", { -1, 0, 0, 0 }, 4, FALSE, 0 },
};

static void
test_numeric (gconstpointer data)
{
  const NumericRow *row = data;
  guint8 bytes[sizeof row->words];
  gint64 number = 0;
  for (gsize i = 0; i < row->n_words; i++) {
    bytes[2 * i] = (guint8)((guint16)row->words[i] >> 8);
    bytes[2 * i + 1] = (guint8)row->words[i];
  }
  g_assert_cmpint (pg_numeric_to_int (bytes, 2 * row->n_words, &number), ==, row->ok);
  g_assert_cmpint (number, ==, row->ok ? row->number : 0);
}

static void
test_too_many (void)
{
  static PgParams params;
  StoreValue args[PG_MAX_PARAMS + 1];
  for (gsize i = 0; i < G_N_ELEMENTS (args); i++)
    args[i] = store_int (1);
  g_autoptr (GError) error = NULL;
  g_assert_true (pg_params_fill (&params, args, G_N_ELEMENTS (args), PG_MAX_PARAMS, "", &error));
  g_assert_false (
      pg_params_fill (&params, args, G_N_ELEMENTS (args), PG_MAX_PARAMS + 1, "", &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_SQL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++) {
    g_autofree char *path = g_strdup_printf ("/postgres-value/count-params/%zu", i);
    g_test_add_data_func (path, &counts[i], test_count);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (numerics); i++) {
    g_autofree char *path = g_strdup_printf ("/postgres-value/numeric/%s", numerics[i].what);
    g_test_add_data_func (path, &numerics[i], test_numeric);
  }
  g_test_add_func ("/postgres-value/too-many-parameters-are-an-error", test_too_many);
  return g_test_run ();
}
