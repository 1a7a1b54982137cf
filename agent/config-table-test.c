#include "agent/config-table.h"

#include <string.h>

static void
test_rows (void)
{
  for (gsize i = 0; i < config_table_length; i++) {
    const ConfigKey *key = &config_table[i];
    g_assert_true (config_table_find (key->key) == key); /* and no other row has its name */
    g_assert_cmpuint (strlen (key->help), >, 0);
    g_assert_cmpuint (strlen (key->key), <, 64);
    g_assert_cmpint (key->least, <=, key->most);
  }
  g_assert_null (config_table_find ("no_such_setting"));
}

static void
test_nearest (void)
{
  g_assert_cmpstr (config_table_nearest ("max_revision")->key, ==, "max_revisions");
  g_assert_cmpstr (config_table_nearest ("rot_dir")->key, ==, "root_dir");
  g_assert_cmpstr (config_table_nearest ("proxy-url")->key, ==, "proxy_uri");
  g_assert_null (config_table_nearest ("entirely_different"));
  g_assert_null (config_table_nearest (""));
  g_autofree char *long_key = g_strnfill (5000, 'x');
  g_assert_null (config_table_nearest (long_key));
}

/* The sample with every setting that it shows as a comment in force: all are defaults, and all are accepted. */
static void
test_sample (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *sample = config_table_page (CONFIG_PAGE_SAMPLE);
  const AgentConfig *config = agent_config_parse (sample, strlen (sample), arena, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->root_dir, ==, "/opt/codedeploy-agent/deployment-root");
  g_assert_null (config->notices[0]);

  g_auto (GStrv) parts = g_strsplit (sample, "\n#:", -1);
  g_autofree char *all = g_strjoinv ("\n:", parts);
  const AgentConfig *same = agent_config_parse (all, strlen (all), arena, &error);
  g_assert_no_error (error);
  g_assert_null (same->notices[0]);
  g_assert_cmpint (same->http_read_timeout_s, ==, config->http_read_timeout_s);
  g_assert_cmpstr (same->on_premises_config_file, ==, config->on_premises_config_file);
}

static void
expect_all_keys (const char *page, const char *format)
{
  for (gsize i = 0; i < config_table_length; i++) {
    g_auto (GStrv) parts = g_strsplit (format, "KEY", 2);
    g_autofree char *wanted = g_strconcat (parts[0], config_table[i].key, parts[1], NULL);
    if (strstr (page, wanted) == NULL)
      g_error ("%s is missing", wanted);
  }
}

static void
test_pages (void)
{
  g_autofree char *list = config_table_page (CONFIG_PAGE_LIST);
  g_autofree char *manual = config_table_page (CONFIG_PAGE_MANUAL);
  g_autofree char *path =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "docs", "agent.md", NULL);
  g_autofree char *docs = NULL;
  g_autoptr (GError) error = NULL;

  expect_all_keys (list, "KEY [");
  expect_all_keys (manual, ".TP\n.B KEY\n");
  if (g_getenv ("SLIPWAY_SOURCE_ROOT") == NULL) {
    g_test_skip ("SLIPWAY_SOURCE_ROOT does not say where docs/agent.md is");
    return;
  }
  g_assert_true (g_file_get_contents (path, &docs, NULL, &error));
  expect_all_keys (docs, "\n| `KEY` | ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config-table/rows", test_rows);
  g_test_add_func ("/config-table/the-key-that-was-meant", test_nearest);
  g_test_add_func ("/config-table/the-sample-file-loads", test_sample);
  g_test_add_func ("/config-table/every-key-is-on-every-page", test_pages);
  return g_test_run ();
}
