#!/usr/bin/env python3
"""Kills the server with SIGKILL at random moments of three-host deployments, and starts it again at once.

Every deployment must end as it should and no hook may run twice. SEED repeats a run's moments, KILLS changes their number.
"""
import http.client
import random

from harness import *

HOSTS = ["host-1", "host-2", "host-3"]
KILLS = int(os.environ.get("KILLS", "50"))

# Each hook says which deployment and event it is, and takes a moment, as real ones do. The revision that is bad fails
# on the second host.
HOOK = """#!/bin/sh
echo "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> "$HOST_ROOT/events"
sleep 0.03
"""
BAD_VALIDATE = HOOK + """
case "$HOST_ROOT" in */host-2) echo "host-2 does not like it" >&2; exit 7 ;; esac
"""


class Fleet:
    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.server = world.server()
        self.client = self.server.client(timeout_s=5)
        self.kills = 0
        self.agents = {}
        self.call("CreateApplication", applicationName="web")
        self.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName="fleet", serviceRoleArn=SERVICE_ROLE,
                  deploymentConfigName="CodeDeployDefault.OneAtATime",
                  onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "yes", "Type": "KEY_AND_VALUE"}],
                  autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]})
        for name in HOSTS:
            keys = self.server.keys_create(name)
            self.call("RegisterOnPremisesInstance", instanceName=name, iamUserArn=keys[0])
            self.call("AddTagsToOnPremisesInstances", instanceNames=[name], tags=[{"Key": "fleet", "Value": "yes"}])
            # A server that is away is asked again soon, or 50 kills would take a quarter of an hour.
            self.agents[name] = Agent(world, self.server, name, keys,
                                      extra_config={"poll_backoff_first": 0.2}).start()
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        for name in ("good", "bad"):
            folder = revision_folder(world.folder / name, {"readme": name}, EVENTS, HOOK)
            if name == "bad":
                (folder / "hooks" / "ValidateService").write_text(BAD_VALIDATE)
            bundle = tar_folder(folder, world.folder / f"{name}.tgz").read_bytes()
            equal(self.client.s3("PUT", f"/releases/{name}.tgz", bundle).status, 200, "status of the upload")

    def call(self, operation, **arguments):
        """Calls until the server is there: it may be between a kill and the start."""
        deadline = time.monotonic() + 20 * PATIENCE
        while True:
            try:
                return self.client.call(operation, **arguments)
            except (OSError, http.client.HTTPException) as error:
                self.client.close()
                if time.monotonic() > deadline:
                    raise Failure(f"{operation}: {error!r}")
                time.sleep(0.02)

    def create(self, revision, config):
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": f"{revision}.tgz", "bundleType": "tgz"}}
        return self.call("CreateDeployment", applicationName="web", deploymentGroupName="fleet", revision=location,
                         deploymentConfigName=f"CodeDeployDefault.{config}")["deploymentId"]

    def info(self, deployment_id):
        return self.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]

    def kill_at_random(self, deployment_id):
        """Waits a random moment, kills, restarts; a kill after the end does not count."""
        time.sleep(self.random.uniform(0.0, 0.9))
        killed_at = time.time()
        self.server.kill()
        self.client.close()
        self.server.start()
        info = self.info(deployment_id)
        if info.get("completeTime", killed_at + 1) > killed_at:
            self.kills += 1

    def run_deployment(self, revision, config, kills):
        deployment_id = self.create(revision, config)
        for _ in range(kills):
            if self.info(deployment_id)["status"] in ("Succeeded", "Failed", "Stopped"):
                break
            self.kill_at_random(deployment_id)
        return self.finish(deployment_id)

    def finish(self, deployment_id):
        def over():
            info = self.info(deployment_id)
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        return wait_until(f"the end of {deployment_id}", over, timeout_s=90, pause_s=0.1)

    def hook_runs(self, name):
        path = self.agents[name].root / "events"
        return [tuple(line.split()) for line in path.read_text().splitlines()] if path.exists() else []


def check_no_hook_twice(fleet):
    for name in HOSTS:
        runs = fleet.hook_runs(name)
        twice = sorted({run for run in runs if runs.count(run) > 1})
        equal(twice, [], f"hooks that ran twice on {name}")


def check_order(fleet, deployment_id, name):
    """What ran on the host, in the order of the lifecycle; the first deployment has nothing to stop."""
    ran = [event for deployment, event in fleet.hook_runs(name) if deployment == deployment_id]
    equal(ran, [event for event in EVENTS if event in ran], f"order of hooks on {name}")
    return ran


@case(f"every deployment ends as it should through {KILLS} kills of the server, and no hook runs twice")
def kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    fleet = Fleet(world, seed)
    began = time.monotonic()
    first = fleet.finish(fleet.create("good", "AllAtOnce"))
    equal(first["status"], "Succeeded", "status of the first deployment, without a kill")

    deployments = 0
    while fleet.kills < KILLS:
        deployments += 1
        # Every fourth fails on host-2 and is rolled back; the kills go on through the rollback.
        bad = deployments % 4 == 0
        config = fleet.random.choice(["OneAtATime", "HalfAtATime", "AllAtOnce"]) if not bad else "OneAtATime"
        info = fleet.run_deployment("bad" if bad else "good", config, kills=fleet.random.randint(2, 6))
        equal(info["status"], "Failed" if bad else "Succeeded", f"status of {info['deploymentId']} ({config})")
        if bad:
            rollback = wait_until("the rollback", lambda: fleet.info(info["deploymentId"]).get("rollbackInfo", {})
                                  .get("rollbackDeploymentId"), timeout_s=10)
            fleet.kill_at_random(rollback)
            again = fleet.finish(rollback)
            equal(again["status"], "Succeeded", f"status of the rollback {rollback}")
            equal(again["creator"], "codeDeployRollback", "creator of the rollback")
            equal(again["revision"]["s3Location"]["key"], "good.tgz", "revision of the rollback")
            # Deployed to one at a time: host-2 fails whenever its turn is; who came later was never touched.
            equal(check_order(fleet, info["deploymentId"], "host-2")[-1:], ["ValidateService"], "last hook on host-2")
            info = again
        else:
            equal(info["deploymentOverview"]["Succeeded"], 3, "hosts that succeeded")
        for name in HOSTS:
            ran = check_order(fleet, info["deploymentId"], name)
            equal(ran, EVENTS, f"hooks of {info['deploymentId']} on {name}")
        check_no_hook_twice(fleet)
    diagnose(f"{fleet.kills} kills, {deployments} deployments, {time.monotonic() - began:.0f} s")
    for name, agent in fleet.agents.items():
        equal(agent.process.running(), True, f"the agent of {name} still runs")


if __name__ == "__main__":
    main(globals())
