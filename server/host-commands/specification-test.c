#include "server/host-commands/specification.h"

#include "server/actions/action-harness.h"
#include "server/pki.h"

#define NAMES "'applicationName':'a','deploymentGroupName':'g'"
#define REVISION(what)                                                                             \
  {                                                                                                \
    1, NULL, "CreateDeployment", "{" NAMES "," what "}", "{'deploymentId':'<id>'}"                 \
  }
#define GITHUB                                                                                     \
  "'revision':{'revisionType':'GitHub','gitHubLocation':{'repository':'o/r','commitId':'c'}}"
#define S3                                                                                         \
  "'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k','bundleType':'zip'}}"

static void
begin (Harness *harness)
{
  static const Step steps[] = {
    { 1, NULL, "CreateApplication", "{'applicationName':'a'}", "{}" },
    { 1, NULL, "CreateDeploymentGroup",
      "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r',"
      "'onPremisesInstanceTagFilters':[{'Key':'k'}]}",
      "{}" },
    { 1, NULL, "RegisterHost", "{'instanceName':'h','tags':[{'Key':'k','Value':'v'}]}",
      "{'iamUserArn':'<h>'}" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
    harness_step (harness, &steps[i]);
}

typedef struct {
  Harness *harness;
  const char *deployment_id;
  json_t *document;
} Look;

static gboolean
look_work (StoreTx *tx, gpointer data, GError **error)
{
  Look *look = data;
  g_autoptr (Arena) arena = arena_new ();
  DeploymentRecord *deployment;
  SpecificationExtras extras;
  if (!deployment_record_by_id (tx, look->deployment_id, arena, &deployment, error))
    return FALSE;
  const ApiDeploymentInfo *info = engine_deployment_info (deployment, arena, error);
  if (info == NULL || !specification_extras (&look->harness->env.github, tx, deployment, info,
                                             arena, &extras, error))
    return FALSE;
  g_autofree char *text = specification_document (deployment, info, &extras);
  look->document = json_loads (text, 0, NULL);
  return TRUE;
}

/* The document of the deployment that was caught as "id", as its hosts get it. */
static json_t *
document_of (Harness *harness, const char *caught)
{
  Look look = { harness, g_hash_table_lookup (harness->caught, caught), NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (harness->store, STORE_READ, look_work, &look, &error));
  g_assert_no_error (error);
  g_assert_nonnull (look.document);
  return look.document;
}

static void
a_github_revision_comes_with_the_token (void)
{
  static const Step link = { 1, NULL, "PutGitHubAccountToken",
                             "{'tokenName':'octo','token':'ghp_secret','applicationName':'a'}",
                             "{}" };
  static const Step deploy = REVISION (GITHUB);
  g_autoptr (Harness) harness = harness_new ();
  begin (harness);
  harness_step (harness, &link);
  harness_step (harness, &deploy);
  g_autoptr (json_t) document = document_of (harness, "id");
  g_assert_cmpstr (json_string_value (json_object_get (document, "GitHubAccessToken")), ==,
                   "ghp_secret");
  const json_t *revision =
      json_object_get (json_object_get (document, "Revision"), "GitHubRevision");
  g_assert_cmpstr (json_string_value (json_object_get (revision, "Account")), ==, "o");
  g_assert_cmpstr (json_string_value (json_object_get (revision, "Repository")), ==, "r");
  g_assert_cmpstr (json_string_value (json_object_get (revision, "CommitId")), ==, "c");
}

static void
without_a_link_there_is_no_token (void)
{
  static const Step deploy = REVISION (GITHUB);
  g_autoptr (Harness) harness = harness_new ();
  begin (harness);
  harness_step (harness, &deploy);
  g_autoptr (json_t) document = document_of (harness, "id");
  g_assert_null (json_object_get (document, "GitHubAccessToken"));
  g_assert_null (json_object_get (document, "ReuseArchiveFromDeploymentId"));
}

/* A host that has no use for a secret does not get it. */
static void
another_revision_comes_without_the_token (void)
{
  static const Step link = { 1, NULL, "PutGitHubAccountToken",
                             "{'tokenName':'octo','token':'ghp_secret','applicationName':'a'}",
                             "{}" };
  static const Step deploy = REVISION (S3);
  g_autoptr (Harness) harness = harness_new ();
  begin (harness);
  harness_step (harness, &link);
  harness_step (harness, &deploy);
  g_autoptr (json_t) document = document_of (harness, "id");
  g_assert_null (json_object_get (document, "GitHubAccessToken"));
}

/* agent.md 3.11: the whole revision, and whose archive holds it already. */
static void
a_restart_names_the_archive_that_is_there (void)
{
  static const Step deploy[] = {
    REVISION (S3),
    { 1, NULL, "@later", "0", "" },
    { 1, NULL, "@as", "h", "" },
  };
  static const Step restart[] = {
    { 1, NULL, "@as", "administrator", "" },
    { 1, NULL, "CreateDeployment", "{" NAMES ",'deploymentMode':'RESTART'}",
      "{'deploymentId':'<again>'}" },
    { 1, NULL, "@later", "0", "" },
    { 1, NULL, "ListDeploymentTargets", "{'deploymentId':'<again>'}", "{'targetIds':['h']}" },
  };
  g_autoptr (Harness) harness = harness_new ();
  begin (harness);
  for (gsize i = 0; i < G_N_ELEMENTS (deploy); i++)
    harness_step (harness, &deploy[i]);
  for (int event = 0; event < 7; event++) {
    g_autofree char *input = g_strdup_printf (
        "{'HostCommandIdentifier':'<id>:0:%d','CommandStatus':'Succeeded'}", event);
    const Step report = { 1, NULL, "PutHostCommandComplete", input, "{}" };
    harness_step (harness, &report);
  }
  g_autoptr (json_t) first = document_of (harness, "id");
  g_assert_null (json_object_get (first, "ReuseArchiveFromDeploymentId"));
  for (gsize i = 0; i < G_N_ELEMENTS (restart); i++)
    harness_step (harness, &restart[i]);
  g_autoptr (json_t) document = document_of (harness, "again");
  g_assert_cmpstr (json_string_value (json_object_get (document, "ReuseArchiveFromDeploymentId")),
                   ==, g_hash_table_lookup (harness->caught, "id"));
  g_assert_cmpstr (json_string_value (json_object_get (document, "DeploymentType")), ==,
                   "IN_PLACE");
  const json_t *s3 = json_object_get (json_object_get (document, "Revision"), "S3Revision");
  g_assert_cmpstr (json_string_value (json_object_get (s3, "Key")), ==, "k");
}

typedef struct {
  Harness *harness;
  SpecificationCache *cache;
  SpecSigner *signer;
  char *envelope;
} Fetch;

static gboolean
fetch_work (StoreTx *tx, gpointer data, GError **error)
{
  Fetch *fetch = data;
  g_autoptr (Arena) arena = arena_new ();
  const char *id = g_hash_table_lookup (fetch->harness->caught, "id");
  fetch->envelope =
      g_strdup (specification_get (fetch->cache, fetch->signer, tx, id, arena, error));
  return fetch->envelope != NULL;
}

static char *
fetched (Fetch *fetch)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (fetch->harness->store, STORE_READ, fetch_work, fetch, &error));
  g_assert_no_error (error);
  return g_steal_pointer (&fetch->envelope);
}

