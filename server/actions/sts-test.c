#include "server/actions/action-harness.h"
#include "store/records/iam-policy.h"

/* A trust policy: who, and a condition or nothing. */
#define TRUST(who, condition)                                                                      \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Principal\\':{\\'AWS\\':\\'" who "\\'},"                                                     \
  "\\'Action\\':[\\'sts:AssumeRole\\',\\'sts:TagSession\\']" condition "}]}'"
#define ALLOW(action)                                                                              \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Action\\':\\'" action "\\',\\'Resource\\':\\'*\\'}]}'"
#define ALLOW_STS_WHEN(equal)                                                                      \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Action\\':\\'sts:*\\',\\'Resource\\':\\'*\\',\\'Condition\\':{\\'StringEquals\\':{" equal    \
  "}}}]}'"
#define BOB    "arn:aws:iam::123456789012:user/bob"
#define ROLE   "arn:aws:iam::123456789012:role/deploy"
#define ASSUME "'RoleArn':'" ROLE "','RoleSessionName':'ci'"

#define GIVEN(number, name, who, condition)                                                        \
  { number, name, "CreateUser", "{'UserName':'bob'}", "{'User':{'Arn':'<bob>'}}" },                \
  {                                                                                                \
    number, NULL, "CreateRole",                                                                    \
        "{'RoleName':'deploy','AssumeRolePolicyDocument':" TRUST (who, condition) "}",             \
        "{'Role':{'RoleId':'<role>'}}"                                                             \
  }

