#include "server/actions/action-harness.h"

/* Waves, approval, pause and zones as clients see them: ours (docs/deploying.md). */

#define NAMES "'applicationName':'a','deploymentGroupName':'g'"
#define REVISION                                                                                   \
  "'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k','bundleType':'zip'}}"
#define DEPLOY(more) "{" NAMES "," REVISION more "}"
#define GROUP(more)                                                                                \
  "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r',"                                \
  "'deploymentConfigName':'CodeDeployDefault.AllAtOnce',"                                          \
  "'onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]" more "}"
#define BEGIN(number, name, group)                                                                 \
  { number, name, "CreateApplication", "{'applicationName':'a'}", "{}" },                          \
      { number, NULL, "CreateDeploymentGroup", group, "{}" },                                      \
      { number, NULL, "RegisterHost", "{'instanceName':'h1','tags':[{'Key':'k','Value':'v'}]}",    \
        "{'iamUserArn':'<h1>'}" },                                                                 \
  {                                                                                                \
    number, NULL, "RegisterHost",                                                                  \
        "{'instanceName':'h2','tags':[{'Key':'k','Value':'v'},{'Key':'AvailabilityZone',"          \
        "'Value':'z'}]}",                                                                          \
        "{'iamUserArn':'<h2>'}"                                                                    \
  }
#define STARTED(number, more)                                                                      \
  { number, NULL, "CreateDeployment", DEPLOY (more), "{'deploymentId':'<id>'}" },                  \
  {                                                                                                \
    number, NULL, "@later", "0", ""                                                                \
  }
#define REPORT(number, target, step)                                                               \
  {                                                                                                \
    number, NULL, "PutHostCommandComplete",                                                        \
        "{'HostCommandIdentifier':'<id>:" target ":" step "','CommandStatus':'Succeeded',"         \
        "'Diagnostics':{'Format':'JSON','Payload':'{}'}}",                                         \
        "{}"                                                                                       \
  }
#define ALL_EVENTS(number, host, target)                                                           \
  { number, NULL, "@as", host, "" }, REPORT (number, target, "0"), REPORT (number, target, "1"),   \
      REPORT (number, target, "2"), REPORT (number, target, "3"), REPORT (number, target, "4"),    \
      REPORT (number, target, "5"), REPORT (number, target, "6"),                                  \
  {                                                                                                \
    number, NULL, "@as", "administrator", ""                                                       \
  }
#define CANARY ",'waves':[{'name':'canary','count':1,'waitInSeconds':60,'approval':true},{}]"
#define ID     "{'deploymentId':'<id>'}"

