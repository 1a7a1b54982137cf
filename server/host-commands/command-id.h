#pragma once

#include "core/arena.h"

/* The identifier of a host command: which event of which target of which deployment. Opaque to agents, which keep it in a
 * file and may present it after a restart, theirs or ours; so it says all that is needed to find the row again, and
 * stays the same when a command is delivered again (agents recognise a repetition by it).
 *
 * Form: <deployment id>:<ordinal>:<step>. Thread rule: any thread. */

typedef struct {
  char deployment_id[16];
  gint64 ordinal;
  gint64 step;
} CommandId;

char *command_id_format (const char *deployment_id, gint64 ordinal, gint64 step, Arena *arena);
/* FALSE for anything that command_id_format does not make. */
gboolean command_id_parse (const char *text, CommandId *out) G_GNUC_WARN_UNUSED_RESULT;
