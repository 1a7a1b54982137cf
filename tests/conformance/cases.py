"""Reads tests/golden/api/: the cases, the fixtures that they stand on, and which lines have none."""

import json
import pathlib

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "api"
# Lines of the conformance checklist.
FIRST, LAST = 1, 192

CASE_KEYS = {"line", "title", "on", "given", "let", "steps"}
FIXTURE_KEYS = {"about", "given", "let", "steps"}


class BadFiles(Exception):
    """What is wrong with the files, all of it."""


def read_json(path):
    def no_duplicates(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise BadFiles(f"{path.name}: a member is there twice among {[name for name, _ in pairs]}")
        return dict(pairs)

    try:
        return json.loads(path.read_text(), object_pairs_hook=no_duplicates)
    except ValueError as error:
        raise BadFiles(f"{path.name}: {error}") from None


def complaints(cases, left_out, fixtures):
    """Everything that the files say wrongly; empty when they are good."""
    found = []
    seen = {}
    for group, case in cases:
        line = case.get("line")
        where = f"{group}: line {line}"
        if set(case) - CASE_KEYS or not {"line", "title", "steps"} <= set(case) or not case["steps"]:
            found.append(f"{where} has the members {sorted(case)}")
        if line in seen:
            found.append(f"{where} stands in {seen[line]} as well")
        seen[line] = group
        found += [f"{where}: there is no fixture {name}" for name in case.get("given", []) if name not in fixtures]
    for name, fixture in fixtures.items():
        if set(fixture) - FIXTURE_KEYS:
            found.append(f"fixture {name} has the members {sorted(fixture)}")
        found += [f"fixture {name}: there is no fixture {n}" for n in fixture.get("given", []) if n not in fixtures]
    for line, reason in left_out.items():
        if line in seen:
            found.append(f"line {line} is explained away, and stands in {seen[line]}")
        if not reason:
            found.append(f"line {line} is left out without a reason")
    wanted = set(range(FIRST, LAST + 1))
    found += [f"line {line} has no case and no reason for having none" for line in sorted(wanted - set(seen) - set(left_out))]
    found += [f"the checklist has no line {line}" for line in sorted((set(seen) | set(left_out)) - wanted)]
    return found


class Files:
    """cases: line -> (group, case); left_out: line -> reason; fixtures: name -> fixture; wrong: complaints."""

    def __init__(self, folder=GOLDEN):
        groups = [path for path in sorted(folder.glob("*.json")) if path.stem not in ("fixtures", "left-out")]
        listed = [(path.stem, case) for path in groups for case in read_json(path)]
        self.fixtures = read_json(folder / "fixtures.json")
        self.left_out = {int(line): reason for line, reason in read_json(folder / "left-out.json").items()}
        self.wrong = complaints(listed, self.left_out, self.fixtures)
        self.cases = {case["line"]: (group, case) for group, case in listed}

    def lines(self):
        return sorted(set(self.cases) | set(self.left_out))

    def title(self, line):
        if line in self.cases:
            group, case = self.cases[line]
            return f"{group}: {case['title']}"
        return "left out"