static const Step steps[] = {
  GIVEN (1801, "a-user-that-the-role-names-may-assume-it", BOB, ""),
  { 1801, NULL, "AssumeRole", "{" ASSUME "}",
    "!AccessDeniedException: user/admin is not authorized to perform: sts:AssumeRole" },
  { 1801, NULL, "@as", "bob", "" },
  { 1801, NULL, "AssumeRole", "{" ASSUME "}",
    "{'Credentials':{'AccessKeyId':'~^ASIA[A-Z2-7]{16}$','SecretAccessKey':'~^.{40}$',"
    "'SessionToken':'~^.{64}$','Expiration':1700003600.123},"
    "'AssumedRoleUser':{'AssumedRoleId':'<role>:ci',"
    "'Arn':'arn:aws:sts::123456789012:assumed-role/deploy/ci'},'PackedPolicySize':null}" },

  GIVEN (1802, "a-role-that-names-the-account-leaves-it-to-policies",
         "arn:aws:iam::123456789012:root", ""),
  { 1802, NULL, "AssumeRole", "{" ASSUME "}", "{'Credentials':{}}" }, /* an administrator */
  { 1802, NULL, "@as", "bob", "" },
  { 1802, NULL, "AssumeRole", "{" ASSUME "}", "!AccessDeniedException" },
  { 1802, NULL, "PutUserPolicy",
    "{'UserName':'bob','PolicyName':'p','PolicyDocument':" ALLOW ("sts:AssumeRole") "}", "" },
  { 1802, NULL, "AssumeRole", "{" ASSUME "}", "{'Credentials':{}}" },

  GIVEN (1803, "the-external-id-has-to-be-right", BOB,
         ",\\'Condition\\':{\\'StringEquals\\':{\\'sts:ExternalId\\':\\'jenkins\\'}}"),
  { 1803, NULL, "@as", "bob", "" },
  { 1803, NULL, "AssumeRole", "{" ASSUME "}", "!AccessDeniedException" },
  { 1803, NULL, "AssumeRole", "{" ASSUME ",'ExternalId':'travis'}", "!AccessDeniedException" },
  { 1803, NULL, "AssumeRole", "{" ASSUME ",'ExternalId':'jenkins'}", "{'Credentials':{}}" },

  { 1804, "an-unknown-role-cannot-be-told-from-a-forbidden-one", "AssumeRole", "{" ASSUME "}",
    "!AccessDeniedException: sts:AssumeRole on resource: " ROLE },

  GIVEN (1805, "sessions-are-as-long-as-the-role-says", BOB, ""),
  { 1805, NULL, "@as", "bob", "" },
  { 1805, NULL, "AssumeRole", "{" ASSUME ",'DurationSeconds':899}",
    "!ValidationError: DurationSeconds" },
  { 1805, NULL, "AssumeRole", "{" ASSUME ",'DurationSeconds':3601}",
    "!ValidationError: MaxSessionDuration" },
  { 1805, NULL, "AssumeRole", "{" ASSUME ",'DurationSeconds':900}",
    "{'Credentials':{'Expiration':1700000900.123}}" },
  { 1805, NULL, "UpdateRole", "{'RoleName':'deploy','MaxSessionDuration':43200}", "{}" },
  { 1805, NULL, "AssumeRole", "{" ASSUME ",'DurationSeconds':43200}",
    "{'Credentials':{'Expiration':1700043200.123}}" },

  GIVEN (1806, "a-session-is-the-caller", BOB, ""),
  { 1806, NULL, "@as", "bob", "" },
  { 1806, NULL, "AssumeRole", "{" ASSUME "}", "{'AssumedRoleUser':{'Arn':'<session>'}}" },
  { 1806, NULL, "@as", "session", "" },
  { 1806, NULL, "GetCallerIdentity", "{}",
    "{'Arn':'arn:aws:sts::123456789012:assumed-role/deploy/ci','UserId':'<role>:ci'}" },
  { 1806, NULL, "GetUser", "{}", "!ValidationError: non-User credentials" },

  GIVEN (1807, "a-role-assumed-by-a-role-lasts-an-hour", BOB, ""),
  { 1807, NULL, "CreateRole",
    "{'RoleName':'next','MaxSessionDuration':7200,'AssumeRolePolicyDocument':" TRUST (ROLE, "") "}",
    "{}" },
  { 1807, NULL, "@as", "bob", "" },
  { 1807, NULL, "AssumeRole", "{" ASSUME "}", "{'AssumedRoleUser':{'Arn':'<session>'}}" },
  { 1807, NULL, "@as", "session", "" },
  { 1807, NULL, "AssumeRole",
    "{'RoleArn':'arn:aws:iam::123456789012:role/next','RoleSessionName':'ci',"
    "'DurationSeconds':7200}",
    "!ValidationError: role chaining" },
  { 1807, NULL, "AssumeRole",
    "{'RoleArn':'arn:aws:iam::123456789012:role/next','RoleSessionName':'ci'}",
    "{'AssumedRoleUser':{'Arn':'arn:aws:sts::123456789012:assumed-role/next/ci'}}" },

  GIVEN (1808, "session-policies-are-checked", BOB, ""),
  { 1808, NULL, "@as", "bob", "" },
  { 1808, NULL, "AssumeRole", "{" ASSUME ",'Policy':'{'}", "!MalformedPolicyDocument" },
  { 1808, NULL, "AssumeRole",
    "{" ASSUME ",'PolicyArns':[{'arn':'arn:aws:iam::aws:policy/Unheard'}]}",
    "!MalformedPolicyDocument: Unheard" },
  { 1808, NULL, "AssumeRole", "{" ASSUME ",'Policy':" ALLOW ("codedeploy:Get*") "}",
    "{'PackedPolicySize':4}" },

  GIVEN (1809, "what-sessions-do-not-have-is-refused", BOB, ""),
  { 1809, NULL, "@as", "bob", "" },
  { 1809, NULL, "AssumeRole", "{" ASSUME ",'SerialNumber':'arn:mfa','TokenCode':'123456'}",
    "!ValidationError: SerialNumber" },
  { 1809, NULL, "AssumeRole", "{" ASSUME ",'SourceIdentity':'me'}",
    "!ValidationError: SourceIdentity" },
  { 1809, NULL, "AssumeRole", "{" ASSUME ",'TransitiveTagKeys':['a']}",
    "!ValidationError: TransitiveTagKeys" },
  { 1809, NULL, "GetSessionToken", "{'SerialNumber':'arn:mfa'}", "!ValidationError: SerialNumber" },

  GIVEN (1810, "tags-need-their-own-permission", BOB,
         ",\\'Condition\\':{\\'ForAllValues:StringEquals\\':{\\'aws:TagKeys\\':[\\'Branch\\']}}"),
  { 1810, NULL, "@as", "bob", "" },
  { 1810, NULL, "AssumeRole", "{" ASSUME ",'Tags':[{'Key':'Branch','Value':'main'}]}",
    "{'Credentials':{}}" },
  { 1810, NULL, "AssumeRole", "{" ASSUME ",'Tags':[{'Key':'Other','Value':'main'}]}",
    "!AccessDeniedException" },

  GIVEN (1813, "what-the-role-is-and-where-can-be-asked", "123456789012", ""),
  { 1813, NULL, "TagRole", "{'RoleName':'deploy','Tags':[{'Key':'stage','Value':'prod'}]}", "" },
  { 1813, NULL, "PutUserPolicy",
    "{'UserName':'bob','PolicyName':'p','PolicyDocument':" ALLOW_STS_WHEN (
        "\\'aws:RequestedRegion\\':\\'eu-west-3\\',\\'iam:ResourceTag/stage\\':\\'prod\\'") "}",
    "" },
  { 1813, NULL, "@as", "bob", "" },
  { 1813, NULL, "AssumeRole", "{" ASSUME "}", "{'Credentials':{}}" },
  { 1813, NULL, "PutUserPolicy",
    "{'UserName':'bob','PolicyName':'p','PolicyDocument':" ALLOW_STS_WHEN (
        "\\'iam:ResourceTag/stage\\':\\'test\\'") "}",
    "" },
  { 1813, NULL, "AssumeRole", "{" ASSUME "}", "!AccessDeniedException" },

  { 1811, "temporary-keys-of-a-user", "CreateUser", "{'UserName':'bob'}",
    "{'User':{'Arn':'<bob>'}}" },
  { 1811, NULL, "@as", "bob", "" },
  { 1811, NULL, "GetSessionToken", "{}",
    "{'Credentials':{'AccessKeyId':'~^ASIA','Expiration':1700043200.123}}" },
  { 1811, NULL, "GetSessionToken", "{'DurationSeconds':900}",
    "{'Credentials':{'Expiration':1700000900.123}}" },
  { 1811, NULL, "ListAccessKeys", "{}", "{'AccessKeyMetadata':[]}" },
  { 1811, NULL, "DeleteUser", "{'UserName':'bob'}", "" },

  GIVEN (1812, "a-role-that-goes-takes-its-sessions-along", BOB, ""),
  { 1812, NULL, "@as", "bob", "" },
  { 1812, NULL, "AssumeRole", "{" ASSUME ",'Tags':[{'Key':'a','Value':'b'}]}",
    "{'Credentials':{}}" },
  { 1812, NULL, "ListUsers", "{}", "{'Users':[{'UserName':'bob'}]}" },
  { 1812, NULL, "DeleteRole", "{'RoleName':'deploy'}", "" },
  { 0 },
};

