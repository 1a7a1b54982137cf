#pragma once

#include "agent/config.h"

/*
 * Who this host is towards the service: identifier and region, how it comes by its keys, and the endpoints that follow
 * (agent.md 1.7, 1.8, 6.7). The sources, in this order: the on-premises file; AWS_REGION and AWS_HOST_IDENTIFIER of the
 * environment; for what is still open, the instance metadata service (agent/instance-metadata.h).
 *
 * An on-premises host that happens to have a metadata service is on premises altogether: region and domain are those of
 * its file, and metadata is not asked.
 *
 * Thread rule: any thread; values live in their arena.
 */
typedef enum {
  IDENTITY_STATIC_KEYS,      /* an IAM user's, from the on-premises file */
  IDENTITY_CREDENTIALS_FILE, /* a session's, re-read */
  IDENTITY_ENVIRONMENT       /* environment, the user's shared credentials file, instance profile */
} IdentityMode;

typedef struct {
  IdentityMode mode;
  const char *host_identifier; /* NULL: to be had from the instance's metadata, as region */
  const char *region;
  const char *domain;           /* NULL: the region's */
  const char *on_premises_file; /* NULL: there is none */
  const char *credentials_file; /* CREDENTIALS_FILE */
} AgentIdentity;

/* The keys of an IAM user in the on-premises file. */
typedef struct {
  const char *access_key_id, *secret_access_key;
} IdentityKeys;

/* What an instance's metadata say of it. */
typedef struct {
  const char *partition, *region, *account_id, *instance_id;
  const char *domain; /* NULL: not told */
} InstanceFacts;

#define AGENT_IDENTITY_ERROR (agent_identity_error_quark ())
GQuark agent_identity_error_quark (void);
typedef enum {
  AGENT_IDENTITY_ERROR_FILE,    /* the on-premises file cannot be read, or is not YAML */
  AGENT_IDENTITY_ERROR_KEYS,    /* keys are missing in it, or contradict each other */
  AGENT_IDENTITY_ERROR_UNKNOWN, /* nobody says who this host is */
  AGENT_IDENTITY_ERROR_ENDPOINT /* there is no endpoint for this host */
} AgentIdentityError;

/*
 * From the text of the on-premises file (NULL: there is none) and, when it names nobody, AWS_REGION and AWS_HOST_IDENTIFIER of
 * environ (a NULL-terminated NAME=VALUE list). out_keys (may be NULL) is filled in mode STATIC_KEYS.
 */
const AgentIdentity *agent_identity_parse (const char *bytes, gsize n, const char *const *environ_,
                                           IdentityKeys *out_keys, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The configured file and the process's environment. An absent file is none; errors name the file. */
const AgentIdentity *agent_identity_load (const AgentConfig *config, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The file's keys as they are now. */
gboolean agent_identity_load_keys (const char *on_premises_file, Arena *arena, IdentityKeys *out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE: agent_identity_complete must be called with the instance's metadata. */
gboolean agent_identity_is_complete (const AgentIdentity *identity);
/* What was known before wins. */
const AgentIdentity *agent_identity_complete (const AgentIdentity *identity,
                                              const InstanceFacts *facts, Arena *arena,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* agent.md 1.2, 1.7: where commands come from. FIPS in a region without it is an error. */
const char *agent_identity_endpoint (const AgentIdentity *identity, const AgentConfig *config,
                                     Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where bundles come from: scheme and host, no slash at the end. */
const char *agent_identity_s3_endpoint (const AgentIdentity *identity, const AgentConfig *config,
                                        Arena *arena);

/* Would requests to this URL be readable on their way? They are signed, but not secret: plain http to another machine. */
gboolean agent_identity_is_exposed (const char *url);
