#include "server/actions/action-harness.h"

#define NAMES "'applicationName':'a','deploymentGroupName':'g'"
#define GITHUB                                                                                     \
  "{" NAMES ",'revision':{'revisionType':'GitHub','gitHubLocation':{'repository':'o/r','commitId'" \
  ":'c'}}}"
#define S3                                                                                         \
  "{" NAMES ",'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k',"          \
  "'bundleType':'zip'}}}"
#define APPLICATION(number, name)                                                                  \
  { number, name, "CreateApplication", "{'applicationName':'a'}", "{}" },                          \
  {                                                                                                \
    number, NULL, "CreateDeploymentGroup",                                                         \
        "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r'}", "{}"                    \
  }
#define LINKED(number)                                                                             \
  {                                                                                                \
    number, NULL, "PutGitHubAccountToken",                                                         \
        "{'tokenName':'octo','token':'ghp_secret','applicationName':'a'}",                         \
        "= {'tokenName':'octo'}"                                                                   \
  }
#define SHOWN(number, expect)                                                                      \
  {                                                                                                \
    number, NULL, "GetApplication", "{'applicationName':'a'}", "{'application':{" expect "}}"      \
  }

static const Step steps[] = {
  { 186, "delete-unknown-token", "DeleteGitHubAccountToken", "{'tokenName':'t'}",
    "!GitHubAccountTokenDoesNotExistException" },
  { 186, NULL, "DeleteGitHubAccountToken", "{}", "!GitHubAccountTokenNameRequiredException" },
  { 186, NULL, "DeleteGitHubAccountToken", "{'tokenName':''}",
    "!GitHubAccountTokenNameRequiredException" },
  { 186, NULL, "DeleteGitHubAccountToken", "{'tokenName':'{{257*t}}'}",
    "!InvalidGitHubAccountTokenNameException" },
  { 186, NULL, "ListGitHubAccountTokenNames", "{}", "= {'tokenNameList':[]}" },
  { 186, NULL, "ListGitHubAccountTokenNames", "{'nextToken':'x'}", "!InvalidNextTokenException" },

  { 1801, "put-list-delete", "@quota", "names-per-page 2", "" },
  { 1801, NULL, "PutGitHubAccountToken", "{'tokenName':'c','token':'ghp_secret'}",
    "= {'tokenName':'c'}" },
  { 1801, NULL, "PutGitHubAccountToken", "{'tokenName':'a','token':'ghp_secret'}", "{}" },
  { 1801, NULL, "PutGitHubAccountToken", "{'tokenName':'b','token':'ghp_secret'}", "{}" },
  { 1801, NULL, "PutGitHubAccountToken", "{'tokenName':'b','token':'ghp_another'}", "{}" },
  { 1801, NULL, "ListGitHubAccountTokenNames", "{}",
    "{'tokenNameList':['a','b'],'nextToken':'<next>'}" },
  { 1801, NULL, "ListGitHubAccountTokenNames", "{'nextToken':'<next>'}",
    "= {'tokenNameList':['c']}" },
  { 1801, NULL, "DeleteGitHubAccountToken", "{'tokenName':'a'}", "= {'tokenName':'a'}" },
  { 1801, NULL, "DeleteGitHubAccountToken", "{'tokenName':'a'}",
    "!GitHubAccountTokenDoesNotExistException: a" },
  { 1801, NULL, "ListGitHubAccountTokenNames", "{}", "= {'tokenNameList':['b','c']}" },

  { 1802, "bad-tokens", "PutGitHubAccountToken", "{'token':'x'}",
    "!GitHubAccountTokenNameRequiredException" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t'}",
    "!InvalidGitHubAccountTokenException" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t','token':''}",
    "!InvalidGitHubAccountTokenException" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t','token':'x y'}",
    "!InvalidGitHubAccountTokenException: token must be 1 to 1024 ASCII characters" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t','token':'{{1025*x}}'}",
    "!InvalidGitHubAccountTokenException: token must be 1 to 1024 ASCII characters" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t','token':'x','applicationName':'zz'}",
    "!ApplicationDoesNotExistException" },
  { 1802, NULL, "PutGitHubAccountToken", "{'tokenName':'t','token':'x','applicationName':''}",
    "!ApplicationNameRequiredException" },
  { 1802, NULL, "ListGitHubAccountTokenNames", "{}", "= {'tokenNameList':[]}" },

  { 1803, "quota", "@quota", "github-tokens 2", "" },
  { 1803, NULL, "PutGitHubAccountToken", "{'tokenName':'a','token':'x'}", "{}" },
  { 1803, NULL, "PutGitHubAccountToken", "{'tokenName':'b','token':'x'}", "{}" },
  { 1803, NULL, "PutGitHubAccountToken", "{'tokenName':'c','token':'x'}",
    "!GitHubAccountTokenLimitExceededException" },
  { 1803, NULL, "PutGitHubAccountToken", "{'tokenName':'b','token':'y'}", "{}" },

  APPLICATION (1804, "a-link-is-shown"),
  SHOWN (1804, "'linkedToGitHub':false,'gitHubAccountName':null"),
  LINKED (1804),
  SHOWN (1804, "'linkedToGitHub':true,'gitHubAccountName':'octo'"),
  { 1804, NULL, "BatchGetApplications", "{'applicationNames':['a']}",
    "{'applicationsInfo':[{'linkedToGitHub':true,'gitHubAccountName':'octo'}]}" },
  { 1804, NULL, "DeleteGitHubAccountToken", "{'tokenName':'octo'}", "{}" },
  SHOWN (1804, "'linkedToGitHub':false,'gitHubAccountName':null"),
  { 1804, NULL, "PutGitHubAccountToken", "{'tokenName':'octo','token':'ghp_again'}", "{}" },
  SHOWN (1804, "'linkedToGitHub':true,'gitHubAccountName':'octo'"),
  { 1804, NULL, "LinkApplicationToGitHub", "{'applicationName':'a'}", "" },
  SHOWN (1804, "'linkedToGitHub':false,'gitHubAccountName':null"),
  { 1804, NULL, "LinkApplicationToGitHub", "{'applicationName':'a','tokenName':'zz'}",
    "!GitHubAccountTokenDoesNotExistException: zz" },
  { 1804, NULL, "LinkApplicationToGitHub", "{'applicationName':'zz','tokenName':'octo'}",
    "!ApplicationDoesNotExistException" },
  { 1804, NULL, "LinkApplicationToGitHub", "{'applicationName':'a','tokenName':'octo'}", "" },
  SHOWN (1804, "'linkedToGitHub':true"),

  APPLICATION (1805, "a-deployment-needs-the-token-it-names"),
  LINKED (1805),
  { 1805, NULL, "DeleteGitHubAccountToken", "{'tokenName':'octo'}", "{}" },
  { 1805, NULL, "CreateDeployment", GITHUB,
    "!InvalidGitHubAccountTokenException: octo, which application a is linked to, was deleted" },
  { 1805, NULL, "ListApplicationRevisions", "{'applicationName':'a'}", "{'revisions':[]}" },
  /* another kind of revision has no use for it */
  { 1805, NULL, "CreateDeployment", S3, "{'deploymentId':'<id>'}" },
  { 1805, NULL, "@later", "0", "" },
  { 1805, NULL, "LinkApplicationToGitHub", "{'applicationName':'a'}", "" },
  { 1805, NULL, "CreateDeployment", GITHUB, "{}" },

  APPLICATION (1806, "a-token-that-goes-before-the-start"),
  LINKED (1806),
  { 1806, NULL, "CreateDeployment", GITHUB, "{'deploymentId':'<id>'}" },
  { 1806, NULL, "DeleteGitHubAccountToken", "{'tokenName':'octo'}", "{}" },
  { 1806, NULL, "@later", "0", "" },
  { 1806, NULL, "GetDeployment", "{'deploymentId':'<id>'}",
    "{'deploymentInfo':{'status':'Failed','errorInformation':{'code':'MISSING_GITHUB_TOKEN',"
    "'message':'~octo'}}}" },
  { 0 },
};

/* Restored from a copy of the database, without the key. */
static void
a_token_of_another_installation_is_not_usable (void)
{
  static const Step make[] = {
    APPLICATION (1, NULL),
    LINKED (1),
    { 1, NULL, "CreateDeployment", GITHUB, "{'deploymentId':'<id>'}" },
    { 1, NULL, "@later", "0", "" },
  };
  static const Step look = { 1, NULL, "CreateDeployment", GITHUB,
                             "!InvalidGitHubAccountTokenException: does not open with this "
                             "server's secrets.key: put it again" };
  static const guint8 other[SEAL_KEY_SIZE] = { 9 };
  g_autoptr (Harness) harness = harness_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (make); i++)
    harness_step (harness, &make[i]);
  github_vault_init (&harness->env.github, other);
  harness_step (harness, &look);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("github-tokens", steps);
  g_test_add_func ("/github-tokens/a-token-of-another-installation-is-not-usable",
                   a_token_of_another_installation_is_not_usable);
  return g_test_run ();
}
