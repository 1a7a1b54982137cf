#include "server/engine/private.h"
#include "server/engine/simulated-deployments.h"
#include "server/engine/simulated-hosts.h"
#include "store/records/iam-role.h"

/* Which hosts, in which order: deployments.md 3, 8. */

static void
expect_order (Fleet *fleet, const char *id, const char *expected)
{
  g_autoptr (GString) order = g_string_new (NULL);
  for (guint i = 0; i < fleet->journal->len; i++) {
    g_auto (GStrv) parts = g_strsplit (g_ptr_array_index (fleet->journal, i), " ", 4);
    if (strcmp (parts[1], "ApplicationStop") == 0 && strcmp (parts[2], id) == 0)
      g_string_append_printf (order, "%s%s", order->len > 0 ? " " : "", parts[0] + strlen ("web-"));
  }
  g_assert_cmpstr (order->str, ==, expected);
}

/* 70, 71 */
static void
test_order_by_health (void)
{
  g_autoptr (Fleet) fleet = fleet_new (3);
  fleet_tell (fleet, "web-03", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/1/0"); /* the last may fail */
  expect_order (fleet, id, "01 02 03");

  /* 03 failed, 04 is new, 01 and 02 are current */
  fleet_add_host (fleet, "web-04");
  fleet_tell (fleet, "web-03", LIFECYCLE_INSTALL, DEED_SUCCEED);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .config = "HOST_COUNT:3" });
  fleet_run (fleet);
  expect_order (fleet, id, "03 04 01 02");
  fleet_expect (fleet, id, "Succeeded 3/1/0");
}

/* 74, and old before current: after a half-way failure */
static void
test_health_after_a_failed_deployment (void)
{
  g_autoptr (Fleet) fleet = fleet_new (4);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed HEALTH_CONSTRAINTS 1/1/2");
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_SUCCEED);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  /* 02 is unhealthy; 01 has revision 2, which is not the group's; 03 and 04 are current */
  expect_order (fleet, id, "02 01 03 04");
}

/* 75: current, and fails in a deployment that succeeds: then nothing is known of it */
static void
test_health_after_a_success_with_failures (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 2 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/1/0");
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_SUCCEED);
  /* it does not count as having revision 1 */
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .outdated_only = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 2/0/0");
  expect_order (fleet, id, "02 01");
}

/* 76 */
static void
test_health_is_per_group (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_add_group (fleet, "api", "web");
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "api" });
  fleet_run (fleet);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_FAIL);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 2, .group = "api" });
  fleet_run (fleet);
  fleet_tell (fleet, "web-02", LIFECYCLE_INSTALL, DEED_SUCCEED);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 3 });
  fleet_run (fleet);
  expect_order (fleet, id, "01 02");
}

/* 161 */
static void
test_outdated_only (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_add_host (fleet, "web-03");
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .outdated_only = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
  g_assert_cmpint (fleet_deployment (fleet, id)->n_targets, ==, 1);
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .outdated_only = TRUE });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
}

/* 90 */
static void
test_no_instances (void)
{
  g_autoptr (Fleet) fleet = fleet_new (0);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed NO_INSTANCES 0/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->error_message, "blog"));
}

/* 91 */
static void
test_too_many_instances (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1001);
  g_autoptr (GError) error = NULL;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed OVER_MAX_INSTANCES 0/0/0");
  fleet->quotas.instances_per_deployment = 1001;
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  FLEET_CHECK (engine_run_due (fleet->engine, NULL, &error), error);
  g_assert_cmpint (fleet_deployment (fleet, id)->n_targets, ==, 1001);
}

static void
test_too_many_instances_at_the_same_time (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_add_group (fleet, "api", "web");
  fleet->quotas.instances_per_deployment = fleet->quotas.concurrent_instances = 3;
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *first = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  const char *second = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "api" });
  fleet_run (fleet);
  fleet_expect (fleet, second, "Failed OVER_MAX_INSTANCES 0/0/0");
  g_assert_nonnull (
      strstr (fleet_deployment (fleet, second)->error_message, "raise quota_concurrent_instances"));
  g_assert_cmpint (fleet_deployment (fleet, first)->status, ==, DEPLOYMENT_IN_PROGRESS);
  /* one deployment may always have what one may have */
  fleet->quotas.instances_per_deployment = 4;
  second = fleet_deploy (fleet, &(FleetOrder){ .revision = 1, .group = "api" });
  fleet_run (fleet);
  g_assert_cmpint (fleet_deployment (fleet, second)->status, ==, DEPLOYMENT_IN_PROGRESS);
}