/* ---- what a session may do ---- */

typedef struct {
  Harness *harness;
  const char *key_id;
  gsize n_policies;
  gsize n_session_policies;
  gsize n_tags;
  gboolean found;
} Loaded;

static gboolean
load_session (StoreTx *tx, gpointer data, GError **error)
{
  Loaded *loaded = data;
  KeyringKey *key = NULL;
  if (!keyring_load (loaded->harness->keyring, tx, loaded->key_id, &key, error))
    return FALSE;
  loaded->found = key != NULL;
  if (key == NULL)
    return TRUE;
  const Identity *identity = keyring_key_identity (key);
  g_assert_cmpint (identity->principal->kind, ==, PRINCIPAL_SESSION);
  g_assert_cmpint (identity->issue_ms, ==, loaded->harness->fake.now_ms);
  loaded->n_policies = identity->policies.n;
  loaded->n_session_policies = identity->session_policies.n;
  loaded->n_tags = identity->tags.n;
  keyring_key_unref (key);
  return TRUE;
}

static Loaded
load (Harness *harness)
{
  g_autoptr (GError) error = NULL;
  Loaded loaded = { .harness = harness, .key_id = g_hash_table_lookup (harness->caught, "key") };
  g_assert_true (store_run (harness->store, STORE_READ, load_session, &loaded, &error));
  return loaded;
}

