#!/usr/bin/env python3
"""Signatures on the wire: what api.md 1.6 says beyond the lines of the checklist, over raw sockets."""

import datetime
import email.utils
import hashlib
import hmac
import time
import urllib.parse

from harness import *
from wire import API, JSON_TYPE, Connection, Signed, amz_date, sha256, signing_key, squeeze


def refused(request, error, message=None):
    answer = request.send()
    equal((answer.status, answer.error), (400, error), f"answer {answer!r}")
    if message is not None:
        equal(answer.json["message"], message, "message")


def accepted(request):
    answer = request.send()
    equal(answer.status, 200, f"answer {answer!r}")


def listing(server):
    return Signed(server, "ListApplications")


def finished_authorization(request):
    """The header as the request would have it."""
    head = request.bytes().split(b"\r\n\r\n", 1)[0].decode()
    return next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("authorization:"))


@case("parts of Authorization come in any order, with any blanks; one folded over lines is refused")
def authorization_forms(world):
    server = world.server()
    for form, good in (("AWS4-HMAC-SHA256 {2},{0},{1}", True), ("AWS4-HMAC-SHA256   {1} ,\t{2} ,  {0}", True),
                       ("AWS4-HMAC-SHA256 {0},\r\n {1},\r\n\t{2}", False)):
        request = listing(server)
        parts = finished_authorization(request).removeprefix("AWS4-HMAC-SHA256 ").split(", ")
        request.authorization = form.format(*parts)
        if good:
            accepted(request)
        else:
            refused(request, "MissingAuthenticationTokenException")


@case("a header sent twice is signed as one, in the order of arrival")
def repeated_headers(world):
    server = world.server()
    request = listing(server)
    request.headers += [("X-Amz-User-Agent", "first"), ("x-amz-user-agent", "second")]
    accepted(request)
    authorization = finished_authorization(request)
    request.headers[-2:] = reversed(request.headers[-2:])
    request.authorization = authorization
    refused(request, "InvalidSignatureException")


@case("a signature that does not hold is in the log with its key and peer, and strangers do not fill the disk")
def told(world):
    server = world.server()
    key = server.credentials()[0]
    server.get("/")
    server.client().call("ListApplications")
    lacks(server.log.read_text(), "signature-refused", "the log of an unsigned and a good request")
    stranger = server.client(keys=(key, "w" * 40))
    equal(stranger.request("ListApplications", "{}").error()[0], "InvalidSignatureException", "error")
    equal(stranger.s3("GET", "/slipway").status, 403, "status of a listing")
    unknown = server.client(keys=("AKIAAAAAAAAAAAAAAAAA", "w" * 40))
    equal(unknown.request("ListApplications", "{}").error()[0], "UnrecognizedClientException", "error")
    lines = [line for line in server.log.read_text().splitlines() if "event=signature-refused" in line]
    equal([(f"key={key} " in line, "key=AKIAAAAAAAAAAAAAAAAA " in line, line.endswith("peer=127.0.0.1")) for line in lines],
          [(True, False, True), (True, False, True), (False, True, True)], "lines of the log")
    equal("level=warning" in lines[0] and "does not match" in lines[0], True, f"the first, {lines[0]}")

    bounded = world.server("bounded", settings="rate_unknown_keys: 1\nrate_burst_s: 5\n")
    stranger = bounded.client(keys=(bounded.credentials()[0], "w" * 40))
    began = time.monotonic()
    for _ in range(200):
        equal(stranger.request("ListApplications", "{}").error()[0], "InvalidSignatureException", "error")
    n_lines = bounded.log.read_text().count("event=signature-refused")
    equal(5 <= n_lines <= 5 + 1 + time.monotonic() - began, True, f"{n_lines} lines, of 200 refusals")


@case("what may be there only once is refused when it is there twice")
def twice(world):
    server = world.server()
    for name, value in (("X-Amz-Date", amz_date()), ("Authorization", "AWS4-HMAC-SHA256 x")):
        request = listing(server)
        request.unsigned = [(name, value)]
        refused(request, "IncompleteSignatureException")


@case("what proxies change may change when it is not signed, and counts as received when it is")
def lost_in_transit(world):
    server = world.server()
    request = listing(server)
    request.unsigned = [("User-Agent", "proxy"), ("X-Amzn-Trace-Id", "Root=1-2"), ("Via", "1.1 proxy")]
    accepted(request)
    accepted(listing(server).set("User-Agent", "aws-cli/2.9 Python/3.11"))


