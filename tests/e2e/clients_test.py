#!/usr/bin/env python3
"""Only stock clients talk to the server here: Debian's AWS CLI, and the JavaScript SDK. Over http and over https."""
from harness import *

SEVEN = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart",
         "ValidateService"]


def make_bundle(world):
    """A revision that copies a file and notes its events."""
    destination = world.folder / "srv" / "app"
    folder = revision_folder(
        world.folder / "revision", {"content/page.html": "<h1>hello</h1>\n", "content/deep/er.txt": "x\n"},
        EVENTS, '#!/bin/sh\necho "$LIFECYCLE_EVENT $DEPLOYMENT_GROUP_NAME" >> "$HOST_ROOT/events"\n',
        destination=destination)
    return tar_folder(folder, world.folder / "bundle.tgz"), destination


def wait_for_end(server, deployment_id):
    client = server.client()

    def over():
        status = client.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]["status"]
        return status if status in ("Succeeded", "Failed", "Stopped") else None
    return wait_until(f"the end of {deployment_id}", over, timeout_s=60)


def check_host(agent, destination, group):
    equal((destination / "page.html").read_text(), "<h1>hello</h1>\n", "the installed page")
    equal((destination / "deep" / "er.txt").read_text(), "x\n", "the installed file in a folder")
    # The first deployment has no revision whose ApplicationStop could run.
    wanted = [f"{event} {group}" for event in EVENTS if event != "ApplicationStop"]
    equal((agent.root / "events").read_text().splitlines(), wanted, "events that ran hooks on the host")


def deploy_with_aws_cli(world, endpoint_of):
    server = world.server()
    url = endpoint_of(server)
    bundle, destination = make_bundle(world)

    def aws(*args, **options):
        return server.aws(*args, endpoint=url, **options)

    created = aws("deploy", "create-application", "--application-name", "web", "--compute-platform", "Server")
    equal(len(created["applicationId"]), 36, "length of the application's id")
    aws("s3", "mb", "s3://releases")
    aws("s3", "cp", bundle, "s3://releases/web/1.tgz", "--no-progress")
    contains(aws("s3", "ls", "s3://releases/web/"), "1.tgz", "aws s3 ls")
    back = world.folder / "back.tgz"
    aws("s3", "cp", "s3://releases/web/1.tgz", back, "--no-progress")
    equal(back.read_bytes() == bundle.read_bytes(), True, "what came back is what went in")

    keys = server.keys_create("host-1")
    aws("deploy", "register-on-premises-instance", "--instance-name", "host-1", "--iam-user-arn", keys[0])
    aws("deploy", "add-tags-to-on-premises-instances", "--instance-names", "host-1", "--tags", "Key=env,Value=prod")
    info = aws("deploy", "get-on-premises-instance", "--instance-name", "host-1")["instanceInfo"]
    equal(info["tags"], [{"Key": "env", "Value": "prod"}], "tags of the instance")
    equal(info["iamUserArn"], keys[0], "ARN of the instance")
    agent = Agent(world, server, "host-1", keys, url).start()

    group = aws("deploy", "create-deployment-group", "--application-name", "web", "--deployment-group-name", "prod",
                "--service-role-arn", SERVICE_ROLE, "--deployment-config-name", "CodeDeployDefault.OneAtATime",
                "--on-premises-instance-tag-filters", "Key=env,Value=prod,Type=KEY_AND_VALUE")
    aws("deploy", "register-application-revision", "--application-name", "web", "--s3-location",
        "bucket=releases,key=web/1.tgz,bundleType=tgz")
    deployment = aws("deploy", "create-deployment", "--application-name", "web", "--deployment-group-name", "prod",
                     "--s3-location", "bucket=releases,key=web/1.tgz,bundleType=tgz", "--description", "the first")
    deployment_id = deployment["deploymentId"]
    # The CLI's own waiter looks every 15 s: a wait for the end before saves its first pause.
    wait_for_end(server, deployment_id)
    aws("deploy", "wait", "deployment-successful", "--deployment-id", deployment_id)

    targets = aws("deploy", "list-deployment-targets", "--deployment-id", deployment_id)["targetIds"]
    equal(len(targets), 1, "targets")
    target = aws("deploy", "get-deployment-target", "--deployment-id", deployment_id, "--target-id",
                 targets[0])["deploymentTarget"]
    equal(target["deploymentTargetType"], "InstanceTarget", "type of the target")
    instance = target["instanceTarget"]
    equal(instance["status"], "Succeeded", "status of the target")
    equal([e["lifecycleEventName"] for e in instance["lifecycleEvents"]], SEVEN, "lifecycle events")
    equal({e["status"] for e in instance["lifecycleEvents"]}, {"Succeeded"}, "statuses of the events")
    for event in instance["lifecycleEvents"]:
        equal(event["startTime"] <= event["endTime"], True, f"{event['lifecycleEventName']} starts before it ends")
    batch = aws("deploy", "batch-get-deployment-targets", "--deployment-id", deployment_id, "--target-ids", *targets)
    equal(batch["deploymentTargets"][0]["instanceTarget"]["status"], "Succeeded", "status in the batch")
    equal(aws("deploy", "list-deployments", "--application-name", "web", "--deployment-group-name", "prod",
              "--include-only-statuses", "Succeeded")["deployments"], [deployment_id], "list-deployments")
    info = aws("deploy", "get-deployment", "--deployment-id", deployment_id)["deploymentInfo"]
    equal(info["deploymentOverview"]["Succeeded"], 1, "hosts that succeeded")
    equal(info["creator"], "user", "creator")
    equal(info["description"], "the first", "description")
    got = aws("deploy", "get-deployment-group", "--application-name", "web", "--deployment-group-name", "prod")
    equal(got["deploymentGroupInfo"]["deploymentGroupId"], group["deploymentGroupId"], "id of the group")
    equal(got["deploymentGroupInfo"]["targetRevision"]["s3Location"]["key"], "web/1.tgz", "the group's revision")
    equal(got["deploymentGroupInfo"]["lastSuccessfulDeployment"]["deploymentId"], deployment_id, "last success")
    check_host(agent, destination, "prod")


