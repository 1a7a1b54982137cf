#!/usr/bin/env python3
"""The agent in the short conversation of docs/host-protocol.md, with a scripted service and with slipwayd; and with a service that does not know it."""

import collections
import re

from harness import *
from scripted_host import *
from scripted_service import *

POLL, SPECIFICATION, ACKNOWLEDGE, COMPLETE = (
    "PollHostCommand", "GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete")
SEQUENCE = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService"]
COUNTING = '#!/bin/sh\necho "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >>$HOST_ROOT/runs\n'
AT_ONCE, NEVER = 0, 3600  # of acknowledge_after: cases do not depend on how quick the machine is


class ShortHost(Host):
    """An agent that has not been started, and a service that has the short conversation."""

    def __init__(self, world, acknowledge_after=NEVER, short=True, **config):
        self.service = ScriptedService(world, short=short)
        self.agent = self.service.agent(start=False, acknowledge_after=acknowledge_after, **config)
        self.root = self.agent.deployment_root
        self.files = self.agent.root / "files"
        self.files.mkdir()

    def revision(self, *events):
        """A revision with a script for each of these events."""
        hooks = "".join(f"  {event}:\n    - location: hook.sh\n" for event in events)
        self.upload(zipped({"appspec.yml": self.appspec(f"hooks:\n{hooks}" if events else ""), "content/a": "a", "hook.sh": COUNTING}))
        return self.service.document()

    def queue(self, document, events=SEQUENCE):
        return [self.service.command(event, document) for event in events]

    def finish(self, identifiers):
        """All of the commands have succeeded, once each, and the agent polls again."""
        for identifier in identifiers:
            equal((identifier, self.service.result(identifier).status), (identifier, "Succeeded"))
        self.service.polls_after_now(1)
        for identifier in identifiers:
            equal((identifier, len(set(self.service.completions[identifier]))), (identifier, 1))

    def counts(self):
        """Of what was asked about commands."""
        with self.service.lock:
            return collections.Counter(call.operation for call in self.service.calls if call.operation != POLL)

    def runs(self):
        path = self.agent.root / "runs"
        return [line.split()[1] for line in path.read_text().splitlines()] if path.exists() else []

    def asked(self):
        """Operations between the poll that brought the first command and the one after the last."""
        with self.service.lock:
            operations = [call.operation for call in self.service.calls]
        about = [index for index, operation in enumerate(operations) if operation != POLL]
        return operations[about[0]:about[-1] + 1]


@case("without scripts each event is one request, nothing is fetched, and there is no poll between")
def one_request_an_event(world):
    host = ShortHost(world)
    identifiers = host.queue(host.revision())
    host.agent.start()
    host.finish(identifiers)
    equal(host.asked(), [COMPLETE if event in ("DownloadBundle", "Install") else ACKNOWLEDGE for event in SEQUENCE])
    equal((host.files / "a").read_text(), "a")
    with host.service.lock:
        first = next(index for index, call in enumerate(host.service.calls) if call.operation != POLL)
        equal([call.operation for call in host.service.calls[:first]], [POLL], "what came before: the poll that had the first command")
        equal({call.headers.get("x-slipway-conversation") for call in host.service.calls}, {"short"}, "what each call says that the agent can")


@case("scripts are acknowledged before they run, and completed after")
def scripts(world):
    host = ShortHost(world)
    document = host.revision(*SEQUENCE)
    seen = {}

    def acknowledged(body):
        seen[body["HostCommandIdentifier"]] = host.runs()

    host.service.on[ACKNOWLEDGE] = acknowledged
    identifiers = host.queue(document)
    host.agent.start()
    host.finish(identifiers)
    ran = ["BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService"]  # the host had no revision to be stopped
    equal(host.runs(), ran)
    for identifier, event in zip(identifiers, SEQUENCE):
        if event in ran:
            equal((event, seen[identifier]), (event, ran[:ran.index(event)]), "what had run when it was acknowledged")
    equal(host.counts(), {ACKNOWLEDGE: 5, COMPLETE: 6}, "requests for seven events, four with scripts")


@case("a download that takes long is acknowledged while it runs")
def long_download(world):
    host = ShortHost(world, acknowledge_after=AT_ONCE)
    document = host.revision()

    def held(_name):
        wait_until("the acknowledgement", lambda: host.service.operations(ACKNOWLEDGE))

    host.service.on["GetObject"] = held
    identifiers = host.queue(document, ["DownloadBundle"])
    host.agent.start()
    host.finish(identifiers)
    equal(host.asked(), [ACKNOWLEDGE, COMPLETE])
    equal(host.service.operations(ACKNOWLEDGE)[0].body["Diagnostics"]["Payload"], '{"IsCommandNoop":false}')


