#include "core/policy.h"

/* How policies of several origins go together; what a single one says is in tests/golden/policy. */

#define ACCOUNT "123456789012"
#define USER    "arn:aws:iam::123456789012:user/ann"
#define ROLE    "arn:aws:iam::123456789012:role/deployer"
#define SESSION "arn:aws:sts::123456789012:assumed-role/deployer/ann"

/* One statement over all actions and resources. */
typedef struct {
  PolicyPrincipal principal;
  PolicyStatement statement;
  Policy policy;
} Sample;

static const Policy *
sample (Arena *arena, PolicyEffect effect, const char *principal)
{
  g_autoptr (GError) error = NULL;
  Sample *out = arena_new0 (arena, Sample);
  out->statement = policy_of_administrators.statements[0];
  out->statement.effect = effect;
  if (principal != NULL) {
    g_assert_true (policy_principal_init (&out->principal, "AWS", principal, arena, &error));
    out->statement.principals =
        (PolicyPrincipals){ .given = TRUE, .n = 1, .items = &out->principal };
  }
  out->policy = (Policy){ 1, &out->statement };
  return &out->policy;
}

/* A letter a policy: A allows, D denies, - is none. */
typedef struct {
  char identity;
  char session;
  char resource;
  const char *principal; /* of the resource's */
  PolicyResourceRule rule;
  const char *expected;
} Case;

static const Policy *
policy_for (Arena *arena, char letter, const char *principal)
{
  return letter == '-' ? NULL
                       : sample (arena, letter == 'A' ? POLICY_ALLOW : POLICY_DENY, principal);
}

static const char *
verdict_text (const PolicyVerdict *verdict)
{
  static const char *const texts[2][3] = { { "no: identity", "no: session", "no: resource" },
                                           { "denied: identity", "denied: session",
                                             "denied: resource" } };
  return verdict->allowed ? "yes" : texts[verdict->explicit_deny ? 1 : 0][verdict->by];
}

static void
check_case (const Case *c, const PolicyCaller *caller)
{
  g_autoptr (Arena) arena = arena_new ();
  const Policy *identity = policy_for (arena, c->identity, NULL);
  /* A session's policy that allows nothing at all. */
  static const Policy nothing = { 0, NULL };
  const Policy *session = c->session == 'N' ? &nothing : policy_for (arena, c->session, NULL);
  const char *const resources[] = { "*" };
  const PolicySources sources = { .identity = { identity != NULL ? 1 : 0, &identity },
                                  .session = { session != NULL ? 1 : 0, &session },
                                  .resource = policy_for (arena, c->resource, c->principal),
                                  .resource_rule = c->rule };
  const PolicyRequest request = {
    .action = "s3:GetObject", .n_resources = 1, .resources = resources, .caller = *caller
  };
  PolicyVerdict verdict = policy_decide (&sources, &request);
  if (!g_str_equal (verdict_text (&verdict), c->expected))
    g_error ("%s: identity %c, session %c, resource %c for %s: %s, not %s",
             caller->arn == NULL ? "anonymous" : caller->arn, c->identity, c->session, c->resource,
             c->principal == NULL ? "nobody" : c->principal, verdict_text (&verdict), c->expected);
}

#define MAY  POLICY_RESOURCE_MAY_ALLOW
#define MUST POLICY_RESOURCE_MUST_ALLOW

static void
test_user (void)
{
  static const Case cases[] = {
    { '-', '-', '-', NULL, MAY, "no: identity" },
    { 'A', '-', '-', NULL, MAY, "yes" },
    { 'D', '-', '-', NULL, MAY, "denied: identity" },
    { '-', '-', 'A', USER, MAY, "yes" },
    { '-', '-', 'A', "*", MAY, "yes" },
    { '-', '-', 'A', ACCOUNT, MAY, "no: identity" },
    { 'A', '-', 'A', ACCOUNT, MAY, "yes" },
    { '-', '-', 'A', "arn:aws:iam::123456789012:user/bob", MAY, "no: identity" },
    { '-', '-', 'A', "210987654321", MAY, "no: identity" },
    { 'D', '-', 'A', USER, MAY, "denied: identity" },
    { 'A', '-', 'D', USER, MAY, "denied: resource" },
    { 'A', '-', 'D', "arn:aws:iam::123456789012:root", MAY, "denied: resource" },
    { 'A', '-', 'D', "arn:aws:iam::123456789012:user/bob", MAY, "yes" },
    /* A role's trust policy has to agree in any case. */
    { 'A', '-', '-', NULL, MUST, "no: resource" },
    { 'A', '-', 'A', "210987654321", MUST, "no: resource" },
    { 'A', '-', 'A', ACCOUNT, MUST, "yes" },
    { '-', '-', 'A', ACCOUNT, MUST, "no: identity" },
    { '-', '-', 'A', USER, MUST, "yes" },
    { 'D', '-', 'A', USER, MUST, "denied: identity" },
  };
  static const PolicyCaller user = { .arn = USER, .account_id = ACCOUNT };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], &user);
}

