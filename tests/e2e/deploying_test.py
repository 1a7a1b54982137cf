#!/usr/bin/env python3
"""Plans, waves, approvals and pauses, with the command line against a real server that is killed meanwhile; the hosts are scripted."""
import http.client
import http.server
import threading
import urllib.parse

from harness import *

COMMANDS = "codedeploy-commands"
REVISION = "s3://slipway/shop/revision.zip"


class ScriptedHost:
    """A registered host whose agent is this process: it fetches a command when it is told to, and no sooner."""

    def __init__(self, server, name, **tags):
        self.name, self.server = name, server
        arn, key_id, secret = server.keys_create(name)
        admin = server.client()
        admin.call("RegisterOnPremisesInstance", instanceName=name, iamUserArn=arn)
        admin.call("AddTagsToOnPremisesInstances", instanceNames=[name],
                   tags=[{"Key": k, "Value": v} for k, v in {"fleet": "web", **tags}.items()])
        admin.close()
        self.arn = arn
        self.client = server.client(keys=(key_id, secret))

    def call(self, operation, **arguments):
        """A server that was killed has dropped the connection."""
        try:
            return self.client.call(operation, COMMANDS, **arguments)
        except (OSError, http.client.HTTPException):
            self.client.close()
            return self.client.call(operation, COMMANDS, **arguments)

    def poll(self):
        """Its command, or None after the second that a poll waits here."""
        return (self.call("PollHostCommand", HostIdentifier=self.arn) or {}).get("HostCommand")

    def begin(self):
        command = wait_until(f"a command for {self.name}", self.poll)
        self.call("PutHostCommandAcknowledgement", HostCommandIdentifier=command["HostCommandIdentifier"])
        return command

    def end(self, command, status="Succeeded"):
        self.call("PutHostCommandComplete", HostCommandIdentifier=command["HostCommandIdentifier"], CommandStatus=status,
                  Diagnostics={"Format": "JSON", "Payload": json.dumps(
                      {"error_code": 0 if status == "Succeeded" else 5, "script_name": "", "message": "", "log": ""})})

    def run(self, n=7):
        """So many events, one after the other; their names."""
        names = []
        for _ in range(n):
            command = self.begin()
            names.append(command["CommandName"])
            self.end(command)
        return names


def make_fleet(world, *names, config="CodeDeployDefault.AllAtOnce"):
    server = world.server(settings="poll_wait_s: 1\n")
    server.slipway("apps", "create", "shop")
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", "fleet=web", "--config", config)
    return server, [ScriptedHost(server, name) for name in names]


def deploy(server, *options):
    done = server.slipway("deploy", "-a", "shop", "-g", "web", "-r", REVISION, "--output", "json", *options)
    return json.loads(done)["deploymentId"]


def info(server, deployment):
    return json.loads(server.slipway("status", deployment, "--output", "json"))["deploymentInfo"]


def kill_and_start(server):
    server.kill()
    server.start()


@case("a plan is shown, carried out, and refused once it has gone stale")
def plan(world):
    server, _ = make_fleet(world, "web-1", "web-2", config="CodeDeployDefault.HalfAtATime")
    asked = ("-a", "shop", "-g", "web", "-r", REVISION)
    text = server.slipway("plan", *asked, "--wave", "canary:1,wait=5,approval", "--wave", "rest")
    for part in ("Plan for shop/web: " + REVISION, "2 hosts with CodeDeployDefault.HalfAtATime: 1 must stay healthy, up to 1 at a time",
                 "Wave canary: 1 host, up to 1 at a time, 1 must succeed, then 5 s of watching, then an approval",
                 "1  web-1  unhealthy", "2  web-2  unhealthy", "warns   HOST_NOT_SEEN", "--wave 'canary:1,wait=5,approval'", "--plan "):
        contains(text, part, "plan for people")
    planned = json.loads(server.slipway("plan", *asked, "--json"))
    equal([h["targetId"] for h in planned["hosts"]], ["web-1", "web-2"], "planned hosts")
    equal(planned, json.loads(server.slipway("plan", *asked, "--output", "json")), "the same plan again")
    equal(json.loads(server.slipway("status", "--output", "json")), {}, "deployments after plans")

    ScriptedHost(server, "web-3")
    stale = server.slipway("deploy", *asked, "--plan", planned["planToken"], check=False)
    equal(stale.returncode, 2, "exit status of deploying a stale plan")
    contains(stale.stderr, "PlanIsStaleException", "why it is refused")
    contains(stale.stderr, "was for 2 hosts, and deployment group web has 3 now; new is web-3", "what has changed")
    server.client().call("DeregisterOnPremisesInstance", instanceName="web-3")
    deployment = deploy(server, "--plan", planned["planToken"])
    busy = server.slipway("plan", *asked, check=False)
    equal(busy.returncode, 1, "exit status of a plan that is blocked")
    contains(busy.stdout, "DeploymentLimitExceededException", "what blocks it")
    contains(busy.stdout, "would not get to its hosts", "what that means")
    server.slipway("stop", deployment)

    for args, status, part in ((["-a", "shop", "-g", "web"], 64, "--folder"), ([*asked, "--wave", "most"], 64, "--wave"),
                               ([*asked, "--config", "none"], 2, "DeploymentConfigDoesNotExistException"),
                               ([*asked, "--wave", "1"], 2, "last one")):
        done = server.slipway("plan", *args, check=False)
        equal((done.returncode, part in done.stderr), (status, True), f"plan {args}: {done.stderr}")


