#include "server/quotas.h"

#include "server/actions/action-harness.h"

static void
defaults_are_within_their_range (void)
{
  Quotas quotas;
  quotas_init (&quotas);
  for (gsize i = 0; quotas_row (i) != NULL; i++) {
    const QuotaRow *row = quotas_row (i);
    g_autoptr (GError) error = NULL;
    g_assert_true (quotas_set (&quotas, row->name, row->fallback, &error));
    g_assert_false (quotas_set (&quotas, row->name, row->greatest + 1, &error));
    g_assert_error (error, QUOTAS_ERROR, QUOTAS_ERROR_VALUE);
  }
  g_assert_cmpint (quotas.applications, ==, 1000);
  g_assert_cmpint (quotas.items_per_page, ==, 100);
}

static void
names_may_be_written_with_dashes (void)
{
  Quotas quotas;
  quotas_init (&quotas);
  g_autoptr (GError) error = NULL;
  g_assert_true (quotas_set (&quotas, "deployment-groups", 7, &error));
  g_assert_cmpint (quotas.deployment_groups, ==, 7);
  g_assert_false (quotas_set (&quotas, "deployment-group", 7, &error));
  g_assert_error (error, QUOTAS_ERROR, QUOTAS_ERROR_NAME);
}

/* Each quota at its default is tested where its operation is; here that a setting moves it, both ways. */
static const Step steps[] = {
  { 1701, "batch-applications", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1701, NULL, "@quota", "batch-applications 1", "" },
  { 1701, NULL, "BatchGetApplications", "{'applicationNames':['a']}", "{'applicationsInfo':[{}]}" },
  { 1701, NULL, "BatchGetApplications", "{'applicationNames':['a','a']}",
    "!BatchLimitExceededException" },
  { 1701, NULL, "@quota", "batch-applications 500", "" },
  { 1701, NULL, "BatchGetApplications", "{'applicationNames':[{{1..150|'n#'}}]}",
    "!ApplicationDoesNotExistException" },

  { 1702, "batch-deployment-groups", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1702, NULL, "@quota", "batch-deployment-groups 1", "" },
  { 1702, NULL, "BatchGetDeploymentGroups", "{'applicationName':'a','deploymentGroupNames':['x']}",
    "{'deploymentGroupsInfo':[]}" },
  { 1702, NULL, "BatchGetDeploymentGroups",
    "{'applicationName':'a','deploymentGroupNames':['x','y']}", "!BatchLimitExceededException" },
  { 1702, NULL, "@quota", "batch-deployment-groups 500", "" },
  { 1702, NULL, "BatchGetDeploymentGroups",
    "{'applicationName':'a','deploymentGroupNames':[{{1..150|'n#'}}]}",
    "{'deploymentGroupsInfo':[]}" },

  { 1703, "batch-deployments", "@quota", "batch-deployments 1", "" },
  { 1703, NULL, "BatchGetDeployments", "{'deploymentIds':['d-AAAAAAAA1']}",
    "{'deploymentsInfo':[]}" },
  { 1703, NULL, "BatchGetDeployments", "{'deploymentIds':['d-AAAAAAAA1','d-AAAAAAAA2']}",
    "!BatchLimitExceededException" },
  { 1703, NULL, "@quota", "batch-deployments 500", "" },
  { 1703, NULL, "BatchGetDeployments", "{'deploymentIds':[{{101..250|'d-AAAAAA#'}}]}",
    "{'deploymentsInfo':[]}" },

  { 1704, "batch-instances", "@quota", "batch-instances 1", "" },
  { 1704, NULL, "BatchGetOnPremisesInstances", "{'instanceNames':['x']}", "{'instanceInfos':[]}" },
  { 1704, NULL, "BatchGetOnPremisesInstances", "{'instanceNames':['x','y']}",
    "!BatchLimitExceededException" },
  { 1704, NULL, "@quota", "batch-instances 500", "" },
  { 1704, NULL, "BatchGetOnPremisesInstances", "{'instanceNames':[{{1..150|'n#'}}]}",
    "{'instanceInfos':[]}" },

  { 1705, "batch-revisions", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1705, NULL, "@quota", "batch-revisions 1", "" },
  { 1705, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{{1..1|{'revisionType':'S3','s3Location':{'bucket':'"
    "bucket','key':'k#','bundleType':'zip'}}}}]}",
    "{'revisions':[]}" },
  { 1705, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{{1..2|{'revisionType':'S3','s3Location':{'bucket':'"
    "bucket','key':'k#','bundleType':'zip'}}}}]}",
    "!BatchLimitExceededException" },
  { 1705, NULL, "@quota", "batch-revisions 100", "" },
  { 1705, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{{1..50|{'revisionType':'S3','s3Location':{'bucket':'"
    "bucket','key':'k#','bundleType':'zip'}}}}]}",
    "{'revisions':[]}" },

  { 1706, "batch-deployment-targets", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1706, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1706, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k'}]}",
    "{}" },
  { 1706, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<id>'}" },
  { 1706, NULL, "@later", "0", "" },
  { 1706, NULL, "@quota", "batch-deployment-targets 1", "" },
  { 1706, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['h']}",
    "{'deploymentTargets':[{}]}" },
  { 1706, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['h','h']}",
    "!DeploymentTargetListSizeExceededException" },
  { 1706, NULL, "@quota", "batch-deployment-targets 100", "" },
  { 1706, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':[{{1..50|'n#'}}]}",
    "!DeploymentTargetDoesNotExistException" },

  { 1707, "batch-deployment-instances", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1707, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1707, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k'}]}",
    "{}" },
  { 1707, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<id>'}" },
  { 1707, NULL, "@later", "0", "" },
  { 1707, NULL, "@quota", "batch-deployment-instances 1", "" },
  { 1707, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['h']}",
    "{'instancesSummary':[{}]}" },
  { 1707, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['h','h']}",
    "!BatchLimitExceededException" },
  { 1707, NULL, "@quota", "batch-deployment-instances 100", "" },
  { 1707, NULL, "BatchGetDeploymentInstances",
    "{'deploymentId':'<id>','instanceIds':[{{1..50|'n#'}}]}", "{'instancesSummary':[]}" },

  { 1708, "instances-per-tag-call", "@quota", "instances-per-tag-call 1", "" },
  { 1708, NULL, "AddTagsToOnPremisesInstances",
    "{'tags':[{'Key':'k','Value':'v'}],'instanceNames':['x']}", "!InstanceNotRegisteredException" },
  { 1708, NULL, "AddTagsToOnPremisesInstances",
    "{'tags':[{'Key':'k','Value':'v'}],'instanceNames':['x','y']}",
    "!InstanceLimitExceededException" },
  { 1708, NULL, "@quota", "instances-per-tag-call 500", "" },
  { 1708, NULL, "AddTagsToOnPremisesInstances",
    "{'tags':[{'Key':'k','Value':'v'}],'instanceNames':[{{1..150|'n#'}}]}",
    "!InstanceNotRegisteredException" },

  { 1709, "tag-filters-of-a-list", "@quota", "tag-filters 1", "" },
  { 1709, NULL, "ListOnPremisesInstances", "{'tagFilters':[{'Key':'k'}]}", "{'instanceNames':[]}" },
  { 1709, NULL, "ListOnPremisesInstances", "{'tagFilters':[{'Key':'k'},{'Key':'l'}]}",
    "!InvalidTagFilterException" },
  { 1709, NULL, "@quota", "tag-filters 50", "" },
  { 1709, NULL, "ListOnPremisesInstances", "{'tagFilters':[{{1..20|{'Key':'k#'}}}]}",
    "{'instanceNames':[]}" },

  { 1710, "tag-filters-of-a-group", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1710, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1710, NULL, "@quota", "tag-filters 1", "" },
  { 1710, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'k'}]}",
    "{}" },
  { 1710, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'k'},{'Key':'"
    "l'}]}",
    "!InvalidEC2TagException" },
  { 1710, NULL, "@quota", "tag-filters 20", "" },
  { 1710, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{{1..20|{'Key':'k#'}}"
    "}]}",
    "{}" },

  { 1711, "tag-groups", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1711, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1711, NULL, "@quota", "tag-groups 1", "" },
  { 1711, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'k'}]]}}",
    "{}" },
  { 1711, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'k'}],[{'Key':'l'}]]}}",
    "!TagSetListLimitExceededException" },
  { 1711, NULL, "@quota", "tag-groups 4", "" },
  { 1711, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'1'}],[{'Key':'2'}],[{'Key':'3'}],[{'Key':'4'}]]}}",
    "{}" },

  { 1712, "alarms", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1712, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1712, NULL, "@quota", "alarms 1", "" },
  { 1712, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'alarms':[{'"
    "name':'x'}]}}",
    "{}" },
  { 1712, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'alarms':[{'"
    "name':'x'},{'name':'y'}]}}",
    "!AlarmsLimitExceededException" },
  { 1712, NULL, "@quota", "alarms 60", "" },
  { 1712, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'alarms':[{{1.."
    "60|{'name':'n#'}}}]}}",
    "{}" },

  { 1713, "triggers", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1713, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1713, NULL, "@quota", "triggers 1", "" },
  { 1713, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[{{1..1|{'"
    "triggerName':'t#','triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['"
    "DeploymentStart']}}}]}",
    "{}" },
  { 1713, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[{{1..2|{'"
    "triggerName':'t#','triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['"
    "DeploymentStart']}}}]}",
    "!TriggerTargetsLimitExceededException" },
  { 1713, NULL, "@quota", "triggers 11", "" },
  { 1713, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[{{1..11|{'"
    "triggerName':'t#','triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['"
    "DeploymentStart']}}}]}",
    "{}" },

  { 1714, "auto-scaling-groups", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1714, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1714, NULL, "@quota", "auto-scaling-groups 1", "" },
  { 1714, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':['x']}", "{}" },
  { 1714, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':['x','y']}",
    "!InvalidAutoScalingGroupException" },
  { 1714, NULL, "@quota", "auto-scaling-groups 11", "" },
  { 1714, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':[{{1..11|'n#'}}]}",
    "{}" },

  { 1715, "ready-wait", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1715, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1715, NULL, "@quota", "ready-wait-minutes 10", "" },
  { 1715, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':10}}}",
    "{}" },
  { 1715, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':11}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1715, NULL, "@quota", "ready-wait-minutes 9000", "" },
  { 1715, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':8000}}}",
    "{}" },

  { 1716, "termination-wait", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1716, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1716, NULL, "@quota", "termination-wait-minutes 10", "" },
  { 1716, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':10}}}",
    "{}" },
  { 1716, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':11}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1716, NULL, "@quota", "termination-wait-minutes 9000", "" },
  { 1716, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':8000}}}",
    "{}" },

  { 1717, "listeners", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1717, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[]}",
    "{}" },
  { 1717, NULL, "@quota", "listeners 2", "" },
  { 1717, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{'"
    "targetGroupPairInfoList':[{'targetGroups':[{'name':'a'},{'name':'b'}],'prodTrafficRoute':{'"
    "listenerArns':['x','y']}}]}}",
    "{}" },
  { 1717, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{'"
    "targetGroupPairInfoList':[{'targetGroups':[{'name':'a'},{'name':'b'}],'prodTrafficRoute':{'"
    "listenerArns':['x','y','z']}}]}}",
    "!InvalidLoadBalancerInfoException" },

  { 1718, "ready-wait-of-ecs", "CreateApplication",
    "{'applicationName':'a','computePlatform':'ECS'}", "{}" },
  { 1718, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['l']}}]},'ecsServices':[{'clusterName':'c','serviceName'"
    ":'s'}],'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'STOP_"
    "DEPLOYMENT','waitTimeInMinutes':7201}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1718, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['l']}}]},'ecsServices':[{'clusterName':'c','serviceName'"
    ":'s'}],'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'STOP_"
    "DEPLOYMENT','waitTimeInMinutes':7200}}}",
    "{}" },
  { 1718, NULL, "@quota", "ready-wait-minutes-ecs 8000", "" },
  { 1718, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':7201}}}",
    "{}" },

  { 1719, "traffic-shift", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':10,'canaryInterval':2880}}}",
    "{}" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'d','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':10,'canaryInterval':2881}}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'e','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':960}}}",
    "{}" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'f','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':961}}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 1719, NULL, "@quota", "traffic-shift-minutes 3000", "" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'d','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':10,'canaryInterval':2881}}}",
    "{}" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'f','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':1000}}}",
    "{}" },
  { 1719, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'g','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':1001}}}",
    "!InvalidTrafficRoutingConfigurationException" },

  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quotas/defaults-are-within-their-range", defaults_are_within_their_range);
  g_test_add_func ("/quotas/names-may-be-written-with-dashes", names_may_be_written_with_dashes);
  harness_add ("quotas", steps);
  return g_test_run ();
}
