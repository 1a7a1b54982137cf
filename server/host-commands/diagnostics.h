#pragma once

#include "core/arena.h"
#include "core/target-machine.h"

/* What agents say when a command ends (agent.md 5.8), as the API shows it. Agents are not trusted to keep to it: the error code
 * may be text, members may be missing, texts may be too long, and it may not be JSON at all.
 *
 * Thread rule: any thread. */

#define DIAGNOSTICS_MAX_MESSAGE_BYTES  2048
#define DIAGNOSTICS_MAX_SCRIPT_BYTES   1024
#define DIAGNOSTICS_MAX_LOG_TAIL_BYTES 4096

typedef enum {
  DIAGNOSTICS_OF_SUCCESS,
  DIAGNOSTICS_OF_FAILURE
} DiagnosticsOutcome;

/* payload NULL: nothing was said. Never fails: what cannot be understood becomes UnknownError with the beginning of the text
 * as its message. Texts are cut to the sizes above, a log from its beginning. */
EventDiagnostics diagnostics_from_payload (const char *payload, DiagnosticsOutcome outcome,
                                           Arena *arena);

/* {"IsCommandNoop": true}; anything else is FALSE. */
gboolean diagnostics_says_noop (const char *payload);
