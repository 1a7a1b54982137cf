#pragma once

#include <glib.h>
#include <jansson.h>

#include "cli/aws-config.h"
#include "core/arena.h"
#include "proto/api-op-list.h"
#include "proto/api-operation.h"
#include "proto/http-client.h"

/*
 * One run of the program: the options every verb has, the connection to the server, and the way results are printed.
 *
 * Results go to standard output, progress and everything else for people to standard error when the output is JSON,
 * so that `slipway ... --output json | jq` always works.
 *
 * Thread rule: main thread only. Calls block.
 */
typedef struct Session Session;

typedef enum {
  SESSION_OUTPUT_TEXT,
  SESSION_OUTPUT_JSON,
} SessionOutput;

Session *session_new (void) G_GNUC_WARN_UNUSED_RESULT;
void session_free (Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_free)

/*
 * Reads a verb's own options and the common ones. `argv` is the verb's arguments, a NULL-terminated array without the
 * program's name; what is left in *out_rest are the positional ones (free with g_strfreev). --help prints
 * `arguments`, `about` and the options, and ends the program.
 */
gboolean session_parse (Session *session, const char *verb, const char *arguments,
                        const char *about, const GOptionEntry *entries, char **argv,
                        char ***out_rest, GError **error) G_GNUC_WARN_UNUSED_RESULT;

SessionOutput session_output (const Session *session);
/* Whether standard output is a terminal, and whether colours are wanted on it (NO_COLOR, TERM=dumb). */
gboolean session_on_terminal (const Session *session);
gboolean session_colours (const Session *session);
/* How wide a line of text may be: the terminal's columns, without end where output is kept. */
guint session_columns (const Session *session);

/* Endpoint, region and keys; found on first use. NULL on error. */
const AwsConfig *session_config (Session *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A client with the configuration's CA bundle; found on first use, owned by the session. */
HttpClient *session_http (Session *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * One API call. *out_output (may be NULL as an argument) lives in `arena`. Reading operations are tried again a few
 * times when the server is away for a moment; writing ones are not. Errors name the endpoint or the exception.
 */
gboolean session_call (Session *session, ApiOp op, gconstpointer input, Arena *arena,
                       gpointer *out_output, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Why the service refused the last call; API_ERR_NONE when it did not, or for a reason that is not in the list. */
ApiErrorCode session_refusal (const Session *session);

/* Prints an operation's output as the JSON of its shape. */
void session_print_shape (const Shape *shape, gconstpointer value);
/* Prints and takes over a JSON value. */
void session_print_json (json_t *value);
