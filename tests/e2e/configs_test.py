#!/usr/bin/env python3
"""Deployment configurations with what is ours in them: the command line's verbs, and what hosts get to see."""
from harness import *

TAGS = {"fleet": "web"}


def make_fleet(world, names, *options):
    """A server with the configuration "c" and a group "web" that uses it, and agents."""
    server = world.server()
    agents = {name: world.agent(server, name, TAGS) for name in names}
    server.slipway("apps", "create", "shop")
    server.slipway("configs", "create", "c", "--minimum-healthy", "0", *options)
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", "fleet=web", "--config", "c")
    return server, agents


def make_revision(world, name, destination=None, **scripts):
    """Every hook notes that it runs; `scripts` are appended to those of their events."""
    folder = revision_folder(world.folder / name, {"content/readme": name}, EVENTS,
                             '#!/bin/sh\necho "$LIFECYCLE_EVENT" >> "$HOST_ROOT/events"\n', destination)
    for event, text in scripts.items():
        with open(folder / "hooks" / event, "a") as hook:
            hook.write(text + "\n")
    return folder


def deploy(server, folder):
    return json.loads(server.slipway("deploy", "-a", "shop", "-g", "web", "-f", folder, "--output", "json"))["deploymentId"]


def finished(server, deployment):
    server.slipway("status", deployment, "--wait", "--timeout", "60", check=False)
    snapshot = json.loads(server.slipway("status", deployment, "--output", "json"))
    return snapshot["deploymentInfo"], {t["targetId"]: t for t in snapshot["instanceTargets"]}


def hooks_run(agent):
    path = agent.root / "events"
    return path.read_text().split() if path.exists() else []


def told(target, event):
    return next(e["diagnostics"] for e in target["lifecycleEvents"] if e["lifecycleEventName"] == event)


@case("configurations are made, listed, shown and deleted")
def verbs(world):
    server = world.server()
    made = json.loads(server.slipway("configs", "create", "careful", "--minimum-healthy", "75%", "--maximum-batch", "3", "--retries", "2",
                                     "--deployment-timeout", "90", "--output", "json"))
    equal(list(made), ["deploymentConfigId"], "members of what create prints")
    shown = json.loads(server.slipway("configs", "show", "careful", "--output", "json"))["deploymentConfigInfo"]
    equal({k: shown[k] for k in ("deploymentConfigId", "minimumHealthyHosts", "maximumBatchSize", "retriesPerTarget",
                                 "deploymentTimeoutInMinutes")},
          {"deploymentConfigId": made["deploymentConfigId"], "minimumHealthyHosts": {"type": "FLEET_PERCENT", "value": 75},
           "maximumBatchSize": 3, "retriesPerTarget": 2, "deploymentTimeoutInMinutes": 90}, "configuration as JSON")
    for part in ("careful, for Server", "75%", "3 at most", "2 for each host", "90 min"):
        contains(server.slipway("configs", "show", "careful"), part, "configuration for people")
    contains(server.slipway("configs", "create", "slow", "--platform", "Lambda", "--traffic", "canary:10:5"), "slow", "output of create")
    contains(server.slipway("configs", "show", "slow"), "10% at once, the rest after 5 min", "traffic for people")
    server.slipway("configs", "create", "slower", "--platform", "ECS", "--traffic", "linear:10:3", "--deployment-timeout", "60")
    contains(server.slipway("configs", "show", "CodeDeployDefault.OneAtATime"), "all but 1", "a predefined one")

    names = server.slipway("configs", "list").split()
    equal(names[:3], ["careful", "slow", "slower"], "custom configurations")
    equal(len(names), 3 + 17, "number of configurations")
    equal(json.loads(server.slipway("configs", "list", "--output", "json")), {"deploymentConfigsList": names}, "list as JSON")

    for args, status, parts in (
            (["create", "x"], 64, ["--minimum-healthy"]),
            (["create", "x", "--platform", "ECS"], 64, ["--traffic"]),
            (["create", "x", "--minimum-healthy", "most"], 64, ["75%", "most"]),
            (["create", "x", "--platform", "ECS", "--traffic", "slowly"], 64, ["canary:PERCENT:MINUTES", "slowly"]),
            (["create", "x", "--minimum-healthy", "1", "--retries", "11"], 2, ["retriesPerTarget", "at most 10"]),
            (["create", "x", "--minimum-healthy", "1", "--maximum-batch=-1"], 2, ["maximumBatchSize", "at least 0"]),
            (["create", "x", "--minimum-healthy", "1", "--deployment-timeout", "0"], 2, ["deploymentTimeoutInMinutes", "at least 1"]),
            (["create", "x", "--platform", "Lambda", "--traffic", "all-at-once", "--retries", "1"], 2, ["retriesPerTarget", "Server"]),
            (["create", "careful", "--minimum-healthy", "1"], 2, ["AlreadyExists", "careful"]),
            (["show", "nobody"], 2, ["DeploymentConfigDoesNotExistException", "nobody"]),
            (["delete", "CodeDeployDefault.OneAtATime"], 2, ["predefined"]),
            (["show"], 64, ["configs show"])):
        done = server.slipway("configs", *args, check=False)
        equal(done.returncode, status, f"exit status of slipway configs {' '.join(args)} ({done.stderr})")
        for part in parts:
            contains(done.stderr, part, f"slipway configs {' '.join(args)}")

    contains(server.slipway("configs", "delete", "slow"), "slow", "output of delete")
    equal(json.loads(server.slipway("configs", "delete", "slower", "--output", "json")), {}, "output of delete as JSON")
    lacks(server.slipway("configs", "list"), "slow", "list after deleting")


