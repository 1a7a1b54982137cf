#include "server/actions/action-harness.h"
#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/revision.h"

static const Step steps[] = {
  { 66, "no-role", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 66, NULL, "CreateDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "!RoleRequiredException" },
  { 66, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':''}",
    "!RoleRequiredException" },

  { 67, "bad-role", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 67, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'abc'}",
    "!InvalidRoleException" },
  { 67, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "user/u'}",
    "!InvalidRoleException" },
  { 67, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/service-role/r'}",
    "{}" },

  { 68, "minimal", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 68, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{'deploymentGroupId':'<id>'}" },
  { 68, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'applicationName':'a','deploymentGroupName':'g','deploymentGroupId':'<"
    "id>','deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITHOUT_TRAFFIC_"
    "CONTROL'},'deploymentConfigName':'CodeDeployDefault.OneAtATime','outdatedInstancesStrategy':'"
    "UPDATE','autoScalingGroups':[],'triggerConfigurations':[],'terminationHookEnabled':false,'"
    "computePlatform':'Server','serviceRoleArn':'arn:aws:iam::123456789012:role/r'}}" },

  { 69, "minimal-without-history", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 69, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 69, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'lastAttemptedDeployment':null,'lastSuccessfulDeployment':null,'"
    "targetRevision':null,'alarmConfiguration':null,'autoRollbackConfiguration':null,'"
    "blueGreenDeploymentConfiguration':null,'loadBalancerInfo':null,'ecsServices':null,'ec2TagSet':"
    "null,'onPremisesTagSet':null,'ec2TagFilters':[],'onPremisesInstanceTagFilters':[]}}" },

  { 70, "duplicate", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 70, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 70, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "!DeploymentGroupAlreadyExistsException" },

  { 71, "same-name-elsewhere", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 71, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 71, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 71, NULL, "CreateDeploymentGroup",
    "{'applicationName':'b','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },

  { 72, "ec2-filters-and-set", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 72, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'ec2TagSet':{'"
    "ec2TagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]}}",
    "!InvalidEC2TagCombinationException" },
  { 72, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[],'ec2TagSet':{'ec2TagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_"
    "VALUE'}]]}}",
    "{}" },

  { 73, "on-premises-filters-and-set", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 73, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','onPremisesInstanceTagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'"
    "onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]}"
    "}",
    "!InvalidOnPremisesTagCombinationException" },

  { 74, "four-tag-groups", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 74, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagSet':{'ec2TagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':'k',"
    "'Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':"
    "'k','Value':'v','Type':'KEY_AND_VALUE'}]]}}",
    "!TagSetListLimitExceededException" },
  { 74, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}"
    "],[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':'k','Value':'v','Type':'KEY_AND_"
    "VALUE'}],[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]}}",
    "!TagSetListLimitExceededException" },
  { 74, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}"
    "],[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':'k','Value':'v','Type':'KEY_AND_"
    "VALUE'}]]}}",
    "{}" },

  { 75, "ec2-filter-type", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 75, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagFilters':[{'Key':'k','Type':'EQUALS'}]}",
    "!InvalidEC2TagException" },
  { 75, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagFilters':[{'Value':'v','Type':'KEY_ONLY'}]}",
    "!InvalidEC2TagException" },
  { 75, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagFilters':[{}]}",
    "!InvalidEC2TagException" },
  { 75, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagSet':{'ec2TagSetList':[[]]}}",
    "!InvalidEC2TagException" },
  { 75, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagFilters':[{{1..11|{'Key':'k#'}}}]}",
    "!InvalidEC2TagException" },

  { 76, "on-premises-filter-type", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 76, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k','Type':'EQUALS'}]}",
    "!InvalidTagException" },
  { 76, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesTagSet':{'onPremisesTagSetList':[[{'Type':'KEY_ONLY'}]]}}",
    "!InvalidTagException" },
  { 76, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesTagSet':{'onPremisesTagSetList':[[]]}}",
    "!InvalidTagException" },

  { 77, "unknown-config", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 77, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentConfigName':'nope'}",
    "!DeploymentConfigDoesNotExistException" },
  { 77, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentConfigName':'CodeDeployDefault.ECSAllAtOnce'}",
    "!InvalidDeploymentConfigNameException" },
  { 77, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentConfigName':'CodeDeployDefault.HalfAtATime'}",
    "{}" },
  { 77, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentConfigName':'CodeDeployDefault.HalfAtATime'}}" },

  { 78, "style-type", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 78, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentStyle':{'deploymentType':'ROLLING'}}",
    "!InvalidDeploymentStyleException" },

  { 79, "traffic-control-without-balancer", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 79, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITH_TRAFFIC_CONTROL'}}",
    "!InvalidLoadBalancerInfoException: ELB information has to contain at least 1 ELB." },
  { 79, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITH_TRAFFIC_CONTROL'},'"
    "loadBalancerInfo':{'targetGroupInfoList':[{'name':'web'}]}}",
    "{}" },
  { 79, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'loadBalancerInfo':{'targetGroupInfoList':[{'name':'web'}],'"
    "elbInfoList':null}}}" },

  { 80, "alarms-enabled-without-any", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 80, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','alarmConfiguration':{'enabled':true}}",
    "!InvalidAlarmConfigException" },
  { 80, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','alarmConfiguration':{'enabled':true,'alarms':[]}}",
    "!InvalidAlarmConfigException" },
  { 80, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','alarmConfiguration':{'enabled':true,'alarms':[null]}}",
    "!InvalidAlarmConfigException" },
  { 80, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','alarmConfiguration':{'enabled':true,'alarms':[{{1..51|{'name':'n#'}}}]}}",
    "!AlarmsLimitExceededException" },

  { 81, "alarm-twice", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 81, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','alarmConfiguration':{'enabled':true,'alarms':[{'name':'x'},{'name':'x'}]}}",
    "!InvalidAlarmConfigException" },

  { 82, "rollback-without-events", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 82, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoRollbackConfiguration':{'enabled':true}}",
    "!InvalidAutoRollbackConfigException" },
  { 82, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoRollbackConfiguration':{'enabled':true,'events':[]}}",
    "!InvalidAutoRollbackConfigException" },
  { 82, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoRollbackConfiguration':{'enabled':true,'events':['NOPE']}}",
    "!InvalidAutoRollbackConfigException" },

  { 83, "trigger-event", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 83, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','triggerConfigurations':[{'triggerName':'t','triggerTargetArn':'arn:aws:sns:eu-west-3:"
    "123456789012:t','triggerEvents':['Nope']}]}",
    "!InvalidTriggerConfigException" },
  { 83, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','triggerConfigurations':[{'triggerName':'t'}]}",
    "!InvalidTriggerConfigException" },
  { 83, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','triggerConfigurations':[{'triggerName':'t','triggerTargetArn':'arn:aws:sns:eu-west-3:"
    "123456789012:t','triggerEvents':['DeploymentStart']},{'triggerName':'t','triggerTargetArn':'"
    "arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}]}",
    "!InvalidTriggerConfigException" },

  { 84, "eleven-triggers", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 84, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','triggerConfigurations':[{{1..11|{'triggerName':'t#','triggerTargetArn':'arn:aws:sns:eu-"
    "west-3:123456789012:t','triggerEvents':['DeploymentStart']}}}]}",
    "!TriggerTargetsLimitExceededException" },
  { 84, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','triggerConfigurations':[{{1..10|{'triggerName':'t#','triggerTargetArn':'arn:aws:sns:eu-"
    "west-3:123456789012:t','triggerEvents':['DeploymentStart']}}}]}",
    "{}" },

  { 85, "copy-without-group", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 85, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':'COPY_AUTO_"
    "SCALING_GROUP'}}}",
    "!InvalidBlueGreenDeploymentConfigurationException: Exactly one AutoScaling group must be "
    "specifed when selecting the COPY_AUTO_SCALING_GROUP green fleet provisioning option." },
  { 85, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'action':'COPY_AUTO_"
    "SCALING_GROUP'}},'autoScalingGroups':['g1']}",
    "{}" },
  { 85, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "greenFleetProvisioningOption':{'action':'COPY_AUTO_SCALING_GROUP'}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 85, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':[]}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 85, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':['g2']}",
    "{'hooksNotCleanedUp':[]}" },
  { 85, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoScalingGroups':[{'name':'g2'}]}}" },
  { 85, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoScalingGroups':['x','x']}",
    "!InvalidAutoScalingGroupException" },
  { 85, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoScalingGroups':[{{1..11|'n#'}}]}",
    "!InvalidAutoScalingGroupException" },

  { 86, "ecs-without-balancer", "CreateApplication",
    "{'applicationName':'a','computePlatform':'ECS'}", "{}" },
  { 86, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'CONTINUE_"
    "DEPLOYMENT'},'terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "!InvalidLoadBalancerInfoException: For ECS deployment group, loadBalancerInfo must be "
    "specified" },
  { 86, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "!InvalidLoadBalancerInfoException" },

  { 87, "ecs-in-place", "CreateApplication", "{'applicationName':'a','computePlatform':'ECS'}",
    "{}" },
  { 87, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'ecsServices':[{'clusterName':'c','serviceName':'s'}],'"
    "deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITHOUT_TRAFFIC_CONTROL'}}",
    "!InvalidDeploymentStyleException: For ECS deployment, the deployment type must be BLUE_GREEN, "
    "and deployment option must be WITH_TRAFFIC_CONTROL." },

  { 88, "ecs-auto-scaling-groups", "CreateApplication",
    "{'applicationName':'a','computePlatform':'ECS'}", "{}" },
  { 88, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "{}" },
  { 88, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':[]}",
    "!InvalidAutoScalingGroupException: For ECS deployment group, autoScalingGroups can not be "
    "specified" },

  { 89, "update-unknown", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 89, NULL, "UpdateDeploymentGroup", "{'applicationName':'a','currentDeploymentGroupName':'g'}",
    "!DeploymentGroupDoesNotExistException: No Deployment Group found for name: g" },
  { 89, NULL, "UpdateDeploymentGroup", "{'applicationName':'a'}",
    "!DeploymentGroupNameRequiredException" },
  { 89, NULL, "UpdateDeploymentGroup", "{'applicationName':'zz','currentDeploymentGroupName':'g'}",
    "!ApplicationDoesNotExistException" },

  { 90, "update-with-names-only", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 90, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'alarmConfiguration':{'"
    "enabled':true,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','"
    "triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}]"
    ",'outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}",
    "{}" },
  { 90, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'"
    "onPremisesInstanceTagFilters':[],'alarmConfiguration':{'enabled':true,'ignorePollAlarmFailure'"
    ":false,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','triggerTargetArn'"
    ":'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}],'"
    "outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}}" },
  { 90, NULL, "UpdateDeploymentGroup", "{'applicationName':'a','currentDeploymentGroupName':'g'}",
    "{'hooksNotCleanedUp':[]}" },
  { 90, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'"
    "onPremisesInstanceTagFilters':[],'alarmConfiguration':{'enabled':true,'ignorePollAlarmFailure'"
    ":false,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','triggerTargetArn'"
    ":'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}],'"
    "outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}}" },

  { 91, "update-clears-triggers", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 91, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'alarmConfiguration':{'"
    "enabled':true,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','"
    "triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}]"
    ",'outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}",
    "{}" },
  { 91, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[]}",
    "{'hooksNotCleanedUp':[]}" },
  { 91, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'triggerConfigurations':[]}}" },

  { 92, "update-clears-alarms", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 92, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'alarmConfiguration':{'"
    "enabled':true,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','"
    "triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}]"
    ",'outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}",
    "{}" },
  { 92, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'enabled':false,"
    "'alarms':[]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 92, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'alarmConfiguration':null}}" },

  { 93, "update-disables-rollback", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 93, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoRollbackConfiguration':{'enabled':true,'events':['DEPLOYMENT_FAILURE']}}",
    "{}" },
  { 93, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoRollbackConfiguration':{'enabled'"
    ":false,'events':['DEPLOYMENT_FAILURE']}}",
    "{'hooksNotCleanedUp':[]}" },
  { 93, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoRollbackConfiguration':{'enabled':false,'events':['DEPLOYMENT_"
    "FAILURE']}}}" },
  { 93, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoRollbackConfiguration':{'enabled'"
    ":false,'events':[]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 93, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoRollbackConfiguration':null}}" },

  { 94, "update-keeps-alarms", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 94, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],'alarmConfiguration':{'"
    "enabled':true,'alarms':[{'name':'x'}]},'triggerConfigurations':[{'triggerName':'t','"
    "triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':['DeploymentStart']}]"
    ",'outdatedInstancesStrategy':'IGNORE','terminationHookEnabled':true}",
    "{}" },
  { 94, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','outdatedInstancesStrategy':'UPDATE'}",
    "{'hooksNotCleanedUp':[]}" },
  { 94, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'alarmConfiguration':{'enabled':true,'alarms':[{'name':'x'}]},'"
    "outdatedInstancesStrategy':'UPDATE'}}" },
  { 94, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','outdatedInstancesStrategy':'LATER'}",
    "!InvalidInputException" },

  { 95, "update-replaces-filters", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 95, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','ec2TagFilters':[{'Key':'k1','Type':'KEY_ONLY'},{'Key':'k2','Type':'KEY_ONLY'}]}",
    "{}" },
  { 95, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'k3','Value':'"
    "','Type':'KEY_ONLY'}]}",
    "{'hooksNotCleanedUp':[]}" },
  { 95, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':[{'Key':'k3','Type':'KEY_ONLY'}]}}" },
  { 95, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[]}",
    "{'hooksNotCleanedUp':[]}" },
  { 95, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':[]}}" },

  { 96, "rename", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 96, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[{'Key':'k','Value':'v'}]}",
    "{'deploymentGroupId':'<id>'}" },
  { 96, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','newDeploymentGroupName':'h'}",
    "{'hooksNotCleanedUp':[]}" },
  { 96, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "!DeploymentGroupDoesNotExistException" },
  { 96, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'h'}",
    "{'deploymentGroupInfo':{'deploymentGroupId':'<id>','deploymentGroupName':'h'}}" },
  { 96, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'h','newDeploymentGroupName':'h'}",
    "{'hooksNotCleanedUp':[]}" },
  { 96, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'h','newDeploymentGroupName':''}",
    "!InvalidDeploymentGroupNameException" },
  { 96, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'h','newDeploymentGroupName':'h--x/y'}",
    "!InvalidDeploymentGroupNameException" },
  { 96, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:deploymentgroup:a/h'}",
    "= {'Tags':[{'Key':'k','Value':'v'}]}" },

  { 97, "rename-to-taken", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 97, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 97, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 97, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','newDeploymentGroupName':'h'}",
    "!DeploymentGroupAlreadyExistsException" },

  { 98, "delete", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 98, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 98, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "= {'hooksNotCleanedUp':[]}" },
  { 98, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "!DeploymentGroupDoesNotExistException" },
  { 98, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },

  { 99, "delete-unknown", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 99, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "!DeploymentGroupDoesNotExistException" },
  { 99, NULL, "DeleteDeploymentGroup", "{'applicationName':'zz','deploymentGroupName':'g'}",
    "!ApplicationDoesNotExistException" },

  { 100, "list-of-unknown-application", "ListDeploymentGroups", "{'applicationName':'zz'}",
    "!ApplicationDoesNotExistException" },

  { 101, "batch-with-unknown", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 101, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 101, NULL, "BatchGetDeploymentGroups",
    "{'applicationName':'a','deploymentGroupNames':['g','nope']}",
    "{'deploymentGroupsInfo':[{'deploymentGroupName':'g'}],'errorMessage':'~nope'}" },
  { 101, NULL, "BatchGetDeploymentGroups", "{'applicationName':'a','deploymentGroupNames':[]}",
    "!DeploymentGroupNameRequiredException" },
  { 101, NULL, "BatchGetDeploymentGroups", "{'applicationName':'a','deploymentGroupNames':['a b']}",
    "!InvalidDeploymentGroupNameException" },
  { 101, NULL, "BatchGetDeploymentGroups",
    "{'applicationName':'a','deploymentGroupNames':[{{1..101|'n#'}}]}",
    "!BatchLimitExceededException" },

  { 102, "batch-all-known", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 102, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 102, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 102, NULL, "BatchGetDeploymentGroups",
    "{'applicationName':'a','deploymentGroupNames':['h','g']}",
    "{'applicationName':null,'deploymentGroupsInfo':[{'deploymentGroupName':'h'},{'"
    "deploymentGroupName':'g'}],'errorMessage':''}" },
  /* of our own */
  { 1490, "new-hosts-get-the-group-s-revision", "CreateApplication", "{'applicationName':'a'}",
    "{}" },
  { 1490, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','newHostsStrategy':'UPDATE','onPremisesInstanceTagFilters':[{'Key':'role','Value':"
    "'web','Type':'KEY_AND_VALUE'}]}",
    "{}" },
  { 1490, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'newHostsStrategy':'UPDATE'}}" },
  { 1490, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','newHostsStrategy':'LATER'}",
    "!InvalidInputException" },
  { 1490, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','newHostsStrategy':'IGNORE'}",
    "{'hooksNotCleanedUp':[]}" },
  { 1490, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'newHostsStrategy':'IGNORE'}}" },
  { 1491, "only-servers-have-new-hosts", "CreateApplication",
    "{'applicationName':'a','computePlatform':'Lambda'}", "{}" },
  { 1491, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','newHostsStrategy':'UPDATE','deploymentStyle':{'deploymentType':'BLUE_GREEN',"
    "'deploymentOption':'WITH_TRAFFIC_CONTROL'}}",
    "!InvalidInputException" },

  { 0 },
};

