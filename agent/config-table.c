#include "agent/config-table.h"

#include <string.h>

#define DAY_S        86400
#define HOUR_S       3600
#define MOST_BYTES   ((gint64)1 << 50)
#define NEAR_ENOUGH  2 /* letters that differ in a misspelt key */
#define MAX_KEY_SIZE 64

#define OF(member)                             G_STRUCT_OFFSET (AgentConfig, member)
#define TEXT(key, member, value)               key, CONFIG_TEXT, OF (member), value, 0, 0
#define FLAG(key, member, value)               key, CONFIG_FLAG, OF (member), value, 0, 0
#define COUNT(key, member, value, least, most) key, CONFIG_COUNT, OF (member), value, least, most
#define SECONDS(key, member, value, most)      key, CONFIG_SECONDS_IN_MS, OF (member), value, 0, most
#define NO_EFFECT(key)                         key, CONFIG_NO_EFFECT, 0, NULL, 0, 0

const ConfigKey config_table[] = {
  { TEXT ("root_dir", root_dir, NULL), "official", NULL,
    "the deployment root: revisions, what is installed, and the state that survives a crash; "
    "required. Packaged: /opt/codedeploy-agent/deployment-root" },
  { TEXT ("log_dir", log_dir, NULL), "official", NULL,
    "folder of the agent's log, made if missing; without it the log goes to standard error only. "
    "Packaged: /var/log/aws/codedeploy-agent/" },
  { TEXT ("pid_dir", pid_dir, NULL), "official", NULL,
    "folder of pid file and lock, made if missing; start, stop and status need it. Packaged: "
    "/opt/codedeploy-agent/state/.pid/" },
  { TEXT ("program_name", program_name, "codedeploy-agent"), "official", NULL,
    "names of the pid file, the lock and the logs" },
  { FLAG ("verbose", verbose, "false"), "official", NULL, "log level DEBUG instead of INFO" },
  { COUNT ("wait_between_runs", wait_between_runs_s, "30", 0, DAY_S), "official", "seconds",
    "empty polls begin at least so far apart; the service holds a poll longer than that, so it "
    "matters only where it does not" },
  { COUNT ("max_revisions", max_revisions, "5", 1, 100000), "official", "revisions",
    "kept for each deployment group" },
  { TEXT ("proxy_uri", proxy_uri, NULL), "official", NULL,
    "http://[USER:PASSWORD@]HOST:PORT, for the command service, S3 and GitHub; without it "
    "https_proxy and http_proxy of the environment apply. The metadata service is always asked "
    "directly" },
  { TEXT ("bundle_proxy_uri", bundle_proxy_uri, NULL), "ours", NULL,
    "another proxy for S3 and GitHub; default: proxy_uri" },
  { TEXT ("no_proxy", no_proxy, NULL), "ours", NULL,
    "hosts that are reached without the proxy, separated by commas; .example.org is the domain, * "
    "all; default: no_proxy of the environment" },
  { TEXT ("on_premises_config_file", on_premises_config_file,
          "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml"),
    "official", NULL, "who this host is, where it is not an EC2 instance" },
  { TEXT ("deploy_control_endpoint", deploy_control_endpoint, NULL), "official", NULL,
    "URL of the command service; default: AWS's in the host's region. Plain http works and is "
    "warned of" },
  { TEXT ("s3_endpoint_override", s3_endpoint_override, NULL), "official", NULL,
    "URL of the object store; default: AWS's in the host's region" },
  { FLAG ("enable_auth_policy", enable_auth_policy, "false"), "official", NULL,
    "the codedeploy-commands-secure variant of the command service" },
  { FLAG ("use_mock_command_service", use_mock_command_service, "false"), "official", NULL,
    "the mock variant of the command service" },
  { FLAG ("use_fips_mode", use_fips_mode, "false"), "official", NULL,
    "AWS's FIPS endpoints, in the six regions that have them" },
  { FLAG ("disable_imds_v1", disable_imds_v1, "false"), "official", NULL,
    "ask the instance metadata service with a token (v2) only" },
  { COUNT ("http_read_timeout", http_read_timeout_s, "80", 1, HOUR_S), "official", "seconds",
    "how long an answer may take, a held poll's too" },
  { COUNT ("kill_agent_max_wait_time_seconds", kill_agent_max_wait_time_s, "7200", 0, DAY_S),
    "official", "seconds", "how long a stopping agent waits for events that run" },
  { TEXT ("ongoing_deployment_tracking", ongoing_deployment_tracking, "ongoing-deployment"),
    "official", NULL, "folder below root_dir that says which deployments are in progress" },
  { FLAG ("enable_deployments_log", enable_deployments_log, "true"), "official", NULL,
    "what all deployments' scripts print, in root_dir/deployment-logs" },
  { FLAG ("log_aws_wire", log_aws_wire, "false"), "official", NULL,
    "every HTTP request and answer, without bodies and secrets, in "
    "log_dir/PROGRAM_NAME.aws_wire.log" },
  { COUNT ("log_days_kept", log_days_kept, "7", 1, 3650), "ours", "days",
    "how many days' logs are kept beside today's" },
  { TEXT ("codedeploy_test_profile", test_profile, "prod"), "official", NULL,
    "beta or gamma: no TLS check at start, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
    "AWS_CREDENTIAL_FILE of the environment are left as they are" },
  { TEXT ("network_user", network_user, NULL), "ours", NULL,
    "where the agent is root: the user of the process that talks to the network; default: "
    "slipway-agent where there is such an account, else nobody" },
  { TEXT ("user", user, NULL), "official", NULL,
    "run as this user altogether; hooks with runas and files of other owners need root" },
  { TEXT ("group", group, NULL), "official", NULL, "with user: its group, else the user's own" },
  { COUNT ("children", children, "1", 1, 1), "official", NULL, "1 is the only value" },
  { FLAG ("reject_symlinks_in_bundle", reject_symlinks_in_bundle, "false"), "2.x", NULL,
    "refuse bundles with links" },
  { FLAG ("allow_outside_links_in_bundle", allow_outside_links_in_bundle, "false"), "ours", NULL,
    "accept links in a bundle that point out of it" },
  { FLAG ("reject_unsafe_permissions_in_bundle", reject_unsafe_permissions_in_bundle, "false"),
    "2.x", NULL,
    "refuse files with set-user-id or set-group-id bit, and files and folders that everybody may "
    "write" },
  { FLAG ("ignore_ownership_in_bundle", ignore_ownership_in_bundle, "false"), "2.x", NULL,
    "files of a bundle belong to the agent's user, whatever the bundle says" },
  { "archive_max_extraction_size", CONFIG_BYTES, OF (archive_max_extraction_bytes), "0", 0,
    MOST_BYTES, "2.x", "bytes",
    "how large a bundle may be when unpacked, also as 4GB or 500MiB; 0: the built-in limit" },
  { COUNT ("archive_max_entries", archive_max_entries, "0", 0, 100000000), "ours", "entries",
    "how many files, folders and links a bundle may have; 0: the built-in limit" },
  { FLAG ("enable_archive_reuse", enable_archive_reuse, "true"), "2.x", NULL,
    "take over what an earlier deployment of the same revision has unpacked, where the service "
    "names one" },
  { TEXT ("github_endpoint", github_endpoint, "https://api.github.com"), "ours", NULL,
    "where GitHub revisions come from; GitHub Enterprise: https://HOST/api/v3, Gitea and Forgejo: "
    "https://HOST/api/v1" },
  { TEXT ("s3_addressing", s3_addressing, "path"), "ours", NULL,
    "path: the bucket is in the URL's path; virtual: it is the host's first label" },
  { SECONDS ("download_pause_first", download_pause_first_ms, "10", HOUR_S), "ours", "seconds",
    "pause before a GitHub download is tried again; then three and nine times as much. S3 begins "
    "with a fiftieth and doubles it" },
  { FLAG ("restrict_agent_dir_permissions", restrict_agent_dir_permissions, "false"), "2.x", NULL,
    "close root_dir and pid_dir to other users: they may pass through to an archive whose path "
    "they know (hooks with runas), and see nothing else" },
  { FLAG ("restrict_log_dir_permissions", restrict_log_dir_permissions, "false"), "2.x", NULL,
    "close log_dir to other users; log collectors that are not root then see nothing" },
  { FLAG ("disable_core_dumps", disable_core_dumps, "true"), "2.x", NULL,
    "no core dumps of the agent, which holds keys; scripts inherit the limit and may raise it" },
  { TEXT ("ssl_ca_bundle", ssl_ca_bundle, NULL), "ours", NULL,
    "file with the certificates (PEM) that are trusted instead of the system's for the command "
    "service and S3; default: AWS_SSL_CA_BUNDLE, then SSL_CERT_FILE of the environment. *.pem and "
    "*.crt of AWS_SSL_CA_DIRECTORY are trusted in addition" },
  { TEXT ("spec_signer_ca", spec_signer_ca, NULL), "ours", NULL,
    "file with the certificates (PEM) that a deployment's specification must be signed under; "
    "default: any signer is accepted, as long as the signature holds" },
  { SECONDS ("poll_backoff_first", poll_backoff_first_ms, "10", HOUR_S), "ours", "seconds",
    "pause after the first failed poll; the tenth has nine times as much" },
  { SECONDS ("acknowledge_after", acknowledge_after_ms, "0.3", HOUR_S), "ours", "seconds",
    "how long a download or an Install may take before it is acknowledged, so that people see it "
    "run; only with a service that knows the short conversation, else they are acknowledged "
    "first" },
  { SECONDS ("respawn_first", respawn_first_ms, "5", HOUR_S), "ours", "seconds",
    "pause before one of the agent's processes that ended by itself is replaced; then twice as "
    "much each time, up to a minute" },
  { SECONDS ("hook_term_grace", hook_term_grace_ms, "5", HOUR_S), "ours", "seconds",
    "between SIGTERM and SIGKILL for a script that ran too long" },
  { SECONDS ("hook_output_grace", hook_output_grace_ms, "0", DAY_S), "ours", "seconds",
    "how long processes that a script left behind may hold its output before the event fails; 0: "
    "until the script's timeout, as with the official agent" },
  { FLAG ("hook_runas_su", hook_runas_su, "false"), "ours", NULL,
    "runas goes through su, as with the official agent, and has PAM's session and limits" },
  { FLAG ("rerun_interrupted_hooks", rerun_interrupted_hooks, "false"), "ours", NULL,
    "a lifecycle event whose hooks were cut off by a crash runs again from its first script; "
    "otherwise it fails with code 7" },

  { NO_EFFECT ("wait_between_spawning_children"), "official", NULL,
    "a process that ended is replaced with growing pauses of our own" },
  { NO_EFFECT ("wait_after_connection_problem"), "official", NULL,
    "a start that fails is tried again with the pauses of failed polls" },
  { NO_EFFECT ("wait_after_throttle_error"), "official", NULL,
    "a start that fails is tried again with the pauses of failed polls" },
  { NO_EFFECT ("max_runs_per_worker"), "official", NULL,
    "memory does not grow: each command has a process of its own" },
  { NO_EFFECT ("plugins"), "official", NULL, "there is one, and it is built in" },
  { NO_EFFECT ("wait_after_error"), "official", NULL, "no agent ever used it" },
  { NO_EFFECT ("shared_dir"), "official", NULL, "no agent ever used it" },
  { NO_EFFECT ("instance_service_region"), "official", NULL, "no agent ever used it" },
  { NO_EFFECT ("instance_service_endpoint"), "official", NULL, "no agent ever used it" },
  { NO_EFFECT ("instance_service_port"), "official", NULL, "no agent ever used it" },
  { NO_EFFECT ("enable_command_port"), "2.x", NULL, "there is no command port" },
  { NO_EFFECT ("reject_path_traversal_in_bundle"), "2.x", NULL,
    "paths that leave the revision are always refused" },
  { NO_EFFECT ("reject_unconfined_selinux_in_bundle"), "2.x", NULL,
    "any SELinux type that the AppSpec names is set" },
  { NO_EFFECT ("reject_symlink_permission_targets"), "2.x", NULL,
    "owner and mode are never set through a link that a local user could have put there" },
  { NO_EFFECT ("restrict_hook_env_to_allowlist"), "2.x", NULL,
    "scripts get the agent's environment without its keys" },
  { NO_EFFECT ("strip_loader_env_in_hooks"), "2.x", NULL,
    "what the service manager sets for the agent is meant for its scripts as well" },
  { NO_EFFECT ("disable_powershell_profile_in_hooks"), "2.x", NULL, "there is no Windows agent" },
  { NO_EFFECT ("wait_between_runs_active"), "Go", NULL,
    "after a command the next poll follows at once" },
  { NO_EFFECT ("use_dual_stack"), "Go", NULL,
    "deploy_control_endpoint can name a dual-stack endpoint" },
};
const gsize config_table_length = G_N_ELEMENTS (config_table);