@case("that acknowledgement is repeated until it is answered; whatever it is answered with, the command goes on")
def late_acknowledgement_fails(world):
    host = ShortHost(world, acknowledge_after=AT_ONCE)
    document = host.revision()
    troubles = [(503, {"__type": "ServiceUnavailable"}), (400, {"__type": "ThrottlingException"})]
    host.service.on[ACKNOWLEDGE] = lambda body: troubles.pop() if troubles else None
    host.service.on["GetObject"] = lambda name: wait_until(
        "the third acknowledgement", lambda: len(host.service.operations(ACKNOWLEDGE)) == 3) and None
    identifiers = host.queue(document, ["DownloadBundle"])
    host.agent.start()
    host.finish(identifiers)
    equal(host.asked(), [ACKNOWLEDGE] * 3 + [COMPLETE])

    for refusal in ((400, {"__type": "ClientException"}), (200, {"CommandStatus": "Failed"})):
        host.service.calls.clear()
        host.service.on[ACKNOWLEDGE] = lambda body, refusal=refusal: refusal
        host.service.on["GetObject"] = lambda name: wait_until("the acknowledgement", lambda: host.service.operations(ACKNOWLEDGE)) and None
        host.finish(host.queue(host.revision(), ["DownloadBundle"]))
        equal(host.asked(), [ACKNOWLEDGE, COMPLETE])


@case("an acknowledgement's and a completion's next command may be another deployment's")
def another_deployment(world):
    host = ShortHost(world)
    one, other = host.revision(), host.service.document(group="another", key="key")
    identifiers = [host.service.command(event, document) for event, document in (
        ("ApplicationStop", one), ("ApplicationStop", other), ("DownloadBundle", other), ("DownloadBundle", one))]
    host.agent.start()
    host.finish(identifiers)
    equal(host.asked(), [ACKNOWLEDGE, ACKNOWLEDGE, COMPLETE, COMPLETE])


@case("a failure brings the next command as well")
def failure(world):
    host = ShortHost(world)
    document = host.revision()
    bad, good = host.service.command("Reboot", document), host.service.command("DownloadBundle", document)
    worse, last = host.service.command("DownloadBundle", host.service.document(key="none")), host.service.command("ApplicationStop", document)
    host.service.on[ACKNOWLEDGE] = lambda body: {"CommandStatus": "InProgress"}
    host.agent.start()
    host.finish([good, last])
    for identifier in (bad, worse):
        done = host.service.result(identifier)
        equal((done.status, done.code), ("Failed", 5))
    equal(host.asked(), [ACKNOWLEDGE, COMPLETE, COMPLETE, COMPLETE, ACKNOWLEDGE, COMPLETE])


@case("a specification that came with a command is held to what a fetched one is")
def bad_specifications(world):
    host = ShortHost(world)
    service, good = host.service, host.revision()
    signed = service.sign(good)
    lines = signed.splitlines()
    lines[6] = lines[6][:10] + ("A" if lines[6][10] != "A" else "B") + lines[6][11:]
    cases = [service.specification(signed, system="Other"), service.specification(signed, "XML"), service.specification(signed, None),
             service.specification(json.dumps(good), "TEXT/JSON"), service.specification("\n".join(lines) + "\n"),
             service.specification("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"), service.specification(service.sign("no json")),
             {"DeploymentSystem": "CodeDeploy", "DeploymentSpecification": {}},
             {"DeploymentSpecification": service.specification(signed)["DeploymentSpecification"]}]
    identifiers = [service.command(name, lambda answer=answer: answer) for answer in cases for name in ("Install", "DownloadBundle")]
    host.agent.start()
    for identifier in identifiers:
        done = service.result(identifier)
        equal((done.status, done.code, done.script, done.log), ("Failed", 5, "", ""))
    service.polls_after_now(1)
    equal(host.asked(), [COMPLETE] * len(identifiers))
    equal((host.root / good["DeploymentGroupId"]).exists(), False, "anything that was executed")
    host.agent.stop()

    other_key, other = service.make_signer(["extendedKeyUsage=codeSigning"], "other")
    service.agent("bound", spec_signer_ca=str(service.certificate))
    trusted = service.command("ApplicationStop", good)
    stranger = service.command("ApplicationStop", lambda: service.specification(service.sign(good, other_key, other)))
    equal((service.result(trusted).status, service.result(stranger).status, service.result(stranger).code), ("Succeeded", "Failed", 5))


