#include "proto/policy-document.h"

#include <string.h>

#include "proto/json-doc.h"

/* Most of what the policy language says stands in tests/golden/policy, a case a line. */

#define USER       "arn:aws:iam::123456789012:user/ann"
#define ACCOUNT    "123456789012"
#define CODEDEPLOY "arn:aws:codedeploy:eu-west-3:123456789012:"

static char **
read_golden (const char *name)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "tests", "golden", "policy", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strsplit (text, "\n", -1);
}

/* Calls check for each line that is not empty or a remark. */
static void
each_line (const char *name, guint n_columns, void (*check) (char **columns))
{
  g_auto (GStrv) lines = read_golden (name);
  guint n = 0;
  for (char **line = lines; *line != NULL; line++) {
    if (**line == '#' || **line == '\0')
      continue;
    g_auto (GStrv) columns = g_strsplit (*line, "\t", -1);
    if (g_strv_length (columns) != n_columns)
      g_error ("%s: not %u columns: %s", name, n_columns, *line);
    check (columns);
    n++;
  }
  g_assert_cmpuint (n, >, 20);
}

static const Policy *
parse (const char *document, PolicyDocumentKind kind, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const Policy *policy = policy_document_parse (document, strlen (document), kind,
                                                POLICY_DOCUMENT_BUCKET_MAX, arena, &error);
  if (policy == NULL)
    g_error ("%s\n  %s", document, error->message);
  return policy;
}

/* ---- conditions.tsv ---- */

static void
add_values (PolicyContext *context, const char *key, const char *json, Arena *arena)
{
  if (strcmp (json, "-") == 0)
    return;
  g_autoptr (json_t) values = json_doc_parse (json, strlen (json), NULL, NULL);
  g_assert_nonnull (values);
  for (size_t i = 0; i < json_array_size (values); i++)
    policy_context_add (context, key,
                        arena_strdup (arena, json_string_value (json_array_get (values, i))));
}

static void
check_condition_with (char **columns, const char *effect, PolicyDecision when_it_holds,
                      const char *expected)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *document =
      arena_printf (arena,
                    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"%s\",\"Action\":\"*\","
                    "\"Resource\":\"*\",\"Condition\":{\"%s\":{\"x:key\":%s}}}}",
                    effect, columns[0], columns[1]);
  const Policy *policy = parse (document, POLICY_DOCUMENT_IDENTITY, arena);
  PolicyContext *context = policy_context_new (arena);
  policy_context_add (context, "aws:username", "ann");
  policy_context_add (context, "aws:userid", "AIDA1");
  policy_context_add (context, "x:star", "*");
  policy_context_add (context, "x:two", "a");
  policy_context_add (context, "x:two", "b");
  add_values (context, "X:Key", columns[2], arena);
  static const char *const resources[] = { "*" };
  const PolicyRequest request = {
    .action = "x:Do", .n_resources = 1, .resources = resources, .context = context
  };
  gboolean holds = policy_evaluate (&policy, 1, &request) == when_it_holds;
  if (holds != (strcmp (expected, "yes") == 0))
    g_error ("%s %s with %s in a statement of effect %s: expected %s", columns[0], columns[1],
             columns[2], effect, expected);
}

static void
check_condition (char **columns)
{
  check_condition_with (columns, "Allow", POLICY_ALLOWED, columns[3]);
  check_condition_with (columns, "Deny", POLICY_DENIED, columns[4]);
}

static void
test_conditions (void)
{
  each_line ("conditions.tsv", 5, check_condition);
}

/* ---- decisions.tsv ---- */

static const char *
decision_text (PolicyDecision decision)
{
  switch (decision) {
  case POLICY_NOT_ALLOWED:
    return "not-allowed";
  case POLICY_DELEGATED:
    return "delegated";
  case POLICY_ALLOWED:
    return "allowed";
  case POLICY_DENIED:
    return "denied";
  }
  return NULL;
}

static void
add_facts (PolicyContext *context, const char *text, Arena *arena)
{
  g_auto (GStrv) facts = g_strsplit (text, "&", -1);
  for (char **fact = facts; strcmp (text, "-") != 0 && *fact != NULL; fact++) {
    char *value = strchr (*fact, '=');
    g_assert_nonnull (value);
    *value = '\0';
    policy_context_add (context, arena_strdup (arena, *fact), arena_strdup (arena, value + 1));
  }
}

