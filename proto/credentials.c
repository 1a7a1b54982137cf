#include "proto/credentials.h"

#include <string.h>

Credentials *
credentials_new (const char *access_key_id, const char *secret_access_key,
                 const char *session_token)
{
  Credentials *credentials = g_new0 (Credentials, 1);

  credentials->access_key_id = g_strdup (access_key_id);
  credentials->secret_access_key = g_strdup (secret_access_key);
  credentials->session_token = g_strdup (session_token);
  return credentials;
}

Credentials *
credentials_copy (const Credentials *credentials)
{
  if (credentials == NULL)
    return NULL;
  return credentials_new (credentials->access_key_id, credentials->secret_access_key,
                          credentials->session_token);
}

static void
free_secret (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

void
credentials_free (Credentials *credentials)
{
  if (credentials == NULL)
    return;
  g_free (credentials->access_key_id);
  free_secret (credentials->secret_access_key);
  free_secret (credentials->session_token);
  g_free (credentials);
}