@case("every x-amz header that is sent must be signed; host as well")
def all_signed(world):
    server = world.server()
    request = listing(server)
    request.unsigned = [("X-Amz-Something", "else")]
    refused(request, "InvalidSignatureException", "'X-Amz-Something' must be a 'SignedHeader' in the AWS Authorization")
    request = listing(server)
    request.options["signed"] = ["content-type", "x-amz-date", "x-amz-target"]
    refused(request, "InvalidSignatureException")


@case("x-amz-content-sha256 is the hash of the body, and nothing else")
def payload_kinds(world):
    server = world.server()
    accepted(listing(server).set("X-Amz-Content-Sha256", sha256(b"{}")))
    for value in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x", "",
                  sha256(b"other")):
        request = listing(server).set("X-Amz-Content-Sha256", value)
        request.body_hash = value
        refused(request, "InvalidSignatureException")
    request = listing(server).set("Content-Encoding", "aws-chunked")
    refused(request, "MalformedHttpRequestException")


@case("X-Amz-Date wins over Date; Date stands in, in its window; without either the answer says so")
def dates(world):
    server = world.server()
    accepted(listing(server).set("Date", "Thu, 01 Jan 1970 00:00:00 GMT"))
    for offset_s, good in ((0, True), (-290, True), (-310, False), (310, False)):
        request = listing(server).at(offset_s)
        when = datetime.datetime.strptime(request.date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        request.set("X-Amz-Date", None).set("Date", email.utils.format_datetime(when, usegmt=True))
        if good:
            accepted(request)
        else:
            refused(request, "InvalidSignatureException")
    refused(listing(server).set("X-Amz-Date", None), "IncompleteSignatureException",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    refused(listing(server).set("X-Amz-Date", "2026-11-26"), "IncompleteSignatureException")


@case("a request is good for five minutes, and no longer when it is sent again")
def replay(world):
    server = world.server(settings="clock_skew_s: 2\n")
    request = listing(server)
    accepted(request)
    accepted(request)
    wait_until("its time is over", lambda: listing_is_expired(request))


def listing_is_expired(request):
    answer = request.send()
    return answer.error == "InvalidSignatureException" and answer.json["message"].startswith("Signature expired: ")


@case("a signature for one service is none for another's operations")
def services(world):
    server = world.server()
    for service, message in (("s3", "codedeploy"), ("sts", "codedeploy"), ("codedeploy-commands", "codedeploy"), ("", None),
                             ("CodeDeploy", "codedeploy")):
        request = listing(server)
        request.options["service"] = service
        if message is None:
            refused(request, "IncompleteSignatureException")
        else:
            refused(request, "InvalidSignatureException", f"Credential should be scoped to correct service: '{message}'.")
    arn, key_id, secret = server.keys_create("web-1")
    for service in ("codedeploy-commands", "codedeploy-commands-secure", "codedeploy"):
        request = Signed(server, "", {"HostIdentifier": arn}, key=(key_id, secret),
                         target="CodeDeployCommandService_v20141006.GetDeploymentSpecification")
        request.options["service"] = service
        equal(request.send().error == "InvalidSignatureException", service == "codedeploy", service)


@case("clock and scope are judged before the key, whether it is known, in use or not")
def order(world):
    server = world.server()
    for _ in range(2):  # the second time the key is in memory
        request = listing(server).at(-400)
        request.key_id = "AKIAABCDEFGHIJKLMNOP"
        refused(request, "InvalidSignatureException")
        request = listing(server).set("X-Amz-Security-Token", "none of this key").at(-400)
        refused(request, "InvalidSignatureException")
        accepted(listing(server))
    # Then the token, then the signature.
    request = listing(server).set("X-Amz-Security-Token", "none of this key")
    request.secret = "wrong"
    refused(request, "UnrecognizedClientException", "The security token included in the request is invalid.")
    # And none of it tells of operations.
    request = Signed(server, "NoSuchOp", b"{")
    request.secret = "wrong"
    refused(request, "InvalidSignatureException")


@case("a disabled or deleted key is no key")
def gone_keys(world):
    server = world.server()
    _, key_id, secret = server.keys_create("web-1")
    equal(Signed(server, "ListApplications", key=(key_id, secret)).send().error, "AccessDeniedException")
    request = Signed(server, "ListApplications", key=(key_id.lower(), secret))
    refused(request, "UnrecognizedClientException")


# ---- presigned ----


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def presigned(server, expires, offset_s=0, body=b"{}", key=None, token=None, change=None, extra=()):
    """A POST with its signature in the query: Host, content type and target are signed headers."""
    key_id, secret = key or server.credentials()
    date = amz_date(offset_s)
    scope = f"{date[:8]}/us-east-1/codedeploy/aws4_request"
    headers = [("content-type", JSON_TYPE), ("host", server.address), ("x-amz-target", API + "ListApplications")]
    names = ";".join(name for name, _ in headers)
    query = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{key_id}/{scope}", "X-Amz-Date": date,
             "X-Amz-Expires": str(expires), "X-Amz-SignedHeaders": names}
    if token:
        query["X-Amz-Security-Token"] = token
    text = "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(query.items()))
    canonical = "\n".join(["POST", "/", text, "".join(f"{n}:{squeeze(v)}\n" for n, v in headers), names, sha256(body)])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical.encode())])
    signature = hmac.new(signing_key(secret, date[:8], "us-east-1", "codedeploy"), to_sign.encode(), hashlib.sha256)
    target = f"/?{text}&X-Amz-Signature={signature.hexdigest()}"
    lines = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *extra])
    if change:
        target, body = change(target, body)
    return f"POST {target} HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def ask(server, data):
    with Connection(server.address) as connection:
        connection.send(data)
        return connection.answer()


