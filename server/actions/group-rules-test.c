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
  { 1110, "update-replaces-names", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1110, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1110, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::"
    "123456789012:role/other','deploymentConfigName':'CodeDeployDefault.AllAtOnce'}",
    "{'hooksNotCleanedUp':[]}" },
  { 1110, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'serviceRoleArn':'arn:aws:iam::123456789012:role/"
    "other','deploymentConfigName':'CodeDeployDefault.AllAtOnce'}}" },
  { 1110, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','serviceRoleArn':'abc'}",
    "!InvalidRoleException: Cannot assume role provided." },
  { 1110, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentConfigName':'"
    "CodeDeployDefault.LambdaAllAtOnce'}",
    "!InvalidDeploymentConfigNameException" },
  { 1110, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentConfigName':'a b'}",
    "!InvalidDeploymentConfigNameException" },
  { 1110, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentConfigName':'CodeDeployDefault.AllAtOnce'}}" },

  { 1111, "update-replaces-lists", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1111, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','autoScalingGroups':['x','y'],'onPremisesInstanceTagFilters':[{'Key':'k'}],'ec2TagFilters':"
    "[{'Key':'e'}],'terminationHookEnabled':true}",
    "{}" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':['z']}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoScalingGroups':[{'name':'z'}],'onPremisesInstanceTagFilters':[{'"
    "Key':'k'}],'ec2TagFilters':[{'Key':'e'}],'terminationHookEnabled':true}}" },
  /* 139 of deployments.md */
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':null,"
    "'outdatedInstancesStrategy':'IGNORE'}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoScalingGroups':[{'name':'z'}],'outdatedInstancesStrategy':"
    "'IGNORE'}}" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':[],'"
    "onPremisesInstanceTagFilters':[]}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoScalingGroups':[],'onPremisesInstanceTagFilters':[],'"
    "ec2TagFilters':[{'Key':'e'}]}}" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagSet':{'ec2TagSetList':[[{'Key':"
    "'s'}]]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':null,'ec2TagSet':{'ec2TagSetList':[[{'Key':'s'}]]}}"
    "}" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagSet':{'ec2TagSetList':[]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'ec2TagFilters':[],'ec2TagSet':null}}" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'a'}],'"
    "ec2TagSet':{'ec2TagSetList':[[{'Key':'s'}]]}}",
    "!InvalidEC2TagCombinationException" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoScalingGroups':['']}",
    "!InvalidAutoScalingGroupException" },
  { 1111, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','terminationHookEnabled':false}",
    "{'hooksNotCleanedUp':[]}" },
  { 1111, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'terminationHookEnabled':false}}" },

  { 1112, "update-replaces-blocks", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1112, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITH_TRAFFIC_CONTROL'},'"
    "loadBalancerInfo':{'elbInfoList':[{'name':'one'}]},'alarmConfiguration':{'enabled':true,'"
    "alarms':[{'name':'x'}]},'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'"
    "actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':5},'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'KEEP_ALIVE'}}}",
    "{}" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{'"
    "targetGroupInfoList':[{'name':'two'}]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1112, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'loadBalancerInfo':{'elbInfoList':null,'targetGroupInfoList':[{'name':"
    "'two'}]}}}" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{}}",
    "!InvalidLoadBalancerInfoException: ELB information has to contain at least 1 ELB." },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{},'"
    "deploymentStyle':{}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1112, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'loadBalancerInfo':null,'deploymentStyle':{'deploymentType':'IN_PLACE'"
    ",'deploymentOption':'WITHOUT_TRAFFIC_CONTROL'}}}" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentStyle':{'deploymentOption':"
    "'WITH_TRAFFIC_CONTROL'}}",
    "!InvalidLoadBalancerInfoException" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE'}}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1112, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'blueGreenDeploymentConfiguration':{'deploymentReadyOption':null,'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'TERMINATE'}}}}" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'enabled':false,"
    "'alarms':[{'name':'y'}]}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1112, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'alarmConfiguration':{'enabled':false,'alarms':[{'name':'y'}]}}}" },
  { 1112, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoRollbackConfiguration':{'enabled'"
    ":true,'events':['DEPLOYMENT_STOP_ON_ALARM']}}",
    "{'hooksNotCleanedUp':[]}" },
  { 1112, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'autoRollbackConfiguration':{'enabled':true,'events':['DEPLOYMENT_"
    "STOP_ON_ALARM']}}}" },

  { 1113, "null-is-absent-at-every-depth", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1113, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','deploymentStyle':null,'ec2TagFilters':null,'autoScalingGroups':null,'tags':null,'"
    "loadBalancerInfo':{'elbInfoList':null,'targetGroupInfoList':[{'name':'t','port':80}]},'"
    "onPremisesInstanceTagFilters':[{'Key':'k','Value':null,'Type':null,'More':{'x':[1]}}]}",
    "{}" },
  { 1113, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'deploymentStyle':{'deploymentType':'IN_PLACE'},'loadBalancerInfo':{'"
    "targetGroupInfoList':[{'name':'t','port':null}]},'onPremisesInstanceTagFilters':[{'Key':'k','"
    "Value':null,'More':null}]}}" },
  { 1113, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':null,'"
    "triggerConfigurations':null,'onPremisesInstanceTagFilters':null,'newDeploymentGroupName':"
    "null}",
    "{'hooksNotCleanedUp':[]}" },
  { 1113, NULL, "GetDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'onPremisesInstanceTagFilters':[{'Key':'k'}]}}" },

  { 1114, "each-bad-value-has-its-error", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1114, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentStyle':{'deploymentOption':"
    "'WITH'}}",
    "!InvalidDeploymentStyleException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','deploymentStyle':{'deploymentType':'"
    "in_place'}}",
    "!InvalidDeploymentStyleException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'X'}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "terminateBlueInstancesOnDeploymentSuccess':{'action':'X'}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "greenFleetProvisioningOption':{'action':'X'}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','blueGreenDeploymentConfiguration':{'"
    "deploymentReadyOption':{'actionOnTimeout':'STOP_DEPLOYMENT','waitTimeInMinutes':-1}}}",
    "!InvalidBlueGreenDeploymentConfigurationException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','outdatedInstancesStrategy':'update'}",
    "!InvalidInputException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','autoRollbackConfiguration':{'events':"
    "['X']}}",
    "!InvalidAutoRollbackConfigException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'alarms':[{'"
    "name':'{{256*x}}'}]}}",
    "!InvalidAlarmConfigException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','alarmConfiguration':{'alarms':[{'"
    "name':''}]}}",
    "!InvalidAlarmConfigException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[{'"
    "triggerName':'t','triggerTargetArn':'x','triggerEvents':['DeploymentStart']}]}",
    "!InvalidTriggerConfigException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','triggerConfigurations':[{'"
    "triggerName':'t','triggerTargetArn':'arn:aws:sns:eu-west-3:123456789012:t','triggerEvents':[]}"
    "]}",
    "!InvalidTriggerConfigException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'k','Type':'"
    "key_only'}]}",
    "!InvalidEC2TagException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ec2TagFilters':[{'Key':'{{129*k}}'}]"
    "}",
    "!InvalidEC2TagException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesTagSet':{'"
    "onPremisesTagSetList':[[{'Key':'k','Value':'{{257*v}}'}]]}}",
    "!InvalidTagException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesInstanceTagFilters':[{'Key'"
    ":'k','Value':'v','Type':'KEY_ONLY'}]}",
    "!InvalidTagException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','onPremisesInstanceTagFilters':[null]"
    "}",
    "!InvalidTagException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','ecsServices':[{'clusterName':'c','"
    "serviceName':'s'}]}",
    "!InvalidECSServiceException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','loadBalancerInfo':{'elbInfoList':[{}]"
    "}}",
    "!InvalidLoadBalancerInfoException" },
  { 1114, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','terminationHookEnabled':'true'}",
    "!SerializationException" },

  { 1115, "an-empty-string-in-a-filter-is-not-given", "CreateApplication",
    "{'applicationName':'a'}", "{}" },
  { 1115, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/"
    "r','ec2TagFilters':[{'Key':'k','Value':'','Type':'KEY_ONLY'},{'Key':'','Value':'v','Type':'"
    "VALUE_ONLY'},{'Key':'k','Value':'','Type':'KEY_AND_VALUE'}]}",
    "{}" },

  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("group-rules", steps);
  return g_test_run ();
}
