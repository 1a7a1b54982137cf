#include "server/actions/action-harness.h"

/* Deployments, their targets and host commands as clients and hosts see them: api.md 9, 130-168; numbers from 1000 are ours. */

#define REVISION(key)                                                                              \
  "'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'" key                    \
  "','bundleType':'zip'}}"
#define NAMES        "'applicationName':'a','deploymentGroupName':'g'"
#define DEPLOY(more) "{" NAMES "," REVISION ("k1") more "}"
#define GROUP(more)                                                                                \
  "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r',"                                \
  "'onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]" more "}"
#define BEGIN(number, name, group)                                                                 \
  { number, name, "CreateApplication", "{'applicationName':'a'}", "{}" },                          \
      { number, NULL, "CreateDeploymentGroup", group, "{}" },                                      \
  {                                                                                                \
    number, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}",         \
        "{'iamUserArn':'<h>'}"                                                                     \
  }
#define STARTED(number)                                                                            \
  { number, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'<id>'}" },                    \
  {                                                                                                \
    number, NULL, "@later", "0", ""                                                                \
  }
#define REPORT(number, step, status)                                                               \
  {                                                                                                \
    number, NULL, "PutHostCommandComplete",                                                        \
        "{'HostCommandIdentifier':'<id>:0:" step "','CommandStatus':'" status                      \
        "','Diagnostics':{'Format':'JSON','Payload':'{}'}}",                                       \
        "{}"                                                                                       \
  }
#define SUCCEEDED(number)                                                                          \
  { number, NULL, "@as", "h", "" }, REPORT (number, "0", "Succeeded"),                             \
      REPORT (number, "1", "Succeeded"), REPORT (number, "2", "Succeeded"),                        \
      REPORT (number, "3", "Succeeded"), REPORT (number, "4", "Succeeded"),                        \
      REPORT (number, "5", "Succeeded"), REPORT (number, "6", "Succeeded"),                        \
  {                                                                                                \
    number, NULL, "@as", "administrator", ""                                                       \
  }