static void
test_session (void)
{
  static const Case cases[] = {
    { 'A', '-', '-', NULL, MAY, "yes" },
    { 'A', 'A', '-', NULL, MAY, "yes" },
    { 'A', 'N', '-', NULL, MAY, "no: session" },
    { '-', 'A', '-', NULL, MAY, "no: identity" },
    { 'A', 'D', '-', NULL, MAY, "denied: session" },
    /* Who names the role, or anyone, is limited by the session's policy, who names the session is not. */
    { '-', 'N', 'A', ROLE, MAY, "no: session" },
    { '-', 'A', 'A', ROLE, MAY, "yes" },
    { '-', 'N', 'A', SESSION, MAY, "yes" },
    { '-', 'D', 'A', SESSION, MAY, "denied: session" },
    { '-', 'N', 'A', "*", MAY, "no: session" },
    { '-', 'N', 'A', "*", MUST, "no: session" },
    { '-', 'A', 'A', "*", MUST, "yes" },
    { 'A', 'N', 'A', ACCOUNT, MAY, "no: session" },
  };
  static const PolicyCaller session = { .arn = SESSION, .role_arn = ROLE, .account_id = ACCOUNT };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], &session);
}

static void
test_anonymous_caller (void)
{
  static const Case cases[] = {
    { '-', '-', 'A', "*", MAY, "yes" },
    { '-', '-', 'A', ACCOUNT, MAY, "no: identity" },
    { '-', '-', 'A', USER, MAY, "no: identity" },
    { '-', '-', 'D', "*", MAY, "denied: resource" },
  };
  static const PolicyCaller nobody = { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], &nobody);
}

static PolicyDecision
evaluate_one (const Policy *policy, const PolicyCaller *caller)
{
  const char *const resources[] = { "*" };
  const PolicyRequest request = {
    .action = "sts:AssumeRole", .n_resources = 1, .resources = resources, .caller = *caller
  };
  return policy_evaluate (&policy, 1, &request);
}

static void
test_account_is_a_delegation (void)
{
  g_autoptr (Arena) arena = arena_new ();
  static const PolicyCaller user = { .arn = USER, .account_id = ACCOUNT };
  g_assert_cmpint (evaluate_one (sample (arena, POLICY_ALLOW, ACCOUNT), &user), ==,
                   POLICY_DELEGATED);
  g_assert_cmpint (evaluate_one (sample (arena, POLICY_ALLOW, USER), &user), ==, POLICY_ALLOWED);
  g_assert_cmpint (evaluate_one (sample (arena, POLICY_DENY, ACCOUNT), &user), ==, POLICY_DENIED);
}

static void
test_not_principal_denies_all_others (void)
{
  g_autoptr (Arena) arena = arena_new ();
  static const PolicyCaller ann = { .arn = USER, .account_id = ACCOUNT };
  static const PolicyCaller bob = { .arn = "arn:aws:iam::123456789012:user/bob",
                                    .account_id = ACCOUNT };
  Sample *but_ann = (Sample *)arena_memdup (arena, &(Sample){ 0 }, sizeof (Sample));
  g_assert_true (policy_principal_init (&but_ann->principal, "AWS", USER, arena, NULL));
  but_ann->statement = policy_of_administrators.statements[0];
  but_ann->statement.effect = POLICY_DENY;
  but_ann->statement.principals =
      (PolicyPrincipals){ .given = TRUE, .negated = TRUE, .n = 1, .items = &but_ann->principal };
  but_ann->policy = (Policy){ 1, &but_ann->statement };
  g_assert_cmpint (evaluate_one (&but_ann->policy, &ann), ==, POLICY_NOT_ALLOWED);
  g_assert_cmpint (evaluate_one (&but_ann->policy, &bob), ==, POLICY_DENIED);
}

