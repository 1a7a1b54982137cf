#!/usr/bin/env python3
"""deploymentMode RESTART: the hosts run again what they have, without another download (agent.md 3.11)."""

from harness import *

EVENTS = ["ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService"]
NOTE = '#!/bin/sh\necho "$LIFECYCLE_EVENT $DEPLOYMENT_ID" >> "$HOST_ROOT/ran"\n'


def deploy(client, **more):
    return client.call("CreateDeployment", applicationName="shop", deploymentGroupName="web", **more)["deploymentId"]


def finish(client, deployment):
    def over():
        info = client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]
        return info if "completeTime" in info else None
    info = wait_until(f"the end of {deployment}", over, timeout_s=60)
    equal(info["status"], "Succeeded", f"status of {deployment}: {info.get('errorInformation')}")
    return info


@case("RESTART takes over the unpacked revision of the last successful deployment, also when its bundle is gone")
def restarts(world):
    server = world.server()
    client = server.client()
    agent = world.agent(server, "web-1", tags={"fleet": "web"})
    equal(client.s3("PUT", "/releases").status, 200, "status of making a bucket")
    folder = revision_folder(world.folder / "revision", {"version": "1"}, EVENTS, NOTE)
    bundle = tar_folder(folder, world.folder / "1.tgz").read_bytes()
    equal(client.s3("PUT", "/releases/1.tgz", bundle).status, 200, "status of the upload")
    client.call("CreateApplication", applicationName="shop")
    client.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName="web", serviceRoleArn=SERVICE_ROLE,
                onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "web", "Type": "KEY_AND_VALUE"}])
    first = deploy(client, revision={"revisionType": "S3",
                                     "s3Location": {"bucket": "releases", "key": "1.tgz", "bundleType": "tgz"}})
    finish(client, first)

    equal(client.s3("DELETE", "/releases/1.tgz").status, 204, "status of removing the bundle")
    again = deploy(client, deploymentMode="RESTART")
    info = finish(client, again)
    equal((info["deploymentMode"], info["revision"]["s3Location"]["key"]), ("RESTART", "1.tgz"), "what is restarted")
    ran = (agent.root / "ran").read_text().splitlines()
    equal([line for line in ran if line.endswith(again)], [f"{event} {again}" for event in EVENTS], "hooks of the restart")

    # Without RESTART the same revision has to be fetched.
    fetched = deploy(client, revision=info["revision"])
    failed = wait_until("its end", lambda: (lambda i: i if "completeTime" in i else None)(
        client.call("GetDeployment", deploymentId=fetched)["deploymentInfo"]), timeout_s=60)
    equal(failed["status"], "Failed", "status of a deployment whose bundle is gone")
    contains(failed["errorInformation"]["message"], "DownloadBundle")


if __name__ == "__main__":
    main(globals())
