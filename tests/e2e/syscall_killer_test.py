#!/usr/bin/env python3
"""The tool that kills a program at a system call: whom, when, and what it tells."""

from harness import *

KILLER = BUILD / "tests" / "tracer" / "syscall-killer"

# A program of two processes; the second names itself, as the agent's do, and runs another program.
PROGRAM = """
import ctypes, os, subprocess
def touch(name):
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
touch("begun")
worker = os.fork()
if worker == 0:
    ctypes.CDLL(None).prctl(15, b"worker", 0, 0, 0)
    touch("first")
    subprocess.run(["touch", "tool"])
    touch("second")
    os._exit(7)
_, status = os.waitpid(worker, 0)
os.rename("begun", f"ended-{os.waitstatus_to_exitcode(status)}")
os._exit(3)
"""


def run(world, *options, program=PROGRAM):
    """Returns (exit status, files that are there, lines told)."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=world.folder))
    done = subprocess.run([str(KILLER), *options, "--", sys.executable, "-c", program], cwd=folder, text=True, capture_output=True,
                          timeout=60 * PATIENCE, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
    return done.returncode, sorted(path.name for path in folder.iterdir()), done.stderr.splitlines()


def number_of(world, role, text):
    """Of the one call of that role which has the text in it."""
    lines = run(world, "--record")[2]
    found = [line.split()[2] for line in lines if line.startswith(f"call {role} ") and text in line]
    equal(len(found), 1, f"calls with {text}")
    return found[0]


@case("a record has the calls of the program's processes, each with its number, and none of other programs")
def record(world):
    status, files, lines = run(world, "--record")
    equal((status, files), (3, ["ended-7", "first", "second", "tool"]))
    calls = [line.split(maxsplit=3) for line in lines if line.startswith("call ")]
    for role in ("main", "worker"):
        numbers = [int(call[2]) for call in calls if call[1] == role]
        equal(numbers, list(range(1, len(numbers) + 1)), f"numbers of {role}")
        contains("\n".join(lines), f"total {role} {len(numbers)}")
    told = "\n".join(call[3] for call in calls)
    for word in ("/begun", "/first", "/second", "ended-7", "exit_group 7", "touch"):
        contains(told, word)
    lacks(told, "/tool")
    equal(lines.count("gone"), 1)


@case("before the call it has no effect, after it has")
def before_and_after(world):
    point = f"worker:{number_of(world, 'worker', '/second')}"
    equal(run(world, "--at", point, "--kill", "process")[1], ["ended--9", "first", "tool"])
    equal(run(world, "--at", point, "--kill", "process", "--after")[1], ["ended--9", "first", "second", "tool"])


@case("the whole program is killed, or the one process")
def whom(world):
    point = f"worker:{number_of(world, 'worker', '/first')}"
    status, files, lines = run(world, "--at", point)
    equal((status, files), (137, ["begun"]))
    equal([line.split()[:3] for line in lines if line.startswith("killed")], [["killed", "worker", point[7:]]])
    equal(lines[-1], "gone")
    equal(run(world, "--at", point, "--kill", "process")[:2], (3, ["ended--9"]))


@case("a number that is not reached is told by the totals")
def not_reached(world):
    status, files, lines = run(world, "--at", "worker:100000")
    equal((status, files), (3, ["ended-7", "first", "second", "tool"]))
    lacks("\n".join(lines), "killed")
    contains("\n".join(lines), "total worker ")


@case("after a kill nothing goes on until it is told to")
def control(world):
    point = f"worker:{number_of(world, 'worker', '/first')}"
    read_report, report = os.pipe()
    control, write_control = os.pipe()
    folder = world.folder / "held"
    folder.mkdir()
    argv = [str(KILLER), "--at", point, "--kill", "process", "--report-fd", str(report), "--control-fd", str(control), "--",
            sys.executable, "-c", PROGRAM]
    with subprocess.Popen(argv, cwd=folder, pass_fds=(report, control)) as child:
        os.close(report)
        os.close(control)
        contains(os.read(read_report, 1000).decode(), "killed worker")
        equal(sorted(path.name for path in folder.iterdir()), ["begun"])
        os.write(write_control, b"\n")
        equal(child.wait(60 * PATIENCE), 3)
    equal(sorted(path.name for path in folder.iterdir()), ["ended--9"])
    os.close(read_report)
    os.close(write_control)


@case("every call there is, when asked")
def all_calls(world):
    lines = run(world, "--record", "--all-calls", program="import os; os.getppid(); os._exit(0)")[2]
    contains("\n".join(lines), " getppid")
    lacks("\n".join(run(world, "--record", program="import os; os.getppid(); os._exit(0)")[2]), " getppid")


if __name__ == "__main__":
    main(globals())
