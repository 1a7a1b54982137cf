#include "proto/shape-table.h"
#include "server/actions/action-harness.h"

/* PlanDeployment and planToken: ours (docs/deploying.md). */

#define NAMES "'applicationName':'a','deploymentGroupName':'g'"
#define REVISION(key)                                                                              \
  "'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'" key                    \
  "','bundleType':'zip'}}"
#define ASK(more) "{" NAMES "," REVISION ("k") more "}"
#define GROUP(more)                                                                                \
  "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r',"                                \
  "'deploymentConfigName':'CodeDeployDefault.HalfAtATime',"                                        \
  "'onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]" more "}"
#define HOST(number, name)                                                                         \
  {                                                                                                \
    number, NULL, "RegisterHost", "{'instanceName':'" name "','tags':[{'Key':'k','Value':'v'}]}",  \
        "{}"                                                                                       \
  }
#define BEGIN(number, name, group)                                                                 \
  { number, name, "CreateApplication", "{'applicationName':'a'}", "{}" },                          \
      { number, NULL, "CreateDeploymentGroup", group, "{}" }, HOST (number, "h2"),                 \
      HOST (number, "h3"), HOST (number, "h1"), HOST (number, "h4")
#define ALARMS(names, more) ",'alarmConfiguration':{'enabled':true,'alarms':" names more "}"
#define STALE               "!PlanIsStaleException: The plan has gone stale"
#define WITH(more)          "{" NAMES "," REVISION ("k") ",'planToken':'<token>'" more "}"
#define TOKEN(number, more)                                                                        \
  {                                                                                                \
    number, NULL, "PlanDeployment", ASK (more), "{'planToken':'<token>'}"                          \
  }

