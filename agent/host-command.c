#include "agent/host-command.h"

#include <string.h>

G_DEFINE_QUARK (slipway - host - command - error, host_command_error)

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
