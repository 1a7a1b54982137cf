#pragma once

#include <glib.h>

#include "core/arena.h"
#include "proto/api-error.h"
#include "proto/api-op-list.h"
#include "proto/shape.h"

/*
 * The operations of all services (CodeDeploy, host commands, identity, our own) and the way from bytes to an input
 * structure and from an output structure to bytes.
 *
 * What decoding has checked, so that an action need not: JSON types; needed members; lengths, patterns,
 * enumerations and number ranges that hold whatever the rest of the request says; duplicate tag keys, alarm names and
 * trigger names. What is left to the action: rules across members (both or none, platform dependent), the inside of a
 * revision (core/revision), tag filters (core/tag-filter), reserved prefixes, quotas (batch sizes too), and everything
 * that needs the store.
 *
 * Thread rule: constant tables; any thread. Nothing blocks.
 */
typedef struct {
  ApiOp id;
  const char *name;   /* "CreateApplication" */
  ApiService service; /* which of them */
  const char *
      target_prefix; /* what X-Amz-Target holds before the dot; a service may have more (by_target knows) */
  const char *signing_name; /* SigV4 service name that clients use */
  const char *about;        /* one sentence */
  const Shape *input;
  const Shape *output; /* NULL: the answer has an empty body */
  guint n_errors;      /* the modelled exceptions */
  const ApiErrorCode *errors;
  const char *page_member; /* of a list operation: the output member with the page; else NULL */
  /* Of a service that is also called by AWS's Query protocol: the Version that its requests name, and the namespace of its
   * answers. Else NULL. */
  const char *query_version;
  const char *xml_namespace;
  gboolean deprecated;
} ApiOperation;

/* Largest request body that is decoded; api.md 1.1. Larger ones are the HTTP edge's to refuse. */
#define API_MAX_REQUEST_BYTES (1024 * 1024)

/* The operation that an X-Amz-Target header names, or NULL. Case matters. */
const ApiOperation *api_operation_by_target (const char *x_amz_target);
/* By name alone; names are unique over the services. NULL when unknown. */
const ApiOperation *api_operation_by_name (const char *name);
const ApiOperation *api_operation (ApiOp id);
/* By what a request of the Query protocol names: Action and Version. NULL when unknown. */
const ApiOperation *api_operation_by_query (const char *action, const char *version);
gboolean api_operation_lists_error (const ApiOperation *op, ApiErrorCode code);

/*
 * Request body -> input structure (cast it to the operation's ApiXInput), living in `arena`. An empty body counts as
 * {}. Raises API_ERROR: SerializationException for JSON and types of the whole document first, then the modelled
 * exception of the first broken rule in input order.
 */
gboolean api_decode_input (const ApiOperation *op, const char *bytes, gsize length, Arena *arena,
                           gpointer *out_input, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * Output structure -> answer body (NUL-terminated as well); the caller frees it. An operation without an output
 * shape gives an empty text, one whose output has no members to send gives {}.
 */
char *api_encode_output (const ApiOperation *op, gconstpointer output, gsize *out_length)
    G_GNUC_WARN_UNUSED_RESULT;

/* The same two for the client's side; unknown enumeration values are kept, rules are not applied. */
char *api_encode_input (const ApiOperation *op, gconstpointer input, gsize *out_length)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean api_decode_output (const ApiOperation *op, const char *bytes, gsize length, Arena *arena,
                            gpointer *out_output, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A zeroed output structure for the operation, in `arena`; NULL when it has none. */
gpointer api_new_output (const ApiOperation *op, Arena *arena);
