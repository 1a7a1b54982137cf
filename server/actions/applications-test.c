#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 44, "create", "CreateApplication", "{'applicationName':'a'}",
    "{'applicationId':'~^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'}" },

  { 45, "create-again", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 45, NULL, "CreateApplication", "{'applicationName':'a'}",
    "!ApplicationAlreadyExistsException" },

  { 46, "name-too-long", "CreateApplication", "{'applicationName':'{{101*x}}'}",
    "!InvalidApplicationNameException" },
  { 46, NULL, "CreateApplication", "{'applicationName':'{{100*x}}'}", "{}" },

  { 47, "name-with-blank", "CreateApplication", "{'applicationName':'a b'}",
    "!InvalidApplicationNameException" },

  { 48, "name-with-all-characters", "CreateApplication", "{'applicationName':'A+b=c,d.e@f_g-1'}",
    "{}" },
  { 48, NULL, "GetApplication", "{'applicationName':'A+b=c,d.e@f_g-1'}",
    "{'application':{'applicationName':'A+b=c,d.e@f_g-1'}}" },

  { 49, "name-empty", "CreateApplication", "{'applicationName':''}",
    "!ApplicationNameRequiredException" },
  { 49, NULL, "CreateApplication", "{}", "!ApplicationNameRequiredException" },
  { 49, NULL, "GetApplication", "{'applicationName':null}", "!ApplicationNameRequiredException" },

  { 50, "platform-in-wrong-case", "CreateApplication",
    "{'applicationName':'a','computePlatform':'server'}", "!InvalidComputePlatformException" },
  { 50, NULL, "CreateApplication", "{'applicationName':'a','computePlatform':'Kubernetes'}",
    "!InvalidComputePlatformException" },

  { 51, "platform-default", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 51, NULL, "GetApplication", "{'applicationName':'a'}",
    "{'application':{'computePlatform':'Server','createTime':1700000000.123}}" },
  { 51, NULL, "CreateApplication", "{'applicationName':'b','computePlatform':'ECS'}", "{}" },
  { 51, NULL, "GetApplication", "{'applicationName':'b'}",
    "{'application':{'computePlatform':'ECS'}}" },

  { 52, "not-linked-to-github", "CreateApplication", "{'applicationName':'a'}",
    "{'applicationId':'<id>'}" },
  { 52, NULL, "GetApplication", "{'applicationName':'a'}",
    "{'application':{'applicationId':'<id>','linkedToGitHub':false,'gitHubAccountName':null}}" },

  { 53, "get-unknown", "GetApplication", "{'applicationName':'zz'}",
    "!ApplicationDoesNotExistException: No application found for name: zz" },

  { 54, "names-differ-by-case", "CreateApplication", "{'applicationName':'App'}", "{}" },
  { 54, NULL, "CreateApplication", "{'applicationName':'app'}", "{}" },
  { 54, NULL, "ListApplications", "{}", "= {'applications':['App','app']}" },

  { 55, "batch-over-limit", "BatchGetApplications", "{'applicationNames':[{{1..101|'n#'}}]}",
    "!BatchLimitExceededException" },

  { 56, "batch-with-unknown", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 56, NULL, "BatchGetApplications", "{'applicationNames':['a','b']}",
    "!ApplicationDoesNotExistException: Applications not found for 123456789012" },

  { 57, "rename", "CreateApplication", "{'applicationName':'a','tags':[{'Key':'k','Value':'v'}]}",
    "{'applicationId':'<id>'}" },
  { 57, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{'deploymentGroupId':'<group>'}" },
  { 57, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "" },
  { 57, NULL, "UpdateApplication", "{'applicationName':'a','newApplicationName':'b'}", "" },
  { 57, NULL, "GetApplication", "{'applicationName':'a'}", "!ApplicationDoesNotExistException" },
  { 57, NULL, "GetApplication", "{'applicationName':'b'}",
    "{'application':{'applicationId':'<id>','applicationName':'b'}}" },
  { 57, NULL, "GetDeploymentGroup", "{'applicationName':'b','deploymentGroupName':'g'}",
    "{'deploymentGroupInfo':{'applicationName':'b','deploymentGroupId':'<group>'}}" },
  { 57, NULL, "ListApplicationRevisions", "{'applicationName':'b'}",
    "{'revisions':[{'revisionType':'S3'}]}" },
  { 57, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },

  { 58, "rename-to-taken", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 58, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 58, NULL, "UpdateApplication", "{'applicationName':'a','newApplicationName':'b'}",
    "!ApplicationAlreadyExistsException" },
  { 58, NULL, "UpdateApplication", "{'applicationName':'a','newApplicationName':'a'}", "" },
  { 58, NULL, "UpdateApplication", "{'applicationName':'a'}", "" },
  { 58, NULL, "UpdateApplication", "{'applicationName':'a','newApplicationName':'a b'}",
    "!InvalidApplicationNameException" },

  { 59, "rename-without-name", "UpdateApplication", "{'newApplicationName':'b'}",
    "!ApplicationNameRequiredException" },

  { 60, "delete", "CreateApplication", "{'applicationName':'a','tags':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 60, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 60, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "" },
  { 60, NULL, "DeleteApplication", "{'applicationName':'a'}", "" },
  { 60, NULL, "ListApplications", "{}", "= {'applications':[]}" },
  { 60, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 60, NULL, "ListDeploymentGroups", "{'applicationName':'a'}",
    "= {'applicationName':'a','deploymentGroups':[]}" },
  { 60, NULL, "ListApplicationRevisions", "{'applicationName':'a'}", "= {'revisions':[]}" },
  { 60, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a'}", "= {'Tags':[]}" },

  { 61, "delete-unknown", "DeleteApplication", "{'applicationName':'a'}",
    "!ApplicationDoesNotExistException" },

  { 62, "reserved-tag", "CreateApplication",
    "{'applicationName':'a','tags':[{'Key':'aws:x','Value':'v'}]}", "!InvalidTagsToAddException" },
  { 62, NULL, "CreateApplication", "{'applicationName':'a','tags':[{'Key':'AWS:x'}]}",
    "!InvalidTagsToAddException" },
  { 62, NULL, "CreateApplication", "{'applicationName':'a','tags':[{'Key':'x'},{'Key':'x'}]}",
    "!InvalidTagsToAddException" },
  { 62, NULL, "CreateApplication", "{'applicationName':'a','tags':[{{1..51|{'Key':'k#'}}}]}",
    "!InvalidTagsToAddException" },
  { 62, NULL, "GetApplication", "{'applicationName':'a'}", "!ApplicationDoesNotExistException" },

  { 63, "garbage-token", "ListApplications", "{'nextToken':'garbage'}",
    "!InvalidNextTokenException" },

  { 64, "last-page", "@quota", "names_per_page 2", "" },
  { 64, NULL, "CreateApplication", "{'applicationName':'c'}", "{}" },
  { 64, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 64, NULL, "ListApplications", "{}", "= {'applications':['a','c']}" },
  { 64, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 64, NULL, "ListApplications", "{}", "{'applications':['a','b'],'nextToken':'<token>'}" },
  { 64, NULL, "ListApplications", "{'nextToken':'<token>'}", "= {'applications':['c']}" },
  { 64, NULL, "ListDeploymentConfigs", "{'nextToken':'<token>'}", "!InvalidNextTokenException" },

  { 65, "over-quota", "@quota", "applications 2", "" },
  { 65, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 65, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 65, NULL, "CreateApplication", "{'applicationName':'c'}",
    "!ApplicationLimitExceededException" },
  { 65, NULL, "DeleteApplication", "{'applicationName':'a'}", "" },
  { 65, NULL, "CreateApplication", "{'applicationName':'c'}", "{}" },

  { 1001, "batch-in-order-of-request", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1001, NULL, "CreateApplication", "{'applicationName':'b'}", "{}" },
  { 1001, NULL, "BatchGetApplications", "{'applicationNames':['b','a','b']}",
    "{'applicationsInfo':[{'applicationName':'b'},{'applicationName':'a'}]}" },
  { 1001, NULL, "BatchGetApplications", "{'applicationNames':[]}",
    "!ApplicationNameRequiredException" },
  { 1001, NULL, "BatchGetApplications", "{}", "!ApplicationNameRequiredException" },
  { 1001, NULL, "BatchGetApplications", "{'applicationNames':['a b']}",
    "!InvalidApplicationNameException" },
  { 1002, "deleting-stops-what-is-under-way", "CreateApplication", "{'applicationName':'a'}",
    "{}" },
  { 1002, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 1002, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1002, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<id>'}" },
  { 1002, NULL, "@later", "0", "" },
  { 1002, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'InProgress'}}" },
  { 1002, NULL, "DeleteApplication", "{'applicationName':'a'}", "" },
  { 1002, NULL, "@later", "3600000", "" },
  { 1002, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Stopped','errorInformation':{'code':'MANUAL_STOP'},'"
    "applicationName':'a','deploymentGroupName':'g'}}" },

  { 1004, "earlier-deployments-go-with-the-application", "CreateApplication",
    "{'applicationName':'a'}", "{}" },
  { 1004, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 1004, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<early>'}" },
  { 1004, NULL, "@later", "1000", "" },
  { 1004, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<late>'}" },
  { 1004, NULL, "ListDeployments", "{}", "{'deployments':['<late>','<early>']}" },
  { 1004, NULL, "DeleteDeploymentGroup", "{'applicationName':'a','deploymentGroupName':'g'}",
    "{}" },
  { 1004, NULL, "GetDeployment", "{'deploymentId':'<early>'}",
    "{'deploymentInfo':{'status':'Failed','deploymentGroupName':'g'}}" },
  { 1004, NULL, "StopDeployment", "{'deploymentId':'<late>'}",
    "!DeploymentGroupDoesNotExistException" },
  { 1004, NULL, "@later", "0", "" },
  { 1004, NULL, "GetDeployment", "{'deploymentId':'<late>'}",
    "{'deploymentInfo':{'errorInformation':{'code':'DEPLOYMENT_GROUP_MISSING'}}}" },
  { 1004, NULL, "@later", "1000", "" },
  { 1004, NULL, "DeleteApplication", "{'applicationName':'a'}", "" },
  { 1004, NULL, "GetDeployment", "{'deploymentId':'<early>'}", "!DeploymentDoesNotExistException" },
  { 1004, NULL, "ListDeploymentTargets", "{'deploymentId':'<late>'}",
    "!DeploymentDoesNotExistException" },
  { 1004, NULL, "BatchGetDeployments", "{'deploymentIds':['<early>','<late>']}",
    "{'deploymentsInfo':[]}" },
  { 1004, NULL, "ListDeployments", "{}", "{'deployments':[]}" },

  { 1003, "deleting-before-the-start", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1003, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','onPremisesInstanceTagFilters':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 1003, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1003, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<id>'}" },
  { 1003, NULL, "DeleteApplication", "{'applicationName':'a'}", "" },
  { 1003, NULL, "@later", "0", "" },
  { 1003, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Failed','errorInformation':{'code':'APPLICATION_MISSING'}}}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("applications", steps);
  return g_test_run ();
}
