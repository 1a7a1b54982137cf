#!/usr/bin/env python3
"""The catalogue with nothing but the AWS CLI: applications, groups, configurations, revisions, instances, tags."""
import datetime
import json

from harness import *


def said(server, *args):
    """What a verb prints that answers people, not programs."""
    done = server.aws(*args, check=False)
    if done.returncode:
        raise Failure(f"aws {' '.join(map(str, args))}\nexited with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def refused(server, error, *args):
    done = server.aws(*args, check=False)
    if not done.returncode:
        raise Failure(f"aws {' '.join(map(str, args))} should have been refused")
    contains(done.stderr, f"({error})", "answer")
    return done.stderr


@case("applications and deployment groups are made, changed, listed and deleted")
def applications_and_groups(world):
    server = world.server()

    def deploy(verb, *args):
        return server.aws("deploy", verb, *args)

    made = deploy("create-application", "--application-name", "Web", "--tags", "Key=team,Value=a")
    info = deploy("get-application", "--application-name", "Web")["application"]
    equal(info["applicationId"], made["applicationId"], "application id")
    equal((info["computePlatform"], info["linkedToGitHub"]), ("Server", False))
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(info["createTime"])
    if not abs(age.total_seconds()) < 60 * PATIENCE:
        raise Failure(f"createTime {info['createTime']} is not now")
    refused(server, "ApplicationAlreadyExistsException", "deploy", "create-application", "--application-name", "Web")
    text = refused(server, "ApplicationDoesNotExistException", "deploy", "get-application", "--application-name", "no")
    contains(text, "No application found for name: no")

    group = deploy("create-deployment-group", "--application-name", "Web", "--deployment-group-name", "Fleet",
                   "--service-role-arn", SERVICE_ROLE,
                   "--on-premises-instance-tag-filters", "Key=env,Value=test,Type=KEY_AND_VALUE",
                   "--auto-rollback-configuration", "enabled=true,events=DEPLOYMENT_FAILURE")
    names = ("--application-name", "Web", "--deployment-group-name", "Fleet")
    info = deploy("get-deployment-group", *names)["deploymentGroupInfo"]
    equal(info["deploymentGroupId"], group["deploymentGroupId"], "group id")
    equal(info["deploymentConfigName"], "CodeDeployDefault.OneAtATime", "configuration")
    equal(info["onPremisesInstanceTagFilters"], [{"Key": "env", "Value": "test", "Type": "KEY_AND_VALUE"}])
    equal((info["ec2TagFilters"], info["autoScalingGroups"], info["triggerConfigurations"]), ([], [], []))
    lacks(json.dumps(info), "lastAttemptedDeployment")

    deploy("update-deployment-group", "--application-name", "Web", "--current-deployment-group-name", "Fleet",
           "--new-deployment-group-name", "Hosts", "--deployment-config-name", "CodeDeployDefault.AllAtOnce")
    deploy("update-application", "--application-name", "Web", "--new-application-name", "Shop")
    listed = deploy("list-deployment-groups", "--application-name", "Shop")
    equal(listed["deploymentGroups"], ["Hosts"])
    found = deploy("batch-get-deployment-groups", "--application-name", "Shop", "--deployment-group-names", "Hosts", "No")
    equal([g["deploymentGroupId"] for g in found["deploymentGroupsInfo"]], [group["deploymentGroupId"]])
    contains(found["errorMessage"], "No")
    arn = "arn:aws:codedeploy:us-east-1:123456789012:application:Shop"
    equal(deploy("list-tags-for-resource", "--resource-arn", arn)["Tags"], [{"Key": "team", "Value": "a"}])

    deleted = deploy("delete-deployment-group", "--application-name", "Shop", "--deployment-group-name", "Hosts")
    equal(deleted, {"hooksNotCleanedUp": []})
    deploy("delete-application", "--application-name", "Shop")
    equal(deploy("list-applications"), {"applications": []})


@case("revisions and configurations")
def revisions_and_configurations(world):
    server = world.server()

    def deploy(verb, *args):
        return server.aws("deploy", verb, *args)

    deploy("create-application", "--application-name", "Web")
    for key in ("one.zip", "two.zip"):
        deploy("register-application-revision", "--application-name", "Web", "--description", f"Revision {key}",
               "--s3-location", f"bucket=releases,key={key},bundleType=zip")
    newest = deploy("list-application-revisions", "--application-name", "Web", "--sort-by", "registerTime",
                    "--sort-order", "descending", "--s3-bucket", "releases")["revisions"]
    equal([r["s3Location"]["key"] for r in newest], ["two.zip", "one.zip"])
    one = deploy("get-application-revision", "--application-name", "Web",
                 "--s3-location", "bucket=releases,key=one.zip,bundleType=zip")
    equal(one["revisionInfo"]["description"], "Revision one.zip")
    equal(one["revisionInfo"]["deploymentGroups"], [])
    refused(server, "RevisionDoesNotExistException", "deploy", "get-application-revision", "--application-name", "Web",
            "--s3-location", "bucket=releases,key=three.zip,bundleType=zip")

    equal(len(deploy("list-deployment-configs")["deploymentConfigsList"]), 17, "predefined configurations")
    deploy("create-deployment-config", "--deployment-config-name", "Three", "--minimum-healthy-hosts", "type=HOST_COUNT,value=3")
    info = deploy("get-deployment-config", "--deployment-config-name", "Three")["deploymentConfigInfo"]
    equal(info["minimumHealthyHosts"], {"type": "HOST_COUNT", "value": 3})
    deploy("delete-deployment-config", "--deployment-config-name", "Three")
    refused(server, "DeploymentConfigDoesNotExistException", "deploy", "get-deployment-config",
            "--deployment-config-name", "Three")


@case("on-premises instances: the CLI's own register and deregister, tags, lists over a restart")
def instances(world):
    server = world.server()

    def deploy(verb, *args):
        return server.aws("deploy", verb, *args, endpoint=server.https)

    # `register` with an IAM user given needs nothing but this server.
    said(server, "deploy", "register", "--instance-name", "web-1", "--tags", "Key=env,Value=test", "Key=zone,Value=a",
         "--iam-user-arn", "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1")
    info = deploy("get-on-premises-instance", "--instance-name", "web-1")["instanceInfo"]
    equal(info["tags"], [{"Key": "env", "Value": "test"}, {"Key": "zone", "Value": "a"}])
    contains(info["instanceArn"], ":instance/web-1_")
    deploy("register-on-premises-instance", "--instance-name", "web-2",
           "--iam-user-arn", "arn:aws:iam::123456789012:user/web-2")
    refused(server, "IamUserArnAlreadyRegisteredException", "deploy", "register-on-premises-instance",
            "--instance-name", "web-3", "--iam-user-arn", "arn:aws:iam::123456789012:user/web-2")

    server.kill()
    server.start()
    listed = deploy("list-on-premises-instances", "--tag-filters", "Key=env,Type=KEY_ONLY")
    equal(listed, {"instanceNames": ["web-1"]})
    equal(deploy("list-on-premises-instances"), {"instanceNames": ["web-1", "web-2"]})

    said(server, "deploy", "deregister", "--instance-name", "web-1", "--no-delete-iam-user", "--region", REGION)
    gone = deploy("get-on-premises-instance", "--instance-name", "web-1")["instanceInfo"]
    equal((gone["tags"], "deregisterTime" in gone), ([], True))
    equal(deploy("list-on-premises-instances", "--registration-status", "Registered"), {"instanceNames": ["web-2"]})


if __name__ == "__main__":
    main(globals())