@case("a plan names hosts that are heard of, and since when")
def plan_of_a_host_that_polls(world):
    server, (one, _) = make_fleet(world, "web-1", "web-2")
    one.poll()
    planned = json.loads(server.slipway("plan", "-a", "shop", "-g", "web", "-r", REVISION, "--json"))
    equal([("lastSeenTime" in h) for h in planned["hosts"]], [True, False], "hosts that were seen")
    contains(planned["findings"][0]["message"], "1 of 2 hosts have not been heard of", "finding")
    contains(planned["findings"][0]["message"], "web-2", "finding")


@case("a plan of a blue/green deployment has its replacements, and who is replaced")
def plan_of_other_hosts(world):
    server = world.server(integrations="balancers:\n  web: {driver: haproxy, socket: /run/no-such.sock}\n")
    client = server.client()
    server.slipway("apps", "create", "shop")
    for name, fleet in (("blue-1", "blue"), ("green-1", "green"), ("green-2", "green")):
        ScriptedHost(server, name, fleet=fleet)
    by = lambda fleet: [{"Key": "fleet", "Value": fleet, "Type": "KEY_AND_VALUE"}]
    client.call("CreateDeploymentGroup", applicationName="shop", deploymentGroupName="web", serviceRoleArn=SERVICE_ROLE,
                onPremisesInstanceTagFilters=by("blue"), loadBalancerInfo={"targetGroupInfoList": [{"name": "web"}]},
                deploymentStyle={"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
                blueGreenDeploymentConfiguration={"greenFleetProvisioningOption": {"action": "DISCOVER_EXISTING"}})
    asked = {"applicationName": "shop", "deploymentGroupName": "web", "targetInstances": {"tagFilters": by("green")},
             "revision": {"revisionType": "S3", "s3Location": {"bucket": "slipway", "key": "shop/revision.zip", "bundleType": "zip"}}}
    answer = client.request("PlanDeployment", json.dumps(asked), target="Slipway_20261101.PlanDeployment")
    planned = json.loads(answer.body)
    equal([h["targetId"] for h in planned["hosts"]], ["green-1", "green-2"], "who gets the revision")
    equal([h["targetId"] for h in planned["originals"]], ["blue-1"], "who is replaced")
    contains(planned["findings"][0]["message"], "3 of 3 hosts have not been heard of", "finding")
    by_options = lambda *more, **how: server.slipway("plan", "-a", "shop", "-g", "web", "-r", REVISION, *more, **how)
    equal(json.loads(by_options("--replacement-tag", "fleet=green", "--json")), planned, "the same plan by options")
    either = json.loads(by_options("--replacement-tag", "fleet=red", "--replacement-tag", "fleet", "--json"))
    equal([h["targetId"] for h in either["hosts"]], ["green-1", "green-2"], "hosts of a tag nobody has, or of a key alone")
    wrong = by_options("--replacement-tag", "=green", check=False)
    equal((wrong.returncode, "--replacement-tag is KEY=VALUE or KEY" in wrong.stderr), (64, True), f"a tag without key ({wrong.stderr})")
    ScriptedHost(server, "green-3", fleet="green")
    stale = client.request("CreateDeployment", json.dumps({**asked, "planToken": planned["planToken"]}))
    equal((stale.status, stale.error()[0]), (400, "PlanIsStaleException"), "deploying the stale plan")
    contains(stale.error()[1], "new is green-3", "what has changed")
    shown = info(server, deploy(server, "--replacement-tag", "fleet", "--replacement-asg", "workers", "--replacement-asg", "more workers"))
    equal((shown["targetInstances"]["tagFilters"], shown["targetInstances"]["autoScalingGroups"]),
          ([{"Key": "fleet", "Type": "KEY_ONLY"}], ["workers", "more workers"]), "replacements that a deployment was asked for")


@case("a pause holds what follows, through kills, until it is resumed")
def pause(world):
    server, (one, two) = make_fleet(world, "web-1", "web-2", config="CodeDeployDefault.OneAtATime")
    deployment = deploy(server)
    one.run(2)
    running = one.begin()
    text = server.slipway("pause", deployment)
    contains(text, f"Deployment {deployment} is paused: Events that hosts have begun run to their end", "answer of pause")
    contains(text, f"slipway resume {deployment}", "what comes next")
    again = server.slipway("pause", deployment, check=False)
    equal((again.returncode, "is paused already" in again.stderr), (2, True), "pausing twice")
    kill_and_start(server)
    one.end(running)
    equal(one.poll(), None, "command while paused")
    equal(two.poll(), None, "command for the next host while paused")
    kill_and_start(server)
    equal(one.poll(), None, "command after a kill while paused")
    for part in ("Paused since", "nothing new is started until it is resumed", f"slipway resume {deployment}"):
        contains(" ".join(server.slipway("status", deployment).split()), part, "status for people")
    shown = info(server, deployment)
    equal((shown["status"], "pausedSince" in shown, shown["pausedBy"].split("/")[-1]), ("InProgress", True, "admin"), "status")
    contains(server.slipway("resume", deployment), "goes on", "answer of resume")
    equal(one.run(4), ["Install", "AfterInstall", "ApplicationStart", "ValidateService"], "events after the pause")
    two.run()
    equal(info(server, deployment)["status"], "Succeeded", "status at the end")
    refused = server.slipway("resume", deployment, check=False)
    equal((refused.returncode, "already completed" in refused.stderr), (2, True), "resuming what is over")


@case("StopDeployment works while paused")
def stop_while_paused(world):
    server, (one,) = make_fleet(world, "web-1")
    deployment = deploy(server)
    one.run(1)
    server.slipway("pause", deployment)
    server.slipway("stop", deployment)
    equal(info(server, deployment)["status"], "Stopped", "status")


@case("a wave waits for its approval, through kills; who approved is shown")
def approval(world):
    server, (one, two, three) = make_fleet(world, "web-1", "web-2", "web-3")
    deployment = deploy(server, "--wave", "canary:1,approval", "--wave", "rest")
    early = server.slipway("approve", deployment, check=False)
    equal((early.returncode, "does not wait for an approval" in early.stderr), (2, True), "approving too early")
    one.run()
    waits = lambda: info(server, deployment).get("waitReason") == "approval"
    wait_until("the deployment waits", waits)
    kill_and_start(server)
    equal(waits(), True, "waits after a kill")
    equal(two.poll(), None, "command before the approval")
    text = server.slipway("status", deployment)
    for part in ("Waits until somebody approves of wave rest (2 hosts)", f"slipway approve {deployment}", f"slipway stop {deployment}",
                 "wave canary: Succeeded, 1 of 1 hosts", "wave rest: Pending, 0 of 2 hosts"):
        contains(" ".join(text.split()), part, "status for people")
    wrong = server.slipway("approve", deployment, "--wave", "canary", check=False)
    equal((wrong.returncode, "not of canary" in wrong.stderr), (2, True), "approving another wave")
    contains(server.slipway("approve", deployment, "--wave", "rest"), f"Wave rest of deployment {deployment} begins", "answer of approve")
    two.run()
    three.run()
    shown = info(server, deployment)
    equal((shown["status"], [s["status"] for s in shown["stages"]]), ("Succeeded", ["Succeeded", "Succeeded"]), "status at the end")
    equal(shown["stages"][1]["approvedBy"].split("/")[-1], "admin", "who approved")
    contains(server.slipway("audit"), "ApproveDeployment", "audit")


class LosesApprovals:
    """In front of a server: approvals get there, and their answers get lost."""

    def __init__(self, world, server):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer = http.client.HTTPConnection(urllib.parse.urlsplit(server.http).netloc, timeout=60 * PATIENCE)
                peer.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    peer.putheader(name, value)
                peer.endheaders(body)
                answer = peer.getresponse()
                data = answer.read()
                peer.close()
                self.close_connection = True
                if not self.headers["X-Amz-Target"].endswith(".ApproveDeployment"):
                    self.wfile.write(f"HTTP/1.1 {answer.status} OK\r\nContent-Type: {answer.headers['Content-Type']}\r\n"
                                     f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)

            def log_message(self, *_):
                pass

        peer = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=peer.serve_forever, daemon=True).start()
        world.closers.append(lambda: (peer.shutdown(), peer.server_close()))
        self.url = f"http://127.0.0.1:{peer.server_address[1]}"


