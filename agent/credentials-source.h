#pragma once

#include "agent/instance-metadata.h"
#include "agent/log.h"
#include "core/ambient.h"
#include "proto/credentials.h"

/*
 * Where the agent's keys come from (agent.md 6.7, 6.8): a list of providers, asked in turn until one has keys; the log says
 * which. Keys are kept until the provider says that they are not fresh any more, or that its file has changed, and
 * beyond that for as long as they hold when it cannot be asked at the moment.
 *
 *   source = credentials_source_for_identity (identity, metadata, log, ambient);
 *   keys = credentials_source_get (source, &generation, &error);
 *
 * A process that may not read the files asks another through a provider of its own (credentials_source_add).
 *
 * Thread rule: any thread; one asks a provider while others wait for it. May read a small file, or ask a service.
 */
typedef struct CredentialsSource CredentialsSource;

#define CREDENTIALS_SOURCE_ERROR (credentials_source_error_quark ())
GQuark credentials_source_error_quark (void);
typedef enum {
  CREDENTIALS_SOURCE_ERROR_NONE, /* a provider's: it has no keys, the next one is asked. The source's: nobody has */
  CREDENTIALS_SOURCE_ERROR_FAILED
} CredentialsSourceError;

typedef struct {
  Credentials *keys;
  gint64 fresh_until_ms; /* when to ask again; 0: never, but for a change */
  gint64 expires_ms;     /* 0: they hold for ever */
} CredentialsAnswer;

typedef struct {
  const char *name; /* for the log: "the on-premises file"; constant */
  /* FALSE with CREDENTIALS_SOURCE_ERROR_NONE: there are none here. Any other error: nobody else is asked. */
  gboolean (*fetch) (gpointer ctx, CredentialsAnswer *out, GError **error);
  gboolean (*has_changed) (gpointer ctx); /* since fetch; cheap. NULL: never */
  GDestroyNotify free_ctx;                /* NULL: none */
  gpointer ctx;
} CredentialsProvider;

/* Without a provider yet. log may be NULL. */
CredentialsSource *credentials_source_new (AgentLog *log, const Ambient *ambient);
void credentials_source_free (CredentialsSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CredentialsSource, credentials_source_free)
/* Before the first get; the source owns ctx. */
void credentials_source_add (CredentialsSource *source, CredentialsProvider provider);

/* The providers of an identity. metadata, borrowed, is asked last; NULL: not. */
CredentialsSource *credentials_source_for_identity (const AgentIdentity *identity,
                                                    InstanceMetadata *metadata, AgentLog *log,
                                                    const Ambient *ambient);

/* A copy; *out_generation changes whenever the keys have. */
Credentials *credentials_source_get (CredentialsSource *source, guint *out_generation,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
