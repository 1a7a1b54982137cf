#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"

/* Deployments that watch alarms. Numbers are lines of the conformance checklist (deployments.md 12). */

#define POLL_S 5 /* EngineTimes as they are without settings */

static const char *const on_alarm[] = { "DEPLOYMENT_STOP_ON_ALARM", NULL };
static const char *const on_failure[] = { "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST",
                                          NULL };

static const gboolean yes = TRUE, no = FALSE;
static const gint64 ten_minutes = 10;
static const ApiAlarm cpu = { .name = "cpu" }, disk = { .name = "disk" };
static const ApiAlarm *both[] = { &cpu, &disk };
static const ApiAlarmList names = { 2, both };
static const ApiAlarmConfiguration watched = { .enabled = &yes, .alarms = &names };
static const ApiAlarmConfiguration indulgent = { .enabled = &yes,
                                                 .ignore_poll_alarm_failure = &yes,
                                                 .alarms = &names };
static const ApiAlarmConfiguration switched_off = { .enabled = &no, .alarms = &names };
static const ApiAlarmConfiguration baking = { .enabled = &yes,
                                              .alarms = &names,
                                              .baking_time_in_minutes = &ten_minutes };
static const ApiAlarmConfiguration indulgent_baking = { .enabled = &yes,
                                                        .ignore_poll_alarm_failure = &yes,
                                                        .alarms = &names,
                                                        .baking_time_in_minutes = &ten_minutes };

/* What the alarms say from now on; the latest word counts. */
static void
alarms_say (Fleet *fleet, const char *answer, int times)
{
  fleet_tell_errand (fleet, ERRAND_READ_ALARMS, NULL,
                     &(ErrandResult){ .outcome = ERRAND_DONE, .answer_json = answer }, times);
}

static void
alarms_are_away (Fleet *fleet)
{
  fleet_tell_errand (fleet, ERRAND_READ_ALARMS, NULL,
                     &(ErrandResult){ .outcome = ERRAND_NOT_YET,
                                      .again_ms = 2000,
                                      .message = "http://prom:9090: connection refused" },
                     FLEET_ALWAYS);
}

#define QUIET  "{\"active\":[],\"unknown\":[]}"
#define FIRING "{\"active\":[\"cpu\",\"disk\"]}"

static const char *
deploy (Fleet *fleet, int revision, const ApiAlarmConfiguration *alarms)
{
  return fleet_deploy (
      fleet, &(FleetOrder){ .revision = revision, .alarms = alarms, .rollback_events = on_alarm });
}

/* How often a deployment's alarms were read. */
static int
times_read (Fleet *fleet, const char *id)
{
  g_autofree char *line = g_strdup_printf ("- read-alarms %s", id);
  int n = 0;
  for (guint i = 0; i < fleet->journal->len; i++)
    n += strcmp (g_ptr_array_index (fleet->journal, i), line) == 0;
  return n;
}

static void
steps (Fleet *fleet, int n)
{
  for (int i = 0; i < n; i++)
    fleet_later (fleet, POLL_S);
}

static void
expect_message (Fleet *fleet, const char *id, const char *part)
{
  const char *message = fleet_deployment (fleet, id)->error_message;
  if (message == NULL || strstr (message, part) == NULL)
    g_error ("%s says \"%s\", expected \"%s\" in it", id, message, part);
}

/* 95, 149 */
static void
test_an_active_alarm_stops_before_the_first_event (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  const char *id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  expect_message (fleet, id, "<cpu>, <disk>");
  g_assert_cmpint (fleet_deployment (fleet, id)->complete_ms, !=, 0);
  g_assert_cmpuint (fleet->journal->len, ==, 1);
}

