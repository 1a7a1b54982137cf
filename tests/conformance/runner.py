"""Runs cases of the conformance checklist and prints TAP: one test a line of it, with its number and title."""

import concurrent.futures
import sys
import time
import traceback
import uuid

from harness import PATIENCE, Failure, Skip
from signed_client import Refused

import api_call
import cases
import hosts
import identity
import replays
import values
from endpoints import Unavailable
from values import BadCase, Wrong

# Cases wait for deployments more than for the processor.
JOBS = 8
UNTIL_S = 30

STEP_KEYS = {
    "call": {"with", "text", "sent", "method", "path", "target", "headers", "framing", "sign", "clock", "date", "keep", "until",
             "while", *api_call.EXPECTATIONS},
    "host": {"tags", "fails", "holds"},
    "release": set(),
    "session": {"seconds"},
    "user": {"policy"},
    "replay": {"with", "keep", "answer"},
}

# What undoes a call that made something, for endpoints that outlive the suite.
UNDO = {
    "CreateApplication": ("DeleteApplication", "applicationName"),
    "CreateDeploymentConfig": ("DeleteDeploymentConfig", "deploymentConfigName"),
    "RegisterOnPremisesInstance": ("DeregisterOnPremisesInstance", "instanceName"),
}


class CaseRun:
    """One case at one endpoint: its variables, its hosts, and what it made."""

    def __init__(self, files, line, target, world):
        self.files, self.world = files, world
        self.case = files.cases[line][1]
        self.target = target
        self.endpoint = target.endpoint(self.case.get("on", "usual"))
        # Runs may follow each other on an endpoint that keeps what they leave.
        self.variables = {**self.endpoint.variables(), "unique": f"l{line}-{uuid.uuid4().hex[:8]}"}
        self.hosts, self.made, self.users, self.prepared = {}, [], [], set()
        self.started = time.time()
        self.where = ""

    def run(self):
        try:
            self.prepare(self.case)
            self.perform(self.case["steps"], "step")
        finally:
            for host in self.hosts.values():
                host.release()
            if self.target.cleans_up:
                self.clean_up()

    def prepare(self, what):
        for name in what.get("given", []):
            if name not in self.prepared:
                self.prepared.add(name)
                self.prepare(self.files.fixtures[name])
                self.perform(self.files.fixtures[name].get("steps", []), f"fixture {name}, step")
        for name, value in what.get("let", {}).items():
            self.variables[name] = values.expand(value, self.variables)

    def perform(self, steps, what):
        for number, step in enumerate(steps, 1):
            kind = next((kind for kind in STEP_KEYS if kind in step), None)
            self.where = f"{what} {number} ({kind and step[kind]})"
            if kind is None or set(step) - STEP_KEYS[kind] - {kind}:
                raise BadCase(f"nobody knows what to do with {sorted(step)}")
            getattr(self, f"step_{kind}")(step)

    # ---- the kinds of steps ----

    def step_call(self, step):
        answer = self.call_until(step) if "until" in step else self.call_once(step)
        for name, path in step.get("keep", {}).items():
            self.variables[name] = values.pick(values.parse(answer.body), path)

    def call_once(self, step):
        sent = values.expand(step, self.variables)
        call, answer = api_call.perform(self.endpoint, sent)
        self.remember(sent, answer)
        api_call.check_answer(call, answer, sent, self.started)
        return answer

    def call_until(self, step):
        """Repeats the call until what "until" says is so; before that, what "while" says must be so. Then judges."""
        sent = values.expand(step, self.variables)
        deadline = time.monotonic() + UNTIL_S * PATIENCE
        while True:
            call, answer = api_call.perform(self.endpoint, sent)
            try:
                api_call.check_answer(call, answer, sent["until"], self.started)
                break
            except Wrong as wrong:
                if "while" in sent:
                    api_call.check_answer(call, answer, sent["while"], self.started)
                if time.monotonic() > deadline:
                    raise Wrong(f"gave up after {UNTIL_S * PATIENCE:.0f} s: {wrong}") from None
            time.sleep(0.02)
        api_call.check_answer(call, answer, sent, self.started)
        return answer

    def step_host(self, step):
        """Starts a host; ${NAME} is its instance name and ${NAME_arn} its user."""
        step = values.expand(step, self.variables)
        name = f"{step['host']}-{self.variables['unique']}"
        tags = [{"Key": key, "Value": value} for key, value in step.get("tags", {}).items()]
        arn, key_id, secret = hosts.register(self.endpoint, name, tags)
        self.made.append({"call": "DeregisterHost", "with": {"instanceName": name}, "target": "Slipway_20261101.DeregisterHost"})
        self.variables.update({step["host"]: name, f"{step['host']}_arn": arn,
                               f"{step['host']}_keys": {"key": key_id, "secret": secret}})
        host = hosts.ScriptedHost(self.endpoint, arn, key_id, secret, step.get("fails", ()), step.get("holds", ()))
        self.hosts[step["host"]] = host
        host.start()

    def step_release(self, step):
        self.hosts[step["release"]].release()

    def step_session(self, step):
        """Makes temporary credentials; ${NAME} is how to sign with them."""
        self.variables[step["session"]] = identity.session(self.endpoint, step["seconds"])

    def step_user(self, step):
        """Makes a user; ${NAME} is how to sign as that user, and ${NAME_arn} who that is."""
        step = values.expand(step, self.variables)
        user = identity.User(self.endpoint, f"{step['user']}-{self.variables['unique']}", step.get("policy"))
        self.users.append(user)
        self.variables.update({step["user"]: user.sign, f"{step['user']}_arn": user.arn})

    def step_replay(self, step):
        """Lets a client, or what replays one, do its work; judges what it says it saw."""
        step = values.expand(step, self.variables)
        seen = replays.run(self, step["replay"], step.get("with", {}))
        values.Judge(self.started, time.time()).check(seen, step.get("answer", {}))
        for name, path in step.get("keep", {}).items():
            self.variables[name] = values.pick(seen, path)

    # ---- what is left behind ----

    def remember(self, sent, answer):
        if answer.status == 200 and sent["call"] in UNDO and "with" in sent:
            operation, member = UNDO[sent["call"]]
            self.made.append({"call": operation, "with": {member: sent["with"][member]}})
        if answer.status == 200 and sent["call"] == "UpdateApplication" and sent["with"].get("newApplicationName"):
            self.made.append({"call": "DeleteApplication", "with": {"applicationName": sent["with"]["newApplicationName"]}})

    def clean_up(self):
        # A refusal is fine: the case may have removed or renamed it itself.
        for undo in reversed(self.made):
            api_call.perform(self.endpoint, undo)
        for user in self.users:
            user.delete()


