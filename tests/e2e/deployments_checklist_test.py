#!/usr/bin/env python3
"""Every line of the deployments' conformance checklist names the cases that show it, and those cases exist.

tests/golden/deployments/checklist.tsv has the lines: number, kind, wording, and where it is shown, as module:case. A module is a unit test's
("server/engine/stages"), or a source of the simulator, where what is broken on purpose has a name of its own; a case is the last part of the
test's name. Lines of kind L are of Lambda and ECS alone; those of kind O are shown by nothing yet, and are told as skipped. A line of hosts without a
case, and a case that there is not, fail.
"""

import re

from harness import *

TSV = ROOT / "tests" / "golden" / "deployments" / "checklist.tsv"
PARTS = {"lifecycle": (1, 16), "statuses": (17, 25), "batch arithmetic": (26, 54), "zones": (55, 61), "traffic schedules": (62, 69),
         "health and ordering": (70, 76), "ignoreApplicationStopFailures": (77, 81), "timeouts": (82, 89), "errors": (90, 97),
         "rollback": (98, 114), "stop": (115, 120), "blue/green": (121, 131), "balancers and Auto Scaling": (132, 139),
         "ECS and Lambda": (140, 148), "alarms and notifications": (149, 155), "selection and concurrency": (156, 163), "agent side": (164, 172)}


def checklist():
    """[(number, kind, wording, places)]"""
    rows = [line.rstrip("\n").split("\t") for line in TSV.open() if not line.startswith("#")]
    return [(int(number), kind, wording, places.split()) for number, kind, wording, places in rows]


def source_of(module):
    """A unit test's source, or the module itself where its tables are what is tested."""
    test = ROOT / f"{module}-test.c"
    return (test if test.exists() else ROOT / f"{module}.c").read_text()


def exists(place):
    """Whether the source has the case's name in quotes, by itself or as the last part of a name."""
    module, _, case_name = place.partition(":")
    return case_name != "" and re.search(rf'"(?:[^"\n]*/)?{re.escape(case_name)}"', source_of(module)) is not None


def part_is_shown(first, last):
    rows = [row for row in checklist() if first <= row[0] <= last]
    missing = [f"{number} {wording} no case" for number, kind, wording, places in rows if kind == "H" and not places]
    missing += [f"{number} {wording} no case {place}" for number, _, wording, places in rows for place in places if not exists(place)]
    if missing:
        raise Failure("lines of the checklist that nothing shows:\n" + "\n".join(missing))


def of_part(name, first, last):
    @case(f"{name}: lines {first} to {last} have their cases")
    def part(world):
        part_is_shown(first, last)
    return part


@case("the checklist is whole: 172 lines in order, each of a kind and with words")
def whole(world):
    rows = checklist()
    equal([number for number, *_ in rows], list(range(1, 173)))
    equal({kind for _, kind, *_ in rows} - {"H", "L", "O"}, set())
    equal([number for number, _, wording, _ in rows if not wording], [])
    equal(sorted(number for span in PARTS.values() for number in range(span[0], span[1] + 1)), list(range(1, 173)))


@case("what a later part shows is not called shown")
def honest(world):
    equal([number for number, kind, _, places in checklist() if kind == "O" and places], [])


@case("lines that nothing shows yet")
def still_open(world):
    numbers = [str(number) for number, kind, *_ in checklist() if kind == "O"]
    if numbers:
        raise Skip("no test yet: " + ", ".join(numbers))


@case("a case that there is not is noticed")
def reading(world):
    equal(exists("core/scheduler:34-one-target"), True)
    equal(exists("core/scheduler:34-two-targets"), False)
    equal(exists("core/scheduler:one-target"), False)
    equal(exists("core/scheduler:"), False)


for function, (part_name, span) in enumerate(PARTS.items()):
    globals()[f"part_{function + 1}"] = of_part(part_name, *span)


if __name__ == "__main__":
    main(globals())
