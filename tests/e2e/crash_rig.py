"""What the crash test stands on: a service that deploys like the real one, a host that is put back before each run, and
an agent under tests/tracer/syscall-killer.

A *point* is where an agent is killed: ROLE:NUMBER (the roles of tests/tracer/tracee.h), with two letters of how:
"conversation:57", "main:3/process", "fork:12/after". A run is one deployment over an older revision, cut off at a point
(or at two: the second while the agent that was started again is at work), and then another deployment.
"""

import collections
import hashlib
import os
import re
import select
import shutil
import stat
import subprocess
import threading
import time
import zipfile

from harness import BUILD, EVENTS, PATIENCE, AGENT, Agent, Failure, Process, wait_until
from scripted_service import ScriptedService

KILLER = BUILD / "tests" / "tracer" / "syscall-killer"
PROGRAMS = KILLER, AGENT
SEQUENCE = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService",
            "AfterAllowTraffic"]
WITHOUT_SCRIPT = "AfterAllowTraffic"  # so there is nothing to cut off: it succeeds whenever the agent is killed
GROUP = "6f3c9a52-0000-4000-8000-000000000001"
CODE_RESTARTED = 7
LEASE_S = 0.5  # after which a command that nobody acknowledged is handed out again
LOGS_FULL = "full"
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
STATE_FOLDERS = ("ongoing-deployment", "accepted-commands", "finished-commands", "running-scripts", "command-locks")
LASTING_LOCK = "command-locks/tracking"  # of the tracking files, not of a command: it stays


class Point(collections.namedtuple("Point", "role number kill when")):
    """Where and how to kill."""

    @staticmethod
    def parse(text):
        match = re.fullmatch(r"([^:/]+):(\d+)((?:/(?:process|agent|before|after))*)", text)
        if not match:
            raise Failure(f"\"{text}\" is no point: ROLE:NUMBER, then /process, /after")
        words = match.group(3).split("/")
        return Point(match.group(1), int(match.group(2)), "process" if "process" in words else "agent",
                     "after" if "after" in words else "before")

    def __str__(self):
        return (f"{self.role}:{self.number}" + ("/process" if self.kill == "process" else "")
                + ("/after" if self.when == "after" else ""))


# ---- the service ----


class Command:
    def __init__(self, identifier, name, document, entry):
        self.identifier, self.name, self.document, self.entry = identifier, name, document, entry
        self.delivered_at = None
        self.is_acknowledged = False


class DeployingService(ScriptedService):
    """Hands a command out again until it is acknowledged, and answers for commands that are over as the real one does."""

    def __init__(self, world, short=False):
        self.current = None
        self.signed, self.begun = {}, {}
        super().__init__(world, short=short)

    def begin(self, name, document):
        """The command; in the short conversation an answer may have brought it already."""
        with self.lock:
            if (document["DeploymentId"], name) in self.begun:
                return self.begun[document["DeploymentId"], name]
            self.counter += 1
            identifier = f"WyJjb21tYW5kIiw{self.counter}=="
            execution = f"CodeDeploy/us-east-1/Prod/arn:aws:sds:us-east-1:123456789012:deployment/{document['DeploymentId']}/{self.counter}"
            self.documents[execution] = lambda: self.specification(self.signature(document))
            self.owners[identifier] = self.arn
            self.current = Command(identifier, name, document, {
                "HostCommandIdentifier": identifier, "HostIdentifier": self.arn, "DeploymentExecutionId": execution,
                "CommandName": name, "Nonce": 7})
            self.begun[document["DeploymentId"], name] = self.current
            self.queue.append((self.arn, self.current.entry))
            self.lock.notify_all()
            return self.current

    def signature(self, document):
        """Signing takes longer than a whole event: once a document."""
        name = document["DeploymentId"]
        if name not in self.signed:
            self.signed[name] = self.sign(document)
        return self.signed[name]

    def poll(self, body, connection):
        answer = super().poll(body, connection)
        with self.lock:
            if answer and self.current and answer["HostCommand"] is self.current.entry:
                self.current.delivered_at = time.monotonic()
        return answer

    def next_for(self, arn):
        """With the answer to a report: the event that follows, or once more the one that follows and has not been seen."""
        with self.lock:
            command = self.current
            ended = command and self.completions[command.identifier]
            if ended and ended[0].status == "Succeeded" and command.name != SEQUENCE[-1]:
                command = self.begin(SEQUENCE[SEQUENCE.index(command.name) + 1], command.document)
            if not command or command.is_acknowledged or self.completions[command.identifier]:
                return {}
            self.queue.clear()
            command.delivered_at = time.monotonic()
            return {"HostCommand": command.entry}

    def default_PutHostCommandAcknowledgement(self, body):
        identifier = body["HostCommandIdentifier"]
        with self.lock:
            if self.completions[identifier]:
                return {"CommandStatus": self.completions[identifier][0].status}
            answer = super().default_PutHostCommandAcknowledgement(body)
            if self.current and self.current.identifier == identifier:
                self.current.is_acknowledged = True
        return answer

    def deliver_again(self):
        """What the lease does; to be asked now and then."""
        with self.lock:
            command = self.current
            if (command and not command.is_acknowledged and not self.completions[command.identifier]
                    and command.delivered_at is not None and time.monotonic() > command.delivered_at + LEASE_S):
                command.delivered_at = None
                self.queue.append((self.arn, command.entry))
                self.lock.notify_all()

    def forget(self):
        """Between runs."""
        with self.lock:
            self.queue.clear()
            self.calls.clear()
            self.object_requests.clear()
            self.begun.clear()
            self.current = None


