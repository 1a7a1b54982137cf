#!/usr/bin/env python3
"""The audit: what changed is found again, by the AWS CLI and by slipway, and secrets are not in it."""

import json
import re

from harness import *


def events(server, **attributes):
    """What `aws cloudtrail lookup-events` finds, each with its event decoded."""
    args = [f"AttributeKey={key},AttributeValue={value}" for key, value in attributes.items()]
    found = server.aws("cloudtrail", "lookup-events", *(["--lookup-attributes", *args] if args else []))
    for event in found["Events"]:
        event["Event"] = json.loads(event["CloudTrailEvent"])
    return found["Events"]


@case("changes and failed attempts are recorded, reads are not")
def changes(world):
    server = world.server()
    server.aws("deploy", "create-application", "--application-name", "shop", "--tags", "Key=team,Value=web")
    server.aws("deploy", "get-application", "--application-name", "shop")
    again = server.aws("deploy", "create-application", "--application-name", "shop", check=False)
    contains(again.stderr, "ApplicationAlreadyExistsException")
    server.aws("deploy", "delete-application", "--application-name", "shop")

    found = events(server, ResourceName="shop")
    equal([e["EventName"] for e in found], ["DeleteApplication", "CreateApplication", "CreateApplication"], "names")
    removed, refused, made = [e["Event"] for e in found]
    equal(made["requestParameters"]["applicationName"], "shop", "parameters")
    equal(made["requestParameters"]["tags"], [{"Key": "team", "Value": "web"}], "tags")
    equal(len(made["responseElements"]["applicationId"]), 36, "length of the answer's id")
    equal(made["sourceIPAddress"], "127.0.0.1", "address")
    contains(made["userAgent"], "aws-cli", "user agent")
    equal(made["userIdentity"]["accessKeyId"], server.credentials()[0], "key")
    equal("errorCode" in made, False, "error of a success")
    equal(refused["errorCode"], "ApplicationAlreadyExistsException", "error")
    equal(refused["responseElements"], None, "answer of a failure")
    equal(removed["readOnly"], False, "read only")
    equal(len({e["requestID"] for e in (made, refused, removed)}), 3, "request ids")


@case("what does not fit the API is recorded as far as it was understood")
def malformed(world):
    server = world.server()
    client = server.client()
    try:
        client.call("CreateApplication", applicationName="a b")
        raise Failure("a bad name was taken")
    except Refused as refusal:
        equal(refusal.name, "InvalidApplicationNameException", "error")
    found = events(server, EventName="CreateApplication")
    equal([e["Event"]["errorCode"] for e in found], ["InvalidApplicationNameException"], "codes")
    equal(found[0]["Event"]["requestParameters"], None, "parameters")


@case("slipway audit shows who did what, page after page")
def command_line(world):
    server = world.server()
    client = server.client()
    for i in range(60):
        client.call("CreateApplication", applicationName=f"app-{i:02d}")
    server.slipway("hosts", "register", "web-1", "--root", str(world.folder / "host"), "--tag", "role=web")
    text = server.slipway("audit", "--limit", "61")
    equal(len(text.splitlines()), 61, "lines")
    contains(text.splitlines()[0], "RegisterHost")
    contains(text.splitlines()[0], "web-1")
    one = server.slipway("audit", "--resource", "app-07")
    equal(len(one.splitlines()), 1, "lines about one application")
    contains(one, "CreateApplication")
    contains(server.slipway("audit", "--user", "nobody"), "Nothing of that kind")
    whole = server.slipway("audit", "--output", "json", "--limit", "1000")
    equal(len(json.loads(whole)["Events"]), 61, "events")
    lacks(whole, server.credentials()[1], "audit")
    contains(whole, "HIDDEN_DUE_TO_SECURITY_REASONS", "audit")
    bad = server.slipway("audit", "--since", "yesterday", check=False)
    equal(bad.returncode, 64, "exit status")
    contains(bad.stderr, "--since is a time such as")