static const Step steps[] = {
  BEGIN (1820, "hosts-order-and-batches", GROUP ("")),
  { 1820, NULL, "PlanDeployment", ASK (""),
    "{'planToken':'~^[0-9a-f]{84}$','deploymentConfigName':'CodeDeployDefault.HalfAtATime',"
    "'revision':{'s3Location':{'key':'k'}},'minimumHealthyHosts':2,'failureBudget':2,'batchSize':2,"
    "'stages':null,'hosts':[{'targetId':'h1','health':'unhealthy','stage':null,"
    "'lastSeenTime':null},{'targetId':'h2'},{'targetId':'h3'},{'targetId':'h4'}],"
    "'seenSince':1700000000.123,'findings':[{'severity':'warns','code':'HOST_NOT_SEEN',"
    "'message':'~^4 of 4 hosts have not been heard of since this server was started at "
    "2023-11-14T22:13:20Z: h1, h2, h3, h4. '}]}" },
  { 1820, NULL, "@later", "150001", "" },
  { 1820, NULL, "PlanDeployment", ASK (""),
    "{'findings':[{'code':'HOST_NOT_SEEN','message':'~^4 of 4 hosts have not been heard of for 150 "
    "s: h1'}]}" },
  /* it is a plan and no more: not even the revision is registered */
  { 1820, NULL, "ListApplicationRevisions", "{'applicationName':'a'}", "{'revisions':[]}" },
  { 1820, NULL, "ListDeployments", "{}", "{'deployments':[]}" },
  { 1820, NULL, "LookupEvents",
    "{'LookupAttributes':[{'AttributeKey':'EventName','AttributeValue':'PlanDeployment'}]}",
    "{'Events':[]}" },

  BEGIN (1821, "stages", GROUP ("")),
  { 1821, NULL, "PlanDeployment",
    ASK (",'waves':[{'name':'canary','count':1,'waitInSeconds':5,'approval':true},"
         "{'name':'rest','errorPercentage':34}]"),
    "{'stages':[{'name':'canary','kind':'wave','hosts':1,'batchSize':1,'mustSucceed':1,"
    "'mayFail':1,'waitInSeconds':5,'approval':true},{'name':'rest','hosts':3,'batchSize':2,"
    "'mustSucceed':0,'mayFail':1,'waitInSeconds':null,'approval':null}],"
    "'hosts':[{'stage':'canary'},{'stage':'rest'},{'stage':'rest'},{'stage':'rest'}]}" },

  { 1821, NULL, "PlanDeployment",
    ASK (",'waves':[{'name':'canary','tagFilters':[{'Key':'ring','Value':'0','Type':"
         "'KEY_AND_VALUE'}],'approval':true},{'percentage':100},{}]"),
    "{'findings':[{'severity':'warns','code':'EMPTY_WAVE','message':'~^No host is in wave canary: "
    "it is passed over, and nobody is asked to approve'},{'code':'HOST_NOT_SEEN'}]}" },

  BEGIN (1822, "what-could-stop-it",
         GROUP (",'autoRollbackConfiguration':{'enabled':true,'events':['DEPLOYMENT_FAILURE']},"
                "'alarmConfiguration':{'enabled':true,'alarms':[{'name':'high'}]},"
                "'ec2TagFilters':[{'Key':'k','Value':'v','Type':'KEY_AND_VALUE'}]")),
  { 1822, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'all','minimumHealthyHosts':{'type':'HOST_COUNT','value':4}}", "{}" },
  { 1822, NULL, "PlanDeployment", ASK (",'deploymentConfigName':'all'"),
    "{'minimumHealthyHosts':4,'failureBudget':0,'batchSize':0,'findings':["
    "{'severity':'warns','code':'INSTANCES_NOT_LISTED','message':'~^This server does not look for "
    "EC2 instances with the tags .k=v.: that takes a section aws'},"
    "{'severity':'blocks','code':'HEALTH_CONSTRAINTS_INVALID','message':'~4 of 4 hosts healthy'},"
    "{'code':'HOST_NOT_SEEN'},{'severity':'warns','code':'NO_LAST_GOOD_REVISION'},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~^Alarm high could not be read right "
    "now: nobody was asked'}]}" },
  { 1822, NULL, "@quota", "instances-per-deployment 3", "" },
  { 1822, NULL, "PlanDeployment", ASK (""),
    "{'findings':[{},{'severity':'blocks','code':'OVER_MAX_INSTANCES'},{},{},{}]}" },
  { 1822, NULL, "PlanDeployment", ASK (",'deploymentConfigName':'none'"),
    "!DeploymentConfigDoesNotExistException" },
  { 1822, NULL, "PlanDeployment", "{" NAMES "}", "!RevisionRequiredException" },

  { 1823, "no-host", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1823, NULL, "CreateDeploymentGroup", GROUP (""), "{}" },
  { 1823, NULL, "PlanDeployment", ASK (""),
    "{'hosts':[],'findings':[{'severity':'blocks','code':'NO_INSTANCES','message':'~compare its "
    "tag filters'}]}" },

  BEGIN (1824, "busy-group", GROUP ("")),
  { 1824, NULL, "CreateDeployment", ASK (""), "{'deploymentId':'<id>'}" },
  { 1824, NULL, "PlanDeployment", ASK (""),
    "{'findings':[{},{'severity':'blocks','code':'DeploymentLimitExceededException',"
    "'message':'~already has an active Deployment'}]}" },

  BEGIN (1825, "the-plan-that-was-seen-is-carried-out", GROUP ("")),
  TOKEN (1825, ""),
  { 1825, NULL, "CreateDeployment", WITH (",'description':'what people say is no part of it'"),
    "{'deploymentId':'<id>'}" },

  BEGIN (1826, "no-token", GROUP ("")),
  { 1826, NULL, "CreateDeployment", ASK (",'planToken':'plan'"),
    "!InvalidInputException: is not the planToken of a plan" },
  { 1826, NULL, "CreateDeployment", ASK (",'planToken':'{{21*0123}}'"), STALE },
  { 1826, NULL, "ListApplicationRevisions", "{'applicationName':'a'}", "{'revisions':[]}" },

  BEGIN (1827, "another-host-is-another-plan", GROUP ("")),
  TOKEN (1827, ""),
  HOST (1827, "h5"),
  { 1827, NULL, "CreateDeployment", WITH (""),
    STALE ": the plan was for 4 hosts, and deployment group g has 5 now; new is h5" },
  { 1827, NULL, "DeregisterHost", "{'instanceName':'h5'}", "" },
  { 1827, NULL, "CreateDeployment", WITH (""), "{'deploymentId':'<id>'}" },
  { 1827, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'planToken':'<token>'}}" },

  BEGIN (1828, "other-settings-are-another-plan", GROUP ("")),
  TOKEN (1828, ""),
  { 1828, NULL, "UpdateDeploymentGroup",
    "{'applicationName':'a','currentDeploymentGroupName':'g','outdatedInstancesStrategy':"
    "'IGNORE'}",
    "{}" },
  { 1828, NULL, "CreateDeployment", WITH (""), STALE ": deployment group g was changed, or" },

  BEGIN (1829, "another-request-is-another-plan", GROUP ("")),
  TOKEN (1829, ""),
  { 1829, NULL, "CreateDeployment", WITH (",'deploymentConfigName':'CodeDeployDefault.AllAtOnce'"),
    STALE ": the deployment configuration is another, or has other values; the health" },
  { 1829, NULL, "CreateDeployment", WITH (",'waves':[{'count':1},{}]"),
    STALE ": this is not the request that was planned" },
  { 1829, NULL, "CreateDeployment", WITH (",'ignoreApplicationStopFailures':true"), STALE },
  { 1829, NULL, "CreateDeployment", "{" NAMES "," REVISION ("other") ",'planToken':'<token>'}",
    STALE },

  BEGIN (1830, "a-configuration-made-anew-is-another-plan", GROUP ("")),
  { 1830, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1}}", "{}" },
  { 1830, NULL, "PlanDeployment", ASK (",'deploymentConfigName':'c'"), "{'planToken':'<token>'}" },
  { 1830, NULL, "DeleteDeploymentConfig", "{'deploymentConfigName':'c'}", "" },
  { 1830, NULL, "CreateDeploymentConfig",
    "{'deploymentConfigName':'c','minimumHealthyHosts':{'type':'HOST_COUNT','value':1},"
    "'maximumBatchSize':1}",
    "{}" },
  { 1830, NULL, "CreateDeployment", WITH (",'deploymentConfigName':'c'"),
    STALE ": the deployment configuration is another" },

  BEGIN (1831, "alarms-are-read",
         GROUP (ALARMS ("[{'name':'one'},{'name':'two'},{'name':'three'},{'name':'four'}]", ""))),
  { 1831, NULL, "@outside", "read-alarms one {'active':['one'],'unknown':[],'insufficient':[]}",
    "" },
  { 1831, NULL, "@outside",
    "read-alarms two {'active':[],'unknown':['two: there is no rule Two'],'insufficient':[]}", "" },
  { 1831, NULL, "@outside", "read-alarms three {'active':[],'unknown':[],'insufficient':['three']}",
    "" },
  { 1831, NULL, "@outside", "read-alarms four ? no answer within 5 s", "" },
  { 1831, NULL, "PlanDeployment", ASK (""),
    "{'planToken':'<token>','findings':[{'code':'HOST_NOT_SEEN'},"
    "{'severity':'blocks','code':'ALARM_ACTIVE','message':'~^Alarm one is active: the deployment "
    "would be stopped'},"
    "{'severity':'blocks','code':'ALARM_NOT_READ','message':'~^Alarm two: there is no rule Two. "
    "The "
    "deployment would be stopped'},"
    "{'severity':'warns','code':'ALARM_WITHOUT_DATA','message':'~^Alarm three has no data'},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~^Alarm four could not be read right "
    "now: no answer within 5 s'}]}" },
  /* it is not a part of what was agreed to: a deployment looks by itself */
  { 1831, NULL, "@outside", "read-alarms one {'active':[],'unknown':[],'insufficient':[]}", "" },
  { 1831, NULL, "@outside", "read-alarms two ! INTERNAL_ERROR the request cannot be read", "" },
  { 1831, NULL, "@outside", "read-alarms three {'active':", "" },
  { 1831, NULL, "PlanDeployment", ASK (""),
    "{'planToken':'<token>','findings':[{'code':'HOST_NOT_SEEN'},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~the request cannot be read'},"
    "{'severity':'blocks','code':'ALARM_NOT_READ','message':'~^Alarm three: '},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~^Alarm four'}]}" },
  { 1831, NULL, "PlanDeployment",
    ASK (",'overrideAlarmConfiguration':{'enabled':true,'alarms':[{'name':'one'}]}"),
    "{'findings':[{'code':'HOST_NOT_SEEN'}]}" },
  { 1831, NULL, "PlanDeployment",
    ASK (",'overrideAlarmConfiguration':{'enabled':false,'alarms':[{'name':'four'}]}"),
    "{'findings':[{'code':'HOST_NOT_SEEN'}]}" },
  { 1831, NULL, "PlanDeployment", ASK (",'deploymentConfigName':'none'"),
    "!DeploymentConfigDoesNotExistException" },

  BEGIN (1832, "alarms-that-may-be-unreadable",
         GROUP (ALARMS ("[{'name':'one'},{'name':'two'}]", ",'ignorePollAlarmFailure':true"))),
  { 1832, NULL, "@outside", "read-alarms one {'active':[],'unknown':['one: why']}", "" },
  { 1832, NULL, "@outside", "read-alarms two ? away", "" },
  { 1832, NULL, "PlanDeployment", ASK (""),
    "{'findings':[{'code':'HOST_NOT_SEEN'},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~^Alarm one: why. The deployment goes "
    "on all the same'},"
    "{'severity':'warns','code':'ALARM_NOT_READ','message':'~goes on all the same'}]}" },
  { 0 },
};

/* A plan is asked for with what the deployment is created with. */
static void
test_inputs_are_the_same (void)
{
  const Shape *planned = &api_shape_plan_deployment_input;
  const Shape *created = &api_shape_create_deployment_input;
  g_assert_cmpuint (created->n_members, ==, planned->n_members + 1); /* planToken */
  for (gsize i = 0; i < planned->n_members; i++) {
    g_assert_cmpstr (planned->members[i].name.text, ==, created->members[i].name.text);
    g_assert_true (planned->members[i].shape == created->members[i].shape);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("plan", steps);
  g_test_add_func ("/plan/inputs-are-the-same", test_inputs_are_the_same);
  return g_test_run ();
}
