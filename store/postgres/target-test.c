#include "store/postgres/target.h"

#include <string.h>

#include "store/store.h"

typedef struct {
  const char *url;
  const char *name; /* NULL: cannot be read */
  gboolean has_password;
} Row;

static const Row rows[] = {
  { "postgresql://ann@db.example:5433/slipway", "postgresql://ann@db.example:5433/slipway", FALSE },
  { "postgres://db.example/slipway?sslmode=verify-full", "postgresql://db.example/slipway", FALSE },
  { "postgresql:///slipway", "postgresql:///slipway", FALSE },
  { "postgresql://ann@/slipway?host=/run/pg", "postgresql://ann@/slipway?host=/run/pg", FALSE },
  { "postgresql://a:5432,b:5433/slipway", "postgresql://a,b:5432,5433/slipway", FALSE },
  { "postgresql:host=db user=ann dbname=slipway", "postgresql://ann@db/slipway", FALSE },
  { "postgresql://ann:S3cret@db/slipway", "postgresql://ann@db/slipway", TRUE },
  { "postgresql://ann:S3cret%20x@db/slipway", "postgresql://ann@db/slipway", TRUE },
  { "postgresql://db/slipway?user=ann&password=S3cret", "postgresql://ann@db/slipway", TRUE },
  { "postgres:user=ann password='S3cret x' dbname=slipway", "postgresql://ann@/slipway", TRUE },
  { "postgresql://db/slipway?sslkey=k&sslpassword=S3cret", "postgresql://db/slipway", TRUE },
  { "postgresql://ann:S3cret%zz@db/slipway", NULL, TRUE },
  { "postgresql://ann:S3cret@db:port/slipway?nonsense=S3cret", NULL, TRUE },
  { "postgresql://ann:S3cret@[db/slipway", NULL, TRUE },
  { "postgresql:S3cret", NULL, TRUE },
  { "mysql://ann:S3cret@db/slipway", NULL, TRUE },
  { "S3cret", NULL, FALSE },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_auto (StoreUrl) url = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean ok = store_url_describe (row->url, &url, &error);
  g_assert_cmpint (ok, ==, row->name != NULL);
  if (ok) {
    g_assert_no_error (error);
    g_assert_cmpstr (url.name, ==, row->name);
    g_assert_cmpint (url.has_password, ==, row->has_password);
    g_assert_null (strstr (url.name, "S3cret"));
  } else {
    g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
    if (row->has_password)
      g_assert_null (strstr (error->message, "S3cret"));
  }
}

/* Nobody listens there: the message says where, and nothing that is secret. */
static void
test_unreachable (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (store_open ("postgresql://ann:S3cret@127.0.0.1:1/slipway", &error));
  g_assert_error (error, STORE_ERROR, STORE_ERROR_OPEN);
  g_assert_nonnull (strstr (error->message, "postgresql://ann@127.0.0.1:1/slipway"));
  g_assert_nonnull (strstr (error->message, "refused"));
  g_assert_null (strstr (error->message, "S3cret"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *path = g_strdup_printf ("/postgres-target/urls/%zu", i);
    g_test_add_data_func (path, &rows[i], test_row);
  }
  g_test_add_func ("/postgres-target/unreachable-server-is-named", test_unreachable);
  return g_test_run ();
}
