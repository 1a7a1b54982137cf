#pragma once

#include "server/api-call.h"
#include "server/authenticate.h"
#include "server/http-server.h"

/* The services behind POST /: from a complete HTTP request to an answered one, in the order of api.md 1.5: framing and
 * size, authentication, operation, types, members and formats, permission, then the action with the rest. How requests
 * and answers look on the wire is server/wire-protocol.h.
 *
 * The route accepts whatever is not signed for the service s3 and has an X-Amz-Target, is signed for one of ours, or
 * is for "/".
 *
 * Thread rule: the route's functions run on event loops, answers come from store threads; nothing blocks. */
typedef struct {
  const ApiEnv *env;
  const Authenticator *authenticator;
} Dispatcher;

/* dispatcher is borrowed while the server lives. */
HttpRoute dispatch_route (const Dispatcher *dispatcher);

/* What a request is signed for: "codedeploy", "s3"; NULL when its Authorization header does not say. In a buffer of the
 * caller's. */
const char *dispatch_signed_service (const char *authorization, char *buffer, gsize size);
