#pragma once

#include <glib.h>

/*
 * Where the secret of a new access key goes: to a file of its own with mode 0600, in the shape that the AWS tools and
 * agents read ([default], aws_access_key_id, ...), or to the terminal when that was asked for. Never anywhere else.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
typedef struct {
  const char *profile; /* "default" when NULL */
  const char *access_key_id, *secret_access_key;
  const char *session_token; /* NULL: a key without an end */
} NewCredentials;

#define CREDENTIALS_FILE_ERROR (credentials_file_error_quark ())
GQuark credentials_file_error_quark (void);
typedef enum {
  CREDENTIALS_FILE_ERROR_EXISTS,
  CREDENTIALS_FILE_ERROR_WRITE,
} CredentialsFileError;

/* Can the file be made? Asked before a key is, whose secret is shown once. An existing one is kept: CREDENTIALS_FILE_ERROR_EXISTS,
 * unless replace says that it holds what this file held before (a session's keys, made anew). */
typedef enum {
  CREDENTIALS_FILE_NEW,
  CREDENTIALS_FILE_REPLACE,
} CredentialsFileMode;
gboolean credentials_file_prepare (const char *path, CredentialsFileMode mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whole or not at all. */
gboolean credentials_file_write (const char *path, const NewCredentials *credentials,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The text of the section; the caller wipes and frees it. */
char *credentials_file_text (const NewCredentials *credentials);
