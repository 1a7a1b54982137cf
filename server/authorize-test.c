#include "server/authorize.h"

#include "server/actions/action-harness.h"
#include "server/actions/store-dump.h"
#include "server/permissions.h"
#include "store/records/iam-policy.h"

/* Whether what operations need is asked for: tests/golden/policy/operations.tsv has a line for each operation, and every line
 * is run without the permissions, with all of them, and without one of them. */

#define SCOPE "arn:aws:codedeploy:eu-west-3:123456789012:"
#define ANN   "arn:aws:iam::123456789012:user/ann"

/* ---- a store with something in it ---- */

typedef struct {
  const char *operation;
  const char *input;
  const char *catch_as; /* the member of the answer that is caught */
  const char *member;
} Seed;

#define ALL                                                                                        \
  "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","           \
  "\\\"Action\\\":\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}}"
#define TRUST                                                                                      \
  "{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\","           \
  "\\\"Action\\\":\\\"sts:AssumeRole\\\",\\\"Principal\\\":{\\\"AWS\\\":\\\"123456789012\\\"}}}"

static const Seed seeds[] = {
  { "CreateApplication", "{'applicationName':'shop','tags':[{'Key':'team','Value':'shop'}]}", NULL,
    NULL },
  { "CreateDeploymentConfig",
    "{'deploymentConfigName':'half','minimumHealthyHosts':{'type':'HOST_COUNT','value':0}}", NULL,
    NULL },
  { "RegisterOnPremisesInstance",
    "{'instanceName':'web1','iamUserArn':'arn:aws:iam::123456789012:user/web1'}", NULL, NULL },
  { "AddTagsToOnPremisesInstances",
    "{'instanceNames':['web1'],'tags':[{'Key':'role','Value':'web'}]}", NULL, NULL },
  { "CreateDeploymentGroup",
    "{'applicationName':'shop','deploymentGroupName':'web','deploymentConfigName':'half',"
    "'serviceRoleArn':'arn:aws:iam::123456789012:role/service',"
    "'onPremisesInstanceTagFilters':[{'Key':'role','Value':'web','Type':'KEY_AND_VALUE'}],"
    "'tags':[{'Key':'stage','Value':'prod'}]}",
    NULL, NULL },
  { "CreateDeployment",
    "{'applicationName':'shop','deploymentGroupName':'web','revision':{'revisionType':'S3',"
    "'s3Location':{'bucket':'bucket','key':'first','bundleType':'zip'}}}",
    "deployment", "deploymentId" },
  { "CreateUser", "{'UserName':'ann','Tags':[{'Key':'team','Value':'shop'}]}", NULL, NULL },
  { "CreateUser", "{'UserName':'bob','Path':'/people/','Tags':[{'Key':'team','Value':'shop'}]}",
    NULL, NULL },
  { "CreateAccessKey", "{'UserName':'bob'}", "key", "AccessKeyId" },
  { "PutUserPolicy", "{'UserName':'bob','PolicyName':'p','PolicyDocument':'" ALL "'}", NULL, NULL },
  { "CreateRole", "{'RoleName':'ops','AssumeRolePolicyDocument':'" TRUST "'}", NULL, NULL },
  { "PutRolePolicy", "{'RoleName':'ops','PolicyName':'p','PolicyDocument':'" ALL "'}", NULL, NULL },
};

/* ' for ", and what was caught. */
static char *
expand (Harness *harness, const char *text)
{
  g_autoptr (GString) out = g_string_new (text);
  GHashTableIter iter;
  gpointer name, value;
  g_string_replace (out, "'", "\"", 0);
  g_hash_table_iter_init (&iter, harness->caught);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    g_autofree char *mark = g_strdup_printf ("<%s>", (const char *)name);
    g_string_replace (out, mark, value, 0);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
catch_value (Harness *harness, const char *body, const char *member, const char *name)
{
  const char *at = strstr (body, member);
  g_assert_nonnull (at);
  const char *begin = at + strlen (member) + strlen ("\":\"");
  g_hash_table_insert (harness->caught, g_strdup (name), g_strndup (begin, strcspn (begin, "\"")));
}

static Harness *
seeded (void)
{
  Harness *harness = harness_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (seeds); i++) {
    g_autofree char *input = expand (harness, seeds[i].input);
    g_autofree char *exception = NULL;
    g_autofree char *body = harness_run (harness, seeds[i].operation, input, &exception);
    if (exception != NULL)
      g_error ("%s %s: %s", seeds[i].operation, input, body);
    if (seeds[i].catch_as != NULL)
      catch_value (harness, body, seeds[i].member, seeds[i].catch_as);
  }
  return harness;
}

