#pragma once

#include "core/arena.h"
#include "proto/api-operation.h"
#include "proto/api-types.h"

/*
 * A command as an answer of the service brings it, and whether it is one that this host may work on (agent.md 1.8).
 *
 * Thread rule: pure; any thread.
 */
typedef struct {
  const ApiHostCommand *command; /* NULL: the answer brought none */
  /* In the short conversation (docs/host-protocol.md) what GetDeploymentSpecification would answer; else its members are NULL. */
  ApiGetDeploymentSpecificationOutput specification;
} HostCommand;

/* Is there a specification with it? Not whether that is good for anything. */
gboolean host_command_is_specified (const HostCommand *command);

/* In arena, what the agent uses of it: the command's texts, of the specification the generic envelope. */
void host_command_copy (const HostCommand *command, Arena *arena, HostCommand *out);

#define HOST_COMMAND_ERROR (host_command_error_quark ())
GQuark host_command_error_quark (void);
typedef enum {
  HOST_COMMAND_ERROR_OTHER_HOST,
  HOST_COMMAND_ERROR_INCOMPLETE
} HostCommandError;

/* own_identifier: of this host, of which the command's has to be a part. */
gboolean host_command_check (const ApiHostCommand *command, const char *own_identifier,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