static void
test_nothing_starts_before_alarms_were_read (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  alarms_are_away (fleet);
  const char *id = deploy (fleet, 1, &watched);
  steps (fleet, 3);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_CREATED);
  g_assert_cmpuint (fleet->journal->len, ==, 0);
  alarms_say (fleet, QUIET, FLEET_ALWAYS);
  steps (fleet, 1);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_cmpstr (g_ptr_array_index (fleet->journal, 0), ==,
                   arena_printf (fleet->arena, "- read-alarms %s", id));
}

/* 118: what a host is at runs to its end. */
static void
test_an_alarm_on_the_way_stops_the_rest (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  steps (fleet, 1);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_IN_PROGRESS);
  int read = times_read (fleet, id);
  steps (fleet, 3);
  g_assert_cmpint (times_read (fleet, id), ==, read); /* that it ends is known */
  g_assert_cmpint (fleet_report (fleet, "web-02", fleet_command_id (fleet, id, "web-02", 3),
                                 ENGINE_REPORT_SUCCEEDED),
                   ==, ENGINE_ANSWER_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 1/1/1");
}

static void
test_alarms_are_read_all_the_time (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  steps (fleet, 100);
  g_assert_cmpint (times_read (fleet, id), >=, 99);
  g_assert_cmpint (times_read (fleet, id), <=, 101);
}

/* 150 */
static void
test_unreadable_alarms_stop (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG);
  const char *late = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  alarms_are_away (fleet);
  steps (fleet, 4); /* a monitoring system that is restarted */
  alarms_say (fleet, QUIET, 1);
  steps (fleet, 6);
  g_assert_cmpint (fleet_deployment (fleet, late)->ending, ==, DEPLOYMENT_ERROR_NONE);
  steps (fleet, 2);
  g_assert_cmpint (fleet_deployment (fleet, late)->ending, ==, DEPLOYMENT_ERROR_ALARM_ACTIVE);
  expect_message (fleet, late,
                  "could not be read: no answer within 30 s; the last that was heard: "
                  "http://prom:9090: connection refused");
}

/* 150 */
static void
test_what_cannot_ever_be_read_stops_at_once (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  alarms_say (fleet, "{\"active\":[],\"unknown\":[\"cpu: no rule HighCpu\"]}", 1);
  const char *id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  expect_message (fleet, id, "cpu: no rule HighCpu");

  fleet_tell_errand (
      fleet, ERRAND_READ_ALARMS, NULL,
      &(ErrandResult){ .outcome = ERRAND_REFUSED, .message = "no driver for alarm \"cpu\"" }, 1);
  id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  expect_message (fleet, id, "no driver for alarm \"cpu\"");

  alarms_say (fleet, "neither JSON", 1);
  id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
}

/* 150: not with ignorePollAlarmFailure; an alarm that is active counts all the same. */
static void
test_unreadable_alarms_can_be_ignored (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  alarms_are_away (fleet);
  const char *id = deploy (fleet, 1, &indulgent);
  steps (fleet, 8);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->alarm_warning, "connection refused"));

  alarms_say (fleet, "{\"active\":[\"cpu\"],\"unknown\":[\"disk: gone\"]}", FLEET_ALWAYS);
  id = deploy (fleet, 2, &indulgent);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  expect_message (fleet, id, "<cpu>");
}

static void
test_alarms_without_data_are_told (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  alarms_say (fleet, "{\"insufficient\":[\"disk\"]}", FLEET_ALWAYS);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *id = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->alarm_warning, "<disk>"));
  alarms_say (fleet, QUIET, FLEET_ALWAYS);
  steps (fleet, 1);
  g_assert_null (fleet_deployment (fleet, id)->alarm_warning);
}

typedef struct {
  Fleet *fleet;
  const ApiAlarmConfiguration *alarms;
} GroupAlarms;

