"""Clients, and what replays them call by call (api.md 8). Each takes the run of a case and says what it saw."""

import json
import re
import subprocess

from harness import AWS, E2E, EVENTS, NODE, PATIENCE, Process, Skip, revision_folder, tail, wait_until
from signed_client import Refused, SignedClient

import api_call
import aws_names
import terraform
from endpoints import Unavailable
from values import Wrong


def client_of(run):
    endpoint = run.endpoint
    return SignedClient(endpoint.url, endpoint.key_id, endpoint.secret, endpoint.region, endpoint.ca)


def request_ids(run, arguments):
    """How many different ids the answers to equal requests have."""
    answers = [api_call.perform(run.endpoint, {"call": "ListApplications"})[1] for _ in range(20)]
    return {"different": len({answer.header("x-amzn-RequestId") for answer in answers})}


# ---- Terraform ----------------------------------------------------------------------------------


def terraform_cycles(run, arguments):
    """Applies one configuration after the other, and destroys all in the end; what is gone must be told by its name."""
    client = client_of(run)
    provider = terraform.Terraform(client.call, run.variables)
    for configuration in arguments["configurations"]:
        provider.apply(configuration)
    seen = {"applied": len(arguments["configurations"])}
    names = provider.names()
    client.call("DeleteDeploymentGroup", **names)
    for operation in ("GetDeploymentGroup", "DeleteDeploymentGroup"):
        seen[f"{operation} of what is gone"] = refusal(client, operation, **names)
    client.call("DeleteApplication", applicationName=run.variables["app"])
    for operation in ("GetApplication", "DeleteApplication"):
        seen[f"{operation} of what is gone"] = refusal(client, operation, applicationName=run.variables["app"])
    seen["GetDeploymentGroup without its application"] = refusal(client, "GetDeploymentGroup", **names)
    return seen


def refusal(client, operation, **arguments):
    try:
        client.call(operation, **arguments)
    except Refused as refused:
        return refused.name
    return None


# ---- Jenkins ------------------------------------------------------------------------------------


def jenkins(run, arguments):
    """The plugin's calls in their order; of lists it reads the first page only."""
    client = client_of(run)
    app, group = run.variables["app"], run.variables["group"]
    for number in range(arguments["applications"]):
        name = f"{chr(ord('a') + number % 26)}{number}-{run.variables['unique']}"
        client.call("CreateApplication", applicationName=name)
        run.made.append({"call": "DeleteApplication", "with": {"applicationName": name}})
    seen = {"applicationFound": app in client.call("ListApplications")["applications"],
            "groupFound": group in client.call("ListDeploymentGroups", applicationName=app)["deploymentGroups"]}
    bucket, key = f"jenkins-{run.variables['unique']}".lower(), "project-1.zip"
    expect_ok(client.s3("PUT", f"/{bucket}"))
    stored = client.s3("PUT", f"/{bucket}/{key}", b"PK\x05\x06" + bytes(18))
    expect_ok(stored)
    revision = {"revisionType": "S3", "s3Location": {"bucket": bucket, "key": key, "bundleType": "zip",
                                                     "eTag": stored.headers["ETag"].strip('"')}}
    client.call("RegisterApplicationRevision", applicationName=app, revision=revision,
                description="Application revision registered via Jenkins")
    deployment = client.call("CreateDeployment", applicationName=app, deploymentGroupName=group, revision=revision,
                             deploymentConfigName="CodeDeployDefault.AllAtOnce",
                             description="Deployment created by Jenkins")["deploymentId"]

    def completed():
        info = client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]
        return info if info.get("completeTime") is not None else None
    seen["status"] = wait_until("a completeTime", completed)["status"]
    seen["kept"] = client.call("GetApplicationRevision", applicationName=app, revision=revision)["revisionInfo"]["description"]
    expect_ok(client.s3("DELETE", f"/{bucket}/{key}"), 204)
    expect_ok(client.s3("DELETE", f"/{bucket}"), 204)
    return seen


def expect_ok(answer, status=200):
    if answer.status != status:
        raise Wrong(f"S3 answered {answer.status}: {answer.body[:500]!r}")


# ---- webfactory's GitHub action -----------------------------------------------------------------