/* What the engine leaves behind: d-AAAAAAAA1 has deployed revision 1, d-AAAAAAAA2 is under way. */
static gboolean
write_history (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  ApplicationRecord *application;
  DeploymentGroupRecord *group;
  gboolean taken;
  if (!application_record_by_name (tx, "a", arena, &application, error) ||
      !deployment_group_record_by_name (tx, application->id, "g", arena, &group, error))
    return FALSE;
  DeploymentRecord record = { .id = "d-AAAAAAAA1",
                              .application_id = application->id,
                              .group_id = group->id,
                              .revision_number = 1,
                              .config_name = "CodeDeployDefault.OneAtATime",
                              .healthy = { MINIMUM_HEALTHY_MOST_CONCURRENCY, 1 },
                              .creator = CREATOR_USER,
                              .status = DEPLOYMENT_CREATED,
                              .info_json = "{}",
                              .create_ms = 1000 };
  if (!deployment_record_insert (tx, &record, &taken, error))
    return FALSE;
  record.status = DEPLOYMENT_SUCCEEDED;
  record.start_ms = 2000;
  record.complete_ms = 3500;
  if (!deployment_record_update (tx, &record, error))
    return FALSE;
  record.id = "d-AAAAAAAA2";
  record.status = DEPLOYMENT_CREATED;
  record.create_ms = 4000;
  return deployment_record_insert (tx, &record, &taken, error) &&
         deployment_group_record_set_succeeded (tx, group->id, "d-AAAAAAAA1", 1, error) &&
         deployment_group_record_set_attempted (tx, group->id, "d-AAAAAAAA2", error);
}