@case("a command that came without a specification is fetched and acknowledged, and polls go on beside it")
def without_specification(world):
    host = ShortHost(world)
    document = host.revision("AfterInstall")
    host.queue(document, ["DownloadBundle", "Install", "AfterInstall"])
    (_, first), *others = host.service.queue
    left = [command for _, command in others]
    host.service.queue.clear()
    host.service.queue.append((host.service.arn, first))
    host.service.in_short = lambda operation, asked, answer: {
        **answer, **({"HostCommand": left.pop(0)} if operation == COMPLETE and left else {})}
    host.service.on[ACKNOWLEDGE] = lambda body: host.service.polls_after_now(2)
    host.agent.start()
    host.finish([command["HostCommandIdentifier"] for command in (first, *(command for _, command in others))])
    equal(host.counts(), {SPECIFICATION: 3, ACKNOWLEDGE: 3, COMPLETE: 3})


@case("answers bring what is not this host's, is no command, or is at work already: none of it is taken on, and polls go on")
def odd_commands(world):
    host = ShortHost(world)
    document = host.revision()
    host.service.in_short = lambda operation, asked, answer: {
        **answer, **(host.service.default_GetDeploymentSpecification(answer["HostCommand"]) if answer.get("HostCommand") else {})}
    command = {"HostCommandIdentifier": "other", "HostIdentifier": host.service.arn, "DeploymentExecutionId": "a/b/c/d",
               "CommandName": "DownloadBundle"}
    odd = [{"HostIdentifier": "somebody-else"}, {"CommandName": ""}, {"HostCommandIdentifier": None}, {"HostCommandIdentifier": "itself"}, {}]
    answers = list(odd)
    for _ in odd:
        host.service.command("ApplicationStop", document)

    def acknowledged(body):
        wrong = answers.pop(0)
        if wrong.get("HostCommandIdentifier") == "itself":
            wrong = {"HostCommandIdentifier": body["HostCommandIdentifier"]}
        return {"CommandStatus": "Succeeded", "HostCommand": {**command, **wrong} if wrong else {}}

    host.service.on[ACKNOWLEDGE] = acknowledged
    host.service.on[COMPLETE] = lambda body: host.service.complain("a completion", [str(body)])
    host.service.default_GetDeploymentSpecification = lambda body: host.service.specification(host.service.sign(document))
    host.agent.start()
    wait_until("all of the answers", lambda: not answers)
    host.service.polls_after_now(2)
    equal(host.counts(), {ACKNOWLEDGE: len(odd)})


def bad_day(kind):
    @case(f"every call's first answer is {kind}: each event runs once, and has one end")
    def day(world):
        host = ShortHost(world, poll_backoff_first=0.02)
        events = ["DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart"]
        document = host.revision("BeforeInstall", "AfterInstall")
        host.service.hold_s = 0.1
        host.service.trouble = EachOnce(kind, (POLL, SPECIFICATION, ACKNOWLEDGE, COMPLETE))
        identifiers = host.queue(document, events)
        host.agent.start()
        host.finish(identifiers)
        equal(host.runs(), ["BeforeInstall", "AfterInstall"])
        equal(host.counts()[SPECIFICATION], 0, "fetched specifications")
    return day


for trouble_kind in TROUBLES:
    globals()[f"day_of_{trouble_kind.replace(' ', '_')}"] = bad_day(trouble_kind)


@case("an agent that is stopped takes no next command: the one that is started next has it at once")
def stopped(world):
    host = ShortHost(world)
    document = host.revision("BeforeInstall")
    go = host.agent.root / "go"
    host.upload(zipped({"appspec.yml": host.appspec("hooks:\n  BeforeInstall:\n    - location: hook.sh\n"), "content/a": "a",
                        "hook.sh": COUNTING + "while [ ! -e $HOST_ROOT/go ]; do sleep 0.02; done\n"}))
    identifiers = host.queue(document, ["DownloadBundle", "BeforeInstall", "Install"])
    host.agent.start()
    wait_until("the script", host.runs)
    host.agent.process.child.terminate()
    wait_until("the agent to be stopping", lambda: "waiting for 1 running command" in tail(host.agent.log, 200))
    go.touch()
    host.agent.process.child.wait(30)
    equal(host.service.result(identifiers[1]).status, "Succeeded")
    report = host.service.operations(COMPLETE)[-1]
    equal(report.headers.get("x-slipway-conversation"), None, "what the last report says that the agent can")
    equal([entry["CommandName"] for _, entry in host.service.queue], ["Install"], "what the service has kept")
    host.agent.start()
    host.finish(identifiers)


