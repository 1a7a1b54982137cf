#!/usr/bin/env python3
"""Who may do what: users, sessions and hosts over HTTP, each with no more than its policies give."""

import re
import sqlite3

from harness import *

ANN = "arn:aws:iam::123456789012:user/ann"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
REVISION = {"revisionType": "S3", "s3Location": {"bucket": "bucket", "key": "first.zip", "bundleType": "zip"}}
TRUST = {"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def facts():
    """operation -> (signing name, X-Amz-Target), of all services."""
    found = {}
    for path in sorted((ROOT / "proto" / "api").glob("*.json")):
        service = json.loads(path.read_text())
        if "service" not in service:
            continue
        about = service["service"]
        for name in service["operations"]:
            found[name] = (about["signing_name"], f"{about['target_prefixes'][0]}.{name}")
    return found


def lines():
    """(operation, input, whether a permission is needed) of the golden file."""
    for line in (ROOT / "tests" / "golden" / "policy" / "operations.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            operation, body, needs = line.split("\t")
            yield operation, body.replace("'", '"'), needs != "-"


class Identity:
    """The identity services as the administrator."""

    def __init__(self, server):
        self.client, self.facts = server.client(), facts()

    def __call__(self, operation, **arguments):
        service, target = self.facts[operation]
        answer = self.client.request(operation, json.dumps(arguments), service, target)
        if answer.status != 200:
            raise Refused(answer.status, *answer.error())
        return json.loads(answer.body) if answer.body else None

    def user(self, name, **more):
        self("CreateUser", UserName=name, **more)
        key = self("CreateAccessKey", UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def allow(self, user, *statements):
        self("PutUserPolicy", UserName=user, PolicyName="test", PolicyDocument=policy(*statements))


def furnish(server, admin):
    """The things that the golden file's lines speak of; returns what stands for <deployment> and <key>."""
    admin("CreateApplication", applicationName="shop")
    admin("CreateDeploymentConfig", deploymentConfigName="half", minimumHealthyHosts={"type": "HOST_COUNT", "value": 0})
    admin("RegisterOnPremisesInstance", instanceName="web1", iamUserArn="arn:aws:iam::123456789012:user/web1")
    admin("AddTagsToOnPremisesInstances", instanceNames=["web1"], tags=[{"Key": "role", "Value": "web"}])
    admin("CreateDeploymentGroup", applicationName="shop", deploymentGroupName="web", deploymentConfigName="half",
          serviceRoleArn="arn:aws:iam::123456789012:role/service",
          onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}])
    deployment = admin("CreateDeployment", applicationName="shop", deploymentGroupName="web", revision=REVISION)
    key, _ = admin.user("bob", Path="/people/")
    admin("CreateRole", RoleName="ops", AssumeRolePolicyDocument=json.dumps(TRUST))
    return {"<deployment>": deployment["deploymentId"], "<key>": key}


def contents(server):
    """Every row that a call may change. What the engine does by itself is over before this is asked."""
    database = sqlite3.connect(f"file:{server.data / 'slipway.db'}?mode=ro", uri=True)
    tables = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    # Attempts are audited: that is what the audit is for.
    kept = [table for table in tables if not table.startswith("audit_")]
    rows = {table: sorted(map(repr, database.execute(f'SELECT * FROM "{table}"'))) for table in kept}
    database.close()
    return rows


def ask(client, known, operation, body):
    service, target = known[operation]
    return client.request(operation, body, service, target)


@case("without a permission every operation is refused and changes nothing; with it none is")
def every_operation(world):
    server = world.server()
    admin = Identity(server)
    marks = furnish(server, admin)
    known = facts()
    keys = admin.user("ann")
    client = server.client(keys=keys)
    wait_until("the deployment waits for its host", lambda: admin(
        "GetDeployment", deploymentId=marks["<deployment>"])["deploymentInfo"]["status"] == "InProgress")
    asked = set()
    before = contents(server)
    for operation, body, needed in lines():
        for mark, value in marks.items():
            body = body.replace(mark, value)
        asked.add(operation)
        if not needed:
            continue
        answer = ask(client, known, operation, body)
        equal(answer.error()[0], "AccessDeniedException", f"{operation} {body}: {answer.body}")
        equal(answer.status, 400, "status")
        contains(answer.error()[1], f"User: {ANN} is not authorized to perform: ", "message")
        if operation != "AssumeRole":  # AWS does not say why there
            contains(answer.error()[1], " because no ", "message")
    hosts = [name for name, (service, _) in known.items() if service == "codedeploy-commands"]
    execution = f"CodeDeploy/{REGION}/Prod/{marks['<deployment>']}"
    for operation in hosts:
        answer = ask(client, known, operation, json.dumps({
            "HostIdentifier": ANN, "HostCommandIdentifier": "x", "DeploymentExecutionId": execution,
            "CommandStatus": "Succeeded"}))
        equal(answer.error()[0], "AccessDeniedException", f"{operation}: {answer.body}")
    equal(sorted(set(known) - asked - set(hosts)), [], "operations that were not asked")
    after = contents(server)
    for table, rows in before.items():
        equal(after[table], rows, f"rows of {table}")

    admin.allow("ann", ALL)
    for operation, body, needed in lines():
        for mark, value in marks.items():
            body = body.replace(mark, value)
        answer = ask(client, known, operation, body)
        if answer.error()[0] == "AccessDeniedException":
            raise Failure(f"{operation} {body}: {answer.body}")


@case("a CI user deploys one application and nothing else; changes of its policy work at once")
def ci_user(world):
    server = world.server()
    admin = Identity(server)
    furnish(server, admin)
    keys = admin.user("ci")
    arn = f"arn:aws:codedeploy:{REGION}:123456789012"
    admin.allow("ci", {
        "Effect": "Allow",
        "Action": ["codedeploy:CreateDeployment", "codedeploy:GetDeployment", "codedeploy:RegisterApplicationRevision",
                   "codedeploy:GetDeploymentConfig"],
        "Resource": [f"{arn}:deploymentgroup:shop/*", f"{arn}:application:shop", f"{arn}:deploymentconfig:*"]})
    env = server.client_environment()
    env.pop("AWS_SHARED_CREDENTIALS_FILE")
    env.update(AWS_ACCESS_KEY_ID=keys[0], AWS_SECRET_ACCESS_KEY=keys[1])

    def deploy(*args, check=True):
        return server.aws("deploy", *args, check=check, env=env)

    group = ("--application-name", "shop", "--deployment-group-name", "web")
    wait_until("no deployment is active", lambda: server.aws(
        "deploy", "list-deployments", *group, "--include-only-statuses", "Created", "Queued", "InProgress")
        ["deployments"] == [] or server.aws("deploy", "stop-deployment", "--deployment-id", server.aws(
            "deploy", "list-deployments", *group)["deployments"][0]) is None)
    made = deploy("create-deployment", *group, "--s3-location", "bucket=bucket,key=second.zip,bundleType=zip")
    deploy("get-deployment", "--deployment-id", made["deploymentId"])
    refused = deploy("delete-application", "--application-name", "shop", check=False)
    equal(refused.returncode, 254, "exit status")
    contains(refused.stderr, "AccessDeniedException")
    contains(refused.stderr, f"User: arn:aws:iam::123456789012:user/ci is not authorized to perform: "
             f"codedeploy:DeleteApplication on resource: {arn}:application:shop because no identity-based policy allows "
             "the codedeploy:DeleteApplication action")

    admin.allow("ci", ALL, {"Effect": "Deny", "Action": "codedeploy:Get*", "Resource": f"{arn}:deploymentgroup/shop/web"})
    refused = deploy("get-deployment", "--deployment-id", made["deploymentId"], check=False)
    contains(refused.stderr, "with an explicit deny in an identity-based policy")
    deploy("get-application", "--application-name", "shop")
    admin("DeleteUserPolicy", UserName="ci", PolicyName="test")
    contains(deploy("get-application", "--application-name", "shop", check=False).stderr, "AccessDeniedException")


def example(beginning):
    """The policy below the paragraph of docs/identity.md that begins so."""
    page = (ROOT / "docs" / "identity.md").read_text()
    return re.search(re.escape(beginning) + r"[^`]*(?:`[^`]+`[^`]*)*?```json\n(.*?)```", page, re.S).group(1)


@case("the documented CI user pushes, deploys, looks and stops with slipway, and can do nothing else")
def documented_ci_user(world):
    server = world.server()
    for name in ("shop", "other"):
        server.slipway("apps", "create", name)
        server.slipway("groups", "create", "web", "--application", name, "--host-tag", "role=web")
    server.slipway("hosts", "register", "web-1", "--root", str(world.folder / "host"), "--tag", "role=web")
    (world.folder / "ci.json").write_text(example("A user for CI"))
    keys = world.folder / "ci.credentials"
    server.slipway("iam", "users", "create", "ci")
    server.slipway("iam", "policies", "put", "deploy", "--user", "ci", "--file", str(world.folder / "ci.json"))
    server.slipway("iam", "keys", "create", "--user", "ci", "--file", str(keys))
    env = server.client_environment(AWS_SHARED_CREDENTIALS_FILE=str(keys))

    def ci(*args, check=True):
        return server.slipway(*args, check=check, env=env)

    folder = str(revision_folder(world.folder / "revision", {"readme": "x"}))
    contains(ci("push", folder, "--application", "shop"), "Pushed")
    made = re.search(r"d-[A-Z0-9]{9}", ci("deploy", "--application", "shop", "--group", "web", "--folder", folder)).group(0)
    contains(ci("status", made), "web-1")
    ci("stop", made)
    for refused in (("deploy", "--application", "other", "--group", "web", "--folder", folder),
                    ("apps", "create", "third"), ("hosts", "list"), ("iam", "users", "list"), ("audit",)):
        done = ci(*refused, check=False)
        equal((done.returncode, "AccessDeniedException" in done.stderr), (2, True), f"refusal of {refused}")


@case("the documented policy for teams lets each make and use its own applications and groups, and take no other's")
def documented_teams(world):
    server = world.server()
    admin = Identity(server)
    known = facts()
    clients = {}
    for team in ("red", "blue"):
        keys = admin.user(team, Tags=[{"Key": "team", "Value": team}])
        admin("PutUserPolicy", UserName=team, PolicyName="own", PolicyDocument=example("Each team its own applications"))
        clients[team] = server.client(keys=keys)

    def call(team, operation, **arguments):
        answer = ask(clients[team], known, operation, json.dumps(arguments))
        return "ok" if answer.status == 200 else answer.error()[0]

    def tags(team):
        return [{"Key": "team", "Value": team}]

    group = {"applicationName": "shop", "deploymentGroupName": "web"}
    settings = {"serviceRoleArn": SERVICE_ROLE,
                "onPremisesInstanceTagFilters": [{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}]}
    arn = f"arn:aws:codedeploy:{REGION}:{SERVICE_ROLE.split(':')[4]}:application:shop"
    denied = "AccessDeniedException"
    equal(call("red", "CreateApplication", applicationName="shop"), denied, "an application without a tag")
    equal(call("red", "CreateApplication", applicationName="shop", tags=tags("blue")), denied, "one with another's")
    equal(call("red", "CreateApplication", applicationName="shop", tags=tags("red")), "ok", "one with the own tag")
    equal(call("red", "CreateDeploymentGroup", **group, **settings), denied, "a group without a tag")
    equal(call("red", "CreateDeploymentGroup", **group, **settings, tags=tags("red")), "ok", "a group")
    equal(call("red", "CreateDeployment", **group, revision=REVISION), "ok", "a deployment")
    equal(call("red", "GetDeploymentGroup", **group), "ok", "reading the group")
    equal(call("blue", "TagResource", ResourceArn=arn, Tags=tags("blue")), denied, "taking over")
    equal(call("blue", "GetApplication", applicationName="shop"), denied, "reading another's")
    equal(call("blue", "CreateDeployment", **group, revision=REVISION), denied, "deploying another's")
    equal(call("red", "TagResource", ResourceArn=arn, Tags=[{"Key": "stage", "Value": "live"}]), "ok", "another tag")
    equal(call("red", "DeleteApplication", applicationName="shop"), "ok", "deleting")


@case("what is denied is in the log with its principal, reads and objects as well")
def told(world):
    server = world.server()
    admin = Identity(server)
    client = server.client(keys=admin.user("ann"))
    equal(ask(client, facts(), "ListApplications", "{}").error()[0], "AccessDeniedException", "error")
    equal(client.s3("GET", "/slipway?list-type=2").status, 403, "status of a listing")
    server.client().call("ListApplications")
    lines = [line for line in server.log.read_text().splitlines() if "event=request" in line and "user/ann" in line]
    equal([re.search(r"operation=(\w+)", line).group(1) for line in lines], ["ListApplications", "ListObjects"], "lines")
    lacks(server.log.read_text(), "operation=ListApplications principal=arn:aws:iam::123456789012:user/admin", "log")


@case("a session may do what both its role and its own policy allow")
def session(world):
    server = world.server()
    admin = Identity(server)
    furnish(server, admin)
    keys = admin.user("ann")
    admin("PutRolePolicy", RoleName="ops", PolicyName="all", PolicyDocument=policy(
        {"Effect": "Allow", "Action": "codedeploy:*", "Resource": "*"}))
    client, known = server.client(keys=keys), facts()
    role = json.dumps({"RoleArn": "arn:aws:iam::123456789012:role/ops", "RoleSessionName": "night", "Policy": policy(
        {"Effect": "Allow", "Action": ["codedeploy:GetApplication", "iam:*"], "Resource": "*"})})
    equal(ask(client, known, "AssumeRole", role).error()[0], "AccessDeniedException", "error")
    admin.allow("ann", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    answer = ask(client, known, "AssumeRole", role)
    made = json.loads(answer.body)["Credentials"]
    limited = server.client(keys=(made["AccessKeyId"], made["SecretAccessKey"]))

    def call(operation, **arguments):
        service, target = known[operation]
        return limited.request(operation, json.dumps(arguments), service, target,
                               headers={"X-Amz-Security-Token": made["SessionToken"]})

    equal(call("GetApplication", applicationName="shop").status, 200, "status")
    refused = call("DeleteApplication", applicationName="shop").error()
    contains(refused[1], "arn:aws:sts::123456789012:assumed-role/ops/night is not authorized")
    contains(refused[1], "because no session policy allows the codedeploy:DeleteApplication action")
    contains(call("ListUsers").error()[1], "because no identity-based policy allows the iam:ListUsers action")


@case("a user that is registered as an instance takes that instance's commands, and only those")
def registered_user(world):
    server = world.server()
    admin = Identity(server)
    furnish(server, admin)
    known = facts()
    web1, other = server.client(keys=admin.user("web1")), server.client(keys=admin.user("web2"))
    arn = "arn:aws:iam::123456789012:user/{}".format

    def poll(client, name):
        return ask(client, known, "PollHostCommand", json.dumps({"HostIdentifier": arn(name)}))

    command = json.loads(poll(web1, "web1").body)["HostCommand"]
    equal(command["HostIdentifier"], arn("web1"), "host of the command")
    equal(poll(web1, "web2").error()[0], "AccessDeniedException", "error as another")
    equal(poll(other, "web2").error()[0], "AccessDeniedException", "error of one that is not registered")
    equal(poll(other, "web1").error()[0], "AccessDeniedException", "error for another")
    report = json.dumps({"HostCommandIdentifier": command["HostCommandIdentifier"]})
    equal(ask(other, known, "PutHostCommandAcknowledgement", report).error()[0], "AccessDeniedException", "error")
    equal(ask(web1, known, "PutHostCommandAcknowledgement", report).status, 200, "status")
    admin.allow("web1", {"Effect": "Deny", "Action": "codedeploy-commands-secure:*", "Resource": "*"})
    contains(poll(web1, "web1").error()[1], "with an explicit deny in an identity-based policy")
    admin("DeleteUserPolicy", UserName="web1", PolicyName="test")
    admin("DeregisterOnPremisesInstance", instanceName="web1")
    contains(poll(web1, "web1").error()[1], "not the identity of a registered on-premises instance")


@case("who gets the name of a deleted user inherits nothing that policies of buckets and roles said of him")
def name_given_again(world):
    server = world.server()
    admin = Identity(server)
    bucket = server.client()
    equal(bucket.s3("PUT", "/releases").status, 200, "bucket")
    equal(bucket.s3("PUT", "/releases/shop.zip", b"content").status, 200, "object")

    def ann():
        return server.client(keys=admin.user("ann"))
    before = ann()
    statement = {"Effect": "Allow", "Principal": {"AWS": ANN}, "Action": "s3:*", "Resource": "arn:aws:s3:::releases/*"}
    equal(bucket.s3("PUT", "/releases?policy=", policy(statement).encode()).status, 204, "policy")
    equal(before.s3("GET", "/releases/shop.zip").body, b"content", "object for the first ann")

    admin("DeleteAccessKey", UserName="ann", AccessKeyId=before.key_id)
    admin("DeleteUser", UserName="ann")
    after = ann()
    equal(after.s3("GET", "/releases/shop.zip").status, 403, "object for the second ann")
    kept = bucket.s3("GET", "/releases?policy=").body
    lacks(kept.decode(), ANN, "policy")
    equal(bucket.s3("PUT", "/releases?policy=", kept).status, 400, "a new policy that names who is gone")
    equal(bucket.s3("PUT", "/releases?policy=", policy(statement).encode()).status, 204, "policy")
    equal(after.s3("GET", "/releases/shop.zip").body, b"content", "object for the second ann, named anew")


@case("a powerless user's request with as many tags as fit is refused like any other")
def many_tags(world):
    server = world.server()
    admin = Identity(server)
    client = server.client(keys=admin.user("ann"))
    tags = [{"Key": f"k{i}", "Value": "v"} for i in range(16000)]
    for operation, body in (("CreateApplication", {"applicationName": "x", "tags": tags}),
                            ("TagResource", {"ResourceArn": f"arn:aws:codedeploy:{REGION}:123456789012:application:x",
                                             "Tags": tags})):
        equal(ask(client, facts(), operation, json.dumps(body)).error()[0], "AccessDeniedException", operation)


if __name__ == "__main__":
    main(globals())
