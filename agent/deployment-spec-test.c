#include "agent/deployment-spec.h"

#include <string.h>

/* As the server writes it (agent.md 2.3, 2.4). */
static const char github[] =
    "{\"DeploymentId\":\"d-ABCDEFGHI\",\"DeploymentGroupId\":\"6f\",\"DeploymentGroupName\":\"g\","
    "\"ApplicationName\":\"a\",\"DeploymentCreator\":\"user\",\"DeploymentType\":\"IN_PLACE\","
    "\"Revision\":{\"RevisionType\":\"GitHub\",\"GitHubRevision\":{\"Account\":\"o\","
    "\"Repository\":\"r\",\"CommitId\":\"c\"}},"
    "\"AgentActionOverrides\":{\"AgentOverrides\":{\"FileExistsBehavior\":\"DISALLOW\"}}%s}";

static const DeploymentSpec *
parse (const char *more, Arena *arena)
{
  g_auto (GStrv) parts = g_strsplit (github, "%s", 2);
  g_autofree char *text = g_strconcat (parts[0], more, parts[1], NULL);
  g_autoptr (GError) error = NULL;
  const DeploymentSpec *spec = deployment_spec_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return spec;
}

static void
a_token_comes_with_a_github_revision (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const DeploymentSpec *spec = parse (",\"GitHubAccessToken\":\"ghp_secret\"", arena);
  g_assert_cmpint (spec->revision.type, ==, SPEC_REVISION_GITHUB);
  g_assert_cmpstr (spec->revision.account, ==, "o");
  g_assert_cmpstr (spec->revision.repository, ==, "r");
  g_assert_cmpstr (spec->revision.commit_id, ==, "c");
  g_assert_null (spec->revision.bundle_type);
  g_assert_cmpstr (spec->github_token, ==, "ghp_secret");
}

static void
without_a_token_github_is_asked_as_nobody (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_null (parse ("", arena)->github_token);
  g_assert_null (parse (",\"GitHubAccessToken\":null", arena)->github_token);
}

/* What a newer server says of a restart is no reason to refuse the rest. */
static void
unknown_members_are_ignored (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_cmpstr (
      parse (",\"ReuseArchiveFromDeploymentId\":\"d-IHGFEDCBA\"", arena)->deployment_id, ==,
      "d-ABCDEFGHI");
}

static void
a_group_has_no_folder_of_the_agent_itself (void)
{
  static const char *const names[] = { "command-locks", "deployment-instructions", ".", "a/b" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    g_autofree char *member = g_strdup_printf ("\"DeploymentGroupId\":\"%s\"", names[i]);
    g_auto (GStrv) parts = g_strsplit (github, "\"DeploymentGroupId\":\"6f\"", 2);
    g_autofree char *document = g_strjoinv (member, parts);
    g_auto (GStrv) ends = g_strsplit (document, "%s", 2);
    g_autofree char *text = g_strjoinv ("", ends);
    g_assert_null (deployment_spec_parse (text, strlen (text), arena, &error));
    g_assert_error (error, DEPLOYMENT_SPEC_ERROR, DEPLOYMENT_SPEC_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "DeploymentGroupId"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deployment-spec/a-token-comes-with-a-github-revision",
                   a_token_comes_with_a_github_revision);
  g_test_add_func ("/deployment-spec/without-a-token-github-is-asked-as-nobody",
                   without_a_token_github_is_asked_as_nobody);
  g_test_add_func ("/deployment-spec/unknown-members-are-ignored", unknown_members_are_ignored);
  g_test_add_func ("/deployment-spec/a-group-has-no-folder-of-the-agent-itself",
                   a_group_has_no_folder_of_the_agent_itself);
  return g_test_run ();
}
