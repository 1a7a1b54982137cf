"""Roles, sessions and lists with Debian's boto3 as it comes: boto_iam.py ENDPOINT. Prints "all good" at the end.

A module of its own because it runs under /usr/bin/python3, whose packages Debian's python3-boto3 brings.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
iam = boto3.client("iam", endpoint_url=ENDPOINT)
sts = boto3.client("sts", endpoint_url=ENDPOINT)


def refused(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return
    raise AssertionError(f"{call} was not refused with {code}")


account = sts.get_caller_identity()["Account"]
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="ci", Path="/build/", AssumeRolePolicyDocument=json.dumps(trust),
                       Description="für <CI> & co", MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": ""}])["Role"]
assert role["Arn"] == f"arn:aws:iam::{account}:role/build/ci", role
assert role["AssumeRolePolicyDocument"] == trust, role
assert role["Description"] == "für <CI> & co", role
assert iam.get_role(RoleName="ci")["Role"] == role
refused("EntityAlreadyExists", 409, iam.create_role, RoleName="ci", AssumeRolePolicyDocument=json.dumps(trust))
refused("MalformedPolicyDocument", 400, iam.update_assume_role_policy, RoleName="ci", PolicyDocument="nothing")
iam.put_role_policy(RoleName="ci", PolicyName="p", PolicyDocument=json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*"}}))
refused("DeleteConflict", 409, iam.delete_role, RoleName="ci")

made = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="build", DurationSeconds=7200)
credentials = made["Credentials"]
inside = dict(aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"],
              aws_session_token=credentials["SessionToken"])
assert boto3.client("sts", endpoint_url=ENDPOINT, **inside).get_caller_identity()["Arn"] == made["AssumedRoleUser"]["Arn"]
in_role = boto3.client("iam", endpoint_url=ENDPOINT, **inside)
assert [r["RoleName"] for r in in_role.list_roles()["Roles"]] == ["ci"]
refused("AccessDenied", 403, in_role.list_users)
narrow = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="narrow", Policy=json.dumps(
    {"Statement": {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}}))["Credentials"]
in_narrow = boto3.client("iam", endpoint_url=ENDPOINT, aws_access_key_id=narrow["AccessKeyId"],
                         aws_secret_access_key=narrow["SecretAccessKey"], aws_session_token=narrow["SessionToken"])
refused("AccessDenied", 403, in_narrow.list_roles)
without = dict(inside, aws_session_token=None)
refused("InvalidClientTokenId", 403, boto3.client("sts", endpoint_url=ENDPOINT, **without).get_caller_identity)

iam.delete_role_policy(RoleName="ci", PolicyName="p")
iam.delete_role(RoleName="ci")
refused("InvalidClientTokenId", 403, in_role.list_roles)

for number in range(25):
    iam.create_user(UserName=f"user-{number:02}", Path="/many/")
pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/many/", PaginationConfig={"PageSize": 10}))
assert [len(page["Users"]) for page in pages] == [10, 10, 5], [len(page["Users"]) for page in pages]
assert [user["UserName"] for page in pages for user in page["Users"]] == [f"user-{n:02}" for n in range(25)]
refused("ValidationError", 400, iam.list_users, Marker="not-a-marker")

# What Terraform and others ask before they delete a user.
for call, member in ((iam.list_groups_for_user, "Groups"), (iam.list_mfa_devices, "MFADevices"),
                     (iam.list_ssh_public_keys, "SSHPublicKeys"), (iam.list_signing_certificates, "Certificates"),
                     (iam.list_service_specific_credentials, "ServiceSpecificCredentials"),
                     (iam.list_access_keys, "AccessKeyMetadata")):
    assert call(UserName="user-00")[member] == [], member
refused("NoSuchEntity", 404, iam.get_login_profile, UserName="user-00")
iam.tag_user(UserName="user-00", Tags=[{"Key": "k", "Value": "v"}])
assert iam.list_user_tags(UserName="user-00")["Tags"] == [{"Key": "k", "Value": "v"}]
assert iam.get_user(UserName="user-00")["User"]["Tags"] == [{"Key": "k", "Value": "v"}]
policy = iam.get_policy_version(PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess", VersionId="v1")["PolicyVersion"]
assert policy["Document"]["Statement"][0]["Action"] == ["*"], policy
token = sts.get_session_token(DurationSeconds=900)["Credentials"]
assert boto3.client("sts", endpoint_url=ENDPOINT, aws_access_key_id=token["AccessKeyId"],
                    aws_secret_access_key=token["SecretAccessKey"],
                    aws_session_token=token["SessionToken"]).get_caller_identity()["Arn"].endswith(":user/admin")
print("all good")
