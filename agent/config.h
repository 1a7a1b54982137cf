#pragma once

#include "core/arena.h"

/*
 * The agent's configuration: codedeployagent.yml in the official agents' format (agent.md 6.6; keys with or without a leading
 * colon, the last of two wins). What keys there are, with defaults, ranges and meaning, is the table in
 * agent/config-table.h. Values of the file override those of the command line, as in the official agent.
 *
 * Thread rule: a loaded configuration is immutable; any thread.
 */
typedef struct {
  const char *program_name;
  const char *root_dir, *log_dir, *pid_dir;
  gboolean verbose;
  gint64 wait_between_runs_s;
  gint64 max_revisions;
  const char *proxy_uri;        /* NULL: none */
  const char *bundle_proxy_uri; /* NULL: proxy_uri */
  const char *no_proxy;         /* NULL: the environment's */
  const char *on_premises_config_file;
  gboolean enable_auth_policy, use_mock_command_service, use_fips_mode;
  const char *deploy_control_endpoint, *s3_endpoint_override; /* NULL: AWS's */
  gboolean disable_imds_v1;
  gboolean enable_deployments_log;
  gint64 http_read_timeout_s;
  gint64 kill_agent_max_wait_time_s;
  const char *ongoing_deployment_tracking;
  gboolean log_aws_wire;
  gint64 log_days_kept;
  const char *test_profile; /* "prod", "beta", "gamma" */
  const char *user, *group; /* NULL: as started */
  gint64 children;
  gboolean reject_symlinks_in_bundle, reject_unsafe_permissions_in_bundle;
  gboolean ignore_ownership_in_bundle, allow_outside_links_in_bundle;
  gboolean enable_archive_reuse;
  gint64 archive_max_extraction_bytes, archive_max_entries; /* 0: the default */
  const char *github_endpoint;                              /* without a slash at its end */
  const char *s3_addressing;                                /* "path" or "virtual" */
  gint64 download_pause_first_ms;
  gboolean restrict_agent_dir_permissions, restrict_log_dir_permissions;
  gboolean disable_core_dumps;
  const char *ssl_ca_bundle;  /* NULL: the environment's, else the system's */
  const char *spec_signer_ca; /* NULL: any signer */
  gint64 poll_backoff_first_ms;
  gint64 acknowledge_after_ms;
  gint64 respawn_first_ms;
  gint64 hook_term_grace_ms;
  gint64 hook_output_grace_ms; /* 0: until the script's timeout */
  gboolean hook_runas_su;
  gboolean rerun_interrupted_hooks;
  const char *network_user; /* NULL: slipway-agent, or else nobody */

  /* What a person should see once in the log: keys without effect and keys that nobody knows. NULL at the end. */
  const char *const *notices;
} AgentConfig;

#define AGENT_CONFIG_ERROR (agent_config_error_quark ())
GQuark agent_config_error_quark (void);
typedef enum {
  AGENT_CONFIG_ERROR_FILE, /* missing, unreadable, or not YAML */
  AGENT_CONFIG_ERROR_VALUE
} AgentConfigError;

/* From the text of codedeployagent.yml. Errors name line and key; callers prefix the file's name. */
const AgentConfig *agent_config_parse (const char *bytes, gsize n, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
const AgentConfig *agent_config_load (const char *path, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "beta" and "gamma" leave out the TLS check and keep the variables with keys (agent.md 1.12, 6.8). */
gboolean agent_config_is_test (const AgentConfig *config);
