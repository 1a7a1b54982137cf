#pragma once

#include <glib.h>

/*
 * Setting an error whose message quotes something from outside. Such text may be any bytes, and may be cut by "%.100s" in the middle of
 * a character; the message that comes out is UTF-8 in any case, fit for JSON, XML and logs.
 *
 *   if (...)
 *     return failure_set (error, X_ERROR, X_ERROR_NAME, "unknown name \"%.100s\"", name);
 *
 * Thread rule: any thread.
 */

/* Always FALSE, and visibly so to an analyser. error may be NULL. */
#define failure_set(error, domain, code, ...)                                                      \
  (failure_record ((error), (domain), (int)(code), __VA_ARGS__), FALSE)

/* What failure_set calls. */
void failure_record (GError **error, GQuark domain, int code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