const ConfigKey *
config_table_find (const char *key)
{
  for (gsize i = 0; i < config_table_length; i++)
    if (strcmp (config_table[i].key, key) == 0)
      return &config_table[i];
  return NULL;
}

/* Letters to insert, delete or replace. */
static guint
distance (const char *one, const char *other)
{
  gsize n = strlen (other);
  guint row[MAX_KEY_SIZE];

  if (strlen (one) >= MAX_KEY_SIZE || n >= MAX_KEY_SIZE)
    return MAX_KEY_SIZE;
  for (gsize j = 0; j <= n; j++)
    row[j] = (guint)j;
  for (gsize i = 1; one[i - 1] != '\0'; i++) {
    guint diagonal = row[0];
    row[0] = (guint)i;
    for (gsize j = 1; j <= n; j++) {
      guint replaced = diagonal + (one[i - 1] != other[j - 1]);
      diagonal = row[j];
      row[j] = MIN (replaced, MIN (row[j], row[j - 1]) + 1);
    }
  }
  return row[n];
}

const ConfigKey *
config_table_nearest (const char *key)
{
  const ConfigKey *nearest = NULL;
  guint least = NEAR_ENOUGH + 1;

  for (gsize i = 0; i < config_table_length; i++) {
    guint letters = distance (key, config_table[i].key);
    if (letters < least) {
      least = letters;
      nearest = &config_table[i];
    }
  }
  return nearest;
}