static void
be_user (Harness *harness, const char *name)
{
  harness->principal.kind = PRINCIPAL_USER;
  harness->principal.name = name;
  g_autofree char *arn = g_strdup_printf ("arn:aws:iam::123456789012:user/%s", name);
  harness->principal.arn = g_intern_string (arn);
}

typedef struct {
  const char *owner;
  const char *name;
  const char *document; /* NULL: takes it away */
} PolicyChange;

static gboolean
change_policy_work (StoreTx *tx, gpointer data, GError **error)
{
  const PolicyChange *change = data;
  gboolean found;
  return change->document == NULL
             ? iam_policy_record_delete (tx, change->owner, change->name, &found, error)
             : iam_policy_record_put (tx, change->owner, change->name, change->document, error);
}

static void
put_policy (Harness *harness, const char *owner, const char *name, const char *document)
{
  PolicyChange change = { owner, name, document };
  g_autoptr (GError) error = NULL;
  gboolean ok = store_run (harness->store, STORE_WRITE, change_policy_work, &change, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
}

/* ---- one call ---- */

/* The exception's name, NULL for none; *out_body the answer. */
static char *
call (Harness *harness, const char *operation, const char *input, char **out_body)
{
  g_autofree char *expanded = expand (harness, input);
  char *exception = NULL;
  g_autofree char *body =
      harness_run_part (harness, HARNESS_WHOLE_CALL, operation, expanded, &exception);
  if (out_body != NULL)
    *out_body = g_steal_pointer (&body);
  return exception;
}

static gboolean
is_refused (Harness *harness, const char *operation, const char *input)
{
  g_autofree char *exception = call (harness, operation, input, NULL);
  return g_strcmp0 (exception, "AccessDeniedException") == 0;
}

/* ---- what operations need ---- */

/* A statement for "action@resource"; with a choice of actions the one of that number. */
static char *
statement_for (const char *need, guint choice)
{
  g_auto (GStrv) parts = g_strsplit (need, "@", 2);
  g_auto (GStrv) actions = g_strsplit (parts[0], "|", -1);
  gboolean whole = g_str_has_prefix (parts[1], "arn:") || strcmp (parts[1], "*") == 0;
  return g_strdup_printf ("{\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s%s\"}",
                          actions[MIN (choice, g_strv_length (actions) - 1)], whole ? "" : SCOPE,
                          parts[1]);
}

/* The policy of all needs but one (-1: of all). */
static char *
policy_for (char **needs, int without, guint choice)
{
  g_autoptr (GString) out = g_string_new ("{\"Version\":\"2012-10-17\",\"Statement\":["
                                          "{\"Effect\":\"Allow\",\"Action\":\"x:y\","
                                          "\"Resource\":\"*\"}");
  for (int i = 0; needs[i] != NULL; i++) {
    g_autofree char *statement = statement_for (needs[i], choice);
    if (i != without)
      g_string_append_printf (out, ",%s", statement);
  }
  g_string_append (out, "]}");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

typedef struct {
  const char *operation;
  const char *input;
  char **needs;
} Line;

static void
try_policy (Harness *harness, const Line *line, const char *policy, gboolean expect_refusal)
{
  put_policy (harness, ANN, "test", policy);
  g_autofree char *before = store_dump (harness->store);
  gboolean refused = is_refused (harness, line->operation, line->input);
  g_autofree char *after = store_dump (harness->store);
  if (refused != expect_refusal)
    g_error ("%s %s is %s with %s", line->operation, line->input, refused ? "refused" : "allowed",
             policy);
  if (refused && strcmp (before, after) != 0)
    g_error ("%s %s was refused and changed something", line->operation, line->input);
}

/* Those that are refused change nothing, so that one store does for all of them. */
static void
check_line_with (const Line *line, guint choice)
{
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "ann");
  for (int i = 0; line->needs[i] != NULL; i++) {
    g_autofree char *missing = policy_for (line->needs, i, choice);
    try_policy (harness, line, missing, TRUE);
  }
  g_autofree char *all = policy_for (line->needs, -1, choice);
  try_policy (harness, line, all, FALSE);
}

static void
check_line (const Line *line)
{
  g_autofree char *needs = g_strjoinv (" ", line->needs);
  check_line_with (line, 0);
  if (strchr (needs, '|') != NULL)
    check_line_with (line, 1);
}

static void
each_line (void (*check) (const Line *line, gpointer data), gpointer data)
{
  g_autofree char *path = g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "tests", "golden",
                                            "policy", "operations.tsv", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **at = lines; *at != NULL; at++) {
    if (**at == '#' || **at == '\0')
      continue;
    g_auto (GStrv) columns = g_strsplit (*at, "\t", -1);
    g_assert_cmpuint (g_strv_length (columns), ==, 3);
    g_auto (GStrv) needs = g_strsplit (strcmp (columns[2], "-") == 0 ? "" : columns[2], " + ", -1);
    const Line line = { columns[0], columns[1], needs };
    check (&line, data);
  }
}

