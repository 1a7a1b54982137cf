#pragma once

#include "proto/api-types.h"

/*
 * Whether what a poll brought is a command that this host may work on (agent.md 1.8).
 *
 * Thread rule: pure; any thread.
 */
#define HOST_COMMAND_ERROR (host_command_error_quark ())
GQuark host_command_error_quark (void);
typedef enum {
  HOST_COMMAND_ERROR_OTHER_HOST,
  HOST_COMMAND_ERROR_INCOMPLETE
} HostCommandError;

/* own_identifier: of this host, of which the command's has to be a part. */
gboolean host_command_check (const ApiHostCommand *command, const char *own_identifier,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
