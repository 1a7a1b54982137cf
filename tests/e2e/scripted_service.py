"""A command service and bucket that do what a test tells them, to pin the agent's side of the protocol from outside.

    service = ScriptedService(world)
    service.objects["bucket/key"] = data
    agent = service.agent("web-1")
    done = service.run("ApplicationStop", service.document(key="key"))      # -> Completion

By default it behaves like the real one: polls are held for a moment, the specification is signed, acknowledgements
are answered with InProgress. service.on[OPERATION] replaces an answer: a function of the request's body that
returns a dictionary, an (HTTP status, dictionary) pair, or DROP to close the connection without an answer. service.trouble
spoils deliveries: see TROUBLES.
With short=True it knows the short conversation of docs/host-protocol.md: to those that say that they do, commands come with their
specification, and with the answer to the report about the one before.
Everything that arrives is in service.calls, in order, and held against the rules of command_wire.py: a case in which an agent
sent something that the official one would not fails at its end, whatever else it looked at.
"""

import collections
import functools
import hashlib
import http.server
import json
import pathlib
import re
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

from harness import AGENT, PATIENCE, REGION, Agent, Failure, wait_until
import command_wire

DROP = object()

# What may happen to a call. Refusals: the service has not worked on it. The others: it has, and its answer does not arrive, or late.
REFUSALS = {
    "500": (500, {"__type": "ServerException"}), "503": (503, {"__type": "ServiceUnavailable"}), "502": (502, b"<html>Bad Gateway</html>"),
    "429": (429, {"__type": "TooManyRequestsException"}), "throttled": (400, {"__type": "ThrottlingException", "message": "Rate exceeded"}),
}
LOSSES = ("lost", "reset", "cut", "garbled")
FATAL_SIGNALS = {-number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP)}
TROUBLES = (*REFUSALS, *LOSSES, "slow", "hung up")
ACCOUNT = "123456789012"
KEY_ID, SECRET = "AKIDSCRIPTED00000001", "scripted-secret-that-nobody-else-has-000"

Call = collections.namedtuple("Call", "operation target body headers time signature_ok service")
Completion = collections.namedtuple("Completion", "status code script message log payload")
NOTHING_TO_DO = Completion("Succeeded", 0, "", "", "", "")  # an acknowledgement said so


