#!/usr/bin/env python3
"""The agent's processes: who may do what, and what becomes of a command when any one of them is killed."""

import ctypes
import pwd
import signal
import socket
import threading

from harness import *
from scripted_service import *
from agent_process_test import WAITING, bundle, in_a_hook, tracked


def parts(agent):
    """The agent's processes by what their titles say: {"master": pid, "network": pid, "worker": pid}."""
    found = {}
    for pid in agent_processes(agent.process.pid):
        try:
            words = title_of(pid).split()
        except FileNotFoundError:
            continue
        if words[:1] == ["codedeploy-agent:"]:
            found[words[1]] = pid
    return found


def need_root():
    if os.geteuid() != 0:
        raise Skip("processes have different users only where the agent is root")


def status_of(pid):
    return dict(line.rstrip("\n").split(":\t", 1) for line in open(f"/proc/{pid}/status") if ":\t" in line)


def processes_of_a_hook(world, **config):
    need_root()
    service = ScriptedService(world)
    agent = service.agent(**config)
    identifier = in_a_hook(service, agent)
    return service, agent, identifier, wait_until("the worker", lambda: len(parts(agent)) == 3 and parts(agent))


@case("the network process has no privileges, the others have, and their titles say who they are")
def privileges(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    equal(title_of(found["master"]), f"codedeploy-agent: master {agent.process.pid}")
    user = pwd.getpwnam("slipway-agent" if any(u.pw_name == "slipway-agent" for u in pwd.getpwall()) else "nobody")
    network = status_of(found["network"])
    equal((network["Uid"].split(), network["Gid"].split()), ([str(user.pw_uid)] * 4, [str(user.pw_gid)] * 4))
    equal((network["Groups"].split(), network["NoNewPrivs"], network["CapEff"].strip("0")), ([str(user.pw_gid)], "1", ""))
    contains(open(f"/proc/{found['network']}/limits").read(), "Max core file size        0                    0")
    equal(os.stat(f"/proc/{found['network']}/environ").st_uid, 0, "owner of what a process that may be looked into owns itself")
    for part in ("master", "worker"):
        equal(status_of(found[part])["Uid"].split()[0], "0", part)
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")


@case("the network process holds its channels and the log, and no file of the agent's")
def descriptors(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    links = {os.readlink(f"/proc/{found['network']}/fd/{fd}") for fd in os.listdir(f"/proc/{found['network']}/fd")}
    files = {link for link in links if link.startswith("/") and not link.startswith("/memfd:")}
    log = str(agent.root / "log/codedeploy-agent.log")
    equal(files - {log, str(agent.log), "/dev/null"}, set(), "open files")
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")


@case("its user cannot read the host's keys, nor what the agent keeps to itself")
def closed_files(world):
    need_root()
    service = ScriptedService(world)
    agent = service.agent(restrict_agent_dir_permissions=True)
    in_a_hook(service, agent)
    os.chmod(world.folder, 0o755)
    user = pwd.getpwnam("nobody")
    for path in (agent.root / "codedeploy.onpremises.yml", agent.deployment_root / "ongoing-deployment",
                 agent.deployment_root / "command-locks", agent.deployment_root / "deployment-instructions"):
        done = subprocess.run(["ls" if path.is_dir() else "cat", str(path)], capture_output=True, text=True,
                              user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        equal((str(path), done.returncode != 0, "denied" in done.stderr), (str(path), True, True))
    (agent.root / "go").touch()


def one_report(service, agent, identifier):
    service.polls_after_now(2)
    wait_until("the end of the record", lambda: not tracked(agent))
    equal(len(service.completions[identifier]), 1, "reports")


@case("a worker killed in a hook: code 7, once, while the agent goes on; its script is ended")
def worker_killed(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    os.kill(found["worker"], signal.SIGKILL)
    done = service.result(identifier)
    equal((done.status, done.code), ("Failed", 7))
    one_report(service, agent, identifier)
    equal((parts(agent)["master"], parts(agent)["network"]), (found["master"], found["network"]))
    equal((agent.root / "runs").read_text(), "x\n")


@case("a worker killed in a hook leaves another's command alone")
def other_worker_lives(world):
    service, agent, first, found = processes_of_a_hook(world)
    (agent.root / "runs").unlink()
    second = in_a_hook(service, agent, service.document(group="two"))
    os.kill(found["worker"], signal.SIGKILL)
    equal(service.result(first).code, 7)
    service.polls_after_now(2)
    equal(service.completions[second], [])
    (agent.root / "go").touch()
    equal(service.result(second).status, "Succeeded")
    one_report(service, agent, second)


@case("a worker killed beside another: what it was writing goes as well, and what living processes write stays")
def half_written(world):
    service, agent, first, found = processes_of_a_hook(world)
    (agent.root / "runs").unlink()
    second = in_a_hook(service, agent, service.document(group="two"))
    folder = agent.deployment_root / "accepted-commands"
    dead, living = (folder / f"{'0' * 64}.{pid}-0123abcd.tmp" for pid in (found["worker"], found["master"]))
    dead.touch()
    living.touch()
    os.kill(found["worker"], signal.SIGKILL)
    equal(service.result(first).code, 7)
    wait_until("the end of what was half written", lambda: not dead.exists())
    equal(living.exists(), True, "what is being written")
    living.unlink()
    (agent.root / "go").touch()
    equal(service.result(second).status, "Succeeded")


@case("the network process killed in a hook: the hook ends, and the next network process reports it, once")
def network_killed(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    os.kill(found["network"], signal.SIGKILL)
    wait_until("the end of the network process", lambda: "network" not in parts(agent))
    (agent.root / "go").touch()
    equal(service.result(identifier, 40).status, "Succeeded")
    one_report(service, agent, identifier)
    equal((agent.root / "runs").read_text(), "x\ndone\n")
    equal(parts(agent)["master"], found["master"])


@case("a network process that closes its channel and goes on is replaced")
def mute(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    libc = ctypes.CDLL(None, use_errno=True)
    os.kill(found["network"], signal.SIGSTOP)
    pidfd = os.pidfd_open(found["network"])
    for number in os.listdir(f"/proc/{found['network']}/fd"):
        if os.readlink(f"/proc/{found['network']}/fd/{number}").startswith("socket:"):
            copy = libc.syscall(438, pidfd, int(number), 0)  # pidfd_getfd
            taken = socket.socket(fileno=copy)
            if taken.family == socket.AF_UNIX:
                taken.shutdown(socket.SHUT_RDWR)
            taken.close()
    os.close(pidfd)
    wait_until("another network process", lambda: parts(agent).get("network", found["network"]) != found["network"], 40)
    contains(agent.log.read_text(), "it has closed its channel and goes on")
    (agent.root / "go").touch()
    equal(service.result(identifier, 40).status, "Succeeded")
    one_report(service, agent, identifier)


@case("the master killed in a hook: all go with it, and the next start reports code 7, once")
def master_killed(world):
    service, agent, identifier, found = processes_of_a_hook(world)
    agent.kill()

    def running(pid):
        stat = pathlib.Path(f"/proc/{pid}/stat")
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    wait_until("the end of all", lambda: not any(running(pid) for pid in found.values()))
    agent.start()
    equal(service.result(identifier).code, 7)
    one_report(service, agent, identifier)


@case("rerun_interrupted_hooks: what was cut off runs again and succeeds, with one report")
def rerun(world):
    service, agent, identifier, found = processes_of_a_hook(world, rerun_interrupted_hooks=True)
    os.kill(found["worker"], signal.SIGKILL)
    wait_until("the second run", lambda: (agent.root / "runs").read_text() == "x\nx\n")
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")
    one_report(service, agent, identifier)
    equal(list((agent.deployment_root / "accepted-commands").iterdir()), [])


@case("network_user: another user, an unknown one, and root under any name")
def network_user(world):
    need_root()
    service = ScriptedService(world)
    agent = service.agent(network_user="daemon")
    found = wait_until("the network process", lambda: parts(agent).get("network"))
    wait_until("its user", lambda: status_of(found)["Uid"].split()[0] == str(pwd.getpwnam("daemon").pw_uid))
    agent.stop()
    for name, words in (("nobody-of-that-name", "no user"), ("root", "must not be root")):
        other = service.agent(f"host-{name}", start=False, network_user=name)
        done = subprocess.run([str(AGENT), "--config-file", str(other.config), "run"], env=other.env, text=True, capture_output=True, timeout=30)
        equal(done.returncode, 1)
        contains(done.stderr, words)


@case("without root: one process, said in the log, that works the same")
def one_process(world):
    need_root()
    service = ScriptedService(world)
    agent = service.agent(start=False, user="nobody")
    user = pwd.getpwnam("nobody")
    os.chmod(world.folder, 0o755)
    for path in (agent.root, *agent.root.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    agent.start()
    identifier = in_a_hook(service, agent)
    contains(agent.log.read_text(), "privileges are not separated")
    equal(agent_processes(agent.process.pid)[0], agent.process.pid)
    equal(status_of(agent.process.pid)["Uid"].split()[0], str(user.pw_uid))
    (agent.root / "go").touch()
    equal(service.result(identifier).status, "Succeeded")
    one_report(service, agent, identifier)


@case("a call of the service that hangs does not hold up a stop")
def hanging_call(world):
    service = ScriptedService(world)
    agent = service.agent()
    identifier = in_a_hook(service, agent)
    released = threading.Event()
    world.closers.append(released.set)

    def hang(_body):
        released.wait()
        return DROP
    service.on["PutHostCommandComplete"] = hang
    (agent.root / "go").touch()
    wait_until("the report", lambda: service.operations("PutHostCommandComplete"))
    agent.process.child.terminate()
    equal(agent.process.child.wait(20 * PATIENCE), 0, "exit status")
    del service.on["PutHostCommandComplete"]
    released.set()
    agent.start()
    equal(service.result(identifier).status, "Succeeded")


@case("status --json tells which commands are in progress (issue 238)")
def status_json(world):
    service = ScriptedService(world)
    agent = service.agent()

    def status(code):
        done = subprocess.run([str(AGENT), "--config-file", str(agent.config), "status", "--json"], env=agent.env, text=True, capture_output=True, timeout=30)
        equal(done.returncode, code)
        return json.loads(done.stdout)
    document = service.document()
    identifier = in_a_hook(service, agent, document)
    told = status(0)
    equal((told["running"], told["pid"]), (True, agent.process.pid))
    equal((told["polls"]["answered"][:2], told["polls"]["failing_since"], told["polls"]["error"]), ("20", None, None))
    equal([(one["deployment"], one["command"]) for one in told["commands"]], [(document["DeploymentId"], identifier)])
    (agent.root / "go").touch()
    one_report(service, agent, identifier)
    equal(status(0)["commands"], [])
    agent.stop()
    equal(status(3), {"running": False, "pid": None, "polls": None, "commands": []})


@case("status says since when polls have been failing, and why; and what a good one says again")
def status_of_polls(world):
    service = ScriptedService(world)
    service.on["PollHostCommand"] = lambda body: (500, {"__type": "ServerException", "message": "out of\norder"})
    agent = service.agent()

    def status():
        done = subprocess.run([str(AGENT), "--config-file", str(agent.config), "status"], env=agent.env, text=True, capture_output=True, timeout=30)
        return done.stdout  # it takes a moment to run, too
    told = wait_until("a failure's note", lambda: "failing" in status() and status())
    contains(told, f"The agent is running as PID {agent.process.pid}; polls have been failing since 20")
    contains(told, "out of order")
    contains(told, "no poll has been answered yet")
    del service.on["PollHostCommand"]
    told = wait_until("a good poll's note", lambda: "failing" not in status() and status())
    contains(told, "the last poll was answered at 20")
    service.on["PollHostCommand"] = lambda body: (400, {"__type": "AccessDeniedException"})
    told = wait_until("a failure's note", lambda: "failing" in status() and status())
    contains(told, "check the keys")
    contains(told, "the last poll was answered at 20")
    agent.stop()
    del service.on["PollHostCommand"]
    agent.start()
    lacks(wait_until("the start", lambda: "is running" in status() and status()), "failing")


if __name__ == "__main__":
    main(globals())
