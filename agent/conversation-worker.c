#include "agent/conversation-worker.h"

void
conversation_worker_show (const ApiGetDeploymentSpecificationOutput *answer,
                          ChannelMessage *message)
{
  const ApiDeploymentSpecification *specification = answer->deployment_specification;

  message->system = answer->deployment_system;
  if (specification != NULL && specification->generic_envelope != NULL) {
    message->format = specification->generic_envelope->format;
    message->payload = specification->generic_envelope->payload;
  }
}

/* A specification that does not fit into a message is left to an answer, which tells so. */
static gboolean
send_command (Channel *channel, const ChannelMessage *command,
              const ApiGetDeploymentSpecificationOutput *specification, GError **error)
{
  ChannelMessage whole = *command;

  if (specification != NULL) {
    whole.is_specified = TRUE;
    conversation_worker_show (specification, &whole);
    if (channel_send (channel, &whole, -1, NULL))
      return TRUE;
  }
  return channel_send (channel, command, -1, error);
}

Channel *
conversation_worker_begin (const AgentHost *host, NetworkLinkWorker *worker, ConversationKind kind,
                           const ApiHostCommand *command,
                           const ApiGetDeploymentSpecificationOutput *specification, GError **error)
{
  ChannelMessage message = { .kind = CHANNEL_COMMAND,
                             .command_id = command->host_command_identifier,
                             .host_identifier = command->host_identifier,
                             .execution_id = command->deployment_execution_id,
                             .command_name = command->command_name,
                             .own_identifier = host->identity->host_identifier,
                             .region = host->identity->region,
                             .is_short = kind == CONVERSATION_SHORT };
  g_autoptr (Channel) channel = network_link_await_worker (worker, error);

  if (channel == NULL || !send_command (channel, &message, specification, error))
    return NULL;
  return g_steal_pointer (&channel);
}

void
conversation_worker_forgo (NetworkLinkWorker *worker)
{
  g_autoptr (GError) error = NULL; /* that there is none is as well */
  g_autoptr (Channel) channel = worker != NULL ? network_link_await_worker (worker, &error) : NULL;
}
