#!/usr/bin/env python3
"""Starting, stopping, crashing, configuration and credentials of the agent (the checklist's part 10.7)."""

import fcntl
import io
import signal
import threading

from harness import *
from scripted_service import *

HEAD = "version: 0.0\nos: linux\n"
WAITING = "#!/bin/sh\necho x >>$HOST_ROOT/runs\nwhile [ ! -e $HOST_ROOT/go ]; do sleep 0.05; done\necho done >>$HOST_ROOT/runs\n"


def bundle(script):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("appspec.yml", HEAD + "hooks:\n  BeforeInstall:\n    - location: hook.sh\n")
        archive.writestr("hook.sh", script)
    return out.getvalue()


def in_a_hook(service, agent, document=None):
    """Brings the agent into a hook that waits for HOST_ROOT/go; returns the command's identifier."""
    service.objects["bucket/key"] = bundle(WAITING)
    document = document or service.document()
    service.succeed("DownloadBundle", document)
    identifier = service.command("BeforeInstall", document)
    wait_until("the hook", (agent.root / "runs").exists)
    return identifier


def verb(agent, *words, config=None):
    return subprocess.run([str(AGENT), "--config-file", str(config or agent.config), *words], env=agent.env, text=True,
                          capture_output=True, timeout=60 * PATIENCE)