@functools.lru_cache(maxsize=None)
def made_signer(extensions, name):
    """A self-made certificate with its key, as texts; the same for all cases of a file."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = (pathlib.Path(folder) / suffix for suffix in ("key", "pem"))
        argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
                "-days", "2", "-subj", f"/CN={name}"]
        for extension in extensions:
            argv += ["-addext", extension]
        subprocess.run(argv, check=True, capture_output=True)
        return key.read_text(), certificate.read_text()


@functools.lru_cache(maxsize=None)
def signed(text, key, certificate):
    return subprocess.run(
        ["openssl", "smime", "-sign", "-nodetach", "-binary", "-outform", "PEM", "-md", "sha256", "-signer", certificate, "-inkey", key],
        input=text.encode(), check=True, capture_output=True).stdout.decode()


def is_closed(connection):
    if isinstance(connection, ssl.SSLSocket):
        return False  # it cannot be peeked into
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class EachOnce:
    """A trouble for the first delivery of every call (of each poll, for every second one), and of every object."""

    def __init__(self, kind, operations=("PollHostCommand", "GetDeploymentSpecification", "PutHostCommandAcknowledgement",
                                         "PutHostCommandComplete", "GetObject")):
        self.kind, self.operations = kind, operations
        self.seen, self.lock = collections.Counter(), threading.Lock()

    def __call__(self, operation, what):
        with self.lock:
            before = self.seen[operation, str(what)]
            self.seen[operation, str(what)] += 1
        spoiled = operation in self.operations and (before % 2 == 0 if operation == "PollHostCommand" else before == 0)
        return self.kind if spoiled else None


def agent_processes(pid):
    """The agent's main process and those it has forked; not scripts, which are their workers' children."""
    children = [int(child) for child in open(f"/proc/{pid}/task/{pid}/children").read().split()]
    return [pid] + children


def title_of(pid):
    return open(f"/proc/{pid}/cmdline").read().replace("\0", " ").strip()


def resident_kib(pid):
    fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/smaps_rollup").readlines()[1:])
    return int(fields["Rss"].split()[0])


class ScriptedService:
    def __init__(self, world, hold_s=0.4, signer_extensions=("extendedKeyUsage=codeSigning",), tls=None,
                 short=False):
        """tls: (key, certificate) files; then it is at service.https, and service.ca has to be what trusts it."""
        self.world, self.hold_s, self.tls, self.short = world, hold_s, tls, short
        self.lock = threading.Condition()
        self.calls, self.object_requests = [], []
        self.start_checks = 0
        self.queue = collections.deque()
        self.documents, self.objects, self.on = {}, {}, {}
        self.owners = {}  # whose a command is
        self.completions = collections.defaultdict(list)
        self.counter = 0
        self.keys, self.region, self.identifiers = {KEY_ID: SECRET}, REGION, set()
        self.trouble = lambda operation, what: None
        self.clock_offset_s = 0  # how far its clock is ahead of the agents'
        self.complaints, self.conversations = [], command_wire.Conversations()
        self.key, self.certificate = self.make_signer(signer_extensions)
        self.ca, self.signer_ca = "", ""
        self.httpd = None
        self.port = 0
        self.start()
        world.closers.append(self.close)

    # ---- its life ----

    def start(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes; the second would wait for the peer's delayed ACK

            def log_message(self, *_):
                pass

            def date_time_string(self, timestamp=None):
                return super().date_time_string((timestamp or time.time()) + service.clock_offset_s)

            def parse_request(self):
                self.arrived = time.monotonic()  # its first line, at least
                return super().parse_request()

            def do_POST(self):
                service.answer_call(self)

            def do_GET(self):
                service.answer_object(self)

        class Httpd(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass  # agents that are killed leave connections behind

        self.httpd = Httpd(("127.0.0.1", self.port), Handler)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls[1], self.tls[0])
            self.httpd.socket = context.wrap_socket(self.httpd.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        if self.httpd:
            self.httpd.shutdown()
            self.httpd.server_close()
            self.httpd = None

    def close(self):
        """At the case's end: the agents have ended well, and what they sent has to be what agents may send."""
        self.stop()
        for process in self.world.processes:
            if process.child and process.child.returncode in FATAL_SIGNALS:
                self.complaints.append(f"{process.name} was ended by signal {-process.child.returncode}")
            found = [line for line in open(process.log, errors="replace") if "Sanitizer: " in line or "runtime error: " in line] \
                if process.log.exists() else []
            self.complaints += [f"{process.name}: {line.strip()}" for line in found[:3]]
        if self.complaints:
            raise Failure("\n".join(["what reached the service is not what agents send:", *self.complaints[:10]]))

    @property
    def http(self):
        return f"{'https' if self.tls else 'http'}://{self.authority}"

    @property
    def authority(self):
        """As a client writes it into Host. A certificate is for the name."""
        return f"{'localhost' if self.tls else '127.0.0.1'}:{self.port}"

    def make_signer(self, extensions, name="signer"):
        files = [self.world.folder / f"{name}.{suffix}" for suffix in ("key", "pem")]
        for path, text in zip(files, made_signer(tuple(extensions), name)):
            path.write_text(text)
        return files

    def sign(self, document, key=None, certificate=None):
        text = document if isinstance(document, str) else json.dumps(document)
        return signed(text, str(key or self.key), str(certificate or self.certificate))

    # ---- agents and commands ----

    def agent(self, name="web-1", start=True, environment=None, **config):
        settings = {"wait_between_runs": 0, "poll_backoff_first": 0.1, "hook_term_grace": 1}
        settings.update(config)
        keys = (f"arn:aws:iam::{ACCOUNT}:user/AWS/CodeDeploy/{name}", KEY_ID, SECRET)
        agent = Agent(self.world, self, name, keys, extra_config=settings, environment=environment)
        self.arn = keys[0]
        self.identifiers.add(self.arn)
        return agent.start() if start else agent

    def document(self, deployment=None, group="6f3c9a52-0000-4000-8000-000000000001", bundle="zip", key="key", bucket="bucket",
                 version=None, etag=None, behavior=None, **more):
        if deployment is None:
            self.counter += 1
            deployment = f"d-{self.counter:09d}"
        document = {
            "DeploymentId": deployment, "DeploymentGroupId": group, "DeploymentGroupName": "the group", "ApplicationName": "the app",
            "DeploymentCreator": "user", "DeploymentType": "IN_PLACE",
            "Revision": {"RevisionType": "S3", "S3Revision": {
                "Bucket": bucket, "Key": key, "BundleType": bundle, "Version": version, "ETag": etag}},
        }
        if behavior:
            document["AgentActionOverrides"] = {"AgentOverrides": {"FileExistsBehavior": behavior}}
        document.update(more)
        return {name: value for name, value in document.items() if value != "(absent)"}

    def command(self, name, document, host=None, identifier=None):
        """Queues a command; returns its identifier."""
        with self.lock:
            self.counter += 1
            identifier = identifier or f"WyJjb21tYW5kIiw{self.counter}=="
            deployment = document.get("DeploymentId") if isinstance(document, dict) else None
            execution = f"CodeDeploy/{REGION}/Prod/arn:aws:sds:{REGION}:{ACCOUNT}:deployment/{deployment or 'none'}/{self.counter}"
            self.documents[execution] = document
            self.owners[identifier] = self.arn
            self.queue.append((self.arn, {"HostCommandIdentifier": identifier, "HostIdentifier": host or self.arn,
                                          "DeploymentExecutionId": execution, "CommandName": name, "Nonce": 7}))
            self.lock.notify_all()
        return identifier

    def result(self, identifier, timeout_s=20.0):
        """The first completion of a command."""
        done = wait_until(f"the completion of {identifier}", lambda: self.completions[identifier], timeout_s, 0.005)
        return done[0]

    def run(self, name, document, **options):
        return self.result(self.command(name, document, **options))

    def succeed(self, name, document, **options):
        done = self.run(name, document, **options)
        if done.status != "Succeeded":
            raise Failure(f"{name} failed: {done}")
        return done

    def operations(self, *names):
        with self.lock:
            return [call for call in self.calls if call.operation in names]

    def polls_after_now(self, count=2):
        """Returns once that many more polls have arrived: what was to happen before them has happened."""
        before = len(self.operations("PollHostCommand"))
        wait_until("more polls", lambda: len(self.operations("PollHostCommand")) >= before + count)

    # ---- answers ----

    def request_of(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        return command_wire.Request(handler.command, handler.path, handler.request_version, handler.headers.items(),
                                    handler.rfile.read(length))

    def complain(self, about, complaints):
        with self.lock:
            self.complaints += [f"{about}: {complaint}" for complaint in complaints]

    def answer_call(self, handler):
        request = self.request_of(handler)
        target = handler.headers.get("x-amz-target", "")
        operation = target.rpartition(".")[2]
        scope = command_wire.scope(request)
        call = Call(operation, target, json.loads(request.body or b"{}"), {name.lower(): value for name, value in request.headers},
                    time.monotonic(), command_wire.signature_verifies(request, self.keys), scope[3] if scope else None)
        complaints = command_wire.complaints_of_call(
            request, self.keys, self.region, self.authority, self.identifiers)
        off = command_wire.seconds_off(request, self.clock_offset_s) > command_wire.SKEW_S
        with self.lock:
            complaints += [] if off else self.conversations.complaints_of(operation, call.body)
            self.calls.append(call)
            override = self.on.get(operation)
        self.complain(operation, complaints)
        trouble = None if off else self.trouble(operation, call.body)
        if off:
            answer = (400, {"__type": "InvalidSignatureException", "message": "Signature expired: the clocks differ"})
        elif trouble in REFUSALS:
            answer = REFUSALS[trouble]
        else:
            answer = override(call.body) if override else None
        if answer is None:
            if operation == "PollHostCommand":
                answer = self.poll(call.body, handler.connection)
            else:
                answer = getattr(self, "default_" + operation)(call.body)
        if answer is DROP:
            self.drop(handler)
            return
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        if self.short and status == 200 and call.headers.get(command_wire.CONVERSATION) == "short":
            body = self.in_short(operation, call.body, body)
        if trouble in LOSSES and status == 200 and body.get("HostCommand"):
            self.hand_out_again(self.owners[body["HostCommand"]["HostCommandIdentifier"]], body["HostCommand"])
        elif status == 200 and trouble not in LOSSES:
            with self.lock:
                self.conversations.note_answer(operation, call.body)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.deliver(handler, trouble, status, data, {"Content-Type": "application/x-amz-json-1.1"})

    def in_short(self, operation, asked, answer):
        """The answer in the short conversation: an event that has ended brings the next command, and each command its specification."""
        ended = operation == "PutHostCommandComplete" or answer.get("CommandStatus") == "Succeeded"
        if operation.startswith("Put") and ended:
            answer = {**answer, **self.next_for(self.owners.get(asked["HostCommandIdentifier"]))}
        command = answer.get("HostCommand")
        if command and "DeploymentSpecification" not in answer:
            answer = {**answer, **self.default_GetDeploymentSpecification(command)}
        if command and answer.get("DeploymentSpecification"):
            with self.lock:
                self.conversations.note_brought(command)
        return answer

    def next_for(self, arn):
        """What a poll would get at once."""
        with self.lock:
            mine = [entry for entry in self.queue if entry[0] == arn]
            if not mine:
                return {}
            self.queue.remove(mine[0])
            return {"HostCommand": mine[0][1]}

    def hand_out_again(self, arn, command):
        """The real service's lease: a delivery that was not acknowledged has not been."""
        with self.lock:
            self.queue.appendleft((arn, command))
            self.lock.notify_all()

    def deliver(self, handler, trouble, status, data, headers):
        if trouble == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if trouble in ("lost", "reset"):
            self.drop(handler)
        elif trouble == "cut":
            self.reply(handler, status, data[:len(data) // 2], {**headers, "Content-Length": str(len(data) + 1)})
            self.drop(handler)
        elif trouble == "garbled":
            self.reply(handler, 200, b"<html>Welcome to the hotel's network" + data[:10], {**headers, "Content-Type": "text/html"})
        elif trouble == "slow":
            self.reply(handler, status, data, headers, pieces=4)
        elif trouble == "hung up":
            self.reply(handler, status, data, headers)
            handler.close_connection = True
        else:
            self.reply(handler, status, data, headers)

    @staticmethod
    def drop(handler):
        handler.close_connection = True
        handler.connection.close()

    def poll(self, body, connection):
        """The next command for whoever asks; none for an agent that has been killed meanwhile."""
        deadline = time.monotonic() + self.hold_s
        with self.lock:
            while True:
                mine = [entry for entry in self.queue if entry[0] == body["HostIdentifier"]]
                if mine and not is_closed(connection):
                    self.queue.remove(mine[0])
                    return {"HostCommand": mine[0][1]}
                left = deadline - time.monotonic()
                if left <= 0:
                    return {}
                self.lock.wait(left)

    def default_GetDeploymentSpecification(self, body):
        document = self.documents[body["DeploymentExecutionId"]]
        if callable(document):
            return document()
        return self.specification(self.sign(document))

    @staticmethod
    def specification(payload, envelope_format="PKCS7/JSON", system="CodeDeploy"):
        return {"DeploymentSystem": system, "DeploymentSpecification": {
            "GenericEnvelope": {"Format": envelope_format, "Payload": payload}}}

    def default_PutHostCommandAcknowledgement(self, body):
        noop = json.loads(body["Diagnostics"]["Payload"])["IsCommandNoop"]
        if not self.short or not noop:
            return {"CommandStatus": "InProgress"}
        with self.lock:
            self.completions[body["HostCommandIdentifier"]].append(NOTHING_TO_DO)
        return {"CommandStatus": "Succeeded"}

    def default_PutHostCommandComplete(self, body):
        payload = body["Diagnostics"]["Payload"]
        told = json.loads(payload)
        with self.lock:
            self.completions[body["HostCommandIdentifier"]].append(Completion(
                body["CommandStatus"], told["error_code"], told["script_name"], told["message"], told["log"], payload))
        return {}

    def answer_object(self, handler):
        request = self.request_of(handler)
        path, _, query = handler.path.partition("?")
        if path == "/":  # the check before the first poll (agent.md 1.12), signed by nobody; any answer will do
            self.start_checks += 1
            self.reply(handler, 403, b"", {})
            return
        name = urllib.parse.unquote(path.lstrip("/"))
        self.complain(f"GET {handler.path}", command_wire.complaints_of_object(
            request, self.keys, self.region, self.authority))
        with self.lock:
            self.object_requests.append((name, query, handler.headers.get("authorization", "")))
            override = self.on.get("GetObject")
        answer = override(name) if override else None
        trouble = self.trouble("GetObject", name)
        if answer is DROP:
            self.drop(handler)
        elif command_wire.seconds_off(request, self.clock_offset_s) > command_wire.SKEW_S:
            self.reply(handler, 403, b"<Error><Code>RequestTimeTooSkewed</Code><Message>the clocks differ</Message></Error>", {})
        elif answer is not None:
            self.reply(handler, *answer)
        elif trouble in REFUSALS:
            self.reply(handler, {"throttled": 503}.get(trouble) or int(trouble), b"<Error><Code>SlowDown</Code></Error>", {})
        elif name in self.objects:
            self.deliver(handler, trouble, *self.part_of(self.objects[name], handler.headers))
        else:
            self.reply(handler, 404, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>", {})

    @staticmethod
    def part_of(data, headers):
        """(status, bytes, headers): all of an object, or the rest that a Range asks for, if If-Match is still right."""
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d+)-", headers.get("range") or "")
        if headers.get("if-match") not in (None, etag):
            return 412, b"<Error><Code>PreconditionFailed</Code></Error>", {}
        if not asked:
            return 200, data, {"ETag": etag}
        first = int(asked.group(1))
        if first >= len(data):
            return 416, b"<Error><Code>InvalidRange</Code></Error>", {}
        return 206, data[first:], {"ETag": etag, "Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}

    @staticmethod
    def reply(handler, status, data, headers, pieces=1):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        step = max(1, -(-len(data) // pieces))
        for at in range(0, len(data), step):
            if at:
                time.sleep(0.03)
            handler.wfile.write(data[at:at + step])
            handler.wfile.flush()
