#!/usr/bin/env python3
"""`make demo` from beginning to end, in a folder of its own, twice; and that stop leaves nothing behind."""
import importlib.machinery
import importlib.util
import re

from harness import *


def demo(world, verb, check=True):
    env = dict(clean_environment(world.folder), SLIPWAY_DEMO_DIR=str(world.folder / "demo"), SLIPWAY_BUILD_ROOT=str(BUILD))
    done = subprocess.run([str(ROOT / "tools" / "demo"), verb], env=env, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120 * PATIENCE)
    if check and done.returncode:
        raise Failure(f"tools/demo {verb} exited with {done.returncode}:\n{done.stdout}")
    return done


def processes_in(folder):
    """Those that name the folder in their command line, and agents, whose command line is a title: by their open logs."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            files = [os.readlink(fd) for fd in (process / "fd").iterdir()] if command.startswith(b"codedeploy-agent:") else []
            if str(folder).encode() in command or any(file.startswith(f"{folder}/") for file in files):
                found.append(process.name)
    return found


@case("the demo deploys, updates without silence, rolls back, and ends without a trace")
def whole(world):
    world.closers.append(lambda: demo(world, "stop", check=False))
    out = demo(world, "start").stdout
    for part in ("Revision 1 to all hosts", "ValidateService failed",
                 "KeyError 'visitors_today'", "The automatic rollback to revision 2", "Timings", "make demo-stop"):
        contains(out, part, "what the demo shows")
    lacks(out, "\033", "output that is no terminal's")
    equal(bool(re.search(r"never more than [01] of 3 hosts silent", out)), True, f"hosts silent at a time in:\n{out}")
    answered = re.search(r"(\d+) of (\d+) questions answered", out)
    equal(int(answered.group(1)) >= 0.5 * int(answered.group(2)), True, f"most questions answered ({answered.group(0)})")
    diagnose(answered.group(0))
    equal(len(processes_in(world.folder / "demo")) >= 7, True, "server, agents and guestbooks run after the demo")

    again = demo(world, "start").stdout
    contains(again, "ended the demo that was still running", "a second start")
    demo(world, "stop")
    wait_until("the end of all processes", lambda: not processes_in(world.folder / "demo"), timeout_s=5)
    contains(demo(world, "stop").stdout, "Nothing of the demo", "a second stop")


def load_demo():
    loader = importlib.machinery.SourceFileLoader("demo", str(ROOT / "tools" / "demo"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("demo", loader))
    loader.exec_module(module)
    return module


@case("two hosts that are silent together are noticed, and a pause of the machine is not taken for that")
def silences(world):
    demo = load_demo()

    def heard(*questions):
        """(asked, done, answered) each; one of a second or more is late."""
        asker = demo.Asker(None)
        asker.heard = [demo.Heard(asked, done, "1" if answered else None, not answered and done - asked >= 1)
                       for asked, done, answered in questions]
        return asker

    down = heard((0.0, 0.01, True), (0.1, 0.11, False), (0.2, 0.21, False), (0.3, 0.31, False), (0.4, 0.41, True))
    up = heard((0.0, 0.01, True), (0.4, 0.41, True))
    equal(demo.most_silent_at_once([down, up, up]), 1, "one that is down")
    equal(demo.most_silent_at_once([down, down, up]), 2, "two that are down together")
    # The machine stands still from 0.2 to 3.2. The first host comes back meanwhile, and the second one goes right after.
    before = heard((0.0, 0.01, False), (0.1, 0.11, False), (0.2, 3.2, True), (3.25, 3.26, True))
    after = heard((0.1, 0.11, True), (0.2, 3.2, False), (3.21, 3.22, False), (3.26, 3.27, False), (3.5, 3.51, True))
    equal(demo.most_silent_at_once([before, after, up]), 1, "one after the other, with a pause between")
    late = heard((0.0, 0.01, True), (0.2, 3.2, False), (3.2, 4.3, False), (4.3, 4.31, True))
    equal(demo.most_silent_at_once([late, late, late]), 0, "all late")


@case("a folder that the demo has not made is left alone")
def foreign_folder(world):
    (world.folder / "demo").mkdir()
    (world.folder / "demo" / "mine").write_text("precious")
    done = demo(world, "start", check=False)
    equal(done.returncode, 1, "exit status")
    contains(done.stdout, "move it away", "message")
    equal((world.folder / "demo" / "mine").read_text(), "precious", "my file")


if __name__ == "__main__":
    main(globals())
