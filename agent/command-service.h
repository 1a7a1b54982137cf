#pragma once

#include "agent/credentials-source.h"
#include "agent/host-command.h"
#include "agent/host.h"
#include "core/arena.h"
#include "proto/api-operation.h"
#include "proto/api-types.h"

/*
 * The host command service as the agent calls it (agent.md 1): four operations, one request each, no retries. What a failure
 * means for the caller is told apart here.
 *
 * Polls and reports say that the agent knows the short conversation (docs/host-protocol.md), so answers to reports may bring a command, unless
 * the caller takes none: then the service keeps it for the next poll.
 *
 * Thread rule: a CommandService belongs to one thread at a time; command_service_abort may be called from any other. Calls block.
 */
typedef struct CommandService CommandService;

typedef enum {
  CALL_PASSING, /* no answer, throttled, or a fault of the service: the same call may work later */
  CALL_DENIED,  /* the service does not accept our keys or clock; may be put right while we wait */
  CALL_REFUSED  /* answered with no */
} CallFailure;

/* agent_version: command_service_agent_version's. */
CommandService *command_service_new (const AgentHost *host, CredentialsSource *credentials,
                                     const char *agent_version, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void command_service_free (CommandService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CommandService, command_service_free)

/* Ends the call in progress and every later one. */
void command_service_abort (CommandService *service);
gboolean command_service_is_aborted (CommandService *service);
/* Aborts if a call is in progress for longer than patience_us, counted from since_us (monotonic) at the earliest. */
void command_service_abort_if_late (CommandService *service, gint64 since_us, gint64 patience_us);

/* Commands that answers bring, and all strings, live in arena. */
gboolean command_service_poll (CommandService *service, Arena *arena, HostCommand *out,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean command_service_specification (CommandService *service, const char *execution_id,
                                        Arena *arena,
                                        const ApiGetDeploymentSpecificationOutput **out,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* *out_status: NULL when the answer has none. out_next NULL: no command is taken. */
gboolean command_service_acknowledge (CommandService *service, const char *command_id,
                                      gboolean is_noop, Arena *arena, const char **out_status,
                                      HostCommand *out_next, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean command_service_complete (CommandService *service, const char *command_id,
                                   gboolean succeeded, const char *payload, Arena *arena,
                                   HostCommand *out_next, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of the last call that failed. */
CallFailure command_service_failure (const CommandService *service);

/* The value of x-amz-codedeploy-agent-version: that of a version file (agent.md 1.6), else our own. */
char *command_service_agent_version (const AgentConfig *config) G_GNUC_WARN_UNUSED_RESULT;