static void
set_group_alarms_body (StoreTx *tx, gpointer data)
{
  const GroupAlarms *set = data;
  Arena *arena = set->fleet->arena;
  g_autoptr (GError) error = NULL;
  DeploymentGroupRecord *group;
  DeploymentGroupWrite written;
  gpointer settings;
  FLEET_CHECK (deployment_group_record_by_id (tx, fleet_group_id (set->fleet, "blog"), arena,
                                              &group, &error),
               error);
  FLEET_CHECK (shape_from_text (&api_shape_deployment_group_info, group->settings_json, arena,
                                &settings, &error),
               error);
  ((ApiDeploymentGroupInfo *)settings)->alarm_configuration = set->alarms;
  g_autofree char *text = shape_to_text (&api_shape_deployment_group_info, settings);
  group->settings_json = text;
  FLEET_CHECK (deployment_group_record_update (tx, group, &written, &error), error);
}

static void
set_group_alarms (Fleet *fleet, const ApiAlarmConfiguration *alarms)
{
  GroupAlarms set = { fleet, alarms };
  fleet_in_tx (fleet, STORE_WRITE, set_group_alarms_body, &set);
}

/* 108, 151 */
static void
test_the_deployments_own_replace_the_groups (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  set_group_alarms (fleet, &watched);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  const char *id = deploy (fleet, 1, NULL);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  id = deploy (fleet, 1, &switched_off);
  steps (fleet, 2);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_cmpint (times_read (fleet, id), ==, 0);
}

static void
test_those_that_are_switched_off_are_not_read (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  set_group_alarms (fleet, &switched_off);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  const char *id = deploy (fleet, 1, NULL);
  steps (fleet, 3);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_cmpint (times_read (fleet, id), ==, 0);
}

/* An alarm that cries wolf is taken out of the group while a deployment runs. */
static void
test_the_groups_can_be_changed_on_the_way (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  set_group_alarms (fleet, &watched);
  alarms_are_away (fleet);
  const char *id = deploy (fleet, 1, NULL);
  steps (fleet, 5);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_CREATED);
  set_group_alarms (fleet, &switched_off);
  steps (fleet, 2);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
}

/* 107 */
static void
test_a_rollback_does_not_look_at_alarms (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  set_group_alarms (fleet, &watched);
  const char *good = deploy (fleet, 1, NULL);
  steps (fleet, 1);
  fleet_expect (fleet, good, "Succeeded 2/0/0");
  fleet_tell_times (fleet, "web-02", LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *bad = deploy (fleet, 2, NULL);
  fleet_run (fleet);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  steps (fleet, 1);
  fleet_report (fleet, "web-02", fleet_command_id (fleet, bad, "web-02", 3), ENGINE_REPORT_FAILED);
  steps (fleet, 3);
  fleet_expect (fleet, bad, "Stopped ALARM_ACTIVE 1/1/0");
  const char *rollback = fleet_deployment (fleet, bad)->rollback_id;
  g_assert_nonnull (rollback);
  fleet_expect (fleet, rollback, "Succeeded 2/0/0");
  g_assert_cmpint (times_read (fleet, rollback), ==, 0);
}

static void
test_other_reasons_to_roll_back_are_no_alarm (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *good = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, good, "Succeeded 1/0/0");
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  const char *bad = fleet_deploy (
      fleet, &(FleetOrder){ .revision = 2, .alarms = &watched, .rollback_events = on_failure });
  fleet_run (fleet);
  fleet_expect (fleet, bad, "Stopped ALARM_ACTIVE 0/0/0");
  g_assert_null (fleet_deployment (fleet, bad)->rollback_id);
}

static void
test_a_stop_before_the_first_answer_holds (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  alarms_are_away (fleet);
  const char *id = deploy (fleet, 1, &watched);
  steps (fleet, 1);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  alarms_say (fleet, QUIET, FLEET_ALWAYS);
  steps (fleet, 10);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 0/0/0");
  g_assert_cmpint (times_read (fleet, id), ==, 0);
}

/* ---- baking ---- */