static void
deregister (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean changed;
  FLEET_CHECK (instance_record_deregister (tx, "web-02", 5, &changed, &error), error);
  g_assert_true (changed);
}

/* 162, 163 */
static void
test_deregistered_and_later_hosts (void)
{
  g_autoptr (Fleet) fleet = fleet_new (2);
  fleet_in_tx (fleet, STORE_WRITE, deregister, NULL);
  fleet_tell (fleet, "web-01", LIFECYCLE_INSTALL, DEED_HANG);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_add_host (fleet, "web-03");
  g_assert_cmpint (fleet_deployment (fleet, id)->n_targets, ==, 1);
  fleet_report (fleet, "web-01", fleet_command_id (fleet, id, "web-01", 3),
                ENGINE_REPORT_SUCCEEDED);
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

static void
delete_group (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (deployment_group_record_delete (tx, data, 5, &error), error);
}

static void
delete_application (StoreTx *tx, gpointer data)
{
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (application_record_delete (tx, FLEET_APPLICATION, 5, &error), error);
}

/* 94 */
static void
test_deleted_before_the_start (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1), other = fleet_new (1);
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_in_tx (fleet, STORE_WRITE, delete_group, fleet_group_id (fleet, "blog"));
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed DEPLOYMENT_GROUP_MISSING 0/0/0");
  id = fleet_deploy (other, &(FleetOrder){ .revision = 1 });
  fleet_in_tx (other, STORE_WRITE, delete_application, NULL);
  fleet_run (other);
  fleet_expect (other, id, "Failed APPLICATION_MISSING 0/0/0");
}

static void
put_role (StoreTx *tx, gpointer trusted)
{
  g_autoptr (GError) error = NULL;
  gboolean taken;
  g_autofree char *trust = g_strdup_printf (
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
      "\"%s\"},\"Action\":\"sts:AssumeRole\"}]}",
      (const char *)trusted);
  const IamRole role = { .arn = "arn:aws:iam::123456789012:role/deploy",
                         .path = "/",
                         .name = "deploy",
                         .description = "",
                         .trust_policy = trust,
                         .max_session_s = 3600,
                         .create_ms = 1 };
  FLEET_CHECK (iam_role_record_insert (tx, &role, &taken, &error), error);
}

static void
delete_role (StoreTx *tx, gpointer unused)
{
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (iam_role_record_delete (tx, "arn:aws:iam::123456789012:role/deploy", &error), error);
}

/* 92 */
static void
test_the_service_role_is_gone (void)
{
  g_autoptr (Fleet) fleet = fleet_new (1);
  fleet->engine->config.policy.check_service_roles = TRUE;
  const char *id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed IAM_ROLE_MISSING 0/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->error_message, "is not a role"));

  fleet_in_tx (fleet, STORE_WRITE, put_role, (gpointer) "ec2.amazonaws.com");
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Failed IAM_ROLE_MISSING 0/0/0");
  g_assert_nonnull (strstr (fleet_deployment (fleet, id)->error_message, "does not trust"));

  fleet_in_tx (fleet, STORE_WRITE, delete_role, NULL);
  fleet_in_tx (fleet, STORE_WRITE, put_role, (gpointer) "codedeploy.amazonaws.com");
  id = fleet_deploy (fleet, &(FleetOrder){ .revision = 1 });
  fleet_run (fleet);
  fleet_expect (fleet, id, "Succeeded 1/0/0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/start/70-71-order-by-health", test_order_by_health);
  g_test_add_func ("/start/74-health-after-a-failed-deployment",
                   test_health_after_a_failed_deployment);
  g_test_add_func ("/start/75-health-after-a-success-with-failures",
                   test_health_after_a_success_with_failures);
  g_test_add_func ("/start/76-health-is-per-group", test_health_is_per_group);
  g_test_add_func ("/start/161-outdated-only", test_outdated_only);
  g_test_add_func ("/start/90-no-instances", test_no_instances);
  g_test_add_func ("/start/91-too-many-instances", test_too_many_instances);
  g_test_add_func ("/start/too-many-instances-at-the-same-time",
                   test_too_many_instances_at_the_same_time);
  g_test_add_func ("/start/162-163-deregistered-and-later-hosts",
                   test_deregistered_and_later_hosts);
  g_test_add_func ("/start/94-deleted-before-the-start", test_deleted_before_the_start);
  g_test_add_func ("/start/92-the-service-role-is-gone", test_the_service_role_is_gone);
  return g_test_run ();
}
