#!/usr/bin/env python3
"""Who a host is, its keys, and its way to the service: metadata, credentials, proxy, certificates, logs, the service manager."""

import base64
import http.server
import re
import select
import socketserver
import stat

from harness import *
from scripted_host import tarred
from scripted_service import *

INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"
WITH_METADATA = {"AWS_EC2_METADATA_DISABLED": "false"}


class MetadataService:
    """What an EC2 instance asks at 169.254.169.254. token_status None: it does not know tokens."""

    def __init__(self, world, token_status=200, keys=True, v1=True):
        self.token_status, self.v1 = token_status, v1
        self.token = "token-1"
        self.requests = []  # (method, path, token)
        self.key_id, self.secret, self.expires_s = KEY_ID, SECRET, 3600
        self.keys = keys
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def say(self, status, text=""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_PUT(self):
                service.requests.append(("PUT", self.path, None))
                good = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "21600"
                self.say(service.token_status if good else 400, service.token if good and service.token_status == 200 else "")

            def do_GET(self):
                token = self.headers["X-aws-ec2-metadata-token"]
                service.requests.append(("GET", self.path, token))
                if token != service.token and (token or not service.v1):
                    return self.say(401)
                text = service.text_of(self.path)
                return self.say(404) if text is None else self.say(200, text)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        world.closers.append(self.close)

    def text_of(self, path):
        texts = {
            "/latest/dynamic/instance-identity/document": json.dumps(
                {"region": "us-east-1", "accountId": "123456789012", "instanceId": "i-0123456789abcdef0", "devpayProductCodes": None}),
            "/latest/meta-data/services/partition": "aws\n",
            "/latest/meta-data/services/domain": "amazonaws.com",
        }
        if self.keys:
            expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.expires_s))
            texts["/latest/meta-data/iam/security-credentials/"] = "web-role"
            texts["/latest/meta-data/iam/security-credentials/web-role"] = json.dumps(
                {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": self.key_id, "SecretAccessKey": self.secret,
                 "Token": "session-of-the-role", "Expiration": expires})
        return texts.get(path)

    @property
    def environment(self):
        return {**WITH_METADATA, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self.server.server_address[1]}"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class ConnectProxy:
    """A proxy that lets through, with name and password."""

    def __init__(self, world, user="user", password="pass word"):
        proxy = self
        self.connects, self.others, self.refused = [], [], 0
        expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline(8192).decode("latin-1").split()
                headers = {}
                while (text := self.rfile.readline(8192).decode("latin-1").strip()):
                    name, _, value = text.partition(":")
                    headers[name.lower()] = value.strip()
                if headers.get("proxy-authorization") != expected:
                    proxy.refused += 1
                    self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
                elif line and line[0] == "CONNECT":
                    proxy.connects.append(line[1])
                    self.tunnel(*line[1].rsplit(":", 1))
                else:
                    proxy.others.append(" ".join(line[:2]))
                    self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

            def tunnel(self, host, port):
                with socket.create_connection((host, int(port))) as peer:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    ends = {self.connection: peer, peer: self.connection}
                    while True:
                        for end in select.select(list(ends), [], [])[0]:
                            try:
                                data = end.recv(65536)
                            except OSError:
                                return
                            if not data:
                                return
                            ends[end].sendall(data)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        world.closers.append(self.close)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def certificate_for_localhost(world):
    key, certificate = world.folder / "tls.key", world.folder / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return key, certificate


def first_poll(service):
    return wait_until("a poll", lambda: service.operations("PollHostCommand"))[0]


def instance(service, metadata, **config):
    """An agent without an on-premises file."""
    agent = service.agent(start=False, environment=metadata.environment, **config)
    (agent.root / "codedeploy.onpremises.yml").unlink()
    service.identifiers.add(INSTANCE)
    return agent.start()