static const Step steps[] = {
  BEGIN (131, "id-has-its-form", GROUP ("")),
  { 131, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'~^d-[A-Z0-9]{9}$'}" },

  BEGIN (132, "group-is-required", GROUP ("")),
  { 132, NULL, "CreateDeployment", "{'applicationName':'a'," REVISION ("k") "}",
    "!DeploymentGroupNameRequiredException" },

  BEGIN (133, "revision-is-required", GROUP ("")),
  { 133, NULL, "CreateDeployment", "{" NAMES "}",
    "!RevisionRequiredException: RevisionLocation must be specified" },

  BEGIN (134, "one-active-deployment-in-a-group", GROUP ("")),
  STARTED (134),
  { 134, NULL, "CreateDeployment", DEPLOY (""),
    "!DeploymentLimitExceededException: already has an active Deployment 'd-" },

  BEGIN (135, "empty-description", GROUP ("")),
  { 135, NULL, "CreateDeployment", DEPLOY (",'description':''"), "{'deploymentId':'<id>'}" },
  { 135, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'description':''}}" },

  BEGIN (136, "file-exists-behavior", GROUP ("")),
  { 136, NULL, "CreateDeployment", DEPLOY (",'fileExistsBehavior':'KEEP'"),
    "!InvalidFileExistsBehaviorException" },

  { 137, "file-exists-behavior-on-lambda", "CreateApplication",
    "{'applicationName':'a','computePlatform':'Lambda'}", "{}" },
  { 137, NULL, "CreateDeploymentGroup",
    "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r','deploymentStyle':{"
    "'deploymentType':'BLUE_GREEN','deploymentOption':'WITH_TRAFFIC_CONTROL'}}",
    "{}" },
  { 137, NULL, "CreateDeployment", DEPLOY (",'fileExistsBehavior':'OVERWRITE'"),
    "!InvalidFileExistsBehaviorException" },

  BEGIN (138, "target-instances-are-for-blue-green", GROUP ("")),
  { 138, NULL, "CreateDeployment",
    DEPLOY (",'targetInstances':{'tagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]}"),
    "!InvalidTargetInstancesException" },

  BEGIN (139, "restart-takes-no-revision", GROUP ("")),
  { 139, NULL, "CreateDeployment", DEPLOY (",'deploymentMode':'RESTART'"),
    "!InvalidInputException" },
  { 139, NULL, "CreateDeployment", "{" NAMES ",'deploymentMode':'RESTART'}",
    "!RevisionRequiredException" },
  { 139, NULL, "ListDeployments", "{}", "{'deployments':[]}" },
  STARTED (139),
  SUCCEEDED (139),
  { 139, NULL, "CreateDeployment", "{" NAMES ",'deploymentMode':'RESTART'}",
    "{'deploymentId':'<again>'}" },
  { 139, NULL, "GetDeployment", "{'deploymentId':'<again>'}",
    "{'deploymentInfo':{'deploymentMode':'RESTART','revision':{'s3Location':{'key':'k1'}}}}" },

  BEGIN (140, "right-after-creation", GROUP ("")),
  { 140, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'<id>'}" },
  { 140, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'applicationName':'a','deploymentGroupName':'g','deploymentId':'<id>',"
    "'deploymentConfigName':'CodeDeployDefault.OneAtATime','status':'Created','creator':'user',"
    "'fileExistsBehavior':'DISALLOW','ignoreApplicationStopFailures':false,"
    "'updateOutdatedInstancesOnly':false,'instanceTerminationWaitTimeStarted':false,"
    "'deploymentStatusMessages':[],'computePlatform':'Server','createTime':1700000000.123,"
    "'deploymentOverview':{'Pending':0,'InProgress':0,'Succeeded':0,'Failed':0,'Skipped':0,"
    "'Ready':0},'revision':{'revisionType':'S3','s3Location':{'key':'k1'}},'startTime':null,"
    "'deploymentStyle':{'deploymentType':'IN_PLACE'},"
    "'completeTime':null,'errorInformation':null,'rollbackInfo':null,'previousRevision':null}}" },

  { 141, "malformed-id", "GetDeployment", "{'deploymentId':'d-123'}",
    "!InvalidDeploymentIdException" },
  { 142, "unknown-id", "GetDeployment", "{'deploymentId':'d-ABCDEFGHI'}",
    "!DeploymentDoesNotExistException" },

  BEGIN (143, "unknown-ids-are-left-out", GROUP ("")),
  STARTED (143),
  { 143, NULL, "BatchGetDeployments", "{'deploymentIds':['d-ABCDEFGHI','<id>']}",
    "{'deploymentsInfo':[{'deploymentId':'<id>'}]}" },
  { 143, NULL, "BatchGetDeployments", "{'deploymentIds':[]}", "!DeploymentIdRequiredException" },

  { 144, "application-only", "ListDeployments", "{'applicationName':'a'}",
    "!DeploymentGroupNameRequiredException" },
  { 145, "group-only", "ListDeployments", "{'deploymentGroupName':'g'}",
    "!ApplicationNameRequiredException" },

  BEGIN (146, "filter-by-status-and-group", GROUP ("")),
  STARTED (146),
  { 146, NULL, "ListDeployments", "{'includeOnlyStatuses':['Failed']}", "{'deployments':[]}" },
  { 146, NULL, "ListDeployments", "{'includeOnlyStatuses':['Failed','InProgress']}",
    "{'deployments':['<id>']}" },
  { 146, NULL, "ListDeployments", "{" NAMES "}", "{'deployments':['<id>']}" },
  { 146, NULL, "ListDeployments", "{" NAMES ",'createTimeRange':{'start':1700000001}}",
    "{'deployments':[]}" },
  { 146, NULL, "ListDeployments", "{" NAMES ",'createTimeRange':{'end':1700000001}}",
    "{'deployments':['<id>']}" },

  BEGIN (1005, "times-as-clients-write-them", GROUP ("")),
  STARTED (1005),
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'start':1.7e9,'end':1.7000000002E9}}",
    "{'deployments':['<id>']}" },
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'start':1700000000.123}}",
    "{'deployments':['<id>']}" },
  /* the end is not in the range */
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'end':1700000000.123}}",
    "{'deployments':[]}" },
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'start':1700000000.124}}",
    "{'deployments':[]}" },
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'start':null,'end':null}}",
    "{'deployments':['<id>']}" },
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{},'includeOnlyStatuses':[]}",
    "{'deployments':['<id>']}" },
  { 1005, NULL, "ListDeployments", "{'createTimeRange':{'start':'2023-11-14T22:13:20Z'}}",
    "!SerializationException" },
  { 1005, NULL, "ListDeployments", "{'externalId':''}", "!InvalidExternalIdException" },
  { 1005, NULL, "ListDeployments", "{'externalId':'{{257*x}}'}", "!InvalidExternalIdException" },
  { 1005, NULL, "ListDeployments", "{'externalId':'x'}", "= {'deployments':[]}" },
  { 1005, NULL, "ListDeployments", "{" NAMES ",'externalId':'x'}", "!InvalidInputException" },
  { 1005, NULL, "ListDeployments", "{'applicationName':'zz','deploymentGroupName':'g'}",
    "!ApplicationDoesNotExistException" },
  { 1005, NULL, "ListDeployments", "{'applicationName':'a','deploymentGroupName':'zz'}",
    "!DeploymentGroupDoesNotExistException" },

  BEGIN (1006, "pages-of-targets", GROUP (",'deploymentConfigName':'CodeDeployDefault.AllAtOnce'")),
  { 1006, NULL, "RegisterHost", "{'instanceName':'i','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  STARTED (1006),
  { 1006, NULL, "@quota", "items-per-page 1", "" },
  { 1006, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>'}",
    "{'targetIds':['h'],'nextToken':'<next>'}" },
  { 1006, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>','nextToken':'<next>'}",
    "= {'targetIds':['i']}" },
  { 1006, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','nextToken':'<next>','targetFilters':{'TargetStatus':['InProgress']}}",
    "!InvalidNextTokenException" },
  { 1006, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','nextToken':'<next>'}",
    "!InvalidNextTokenException" },
  { 1006, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','nextToken':''}",
    "!InvalidNextTokenException" },
  { 1006, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>'}",
    "{'instancesList':['h'],'nextToken':'<more>'}" },
  { 1006, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','nextToken':'<more>'}",
    "= {'instancesList':['i']}" },
  { 1006, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['i','h','i']}",
    "{'deploymentTargets':[{'instanceTarget':{'targetId':'i'}},{'instanceTarget':{'targetId':'h'}},"
    "{'instanceTarget':{'targetId':'i'}}]}" },
  { 1006, NULL, "BatchGetDeployments", "{'deploymentIds':['<id>','<id>']}",
    "{'deploymentsInfo':[{},{}]}" },
  { 1006, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'TargetStatus':[]}}", "{'targetIds':['h']}" },
  { 1006, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','instanceStatusFilter':['Bad']}",
    "!InvalidInstanceStatusException" },
  { 1006, NULL, "ListDeploymentInstances",
    "{'deploymentId':'<id>','instanceStatusFilter':['Ready','Unknown']}", "{'instancesList':[]}" },

  BEGIN (1007, "restart", GROUP ("")),
  STARTED (1007),
  SUCCEEDED (1007),
  { 1007, NULL, "CreateDeployment",
    "{" NAMES ",'deploymentMode':'RESTART','updateOutdatedInstancesOnly':true}",
    "!InvalidInputException" },
  { 1007, NULL, "CreateDeployment", "{" NAMES ",'deploymentMode':'RESTART','description':'again'}",
    "{'deploymentId':'<again>'}" },
  { 1007, NULL, "GetDeployment", "{'deploymentId':'<again>'}",
    "{'deploymentInfo':{'deploymentMode':'RESTART','creator':'user','description':'again',"
    "'revision':{'s3Location':{'key':'k1'}},'previousRevision':{'s3Location':{'key':'k1'}}}}" },
  { 1007, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'deploymentMode':null}}" },
  /* every host, the whole walk: what a restart is to it, its specification says */
  { 1007, NULL, "@later", "0", "" },
  { 1007, NULL, "GetDeploymentTarget", "{'deploymentId':'<again>','targetId':'h'}",
    "{'deploymentTarget':{'instanceTarget':{'status':'InProgress','lifecycleEvents':["
    "{'lifecycleEventName':'ApplicationStop'},{},{},{},{},{},{'lifecycleEventName':"
    "'ValidateService'}]}}}" },
  { 1007, NULL, "CreateDeployment", "{" NAMES ",'deploymentMode':'RESTART'}",
    "!DeploymentLimitExceededException: already has an active Deployment 'd-" },
  { 1007, NULL, "StopDeployment", "{'deploymentId':'<again>','autoRollbackEnabled':true}", "{}" },
  { 1007, NULL, "GetDeployment", "{'deploymentId':'<again>'}",
    "{'deploymentInfo':{'rollbackInfo':{'rollbackDeploymentId':'<back>'}}}" },
  { 1007, NULL, "GetDeployment", "{'deploymentId':'<back>'}",
    "{'deploymentInfo':{'deploymentMode':null,'creator':'codeDeployRollback'}}" },
  { 1007, NULL, "StopDeployment", "{'deploymentId':'<back>'}", "{}" },
  { 1007, NULL, "CreateDeployment", "{" NAMES "," REVISION ("k1") ",'deploymentMode':'STANDARD'}",
    "{'deploymentId':'<std>'}" },
  { 1007, NULL, "GetDeployment", "{'deploymentId':'<std>'}",
    "{'deploymentInfo':{'deploymentMode':null}}" },

  /* deployments.md 12, 113 */
  BEGIN (1008, "rollback-of-the-deployment-overrides",
         GROUP (",'autoRollbackConfiguration':{'enabled':true,'events':['DEPLOYMENT_FAILURE']}")),
  { 1008, NULL, "CreateDeployment",
    DEPLOY (
        ",'autoRollbackConfiguration':{'enabled':true,'events':['DEPLOYMENT_STOP_ON_REQUEST']}"),
    "{'deploymentId':'<id>'}" },
  { 1008, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'autoRollbackConfiguration':{'enabled':true,"
    "'events':['DEPLOYMENT_STOP_ON_REQUEST']}}}" },

  { 147, "unknown-status", "ListDeployments", "{'includeOnlyStatuses':['Done']}",
    "!InvalidDeploymentStatusException" },
  { 148, "time-range-backwards", "ListDeployments", "{'createTimeRange':{'start':2,'end':1}}",
    "!InvalidTimeRangeException" },

  BEGIN (149, "success-from-the-outside", GROUP ("")),
  STARTED (149),
  { 149, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'InProgress','completeTime':null,"
    "'deploymentOverview':{'InProgress':1}}}" },
  { 149, NULL, "@later", "1000", "" },
  SUCCEEDED (149),
  { 149, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Succeeded','completeTime':1700000001.123,'errorInformation':null,"
    "'deploymentOverview':{'Succeeded':1,'InProgress':0}}}" },
  /* 156 */
  { 149, NULL, "GetDeploymentGroup", "{" NAMES "}",
    "{'deploymentGroupInfo':{'lastSuccessfulDeployment':{'deploymentId':'<id>'},"
    "'lastAttemptedDeployment':{'deploymentId':'<id>'},"
    "'targetRevision':{'s3Location':{'key':'k1'}}}}" },
  /* 152 */
  { 149, NULL, "StopDeployment", "{'deploymentId':'<id>'}",
    "!DeploymentAlreadyCompletedException" },

  BEGIN (151, "stop", GROUP ("")),
  STARTED (151),
  { 151, NULL, "StopDeployment", "{'deploymentId':'<id>'}",
    "{'status':'Succeeded','statusMessage':'~No more commands'}" },
  { 151, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Stopped','errorInformation':{'code':'MANUAL_STOP'}}}" },

  BEGIN (153, "stop-and-roll-back", GROUP ("")),
  STARTED (153),
  SUCCEEDED (153),
  { 153, NULL, "CreateDeployment", "{" NAMES "," REVISION ("k2") "}", "{'deploymentId':'<bad>'}" },
  { 153, NULL, "@later", "0", "" },
  { 153, NULL, "@as", "h", "" },
  { 153, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<bad>:0:0'}",
    "{'CommandStatus':'InProgress'}" },
  { 153, NULL, "@as", "administrator", "" },
  { 153, NULL, "StopDeployment", "{'deploymentId':'<bad>','autoRollbackEnabled':true}",
    "{'status':'Pending','statusMessage':'~^Stopping Pending\\\\.'}" },
  { 153, NULL, "@as", "h", "" },
  { 153, NULL, "PutHostCommandComplete",
    "{'HostCommandIdentifier':'<bad>:0:0','CommandStatus':'Succeeded'}", "{}" },
  { 153, NULL, "@as", "administrator", "" },
  { 153, NULL, "GetDeployment", "{'deploymentId':'<bad>'}",
    "{'deploymentInfo':{'status':'Stopped','previousRevision':{'s3Location':{'key':'k1'}},"
    "'rollbackInfo':{'rollbackDeploymentId':'<back>','rollbackTriggeringDeploymentId':null}}}" },
  { 153, NULL, "GetDeployment", "{'deploymentId':'<back>'}",
    "{'deploymentInfo':{'creator':'codeDeployRollback','revision':{'s3Location':{'key':'k1'}},"
    "'rollbackInfo':{'rollbackTriggeringDeploymentId':'<bad>','rollbackDeploymentId':null}}}" },

  BEGIN (154, "continue-in-place", GROUP ("")),
  STARTED (154),
  { 154, NULL, "ContinueDeployment", "{'deploymentId':'<id>'}",
    "!UnsupportedActionForDeploymentTypeException" },
  { 155, "continue-what", "ContinueDeployment",
    "{'deploymentId':'d-ABCDEFGHI','deploymentWaitType':'X'}",
    "!InvalidDeploymentWaitTypeException" },

  { 157, "no-instances", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 157, NULL, "CreateDeploymentGroup", GROUP (""), "{}" },
  { 157, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'<id>'}" },
  { 157, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException" },
  { 157, NULL, "@later", "0", "" },
  { 157, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Failed','errorInformation':{'code':'NO_INSTANCES'}}}" },
  { 157, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>'}",
    "!DeploymentNotStartedException: ended before" },

  BEGIN (160, "target-filters", GROUP ("")),
  STARTED (160),
  { 160, NULL, "ListDeploymentTargets", "{'deploymentId':'<id>','targetFilters':{'Foo':['x']}}",
    "!InvalidTargetFilterNameException" },
  /* 161 */
  { 160, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'TargetStatus':['Bad']}}",
    "!InvalidInstanceStatusException" },
  /* 162 */
  { 160, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'ServerInstanceLabel':['Blue']}}",
    "!InvalidDeploymentInstanceTypeException" },
  { 160, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'TargetStatus':['InProgress','Failed']}}",
    "{'targetIds':['h'],'nextToken':null}" },
  { 160, NULL, "ListDeploymentTargets",
    "{'deploymentId':'<id>','targetFilters':{'TargetStatus':['Failed']}}", "{'targetIds':[]}" },

  BEGIN (163, "target", GROUP ("")),
  STARTED (163),
  { 163, NULL, "@as", "h", "" },
  REPORT (163, "0", "Succeeded"),
  { 163, NULL, "PutHostCommandComplete",
    "{'HostCommandIdentifier':'<id>:0:1','CommandStatus':'Failed','Diagnostics':{'Format':'JSON',"
    "'Payload':'no disk'}}",
    "{}" },
  { 163, NULL, "@as", "administrator", "" },
  /* 167 */
  { 163, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'h'}",
    "{'deploymentTarget':{'deploymentTargetType':'InstanceTarget','instanceTarget':{"
    "'deploymentId':'<id>','targetId':'h','targetArn':'~instance/h_','status':'Failed',"
    "'lifecycleEvents':["
    "{'lifecycleEventName':'ApplicationStop','status':'Succeeded','diagnostics':{'errorCode':"
    "'Success','scriptName':'','logTail':''}},"
    "{'lifecycleEventName':'DownloadBundle','status':'Failed','diagnostics':{'errorCode':"
    "'UnknownError','message':'no disk'}},"
    "{'lifecycleEventName':'BeforeInstall','status':'Skipped','startTime':null,"
    "'endTime':1700000000.123,'diagnostics':null},"
    "{'lifecycleEventName':'Install'},{'lifecycleEventName':'AfterInstall'},"
    "{'lifecycleEventName':'ApplicationStart'},{'lifecycleEventName':'ValidateService'}]}}}" },
  /* 150, 158 */
  { 163, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Failed','errorInformation':{'code':'HEALTH_CONSTRAINTS',"
    "'message':'~host h, event DownloadBundle: no disk'}}}" },
  /* 164 */
  { 163, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'other'}",
    "!DeploymentTargetDoesNotExistException" },
  { 163, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'a b'}",
    "!InvalidInstanceNameException" },
  { 163, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':'i-x'}",
    "!InvalidDeploymentTargetIdException" },
  { 163, NULL, "GetDeploymentTarget", "{'deploymentId':'<id>','targetId':''}",
    "!DeploymentTargetIdRequiredException" },
  { 163, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['a b']}",
    "!InvalidDeploymentTargetIdException" },
  /* 165, 166 */
  { 163, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':[{{1..26|'h#'}}]}",
    "!DeploymentTargetListSizeExceededException" },
  { 163, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':[]}",
    "!DeploymentTargetIdRequiredException" },
  { 163, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['h','x']}",
    "!DeploymentTargetDoesNotExistException" },
  { 163, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<id>','targetIds':['h']}",
    "{'deploymentTargets':[{'instanceTarget':{'targetId':'h'}}]}" },

  BEGIN (168, "older-forms", GROUP ("")),
  STARTED (168),
  { 168, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>'}", "{'instancesList':['h']}" },
  { 168, NULL, "ListDeploymentInstances", "{'deploymentId':'<id>','instanceTypeFilter':['Blue']}",
    "!InvalidDeploymentInstanceTypeException" },
  { 168, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'h'}",
    "{'instanceSummary':{'instanceId':'<arn>','status':'InProgress'}}" },
  { 168, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'<arn>'}",
    "{'instanceSummary':{'instanceId':'<arn>'}}" },
  { 168, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'x'}",
    "!InstanceDoesNotExistException" },
  { 168, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['x','h']}",
    "{'instancesSummary':[{'instanceId':'<arn>'}],'errorMessage':'~x'}" },
  { 168, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':'a b'}",
    "!InvalidInstanceNameException" },
  { 168, NULL, "GetDeploymentInstance", "{'deploymentId':'<id>','instanceId':''}",
    "!InstanceIdRequiredException" },
  { 168, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':[]}",
    "!InstanceIdRequiredException" },
  { 168, NULL, "BatchGetDeploymentInstances",
    "{'deploymentId':'<id>','instanceIds':[{{1..26|'h#'}}]}", "!BatchLimitExceededException" },
  { 168, NULL, "BatchGetDeploymentInstances", "{'deploymentId':'<id>','instanceIds':['h']}",
    "{'errorMessage':''}" },

  BEGIN (1000, "hosts-speak-for-themselves", GROUP ("")),
  STARTED (1000),
  { 1000, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<id>:0:0'}",
    "!AccessDeniedException" },
  { 1000, NULL, "RegisterHost", "{'instanceName':'other'}", "{'iamUserArn':'<other>'}" },
  { 1000, NULL, "@as", "other", "" },
  { 1000, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<id>:0:0'}",
    "!ClientException" },
  { 1000, NULL, "@as", "h", "" },
  { 1000, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'nonsense'}",
    "!ClientException" },
  { 1000, NULL, "PutHostCommandComplete",
    "{'HostCommandIdentifier':'<id>:0:0','CommandStatus':'Pending'}", "!ClientException" },
  { 1000, NULL, "PutHostCommandAcknowledgement",
    "{'HostCommandIdentifier':'<id>:0:0','Diagnostics':{'Format':'JSON','Payload':'"
    "{\\'IsCommandNoop\\':true}'}}",
    "{'CommandStatus':'Succeeded'}" },

  BEGIN (1001, "pages-of-deployments", GROUP ("")),
  { 1001, NULL, "@quota", "items-per-page 1", "" },
  { 1001, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'<one>'}" },
  { 1001, NULL, "StopDeployment", "{'deploymentId':'<one>'}", "{'status':'Succeeded'}" },
  { 1001, NULL, "@later", "5", "" },
  { 1001, NULL, "CreateDeployment", DEPLOY (""), "{'deploymentId':'<two>'}" },
  { 1001, NULL, "ListDeployments", "{}", "{'deployments':['<two>'],'nextToken':'<next>'}" },
  { 1001, NULL, "ListDeployments", "{'nextToken':'<next>'}",
    "{'deployments':['<one>'],'nextToken':null}" },
  { 1001, NULL, "ListDeployments", "{'nextToken':'<next>','includeOnlyStatuses':['Failed']}",
    "!InvalidNextTokenException" },

  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("deployments", steps);
  return g_test_run ();
}
