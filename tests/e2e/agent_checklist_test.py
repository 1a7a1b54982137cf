#!/usr/bin/env python3
"""Every line of the host agent's conformance checklist has a case that says so in its title.

tests/golden/agent/checklist.tsv has the lines; a title begins with the numbers it shows ("15 to 18, 34: ..."), a unit test's name has them
after its module ("/appspec/72-73-file-errors"). A line without a case where it says it has one, and a title with a number that is no line,
fail. One TAP case a part of the checklist, so that a missing line is seen by its number.
"""

import re

from harness import *

TSV = ROOT / "tests" / "golden" / "agent" / "checklist.tsv"
PARTS = {"10.1 protocol": (1, 38), "10.2 specification": (39, 48), "10.3 download": (49, 69), "10.4 AppSpec": (70, 86), "10.5 Install": (87, 110),
         "10.6 hooks": (111, 130), "10.7 processes, configuration, credentials": (131, 145), "10.8 local deployments": (146, 155)}


def checklist():
    """[(number, kind, wording, places)]"""
    rows = [line.rstrip("\n").split("\t") for line in TSV.open() if not line.startswith("#")]
    return [(int(number), kind, wording, places.split()) for number, kind, wording, places in rows]


def numbers_of_title(title):
    """15 to 18, 34: -> {15, 16, 17, 18, 34}"""
    found = re.match(r"(\d+(?: to \d+)?(?:(?:, | and )\d+(?: to \d+)?)*):", title)
    return expand(re.findall(r"(\d+)(?: to (\d+))?", found.group(1))) if found else set()


def numbers_of_name(name):
    """/install-plan/103-to-106-110-what -> {103, 104, 105, 106, 110}"""
    found = re.match(r"/[^/]+/(\d+(?:-to-\d+)?(?:-\d+(?:-to-\d+)?)*)-", name)
    return expand(re.findall(r"(\d+)(?:-to-(\d+))?", found.group(1))) if found else set()


def expand(spans):
    return {number for first, last in spans for number in range(int(first), int(last or first) + 1)}


def shown_by(place):
    """Numbers that an end-to-end file, or a module's unit test, shows, with the titles."""
    if "/" in place:
        path, names = ROOT / f"{place}-test.c", r'g_test_add(?:_func|_data_func)? \("([^"]+)"'
        numbers = numbers_of_name
    else:
        path, names = E2E / place, r'@case\(f?"((?:[^"\\]|\\.)*)"'
        numbers = numbers_of_title
    shown = {}
    for title in re.findall(names, path.read_text()) if path.exists() else ():
        for number in numbers(title):
            shown.setdefault(number, []).append(title)
    return shown


def part_is_shown(first, last):
    missing = []
    for number, kind, wording, places in checklist():
        if first <= number <= last:
            for place in places:
                if number not in shown_by(place):
                    missing.append(f"{number} ({kind}) {wording}: no case in {place}")
    if missing:
        raise Failure("lines of the checklist that nothing shows:\n" + "\n".join(missing))


def of_part(name, first, last):
    @case(f"{name}: lines {first} to {last} each have their cases")
    def part(world):
        part_is_shown(first, last)
    return part


@case("the checklist is whole: 155 lines in order, each of a kind, with words and places")
def whole(world):
    rows = checklist()
    equal([number for number, *_ in rows], list(range(1, 156)))
    equal({kind for _, kind, *_ in rows}, {"K", "B"})
    equal([number for number, _, wording, places in rows if not wording or not places], [])
    equal(sorted(number for span in PARTS.values() for number in range(span[0], span[1] + 1)), list(range(1, 156)))


@case("no case names a line that is not there")
def known_numbers(world):
    known = {number for number, *_ in checklist()}
    places = [path.name for path in sorted(E2E.glob("agent_*_test.py"))] + ["local_test.py"]
    strangers = [f"{place}: {title}" for place in places for number, titles in shown_by(place).items() for title in titles if number not in known]
    equal(strangers, [])


@case("titles and names are read as they are meant")
def reading(world):
    equal(numbers_of_title("15 to 18, 34: what"), {15, 16, 17, 18, 34})
    equal(numbers_of_title("87 to 89, 100 and 101: what"), {87, 88, 89, 100, 101})
    equal(numbers_of_title("an event of 3 parts: what"), set())
    equal(numbers_of_title("16 in parallel: what"), set())
    equal(numbers_of_name("/install-plan/103-to-106-110-what"), {103, 104, 105, 106, 110})
    equal(numbers_of_name("/appspec/aliases-are-accepted"), set())


for function, (part_name, span) in enumerate(PARTS.items()):
    globals()[f"part_{function + 1}"] = of_part(part_name, *span)


if __name__ == "__main__":
    main(globals())