static void
check_line_of (const Line *line, gpointer data)
{
  ApiService service = *(const ApiService *)data;
  if (api_operation_by_name (line->operation)->service == service)
    check_line (line);
}

static void
operations_ask_for_what_they_need (gconstpointer data)
{
  each_line (check_line_of, (gpointer)data);
}

static void
note_line (const Line *line, gpointer data)
{
  g_assert_nonnull (api_operation_by_name (line->operation));
  g_hash_table_add (data, g_strdup (line->operation));
}

/* A new operation cannot be forgotten. */
static void
every_operation_has_a_line (void)
{
  g_autoptr (GHashTable) named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  each_line (note_line, named);
  for (guint op = 0; op < API_N_OPS; op++) {
    const char *name = api_operation ((ApiOp)op)->name;
    const Permission *permission = permission_of ((ApiOp)op);
    if (permission->rule == PERMISSION_UNKNOWN)
      g_error ("%s has no row in server/permissions.c", name);
    /* Hosts have their own cases below. */
    if (permission->rule != PERMISSION_HOST && !g_hash_table_contains (named, name))
      g_error ("%s has no line in tests/golden/policy/operations.tsv", name);
  }
}

/* ---- refusals in words ---- */

static void
expect_message (Harness *harness, const char *operation, const char *input, const char *message)
{
  g_autofree char *body = NULL;
  g_autofree char *exception = call (harness, operation, input, &body);
  g_assert_cmpstr (exception, ==, "AccessDeniedException");
  if (strstr (body, message) == NULL)
    g_error ("%s\n  does not say: %s", body, message);
}

static void
refusals_say_what_and_why (void)
{
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "ann");
  expect_message (harness, "GetApplication", "{'applicationName':'shop'}",
                  "User: " ANN " is not authorized to perform: codedeploy:GetApplication on "
                  "resource: " SCOPE "application:shop because no identity-based policy allows the "
                  "codedeploy:GetApplication action");
  put_policy (harness, ANN, "deny",
              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
              "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"codedeploy:Get*\","
              "\"Resource\":\"" SCOPE "application/shop\"}]}");
  expect_message (harness, "GetApplication", "{'applicationName':'shop'}",
                  "on resource: " SCOPE "application:shop with an explicit deny in an "
                  "identity-based policy");
  g_assert_false (is_refused (harness, "GetApplication", "{'applicationName':'other'}"));
}

