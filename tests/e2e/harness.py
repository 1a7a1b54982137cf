"""What every end-to-end test stands on: a server, agents and clients of its own, and TAP on stdout.

A test file is runnable alone (`tests/e2e/foo_test.py`) and looks like this:

    from harness import *

    @case("a deployment to one host succeeds")
    def one_host(world):
        server = world.server()
        agent = world.agent(server, "web-1", tags={"env": "test"})
        server.aws("deploy", "list-applications")
        ...

    if __name__ == "__main__":
        main(globals())

Each case gets a World: a temporary folder and everything started in it. All of it is stopped by pid and
the folder removed when the case ends; a failing case prints the tails of the logs first, and leaves the
folder when KEEP is set in the environment. Name cases on the command line to run only those.

A server keeps its data in SQLite, or in PostgreSQL: world.server(store="postgresql"). With SLIPWAY_TEST_STORE=postgresql in the
environment all servers do that do not say otherwise.

Only Python's standard library is used. The programs come from $SLIPWAY_BUILD_ROOT, or build/.
"""

import configparser
import contextlib
import inspect
import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
import zipfile

from private_postgresql import PrivatePostgresql, Unavailable
from signed_client import Refused, SignedClient

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLIPWAY_BUILD_ROOT") or ROOT / "build").resolve()
SLIPWAYD = BUILD / "slipwayd"
AGENT = BUILD / "slipway-agent"
SLIPWAY = BUILD / "slipway"
AWS = "/usr/bin/aws"  # Debian's own: another one on PATH may be of another age
NODE = shutil.which("node") or "/usr/bin/node"
E2E = ROOT / "tests" / "e2e"

REGION = "us-east-1"
SERVICE_ROLE = "arn:aws:iam::123456789012:role/CodeDeployServiceRole"

# A sanitizer's slower programs get the same tests, with more patience.
PATIENCE = float(os.environ.get("SLIPWAY_TEST_PATIENCE", "1"))


class Failure(AssertionError):
    """What a check found, in words."""


class Skip(Exception):
    """Why a case cannot run here."""


# ---- small checks -------------------------------------------------------------------------------


def equal(actual, expected, what="value"):
    if actual != expected:
        raise Failure(f"{what}: expected {expected!r}, got {actual!r}")


def contains(text, part, what="text"):
    if part not in text:
        raise Failure(f"{what}: expected to find {part!r} in:\n{text}")


def lacks(text, part, what="text"):
    if part in text:
        raise Failure(f"{what}: must not contain {part!r}:\n{text}")


def wait_until(what, question, timeout_s=30.0, pause_s=0.05):
    """Asks until the answer is true; returns it. Failing is an error that names `what`."""
    deadline = time.monotonic() + timeout_s * PATIENCE
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"gave up after {timeout_s * PATIENCE:.0f} s waiting for {what}")
        time.sleep(pause_s)


def free_port():
    """A port that was free a moment ago: for applications on hosts, never for the server (it binds 0)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Silence:
    """A service that takes connections and never answers."""

    def __init__(self, world):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        world.closers.append(self.listener.close)

    def wait_for_caller(self):
        """The connection, which must be kept as long as the caller shall wait."""
        self.listener.settimeout(60 * PATIENCE)
        return self.listener.accept()[0]


def tail(path, lines=25):
    try:
        return "".join(open(path, errors="replace").readlines()[-lines:])
    except OSError:
        return ""


# ---- environments -------------------------------------------------------------------------------


def clean_environment(home):
    """Ours, without anything that points a client somewhere else or lends it other keys."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "npm_", "SLIPWAY_"))
        and name.lower() not in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
        and name not in ("NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "PYTHONPATH", "SSL_CERT_FILE")
    }
    kept.update(HOME=str(home), AWS_EC2_METADATA_DISABLED="true", AWS_PAGER="", LC_ALL="C.UTF-8")
    return kept


class Process:
    """One child in a session of its own, stopped by pid."""

    def __init__(self, name, argv, env, log):
        self.name, self.argv, self.env, self.log = name, [str(a) for a in argv], env, log
        self.child = None

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                self.argv, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        return self

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        """SIGKILL, and wait until it is gone."""
        if self.running():
            self.child.kill()
            self.child.wait()

    def stop(self, timeout_s=20.0):
        """SIGTERM; returns the exit status. One that does not stop in time is killed, and fails."""
        if not self.running():
            return None if self.child is None else self.child.returncode
        self.child.terminate()
        try:
            return self.child.wait(timeout_s * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.name} did not stop within {timeout_s * PATIENCE:.0f} s of SIGTERM")


