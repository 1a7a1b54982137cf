#!/usr/bin/env python3
"""Deployments to EC2 instances, by their tags and their Auto Scaling groups, with a scripted AWS and real agents that have an instance's identity."""

from agent_identity_test import MetadataService
from harness import *
from scripted_aws import ACCOUNT, ScriptedAws, arn_of

TRUST = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}})
COMMANDS = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": ["codedeploy-commands-secure:*", "s3:GetObject", "s3:GetObjectVersion"], "Resource": "*"}})


class InstanceMetadata(MetadataService):
    """An instance of the role web: its keys are those of a session that is named by its id."""

    def __init__(self, world, server, instance):
        super().__init__(world)
        self.instance = instance
        made = server.aws("sts", "assume-role", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/web", "--role-session-name", instance)
        keys = made["Credentials"]
        self.key_id, self.secret, self.session_token = keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]

    def text_of(self, path):
        text = super().text_of(path)
        if path.endswith("/document"):
            return json.dumps({"region": REGION, "accountId": ACCOUNT, "instanceId": self.instance})
        return text.replace("session-of-the-role", self.session_token) if text else text


class Fleet:
    def __init__(self, world, aws=None):
        self.world = world
        self.aws = aws or ScriptedAws(world)
        self.server = world.server(integrations=self.aws.integrations(world.folder),
                                   settings="scaling_s: 1\n")
        self.server.aws("iam", "create-role", "--role-name", "web", "--assume-role-policy-document", TRUST)
        self.server.aws("iam", "put-role-policy", "--role-name", "web", "--policy-name", "host", "--policy-document", COMMANDS)
        self.server.slipway("apps", "create", "shop")
        self.agents = {}

    def instance(self, name, broken=False, **place):
        """An instance that runs, with an agent. broken: its application does not start."""
        metadata = InstanceMetadata(self.world, self.server, name)
        agent = Agent(self.world, self.server, name, ("none", "none", "none"), environment=metadata.environment)
        (agent.root / "codedeploy.onpremises.yml").unlink()
        if broken:
            (agent.root / "broken").touch()
        self.agents[name] = agent.start()
        self.aws.add(name, **place)

    def revision(self, number, gate=None):
        """Its hook writes its number on the host, and waits for the file gate."""
        wait = f"while [ ! -e {gate} ]; do sleep 0.05; done\n" if gate else ""
        return revision_folder(self.world.folder / f"revision-{number}", {"content/page": str(number)}, events=["ApplicationStart"],
                               script=f"#!/bin/sh\n[ -e $HOST_ROOT/broken ] && exit 1\n{wait}echo {number} >$HOST_ROOT/seen\n")

    def deploy(self, number, *options, gate=None, check=True):
        return self.server.slipway("deploy", "--application", "shop", "--group", "web", "--folder", self.revision(number, gate), *options,
                                   "--output", "json", check=check)

    def plan(self, *options, status=0):
        done = self.server.slipway("plan", "-a", "shop", "-g", "web", "-r", REVISION, *options, "--json", check=False)
        equal(done.returncode, status, f"exit status of the plan: {done.stderr}")
        return json.loads(done.stdout)

    def deploy_planned(self, planned):
        """The deployment that carries it out, once it has ended."""
        made = json.loads(self.server.slipway("deploy", "-a", "shop", "-g", "web", "-r", REVISION, "--plan", planned["planToken"],
                                              "--output", "json"))
        def over():
            info = self.server.aws("deploy", "get-deployment", "--deployment-id", made["deploymentId"])["deploymentInfo"]
            return info["status"] in ("Succeeded", "Failed", "Stopped") and info
        return wait_until(f"the end of {made['deploymentId']}", over, timeout_s=90)

    def group(self, **members):
        self.server.aws("deploy", "create-deployment-group", "--cli-input-json", json.dumps(
            {"applicationName": "shop", "deploymentGroupName": "web", "serviceRoleArn": SERVICE_ROLE,
             "deploymentConfigName": "CodeDeployDefault.AllAtOnce", **members}))

    def seen(self, name):
        path = self.agents[name].root / "seen"
        return path.read_text().strip() if path.exists() else None

    def deployments(self, creator):
        ids = self.server.aws("deploy", "list-deployments", "--application-name", "shop", "--deployment-group-name", "web")["deployments"]
        infos = [self.server.aws("deploy", "get-deployment", "--deployment-id", i)["deploymentInfo"] for i in ids]
        return [info for info in infos if info["creator"] == creator]

    def one(self, creator, status="Succeeded"):
        return wait_until(f"a deployment by {creator} that is {status}",
                          lambda: [d for d in self.deployments(creator) if d["status"] == status])[0]

    def no_problems(self):
        equal(self.aws.problems, [], "what AWS would not have taken")