def run_case(files, line, target, world):
    """(failure or None, reason for skipping or None, seconds)."""
    started = time.monotonic()
    failure = skipped = run = None
    try:
        run = CaseRun(files, line, target, world)
        run.run()
    except (Unavailable, Skip) as reason:
        skipped = str(reason)
    except (Wrong, BadCase, Failure, Refused) as wrong:
        failure = f"{run.where if run else 'start'}: {wrong}"
    except Exception:
        failure = f"{run.where if run else 'start'}: {traceback.format_exc()}"
    return failure, skipped, time.monotonic() - started


class Tap:
    """Prints results in the order of their lines, as soon as each one's turn has come."""

    def __init__(self, label=""):
        self.label = f"{label} " if label else ""
        self.good = True

    def result(self, line, title, failure=None, skipped=None):
        text = f"{'not ok' if failure else 'ok'} {line} {self.label}line {line} {title}".replace("#", "\\#")
        print(f"{text} # SKIP {skipped}" if skipped else text)
        for said in (failure or "").rstrip().splitlines():
            print(f"# {said}")
        self.good = self.good and not failure
        sys.stdout.flush()


def run(files, target, world, lines=(), label=""):
    """Runs these lines (all, when none are named); True when all went well."""
    tap = Tap(label)
    chosen = [line for line in files.lines() if not lines or line in lines]
    whole = not lines
    print(f"1..{len(chosen) + whole}" if whole else f"1..{len(chosen)}", flush=True)
    slowest = []
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        running = {line: pool.submit(run_case, files, line, target, world) for line in chosen if line in files.cases}
        for line in chosen:
            if line in files.left_out:
                tap.result(line, files.title(line), skipped=files.left_out[line])
                continue
            failure, skipped, took = running[line].result()
            slowest.append((took, line))
            tap.result(line, files.title(line), failure, skipped)
    if whole:
        tap.result(cases.LAST + 1, "every line of the checklist is there once, or explained", "\n".join(files.wrong))
    print("# slowest: " + ", ".join(f"line {line} {took:.1f} s" for took, line in sorted(slowest, reverse=True)[:5]))
    return tap.good
