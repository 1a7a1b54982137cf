#!/usr/bin/env python3
"""Bad days of a host agent: lost, late and wrong answers, throttling, resets, repeated deliveries, clocks that differ, crowds.

The same invariants hold on each of them: every command that ran has one end, whatever was sent how often; and nothing ran twice.
"""

import collections
import threading

from harness import *
from scripted_host import *
from scripted_service import *

COUNTING = '#!/bin/sh\necho "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >>$HOST_ROOT/runs\n'
EVENTS_WITH_SCRIPTS = ("ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService")


def busy_host(world, **config):
    """A host whose polls come often, so that cases do not wait for them."""
    host = Host(world, **{"poll_backoff_first": 0.02, **config})
    host.service.hold_s = 0.1
    return host


def counted(host, waiting=False):
    """A revision that deploys a file and whose scripts write down that they ran."""
    script = COUNTING + ("while [ ! -e $HOST_ROOT/go ]; do sleep 0.02; done\n" if waiting else "")
    hooks = "".join(f"  {event}:\n    - location: hook.sh\n" for event in EVENTS_WITH_SCRIPTS)
    return {"appspec.yml": host.appspec(f"hooks:\n{hooks}"), "content/a": "a", "hook.sh": script}


def runs(host):
    path = host.agent.root / "runs"
    return path.read_text().splitlines() if path.exists() else []


def check_ends(host, identifiers, status="Succeeded"):
    """One end for each command: the first report counts, and all repeat it."""
    for identifier in identifiers:
        reports = host.service.completions[identifier]
        equal((identifier, reports[0].status, len(set(reports))), (identifier, status, 1), f"reports {reports}")
    equal(len(set(runs(host))), len(runs(host)), f"nothing ran twice: {runs(host)}")


def deploy(host, document, events=("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall"), timeout_s=40):
    identifiers = []
    for event in events:
        identifiers.append(host.service.command(event, document))
        host.service.result(identifiers[-1], timeout_s)
    host.service.polls_after_now(2)
    return identifiers


def bad_day(kind):
    @case(f"every call's first answer is {kind}: each event runs once, and has one end")
    def day(world):
        host = busy_host(world)
        operations = ["PollHostCommand", "GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete"]
        if kind != "garbled":  # of a bundle only its ETag tells
            operations.append("GetObject")
        host.upload(zipped(counted(host)))
        host.service.trouble = trouble = EachOnce(kind, operations)
        document = host.service.document()
        identifiers = deploy(host, document, ("DownloadBundle", "BeforeInstall", "Install"))
        check_ends(host, identifiers)
        equal(runs(host), [f"{document['DeploymentId']} BeforeInstall"])
        equal((host.files / "a").read_text(), "a")
        if kind not in ("slow", "hung up"):  # these are no failures
            wait_until("every call's second delivery", lambda: min(
                count for (operation, _), count in trouble.seen.items() if operation in operations) >= 2)
            check_ends(host, identifiers)
        else:
            lacks(tail(host.agent.log, 100), "failed")
            lacks(tail(host.agent.log, 100), "trying again")
    return day


for trouble_kind in TROUBLES:
    globals()[f"day_of_{trouble_kind.replace(' ', '_')}"] = bad_day(trouble_kind)


@case("a whole deployment on a day of all troubles in turn")
def all_troubles(world):
    host = busy_host(world)
    host.upload(zipped(counted(host)))
    turns, seen = collections.Counter(), EachOnce("spoiled")
    lock = threading.Lock()

    def trouble(operation, what):
        if seen(operation, what) is None:
            return None
        with lock:
            turns[operation] += 1
            return TROUBLES[turns[operation] % len(TROUBLES)] if operation != "GetObject" else "cut"

    host.service.trouble = trouble
    document = host.service.document()
    events = ("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService")
    check_ends(host, deploy(host, document, events))
    equal(runs(host), [f"{document['DeploymentId']} {event}" for event in EVENTS_WITH_SCRIPTS[1:]])


@case("a bundle that is cut off again and again arrives whole; one that changes meanwhile is not mixed with what it was")
def cut_bundles(world):
    host = busy_host(world, download_pause_first=0.5)
    service = host.service
    old, new = (tarred({"appspec.yml": HEAD, "noise": os.urandom(300_000)}) for _ in range(2))
    service.objects["bucket/key"] = old
    cuts = []
    service.trouble = lambda operation, what: cuts.append(what) or "cut" if operation == "GetObject" and len(cuts) < 3 else None
    document = service.document(bundle="tar")
    service.succeed("DownloadBundle", document)
    equal((len(cuts), (host.folder(document) / "bundle.tar").read_bytes() == old), (3, True))

    # the first half is the old one's, and then there is the new one
    versions = [old]
    service.on["GetObject"] = lambda name: service.objects.update({"bucket/key": versions.pop() if versions else new})
    cuts.clear()
    service.trouble = lambda operation, what: cuts.append(what) or "cut" if operation == "GetObject" and len(cuts) < 1 else None
    document = service.document(bundle="tar")
    service.succeed("DownloadBundle", document)
    equal((len(cuts), (host.folder(document) / "bundle.tar").read_bytes() == new), (1, True))


