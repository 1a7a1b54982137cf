#!/usr/bin/env python3
"""Kills agents with SIGKILL at random moments of three-host deployments, and starts them again at once.

Every deployment must end soon, not by a timeout, and no hook may run twice; an event that was cut off fails, one that had
not begun runs. SEED repeats a run's moments, KILLS changes their number.
"""
import random

from harness import *
from kill_test import EVENTS, Fleet, HOSTS, check_no_hook_twice, check_order

KILLS = int(os.environ.get("KILLS", "20"))


def wait_for_a_moment(fleet, deployment, name):
    """At random: any moment, or the beginning of one of the host's hooks."""
    if fleet.random.random() < 0.3:
        time.sleep(fleet.random.uniform(0.0, 0.35))
        return
    event = fleet.random.choice(EVENTS)
    deadline = time.monotonic() + 1.5 * PATIENCE
    while (deployment, event) not in fleet.hook_runs(name) and time.monotonic() < deadline:
        time.sleep(0.005)


@case(f"every deployment ends through {KILLS} kills of agents, and no hook runs twice")
def agent_kills(world):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
    diagnose(f"SEED={seed}")
    fleet = Fleet(world, seed)
    equal(fleet.finish(fleet.create("good", "AllAtOnce"))["status"], "Succeeded", "status without a kill")
    kills, ends, longest = 0, [], 0.0
    while kills < KILLS:
        deployment, began = fleet.create("good", "AllAtOnce"), time.monotonic()
        for _ in range(fleet.random.randint(1, 3)):
            name = fleet.random.choice(HOSTS)
            wait_for_a_moment(fleet, deployment, name)
            agent = fleet.agents[name]
            agent.kill()
            agent.start()
            kills += 1
        info = fleet.finish(deployment)
        longest = max(longest, time.monotonic() - began)
        ends.append(info["status"])
        rollback = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        if info["status"] == "Failed" and rollback:
            equal(fleet.finish(rollback)["status"], "Succeeded", "status of the rollback")
        for name in HOSTS:
            check_order(fleet, deployment, name)
            target = fleet.call("GetDeploymentTarget", deploymentId=deployment, targetId=name)["deploymentTarget"]["instanceTarget"]
            if target["status"] == "Succeeded":
                equal([event for event in EVENTS if (deployment, event) in fleet.hook_runs(name)], EVENTS, f"hooks on {name}")
            else:
                failed = [event for event in target["lifecycleEvents"] if event["status"] == "Failed"]
                equal(len(failed), 1, f"failed events of {name}")
                contains(failed[0]["diagnostics"]["message"], "restarted", f"message of {name}")
        check_no_hook_twice(fleet)
    diagnose(f"{kills} kills, {len(ends)} deployments, of which {ends.count('Succeeded')} succeeded; the longest took {longest:.1f} s")


if __name__ == "__main__":
    main(globals())
