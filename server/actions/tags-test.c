#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 181, "tag-arns", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 181, NULL, "TagResource", "{'ResourceArn':'abc','Tags':[{'Key':'k','Value':'v'}]}",
    "!InvalidArnException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:s3:::bucket','Tags':[{'Key':'k','Value':'v'}]}",
    "!ArnNotSupportedException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a'}",
    "!TagRequiredException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[]}",
    "!TagRequiredException" },
  { 181, NULL, "TagResource", "{'ResourceArn':'','Tags':[{'Key':'k','Value':'v'}]}",
    "!ResourceArnRequiredException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:{{1000*x}}','Tags':[{'Key':'k','"
    "Value':'v'}]}",
    "!InvalidArnException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:instance/"
    "h','Tags':[{'Key':'k','Value':'v'}]}",
    "!ArnNotSupportedException" },
  { 181, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:deploymentconfig:c','Tags':[{'Key':'"
    "k','Value':'v'}]}",
    "!ArnNotSupportedException" },

  { 182, "tag-unknown", "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'k','"
    "Value':'v'}]}",
    "!ApplicationDoesNotExistException" },
  { 182, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 182, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:deploymentgroup:a/"
    "g','Tags':[{'Key':'k','Value':'v'}]}",
    "!DeploymentGroupDoesNotExistException" },
  { 182, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:zz'}",
    "!ApplicationDoesNotExistException" },

  { 183, "untag-unknown-key", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 183, NULL, "UntagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','TagKeys':['nope']}",
    "= {}" },
  { 183, NULL, "UntagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','TagKeys':[]}",
    "!TagRequiredException" },
  { 183, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'b','"
    "Value':'1'},{'Key':'a','Value':'2'}]}",
    "= {}" },
  { 183, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'b','"
    "Value':'3'},{'Key':'c'}]}",
    "= {}" },
  { 183, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a'}",
    "= {'Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':'3'},{'Key':'c','Value':''}]}" },
  { 183, NULL, "UntagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','TagKeys':['b','c']}",
    "= {}" },
  { 183, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application/a'}",
    "= {'Tags':[{'Key':'a','Value':'2'}]}" },

  { 184, "tags-at-creation", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 184, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r','tags':[{'Key':'k','Value':'v'}]}",
    "{}" },
  { 184, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:deploymentgroup:a/g'}",
    "= {'Tags':[{'Key':'k','Value':'v'}]}" },

  { 185, "tags-follow-a-rename", "CreateApplication",
    "{'applicationName':'a','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 185, NULL, "UpdateApplication", "{'applicationName':'a','newApplicationName':'b'}", "" },
  { 185, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:b'}",
    "= {'Tags':[{'Key':'k','Value':'v'}]}" },
  { 185, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a'}",
    "!ApplicationDoesNotExistException" },

  { 1500, "tags-of-an-instance-can-be-read", "RegisterHost",
    "{'instanceName':'web_1','tags':[{'Key':'k','Value':'v'}]}", "{}" },
  { 1500, NULL, "GetOnPremisesInstance", "{'instanceName':'web_1'}",
    "{'instanceInfo':{'instanceArn':'<arn>'}}" },
  { 1500, NULL, "ListTagsForResource", "{'ResourceArn':'<arn>'}",
    "= {'Tags':[{'Key':'k','Value':'v'}]}" },
  { 1500, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:instance:web_1'}",
    "= {'Tags':[{'Key':'k','Value':'v'}]}" },
  { 1500, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:instance/web_1_0123456789'}",
    "!InvalidArnException" },
  { 1500, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:instance/nope'}",
    "!InvalidArnException" },
  { 1500, NULL, "ListTagsForResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:deploymentconfig:c'}",
    "!ArnNotSupportedException" },
  { 1500, NULL, "UntagResource", "{'ResourceArn':'<arn>','TagKeys':['k']}",
    "!ArnNotSupportedException" },

  { 1501, "bad-tags", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'aws:"
    "k'}]}",
    "!InvalidTagsToAddException" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Value':'v'}"
    "]}",
    "!InvalidTagsToAddException" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'k','"
    "Value':'{{257*v}}'}]}",
    "!InvalidTagsToAddException" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{{1..50|{'"
    "Key':'k#'}}}]}",
    "= {}" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'more'"
    "}]}",
    "!InvalidTagsToAddException" },
  { 1501, NULL, "TagResource",
    "{'ResourceArn':'arn:aws:codedeploy:eu-west-3:123456789012:application:a','Tags':[{'Key':'k1','"
    "Value':'new'}]}",
    "= {}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("tags", steps);
  return g_test_run ();
}