def locked(file):
    """Whether somebody else holds it; if not, we do."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True


def tracked(agent):
    folder = agent.deployment_root / "ongoing-deployment"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@case("131, 132, 133: start, status and stop")
def verbs(world):
    service = ScriptedService(world)
    agent = service.agent(start=False)
    pid_file = agent.root / "state/codedeploy-agent.pid"
    equal(verb(agent, "status").returncode, 3)
    equal(verb(agent, "stop").returncode, 0)
    pid_file.parent.mkdir(exist_ok=True)
    lock = pid_file.with_name("codedeploy-agent.pid.lock")
    lock.chmod(0o644)
    equal((verb(agent, "status").returncode, lock.stat().st_mode & 0o7777), (3, 0o600), "a lock that others may hold is closed")
    for stale in ("", str(os.getpid())):
        pid_file.write_text(stale)
        equal((stale, verb(agent, "status").returncode, pid_file.exists()), (stale, 3, False))
    pid_file.write_text(str(os.getpid()))  # nor does it keep from starting
    try:
        equal(verb(agent, "start").returncode, 0)
        pid = int(pid_file.read_text())
        equal(pid == os.getpid(), False, "the stale pid")
        equal(verb(agent, "start").returncode, 0)
        equal(int(pid_file.read_text()), pid, "pid")
        contains(verb(agent, "status").stdout, str(pid))
        title = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")[0].decode()
        equal(title, f"codedeploy-agent: master {pid}")
        second = verb(agent, "run")
        equal(second.returncode, 1)
        contains(second.stderr, "another agent runs")

        in_a_hook(service, agent)
        refused = verb(agent, "stop")
        equal(refused.returncode, 1)
        contains(refused.stderr, "in progress")
        contains(refused.stderr, f"kill -TERM {pid}")
        (agent.root / "go").touch()
        wait_until("the end of the deployment", lambda: not tracked(agent))
    finally:
        (agent.root / "go").touch()
        stopped = verb(agent, "stop")
    equal((stopped.returncode, pid_file.exists()), (0, False))
    # where nobody adopts orphans, a zombie of it stays
    equal(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] if os.path.exists(f"/proc/{pid}") else "Z", "Z", "state")


@case("start in the moment of a kill: what is left of the killed agent does not count as running")
def start_after_kill(world):
    service = ScriptedService(world)
    agent = service.agent()
    killed = agent.process.child
    wait_until("a poll", lambda: service.operations("PollHostCommand"))
    os.kill(killed.pid, signal.SIGKILL)
    wait_until("its end", lambda: open(f"/proc/{killed.pid}/stat").read().rpartition(")")[2].split()[0] == "Z")  # nobody waits for it yet
    lock = open(agent.root / "state/codedeploy-agent.pid.lock", "rb+")
    wait_until("its children's end", lambda: not locked(lock))
    lets_go = threading.Timer(0.3, lock.close)  # as a child that was just forked
    lets_go.start()
    try:
        equal(verb(agent, "start").returncode, 0)
        lets_go.join()
        contains(verb(agent, "status").stdout, "is running")
    finally:
        equal(verb(agent, "stop").returncode, 0)
        killed.wait()


@case("134: SIGTERM during a hook: it finishes and is reported, and nothing more is polled")
def graceful_stop(world):
    service = ScriptedService(world)
    agent = service.agent()
    identifier = in_a_hook(service, agent)
    agent.process.child.terminate()
    wait_until("the stop to be noticed", lambda: "stopping" in tail(agent.log))
    polls = len(service.operations("PollHostCommand"))
    (agent.root / "go").touch()
    equal(agent.process.child.wait(20 * PATIENCE), 0, "exit status")
    equal(service.completions[identifier][0].status, "Succeeded")
    equal((agent.root / "runs").read_text(), "x\ndone\n")
    equal((tracked(agent), len(service.operations("PollHostCommand"))), ([], polls))


@case("135: killed during hooks: code 7 for each before the first poll, and nothing runs again")
def killed_in_hooks(world):
    service = ScriptedService(world)
    agent = service.agent()
    first = in_a_hook(service, agent, service.document(group="one"))
    (agent.root / "runs").unlink()
    second = in_a_hook(service, agent, service.document(group="two"))
    agent.kill()
    equal(len(tracked(agent)), 2)
    before = len(service.calls)
    agent.start()
    for identifier in (first, second):
        done = service.result(identifier)
        equal((done.status, done.code, done.script), ("Failed", 7, ""))
    service.polls_after_now(2)
    operations = [call.operation for call in service.calls[before:]]
    first_poll_after = operations.index("PollHostCommand")
    equal(operations[:first_poll_after].count("PutHostCommandComplete"), 2)
    equal(tracked(agent), [])
    (agent.root / "go").touch()


@case("135: the tracking file is the official agent's, whose own are taken over: the identifier, and nothing else")
def tracking_file(world):
    service = ScriptedService(world)
    agent = service.agent()
    document = service.document()
    identifier = in_a_hook(service, agent, document)
    folder = agent.deployment_root / "ongoing-deployment"
    equal([(path.name, path.read_text()) for path in folder.iterdir()], [(document["DeploymentId"], identifier)])
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")
    wait_until("the end of the tracking", lambda: not tracked(agent))
    agent.stop()
    for name, text in (("d-OFFICIAL1", "command-of-the-official-agent"), ("d-OFFICIAL2", "another-one"), ("d-EMPTY", "")):
        (folder / name).write_text(text)
    service.conversations.acknowledged |= {"command-of-the-official-agent", "another-one"}  # by that agent
    agent.start()
    for command in ("command-of-the-official-agent", "another-one"):
        equal((service.result(command).status, service.result(command).code), ("Failed", 7))
    service.polls_after_now(2)
    equal(tracked(agent), [])


@case("a script that outlives its killed agent is ended, with its group, before its command is reported")
def outliving_script(world):
    service = ScriptedService(world)
    agent = service.agent()
    service.objects["bucket/key"] = bundle("#!/bin/sh\nsleep 1000 &\necho $$ $! >$HOST_ROOT/pids.new\nmv $HOST_ROOT/pids.new $HOST_ROOT/pids\nwait\n")
    document = service.document()
    service.succeed("DownloadBundle", document)
    identifier = service.command("BeforeInstall", document)
    wait_until("the hook", (agent.root / "pids").exists)
    pids = (agent.root / "pids").read_text().split()
    notes = agent.deployment_root / "running-scripts"
    equal([path.name for path in notes.iterdir()], [document["DeploymentId"]], "scripts that are noted")

    def run():
        """Which of them do; a zombie that nobody has waited for does not."""
        stats = [pathlib.Path(f"/proc/{pid}/stat") for pid in pids]
        return [stat.parent.name for stat in stats if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"]

    agent.kill()
    equal(run(), pids, "what outlives the agent")
    agent.start()
    done = service.result(identifier)
    equal((done.status, done.code), ("Failed", 7))
    lacks(run(), pids[0], "what runs when the report is there")
    wait_until("its group to end", lambda: run() == [])
    contains(agent.log.read_text(), "still running")
    equal(list(notes.iterdir()), [], "scripts that are noted afterwards")


@case("killed while the service acknowledges: the event runs after the restart, once")
def killed_while_acknowledging(world):
    service = ScriptedService(world)
    agent = service.agent()
    service.objects["bucket/key"] = bundle("#!/bin/sh\necho x >>$HOST_ROOT/runs\n")
    document = service.document()
    service.succeed("DownloadBundle", document)

    def die(_body):
        del service.on["PutHostCommandAcknowledgement"]  # the service has noted it, and hands the command out no more
        agent.kill()
        return DROP

    service.on["PutHostCommandAcknowledgement"] = die
    identifier = service.command("BeforeInstall", document)
    wait_until("the kill", lambda: "PutHostCommandAcknowledgement" not in service.on)
    agent.start()
    equal(service.result(identifier).status, "Succeeded")
    equal((agent.root / "runs").read_text(), "x\n")
    records = [agent.deployment_root / name for name in ("ongoing-deployment", "accepted-commands", "finished-commands")]
    wait_until("the end of the record", lambda: not any(list(folder.iterdir()) for folder in records if folder.exists()))
    agent.kill()
    agent.start()
    service.polls_after_now(2)
    equal(((agent.root / "runs").read_text(), len(service.completions[identifier])), ("x\n", 1))


def stopped_within(agent, seconds):
    began = time.monotonic()
    agent.process.child.terminate()
    equal(agent.process.child.wait(60 * PATIENCE), 0, "exit status")
    took = time.monotonic() - began
    if took > seconds * PATIENCE:
        raise Failure(f"the agent took {took:.1f} s to stop")


@case("SIGTERM with the service gone: idle, or with only a report left, the agent ends promptly and loses nothing")
def stop_without_service(world):
    service = ScriptedService(world)
    agent = service.agent()
    identifier = in_a_hook(service, agent)
    service.on["PutHostCommandComplete"] = lambda _body: DROP
    (agent.root / "go").touch()
    wait_until("the report's failure", lambda: "reporting the command's result" in tail(agent.log))
    stopped_within(agent, 8)
    agent.start()
    wait_until("the report's failure", lambda: tail(agent.log).count("reporting the command's result") >= 2)
    stopped_within(agent, 2)
    del service.on["PutHostCommandComplete"]
    agent.start()
    equal(service.result(identifier).status, "Succeeded")
    service.on["PollHostCommand"] = lambda _body: DROP
    wait_until("a failing poll", lambda: "polling failed" in tail(agent.log))
    stopped_within(agent, 2)


@case("stopped twenty times, the agent never complains")
def stopped_often(world):
    service = ScriptedService(world)
    agent = service.agent()
    for _ in range(20):
        before = len(service.operations("PollHostCommand"))
        wait_until("a poll", lambda: len(service.operations("PollHostCommand")) > before)
        stopped_within(agent, 2)
        agent.start()
    absent = [line for line in agent.log.read_text().splitlines() if "CRITICAL" in line or "mutex" in line]
    equal(absent, [])


@case("a hook that prints 270,000 lines: written in large pieces, and nothing is lost")
def flood(world):
    service = ScriptedService(world)
    agent = service.agent()
    service.objects["bucket/key"] = bundle("#!/bin/sh\nseq 1 270000\nexit 3\n")
    document = service.document()
    service.succeed("DownloadBundle", document)

    def writes():
        fields = dict(line.split(": ") for line in open(f"/proc/{agent.process.pid}/io").read().splitlines())
        return int(fields["syscw"])

    before, began = writes(), time.monotonic()
    done = service.run("BeforeInstall", document)
    diagnose(f"270,000 lines in {time.monotonic() - began:.1f} s with {writes() - before} writes")
    equal((done.status, done.code), ("Failed", 4))
    contains(done.log, "[stdout]270000\n")
    for log in (agent.deployment_root / document["DeploymentGroupId"] / document["DeploymentId"] / "logs/scripts.log",
                agent.deployment_root / "deployment-logs/codedeploy-agent-deployments.log"):
        lines = log.read_text().splitlines()
        equal([line.rpartition("[stdout]")[2] for line in lines if "[stdout]" in line], [str(n) for n in range(1, 270001)])
    if writes() - before > 20000:
        raise Failure(f"{writes() - before} writes for 270,000 lines")


@case("136: tracking files of yesterday are deleted and not reported")
def stale_tracking(world):
    service = ScriptedService(world)
    agent = service.agent(start=False)
    folder = agent.deployment_root / "ongoing-deployment"
    folder.mkdir(parents=True)
    (folder / "d-OLD").write_text("old-command")
    os.utime(folder / "d-OLD", (time.time() - 90000,) * 2)
    agent.start()
    wait_until("polls", lambda: service.operations("PollHostCommand"))
    equal((tracked(agent), service.operations("PutHostCommandComplete")), ([], []))


@case("a killed service loses nothing: the result is reported when it is back, and the hook ran once")
def service_killed(world):
    service = ScriptedService(world)
    agent = service.agent()
    identifier = in_a_hook(service, agent)
    service.stop()
    (agent.root / "go").touch()
    wait_until("the hook's end", lambda: "BeforeInstall ended" in tail(agent.log))
    time.sleep(0.5)
    service.start()
    equal(service.result(identifier).status, "Succeeded")
    equal((agent.root / "runs").read_text(), "x\ndone\n")
    service.polls_after_now(2)


@case("137 to 139, 67: configuration errors name file and key; both key styles load")
def configuration(world):
    service = ScriptedService(world)
    agent = service.agent(start=False, environment={"AWS_EC2_METADATA_DISABLED": "true"})
    good = agent.config.read_text()
    plain = good.replace("\n:", "\n")
    for text, status in ((plain, 0), (good + ":unknown: [1, 2]\n", 0)):
        agent.config.write_text(text)
        equal(verb(agent, "status").returncode, 3)
    for text, words in ((good + ":max_revisions: 0\n", ("max_revisions",)), (good + "max_revisions: many\n", ("max_revisions", "many")),
                        ("root_dir: [", (str(agent.config),)), ("a: b\n", ("root_dir",)), (":root_dir: {}\n", ("root_dir", "line 1"))):
        agent.config.write_text(text)
        done = verb(agent, "run")
        equal((text[-20:], done.returncode), (text[-20:], 1))
        for word in words:
            contains(done.stderr, word)
    missing = verb(agent, "run", config=agent.root / "none.yml")
    equal(missing.returncode, 1)
    contains(missing.stderr, "none.yml")
    agent.config.write_text(good)
    identity = agent.root / "codedeploy.onpremises.yml"
    for text, word in (("iam_user_arn: a\niam_session_arn: b\n", "both"), ("iam_user_arn: a\n", "region"),
                       ("iam_user_arn: a\nregion: r\naws_access_key_id: k\n", "aws_secret_access_key"),
                       (":iam_session_arn: a\n:region: r\n", "aws_credentials_file"), ("a: [", "line")):
        identity.write_text(text)
        done = verb(agent, "run")
        equal((text, done.returncode), (text, 1))
        contains(done.stderr, word)
    agent.config.write_text(good + ":use_fips_mode: true\n")
    identity.write_text(f"iam_user_arn: {service.arn}\nregion: eu-west-1\naws_access_key_id: k\naws_secret_access_key: s\n")
    done = verb(agent, "run")
    equal(done.returncode, 1)
    contains(done.stderr, "use_fips_mode")
    contains(done.stderr, "eu-west-1")


@case("a start that fails says where to look, with a log and without")
def failed_start(world):
    service = ScriptedService(world)
    agent = service.agent(start=False, environment={"AWS_EC2_METADATA_DISABLED": "true"})
    (agent.root / "codedeploy.onpremises.yml").write_text("iam_user_arn: a\n")
    logged = verb(agent, "start")
    lines = [line for line in agent.config.read_text().splitlines() if "log_dir" not in line]
    agent.config.write_text("\n".join(lines) + "\n")
    unlogged = verb(agent, "start")
    for done, log in ((logged, True), (unlogged, False)):
        equal((done.returncode, "its log in" in done.stderr), (1, log))
        contains(done.stderr, '"run" instead of "start"')


@case("agent.md 6.9: an agent that nobody tells who its host is says so, and asks again later")
def nameless(world):
    agent = ScriptedService(world).agent(start=False, environment={"AWS_EC2_METADATA_DISABLED": "true"})
    (agent.root / "codedeploy.onpremises.yml").write_text("{}")
    agent.start()
    wait_until("the reason", lambda: "AWS_HOST_IDENTIFIER" in agent.log.read_text() and "another starts in" in agent.log.read_text())
    agent.stop()


@case("an endpoint that is no http URL is refused")
def endpoint_scheme(world):
    service = ScriptedService(world)
    agent = service.agent(start=False, deploy_control_endpoint="ftp://198.51.100.7:8600")
    done = verb(agent, "run")
    equal(done.returncode, 1)
    contains(done.stderr, "https")


@case("141: session mode signs with the credentials file")
def session_mode(world):
    service = ScriptedService(world)
    agent = service.agent(start=False)
    keys = agent.root / "credentials"
    keys.write_text(f"[other]\naws_access_key_id = no\n[default]\naws_access_key_id = {KEY_ID}\n"
                    f"aws_secret_access_key = {SECRET}\naws_session_token = token-of-session\n")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/hosts/web-1"
    (agent.root / "codedeploy.onpremises.yml").write_text(
        f"iam_session_arn: {session}\nregion: us-east-1\naws_credentials_file: {keys}\n")
    service.identifiers = {session}
    agent.start()
    call = wait_until("a poll", lambda: service.operations("PollHostCommand"))[0]
    equal((call.body["HostIdentifier"], call.headers.get("x-amz-security-token"), call.signature_ok), (session, "token-of-session", True))


@case("an identity from the environment")
def environment_identity(world):
    service = ScriptedService(world)
    arn = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123"
    agent = service.agent(start=False, environment={"AWS_REGION": "us-east-1", "AWS_HOST_IDENTIFIER": arn,
                                                    "AWS_ACCESS_KEY": KEY_ID, "AWS_SECRET_KEY": SECRET})
    (agent.root / "codedeploy.onpremises.yml").unlink()
    service.identifiers = {arn}
    agent.start()
    call = wait_until("a poll", lambda: service.operations("PollHostCommand"))[0]
    equal((call.body["HostIdentifier"], call.signature_ok), (arn, True))


@case("145: --version, --help, both spellings of --config-file, and wrong use")
def options(world):
    def run(*words):
        return subprocess.run([str(AGENT), *words], text=True, capture_output=True, timeout=30)
    equal(run("--version").returncode, 0)
    contains(run("--version").stdout, "slipway-agent ")
    contains(run("--help").stdout, "--config-file")
    equal(run("--nonsense").returncode, 64)
    for words in (("fly",), ("status", "stop")):
        done = run(*words)
        equal((words, done.returncode), (words, 64))
        contains(done.stderr, words[-1])
    for spelling in ("--config-file", "--config_file"):
        done = run(spelling, "/no/such/file.yml", "status")
        equal(done.returncode, 1)
        contains(done.stderr, "/no/such/file.yml")


@case("several agents on one machine, each with its own root")
def several(world):
    service = ScriptedService(world)
    agents = {}
    for name in ("web-1", "web-2", "web-3"):
        agents[name] = (service.agent(name), service.arn)
    document = service.document()
    service.objects["bucket/key"] = bundle("#!/bin/sh\necho $HOST_ROOT >$HOST_ROOT/ran\n")
    for agent, arn in agents.values():
        service.arn = arn
        service.succeed("DownloadBundle", document)
        service.succeed("BeforeInstall", document)
        equal((agent.root / "ran").read_text(), f"{agent.root}\n")


@case("memory: idle, and the same after 30 deployments")
def memory(world):
    service = ScriptedService(world, hold_s=3)
    agent = service.agent()
    service.objects["bucket/key"] = bundle("#!/bin/sh\nexit 0\n")

    def resident():
        time.sleep(1.0)
        return sum(resident_kib(pid) for pid in agent_processes(agent.process.pid))

    wait_until("a poll", lambda: service.operations("PollHostCommand"))
    idle = resident()
    document = service.document()
    for number in range(30):
        service.succeed("DownloadBundle", document)
        service.succeed("Install", document)
    after = resident()
    diagnose(f"idle {idle} KiB, after 30 deployments {after} KiB resident")
    if os.environ.get("SLIPWAY_TEST_PATIENCE"):
        raise Skip("a sanitizer's memory is not the program's")
    if max(idle, after) > 8192:
        raise Failure(f"resident: {idle} KiB idle, {after} KiB after deployments; the budget is 8192 KiB")


if __name__ == "__main__":
    main(globals())
