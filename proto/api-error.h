#pragma once

#include <glib.h>

#include "proto/api-error-list.h"

/*
 * The errors that an operation may answer with: one list (made from proto/api/) of code, name on the wire and HTTP
 * status. A GError of domain API_ERROR carries an ApiErrorCode and the text for the caller.
 *
 * Messages never hold secrets. Where the public service's text is known and clients rely on it, the list has it:
 * pass NULL to api_error_set to use it.
 *
 * Thread rule: any thread. Nothing blocks.
 */
#define API_ERROR (api_error_quark ())
GQuark api_error_quark (void);

/* Sets an error; `format` may be NULL for the code's standard text (or, without one, the name itself). */
void api_error_set (GError **error, ApiErrorCode code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* "ApplicationDoesNotExistException"; never NULL. */
const char *api_error_name (ApiErrorCode code);
/* The HTTP status to answer with. */
guint api_error_status (ApiErrorCode code);
/* API_ERR_NONE when there is no such error. Accepts what clients accept: "ns#Name", "Name:url". */
ApiErrorCode api_error_from_name (const char *name);
/* The standard text, or NULL. May hold "{value}", which shape_check replaces by the offending text. */
const char *api_error_message (ApiErrorCode code);

/* The code of `error`, or API_ERR_INTERNAL_FAILURE when it is of another domain. */
ApiErrorCode api_error_code (const GError *error);

/*
* The answer body: {"__type":"<name>","message":"<text>"}; for status 500, and for errors of other domains, the name
 * alone. The caller frees it.
 */
char *api_error_to_body (const GError *error, gsize *out_length) G_GNUC_WARN_UNUSED_RESULT;