static void
check_decision (char **columns)
{
  g_autoptr (Arena) arena = arena_new ();
  const Policy *policy = parse (columns[5], POLICY_DOCUMENT_IDENTITY, arena);
  PolicyContext *context = policy_context_new (arena);
  policy_context_add (context, "aws:username", "ann");
  add_facts (context, columns[4], arena);
  g_auto (GStrv) resources = g_strsplit (columns[3], " ", -1);
  const PolicyRequest request = { .action = columns[2],
                                  .n_resources = g_strv_length (resources),
                                  .resources = (const char *const *)resources,
                                  .caller = { .arn = USER, .account_id = ACCOUNT },
                                  .context = context };
  const char *decision = decision_text (policy_evaluate (&policy, 1, &request));
  if (strcmp (decision, columns[1]) != 0)
    g_error ("%s: %s, not %s", columns[0], decision, columns[1]);
}

static void
test_decisions (void)
{
  each_line ("decisions.tsv", 6, check_decision);
}

/* ---- refused.tsv ---- */

static PolicyDocumentKind
kind_of (const char *text)
{
  return strcmp (text, "identity") == 0 ? POLICY_DOCUMENT_IDENTITY
         : strcmp (text, "trust") == 0  ? POLICY_DOCUMENT_TRUST
                                        : POLICY_DOCUMENT_RESOURCE;
}

static void
check_refusal (char **columns)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const Policy *policy = policy_document_parse (columns[2], strlen (columns[2]),
                                                kind_of (columns[0]), 4096, arena, &error);
  if (policy != NULL)
    g_error ("this was taken: %s", columns[2]);
  g_assert_error (error, POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_MALFORMED);
  if (strstr (error->message, columns[1]) == NULL)
    g_error ("%s\n  says: %s\n  not: %s", columns[2], error->message, columns[1]);
}

static void
test_refusals (void)
{
  each_line ("refused.tsv", 3, check_refusal);
}

/* ---- the manual ---- */

/* What the examples of docs/identity.md do, in their order there. */
static const struct {
  guint example;
  const char *action;
  const char *resource;
  const char *facts;
  PolicyDecision decision;
} promises[] = {
  { 0, "codedeploy:CreateDeployment", CODEDEPLOY "deploymentgroup:shop/web", "-", POLICY_ALLOWED },
  { 0, "codedeploy:GetDeployment", CODEDEPLOY "deploymentgroup:shop/web", "-", POLICY_ALLOWED },
  { 0, "codedeploy:ListDeploymentTargets", CODEDEPLOY "deploymentgroup:shop/web", "-",
    POLICY_ALLOWED },
  { 0, "codedeploy:GetDeploymentConfig", CODEDEPLOY "deploymentconfig:x", "-", POLICY_ALLOWED },
  { 0, "codedeploy:RegisterApplicationRevision", CODEDEPLOY "application:shop", "-",
    POLICY_ALLOWED },
  { 0, "s3:PutObject", "arn:aws:s3:::slipway/shop/1.zip", "-", POLICY_ALLOWED },
  { 0, "s3:PutObject", "arn:aws:s3:::slipway/bank/1.zip", "-", POLICY_NOT_ALLOWED },
  { 0, "codedeploy:CreateDeployment", CODEDEPLOY "deploymentgroup:bank/web", "-",
    POLICY_NOT_ALLOWED },
  { 0, "codedeploy:DeleteDeploymentGroup", CODEDEPLOY "deploymentgroup:shop/web", "-",
    POLICY_NOT_ALLOWED },
  { 1, "codedeploy:GetApplication", CODEDEPLOY "application:shop", "-", POLICY_ALLOWED },
  { 1, "cloudtrail:LookupEvents", "*", "-", POLICY_ALLOWED },
  { 1, "codedeploy:DeleteApplication", CODEDEPLOY "application:shop", "-", POLICY_NOT_ALLOWED },
  { 1, "iam:CreateUser", "*", "-", POLICY_NOT_ALLOWED },
  { 2, "codedeploy:DeleteApplication", CODEDEPLOY "application:shop",
    "aws:PrincipalTag/team=a&aws:ResourceTag/team=a", POLICY_ALLOWED },
  { 2, "codedeploy:DeleteApplication", CODEDEPLOY "application:shop",
    "aws:PrincipalTag/team=a&aws:ResourceTag/team=b", POLICY_NOT_ALLOWED },
  { 2, "codedeploy:DeleteApplication", CODEDEPLOY "application:shop", "-", POLICY_NOT_ALLOWED },
  { 2, "codedeploy:CreateApplication", CODEDEPLOY "application:new",
    "aws:PrincipalTag/team=a&aws:RequestTag/team=a", POLICY_ALLOWED },
  { 2, "codedeploy:CreateApplication", CODEDEPLOY "application:new",
    "aws:PrincipalTag/team=a&aws:RequestTag/team=b", POLICY_NOT_ALLOWED },
  { 3, "s3:GetObject", "arn:aws:s3:::slipway/bank/1.zip", "-", POLICY_DENIED },
  { 3, "s3:GetObject", "arn:aws:s3:::slipway/shop/1.zip", "-", POLICY_NOT_ALLOWED },
};