static void
test_a_deployment_bakes (void)
{
  g_autoptr (Fleet) fleet = fleet_new_on_disk (2);
  const char *id = deploy (fleet, 1, &baking);
  fleet_run (fleet);
  const DeploymentRecord *record = fleet_deployment (fleet, id);
  g_assert_cmpint (record->status, ==, DEPLOYMENT_BAKING);
  g_assert_cmpint (record->wait, ==, DEPLOYMENT_WAIT_BAKE);
  g_assert_cmpint (record->wait_until_ms, >, fleet->fake.now_ms + 590 * 1000);
  g_assert_cmpint (record->complete_ms, ==, 0);
  steps (fleet, 60);
  fleet_restart (fleet);
  steps (fleet, 58);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  steps (fleet, 3);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  g_assert_cmpint (times_read (fleet, id), >=, 118);
  g_assert_cmpstr (fleet_group (fleet, "blog")->last_successful_deployment_id, ==, id);
}

static void
test_an_alarm_while_baking_rolls_back (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  const char *good = deploy (fleet, 1, &watched);
  fleet_run (fleet);
  fleet_expect (fleet, good, "Succeeded 2/0/0");
  const char *bad = deploy (fleet, 2, &baking);
  fleet_run (fleet);
  steps (fleet, 50);
  g_assert_cmpint (fleet_deployment (fleet, bad)->status, ==, DEPLOYMENT_BAKING);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  steps (fleet, 1);
  fleet_expect (fleet, bad, "Stopped ALARM_ACTIVE 2/0/0");
  const char *rollback = fleet_deployment (fleet, bad)->rollback_id;
  g_assert_nonnull (rollback);
  fleet_expect (fleet, rollback, "Succeeded 2/0/0"); /* it does not bake */
  g_assert_cmpint (fleet_deployment (fleet, rollback)->revision_number, ==,
                   fleet_deployment (fleet, good)->revision_number);
  g_assert_cmpstr (fleet_group (fleet, "blog")->last_successful_deployment_id, ==, rollback);
}

static void
test_one_that_bakes_can_be_stopped (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = deploy (fleet, 1, &baking);
  steps (fleet, 2);
  g_assert_cmpint (fleet_stop (fleet, id, STOP_ROLLBACK_NO), ==, ENGINE_STOP_SUCCEEDED);
  steps (fleet, 200);
  fleet_expect (fleet, id, "Stopped MANUAL_STOP 1/0/0");
}

static void
test_the_last_word_of_alarms_counts (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  const char *id = deploy (fleet, 1, &baking);
  fleet_run (fleet);
  steps (fleet, 117);
  alarms_are_away (fleet);
  steps (fleet, 4); /* past its time */
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  steps (fleet, 5);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 1/0/0");
}

static void
test_baking_ends_although_nobody_reads_alarms (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  alarms_are_away (fleet);
  const char *id = deploy (fleet, 1, &indulgent_baking);
  steps (fleet, 140);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* Named while it ran: they are watched while it bakes. */
static void
test_alarms_that_come_late_are_watched_while_it_bakes (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet_tell_times (fleet, NULL, LIFECYCLE_INSTALL, DEED_HANG, 1);
  const char *id = deploy (fleet, 1, NULL);
  fleet_run (fleet);
  set_group_alarms (fleet, &baking);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->status, ==, DEPLOYMENT_BAKING);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  steps (fleet, 1);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 1/0/0");
}

/* Whoever was to read them has gone with his server, and the lease of his errand goes on. */
static void
a_reader_that_is_gone_does_not_stop_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (GError) error = NULL;
  FleetErrands gone = { .fleet = fleet };
  const char *id = deploy (fleet, 1, &watched);
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  fleet_in_tx (fleet, STORE_WRITE, fleet_claim_body, &gone);
  g_assert_cmpuint (gone.claimed.n, ==, 1);
  alarms_say (fleet, QUIET, FLEET_ALWAYS);
  fleet_later (fleet, fleet->times.alarm_unreadable_ms / 1000);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

