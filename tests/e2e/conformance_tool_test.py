#!/usr/bin/env python3
"""The tool behind the conformance checklist: it finds what is wrong, and works against a server given by its URL."""

import copy
import io
import sys

from harness import *

sys.path.insert(0, str(ROOT / "tests" / "conformance"))
import cases
import endpoints
import runner
import values


def complaint(actual, expected):
    """What the judge says, or None when it is content."""
    try:
        values.Judge(1000000000, 1000000010).check(values.parse(json.dumps(actual)), expected)
    except values.Wrong as wrong:
        return str(wrong)
    return None


@case("what an answer must be: good ones pass, others are told with their place")
def judging(world):
    for actual, expected in (
            ({"a": 1, "b": 2}, {"a": 1}), ({"a": [1, {"c": "x", "d": 1}]}, {"a": [1, {"c": "x"}]}), ({}, {"a": "$absent"}),
            ({"t": 1000000005.125}, {"t": "$now"}), ({"t": 1000000005}, {"t": "$now"}), ({"a": "d-1"}, {"a": "$/^d-/"}),
            (["a", "b"], {"$has": ["a"], "$lacks": ["c"], "$count": 2}), ({"a": {"b": 1}}, {"a": {"$exactly": {"b": 1}}}),
            ({}, {"a": {"$absent_or": 1}}), ({"a": 0}, {"a": {"$in": [0, 1]}}), ({"a": 1.0}, {"a": 1}), ({"a": ""}, {"a": ""})):
        equal(complaint(actual, expected), None, f"{actual} against {expected}")
    for actual, expected, place in (
            ({"a": 1}, {"a": 2}, "answer.a"), ({"a": 1}, {"a": "1"}, "answer.a"), ({"a": True}, {"a": 1}, "answer.a"),
            ({"a": False}, {"a": 0}, "answer.a"), ({}, {"a": 1}, "answer.a"), ({"a": None}, {"a": "$absent"}, "answer.a"),
            ({"a": [1, 2]}, {"a": [1]}, "answer.a"), ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "answer.a[0].b"),
            ({"t": "2014-10-06T00:00:00Z"}, {"t": "$now"}, "answer.t"), ({"t": 1000000005.1234}, {"t": "$now"}, "answer.t"),
            ({"t": 1000000020}, {"t": "$now"}, "answer.t"), ({"a": ""}, {"a": "$text"}, "answer.a"),
            ({"a": {"b": 1, "c": 2}}, {"a": {"$exactly": {"b": 1}}}, "answer.a"), ({"a": 1}, {"a": {"$not": 1}}, "answer.a"),
            ({}, {"a": {"$not": 1}}, "answer.a"), (["a"], {"$has": ["b"]}, "answer"), (["a"], {"$lacks": ["a"]}, "answer"),
            ({}, {"a": {"$lacks": ["a"]}}, "answer.a"), (["a"], {"$count": 2}, "answer"),
            ({"a": 2}, {"a": {"$absent_or": 1}}, "answer.a"),
            ({"a": "x"}, {"a": "$/^d-/"}, "answer.a"), ({}, {"a": {}}, "answer.a")):
        said = complaint(actual, expected)
        if said is None or not said.startswith(place + " "):
            raise Failure(f"{actual} against {expected}: {said}")


@case("a number that is missing, there twice or unknown is told")
def numbers(world):
    files = cases.Files()
    equal(files.wrong, [], "complaints about the files as they are")
    listed = list(files.cases.values())

    def complaints(listed=listed, left_out=files.left_out):
        return "\n".join(cases.complaints(listed, left_out, files.fixtures))
    contains(complaints(listed + [("again", files.cases[58][1])]), "again: line 58 stands in applications as well")
    contains(complaints(left_out={**files.left_out, 58: "none"}), "line 58 is explained away")
    without = [entry for entry in listed if entry[1]["line"] != 58]
    contains(complaints(without), "line 58 has no case")
    contains(complaints(without, {**files.left_out, 58: ""}), "line 58 is left out without a reason")
    contains(complaints(listed + [("more", {"line": 193, "title": "x", "steps": [{}]})]), "the checklist has no line 193")
    contains(complaints([("more", {**files.cases[58][1], "given": ["nothing"]})]), "there is no fixture nothing")


@case("a case that is not as it says fails, with its step")
def failing_case(world):
    files = cases.Files()
    files.cases = {line: copy.deepcopy(files.cases[line]) for line in (45, 54, 58)}
    files.cases[45][1]["steps"][0]["error"] = "ApplicationLimitExceededException"
    files.cases[54][1]["steps"][1]["wiht"] = {}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        good = runner.run(files, endpoints.OwnServers(world), world, [45, 54, 58])
    equal(good, False, "all went well")
    lines = out.getvalue().splitlines()
    equal(lines[0], "1..3")
    contains(out.getvalue(), "not ok 45 line 45 applications: the same again\n# step 1 (CreateApplication): __type is "
                             "'ApplicationAlreadyExistsException', not 'ApplicationLimitExceededException'")
    contains(out.getvalue(), "not ok 54 ")
    contains(out.getvalue(), "nobody knows what to do with")
    contains(out.getvalue(), "ok 58 line 58 ")


@case("against a server given by its URL: what needs another one is skipped, what was made is removed")
def given_endpoint(world):
    server = world.server()
    key_id, secret = server.credentials()
    lines = [str(line) for line in (28, 41, 45, 57, 114, 116, 163, 174, 192)]
    for url in (server.http, server.https.replace("127.0.0.1", "localhost")):
        env = dict(clean_environment(world.folder), AWS_ACCESS_KEY_ID=key_id, AWS_SECRET_ACCESS_KEY=secret)
        argv = [sys.executable, str(ROOT / "tests" / "conformance" / "suite.py"), "--endpoint", url, "--ca", str(server.ca), *lines]
        done = subprocess.run(argv, env=env, text=True, capture_output=True, timeout=120 * PATIENCE)
        equal(done.returncode, 0, f"exit status:\n{done.stdout}{done.stderr}")
        results = [line for line in done.stdout.splitlines() if not line.startswith("#")]
        equal(results[0], f"1..{len(lines)}")
        skipped = "ok 28 line 28 authentication: a scope whose region is not the server's # SKIP needs a server that is one-region"
        equal(results[1], skipped)
        equal([line for line in results if "SKIP" in line or line.startswith("not ok")], [results[1]], "cases that did not pass")
    client = server.client()
    equal(client.call("ListApplications")["applications"], [], "applications left behind")
    equal(client.call("ListOnPremisesInstances", registrationStatus="Registered")["instanceNames"], [], "instances left behind")
    users = [user["UserName"] for user in server.aws("iam", "list-users")["Users"]]
    equal([name for name in users if name != "admin"], [], "users left behind")
    equal(len(client.call("ListDeploymentConfigs")["deploymentConfigsList"]), 17, "configurations")


@case("keys come from the environment, and are asked for")
def no_keys(world):
    argv = [sys.executable, str(ROOT / "tests" / "conformance" / "suite.py"), "--endpoint", "http://127.0.0.1:1", "45"]
    done = subprocess.run(argv, env=clean_environment(world.folder), text=True, capture_output=True)
    equal(done.returncode, 1, "exit status")
    contains(done.stderr, "AWS_ACCESS_KEY_ID is not in the environment")


if __name__ == "__main__":
    main(globals())
