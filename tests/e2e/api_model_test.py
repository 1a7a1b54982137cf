#!/usr/bin/env python3
"""Our API facts against public models: the newest SDK's agrees in everything, and the check finds each kind of difference.

The models that Debian installs are compared by `meson test` (tools/check-api-model); the SDK is installed for these tests only.
"""

import copy
import sys

from harness import *

SDK = E2E / "node_modules" / "@aws-sdk" / "client-codedeploy"


def check(root, *models):
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "check-api-model"), str(root), *map(str, models)], text=True,
                          capture_output=True)
    equal(done.stderr, "", "complaints")
    return done.returncode, done.stdout


def sdk():
    if not SDK.is_dir():
        raise Failure("tests/e2e/node_modules is missing: tools/run-tests installs it")
    return SDK


@case("the newest JavaScript SDK agrees in every operation, member, value and error")
def newest_sdk(world):
    status, said = check(ROOT, sdk())
    equal(status, 0, f"exit status:\n{said}")
    contains(said, "ok 1 operations agree with @aws-sdk/client-codedeploy 3.")
    contains(said, "(47 operations, 4")
    lacks(said, "not ok")


class Facts:
    """A copy of the repository's facts, to be changed."""

    def __init__(self, world):
        self.root = world.folder / "changed"
        shutil.copytree(ROOT / "proto" / "api", self.root / "proto" / "api")
        shutil.copytree(ROOT / "tools", self.root / "tools")
        self.path = self.root / "proto" / "api" / "codedeploy.json"
        self.good = json.loads(self.path.read_text())

    def differences(self, change, *models):
        facts = copy.deepcopy(self.good)
        change(facts)
        self.path.write_text(json.dumps(facts))
        status, said = check(self.root, *models)
        return status, [line[2:] for line in said.splitlines() if line.startswith("# ")]


def change_members(shape, **members):
    """A change of a structure: None takes a member away."""
    def change(facts):
        there = facts["shapes"][shape]["members"]
        for name, what in members.items():
            there.pop(name, None)
            if what is not None:
                there[name] = what
    return change


def change_errors(operation, gone, new):
    def change(facts):
        errors = facts["operations"][operation]["errors"]
        errors.remove(gone)
        errors.append(new)
    return change


def change_values(shape, gone, new):
    def change(facts):
        values = facts["shapes"][shape]["enum"]
        values[values.index(gone)] = new
    return change


@case("a difference of each kind is found, in either direction")
def differences(world):
    facts = Facts(world)
    equal(facts.differences(lambda _: None, sdk()), (0, []), "differences of the facts as they are")
    for change, wanted in (
            (change_members("ErrorInformation", message=None, massage="Message"),
             ["member ErrorInformation.massage is not in the model", "member ErrorInformation.message is missing here"]),
            (change_members("StopDeploymentInput", deploymentId={"shape": "DeploymentId", "need": True}),
             ["member StopDeploymentInput.deploymentId is required by the model"]),
            (change_members("GetApplicationOutput", application="ApplicationInfo*"),
             ["member GetApplicationOutput.application is not required by the model"]),
            (change_members("ErrorInformation", message="Timestamp"), ["shape Timestamp is a string in the model"]),
            (change_values("StopStatus", "Pending", "Waiting"),
             ["value Waiting of StopStatus is not in the model", "value Pending of StopStatus is missing here"]),
            (change_errors("StopDeployment", "DeploymentAlreadyCompletedException", "DeploymentNotStartedException"),
             ["error DeploymentNotStartedException of StopDeployment is not in the model",
              "error DeploymentAlreadyCompletedException of StopDeployment is missing here"]),
            (lambda f: f["operations"].pop("StopDeployment"), ["operation StopDeployment is missing here"]),
            (change_members("ErrorInformation", ours={"shape": "Message", "ours": True}), []),
            (change_members("ErrorInformation", message={"shape": "ErrorMessage", "ours": True}),
             ["member ErrorInformation.message is in the model, and not ours alone"])):
        status, found = facts.differences(change, sdk())
        equal((status, sorted(found)), (1 if wanted else 0, sorted(wanted)), "differences")


@case("lengths are compared with the models that say them")
def lengths(world):
    facts = Facts(world)

    def shorter(changed):
        changed["shapes"]["ApplicationName"]["max"] = 99
    status, found = facts.differences(shorter)
    equal(status, 1, "exit status")
    equal(sorted(set(found)), ["max of ApplicationName is 100 in the model"], "differences")


@case("an explanation that nothing needs is a difference")
def explanations(world):
    facts = Facts(world)
    with open(facts.root / "tools" / "model_differences.py", "a") as file:
        file.write('\nOLDER["member Tag.Colour is missing here"] = "there is no such member"\n')
    argv = [sys.executable, str(facts.root / "tools" / "check-api-model"), str(facts.root)]
    done = subprocess.run(argv, text=True, capture_output=True)
    equal(done.returncode, 1, "exit status")
    contains(done.stdout, "# no botocore model of codedeploy needs the explanation of: member Tag.Colour is missing here")


if __name__ == "__main__":
    main(globals())
