#include "agent/credentials-source.h"

#include <string.h>

#include "agent/credentials-provider.h"

/* A provider that could not be asked is asked again after this, while the keys that it gave before still hold. */
#define AGAIN_MS 60000

G_DEFINE_QUARK (slipway - credentials - source - error, credentials_source_error)

struct CredentialsSource {
  AgentLog *log;
  const Ambient *ambient;
  GArray *providers; /* of CredentialsProvider */
  GMutex lock;       /* all below */
  CredentialsAnswer current;
  const CredentialsProvider *from; /* of current */
  guint generation;
};

static void
provider_clear (gpointer data)
{
  CredentialsProvider *provider = data;
  if (provider->free_ctx != NULL)
    provider->free_ctx (provider->ctx);
}

CredentialsSource *
credentials_source_new (AgentLog *log, const Ambient *ambient)
{
  CredentialsSource *source = g_new0 (CredentialsSource, 1);
  source->log = log;
  source->ambient = ambient;
  source->providers = g_array_new (FALSE, FALSE, sizeof (CredentialsProvider));
  g_array_set_clear_func (source->providers, provider_clear);
  g_mutex_init (&source->lock);
  return source;
}

void
credentials_source_free (CredentialsSource *source)
{
  if (source == NULL)
    return;
  credentials_free (source->current.keys);
  g_array_unref (source->providers);
  g_mutex_clear (&source->lock);
  g_free (source);
}

void
credentials_source_add (CredentialsSource *source, CredentialsProvider provider)
{
  g_array_append_val (source->providers, provider);
}

CredentialsSource *
credentials_source_for_identity (const AgentIdentity *identity, InstanceMetadata *metadata,
                                 AgentLog *log, const Ambient *ambient)
{
  CredentialsSource *source = credentials_source_new (log, ambient);

  switch (identity->mode) {
  case IDENTITY_STATIC_KEYS:
    credentials_source_add (source, credentials_provider_on_premises (identity->on_premises_file));
    break;
  case IDENTITY_CREDENTIALS_FILE:
    credentials_source_add (
        source, credentials_provider_session_file (identity->credentials_file, ambient));
    break;
  case IDENTITY_ENVIRONMENT:
  default:
    credentials_source_add (source, credentials_provider_environment ());
    credentials_source_add (source, credentials_provider_shared_file (ambient));
    if (metadata != NULL)
      credentials_source_add (source, credentials_provider_instance (metadata, ambient));
  }
  return source;
}

static gboolean
is_fresh (const CredentialsSource *source, gint64 now_ms)
{
  const CredentialsAnswer *current = &source->current;

  if (current->keys == NULL)
    return FALSE;
  if (source->from->has_changed != NULL && source->from->has_changed (source->from->ctx))
    return FALSE;
  return current->fresh_until_ms == 0 || now_ms < current->fresh_until_ms;
}

static gboolean
are_same (const Credentials *one, const Credentials *other)
{
  return one != NULL && other != NULL &&
         g_strcmp0 (one->access_key_id, other->access_key_id) == 0 &&
         g_strcmp0 (one->secret_access_key, other->secret_access_key) == 0 &&
         g_strcmp0 (one->session_token, other->session_token) == 0;
}

static void
take (CredentialsSource *source, const CredentialsProvider *from, const CredentialsAnswer *answer)
{
  if (!are_same (source->current.keys, answer->keys)) {
    source->generation++;
    if (source->log != NULL)
      agent_log (source->log, AGENT_LOG_INFO, "%s keys are those of %s (%s)",
                 source->from == NULL ? "the" : "new", from->name, answer->keys->access_key_id);
  }
  credentials_free (source->current.keys);
  source->current = *answer;
  source->from = from;
}

/* Asks the providers in turn. */
static gboolean
ask (const CredentialsSource *source, const CredentialsProvider **out_from, CredentialsAnswer *out,
     GError **error)
{
  g_autoptr (GString) reasons = g_string_new (NULL);

  for (guint i = 0; i < source->providers->len; i++) {
    const CredentialsProvider *provider =
        &g_array_index (source->providers, CredentialsProvider, i);
    g_autoptr (GError) problem = NULL;
    *out = (CredentialsAnswer){ 0 };
    if (provider->fetch (provider->ctx, out, &problem)) {
      *out_from = provider;
      return TRUE;
    }
    if (!g_error_matches (problem, CREDENTIALS_SOURCE_ERROR, CREDENTIALS_SOURCE_ERROR_NONE)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    g_string_append_printf (reasons, "%s%s", reasons->len > 0 ? "; " : "", problem->message);
  }
  g_set_error (error, CREDENTIALS_SOURCE_ERROR, CREDENTIALS_SOURCE_ERROR_NONE,
               "nobody has keys for this host: %s", reasons->str);
  return FALSE;
}

/* Keys that still hold are worth more than an error: a file may be in the middle of being written. */
static gboolean
keep_old (CredentialsSource *source, gint64 now_ms, const GError *problem)
{
  CredentialsAnswer *current = &source->current;

  if (current->keys == NULL || (current->expires_ms > 0 && now_ms >= current->expires_ms))
    return FALSE;
  if (source->log != NULL)
    agent_log (source->log, AGENT_LOG_WARN, "the keys cannot be renewed, the old ones are kept: %s",
               problem->message);
  current->fresh_until_ms = now_ms + AGAIN_MS;
  return TRUE;
}

Credentials *
credentials_source_get (CredentialsSource *source, guint *out_generation, GError **error)
{
  gint64 now_ms = ambient_now_ms (source->ambient);
  Credentials *copy = NULL;

  g_mutex_lock (&source->lock);
  gboolean usable = is_fresh (source, now_ms);
  if (!usable) {
    g_autoptr (GError) problem = NULL;
    const CredentialsProvider *from = NULL;
    CredentialsAnswer answer;
    if (ask (source, &from, &answer, &problem)) {
      take (source, from, &answer);
      usable = TRUE;
    } else {
      usable = keep_old (source, now_ms, problem);
      if (!usable)
        g_propagate_error (error, g_steal_pointer (&problem));
    }
  }
  if (usable)
    copy = credentials_copy (source->current.keys);
  *out_generation = source->generation;
  g_mutex_unlock (&source->lock);
  return copy;
}
