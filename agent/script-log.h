#pragma once

#include "agent/log.h"

/*
 * What the scripts of one lifecycle event say (agent.md 5.7, 5.8): byte by byte to logs/scripts.log of the deployment and to the
 * host's deployments log, with a time and a tag before each line; and the newest part, as text without terminal sequences, to the
 * diagnostics of a failure.
 *
 * Thread rule: a ScriptLog belongs to one thread at a time. Both files may be written by several (agent/log-file.h).
 */
typedef struct ScriptLog ScriptLog;

/* Characters that a tail has at most one less of. */
#define SCRIPT_LOG_TAIL_CHARACTERS 2048

typedef struct {
  const char *deployment_dir;  /* its logs folder is made if missing */
  const char *deployments_log; /* path; NULL: none */
  const char *deployment_id;
  const Ambient *ambient;
  AgentLog *agent_log; /* hears once of each file that takes no more; NULL: nobody does */
} ScriptLogSettings;

ScriptLog *script_log_new (const ScriptLogSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void script_log_free (ScriptLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptLog, script_log_free)

/* Absolute, of scripts.log. */
const char *script_log_path (const ScriptLog *log);

/*
 * One line: tag ("[stdout]", or ""; a constant: it is known by its address) and text; a line break at its end is added if missing. Any bytes. It is in the files after the
 * next script_log_flush, or sooner. Lines between two of these may have the time of the first.
 */
void script_log_line (ScriptLog *log, const char *tag, const char *text, gsize n);
/* Puts all lines so far into the files; to be called when the script pauses. script_log_free does it too. */
void script_log_flush (ScriptLog *log);

/*
 * The newest lines, fewer than SCRIPT_LOG_TAIL_CHARACTERS in all. Lines come whole, but for one that is too long by itself: its
 * newest part fills what room there is. Valid UTF-8 without NULs: other bytes are replaced.
 */
char *script_log_tail (const ScriptLog *log) G_GNUC_WARN_UNUSED_RESULT;