@case("the AWS CLI deploys over http")
def aws_cli_http(world):
    deploy_with_aws_cli(world, lambda server: server.http)


@case("the AWS CLI deploys over https, on the same port")
def aws_cli_https(world):
    deploy_with_aws_cli(world, lambda server: server.https)


def deploy_with_sdk(world, endpoint_of):
    server = world.server()
    url = endpoint_of(server)
    bundle, destination = make_bundle(world)
    keys = server.keys_create("sdk-host")
    agent = Agent(world, server, "sdk-host", keys, url).start()
    seen = json.loads(server.node("sdk_deploy.mjs", keys[0], bundle, endpoint=url))
    equal(seen["application"]["applicationName"], "sdk-app", "application")
    equal(seen["errors"]["again"], "ApplicationAlreadyExistsException", "class of the error")
    for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256"):
        equal(seen[algorithm], f"with {algorithm}", f"object with a {algorithm} checksum")
    equal(seen["large"]["length"], 5 * 1024 * 1024 + 7, "size of the object in parts")
    equal(seen["large"]["end"], "the end", "range of the object in parts")
    contains(seen["large"]["etag"], "-2", "ETag of the object in parts")
    equal(seen["status"], "Succeeded", "status")
    equal(seen["overview"]["Succeeded"], 1, "hosts that succeeded")
    equal(seen["datesAreDates"], True, "times arrive as dates, in order")
    equal(seen["events"], [[name, "Succeeded"] for name in SEVEN], "lifecycle events")
    equal(seen["batch"], ["Succeeded"], "statuses in the batch")
    equal(seen["listed"], [seen["deploymentId"]], "list of deployments")
    check_host(agent, destination, "sdk-group")


@case("the JavaScript SDK deploys over http")
def sdk_http(world):
    deploy_with_sdk(world, lambda server: server.http)


@case("the JavaScript SDK deploys over https, on the same port")
def sdk_https(world):
    deploy_with_sdk(world, lambda server: server.https)


@case("a second deployment runs ApplicationStop of the first and replaces its files")
def second_deployment(world):
    server = world.server()
    agent = world.agent(server, "host-1", tags={"env": "prod"})
    destination = world.folder / "srv" / "app"
    client = server.client()
    client.call("CreateApplication", applicationName="web")
    client.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName="prod", serviceRoleArn=SERVICE_ROLE,
                onPremisesInstanceTagFilters=[{"Key": "env", "Value": "prod", "Type": "KEY_AND_VALUE"}])
    server.aws("s3", "mb", "s3://releases")
    for number, files in ((1, {"content/old.txt": "1", "content/both.txt": "1"}),
                          (2, {"content/new.txt": "2", "content/both.txt": "2"})):
        folder = revision_folder(
            world.folder / f"r{number}", files, EVENTS,
            f'#!/bin/sh\necho "{number} $LIFECYCLE_EVENT" >> "$HOST_ROOT/events"\n', destination=destination)
        bundle = zip_folder(folder, world.folder / f"{number}.zip")
        server.aws("s3", "cp", bundle, f"s3://releases/{number}.zip", "--no-progress")
        deployment_id = server.aws(
            "deploy", "create-deployment", "--application-name", "web", "--deployment-group-name", "prod",
            "--s3-location", f"bucket=releases,key={number}.zip,bundleType=zip")["deploymentId"]
        equal(wait_for_end(server, deployment_id), "Succeeded", f"status of deployment {number}")
    equal(sorted(p.name for p in destination.iterdir()), ["both.txt", "new.txt"], "files on the host")
    equal((destination / "both.txt").read_text(), "2", "the file that both have")
    events = (agent.root / "events").read_text().splitlines()
    equal(events, [f"1 {e}" for e in EVENTS[1:]] + ["1 ApplicationStop"] + [f"2 {e}" for e in EVENTS[1:]], "events")


@case("server and clients agree when the clock of a client is wrong")
def skewed_sdk(world):
    # The SDK corrects its clock from the Date header and tries again; the server must send it with the refusal.
    server = world.server()
    out = json.loads(server.node("sdk_skewed.mjs"))
    equal(out["applications"], [], "answer after the correction")
    equal(out["attempts"], 2, "attempts: one refused, one corrected")


if __name__ == "__main__":
    main(globals())
