#!/usr/bin/env python3
"""`make demo` from beginning to end, in a folder of its own, twice; and that stop leaves nothing behind."""
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
    for part in ("Revision 1 to all hosts", "never more than 1 of 3 hosts silent", "ValidateService failed",
                 "KeyError 'visitors_today'", "The automatic rollback to revision 2", "Timings", "make demo-stop"):
        contains(out, part, "what the demo shows")
    lacks(out, "\033", "output that is no terminal's")
    answered = re.search(r"(\d+) of (\d+) questions answered", out)
    equal(int(answered.group(1)) >= 0.5 * int(answered.group(2)), True, f"most questions answered ({answered.group(0)})")
    diagnose(answered.group(0))
    equal(len(processes_in(world.folder / "demo")) >= 7, True, "server, agents and guestbooks run after the demo")

    again = demo(world, "start").stdout
    contains(again, "ended the demo that was still running", "a second start")
    demo(world, "stop")
    wait_until("the end of all processes", lambda: not processes_in(world.folder / "demo"), timeout_s=5)
    contains(demo(world, "stop").stdout, "Nothing of the demo", "a second stop")


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
