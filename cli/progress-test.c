#include "cli/progress.h"

#include <string.h>

#include "cli/deployment-report.h"
#include "cli/exit-status.h"
#include "proto/shape.h"

/* A deployment as its JSON shows it: the tests read like the API's answers. */
static DeploymentSnapshot
snapshot_from (Arena *arena, const char *info, const char *const *targets)
{
  g_autoptr (GError) error = NULL;
  gpointer value = NULL;
  DeploymentSnapshot snapshot = { 0 };
  g_assert_true (shape_from_text (&api_shape_deployment_info, info, arena, &value, &error));
  snapshot.info = value;
  snapshot.targets = arena_new0_n (arena, const ApiInstanceTarget *, 200);
  for (gsize i = 0; targets[i] != NULL; i++) {
    g_assert_true (shape_from_text (&api_shape_instance_target, targets[i], arena, &value, &error));
    snapshot.targets[snapshot.n_targets++] = value;
  }
  return snapshot;
}

#define EVENT(name, status) "{\"lifecycleEventName\":\"" name "\",\"status\":\"" status "\"}"
#define DONE                                                                                       \
  "{\"targetId\":\"web-1\",\"status\":\"Succeeded\",\"lifecycleEvents\":[" EVENT (                 \
      "ApplicationStop", "Succeeded") "," EVENT ("Install", "Succeeded") "]}"
#define BUSY                                                                                       \
  "{\"targetId\":\"web-2\",\"status\":\"InProgress\",\"lifecycleEvents\":[" EVENT (                \
      "ApplicationStop", "Succeeded") "," EVENT ("Install", "InProgress") "]}"
#define WAITING                                                                                    \
  "{\"targetId\":\"web-3\",\"status\":\"Pending\",\"lifecycleEvents\":[" EVENT (                   \
      "ApplicationStop", "Pending") "," EVENT ("Install", "Pending") "]}"
#define BROKEN                                                                                     \
  "{\"targetId\":\"web-1\",\"status\":\"Failed\",\"lifecycleEvents\":[" EVENT (                    \
      "Install",                                                                                   \
      "Succeeded") ",{\"lifecycleEventName\":\"ValidateService\",\"status\":\"Failed\","           \
                   "\"diagnostics\":{\"errorCode\":\"ScriptFailed\",\"scriptName\":\"hooks/"       \
                   "check\","                                                                      \
                   "\"message\":\"exit status 3\",\"logTail\":\"[stderr]\\u001b[2Jport "           \
                   "closed\\n\"}}]}"
#define SKIPPED "{\"targetId\":\"web-2\",\"status\":\"Skipped\"}"

#define INFO(status)                                                                               \
  "{\"deploymentId\":\"d-ABCDEFGHI\",\"status\":\"" status "\",\"createTime\":1000}"

static void
test_block (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { DONE, BUSY, WAITING, NULL };
  const DeploymentSnapshot snapshot = snapshot_from (arena, INFO ("InProgress"), targets);
  const ProgressView view = { 80, 24, PROGRESS_PLAIN, 1000 * 1000 + 2500 };
  g_autofree char *block = progress_block (&snapshot, &view);
  g_assert_cmpstr (block, ==,
                   "  #############-------------  1 of 3 hosts  InProgress  2.5 s\n"
                   "  web-1  Succeeded    ##\n"
                   "  web-2  InProgress   #>  Install\n"
                   "  web-3  Pending      ..\n");
}

#define BLOCKING                                                                                   \
  "{\"targetId\":\"web-4\",\"status\":\"InProgress\",\"lifecycleEvents\":["                        \
  "{\"lifecycleEventName\":\"BlockTraffic\",\"status\":\"InProgress\",\"diagnostics\":{"           \
  "\"errorCode\":\"Success\",\"message\":\"3 connections of web-4 are still open\"}}]}"

