#pragma once

#include <glib.h>

#include "core/digest.h"

/*
 * Signed requests of many hosts, cheaply: a fixed set of headers, a signing key derived once for each identity and day, hashes
 * over a few hundred bytes. What a benchmark's load program costs is not there for the server.
 *
 * Thread rule: one thread.
 */

/* Whose requests they are. */
typedef struct {
  char access_key_id[32];
  char secret[64];
  const char *service; /* a constant: the service of the credential scope */
  char date[9];        /* yyyymmdd that key is for; "": none yet */
  guint8 key[DIGEST_SHA256_SIZE];
} RequestIdentity;

/* What is the same in all of a program's requests. */
typedef struct {
  const char *host; /* of the Host header */
  const char *region;
  gint64 stamp_s; /* the second that stamp is for */
  char stamp[17]; /* yyyymmddThhmmssZ */
} RequestScope;

/* Appends to out a whole POST of body. target: "Prefix.Operation". conversation: the value of x-slipway-conversation, or NULL. */
void host_request_write (RequestScope *scope, RequestIdentity *identity, const char *target,
                         const char *conversation, const char *body, gsize body_length,
                         GString *out);

/* The text of the first member of this name in a JSON text, as it stands there; up to the next quote. out is "" when there is
 * none. FALSE: there is none, or it is too long. */
gboolean host_request_find_text (const char *json, gsize length, const char *name, char *out,
                                 gsize size);
