#!/usr/bin/env python3
"""Kills start, stop, and the agent that is starting, at their system calls; then the verbs have to work.

STEP=1 in the environment takes every call there is.
"""

from harness import *
from crash_rig import DeployingService, KilledAgent, Point


class Verbs:
    """A host with an agent that has nothing to do, and verbs that are killed."""

    def __init__(self, world):
        self.service = DeployingService(world)
        self.agent = self.service.agent("web-1", start=False)
        self.state = self.agent.root / "state"

    def run(self, verb, expected=0):
        done = subprocess.run([str(AGENT), "--config-file", str(self.agent.config), verb], env=self.agent.env, text=True,
                              capture_output=True, timeout=30 * PATIENCE)
        equal(done.returncode, expected, f"exit status of {verb} ({done.stdout}{done.stderr})")

    def points(self, verb):
        """Its calls, with those of the daemon until that is asked to stop."""
        recorded = KilledAgent(self.agent, verb=verb)
        try:
            if verb == "start":
                wait_until("a poll", lambda: recorded.look(0.01) or self.service.calls, pause_s=0)
                self.run("stop")
            recorded.wait_gone()
        finally:
            recorded.close()
        return [Point(role, number, kill, "before") for role, number, _ in recorded.calls() for kill in ("agent", "process")]

    def kill_at(self, verb, point):
        """The verb, once it was killed or has ended by itself."""
        killed = KilledAgent(self.agent, point, verb=verb)
        killed.go_on()  # nobody looks at this instant
        wait_until("the kill", lambda: killed.look(0.01) or killed.killed or killed.gone or self.is_up(verb), pause_s=0)
        return killed

    def is_up(self, verb):
        return verb == "start" and self.service.calls

    def start_again(self, killed):
        """A start that finds the agent well says so, and the kill may come after that: then it is for the next start."""
        was_killed = killed.killed
        self.run("start")
        if self.status() == 0:  # asked once: an agent that is still to be killed may be so at any moment
            return
        if not was_killed:
            wait_until("the kill", lambda: killed.look(0.01) or killed.killed, pause_s=0)
            self.run("start")
        self.run("status")

    def status(self):
        return subprocess.run([str(AGENT), "--config-file", str(self.agent.config), "status"], env=self.agent.env, capture_output=True,
                              timeout=30 * PATIENCE).returncode

    def attempt(self, verb, point):
        """One kill, and whether verbs do their work afterwards. Returns whether there was a kill."""
        self.service.calls.clear()
        if verb == "stop":
            self.run("start")
        killed = self.kill_at(verb, point)
        try:
            if verb == "start":
                self.start_again(killed)
            self.run("stop")
            self.run("status", 3)
            equal([path.name for path in self.state.iterdir()], ["codedeploy-agent.pid.lock"], "files in pid_dir")
            return killed.killed is not None
        except (Failure, subprocess.TimeoutExpired) as failure:
            killed.look()
            raise Failure(f"{verb} at {point}: {failure}\n  {killed.killed}") from failure
        finally:
            killed.close()


def verb_case(world, verb, step):
    step = int(os.environ.get("STEP", step))
    verbs = Verbs(world)
    kills = sum(verbs.attempt(verb, point) for point in verbs.points(verb)[::step])
    diagnose(f"{kills} kills")
    if not kills:
        raise Failure("no point was reached")


@case("start is killed, or the agent that it starts; then start works, and stop")
def start(world):
    verb_case(world, "start", 5)


@case("stop is killed; then stop works")
def stop(world):
    verb_case(world, "stop", 2)


if __name__ == "__main__":
    main(globals())
