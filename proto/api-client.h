#pragma once

#include <glib.h>

#include "core/arena.h"
#include "proto/api-operation.h"
#include "proto/credentials.h"
#include "proto/http-client.h"

/*
 * Calls operations: input structure in, output structure out. Used by the command line and the agent.
 *
 * Each call is one request: no retries (api_client_error_is_transient tells whether one makes sense). Only when the
 * service refuses the signature because of the clock is the offset taken from its Date header and the call made again. The
 * SigV4 service name and the X-Amz-Target prefix come from the operation; set_variant changes them for the host
 * command service.
 *
 * Thread rule: one thread at a time, as its HttpClient; api_client_abort from any thread. Calls block.
 */
typedef struct ApiClient ApiClient;

typedef enum {
  API_CLIENT_ERROR_SERVICE,   /* the service refused: api_client_error_name has the exception */
  API_CLIENT_ERROR_TRANSPORT, /* no answer; the text says why */
  API_CLIENT_ERROR_ANSWER,    /* an answer that makes no sense */
  API_CLIENT_ERROR_ABORTED,
} ApiClientError;
#define API_CLIENT_ERROR (api_client_error_quark ())
GQuark api_client_error_quark (void);

/* Message of a service error: "ApplicationDoesNotExistException: No application found for name: x". */

/* The exception of a service error ("ApplicationDoesNotExistException"), or NULL for every other error. Valid as
   long as the client makes no further call. */
const char *api_client_error_name (const ApiClient *client);
/* The same as a code; API_ERR_NONE for names that are not in the list and for other errors. */
ApiErrorCode api_client_error_code (const ApiClient *client);
/* Whether the same call may work a little later: transport, throttling, 5xx. */
gboolean api_client_error_is_transient (const ApiClient *client);

typedef struct {
  const char *endpoint; /* "https://host:port", path allowed */
  const char *region;
  const Credentials *credentials;
  HttpClientSettings http;
} ApiClientSettings;

ApiClient *api_client_new (const ApiClientSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void api_client_free (ApiClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ApiClient, api_client_free)

/* Other target prefix and signing name, for the variants of the host command service (agent.md 1.2). */
void api_client_set_variant (ApiClient *client, const char *target_prefix,
                             const char *signing_name);
/* A header sent, and signed, with every call from now on, e.g. x-amz-codedeploy-agent-version; NULL: no longer. */
void api_client_set_header (ApiClient *client, const char *name, const char *value);
void api_client_abort (ApiClient *client);

/* `out_output` may be NULL; it is set to NULL when the answer's body is empty. The output lives in `arena`. */
gboolean api_client_call (ApiClient *client, ApiOp id, gconstpointer input, Arena *arena,
                          gpointer *out_output, GError **error) G_GNUC_WARN_UNUSED_RESULT;
