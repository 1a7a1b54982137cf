#pragma once

#include "core/arena.h"

/* The identifier of a host command: which event of which target of which deployment. Opaque to agents, which keep it in a
 * file and may present it after a restart, theirs or ours; so it says all that is needed to find the row again, and
 * stays the same when a command is delivered again (agents recognise a repetition by it).
 *
 * A target that starts over has other identifiers, since its hosts are to run the same events again.
 *
 * Form: <deployment id>:<ordinal>:<step>, and from the second attempt on :<attempt> behind it. Thread rule: any thread. */

typedef struct {
  char deployment_id[16];
  gint64 ordinal;
  gint64 step;
  gint64 attempt; /* of the target, from 1 */
} CommandId;

/* attempt: 1 or more. */
char *command_id_format (const char *deployment_id, gint64 ordinal, gint64 step, gint64 attempt,
                         Arena *arena);
/* FALSE for anything that command_id_format does not make. */
gboolean command_id_parse (const char *text, CommandId *out) G_GNUC_WARN_UNUSED_RESULT;
