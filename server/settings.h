#pragma once

#include "core/arena.h"
#include "server/log.h"
#include "server/quotas.h"

/* The server's settings: one table (name, type, unit, default, range, help) from which come this structure, the parser of
 * DIR/slipwayd.yml, the sample file that `slipwayd init` writes, and `slipwayd serve --help`.
 *
 * Precedence: command line, then file, then default. The file is a YAML mapping from names to scalars; an unknown
 * name, a repeated one, a wrong type and a value out of range are errors that say file, line and what is allowed.
 * Names are written with '_'; on the command line and in the file '-' is the same.
 *
 * Values are fixed after start; any thread may read them.
 *
 * Rows: X (member, type, default, smallest, greatest, unit, help). type TEXT: default is a text, smallest and greatest are
 * its length; URL: a TEXT that no message shows; NUMBER: an integer; FLAG: true or false; LIST: texts separated by commas or blanks, default as text. */
#define SETTING_LIST(X)                                                                            \
  X (listen, TEXT, "127.0.0.1:8600", 1, 262, "ADDRESS:PORT",                                       \
     "where to accept connections; port 0 takes a free one")                                       \
  X (store, URL, "", 0, 4096, "URL",                                                               \
     "the database: postgresql://USER@HOST:PORT/DATABASE; empty: the SQLite file in the data "     \
     "folder. "                                                                                    \
     "`slipwayd init --store` sets it")                                                            \
  X (account_id, TEXT, "123456789012", 12, 12, "digits", "account in the ARNs of this server")     \
  X (region, TEXT, "us-east-1", 1, 64, "name", "region in the ARNs of this server")                \
  X (partition, TEXT, "aws", 1, 16, "name", "partition in the ARNs of this server")                \
  X (allowed_regions, LIST, "", 0, 4096, "names",                                                  \
     "regions that clients may sign for; empty allows any")                                        \
  X (check_service_roles, FLAG, FALSE, 0, 1, "true or false",                                      \
     "service roles of deployment groups are roles of this server, which must trust "              \
     "codedeploy.amazonaws.com; false: they live elsewhere and are not looked up")                 \
  X (default_bucket, TEXT, "slipway", 3, 63, "name", "bucket that `slipway push` uses")            \
  X (plain_http_from_anywhere, FLAG, FALSE, 0, 1, "true or false",                                 \
     "serve plain HTTP also to peers that are not on a loopback address")                          \
  X (threads, NUMBER, 0, 0, 64, "threads",                                                         \
     "event loops for plain connections, and as many for TLS; 0: by processors, at most 4")        \
  X (max_connections, NUMBER, 16384, 16, 1000000, "connections",                                   \
     "open at the same time; more are closed at once")                                             \
  X (max_connections_per_peer, NUMBER, 0, 0, 1000000, "connections",                               \
     "open at the same time from one address (of IPv6: one /64); 0: three quarters of "            \
     "max_connections")                                                                            \
  X (connection_idle_s, NUMBER, 75, 1, 3600, "seconds",                                            \
     "a connection that sends nothing for so long is closed (a waiting poll is not idle)")         \
  X (request_head_s, NUMBER, 30, 1, 3600, "seconds",                                               \
     "from its first byte until a request's headers must be complete")                             \
  X (request_body_s, NUMBER, 60, 1, 3600, "seconds",                                               \
     "until the body of an API request must be complete")                                          \
  X (slowest_peer_bytes_s, NUMBER, 1024, 0, 1000000000, "bytes a second",                          \
     "a peer that takes an answer, or sends an object, slower than this over a time of "           \
     "request_body_s is cut off; 0: none is")                                                      \
  X (rate_reads, NUMBER, 2000, 0, 1000000, "requests a second",                                    \
     "that one principal may make to the API without changing anything; 0: any number")            \
  X (rate_writes, NUMBER, 500, 0, 1000000, "requests a second",                                    \
     "that one principal may make to the API to change something; 0: any number")                  \
  X (rate_host_commands, NUMBER, 100, 0, 1000000, "requests a second",                             \
     "that one host may make to the host command service; 0: any number")                          \
  X (rate_objects, NUMBER, 2000, 0, 1000000, "requests a second",                                  \
     "that one principal may make to the object endpoint; 0: any number")                          \
  X (rate_unknown_keys, NUMBER, 20, 0, 1000000, "requests a second",                               \
     "that one address may sign with access keys that do not exist; 0: any number")                \
  X (rate_burst_s, NUMBER, 10, 1, 3600, "seconds",                                                 \
     "after a pause so long, that time's requests may come all at once")                           \
  X (clock_skew_s, NUMBER, 300, 1, 86400, "seconds",                                               \
     "how far the clock of an API client may be off")                                              \
  X (host_names, LIST, "", 0, 4096, "names",                                                       \
     "names of this server under which <bucket>.<name> is a bucket; localhost always is")          \
  X (abort_uploads_days, NUMBER, 7, 0, 36500, "days",                                              \
     "multipart uploads that have not been completed by then are aborted; 0: never")               \
  X (poll_wait_s, NUMBER, 50, 1, 60, "seconds", "how long a host's poll waits for a command")      \
  X (first_pickup_s, NUMBER, 3600, 1, 604800, "seconds",                                           \
     "how long a host may take to begin its first event of a deployment")                          \
  X (pickup_s, NUMBER, 300, 1, 604800, "seconds",                                                  \
     "how long a host may take to begin each later event")                                         \
  X (event_s, NUMBER, 4200, 1, 604800, "seconds", "how long one event may run on a host")          \
  X (block_traffic_s, NUMBER, 3600, 1, 604800, "seconds",                                          \
     "how long load balancers may take to let go of a host")                                       \
  X (allow_traffic_s, NUMBER, 3600, 1, 604800, "seconds",                                          \
     "how long load balancers may take to find a host healthy")                                    \
  X (fleet_s, NUMBER, 900, 1, 86400, "seconds",                                                    \
     "until the EC2 instances that a deployment selects must be listed")                           \
  X (alarm_poll_s, NUMBER, 5, 1, 10, "seconds", "between two readings of a deployment's alarms")   \
  X (alarm_unreadable_s, NUMBER, 30, 1, 3600, "seconds",                                           \
     "how long alarms may stay unreadable until a deployment that watches them is stopped")        \
  X (plan_reading_s, NUMBER, 5, 1, 60, "seconds",                                                  \
     "how long a plan waits for what services outside say of alarms and instances")                \
  X (replace_s, NUMBER, 3600, 1, 604800, "seconds",                                                \
     "how long the copying of an Auto Scaling group, its taking over or its end may take")         \
  X (scaling_s, NUMBER, 20, 1, 3600, "seconds",                                                    \
     "between two looks at the Auto Scaling groups of a deployment group")                         \
  X (new_hosts_s, NUMBER, 15, 0, 3600, "seconds",                                                  \
     "how long new hosts wait for others that come at about the same time")                        \
  X (deployment_s, NUMBER, 43200, 1, 2592000, "seconds", "how long a deployment may take")         \
  X (blue_green_s, NUMBER, 392400, 1, 2592000, "seconds",                                          \
     "the same, of a blue/green deployment to hosts")                                              \
  X (errand_threads, NUMBER, 8, 1, 64, "threads",                                                  \
     "that ask and tell services outside: so many for load balancers, alarms, fleets each")        \
  X (zone_tag, TEXT, "AvailabilityZone", 0, 128, "tag key",                                        \
     "the tag whose value is the zone of a registered host; empty: none is")                       \
  X (zonal_rollbacks, FLAG, FALSE, 0, 1, "true or false",                                          \
     "rollbacks of deployments that go zone by zone do so, too, with all waits")                   \
  X (skip_vanished_hosts, FLAG, FALSE, 0, 1, "true or false",                                      \
     "hosts that are deregistered before their turn are skipped and count no more, instead of "    \
     "failing")                                                                                    \
  X (health_aware_scheduling, FLAG, FALSE, 0, 1, "true or false",                                  \
     "unhealthy hosts are deployed to first, whatever fails, and healthy ones only while more "    \
     "than the minimum are healthy")                                                               \
  X (half_of_one_host, FLAG, TRUE, 0, 1, "true or false",                                          \
     "HalfAtATime deploys to a group of one host; false: it is HEALTH_CONSTRAINTS_INVALID")        \
  X (notification_age_s, NUMBER, 86400, 1, 2592000, "seconds",                                     \
     "how long a notification is tried until it is given up")                                      \
  X (notification_tries, NUMBER, 100, 1, 100000, "tries",                                          \
     "how often a notification is tried until it is given up")                                     \
  X (notification_keep_days, NUMBER, 14, 0, 36500, "days",                                         \
     "how long notifications that were given up are kept; 0: for ever")                            \
  X (notification_threads, NUMBER, 4, 1, 64, "threads", "that deliver notifications")              \
  X (audit_days, NUMBER, 0, 0, 36500, "days",                                                      \
     "how long events of the audit are kept; 0: for ever")                                         \
  X (drain_s, NUMBER, 10, 0, 600, "seconds",                                                       \
     "after SIGTERM, how long requests that have begun may take")                                  \
  X (log_level, TEXT, "info", 1, 16, "debug, info, warning or error", "lowest level that is logged")

