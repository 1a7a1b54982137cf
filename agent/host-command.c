#include "agent/host-command.h"

#include <string.h>

G_DEFINE_QUARK (slipway - host - command - error, host_command_error)

gboolean
host_command_is_specified (const HostCommand *command)
{
  return command->specification.deployment_specification != NULL;
}

static const ApiDeploymentSpecification *
copy_specification (const ApiDeploymentSpecification *specification, Arena *arena)
{
  ApiDeploymentSpecification *copy = arena_new0 (arena, ApiDeploymentSpecification);
  const ApiSpecificationEnvelope *envelope = specification->generic_envelope;

  if (envelope == NULL)
    return copy;
  ApiSpecificationEnvelope *generic = arena_new0 (arena, ApiSpecificationEnvelope);
  generic->format = arena_strdup (arena, envelope->format);
  generic->payload = arena_strdup (arena, envelope->payload);
  copy->generic_envelope = generic;
  return copy;
}

void
host_command_copy (const HostCommand *command, Arena *arena, HostCommand *out)
{
  *out = (HostCommand){ NULL };
  if (command->command != NULL) {
    ApiHostCommand *copy = arena_new0 (arena, ApiHostCommand);
    copy->host_command_identifier = arena_strdup (arena, command->command->host_command_identifier);
    copy->host_identifier = arena_strdup (arena, command->command->host_identifier);
    copy->deployment_execution_id = arena_strdup (arena, command->command->deployment_execution_id);
    copy->command_name = arena_strdup (arena, command->command->command_name);
    out->command = copy;
  }
  out->specification.deployment_system =
      arena_strdup (arena, command->specification.deployment_system);
  if (host_command_is_specified (command))
    out->specification.deployment_specification =
        copy_specification (command->specification.deployment_specification, arena);
}

static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

gboolean
host_command_check (const ApiHostCommand *command, const char *own_identifier, GError **error)
{
  const char *host = command->host_identifier;

  if (!is_given (host) || strstr (own_identifier, host) == NULL) {
    g_set_error (error, HOST_COMMAND_ERROR, HOST_COMMAND_ERROR_OTHER_HOST,
                 "the service sent a command for another host (%s)",
                 host != NULL ? host : "nobody");
    return FALSE;
  }
  if (!is_given (command->command_name) || !is_given (command->host_command_identifier) ||
      command->deployment_execution_id == NULL) {
    g_set_error_literal (error, HOST_COMMAND_ERROR, HOST_COMMAND_ERROR_INCOMPLETE,
                         "the service sent a command without name or identifier");
    return FALSE;
  }
  return TRUE;
}