def of(findings, code):
    return [(f["severity"], f["message"]) for f in findings if f["code"] == code]


REVISION = "s3://slipway/shop/planned.zip"
BY_ROLE = [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}]


@case("tagged instances and members of an Auto Scaling group are deployed to, each as itself")
def selection(world):
    fleet = Fleet(world)
    fleet.instance("i-0000000000000000a", tags={"role": "web"})
    fleet.instance("i-0000000000000000b", group="workers", lifecycle="InService")
    fleet.aws.add("i-0000000000000000c", tags={"role": "web"}, state="terminated")
    fleet.aws.add("i-0000000000000000d", tags={"role": "db"})
    fleet.group(ec2TagFilters=BY_ROLE, autoScalingGroups=["workers"])
    fleet.deploy(1, "--wait")
    equal([fleet.seen(n) for n in fleet.agents], ["1", "1"])
    info = fleet.one("user")
    targets = fleet.server.aws("deploy", "list-deployment-targets", "--deployment-id", info["deploymentId"])["targetIds"]
    equal(sorted(targets), ["i-0000000000000000a", "i-0000000000000000b"])
    target = fleet.server.aws("deploy", "get-deployment-target", "--deployment-id", info["deploymentId"], "--target-id", targets[0])
    equal(target["deploymentTarget"]["instanceTarget"]["targetArn"], arn_of(targets[0]))
    group = fleet.server.aws("deploy", "get-deployment-group", "--application-name", "shop", "--deployment-group-name", "web")
    hook = group["deploymentGroupInfo"]["autoScalingGroups"][0]["hook"]
    put = wait_until("the hook", lambda: fleet.aws.hooks.get(("workers", hook)))
    equal((put["HeartbeatTimeout"], put["DefaultResult"], put["NotificationMetadata"]),
          ("600", "ABANDON", group["deploymentGroupInfo"]["deploymentGroupId"]))
    left = fleet.server.aws("deploy", "update-deployment-group", "--application-name", "shop", "--current-deployment-group-name", "web",
                            "--cli-input-json", json.dumps({"autoScalingGroups": []}))
    equal(left["hooksNotCleanedUp"], [])
    wait_until("the hook to go", lambda: not fleet.aws.hooks)
    fleet.no_problems()


@case("134, 135, 137: an instance that comes during a deployment gets the last good revision, goes on, and is brought up to date afterwards")
def scale_out(world):
    fleet, gate = Fleet(world), world.folder / "gate"
    fleet.instance("i-0000000000000000a", group="workers", lifecycle="InService")
    fleet.group(autoScalingGroups=["workers"])
    fleet.deploy(1, "--wait")
    fleet.deploy(2, gate=gate)
    fleet.instance("i-0000000000000000b", group="workers", lifecycle="Pending:Wait")
    scaled = fleet.one("autoscaling")
    wait_until("the instance to be in service", lambda: fleet.aws.lifecycle("i-0000000000000000b") == "InService")
    equal(fleet.seen("i-0000000000000000b"), "1")
    equal([d["status"] for d in fleet.deployments("user")].count("InProgress"), 1)
    equal(scaled["deploymentOverview"]["Succeeded"], 1)

    gate.touch()
    update = fleet.one("CodeDeployAutoUpdate")
    equal(fleet.seen("i-0000000000000000b"), "2")
    root = update["relatedDeployments"]["autoUpdateOutdatedInstancesRootDeploymentId"]
    related = fleet.server.aws("deploy", "get-deployment", "--deployment-id", root)["deploymentInfo"]["relatedDeployments"]
    equal(related["autoUpdateOutdatedInstancesDeploymentIds"], [update["deploymentId"]])

    fleet.instance("i-0000000000000000c", broken=True, group="workers", lifecycle="Pending:Wait")
    fleet.one("autoscaling", "Failed")
    wait_until("the instance to be abandoned", lambda: fleet.aws.lifecycle("i-0000000000000000c") == "Terminated")
    equal({form["LifecycleActionResult"] for form in fleet.aws.actions("CompleteLifecycleAction")}, {"CONTINUE", "ABANDON"})
    fleet.no_problems()