#define SETTING_C_TEXT                                                       const char *
#define SETTING_C_URL                                                        const char *
#define SETTING_C_NUMBER                                                     gint64
#define SETTING_C_FLAG                                                       gboolean
#define SETTING_C_LIST                                                       const char *const *
#define SETTING_MEMBER(name, type, fallback, smallest, greatest, unit, help) SETTING_C_##type name;

typedef struct {
  SETTING_LIST (SETTING_MEMBER)
  LogLevel level; /* log_level, understood */
  Quotas quotas;  /* the rows of server/quotas.h, each named quota-<name> */
} Settings;

#define SETTINGS_ERROR (settings_error_quark ())
GQuark settings_error_quark (void);
typedef enum {
  SETTINGS_ERROR_NAME,  /* no such setting */
  SETTINGS_ERROR_VALUE, /* wrong type or out of range */
  SETTINGS_ERROR_SYNTAX /* not a YAML mapping */
} SettingsError;

/* All defaults. Texts are constants. */
void settings_init (Settings *settings);

/* One setting from text, as on the command line. name with '-' or '_'. Copies live in arena. */
gboolean settings_set (Settings *settings, const char *name, const char *value, Arena *arena,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A whole file's text over what is there. file_name is for messages only. */
gboolean settings_parse (Settings *settings, const char *text, gsize length, const char *file_name,
                         Arena *arena, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The sample file: every setting with help, range and default, commented out. The caller frees it. */
char *settings_sample (void);
/* The table for --help. The caller frees it. */
char *settings_help (void);
