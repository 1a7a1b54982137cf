#include "cli/plan-text.h"

#include "core/arena.h"
#include "proto/shape.h"

#include <string.h>

static const ApiPlanDeploymentOutput *
read_plan (const char *text, Arena *arena)
{
  gpointer plan;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  gboolean read = shape_from_text (&api_shape_plan_deployment_output, json, arena, &plan, &error);
  g_assert_no_error (error);
  g_assert_true (read);
  return plan;
}

static void
test_hosts_in_their_order (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiPlanDeploymentOutput *plan = read_plan (
      "{'deploymentConfigName':'CodeDeployDefault.HalfAtATime','minimumHealthyHosts':1,"
      "'failureBudget':1,'batchSize':1,'hosts':[{'targetId':'web-01','health':'unhealthy',"
      "'lastSeenTime':100},{'targetId':'web-2','health':'current'}],'findings':[]}",
      arena);
  g_autofree char *text = plan_text (plan, 80, 112 * 1000);
  g_assert_cmpstr (
      text, ==,
      "  2 hosts with CodeDeployDefault.HalfAtATime: 1 must stay healthy, up to 1 at a "
      "time\n"
      "  It fails with failure number 1 while hosts are still to come\n"
      "\n"
      "      1  web-01  unhealthy  seen 12 s ago\n"
      "      2  web-2   current    not seen\n");
  g_assert_false (plan_text_is_blocked (plan));
}

static void
test_stages_and_findings (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiPlanDeploymentOutput *plan = read_plan (
      "{'deploymentConfigName':'c','minimumHealthyHosts':0,'failureBudget':2,'batchSize':2,"
      "'stages':[{'name':'canary','kind':'wave','hosts':1,'batchSize':1,'mustSucceed':1,"
      "'waitInSeconds':60,'approval':true},{'name':'z','kind':'zone','hosts':1,'batchSize':1,"
      "'minimumHealthyHosts':1}],'hosts':[{'targetId':'a','health':'old','zone':'z'},"
      "{'targetId':'b','health':'old'}],'findings':[{'severity':'blocks','code':'X',"
      "'message':'one two three four five'},{'severity':'warns','code':'Y','message':'\\u001b[2J'}"
      "]}",
      arena);
  g_autofree char *text = plan_text (plan, 31, 0);
  g_assert_cmpstr (
      text, ==,
      "  2 hosts with c: 0 must stay healthy, up to 2 at a time\n"
      "\n"
      "  Wave canary: 1 host, up to 1 at a time, 1 must succeed, then 60 s of watching, "
      "then an approval\n"
      "      1  a     old        not seen               z\n"
      "\n"
      "  Zone z: 1 host, up to 1 at a time, 1 must stay healthy\n"
      "      2  b     old        not seen\n"
      "\n"
      "  blocks  X: one two three four\n"
      "          five\n"
      "  warns   Y: ?[2J\n");
  g_assert_true (plan_text_is_blocked (plan));
}

static void
test_a_copy_and_who_is_replaced (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiPlanDeploymentOutput *plan = read_plan (
      "{'deploymentConfigName':'c','minimumHealthyHosts':2,'failureBudget':1,'batchSize':1,"
      "'hosts':[],'copy':{'autoScalingGroupName':'web\\u001b','instances':3},"
      "'originals':[{'targetId':'i-1','health':'current'}],'findings':[]}",
      arena);
  g_autofree char *text = plan_text (plan, 80, 0);
  g_assert_cmpstr (text, ==,
                   "  3 new hosts, a copy of Auto Scaling group web?, with c: 2 must stay healthy, "
                   "up to 1 at a time\n"
                   "  It fails with failure number 1 while hosts are still to come\n"
                   "\n"
                   "  Replaced, once traffic has moved: 1 host\n"
                   "      1  i-1   current    not seen\n");
  const ApiPlanDeploymentOutput *unknown =
      read_plan ("{'deploymentConfigName':'c','minimumHealthyHosts':0,'failureBudget':0,"
                 "'batchSize':0,'hosts':[],'copy':{'autoScalingGroupName':'web'},'findings':[]}",
                 arena);
  g_autofree char *other = plan_text (unknown, 80, 0);
  g_assert_cmpstr (other, ==,
                   "  New hosts, a copy of Auto Scaling group web, with c: 0 must stay healthy, up "
                   "to 0 at a time\n");
}

/* What another server may leave out. */
static void
test_members_that_are_not_there (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const ApiPlanDeploymentOutput *plan =
      read_plan ("{'hosts':[{}],'stages':[{}],'findings':[{}]}", arena);
  g_autofree char *text = plan_text (plan, 80, 0);
  g_assert_nonnull (strstr (text, "1 host with "));
  g_assert_null (strstr (text, "(null)"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan-text/hosts-in-their-order", test_hosts_in_their_order);
  g_test_add_func ("/plan-text/stages-and-findings", test_stages_and_findings);
  g_test_add_func ("/plan-text/a-copy-and-who-is-replaced", test_a_copy_and_who_is_replaced);
  g_test_add_func ("/plan-text/members-that-are-not-there", test_members_that_are_not_there);
  return g_test_run ();
}