/* The line is for who looks, and gives way to hosts where there is no room for both. */
static void
test_what_is_awaited (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { BLOCKING, DONE, NULL };
  const DeploymentSnapshot snapshot = snapshot_from (arena, INFO ("InProgress"), targets);
  ProgressView view = { 80, 24, PROGRESS_PLAIN, 1000 * 1000 + 2500 };
  g_autofree char *block = progress_block (&snapshot, &view);
  g_assert_nonnull (strstr (block, "  web-4  InProgress   >  BlockTraffic\n"
                                   "    3 connections of web-4 are still open\n"
                                   "  web-1  Succeeded"));
  view.rows = 5;
  g_autofree char *low = progress_block (&snapshot, &view);
  g_assert_null (strstr (low, "connections"));
  view = (ProgressView){ 20, 24, PROGRESS_PLAIN, 2000 };
  g_autofree char *narrow = progress_block (&snapshot, &view);
  g_auto (GStrv) lines = g_strsplit (narrow, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 20);
  }
}

#define PAUSED                                                                                     \
  "{\"deploymentId\":\"d-ABCDEFGHI\",\"status\":\"InProgress\",\"createTime\":1000,"               \
  "\"additionalDeploymentStatusInfo\":\"Paused since then by ann: nothing starts\","               \
  "\"stages\":[{\"name\":\"canary\",\"kind\":\"wave\",\"status\":\"Succeeded\",\"hosts\":1,"       \
  "\"succeeded\":1},{\"name\":\"z\",\"kind\":\"zone\",\"status\":\"InProgress\",\"hosts\":2,"      \
  "\"succeeded\":0,\"approvedBy\":\"bob\"}]}"

static void
test_what_it_waits_for (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { WAITING, NULL };
  const DeploymentSnapshot snapshot = snapshot_from (arena, PAUSED, targets);
  const ProgressView view = { 40, 24, PROGRESS_PLAIN, 1000 * 1000 + 2500 };
  g_autofree char *block = progress_block (&snapshot, &view);
  const char *rest = strchr (block, '\n') + 1;
  g_assert_true (g_str_has_prefix (rest, "  Paused since then by ann: nothing\n"
                                         "  starts\n"
                                         "  wave canary: Succeeded, 1 of 1 hosts\n"
                                         "  zone z: InProgress, 0 of 2 hosts"));
  g_assert_true (g_str_has_suffix (rest, "  web-3  Pending      ..\n"));
}

static void
test_waits_are_told_once (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { NULL };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const DeploymentSnapshot paused = snapshot_from (arena, PAUSED, targets);
  const DeploymentSnapshot going = snapshot_from (arena, INFO ("InProgress"), targets);
  g_autofree char *first = progress_changes (&going, seen);
  g_assert_cmpstr (first, ==, "d-ABCDEFGHI  InProgress\n");
  g_autofree char *waits = progress_changes (&paused, seen);
  g_assert_cmpstr (waits, ==, "d-ABCDEFGHI  Paused since then by ann: nothing starts\n");
  g_autofree char *still = progress_changes (&paused, seen);
  g_assert_cmpstr (still, ==, "");
  g_autofree char *again = progress_changes (&going, seen);
  g_assert_cmpstr (again, ==, "d-ABCDEFGHI  goes on\n");
  g_autofree char *on = progress_changes (&going, seen);
  g_assert_cmpstr (on, ==, "");
}

static void
test_block_is_never_wider (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { DONE, BUSY, WAITING, NULL };
  const DeploymentSnapshot snapshot = snapshot_from (arena, INFO ("InProgress"), targets);
  const DeploymentSnapshot paused = snapshot_from (arena, PAUSED, targets);
  for (guint columns = 1; columns < 100; columns++) {
    const ProgressView view = { columns, 24, PROGRESS_UNICODE, 2000 };
    g_autofree char *block = progress_block (columns % 2 == 0 ? &snapshot : &paused, &view);
    g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
      g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, MAX (columns, 2));
    }
  }
}

