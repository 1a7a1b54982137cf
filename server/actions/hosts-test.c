#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 1601, "a-host-gets-an-identity", "RegisterHost",
    "{'instanceName':'web-1','tags':[{'Key':'env','Value':'test'}]}",
    "{'instanceName':'web-1','iamUserArn':'arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1',"
    "'accessKeyId':'~^AKIA[A-Z2-7]{16}$','secretAccessKey':'~^[A-Za-z0-9+/]{40}$',"
    "'region':'eu-west-3','hostCaPem':'CA','signerCaPem':'SIGNER CA'}" },
  { 1601, NULL, "GetOnPremisesInstance", "{'instanceName':'web-1'}",
    "{'instanceInfo':{'iamUserArn':'arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1',"
    "'tags':[{'Key':'env','Value':'test'}]}}" },

  { 1602, "a-name-can-be-registered-once", "RegisterHost", "{'instanceName':'web-1'}", "{}" },
  { 1602, NULL, "RegisterHost", "{'instanceName':'web-1'}",
    "!InstanceNameAlreadyRegisteredException" },
  { 1602, NULL, "DeregisterHost", "{'instanceName':'web-1'}", "" },
  { 1602, NULL, "DeregisterHost", "{'instanceName':'web-1'}", "!InstanceNotRegisteredException" },
  { 1602, NULL, "RegisterHost", "{'instanceName':'web-1'}", "{'accessKeyId':'~^AKIA'}" },

  { 1603, "nothing-is-left-of-a-refused-host", "RegisterHost",
    "{'instanceName':'web-1','tags':[{{1..11|{'Key':'k#','Value':'v'}}}]}",
    "!TagLimitExceededException" },
  { 1603, NULL, "GetOnPremisesInstance", "{'instanceName':'web-1'}",
    "!InstanceNotRegisteredException" },
  { 1603, NULL, "RegisterHost", "{'instanceName':'i-1'}", "!InvalidInstanceNameException" },
  { 1603, NULL, "RegisterHost", "{'instanceName':'web-1','tags':[{'Key':'k'}]}",
    "!InvalidTagException" },

  { 1604, "stock-and-own-registration-share-names", "RegisterOnPremisesInstance",
    "{'instanceName':'web-1','iamUserArn':'arn:aws:iam::123456789012:user/someone'}", "" },
  { 1604, NULL, "RegisterHost", "{'instanceName':'web-1'}",
    "!InstanceNameAlreadyRegisteredException" },
  { 1604, NULL, "DeregisterHost", "{'instanceName':'web-1'}", "" },

  { 1606, "another-hosts-identity-is-not-deleted", "CreateUser",
    "{'UserName':'db-1','Path':'/AWS/CodeDeploy/'}", "{}" },
  { 1606, NULL, "RegisterOnPremisesInstance",
    "{'instanceName':'web-1','iamUserArn':'arn:aws:iam::123456789012:user/AWS/CodeDeploy/db-1'}",
    "" },
  { 1606, NULL, "DeregisterHost", "{'instanceName':'web-1'}", "" },
  { 1606, NULL, "GetUser", "{'UserName':'db-1'}", "{'User':{'UserName':'db-1'}}" },

  { 1605, "describe-server", "DescribeServer", "{}",
    "= {'version':'" SLIPWAY_VERSION "','accountId':'123456789012','region':'eu-west-3',"
    "'defaultBucket':'slipway'}" },
  { 0 },
};

/* The name of a person must not become a host by being registered, nor vanish by being deregistered. */
static const char person_arn[] = "arn:aws:iam::123456789012:user/AWS/CodeDeploy/alice";

static gboolean
add_person (StoreTx *tx, gpointer data, GError **error)
{
  Harness *harness = data;
  Principal person = {
    .arn = person_arn, .kind = PRINCIPAL_ADMINISTRATOR, .path = "/AWS/CodeDeploy/", .name = "alice"
  };
  KeyringNewKey key;
  return keyring_create_key (harness->keyring, tx, &person, 1, &key, error);
}

static gboolean
person_is_still_there (StoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Principal *found;
  if (!principal_record_by_arn (tx, person_arn, arena, &found, error))
    return FALSE;
  g_assert_nonnull (found);
  g_assert_cmpint (found->kind, ==, PRINCIPAL_ADMINISTRATOR);
  return TRUE;
}

static void
people_are_not_hosts (void)
{
  static const Step refused = { 1, NULL, "RegisterHost", "{'instanceName':'alice'}",
                                "!IamUserArnAlreadyRegisteredException" };
  static const Step stock = {
    1, NULL, "RegisterOnPremisesInstance",
    "{'instanceName':'alice','iamUserArn':'arn:aws:iam::123456789012:user/AWS/CodeDeploy/alice'}",
    ""
  };
  static const Step gone = { 1, NULL, "DeregisterHost", "{'instanceName':'alice'}", "" };
  g_autoptr (Harness) harness = harness_new ();
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (harness->store, STORE_WRITE, add_person, harness, &error));
  harness_step (harness, &refused);
  harness_step (harness, &stock);
  harness_step (harness, &gone);
  g_assert_true (store_run (harness->store, STORE_READ, person_is_still_there, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("hosts", steps);
  g_test_add_func ("/hosts/people-are-not-hosts", people_are_not_hosts);
  return g_test_run ();
}
