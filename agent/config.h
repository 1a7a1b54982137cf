#pragma once

#include "core/arena.h"

/*
 * The agent's configuration: the official agent's two files (agent.md 6.6, 6.7; keys with or without a leading colon)
 * and what follows from them: region, host identifier, endpoint. One table of settings carries parser, defaults and
 * ranges. Ours beyond the official keys: ssl_ca_bundle, spec_signer_ca, poll_backoff_first, hook_term_grace,
 * allow_outside_links_in_bundle.
 *
 * Thread rule: a loaded configuration is immutable; any thread.
 */
typedef struct {
  const char *program_name;
  const char *root_dir, *log_dir, *pid_dir;
  gboolean verbose;
  gint64 wait_between_runs_s;
  gint64 max_revisions;
  const char *proxy_uri; /* NULL: none */
  const char *on_premises_config_file;
  gboolean enable_auth_policy, use_mock_command_service, use_fips_mode;
  const char *deploy_control_endpoint, *s3_endpoint_override; /* NULL: AWS's */
  gboolean enable_deployments_log;
  gint64 http_read_timeout_s;
  gint64 kill_agent_max_wait_time_s;
  const char *ongoing_deployment_tracking;
  const char *test_profile; /* "prod", "beta", "gamma" */
  gboolean reject_symlinks_in_bundle, reject_unsafe_permissions_in_bundle;
  gboolean ignore_ownership_in_bundle, allow_outside_links_in_bundle;
  gint64 archive_max_extraction_bytes; /* 0: the default */
  const char *ssl_ca_bundle;           /* NULL: the system's */
  const char *spec_signer_ca;          /* NULL: any signer */
  gint64 poll_backoff_first_ms;
  gint64 hook_term_grace_ms;
} AgentConfig;

#define AGENT_CONFIG_ERROR (agent_config_error_quark ())
GQuark agent_config_error_quark (void);
typedef enum {
  AGENT_CONFIG_ERROR_FILE, /* missing, unreadable, or not YAML */
  AGENT_CONFIG_ERROR_VALUE,
  AGENT_CONFIG_ERROR_IDENTITY
} AgentConfigError;

/* From the text of codedeployagent.yml. Errors name line and key; callers prefix the file's name. */
const AgentConfig *agent_config_parse (const char *bytes, gsize n, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
const AgentConfig *agent_config_load (const char *path, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  IDENTITY_STATIC_KEYS,      /* an IAM user's, from the on-premises file */
  IDENTITY_CREDENTIALS_FILE, /* a session's, re-read */
  IDENTITY_ENVIRONMENT       /* environment, then the user's shared credentials file */
} IdentityMode;

typedef struct {
  IdentityMode mode;
  const char *host_identifier;
  const char *region;
  const char *access_key_id, *secret_access_key; /* STATIC_KEYS */
  const char *credentials_file;                  /* CREDENTIALS_FILE */
} AgentIdentity;

/*
 * From the text of the on-premises file (NULL: there is none, or it names nobody) and, without it, AWS_REGION and AWS_HOST_IDENTIFIER
 * of environ (a NULL-terminated NAME=VALUE list).
 */
const AgentIdentity *agent_identity_parse (const char *bytes, gsize n, const char *const *environ_,
                                           Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;
const AgentIdentity *agent_identity_load (const AgentConfig *config, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* agent.md 1.2, 1.7: where commands come from. FIPS in a region without it is an error. */
const char *agent_config_endpoint (const AgentConfig *config, const char *region, Arena *arena,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where bundles come from: scheme and host, no slash at the end. */
const char *agent_config_s3_endpoint (const AgentConfig *config, const char *region, Arena *arena);
