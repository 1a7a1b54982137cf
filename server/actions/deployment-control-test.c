#include "server/actions/action-harness.h"
#include "server/engine/errands.h"

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
#define CANARY             ",'waves':[{'name':'canary','count':1,'waitInSeconds':60,'approval':true},{}]"
#define ID                 "{'deploymentId':'<id>'}"
#define TARGET(id, target) "{'deploymentId':'" id "','targetId':'" target "'}"
#define WAITS(what)        "{'deploymentTarget':{'instanceTarget':{'waitsFor':" what "}}}"
#define BLUE_GREEN                                                                                 \
  ",'deploymentStyle':{'deploymentType':'BLUE_GREEN','deploymentOption':"                          \
  "'WITH_TRAFFIC_CONTROL'},'loadBalancerInfo':{'targetGroupInfoList':[{'name':'t'}]},"             \
  "'blueGreenDeploymentConfiguration':{'deploymentReadyOption':{'actionOnTimeout':"                \
  "'CONTINUE_DEPLOYMENT'}}"
#define GREEN                                                                                      \
  ",'targetInstances':{'tagFilters':[{'Key':'k','Value':'green','Type':'KEY_AND_VALUE'}]}"

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
    "{'waveName':'wave-2','statusMessage':'~^Wave wave-2 of deployment d-.* begins$'}" },
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

  /* who asks for them where there can be none is refused; who only had them is told */
  BEGIN (1807, "waves-of-a-group-that-replaces-its-hosts", GROUP (CANARY)),
  { 1807, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'h','serviceRoleArn':"
    "'arn:aws:iam::123456789012:role/r'" BLUE_GREEN CANARY "}",
    "!InvalidInputException: deployment group h is of type BLUE_GREEN: leave out waves" },
  { 1807, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g'" BLUE_GREEN "}", "{}" },
  { 1807, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g'" CANARY "}",
    "!InvalidInputException: deployment group g is of type BLUE_GREEN: leave out waves" },
  { 1807, NULL, "CreateDeployment", DEPLOY (GREEN CANARY),
    "!InvalidInputException: in-place deployments of the Server" },
  { 1807, NULL, "PlanDeployment", DEPLOY (GREEN),
    "{'findings':[{'code':'ELB_INVALID_INSTANCE'},{'code':'NO_INSTANCES'},{'code':'HOST_NOT_SEEN'},"
    "{'severity':'warns','code':'WAVES_NOT_USED','message':'~^Deployment group g has waves'}]}" },
  STARTED (1807, GREEN),
  { 1807, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'waves':null,'stages':null,'deploymentStatusMessages':["
    "'~^Deployment group g has waves, which are for in-place deployments'],"
    "'additionalDeploymentStatusInfo':'~^Deployment group g has waves'}}" },
  { 1807, NULL, "CreateDeployment", DEPLOY (GREEN ",'waves':[]"), "{'deploymentId':'<none>'}" },
  { 1807, NULL, "GetDeployment", "{'deploymentId':'<none>'}",
    "{'deploymentInfo':{'deploymentStatusMessages':[]}}" },

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

  /* approved of while it is paused: both are said */
  BEGIN (1805, "approval-while-paused", GROUP ("")),
  STARTED (1805, ",'waves':[{'count':1,'approval':true},{}]"),
  ALL_EVENTS (1805, "h1", "0"),
  { 1805, NULL, "PauseDeployment", ID, "{}" },
  { 1805, NULL, "ApproveDeployment", ID,
    "{'statusMessage':'~begins once the deployment is resumed$'}" },

  /* a stop says that it is under way, for as long as a host is at something */
  BEGIN (1806, "stopping", GROUP ("")),
  STARTED (1806, ""),
  { 1806, NULL, "@as", "h1", "" },
  { 1806, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<id>:0:0'}", "{}" },
  { 1806, NULL, "@as", "administrator", "" },
  { 1806, NULL, "StopDeployment", ID, "{'status':'Pending'}" },
  { 1806, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'InProgress','additionalDeploymentStatusInfo':'~^It is being "
    "stopped'}}" },
  { 1806, NULL, "@as", "h1", "" },
  REPORT (1806, "0", "0"),
  { 1806, NULL, "@as", "administrator", "" },
  { 1806, NULL, "GetDeployment", ID,
    "{'deploymentInfo':{'status':'Stopped','additionalDeploymentStatusInfo':null}}" },

  /* a target tells what its next event waits for */
  BEGIN (1807, "targets-that-wait", GROUP ("")),
  STARTED (1807, ""),
  { 1807, NULL, "GetDeploymentTarget", TARGET ("<id>", "h1"), WAITS ("null") },
  { 1807, NULL, "@later", "5000", "" },
  { 1807, NULL, "GetDeploymentTarget", TARGET ("<id>", "h1"),
    WAITS ("'~^the host to begin ApplicationStop; its agent was not heard of since this server was "
           "started at 2023-11-14T22:13:20Z'") },
  { 1807, NULL, "@as", "h1", "" },
  { 1807, NULL, "PutHostCommandAcknowledgement", "{'HostCommandIdentifier':'<id>:0:0'}", "{}" },
  { 1807, NULL, "@as", "administrator", "" },
  { 1807, NULL, "GetDeploymentTarget", TARGET ("<id>", "h1"), WAITS ("null") },
  { 1807, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g2','serviceRoleArn':'arn:aws:iam::"
    "123456789012:role/r','deploymentConfigName':'CodeDeployDefault.AllAtOnce',"
    "'onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 1807, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g2'," REVISION "}", "{'deploymentId':'<two>'}" },
  { 1807, NULL, "@later", "0", "" },
  { 1807, NULL, "BatchGetDeploymentTargets", "{'deploymentId':'<two>','targetIds':['h1']}",
    "{'deploymentTargets':[{'instanceTarget':{'status':'InProgress',"
    "'waitsFor':'~^its turn: deployment <id> is at this host'}}]}" },
  { 1807, NULL, "PauseDeployment", "{'deploymentId':'<id>'}", "{}" },
  { 1807, NULL, "GetDeploymentTarget", TARGET ("<id>", "h2"), WAITS ("null") },
  { 0 },
};

/* ---- alarms that nobody can read ---- */

typedef struct {
  const Harness *harness;
  ErrandResult result;
} Reading;

static gboolean
read_alarms (StoreTx *tx, gpointer data, GError **error)
{
  const Reading *reading = data;
  const Harness *harness = reading->harness;
  ErrandRecordList errands;
  gint64 next_ms;
  const ErrandClaim claim = { ERRAND_ALL_KINDS, 1, harness->fake.now_ms, 1000 };
  if (!engine_errands_claim (harness->engine, tx, &claim, harness->arena, &errands, &next_ms,
                             error))
    return FALSE;
  g_assert_cmpuint (errands.n, ==, 1);
  g_assert_cmpint (errands.items[0]->kind, ==, ERRAND_READ_ALARMS);
  return engine_errand_settle (harness->engine, tx, errands.items[0], &reading->result,
                               harness->fake.now_ms, error);
}

static void
heard (Harness *harness, ErrandOutcome outcome, const char *message, const char *answer)
{
  g_autoptr (GError) error = NULL;
  Reading reading = {
    harness, { .outcome = outcome, .again_ms = 1, .message = message, .answer_json = answer }
  };
  gboolean ok = store_run (harness->store, STORE_WRITE, read_alarms, &reading, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

static void
unread_alarms_are_told (void)
{
  static const Step begin[] = {
    BEGIN (1808, "alarms",
           GROUP (",'alarmConfiguration':{'enabled':true,'alarms':[{'name':'x'}]}")),
    STARTED (1808, ""),
    { 1808, NULL, "GetDeployment", ID,
      "{'deploymentInfo':{'status':'Created','additionalDeploymentStatusInfo':'Its alarms are read "
      "before it starts'}}" },
  };
  static const Step away = { 1808, NULL, "GetDeployment", ID,
                             "{'deploymentInfo':{'status':'Created',"
                             "'additionalDeploymentStatusInfo':'Its alarms are read before it "
                             "starts, and cannot be: x: nobody answers'}}" };
  static const Step quiet[] = {
    { 1808, NULL, "@later", "0", "" },
    { 1808, NULL, "GetDeployment", ID,
      "{'deploymentInfo':{'status':'InProgress','additionalDeploymentStatusInfo':null}}" },
    { 1808, NULL, "@later", "10000", "" },
  };
  static const Step gone = { 1808, NULL, "GetDeployment", ID,
                             "{'deploymentInfo':{'status':'InProgress',"
                             "'additionalDeploymentStatusInfo':'Its alarms cannot be read at "
                             "present: x: nobody answers'}}" };
  g_autoptr (Harness) harness = harness_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (begin); i++)
    harness_step (harness, &begin[i]);
  heard (harness, ERRAND_NOT_YET, "x: nobody answers", NULL);
  harness_step (harness, &away);
  harness->fake.now_ms += 10;
  heard (harness, ERRAND_DONE, NULL, "{\"active\":[]}");
  for (gsize i = 0; i < G_N_ELEMENTS (quiet); i++)
    harness_step (harness, &quiet[i]);
  heard (harness, ERRAND_NOT_YET, "x: nobody answers", NULL);
  harness_step (harness, &gone);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("deployment-control", steps);
  g_test_add_func ("/deployment-control/unread-alarms-are-told", unread_alarms_are_told);
  return g_test_run ();
}
