#!/usr/bin/env python3
"""Rates: who asks too often is told so, at once and by AWS's names, and others are served meanwhile."""

import re

from harness import *
from wire import Connection, Signed

LISTING = "ListApplications"


def metric(server, name):
    return int(re.search(rf"^slipway_{name} (\d+)$", server.get("/metrics")[2].decode(), re.M).group(1))


def listing(server, key=None, source=None):
    request = Signed(server, LISTING, key=key)
    with Connection(server.address, source=source) as connection:
        connection.send(request.bytes())
        return connection.answer()


def is_throttled(answer):
    equal((answer.status, answer.error, answer.json["message"]), (400, "ThrottlingException", "Rate exceeded"))
    if not 1 <= int(answer.header("Retry-After")) <= 60:
        raise Failure(f"Retry-After is {answer.header('Retry-After')}")


def exhaust(ask, at_most):
    """Asks until it is refused; how often it was answered, and the refusal."""
    for n in range(at_most + 1):
        answer = ask()
        if answer.status != 200:
            return n, answer
    raise Failure(f"{at_most + 1} requests were answered")


@case("43: above its rate a principal's reads get ThrottlingException, until there is room again")
def reads(world):
    server = world.server(settings="rate_reads: 1\nrate_burst_s: 20\n")
    answered, refusal = exhaust(lambda: listing(server), 40)
    if answered < 20:
        raise Failure(f"only {answered} of 20 were answered")
    is_throttled(refusal)
    # An operation that is none counts among the reads, and says no more.
    is_throttled(Signed(server, "NoSuchOp").send())
    # The same principal may write, and another may read.
    equal(Signed(server, "CreateApplication", {"applicationName": "app"}).send().status, 200)
    _, key_id, secret = server.keys_create("other", path="/")
    equal(listing(server, key=(key_id, secret)).error in (None, "AccessDeniedException"), True, "another principal")
    wait_until("there is room again", lambda: listing(server).status == 200)


@case("writes over the rate change nothing and leave no record")
def writes(world):
    server = world.server(settings="rate_writes: 1\nrate_burst_s: 5\n")
    made = []

    def create():
        name = f"app-{len(made)}"
        made.append(name)
        return Signed(server, "CreateApplication", {"applicationName": name}).send()

    answered, refusal = exhaust(create, 30)
    is_throttled(refusal)
    names = Signed(server, LISTING).send().json["applications"]
    equal(sorted(names), sorted(made[:answered]))


@case("the rate of host commands is a host's own")
def host_commands(world):
    server = world.server(settings="rate_host_commands: 1\nrate_burst_s: 5\npoll_wait_s: 1\n")
    arn, key_id, secret = server.keys_create("web-1")

    def acknowledge():
        request = Signed(server, "", {"HostCommandIdentifier": "x"}, key=(key_id, secret),
                         target="CodeDeployCommandService_v20141006.PutHostCommandAcknowledgement")
        request.options["service"] = "codedeploy-commands"
        return request.send()

    errors = [acknowledge().error for _ in range(40)]
    equal(errors[0] != "ThrottlingException", True, "the first is no matter of rate")
    contains(errors, "ThrottlingException", "errors")
    is_throttled(acknowledge())
    equal(listing(server).status, 200)


@case("objects: SlowDown, and other principals go on")
def objects(world):
    server = world.server(settings="rate_objects: 1\nrate_burst_s: 5\n")
    client = server.client()
    answered, refusal = exhaust(lambda: client.s3("GET", "/"), 30)
    equal(refusal.status, 503)
    contains(refusal.body.decode(), "<Code>SlowDown</Code>")
    equal(int(refusal.headers["Retry-After"]) >= 1, True, "Retry-After")
    equal(answered >= 5, True, "answered before")
    equal(listing(server).status, 200)


@case("the Query protocol says Throttling")
def query_protocol(world):
    server = world.server(settings="rate_reads: 1\nrate_burst_s: 2\n")
    request = Signed(server, "", b"Action=NoSuchAction&Version=2011-06-15", target="")
    request.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    request.options["service"] = "sts"
    codes = [re.search(rb"<Code>(\w+)</Code>", request.send().body).group(1) for _ in range(30)]
    equal(codes[0] != b"Throttling" and b"Throttling" in codes, True, f"codes {codes}")


@case("a peer that tries unknown keys has no more of them looked up; keys in use and other peers are served")
def unknown_keys(world):
    server = world.server(settings="rate_unknown_keys: 1\nrate_burst_s: 10\n")
    equal(listing(server).status, 200)
    errors = []
    for n in range(100):
        answer = listing(server, key=(f"AKIA{n:016}", "secret"))
        errors.append(answer.error)
    equal(errors[0], "UnrecognizedClientException")
    contains(errors, "ThrottlingException", "errors")
    before = metric(server, "authentication_key_lookups_total")
    if before > 60:
        raise Failure(f"{before} keys were looked up")
    equal(listing(server).status, 200, "the administrator, whose key is known already")
    _, key_id, secret = server.keys_create("other", path="/AWS/CodeDeploy/")
    equal(listing(server, key=(key_id, secret), source="127.0.0.2").error, "AccessDeniedException", "from elsewhere")
    # Objects look keys up in another way; it counts the same.
    stranger = server.client(keys=("AKIAABCDEFGHIJKLMNOP", "secret"))
    codes = {re.search(rb"<Code>(\w+)</Code>", stranger.s3("GET", "/").body).group(1) for _ in range(40)}
    equal(codes <= {b"SlowDown", b"InvalidAccessKeyId"} and b"SlowDown" in codes, True, f"codes {codes}")


@case("0 is no limit")
def no_limits(world):
    server = world.server(settings="".join(
        f"{name}: 0\n" for name in ("rate_reads", "rate_writes", "rate_objects", "rate_unknown_keys")) + "rate_burst_s: 1\n")
    client = server.client()
    for _ in range(300):
        client.call(LISTING)
    equal(listing(server, key=("AKIAABCDEFGHIJKLMNOP", "secret")).error, "UnrecognizedClientException")


if __name__ == "__main__":
    main(globals())