@case("an approval whose answer was lost names its wave, and asked for again approves of no other")
def approval_twice(world):
    server, (one, two, three) = make_fleet(world, "web-1", "web-2", "web-3")
    deployment = deploy(server, "--wave", "a:1,approval", "--wave", "b:1,approval", "--wave", "rest")
    awaited = lambda: info(server, deployment).get("awaitedWave")
    one.run()
    wait_until("wave b to be awaited", lambda: awaited() == "b")
    lost = server.slipway("approve", deployment, endpoint=LosesApprovals(world, server).url, check=False)
    equal((lost.returncode, lost.stdout), (3, ""), f"an approval whose answer is lost ({lost.stderr})")
    contains(lost.stderr, f"may have arrived; ask again with slipway approve {deployment} --wave 'b'")
    two.run()
    wait_until("wave rest to be awaited", lambda: awaited() == "rest")
    again = server.slipway("approve", deployment, "--wave", "b", check=False)
    equal((again.returncode, "waits for the approval of wave rest, not of b" in again.stderr), (2, True), "the same again")
    equal((awaited(), three.poll()), ("rest", None), "what is awaited then, and the next host's command")
    contains(server.slipway("approve", deployment), f"Wave rest of deployment {deployment} begins", "answer of approve")
    found = server.aws("cloudtrail", "lookup-events", "--lookup-attributes",
                       "AttributeKey=EventName,AttributeValue=ApproveDeployment")["Events"]
    equal([json.loads(e["CloudTrailEvent"])["requestParameters"]["waveName"] for e in found], ["rest", "b", "b"], "waves that were named")
    three.run()
    late = server.slipway("approve", deployment, check=False)
    equal((late.returncode, "has already completed: it is Succeeded" in late.stderr), (2, True), f"too late ({late.stderr})")