@case("142, 143: an instance is named by its metadata and signs with its role's keys; one token is reused, and renewed after a 401")
def instance_identity(world):
    service, metadata = ScriptedService(world), MetadataService(world, v1=False)
    metadata.expires_s = 60  # about to end: they are asked for again, but not with every request
    agent = instance(service, metadata)
    call = first_poll(service)
    equal((call.body["HostIdentifier"], call.headers.get("x-amz-security-token"), call.signature_ok), (INSTANCE, "session-of-the-role", True))
    contains(agent.log.read_text(), "the keys are those of the instance's role")
    service.polls_after_now(3)
    before = [request for request in metadata.requests if request[0] == "PUT"]
    gets = [request for request in metadata.requests if request[0] == "GET"]
    if {token for _, _, token in gets} != {"token-1"} or len(gets) > 10 or len(before) != 1:
        raise Failure(f"requests to the metadata service: {metadata.requests}")  # all from the network process, with one token
    agent.stop()
    metadata.requests.clear()
    metadata.token = "token-2"
    agent.start()
    service.polls_after_now(1)
    equal({token for method, _, token in metadata.requests if method == "GET"}, {"token-2"})


@case("agent.md 5.2: the scripts of an instance get its region and identifier, which only the network process asks for")
def instance_scripts(world):
    service, metadata = ScriptedService(world), MetadataService(world)
    agent = instance(service, metadata)
    files = {"appspec.yml": "version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: hook.sh\n",
             "hook.sh": f"#!/bin/sh\necho $AWS_REGION $AWS_HOST_IDENTIFIER >{agent.root}/seen\n"}
    service.objects["bucket/key"] = tarred(files)
    document = service.document(bundle="tar")
    service.arn = INSTANCE
    for name in ("DownloadBundle", "BeforeInstall"):
        equal(service.run(name, document).status, "Succeeded", name)
    equal((agent.root / "seen").read_text(), f"{INSTANCE.split(':')[3]} {INSTANCE}\n")


@case("143: without tokens version 1 is asked, unless disable_imds_v1 forbids it")
def metadata_v1(world):
    service, metadata = ScriptedService(world), MetadataService(world, token_status=403)
    agent = instance(service, metadata)
    equal(first_poll(service).body["HostIdentifier"], INSTANCE)
    equal({token for method, _, token in metadata.requests if method == "GET"}, {None})
    agent.stop()
    metadata.requests.clear()
    polls = len(service.operations("PollHostCommand"))
    strict = instance(service, metadata, disable_imds_v1=True)
    wait_until("the refusal", lambda: "disable_imds_v1" in strict.log.read_text())
    equal([request for request in metadata.requests if request[0] == "GET"], [])
    equal(len(service.operations("PollHostCommand")), polls)


@case("an on-premises host that has a metadata service is on premises: region, endpoint and keys are its file's, metadata is not asked")
def on_premises_with_metadata(world):
    service, metadata = ScriptedService(world), MetadataService(world)
    agent = service.agent(environment=metadata.environment)
    call = first_poll(service)
    equal((call.body["HostIdentifier"], call.signature_ok), (agent.arn, True))
    equal(metadata.requests, [])
    contains(agent.log.read_text(), "the keys are those of the on-premises file")


