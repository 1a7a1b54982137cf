#!/usr/bin/env python3
"""The protocol and authentication lines of the conformance checklist, by their numbers, over raw sockets."""

import datetime
import email.utils
import json
import re
import time

from harness import *
from wire import API, Connection, Signed, amz_date, sha256

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
TYPE = "application/x-amz-json-1.1"


def has_envelope(answer):
    """What every answer has, whatever it says."""
    equal(answer.header("Content-Type"), TYPE, "content type")
    if not UUID.match(answer.header("x-amzn-RequestId") or ""):
        raise Failure(f"request id is {answer.header('x-amzn-RequestId')!r}")
    date = email.utils.parsedate_to_datetime(answer.header("Date"))
    off = abs((date - datetime.datetime.now(datetime.timezone.utc)).total_seconds())
    if off > 2:
        raise Failure(f"Date is {off} s off")


def fails(request, error, message=None, status=400):
    answer = request.send()
    has_envelope(answer)
    equal(answer.status, status, f"status of {answer!r}")
    equal(answer.error, error, "error")
    if "#" in answer.error:
        raise Failure("__type holds a #")
    if not isinstance(answer.json.get("message"), str):
        raise Failure(f"no message in {answer.body!r}")
    if message:
        contains(answer.json["message"], message, "message")
    return answer


def works(request):
    answer = request.send()
    has_envelope(answer)
    equal(answer.status, 200, f"status of {answer!r}")
    return answer


def listing(server, body=b"{}"):
    return Signed(server, "ListApplications", body)


def with_application(server, name="app"):
    works(Signed(server, "CreateApplication", {"applicationName": name}))


CASES = {}


def line(number, title):
    """A line of the checklist: gets a server and checks."""
    def mark(check):
        def run(world):
            check(world.server())
        run.case_title = f"{number}: {title}"
        CASES[f"line_{number:02}"] = run
        return check
    return mark


# ---- protocol ----

@line(1, "a signed GetApplication answers 200, JSON 1.1 and a request id")
def _(server):
    with_application(server)
    answer = works(Signed(server, "GetApplication", {"applicationName": "app"}))
    equal(answer.json["application"]["applicationName"], "app")


@line(2, "a failing call has __type, message and the same envelope")
def _(server):
    fails(Signed(server, "GetApplication", {"applicationName": "none"}), "ApplicationDoesNotExistException")


@line(3, "two calls have two request ids")
def _(server):
    ids = {works(listing(server)).header("x-amzn-RequestId") for _ in range(2)}
    equal(len(ids), 2)


@line(4, "Date is right to the second")
def _(server):
    answer = works(listing(server))
    date = email.utils.parsedate_to_datetime(answer.header("Date")).timestamp()
    if abs(date - time.time()) > 1.5:
        raise Failure(f"Date is {answer.header('Date')}")


@line(5, "an unknown operation")
def _(server):
    fails(Signed(server, "NoSuchOp"), "UnknownOperationException")


@line(6, "no X-Amz-Target")
def _(server):
    fails(Signed(server, "", target=""), "UnknownOperationException")


@line(7, "a target of another version")
def _(server):
    fails(Signed(server, "", target="CodeDeploy_20150101.GetApplication"), "UnknownOperationException")


@line(8, "a signed GET /")
def _(server):
    request = Signed(server, "", b"", target="")
    request.method = "GET"
    fails(request, "UnknownOperationException")


@line(9, "a body that is cut off")
def _(server):
    fails(Signed(server, "GetApplication", b"{"), "SerializationException")


@line(10, "a body that is a list")
def _(server):
    fails(Signed(server, "GetApplication", b"[]"), "SerializationException")


@line(11, "a number where a string should be")
def _(server):
    fails(Signed(server, "GetApplication", b'{"applicationName":5}'), "SerializationException")


@line(12, "an unknown member is ignored")
def _(server):
    with_application(server, "a")
    works(Signed(server, "GetApplication", b'{"applicationName":"a","zzz":{"x":1}}'))


@line(13, "null is absent")
def _(server):
    fails(Signed(server, "GetApplication", b'{"applicationName":null}'), "ApplicationNameRequiredException")


@line(14, "an empty body is {}")
def _(server):
    works(listing(server, b""))


@line(15, "a charset behind the content type")
def _(server):
    works(listing(server).set("Content-Type", TYPE + "; charset=utf-8"))


@line(16, "createTime is a number of seconds with at most three decimals")
def _(server):
    with_application(server)
    answer = works(Signed(server, "GetApplication", {"applicationName": "app"}))
    text = re.search(rb'"createTime":([^,}]+)', answer.body).group(1).decode()
    if not re.fullmatch(r"\d{10}(\.\d{1,3})?", text) or abs(float(text) - time.time()) > 2:
        raise Failure(f"createTime is {text}")