/* Nobody says anything, whoever is asked. */
static void
readers_that_go_one_after_another_stop_it (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  g_autoptr (GError) error = NULL;
  const char *id = deploy (fleet, 1, &watched);
  for (int i = 0; i < 10 && fleet_deployment (fleet, id)->complete_ms == 0; i++) {
    FleetErrands gone = { .fleet = fleet };
    FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
    fleet_in_tx (fleet, STORE_WRITE, fleet_claim_body, &gone);
    fleet->fake.now_ms += fleet->times.alarm_unreadable_ms;
  }
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 0/0/0");
  expect_message (fleet, id, "no answer within 30 s");
}

/* 60 */
static void
an_active_one_stops_it_between_zones (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  g_autoptr (GError) error = NULL;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1,
                                                       .config = "CodeDeployDefault.AllAtOnce",
                                                       .alarms = &watched,
                                                       .zones = "{'monitorDurationInSeconds':600}",
                                                       .rollback_events = on_alarm });
  fleet_tag (fleet, "web-01", ENGINE_ZONE_TAG, "a");
  fleet_tag (fleet, "web-02", ENGINE_ZONE_TAG, "b");
  alarms_say (fleet, QUIET, FLEET_ALWAYS);
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, id)->wait, ==, DEPLOYMENT_WAIT_MONITOR);
  alarms_say (fleet, FIRING, FLEET_ALWAYS);
  steps (fleet, 2);
  fleet_expect (fleet, id, "Stopped ALARM_ACTIVE 1/0/1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(path, fn) g_test_add_func ("/alarms/" path, fn)
  CASE ("60-an-active-one-stops-it-between-zones", an_active_one_stops_it_between_zones);
  CASE ("a-reader-that-is-gone-does-not-stop-it", a_reader_that_is_gone_does_not_stop_it);
  CASE ("readers-that-go-one-after-another-stop-it", readers_that_go_one_after_another_stop_it);
  CASE ("active-before-the-first-event", test_an_active_alarm_stops_before_the_first_event);
  CASE ("nothing-starts-before-they-were-read", test_nothing_starts_before_alarms_were_read);
  CASE ("one-on-the-way-stops-the-rest", test_an_alarm_on_the_way_stops_the_rest);
  CASE ("read-all-the-time", test_alarms_are_read_all_the_time);
  CASE ("unreadable-ones-stop", test_unreadable_alarms_stop);
  CASE ("what-cannot-be-read-stops-at-once", test_what_cannot_ever_be_read_stops_at_once);
  CASE ("unreadable-ones-can-be-ignored", test_unreadable_alarms_can_be_ignored);
  CASE ("without-data-are-told", test_alarms_without_data_are_told);
  CASE ("the-deployments-own-replace-the-groups", test_the_deployments_own_replace_the_groups);
  CASE ("switched-off-are-not-read", test_those_that_are_switched_off_are_not_read);
  CASE ("the-groups-can-be-changed", test_the_groups_can_be_changed_on_the_way);
  CASE ("a-rollback-does-not-look", test_a_rollback_does_not_look_at_alarms);
  CASE ("other-reasons-to-roll-back", test_other_reasons_to_roll_back_are_no_alarm);
  CASE ("a-stop-before-the-first-answer-holds", test_a_stop_before_the_first_answer_holds);
  CASE ("bakes", test_a_deployment_bakes);
  CASE ("active-while-baking", test_an_alarm_while_baking_rolls_back);
  CASE ("one-that-bakes-can-be-stopped", test_one_that_bakes_can_be_stopped);
  CASE ("the-last-word-counts", test_the_last_word_of_alarms_counts);
  CASE ("baking-ends", test_baking_ends_although_nobody_reads_alarms);
  CASE ("late-ones-are-watched-while-it-bakes",
        test_alarms_that_come_late_are_watched_while_it_bakes);
  return g_test_run ();
}
