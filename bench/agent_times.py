"""How long the agent itself takes: for a command that has nothing to do, and from its start to the first poll.

Both are seen from outside, by a service of the test tree that only answers. A command's time is the sum of what passes between
the end of each answer and the arrival of the next call's first line, from the poll's to the report: the service's own times are
left out, but what the two cores that it shares with the agent cost both. In the short conversation (docs/host-protocol.md) it is what passes
between the answer that brings a command and the next report, which is about it. The start's time is from posix_spawn to the arrival of the first poll, the
check before it (agent.md 1.12) and its answer included. The connection is plain, so no TLS handshake is in either.
"""

import json
import os
import signal
import statistics
import threading
import time

from harness import AGENT, wait_until
from scripted_service import ScriptedService

COMMANDS, STARTS, BUDGET_COMMAND_MS, BUDGET_START_MS = 50, 15, 5, 20
STEPS = ("PollHostCommand", "GetDeploymentSpecification", "PutHostCommandAcknowledgement", "PutHostCommandComplete")


class TimedService(ScriptedService):
    """Answers, and looks at nothing: (operation, arrived, answered) of each call."""

    def __init__(self, world, short=False):
        self.moments, self.polled = [], threading.Event()
        super().__init__(world, hold_s=20, short=short)

    def told_all(self):
        return {operation for operation, _, _ in self.moments[:]} >= set(STEPS)

    def answer_call(self, handler):
        arrived = handler.arrived
        operation = handler.headers.get("x-amz-target", "").rpartition(".")[2]
        if operation == "PollHostCommand" and not self.polled.is_set():
            self.first_poll = arrived
            self.polled.set()
        body = json.loads(self.request_of(handler).body)
        if operation == "PollHostCommand":
            answer = self.poll(body, handler.connection)
        else:
            answer = getattr(self, "default_" + operation)(body)
        if self.short:
            answer = self.in_short(operation, body, answer)
        self.reply(handler, 200, json.dumps(answer).encode(), {"Content-Type": "application/x-amz-json-1.1"})
        self.moments.append((operation, arrived, time.monotonic()))


def gaps_ms(moments):
    """Between one command's calls, not in them."""
    times = {operation: (arrived, answered) for operation, arrived, answered in moments}
    return [(times[after][0] - times[before][1]) * 1000 for before, after in zip(STEPS, STEPS[1:])]


def one_command(service):
    # the poll that hands the command out is there, so the moments are those from its answer on
    service.moments.clear()
    service.command("ApplicationStop", service.noop)
    return gaps_ms(wait_until("the report", lambda: service.told_all() and service.moments[:], 10, 0.005))


def commands(world, row):
    service = TimedService(world)
    service.noop = service.document()
    agent = service.agent()
    service.polled.wait(20)
    one_command(service)  # signs the specification, once
    gaps = [one_command(service) for _ in range(COMMANDS)]
    agent.stop()
    taken = sorted(sum(of_one) for of_one in gaps)
    medians = [statistics.median(gap) for gap in zip(*gaps)]
    row("agent, no-op event, command to report", f"{statistics.median(taken):.1f} ms",
        f"slowest of {COMMANDS}: {taken[-1]:.1f} ms; budget {BUDGET_COMMAND_MS} ms; to specification, acknowledgement, report: "
        + ", ".join(f"{gap:.1f}" for gap in medians))


def short_commands(world, row):
    service = TimedService(world, short=True)
    service.noop = service.document()
    agent = service.agent("short", start=False)
    done = [service.command("ApplicationStop", service.noop) for _ in range(COMMANDS + 2)]
    agent.start()  # whose first poll brings the first of them
    service.result(done[-1])
    agent.stop()
    reports = [moment for moment in service.moments if moment[0] == STEPS[2]]
    taken = sorted((after[1] - before[2]) * 1000 for before, after in zip(reports[1:], reports[2:]))
    row("agent, no-op event, short conversation", f"{statistics.median(taken):.1f} ms",
        f"slowest of {len(taken)}: {taken[-1]:.1f} ms; budget {BUDGET_COMMAND_MS} ms; "
        f"{len(service.moments)} requests for {len(done)} events")


def one_start(service, agent):
    service.polled.clear()
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    began = time.monotonic()
    pid = os.posix_spawn(str(AGENT), [str(AGENT), "--config-file", str(agent.config), "run"], agent.env, file_actions=null)
    polled = service.polled.wait(20)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    if not polled:
        raise TimeoutError("the agent does not poll")
    return (service.first_poll - began) * 1000


def starts(world, row):
    service = TimedService(world)
    agent = service.agent("starts", start=False)
    taken = sorted(one_start(service, agent) for _ in range(STARTS))
    row("agent, start to first poll", f"{statistics.median(taken):.1f} ms",
        f"slowest of {STARTS}: {taken[-1]:.1f} ms; budget {BUDGET_START_MS} ms")


def run(world, row):
    commands(world, row)
    short_commands(world, row)
    starts(world, row)