/* A token is replaced because the old one is worth nothing any more: no host may get that one from memory, whoever has
 * replaced it and when. So the tokens change here behind this cache's back. */
static void
a_token_that_changed_is_signed_anew (void)
{
  static const Step link = { 1, NULL, "PutGitHubAccountToken",
                             "{'tokenName':'octo','token':'ghp_old','applicationName':'a'}", "{}" };
  static const Step deploy = REVISION (GITHUB);
  static const Step changes[] = {
    { 1, NULL, "PutGitHubAccountToken", "{'tokenName':'octo','token':'ghp_new'}", "{}" },
    { 1, NULL, "LinkApplicationToGitHub", "{'applicationName':'a'}", "" },
    { 1, NULL, "LinkApplicationToGitHub", "{'applicationName':'a','tokenName':'octo'}", "" },
    { 1, NULL, "DeleteGitHubAccountToken", "{'tokenName':'octo'}", "{}" },
  };
  static const char *const names[] = { "localhost", NULL };
  g_autoptr (Harness) harness = harness_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Pki) pki = pki_make (names, ambient_system (), &error);
  g_assert_no_error (error);
  g_autoptr (SpecSigner) signer = spec_signer_new (pki->ca_cert_pem, pki->ca_key_pem, &error);
  g_assert_no_error (error);
  g_autoptr (SpecificationCache) cache = specification_cache_new (1, &harness->env.github);
  Fetch fetch = { .harness = harness, .cache = cache, .signer = signer };
  begin (harness);
  harness_step (harness, &link);
  harness_step (harness, &deploy);
  g_autofree char *last = fetched (&fetch);
  g_autoptr (Arena) arena = arena_new ();
  g_assert_null (specification_peek (cache, g_hash_table_lookup (harness->caught, "id"), arena));
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autofree char *same = fetched (&fetch);
    g_assert_cmpstr (same, ==, last);
    harness_step (harness, &changes[i]);
    g_autofree char *anew = fetched (&fetch);
    g_assert_true (strcmp (anew, last) != 0);
    g_free (last);
    last = g_steal_pointer (&anew);
  }
}

static void
what_was_signed_is_there_without_the_store (void)
{
  static const Step deploy = REVISION (S3);
  static const char *const names[] = { "localhost", NULL };
  g_autoptr (Harness) harness = harness_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (Pki) pki = pki_make (names, ambient_system (), &error);
  g_assert_no_error (error);
  g_autoptr (SpecSigner) signer = spec_signer_new (pki->ca_cert_pem, pki->ca_key_pem, &error);
  g_assert_no_error (error);
  g_autoptr (SpecificationCache) cache = specification_cache_new (1, &harness->env.github);
  Fetch fetch = { .harness = harness, .cache = cache, .signer = signer };
  begin (harness);
  harness_step (harness, &deploy);
  const char *id = g_hash_table_lookup (harness->caught, "id");
  g_assert_null (specification_peek (cache, id, arena));
  g_autofree char *first = fetched (&fetch);
  g_autofree char *second = fetched (&fetch);
  g_assert_cmpstr (first, ==, second);
  g_assert_cmpstr (specification_peek (cache, id, arena), ==, first);
  g_assert_null (specification_peek (cache, "d-ABCDEFGHI", arena));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/specification/a-github-revision-comes-with-the-token",
                   a_github_revision_comes_with_the_token);
  g_test_add_func ("/specification/without-a-link-there-is-no-token",
                   without_a_link_there_is_no_token);
  g_test_add_func ("/specification/another-revision-comes-without-the-token",
                   another_revision_comes_without_the_token);
  g_test_add_func ("/specification/a-restart-names-the-archive-that-is-there",
                   a_restart_names_the_archive_that_is_there);
  g_test_add_func ("/specification/a-token-that-changed-is-signed-anew",
                   a_token_that_changed_is_signed_anew);
  g_test_add_func ("/specification/what-was-signed-is-there-without-the-store",
                   what_was_signed_is_there_without_the_store);
  return g_test_run ();
}
