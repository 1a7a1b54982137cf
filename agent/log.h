#pragma once

#include "core/ambient.h"

/*
 * The agent's own log: LOG_DIR/PROGRAM.log, a line each, rotated daily (agent.md 6.10), and standard error as well when asked.
 * A line is "TIME LEVEL [PROGRAM(PID)]: TEXT"; what is about a deployment says so: "[d-ABCDEF123 Install] TEXT". Text
 * from outside is made valid UTF-8, control characters become blanks, and a line ends after 16 KiB.
 *
 * Several processes may write it; agent/log-file.h says how, and what agent_log_share, _follow and _tick are for.
 *
 * Thread rule: any thread. A log that cannot be written says so once on standard error and goes on.
 */
typedef struct AgentLog AgentLog;

typedef enum {
  AGENT_LOG_DEBUG,
  AGENT_LOG_INFO,
  AGENT_LOG_WARN,
  AGENT_LOG_ERROR
} AgentLogLevel;

typedef struct {
  const char *directory; /* NULL: standard error only */
  const char *program_name;
  AgentLogLevel least;
  gboolean to_stderr;
  guint days_kept;     /* 0: 7 */
  gboolean restricted; /* folder and file closed to other users */
  const Ambient *ambient;
} AgentLogSettings;

/* Makes the folder if missing and opens the file. */
AgentLog *agent_log_new (const AgentLogSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void agent_log_free (AgentLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentLog, agent_log_free)

/* The same log, for what belongs to a deployment's event; log must outlive it. event may be NULL. */
AgentLog *agent_log_about (AgentLog *log, const char *deployment_id, const char *event);

void agent_log (AgentLog *log, AgentLogLevel level, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The privileged process, before it forks one without privileges; the latter; the former about once a minute. */
gboolean agent_log_share (AgentLog *log, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void agent_log_follow (AgentLog *log);
void agent_log_tick (AgentLog *log);
/* As log_file_descriptors; out has room for three. */
gsize agent_log_descriptors (const AgentLog *log, int *out);