@case("stop is the no to an approval")
def no_approval(world):
    server, (one, two) = make_fleet(world, "web-1", "web-2")
    deployment = deploy(server, "--wave", "canary:1,approval", "--wave", "rest")
    one.run()
    wait_until("the deployment waits", lambda: info(server, deployment).get("awaitedWave") == "rest")
    server.slipway("stop", deployment)
    shown = info(server, deployment)
    equal((shown["status"], shown["deploymentOverview"]["Skipped"]), ("Stopped", 1), "status")
    equal(two.poll(), None, "command for the other host")


@case("zones are gone through one after the other, with a wait between")
def zones(world):
    server, _ = make_fleet(world)
    b, a = (ScriptedHost(server, f"web-{zone}", AvailabilityZone=zone) for zone in "ba")
    server.client().call("CreateDeploymentConfig", deploymentConfigName="zonal", minimumHealthyHosts={"type": "HOST_COUNT", "value": 0},
                         zonalConfig={"monitorDurationInSeconds": 2})
    deployment = deploy(server, "--config", "zonal")
    a.run()
    shown = info(server, deployment)
    equal((shown["status"], shown["waitReason"]), ("Baking", "monitor"), "status between zones")
    kill_and_start(server)
    b.run()
    shown = info(server, deployment)
    equal((shown["status"], [s["name"] for s in shown["stages"]]), ("Succeeded", ["a", "b"]), "status at the end")
    equal(shown["stages"][1]["startTime"] - shown["stages"][0]["endTime"] >= 2, True, "time between the zones")


@case("every new verb explains itself")
def help_texts(world):
    server = world.server()
    for verb, part in (("plan", "--wave"), ("pause", "DEPLOYMENT"), ("resume", "--wait"), ("approve", "--wave"), ("deploy", "--plan")):
        contains(server.slipway(verb, "--help"), part, f"help of {verb}")
        contains(server.slipway("--help"), f"  {verb} ", "list of verbs")
        if verb not in ("plan", "deploy"):
            equal(server.slipway(verb, check=False).returncode, 64, f"{verb} without an argument")


if __name__ == "__main__":
    main(globals())
