#!/usr/bin/env python3
"""Blue/green deployments to registered hosts behind a real HAProxy, driven with the AWS CLI, under requests that never stop."""
import shlex
import signal

from haproxy_rig import *

BLUE, GREEN = ["blue-1", "blue-2"], ["green-1", "green-2"]
OVER = ("Succeeded", "Failed", "Stopped")
READY_WAIT = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60}
KEPT = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 60}


class Site:
    """Two hosts that serve, and two that rest: their servers are in maintenance."""

    def __init__(self, world):
        self.world = world
        self.ports = {name: free_port() for name in BLUE + GREEN}
        self.haproxy = Haproxy(world, self.ports, resting=GREEN)
        self.server = world.server(integrations=(
            f"balancers:\n  web: {{driver: haproxy, socket: {self.haproxy.socket}, drain_seconds: 60}}\n"))
        self.client = self.server.client()
        self.agents = {
            name: world.agent(self.server, name, tags={"fleet": name.split("-")[0]},
                              environment={"PORT": port, "HOST": name}, extra_config={"poll_backoff_first": 0.2})
            for name, port in self.ports.items()}
        world.closers.append(self.end_applications)
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        self.deploy_cli("create-application", "--application-name", "shop")
        self.make_group("serving", "IN_PLACE")

    def end_applications(self):
        for agent in self.agents.values():
            path = agent.root / "app.pid"
            if path.exists():
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(path.read_text()), signal.SIGKILL)

    def deploy_cli(self, *arguments, **options):
        return self.server.aws("deploy", *arguments, **options)

    def make_group(self, name, kind, **more):
        self.client.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName=name, serviceRoleArn=SERVICE_ROLE,
                         onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "blue", "Type": "KEY_AND_VALUE"}],
                         loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
                         deploymentStyle={"deploymentType": kind, "deploymentOption": "WITH_TRAFFIC_CONTROL"}, **more)

    def make_blue_green(self, ready=READY_WAIT, blue=KEPT):
        self.make_group("swapped", "BLUE_GREEN", blueGreenDeploymentConfiguration={
            "greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"},
            "deploymentReadyOption": ready, "terminateBlueInstancesOnDeploymentSuccess": blue})

    def upload(self, version):
        bundle = application_revision(self.world, version)
        equal(self.client.s3("PUT", f"/releases/{version}.tgz", bundle).status, 200, "status of the upload")

    def deploy(self, version, group, *more):
        self.upload(version)
        return self.deploy_cli(
            "create-deployment", "--application-name", "shop", "--deployment-group-name", group,
            "--s3-location", f"bucket=releases,key={version}.tgz,bundleType=tgz", *more)["deploymentId"]

    def deploy_green(self, version, *more):
        return self.deploy(version, "swapped", "--target-instances",
                           "tagFilters=[{Key=fleet,Value=green,Type=KEY_AND_VALUE}]", *more)

    def deploy_planned(self, version, *more):
        """Our own command line plans it, and what the plan says is the next command is run."""
        self.upload(version)
        plan = self.server.slipway("plan", "-a", "shop", "-g", "swapped", "-r", f"s3://releases/{version}.tgz", *more)
        for host in BLUE + GREEN:
            contains(plan, host, "the plan")
        program, *command = shlex.split(plan.splitlines()[-1])
        equal((program, "--plan" in command), ("slipway", True), f"what carries the plan out ({command})")
        return json.loads(self.server.slipway(*command, "--output", "json"))["deploymentId"]

    def info(self, deployment):
        return self.client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]

    def becomes(self, deployment, what, seen):
        def look():
            info = self.info(deployment)
            if info["status"] in OVER and not seen(info):
                raise Failure(f"{deployment} is {info['status']} ({info.get('errorInformation')}) and not {what}")
            return info if seen(info) else None
        return wait_until(f"{deployment} to be {what}", look, timeout_s=120, pause_s=0.1)

    def finish(self, deployment, status="Succeeded"):
        return self.becomes(deployment, status, lambda info: info["status"] == status)

    def targets(self, deployment, **filters):
        found = self.deploy_cli("list-deployment-targets", "--deployment-id", deployment, *(
            ["--target-filters", json.dumps(filters)] if filters else []))
        return sorted(found["targetIds"])

    def target(self, deployment, name):
        return self.deploy_cli("get-deployment-target", "--deployment-id", deployment,
                               "--target-id", name)["deploymentTarget"]["instanceTarget"]

    def first(self):
        """The originals serve before anybody asks, and both groups have a revision to return to."""
        self.finish(self.deploy("v1", "serving", "--deployment-config-name", "CodeDeployDefault.AllAtOnce"))
        equal({s for n, s in self.haproxy.statuses().items() if n in BLUE}, {"UP"}, "states of the originals")

    def serves(self, traffic, hosts, version):
        traffic.versions()
        def only_these():
            seen = traffic.seen()
            return {h for h, _ in seen} == set(hosts) and seen
        seen = wait_until(f"answers of {hosts}", only_these)
        equal({v for _, v in seen}, {version}, "versions that answer")


def refused(site, error, *arguments):
    done = site.deploy_cli(*arguments, check=False)
    equal(done.returncode != 0, True, f"failure of {arguments[0]}")
    contains(done.stderr, error)


