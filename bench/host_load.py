"""A large deployment, and small ones beside many waiting hosts, in numbers.

bench/host-load is all hosts in one process; this starts the server, asks for deployments, and reads what processor time they took:
of the server as a whole, of its one thread that writes to the store, and of the load program, which shares the cores with it.
"""

import json
import math
import os
import pathlib
import statistics
import subprocess
import time

from harness import SERVICE_ROLE, wait_until

# Nothing but the machine is to limit it. A machine that is fifty times slower still ends what it has begun.
SETTINGS = """rate_reads: 0
rate_writes: 0
rate_host_commands: 0
rate_objects: 0
quota_users: 1000000
quota_instances_per_deployment: 1000000
quota_concurrent_instances: 1000000
max_connections: 65536
"""
DEPLOYMENT_TIMEOUT_S = 600
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bench", "key": "no-op.tgz", "bundleType": "tgz"}}
EVENTS_PER_TARGET = 7


RAN, WAITED = 0, 1  # columns of /proc/PID/task/TID/schedstat


def threads_s(pid, column):
    """Seconds that each of a process's threads had a processor so far, or waited for one; by its name."""
    seconds = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        seconds[name] = seconds.get(name, 0) + int((task / "schedstat").read_text().split()[column]) / 1e9
    return seconds


def memory_peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status has no VmHWM")


class Load:
    """The load program with its hosts, all of them registered and their polls parked."""

    def __init__(self, program, server, n_hosts, tls=False):
        self.server, self.n_hosts = server, n_hosts
        key_id, secret = server.credentials()
        self.child = subprocess.Popen(
            [str(program), server.address, str(n_hosts)] + (["tls"] if tls else []), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret})
        self.registered_s = float(self.line("registered")[1])
        self.wait_until_parked()

    def line(self, word):
        fields = self.child.stdout.readline().split()
        if fields[:1] != [word]:
            raise RuntimeError(f"bench/host-load said {fields} and not {word}")
        return fields

    def order(self, text):
        self.child.stdin.write(text + "\n")
        self.child.stdin.flush()

    def report(self):
        self.order("report")
        return json.loads(self.child.stdout.readline())

    def parked(self):
        metrics = self.server.get("/metrics")[2].decode()
        return int(next(line for line in metrics.splitlines() if line.startswith("slipway_polls_parked ")).split()[1])

    def wait_until_parked(self):
        wait_until("all polls to be parked", lambda: self.parked() == self.n_hosts, timeout_s=120, pause_s=0.02)

    def stop(self):
        self.child.stdin.close()
        self.child.wait()


class Fleet:
    """A server with its hosts, and the groups that select them."""

    def __init__(self, server, load):
        self.server, self.load, self.client = server, load, server.client()
        self.client.call("CreateApplication", applicationName="bench")
        self.client.call("RegisterApplicationRevision", applicationName="bench", revision=REVISION)

    def make_group(self, n_hosts):
        ranks = [10 ** n for n in range(math.ceil(math.log10(n_hosts)) + 1)]
        self.client.call("CreateDeploymentGroup", applicationName="bench", deploymentGroupName=f"of-{n_hosts}",
                         serviceRoleArn=SERVICE_ROLE, deploymentConfigName="CodeDeployDefault.AllAtOnce",
                         onPremisesInstanceTagFilters=[{"Key": "rank", "Value": str(rank), "Type": "KEY_AND_VALUE"}
                                                       for rank in ranks])

    def create(self, n_hosts):
        return self.client.call("CreateDeployment", applicationName="bench", deploymentGroupName=f"of-{n_hosts}",
                                revision=REVISION)["deploymentId"]

    def end(self, deployment, n_hosts):
        def over():
            info = self.client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]
            return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
        info = wait_until("the deployment", over, timeout_s=DEPLOYMENT_TIMEOUT_S, pause_s=0.002 if n_hosts < 100 else 0.05)
        assert info["status"] == "Succeeded" and info["deploymentOverview"]["Succeeded"] == n_hosts, info
        return info

    def deploy(self, n_hosts):
        """(seconds from asking for it until the first event has begun on a host, the deployment's information)."""
        began = time.monotonic()
        deployment = self.create(n_hosts)
        fields = self.load.line("started")
        assert fields[1].endswith(deployment), (fields, deployment)
        return float(fields[2]) - began, self.end(deployment, n_hosts)


