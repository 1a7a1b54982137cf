#pragma once

#include "core/ambient.h"

/*
 * What the scripts of one lifecycle event say: to logs/scripts.log of the deployment, to the host's deployments log, and
 * the newest part to the diagnostics of a failure (agent.md 5.7, 5.8).
 *
 * Thread rule: a ScriptLog belongs to one thread at a time. The deployments log is appended to in whole lines, so several may
 * write it.
 */
typedef struct ScriptLog ScriptLog;

/* Characters that a tail has at most one less of. */
#define SCRIPT_LOG_TAIL_CHARACTERS 2048

typedef struct {
  const char *deployment_dir;  /* its logs folder is made if missing */
  const char *deployments_log; /* path; NULL: none */
  const char *deployment_id;
  const Ambient *ambient;
} ScriptLogSettings;

ScriptLog *script_log_new (const ScriptLogSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void script_log_free (ScriptLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptLog, script_log_free)

/*
 * One entry; a line break at its end is added if missing. Bytes that are not UTF-8 are replaced. It is in the files after the
 * next script_log_flush, or sooner.
 */
void script_log_entry (ScriptLog *log, const char *text, gsize n);
/* Puts all entries so far into the files; to be called when the script pauses. script_log_free does it too. */
void script_log_flush (ScriptLog *log);

/* The newest entries, less than SCRIPT_LOG_TAIL_CHARACTERS in all, whole lines unless the newest is too long. */
char *script_log_tail (const ScriptLog *log) G_GNUC_WARN_UNUSED_RESULT;