@case("delivered five times, before, while and after it runs: one run, one end")
def five_times(world):
    host = busy_host(world)
    document = host.download(counted(host, waiting=True))
    service = host.service
    identifiers = []
    for event in ("BeforeInstall", "Install"):
        (host.agent.root / "go").unlink(missing_ok=True)
        identifiers.append(service.command(event, document))
        for _ in range(3):
            service.command(event, document, identifier=identifiers[-1])
        wait_until("the deliveries", lambda: not service.queue)
        (host.agent.root / "go").touch()
        service.result(identifiers[-1])
        before = len(service.completions[identifiers[-1]])
        service.command(event, document, identifier=identifiers[-1])
        wait_until("the result again", lambda: len(service.completions[identifiers[-1]]) > before)
    service.polls_after_now(2)
    check_ends(host, identifiers)
    equal(runs(host), [f"{document['DeploymentId']} BeforeInstall"])
    acknowledged = [call.body["HostCommandIdentifier"] for call in service.operations("PutHostCommandAcknowledgement")]
    equal([acknowledged.count(identifier) for identifier in identifiers], [1] * 2, "acknowledgements")


@case("clocks that are hours apart, either way: the agent takes the service's")
def clock_skew(world):
    for number, offset_s in enumerate((3600, -86400)):
        host = busy_host(PartOfWorld(world, number))
        host.service.clock_offset_s = offset_s
        host.upload(zipped(counted(host)))
        check_ends(host, deploy(host, host.service.document(), ("DownloadBundle", "BeforeInstall", "Install")))
        host.agent.stop()


@case("a refused specification is reported once; a refused acknowledgement runs nothing, and what is delivered anew runs")
def refused(world):
    host = busy_host(world)
    document = host.download(counted(host))
    service = host.service
    before = len(service.operations("GetDeploymentSpecification"))
    service.on["GetDeploymentSpecification"] = lambda body: (400, {"__type": "ClientException"})
    done = service.run("BeforeInstall", document)
    equal((done.status, done.code), ("Failed", 5))
    equal(len(service.operations("GetDeploymentSpecification")) - before, 1, "times that it was asked for")
    del service.on["GetDeploymentSpecification"]
    service.on["PutHostCommandAcknowledgement"] = lambda body: (400, {"__type": "ClientException"})
    identifier = service.command("BeforeInstall", document)
    service.polls_after_now(3)
    equal((service.completions[identifier], runs(host)), ([], []))
    del service.on["PutHostCommandAcknowledgement"]
    wait_until("the result", lambda: service.completions[identifier] or (
        service.queue or service.command("BeforeInstall", document, identifier=identifier)) and None, pause_s=0.3)
    check_ends(host, [identifier])
    equal(len(runs(host)), 1)


@case("keys that are refused for a while, in the middle of a command: it goes on when they are good again")
def denied(world):
    host = busy_host(world)
    document = host.download(counted(host))
    denials = {operation: [(400, {"__type": name}) for name in ("AccessDeniedException", "ExpiredTokenException")]
               for operation in ("GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete")}
    for operation, answers in denials.items():
        host.service.on[operation] = lambda body, answers=answers: answers.pop() if answers else None
    identifier = host.service.command("BeforeInstall", document)
    host.service.result(identifier)
    check_ends(host, [identifier])
    equal([answers for answers in denials.values() if answers], [])


@case("an empty answer to a report will do, and one with members that nobody knows")
def odd_answers(world):
    host = busy_host(world)
    document = host.service.document()
    for body in (b"", b"{}", b'{"unknown": [1, 2]}'):
        host.service.on["PutHostCommandComplete"] = lambda told, body=body: (host.service.default_PutHostCommandComplete(told), (200, body))[1]
        identifier = host.service.command("ApplicationStop", document)
        host.service.result(identifier)
        host.service.polls_after_now(2)
        equal((body, len(host.service.completions[identifier])), (body, 1))


@case("answers of another world: redirects, pages, floods and towers of brackets; none is followed or believed, and the next command runs")
def another_world(world):
    host = busy_host(world)
    service = host.service
    elsewhere = ScriptedService(world)
    command = {"HostCommand": {"HostCommandIdentifier": "c", "HostIdentifier": service.arn, "DeploymentExecutionId": "a/b/c/d", "CommandName": "Install"}}
    answers = [(302, b""), (307, b""), (404, b"<html>"), (401, b""), (204, b""), (200, b"[" * 200_000), (200, b'{"HostCommand": [1]}'),
               (200, b'{"HostCommand": {"HostCommandIdentifier": 7}}'), (200, b" " * 20_000_000 + b"{}"), (200, b'{"HostCommand": "' + b"x" * 17_000_000),
               (200, b"\xff\xfe{}"), (200, b"\0"), (299, json.dumps(command).encode()[:-1])]
    of_specification = [(302, b""), (307, b""), (200, b"[" * 200_000), (200, b"\xff\xfe{}")]
    plain_reply = service.reply
    service.reply = lambda handler, status, data, headers, pieces=1: plain_reply(
        handler, status, data, {**headers, "Location": f"{elsewhere.http}/"} if status in (302, 307) else headers, pieces)
    for operation, left in (("PollHostCommand", answers), ("GetDeploymentSpecification", of_specification)):
        service.on[operation] = lambda body, left=left: left.pop() if left else None
        identifier = service.command("ApplicationStop", service.document())
        wait_until("all of the strange answers", lambda: not left)
        equal(service.result(identifier).status, "Succeeded")
    equal((elsewhere.calls, elsewhere.object_requests, elsewhere.start_checks), ([], [], 0), "calls elsewhere")


