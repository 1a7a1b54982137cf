#include "store/migrations.h"

#include "core/version.h"
#include "store/migrations-data.h"
#include "store/store.h"

const Migration *
migrations_all (gsize *out_count)
{
  *out_count = G_N_ELEMENTS (migrations_data);
  return migrations_data;
}

gboolean
migrations_accept (gint64 newest, GError **error)
{
  gsize known;
  migrations_all (&known);
  if (newest <= (gint64)known)
    return TRUE;
  g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
               "the database has schema %" G_GINT64_FORMAT
               ", this slipwayd (%s) knows schemas up to %" G_GSIZE_FORMAT
               ": run the newer slipwayd that made it, or restore a backup from before the upgrade",
               newest, version_string (), known);
  return FALSE;
}
