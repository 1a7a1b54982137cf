#!/usr/bin/env python3
"""Three independent clients do the same and see the same (tests/golden/clients/): Debian's AWS CLI and boto3, the JavaScript SDK."""

import concurrent.futures
import json
import re
import sys

from harness import *

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import values

SCENARIOS = ROOT / "tests" / "golden" / "clients" / "scenarios.json"
DRIVERS = E2E / "client_drivers"
STEP_KEYS = {"call", "pages", "wait", "with", "answer", "error", "message", "keep", "until", "requests"}


# ---- the clients: perform() takes a step and gives {"answer"} or {"error", "message"} -----------


class Driver:
    """A client in a process of its own that is asked line by line."""

    def __init__(self, world, server, attempts, name, argv):
        log = world.folder / f"client-{name}.log"
        world.logs.append(log)
        self.process = Process(name, argv, server.client_environment(AWS_MAX_ATTEMPTS=attempts), log)
        world.processes.append(self.process)
        with open(log, "ab") as errors:
            self.process.child = subprocess.Popen(
                argv, env=self.process.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=E2E,
                start_new_session=True)

    def perform(self, kind, name, arguments):
        pipes = self.process.child
        pipes.stdin.write(json.dumps({"kind": kind, "name": name, "with": arguments}) + "\n")
        pipes.stdin.flush()
        said = pipes.stdout.readline()
        if not said:
            raise Failure(f"{self.process.name} ended with {pipes.wait()} at {name}:\n{tail(self.process.log)}")
        return json.loads(said)


class Cli:
    """Debian's AWS CLI: a process a call."""

    ERROR = re.compile(
        r"An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)", re.S)

    def __init__(self, world, server, attempts):
        self.server = server
        config = world.folder / "aws-config"
        config.write_text("[default]\ncli_timestamp_format = wire\n")
        self.options = {"AWS_CONFIG_FILE": config, "AWS_MAX_ATTEMPTS": attempts}

    @staticmethod
    def verb(name):
        words = re.sub(r"(?<!^)([A-Z][a-z]+)", r"-\1", name)
        return re.sub(r"([a-z])([A-Z])", r"\1-\2", words).lower().replace("--", "-")

    def perform(self, kind, name, arguments):
        verb = ["wait", self.verb(name)] if kind == "wait" else [self.verb(name)]
        given = ["--cli-input-json", json.dumps(arguments)]
        # The CLI takes all pages of a list by itself, and then shows nothing but the list.
        one_answer = ["--no-paginate"] if kind == "call" else []
        done = self.server.aws("deploy", *verb, *given, *one_answer, check=False, **self.options)
        if done.returncode == 0:
            return {"answer": json.loads(done.stdout) if done.stdout.strip() else {}}
        if kind == "wait":
            contains(done.stderr, "Waiter DeploymentSuccessful failed", "what the CLI's waiter says")
            return {"error": "WaiterFailed"}
        error = self.ERROR.search(done.stderr)
        if not error:
            raise Failure(f"aws deploy {' '.join(verb)} ended with {done.returncode}: {done.stderr}")
        return {"error": error.group(1), "message": error.group(2).strip()}


CLIENTS = {
    "AWS CLI": Cli,
    "boto3": lambda *where: Driver(*where, "boto3", ["/usr/bin/python3", str(DRIVERS / "boto3_driver.py")]),
    "SDK": lambda *where: Driver(*where, "sdk", [NODE, str(DRIVERS / "sdk_driver.mjs")]),
}


# ---- one client's run ---------------------------------------------------------------------------

# The server's log has no lines of these.
READ = re.compile("Get|List|BatchGet")


