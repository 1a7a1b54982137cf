#include "agent/start-check.h"

#include <string.h>

#include "agent/http-settings.h"

#define TIMEOUT_S 10

HttpClient *
start_check_client_new (const AgentHost *host, GError **error)
{
  HttpClientSettings settings = http_settings_for (host, HTTP_PEER_COMMAND_SERVICE);
  settings.connect_timeout_s = settings.timeout_s = TIMEOUT_S;
  return http_client_new (&settings, error);
}

gboolean
start_check_endpoint (const AgentHost *host, const char *endpoint, HttpClient *client,
                      GError **error)
{
  if (!g_str_has_prefix (endpoint, "https://")) {
    if (agent_identity_is_exposed (endpoint))
      agent_log (host->log, AGENT_LOG_WARN,
                 "%s is plain http: whoever is on the way can read what is deployed here, and "
                 "answer in its place; use https",
                 endpoint);
    return TRUE;
  }
  if (agent_config_is_test (host->config))
    return TRUE;
  const char *start = endpoint + strlen ("https://");
  g_autofree char *url = g_strdup_printf ("https://%.*s/", (int)strcspn (start, "/?#"), start);
  const HttpClientRequest request = { .method = "GET", .url = url };
  g_autoptr (HttpClientAnswer) answer = http_client_send (client, &request, error);
  if (answer != NULL)
    return TRUE;
  if (error != NULL && g_error_matches (*error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TLS))
    g_prefix_error (error, "nothing is polled, because the command service cannot show who it is "
                           "(see \"ssl_ca_bundle\" for a CA of your own): ");
  return FALSE;
}
