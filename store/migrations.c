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

gint64
migrations_newest (void)
{
  return (gint64)G_N_ELEMENTS (migrations_data);
}

gboolean
migrations_accept (gint64 newest, GError **error)
{
  if (newest <= migrations_newest ())
    return TRUE;
  g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
               "the database has schema %" G_GINT64_FORMAT
               ", this slipwayd (%s) knows schemas up to %" G_GINT64_FORMAT
               ": run the newer slipwayd that made it, or restore a backup from before the upgrade",
               newest, version_string (), migrations_newest ());
  return FALSE;
}