static void
history_is_shown_and_survives_a_rename (void)
{
  static const char *const s3 =
      "{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k','bundleType':'zip'}}";
  g_autofree char *shown =
      g_strdup_printf ("{'deploymentGroupInfo':{'targetRevision':%s,"
                       "'lastSuccessfulDeployment':{'deploymentId':'d-AAAAAAAA1','status':'"
                       "Succeeded','createTime':1,'endTime':3.5},"
                       "'lastAttemptedDeployment':{'deploymentId':'d-AAAAAAAA2','status':'Created',"
                       "'createTime':4,'endTime':null}}}",
                       s3);
  g_autofree char *registration = g_strdup_printf ("{'applicationName':'a','revision':%s}", s3);
  g_autofree char *used = g_strdup_printf ("{'revisions':[%s]}", s3);
  const Step make[] = {
    { 1, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
    { 1, NULL, "CreateDeploymentGroup",
      "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::"
      "123456789012:role/r'}",
      "{}" },
    { 1, NULL, "RegisterApplicationRevision", registration, "" },
  };
  const Step look[] = {
    { 1, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}", shown },
    { 1, NULL, "UpdateDeploymentGroup",
      "{'applicationName':'a','currentDeploymentGroupName':'g','newDeploymentGroupName':'h'}",
      "{}" },
    { 1, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'h'}", shown },
    { 1, NULL, "ListApplicationRevisions", "{'applicationName':'a','deployed':'include'}", used },
    { 1, NULL, "GetApplicationRevision", registration,
      "{'revisionInfo':{'deploymentGroups':['h']}}" },
    { 1, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'h'}", "{}" },
    { 1, NULL, "ListApplicationRevisions", "{'applicationName':'a','deployed':'include'}",
      "{'revisions':[]}" },
  };
  g_autoptr (Harness) harness = harness_new ();
  g_autoptr (GError) error = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (make); i++)
    harness_step (harness, &make[i]);
  g_assert_true (store_run (harness->store, STORE_WRITE, write_history, NULL, &error));
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (look); i++)
    harness_step (harness, &look[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("deployment-groups", steps);
  g_test_add_func ("/deployment-groups/history-is-shown-and-survives-a-rename",
                   history_is_shown_and_survives_a_rename);
  return g_test_run ();
}