# ---- the agent under the tracer ----


class KilledAgent:
    """An agent that is to be killed at a point; None: it is only recorded."""

    def __init__(self, agent, point=None, verb="run", all_calls=False, prefix=(), programs=PROGRAMS):
        self.agent, self.lines = agent, []
        self.killed = self.gone = None
        report_r, report_w = os.pipe()
        control_r, self.control = os.pipe()
        killer, program = map(str, programs)
        argv = [*prefix, killer, "--report-fd", str(report_w), "--control-fd", str(control_r)]
        argv += ["--all-calls"] if all_calls else []
        if point is None:
            argv += ["--record"]
        else:
            argv += ["--at", f"{point.role}:{point.number}", "--kill", point.kill] + (["--after"] if point.when == "after" else [])
        argv += ["--", program, "--config-file", str(agent.config), verb]
        with open(agent.log, "ab") as log:
            self.child = subprocess.Popen(argv, env=agent.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True, pass_fds=(report_w, control_r))
        os.close(report_w)
        os.close(control_r)
        self.report = os.fdopen(report_r, "rb", buffering=0)
        self.rest = b""

    def look(self, timeout_s=0.0):
        """Reads what the tracer has said meanwhile."""
        while self.report and select.select([self.report], [], [], timeout_s)[0]:
            data = os.read(self.report.fileno(), 65536)
            if not data:
                self.report.close()
                self.report = None
                self.gone = True
                return
            *lines, self.rest = (self.rest + data).decode(errors="replace").split("\n")
            self.rest = self.rest.encode()
            for line in lines:
                self.lines.append(line)
                if line.startswith("killed "):
                    self.killed = line
                if line == "gone":
                    self.gone = True

    def go_on(self):
        """After a kill, nothing of the agent moves until this."""
        os.write(self.control, b"\n")

    def wait_gone(self):
        wait_until("the end of the agent's processes", lambda: self.look(0.01) or self.gone, pause_s=0)

    def stop(self):
        """SIGTERM, and until all have ended or the kill has come in between."""
        self.child.terminate()
        wait_until("the agent's end", lambda: self.look(0.01) or self.gone or self.killed, pause_s=0)

    def calls(self):
        """Of a record: (role, number, text)."""
        found = (re.fullmatch(r"call (\S+) (\d+) (.*)", line) for line in self.lines)
        return [(match.group(1), int(match.group(2)), match.group(3)) for match in found if match]

    def close(self):
        """Ends it, and whatever of it is left."""
        if self.control is not None:
            os.close(self.control)
            self.control = None
        self.child.kill()
        self.child.wait()
        if self.report:
            self.report.close()
            self.report = None


# ---- files ----


class Entry(collections.namedtuple("Entry", "kind mode owner content mtime")):
    def __str__(self):
        return f"{self.kind} {self.mode:o} {self.owner[0]}:{self.owner[1]} {self.content!r}"


