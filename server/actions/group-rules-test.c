#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 1101, "forms-of-tags-are-shown-in-pairs", "CreateApplication", "{'applicationName':'a'}",
    "{}" },
  { 1101, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}"
    "]]}}",
    "{}" },
  { 1101, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagSet':{'ec2TagSetList':[]},'onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]},'ec2TagFilters':"
    "null,'onPremisesInstanceTagFilters':null}}" },

  { 1102, "switching-the-form-of-tags", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1102, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]}",
    "{}" },
  { 1102, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}],[{'Key':'k','Value':'"
    "v','Type':'KEY_AND_VALUE'}]]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1102, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','"
    "Type':'KEY_AND_VALUE'}],[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]},'"
    "onPremisesInstanceTagFilters':null}}" },
  { 1102, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesInstanceTagFilters':[{'Key'"
    ":'k','Value':'v','Type':'KEY_AND_VALUE'}]}",
    "{'hooksNotCleanedUp':[]}" },
  { 1102, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'onPremisesTagSet':null,'onPremisesInstanceTagFilters':[{'Key':'k','"
    "Value':'v','Type':'KEY_AND_VALUE'}]}}" },
  { 1102, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesInstanceTagFilters':[],'"
    "onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]]}"
    "}",
    "{'hooksNotCleanedUp':[]}" },
  { 1102, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'onPremisesTagSet':{'onPremisesTagSetList':[[{'Key':'k','Value':'v','"
    "Type':'KEY_AND_VALUE'}]]},'onPremisesInstanceTagFilters':null}}" },
  { 1102, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1102, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'onPremisesTagSet':null,'onPremisesInstanceTagFilters':[]}}" },

  { 1103, "ecs-group", "CreateApplication", "{'applicationName':'a','computePlatform':'ECS'}",
    "{}" },
  { 1103, NULL, "CreateDeploymentGroup",
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
  { 1103, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'computePlatform':'ECS','deploymentConfigName':'CodeDeployDefault."
    "ECSAllAtOnce','ecsServices':[{'clusterName':'c','serviceName':'s'}],'ec2TagFilters':null}}" },
  { 1103, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "!ECSServiceMappingLimitExceededException" },
  { 1103, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ecsServices':[]}",
    "!InvalidECSServiceException" },
  { 1103, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesInstanceTagFilters':[{'Key'"
    ":'k','Value':'v','Type':'KEY_AND_VALUE'}]}",
    "!InvalidTagException" },
  { 1103, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{}}",
    "!InvalidLoadBalancerInfoException" },
  { 1103, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{}"
    "}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1103, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "= {'hooksNotCleanedUp':[]}" },
  { 1103, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "{}" },

  { 1104, "ecs-target-group-pair", "CreateApplication",
    "{'applicationName':'a','computePlatform':'ECS'}", "{}" },
  { 1104, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'}],'"
    "prodTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "!InvalidTargetGroupPairException" },
  { 1104, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'testTrafficRoute':{'listenerArns':['arn:l']}}]},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "!InvalidTargetGroupPairException" },
  { 1104, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'t2'}"
    "],'prodTrafficRoute':{'listenerArns':['arn:l','arn:m']}}]},'blueGreenDeploymentConfiguration':"
    "{'deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT'},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE','"
    "terminationWaitTimeInMinutes':5}},'deploymentStyle':{'deploymentType':'BLUE_GREEN','"
    "deploymentOption':'WITH_TRAFFIC_CONTROL'},'ecsServices':[{'clusterName':'c','serviceName':'s'}"
    "]}",
    "!InvalidLoadBalancerInfoException" },

  { 1105, "lambda-group", "CreateApplication", "{'applicationName':'a','computePlatform':'Lambda'}",
    "{}" },
  { 1105, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1105, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentConfigName':'CodeDeployDefault.LambdaAllAtOnce','"
    "deploymentStyle':{'deploymentType':'BLUE_GREEN','deploymentOption':'WITH_TRAFFIC_CONTROL'}}"
    "}" },
  { 1105, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','deploymentStyle':{'deploymentType':'IN_PLACE'}}",
    "!InvalidDeploymentStyleException" },
  { 1105, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','autoScalingGroups':[]}",
    "!InvalidAutoScalingGroupException" },

  { 1106, "blue-green-waits", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1106, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'CONTINUE_"
    "DEPLOYMENT','waitTimeInMinutes':10}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1106, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'STOP_"
    "DEPLOYMENT','waitTimeInMinutes':2881}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1106, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','blueGreenDeploymentConfiguration':{'terminateBlueInstancesOnDeploymentSuccess':{'action':'"
    "KEEP_ALIVE','terminationWaitTimeInMinutes':1}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1106, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','deploymentStyle':{'deploymentType':'BLUE_GREEN'},'blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'CONTINUE_DEPLOYMENT','waitTimeInMinutes':0}}}",
    "{}" },
  { 1106, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'blueGreenDeploymentConfiguration':{'greenFleetProvisioningOption':{'"
    "action':'DISCOVER_EXISTING'}}}}" },
  { 1106, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{}"
    "}",
    "{'hooksNotCleanedUp':[]}" },
  { 1106, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'blueGreenDeploymentConfiguration':null}}" },

  { 1107, "over-quota", "@quota", "deployment_groups 1", "" },
  { 1107, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1107, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1107, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "!DeploymentGroupLimitExceededException" },

  { 1108, "pages", "@quota", "names_per_page 1", "" },
  { 1108, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1108, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'b','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1108, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'a','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1108, NULL, "ListDeploymentGroups", "{'applicationName':'a'}",
    "{'applicationName':'a','deploymentGroups':['a'],'nextToken':'<t>'}" },
  { 1108, NULL, "ListDeploymentGroups", "{'applicationName':'a','nextToken':'<t>'}",
    "= {'applicationName':'a','deploymentGroups':['b']}" },
  { 1108, NULL, "CreateApplication", "{'applicationName':'z'}", "{}" },
  { 1108, NULL, "ListDeploymentGroups", "{'applicationName':'z','nextToken':'<t>'}",
    "!InvalidNextTokenException" },

  { 1109, "update-keeps-empty-strings-as-absent", "CreateApplication", "{'applicationName':'a'}",
    "{}" },
  { 1109, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1109, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentConfigName':'','"
    "serviceRoleArn':''}",
    "{'hooksNotCleanedUp':[]}" },
  { 1109, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentConfigName':'CodeDeployDefault.OneAtATime','serviceRoleArn'"
    ":'arn:aws:iam::123456789012:role/r'}}" },
  { 1109, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentConfigName':'nope'}",
    "!DeploymentConfigDoesNotExistException" },
  { 1109, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentStyle':{}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1109, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentStyle':{'deploymentType':'IN_PLACE'}}}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("group-rules", steps);
  return g_test_run ();
}
