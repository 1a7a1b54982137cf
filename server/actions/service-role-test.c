#include "server/actions/action-harness.h"

#define TRUST(service)                                                                             \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Principal\\':{\\'Service\\':\\'" service "\\'},\\'Action\\':\\'sts:AssumeRole\\'}]}'"
#define ROLE "arn:aws:iam::123456789012:role/deploy"
#define GROUP                                                                                      \
  "'applicationName':'a','serviceRoleArn':'" ROLE "','onPremisesInstanceTagFilters':"              \
  "[{'Key':'k','Type':'KEY_ONLY'}],'deploymentGroupName':"

static const Step unchecked[] = {
  { 1, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1, NULL, "CreateDeploymentGroup", "{" GROUP "'old'}", "{}" },
  { 0 },
};

static const Step checked[] = {
  { 1, NULL, "CreateDeploymentGroup", "{" GROUP "'new'}",
    "!InvalidRoleException: Cannot assume role provided. " ROLE " is not a role" },
  { 1, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'old','revision':{'revisionType':'S3',"
    "'s3Location':{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "!InvalidRoleException: is not a role" },
  { 1, NULL, "CreateRole",
    "{'RoleName':'deploy','AssumeRolePolicyDocument':" TRUST ("ec2.amazonaws.com") "}", "{}" },
  { 1, NULL, "CreateDeploymentGroup", "{" GROUP "'new'}",
    "!InvalidRoleException: Cannot assume role provided. " ROLE " does not trust" },
  { 1, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'old','serviceRoleArn':'" ROLE "'}",
    "!InvalidRoleException: does not trust" },
  { 1, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'old','newDeploymentGroupName':'o'}",
    "{}" },
  { 1, NULL, "UpdateAssumeRolePolicy",
    "{'RoleName':'deploy','PolicyDocument':" TRUST ("codedeploy.eu-west-3.amazonaws.com") "}", "" },
  { 1, NULL, "CreateDeploymentGroup", "{" GROUP "'regional'}", "{}" },
  { 1, NULL, "UpdateAssumeRolePolicy",
    "{'RoleName':'deploy','PolicyDocument':" TRUST ("codedeploy.amazonaws.com") "}", "" },
  { 1, NULL, "CreateDeploymentGroup", "{" GROUP "'new'}", "{}" },
  { 1, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'o','serviceRoleArn':'" ROLE "'}", "{}" },
  { 0 },
};

static void
roles_are_checked_when_the_setting_says_so (void)
{
  g_autoptr (Harness) harness = harness_new ();
  for (const Step *step = unchecked; step->number != 0; step++)
    harness_step (harness, step);
  harness->settings.check_service_roles = TRUE;
  for (const Step *step = checked; step->number != 0; step++)
    harness_step (harness, step);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service-role/checked-when-the-setting-says-so",
                   roles_are_checked_when_the_setting_says_so);
  return g_test_run ();
}