class Spent:
    """What deployments cost: made before, asked after them."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.load = fleet.load.report()
        self.pid = fleet.server.process.pid
        self.server = threads_s(self.pid, RAN)
        self.waited = threads_s(self.pid, WAITED)

    def end(self):
        after = threads_s(self.pid, RAN)
        self.server_s = sum(seconds - self.server.get(name, 0) for name, seconds in after.items())
        self.writer_s = after["store-writer"] - self.server["store-writer"]
        self.writer_waited_s = threads_s(self.pid, WAITED)["store-writer"] - self.waited["store-writer"]
        load = self.fleet.load.report()
        self.load_s = load["cpu_s"] - self.load["cpu_s"]
        self.reports = load["acknowledgements"] + load["completions"]
        self.requests = self.reports + load["polls"] + load["specifications"]
        return self


def deploy_to_all(fleet, row, pattern, budget_s, what):
    load, n_hosts = fleet.load, fleet.load.n_hosts
    load.order(f"pattern {pattern}")
    spent = Spent(fleet)
    first_s, info = fleet.deploy(n_hosts)
    spent.end()
    took = info["completeTime"] - info["createTime"]
    row(f"{what}, {n_hosts:,} hosts", f"{took:.1f} s", f"create to Succeeded; budget {budget_s} s; first hook after {first_s * 1000:.0f} ms; "
        f"{spent.requests / n_hosts / EVENTS_PER_TARGET:.1f} requests an event, {spent.requests / took:,.0f}/s")
    row("  its processor time", f"{spent.server_s:.1f} s", f"server, {spent.server_s / spent.requests * 1e6:.0f} us a request, "
        f"{spent.writer_s:.1f} s of it the store's writer, which waited {spent.writer_waited_s:.1f} s for a core; "
        f"load program {spent.load_s:.1f} s")
    load.wait_until_parked()


def first_hook(fleet, row, n_deployments):
    fleet.make_group(1)
    fleet.deploy(1)
    times = sorted(fleet.deploy(1)[0] * 1000 for _ in range(n_deployments))
    row("CreateDeployment to the first hook's start", f"{statistics.median(times):.0f} ms",
        f"p50 of {n_deployments} with {fleet.load.n_hosts:,} hosts parked; p99 {times[n_deployments * 99 // 100]:.0f} ms; "
        "budget 100 ms and 1000 ms")


def cost_per_report(fleet, row, sizes):
    """The same number of reports each time."""
    first = None
    for size in sizes:
        if size != fleet.load.n_hosts:
            fleet.make_group(size)
            fleet.deploy(size)
        fleet.load.wait_until_parked()
        spent = Spent(fleet)
        for _ in range(max(1, sizes[-1] // size // 4)):
            fleet.deploy(size)
        spent.end()
        server_us, writer_us = spent.server_s / spent.reports * 1e6, spent.writer_s / spent.reports * 1e6
        first = first or (server_us, writer_us)
        row(f"cost of a report, deployment of {size:,}", f"{server_us:.0f} us", f"server's processor time, {writer_us:.0f} us of it the "
            f"store's writer; {server_us / first[0]:.2f} and {writer_us / first[1]:.2f} of the smallest's")


def run(fleet, row):
    n_hosts = fleet.load.n_hosts
    fleet.make_group(n_hosts)
    what = "7-event no-op deployment, "
    deploy_to_all(fleet, row, "stock-1.8", 20, what + "stock 1.8")
    deploy_to_all(fleet, row, "stock-2.x", 20, what + "stock 2.x")
    deploy_to_all(fleet, row, "short", 10, what + "short")
    first_hook(fleet, row, min(200, n_hosts))
    cost_per_report(fleet, row, [n for n in (100, 1000) if n < n_hosts] + [n_hosts])
    row("server, memory at its peak", f"{memory_peak_mib(fleet.server.process.pid):.0f} MiB RSS", "budget 400 MiB")
    fleet.load.stop()
    fleet.server.stop()
