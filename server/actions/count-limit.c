#include "server/actions/count-limit.h"

gboolean
count_limit_check (gsize count, gint64 limit, ApiErrorCode code, const char *what, GError **error)
{
  if (limit >= 0 && count <= (guint64)limit)
    return TRUE;
  api_error_set (error, code,
                 "%" G_GSIZE_FORMAT " %s are more than the %" G_GINT64_FORMAT " that are allowed",
                 count, what, limit);
  return FALSE;
}