static void
test_service_asks_for_itself (void)
{
  g_autoptr (Arena) arena = arena_new ();
  Sample *trust = (Sample *)arena_memdup (arena, &(Sample){ 0 }, sizeof (Sample));
  g_assert_true (policy_principal_init (&trust->principal, "Service", "codedeploy.amazonaws.com",
                                        arena, NULL));
  trust->statement = policy_of_administrators.statements[0];
  trust->statement.principals =
      (PolicyPrincipals){ .given = TRUE, .n = 1, .items = &trust->principal };
  trust->policy = (Policy){ 1, &trust->statement };
  static const PolicyCaller service = { .service = "codedeploy.amazonaws.com" };
  static const PolicyCaller other = { .service = "ecs.amazonaws.com" };
  static const PolicyCaller user = { .arn = USER, .account_id = ACCOUNT };
  g_assert_cmpint (evaluate_one (&trust->policy, &service), ==, POLICY_ALLOWED);
  g_assert_cmpint (evaluate_one (&trust->policy, &other), ==, POLICY_NOT_ALLOWED);
  g_assert_cmpint (evaluate_one (&trust->policy, &user), ==, POLICY_NOT_ALLOWED);
}

/* ---- what is looked at ---- */

static const Policy *
with_condition (Arena *arena, const char *key, const char *value)
{
  Sample *out = arena_new0 (arena, Sample);
  PolicyCondition *condition = arena_new0 (arena, PolicyCondition);
  const char *const values[] = { value };
  g_autoptr (GError) error = NULL;
  g_assert_true (policy_condition_init (condition, "StringEquals", key, values, 1,
                                        POLICY_PATTERN_VARIABLES, arena, &error));
  out->statement = policy_of_administrators.statements[0];
  out->statement.n_conditions = 1;
  out->statement.conditions = condition;
  out->policy = (Policy){ 1, &out->statement };
  return &out->policy;
}

static gboolean
mentions (const Policy *policy, const char *prefix)
{
  return policy_mentions (&policy, 1, prefix);
}

static void
test_mentioned_keys_are_found (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_assert_true (
      mentions (with_condition (arena, "aws:resourcetag/team", "a"), "aws:ResourceTag/"));
  g_assert_false (
      mentions (with_condition (arena, "aws:RequestTag/team", "a"), "aws:ResourceTag/"));
  g_assert_true (
      mentions (with_condition (arena, "aws:a", "x${aws:ResourceTag/t}"), "aws:ResourceTag/"));
  g_assert_false (mentions (&policy_of_administrators, "aws:ResourceTag/"));

  PolicyPattern resource;
  g_assert_true (policy_resource_init (&resource, "arn:aws:s3:::b/${aws:ResourceTag/t}",
                                       POLICY_PATTERN_VARIABLES, arena, NULL));
  PolicyStatement statement = { .sid = "",
                                .resources = { .given = TRUE, .n = 1, .items = &resource } };
  const Policy policy = { 1, &statement };
  g_assert_true (mentions (&policy, "aws:ResourceTag/"));
}

static void
test_resources_within_another (void)
{
  static const struct {
    const char *resource;
    gboolean within;
  } cases[] = {
    { "arn:aws:s3:::b", TRUE },
    { "arn:aws:s3:::b/*", TRUE },
    { "arn:aws:s3:::b/${a:b}", TRUE },
    { "arn:aws:s3:::b${a:b}", FALSE },
    { "arn:aws:s3:::b*", FALSE },
    { "arn:aws:s3:::bb/x", FALSE },
    { "*", FALSE },
    { "arn:aws:s3:::*", FALSE },
  };
  g_autoptr (Arena) arena = arena_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    PolicyPattern resource;
    g_assert_true (
        policy_resource_init (&resource, cases[i].resource, POLICY_PATTERN_VARIABLES, arena, NULL));
    PolicyStatement statement = { .sid = "", .resources = { .n = 1, .items = &resource } };
    const Policy policy = { 1, &statement };
    g_assert_true (policy_is_within (&policy, "arn:aws:s3:::b") == cases[i].within);
  }
}

