#!/usr/bin/env python3
"""Kills the agent with SIGKILL at its system calls in the course of a deployment, starts it again, and checks what must hold.

  agent_crash_test.py [CASE...]        what "make test" runs: a fixed spread of calls, more of them in Install
  agent_crash_test.py --every [ROLE...]
                                       each call that changes something or talks, for the whole agent and for the process that makes it
  agent_crash_test.py --at POINT[,POINT]...
                                       the runs that a failure named: fork:57 or main:3/process; see tests/e2e/crash_rig.py. With a
                                       second point the agent that was started again is killed as well
  agent_crash_test.py --list           the calls with their numbers

With --reruns the agent has rerun_interrupted_hooks, with --short SECONDS the service knows the short conversation and the agent has that
acknowledge_after. With --all-calls every call there is counts, and numbers mean those. --first N and --step N pick of many.
"""
import argparse

from harness import *
from crash_order import check_order
from crash_rig import AS_NOBODY, LOGS_FULL, Point, Rig

SPREAD_STEP, INSTALL_STEP, RECOVERY_STEP = 17, 3, 5


def attempt(rig, *points, all_calls=False):
    """None, or what went wrong there."""
    try:
        kills = rig.run(*points, all_calls=all_calls)
    except Failure as failure:
        where = ",".join(map(str, points))
        options = (" --reruns" if rig.reruns else "") + (f" --short {rig.short}" if rig.short is not None else "")
        return f"{where}: {failure}\n  again: tests/e2e/agent_crash_test.py{options} --at {where}"
    return kills


def run_points(rig, runs, all_calls=False):
    """Each run is a tuple of points; fails at the end with all that went wrong."""
    wrong, kills = [], 0
    for run in runs:
        result = attempt(rig, *run, all_calls=all_calls)
        if isinstance(result, str):
            wrong.append(result)
            diagnose(result)
        else:
            kills += result
    diagnose(f"{len(runs)} runs, {kills} kills, {len(wrong)} failed")
    if wrong:
        raise Failure(f"{len(wrong)} of {len(runs)} runs failed; the first: {wrong[0]}")
    if runs and not kills:
        raise Failure("no point was reached")


def install_calls(rig):
    """The calls of the Install command, in the order of the record."""
    role, first, last = rig.install_window()
    return [(role, number) for number in range(first, last + 1)]


@case("killed as a whole at calls all over a deployment")
def spread(world):
    rig = Rig(world)
    runs = [(Point(role, number, "agent", "before"),) for role, number, _ in rig.record[::SPREAD_STEP]]
    run_points(rig, runs)


@case("killed as a whole in Install")
def install(world):
    rig = Rig(world)
    run_points(rig, [(Point(role, number, "agent", "before"),) for role, number in install_calls(rig)[::INSTALL_STEP]])


