#!/usr/bin/env python3
"""The short conversation of docs/host-protocol.md: one request an event, and what is true after crashes. The host is a page of Python."""

from harness import *

SHORT = {"x-slipway-conversation": "short"}
IN_PLACE = ["ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService"]
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bucket", "key": "key", "bundleType": "tgz"}}
OURS = {"HostCommand", "DeploymentSystem", "DeploymentSpecification"}


class ShortHost:
    """A registered host that counts what it asks; headers: what it says that it can."""

    def __init__(self, server, name, headers=None):
        admin = server.client()
        answer = admin.request("RegisterHost", json.dumps({"instanceName": name, "tags": [{"Key": "fleet", "Value": "yes"}]}),
                               target="Slipway_20261101.RegisterHost")
        made = json.loads(answer.body)
        self.server, self.arn, self.headers = server, made["iamUserArn"], SHORT if headers is None else headers
        self.keys = made["accessKeyId"], made["secretAccessKey"]
        self.client = server.client(keys=self.keys)
        self.requests = 0

    def ask(self, operation, headers=None, **body):
        self.requests += 1
        answer = self.client.request(operation, json.dumps(body), "codedeploy-commands",
                                     headers=self.headers if headers is None else headers)
        if answer.status != 200:
            raise Refused(answer.status, *answer.error())
        return json.loads(answer.body) if answer.body else {}

    def poll(self, **options):
        return self.ask("PollHostCommand", HostIdentifier=self.arn, **options)

    def specification(self, command, **options):
        return self.ask("GetDeploymentSpecification", HostIdentifier=command["HostIdentifier"],
                        DeploymentExecutionId=command["DeploymentExecutionId"], **options)

    def acknowledge(self, command, noop):
        return self.ask("PutHostCommandAcknowledgement", HostCommandIdentifier=command["HostCommandIdentifier"],
                        Diagnostics={"Format": "JSON", "Payload": json.dumps({"IsCommandNoop": noop})})

    def complete(self, command, status="Succeeded"):
        return self.ask("PutHostCommandComplete", HostCommandIdentifier=command["HostCommandIdentifier"], CommandStatus=status)


def make_group(server, name="fleet"):
    client = server.client()
    if not client.call("ListApplications")["applications"]:
        client.call("CreateApplication", applicationName="web")
    client.call("CreateDeploymentGroup", applicationName="web", deploymentGroupName=name, serviceRoleArn=SERVICE_ROLE,
                onPremisesInstanceTagFilters=[{"Key": "fleet", "Value": "yes", "Type": "KEY_AND_VALUE"}])
    return client


def deploy(client, group="fleet"):
    return client.call("CreateDeployment", applicationName="web", deploymentGroupName=group, revision=REVISION)["deploymentId"]


def status(client, deployment):
    return client.call("GetDeployment", deploymentId=deployment)["deploymentInfo"]["status"]


def has_command(host, answer, event):
    """The answer's command, of this event and with the specification that the host could fetch as well."""
    command = answer["HostCommand"]
    equal(command["CommandName"], event, "the command")
    equal(answer["DeploymentSystem"], "CodeDeploy", "the deployment system")
    fetched = host.specification(command)
    host.requests -= 1
    equal(answer["DeploymentSpecification"], fetched["DeploymentSpecification"], "the specification")
    contains(fetched["DeploymentSpecification"]["GenericEnvelope"]["Payload"], "-----BEGIN PKCS7-----")
    return command