class Run:
    def __init__(self, world, name, scenario):
        self.name, self.scenario = name, scenario
        self.server = world.server(name.replace(" ", "-").lower(), settings=scenario.get("settings", ""))
        self.client = CLIENTS[name](world, self.server, scenario.get("attempts", 3))
        self.variables = {"role": SERVICE_ROLE}
        for variable, value in scenario.get("let", {}).items():
            self.variables[variable] = values.expand(value, self.variables)
        self.prepare_hosts(world)

    def prepare_hosts(self, world):
        if not self.scenario.get("hosts"):
            return
        bundle = zip_folder(revision_folder(world.folder / f"revision-{self.name}", {"readme": "hello"}, EVENTS),
                            world.folder / f"{self.name}.zip")
        client = self.server.client()
        for path, body in (("/releases", b""), ("/releases/one.zip", bundle.read_bytes())):
            equal(client.s3("PUT", path, body).status, 200, f"status of PUT {path}")
        for host, tags in self.scenario["hosts"].items():
            keys = self.server.keys_create(host)
            client.call("RegisterOnPremisesInstance", instanceName=host, iamUserArn=keys[0])
            client.call("AddTagsToOnPremisesInstances", instanceNames=[host],
                        tags=[{"Key": k, "Value": v} for k, v in tags.items()])
            # Each client's server has a host of this name: its folder must not be the others'.
            agent = Agent(world, self.server, f"{host}-{self.name.replace(' ', '-')}", keys)
            agent.start()
        client.close()

    def transcript(self):
        """What the client has seen, step by step."""
        seen = []
        for number, step in enumerate(self.scenario["steps"], 1):
            kind = next(kind for kind in ("call", "pages", "wait") if kind in step)
            try:
                seen.append(self.perform(kind, values.expand(step, self.variables)))
            except (values.Wrong, Failure) as wrong:
                raise Failure(f"{self.name}, step {number} ({step[kind]}): {wrong}") from None
        return seen

    def perform(self, kind, step):
        if set(step) - STEP_KEYS:
            raise values.BadCase(f"nobody knows what {sorted(set(step) - STEP_KEYS)} mean")
        asked_before = self.requests(step[kind])
        said = self.repeat(kind, step) if "until" in step else self.client.perform(kind, step[kind], step["with"])
        if said.get("error") != step.get("error"):
            raise Failure(f"the client says {said}")
        judge = values.Judge(0, 0)
        judge.check(said.get("answer", {}), step.get("answer", {}))
        if "message" in step:
            judge.check(said["message"], step["message"], "message")
        if "requests" in step:
            self.check_requests(step[kind], asked_before, step["requests"])
        elif kind == "call" and not READ.match(step[kind]):
            self.check_requests(step[kind], asked_before, {"above": 0})
        for variable, path in step.get("keep", {}).items():
            self.variables[variable] = values.pick(said["answer"], path)
        return said

    def repeat(self, kind, step):
        def over():
            said = self.client.perform(kind, step[kind], step["with"])
            try:
                values.Judge(0, 0).check(said.get("answer", {}), step["until"])
                return said
            except values.Wrong:
                return None
        return wait_until(f"{step['until']}", over, timeout_s=60)

    def check_requests(self, operation, before, wanted):
        at_least = wanted["above"] + 1 if isinstance(wanted, dict) else wanted
        # The line of a request is written after its answer: without waiting for it a later step would count it as its own.
        wait_until(f"{at_least} requests in the log", lambda: self.requests(operation) - before >= at_least, timeout_s=5)
        if not isinstance(wanted, dict):
            equal(self.requests(operation) - before, wanted, "requests that the server has seen")

    def requests(self, operation):
        """How often the server has been asked, by its log."""
        return len(re.findall(rf" operation={operation} ", self.server.log.read_text()))


# ---- comparing them -----------------------------------------------------------------------------


class Normal:
    """Takes out what differs between servers: ids become their number, times a word. And what only the newest model knows:
    older clients drop it."""

    NEWER = {"terminationHookEnabled"}
    ID = re.compile(r"\bd-[A-Z0-9]{9}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<=_)[A-Za-z0-9]{10}$")

    def __init__(self):
        self.ids = {}

    def value(self, value):
        if isinstance(value, dict):
            return {name: self.value(inner) for name, inner in value.items() if name not in self.NEWER}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        if isinstance(value, str):
            return self.ID.sub(lambda match: f"<{self.ids.setdefault(match.group(0), len(self.ids) + 1)}>", value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1_000_000_000:
            return "<time>"
        return value


def compare(scenario, transcripts):
    normal = {name: Normal().value(transcript) for name, transcript in transcripts.items()}
    (first, expected), *others = normal.items()
    for name, seen in others:
        for number, (one, other) in enumerate(zip(expected, seen), 1):
            equal(other, one, f"step {number} as {name} sees it, and {first}")


def scenario_case(scenario):
    def run(world):
        runs = {name: Run(world, name, scenario) for name in CLIENTS}
        with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
            working = {name: pool.submit(one.transcript) for name, one in runs.items()}
            transcripts = {name: work.result() for name, work in working.items()}
        for name, transcript in transcripts.items():
            equal(len(transcript), len(scenario["steps"]), f"steps of {name}")
        compare(scenario, transcripts)
    run.case_title = f"{scenario['title']}: the AWS CLI, boto3 and the JavaScript SDK see the same"
    return run


CASES = {scenario["title"].replace(" ", "_").replace("-", "_"): scenario_case(scenario)
         for scenario in json.loads(SCENARIOS.read_text())}


@case("how operations are called on the command line")
def verbs(world):
    for name, verb in (("GetOnPremisesInstance", "get-on-premises-instance"), ("CreateApplication", "create-application"),
                       ("ListGitHubAccountTokenNames", "list-git-hub-account-token-names"),
                       ("DeploymentSuccessful", "deployment-successful")):
        equal(Cli.verb(name), verb)


if __name__ == "__main__":
    main({**CASES, **globals()})
