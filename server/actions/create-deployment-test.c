#include "server/actions/action-harness.h"

/* CreateDeployment and what becomes of it: api.md 3.5. */

#define S3(key, type)                                                                              \
  "'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'" key                    \
  "','bundleType':'" type "'}}"
#define TEXT                                                                                       \
  "'revision':{'revisionType':'AppSpecContent','appSpecContent':{'content':'version: 0.0'}}"
#define NAMES            "'applicationName':'a','deploymentGroupName':'g'"
#define DEPLOY(revision) "{" NAMES "," revision "}"
#define ROLE             "'serviceRoleArn':'arn:aws:iam::123456789012:role/r'"
#define SERVER(number, name, more)                                                                 \
  { number, name, "CreateApplication", "{'applicationName':'a'}", "{}" },                          \
  {                                                                                                \
    number, NULL, "CreateDeploymentGroup", "{" NAMES "," ROLE more "}", "{}"                       \
  }
#define LAMBDA(number, name)                                                                       \
  { number, name, "CreateApplication", "{'applicationName':'a','computePlatform':'Lambda'}",       \
    "{}" },                                                                                        \
  {                                                                                                \
    number, NULL, "CreateDeploymentGroup", "{" NAMES "," ROLE "}", "{}"                            \
  }
#define ECS(number, name)                                                                          \
  { number, name, "CreateApplication", "{'applicationName':'a','computePlatform':'ECS'}", "{}" },  \
  {                                                                                                \
    number, NULL, "CreateDeploymentGroup",                                                         \
        "{" NAMES "," ROLE                                                                         \
        ",'loadBalancerInfo':{'targetGroupPairInfoList':[{'targetGroups':[{'name':'t1'},{'name':'" \
        "t2'}],'prodTrafficRoute':{'listenerArns':['arn:l']}}]},"                                  \
        "'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"          \
        "'CONTINUE_DEPLOYMENT'},'terminateBlueInstancesOnDeploymentSuccess':{'action':"            \
        "'TERMINATE','terminationWaitTimeInMinutes':5}},"                                          \
        "'ecsServices':[{'clusterName':'c','serviceName':'s'}]}",                                  \
        "{}"                                                                                       \
  }
#define BLUE_GREEN(more)                                                                           \
  ",'deploymentStyle':{'deploymentType':'BLUE_GREEN','deploymentOption':'WITHOUT_TRAFFIC_CONTROL'" \
  "}" more
#define DISCOVER                                                                                   \
  ",'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':'CONTINUE_"     \
  "DEPLOYMENT'}}"
#define COPY                                                                                       \
  ",'autoScalingGroups':['fleet'],'blueGreenDeploymentConfiguration':{"                            \
  "'greenFleetProvisioningOption':{'action':'COPY_AUTO_SCALING_GROUP'}}"
#define CREATED(number, input)                                                                     \
  {                                                                                                \
    number, NULL, "CreateDeployment", input, "{'deploymentId':'<id>'}"                             \
  }
#define ENDS(number, code, message)                                                                \
  { number, NULL, "@later", "0", "" },                                                             \
  {                                                                                                \
    number, NULL, "GetDeployment", "{'deploymentId':'<id>'}",                                      \
        "{'deploymentInfo':{'status':'Failed','completeTime':1700000000.123,'startTime':null,"     \
        "'errorInformation':{'code':'" code "','message':'~" message "'}}}"                        \
  }