@case("121, 124-127, 129: replacements are installed, wait, get the traffic, and the group; no request is lost")
def replaced(world):
    site = Site(world)
    site.first()
    site.make_blue_green()
    traffic = Traffic(site.haproxy.port)
    deployment = site.deploy_green("v2")
    info = site.becomes(deployment, "Ready", lambda info: info["status"] == "Ready")
    equal(info["deploymentOverview"], {"Pending": 2, "InProgress": 0, "Succeeded": 0, "Failed": 0, "Skipped": 0, "Ready": 2},
          "overview while it is Ready")
    equal(site.targets(deployment, ServerInstanceLabel=["Green"]), GREEN, "replacements")
    equal(site.targets(deployment, ServerInstanceLabel=["Blue"]), BLUE, "originals")
    equal(site.targets(deployment, TargetStatus=["Ready"]), GREEN, "targets that are Ready")
    equal(site.targets(deployment), BLUE + GREEN, "targets")
    green = site.target(deployment, "green-1")
    equal((green["instanceLabel"], green["status"], len(green["lifecycleEvents"])), ("Green", "Ready", 10), "a replacement")
    equal(site.deploy_cli("get-deployment-instance", "--deployment-id", deployment, "--instance-id", "blue-1")
          ["instanceSummary"]["instanceType"], "Blue", "type of an original")
    site.serves(traffic, BLUE, "v1")
    refused(site, "DeploymentLimitExceededException", "create-deployment", "--application-name", "shop",
            "--deployment-group-name", "swapped", "--s3-location", "bucket=releases,key=v2.tgz,bundleType=tgz",
            "--target-instances", "tagFilters=[{Key=fleet,Value=green,Type=KEY_AND_VALUE}]")
    refused(site, "InvalidDeploymentStatusException", "continue-deployment", "--deployment-id", deployment,
            "--deployment-wait-type", "TERMINATION_WAIT")

    site.deploy_cli("continue-deployment", "--deployment-id", deployment, "--deployment-wait-type", "READY_WAIT")
    info = site.becomes(deployment, "waiting for the termination", lambda info: info["instanceTerminationWaitTimeStarted"])
    equal(info["status"], "InProgress", "status during the termination wait")
    refused(site, "DeploymentIsNotInReadyStateException", "continue-deployment", "--deployment-id", deployment)
    site.serves(traffic, GREEN, "v2")
    equal({s for n, s in site.haproxy.statuses().items() if n in BLUE}, {"MAINT"}, "states of the originals")
    site.deploy_cli("continue-deployment", "--deployment-id", deployment, "--deployment-wait-type", "TERMINATION_WAIT")
    info = site.finish(deployment)
    equal(info["deploymentOverview"]["Succeeded"], 4, "targets that succeeded")
    contains(info["deploymentStatusMessages"][0], "2 original instances are registered ones")
    events = [e["lifecycleEventName"] for e in site.target(deployment, "blue-2")["lifecycleEvents"]]
    equal(events, ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"], "events of an original")
    group = site.client.call("GetDeploymentGroup", applicationName="shop", deploymentGroupName="swapped")["deploymentGroupInfo"]
    equal(group["onPremisesInstanceTagFilters"], [{"Key": "fleet", "Value": "green", "Type": "KEY_AND_VALUE"}],
          "what the group selects")
    traffic.stop()


@case("4.8, 1.4: a stop in the termination wait leads the traffic back to the originals, and loses no request")
def and_back(world):
    site = Site(world)
    site.first()
    site.make_blue_green(ready={"actionOnTimeout": "CONTINUE_DEPLOYMENT"})
    # The group's last good revision is what it returns to.
    site.client.call("UpdateDeploymentGroup", applicationName="shop", currentDeploymentGroupName="swapped",
                     deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
    site.finish(site.deploy("v1", "swapped"))
    site.client.call("UpdateDeploymentGroup", applicationName="shop", currentDeploymentGroupName="swapped",
                     deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
    traffic = Traffic(site.haproxy.port)
    deployment = site.deploy_green("v2")
    site.becomes(deployment, "waiting for the termination", lambda info: info["instanceTerminationWaitTimeStarted"])
    site.serves(traffic, GREEN, "v2")
    site.deploy_cli("stop-deployment", "--deployment-id", deployment, "--auto-rollback-enabled")
    info = site.finish(deployment, "Stopped")
    back = info["rollbackInfo"]["rollbackDeploymentId"]
    site.finish(back)
    site.serves(traffic, BLUE, "v1")
    equal({name: [e["lifecycleEventName"] for e in site.target(back, name)["lifecycleEvents"]] for name in ("blue-1", "green-1")},
          {"blue-1": ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"],
           "green-1": ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]}, "events of the way back")
    group = site.client.call("GetDeploymentGroup", applicationName="shop", deploymentGroupName="swapped")["deploymentGroupInfo"]
    equal(group["onPremisesInstanceTagFilters"][0]["Value"], "blue", "what the group selects")
    traffic.stop()


@case("slipway plan and deploy name the replacements; SkipWaitTimeForInstanceTermination ends the wait, and a deployment in place has none")
def skipped(world):
    site = Site(world)
    site.first()
    site.make_blue_green(ready={"actionOnTimeout": "CONTINUE_DEPLOYMENT"})
    deployment = site.deploy_planned("v2", "--replacement-tag", "fleet=green", "--config", "CodeDeployDefault.AllAtOnce")
    site.becomes(deployment, "waiting for the termination", lambda info: info["instanceTerminationWaitTimeStarted"])
    equal(site.targets(deployment, ServerInstanceLabel=["Green"]), GREEN, "replacements")
    site.deploy_cli("skip-wait-time-for-instance-termination", "--deployment-id", deployment)
    site.finish(deployment)
    in_place = site.deploy("v3", "serving")
    refused(site, "UnsupportedActionForDeploymentTypeException", "continue-deployment", "--deployment-id", in_place)
    site.finish(in_place)


if __name__ == "__main__":
    main(globals())
