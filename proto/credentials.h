#pragma once

#include <glib.h>

/*
 * A pair of AWS-style keys, with the session token of a temporary pair. A plain value: fill it, copy it, clear it.
 * The secret never goes into an error message or a log line.
 */
typedef struct {
  char *access_key_id;
  char *secret_access_key;
  char *session_token; /* NULL for a permanent pair */
} Credentials;

Credentials *credentials_new (const char *access_key_id, const char *secret_access_key,
                              const char *session_token) G_GNUC_WARN_UNUSED_RESULT;
Credentials *credentials_copy (const Credentials *credentials) G_GNUC_WARN_UNUSED_RESULT;
/* Overwrites the secret and the token before giving the memory back. NULL is allowed. */
void credentials_free (Credentials *credentials);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Credentials, credentials_free)