static const Step steps[] = {
  BEGIN (1800, "canary-wait-approval", GROUP ("")),
  STARTED (1800, CANARY),
  { 1800, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'InProgress','waitReason':null,'pausedSince':null,"
    "'additionalDeploymentStatusInfo':null,'waves':[{'name':'canary','count':1},{}],"
    "'stages':[{'name':'canary','kind':'wave','status':'InProgress','hosts':1,'inProgress':1},"
    "{'name':'wave-2','status':'Pending','hosts':1,'pending':1,'startTime':null}]}}" },
  ALL_EVENTS (1800, "h1", "0"),
  { 1800, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'InProgress','waitReason':'monitor','waitUntil':1700000060.123,"
    "'additionalDeploymentStatusInfo':'Wave canary is done and watched until 2023-11-14T22:14:20Z; "
    "the next begins "
    "then','stages':[{'status':'Succeeded','succeeded':1},{'status':'Pending'}]}}" },
  { 1800, NULL, "ApproveDeployment", ID,
    "!InvalidDeploymentStatusException: does not wait for an approval" },
  { 1800, NULL, "@later", "60000", "" },
  { 1800, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'InProgress','waitReason':'approval','awaitedWave':'wave-2',"
    "'waitUntil':null,'additionalDeploymentStatusInfo':'~approves of wave wave-2 \\\\(1 "
    "hosts\\\\): "
    "slipway approve d-'}}" },
  { 1800, NULL, "BatchGetDeployments", "{'deploymentIds':['<id>']}",
    "{'deploymentsInfo':[{'awaitedWave':'wave-2'}]}" },
  { 1800, NULL, "ApproveDeployment", "{'deploymentId':'<id>','waveName':'canary'}",
    "!InvalidInputException: waits for the approval of wave wave-2, not of canary" },
  { 1800, NULL, "ApproveDeployment", "{'deploymentId':'<id>','waveName':'wave-2'}",
    "{'waveName':'wave-2'}" },
  { 1800, NULL, "@later", "0", "" },
  { 1800, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'waitReason':null,'awaitedWave':null,'stages':[{'approvedBy':null},"
    "{'approvedBy':'arn:aws:iam::123456789012:user/admin','approveTime':1700000060.123,"
    "'status':'InProgress'}]}}" },
  { 1800, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'EventName','AttributeValue':'ApproveDeployment'}]}",
    "{'Events':[{'Username':'admin'}]}" },
  ALL_EVENTS (1800, "h2", "1"),
  { 1800, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'Succeeded','stages':[{'status':'Succeeded'},"
    "{'status':'Succeeded','endTime':1700000060.123}]}}" },
  { 1800, NULL, "ApproveDeployment", ID, "!DeploymentAlreadyCompletedException" },

  BEGIN (1801, "pause-and-resume", GROUP ("")),
  STARTED (1801, ""),
  { 1801, NULL, "ResumeDeployment", ID, "!InvalidDeploymentStatusException: is not paused" },
  { 1801, NULL, "PauseDeployment", ID,
    "{'pausedSince':1700000000.123,'statusMessage':'~^Events that hosts have begun'}" },
  { 1801, NULL, "PauseDeployment", ID, "!InvalidDeploymentStatusException: is paused already" },
  { 1801, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'InProgress','pausedSince':1700000000.123,'waitReason':null,"
    "'pausedBy':'arn:aws:iam::123456789012:user/admin',"
    "'additionalDeploymentStatusInfo':'~^Paused since 2023-11-14T22:13:20Z by arn.*slipway resume "
    "d-'}}" },
  { 1801, NULL, "@as", "h1", "" },
  REPORT (1801, "0", "0"), /* it had fetched it */
  { 1801, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<id>:0:1'}",
    "{'CommandStatus':'InProgress'}" },
  REPORT (1801, "0", "1"),
  { 1801, NULL, "@as", "administrator", "" },
  { 1801, NULL, "ResumeDeployment", ID, "" },
  ALL_EVENTS (1801, "h2", "1"),
  { 1801, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'pausedSince':null,'pausedBy':null,"
    "'additionalDeploymentStatusInfo':null}}" },
  { 1801, NULL, "PauseDeployment", ID, "{'pausedSince':1700000000.123}" },
  { 1801, NULL, "StopDeployment", ID, "{'status':'Succeeded'}" },
  { 1801, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'Stopped','pausedSince':null,"
    "'additionalDeploymentStatusInfo':null}}" },
  { 1801, NULL, "ResumeDeployment", ID, "!DeploymentAlreadyCompletedException" },
  { 1801, NULL, "PauseDeployment", "{'deploymentId':'d-ABCDEFGHI'}",
    "!DeploymentDoesNotExistException" },
  { 1801, NULL, "PauseDeployment", "{}", "!DeploymentIdRequiredException" },

  BEGIN (1802, "waves-of-the-group", GROUP (CANARY)),
  { 1802, NULL, "GetDeploymentGroup", "{" NAMES "}",
    "{'deploymentGroupInfo':{'waves':[{'name':'canary'},{}]}}" },
  STARTED (1802, ""),
  { 1802, NULL, "GetDeployment", ID, "{'deploymentInfo':{'stages':[{'name':'canary'},{}]}}" },
  { 1802, NULL, "StopDeployment", ID, "{}" },
  { 1802, NULL, "CreateDeployment", DEPLOY (",'waves':[]"), "{'deploymentId':'<none>'}" },
  { 1802, NULL, "@later", "0", "" },
  { 1802, NULL, "GetDeployment", "{'deploymentId':'<none>'}",
    "{'deploymentInfo':{'stages':null,'waves':null}}" },
  { 1802, NULL, "StopDeployment", "{'deploymentId':'<none>'}", "{}" },
  { 1802, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','waves':[]}", "{}" },
  { 1802, NULL, "GetDeploymentGroup", "{" NAMES "}", "{'deploymentGroupInfo':{'waves':null}}" },
  { 1802, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','waves':[{'count':1}]}",
    "!InvalidInputException: Wave wave-1 is the last one" },
  { 1802, NULL, "CreateDeployment", DEPLOY (",'waves':[{'count':0},{}]"),
    "!InvalidInputException" },
  { 1802, NULL, "CreateDeployment", DEPLOY (",'waves':[{'count':1,'percentage':1},{}]"),
    "!InvalidInputException: Wave wave-1 needs one of" },
  { 1802, NULL, "CreateDeployment",
    DEPLOY (",'waves':[{'tagFilters':[{'Key':'k','Type':'NONE'}]},{}]"), "!InvalidInputException" },

  { 1803, "waves-are-for-in-place-deployments-of-servers", "CreateApplication",
    "{'applicationName':'a','computePlatform':'Lambda'}", "{}" },
  { 1803, NULL, "CreateDeploymentGroup",
    "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r'" CANARY "}",
    "!InvalidInputException: For Lambda deployment group, waves can not be specified" },
  { 1803, NULL, "CreateDeploymentGroup",
    "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r'}", "{}" },
  { 1803, NULL, "CreateDeployment",
    "{" NAMES ",'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k',"
    "'bundleType':'YAML'}}" CANARY "}",
    "!InvalidInputException: in-place deployments of the Server" },

  /* a configuration's zones, as they were when the deployment was created */
  BEGIN (1804, "zones", GROUP ("")),
  { 1804, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'zonal','minimumHealthyHosts':{'type':'HOST_COUNT','value':0},"
    "'zonalConfig':{'monitorDurationInSeconds':60}}",
    "{}" },
  { 1804, NULL, "CreateDeployment", DEPLOY (",'deploymentConfigName':'zonal'" CANARY),
    "!InvalidInputException: goes zone by zone, and the request has waves" },
  STARTED (1804, ",'deploymentConfigName':'zonal'"),
  { 1804, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'zonalConfig':{'monitorDurationInSeconds':60},'stages':[{'name':'z',"
    "'kind':'zone','status':'InProgress'},{'name':'no zone','status':'Pending'}]}}" },
  ALL_EVENTS (1804, "h2", "0"),
  { 1804, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'Baking','waitReason':'monitor',"
    "'additionalDeploymentStatusInfo':'~^Zone z is done and watched until'}}" },
  { 1804, NULL, "@later", "60000", "" },
  ALL_EVENTS (1804, "h1", "1"),
  { 1804, NULL, "GetDeployment", ID, "{'deploymentInfo':{'status':'Succeeded'}}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("deployment-control", steps);
  return g_test_run ();
}
