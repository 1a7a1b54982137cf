#include "server/actions/action-harness.h"

#define USER "'arn:aws:iam::123456789012:user/bob'"
#define READS                                                                                      \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Action\\':\\'codedeploy:Get*\\',\\'Resource\\':\\'*\\'}]}'"
#define TRUST                                                                                      \
  "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Effect\\':\\'Allow\\',"                   \
  "\\'Principal\\':{\\'AWS\\':\\'arn:aws:iam::123456789012:user/bob\\'},"                          \
  "\\'Action\\':\\'sts:AssumeRole\\'}]}'"
#define ADMIN "arn:aws:iam::aws:policy/AdministratorAccess"

static const Step steps[] = {
  /* ---- users ---- */
  { 1701, "a-user-is-made-and-shown", "CreateUser",
    "{'UserName':'bob','Tags':[{'Key':'team','Value':''}]}",
    "{'User':{'Path':'/','UserName':'bob','UserId':'~^AIDA[A-Z2-7]{17}$','Arn':" USER ","
    "'CreateDate':1700000000.123,'Tags':[{'Key':'team','Value':''}]}}" },
  { 1701, NULL, "GetUser", "{'UserName':'bob'}",
    "{'User':{'Path':'/','UserName':'bob','Arn':" USER ",'Tags':[{'Key':'team','Value':''}]}}" },
  { 1701, NULL, "GetUser", "{'UserName':'BOB'}", "{'User':{'UserName':'bob'}}" },

  { 1702, "names-are-unique-in-any-case-and-path", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1702, NULL, "CreateUser", "{'UserName':'Bob','Path':'/other/'}",
    "!EntityAlreadyExists: User with name Bob already exists." },

  { 1703, "what-a-user-cannot-be", "CreateUser", "{}", "!ValidationError: UserName" },
  { 1703, NULL, "CreateUser", "{'UserName':'a b'}", "!ValidationError: UserName" },
  { 1703, NULL, "CreateUser", "{'UserName':'{{65*a}}'}", "!ValidationError: 64" },
  { 1703, NULL, "CreateUser", "{'UserName':'a','Path':'/x'}", "!ValidationError: slash" },
  { 1703, NULL, "CreateUser", "{'UserName':'a','Path':'x/'}", "!ValidationError: Path" },
  { 1703, NULL, "CreateUser", "{'UserName':'a','Tags':[{'Key':'aws:x','Value':''}]}",
    "!ValidationError: reserved" },
  { 1703, NULL, "CreateUser",
    "{'UserName':'a','Tags':[{'Key':'x','Value':'1'},{'Key':'x','Value':'2'}]}",
    "!ValidationError: twice" },
  { 1703, NULL, "CreateUser", "{'UserName':'a','PermissionsBoundary':'" ADMIN "'}",
    "!ValidationError: permissions boundaries" },
  { 1703, NULL, "GetUser", "{'UserName':'a'}",
    "!NoSuchEntity: The user with name a cannot be found." },

  { 1704, "users-are-listed-by-path-in-pages", "CreateUser", "{'UserName':'b'}", "{}" },
  { 1704, NULL, "CreateUser", "{'UserName':'C','Path':'/x/'}", "{}" },
  { 1704, NULL, "CreateUser", "{'UserName':'a','Path':'/x/y/'}", "{}" },
  { 1704, NULL, "ListUsers", "{}",
    "{'Users':[{'UserName':'a'},{'UserName':'b'},{'UserName':'C'}],'IsTruncated':false,"
    "'Marker':null}" },
  { 1704, NULL, "ListUsers", "{'PathPrefix':'/x/'}",
    "{'Users':[{'UserName':'a'},{'UserName':'C'}]}" },
  { 1704, NULL, "ListUsers", "{'MaxItems':2}",
    "{'Users':[{'UserName':'a'},{'UserName':'b'}],'IsTruncated':true,'Marker':'<next>'}" },
  { 1704, NULL, "ListUsers", "{'MaxItems':1,'Marker':'<next>'}",
    "{'Users':[{'UserName':'C'}],'IsTruncated':false,'Marker':null}" },
  { 1704, NULL, "ListUsers", "{'Marker':'x'}", "!ValidationError: Marker" },
  { 1704, NULL, "ListUsers", "{'MaxItems':0}", "!ValidationError: MaxItems" },

  { 1705, "a-user-goes-when-it-has-nothing-left", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1705, NULL, "CreateAccessKey", "{'UserName':'bob'}",
    "{'AccessKey':{'AccessKeyId':'<key>','Status':'Active','UserName':'bob',"
    "'SecretAccessKey':'~^[A-Za-z0-9+/]{40}$'}}" },
  { 1705, NULL, "PutUserPolicy", "{'UserName':'bob','PolicyName':'p','PolicyDocument':" READS "}",
    "" },
  { 1705, NULL, "DeleteUser", "{'UserName':'bob'}", "!DeleteConflict: access keys" },
  { 1705, NULL, "DeleteAccessKey", "{'UserName':'bob','AccessKeyId':'<key>'}", "" },
  { 1705, NULL, "DeleteUser", "{'UserName':'bob'}", "!DeleteConflict: policies" },
  { 1705, NULL, "DeleteUserPolicy", "{'UserName':'bob','PolicyName':'p'}", "" },
  { 1705, NULL, "AttachUserPolicy", "{'UserName':'bob','PolicyArn':'" ADMIN "'}", "" },
  { 1705, NULL, "DeleteUser", "{'UserName':'bob'}", "!DeleteConflict: policies" },
  { 1705, NULL, "DetachUserPolicy", "{'UserName':'bob','PolicyArn':'" ADMIN "'}", "" },
  { 1705, NULL, "DeleteUser", "{'UserName':'bob'}", "" },
  { 1705, NULL, "DeleteUser", "{'UserName':'bob'}", "!NoSuchEntity" },

  { 1706, "hosts-are-users-too", "RegisterHost", "{'instanceName':'web-1'}",
    "{'accessKeyId':'<key>'}" },
  { 1706, NULL, "GetUser", "{'UserName':'web-1'}",
    "{'User':{'Arn':'arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1'}}" },
  { 1706, NULL, "ListUsers", "{'PathPrefix':'/AWS/CodeDeploy/'}",
    "{'Users':[{'UserName':'web-1'}]}" },
  { 1706, NULL, "ListAccessKeys", "{'UserName':'web-1'}",
    "{'AccessKeyMetadata':[{'AccessKeyId':'<key>','Status':'Active'}]}" },
  { 1706, NULL, "CreateUser", "{'UserName':'web-2'}", "{}" },
  { 1706, NULL, "RegisterHost", "{'instanceName':'web-2'}",
    "!IamUserArnAlreadyRegisteredException: web-2" },

  { 1707, "without-a-name-it-is-the-caller", "CreateUser", "{'UserName':'bob'}",
    "{'User':{'Arn':'<bob>'}}" },
  { 1707, NULL, "@as", "bob", "" },
  { 1707, NULL, "GetUser", "{}", "{'User':{'UserName':'bob'}}" },
  { 1707, NULL, "CreateAccessKey", "{}", "{'AccessKey':{'UserName':'bob'}}" },
  { 1707, NULL, "GetCallerIdentity", "{}",
    "{'Arn':" USER ",'Account':'123456789012','UserId':'~^AIDA'}" },

  { 1708, "what-users-do-not-have-is-empty", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1708, NULL, "ListGroupsForUser", "{'UserName':'bob'}", "{'Groups':[],'IsTruncated':false}" },
  { 1708, NULL, "ListMFADevices", "{'UserName':'bob'}", "{'MFADevices':[]}" },
  { 1708, NULL, "ListSSHPublicKeys", "{'UserName':'bob'}", "{'SSHPublicKeys':[]}" },
  { 1708, NULL, "ListSigningCertificates", "{'UserName':'bob'}", "{'Certificates':[]}" },
  { 1708, NULL, "ListServiceSpecificCredentials", "{'UserName':'bob'}",
    "= {'ServiceSpecificCredentials':[]}" },
  { 1708, NULL, "GetLoginProfile", "{'UserName':'bob'}", "!NoSuchEntity: Login Profile" },
  { 1708, NULL, "DeleteLoginProfile", "{'UserName':'bob'}", "!NoSuchEntity: Login Profile" },
  { 1708, NULL, "ListMFADevices", "{'UserName':'alice'}", "!NoSuchEntity: alice" },

  { 1709, "tags-of-a-user", "CreateUser", "{'UserName':'bob'}", "{'User':{'Tags':null}}" },
  { 1709, NULL, "TagUser", "{'UserName':'bob','Tags':[{'Key':'a','Value':'1'}]}", "" },
  { 1709, NULL, "TagUser",
    "{'UserName':'bob','Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':'3'}]}", "" },
  { 1709, NULL, "ListUserTags", "{'UserName':'bob'}",
    "{'Tags':[{'Key':'a','Value':'2'},{'Key':'b','Value':'3'}],'IsTruncated':false}" },
  { 1709, NULL, "UntagUser", "{'UserName':'bob','TagKeys':['a','c']}", "" },
  { 1709, NULL, "GetUser", "{'UserName':'bob'}", "{'User':{'Tags':[{'Key':'b','Value':'3'}]}}" },
  { 1709, NULL, "TagUser", "{'UserName':'bob','Tags':[{{1..50|{'Key':'k#','Value':''}}}]}",
    "!LimitExceeded: 51 tags" },
  { 1709, NULL, "ListUserTags", "{'UserName':'bob'}", "{'Tags':[{'Key':'b','Value':'3'}]}" },

  { 1712, "case-does-not-make-another-tag", "CreateUser",
    "{'UserName':'bob','Tags':[{'Key':'Team','Value':'1'},{'Key':'a','Value':'1'}]}", "{}" },
  { 1712, NULL, "TagUser", "{'UserName':'bob','Tags':[{'Key':'TEAM','Value':'2'}]}", "" },
  { 1712, NULL, "ListUserTags", "{'UserName':'bob'}",
    "{'Tags':[{'Key':'TEAM','Value':'2'},{'Key':'a','Value':'1'}]}" },
  { 1712, NULL, "TagUser",
    "{'UserName':'bob','Tags':[{'Key':'x','Value':'2'},{'Key':'X','Value':'3'}]}",
    "!ValidationError: Duplicate tag keys found: X" },

  { 1710, "as-many-users-as-the-quota-says", "@quota", "users 1", "" },
  { 1710, NULL, "CreateUser", "{'UserName':'a'}", "{}" },
  { 1710, NULL, "CreateUser", "{'UserName':'b'}", "!LimitExceeded: UsersPerAccount: 1" },

  /* ---- keys ---- */
  { 1720, "two-keys-a-user", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1720, NULL, "CreateAccessKey", "{'UserName':'bob'}", "{'AccessKey':{'AccessKeyId':'<one>'}}" },
  { 1720, NULL, "CreateAccessKey", "{'UserName':'bob'}", "{'AccessKey':{'AccessKeyId':'<two>'}}" },
  { 1720, NULL, "CreateAccessKey", "{'UserName':'bob'}", "!LimitExceeded: AccessKeysPerUser: 2" },
  { 1720, NULL, "UpdateAccessKey", "{'UserName':'bob','AccessKeyId':'<one>','Status':'Inactive'}",
    "" },
  { 1720, NULL, "DeleteAccessKey", "{'UserName':'bob','AccessKeyId':'<two>'}", "" },
  { 1720, NULL, "ListAccessKeys", "{'UserName':'bob'}",
    "{'AccessKeyMetadata':[{'AccessKeyId':'<one>','Status':'Inactive','UserName':'bob',"
    "'CreateDate':1700000000.123}],'IsTruncated':false}" },
  { 1720, NULL, "DeleteAccessKey", "{'UserName':'bob','AccessKeyId':'<two>'}",
    "!NoSuchEntity: The Access Key with id" },
  { 1720, NULL, "UpdateAccessKey", "{'UserName':'bob','AccessKeyId':'<two>','Status':'Active'}",
    "!NoSuchEntity: The Access Key with id" },
  { 1720, NULL, "UpdateAccessKey", "{'UserName':'bob','AccessKeyId':'<one>','Status':'Gone'}",
    "!ValidationError: Status" },
  { 1720, NULL, "CreateUser", "{'UserName':'eve'}", "{}" },
  { 1720, NULL, "DeleteAccessKey", "{'UserName':'eve','AccessKeyId':'<one>'}", "!NoSuchEntity" },

  /* ---- policies ---- */
  { 1730, "policies-stand-in-users", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1730, NULL, "PutUserPolicy", "{'UserName':'bob','PolicyName':'b','PolicyDocument':" READS "}",
    "" },
  { 1730, NULL, "PutUserPolicy", "{'UserName':'bob','PolicyName':'a','PolicyDocument':" READS "}",
    "" },
  { 1730, NULL, "ListUserPolicies", "{'UserName':'bob'}",
    "{'PolicyNames':['a','b'],'IsTruncated':false}" },
  { 1730, NULL, "ListUserPolicies", "{'UserName':'bob','MaxItems':1}",
    "{'PolicyNames':['a'],'IsTruncated':true,'Marker':'<m>'}" },
  { 1730, NULL, "ListUserPolicies", "{'UserName':'bob','MaxItems':1,'Marker':'<m>'}",
    "{'PolicyNames':['b'],'IsTruncated':false}" },
  { 1730, NULL, "GetUserPolicy", "{'UserName':'bob','PolicyName':'a'}",
    "{'UserName':'bob','PolicyName':'a','PolicyDocument':" READS "}" },
  { 1730, NULL, "GetUserPolicy", "{'UserName':'bob','PolicyName':'c'}",
    "!NoSuchEntity: The user policy with name c cannot be found." },
  { 1730, NULL, "DeleteUserPolicy", "{'UserName':'bob','PolicyName':'c'}", "!NoSuchEntity" },
  { 1730, NULL, "PutUserPolicy", "{'UserName':'bob','PolicyName':'x','PolicyDocument':'{'}",
    "!MalformedPolicyDocument" },
  { 1730, NULL, "PutUserPolicy", "{'UserName':'bob','PolicyName':'x','PolicyDocument':" TRUST "}",
    "!MalformedPolicyDocument: Principal" },

  { 1731, "policies-of-a-user-are-small-together", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1731, NULL, "PutUserPolicy",
    "{'UserName':'bob','PolicyName':'a','PolicyDocument':'{\\'Statement\\':[{\\'Effect\\':"
    "\\'Allow\\',\\'Action\\':\\'a:b\\',\\'Resource\\':\\'arn:aws:s3:::{{1500*x}}\\'}]}'}",
    "" },
  { 1731, NULL, "PutUserPolicy",
    "{'UserName':'bob','PolicyName':'b','PolicyDocument':'{\\'Statement\\':[{\\'Effect\\':"
    "\\'Allow\\',\\'Action\\':\\'a:b\\',\\'Resource\\':\\'arn:aws:s3:::{{500*x}}\\'}]}'}",
    "!LimitExceeded: 2048" },
  { 1731, NULL, "ListUserPolicies", "{'UserName':'bob'}", "{'PolicyNames':['a']}" },

  { 1732, "managed-policies-are-attached", "CreateUser", "{'UserName':'bob'}", "{}" },
  { 1732, NULL, "AttachUserPolicy", "{'UserName':'bob','PolicyArn':'" ADMIN "'}", "" },
  { 1732, NULL, "AttachUserPolicy", "{'UserName':'bob','PolicyArn':'" ADMIN "'}", "" },
  { 1732, NULL, "ListAttachedUserPolicies", "{'UserName':'bob'}",
    "{'AttachedPolicies':[{'PolicyName':'AdministratorAccess','PolicyArn':'" ADMIN "'}],"
    "'IsTruncated':false}" },
  { 1732, NULL, "ListAttachedUserPolicies", "{'UserName':'bob','PathPrefix':'/service-role/'}",
    "{'AttachedPolicies':[]}" },
  { 1732, NULL, "ListPolicies", "{'OnlyAttached':true}",
    "{'Policies':[{'PolicyName':'AdministratorAccess','AttachmentCount':1,'IsAttachable':true}]}" },
  { 1732, NULL, "ListPolicies", "{'Scope':'Local'}", "{'Policies':[]}" },
  { 1732, NULL, "AttachUserPolicy",
    "{'UserName':'bob','PolicyArn':'arn:aws:iam::aws:policy/Unheard'}",
    "!NoSuchEntity: ListPolicies" },
  { 1732, NULL, "DetachUserPolicy",
    "{'UserName':'bob','PolicyArn':'arn:aws:iam::aws:policy/AmazonS3FullAccess'}",
    "!NoSuchEntity" },
  { 1732, NULL, "@quota", "attached-policies 1", "" },
  { 1732, NULL, "AttachUserPolicy",
    "{'UserName':'bob','PolicyArn':'arn:aws:iam::aws:policy/AmazonS3FullAccess'}",
    "!LimitExceeded: 1" },

  { 1733, "managed-policies-are-shown", "GetPolicy", "{'PolicyArn':'" ADMIN "'}",
    "{'Policy':{'PolicyName':'AdministratorAccess','Arn':'" ADMIN "','Path':'/',"
    "'PolicyId':'~^ANPA','DefaultVersionId':'v1','AttachmentCount':0}}" },
  { 1733, NULL, "GetPolicyVersion", "{'PolicyArn':'" ADMIN "','VersionId':'v1'}",
    "{'PolicyVersion':{'VersionId':'v1','IsDefaultVersion':true,'Document':'~Allow'}}" },
  { 1733, NULL, "GetPolicyVersion", "{'PolicyArn':'" ADMIN "','VersionId':'v2'}",
    "!NoSuchEntity: v2" },
  { 1733, NULL, "GetPolicy", "{'PolicyArn':'arn:aws:iam::123456789012:policy/mine'}",
    "!NoSuchEntity" },

  /* ---- roles ---- */
  { 1740, "a-role-is-made-changed-and-deleted", "CreateRole",
    "{'RoleName':'deploy','Path':'/ci/','AssumeRolePolicyDocument':" TRUST ",'Description':'d'}",
    "{'Role':{'RoleName':'deploy','Path':'/ci/','RoleId':'~^AROA[A-Z2-7]{17}$',"
    "'Arn':'arn:aws:iam::123456789012:role/ci/deploy','MaxSessionDuration':3600,"
    "'Description':'d','AssumeRolePolicyDocument':" TRUST "}}" },
  { 1740, NULL, "CreateRole", "{'RoleName':'Deploy','AssumeRolePolicyDocument':" TRUST "}",
    "!EntityAlreadyExists: Role with name Deploy already exists." },
  { 1740, NULL, "UpdateRole", "{'RoleName':'deploy','MaxSessionDuration':7200}", "{}" },
  { 1740, NULL, "GetRole", "{'RoleName':'deploy'}",
    "{'Role':{'MaxSessionDuration':7200,'Description':'d'}}" },
  { 1740, NULL, "UpdateAssumeRolePolicy", "{'RoleName':'deploy','PolicyDocument':" READS "}",
    "!MalformedPolicyDocument" },
  { 1740, NULL, "PutRolePolicy",
    "{'RoleName':'deploy','PolicyName':'p','PolicyDocument':" READS "}", "" },
  { 1740, NULL, "GetRolePolicy", "{'RoleName':'deploy','PolicyName':'p'}",
    "{'RoleName':'deploy','PolicyName':'p','PolicyDocument':" READS "}" },
  { 1740, NULL, "ListRolePolicies", "{'RoleName':'deploy'}", "{'PolicyNames':['p']}" },
  { 1740, NULL, "DeleteRole", "{'RoleName':'deploy'}", "!DeleteConflict" },
  { 1740, NULL, "DeleteRolePolicy", "{'RoleName':'deploy','PolicyName':'p'}", "" },
  { 1740, NULL, "ListInstanceProfilesForRole", "{'RoleName':'deploy'}",
    "{'InstanceProfiles':[],'IsTruncated':false}" },
  { 1740, NULL, "DeleteRole", "{'RoleName':'deploy'}", "" },
  { 1740, NULL, "GetRole", "{'RoleName':'deploy'}",
    "!NoSuchEntity: The role with name deploy cannot be found." },

  { 1741, "what-a-role-cannot-be", "CreateRole", "{'RoleName':'a'}", "!ValidationError" },
  { 1741, NULL, "CreateRole", "{'RoleName':'a','AssumeRolePolicyDocument':'x'}",
    "!MalformedPolicyDocument" },
  { 1741, NULL, "CreateRole",
    "{'RoleName':'a','AssumeRolePolicyDocument':" TRUST ",'MaxSessionDuration':900}",
    "!ValidationError: MaxSessionDuration" },
  { 1741, NULL, "@quota", "roles 0", "" },
  { 1741, NULL, "CreateRole", "{'RoleName':'a','AssumeRolePolicyDocument':" TRUST "}",
    "!LimitExceeded: RolesPerAccount" },

  { 1742, "roles-are-listed-by-path", "CreateRole",
    "{'RoleName':'b','AssumeRolePolicyDocument':" TRUST "}", "{}" },
  { 1742, NULL, "CreateRole", "{'RoleName':'A','Path':'/x/','AssumeRolePolicyDocument':" TRUST "}",
    "{}" },
  { 1742, NULL, "ListRoles", "{}",
    "{'Roles':[{'RoleName':'A'},{'RoleName':'b'}],'IsTruncated':false}" },
  { 1742, NULL, "ListRoles", "{'PathPrefix':'/x/'}", "{'Roles':[{'RoleName':'A'}]}" },
  { 1742, NULL, "ListRoles", "{'MaxItems':1}",
    "{'Roles':[{'RoleName':'A'}],'IsTruncated':true,'Marker':'<m>'}" },
  { 1742, NULL, "ListRoles", "{'Marker':'<m>'}",
    "{'Roles':[{'RoleName':'b'}],'IsTruncated':false}" },
  { 1742, NULL, "TagRole", "{'RoleName':'b','Tags':[{'Key':'k','Value':'v'}]}", "" },
  { 1742, NULL, "ListRoleTags", "{'RoleName':'b'}", "{'Tags':[{'Key':'k','Value':'v'}]}" },
  { 1742, NULL, "UntagRole", "{'RoleName':'b','TagKeys':['k']}", "" },
  { 1742, NULL, "ListRoleTags", "{'RoleName':'b'}", "{'Tags':[]}" },
  { 0 },
};

