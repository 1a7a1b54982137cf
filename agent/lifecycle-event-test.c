#include "agent/lifecycle-event.h"

#include <string.h>
#include <sys/stat.h>

#include "agent/fs-atomic.h"

#define GROUP "g-1"

static const char *const events[] = {
  "BeforeBlockTraffic", "AfterBlockTraffic",  "ApplicationStop",
  "BeforeInstall",      "AfterInstall",       "ApplicationStart",
  "ValidateService",    "BeforeAllowTraffic", "AfterAllowTraffic",
};

typedef struct {
  char *folder;
  Arena *arena;
  AgentHost host;
  DeploymentSpec spec; /* of deployment d-new */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("lifecycle-event-XXXXXX", NULL);
  f->arena = arena_new ();
  const char *text = arena_printf (f->arena, "root_dir: %s/root\n", f->folder);
  AgentLogSettings log = { .directory = f->folder,
                           .program_name = "test",
                           .ambient = ambient_system () };
  f->host.config = agent_config_parse (text, strlen (text), f->arena, NULL);
  f->host.log = agent_log_new (&log, NULL);
  f->host.ambient = ambient_system ();
  f->spec = (DeploymentSpec){ .deployment_id = "d-new",
                              .group_id = GROUP,
                              .group_name = "the group",
                              .application_name = "the app",
                              .creator = "user",
                              .type = "IN_PLACE",
                              .appspec_filename = "appspec.yml",
                              .revision = { .type = SPEC_REVISION_S3, .bucket = "b", .key = "k" } };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  agent_log_free (f->host.log);
  arena_free (f->arena);
  g_assert_true (fs_remove_tree (f->folder, NULL));
  g_free (f->folder);
}

/* An unpacked revision whose script says whose it is, for all events, and fails. */
static void
unpack (Fixture *f, const char *deployment)
{
  const char *dir = host_deployment_dir (&f->host, GROUP, deployment, f->arena);
  const char *archive = host_archive_dir (dir, f->arena);
  const char *script = arena_printf (f->arena, "%s/x.sh", archive);
  g_autoptr (GString) appspec = g_string_new ("version: 0.0\nos: linux\nhooks:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    g_string_append_printf (appspec, "  %s:\n    - location: x.sh\n", events[i]);
  g_string_append (appspec, "  Custom:\n    - location: x.sh\n");

  g_assert_true (fs_make_directory (archive, NULL));
  g_assert_true (g_file_set_contents (arena_printf (f->arena, "%s/appspec.yml", archive),
                                      appspec->str, -1, NULL));
  g_assert_true (g_file_set_contents (
      script, arena_printf (f->arena, "#!/bin/sh\necho \"ran %s\"\nexit 3\n", deployment), -1,
      NULL));
  g_assert_cmpint (chmod (script, 0755), ==, 0);
}

static void
point (Fixture *f, HostPointer which, const char *deployment)
{
  const char *dir = host_deployment_dir (&f->host, GROUP, deployment, f->arena);
  g_assert_true (host_write_pointer (&f->host, GROUP, which, dir, NULL));
}

/* deployment: whose script has to run; "": nothing; NULL: the event fails for want of a revision. */
static void
assert_runs (Fixture *f, const char *event, const char *deployment)
{
  g_auto (CommandResult) result = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean is_noop = FALSE;
  gboolean known = lifecycle_event_is_noop (&f->host, &f->spec, event, &is_noop, &error);

  g_test_message ("%s, expected %s", event, deployment != NULL ? deployment : "(failure)");
  lifecycle_event_run (&f->host, &f->spec, event, &result);
  if (deployment == NULL) {
    g_assert_false (known);
    g_assert_cmpint (result.code, ==, DIAGNOSTICS_UNKNOWN);
    return;
  }
  g_assert_no_error (error);
  g_assert_cmpint (is_noop, ==, deployment[0] == '\0');
  if (is_noop) {
    g_assert_cmpint (result.code, ==, DIAGNOSTICS_OK);
    return;
  }
  g_autofree char *line = g_strdup_printf ("[stdout]ran %s\n", deployment);
  g_assert_cmpint (result.code, ==, DIAGNOSTICS_SCRIPT_FAILED);
  g_assert_cmpstr (result.script_name, ==, "x.sh");
  g_assert_true (g_str_has_suffix (result.log, line));
  g_assert_nonnull (strstr (result.message, "/" GROUP "/d-new/logs/scripts.log"));
  g_assert_cmpint (strstr (result.message, "older revision") != NULL, ==,
                   strcmp (deployment, "d-new") != 0);
  if (strcmp (deployment, "d-new") != 0)
    g_assert_nonnull (strstr (result.message, deployment));
}

/* In the order of events. */
static void
assert_all (Fixture *f, const char *const expected[G_N_ELEMENTS (events)])
{
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    assert_runs (f, events[i], expected[i]);
}

static void
test_normal (Fixture *f, gconstpointer data)
{
  static const char *const first[] = { "", "", "", NULL, NULL, NULL, NULL, NULL, NULL };
  static const char *const before[] = { "d-good", "d-good", "d-good", NULL, NULL,
                                        NULL,     NULL,     NULL,     NULL };
  static const char *const after[] = { "d-new", "d-new", "d-new", "d-new", "d-new",
                                       "d-new", "d-new", "d-new", "d-new" };
  assert_all (f, first);
  unpack (f, "d-good");
  unpack (f, "d-recent");
  point (f, HOST_LAST_SUCCESSFUL, "d-good");
  point (f, HOST_MOST_RECENT, "d-recent");
  assert_all (f, before);
  assert_runs (f, "Custom", NULL);
  unpack (f, "d-new");
  assert_all (f, after);
  assert_runs (f, "Custom", "d-new");
  assert_runs (f, "Unheard", "");
}

static void
test_rollback (Fixture *f, gconstpointer data)
{
  static const char *const before[] = { "d-recent", "d-recent", "d-good", NULL,    NULL,
                                        NULL,       NULL,       "d-good", "d-good" };
  static const char *const after[] = { "d-new", "d-new", "d-new", "d-new", "d-new",
                                       "d-new", "d-new", "d-new", "d-new" };
  f->spec.creator = "codeDeployRollback";
  unpack (f, "d-good");
  unpack (f, "d-recent");
  point (f, HOST_LAST_SUCCESSFUL, "d-good");
  point (f, HOST_MOST_RECENT, "d-recent");
  assert_runs (f, "BeforeBlockTraffic", "d-good"); /* in place: as ever */
  f->spec.type = "BLUE_GREEN";
  assert_all (f, before);
  unpack (f, "d-new");
  assert_all (f, after);
}

static void
test_gone (Fixture *f, gconstpointer data)
{
  point (f, HOST_LAST_SUCCESSFUL, "d-gone");
  assert_runs (f, "ApplicationStop", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
  g_test_add ("/lifecycle-event/" path, Fixture, NULL, set_up, function, tear_down)
  CASE ("111-each-event-before-and-after-the-download", test_normal);
  CASE ("112-a-blue-green-rollback", test_rollback);
  CASE ("130-a-revision-that-is-gone", test_gone);
  return g_test_run ();
}
