#include "agent/credentials-source.h"

#include <string.h>

#include "agent/fs-atomic.h"

#define MAX_FILE_BYTES (256 * 1024)
#define REREAD_MS      (G_GINT64_CONSTANT (25) * 60 * 1000)

struct CredentialsSource {
  const AgentIdentity *identity;
  const Ambient *ambient;
  GMutex lock;
  Credentials *current;
  gint64 read_at_ms;
  guint generation;
};

CredentialsSource *
credentials_source_new (const AgentIdentity *identity, const Ambient *ambient)
{
  CredentialsSource *source = g_new0 (CredentialsSource, 1);
  source->identity = identity;
  source->ambient = ambient;
  g_mutex_init (&source->lock);
  return source;
}

void
credentials_source_free (CredentialsSource *source)
{
  if (source == NULL)
    return;
  credentials_free (source->current);
  g_mutex_clear (&source->lock);
  g_free (source);
}

Credentials *
credentials_source_parse_profile (const char *text)
{
  static const char *const keys[] = { "aws_access_key_id", "aws_secret_access_key",
                                      "aws_session_token" };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  const char *values[G_N_ELEMENTS (keys)] = { NULL };
  gboolean in_default = FALSE;

  for (char **at = lines; *at != NULL; at++) {
    char *line = g_strstrip (*at);
    if (line[0] == '[')
      in_default = strcmp (line, "[default]") == 0;
    char *equals = strchr (line, '=');
    if (!in_default || equals == NULL || line[0] == '#' || line[0] == ';')
      continue;
    *equals = '\0';
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
      if (g_ascii_strcasecmp (g_strchomp (line), keys[i]) == 0)
        values[i] = g_strchug (equals + 1);
  }
  if (values[0] == NULL || values[1] == NULL || *values[0] == '\0' || *values[1] == '\0')
    return NULL;
  return credentials_new (values[0], values[1], values[2]);
}

static Credentials *
read_profile (const char *path, GError **error)
{
  gboolean missing;
  g_autofree char *text = fs_read_optional (path, MAX_FILE_BYTES, NULL, &missing, error);
  if (text == NULL) {
    if (missing)
      g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_IDENTITY,
                   "there is no credentials file \"%s\"", path);
    return NULL;
  }
  Credentials *credentials = credentials_source_parse_profile (text);
  if (credentials == NULL)
    g_set_error (error, AGENT_CONFIG_ERROR, AGENT_CONFIG_ERROR_IDENTITY,
                 "credentials file \"%s\" has no profile [default] with both keys", path);
  return credentials;
}

static const char *
first_variable (const char *one, const char *other)
{
  const char *value = g_getenv (one);
  return value != NULL && value[0] != '\0' ? value : g_getenv (other);
}

static Credentials *
read_environment (GError **error)
{
  const char *key = first_variable ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
  const char *secret = first_variable ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
  const char *shared = g_getenv ("AWS_SHARED_CREDENTIALS_FILE");

  if (key != NULL && secret != NULL)
    return credentials_new (key, secret, g_getenv ("AWS_SESSION_TOKEN"));
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".aws", "credentials", NULL);
  Credentials *credentials = read_profile (shared != NULL ? shared : usual, error);
  if (credentials == NULL)
    g_prefix_error (error, "no keys in the environment (AWS_ACCESS_KEY, AWS_SECRET_KEY), and ");
  return credentials;
}

static Credentials *
read_now (const CredentialsSource *source, GError **error)
{
  const AgentIdentity *identity = source->identity;
  switch (identity->mode) {
  case IDENTITY_STATIC_KEYS:
    return credentials_new (identity->access_key_id, identity->secret_access_key, NULL);
  case IDENTITY_CREDENTIALS_FILE:
    return read_profile (identity->credentials_file, error);
  case IDENTITY_ENVIRONMENT:
  default:
    return read_environment (error);
  }
}

static gboolean
is_fresh (const CredentialsSource *source, gint64 now_ms)
{
  if (source->current == NULL)
    return FALSE;
  return source->identity->mode == IDENTITY_STATIC_KEYS ||
         (now_ms >= source->read_at_ms && now_ms - source->read_at_ms < REREAD_MS);
}

Credentials *
credentials_source_get (CredentialsSource *source, guint *out_generation, GError **error)
{
  gint64 now_ms = ambient_now_ms (source->ambient);
  Credentials *copy = NULL;

  g_mutex_lock (&source->lock);
  if (!is_fresh (source, now_ms)) {
    Credentials *next = read_now (source, error);
    if (next != NULL) {
      gboolean same =
          source->current != NULL &&
          g_strcmp0 (next->access_key_id, source->current->access_key_id) == 0 &&
          g_strcmp0 (next->secret_access_key, source->current->secret_access_key) == 0 &&
          g_strcmp0 (next->session_token, source->current->session_token) == 0;
      if (!same)
        source->generation++;
      credentials_free (source->current);
      source->current = next;
      source->read_at_ms = now_ms;
      copy = credentials_copy (next);
    }
  } else {
    copy = credentials_copy (source->current);
  }
  *out_generation = source->generation;
  g_mutex_unlock (&source->lock);
  return copy;
}
