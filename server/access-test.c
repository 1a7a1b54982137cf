#include "server/access.h"

#include <string.h>

#include "proto/api-error.h"
#include "proto/policy-document.h"
#include "server/authorize.h"
#include "server/caller-context.h"

/* Single questions, with callers made by hand; what operations ask is in authorize-test.c. */

#define ANN "arn:aws:iam::123456789012:user/ann"

static const ArnScope scope = { "aws", "eu-west-3", "123456789012" };
static const Principal administrator = { .arn = "arn:aws:iam::123456789012:user/admin",
                                         .kind = PRINCIPAL_ADMINISTRATOR,
                                         .path = "/",
                                         .name = "admin" };

static const Policy *
read_policy (Arena *arena, const char *document, PolicyDocumentKind kind)
{
  g_autoptr (GError) error = NULL;
  const Policy *policy =
      policy_document_parse (document, strlen (document), kind, G_MAXSIZE, arena, &error);
  g_assert_no_error (error);
  return policy;
}

/* A session's policy limits even an administrator. */
static void
limited_session_of_an_administrator (void)
{
  static const char document[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                                 "\"Action\":\"codedeploy:List*\",\"Resource\":\"*\"}}";
  static const char *const resource[] = { "*" };
  static const Policy *const all[] = { &policy_of_administrators };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const Policy *session = read_policy (arena, document, POLICY_DOCUMENT_IDENTITY);
  Identity identity = { .principal = &administrator, .user_id = "AIDA1", .policies = { 1, all } };
  const Caller caller = { .principal = &administrator, .identity = &identity };
  AccessQuestion question = { .caller = &caller,
                              .scope = &scope,
                              .action = "codedeploy:GetApplication",
                              .n_resources = 1,
                              .resources = resource,
                              .arena = arena };
  g_assert_true (access_is_unlimited (&caller));
  g_assert_true (access_check (&question, &error));
  identity.session_policies = (PolicyList){ 1, &session };
  g_assert_false (access_is_unlimited (&caller));
  g_assert_false (access_check (&question, &error));
  g_assert_nonnull (strstr (error->message, "because no session policy allows"));
  question.action = "codedeploy:ListApplications";
  g_assert_true (access_check (&question, NULL));
}

static const char *
fact_of (gint64 issue_ms, const char *key, Arena *arena)
{
  const Identity identity = { .principal = &administrator,
                              .user_id = "AIDA1",
                              .issue_ms = issue_ms };
  const Caller caller = { .principal = &administrator, .identity = &identity };
  PolicyContext *context = policy_context_new (arena);
  gsize n = 0;
  caller_context_fill (context, &caller, "123456789012", 1700000000123, arena);
  const char *const *values = policy_context_values (context, key, &n);
  return n == 1 ? values[0] : NULL;
}

static void
temporary_keys_have_facts_of_their_own (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_null (fact_of (0, "aws:TokenIssueTime", arena));
  g_assert_null (fact_of (0, "aws:MultiFactorAuthPresent", arena));
  g_assert_cmpstr (fact_of (1700000000000, "aws:TokenIssueTime", arena), ==,
                   "2023-11-14T22:13:20.000Z");
  g_assert_cmpstr (fact_of (1700000000000, "aws:MultiFactorAuthPresent", arena), ==, "false");
}

/* ---- objects ---- */

#define READ_POLICY                                                                                \
  "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"%s\",\"Principal\":\"*\","              \
  "\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::b\",\"arn:aws:s3:::b/*\"]}}"

typedef struct {
  PrincipalKind kind;
  const char *own;    /* statement of its policy; NULL: none */
  const char *bucket; /* effect of the bucket's policy; NULL: none */
  const char *action;
  const char *key;
  gboolean allowed;
} ObjectCase;

static void
objects_are_guarded (void)
{
  static const char own[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                            "\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/ann/*\"}}";
  static const ObjectCase cases[] = {
    { PRINCIPAL_ADMINISTRATOR, NULL, NULL, "s3:DeleteBucket", NULL, TRUE },
    { PRINCIPAL_ADMINISTRATOR, NULL, "Deny", "s3:DeleteBucketPolicy", NULL, TRUE },
    { PRINCIPAL_HOST, NULL, NULL, "s3:GetObject", "k", TRUE },
    { PRINCIPAL_HOST, NULL, NULL, "s3:GetObjectVersion", "k", TRUE },
    { PRINCIPAL_HOST, NULL, NULL, "s3:PutObject", "k", FALSE },
    { PRINCIPAL_HOST, NULL, NULL, "s3:GetBucketPolicy", NULL, FALSE },
    { PRINCIPAL_HOST, NULL, NULL, "s3:ListBucket", NULL, FALSE },
    { PRINCIPAL_HOST, NULL, "Deny", "s3:GetObject", "k", FALSE },
    { PRINCIPAL_USER, NULL, NULL, "s3:GetObject", "k", FALSE },
    { PRINCIPAL_USER, own, NULL, "s3:GetObject", "ann/k", TRUE },
    { PRINCIPAL_USER, own, NULL, "s3:GetObject", "bob/k", FALSE },
    { PRINCIPAL_USER, own, NULL, "s3:PutObject", "ann/k", FALSE },
    { PRINCIPAL_USER, NULL, "Allow", "s3:PutObject", "k", TRUE },
    { PRINCIPAL_USER, NULL, "Allow", "s3:ListBucket", NULL, TRUE },
    { PRINCIPAL_USER, NULL, "Allow", "s3:ListAllMyBuckets", "-", FALSE },
    { PRINCIPAL_USER, own, "Deny", "s3:GetObject", "ann/k", FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const ObjectCase *c = &cases[i];
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    const Principal principal = { .arn = ANN, .kind = c->kind, .path = "/", .name = "ann" };
    const Policy *policy =
        c->own == NULL ? NULL : read_policy (arena, c->own, POLICY_DOCUMENT_IDENTITY);
    const Identity identity = { .principal = &principal,
                                .user_id = "AIDA1",
                                .policies = { policy == NULL ? 0 : 1, &policy } };
    const Caller caller = {
      .principal = &principal, .identity = &identity, .source_ip = "192.0.2.1", .user_agent = ""
    };
    g_autofree char *document = g_strdup_printf (READ_POLICY, c->bucket);
    const ObjectDeed deed = {
      .caller = &caller,
      .scope = &scope,
      .action = c->action,
      .bucket = g_strcmp0 (c->key, "-") == 0 ? NULL : "b",
      .key = g_strcmp0 (c->key, "-") == 0 ? NULL : c->key,
      .bucket_policy =
          c->bucket == NULL ? NULL : read_policy (arena, document, POLICY_DOCUMENT_RESOURCE),
      .facts = authorize_object_context (&caller, &scope, 1700000000123, arena),
      .arena = arena,
    };
    if (authorize_object (&deed, &error) != c->allowed)
      g_error ("case %" G_GSIZE_FORMAT ": %s", i, error == NULL ? "allowed" : error->message);
    if (!c->allowed)
      g_assert_cmpint (api_error_code (error), ==, API_ERR_ACCESS_DENIED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/access/limited-session-of-an-administrator",
                   limited_session_of_an_administrator);
  g_test_add_func ("/access/temporary-keys-have-facts-of-their-own",
                   temporary_keys_have_facts_of_their_own);
  g_test_add_func ("/access/objects-are-guarded", objects_are_guarded);
  return g_test_run ();
}
