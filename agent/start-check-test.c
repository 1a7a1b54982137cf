#include "agent/start-check.h"

#include <glib/gstdio.h>

#include "proto/test-http-server.h"

typedef struct {
  Arena *arena;
  char *folder;
  char *ca;
  TestServer *server;
  AgentLog *log;
  AgentHost host;
} Fixture;

static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  g_assert_true (g_str_has_prefix (request->head, "GET / "));
  return test_answer ("403 Forbidden", "", "", 0, out_length);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->arena = arena_new ();
  f->server = test_server_start (answer, NULL, "IP:127.0.0.1");
  f->folder = g_dir_make_tmp ("check-XXXXXX", &error);
  g_assert_no_error (error);
  f->ca = g_build_filename (f->folder, "ca.pem", NULL);
  g_assert_true (g_file_set_contents (f->ca, f->server->ca_pem, -1, NULL));
  AgentLogSettings settings = { .directory = f->folder,
                                .program_name = "agent",
                                .ambient = ambient_system () };
  f->log = agent_log_new (&settings, &error);
  g_assert_no_error (error);
  f->host = (AgentHost){ .log = f->log, .ambient = ambient_system () };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *log = g_build_filename (f->folder, "agent.log", NULL);
  test_server_stop (f->server);
  agent_log_free (f->log);
  g_unlink (f->ca);
  g_unlink (log);
  g_rmdir (f->folder);
  g_free (f->ca);
  g_free (f->folder);
  arena_free (f->arena);
}

static gboolean
passes (Fixture *f, const char *settings, const char *endpoint, GError **error)
{
  const char *text = arena_printf (f->arena, "root_dir: /r\nno_proxy: '*'\n%s\n", settings);
  f->host.config = agent_config_parse (text, strlen (text), f->arena, error);
  g_assert_nonnull (f->host.config);
  g_autoptr (HttpClient) client = start_check_client_new (&f->host, error);
  g_assert_nonnull (client);
  return start_check_endpoint (&f->host, endpoint, client, error);
}

static void
test_tls (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *trusting = arena_printf (f->arena, "ssl_ca_bundle: %s", f->ca);
  const char *url = arena_printf (f->arena, "https://127.0.0.1:%u/x?y", f->server->port);

  g_assert_true (passes (f, trusting, url, &error));
  g_assert_no_error (error);
  g_unsetenv ("SSL_CERT_FILE");
  g_assert_false (passes (f, "", url, &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TLS);
  g_assert_nonnull (strstr (error->message, "nothing is polled"));
  g_clear_error (&error);
  g_assert_true (passes (f, "codedeploy_test_profile: gamma", url, &error));
  g_assert_false (passes (f, trusting, "https://127.0.0.1:1", &error));
  g_assert_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_CONNECT);
}

static void
test_plain (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "agent.log", NULL);
  g_autofree char *quiet = NULL;
  g_autofree char *warned = NULL;

  g_assert_true (passes (f, "", "http://127.0.0.1:1", NULL));
  g_assert_true (g_file_get_contents (path, &quiet, NULL, NULL));
  g_assert_cmpstr (quiet, ==, "");
  g_assert_true (passes (f, "", "http://deploy.example", NULL));
  g_assert_true (g_file_get_contents (path, &warned, NULL, NULL));
  g_assert_nonnull (strstr (warned, "http://deploy.example is plain http"));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/start-check/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("33-tls-must-complete-whatever-the-answer", test_tls);
  ADD ("plain-http-is-warned-of", test_plain);
  return g_test_run ();
}
