#pragma once

#include "proto/api-error.h"

/* A limit on how many of something there may be: usually a quota (server/quotas.h).
 *
 * Thread rule: any thread. */

/* FALSE, with an error of the code that says how many there are of what, when they are more than the limit.
 * what: "names in applicationNames". */
gboolean count_limit_check (gsize count, gint64 limit, ApiErrorCode code, const char *what,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
