#include "core/arn.h"

#include <string.h>

static const ArnScope scope = { "aws", "eu-central-1", "123456789012" };

static void
test_arns_are_made (void)
{
  g_autoptr (Arena) a = arena_new ();

  g_assert_cmpstr (arn_for_application (a, &scope, "shop"), ==,
                   "arn:aws:codedeploy:eu-central-1:123456789012:application:shop");
  g_assert_cmpstr (arn_for_deployment_group (a, &scope, "shop", "prod"), ==,
                   "arn:aws:codedeploy:eu-central-1:123456789012:deploymentgroup:shop/prod");
  g_assert_cmpstr (
      arn_for_deployment_config (a, &scope, "CodeDeployDefault.OneAtATime"), ==,
      "arn:aws:codedeploy:eu-central-1:123456789012:deploymentconfig:CodeDeployDefault.OneAtATime");
  g_assert_cmpstr (arn_for_instance (a, &scope, "web-1", "AbCdEf0123"), ==,
                   "arn:aws:codedeploy:eu-central-1:123456789012:instance/web-1_AbCdEf0123");
  g_assert_cmpstr (arn_for_ec2_instance (a, &scope, "i-0abc"), ==,
                   "arn:aws:ec2:eu-central-1:123456789012:instance/i-0abc");
  g_assert_cmpstr (arn_for_iam_user (a, &scope, "/AWS/CodeDeploy/", "web-1"), ==,
                   "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1");
}

static void
test_made_arns_are_understood (void)
{
  g_autoptr (Arena) a = arena_new ();
  const struct {
    const char *text;
    ArnKind kind;
    const char *name, *group;
  } cases[] = {
    { arn_for_application (a, &scope, "shop"), ARN_APPLICATION, "shop", NULL },
    { arn_for_deployment_group (a, &scope, "shop", "prod"), ARN_DEPLOYMENT_GROUP, "shop", "prod" },
    { arn_for_deployment_config (a, &scope, "Mine"), ARN_DEPLOYMENT_CONFIG, "Mine", NULL },
    { arn_for_instance (a, &scope, "web-1", "AbCdEf0123"), ARN_INSTANCE, "web-1_AbCdEf0123", NULL },
    { "arn:aws-cn:codedeploy:cn-north-1:123456789012:instance:web-1", ARN_INSTANCE, "web-1", NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:application/shop", ARN_APPLICATION, "shop",
      NULL },
    { arn_for_ec2_instance (a, &scope, "i-1"), ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:deploymentgroup:shop", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:deploymentgroup:shop/", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:deploymentgroup:a/b/c", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:application:", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:application:a/b", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:applications:a", ARN_OTHER, NULL, NULL },
    { "arn:aws:codedeploy:eu-central-1:123456789012:application", ARN_OTHER, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    ArnResource resource;
    Arn arn;

    g_assert_true (arn_parse (cases[i].text, a, &arn));
    resource = arn_resource (&arn, a);
    g_assert_cmpint (resource.kind, ==, cases[i].kind);
    g_assert_cmpstr (resource.name, ==, cases[i].name);
    g_assert_cmpstr (resource.group, ==, cases[i].group);
  }
}

static void
test_fields_are_cut_at_the_first_five_colons (void)
{
  g_autoptr (Arena) a = arena_new ();
  Arn arn;

  g_assert_true (arn_parse ("arn:aws:s3:::bucket/a:b", a, &arn));
  g_assert_cmpstr (arn.partition, ==, "aws");
  g_assert_cmpstr (arn.service, ==, "s3");
  g_assert_cmpstr (arn.region, ==, "");
  g_assert_cmpstr (arn.account_id, ==, "");
  g_assert_cmpstr (arn.resource, ==, "bucket/a:b");
}

static void
test_other_texts_are_not_arns (void)
{
  g_autoptr (Arena) a = arena_new ();
  static const char *bad[] = { "",
                               "arn",
                               "arn:aws:codedeploy:eu:1",
                               "arn:aws:codedeploy:eu:1:",
                               "arn::codedeploy:eu:1:x",
                               "arn:aws::eu:1:x",
                               "ARN:aws:codedeploy:eu:1:x",
                               "urn:aws:codedeploy:eu:1:x",
                               "arn:aws:codedeploy:eu:1:\xff" };
  g_autofree char *tail = g_strnfill (1011, 'x');
  g_autofree char *too_long = g_strconcat ("arn:aws:codedeploy:eu:1:", tail, NULL);
  Arn arn;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (arn_parse (bad[i], a, &arn));
  g_assert_false (arn_parse (NULL, a, &arn));
  g_assert_false (arn_parse (too_long, a, &arn));
}

static void
test_respelled_arns (void)
{
  static const char *const pairs[][2] = {
    { "arn:aws:codedeploy:eu:1:application:a", "arn:aws:codedeploy:eu:1:application/a" },
    { "arn:aws:codedeploy:eu:1:instance/a", "arn:aws:codedeploy:eu:1:instance:a" },
    { "arn:aws:codedeploy:eu:1:deploymentgroup:a/b",
      "arn:aws:codedeploy:eu:1:deploymentgroup/a/b" },
    { "arn:aws:sns:eu:1:topic", "arn:aws:sns:eu:1:topic" },
    { "*", "*" },
  };
  g_autoptr (Arena) a = arena_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    g_assert_cmpstr (arn_respelled (a, pairs[i][0]), ==, pairs[i][1]);
  g_assert_cmpstr (arn_for_instance_name (a, &scope, "web-1"), ==,
                   "arn:aws:codedeploy:eu-central-1:123456789012:instance/web-1");
}

static void
test_iam_arns (void)
{
  g_assert_true (arn_is_iam_user ("arn:aws:iam::123456789012:user/web-1"));
  g_assert_true (arn_is_iam_user ("arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1"));
  g_assert_true (arn_is_iam_user ("arn:aws-cn:iam::123456789012:user/web-1"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam::12345678901:user/web-1"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam:eu:123456789012:user/web-1"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam::123456789012:user/"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam::123456789012:user/path/"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam::123456789012:role/web-1"));
  g_assert_false (arn_is_iam_user ("arn:aws:iam::123456789012:user/a b"));
  g_assert_false (arn_is_iam_user (NULL));

  g_assert_true (arn_is_sts_session ("arn:aws:sts::123456789012:assumed-role/Role/session@x"));
  g_assert_false (arn_is_sts_session ("arn:aws:sts::123456789012:assumed-role/Role"));
  g_assert_false (arn_is_sts_session ("arn:aws:sts::123456789012:assumed-role/Role/"));
  g_assert_false (arn_is_sts_session ("arn:aws:sts::123456789012:assumed-role/Role/a/b"));
  g_assert_false (arn_is_sts_session ("arn:aws:iam::123456789012:assumed-role/Role/s"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arn/arns-are-made", test_arns_are_made);
  g_test_add_func ("/arn/made-arns-are-understood", test_made_arns_are_understood);
  g_test_add_func ("/arn/fields-are-cut-at-the-first-five-colons",
                   test_fields_are_cut_at_the_first_five_colons);
  g_test_add_func ("/arn/other-texts-are-not-arns", test_other_texts_are_not_arns);
  g_test_add_func ("/arn/respelled-arns", test_respelled_arns);
  g_test_add_func ("/arn/iam-arns", test_iam_arns);
  return g_test_run ();
}