@case("one process killed, after the call")
def one_process(world):
    rig = Rig(world)
    runs = [(Point(role, number, "process", "after"),) for role, number, _ in rig.record[SPREAD_STEP // 2::2 * SPREAD_STEP]]
    run_points(rig, runs)


@case("killed in Install, and again while it recovers")
def recovery(world):
    rig = Rig(world)
    calls = install_calls(rig)
    first = [calls[len(calls) * part // 4] for part in (1, 2, 3)]
    runs = [(Point(role, number, "agent", "before"), Point("any", again, "agent", "before"))
            for role, number in first for again in range(1, 60, RECOVERY_STEP)]
    run_points(rig, runs)


@case("rerun_interrupted_hooks: killed all over a deployment, only DownloadBundle and Install may fail, and scripts run once more at most")
def reruns(world):
    rig = Rig(world, reruns=True)
    calls = [(role, number) for role, number, _ in rig.record]
    run_points(rig, [(Point(*call, "agent", "before"),) for call in calls[::2 * SPREAD_STEP]]
               + [(Point(*call, "process", "after"),) for call in calls[SPREAD_STEP::2 * SPREAD_STEP]])


@case("killed all over a deployment in the short conversation, in which downloads and Installs are acknowledged at once")
def short(world):
    rig = Rig(world, short=0)
    equal([call.operation for call in rig.service.calls if call.operation == "GetDeploymentSpecification"], [], "fetched specifications")
    calls = [(role, number) for role, number, _ in rig.record]
    run_points(rig, [(Point(*call, "agent", "before"),) for call in calls[::2 * SPREAD_STEP]]
               + [(Point(*call, "process", "after"),) for call in calls[SPREAD_STEP::2 * SPREAD_STEP]])


@case("the same, where they are not acknowledged: killed as a whole, and one process")
def short_unacknowledged(world):
    rig = Rig(world, short=3600)
    calls = [(role, number) for role, number, _ in rig.record]
    run_points(rig, [(Point(*call, "agent", "before"),) for call in calls[SPREAD_STEP // 2::2 * SPREAD_STEP]]
               + [(Point(*call, "process", "after"),) for call in calls[3 * SPREAD_STEP // 2::2 * SPREAD_STEP]])


@case("an agent without privileges is killed: one process, its parts are threads")
def without_privileges(world):
    if os.geteuid() != 0:
        raise Skip("the other cases are without privileges already")
    rig = Rig(world, prefix=AS_NOBODY)
    run_points(rig, [(Point(role, number, "agent", "before"),) for role, number, _ in rig.record[::2 * SPREAD_STEP]])


@case("what an Install relies on is synced before the next thing happens")
def order(world):
    rig = Rig(world)
    role = rig.install_window()[0]
    texts = [text for of, _, text in rig.record if of == role]
    problems = check_order(texts, str(rig.files))
    equal(problems, [], "calls out of order")
    # and the check finds what it is to find
    decision = next(index for index, text in enumerate(texts) if text.startswith("rename") and text.endswith("-journal-committed"))
    for left_out, found in ((texts[:decision - 1] + texts[decision:], "bytes"), (texts[:decision + 1] + texts[decision + 2:], "decision"),
                            (texts[:decision] + texts[decision + 1:], "decision")):
        contains("\n".join(check_order(left_out, str(rig.files))), found)


@case("killed while logs are rotated")
def rotation(world):
    rig = Rig(world, logs=LOGS_FULL)
    near = set()
    for index, (_, _, text) in enumerate(rig.record):
        if "rename" in text and ".log" in text:
            near.update(range(index - 2, index + 4))
    if len(near) < 12:
        raise Failure("the logs are not rotated in this run")
    run_points(rig, [(Point(*rig.record[index][:2], "agent", "before"),) for index in sorted(near)])


# ---- the command line ----


def options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--at", action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--all-calls", action="store_true")
    parser.add_argument("--reruns", action="store_true")
    parser.add_argument("--short", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--kill", choices=["agent", "process"], action="append")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def every(asked):
    @case("every call")
    def every_call(world):
        rig = Rig(world, all_calls=asked.all_calls, reruns=asked.reruns, short=asked.short)
        calls = [(role, number) for role, number, _ in rig.record if not asked.names or role in asked.names]
        runs = [(Point(role, number, kill, "before"),) for kill in asked.kill or ["agent", "process"]
                for role, number in calls[asked.first::asked.step]]
        run_points(rig, runs, asked.all_calls)
    return every_call


def at(asked):
    @case("the points named")
    def named(world):
        rig = Rig(world, all_calls=asked.all_calls, reruns=asked.reruns, short=asked.short)
        for text in asked.at:
            run_points(rig, [tuple(map(Point.parse, text.split(",")))], asked.all_calls)
            diagnose("\n".join(rig.killed))
    return named


def listing(asked):
    @case("the calls")
    def calls(world):
        rig = Rig(world, all_calls=asked.all_calls, reruns=asked.reruns, short=asked.short)
        for role, number, text in rig.record:
            diagnose(f"{role}:{number} {text.replace(str(rig.home), 'HOST')}")
    return calls


if __name__ == "__main__":
    asked = options()
    chosen = listing if asked.list else at if asked.at else every if asked.every else None
    if chosen is None:
        main(globals())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("1..1")
    sys.exit(0 if run_case(1, chosen.__name__, chosen(asked)) else 1)
