#!/usr/bin/env python3
"""Deployments to hosts behind a real HAProxy, under requests that never stop: none of them may fail.

SEED repeats the moments of the kills, KILLS changes their number.
"""
import http.client
import random

from haproxy_rig import *

HOSTS = ["web-1", "web-2", "web-3", "web-4"]
KILLS = int(os.environ.get("KILLS", "12"))
TRAFFIC_EVENTS = ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic", "ApplicationStop", "DownloadBundle",
                  "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService",
                  "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]
OVER = ("Succeeded", "Failed", "Stopped")


class Site:
    """HAProxy, a server that drives it, and hosts with their agents."""

    def __init__(self, world, hosts=HOSTS, extra="", resting=()):
        """resting: hosts of a fleet of their own ("spare"), whose servers HAProxy sends nothing."""
        self.world = world
        self.ports = {name: free_port() for name in hosts}
        self.haproxy = Haproxy(world, self.ports, resting=resting)
        self.server = world.server(integrations=(
            "balancers:\n"
            f"  web: {{driver: haproxy, socket: {self.haproxy.socket}, drain_seconds: 60}}\n" + extra))
        self.client = self.server.client(timeout_s=5)
        self.agents = {
            name: world.agent(self.server, name, tags={"fleet": "spare" if name in resting else "web"}, environment={"PORT": port, "HOST": name},
                              extra_config={"poll_backoff_first": 0.2})
            for name, port in self.ports.items()}
        world.closers.append(self.end_applications)
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        self.call("CreateApplication", applicationName="shop")
        self.make_group("web")

    def end_applications(self):
        for agent in self.agents.values():
            path = agent.root / "app.pid"
            if path.exists():
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(int(path.read_text()), signal.SIGKILL)

    def make_group(self, name, balancer="web", tag="web"):
        self.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName=name, serviceRoleArn=SERVICE_ROLE,
                  onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": tag, "Type": "KEY_AND_VALUE"}],
                  loadBalancerInfo={"targetGroupInfoList": [{"name": balancer}]},
                  deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITH_TRAFFIC_CONTROL"})

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

    def deploy(self, version, config="OneAtATime", group="web", **more):
        bundle = application_revision(self.world, version)
        equal(self.client.s3("PUT", f"/releases/{version}.tgz", bundle).status, 200, "status of the upload")
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": f"{version}.tgz", "bundleType": "tgz"}}
        return self.call("CreateDeployment", applicationName="shop", deploymentGroupName=group, revision=location,
                         deploymentConfigName=f"CodeDeployDefault.{config}", **more)["deploymentId"]

    def info(self, deployment_id):
        return self.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]

    def target(self, deployment_id, name):
        return self.call("GetDeploymentTarget", deploymentId=deployment_id, targetId=name)["deploymentTarget"]["instanceTarget"]

    def event(self, deployment_id, name, event):
        events = {e["lifecycleEventName"]: e for e in self.target(deployment_id, name)["lifecycleEvents"]}
        return events[event]

    def waits_for(self, deployment_id, name, event):
        try:
            return self.event(deployment_id, name, event).get("diagnostics", {}).get("message", "")
        except Refused as refused:
            if "DeploymentNotStarted" in str(refused):
                return ""
            raise

    def finish(self, deployment_id, status="Succeeded", timeout_s=180):
        def over():
            info = self.info(deployment_id)
            return info if info["status"] in OVER else None
        info = wait_until(f"the end of {deployment_id}", over, timeout_s=timeout_s, pause_s=0.1)
        if info["status"] != status:
            for name in self.ports:
                with contextlib.suppress(Exception):
                    diagnose(f"{name}: {json.dumps(self.target(deployment_id, name)['lifecycleEvents'])}")
        equal(info["status"], status, f"status of {deployment_id}: {info.get('errorInformation')}")
        return info

    def first(self):
        """The first deployment, before anybody asks: all hosts of the group get their application."""
        self.finish(self.deploy("v1", "AllAtOnce"))
        equal(set(self.haproxy.statuses().values()) - {"MAINT"}, {"UP"}, "states of HAProxy's servers")


BLUE, GREEN = ["web-1", "web-2"], ["web-3", "web-4"]


def make_blue_green(site, ready="CONTINUE_DEPLOYMENT"):
    """From here on the group replaces its hosts by others instead of going through them."""
    option = {"actionOnTimeout": ready}
    if ready == "STOP_DEPLOYMENT":
        option["waitTimeInMinutes"] = 60
    site.call("UpdateDeploymentGroup", applicationName="shop", currentDeploymentGroupName="web",
              deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
              blueGreenDeploymentConfiguration={
                  "greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"},
                  "deploymentReadyOption": option,
                  "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"}})


def replace_by(site, fleet, version, config="AllAtOnce"):
    return site.deploy(version, config, targetInstances={
        "tagFilters": [{"Key": "fleet", "Value": fleet, "Type": "KEY_AND_VALUE"}]})