@line(17, "RegisterApplicationRevision answers with nothing")
def _(server):
    with_application(server)
    revision = {"revisionType": "S3", "s3Location": {"bucket": "slipway", "key": "a.zip", "bundleType": "zip"}}
    answer = works(Signed(server, "RegisterApplicationRevision", {"applicationName": "app", "revision": revision}))
    equal(answer.body, b"")
    equal(answer.header("Content-Length"), "0")


@line(18, "TagResource answers with {}")
def _(server):
    with_application(server)
    arn = "arn:aws:codedeploy:us-east-1:123456789012:application:app"
    answer = works(Signed(server, "TagResource", {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}))
    equal(answer.body, b"{}")


@line(19, "operation names know case")
def _(server):
    fails(Signed(server, "getapplication"), "UnknownOperationException")


@line(20, "a body of 10 MiB")
def _(server):
    fails(Signed(server, "GetApplication", b" " * (10 << 20)), "RequestEntityTooLargeException", status=413)


# ---- authentication ----

@line(21, "no Authorization")
def _(server):
    request = listing(server)
    request.authorization = ""
    fails(request, "MissingAuthenticationTokenException")


@line(22, "Authorization without its Signature")
def _(server):
    request = listing(server)
    scope = f"{request.date[:8]}/us-east-1/codedeploy/aws4_request"
    request.authorization = f"AWS4-HMAC-SHA256 Credential={request.key_id}/{scope}, SignedHeaders=host;x-amz-date"
    fails(request, "IncompleteSignatureException")


@line(23, "an unknown key")
def _(server):
    request = listing(server)
    request.key_id = "AKIAABCDEFGHIJKLMNOP"
    fails(request, "UnrecognizedClientException")


@line(24, "a wrong secret")
def _(server):
    request = listing(server)
    request.secret = request.secret[:-1] + ("a" if request.secret[-1] != "a" else "b")
    fails(request, "InvalidSignatureException")


@line(25, "a clock 301 s behind")
def _(server):
    answer = fails(listing(server).at(-302), "InvalidSignatureException")
    if not answer.json["message"].startswith("Signature expired"):
        raise Failure(answer.json["message"])


@line(26, "a clock 299 s behind")
def _(server):
    works(listing(server).at(-297))


@line(27, "a clock 301 s ahead")
def _(server):
    answer = fails(listing(server).at(303), "InvalidSignatureException")
    if not answer.json["message"].startswith("Signature not yet current"):
        raise Failure(answer.json["message"])


@line(28, "a region that the settings do not allow")
def _(server):
    request = listing(server)
    request.options["region"] = "eu-west-1"
    works(request)
    server.stop()
    with open(server.data / "slipwayd.yml", "a") as file:
        file.write("allowed_regions: [us-east-1]\n")
    server.start()
    works(listing(server))
    request = listing(server)
    request.options["region"] = "eu-west-1"
    fails(request, "InvalidSignatureException")


@line(29, "signed for s3")
def _(server):
    request = listing(server)
    request.options["service"] = "s3"
    fails(request, "InvalidSignatureException")


@line(30, "the scope's date is another than X-Amz-Date's")
def _(server):
    request = listing(server)
    request.options["scope_date"] = amz_date(-86400)[:8]
    fails(request, "InvalidSignatureException")


@line(31, "host is not signed")
def _(server):
    request = listing(server)
    request.options["signed"] = ["content-type", "x-amz-date", "x-amz-target"]
    fails(request, "InvalidSignatureException")


@line(32, "a body that changed on its way")
def _(server):
    request = listing(server, b'{"a":1}')
    request.sent_body = b'{"a":2}'
    fails(request, "InvalidSignatureException")


@line(33, "a signed but wrong x-amz-content-sha256")
def _(server):
    for value in (sha256(b"something else"), "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"):
        request = listing(server).set("X-Amz-Content-Sha256", value)
        request.body_hash = value
        fails(request, "InvalidSignatureException")


@line(34, "a Host with another port, signed with it")
def _(server):
    works(listing(server).set("Host", "localhost:8080"))


@line(35, "inner double blanks in a signed value")
def _(server):
    works(listing(server).set("X-Amz-User-Agent", "a   b    c "))


@line(36, "chunked transfer encoding")
def _(server):
    request = listing(server, b'{"zzz":"' + b"x" * 500 + b'"}')
    request.framing = "chunked"
    works(request)


def session(server, seconds):
    done = server.run_slipwayd("keys", "create", "--data", server.data, "--user", "temporary", "--session", seconds)
    values = dict(text.split(" = ", 1) for text in done.stdout.splitlines() if " = " in text)
    return values["aws_access_key_id"], values["aws_secret_access_key"], values["aws_session_token"]


