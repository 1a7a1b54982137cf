#!/usr/bin/env python3
"""Protocol and authentication around the lines of the conformance checklist (tests/golden/api/), over raw sockets."""

import datetime
import email.utils
import json
import re

from harness import *
from wire import Signed

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


@case("clients may sign for any region while the settings list none")
def any_region(world):
    request = listing(world.server())
    request.options["region"] = "eu-west-1"
    works(request)


@case("a host may not manage applications")
def host_is_no_administrator(world):
    server = world.server()
    _, key_id, secret = server.keys_create("web-1")
    request = Signed(server, "CreateApplication", {"applicationName": "app"}, key=(key_id, secret))
    answer = fails(request, "AccessDeniedException", "codedeploy:CreateApplication")
    contains(answer.json["message"], "arn:aws:codedeploy:us-east-1:123456789012:application:app")
    contains(answer.json["message"], "arn:aws:iam::123456789012:user/AWS/CodeDeploy/web-1")


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
    main(globals())