/* A pattern that makes careless matchers take for ever. */
static void
test_hostile_pattern_ends (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) pattern_text = g_string_new (NULL);
  g_autofree char *text = g_strnfill (2000, 'a');
  PolicyPattern pattern;
  for (int i = 0; i < 1000; i++)
    g_string_append (pattern_text, "*a");
  g_string_append (pattern_text, "*b");
  g_assert_true (
      policy_pattern_init (&pattern, pattern_text->str, POLICY_PATTERN_WILDCARDS, arena, NULL));
  g_assert_cmpint (policy_pattern_match (&pattern, NULL, text, POLICY_COMPARE_TEXT), ==,
                   POLICY_MATCH_NO);
}

/* A value with the bytes that mark wildcards inside is not one. */
static void
test_variables_value_is_no_wildcard (void)
{
  g_autoptr (Arena) arena = arena_new ();
  PolicyPattern pattern;
  PolicyContext *context = policy_context_new (arena);
  policy_context_add (context, "x:mark", "\001");
  g_assert_true (policy_pattern_init (
      &pattern, "${x:mark}", POLICY_PATTERN_WILDCARDS | POLICY_PATTERN_VARIABLES, arena, NULL));
  g_assert_cmpint (policy_pattern_match (&pattern, context, "anything", POLICY_COMPARE_TEXT), ==,
                   POLICY_MATCH_UNRESOLVED);
}

static void
test_context_keeps_many_values (void)
{
  g_autoptr (Arena) arena = arena_new ();
  PolicyContext *context = policy_context_new (arena);
  gsize n = 0;
  policy_context_add (context, "a:b", NULL);
  g_assert_null (policy_context_values (context, "a:b", &n));
  for (int i = 0; i < 50; i++)
    policy_context_add (context, i % 2 == 0 ? "a:b" : "A:B", arena_printf (arena, "%d", i));
  const char *const *values = policy_context_values (context, "a:B", &n);
  g_assert_cmpuint (n, ==, 50);
  g_assert_cmpstr (values[49], ==, "49");
}

/* A request without any permission may bring as many keys as fit into its body. Compared with one another they would take
 * minutes. */
static void
test_context_finds_among_many_keys (void)
{
  g_autoptr (Arena) arena = arena_new ();
  PolicyContext *context = policy_context_new (arena);
  const int n_keys = 100000;
  gsize n = 0;
  for (int i = 0; i < n_keys; i++)
    policy_context_add (context, arena_printf (arena, "aws:RequestTag/k%d", i),
                        arena_printf (arena, "%d", i));
  for (int i = 0; i < n_keys; i++) {
    const char *const *values =
        policy_context_values (context, arena_printf (arena, "AWS:requesttag/K%d", i), &n);
    g_assert_cmpuint (n, ==, 1);
    g_assert_cmpstr (values[0], ==, arena_printf (arena, "%d", i));
  }
  g_assert_null (policy_context_values (context, "aws:RequestTag/k", &n));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/user", test_user);
  g_test_add_func ("/policy/session", test_session);
  g_test_add_func ("/policy/anonymous-caller", test_anonymous_caller);
  g_test_add_func ("/policy/account-is-a-delegation", test_account_is_a_delegation);
  g_test_add_func ("/policy/not-principal-denies-all-others", test_not_principal_denies_all_others);
  g_test_add_func ("/policy/service-asks-for-itself", test_service_asks_for_itself);
  g_test_add_func ("/policy/mentioned-keys-are-found", test_mentioned_keys_are_found);
  g_test_add_func ("/policy/resources-within-another", test_resources_within_another);
  g_test_add_func ("/policy/hostile-pattern-ends", test_hostile_pattern_ends);
  g_test_add_func ("/policy/variables-value-is-no-wildcard", test_variables_value_is_no_wildcard);
  g_test_add_func ("/policy/context-keeps-many-values", test_context_keeps_many_values);
  g_test_add_func ("/policy/context-finds-among-many-keys", test_context_finds_among_many_keys);
  return g_test_run ();
}
