#pragma once

#include "server/identity.h"

/* Who sends a request, and from where: what authorization and the audit look at. The same for the JSON and XML services
 * and for objects.
 *
 * Borrowed: everything lives as long as the request. Thread rule: constant once the request is authenticated. */
typedef struct {
  const Principal *principal;
  const Identity *identity; /* the principal with its policies and tags */
  const char *access_key_id;
  const char *source_ip;  /* "127.0.0.1", "::1": without a port */
  const char *user_agent; /* as sent; "" for none */
  gboolean is_tls;
} Caller;