def check_replaced(site, traffic, version, by):
    """Only the hosts of `by` serve, and only this version; the others rest."""
    traffic.versions()
    def all_hosts():
        seen = traffic.seen()
        return {host for host, _ in seen} >= set(by) and seen
    equal(set(wait_until("answers of every replacement", all_hosts)), {(host, version) for host in by}, "who answers what")
    equal(site.haproxy.statuses(), {host: "UP" if host in by else "MAINT" for host in site.ports}, "states of HAProxy's servers")


def check_all_serve(site, traffic, version):
    """Every host answers with the version, and nothing else is answered any more."""
    traffic.versions()
    def all_hosts():
        seen = traffic.seen()
        return len({host for host, _ in seen}) == len(site.ports) and seen
    seen = wait_until("answers of every host", all_hosts)
    equal({v for _, v in seen}, {version}, "versions that answer")
    equal(set(site.haproxy.statuses().values()), {"UP"}, "states of HAProxy's servers")


@case("a rolling deployment behind HAProxy loses no request")
def rolling(world):
    site = Site(world)
    site.first()
    traffic = Traffic(site.haproxy.port)
    for version, config in (("v2", "OneAtATime"), ("v3", "HalfAtATime")):
        deployment = site.deploy(version, config)
        site.finish(deployment)
        for name in HOSTS:
            events = site.target(deployment, name)["lifecycleEvents"]
            equal([(e["lifecycleEventName"], e["status"]) for e in events],
                  [(event, "Succeeded") for event in TRAFFIC_EVENTS], f"events of {name}")
        check_all_serve(site, traffic, version)
    traffic.stop()


@case("without traffic control the same deployment loses requests: the clients would have noticed")
def control(world):
    site = Site(world, HOSTS[:2])
    site.first()
    site.call("UpdateDeploymentGroup", applicationName="shop", currentDeploymentGroupName="web",
              deploymentStyle={"deploymentType": "IN_PLACE", "deploymentOption": "WITHOUT_TRAFFIC_CONTROL"})
    traffic = Traffic(site.haproxy.port)
    wait_until("answers", traffic.seen)
    site.finish(site.deploy("v2"))
    wait_until("a failed request", lambda: traffic.failures)
    traffic.over.set()


@case("a connection that stays open is waited for, and BlockTraffic says so; AllowTraffic says what it waits for")
def says_why(world):
    site = Site(world, HOSTS[:2])
    site.first()
    traffic = Traffic(site.haproxy.port)
    held = Held(site.haproxy)
    deployment = site.deploy("v2", "HalfAtATime" if held.host == "web-1" else "OneAtATime")
    message = wait_until("what BlockTraffic waits for",
                         lambda: "open" in site.waits_for(deployment, held.host, "BlockTraffic")
                         and site.waits_for(deployment, held.host, "BlockTraffic"))
    contains(message, f"HAProxy backend web: 1 connection of {held.host} is still open, which may take ")
    contains(site.server.slipway("status", deployment), f"    HAProxy backend web: 1 connection of {held.host} is still open", "slipway status")
    equal(site.event(deployment, held.host, "BlockTraffic")["status"], "InProgress", "status of BlockTraffic")
    equal(site.event(deployment, held.host, "AfterBlockTraffic")["status"], "Pending", "status of the event after it")
    equal(site.haproxy.statuses()[held.host], "DRAIN", "state of its server")
    (site.agents[held.host].root / "release").touch()
    held.finish()
    site.finish(deployment)
    check_all_serve(site, traffic, "v2")
    traffic.stop()


@case("a host that is never healthy fails its AllowTraffic, which says what HAProxy says, and the others go on serving")
def never_healthy(world):
    site = Site(world, HOSTS[:2])
    site.first()
    traffic = Traffic(site.haproxy.port)
    # Its checks ask a port where nobody listens.
    site.haproxy.ask(f"set server web/web-1 check-port {free_port()}")
    site.haproxy.ask("set server web/web-1 health up")
    deployment = site.deploy("v2")
    message = wait_until("what AllowTraffic waits for",
                         lambda: "passed; the last one: L" in site.waits_for(deployment, "web-1", "AllowTraffic")
                         and site.waits_for(deployment, "web-1", "AllowTraffic"))
    contains(message, "HAProxy backend web: 0 of 2 health checks of web-1 passed; the last one: L4CON Connection refused")
    site.call("StopDeployment", deploymentId=deployment)
    site.haproxy.ask(f"set server web/web-1 check-port {site.ports['web-1']}")
    site.finish(deployment, "Stopped")
    traffic.stop()