/* ---- administrators ---- */

/* Whoever denies an administrator something, or whatever was asked for before a certain time, is heeded. */
static void
administrators_policies_deny (void)
{
  g_autoptr (Harness) harness = seeded ();
  put_policy (harness, harness->principal.arn, "deny",
              "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":"
              "\"codedeploy:Get*\",\"Resource\":\"*\"}}");
  expect_message (harness, "GetApplication", "{'applicationName':'shop'}",
                  "with an explicit deny in an identity-based policy");
  g_assert_false (is_refused (harness, "ListApplications", "{}"));
  g_assert_false (is_refused (harness, "CreateUser", "{'UserName':'eve'}"));
}

/* ---- temporary keys ---- */

static void
temporary_keys_of_users_are_not_for_identities (void)
{
  g_autoptr (Harness) harness = seeded ();
  harness->issue_ms = harness->fake.now_ms;
  expect_message (harness, "CreateAccessKey", "{'UserName':'bob'}",
                  "iam:CreateAccessKey with a temporary key of GetSessionToken");
  g_assert_true (is_refused (harness, "ListUsers", "{}"));
  g_assert_false (is_refused (harness, "GetApplication", "{'applicationName':'shop'}"));
  g_assert_false (is_refused (harness, "GetCallerIdentity", "{}"));
  /* Of a role's session its policies decide. */
  harness->principal.role_arn = "arn:aws:iam::123456789012:role/ops";
  harness->principal.kind = PRINCIPAL_SESSION;
  g_assert_false (is_refused (harness, "ListUsers", "{}"));
}

/* ---- conditions ---- */

static void
allow_when (Harness *harness, const char *action, const char *condition)
{
  g_autofree char *document = g_strdup_printf (
      "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"%s\","
      "\"Resource\":\"*\",\"Condition\":%s}}",
      action, condition);
  g_autofree char *expanded = expand (harness, document);
  put_policy (harness, ANN, "when", expanded);
}

typedef struct {
  const char *name;
  const char *action;
  const char *condition;
  const char *operation;
  const char *allowed; /* input */
  const char *refused;
} ConditionCase;

static const ConditionCase conditions[] = {
  { "tags of an application", "codedeploy:*",
    "{'StringEquals':{'aws:ResourceTag/team':'${aws:PrincipalTag/team}'}}", "GetApplication",
    "{'applicationName':'shop'}", "{'applicationName':'other'}" },
  { "tags of a group", "codedeploy:*", "{'StringEquals':{'aws:ResourceTag/stage':'prod'}}",
    "GetDeploymentGroup", "{'applicationName':'shop','deploymentGroupName':'web'}",
    "{'applicationName':'shop','deploymentGroupName':'db'}" },
  { "tags of a deployment's group", "codedeploy:*",
    "{'StringEquals':{'aws:ResourceTag/stage':'prod'}}", "GetDeployment",
    "{'deploymentId':'<deployment>'}", "{'deploymentId':'d-000000000'}" },
  { "tags of a user", "iam:*", "{'StringEquals':{'iam:ResourceTag/team':'shop'}}", "GetUser",
    "{'UserName':'bob'}", "{'UserName':'nobody'}" },
  { "tags of a batch, each by itself", "codedeploy:*",
    "{'StringEquals':{'aws:ResourceTag/team':'shop'}}", "BatchGetApplications",
    "{'applicationNames':['shop']}", "{'applicationNames':['shop','other']}" },
  { "tags in the request", "codedeploy:*", "{'StringEquals':{'aws:RequestTag/team':'shop'}}",
    "CreateApplication", "{'applicationName':'a','tags':[{'Key':'team','Value':'shop'}]}",
    "{'applicationName':'b','tags':[{'Key':'team','Value':'bank'}]}" },
  { "keys of tags in the request", "codedeploy:*",
    "{'ForAllValues:StringEquals':{'aws:TagKeys':['team','stage']}}", "CreateApplication",
    "{'applicationName':'a','tags':[{'Key':'team','Value':'x'},{'Key':'stage','Value':'y'}]}",
    "{'applicationName':'b','tags':[{'Key':'team','Value':'x'},{'Key':'cost','Value':'y'}]}" },
  { "keys of tags that are taken away", "codedeploy:*",
    "{'ForAnyValue:StringEquals':{'aws:TagKeys':['team']}}", "UntagResource",
    "{'ResourceArn':'" SCOPE "application:shop','TagKeys':['team']}",
    "{'ResourceArn':'" SCOPE "application:shop','TagKeys':['stage']}" },
  { "attached policies", "iam:*",
    "{'ArnEquals':{'iam:PolicyARN':'arn:aws:iam::aws:policy/AWSCodeDeployReadOnlyAccess'}}",
    "AttachUserPolicy",
    "{'UserName':'bob','PolicyArn':'arn:aws:iam::aws:policy/AWSCodeDeployReadOnlyAccess'}",
    "{'UserName':'bob','PolicyArn':'arn:aws:iam::aws:policy/AWSCodeDeployFullAccess'}" },
  { "the token that an application is linked to", "slipway:*",
    "{'StringEquals':{'slipway:GitHubAccountTokenName':'shop'}}", "LinkApplicationToGitHub",
    "{'applicationName':'shop','tokenName':'shop'}", "{'applicationName':'shop','tokenName':'x'}" },
};