# ---- the server ---------------------------------------------------------------------------------


class Server:
    """store: "sqlite", "postgresql" (a new database), or the URL of an empty one; None: as the environment says.
    integrations: the text of integrations.yml."""

    def __init__(self, world, name="server", init_args=(), settings="", store=None, integrations=None):
        self.world = world
        self.data = world.folder / name
        self.log = world.folder / f"{name}.log"
        world.logs.append(self.log)
        self.env = clean_environment(world.folder)
        store = store or os.environ.get("SLIPWAY_TEST_STORE") or "sqlite"
        if store == "postgresql":
            store = world.postgresql().new_url()
        if store != "sqlite":
            init_args = ("--store", store, *init_args)
        self.run_slipwayd("init", "--data", self.data, *init_args)
        if settings:
            with open(self.data / "slipwayd.yml", "a") as file:
                file.write(settings)
        if integrations is not None:
            (self.data / "integrations.yml").write_text(integrations)
        self.address = None
        self.process = None
        self.listen = "127.0.0.1:0"
        self.start()

    def run_slipwayd(self, *args, check=True):
        done = subprocess.run(
            [str(SLIPWAYD), *map(str, args)], env=self.env, text=True, capture_output=True,
            timeout=60 * PATIENCE)
        if check and done.returncode:
            raise Failure(f"slipwayd {args[0]} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def start(self):
        """Starts and returns once it accepts connections; a restart keeps the address."""
        with contextlib.suppress(FileNotFoundError):
            (self.data / "slipwayd.address").unlink()
        self.process = Process(
            "slipwayd", [SLIPWAYD, "serve", "--data", self.data, "--listen", self.listen], self.env, self.log)
        self.world.processes.append(self.process)
        self.process.start()
        self.address = self.wait_for_address()
        self.listen = self.address
        return self

    def wait_for_address(self):
        path = self.data / "slipwayd.address"
        deadline = time.monotonic() + 20 * PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                text = path.read_text().strip()
                if text:
                    return text
            if not self.process.running():
                raise Failure(f"slipwayd ended with {self.process.child.returncode} at start:\n{tail(self.log)}")
            time.sleep(0.005)
        raise Failure(f"slipwayd wrote no address:\n{tail(self.log)}")

    def kill(self):
        self.process.kill()

    def stop(self):
        return self.process.stop()

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    @property
    def http(self):
        return f"http://{self.address}"

    @property
    def https(self):
        return f"https://{self.address}"

    @property
    def ca(self):
        return self.data / "pki" / "ca.pem"

    @property
    def signer_ca(self):
        return self.ca

    @property
    def credentials_file(self):
        return self.data / "admin.credentials"

    def credentials(self):
        parser = configparser.ConfigParser()
        parser.read(self.credentials_file)
        section = parser["default"]
        return section["aws_access_key_id"], section["aws_secret_access_key"]

    def client_environment(self, endpoint=None, **extra):
        """What a client needs to talk to this server as the administrator."""
        env = clean_environment(self.world.folder)
        env.update(
            AWS_SHARED_CREDENTIALS_FILE=str(self.credentials_file),
            AWS_CONFIG_FILE=str(self.world.folder / "no-such-aws-config"),
            AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION, AWS_MAX_ATTEMPTS="1",
            AWS_ENDPOINT_URL=endpoint or self.http, AWS_CA_BUNDLE=str(self.ca),
            NODE_EXTRA_CA_CERTS=str(self.ca))
        env.update({name: str(value) for name, value in extra.items()})
        return env

    def aws(self, *args, endpoint=None, check=True, env=None, **extra_env):
        """Runs Debian's AWS CLI. Returns the decoded JSON (or None); with check=False the finished process."""
        argv = [AWS, *map(str, args), "--endpoint-url", endpoint or self.http]
        if args[0] != "s3":
            argv += ["--output", "json"]
        done = subprocess.run(
            argv, env=env or self.client_environment(endpoint, **extra_env), text=True,
            capture_output=True, timeout=300 * PATIENCE)
        if not check:
            return done
        if done.returncode:
            raise Failure(f"aws {' '.join(map(str, args))}\nexited with {done.returncode}: {done.stdout}{done.stderr}")
        if args[0] == "s3":
            return done.stdout
        return json.loads(done.stdout) if done.stdout.strip() else None

    def node(self, script, *args, endpoint=None, check=True, **extra_env):
        """Runs a module from tests/e2e with the JavaScript SDK in reach; returns its stdout."""
        if not (E2E / "node_modules").is_dir():
            raise Skip("tests/e2e/node_modules is missing: tools/run-tests installs it")
        done = subprocess.run(
            [NODE, str(E2E / script), *map(str, args)], env=self.client_environment(endpoint, **extra_env),
            text=True, capture_output=True, timeout=300 * PATIENCE, cwd=E2E)
        if check and done.returncode:
            raise Failure(f"node {script} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout if check else done

    def slipway(self, *args, endpoint=None, check=True, env=None, **extra_env):
        """Runs our own command line as the administrator; returns its stdout, or the process."""
        done = subprocess.run(
            [str(SLIPWAY), *map(str, args)], env=env or self.client_environment(endpoint, **extra_env),
            text=True, capture_output=True, timeout=300 * PATIENCE)
        if check and done.returncode:
            raise Failure(f"slipway {' '.join(map(str, args))}\nexited with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout if check else done

    def client(self, endpoint=None, keys=None, **options):
        """A signed client in this process; the administrator's unless `keys` (id, secret) are given."""
        key_id, secret = keys or self.credentials()
        return SignedClient(endpoint or self.http, key_id, secret, ca=str(self.ca), **options)

    def get(self, path, endpoint=None):
        """An unsigned GET; returns (status, headers, body)."""
        try:
            with urllib.request.urlopen((endpoint or self.http) + path, timeout=10 * PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def keys_create(self, user, path="/AWS/CodeDeploy/"):
        """A host's keys as `slipwayd keys create` makes them: (arn, access key id, secret)."""
        done = self.run_slipwayd("keys", "create", "--data", self.data, "--user", user, "--path", path)
        parser = configparser.ConfigParser()
        # The answer is a shared-credentials section; lines that are not INI are comments for people.
        parser.read_string("\n".join(
            line for line in done.stdout.splitlines() if line.startswith(("[", "aws_", "#")) or " = " in line))
        section = parser[parser.sections()[0]]
        account = SERVICE_ROLE.split(":")[4]
        arn = f"arn:aws:iam::{account}:user{path}{user}"
        for word in (done.stdout + done.stderr).replace('"', " ").split():
            if word.startswith("arn:") and ":user/" in word:
                arn = word.rstrip(".,;")
        return arn, section["aws_access_key_id"], section["aws_secret_access_key"]


# ---- agents -------------------------------------------------------------------------------------


class Agent:
    """One slipway-agent with a root of its own, configured with the official agent's files."""

    def __init__(self, world, server, name, keys, endpoint=None, extra_config=None, environment=None):
        self.world, self.server, self.name = world, server, name
        self.root = world.folder / "hosts" / name
        self.root.mkdir(parents=True, exist_ok=True)
        self.arn, key_id, secret = keys
        self.config = self.root / "codedeployagent.yml"
        self.deployment_root = self.root / "deployment-root"
        self.log = world.folder / f"agent-{name}.log"
        world.logs.append(self.log)
        settings = {
            "root_dir": self.deployment_root,
            "log_dir": self.root / "log",
            "pid_dir": self.root / "state",
            "on_premises_config_file": self.root / "codedeploy.onpremises.yml",
            "deploy_control_endpoint": endpoint or server.http,
            "s3_endpoint_override": endpoint or server.http,
            "ssl_ca_bundle": server.ca,
            "spec_signer_ca": server.signer_ca,
            "wait_between_runs": 1,
        }
        settings.update(extra_config or {})
        self.config.write_text("---\n" + "".join(f":{k}: {json.dumps(str(v) if isinstance(v, pathlib.Path) else v)}\n"
                                                  for k, v in settings.items()))
        private = self.root / "codedeploy.onpremises.yml"
        private.touch(mode=0o600)
        private.write_text(
            f"---\naws_access_key_id: {key_id}\naws_secret_access_key: {secret}\n"
            f"iam_user_arn: {self.arn}\nregion: {REGION}\n")
        self.env = clean_environment(self.root)
        self.env.update({k: str(v) for k, v in (environment or {}).items()}, HOST_ROOT=str(self.root))
        self.process = Process(f"agent {name}", [AGENT, "--config-file", self.config, "run"], self.env, self.log)
        world.processes.append(self.process)

    def start(self):
        self.process.start()
        return self

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()


# ---- revisions ----------------------------------------------------------------------------------

EVENTS = ["ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService"]


def revision_folder(folder, files, events=(), script=None, destination=None):
    """A revision with its AppSpec; `files` maps names to texts, each event runs hooks/<event>."""
    folder = pathlib.Path(folder)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    spec = "version: 0.0\nos: linux\n"
    if destination:
        spec += f"files:\n  - source: content\n    destination: {destination}\n"
    if events:
        spec += "hooks:\n"
        for event in events:
            hook = folder / "hooks" / event
            hook.parent.mkdir(parents=True, exist_ok=True)
            hook.write_text(script if script is not None else "#!/bin/sh\nexit 0\n")
            hook.chmod(0o755)
            spec += f"  {event}:\n    - location: hooks/{event}\n      timeout: 60\n"
    (folder / "appspec.yml").write_text(spec)
    return folder


def zip_folder(folder, target):
    folder = pathlib.Path(folder)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


def tar_folder(folder, target):
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(pathlib.Path(folder).iterdir()):
            archive.add(path, path.name)
    return target


# ---- a case's world -----------------------------------------------------------------------------


class World:
    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-e2e-"))
        self.name = name
        self.processes = []
        self.logs = []
        self.closers = []
        self.private_postgresql = None

    def server(self, name="server", **options):
        return Server(self, name, **options)

    def postgresql(self):
        """The case's own PostgreSQL, which it may stop, kill and start."""
        if self.private_postgresql is None:
            try:
                self.private_postgresql = PrivatePostgresql()
            except Unavailable as reason:
                raise Skip(str(reason))
            self.closers.append(self.private_postgresql.close)
            self.logs.append(self.private_postgresql.log)
        return self.private_postgresql

    def agent(self, server, name, tags=None, endpoint=None, start=True, **options):
        """Makes keys, registers the instance with its tags through the API, and starts the agent."""
        keys = server.keys_create(name)
        client = server.client()
        client.call("RegisterOnPremisesInstance", instanceName=name, iamUserArn=keys[0])
        if tags:
            client.call("AddTagsToOnPremisesInstances", instanceNames=[name],
                        tags=[{"Key": k, "Value": v} for k, v in tags.items()])
        client.close()
        agent = Agent(self, server, name, keys, endpoint, **options)
        return agent.start() if start else agent

    def close(self, failed):
        problems = []
        # Agents first: a server that is gone would only make them wait.
        for process in reversed(self.processes):
            try:
                process.stop()
            except Failure as failure:
                problems.append(str(failure))
        if failed or problems:
            for log in self.logs:
                text = tail(log)
                if text:
                    diagnose(f"--- {log.name}\n{text}")
        for closer in reversed(self.closers):
            try:
                closer()
            except Failure as failure:
                problems.append(str(failure))
        if os.environ.get("KEEP"):
            diagnose(f"kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return problems


# ---- running cases ------------------------------------------------------------------------------


def case(title):
    def mark(function):
        function.case_title = title
        return function
    return mark


def diagnose(text):
    for line in str(text).rstrip("\n").splitlines():
        print(f"# {line}")


def run_case(number, name, function):
    title = f"{name} - {function.case_title}"
    world = World(name)
    started = time.monotonic()
    error = skip = None
    try:
        function(world)
    except Skip as reason:
        skip = reason
    except Failure as failure:
        where = traceback.extract_tb(failure.__traceback__)
        line = next((f.lineno for f in reversed(where) if f.filename.endswith("_test.py")), 0)
        error = f"line {line}: {failure}"
    except Exception:
        error = traceback.format_exc()
    problems = world.close(error is not None)
    took = time.monotonic() - started
    if error is None and problems:
        error = "\n".join(problems)
    if skip is not None:
        print(f"ok {number} {title} # SKIP {skip}")
    elif error is None:
        print(f"ok {number} {title}")
        diagnose(f"took {took:.1f} s")
    else:
        print(f"not ok {number} {title}")
        diagnose(error)
    sys.stdout.flush()
    return error is None


def main(names):
    """Runs the cases of the calling file in the order they are written."""
    cases = [(name, f) for name, f in names.items() if inspect.isfunction(f) and hasattr(f, "case_title")]
    if len(sys.argv) > 1:
        cases = [(name, f) for name, f in cases if name in sys.argv[1:]]
        if not cases:
            sys.exit(f"no such case: {' '.join(sys.argv[1:])}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"1..{len(cases)}", flush=True)
    good = [run_case(number, name, f) for number, (name, f) in enumerate(cases, 1)]
    sys.exit(0 if all(good) else 1)
