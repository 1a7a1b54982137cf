#pragma once

#include "agent/host.h"
#include "proto/http-client.h"

/*
 * What is looked at before the first poll (agent.md 1.12): the endpoint must complete a request over TLS, with a certificate
 * that is trusted and for its name. What it answers does not matter. Test profiles and plain http have no such check; for
 * the latter there is a warning in the log when requests leave this machine.
 *
 * Thread rule: as the HttpClient's. Blocks for at most ten seconds; http_client_abort ends it.
 */
HttpClient *start_check_client_new (const AgentHost *host, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* endpoint: the command service's URL. */
gboolean start_check_endpoint (const AgentHost *host, const char *endpoint, HttpClient *client,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
