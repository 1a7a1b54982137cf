#include "agent/http-settings.h"

#include <string.h>

static AgentHost
host_of (const char *settings, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const char *text = arena_printf (arena, "root_dir: /r\n%s\n", settings);
  const AgentConfig *config = agent_config_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return (AgentHost){ .config = config };
}

static void
test_proxies (void)
{
  g_autoptr (Arena) arena = arena_new ();
  AgentHost none = host_of ("", arena);
  AgentHost one = host_of ("proxy_uri: http://p\nno_proxy: .internal", arena);
  AgentHost two = host_of ("proxy_uri: http://p\nbundle_proxy_uri: http://b", arena);

  g_assert_null (http_settings_for (&none, HTTP_PEER_COMMAND_SERVICE).proxy);
  g_assert_null (http_settings_for (&none, HTTP_PEER_COMMAND_SERVICE).no_proxy);
  for (int peer = HTTP_PEER_COMMAND_SERVICE; peer <= HTTP_PEER_GITHUB; peer++) {
    g_assert_cmpstr (http_settings_for (&one, peer).proxy, ==, "http://p");
    g_assert_cmpstr (http_settings_for (&one, peer).no_proxy, ==, ".internal");
    g_assert_cmpstr (http_settings_for (&two, peer).proxy, ==,
                     peer == HTTP_PEER_COMMAND_SERVICE ? "http://p" : "http://b");
  }
}

static void
test_certificates (void)
{
  g_autoptr (Arena) arena = arena_new ();
  AgentHost plain = host_of ("", arena);
  AgentHost own = host_of ("ssl_ca_bundle: /own.pem", arena);

  g_unsetenv ("AWS_SSL_CA_BUNDLE");
  g_unsetenv ("SSL_CERT_FILE");
  g_unsetenv ("AWS_SSL_CA_DIRECTORY");
  g_assert_null (http_settings_for (&plain, HTTP_PEER_OBJECT_STORE).ca_file);
  g_assert_null (http_settings_for (&plain, HTTP_PEER_OBJECT_STORE).ca_directory);
  g_setenv ("SSL_CERT_FILE", "/cert.pem", TRUE);
  g_assert_cmpstr (http_settings_for (&plain, HTTP_PEER_OBJECT_STORE).ca_file, ==, "/cert.pem");
  g_setenv ("AWS_SSL_CA_BUNDLE", "/bundle.pem", TRUE);
  g_setenv ("AWS_SSL_CA_DIRECTORY", "/folder", TRUE);
  g_assert_cmpstr (http_settings_for (&plain, HTTP_PEER_OBJECT_STORE).ca_file, ==, "/bundle.pem");
  g_assert_cmpstr (http_settings_for (&own, HTTP_PEER_OBJECT_STORE).ca_file, ==, "/own.pem");
  g_assert_null (http_settings_for (&own, HTTP_PEER_GITHUB).ca_file);
  g_assert_cmpstr (http_settings_for (&own, HTTP_PEER_GITHUB).ca_directory, ==, "/folder");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http-settings/proxies", test_proxies);
  g_test_add_func ("/http-settings/certificates", test_certificates);
  return g_test_run ();
}
