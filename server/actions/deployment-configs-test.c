#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 103, "list-of-a-new-account", "ListDeploymentConfigs", "{}",
    "= "
    "{'deploymentConfigsList':['CodeDeployDefault.OneAtATime','CodeDeployDefault.HalfAtATime','"
    "CodeDeployDefault.AllAtOnce','CodeDeployDefault.LambdaCanary10Percent5Minutes','"
    "CodeDeployDefault.LambdaCanary10Percent10Minutes','CodeDeployDefault."
    "LambdaCanary10Percent15Minutes','CodeDeployDefault.LambdaCanary10Percent30Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute','CodeDeployDefault."
    "LambdaLinear10PercentEvery2Minutes','CodeDeployDefault.LambdaLinear10PercentEvery3Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes','CodeDeployDefault.LambdaAllAtOnce','"
    "CodeDeployDefault.ECSCanary10Percent5Minutes','CodeDeployDefault.ECSCanary10Percent15Minutes',"
    "'CodeDeployDefault.ECSLinear10PercentEvery1Minutes','CodeDeployDefault."
    "ECSLinear10PercentEvery3Minutes','CodeDeployDefault.ECSAllAtOnce']}" },

  { 104, "one-at-a-time", "GetDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.OneAtATime'}",
    "{'deploymentConfigInfo':{'deploymentConfigId':'00000000-0000-0000-0000-000000000001','"
    "deploymentConfigName':'CodeDeployDefault.OneAtATime','minimumHealthyHosts':{'type':'MOST_"
    "CONCURRENCY','value':1},'computePlatform':'Server','createTime':'~^[0-9]+$'}}" },
  { 104, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'CodeDeployDefault.HalfAtATime'}",
    "{'deploymentConfigInfo':{'minimumHealthyHosts':{'type':'FLEET_PERCENT','value':50}}}" },
  { 104, NULL, "GetDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.ECSLinear10PercentEvery1Minutes'}",
    "{'deploymentConfigInfo':{'deploymentConfigId':'~015$','computePlatform':'ECS','"
    "minimumHealthyHosts':null,'trafficRoutingConfig':{'type':'TimeBasedLinear','timeBasedLinear':{"
    "'linearPercentage':10,'linearInterval':1},'timeBasedCanary':null}}}" },
  { 104, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'nope'}",
    "!DeploymentConfigDoesNotExistException" },
  { 104, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'a b'}",
    "!InvalidDeploymentConfigNameException" },
  { 104, NULL, "GetDeploymentConfig", "{'deploymentConfigName':''}",
    "!DeploymentConfigNameRequiredException" },

  { 105, "fleet-percent-100", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'FLEET_PERCENT','value':100}}",
    "!InvalidMinimumHealthyHostValueException" },

  { 106, "fleet-percent-0", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'FLEET_PERCENT','value':0}}",
    "{'deploymentConfigId':'<id>'}" },
  { 106, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'c'}",
    "{'deploymentConfigInfo':{'deploymentConfigId':'<id>','deploymentConfigName':'c','"
    "computePlatform':'Server','minimumHealthyHosts':{'type':'FLEET_PERCENT','value':0},'"
    "createTime':1700000000.123,'zonalConfig':null}}" },
  { 106, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'FLEET_PERCENT','value':0}}",
    "!DeploymentConfigAlreadyExistsException" },
  { 106, NULL, "ListDeploymentConfigs", "{}",
    "{'deploymentConfigsList':['c','CodeDeployDefault.OneAtATime','CodeDeployDefault.HalfAtATime','"
    "CodeDeployDefault.AllAtOnce','CodeDeployDefault.LambdaCanary10Percent5Minutes','"
    "CodeDeployDefault.LambdaCanary10Percent10Minutes','CodeDeployDefault."
    "LambdaCanary10Percent15Minutes','CodeDeployDefault.LambdaCanary10Percent30Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute','CodeDeployDefault."
    "LambdaLinear10PercentEvery2Minutes','CodeDeployDefault.LambdaLinear10PercentEvery3Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes','CodeDeployDefault.LambdaAllAtOnce','"
    "CodeDeployDefault.ECSCanary10Percent5Minutes','CodeDeployDefault.ECSCanary10Percent15Minutes',"
    "'CodeDeployDefault.ECSLinear10PercentEvery1Minutes','CodeDeployDefault."
    "ECSLinear10PercentEvery3Minutes','CodeDeployDefault.ECSAllAtOnce']}" },

  { 107, "host-count-negative", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':-1}}",
    "!InvalidMinimumHealthyHostValueException" },

  { 108, "most-concurrency", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'MOST_CONCURRENCY','value':1}}",
    "!InvalidMinimumHealthyHostValueException" },
  { 108, NULL, "CreateDeploymentConfig", "{'deploymentConfigName':'c'}",
    "!InvalidMinimumHealthyHostValueException" },

  { 109, "reserved-name", "CreateDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.Mine','minimumHealthyHosts':{'type':'HOST_COUNT','"
    "value':1}}",
    "!InvalidDeploymentConfigNameException" },

  { 110, "canary-100", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':100,'canaryInterval':5}}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 110, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':99,'canaryInterval':5}}}",
    "{}" },
  { 110, NULL, "CreateDeploymentConfig", "{'deploymentConfigName':'c','computePlatform':'Lambda'}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 110, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'ECS','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary'}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 110, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "trafficRoutingConfig':{'type':'AllAtOnce'}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 110, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "computePlatform':'ECS','trafficRoutingConfig':{'type':'AllAtOnce'}}",
    "!InvalidMinimumHealthyHostValueException" },

  { 111, "linear-too-long", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':1000}}}",
    "!InvalidTrafficRoutingConfigurationException" },
  { 111, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedLinear','timeBasedLinear':{'linearPercentage':25,'linearInterval':960}}}",
    "{}" },

  { 112, "zones-on-lambda", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "TimeBasedCanary','timeBasedCanary':{'canaryPercentage':10,'canaryInterval':5}},'zonalConfig':{"
    "'monitorDurationInSeconds':1}}",
    "!InvalidZonalDeploymentConfigurationException" },
  { 112, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "zonalConfig':{'monitorDurationInSeconds':-1}}",
    "!InvalidZonalDeploymentConfigurationException" },
  { 112, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "zonalConfig':{'firstZoneMonitorDurationInSeconds':2592001}}",
    "!InvalidZonalDeploymentConfigurationException" },
  { 112, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "zonalConfig':{'monitorDurationInSeconds':9223372036854775807}}",
    "!InvalidZonalDeploymentConfigurationException" },
  { 112, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "zonalConfig':{'minimumHealthyHostsPerZone':{'type':'FLEET_PERCENT','value':100}}}",
    "!InvalidZonalDeploymentConfigurationException" },
  { 112, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},'"
    "zonalConfig':{'monitorDurationInSeconds':60}}",
    "{}" },
  { 112, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'c'}",
    "{'deploymentConfigInfo':{'zonalConfig':{'monitorDurationInSeconds':60}}}" },

  { 113, "delete-predefined", "DeleteDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.AllAtOnce'}", "!InvalidOperationException" },

  { 114, "delete-used", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1}}", "{}" },
  { 114, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 114, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentConfigName':'c'}",
    "{}" },
  { 114, NULL, "DeleteDeploymentConfig", "{'deploymentConfigName':'c'}",
    "!DeploymentConfigInUseException" },
  { 114, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}", "{}" },
  { 114, NULL, "DeleteDeploymentConfig", "{'deploymentConfigName':'c'}", "" },
  { 114, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'c'}",
    "!DeploymentConfigDoesNotExistException" },

  { 115, "delete-unknown", "DeleteDeploymentConfig", "{'deploymentConfigName':'nope'}", "" },

  { 116, "server-has-no-routing", "GetDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.AllAtOnce'}",
    "{'deploymentConfigInfo':{'trafficRoutingConfig':null,'minimumHealthyHosts':{'type':'FLEET_"
    "PERCENT','value':0}}}" },

  { 1201, "over-quota", "@quota", "deployment_configs 0", "" },
  { 1201, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1}}",
    "!DeploymentConfigLimitExceededException" },

  { 1202, "pages", "@quota", "names_per_page 1", "" },
  { 1202, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1}}", "{}" },
  { 1202, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'b','minimumHealthyHosts':{'type':'HOST_COUNT','value':1}}", "{}" },
  { 1202, NULL, "ListDeploymentConfigs", "{}",
    "{'deploymentConfigsList':['b'],'nextToken':'<t>'}" },
  { 1202, NULL, "ListDeploymentConfigs", "{'nextToken':'<t>'}",
    "= "
    "{'deploymentConfigsList':['c','CodeDeployDefault.OneAtATime','CodeDeployDefault.HalfAtATime','"
    "CodeDeployDefault.AllAtOnce','CodeDeployDefault.LambdaCanary10Percent5Minutes','"
    "CodeDeployDefault.LambdaCanary10Percent10Minutes','CodeDeployDefault."
    "LambdaCanary10Percent15Minutes','CodeDeployDefault.LambdaCanary10Percent30Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute','CodeDeployDefault."
    "LambdaLinear10PercentEvery2Minutes','CodeDeployDefault.LambdaLinear10PercentEvery3Minutes','"
    "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes','CodeDeployDefault.LambdaAllAtOnce','"
    "CodeDeployDefault.ECSCanary10Percent5Minutes','CodeDeployDefault.ECSCanary10Percent15Minutes',"
    "'CodeDeployDefault.ECSLinear10PercentEvery1Minutes','CodeDeployDefault."
    "ECSLinear10PercentEvery3Minutes','CodeDeployDefault.ECSAllAtOnce']}" },
  { 1203, "delete-used-by-a-deployment", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0}}", "{}" },
  { 1203, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1203, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1203, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','deploymentConfigName':'c','revision':{'"
    "revisionType':'S3','s3Location':{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{}" },
  { 1203, NULL, "DeleteDeploymentConfig", "{'deploymentConfigName':'c'}",
    "!DeploymentConfigInUseException" },
  { 1203, NULL, "@later", "0", "" },
  { 1203, NULL, "DeleteDeploymentConfig", "{'deploymentConfigName':'c'}", "" },

  { 1204, "ours-are-kept", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':90,'retriesPerTarget':2,'maximumBatchSize':5}",
    "{'deploymentConfigId':'<id>'}" },
  { 1204, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'c'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':90,'retriesPerTarget':2,'"
    "maximumBatchSize':5,'minimumHealthyHosts':{'type':'HOST_COUNT','value':0}}}" },

  /* Stock clients see nothing of them. */
  { 1205, "ours-are-absent-unless-set", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0}}", "{}" },
  { 1205, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'c'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':null,'retriesPerTarget':null,'"
    "maximumBatchSize':null}}" },
  { 1205, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'CodeDeployDefault.OneAtATime'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':null,'retriesPerTarget':null,'"
    "maximumBatchSize':null}}" },
  { 1205, NULL, "GetDeploymentConfig",
    "{'deploymentConfigName':'CodeDeployDefault.LambdaAllAtOnce'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':null,'retriesPerTarget':null,'"
    "maximumBatchSize':null}}" },

  { 1206, "ours-out-of-range", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':0}",
    "!InvalidMinimumHealthyHostValueException: deploymentTimeoutInMinutes" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':10081}",
    "!InvalidMinimumHealthyHostValueException: deploymentTimeoutInMinutes" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':-1}",
    "!InvalidMinimumHealthyHostValueException: deploymentTimeoutInMinutes" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "retriesPerTarget':-1}",
    "!InvalidMinimumHealthyHostValueException: retriesPerTarget" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "retriesPerTarget':11}",
    "!InvalidMinimumHealthyHostValueException: retriesPerTarget" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "maximumBatchSize':-1}",
    "!InvalidMinimumHealthyHostValueException: maximumBatchSize" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "maximumBatchSize':100001}",
    "!InvalidMinimumHealthyHostValueException: maximumBatchSize" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "retriesPerTarget':'1'}",
    "!SerializationException" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':10080,'retriesPerTarget':10,'maximumBatchSize':100000}",
    "{}" },
  { 1206, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'none','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':1,'retriesPerTarget':0,'maximumBatchSize':0}",
    "{}" },

  { 1207, "ours-by-platform", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "AllAtOnce'},'retriesPerTarget':1}",
    "!InvalidMinimumHealthyHostValueException: retriesPerTarget" },
  { 1207, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "AllAtOnce'},'maximumBatchSize':1}",
    "!InvalidMinimumHealthyHostValueException: maximumBatchSize" },
  { 1207, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'Lambda','computePlatform':'Lambda','trafficRoutingConfig':{'type':'"
    "AllAtOnce'},'deploymentTimeoutInMinutes':30}",
    "{}" },
  { 1207, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'Lambda'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':30,'retriesPerTarget':null}}" },
  { 1207, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'ECS','trafficRoutingConfig':{'type':'AllAtOnce'"
    "},'retriesPerTarget':1}",
    "!InvalidMinimumHealthyHostValueException: retriesPerTarget" },
  { 1207, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','computePlatform':'ECS','trafficRoutingConfig':{'type':'AllAtOnce'"
    "},'maximumBatchSize':1}",
    "!InvalidMinimumHealthyHostValueException: maximumBatchSize" },
  { 1207, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'ECS','computePlatform':'ECS','trafficRoutingConfig':{'type':'"
    "AllAtOnce'},'deploymentTimeoutInMinutes':30}",
    "{}" },
  { 1207, NULL, "GetDeploymentConfig", "{'deploymentConfigName':'ECS'}",
    "{'deploymentConfigInfo':{'deploymentTimeoutInMinutes':30,'retriesPerTarget':null}}" },

  /* From the configuration to the end that it asks for. */
  { 1208, "timeout-of-the-configuration", "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},'"
    "deploymentTimeoutInMinutes':3}",
    "{}" },
  { 1208, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1208, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentConfigName':'c','onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 1208, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentConfigName':'c','deploymentTimeoutInMinutes':null}}" },
  { 1208, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1208, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<d>'}" },
  { 1208, NULL, "@later", "0", "" },
  { 1208, NULL, "@later", "179999", "" },
  { 1208, NULL, "GetDeployment", "{'deploymentId':'<d>'}",
    "{'deploymentInfo':{'status':'InProgress','deploymentTimeoutInMinutes':null}}" },
  { 1208, NULL, "@later", "1", "" },
  { 1208, NULL, "GetDeployment", "{'deploymentId':'<d>'}",
    "{'deploymentInfo':{'status':'Failed','errorInformation':{'code':'TIMEOUT','message':'~within "
    "180 s'}}}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("deployment-configs", steps);
  return g_test_run ();
}
