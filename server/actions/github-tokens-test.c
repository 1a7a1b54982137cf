#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 186, "delete-unknown-token", "DeleteGitHubAccountToken", "{'tokenName':'t'}",
    "!GitHubAccountTokenDoesNotExistException" },
  { 186, NULL, "DeleteGitHubAccountToken", "{}", "!GitHubAccountTokenNameRequiredException" },
  { 186, NULL, "ListGitHubAccountTokenNames", "{}", "= {'tokenNameList':[]}" },
  { 186, NULL, "ListGitHubAccountTokenNames", "{'nextToken':'x'}", "!InvalidNextTokenException" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("github-tokens", steps);
  return g_test_run ();
}