@case("who assumed which role, and what happened to which key, policy and token, is found by its name")
def named(world):
    server = world.server()
    role = "arn:aws:iam::123456789012:role/ops"
    managed = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    trust = world.folder / "trust.json"
    trust.write_text(json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}))
    server.slipway("iam", "roles", "create", "ops", "--trust", str(trust))
    server.slipway("iam", "policies", "attach", "AmazonS3ReadOnlyAccess", "--role", "ops")
    server.slipway("iam", "assume", "ops", "--session", "night", "--file", str(world.folder / "session"))
    server.slipway("iam", "users", "create", "ann")
    server.slipway("iam", "keys", "create", "--user", "ann", "--file", str(world.folder / "ann"))
    key = re.search(r"AKIA\w+", (world.folder / "ann").read_text()).group(0)
    server.slipway("iam", "keys", "disable", key, "--user", "ann")
    (world.folder / "token").write_text("t0ken")
    (world.folder / "token").chmod(0o600)
    server.slipway("github-tokens", "put", "octo", "--file", str(world.folder / "token"))
    server.slipway("github-tokens", "delete", "octo")

    def names(resource):
        return [event["EventName"] for event in events(server, ResourceName=resource)]

    equal(names(role), ["AssumeRole"], "events of the role's ARN")
    equal(names("arn:aws:sts::123456789012:assumed-role/ops/night"), ["AssumeRole"], "events of the session")
    equal(names(managed), ["AttachRolePolicy"], "events of the managed policy")
    equal(names(key), ["UpdateAccessKey", "CreateAccessKey"], "events of the key")
    other = role.replace("ops", "nobody")
    denied = server.slipway("iam", "assume", other, "--session", "night", "--file", str(world.folder / "none"), check=False)
    contains(denied.stderr, "AccessDenied")
    equal([e["Event"]["errorCode"] for e in events(server, ResourceName=other)], ["AccessDenied"], "IAM's name of the error")
    equal(names("octo"), ["DeleteGitHubAccountToken", "PutGitHubAccountToken"], "events of the token")


@case("an access key that is made beside the server is recorded as the account's own deed")
def beside(world):
    server = world.server()
    _, key, secret = server.keys_create("eve", path="/")
    found = events(server, EventName="CreateAccessKey")
    equal([e["Username"] for e in found], ["root"], "who")
    made = found[0]["Event"]
    equal((made["userIdentity"]["type"], made["userIdentity"]["arn"]), ("Root", "arn:aws:iam::123456789012:root"), "identity")
    equal((made["sourceIPAddress"], made["eventSource"]), ("local", "slipway"), "from where")
    equal(made["requestParameters"], {"userName": "eve", "path": "/"}, "parameters")
    equal([e["EventId"] for e in events(server, ResourceName=key)], [found[0]["EventId"]], "events of the key")
    server.run_slipwayd("keys", "create", "--data", server.data, "--user", "eve", "--session", "900")
    equal(events(server, ResourceName="eve")[0]["Event"]["requestParameters"],
          {"userName": "eve", "path": "/", "durationSeconds": 900}, "parameters of a temporary key")
    lacks(server.slipway("audit", "--output", "json"), secret, "audit")


@case("changes of buckets and objects are recorded, and who was refused")
def objects(world):
    server = world.server()
    file = world.folder / "hello"
    file.write_text("hello")
    server.aws("s3", "mb", "s3://releases")
    server.aws("s3", "cp", file, "s3://releases/a/hello")
    server.aws("s3", "cp", "s3://releases/a/hello", world.folder / "copy")
    server.aws("s3api", "delete-objects", "--bucket", "releases", "--delete", "Objects=[{Key=a/hello},{Key=b}]")
    found = events(server, EventSource="s3.amazonaws.com")
    equal([e["EventName"] for e in found], ["DeleteObjects", "PutObject", "CreateBucket"], "names")
    removed, put, made = [e["Event"] for e in found]
    equal(removed["requestParameters"]["objects"], [{"key": "a/hello"}, {"key": "b"}], "keys")
    equal(put["requestParameters"], {"bucketName": "releases", "key": "a/hello"}, "parameters")
    equal([e["eventCategory"] for e in (removed, put, made)], ["Data", "Data", "Management"], "categories")

    arn, key_id, secret = server.keys_create("web-1")
    host = server.client(keys=(key_id, secret))
    equal(host.s3("PUT", "/releases/evil", b"x").status, 403, "status of a host's upload")
    refused = events(server, ResourceName="releases/evil")
    equal([(e["Event"]["errorCode"], e["Event"]["userIdentity"]["arn"]) for e in refused], [("AccessDenied", arn)],
          "refusal")


@case("events survive a kill, and none is without its change")
def killed(world):
    server = world.server()
    client = server.client()
    for i in range(20):
        client.call("CreateApplication", applicationName=f"app-{i}")
    server.kill()
    server.start()
    equal(len(events(server, EventName="CreateApplication")), 20, "events")
    equal(len(server.aws("deploy", "list-applications")["applications"]), 20, "applications")


if __name__ == "__main__":
    main(globals())
