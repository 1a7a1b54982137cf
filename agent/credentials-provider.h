#pragma once

#include "agent/credentials-source.h"

/*
 * The places that keys come from, one provider each (agent.md 6.7, 6.8). All but the instance's role need to read files
 * that may be root's alone.
 *
 * Thread rule: a provider is asked by one thread at a time (its source sees to that).
 */

/* The IAM user's keys in the on-premises file; read again when it changes. */
CredentialsProvider credentials_provider_on_premises (const char *path);
/* [default] of a session's credentials file; read again every 25 minutes and when it changes. */
CredentialsProvider credentials_provider_session_file (const char *path, const Ambient *ambient);
/* AWS_ACCESS_KEY_ID or AWS_ACCESS_KEY, AWS_SECRET_ACCESS_KEY or AWS_SECRET_KEY, AWS_SESSION_TOKEN; read once. */
CredentialsProvider credentials_provider_environment (void);
/* [default] of AWS_SHARED_CREDENTIALS_FILE, else of .aws/credentials in the home folder, as a session's. */
CredentialsProvider credentials_provider_shared_file (const Ambient *ambient);
/* The role of the instance; renewed five minutes before they end. metadata is borrowed. */
CredentialsProvider credentials_provider_instance (InstanceMetadata *metadata,
                                                   const Ambient *ambient);

/* The [default] profile of a shared-credentials file's text; NULL when it has none with both keys. */
Credentials *credentials_provider_parse_profile (const char *text) G_GNUC_WARN_UNUSED_RESULT;