@case("an instance speaks for itself alone, and only if its role may")
def identity(world):
    fleet = Fleet(world)
    metadata = InstanceMetadata(world, fleet.server, "i-0000000000000000a")
    metadata.instance = "i-0000000000000000b"  # a liar
    agent = Agent(world, fleet.server, "liar", ("none", "none", "none"), environment=metadata.environment)
    (agent.root / "codedeploy.onpremises.yml").unlink()
    agent.start()
    wait_until("the refusal", lambda: "may not speak for host" in agent.log.read_text())
    agent.stop()

    fleet.server.aws("iam", "delete-role-policy", "--role-name", "web", "--policy-name", "host")
    metadata.instance = "i-0000000000000000a"
    agent.start()
    wait_until("the other refusal", lambda: "codedeploy-commands-secure:PollHostCommand" in agent.log.read_text())


@case("a plan lists instances as a deployment would, and one that has come since makes it stale")
def planned(world):
    fleet = Fleet(world)
    one, two, three = (f"i-0000000000000000{letter}" for letter in "abc")
    fleet.instance(one, tags={"role": "web"})
    fleet.aws.add(two, group="workers", lifecycle="InService")
    fleet.aws.add(three, group="workers", lifecycle="Pending")
    fleet.aws.add("i-0000000000000000d", tags={"role": "web"}, state="terminated")
    fleet.group(ec2TagFilters=BY_ROLE, autoScalingGroups=["workers"])
    fleet.server.slipway("push", "--application", "shop", "--key", "shop/planned.zip", fleet.revision(1))
    wait_until("the agent to be seen", lambda: "lastSeenTime" in fleet.plan("--config", "CodeDeployDefault.AllAtOnce")["hosts"][0])
    plan = fleet.plan("--config", "CodeDeployDefault.HalfAtATime")
    equal([h["targetId"] for h in plan["hosts"]], [one, two], "hosts of the plan")
    equal((plan["minimumHealthyHosts"], plan["batchSize"]), (1, 1), "how many at a time")
    quiet = of(plan["findings"], "HOST_NOT_SEEN")[0][1]
    equal(("1 of 2 hosts have not been heard of" in quiet, f": {two}. " in quiet), (True, True), f"who is not seen: {quiet}")
    plan = fleet.plan()
    with fleet.aws.lock:
        fleet.aws.instances[three]["lifecycle"] = "InService"
    stale = fleet.deploy_planned(plan)
    equal((stale["status"], stale["errorInformation"]["code"]), ("Failed", "PLAN_IS_STALE"), "the deployment of a stale plan")
    contains(stale["errorInformation"]["message"], f"was for 2 hosts, and deployment group web has 3 now; new is {three}", "why")
    equal(fleet.seen(one), None, "what the stale deployment has done")

    for gone in (two, three):
        with fleet.aws.lock:
            del fleet.aws.instances[gone]
    done = fleet.deploy_planned(fleet.plan())
    equal(done["status"], "Succeeded", f"the deployment of a plan: {done.get('errorInformation')}")
    equal(fleet.seen(one), "1")
    fleet.no_problems()