static void
test_small_window (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GPtrArray) targets = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < 100; i++) {
    g_ptr_array_add (targets, g_strdup_printf ("{\"targetId\":\"host-%03d\",\"status\":\"%s\"}", i,
                                               i == 70 ? "Failed" : "Succeeded"));
  }
  g_ptr_array_add (targets, NULL);
  const DeploymentSnapshot snapshot =
      snapshot_from (arena, INFO ("InProgress"), (const char *const *)targets->pdata);
  const ProgressView view = { 80, 8, PROGRESS_PLAIN, 2000 };
  g_autofree char *block = progress_block (&snapshot, &view);
  g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), <=, 8);
  g_assert_nonnull (strstr (lines[1], "host-070"));
  g_assert_nonnull (strstr (block, "and 95 more"));
}

static void
test_changes (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *before[] = { DONE, WAITING, NULL };
  DeploymentSnapshot snapshot = snapshot_from (arena, INFO ("InProgress"), before);
  g_autofree char *first = progress_changes (&snapshot, seen);
  g_assert_cmpstr (first, ==, "web-1  Succeeded\nweb-3  Pending\nd-ABCDEFGHI  InProgress\n");
  g_autofree char *same = progress_changes (&snapshot, seen);
  g_assert_cmpstr (same, ==, "");
  const char *after[] = { DONE, BUSY, WAITING, NULL };
  snapshot = snapshot_from (arena, INFO ("InProgress"), after);
  g_autofree char *second = progress_changes (&snapshot, seen);
  g_assert_cmpstr (second, ==, "web-2  InProgress  Install\n");
}

static void
test_failure_report (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = { BROKEN, SKIPPED, NULL };
  const DeploymentSnapshot snapshot = snapshot_from (
      arena,
      "{\"deploymentId\":\"d-ABCDEFGHI\",\"status\":\"Failed\",\"createTime\":1,\"completeTime\":"
      "13,"
      "\"errorInformation\":{\"code\":\"HEALTH_CONSTRAINTS\",\"message\":\"too many failed\"},"
      "\"rollbackInfo\":{\"rollbackDeploymentId\":\"d-ROLLBACK1\"}}",
      targets);
  g_autofree char *report = deployment_report (&snapshot, PROGRESS_PLAIN);
  g_assert_cmpstr (report, ==,
                   "Deployment d-ABCDEFGHI failed after 12 s\n"
                   "  HEALTH_CONSTRAINTS: too many failed\n"
                   "\n"
                   "  web-1: ValidateService failed (ScriptFailed)\n"
                   "    script   hooks/check\n"
                   "    message  exit status 3\n"
                   "    | [stderr]?[2Jport closed\n"
                   "  1 host not tried: web-2\n"
                   "\n"
                   "Rollback: deployment d-ROLLBACK1 was started\n"
                   "  slipway status d-ROLLBACK1 --wait\n");
  g_assert_cmpint (deployment_report_exit (&snapshot), ==, CLI_EXIT_DEPLOYMENT);
}

#define LOST                                                                                       \
  "{\"targetId\":\"web-5\",\"status\":\"InProgress\",\"waitsFor\":\"its turn: deployment "         \
  "d-ZZZZZZZZZ is at this host\",\"lifecycleEvents\":[" EVENT ("ApplicationStop", "Pending") "]}"
#define CHECKED(n)                                                                                 \
  "{\"targetId\":\"web-6\",\"status\":\"InProgress\",\"lifecycleEvents\":[{"                       \
  "\"lifecycleEventName\":\"AllowTraffic\",\"status\":\"InProgress\",\"diagnostics\":{"            \
  "\"message\":\"" n " of 2 health checks passed\"}}]}"
#define BETWEEN                                                                                    \
  "{\"targetId\":\"web-6\",\"status\":\"InProgress\",\"lifecycleEvents\":[" EVENT (                \
      "AllowTraffic", "Succeeded") "]}"