static void
run (Harness *harness, const Step *all)
{
  for (const Step *step = all; step->number != 0; step++)
    harness_step (harness, step);
}

static void
a_session_carries_its_policies_and_tags (void)
{
  static const Step before[] = {
    GIVEN (1, NULL, BOB, ""),
    { 1, NULL, "PutRolePolicy",
      "{'RoleName':'deploy','PolicyName':'p','PolicyDocument':" ALLOW ("codedeploy:*") "}", "" },
    { 1, NULL, "AttachRolePolicy",
      "{'RoleName':'deploy','PolicyArn':'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'}", "" },
    { 1, NULL, "TagRole",
      "{'RoleName':'deploy','Tags':[{'Key':'a','Value':'1'},{'Key':'b','Value':'2'}]}", "" },
    { 1, NULL, "@as", "bob", "" },
    { 1, NULL, "AssumeRole",
      "{" ASSUME ",'Policy':" ALLOW ("codedeploy:Get*") ",'Tags':[{'Key':'B','Value':'3'}],"
                                                        "'PolicyArns':[{'arn':'arn:aws:iam::aws:"
                                                        "policy/AWSCodeDeployReadOnlyAccess'}]}",
      "{'Credentials':{'AccessKeyId':'<key>'}}" },
    { 0 },
  };
  static const Step after[] = {
    { 1, NULL, "DeleteRolePolicy", "{'RoleName':'deploy','PolicyName':'p'}", "" },
    { 1, NULL, "DetachRolePolicy",
      "{'RoleName':'deploy','PolicyArn':'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'}", "" },
    { 0 },
  };
  static const Step end[] = { { 1, NULL, "DeleteRole", "{'RoleName':'deploy'}", "" }, { 0 } };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, before);
  Loaded loaded = load (harness);
  g_assert_cmpuint (loaded.n_policies, ==, 2);
  g_assert_cmpuint (loaded.n_session_policies, ==, 2);
  g_assert_cmpuint (loaded.n_tags, ==, 2);
  run (harness, after);
  g_assert_cmpuint (load (harness).n_policies, ==, 0);
  run (harness, end);
  g_assert_false (load (harness).found);
}

/* Who comes after somebody under his name does not inherit what he was allowed. */
static void
a_name_that_is_given_again_is_somebody_else (void)
{
  static const Step steps_of_user[] = {
    GIVEN (1, NULL, BOB, ""),
    { 1, NULL, "DeleteUser", "{'UserName':'bob'}", "" },
    { 1, NULL, "GetRole", "{'RoleName':'deploy'}",
      "{'Role':{'AssumeRolePolicyDocument':'~AIDA[A-Z2-7]{17}'}}" },
    { 1, NULL, "CreateUser", "{'UserName':'bob'}", "{}" },
    { 1, NULL, "@as", "bob", "" },
    { 1, NULL, "AssumeRole", "{" ASSUME "}", "!AccessDeniedException" },
    { 1, NULL, "UpdateAssumeRolePolicy",
      "{'RoleName':'deploy','PolicyDocument':" TRUST ("AIDAQWERTYUIOPASDFGHJ", "") "}",
      "!MalformedPolicyDocument: Invalid principal" },
    { 1, NULL, "UpdateAssumeRolePolicy",
      "{'RoleName':'deploy','PolicyDocument':" TRUST (BOB, "") "}", "" },
    { 1, NULL, "AssumeRole", "{" ASSUME "}", "{'Credentials':{}}" },
    { 0 },
  };
  static const Step steps_of_role[] = {
    { 1, NULL, "CreateRole",
      "{'RoleName':'next','AssumeRolePolicyDocument':" TRUST (
          "arn:aws:sts::123456789012:assumed-role/deploy/ci", "") "}",
      "{}" },
    { 1, NULL, "DeleteRole", "{'RoleName':'deploy'}", "" },
    { 1, NULL, "GetRole", "{'RoleName':'next'}",
      "{'Role':{'AssumeRolePolicyDocument':'~AROA[A-Z2-7]{17}:ci'}}" },
    { 0 },
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, steps_of_user);
  run (harness, steps_of_role);
}