@case("a presigned request is answered until it expires, and refused when anything of it was changed")
def presigned_requests(world):
    server = world.server()
    for expires in (60, 604800):
        equal(ask(server, presigned(server, expires)).status, 200, f"expires {expires}")
    # Older than five minutes is fine as long as it has not expired.
    equal(ask(server, presigned(server, 3600, offset_s=-3000)).status, 200, "an hour's, after 50 minutes")
    for expires in ("0", "604801", "-1", "1h", ""):
        equal(ask(server, presigned(server, expires)).error, "IncompleteSignatureException", f"expires {expires!r}")
    expired = ask(server, presigned(server, 10, offset_s=-20))
    equal(expired.error, "InvalidSignatureException")
    contains(expired.json["message"], "Signature expired: ")
    equal(ask(server, presigned(server, 10, offset_s=320)).error, "InvalidSignatureException", "of the future")
    for what, change in (
            ("another body", lambda target, body: (target, b'{"a":1}')),
            ("another time", lambda target, body: (target.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), body)),
            ("one more parameter", lambda target, body: (target + "&a=b", body)),
            ("a parameter named like the signature", lambda target, body: (target + "&X%2DAmz-Signature=1", body))):
        equal(ask(server, presigned(server, 60, change=change)).error, "InvalidSignatureException", what)
    unsigned = presigned(server, 60, extra=[("X-Amz-User-Agent", "x")])
    equal(ask(server, unsigned).error, "InvalidSignatureException", "an x-amz header beside it")
    twice = presigned(server, 60, change=lambda target, body: (target + "&X-Amz-Signature=00", body))
    equal(ask(server, twice).error, "IncompleteSignatureException", "two signatures")
    both = presigned(server, 60, extra=[("Authorization", finished_authorization(listing(server)))])
    equal(ask(server, both).error, "IncompleteSignatureException", "a header as well")


@case("a presigned request of temporary credentials needs their token")
def presigned_session(world):
    server = world.server()
    done = server.run_slipwayd("keys", "create", "--data", server.data, "--user", "temporary", "--session", 60)
    values = dict(text.split(" = ", 1) for text in done.stdout.splitlines() if " = " in text)
    key, token = (values["aws_access_key_id"], values["aws_secret_access_key"]), values["aws_session_token"]
    for given, error in ((token, None), (None, "UnrecognizedClientException"), (token[::-1], "UnrecognizedClientException")):
        answer = ask(server, presigned(server, 60, key=key, token=given))
        equal(answer.error if error else answer.error != "UnrecognizedClientException", error or True, f"token {given!r}")


if __name__ == "__main__":
    main(globals())
