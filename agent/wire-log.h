#pragma once

#include "agent/config.h"
#include "core/ambient.h"

/*
 * The trace of HTTP requests and answers that "log_aws_wire" asks for: LOG_DIR/PROGRAM.aws_wire.log, readable by root and its group
 * only, 16 files of 64 MiB (agent.md 6.10). Lines come from proto/http-wire.h, which leaves bodies and secrets out.
 *
 * Several processes may write it, as the agent's log (agent/log-file.h).
 *
 * Thread rule: any thread. What cannot be written is dropped.
 */
typedef struct WireLog WireLog;

/* NULL without error when the settings want none, or have no log_dir. */
WireLog *wire_log_open (const AgentConfig *config, const Ambient *ambient, GError **error);
void wire_log_free (WireLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WireLog, wire_log_free)

/* An HttpWireLine; data is a WireLog. */
void wire_log_line (gpointer data, const char *line);

/* As agent_log_share and so on; log may be NULL. */
gboolean wire_log_share (WireLog *log, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void wire_log_follow (WireLog *log);
void wire_log_tick (WireLog *log);
gsize wire_log_descriptors (const WireLog *log, int *out);