static void
conditions_see_the_request (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (conditions); i++) {
    const ConditionCase *c = &conditions[i];
    g_autoptr (Harness) harness = seeded ();
    be_user (harness, "ann");
    allow_when (harness, c->action, c->condition);
    if (!is_refused (harness, c->operation, c->refused))
      g_error ("%s: %s is allowed", c->name, c->refused);
    if (is_refused (harness, c->operation, c->allowed))
      g_error ("%s: %s is refused", c->name, c->allowed);
  }
}

/* What is true of every call of the harness: from 192.0.2.1, without TLS, at 2023-11-14T22:13:20.123Z. */
static void
conditions_see_the_caller (void)
{
  static const struct {
    const char *condition;
    gboolean holds;
  } cases[] = {
    { "{'IpAddress':{'aws:SourceIp':'192.0.2.0/24'}}", TRUE },
    { "{'IpAddress':{'aws:SourceIp':'198.51.100.0/24'}}", FALSE },
    { "{'Bool':{'aws:SecureTransport':'false'}}", TRUE },
    { "{'DateLessThan':{'aws:CurrentTime':'2023-11-15'}}", TRUE },
    { "{'DateGreaterThan':{'aws:CurrentTime':'2023-11-15'}}", FALSE },
    { "{'NumericEquals':{'aws:EpochTime':'1700000000'}}", TRUE },
    { "{'StringEquals':{'aws:username':'ann'}}", TRUE },
    { "{'StringEquals':{'aws:PrincipalType':'User'}}", TRUE },
    { "{'ArnEquals':{'aws:PrincipalArn':'" ANN "'}}", TRUE },
    { "{'StringEquals':{'aws:PrincipalTag/team':'shop'}}", TRUE },
    { "{'StringEquals':{'aws:RequestedRegion':'eu-west-3'}}", TRUE },
    { "{'StringLike':{'aws:UserAgent':'har*'}}", TRUE },
    { "{'Null':{'aws:TokenIssueTime':'true'}}", TRUE },
    { "{'StringLike':{'aws:userid':'AIDA*'}}", TRUE },
  };
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "ann");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    allow_when (harness, "codedeploy:GetApplication", cases[i].condition);
    if (is_refused (harness, "GetApplication", "{'applicationName':'shop'}") == cases[i].holds)
      g_error ("%s does not behave", cases[i].condition);
  }
}