static void
test_examples_of_the_manual (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "docs", "identity.md", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Arena) arena = arena_new ();
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) parts = g_strsplit (text, "```json\n", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 1 + 4);
  for (char **part = parts + 1; *part != NULL; part++)
    *strstr (*part, "```") = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (promises); i++) {
    const Policy *policy = parse (parts[1 + promises[i].example], POLICY_DOCUMENT_IDENTITY, arena);
    PolicyContext *context = policy_context_new (arena);
    add_facts (context, promises[i].facts, arena);
    const PolicyRequest request = { .action = promises[i].action,
                                    .n_resources = 1,
                                    .resources = &promises[i].resource,
                                    .context = context };
    const char *decision = decision_text (policy_evaluate (&policy, 1, &request));
    if (strcmp (decision, decision_text (promises[i].decision)) != 0)
      g_error ("example %u: %s on %s is %s", promises[i].example, promises[i].action,
               promises[i].resource, decision);
  }
}

/* ---- the rest ---- */

#define ALL "\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/*\""

static void
test_size_counts_no_white_space (void)
{
  static const char document[] = "{\"Statement\" : \n\t{" ALL "} }";
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gsize size = strlen (document) - 5;
  g_assert_cmpuint (policy_document_size (document, strlen (document)), ==, size);
  g_assert_cmpuint (policy_document_size ("\xc3\xa9x", 3), ==, 2);
  g_assert_nonnull (policy_document_parse (document, strlen (document), POLICY_DOCUMENT_IDENTITY,
                                           size, arena, &error));
  g_assert_no_error (error);
  g_assert_null (policy_document_parse (document, strlen (document), POLICY_DOCUMENT_IDENTITY,
                                        size - 1, arena, &error));
  g_assert_error (error, POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_TOO_LARGE);
}

static void
test_white_space_does_not_hide_size (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *document = g_strnfill (200000, ' ');
  g_assert_null (
      policy_document_parse (document, 200000, POLICY_DOCUMENT_IDENTITY, 2048, arena, &error));
  g_assert_error (error, POLICY_DOCUMENT_ERROR, POLICY_DOCUMENT_ERROR_MALFORMED);
}

static void
test_statement_is_what_was_written (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const Policy *policy =
      parse ("{\"Version\":\"2012-10-17\",\"Id\":\"x\",\"Statement\":[{\"Sid\":\"a b\"," ALL
             ",\"Principal\":{\"AWS\":[\"" ACCOUNT "\",\"" USER
             "\"],\"Service\":\"codedeploy.amazonaws.com\",\"CanonicalUser\":\"79a5\"},"
             "\"Condition\":{\"StringLike\":{\"s3:prefix\":[\"a\",\"b\"]}}}]}",
             POLICY_DOCUMENT_RESOURCE, arena);
  g_assert_cmpuint (policy->n, ==, 1);
  const PolicyStatement *statement = policy->statements;
  g_assert_cmpstr (statement->sid, ==, "a b");
  g_assert_cmpint (statement->effect, ==, POLICY_ALLOW);
  g_assert_cmpuint (statement->principals.n, ==, 4);
  g_assert_cmpint (statement->principals.items[0].kind, ==, POLICY_PRINCIPAL_ACCOUNT);
  g_assert_cmpstr (statement->principals.items[1].name, ==, USER);
  g_assert_cmpuint (statement->n_conditions, ==, 1);
  g_assert_cmpuint (statement->conditions[0].n, ==, 2);
  g_assert_true (policy_is_within (policy, "arn:aws:s3:::b"));
  g_assert_false (policy_is_within (policy, "arn:aws:s3:::bb"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-document/conditions", test_conditions);
  g_test_add_func ("/policy-document/decisions", test_decisions);
  g_test_add_func ("/policy-document/refusals", test_refusals);
  g_test_add_func ("/policy-document/examples-of-the-manual", test_examples_of_the_manual);
  g_test_add_func ("/policy-document/size-counts-no-white-space", test_size_counts_no_white_space);
  g_test_add_func ("/policy-document/white-space-does-not-hide-size",
                   test_white_space_does_not_hide_size);
  g_test_add_func ("/policy-document/statement-is-what-was-written",
                   test_statement_is_what_was_written);
  return g_test_run ();
}
