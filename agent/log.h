#pragma once

#include "core/ambient.h"

/*
 * The agent's own log: LOG_DIR/PROGRAM.log, a line each, rotated daily with seven kept (agent.md 6.10), and standard
 * error as well when asked. Text from outside is made valid UTF-8 and control characters are escaped.
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
  const Ambient *ambient;
} AgentLogSettings;

/* Makes the folder if missing and opens the file. */
AgentLog *agent_log_new (const AgentLogSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void agent_log_free (AgentLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentLog, agent_log_free)

void agent_log (AgentLog *log, AgentLogLevel level, const char *format, ...) G_GNUC_PRINTF (3, 4);