static void
roles_are_passed_to_this_service_only (void)
{
  static const char input[] = "{'applicationName':'shop','currentDeploymentGroupName':'web',"
                              "'serviceRoleArn':'arn:aws:iam::123456789012:role/service'}";
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "ann");
  put_policy (harness, ANN, "deploy",
              "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
              "\"Action\":\"codedeploy:*\",\"Resource\":\"*\"}}");
  expect_message (harness, "UpdateDeploymentGroup", input,
                  "iam:PassRole on resource: arn:aws:iam::123456789012:role/service");
  allow_when (harness, "iam:PassRole",
              "{'StringEquals':{'iam:PassedToService':'ecs.amazonaws.com'}}");
  g_assert_true (is_refused (harness, "UpdateDeploymentGroup", input));
  allow_when (harness, "iam:PassRole",
              "{'StringEquals':{'iam:PassedToService':'codedeploy.amazonaws.com'}}");
  g_assert_false (is_refused (harness, "UpdateDeploymentGroup", input));
  /* No other action has that fact. */
  allow_when (harness, "codedeploy:*", "{'Null':{'iam:PassedToService':'true'}}");
  put_policy (harness, ANN, "deploy", NULL);
  g_assert_false (is_refused (harness, "GetApplication", "{'applicationName':'shop'}"));
}

/* ---- hosts ---- */

static void
ask_as (Harness *harness, const char *operation, gboolean expect_allowed)
{
  g_autofree char *input =
      g_strdup_printf ("{'HostIdentifier':'%s','HostCommandIdentifier':'x','DeploymentExecutionId':"
                       "'CodeDeploy/eu-west-3/Prod/d-000000000',"
                       "'CommandStatus':'Succeeded'}",
                       harness->principal.arn);
  g_autofree char *body = NULL;
  g_autofree char *expanded = expand (harness, input);
  g_autofree char *exception = NULL;
  body = harness_run_part (harness, HARNESS_PERMISSION_ONLY, operation, expanded, &exception);
  if (exception != NULL && strcmp (exception, "AccessDeniedException") != 0)
    g_error ("%s: %s", operation, body);
  if ((exception == NULL) != expect_allowed)
    g_error ("%s as %s: %s", operation, harness->principal.arn,
             exception == NULL ? "allowed" : body);
}

static void
each_host_operation (Harness *harness, gboolean expect_allowed)
{
  guint n = 0;
  for (guint op = 0; op < API_N_OPS; op++)
    if (api_operation ((ApiOp)op)->service == API_SERVICE_HOST_COMMANDS) {
      ask_as (harness, api_operation ((ApiOp)op)->name, expect_allowed);
      n++;
    }
  g_assert_cmpuint (n, ==, 5);
}

static void
only_hosts_use_the_host_command_service (void)
{
  g_autoptr (Harness) harness = seeded ();
  each_host_operation (harness, FALSE); /* the administrator */
  be_user (harness, "ann");
  put_policy (harness, ANN, "all",
              "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
              "\"Resource\":\"*\"}}");
  each_host_operation (harness, FALSE);
  be_user (harness, "somehost");
  harness->principal.kind = PRINCIPAL_HOST;
  each_host_operation (harness, TRUE);
}

static void
identity_of_a_registered_instance_is_a_host (void)
{
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "web1");
  each_host_operation (harness, TRUE);
  put_policy (harness, harness->principal.arn, "deny",
              "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
              "\"Action\":\"codedeploy-commands-secure:*\",\"Resource\":\"*\"}}");
  each_host_operation (harness, FALSE);
}

static void
identity_of_a_deregistered_instance_is_none (void)
{
  g_autoptr (Harness) harness = seeded ();
  g_autofree char *exception =
      call (harness, "DeregisterOnPremisesInstance", "{'instanceName':'web1'}", NULL);
  g_assert_null (exception);
  be_user (harness, "web1");
  each_host_operation (harness, FALSE);
}

static void
session_of_a_registered_instance_is_a_host (void)
{
  g_autoptr (Harness) harness = seeded ();
  static const char session[] = "arn:aws:sts::123456789012:assumed-role/ops/web2";
  g_autofree char *exception = call (
      harness, "RegisterOnPremisesInstance",
      "{'instanceName':'web2','iamSessionArn':'arn:aws:sts::123456789012:assumed-role/ops/web2'}",
      NULL);
  g_assert_null (exception);
  be_user (harness, "web2");
  harness->principal.kind = PRINCIPAL_SESSION;
  harness->principal.arn = session;
  harness->principal.role_arn = "arn:aws:iam::123456789012:role/ops";
  each_host_operation (harness, TRUE);
  harness->principal.arn = "arn:aws:sts::123456789012:assumed-role/ops/web3";
  each_host_operation (harness, FALSE);
}

