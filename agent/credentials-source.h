#pragma once

#include "agent/config.h"
#include "core/ambient.h"
#include "proto/credentials.h"

/*
 * Where the agent's keys come from (agent.md 6.7, 6.8): the on-premises file's own, a session's file that is read again every 25
 * minutes, or the environment and then the user's shared credentials file.
 *
 * Thread rule: any thread. May read a small file.
 */
typedef struct CredentialsSource CredentialsSource;

CredentialsSource *credentials_source_new (const AgentIdentity *identity, const Ambient *ambient);
void credentials_source_free (CredentialsSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CredentialsSource, credentials_source_free)

/* A copy; *out_generation changes whenever the keys have. */
Credentials *credentials_source_get (CredentialsSource *source, guint *out_generation,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The [default] profile of a shared-credentials file's text; NULL when it has none with both keys. */
Credentials *credentials_source_parse_profile (const char *text) G_GNUC_WARN_UNUSED_RESULT;
