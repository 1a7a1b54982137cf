#!/usr/bin/env python3
"""Bad input over the wire: a named error that says what and where, nothing half-done, server and agent stay up."""
import io
import tarfile

from harness import *


def refused(answer, name, part=None, status=400):
    got = answer.error()
    equal(answer.status, status, f"HTTP status of {got}")
    equal(got[0], name, f"name of the error ({got[1]})")
    equal(answer.headers["Content-Type"], "application/x-amz-json-1.1", "content type")
    equal(len(answer.headers["x-amzn-RequestId"] or ""), 36, "length of the request id")
    if part:
        contains(got[1], part, "message")


def still_there(server):
    equal(server.process.running(), True, "the server runs")
    equal(server.client().call("ListApplications"), {"applications": []}, "applications")


@case("JSON that is broken or of the wrong type is a SerializationException")
def json_errors(world):
    server = world.server()
    client = server.client()
    for body in ("{", "nothing", "[]", '"text"', "{} {}", '{"applicationName": "a", "applicationName": "b"}', "\xff\xfe",
                 '{"applicationName": 5}', '{"applicationName": ["a"]}', '{"applicationName": {"a": 1}}',
                 '{"tags": "no"}', '{"applicationName": "a", "tags": [{"Key": 1}]}', "[" * 5000 + "]" * 5000,
                 '{"a":' * 3000 + "1" + "}" * 3000):
        refused(client.request("CreateApplication", body.encode("latin-1")), "SerializationException")
    still_there(server)


@case("members that are missing or against the rules get the exception of the API")
def member_errors(world):
    server = world.server()
    client = server.client()
    for operation, body, name in (
            ("CreateApplication", "{}", "ApplicationNameRequiredException"),
            ("CreateApplication", '{"applicationName": ""}', "ApplicationNameRequiredException"),
            ("CreateApplication", '{"applicationName": "a b"}', "InvalidApplicationNameException"),
            ("CreateApplication", json.dumps({"applicationName": "x" * 101}), "InvalidApplicationNameException"),
            ("CreateApplication", '{"applicationName": "a", "computePlatform": "Mainframe"}', "InvalidComputePlatformException"),
            ("GetDeployment", "{}", "DeploymentIdRequiredException"),
            ("GetDeployment", '{"deploymentId": "x"}', "InvalidDeploymentIdException"),
            ("GetDeployment", '{"deploymentId": "d-123456789"}', "DeploymentDoesNotExistException"),
            ("GetApplication", '{"applicationName": "nobody"}', "ApplicationDoesNotExistException"),
            ("CreateDeployment", '{"applicationName": "nobody"}', "DeploymentGroupNameRequiredException"),
            ("CreateDeployment", '{"applicationName": "nobody", "deploymentGroupName": "g"}', "RevisionRequiredException"),
            ("CreateDeployment", '{"applicationName": "nobody", "deploymentGroupName": "g", "revision": {"revisionType": "S3",'
             ' "s3Location": {"bucket": "bucket", "key": "k", "bundleType": "zip"}}}', "ApplicationDoesNotExistException"),
            ("RegisterOnPremisesInstance", '{"instanceName": "h", "iamUserArn": "no"}', "InvalidIamUserArnException")):
        refused(client.request(operation, body), name)
    still_there(server)


@case("an operation that nobody knows is an UnknownOperationException")
def unknown_operations(world):
    server = world.server()
    client = server.client()
    for target in ("CodeDeploy_20141006.FlyToTheMoon", "CodeDeploy_20141006.", "CodeDeploy.ListApplications", "x",
                   "codedeploy_20141006.ListApplications", "CodeDeploy_20141006.listapplications"):
        refused(client.request("", "{}", target=target), "UnknownOperationException")
    still_there(server)


@case("signatures, keys and clocks that are wrong are refused by name")
def authentication(world):
    server = world.server()
    client = server.client()
    key_id, secret = server.credentials()

    def without(headers):
        del headers["Authorization"]

    def flipped(headers):
        text = headers["Authorization"]
        headers["Authorization"] = text[:-1] + ("0" if text[-1] != "0" else "1")

    def cut(headers):
        headers["Authorization"] = headers["Authorization"].split("Signature=")[0]

    def other_target(headers):
        headers["X-Amz-Target"] = "CodeDeploy_20141006.DeleteApplication"

    for tamper, name in ((without, "MissingAuthenticationTokenException"), (flipped, "InvalidSignatureException"),
                         (cut, "IncompleteSignatureException"), (other_target, "InvalidSignatureException")):
        refused(client.request("ListApplications", "{}", tamper=tamper), name)
    refused(client.request("ListApplications", "{}", skew_s=-20 * 60), "InvalidSignatureException", "Signature expired")
    refused(client.request("ListApplications", "{}", skew_s=20 * 60), "InvalidSignatureException", "not yet current")
    equal(client.request("ListApplications", "{}", skew_s=-4 * 60).status, 200, "status with four minutes of skew")

    stranger = server.client(keys=("AKIAIOSFODNN7EXAMPLE", secret))
    refused(stranger.request("ListApplications", "{}"), "UnrecognizedClientException")
    wrong = server.client(keys=(key_id, "x" * 40))
    answer = wrong.request("ListApplications", "{}")
    refused(answer, "InvalidSignatureException")
    lacks(answer.body.decode() + tail(server.log, 1000), secret, "answer and log")
    # A body that is not the one that was signed.
    headers = client.sign("POST", "/", {"X-Amz-Target": "CodeDeploy_20141006.CreateApplication"}, b"{}", "codedeploy")
    refused(client.send("POST", "/", headers, b'{"applicationName": "sneaked-in"}'), "InvalidSignatureException")
    still_there(server)


