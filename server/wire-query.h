#pragma once

#include "proto/api-error.h"
#include "server/wire-protocol.h"

/* AWS's Query protocol: POST / with a form that names Action and Version (or GET / with the same behind the '?'), answered
 * in XML. It is spoken by the services that have a query_version (proto/api-operation.h): identity and temporary keys.
 *
 *   <CreateUserResponse xmlns="..."><CreateUserResult>...</CreateUserResult>
 *     <ResponseMetadata><RequestId>...</RequestId></ResponseMetadata></CreateUserResponse>
 *   <ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>...</Message></Error>
 *     <RequestId>...</RequestId></ErrorResponse>
 *
 * Errors that every operation may answer with have other names and statuses here than in JSON: a table in wire-query.c.
 *
 * Thread rule: constant tables, any thread; nothing blocks. */
extern const WireProtocol wire_query;

/* Whether a request is in this protocol, as far as its head tells: it has no X-Amz-Target, and is signed for one of the
 * services, carries a form, or names an Action. signed_service may be NULL. */
gboolean wire_query_is_meant (const HttpExchange *head, const char *signed_service);

/* The error's name in this protocol: "AccessDenied". */
const char *wire_query_error_name (ApiErrorCode code);