static const Step steps[] = {
  /* 159 is about content that is shown once only */
  ECS (159, "content-is-not-shown-with-a-deployment"),
  CREATED (159, DEPLOY (TEXT)),
  { 159, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'revision':{'revisionType':'AppSpecContent','appSpecContent':{"
    "'content':null,'sha256':'<sha>'}}}}" },
  { 159, NULL, "BatchGetDeployments", "{'deploymentIds':['<id>']}",
    "{'deploymentsInfo':[{'revision':{'appSpecContent':{'content':null,'sha256':'<sha>'}}}]}" },
  { 159, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'AppSpecContent','appSpecContent':{'sha256':"
    "'<sha>'}}}",
    "{'revision':{'appSpecContent':{'content':'version: 0.0','sha256':'<sha>'}}}" },

  LAMBDA (1601, "lambda-is-created-and-says-what-is-missing"),
  CREATED (1601, DEPLOY (S3 ("k", "YAML"))),
  { 1601, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Created','computePlatform':'Lambda','creator':'user',"
    "'deploymentConfigName':'CodeDeployDefault.LambdaAllAtOnce','fileExistsBehavior':null,"
    "'deploymentStyle':{'deploymentType':'BLUE_GREEN','deploymentOption':'WITH_TRAFFIC_CONTROL'},"
    "'ignoreApplicationStopFailures':false,'updateOutdatedInstancesOnly':false,"
    "'instanceTerminationWaitTimeStarted':false,'deploymentStatusMessages':[],"
    "'loadBalancerInfo':null,'deploymentMode':null,'errorInformation':null}}" },
  { 1601, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException" },
  { 1601, NULL, "StopDeployment", "{'deploymentId':'<id>'}", "{'status':'Succeeded'}" },

  LAMBDA (1602, "lambda-ends-at-its-start"),
  CREATED (1602, DEPLOY (S3 ("k", "json"))),
  ENDS (1602, "INVALID_LAMBDA_CONFIGURATION", "not connected to a Lambda service.*upgrade"),
  { 1602, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException" },
  { 1602, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'f:live'}",
    "!DeploymentNotStartedException" },
  { 1602, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'f:'}",
    "!InvalidDeploymentTargetIdException" },
  { 1602, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['f','g']}",
    "!DeploymentTargetListSizeExceededException" },
  { 1602, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException" },
  { 1602, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'f'}",
    "!InstanceDoesNotExistException" },
  { 1602, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['f']}",
    "{'instancesSummary':[],'errorMessage':'~f'}" },
  { 1602, NULL, "ContinueDeployment", "{'deploymentId':'<id>'}",
    "!DeploymentAlreadyCompletedException" },
  { 1602, NULL, "GetDeploymentGroup", "{" NAMES "}",
    "{'deploymentGroupInfo':{'lastAttemptedDeployment':{'deploymentId':'<id>','status':'Failed'},"
    "'lastSuccessfulDeployment':null,'targetRevision':null}}" },

  ECS (1603, "ecs-ends-at-its-start"),
  CREATED (1603, DEPLOY (TEXT)),
  { 1603, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'computePlatform':'ECS','loadBalancerInfo':{'targetGroupPairInfoList':[{}]}"
    ",'blueGreenDeploymentConfiguration':{},'fileExistsBehavior':null}}" },
  { 1603, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>'}",
    "!InvalidComputePlatformException" },
  { 1603, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'i'}",
    "!InvalidComputePlatformException" },
  { 1603, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['i']}",
    "!InvalidComputePlatformException" },
  { 1603, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'s'}",
    "!InvalidDeploymentTargetIdException: Invalid id s for ECS deployment, valid Id should be in "
    "format <cluster-name>:<service-name>" },
  { 1603, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['c:s']}",
    "!DeploymentNotStartedException" },
  ENDS (1603, "INVALID_ECS_SERVICE", "not connected to an ECS service.*upgrade"),

  LAMBDA (1604, "revisions-of-lambda"),
  { 1604, NULL, "CreateDeployment", DEPLOY (S3 ("k", "zip")),
    "!InvalidRevisionException: BundleType must be either YAML or JSON" },
  { 1604, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'GitHub','gitHubLocation':{'repository':'o/r','commitId':'"
            "c'}}"),
    "!InvalidRevisionException" },
  { 1604, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'AppSpecContent','appSpecContent':{'sha256':'{{64*a}}'}}"),
    "!RevisionDoesNotExistException" },
  { 1604, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'AppSpecContent','appSpecContent':{}}"),
    "!InvalidRevisionException" },
  CREATED (1604, DEPLOY ("'revision':{'revisionType':'String','string':{'content':'x'}}")),
  { 1604, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'revision':{'revisionType':'String','string':{'content':null,'sha256':"
    "'<sha>'}}}}" },
  { 1604, NULL, "@later", "0", "" },
  /* by its hash alone, once it is known */
  { 1604, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'String','string':{'sha256':'<sha>'}}"),
    "{'deploymentId':'~^d-'}" },

  ECS (1605, "revisions-of-ecs"),
  { 1605, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'String','string':{'content':'x'}}"),
    "!InvalidRevisionException" },
  { 1605, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'String','string':{'sha256':'{{64*a}}'}}"),
    "!InvalidRevisionException" },
  { 1605, NULL, "CreateDeployment", DEPLOY (S3 ("k", "tar")),
    "!InvalidRevisionException: BundleType must be either YAML or JSON" },

  SERVER (1606, "revisions-of-servers", ""),
  { 1606, NULL, "CreateDeployment", DEPLOY (S3 ("k", "YAML")), "!InvalidRevisionException" },
  { 1606, NULL, "CreateDeployment", DEPLOY (TEXT), "!InvalidRevisionException" },
  { 1606, NULL, "CreateDeployment",
    DEPLOY ("'revision':{'revisionType':'AppSpecContent','appSpecContent':{'sha256':'{{64*a}}'}}"),
    "!InvalidRevisionException" },

  LAMBDA (1607, "members-that-are-for-servers"),
  { 1607, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "YAML") ",'ignoreApplicationStopFailures':true"),
    "!InvalidIgnoreApplicationStopFailuresValueException" },
  { 1607, NULL, "CreateDeployment", DEPLOY (S3 ("k", "YAML") ",'updateOutdatedInstancesOnly':true"),
    "!InvalidUpdateOutdatedInstancesOnlyValueException" },
  { 1607, NULL, "CreateDeployment", DEPLOY (S3 ("k", "YAML") ",'fileExistsBehavior':'DISALLOW'"),
    "!InvalidFileExistsBehaviorException: For Lambda, ECS and Kubernetes deployment, "
    "fileExistsBehavior can not be specified" },
  { 1607, NULL, "CreateDeployment", DEPLOY ("'deploymentMode':'RESTART'"),
    "!InvalidComputePlatformException" },
  { 1607, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "YAML") ",'targetInstances':{'autoScalingGroups':['x']}"),
    "!InvalidTargetInstancesException" },
  { 1607, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "YAML") ",'deploymentConfigName':'CodeDeployDefault.OneAtATime'"),
    "!InvalidDeploymentConfigNameException" },
  CREATED (1607, DEPLOY (S3 ("k", "YAML") ",'ignoreApplicationStopFailures':false,"
                                          "'updateOutdatedInstancesOnly':false")),

  SERVER (1608, "formats-come-before-existence", ""),
  { 1608, NULL, "CreateDeployment", "{'applicationName':'zz','deploymentGroupName':'g'}",
    "!RevisionRequiredException: RevisionLocation must be specified" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'zz','deploymentGroupName':'g','revision':{'revisionType':'S3'}}",
    "!InvalidRevisionException" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'zz','deploymentGroupName':'g'," S3 (
        "k", "zip") ",'autoRollbackConfiguration':{'enabled':true}}",
    "!InvalidAutoRollbackConfigException" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'zz','deploymentGroupName':'g'," S3 (
        "k", "zip") ",'overrideAlarmConfiguration':{'enabled':true}}",
    "!InvalidAlarmConfigException" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'zz','deploymentGroupName':'g'," S3 (
        "k", "zip") ",'overrideAlarmConfiguration':{'alarms':[{{1..51|{'name':'n#'}}}]}}",
    "!AlarmsLimitExceededException" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'zz','deploymentGroupName':'g'," S3 ("k", "zip") "}",
    "!ApplicationDoesNotExistException" },
  { 1608, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'zz'," S3 (
        "k", "zip") ",'deploymentConfigName':'nope'}",
    "!DeploymentGroupDoesNotExistException" },
  { 1608, NULL, "CreateDeployment", DEPLOY (S3 ("k", "YAML") ",'deploymentConfigName':'nope'"),
    "!DeploymentConfigDoesNotExistException" },
  { 1608, NULL, "CreateDeployment", DEPLOY (S3 ("k", "zip") ",'deploymentMode':'QUICK'"),
    "!InvalidInputException" },
  { 1608, NULL, "CreateDeployment", DEPLOY (S3 ("k", "zip") ",'description':'{{257*d}}'"),
    "!DescriptionTooLongException" },
  { 1608, NULL, "ListApplicationRevisions", "{'applicationName':'a'}", "{'revisions':[]}" },

  SERVER (1609, "target-instances", BLUE_GREEN (DISCOVER)),
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{'Key':'k'}],'ec2TagSet':{"
                            "'ec2TagSetList':[[{'Key':'k'}]]}}"),
    "!InvalidTargetInstancesException" },
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{{1..11|{'Key':'k#'}}}]}"),
    "!InvalidTargetInstancesException" },
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'ec2TagSet':{'ec2TagSetList':[[{{1..6|{'Key':'k#'}"
                            "}}],[{{1..5|{'Key':'k#'}}}]]}}"),
    "!InvalidTargetInstancesException" },
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'ec2TagSet':{'ec2TagSetList':[[{'Key':'k'}],[{"
                            "'Key':'k'}],[{'Key':'k'}],[{'Key':'k'}]]}}"),
    "!InvalidTargetInstancesException" },
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{'Type':'KEY_ONLY'}]}"),
    "!InvalidTargetInstancesException" },
  { 1609, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'autoScalingGroups':['x','x']}"),
    "!InvalidTargetInstancesException" },
  CREATED (1609, DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{'Key':'k'}]}")),
  { 1609, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'targetInstances':{'tagFilters':[{'Key':'k'}],'ec2TagSet':null}}}" },

  SERVER (1610, "target-instances-of-a-copied-fleet", BLUE_GREEN (COPY)),
  { 1610, NULL, "CreateDeployment",
    DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{'Key':'k'}]}"),
    "!InvalidTargetInstancesException" },
  { 1610, NULL, "CreateDeployment", DEPLOY ("'deploymentMode':'RESTART'"),
    "!InvalidInputException" },

  SERVER (1611, "blue-green-without-its-block", BLUE_GREEN ("")),
  CREATED (1611, DEPLOY (S3 ("k", "zip"))),
  ENDS (1611, "MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION", "Deployment group g .*give it one"),

  SERVER (1612, "blue-green-without-a-balancer", BLUE_GREEN (DISCOVER)),
  { 1612, NULL, "CreateDeployment", DEPLOY (S3 ("k", "zip")), "!InvalidTargetInstancesException" },
  CREATED (1612, DEPLOY (S3 ("k", "zip") ",'targetInstances':{'tagFilters':[{'Key':'k'}]}")),
  { 1612, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'ServerInstanceLabel':['Green']}}",
    "!DeploymentNotStartedException" },
  { 1612, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'ServerInstanceLabel':['Red']}}",
    "!InvalidInstanceTypeException" },
  { 1612, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','instanceTypeFilter':['Red']}",
    "!InvalidInstanceTypeException" },
  { 1612, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','instanceTypeFilter':['Blue']}",
    "!DeploymentNotStartedException" },
  { 1612, NULL, "ContinueDeployment", "{'deploymentId':'<id>'}",
    "!DeploymentIsNotInReadyStateException" },
  { 1612, NULL, "ContinueDeployment",
    "{'deploymentId':'<id>','deploymentWaitType':'TERMINATION_WAIT'}",
    "!InvalidDeploymentStatusException" },
  { 1612, NULL, "SkipWaitTimeForInstanceTermination", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException" },
  ENDS (1612, "MISSING_ELB_INFORMATION", "Deployment group g .*type IN_PLACE"),
  { 1612, NULL, "ContinueDeployment", "{'deploymentId':'<id>'}",
    "!DeploymentAlreadyCompletedException" },
  { 1612, NULL, "SkipWaitTimeForInstanceTermination", "{'deploymentId':'<id>'}",
    "!DeploymentAlreadyCompletedException" },

  SERVER (
      1613, "an-in-place-deployment-behind-a-balancer",
      ",'deploymentStyle':{'deploymentType':'IN_PLACE','deploymentOption':'WITH_TRAFFIC_CONTROL'"
      "},'loadBalancerInfo':{'targetGroupInfoList':[{'name':'web'}]}"),
  CREATED (1613, DEPLOY (S3 ("k", "zip"))),
  { 1613, NULL, "SkipWaitTimeForInstanceTermination", "{'deploymentId':'<id>'}",
    "!UnsupportedActionForDeploymentTypeException" },
  ENDS (1613, "NO_INSTANCES", "No registered instance .*"),

  SERVER (1614, "deployments-of-the-account", ""),
  { 1614, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h'," ROLE "}", "{}" },
  { 1614, NULL, "@quota", "concurrent-deployments 1", "" },
  CREATED (1614, DEPLOY (S3 ("k", "zip"))),
  { 1614, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'h'," S3 ("k", "zip") "}",
    "!DeploymentLimitExceededException: 1 deployments" },
  { 1614, NULL, "@later", "0", "" },
  { 1614, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'h'," S3 ("k", "zip") "}", "{}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("create-deployment", steps);
  return g_test_run ();
}
