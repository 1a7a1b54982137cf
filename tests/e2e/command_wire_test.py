#!/usr/bin/env python3
"""The rules that a scripted service holds requests against: a good request passes, and each thing wrong with it is named."""

import json

from harness import *
import command_wire
import wire

KEYS = {"AKID1": "secret-1"}
HOST, ARN, VERSION = "localhost:1", "arn:aws:iam::1:user/web", "0.9.0-slipway"
PAYLOAD = {"error_code": 0, "script_name": "", "message": "Succeeded: ", "log": ""}


def request(operation, body, *, prefix="CodeDeployCommandService_v20141006", service="codedeploy-commands", secret="secret-1",
            region=REGION, unsigned=(), changed=None, **other):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Host": HOST, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{prefix}.{operation}",
               "X-Amz-Date": wire.amz_date(), "x-amz-codedeploy-agent-version": VERSION, "Content-Length": str(len(raw))}
    headers.update(other.pop("headers", {}))
    headers = {name: value for name, value in headers.items() if value is not None}
    signed = [(name, value) for name, value in headers.items() if name.lower() not in ("content-length", *unsigned)]
    headers["Authorization"] = wire.authorization(
        "POST", "/", signed, wire.sha256(raw), "AKID1", secret, date=headers["X-Amz-Date"], service=service, region=region)
    headers.update(changed or {})
    made = command_wire.Request("POST", "/", "HTTP/1.1", list(headers.items()), raw)
    return made._replace(**other)


def complaints(made):
    return command_wire.complaints_of_call(made, KEYS, REGION, HOST, {ARN})


def complaint(made, word):
    found = complaints(made)
    if not any(word in one for one in found):
        raise Failure(f"expected a complaint about {word!r}, got {found}")


def complete(status="Succeeded", **members):
    payload = json.dumps({**PAYLOAD, **members})
    return {"HostCommandIdentifier": "c", "CommandStatus": status, "Diagnostics": {"Format": "JSON", "Payload": payload}}


@case("good calls of each operation and variant pass")
def good(world):
    poll = {"HostIdentifier": ARN}
    for prefix, service in command_wire.PREFIXES.items():
        equal(complaints(request("PollHostCommand", poll, prefix=prefix, service=service)), [])
    equal(complaints(request("GetDeploymentSpecification", {"DeploymentExecutionId": "a/b/c/d", "HostIdentifier": ARN})), [])
    for noop in ("true", "false"):
        equal(complaints(request("PutHostCommandAcknowledgement", {"HostCommandIdentifier": "c", "Diagnostics": {
            "Format": "JSON", "Payload": f'{{"IsCommandNoop":{noop}}}'}})), [])
    equal(complaints(request("PutHostCommandComplete", complete())), [])
    equal(complaints(request("PutHostCommandComplete", complete("Failed", error_code=4, script_name="a", message="m", log="l"))), [])
    equal(complaints(request("PollHostCommand", poll, headers={"X-Amz-Security-Token": "t", "X-Amz-Content-Sha256": wire.sha256(
        json.dumps(poll).encode())})), [])


@case("what is wrong with a call's framing, headers and signature is named")
def bad_head(world):
    poll = {"HostIdentifier": ARN}
    for word, options in {
            "instead of POST /": {"path": "/x"}, "GET": {"method": "GET"}, "version is HTTP/1.0": {"version": "HTTP/1.0"},
            "Content-Type": {"headers": {"Content-Type": "application/json"}}, "Host": {"headers": {"Host": "elsewhere"}},
            "Content-Length": {"headers": {"Content-Length": "7"}}, "compressed": {"headers": {"Accept-Encoding": "gzip"}},
            "one piece": {"headers": {"Expect": "100-continue"}}, "agent's version": {"headers": {"x-amz-codedeploy-agent-version": "x"}},
            "Sha256": {"headers": {"X-Amz-Content-Sha256": "0" * 64}}, "target": {"prefix": "Other"},
            "does not verify": {"secret": "another"}, "the scope": {"service": "codedeploy"}, "the scope is eu": {"region": "eu-west-1"},
            "not signed: ['x-amz-target']": {"unsigned": ["x-amz-target"]},
            "sent and not signed": {"unsigned": ["x-amz-security-token"], "headers": {"X-Amz-Security-Token": "t"}},
            "do not belong together": {"changed": {"X-Amz-Date": "20000101T000000Z"}},
            "another form": {"changed": {"Authorization": "Basic x"}},
            "that nobody has": {"changed": {"Authorization": "AWS4-HMAC-SHA256 Credential=AKID2/20000101/us-east-1/codedeploy-commands/"
                                            f"aws4_request, SignedHeaders=host, Signature={'0' * 64}"}}}.items():
        complaint(request("PollHostCommand", poll, **options), word)
    equal(complaints(request("PollHostCommand", poll, headers={"x-slipway-conversation": "short"})), [])
    complaint(request("PollHostCommand", poll, headers={"x-slipway-conversation": "long"}), "the conversation is 'long'")
    complaint(request("PollHostCommand", poll, headers={"x-slipway-conversation": "short"}, unsigned=["x-slipway-conversation"]),
              "sent and not signed")
    complaint(request("PostHostCommandUpdate", poll), "target")
    twice = request("PollHostCommand", poll)
    complaint(twice._replace(headers=[*twice.headers, ("host", HOST)]), "twice")