@case("an agent that is killed before its report is answered reports again when it is back, and so has the next command")
def killed(world):
    host = ShortHost(world)
    document = host.revision("BeforeInstall")
    identifiers = host.queue(document, ["DownloadBundle", "BeforeInstall", "Install"])
    host.service.on[COMPLETE] = lambda body: DROP if body["HostCommandIdentifier"] == identifiers[1] else None
    host.agent.start()
    wait_until("a report of BeforeInstall", lambda: [
        call for call in host.service.operations(COMPLETE) if call.body["HostCommandIdentifier"] == identifiers[1]])
    host.agent.kill()
    host.service.on.clear()
    before = len(host.service.calls)
    host.agent.start()
    host.finish(identifiers)
    equal([call.operation for call in host.service.calls[before:]][:2], [COMPLETE, COMPLETE], "the report again, and that of Install")
    equal(host.runs(), ["BeforeInstall"])


@case("a service that does not know it is served as ever: four requests an event, polls beside, a script or not")
def stock_service(world):
    host = ShortHost(world, acknowledge_after=AT_ONCE, short=False)
    document = host.revision("BeforeInstall")
    identifiers = []
    host.agent.start()
    for event in SEQUENCE:
        identifiers += host.queue(document, [event])
        host.service.result(identifiers[-1])
    host.finish(identifiers)
    equal([call.operation for call in host.service.operations(SPECIFICATION, ACKNOWLEDGE, COMPLETE)],
          [SPECIFICATION, ACKNOWLEDGE, COMPLETE] * len(SEQUENCE))
    equal((host.runs(), (host.files / "a").read_text()), (["BeforeInstall"], "a"))
    equal({call.headers.get("x-slipway-conversation") for call in host.service.operations(POLL)}, {"short"})


# ---- with slipwayd ----


class SlipwayHost:
    """An agent of a server of ours, whose trace of HTTP says what it has asked."""

    def __init__(self, world, events):
        self.server = world.server()
        self.agent = world.agent(self.server, "web-1", {"fleet": "yes"}, extra_config={"log_aws_wire": True, "acknowledge_after": NEVER})
        self.client = self.server.client()
        self.client.call("CreateApplication", applicationName="web")
        self.client.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName="fleet", serviceRoleArn=SERVICE_ROLE,
                         onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "yes", "Type": "KEY_AND_VALUE"}])
        folder = revision_folder(world.folder / "revision", {"content/readme": "read me"}, events, COUNTING, self.agent.root / "files")
        equal(self.client.s3("PUT", "/releases").status, 200, "status of making a bucket")
        bundle = tar_folder(folder, world.folder / "r.tgz").read_bytes()
        equal(self.client.s3("PUT", "/releases/r.tgz", bundle).status, 200, "status of the upload")

    def wait_for_poll(self):
        wait_until("a parked poll", lambda: "slipway_polls_parked 1\n" in self.server.get("/metrics")[2].decode())

    def trace(self):
        text = (self.agent.root / "log" / "codedeploy-agent.aws_wire.log").read_text()
        return collections.Counter(re.findall(r"X-Amz-Target: \w+\.(\w+)", text))

    def deploy(self):
        """Requests of the agent from one parked poll to the next."""
        self.wait_for_poll()
        before = self.trace()
        location = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": "r.tgz", "bundleType": "tgz"}}
        deployment = self.client.call("CreateDeployment", applicationName="web", deploymentGroupName="fleet", revision=location)["deploymentId"]

        def status():
            return self.client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]["status"]

        wait_until("the deployment's end", lambda: status() in ("Succeeded", "Failed"))
        equal(status(), "Succeeded")
        self.wait_for_poll()
        return dict(self.trace() - before)


@case("with slipwayd, without scripts: seven events are seven requests and a poll")
def with_slipwayd(world):
    host = SlipwayHost(world, [])
    for _ in range(2):
        equal(host.deploy(), {POLL: 1, ACKNOWLEDGE: 5, COMPLETE: 2})
    equal((host.agent.root / "files" / "readme").read_text(), "read me")


@case("with slipwayd, and a script for each event that can have one: another request for each script")
def with_slipwayd_and_scripts(world):
    host = SlipwayHost(world, EVENTS)
    equal(host.deploy(), {POLL: 1, ACKNOWLEDGE: 5, COMPLETE: 6}, "the first deployment, which has nothing to stop")
    equal(host.deploy(), {POLL: 1, ACKNOWLEDGE: 5, COMPLETE: 7}, "the second")


if __name__ == "__main__":
    main(globals())