/* ---- keys of administrators ---- */

typedef struct {
  Harness *harness;
  KeyringNewKey made[2];
} Administrators;

static gboolean
make_keys (StoreTx *tx, gpointer data, GError **error)
{
  Administrators *administrators = data;
  for (gsize i = 0; i < G_N_ELEMENTS (administrators->made); i++)
    if (!keyring_create_key (administrators->harness->keyring, tx, &harness_administrator, 1,
                             &administrators->made[i], error))
      return FALSE;
  return TRUE;
}

static void
check_step (Harness *harness, const char *operation, const char *id, const char *rest,
            const char *expect)
{
  g_autofree char *input = g_strdup_printf ("{'AccessKeyId':'%s'%s}", id, rest);
  const Step step = { 1, NULL, operation, input, expect };
  harness_step (harness, &step);
}

/* Without one nobody could make another. */
static void
the_last_administrator_stays (void)
{
  g_autoptr (Harness) harness = harness_new ();
  Administrators administrators = { .harness = harness };
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (harness->store, STORE_WRITE, make_keys, &administrators, &error));
  const char *one = administrators.made[0].id, *two = administrators.made[1].id;
  check_step (harness, "UpdateAccessKey", one, ",'Status':'Inactive'", "");
  check_step (harness, "UpdateAccessKey", two, ",'Status':'Inactive'",
              "!UnmodifiableEntity: last active key");
  check_step (harness, "DeleteAccessKey", two, "", "!UnmodifiableEntity: last active key");
  check_step (harness, "DeleteAccessKey", one, "", "");
  check_step (harness, "UpdateAccessKey", two, ",'Status':'Active'", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("iam", steps);
  g_test_add_func ("/iam/the-last-administrator-stays", the_last_administrator_stays);
  return g_test_run ();
}
