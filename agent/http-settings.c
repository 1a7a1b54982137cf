#include "agent/http-settings.h"

#define CONNECT_TIMEOUT_S 15

static const char *
variable (const char *name)
{
  const char *value = g_getenv (name);
  return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *
http_settings_ca_file (const AgentConfig *config)
{
  if (config->ssl_ca_bundle != NULL)
    return config->ssl_ca_bundle;
  const char *bundle = variable ("AWS_SSL_CA_BUNDLE");
  return bundle != NULL ? bundle : variable ("SSL_CERT_FILE");
}

HttpClientSettings
http_settings_for (const AgentHost *host, HttpPeer peer)
{
  const AgentConfig *config = host->config;
  gboolean is_bundle = peer != HTTP_PEER_COMMAND_SERVICE;

  return (HttpClientSettings){
    .ca_file = peer != HTTP_PEER_GITHUB ? http_settings_ca_file (config) : NULL,
    .ca_directory = variable ("AWS_SSL_CA_DIRECTORY"),
    .proxy = is_bundle && config->bundle_proxy_uri != NULL ? config->bundle_proxy_uri
                                                           : config->proxy_uri,
    .no_proxy = config->no_proxy,
    .wire = host->wire != NULL ? wire_log_line : NULL,
    .wire_ctx = host->wire,
    .connect_timeout_s = CONNECT_TIMEOUT_S,
    .timeout_s = (guint)config->http_read_timeout_s,
    .ambient = host->ambient,
  };
}
