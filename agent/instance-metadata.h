#pragma once

#include "agent/identity.h"
#include "core/ambient.h"
#include "proto/credentials.h"
#include "proto/http-client.h"

/*
 * The instance metadata service of EC2 (agent.md 6.9): who an instance is, and its role's keys. Version 2 first: a token is
 * fetched once and used for all, and once again after a 401; version 1, without one, only when no token is to be had and the
 * configuration allows it. Each request is tried three times, with pauses of 1 and 2 seconds.
 *
 * The service is at http://169.254.169.254, never behind a proxy; the variables that AWS's SDKs know for it apply:
 * AWS_EC2_METADATA_SERVICE_ENDPOINT (another base URL; tests use it) and AWS_EC2_METADATA_DISABLED (true: there is none).
 *
 * Thread rule: one thread at a time, as the HttpClient it sends with. Calls block, at worst for a minute; http_client_abort
 * ends the request in progress.
 */
typedef struct InstanceMetadata InstanceMetadata;

#define INSTANCE_METADATA_ERROR (instance_metadata_error_quark ())
GQuark instance_metadata_error_quark (void);
typedef enum {
  INSTANCE_METADATA_ERROR_ABSENT, /* nothing answers: not an instance */
  INSTANCE_METADATA_ERROR_NONE,   /* it answers, and does not have that (HTTP 404): e.g. no role */
  INSTANCE_METADATA_ERROR_ANSWER  /* it answers with something that is of no use */
} InstanceMetadataError;

typedef struct {
  const char *base_url; /* NULL: the environment's, else the usual one */
  gboolean refuse_v1;   /* disable_imds_v1 */
  HttpClient *client;   /* instance_metadata_client_new's; must outlive the metadata */
  /* Waits between two tries; FALSE ends them. NULL: sleeps. */
  gboolean (*pause) (gpointer ctx, gint64 ms);
  gpointer pause_ctx;
} InstanceMetadataSettings;

InstanceMetadata *instance_metadata_new (const InstanceMetadataSettings *settings);
void instance_metadata_free (InstanceMetadata *metadata);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (InstanceMetadata, instance_metadata_free)

/* Strings live in arena. The domain may be missing in an answer, all else not. */
gboolean instance_metadata_facts (InstanceMetadata *metadata, Arena *arena, InstanceFacts *out,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The identity with what is open in it filled in; an identity that is complete is returned as it is, and nobody is asked. */
const AgentIdentity *instance_metadata_complete (InstanceMetadata *metadata,
                                                 const AgentIdentity *identity, Arena *arena,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The keys of the instance's role; *out_expires_ms is when they end. */
Credentials *instance_metadata_keys (InstanceMetadata *metadata, gint64 *out_expires_ms,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An HttpClient as the service wants it: no proxy, 10 seconds. */
HttpClient *instance_metadata_client_new (const Ambient *ambient, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