def entry_of(path):
    try:
        status = os.lstat(path)
    except OSError:  # also when a folder on the way is a file now
        return None
    owner = (status.st_uid, status.st_gid)
    if stat.S_ISLNK(status.st_mode):
        return Entry("link", 0, owner, os.readlink(path), 0)
    if stat.S_ISDIR(status.st_mode):
        return Entry("folder", stat.S_IMODE(status.st_mode), owner, "", 0)
    if not stat.S_ISREG(status.st_mode):
        return Entry("other", stat.S_IMODE(status.st_mode), owner, "", 0)
    if status.st_size > 1 << 20:
        return Entry("file", stat.S_IMODE(status.st_mode), owner, f"{status.st_size} bytes", int(status.st_mtime))
    with open(path, "rb") as file:
        content = file.read()
    text = content.decode(errors="replace") if len(content) < 100 else hashlib.sha256(content).hexdigest()
    return Entry("file", stat.S_IMODE(status.st_mode), owner, text, int(status.st_mtime))


def tree(folder):
    """Relative path -> Entry, of all below."""
    found = {}
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(top, name)
            found[os.path.relpath(path, folder)] = entry_of(path)
    return found


def copy_folder(source, target):
    """With owners, modes and times."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


def difference(actual, expected):
    lines = []
    for path in sorted(set(actual) | set(expected)):
        if actual.get(path) != expected.get(path):
            lines.append(f"  {path}: {actual.get(path)} instead of {expected.get(path)}")
    return "\n".join(lines[:20])


# ---- revisions ----

HOOK = """#!/bin/sh
echo "$DEPLOYMENT_ID $LIFECYCLE_EVENT begin" >>"$HOST_ROOT/runs"
echo "$LIFECYCLE_EVENT says hello"
echo "$DEPLOYMENT_ID $LIFECYCLE_EVENT end" >>"$HOST_ROOT/runs"
"""


def bundle(target, files, appspec):
    """files: name -> text, (text, mode), or a link's target as ("->", target)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, data, mode):
            info = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, data)
        add("appspec.yml", appspec, stat.S_IFREG | 0o644)
        for event in EVENTS:
            add(f"hooks/{event}", HOOK, stat.S_IFREG | 0o755)
        for name, value in files.items():
            if isinstance(value, tuple) and value[0] == "->":
                add(name, value[1], stat.S_IFLNK | 0o777)
            else:
                text, mode = value if isinstance(value, tuple) else (value, 0o644)
                add(name, text, stat.S_IFREG | mode)
    return target.read_bytes()


def appspec(files, behavior="OVERWRITE"):
    hooks = "".join(f"  {event}:\n    - location: hooks/{event}\n      timeout: 60\n" for event in EVENTS)
    return f"""version: 0.0
os: linux
files:
  - source: content
    destination: {files}/app
  - source: etc
    destination: {files}/etc
file_exists_behavior: {behavior}
permissions:
  - object: {files}/app
    pattern: "*.sh"
    mode: 750
    owner: nobody
    type: [file]
  - object: {files}/app/sub
    mode: 711
    type: [directory]
hooks:
{hooks}"""


OLD = {
    "content/keep.txt": "the same in both",
    "content/changed.txt": "changed: old",
    "content/removed.txt": "removed: old",
    "content/run.sh": ("#!/bin/sh\n# old\n", 0o755),
    "content/gone/inner/removed-too.txt": "removed with its folders: old",
    "content/shared/managed.txt": "in a folder with a foreign file: old",
    "content/was-folder/inner.txt": "below a folder that becomes a file: old",
    "content/was-file": "a file that becomes a folder: old",
    "content/link": ("->", "keep.txt"),
    "content/sub/deep/changed.txt": "deep: old",
    "etc/app.conf": "configuration: old",
}
NEW = {
    "content/keep.txt": "the same in both",
    "content/changed.txt": "changed: new",
    "content/run.sh": ("#!/bin/sh\n# new\n", 0o755),
    "content/added.txt": "added: new",
    "content/fresh/inner/added-too.txt": "added with its folders: new",
    "content/was-folder": "a folder that became a file: new",
    "content/was-file/inner.txt": "below a file that became a folder: new",
    "content/link": ("->", "changed.txt"),
    "content/sub/deep/changed.txt": "deep: new",
    "etc/app.conf": "configuration: new",
    "etc/site.conf": "overwrites what an administrator wrote: new",
}
FOREIGN = {
    "app/shared/foreign.txt": "of the application itself",
    "app/data/state.db": "of the application itself too",
    "etc/site.conf": "of an administrator",
    "etc/other.conf": "of an administrator too",
    "elsewhere/sentinel.txt": "nobody's business",
}

# ---- the rig ----


