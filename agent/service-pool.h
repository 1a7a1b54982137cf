#pragma once

#include "agent/command-service.h"

/*
 * Command services for the conversations that run, each with a connection of its own. The last command's end keeps one
 * for the deployment's next event.
 *
 * Thread rule: any thread; only making a service may block.
 */
typedef struct ServicePool ServicePool;

/* All is borrowed, and outlives the pool. */
ServicePool *service_pool_new (const AgentHost *host, CredentialsSource *credentials,
                               const char *agent_version);
/* None of its services is in use. */
void service_pool_free (ServicePool *pool);

CommandService *service_pool_take (ServicePool *pool, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void service_pool_give_back (ServicePool *pool, CommandService *service);

/* Ends the calls of all services in use, for good; with patience only those that have been on their way for so long since then. */
void service_pool_abort (ServicePool *pool);
void service_pool_abort_late (ServicePool *pool, gint64 since_us, gint64 patience_us);