@case("the service restarts on its port while events run, again and again: each has one end")
def restarts(world):
    host = busy_host(world)
    host.upload(zipped(counted(host, waiting=True)))
    service, document, go = host.service, host.service.document(), host.agent.root / "go"
    service.succeed("DownloadBundle", document)
    identifiers = []
    for event in EVENTS_WITH_SCRIPTS[1:]:
        go.unlink(missing_ok=True)
        identifiers.append(service.command(event, document))
        wait_until("the hook", lambda: any(line.endswith(event) for line in runs(host)))
        service.stop()
        go.touch()
        wait_until("the report's failure", lambda: f"{event} ended" in tail(host.agent.log, 50))
        service.start()
        service.result(identifiers[-1])
    service.polls_after_now(2)
    check_ends(host, identifiers)


@case("31: twenty deployments at once: sixteen run, the others wait their turn, and each runs once")
def crowd(world):
    host = busy_host(world)
    service = host.service
    host.upload(zipped(counted(host, waiting=True)))
    documents = [service.document(group=f"group-{number}") for number in range(20)]
    downloads = [service.command("DownloadBundle", document) for document in documents]
    for identifier in downloads:
        service.result(identifier)
    hooks = [service.command("BeforeInstall", document) for document in documents]
    wait_until("sixteen hooks", lambda: len(runs(host)) >= 16)
    equal((len(runs(host)), sum(len(service.completions[identifier]) for identifier in hooks)), (16, 0))
    equal(len(service.operations("PutHostCommandAcknowledgement")), 36, "acknowledged commands")
    (host.agent.root / "go").touch()
    for identifier in hooks:
        service.result(identifier)
    installs = [service.command("Install", document) for document in documents[:1]]
    service.result(installs[0])
    check_ends(host, downloads + hooks + installs)
    equal(sorted(runs(host)), sorted(f"{document['DeploymentId']} BeforeInstall" for document in documents))


@case("twenty Installs of twenty groups at once: each group's files are its own")
def crowd_of_installs(world):
    host = busy_host(world)
    service, identifiers = host.service, []
    for number in range(20):
        host.upload(zipped({"appspec.yml": with_destination(host.files / f"g{number}"), "content/x": str(number), "content/d/y": str(number)}),
                    f"key-{number}")
    documents = [service.document(group=f"group-{number}", key=f"key-{number}") for number in range(20)]
    for event in ("DownloadBundle", "Install"):
        batch = [service.command(event, document) for document in documents]
        for identifier in batch:
            service.result(identifier)
        identifiers += batch
    check_ends(host, identifiers)
    equal({path.parent.name: path.read_text() for path in host.files.glob("g*/x")}, {f"g{number}": str(number) for number in range(20)})


def with_destination(folder):
    return f"{HEAD}files:\n  - source: content\n    destination: {folder}\n"


def memory_of(host):
    """KiB of the agent and its children that nobody else can have: what they wrote to."""
    waiting, total = [host.agent.process.pid], 0
    while waiting:
        pid = waiting.pop()
        with contextlib.suppress(OSError):
            rollup = dict(line.split(":", 1) for line in open(f"/proc/{pid}/smaps_rollup").readlines()[1:])
            total += int(rollup["Private_Dirty"].split()[0])
            waiting += open(f"/proc/{pid}/task/{pid}/children").read().split()
    return total


@case("hundreds of failed polls, of every kind, leave the agent's memory as it was")
def memory_after_failures(world):
    if os.environ.get("SLIPWAY_TEST_PATIENCE"):
        raise Skip("a sanitizer's memory is not the program's")
    host = Host(world, poll_backoff_first=0.001)
    polls = lambda: len(host.service.operations("PollHostCommand"))
    turns = iter(range(10 ** 9))
    host.service.trouble = lambda operation, what: TROUBLES[next(turns) % len(TROUBLES[:-1])] if operation == "PollHostCommand" else None
    host.service.hold_s = 0
    wait_until("fifty polls", lambda: polls() >= 50)
    before = memory_of(host)
    wait_until("300 polls more", lambda: polls() >= 350)
    after = memory_of(host)
    diagnose(f"{before} KiB after 50 failed polls, {after} KiB after {polls()}")
    if after > before + 256:
        raise Failure(f"the agent grew from {before} to {after} KiB")


if __name__ == "__main__":
    main(globals())