class Rig:
    """One host with an older revision, kept as a picture that is put back before each run."""

    def __init__(self, world, all_calls=False, logs=None, prefix=(), reruns=False, short=None, **config):
        """logs: LOGS_FULL to have the logs rotated in each run. prefix: AS_NOBODY for an agent without privileges. reruns: an agent with
        rerun_interrupted_hooks. short: a service that knows the short conversation, and acknowledge_after in it."""
        self.world, self.all_calls, self.logs, self.prefix, self.short = world, all_calls, logs, prefix, short
        self.service = DeployingService(world, short is not None)
        settings = {"kill_agent_max_wait_time_seconds": 20, "respawn_first": 0.1}
        if reruns:
            settings["rerun_interrupted_hooks"] = True
        if short is not None:
            settings["acknowledge_after"] = short
        settings.update(config)
        self.agent = self.service.agent("web-1", start=False, **settings)
        self.home = self.agent.root
        self.picture = world.folder / "picture"
        self.files = self.home / "files"
        self.reruns = reruns
        self.programs = PROGRAMS
        for key, content in (("old", OLD), ("new", NEW), ("next", {**OLD, "content/next.txt": "next"})):
            self.service.objects[f"bucket/{key}"] = bundle(world.folder / f"{key}.zip", content, appspec(self.files))
        (self.home / "files").mkdir()
        if prefix:
            world.folder.chmod(0o755)
            # the build may be in a folder that only root may enter
            self.programs = [shutil.copy2(program, world.folder) for program in PROGRAMS]
            for path in (self.home.parent, self.home, *self.home.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        self.install_old()
        self.expect()

    # ---- before the runs ----

    def document(self, key):
        return self.service.document(deployment={"old": "d-OLD000001", "new": "d-NEW000002", "next": "d-NEXT00003"}[key], key=key)

    def install_old(self):
        plain = self.start_plain()
        self.deploy("old", plain)
        self.settle("the first deployment")
        plain.stop()
        for name, text in FOREIGN.items():
            path = self.files / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if self.prefix:
                os.chown(path, NOBODY, NOBODY)
                os.chown(path.parent, NOBODY, NOBODY)
        (self.home / "runs").unlink()
        copy_folder(self.home, self.picture)
        self.put_back()

    def expect(self):
        """A run without a kill: what must come out, and how many calls there are."""
        self.old = tree(self.files)
        self.before = self.paths()
        recorded = KilledAgent(self.agent, all_calls=self.all_calls, prefix=self.prefix, programs=self.programs)
        try:
            self.deploy("new", recorded)
            self.settle("the recorded deployment")
            self.new = tree(self.files)
            self.after_new = self.paths()
            recorded.stop()
            recorded.wait_gone()
        finally:
            recorded.close()
        self.record = recorded.calls()
        plain = self.start_plain()
        self.deploy("next", plain)
        self.settle("the deployment after it")
        self.next = tree(self.files)
        plain.stop()
        self.after_next = self.paths()
        for name, expected in (("app/changed.txt", "changed: new"), ("etc/site.conf", NEW["etc/site.conf"]),
                               ("app/was-file/inner.txt", NEW["content/was-file/inner.txt"])):
            if self.new[name].content != expected:
                raise Failure(f"without a kill, {name} is {self.new[name]}")

        self.put_back()
        plain = self.start_plain()
        self.deploy("next", plain)
        self.settle("the deployment over the old one")
        self.next_over_old = tree(self.files)
        plain.stop()
        self.after_next |= self.paths()

    def hook_runs(self):
        path = self.home / "runs"
        return path.read_text().splitlines() if path.exists() else []

    def contents_beside(self):
        """What files and links there are on the host, revisions as they were downloaded left out."""
        return {(entry.kind, entry.content) for path, entry in tree(self.home).items() if "/deployment-archive/" not in f"/{path}/"}

    def install_window(self):
        """(role, first, last): the calls between those that first and last touch what is installed."""
        touching = [index for index, (_, _, text) in enumerate(self.record) if f"{self.files}/" in text]
        role = self.record[touching[0]][0]
        after = [index for index, (_, _, text) in enumerate(self.record)
                 if index > touching[-1] and "unlink" in text and "/finished-commands/" in text]
        return role, self.record[touching[0]][1], max(number for r, number, _ in self.record[:after[0] + 1] if r == role)

    def put_back(self):
        for path in self.home.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        copy_folder(self.picture, self.home)
        if self.logs == LOGS_FULL:
            os.truncate(self.agent.deployment_root / "deployment-logs" / "codedeploy-agent-deployments.log", (64 << 20) - 100)
            os.utime(self.home / "log" / "codedeploy-agent.log", (time.time() - 86400,) * 2)
        self.service.forget()

    def paths(self):
        """Everything on the host but what the scripts wrote."""
        return {path for path in tree(self.home) if path != "runs"}

    # ---- agents ----

    def start_plain(self):
        process = Process("agent", [*self.prefix, self.programs[1], "--config-file", self.agent.config, "run"], self.agent.env, self.agent.log)
        self.world.processes.append(process)
        return process.start()

    def settle(self, what):
        """Until nothing is pending on the host's disk."""
        state = self.agent.deployment_root

        def left():
            return [path for name in STATE_FOLDERS if (state / name).exists()
                    for path in (str(file.relative_to(state)) for file in (state / name).iterdir()) if path != LASTING_LOCK]

        deadline = time.monotonic() + 5 * PATIENCE
        while left():
            if time.monotonic() > deadline:
                raise Failure(f"{what} left behind: {left()}")
            time.sleep(0.002)

    # ---- a deployment ----

    def deploy(self, key, agent, on_kill=None):
        """Commands in order until one fails; returns [(name, Completion)]. on_kill() runs when the traced agent was killed and returns the
        agent that goes on."""
        document, done = self.document(key), []
        for name in SEQUENCE:
            command = self.service.begin(name, document)
            deadline = time.monotonic() + 20 * PATIENCE
            while not self.service.completions[command.identifier]:
                agent = self.watch(agent, on_kill)
                self.service.deliver_again()
                if time.monotonic() > deadline:
                    raise Failure(f"{name} was never completed (acknowledged: {command.is_acknowledged}): the service would wait for an hour")
                with self.service.lock:
                    self.service.lock.wait(0.005)
            completion = self.service.completions[command.identifier][0]
            done.append((name, completion, command.identifier))
            if completion.status != "Succeeded":
                if on_kill is None:
                    raise Failure(f"{name} failed: {completion}")
                break
        return done

    @staticmethod
    def watch(agent, on_kill):
        if isinstance(agent, KilledAgent):
            agent.look()
            if on_kill and (agent.killed or agent.gone):
                return on_kill(agent)
            if agent.gone:
                raise Failure("the agent ended")
        elif not agent.running():
            raise Failure("the agent that was started again has ended")
        return agent

    # ---- a run ----

    def run(self, *points, all_calls=False):
        """One deployment with the agent killed at each of the points in turn. Returns how often it was; raises Failure with what is wrong."""
        self.put_back()
        run = Run(self, points, all_calls)
        try:
            run.deployment()
            run.next_deployment()
        except Failure as failure:
            told = "".join(f"\n  {agent.killed}" for agent in run.traced if agent.killed)
            raise Failure(f"{failure}{told}") from failure
        finally:
            run.close()
        self.killed = [agent.killed.replace(str(self.home), "HOST") for agent in run.kills]
        return len(run.kills)


class Run:
    def __init__(self, rig, points, all_calls):
        self.rig, self.service, self.points, self.all_calls = rig, rig.service, list(points), all_calls
        self.traced, self.kills = [], []
        self.agent = None
        self.results = []

    def close(self):
        for agent in self.traced:
            agent.close()
        if isinstance(self.agent, Process):
            self.agent.kill()

    def start_agent(self):
        """At the next point's mercy, or without one when there is none left."""
        left = self.points[len(self.traced):]
        if left:
            self.agent = KilledAgent(self.rig.agent, left[0], all_calls=self.all_calls, prefix=self.rig.prefix,
                                     programs=self.rig.programs)
            self.traced.append(self.agent)
        else:
            self.agent = self.rig.start_plain()
        return self.agent

    def on_kill(self, agent):
        """Looks at what is there at this instant, then lets others of the agent go on, or starts the next."""
        if agent.killed and agent not in self.kills:
            self.kills.append(agent)
            self.check_instant()
            agent.go_on()
            if agent.killed and self.points[len(self.traced) - 1].kill == "agent":
                agent.wait_gone()
        if not agent.gone:
            return agent
        if not agent.killed:
            raise Failure("the agent ended by itself")
        return self.start_agent()

    def deployment(self):
        self.results = self.rig.deploy("new", self.start_agent(), self.on_kill)
        if isinstance(self.agent, KilledAgent) and not self.agent.killed:
            self.agent.stop()
            if self.agent.killed:
                self.on_kill(self.agent)
            else:
                self.agent.wait_gone()
        if isinstance(self.agent, KilledAgent):
            self.agent.look(0.1)
        if isinstance(self.agent, KilledAgent) and self.agent.gone:
            del self.points[len(self.traced):]
            self.start_agent()
        self.rig.settle("the deployment")
        self.check_end()

    def next_deployment(self):
        rig = self.rig
        results = rig.deploy("next", self.agent, self.on_kill)
        name, completion, _ = results[-1]
        if completion.status != "Succeeded":
            raise Failure(f"{name} of the next deployment failed: {completion}")
        rig.settle("the next deployment")
        if isinstance(self.agent, KilledAgent):
            self.agent.stop()
            self.agent.wait_gone()
        else:
            status = self.agent.stop()
            if status != 0:
                raise Failure(f"the agent that was started again ended with {status}")
        picture = rig.next if self.was_installed() else rig.next_over_old
        wrong = difference(tree(rig.files), picture)
        if wrong:
            raise Failure(f"after the next deployment:\n{wrong}")
        self.check_leftovers(rig.after_next)
        self.check_hooks(rig, "d-NEXT00003", results)

    # ---- what must hold ----

    def was_installed(self):
        return ("Install", "Succeeded") in [(name, completion.status) for name, completion, _ in self.results]

    def check_instant(self):
        """Each path is as it was or as it will be; and until all that is new is on the host, be it staged, all that was is too."""
        rig = self.rig
        now = tree(rig.files)
        managed = {path for path in set(rig.old) | set(rig.new) if rig.old.get(path) != rig.new.get(path)}
        for path in sorted(set(rig.old) | set(rig.new)):
            if now.get(path) not in (rig.old.get(path), rig.new.get(path)):
                raise Failure(f"at the kill, {path} is {now.get(path)}, neither {rig.old.get(path)} nor {rig.new.get(path)}")
        kept = rig.contents_beside()

        def missing(entries):
            return [path for path in sorted(managed) if path in entries and entries[path].kind in ("file", "link")
                    and (entries[path].kind, entries[path].content) not in kept]

        if missing(rig.new) and missing(rig.old):
            raise Failure(f"at the kill, of the new revision {missing(rig.new)} are nowhere, and of the old one {missing(rig.old)}")

    def check_end(self):
        rig = self.rig
        expected = rig.new if self.was_installed() else rig.old
        wrong = difference(tree(rig.files), expected)
        if wrong:
            raise Failure(f"at the deployment's end ({self.told()}):\n{wrong}")
        self.check_leftovers(rig.after_new)
        self.check_hooks(rig, "d-NEW000002", self.results, len(self.kills))
        # a script that was killed itself has failed, and no agent was cut off
        failed = {name for name, completion, _ in self.results if completion.status == "Failed"
                  and not (rig.reruns and completion.script and completion.code != CODE_RESTARTED)}
        if failed - ({"DownloadBundle", "Install"} if rig.reruns else set(SEQUENCE) - {WITHOUT_SCRIPT}):
            raise Failure(f"what failed is not what a kill may cut off: {self.told()}")
        for name, _, identifier in self.results:
            kinds = {(done.status, done.payload) for done in self.service.completions[identifier]}
            if len(kinds) != 1:
                raise Failure(f"{name} was completed in different ways: {kinds}")

    def told(self):
        return ", ".join(f"{name} {completion.status}" for name, completion, _ in self.results)

    def check_leftovers(self, allowed):
        # what a failed DownloadBundle got is its deployment's own, and goes with it when old deployments do
        own = f"deployment-root/{GROUP}/d-NEW000002/"
        extra = sorted(path for path in self.rig.paths() - allowed - self.rig.before if not path.startswith(("files/", own)))
        if extra:
            raise Failure(f"left behind ({self.told()}): {extra}")

    @staticmethod
    def check_hooks(rig, deployment, results, kills=0):
        ran = collections.Counter(line.split()[1] for line in rig.hook_runs() if line.split()[0] == deployment and line.endswith("begin"))
        for event, n in ran.items():
            if n > (1 + kills if rig.reruns else 1):
                raise Failure(f"the script of {event} ran {n} times")
        ended = {name: completion.status for name, completion, _ in results}
        for event in EVENTS:
            if ended.get(event) == "Succeeded" and not ran[event]:
                raise Failure(f"{event} succeeded, and its script did not run")
            if event not in ended and ran[event]:
                raise Failure(f"the script of {event} ran, which nobody asked for")