@case("a deployment is one poll and one request an event, and each command brings its specification")
def one_request_an_event(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    deployment = deploy(client)
    answer = host.poll()
    for event in IN_PLACE:
        command = has_command(host, answer, event)
        if event in ("DownloadBundle", "Install"):
            answer = host.complete(command)
        else:
            answer = host.acknowledge(command, noop=True)
            equal(answer.pop("CommandStatus"), "Succeeded", "what becomes of a hook without a script")
    equal(answer, {}, "the answer to the last report")
    equal((status(client, deployment), host.requests), ("Succeeded", 1 + len(IN_PLACE)), "the deployment and its requests")


@case("an event that is acknowledged goes on, and its completion brings the next one")
def acknowledged(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    deployment = deploy(client)
    command = has_command(host, host.poll(), "ApplicationStop")
    equal(host.acknowledge(command, noop=False), {"CommandStatus": "InProgress"}, "the answer to an acknowledgement")
    target = client.call("GetDeploymentTarget", deploymentId=deployment, targetId="web-1")["deploymentTarget"]["instanceTarget"]
    equal(target["lifecycleEvents"][0]["status"], "InProgress", "the event as people see it")
    has_command(host, host.complete(command), "DownloadBundle")


@case("a failure ends the target, and brings the command of the deployment whose turn comes next")
def next_turn(world):
    server = world.server()
    client = make_group(server)
    make_group(server, "other")
    host = ShortHost(server, "web-1")
    first = deploy(client)
    command = has_command(host, host.poll(), "ApplicationStop")
    second = deploy(client, "other")
    wait_until("the second to have begun", lambda: status(client, second) == "InProgress")
    answer = host.complete(command, "Failed")
    command = has_command(host, answer, "ApplicationStop")
    contains(command["DeploymentExecutionId"], second)
    equal(status(client, first), "Failed", "the first deployment")


@case("agents that do not say that they can see nothing of it")
def stock(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1", headers={})
    deployment = deploy(client)
    for event in IN_PLACE:
        answer = host.poll()
        command = answer.pop("HostCommand")
        equal((answer, command["CommandName"]), ({}, event), "the answer to a poll")
        equal(set(host.specification(command)), {"DeploymentSystem", "DeploymentSpecification"}, "the specification's answer")
        equal(host.acknowledge(command, noop=False), {"CommandStatus": "InProgress"}, "the answer to an acknowledgement")
        equal(host.complete(command), {}, "the answer to a completion")
    equal((status(client, deployment), host.requests), ("Succeeded", 4 * len(IN_PLACE)), "the deployment and its requests")
    equal(OURS & set(host.ask("PollHostCommand", headers={"x-slipway-conversation": "long"}, HostIdentifier=host.arn))
          if deploy(client) else None, {"HostCommand"}, "what another word brings")


@case("a report that is repeated brings the same command again, and the first one counts")
def repeated(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    deployment = deploy(client)
    answer = host.poll()
    for event in IN_PLACE:
        command = has_command(host, answer, event)
        answer = host.complete(command)
        equal(host.complete(command, "Failed"), answer, f"the answer to {event} once more")
    equal(status(client, deployment), "Succeeded", "the deployment")


@case("a poll that waits beside the work has the command, and the report's answer has none")
def poll_beside(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    beside = ShortHost.__new__(ShortHost)
    beside.__dict__.update(host.__dict__, client=server.client(keys=host.keys))
    deploy(client)
    command = has_command(host, host.poll(), "ApplicationStop")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(beside.poll()))
    thread.start()
    wait_until("the poll to be parked", lambda: "slipway_polls_parked 1\n" in server.get("/metrics")[2].decode())
    equal(host.acknowledge(command, noop=True), {"CommandStatus": "Succeeded"}, "the report's answer")
    thread.join()
    has_command(host, answers[0], "DownloadBundle")


@case("a server that was killed goes on where it was, whether the host reports again or polls")
def killed(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    deployment = deploy(client)
    answer = host.poll()
    for number, event in enumerate(IN_PLACE):
        command = has_command(host, answer, event)
        answer = host.complete(command)
        server.kill()
        server.start()
        host.client.close()
        client.close()
        if number == len(IN_PLACE) - 1:
            break
        # As if the answer had been lost with the server.
        again = host.complete(command) if number % 2 else host.poll()
        equal(again["HostCommand"], answer["HostCommand"], "the command after the kill")
        answer = again
    equal(status(client, deployment), "Succeeded", "the deployment")


@case("a host gets specifications of its own deployments only")
def foreign(world):
    server = world.server()
    client = make_group(server)
    host = ShortHost(server, "web-1")
    deploy(client)
    command = has_command(host, host.poll(), "ApplicationStop")
    other = ShortHost(server, "web-2")
    for options, error in (({"HostIdentifier": host.arn}, "AccessDeniedException"), ({"HostIdentifier": other.arn}, "ClientException")):
        try:
            other.ask("GetDeploymentSpecification", DeploymentExecutionId=command["DeploymentExecutionId"], **options)
        except Refused as refused:
            equal(refused.name, error, f"the error for {options}")
        else:
            raise Failure(f"a foreign specification was given out for {options}")
    equal(host.acknowledge(command, noop=False)["CommandStatus"], "InProgress", "the acknowledgement")
    has_command(host, {**host.specification(command), "HostCommand": command}, "ApplicationStop")


if __name__ == "__main__":
    main(globals())