/* It needs no registration, but its role must have the right. */
static void
session_of_an_ec2_instance_is_a_host_by_its_role (void)
{
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "i-0123456789abcdef0");
  harness->principal.kind = PRINCIPAL_SESSION;
  harness->principal.arn = "arn:aws:sts::123456789012:assumed-role/ops/i-0123456789abcdef0";
  harness->principal.role_arn = "arn:aws:iam::123456789012:role/ops";
  each_host_operation (harness, TRUE);
  g_autofree char *exception =
      call (harness, "DeleteRolePolicy", "{'RoleName':'ops','PolicyName':'p'}", NULL);
  g_assert_null (exception);
  each_host_operation (harness, FALSE);
  put_policy (harness, harness->principal.role_arn, "hosts",
              "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
              "\"Action\":\"codedeploy-commands-secure:*\",\"Resource\":\"*\"}}");
  each_host_operation (harness, TRUE);
}

static void
host_does_nothing_else (void)
{
  g_autoptr (Harness) harness = seeded ();
  be_user (harness, "somehost");
  harness->principal.kind = PRINCIPAL_HOST;
  g_assert_true (is_refused (harness, "GetApplication", "{'applicationName':'shop'}"));
  g_assert_true (is_refused (harness, "DescribeServer", "{}"));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    ApiService service;
  } services[] = {
    { "/authorize/deployments-ask-for-what-they-need", API_SERVICE_CODEDEPLOY },
    { "/authorize/identity-asks-for-what-it-needs", API_SERVICE_IAM },
    { "/authorize/sessions-ask-for-what-they-need", API_SERVICE_STS },
    { "/authorize/our-own-ask-for-what-they-need", API_SERVICE_SLIPWAY },
    { "/authorize/the-audit-asks-for-what-it-needs", API_SERVICE_CLOUDTRAIL },
  };
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/authorize/every-operation-has-a-line", every_operation_has_a_line);
  for (gsize i = 0; i < G_N_ELEMENTS (services); i++)
    g_test_add_data_func (services[i].path, &services[i].service,
                          operations_ask_for_what_they_need);
  g_test_add_func ("/authorize/refusals-say-what-and-why", refusals_say_what_and_why);
  g_test_add_func ("/authorize/administrators-policies-deny", administrators_policies_deny);
  g_test_add_func ("/authorize/temporary-keys-of-users-are-not-for-identities",
                   temporary_keys_of_users_are_not_for_identities);
  g_test_add_func ("/authorize/conditions-see-the-request", conditions_see_the_request);
  g_test_add_func ("/authorize/conditions-see-the-caller", conditions_see_the_caller);
  g_test_add_func ("/authorize/roles-are-passed-to-this-service-only",
                   roles_are_passed_to_this_service_only);
  g_test_add_func ("/authorize/only-hosts-use-the-host-command-service",
                   only_hosts_use_the_host_command_service);
  g_test_add_func ("/authorize/identity-of-a-registered-instance-is-a-host",
                   identity_of_a_registered_instance_is_a_host);
  g_test_add_func ("/authorize/identity-of-a-deregistered-instance-is-none",
                   identity_of_a_deregistered_instance_is_none);
  g_test_add_func ("/authorize/session-of-a-registered-instance-is-a-host",
                   session_of_a_registered_instance_is_a_host);
  g_test_add_func ("/authorize/session-of-an-ec2-instance-is-a-host-by-its-role",
                   session_of_an_ec2_instance_is_a_host_by_its_role);
  g_test_add_func ("/authorize/host-does-nothing-else", host_does_nothing_else);
  return g_test_run ();
}
