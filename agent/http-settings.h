#pragma once

#include "agent/host.h"
#include "proto/http-client.h"

/*
 * How the agent reaches a server: proxy, certificates, time limits and trace from its settings and the environment
 * (agent.md 6.9).
 *
 * Certificates: "ssl_ca_bundle", else AWS_SSL_CA_BUNDLE, else SSL_CERT_FILE of the environment replace the system's; those in
 * AWS_SSL_CA_DIRECTORY come in addition. GitHub is trusted by the system's and the folder's.
 *
 * Thread rule: any thread. The strings live as long as configuration and environment do.
 */
typedef enum {
  HTTP_PEER_COMMAND_SERVICE,
  HTTP_PEER_OBJECT_STORE,
  HTTP_PEER_GITHUB
} HttpPeer;

HttpClientSettings http_settings_for (const AgentHost *host, HttpPeer peer);

/* The file that replaces the system's certificates; NULL: none does. */
const char *http_settings_ca_file (const AgentConfig *config);