/* --- pages ---------------------------------------------------------------------------------- */

static void
append_folded (GString *out, const char *text, const char *indent, gsize width)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  gsize column = 0;

  for (char **word = words; *word != NULL; word++) {
    gsize length = strlen (*word);
    if (column > 0 && column + 1 + length > width) {
      g_string_append_c (out, '\n');
      column = 0;
    }
    g_string_append (out, column == 0 ? indent : " ");
    g_string_append (out, *word);
    column = (column == 0 ? strlen (indent) : column + 1) + length;
  }
  g_string_append_c (out, '\n');
}

static char *
value_text (const ConfigKey *key)
{
  static const char *const kinds[] = {
    [CONFIG_TEXT] = "text",    [CONFIG_FLAG] = "true or false",   [CONFIG_COUNT] = "number",
    [CONFIG_BYTES] = "number", [CONFIG_SECONDS_IN_MS] = "number", [CONFIG_NO_EFFECT] = "no effect",
  };
  g_autoptr (GString) out = g_string_new (kinds[key->kind]);

  if (key->kind == CONFIG_COUNT || key->kind == CONFIG_SECONDS_IN_MS)
    g_string_append_printf (out, " %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, key->least, key->most);
  if (key->unit != NULL)
    g_string_append_printf (out, " (%s)", key->unit);
  if (key->fallback != NULL)
    g_string_append_printf (out, ", default %s", key->fallback);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
append_list_row (GString *out, const ConfigKey *key)
{
  g_autofree char *value = value_text (key);
  g_string_append_printf (out, "%s [%s]: %s\n", key->key, key->origin, value);
  append_folded (out, key->help, "    ", 78);
}

/* A value that nearly every host has is written out; the others stand as comments with their defaults. */
static void
append_sample_row (GString *out, const ConfigKey *key)
{
  static const char *const given[][2] = {
    { "root_dir", "/opt/codedeploy-agent/deployment-root" },
    { "log_dir", "/var/log/aws/codedeploy-agent/" },
    { "pid_dir", "/opt/codedeploy-agent/state/.pid/" },
  };
  if (key->kind == CONFIG_NO_EFFECT)
    return;
  g_string_append_c (out, '\n');
  append_folded (out, key->help, "# ", 78);
  for (gsize i = 0; i < G_N_ELEMENTS (given); i++)
    if (strcmp (given[i][0], key->key) == 0) {
      g_string_append_printf (out, ":%s: '%s'\n", key->key, given[i][1]);
      return;
    }
  g_string_append_printf (out, "#:%s: %s\n", key->key,
                          key->fallback != NULL ? key->fallback : "''");
}

static void
append_manual_row (GString *out, const ConfigKey *key)
{
  g_autofree char *value = value_text (key);
  g_string_append_printf (out, ".TP\n.B %s\n[%s] %s.\n", key->key, key->origin, value);
  /* a line that begins with a dot or an apostrophe would be a request */
  g_string_append_printf (out, "\\&%s.\n", key->help);
}

char *
config_table_page (ConfigPage page)
{
  static void (*const append[]) (GString *, const ConfigKey *) = {
    [CONFIG_PAGE_LIST] = append_list_row,
    [CONFIG_PAGE_SAMPLE] = append_sample_row,
    [CONFIG_PAGE_MANUAL] = append_manual_row,
  };
  g_autoptr (GString) out = g_string_new (NULL);

  if (page == CONFIG_PAGE_SAMPLE)
    g_string_append (out, "---\n"
                          "# The host agent's settings; slipway-agent and the official agent read "
                          "this file alike.\n"
                          "# Lines with a # show defaults. See codedeployagent.yml(5).\n");
  for (gsize i = 0; i < config_table_length; i++)
    append[page](out, &config_table[i]);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