@case("a host may do nothing but its own host commands")
def host_principals(world):
    server = world.server()
    keys, other = server.keys_create("host-1"), server.keys_create("host-2")
    admin = server.client()
    for name, arn in (("host-1", keys[0]), ("host-2", other[0])):
        admin.call("RegisterOnPremisesInstance", instanceName=name, iamUserArn=arn)
    host = server.client(keys=keys[1:])
    refused(host.request("ListApplications", "{}"), "AccessDeniedException")
    answer = host.request("PollHostCommand", json.dumps({"HostIdentifier": other[0]}), "codedeploy-commands")
    refused(answer, "AccessDeniedException")
    admin.s3("PUT", "/mine")
    equal(host.s3("PUT", "/mine/object", b"x").status, 403, "status of a host's upload")
    still_there(server)


@case("bodies over the cap are refused, headers and requests that are no HTTP do no harm")
def oversized(world):
    server = world.server()
    client = server.client()
    big = b'{"applicationName": "' + b"x" * (1 << 20) + b'"}'
    try:
        answer = client.request("CreateApplication", big)
        equal(answer.status, 413, "HTTP status")
        equal(answer.error()[0], "RequestEntityTooLargeException", "name of the error")
    except (BrokenPipeError, ConnectionResetError):
        pass  # it may hang up while we still send
    client.close()
    for raw in (b"\x00" * 4096, b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n", b"\x16\x03\x01\xff\xff garbage", b"\x16"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
                connection.recv(4096)
    # A client that says less than it promised, and leaves.
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    still_there(server)


# ---- what hosts are given -----------------------------------------------------------------------


def tar_with(entries):
    """A .tgz of TarInfo objects with their contents, whatever they say."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for info, data in entries:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def entry(name, data=b"x", kind=tarfile.REGTYPE, link="", mode=0o755):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info, data if kind == tarfile.REGTYPE else b""


def spec(text):
    return entry("appspec.yml", text.encode(), mode=0o644)


PLAIN_SPEC = "version: 0.0\nos: linux\n"


class OneHost:
    def __init__(self, world):
        self.server = world.server()
        self.agent = world.agent(self.server, "host-1", tags={"a": "b"})
        self.client = self.server.client()
        self.client.call("CreateApplication", applicationName="app")
        self.client.call("CreateDeploymentGroup", applicationName="app", deploymentGroupName="g", serviceRoleArn=SERVICE_ROLE,
                         onPremisesInstanceTagFilters=[{"Key": "a", "Value": "b", "Type": "KEY_AND_VALUE"}])
        self.client.s3("PUT", "/releases")
        self.number = 0

    def deploy(self, bundle, kind="tgz"):
        """Deploys and returns (status, failed event name, its diagnostics)."""
        self.number += 1
        key = f"{self.number}.{kind}"
        if bundle is not None:
            equal(self.client.s3("PUT", f"/releases/{key}", bundle).status, 200, "status of the upload")
        deployment_id = self.client.call(
            "CreateDeployment", applicationName="app", deploymentGroupName="g", ignoreApplicationStopFailures=True,
            revision={"revisionType": "S3", "s3Location": {"bucket": "releases", "key": key, "bundleType": kind}},
        )["deploymentId"]

        def over():
            info = self.client.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        info = wait_until(f"the end of deployment {self.number}", over, timeout_s=30)
        targets = self.client.call("ListDeploymentTargets", deploymentId=deployment_id)["targetIds"]
        target = self.client.call("GetDeploymentTarget", deploymentId=deployment_id, targetId=targets[0])
        events = target["deploymentTarget"]["instanceTarget"]["lifecycleEvents"]
        failed = next((e for e in events if e["status"] == "Failed" and e["lifecycleEventName"] != "ApplicationStop"), {})
        return info["status"], failed.get("lifecycleEventName"), failed.get("diagnostics", {})

    def fails(self, bundle, event, *parts, kind="tgz"):
        status, name, diagnostics = self.deploy(bundle, kind)
        equal(status, "Failed", "status of the deployment")
        equal(name, event, f"event that failed ({diagnostics})")
        for part in parts:
            contains(diagnostics.get("message", ""), part, "message of the failed event")

    def is_well(self):
        equal(self.agent.process.running(), True, "the agent runs")
        equal(self.server.process.running(), True, "the server runs")
        status, name, diagnostics = self.deploy(tar_with([spec(PLAIN_SPEC)]))
        equal((status, name), ("Succeeded", None), f"a good deployment afterwards ({diagnostics})")


@case("archives that climb out of their folder fail DownloadBundle and write nothing outside")
def hostile_archives(world):
    host = OneHost(world)
    outside = world.folder / "outside"
    for entries, part in (
            ([spec(PLAIN_SPEC), entry("../../../../../escaped")], "escaped"),
            ([spec(PLAIN_SPEC), entry("a/../../escaped")], "escaped"),
            ([spec(PLAIN_SPEC), entry(str(outside))], "outside"),
            ([spec(PLAIN_SPEC), entry("link", kind=tarfile.SYMTYPE, link="../../../.."), entry("link/escaped")], "link"),
            ([spec(PLAIN_SPEC), entry("abs", kind=tarfile.SYMTYPE, link="/etc"), entry("abs/escaped")], "abs"),
            ([spec(PLAIN_SPEC), entry("hard", kind=tarfile.LNKTYPE, link="/etc/passwd")], "hard"),
            ([spec(PLAIN_SPEC), entry("device", kind=tarfile.CHRTYPE)], "device"),
            ([spec(PLAIN_SPEC), entry("pipe", kind=tarfile.FIFOTYPE)], "pipe")):
        host.fails(tar_with(entries), "DownloadBundle", part)
    equal(outside.exists(), False, "a file outside")
    equal([p for p in world.folder.rglob("escaped")], [], "files that climbed out")
    host.is_well()


@case("bundles that are broken or missing fail DownloadBundle")
def broken_bundles(world):
    host = OneHost(world)
    host.fails(b"this is no archive", "DownloadBundle")
    whole = tar_with([spec(PLAIN_SPEC), entry("data", os.urandom(200000))])
    host.fails(whole[:len(whole) // 2], "DownloadBundle")
    host.fails(b"PK\x03\x04 not really", "DownloadBundle", kind="zip")
    host.fails(None, "DownloadBundle", "releases")
    host.is_well()


@case("AppSpecs with errors fail an event that names the line and what is wrong")
def appspec_errors(world):
    host = OneHost(world)
    for text, parts in (
            ("version: 9.9\nos: linux\n", ["version", "line 1"]),
            ("os: linux\n", ["version"]),
            ("version: 0.0\nos: beos\n", ["line 2"]),
            ("version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - timeout: 5\n", ["location"]),
            ("version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: x\n      timeout: soon\n", ["line 6"]),
            ("version: 0.0\nos: linux\nfiles:\n  - source: /\n", ["destination"]),
            ("version: 0.0\n  os: [linux\n", ["line"]),
            ("", []),
            ("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
             "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", [])):
        status, name, diagnostics = host.deploy(tar_with([spec(text)]))
        equal(status, "Failed", f"status of the deployment of {text[:40]!r}")
        contains(diagnostics.get("message", ""), "appspec.yml", f"message about {text[:40]!r}")
        for part in parts:
            contains(diagnostics["message"], part, f"message about {text[:40]!r}")
    host.fails(tar_with([entry("readme")]), APPSPEC_IS_FIRST_READ, "appspec.yml")
    host.is_well()


# Where a bundle without an AppSpec is noticed first: no event before it needs one.
APPSPEC_IS_FIRST_READ = "BeforeInstall"


@case("a script that is missing, fails or hangs is reported with its name and its last words")
def script_errors(world):
    host = OneHost(world)

    def hook(timeout=5):
        return spec(PLAIN_SPEC + f"hooks:\n  AfterInstall:\n    - location: hooks/run\n      timeout: {timeout}\n")

    def with_script(text, timeout=5):
        return tar_with([hook(timeout), entry("hooks/run", text.encode())])

    for bundle, code, words in (
            (tar_with([hook()]), "ScriptMissing", None),
            (with_script("#!/bin/sh\necho to out; echo to err >&2; exit 3\n"), "ScriptFailed", ["[stdout]to out", "[stderr]to err"]),
            (with_script("#!/bin/sh\necho before; sleep 60\n", 1), "ScriptTimedOut", ["before"]),
            (with_script("#!/no/such/shell\n"), "ScriptFailed", None),
            (with_script("#!/bin/sh\nprintf 'bad \\377\\376 bytes\\n'; exit 1\n"), "ScriptFailed", ["bad "]),
            (with_script("#!/bin/sh\nyes 1234567890 | head -c 300000; exit 1\n"), "ScriptFailed", ["1234567890"])):
        status, name, diagnostics = host.deploy(bundle)
        equal((status, name), ("Failed", "AfterInstall"), f"status and event ({diagnostics})")
        equal(diagnostics["errorCode"], code, f"code ({diagnostics})")
        equal(diagnostics["scriptName"], "hooks/run", "script")
        for word in words or []:
            contains(diagnostics["logTail"], word, "log tail")
        equal(len(diagnostics.get("logTail", "")) < 4096, True, "the log's tail is short")
    host.is_well()


if __name__ == "__main__":
    main(globals())