@line(37, "a session key needs its token")
def _(server):
    key_id, secret, token = session(server, 60)
    def request():
        return Signed(server, "ListApplications", key=(key_id, secret))
    works(request().set("X-Amz-Security-Token", token))
    fails(request(), "UnrecognizedClientException")
    fails(request().set("X-Amz-Security-Token", token[::-1]), "UnrecognizedClientException")
    fails(listing(server).set("X-Amz-Security-Token", token), "UnrecognizedClientException")


@line(38, "a session past its end")
def _(server):
    key_id, secret, token = session(server, 1)
    def expired():
        request = Signed(server, "ListApplications", key=(key_id, secret)).set("X-Amz-Security-Token", token)
        return request.send().error == "ExpiredTokenException"
    wait_until("the session ends", expired)


@line(39, "the signed headers of the JavaScript SDK")
def _(server):
    request = listing(server)
    for name, value in (("amz-sdk-invocation-id", "e9b9e0a4-0f2e-4a3f-8b1f-6d8d4f1d9a11"),
                        ("amz-sdk-request", "attempt=1; max=3"), ("x-amz-user-agent", "aws-sdk-js/3.1133.0"),
                        ("x-amz-content-sha256", sha256(request.body))):
        request.set(name, value)
    works(request)


@line(40, "Date instead of X-Amz-Date")
def _(server):
    request = listing(server).set("X-Amz-Date", None)
    now = datetime.datetime.strptime(request.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    works(request.set("Date", email.utils.format_datetime(now, usegmt=True)))


@line(41, "a host may not manage applications")
def _(server):
    _, key_id, secret = server.keys_create("web-1")
    request = Signed(server, "CreateApplication", {"applicationName": "app"}, key=(key_id, secret))
    answer = fails(request, "AccessDeniedException", "codedeploy:CreateApplication")
    contains(answer.json["message"], "arn:aws:codedeploy:us-east-1:123456789012:application:app")
    contains(answer.json["message"], "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1")


@line(42, "an unsigned call learns nothing of operations")
def _(server):
    request = Signed(server, "NoSuchOp")
    request.authorization = ""
    fails(request, "MissingAuthenticationTokenException")


# ---- around the lines ----

@case("every x-amz header must be signed")
def unsigned_header(world):
    request = listing(world.server())
    request.unsigned = [("X-Amz-Something", "else")]
    fails(request, "InvalidSignatureException")


@case("broken JSON of an unknown key is still an unknown key")
def order_of_checks(world):
    server = world.server()
    request = Signed(server, "NoSuchOp", b"{")
    request.key_id = "AKIAABCDEFGHIJKLMNOP"
    fails(request, "UnrecognizedClientException")
    fails(Signed(server, "NoSuchOp", b"{"), "UnknownOperationException")


@case("duplicate keys, deep nesting and bytes that are not UTF-8 are refused")
def hostile_json(world):
    server = world.server()
    for body in (b'{"applicationName":"a","applicationName":"b"}', b'{"a":' * 5000 + b"1" + b"}" * 5000,
                 b'{"applicationName":"\xff\xfe"}', b'{"applicationName":"a"} x', b"null", b'"x"',
                 b'{"applicationName":"\\ud800"}'):
        fails(Signed(server, "GetApplication", body), "SerializationException")
    works(listing(server))


@case("an encoded body is refused")
def encoded_body(world):
    fails(listing(world.server()).set("Content-Encoding", "gzip"), "MalformedHttpRequestException")


@case("other methods and paths are no operations")
def other_methods(world):
    server = world.server()
    for method, path in (("PUT", "/"), ("DELETE", "/"), ("POST", "/x"), ("OPTIONS", "/")):
        request = listing(server)
        request.method, request.path = method, path
        fails(request, "UnknownOperationException")


@case("keys made while the server runs work at once")
def fresh_keys(world):
    server = world.server()
    _, key_id, secret = server.keys_create("second", path="/")
    works(Signed(server, "ListApplications", key=(key_id, secret)))


@case("secrets are in no log and not readable by others")
def no_secrets(world):
    server = world.server(settings="log_level: debug\n")
    key_id, secret = server.credentials()
    works(listing(server))
    request = listing(server)
    request.secret = "x"
    fails(request, "InvalidSignatureException")
    server.stop()
    lacks(server.log.read_text(), secret, "log")
    contains(server.log.read_text(), "operation=ListApplications", "log")
    for path in server.data.rglob("*"):
        if path.is_file() and path.suffix != ".pem" and path.stat().st_mode & 0o077:
            raise Failure(f"{path} is readable by others")
        if path.is_file() and path.name != "admin.credentials" and secret.encode() in path.read_bytes():
            raise Failure(f"the administrator's secret is in {path}")


if __name__ == "__main__":
    main({**CASES, **globals()})
