"""A command service and bucket that do what a test tells them, to pin the agent's side of the protocol from outside.

    service = ScriptedService(world)
    service.objects["bucket/key"] = data
    agent = service.agent("web-1")
    done = service.run("ApplicationStop", service.document(key="key"))      # -> Completion

By default it behaves like the real one: polls are held for a moment, the specification is signed, acknowledgements
are answered with InProgress. service.on[OPERATION] replaces an answer: a function of the request's body that
returns a dictionary, an (HTTP status, dictionary) pair, or DROP to close the connection without an answer.
Everything that arrives is in service.calls, in order.
"""

import collections
import hashlib
import http.server
import json
import re
import socket
import subprocess
import threading
import time
import urllib.parse

from harness import AGENT, PATIENCE, REGION, Agent, Failure, wait_until
import wire

DROP = object()
ACCOUNT = "123456789012"
KEY_ID, SECRET = "AKIDSCRIPTED00000001", "scripted-secret-that-nobody-else-has-000"

Call = collections.namedtuple("Call", "operation target body headers time signature_ok service")
Completion = collections.namedtuple("Completion", "status code script message log payload")


def is_closed(connection):
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class ScriptedService:
    def __init__(self, world, hold_s=0.4, signer_extensions=("extendedKeyUsage=codeSigning",)):
        self.world, self.hold_s = world, hold_s
        self.lock = threading.Condition()
        self.calls, self.object_requests = [], []
        self.queue = collections.deque()
        self.documents, self.objects, self.on = {}, {}, {}
        self.completions = collections.defaultdict(list)
        self.counter = 0
        self.key, self.certificate = self.make_signer(signer_extensions)
        self.ca, self.signer_ca = "", ""
        self.httpd = None
        self.port = 0
        self.start()
        world.closers.append(self.stop)

    # ---- its life ----

    def start(self):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                service.answer_call(self)

            def do_GET(self):
                service.answer_object(self)

        class Httpd(http.server.ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass  # agents that are killed leave connections behind

        self.httpd = Httpd(("127.0.0.1", self.port), Handler)
        self.port = self.httpd.server_address[1]
        threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        if self.httpd:
            self.httpd.shutdown()
            self.httpd.server_close()
            self.httpd = None

    @property
    def http(self):
        return f"http://127.0.0.1:{self.port}"

    def make_signer(self, extensions, name="signer"):
        key, certificate = (self.world.folder / f"{name}.{suffix}" for suffix in ("key", "pem"))
        argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
                "-days", "2", "-subj", f"/CN={name}"]
        for extension in extensions:
            argv += ["-addext", extension]
        subprocess.run(argv, check=True, capture_output=True)
        return key, certificate

    def sign(self, document, key=None, certificate=None):
        text = document if isinstance(document, str) else json.dumps(document)
        return subprocess.run(
            ["openssl", "smime", "-sign", "-nodetach", "-binary", "-outform", "PEM", "-md", "sha256", "-signer",
             str(certificate or self.certificate), "-inkey", str(key or self.key)],
            input=text.encode(), check=True, capture_output=True).stdout.decode()

    # ---- agents and commands ----

    def agent(self, name="web-1", start=True, environment=None, **config):
        settings = {"wait_between_runs": 0, "poll_backoff_first": 0.1, "hook_term_grace": 1}
        settings.update(config)
        keys = (f"arn:aws:iam::{ACCOUNT}:user/AWS/CodeDeploy/{name}", KEY_ID, SECRET)
        agent = Agent(self.world, self, name, keys, extra_config=settings, environment=environment)
        self.arn = keys[0]
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

    def answer_call(self, handler):
        length = int(handler.headers.get("content-length") or 0)
        raw = handler.rfile.read(length)
        target = handler.headers.get("x-amz-target", "")
        operation = target.rpartition(".")[2]
        authorization = handler.headers.get("authorization", "")
        scope = re.search(r"Credential=[^/]+/(\d+)/([^/]+)/([^/]+)/", authorization)
        call = Call(operation, target, json.loads(raw or b"{}"), {name.lower(): value for name, value in handler.headers.items()}, time.monotonic(),
                    self.verify(handler, raw, authorization), scope.group(3) if scope else None)
        with self.lock:
            self.calls.append(call)
            override = self.on.get(operation)
        answer = override(call.body) if override else None
        if answer is None:
            if operation == "PollHostCommand":
                answer = self.poll(call.body, handler.connection)
            else:
                answer = getattr(self, "default_" + operation)(call.body)
        if answer is DROP:
            handler.close_connection = True
            handler.connection.close()
            return
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        self.reply(handler, status, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})

    @staticmethod
    def verify(handler, raw, authorization):
        """Does the signature verify, with the body's hash in it?"""
        found = re.search(r"Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)", authorization)
        if not found or found.group(1) != KEY_ID:
            return False
        names = found.group(5).split(";")
        headers = [(name, handler.headers.get(name, "")) for name in names]
        path, _, query = handler.path.partition("?")
        if query:
            return None  # objects: looked at elsewhere
        expected = wire.authorization(
            handler.command, path, headers, wire.sha256(raw), KEY_ID, SECRET, date=handler.headers.get("x-amz-date"),
            region=found.group(3), service=found.group(4), signed=names)
        return expected.rpartition("=")[2] == found.group(6)

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

    def default_PutHostCommandAcknowledgement(self, _body):
        return {"CommandStatus": "InProgress"}

    def default_PutHostCommandComplete(self, body):
        payload = body["Diagnostics"]["Payload"]
        told = json.loads(payload)
        with self.lock:
            self.completions[body["HostCommandIdentifier"]].append(Completion(
                body["CommandStatus"], told["error_code"], told["script_name"], told["message"], told["log"], payload))
        return {}

    def answer_object(self, handler):
        path, _, query = handler.path.partition("?")
        name = urllib.parse.unquote(path.lstrip("/"))
        with self.lock:
            self.object_requests.append((name, query, handler.headers.get("authorization", "")))
            override = self.on.get("GetObject")
        answer = override(name) if override else None
        if answer is DROP:
            handler.close_connection = True
            handler.connection.close()
        elif answer is not None:
            self.reply(handler, *answer)
        elif name in self.objects:
            data = self.objects[name]
            self.reply(handler, 200, data, {"ETag": f'"{hashlib.md5(data).hexdigest()}"'})
        else:
            self.reply(handler, 404, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>", {})

    @staticmethod
    def reply(handler, status, data, headers):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