@case("keys of the environment: those of the official names are cleared at start, but in a test profile")
def environment_keys(world):
    service, metadata = ScriptedService(world), MetadataService(world)
    metadata_keys = {**metadata.environment, "AWS_ACCESS_KEY_ID": "AKIDSOMEBODYELSE0000", "AWS_SECRET_ACCESS_KEY": "other"}
    agent = service.agent(start=False, environment=metadata_keys)
    (agent.root / "codedeploy.onpremises.yml").unlink()
    service.identifiers.add(INSTANCE)
    agent.start()
    equal((first_poll(service).signature_ok, first_poll(service).headers.get("x-amz-security-token")), (True, "session-of-the-role"))
    agent.stop()
    chosen = {**metadata.environment, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    agent = service.agent(start=False, environment=chosen, codedeploy_test_profile="beta")
    (agent.root / "codedeploy.onpremises.yml").unlink()
    before = len(service.calls)
    agent.start()
    wait_until("a poll", lambda: service.calls[before:])
    equal((service.calls[before].signature_ok, service.calls[before].headers.get("x-amz-security-token")), (True, None))
    contains(agent.log.read_text(), "the keys are those of the environment")


@case("the user's shared credentials file goes before the instance's role, and the log says so")
def shared_file(world):
    service, metadata = ScriptedService(world), MetadataService(world)
    agent = service.agent(start=False, environment=metadata.environment)
    (agent.root / "codedeploy.onpremises.yml").unlink()
    service.identifiers.add(INSTANCE)
    (agent.root / ".aws").mkdir()
    (agent.root / ".aws/credentials").write_text(f"[default]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET}\n")
    agent.start()
    equal(first_poll(service).headers.get("x-amz-security-token"), None)
    contains(agent.log.read_text(), "the user's shared credentials file")
    lacks([path for _, path, _ in metadata.requests], "/latest/meta-data/iam/security-credentials/")


@case("140, 141: rewritten keys of the on-premises file and of a session are used without a restart")
def rewritten_keys(world):
    service = ScriptedService(world)
    service.keys["AKIDSCRIPTED00000002"] = "the-second-secret"
    agent = service.agent()
    equal(first_poll(service).signature_ok, True)
    file = agent.root / "codedeploy.onpremises.yml"
    file.write_text(file.read_text().replace(KEY_ID, "AKIDSCRIPTED00000002").replace(SECRET, "the-second-secret"))
    wait_until("the new key", lambda: "AKIDSCRIPTED00000002" in service.calls[-1].headers["authorization"])
    equal(service.calls[-1].signature_ok, True)
    contains(agent.log.read_text(), "new keys are those of the on-premises file (AKIDSCRIPTED00000002)")
    agent.stop()

    keys = agent.root / "session"
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/hosts/web-1"
    service.identifiers.add(session)

    def write_session(token):
        keys.write_text(f"[default]\naws_access_key_id={KEY_ID}\naws_secret_access_key={SECRET}\naws_session_token={token}\n")

    write_session("session-1")
    file.write_text(f"iam_session_arn: {session}\nregion: us-east-1\naws_credentials_file: {keys}\n")
    agent.start()
    wait_until("the session's poll", lambda: service.calls[-1].headers.get("x-amz-security-token") == "session-1")
    keys.write_text("[default]\naws_acc")  # somebody is in the middle of writing it
    service.polls_after_now(2)
    equal(service.calls[-1].headers.get("x-amz-security-token"), "session-1")
    write_session("session-2")
    wait_until("the new session's poll", lambda: service.calls[-1].headers.get("x-amz-security-token") == "session-2")


@case("144: command service and bundles go through the proxy with name and password, metadata and no_proxy hosts do not")
def proxied(world):
    service = ScriptedService(world, tls=certificate_for_localhost(world))
    service.ca = world.folder / "tls.pem"
    proxy, metadata = ConnectProxy(world), MetadataService(world)
    uri = f"http://user:pass%20word@127.0.0.1:{proxy.port}"
    agent = instance(service, metadata, proxy_uri=uri)
    service.arn = INSTANCE
    service.objects["bucket/key"] = zip_folder(revision_folder(world.folder / "revision", {"x": "y"}), world.folder / "key").read_bytes()
    service.succeed("DownloadBundle", service.document())
    equal(set(proxy.connects), {service.authority})
    if len(proxy.connects) < 2 or not service.object_requests:
        raise Failure(f"tunnels: {proxy.connects}, objects: {service.object_requests}")
    equal((proxy.others, proxy.refused), ([], 0))
    lacks(agent.log.read_text(), "pass%20word")
    agent.stop()

    tunnels = len(proxy.connects)
    past = instance(service, metadata, proxy_uri=uri, no_proxy="example.org,localhost")
    service.polls_after_now(2)
    equal(len(proxy.connects), tunnels)
    past.stop()

    wrong = instance(service, metadata, proxy_uri=f"http://user:wrong@127.0.0.1:{proxy.port}")
    wait_until("the refusal", lambda: "407" in wrong.log.read_text())


@case("certificates: AWS_SSL_CA_BUNDLE, SSL_CERT_FILE and the files of AWS_SSL_CA_DIRECTORY are trusted")
def certificates(world):
    key, certificate = certificate_for_localhost(world)
    service = ScriptedService(world, tls=(key, certificate))
    # the part that talks to the network has to be able to read it, whoever it is
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-certificates-"))
    folder.chmod(0o755)
    world.closers.append(lambda: shutil.rmtree(folder))
    shutil.copy(certificate, folder / "ours.pem")
    for variable, value in (("AWS_SSL_CA_BUNDLE", certificate), ("SSL_CERT_FILE", certificate), ("AWS_SSL_CA_DIRECTORY", folder)):
        before = len(service.calls)
        agent = service.agent(environment={variable: value})
        wait_until(f"a poll with {variable}", lambda: service.calls[before:])
        agent.stop()
    before = len(service.calls)
    agent = service.agent()
    wait_until("the reason", lambda: "nothing is polled" in agent.log.read_text())
    equal(len(service.calls), before)
    contains(agent.log.read_text(), "ssl_ca_bundle")


def notifications(manager):
    """What the service manager has been told by now."""
    said = []
    while True:
        try:
            said += manager.recv(4096).decode().splitlines()
        except BlockingIOError:
            return said


@case("systemd is told when the agent polls, that it is well, and that it stops; scripts do not get its socket")
def service_manager(world):
    service = ScriptedService(world)
    name = str(world.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name)
        manager.setblocking(False)
        os.chmod(name, 0o666)
        service.on["PollHostCommand"] = lambda _body: (503, {})
        agent = service.agent(environment={"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "400000"})
        said = []

        def has_said(line):
            said.extend(notifications(manager))
            return line in said

        wait_until("readiness, with a service that has a fault", lambda: has_said("READY=1"))
        lacks(said, "STATUS=polling in region us-east-1")
        del service.on["PollHostCommand"]
        wait_until("the first good poll", lambda: has_said("STATUS=polling in region us-east-1"))
        said.clear()
        wait_until("another sign of life", lambda: has_said("WATCHDOG=1"))
        folder = revision_folder(world.folder / "revision", {"x": "y"}, events=["BeforeInstall"], script="#!/bin/sh\nenv >$HOST_ROOT/env\n")
        service.objects["bucket/key"] = zip_folder(folder, world.folder / "key").read_bytes()
        document = service.document()
        service.succeed("DownloadBundle", document)
        service.succeed("BeforeInstall", document)
        lacks((agent.root / "env").read_text(), "NOTIFY_SOCKET")
        lacks((agent.root / "env").read_text(), "WATCHDOG")
        agent.stop()
        wait_until("the end", lambda: has_said("STOPPING=1"))


@case("the wire log: every request's headers, no secrets, for root alone")
def wire_log(world):
    service = ScriptedService(world)
    agent = service.agent(log_aws_wire=True)
    service.polls_after_now(2)
    path = agent.root / "log/codedeploy-agent.aws_wire.log"
    text = path.read_text()
    equal(stat.S_IMODE(path.stat().st_mode), 0o640)
    for part in ("> POST / HTTP/1.1", "X-Amz-Target: CodeDeployCommandService_v20141006.PollHostCommand", "< HTTP/1.1 200 OK", "> Authorization: ("):
        contains(text, part)
    for secret in ("Signature=", SECRET):
        lacks(text, secret)


@case("the log: the official agent's lines, settings without effect and misspelt ones are told once, closed to others when asked")
def log_lines(world):
    service = ScriptedService(world)
    agent = service.agent(plugins="codedeploy", max_revision=3, restrict_log_dir_permissions=True, restrict_agent_dir_permissions=True)
    service.polls_after_now(2)
    path = agent.root / "log/codedeploy-agent.log"
    lines = path.read_text().splitlines()
    for line in lines:
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO |WARN |ERROR) \[codedeploy-agent\(\d+\)\]: .+", line):
            raise Failure(f"a line of the log: {line}")
    equal(len([line for line in lines if '"plugins" has no effect' in line]), 1)
    equal(len([line for line in lines if 'did you mean "max_revisions"' in line]), 1)
    modes = {name: stat.S_IMODE((agent.root / name).stat().st_mode) for name in ("log", "log/codedeploy-agent.log", "deployment-root", "state")}
    equal(modes, {"log": 0o750, "log/codedeploy-agent.log": 0o640, "deployment-root": 0o711, "state": 0o700})


@case("users that do not exist, and every value that is out of range, are errors that name the setting")
def bad_settings(world):
    service = ScriptedService(world)
    for setting, value in (("user", "no-such-user-here"), ("children", 2), ("log_days_kept", 0), ("archive_max_extraction_size", "5 lightyears")):
        agent = service.agent(start=False, **{setting: value})
        done = subprocess.run([str(AGENT), "--config-file", str(agent.config), "run"], env=agent.env, text=True, capture_output=True, timeout=60 * PATIENCE)
        equal((setting, done.returncode), (setting, 1))
        contains(done.stderr, setting if setting != "user" else str(value))


if __name__ == "__main__":
    main(globals())