class ActionRun:
    """The action in a process of its own; lines() is what it has said so far."""

    def __init__(self, run, name):
        if not (E2E / "node_modules").is_dir():
            raise Skip("tests/e2e/node_modules is missing: tools/run-tests installs it")
        self.log = run.world.folder / f"webfactory-{run.variables['unique']}-{name}.log"
        settings = {"application": run.variables["app"], "group": run.variables["group"], "runNumber": 7,
                    "groupConfig": {"serviceRoleArn": run.variables["role"],
                                    "onPremisesInstanceTagFilters": run.variables["filters"]}}
        self.process = Process(f"webfactory {name}", [NODE, E2E / "webfactory_action.mjs", json.dumps(settings)],
                               run.endpoint.environment(run.world), self.log)
        run.world.processes.append(self.process)
        self.process.start()

    def lines(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def wait(self):
        status = self.process.child.wait(60 * PATIENCE)
        if status:
            raise Wrong(f"the action ended with {status}:\n{tail(self.log)}")
        return self.lines()


def webfactory(run, arguments):
    """Two at once on one group, whose host holds the first one's deployment until the second has met it."""
    actions = [ActionRun(run, "one"), ActionRun(run, "other")]
    wait_until("one that waits for the other", lambda: any(said("waiting for", action) for action in actions), timeout_s=60)
    run.hosts["slow"].release()
    for action in actions:
        action.wait()
    first, second = sorted(actions, key=lambda action: bool(said("waiting for", action)))
    return {"created": [word(said("created", action)) for action in (first, second)],
            "waited": [word(said("waiting for", action)) for action in (first, second)],
            "ended": [word(said("ended", action)) for action in (first, second)]}


def said(what, action):
    return next((line for line in action.lines() if line.startswith(what + " ")), "")


def word(line):
    return line.split(" ")[-1] or None


# ---- the AWS CLI --------------------------------------------------------------------------------


class Cli:
    """Debian's AWS CLI, which believes that it talks to AWS: all that is configured is a proxy and its certificate."""

    def __init__(self, run):
        if run.endpoint.server is None:
            raise Unavailable("needs a server that takes AWS's host names for its own")
        self.run_of = run
        front = aws_names.Front(run.world, run.endpoint.port, f"front-{run.variables['unique']}")
        self.environment = dict(run.endpoint.environment(run.world), HTTPS_PROXY=front.url, AWS_CA_BUNDLE=str(front.ca))
        del self.environment["AWS_ENDPOINT_URL"]

    def __call__(self, *arguments, folder=None):
        """Returns (exit status, what it printed)."""
        done = subprocess.run([AWS, *arguments], env=self.environment, cwd=folder or self.run_of.world.folder, text=True,
                              capture_output=True, timeout=120 * PATIENCE)
        return done.returncode, done.stdout + done.stderr


def aws_push(run, arguments):
    """push, then the command that it prints, then wait; one real host."""
    cli = Cli(run)
    app, group, unique = (run.variables[name] for name in ("app", "group", "unique"))
    agent = run.world.agent(run.endpoint.server, f"pushed-{unique}", tags={"case": unique})
    try:
        source = revision_folder(run.world.folder / f"source-{unique}", {"readme": "hello"}, EVENTS)
        seen = {"bucket": cli("s3", "mb", "s3://pushed")[0]}
        seen["push"], said_push = cli("deploy", "push", "--application-name", app, "--s3-location", f"s3://pushed/{unique}.zip",
                                      "--source", str(source))
        command = re.search(r"aws deploy create-deployment .*", said_push)
        if command is None:
            raise Wrong(f"push printed no command: {said_push}")
        text = command.group(0)
        for blank, value in (("<deployment-group-name>", group), ("<deployment-config-name>", "CodeDeployDefault.AllAtOnce"),
                             ("<description>", "pushed")):
            text = text.replace(blank, value)
        seen["create"], created = cli(*text.split()[1:])
        deployment = json.loads(created)["deploymentId"]
        # The CLI looks every 15 s: a wait for the end before saves its first pause.
        wait_until("the end of the deployment", lambda: "completeTime" in client_of(run).call(
            "GetDeployment", deploymentId=deployment)["deploymentInfo"])
        seen["wait"], _ = cli("deploy", "wait", "deployment-successful", "--deployment-id", deployment)
        return seen
    finally:
        agent.stop()


def aws_register(run, arguments):
    """register makes a user with a key and a policy, deregister takes all of it away again."""
    cli = Cli(run)
    name = f"registered-{run.variables['unique']}"
    folder = run.world.folder / name
    folder.mkdir()
    seen = {"register": cli("deploy", "register", "--instance-name", name, "--tags", "Key=env,Value=test", "Key=zone,Value=a",
                            "--region", run.endpoint.region, folder=folder)[0]}
    written = (folder / "codedeploy.onpremises.yml").read_text()
    client = client_of(run)
    info = client.call("GetOnPremisesInstance", instanceName=name)["instanceInfo"]
    seen["tags"] = info["tags"]
    seen["configuration has the user"] = info["iamUserArn"] in written
    keys = dict(line.split(": ", 1) for line in written.splitlines() if ": " in line)
    host = SignedClient(run.endpoint.url, keys["aws_access_key_id"], keys["aws_secret_access_key"], run.endpoint.region)
    seen["host may change things"] = refusal(host, "CreateApplication", applicationName=name)
    seen["deregister"], said_last = cli("deploy", "deregister", "--instance-name", name, "--region", run.endpoint.region)
    info = client.call("GetOnPremisesInstance", instanceName=name)["instanceInfo"]
    seen["gone"] = "deregisterTime" in info and info["tags"] == []
    seen["its key"] = refusal(host, "ListApplications")
    seen["user"] = cli("iam", "get-user", "--user-name", name)[1].strip()
    return seen


REPLAYS = {"request ids": request_ids, "terraform": terraform_cycles, "jenkins": jenkins, "webfactory": webfactory,
           "aws push": aws_push, "aws register": aws_register}


def run(case_run, name, arguments):
    return REPLAYS[name](case_run, arguments)
