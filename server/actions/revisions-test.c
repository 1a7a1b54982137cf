#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 117, "no-revision", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 117, NULL, "RegisterApplicationRevision", "{'applicationName':'a'}",
    "!RevisionRequiredException: RevisionLocation must be specified" },
  { 117, NULL, "RegisterApplicationRevision", "{'applicationName':'a','revision':{}}",
    "!RevisionRequiredException" },

  { 118, "type-and-member-differ", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 118, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','gitHubLocation':{'repository':'o/"
    "r','commitId':'c'}}}",
    "!InvalidRevisionException" },
  { 118, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'FTP','s3Location':{'bucket':'bucket','key':"
    "'k','bundleType':'zip'}}}",
    "!InvalidRevisionException" },
  { 118, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'s3Location':{'bucket':'bucket','key':'k','bundleType':'"
    "zip'}}}",
    "!InvalidRevisionException" },
  { 118, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket'}}}",
    "!InvalidRevisionException" },

  { 119, "bundle-type", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 119, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'rar'}}}",
    "!InvalidRevisionException" },

  { 120, "zip-on-lambda", "CreateApplication", "{'applicationName':'a','computePlatform':'Lambda'}",
    "{}" },
  { 120, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "!InvalidRevisionException: BundleType must be either YAML or JSON" },
  { 120, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'yaml'}}}",
    "" },
  { 120, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'YAML'}}}",
    "{'revision':{'s3Location':{'bundleType':'YAML'}}}" },
  { 120, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'GitHub','gitHubLocation':{'repository':'o/"
    "r','commitId':'c'}}}",
    "!InvalidRevisionException" },

  { 121, "register-twice", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 121, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}},'description':'one'}",
    "" },
  { 121, NULL, "@later", "1000", "" },
  { 121, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}},'description':'two'}",
    "" },
  { 121, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "" },
  { 121, NULL, "ListApplicationRevisions", "{'applicationName':'a'}",
    "{'revisions':[{'s3Location':{'key':'k'}}]}" },
  { 121, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip','eTag':null,'version':null}},'revisionInfo':{'registerTime':1700000000."
    "123,'description':'two'}}" },

  { 122, "etag-with-quotes", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 122, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip','eTag':'x'}}}",
    "" },
  { 122, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip','eTag':'\\'x\\''}}}",
    "" },
  { 122, NULL, "ListApplicationRevisions", "{'applicationName':'a'}",
    "{'revisions':[{'s3Location':{'eTag':'x'}},{'s3Location':{'eTag':'\\'x\\''}}]}" },

  { 123, "get-unknown", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 123, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "!RevisionDoesNotExistException" },
  { 123, NULL, "GetApplicationRevision",
    "{'applicationName':'zz','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':"
    "'k','bundleType':'zip'}}}",
    "!ApplicationDoesNotExistException" },

  { 124, "long-description", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 124, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}},'description':'{{257*x}}'}",
    "!DescriptionTooLongException" },
  { 124, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}},'description':'{{256*x}}'}",
    "" },

  { 125, "prefix-without-bucket", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 125, NULL, "ListApplicationRevisions", "{'applicationName':'a','s3KeyPrefix':'k'}",
    "!BucketNameFilterRequiredException" },
  { 125, NULL, "ListApplicationRevisions", "{'applicationName':'a','s3Bucket':'x'}",
    "!InvalidBucketNameFilterException" },
  { 125, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','s3Bucket':'bucket','s3KeyPrefix':'{{1025*x}}'}",
    "!InvalidKeyPrefixFilterException" },

  { 126, "bad-order", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 126, NULL, "ListApplicationRevisions", "{'applicationName':'a','sortBy':'size'}",
    "!InvalidSortByException" },
  { 126, NULL, "ListApplicationRevisions", "{'applicationName':'a','sortOrder':'up'}",
    "!InvalidSortOrderException" },
  { 126, NULL, "ListApplicationRevisions", "{'applicationName':'a','deployed':'maybe'}",
    "!InvalidDeployedStateFilterException" },

  { 127, "newest-first", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 127, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k1','bundleType':'zip'}}}",
    "" },
  { 127, NULL, "@later", "1000", "" },
  { 127, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k2','bundleType':'zip'}}}",
    "" },
  { 127, NULL, "@later", "1000", "" },
  { 127, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k3','bundleType':'zip'}}}",
    "" },
  { 127, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','sortBy':'registerTime','sortOrder':'descending'}",
    "{'revisions':[{'s3Location':{'key':'k3'}},{'s3Location':{'key':'k2'}},{'s3Location':{'key':'"
    "k1'}}]}" },
  { 127, NULL, "ListApplicationRevisions", "{'applicationName':'a','sortBy':'registerTime'}",
    "{'revisions':[{'s3Location':{'key':'k1'}},{'s3Location':{'key':'k2'}},{'s3Location':{'key':'"
    "k3'}}]}" },

  { 128, "batch-over-limit", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 128, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{{1..26|{'revisionType':'S3','s3Location':{'bucket':'"
    "bucket','key':'k#','bundleType':'zip'}}}}]}",
    "!BatchLimitExceededException" },
  { 128, NULL, "BatchGetApplicationRevisions", "{'applicationName':'a','revisions':[]}",
    "!RevisionRequiredException" },
  { 128, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{'revisionType':'S3'}]}", "!InvalidRevisionException" },
  { 128, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k1','bundleType':'zip'}}}",
    "" },
  { 128, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k2','bundleType':'zip'}}}",
    "" },
  { 128, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{'revisionType':'S3','s3Location':{'bucket':'bucket','key'"
    ":'k2','bundleType':'zip'}},{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k9','"
    "bundleType':'zip'}},{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k1','"
    "bundleType':'zip'}}]}",
    "{'applicationName':'a','revisions':[{'revisionLocation':{'s3Location':{'key':'k2'}},'"
    "genericRevisionInfo':{'deploymentGroups':[]}},{'revisionLocation':{'s3Location':{'key':'k1'}}}"
    "],'errorMessage':'~k9'}" },
  { 128, NULL, "BatchGetApplicationRevisions",
    "{'applicationName':'a','revisions':[{'revisionType':'S3','s3Location':{'bucket':'bucket','key'"
    ":'k1','bundleType':'zip'}}]}",
    "{'errorMessage':''}" },

  { 129, "never-used", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 129, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "" },
  { 129, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "{'revisionInfo':{'firstUsedTime':null,'lastUsedTime':null,'deploymentGroups':[],'registerTime'"
    ":1700000000.123}}" },

  { 130, "unregistered-revision-is-registered", "CreateApplication", "{'applicationName':'a'}",
    "{}" },
  { 130, NULL, "CreateDeploymentGroup",
    "{'applicationName':'a','deploymentGroupName':'g','serviceRoleArn':'arn:aws:iam::123456789012:"
    "role/r'}",
    "{}" },
  { 130, NULL, "CreateDeployment",
    "{'applicationName':'a','deploymentGroupName':'g','revision':{'revisionType':'S3','s3Location':"
    "{'bucket':'bucket','key':'k','bundleType':'zip'}}}",
    "{'deploymentId':'<id>'}" },
  { 130, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k','bundleType':'zip'}}}",
    "{'revisionInfo':{'description':'Application revision registered by Deployment ID: <id>',"
    "'registerTime':1700000000.123,'firstUsedTime':1700000000.123,'lastUsedTime':1700000000.123}"
    "}" },

  { 1301, "filters", "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1301, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "a/1','bundleType':'zip'}}}",
    "" },
  { 1301, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "a/2','bundleType':'zip'}}}",
    "" },
  { 1301, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "A/3','bundleType':'zip'}}}",
    "" },
  { 1301, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'other-bucket','"
    "key':'a/4','bundleType':'zip'}}}",
    "" },
  { 1301, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'GitHub','gitHubLocation':{'repository':'o/"
    "r','commitId':'c'}}}",
    "" },
  { 1301, NULL, "ListApplicationRevisions", "{'applicationName':'a','s3Bucket':'bucket'}",
    "{'revisions':[{'s3Location':{'key':'a/1'}},{'s3Location':{'key':'a/"
    "2'}},{'s3Location':{'key':'A/3'}}]}" },
  { 1301, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','s3Bucket':'bucket','s3KeyPrefix':'a/'}",
    "{'revisions':[{'s3Location':{'key':'a/1'}},{'s3Location':{'key':'a/2'}}]}" },
  { 1301, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','s3Bucket':'bucket','s3KeyPrefix':'a/_'}", "{'revisions':[]}" },
  { 1301, NULL, "ListApplicationRevisions", "{'applicationName':'a','deployed':'include'}",
    "{'revisions':[]}" },
  { 1301, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','deployed':'exclude','s3Bucket':'other-bucket'}",
    "{'revisions':[{'s3Location':{'key':'a/4'}}]}" },

  { 1302, "pages", "@quota", "items_per_page 2", "" },
  { 1302, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
  { 1302, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k1','bundleType':'zip'}}}",
    "" },
  { 1302, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k2','bundleType':'zip'}}}",
    "" },
  { 1302, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'"
    "k3','bundleType':'zip'}}}",
    "" },
  { 1302, NULL, "ListApplicationRevisions", "{'applicationName':'a','sortBy':'firstUsedTime'}",
    "{'revisions':[{},{}],'nextToken':'<t>'}" },
  { 1302, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','sortBy':'firstUsedTime','nextToken':'<t>'}",
    "{'revisions':[{'s3Location':{'key':'k3'}}],'nextToken':null}" },
  { 1302, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','sortBy':'lastUsedTime','nextToken':'<t>'}",
    "!InvalidNextTokenException" },
  { 1302, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','sortBy':'lastUsedTime','sortOrder':'descending'}",
    "{'revisions':[{'s3Location':{'key':'k3'}},{'s3Location':{'key':'k2'}}],'nextToken':'<u>'}" },
  { 1302, NULL, "ListApplicationRevisions",
    "{'applicationName':'a','sortBy':'lastUsedTime','sortOrder':'descending','nextToken':'<u>'}",
    "{'revisions':[{'s3Location':{'key':'k1'}}]}" },

  { 1303, "content-is-shown-by-one-operation", "CreateApplication",
    "{'applicationName':'a','computePlatform':'ECS'}", "{}" },
  { 1303, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'AppSpecContent','appSpecContent':{'content'"
    ":'version: 0.0'}}}",
    "" },
  { 1303, NULL, "ListApplicationRevisions", "{'applicationName':'a'}",
    "{'revisions':[{'appSpecContent':{'content':null,'sha256':'<sha>'}}]}" },
  { 1303, NULL, "GetApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'AppSpecContent','appSpecContent':{'sha256':"
    "'<sha>'}}}",
    "{'revision':{'appSpecContent':{'content':'version: 0.0','sha256':'<sha>'}}}" },
  { 1303, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'AppSpecContent','appSpecContent':{'sha256':"
    "'<sha>'}}}",
    "!InvalidRevisionException" },
  { 1303, NULL, "RegisterApplicationRevision",
    "{'applicationName':'a','revision':{'revisionType':'AppSpecContent','appSpecContent':{'content'"
    ":'x','sha256':'<sha>'}}}",
    "!InvalidRevisionException" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("revisions", steps);
  return g_test_run ();
}