static gboolean
attach_unheard_policy (StoreTx *tx, gpointer data, GError **error)
{
  return iam_attachment_record_add (tx, data, "arn:aws:iam::aws:policy/OfAnOlderVersion", error);
}

/* A session's only policy was one that the server does not have any more: it allows nothing, it does not lift the limit. */
static void
a_policy_that_is_gone_still_limits (void)
{
  static const Step before[] = {
    GIVEN (1, NULL, BOB, ""),
    { 1, NULL, "@as", "bob", "" },
    { 1, NULL, "AssumeRole", "{" ASSUME "}", "{'Credentials':{'AccessKeyId':'<key>'}}" },
    { 0 },
  };
  g_autoptr (Harness) harness = harness_new ();
  g_autoptr (GError) error = NULL;
  run (harness, before);
  g_assert_cmpuint (load (harness).n_session_policies, ==, 0);
  g_assert_true (store_run (harness->store, STORE_WRITE, attach_unheard_policy,
                            g_hash_table_lookup (harness->caught, "key"), &error));
  g_assert_cmpuint (load (harness).n_session_policies, ==, 1);
}

/* A day after its end a temporary key goes when another is made. */
static void
old_keys_are_deleted (void)
{
  static const Step before[] = {
    GIVEN (1, NULL, BOB, ""),
    { 1, NULL, "@as", "bob", "" },
    { 1, NULL, "AssumeRole", "{" ASSUME ",'Tags':[{'Key':'a','Value':'b'}]}",
      "{'Credentials':{'AccessKeyId':'<key>'}}" },
    { 1, NULL, "AssumeRole", "{'RoleArn':'" ROLE "','RoleSessionName':'other'}",
      "{'AssumedRoleUser':{'Arn':'<other>'}}" },
    { 1, NULL, "@later", "90000000", "" }, /* 25 hours: the keys' hour and a day */
    { 1, NULL, "GetSessionToken", "{}", "{}" },
    { 0 },
  };
  static const Step after[] = {
    { 1, NULL, "@later", "1", "" },
    { 1, NULL, "GetSessionToken", "{}", "{}" },
    { 1, NULL, "@as", "other", "" },
    { 0 },
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, before);
  harness->fake.now_ms -= 90000000;
  g_assert_true (load (harness).found);
  harness->fake.now_ms += 90000000;
  run (harness, after);
  g_assert_false (load (harness).found);
  g_assert_cmpint (harness->principal.kind, ==, PRINCIPAL_HOST); /* the session is no principal */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("sts", steps);
  g_test_add_func ("/sts/a-session-carries-its-policies-and-tags",
                   a_session_carries_its_policies_and_tags);
  g_test_add_func ("/sts/a-name-that-is-given-again-is-somebody-else",
                   a_name_that_is_given_again_is_somebody_else);
  g_test_add_func ("/sts/a-policy-that-is-gone-still-limits", a_policy_that_is_gone_still_limits);
  g_test_add_func ("/sts/old-keys-are-deleted", old_keys_are_deleted);
  return g_test_run ();
}
