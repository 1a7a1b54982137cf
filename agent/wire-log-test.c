#include "agent/wire-log.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/fs-atomic.h"

static const AgentConfig *
config_of (const char *folder, const char *wanted, Arena *arena)
{
  const char *text =
      arena_printf (arena, "root_dir: /r\nlog_dir: %s\nlog_aws_wire: %s\n", folder, wanted);
  return agent_config_parse (text, strlen (text), arena, NULL);
}

static void
test_lines (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("wire-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "codedeploy-agent.aws_wire.log", NULL);
  g_autofree char *text = NULL;
  struct stat status;

  g_autoptr (WireLog) log =
      wire_log_open (config_of (folder, "true", arena), ambient_system (), &error);
  g_assert_no_error (error);
  g_assert_nonnull (log);
  wire_log_line (log, "> GET / HTTP/1.1");
  wire_log_tick (log);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_true (g_str_has_suffix (text, "] > GET / HTTP/1.1\n"));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmphex (status.st_mode & 0777, ==, 0640);
  g_assert_true (fs_remove_tree (folder, NULL));
}

static void
test_not_wanted (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (wire_log_open (config_of ("/nonexistent", "false", arena), NULL, &error));
  g_assert_no_error (error);
  g_assert_true (wire_log_share (NULL, &error));
  wire_log_follow (NULL);
  wire_log_tick (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire-log/lines-for-root-alone", test_lines);
  g_test_add_func ("/wire-log/not-wanted", test_not_wanted);
  return g_test_run ();
}