static void
test_hosts_that_wait (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *waiting[] = { LOST, CHECKED ("0"), NULL },
             *counting[] = { LOST, CHECKED ("1"), NULL }, *between[] = { LOST, BETWEEN, NULL };
  DeploymentSnapshot snapshot = snapshot_from (arena, INFO ("InProgress"), waiting);
  const ProgressView view = { 80, 24, PROGRESS_PLAIN, 2000 };
  g_autofree char *block = progress_block (&snapshot, &view);
  g_assert_nonnull (strstr (block, "  web-5  InProgress   .\n"
                                   "    waits for its turn: deployment d-ZZZZZZZZZ is at this "
                                   "host\n"));
  g_autofree char *first = progress_changes (&snapshot, seen);
  g_assert_cmpstr (first, ==,
                   "web-5  InProgress  waits for its turn: deployment d-ZZZZZZZZZ is at this host\n"
                   "web-6  InProgress  AllowTraffic: 0 of 2 health checks passed\n"
                   "d-ABCDEFGHI  InProgress\n");
  snapshot = snapshot_from (arena, INFO ("InProgress"), counting);
  g_autofree char *numbers = progress_changes (&snapshot, seen);
  g_assert_cmpstr (numbers, ==, "");
  snapshot = snapshot_from (arena, INFO ("InProgress"), between);
  g_autofree char *nothing = progress_changes (&snapshot, seen);
  g_assert_cmpstr (nothing, ==, "");
}

static void
test_stop_report (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *targets[] = {
    "{\"targetId\":\"web-1\",\"status\":\"Failed\",\"lifecycleEvents\":[" EVENT (
        "Install", "Succeeded") "," EVENT ("ValidateService", "Skipped") "]}",
    NULL
  };
  const DeploymentSnapshot snapshot =
      snapshot_from (arena,
                     "{\"deploymentId\":\"d-ABCDEFGHI\",\"status\":\"Stopped\",\"createTime\":1,"
                     "\"completeTime\":13,\"errorInformation\":{\"code\":\"MANUAL_STOP\","
                     "\"message\":\"stopped\"}}",
                     targets);
  g_autofree char *report = deployment_report (&snapshot, PROGRESS_PLAIN);
  g_assert_cmpstr (report, ==,
                   "Deployment d-ABCDEFGHI was stopped after 12 s\n"
                   "  MANUAL_STOP: stopped\n"
                   "  who it was: slipway audit --resource d-ABCDEFGHI\n"
                   "\n"
                   "  web-1: the deployment ended before ValidateService\n");
}

static void
test_durations (void)
{
  const struct {
    gint64 ms;
    const char *text;
  } cases[] = { { -5, "0.0 s" },   { 840, "0.8 s" },         { 9999, "9.9 s" },
                { 12345, "12 s" }, { 187000, "3 min 07 s" }, { 7500000, "2 h 05 min" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = progress_duration (cases[i].ms);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/progress/a-bar-and-a-line-for-each-host", test_block);
  g_test_add_func ("/progress/no-line-is-wider-than-the-terminal", test_block_is_never_wider);
  g_test_add_func ("/progress/a-small-window-shows-failed-hosts-first", test_small_window);
  g_test_add_func ("/progress/changes-are-told-once", test_changes);
  g_test_add_func ("/progress/what-a-load-balancer-waits-for-is-told", test_what_is_awaited);
  g_test_add_func ("/progress/a-failure-names-host-event-script-and-rollback", test_failure_report);
  g_test_add_func ("/progress/what-it-waits-for", test_what_it_waits_for);
  g_test_add_func ("/progress/waits-are-told-once", test_waits_are_told_once);
  g_test_add_func ("/progress/hosts-that-wait-say-so-and-numbers-are-no-news",
                   test_hosts_that_wait);
  g_test_add_func ("/progress/a-stop-tells-what-was-not-run-and-where-to-ask", test_stop_report);
  g_test_add_func ("/progress/durations", test_durations);
  return g_test_run ();
}
