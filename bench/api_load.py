"""Signed requests to a service API, in numbers: how many a second, how long each takes, and what processor time that is.

Works on a server of bench/run and on any other endpoint: it uses the public API only, with names of its own, and removes
what it has made. What cannot be asked of an endpoint is a row that says so.
"""

import contextlib
import json
import os
import pathlib
import secrets
import socket
import subprocess
import tempfile

from signed_client import Refused

CONNECTIONS = (1, 64)
WRITES = 256  # different ones, one after the other
SERVICE, PREFIX = "codedeploy", "CodeDeploy_20141006"
ROLE = "arn:aws:iam::{account}:role/CodeDeployServiceRole"
TICKS = os.sysconf("SC_CLK_TCK")


def write_requests(path, signed, target="/"):
    """A file as bench/connection.h reads it; signed: pairs of headers and body."""
    with open(path, "wb") as file:
        for headers, body in signed:
            text = f"POST {target} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items())
            request = text.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
            file.write(f"{len(request)}\n".encode() + request)
    return path


def sign(client, operation, body, service=SERVICE, prefix=PREFIX):
    body = json.dumps(body).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{prefix}.{operation}"}
    return client.sign("POST", client.url.path or "/", headers, body, service), body


def cpu_s(pids):
    """Processor time of processes so far, with their threads; None when they are not ours to see."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS if pids else None


@contextlib.contextmanager
def on_one_core(pid):
    """All threads of a process on the first core that it may use."""
    before = {int(task.name): os.sched_getaffinity(int(task.name)) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()}
    for thread, cores in before.items():
        os.sched_setaffinity(thread, {min(cores)})
    try:
        yield
    finally:
        for thread, cores in before.items():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cores)


class Target:
    """An endpoint, what is asked of it, and whose processor time counts."""

    def __init__(self, client, load_program, pids=(), account="123456789012", seconds=3.0):
        self.client, self.load_program, self.pids, self.account = client, str(load_program), list(pids), account
        self.seconds = seconds
        url = client.url
        port = url.port or (443 if url.scheme == "https" else 80)
        self.address = f"{socket.gethostbyname(url.hostname)}:{port}"
        self.tls = url.hostname if url.scheme == "https" else None

    def measure(self, requests, connections):
        """http-load's numbers and "server_us": the server's processor time for a request, or the reason for none."""
        before = cpu_s(self.pids)
        argv = [self.load_program, self.address, str(connections), str(self.seconds), str(requests)]
        done = subprocess.run(argv + ([self.tls] if self.tls else []), text=True, capture_output=True)
        if done.returncode:
            return done.stderr.strip()[:200]
        got = json.loads(done.stdout)
        got["server_us"] = None if before is None else (cpu_s(self.pids) - before) / got["all_requests"] * 1e6
        return got


class Fixture:
    """An application with a group and a deployment, under names that nobody else has."""

    def __init__(self, target):
        self.client, self.name = target.client, f"bench-{secrets.token_hex(6)}"
        self.arn = f"arn:aws:codedeploy:{target.client.region}:{target.account}:application:{self.name}"
        self.client.call("CreateApplication", applicationName=self.name, computePlatform="Server")
        self.deployment, self.why_not = None, None
        revision = {"revisionType": "S3", "s3Location": {"bucket": "bench", "key": "none", "bundleType": "tgz"}}
        try:
            self.client.call("CreateDeploymentGroup", applicationName=self.name, deploymentGroupName="bench",
                             serviceRoleArn=ROLE.format(account=target.account))
            self.deployment = self.client.call("CreateDeployment", applicationName=self.name, deploymentGroupName="bench",
                                               revision=revision)["deploymentId"]
        except Refused as refused:
            self.why_not = str(refused)[:100]

    def remove(self):
        with contextlib.suppress(Refused):
            self.client.call("DeleteApplication", applicationName=self.name)

    def reads(self):
        """(operation, requests): signed just before they are sent, so that none is too old."""
        yield "GetApplication", [sign(self.client, "GetApplication", {"applicationName": self.name})]
        if self.deployment:
            yield "GetDeployment", [sign(self.client, "GetDeployment", {"deploymentId": self.deployment})]

    def writes(self):
        yield "TagResource", [sign(self.client, "TagResource", {
            "ResourceArn": self.arn, "Tags": [{"Key": "bench", "Value": str(n)}]}) for n in range(WRITES)]


def words(got, kind_budget):
    note = f"p50 {got['p50_us']} us, p99 {got['p99_us']} us"
    if got["server_us"]:
        note += f"; server {got['server_us']:.1f} us CPU a request, {1e6 / got['server_us']:,.0f} a CPU second"
    if got["connects"] > got["requests"] // 2:
        note += "; it closes the connection after each answer"
    return note + (f"; {kind_budget}" if kind_budget else "")


def say(row, what, got, budget=""):
    if isinstance(got, str):
        row(what, "failed", got)
    else:
        row(what, f"{got['requests_per_s']:,}/s", words(got, budget))


def run(target, row, kind):
    """All rows of one endpoint; kind: "plain" or "TLS"."""
    fixture = Fixture(target)
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
            for operation, signed in [*fixture.reads(), *fixture.writes()]:
                requests = write_requests(pathlib.Path(folder) / operation, signed, target.client.url.path or "/")
                for connections in CONNECTIONS:
                    what = f"{operation}, {connections} connection{'s' * (connections > 1)}, {kind}"
                    say(row, what, target.measure(requests, connections))
            if fixture.why_not:
                row("GetDeployment", "not asked", f"the endpoint makes no deployment: {fixture.why_not}")
    finally:
        fixture.remove()


def run_on_one_core(target, row, pid):
    """The budget's row: the server has one core, the load program the others."""
    fixture = Fixture(target)
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder, on_one_core(pid):
            operation, signed = list(fixture.reads())[-1]
            requests = write_requests(pathlib.Path(folder) / operation, signed)
            say(row, f"{operation}, 64 connections, plain, one core", target.measure(requests, 64),
                "budget 20,000/s on one core")
    finally:
        fixture.remove()