@case("a plan says what a copy of an Auto Scaling group would have, and what EC2 refuses")
def planned_copy(world):
    fleet = Fleet(world)
    for letter in "abc":
        fleet.aws.add(f"i-0000000000000000{letter}", group="workers", lifecycle="InService")
    fleet.aws.add("i-0000000000000000d", group="workers", lifecycle="Pending")
    fleet.group(autoScalingGroups=["workers"], loadBalancerInfo={"targetGroupInfoList": [{"name": "api"}]},
                deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
                blueGreenDeploymentConfiguration={"greenFleetProvisioningOption": {"action": "COPY_AUTO_SCALING_GROUP"}})
    plan = fleet.plan("--config", "CodeDeployDefault.HalfAtATime")
    equal((plan["hosts"], plan["copy"]), ([], {"autoScalingGroupName": "workers", "instances": 3}), "who gets the revision")
    equal([h["targetId"][-1] for h in plan["originals"]], ["a", "b", "c"], "who is replaced")
    equal((plan["minimumHealthyHosts"], plan["batchSize"]), (2, 1), "how many of the copy at a time")
    text = fleet.server.slipway("plan", "-a", "shop", "-g", "web", "-r", REVISION)
    contains(text, "3 new hosts, a copy of Auto Scaling group workers, with CodeDeployDefault.AllAtOnce", "plan for people")
    contains(text, "Replaced, once traffic has moved: 3 hosts", "plan for people")

    fleet.aws.DescribeAutoScalingGroups = lambda form: "not that way"
    refused = fleet.plan(status=1)
    equal("planToken" in refused, False, "a token of a plan with gaps")
    equal(refused["copy"], {"autoScalingGroupName": "workers"}, "a copy of what is not known")
    severity, why = of(refused["findings"], "AUTO_SCALING_CONFIGURATION")[0]
    equal((severity, "in the Auto Scaling groups workers cannot be listed" in why, "not that way" in why), ("blocks", True, True), why)
    fleet.aws.DescribeAutoScalingGroups = lambda form: {"AutoScalingGroups": {"member": []}}
    contains(of(fleet.plan(status=1)["findings"], "AUTO_SCALING_CONFIGURATION")[0][1], "there is no Auto Scaling group workers")
    fleet.no_problems()


def make_silent_fleet(world, settings):
    ec2 = Silence(world)
    keys = ScriptedAws(world).integrations(world.folder).split("endpoints:")[0]
    server = world.server(settings=settings, integrations=(
        f"{keys}endpoints: {{ec2: '{ec2.url}', autoscaling: '{ec2.url}'}}\n  timeout_seconds: 60\ninventory: {{ec2: true}}\n"))
    server.slipway("apps", "create", "shop")
    server.aws("deploy", "create-deployment-group", "--application-name", "shop", "--deployment-group-name", "web",
               "--service-role-arn", SERVICE_ROLE, "--ec2-tag-filters", json.dumps(BY_ROLE))
    return server, ec2


@case("a server stops while somebody waits for a plan")
def stopped_in_silence(world):
    server, ec2 = make_silent_fleet(world, "plan_reading_s: 60\n")
    planner = subprocess.Popen([str(SLIPWAY), "plan", "-a", "shop", "-g", "web", "-r", REVISION], env=server.client_environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with ec2.wait_for_caller():
        equal(server.stop(), 0, "exit status of the server")
    text, _ = planner.communicate(timeout=60 * PATIENCE)
    equal(planner.returncode, 1, f"what became of the plan: {text}")
    contains(" ".join(text.split()), "could not be listed right now: the server is stopping", "the gap")


@case("a plan does not wait for an EC2 that does not answer, and cannot be carried out without it")
def planned_in_silence(world):
    server, _ = make_silent_fleet(world, "plan_reading_s: 1\n")
    for why in ("no answer within 1 s", "", ""):  # they hear of the same question, as long as that is asked
        done = server.slipway("plan", "-a", "shop", "-g", "web", "-r", REVISION, check=False)
        equal(done.returncode, 1, "exit status of a plan with gaps")
        contains(" ".join(done.stdout.split()), f"with the tags (role=web) could not be listed right now: {why}", "the gap")
        contains(done.stdout, "This plan has gaps, so it cannot be carried out", "what it means")


if __name__ == "__main__":
    main(globals())