@case("stock clients see nothing of what is ours")
def stock_clients(world):
    server = world.server()
    server.aws("deploy", "create-deployment-config", "--deployment-config-name", "theirs", "--minimum-healthy-hosts",
               "type=HOST_COUNT,value=1")
    with contextlib.closing(server.client()) as client:
        for name in ("theirs", "CodeDeployDefault.AllAtOnce", "CodeDeployDefault.ECSAllAtOnce"):
            info = client.call("GetDeploymentConfig", deploymentConfigName=name)["deploymentConfigInfo"]
            equal({"deploymentTimeoutInMinutes", "retriesPerTarget", "maximumBatchSize"} & set(info), set(), f"what is ours in {name}")
    # And one that has it all is none the worse for them.
    server.slipway("configs", "create", "ours", "--minimum-healthy", "1", "--retries", "1", "--maximum-batch", "1",
                   "--deployment-timeout", "9")
    info = server.aws("deploy", "get-deployment-config", "--deployment-config-name", "ours")["deploymentConfigInfo"]
    equal(info["minimumHealthyHosts"], {"type": "HOST_COUNT", "value": 1}, "what a stock client reads")


@case("a host whose hook fails once starts over and succeeds")
def retried(world):
    server, agents = make_fleet(world, ("web-1",), "--retries", "1")
    # Files of the first attempt are there when the second one installs them.
    folder = make_revision(world, "flaky", world.folder / "installed",
                           AfterInstall='mkdir "$HOST_ROOT/once" 2> /dev/null || exit 0\necho "not yet" >&2; exit 7')
    info, targets = finished(server, deploy(server, folder))
    equal(info["status"], "Succeeded", "status")
    equal(targets["web-1"]["status"], "Succeeded", "status of the target")
    equal([e["status"] for e in targets["web-1"]["lifecycleEvents"]], ["Succeeded"] * 7, "events")
    # First there is no revision to stop; then it is the one that the first attempt brought.
    equal(hooks_run(agents["web-1"]), EVENTS[1:3] + EVENTS, "hooks")
    equal((world.folder / "installed" / "readme").read_text(), "flaky", "what is installed")
    contains(told(targets["web-1"], "ApplicationStop")["message"],
             "attempt 2, since attempt 1 failed: event AfterInstall, script hooks/AfterInstall", "what the target tells")
    contains(server.log.read_text(), "event=target-started-over", "the server's log")
    # A first attempt that succeeds tells nothing of attempts.
    info, targets = finished(server, deploy(server, folder))
    equal(info["status"], "Succeeded", "status of the next")
    lacks(told(targets["web-1"], "ApplicationStop")["message"], "attempt", "what the target of the next tells")


@case("a host that goes on failing fails after its retries")
def exhausted(world):
    server, agents = make_fleet(world, ("web-1",), "--retries", "2")
    info, targets = finished(server, deploy(server, make_revision(world, "bad", ApplicationStart='echo "no, thanks" >&2; exit 9')))
    equal(info["status"], "Failed", "status")
    contains(info["errorInformation"]["message"], "attempt 3, attempt 2 failed the same way", "error of the deployment")
    equal(hooks_run(agents["web-1"]), EVENTS[1:4] + EVENTS[:4] * 2, "hooks")
    why = told(targets["web-1"], "ApplicationStart")
    equal((why["errorCode"], why["scriptName"]), ("ScriptFailed", "hooks/ApplicationStart"), "diagnostics")
    contains(why["logTail"], "no, thanks", "log tail of the last attempt")


@case("an agent that is killed in a hook starts over, and each hook runs once in an attempt")
def killed(world):
    server, agents = make_fleet(world, ("web-1",), "--retries", "1")
    agent = agents["web-1"]
    # Once; and not for ever, should nobody stop it.
    waits = ('mkdir "$HOST_ROOT/once" 2> /dev/null || exit 0\n'
             'while [ -e "$HOST_ROOT/events" ] && [ ! -e "$HOST_ROOT/go" ]; do sleep 0.05; done')
    folder = make_revision(world, "slow", ApplicationStart=waits)
    deployment = deploy(server, folder)
    wait_until("the hook to run", (agent.root / "once").exists)
    agent.kill()
    agent.start()
    info, targets = finished(server, deployment)
    (agent.root / "go").touch()
    equal(info["status"], "Succeeded", "status")
    equal(hooks_run(agent), EVENTS[1:4] + EVENTS, "hooks")
    contains(told(targets["web-1"], "ApplicationStop")["message"], "since attempt 1 failed: event ApplicationStart",
             "what the target tells")


@case("with a maximum batch size of 1 hosts never overlap, whatever their minimum is")
def batch(world):
    shared = world.folder / "shared"
    shared.mkdir()
    server, _ = make_fleet(world, ("web-1", "web-2", "web-3"), "--maximum-batch", "1")
    note = 'echo "{} $(basename "$HOST_ROOT")" >> ' + str(shared / "log")
    folder = make_revision(world, "one", BeforeInstall=note.format("begins"), ValidateService=note.format("ends"))
    info, targets = finished(server, deploy(server, folder))
    equal(info["status"], "Succeeded", "status")
    equal([t["status"] for t in targets.values()], ["Succeeded"] * 3, "targets")
    lines = (shared / "log").read_text().splitlines()
    equal(lines, [f"{what} {name}" for name in ("web-1", "web-2", "web-3") for what in ("begins", "ends")], "what hosts did, in order")
    contains(server.slipway("status", deploy(server, folder), "--wait"), "succeeded", "the same again, with the revision there")


if __name__ == "__main__":
    main(globals())