@case("what is wrong with a call's body is named")
def bad_body(world):
    for word, operation, body in [
            ("no JSON object", "PollHostCommand", b"[]"), ("no JSON object", "PollHostCommand", b'{"HostIdentifier":"a","HostIdentifier":"a"}'),
            ("no JSON object", "PollHostCommand", b'{"HostIdentifier":"\xff'), ("members", "PollHostCommand", {"HostIdentifier": ARN, "x": 1}),
            ("members", "GetDeploymentSpecification", {"HostIdentifier": ARN}), ("HostIdentifier is", "PollHostCommand", {"HostIdentifier": ""}),
            ("calls itself", "PollHostCommand", {"HostIdentifier": "somebody"}), ("CommandStatus", "PutHostCommandComplete", complete("Done")),
            ("no JSON envelope", "PutHostCommandComplete", {**complete(), "Diagnostics": {"Format": "TEXT", "Payload": ""}}),
            ("no text of at most", "PutHostCommandComplete", complete("Failed", error_code=5, message="x" * 8200)),
            ("other members", "PutHostCommandComplete", complete(extra=1)), ("error_code is", "PutHostCommandComplete", complete(error_code="Unknown")),
            ("error_code is", "PutHostCommandComplete", complete(error_code=8)), ("is no text", "PutHostCommandComplete", complete(log=None)),
            ("the log has", "PutHostCommandComplete", complete("Failed", error_code=4, script_name="a", message="m", log="x" * 2048)),
            ("a success with", "PutHostCommandComplete", complete(log="x")), ("a failure with", "PutHostCommandComplete", complete("Failed")),
            ("with the script", "PutHostCommandComplete", complete("Failed", error_code=4, message="m")),
            ("with the script", "PutHostCommandComplete", complete("Failed", error_code=5, message="m", script_name="a")),
            ("acknowledgement of", "PutHostCommandAcknowledgement", {"HostCommandIdentifier": "c", "Diagnostics": {
                "Format": "JSON", "Payload": '{"IsCommandNoop": true}'}})]:
        complaint(request(operation, body), word)


@case("requests for objects: encoding, query, hash and scope")
def objects(world):
    def get(path, query="", canonical=None, service="s3", **other):
        headers = {"Host": HOST, "X-Amz-Date": wire.amz_date(), "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}
        headers["Authorization"] = wire.authorization("GET", path, list(headers.items()), "UNSIGNED-PAYLOAD", "AKID1", "secret-1",
                                                      date=headers["X-Amz-Date"], service=service, query=canonical or query)
        headers.update(other.pop("headers", {}))
        made = command_wire.Request("GET", path + ("?" + query if query else ""), "HTTP/1.1", list(headers.items()), b"")
        return " ".join(command_wire.complaints_of_object(made._replace(**other), KEYS, REGION, HOST))

    equal(get("/bucket/a%20key"), "")
    equal(get("/bucket/key", "versionId=v%2F1%202"), "")
    contains(get("/bucket/a+key"), "not encoded")
    contains(get("/bucket/key", "versionId=a", canonical="versionId=b"), "does not verify")
    contains(get("/bucket/key", "x=1"), "query")
    contains(get("/bucket/key", service="codedeploy-commands"), "scope")
    contains(get("/bucket/key", method="POST"), "instead of GET")
    contains(get("/bucket/key", headers={"X-Amz-Content-Sha256": "0" * 64}), "Sha256")
    equal(get("/bucket/key", headers={"Range": "bytes=10-", "If-Match": '"e"'}), "")
    contains(get("/bucket/key", headers={"Range": "bytes=0-9", "If-Match": '"e"'}), "Range")
    contains(get("/bucket/key", headers={"Range": "bytes=10-"}), "rest of an object")


@case("conversations: one end, after an acknowledgement, and none afterwards")
def conversations(world):
    talk = command_wire.Conversations()
    acknowledgement, good, bad = {"HostCommandIdentifier": "c"}, complete(), complete("Failed", error_code=7, message="m")
    contains(str(talk.complaints_of("PutHostCommandComplete", good)), "without an acknowledgement")
    talk = command_wire.Conversations()
    equal(talk.complaints_of("PutHostCommandComplete", complete("Failed", error_code=5, message="m")), [])
    talk = command_wire.Conversations()
    equal(talk.complaints_of("PutHostCommandAcknowledgement", acknowledgement), [])
    equal(talk.complaints_of("PutHostCommandComplete", good), [])
    equal(talk.complaints_of("PutHostCommandAcknowledgement", acknowledgement), [])  # its report was not answered
    equal(talk.complaints_of("PutHostCommandComplete", good), [])
    contains(str(talk.complaints_of("PutHostCommandComplete", bad)), "two ways")
    talk.note_answer("PutHostCommandComplete", good)
    contains(str(talk.complaints_of("PutHostCommandAcknowledgement", acknowledgement)), "after it was completed")
    for name, needs in (("DownloadBundle", False), ("Install", False), ("BeforeInstall", True)):
        talk = command_wire.Conversations()
        talk.note_brought({"HostCommandIdentifier": "c", "CommandName": name})
        equal((name, bool(talk.complaints_of("PutHostCommandComplete", good))), (name, needs))


if __name__ == "__main__":
    main(globals())
