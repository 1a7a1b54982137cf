#include "agent/config.h"

#include <string.h>

static const AgentConfig *
config_of (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const AgentConfig *config = agent_config_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return config;
}

static void
test_defaults (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentConfig *config = config_of (":root_dir: /r\n", arena);
  g_assert_cmpstr (config->program_name, ==, "codedeploy-agent");
  g_assert_cmpstr (config->root_dir, ==, "/r");
  g_assert_null (config->log_dir);
  g_assert_cmpint (config->wait_between_runs_s, ==, 30);
  g_assert_cmpint (config->max_revisions, ==, 5);
  g_assert_cmpint (config->http_read_timeout_s, ==, 80);
  g_assert_cmpint (config->poll_backoff_first_ms, ==, 10000);
  g_assert_true (config->enable_deployments_log);
  g_assert_false (config->enable_auth_policy);
}

static void
test_keys (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentConfig *config =
      config_of ("---\n:root_dir: /a\nroot_dir: '/b'\n:wait_between_runs: 1.9\nverbose: yes\n"
                 ":proxy_uri: ''\n:log_dir: ~\n:poll_backoff_first: 0.25\n:unknown: [x]\n",
                 arena);
  g_assert_cmpstr (config->root_dir, ==, "/b");
  g_assert_cmpint (config->wait_between_runs_s, ==, 1);
  g_assert_cmpint (config->poll_backoff_first_ms, ==, 250);
  g_assert_true (config->verbose);
  g_assert_null (config->proxy_uri);
  g_assert_null (config->log_dir);
}

static void
test_errors (void)
{
  static const char *const bad[][2] = {
    { "a: b\n", "root_dir" },
    { "root_dir: /\n", "root_dir" },
    { "root_dir: /r\nmax_revisions: 0\n", "line 2" },
    { "root_dir: /r\nmax_revisions: some\n", "\"some\"" },
    { "root_dir: /r\nmax_revisions: 0x10\n", "0x10" },
    { "root_dir: /r\nmax_revisions: nan\n", "nan" },
    { "root_dir: /r\nverbose: maybe\n", "true or false" },
    { "root_dir: /r\nchildren: 2\n", "from 1 to 1" },
    { "root_dir: /r\nmax_revisions: 5 MB\n", "5 MB" },
    { "root_dir: /r\narchive_max_extraction_size: 5 MX\n", "5 MX" },
    { "root_dir: /r\narchive_max_extraction_size: 1e9 TB\n", "1e9 TB" },
    { "root_dir: [/r]\n", "single value" },
    { "root_dir: /r\ns3_addressing: x\n", "path or virtual" },
    { "root_dir: /r\nprogram_name: ../x\n", "program_name" },
    { "- x\n", "mapping" },
    { "root_dir: [\n", "line" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_assert_null (agent_config_parse (bad[i][0], strlen (bad[i][0]), arena, &error));
    g_assert_nonnull (error);
    if (strstr (error->message, bad[i][1]) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, bad[i][1]);
  }
}

static void
test_bytes (void)
{
  static const struct {
    const char *text;
    gint64 bytes;
  } sizes[] = {
    { "0", 0 }, { "1024", 1024 }, { "4GB", 4000000000 }, { "'2 KiB'", 2048 }, { "1mib", 1 << 20 }
  };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (Arena) arena = arena_new ();
    const char *text =
        arena_printf (arena, "root_dir: /r\narchive_max_extraction_size: %s\n", sizes[i].text);
    g_assert_cmpint (config_of (text, arena)->archive_max_extraction_bytes, ==, sizes[i].bytes);
  }
}

static void
test_notices (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentConfig *config =
      config_of (":root_dir: /r\n:plugins: [codedeploy]\n:max_revision: 3\n:wait_after_error: 5\n"
                 ":nothing_like_it: x\n",
                 arena);
  const char *const parts[][2] = { { "line 2", "\"plugins\" has no effect" },
                                   { "line 3", "did you mean \"max_revisions\"" },
                                   { "line 4", "wait_after_error" },
                                   { "line 5",
                                     "\"nothing_like_it\" is no setting and is ignored" } };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_assert_nonnull (config->notices[i]);
    g_assert_nonnull (strstr (config->notices[i], parts[i][0]));
    g_assert_nonnull (strstr (config->notices[i], parts[i][1]));
  }
  g_assert_null (strstr (config->notices[3], "did you mean"));
  g_assert_null (config->notices[4]);
  g_assert_null (config_of ("root_dir: /r\n", arena)->notices[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults-are-the-official-ones", test_defaults);
  g_test_add_func ("/config/137-both-key-styles-load-and-the-last-wins", test_keys);
  g_test_add_func ("/config/sizes-may-have-units", test_bytes);
  g_test_add_func ("/config/keys-without-effect-and-misspelt-ones-are-told", test_notices);
  g_test_add_func ("/config/67-errors-name-key-and-line", test_errors);
  return g_test_run ();
}