@case("a backend or server that HAProxy does not have ends the deployment with its name and those that there are")
def unknown_names(world):
    site = Site(world, HOSTS[:1], extra="  shop: {driver: haproxy, socket: HERE}\n".replace("HERE", str(world.folder / "haproxy.sock")))
    site.make_group("shop", "shop")
    info = site.finish(site.deploy("v1", group="shop"), "Failed")
    equal(info["errorInformation"]["code"], "ELASTIC_LOAD_BALANCING_INVALID", "code")
    contains(info["errorInformation"]["message"], "has the backends web; it has no backend shop")
    site.make_group("elsewhere", "elsewhere")
    info = site.finish(site.deploy("v1", group="elsewhere"), "Failed")
    contains(info["errorInformation"]["message"], 'target group "elsewhere" is not known')
    contains(info["errorInformation"]["message"], "integrations.yml")
    world.agent(site.server, "other", tags={"fleet": "other"})
    site.make_group("other", tag="other")
    deployment = site.deploy("v1", group="other")
    site.finish(deployment, "Failed")
    equal(site.waits_for(deployment, "other", "BlockTraffic"), "HAProxy backend web has no server other; it has web-1",
          "what BlockTraffic says")


@case("a server with mistakes in integrations.yml does not start, and tells all of them with their lines")
def mistakes(world):
    server = world.server()
    server.stop()
    (server.data / "integrations.yml").write_text("balancers:\n  web: {driver: haproxy}\nalarm: {}\n")
    done = server.run_slipwayd("serve", "--data", server.data, "--listen", "127.0.0.1:0", check=False)
    equal(done.returncode, 1, "exit status")
    contains(done.stderr, 'integrations.yml:2: balancers.web needs "socket"')
    contains(done.stderr, 'integrations.yml:3: the file has no "alarm" (did you mean alarms?)')


def kill_through(site, deployment, chance, most):
    """Kills the server at random moments of the deployment, at most so often; how often it was."""
    killed = 0
    while site.info(deployment)["status"] not in OVER and killed < most:
        time.sleep(chance.uniform(0.0, 1.5))
        site.server.kill()
        site.client.close()
        site.server.start()
        killed += 1
    return killed


@case(f"rolling deployments lose no request through {KILLS} kills of the server")
def kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    chance = random.Random(seed)
    site = Site(world)
    site.first()
    traffic = Traffic(site.haproxy.port)
    killed, number = 0, 1
    while killed < KILLS:
        number += 1
        deployment = site.deploy(f"v{number}", chance.choice(["OneAtATime", "HalfAtATime"]))
        killed += kill_through(site, deployment, chance, KILLS - killed)
        site.finish(deployment)
        for name in HOSTS:
            equal({e["status"] for e in site.target(deployment, name)["lifecycleEvents"]}, {"Succeeded"}, f"events of {name}")
        check_all_serve(site, traffic, f"v{number}")
    diagnose(f"{killed} kills, {number - 1} deployments, {sum(traffic.seen().values())} answers since the last")
    traffic.stop()


@case("blue/green: other hosts take the traffic over, there and back, and no request is lost")
def blue_green(world):
    site = Site(world, resting=GREEN)
    site.first()
    traffic = Traffic(site.haproxy.port)
    check_replaced(site, traffic, "v1", BLUE)
    make_blue_green(site, ready="STOP_DEPLOYMENT")
    deployment = replace_by(site, "spare", "v2")
    wait_until("Ready", lambda: site.info(deployment)["status"] == "Ready", timeout_s=60)
    check_replaced(site, traffic, "v1", BLUE)
    contains(site.server.slipway("status", deployment), f"slipway continue {deployment}", "what can be done")
    contains(site.server.slipway("continue", deployment), f"Deployment {deployment} goes on", "output of continue")
    site.finish(deployment)
    check_replaced(site, traffic, "v2", GREEN)
    for name in GREEN:
        equal([e["lifecycleEventName"] for e in site.target(deployment, name)["lifecycleEvents"]][-3:],
              ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"], f"events of {name}")
    for name in BLUE:
        equal([e["lifecycleEventName"] for e in site.target(deployment, name)["lifecycleEvents"]],
              ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"], f"events of {name}")
    make_blue_green(site)
    site.finish(replace_by(site, "web", "v3", "OneAtATime"))
    check_replaced(site, traffic, "v3", BLUE)
    traffic.stop()


@case(f"blue/green deployments lose no request through {KILLS} kills of the server")
def blue_green_kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    chance = random.Random(seed)
    site = Site(world, resting=GREEN)
    site.first()
    make_blue_green(site)
    traffic = Traffic(site.haproxy.port)
    killed, number = 0, 1
    while killed < KILLS:
        number += 1
        fleet, hosts = ("spare", GREEN) if number % 2 == 0 else ("web", BLUE)
        deployment = replace_by(site, fleet, f"v{number}", chance.choice(["OneAtATime", "AllAtOnce"]))
        killed += kill_through(site, deployment, chance, KILLS - killed)
        site.finish(deployment)
        check_replaced(site, traffic, f"v{number}", hosts)
    diagnose(f"{killed} kills, {number - 1} deployments")
    traffic.stop()


if __name__ == "__main__":
    main(globals())
