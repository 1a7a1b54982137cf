#!/usr/bin/env python3
"""Users, keys, policies, roles and temporary keys: by Debian's AWS CLI, its boto3, our own command line, and by hand."""
import re
import stat
import urllib.parse
import xml.etree.ElementTree

from harness import *

ALLOW_READS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["codedeploy:Get*", "codedeploy:List*"], "Resource": "*"}]}
HOST_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
ACCOUNT = SERVICE_ROLE.split(":")[4]


def trust(who, **condition):
    statement = {"Effect": "Allow", "Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = {"StringEquals": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def refused(code, done):
    """The AWS CLI's way to tell that the service refused."""
    equal(done.returncode, 254, f"exit status of what should be refused with {code}")
    contains(done.stderr, f"({code})", "the CLI's error")


class Query(SignedClient):
    """The Query protocol by hand."""

    def form(self, service, fields, method="POST", version="2010-05-08", raw=None):
        body = raw if raw is not None else urllib.parse.urlencode({"Version": version, **fields})
        if method == "GET":
            path = "/?" + body
            return self.send("GET", path, self.sign("GET", path, {}, b"", service), None)
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self.send("POST", "/", self.sign("POST", "/", headers, body.encode(), service), body.encode())


def query(server, keys=None):
    return Query(server.http, *(keys or server.credentials()))


def error_of(answer):
    """(status, code) of an error answer, whose shape is checked."""
    equal(answer.headers["Content-Type"], "text/xml", "content type of an error")
    root = xml.etree.ElementTree.fromstring(answer.body)
    equal(root.tag, "ErrorResponse", "root of an error")
    equal(root.find("RequestId").text, answer.headers["x-amzn-RequestId"], "request id of an error")
    equal(root.find("Error/Type").text, "Receiver" if answer.status >= 500 else "Sender", "whose fault it is")
    return answer.status, root.find("Error/Code").text


def key_of(answer):
    return answer["AccessKey"]["AccessKeyId"], answer["AccessKey"]["SecretAccessKey"]


def wait_for_deployment(server, deployment_id):
    client = server.client()

    def over():
        info = client.call("GetDeployment", deploymentId=deployment_id)["deploymentInfo"]
        return info if info["status"] in ("Succeeded", "Failed", "Stopped") else None
    info = wait_until(f"the end of {deployment_id}", over, timeout_s=60)
    equal(info["status"], "Succeeded", f"end of {deployment_id}: {info.get('errorInformation')}")


def deploy_to_tag(world, server, tag):
    """A revision on the hosts with the tag, to its end."""
    folder = revision_folder(world.folder / "revision", {"readme": "x"}, EVENTS, '#!/bin/sh\necho "$LIFECYCLE_EVENT" >> "$HOST_ROOT/events"\n')
    server.slipway("apps", "create", "shop")
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", tag)
    out = server.slipway("deploy", "--application", "shop", "--group", "web", "--folder", folder)
    wait_for_deployment(server, re.search(r"d-[A-Z0-9]{9}", out).group(0))


def start_agent(world, server, name, identity):
    """An agent with an on-premises file of the given text."""
    root = world.folder / "hosts" / name
    root.mkdir(parents=True, exist_ok=True)
    private = root / "codedeploy.onpremises.yml"
    private.touch(mode=0o600)
    private.write_text(identity)
    (root / "codedeployagent.yml").write_text(
        "---\n" + "".join(f":{key}: {json.dumps(str(value))}\n" for key, value in {
            "root_dir": root / "deployment-root", "log_dir": root / "log", "pid_dir": root / "state",
            "on_premises_config_file": private, "deploy_control_endpoint": server.http,
            "s3_endpoint_override": server.http, "ssl_ca_bundle": server.ca,
            "spec_signer_ca": server.signer_ca}.items()) + ":wait_between_runs: 1\n")
    log = world.folder / f"agent-{name}.log"
    world.logs.append(log)
    env = clean_environment(root)
    env.update(HOST_ROOT=str(root))
    process = Process(f"agent {name}", [AGENT, "--config-file", root / "codedeployagent.yml", "run"], env, log)
    world.processes.append(process)
    process.start()
    return root


@case("the AWS CLI manages users, keys and policies")
def aws_cli_users(world):
    server = world.server()

    def iam(*args, **options):
        return server.aws("iam", *args, **options)

    user = iam("create-user", "--user-name", "bob", "--path", "/people/", "--tags", "Key=team,Value=web")["User"]
    equal(user["Arn"], f"arn:aws:iam::{ACCOUNT}:user/people/bob", "ARN of the user")
    equal(user["Tags"], [{"Key": "team", "Value": "web"}], "tags of the user")
    refused("EntityAlreadyExists", iam("create-user", "--user-name", "BOB", check=False))
    equal([u["UserName"] for u in iam("list-users", "--path-prefix", "/people/")["Users"]], ["bob"], "users by path")
    equal(iam("get-user")["User"]["UserName"], "admin", "the caller")

    document = json.dumps({**HOST_POLICY, "Statement": [{**HOST_POLICY["Statement"][0], "Resource": "arn:aws:s3:::b/a <c> & d%20+ü"}]})
    iam("put-user-policy", "--user-name", "bob", "--policy-name", "reads", "--policy-document", document)
    got = iam("get-user-policy", "--user-name", "bob", "--policy-name", "reads")
    equal(got["PolicyDocument"], json.loads(document), "the policy that comes back")
    refused("MalformedPolicyDocument", iam("put-user-policy", "--user-name", "bob", "--policy-name", "x",
                                           "--policy-document", "{}", check=False))
    iam("attach-user-policy", "--user-name", "bob", "--policy-arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    equal(iam("list-attached-user-policies", "--user-name", "bob")["AttachedPolicies"][0]["PolicyName"],
          "AmazonS3ReadOnlyAccess", "the attached policy")

    key = key_of(iam("create-access-key", "--user-name", "bob"))
    bob = dict(AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1])
    equal(server.aws("sts", "get-caller-identity", **bob)["Arn"], user["Arn"], "who bob is")
    refused("DeleteConflict", iam("delete-user", "--user-name", "bob", check=False))
    iam("update-access-key", "--user-name", "bob", "--access-key-id", key[0], "--status", "Inactive")
    refused("InvalidClientTokenId", server.aws("sts", "get-caller-identity", check=False, **bob))
    iam("update-access-key", "--user-name", "bob", "--access-key-id", key[0], "--status", "Active")
    server.aws("sts", "get-caller-identity", **bob)
    iam("delete-access-key", "--user-name", "bob", "--access-key-id", key[0])
    refused("InvalidClientTokenId", server.aws("sts", "get-caller-identity", check=False, **bob))
    iam("delete-user-policy", "--user-name", "bob", "--policy-name", "reads")
    iam("detach-user-policy", "--user-name", "bob", "--policy-arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam("delete-user", "--user-name", "bob")
    refused("NoSuchEntity", iam("get-user", "--user-name", "bob", check=False))


@case("boto3 manages roles, and pages through lists")
def boto3_roles(world):
    server = world.server()
    done = subprocess.run(["/usr/bin/python3", str(E2E / "boto_iam.py"), server.http], text=True, capture_output=True,
                          env=server.client_environment(), timeout=120 * PATIENCE)
    equal(done.stdout.splitlines()[-1:], ["all good"], f"boto3's end:\n{done.stdout}{done.stderr}")


# Conformance 189. A CLI that is older than AWS_ENDPOINT_URL gets its IAM endpoint from a model: docs/identity.md.
@case("aws deploy register, an agent with the file it wrote, aws deploy deregister")
def register_and_deregister(world):
    server = world.server()
    models = world.folder / "models"
    server.slipway("aws-models", models)
    work = world.folder / "register"
    work.mkdir()

    def deploy(*args):
        done = subprocess.run([AWS, "deploy", *args, "--endpoint-url", server.http], text=True, capture_output=True,
                              cwd=work, env=server.client_environment(AWS_DATA_PATH=models), timeout=120 * PATIENCE)
        equal(done.returncode, 0, f"exit status of aws deploy {args[0]}: {done.stdout}{done.stderr}")

    deploy("register", "--instance-name", "web-1", "--tags", "Key=env,Value=prod")
    info = server.client().call("GetOnPremisesInstance", instanceName="web-1")["instanceInfo"]
    equal(info["iamUserArn"], f"arn:aws:iam::{ACCOUNT}:user/AWS/CodeDeploy/web-1", "ARN of the instance")
    root = start_agent(world, server, "web-1", (work / "codedeploy.onpremises.yml").read_text())
    deploy_to_tag(world, server, "env=prod")
    equal(len((root / "events").read_text().splitlines()), len(EVENTS) - 1, "events that ran on the host")

    deploy("deregister", "--instance-name", "web-1")
    refused("NoSuchEntity", server.aws("iam", "get-user", "--user-name", "web-1", check=False))
    info = server.client().call("GetOnPremisesInstance", instanceName="web-1")["instanceInfo"]
    contains(info, "deregisterTime", "the instance")
    # What RegisterHost made can be cleaned up in the same way.
    server.slipway("hosts", "register", "web-2", "--root", world.folder / "hosts" / "web-2", "--tag", "env=prod")
    deploy("deregister", "--instance-name", "web-2")
    refused("NoSuchEntity", server.aws("iam", "get-user", "--user-name", "web-2", check=False))


@case("aws deploy push, with a CLI that is older than AWS_ENDPOINT_URL")
def push(world):
    server = world.server()
    models = world.folder / "models"
    server.slipway("aws-models", models)
    folder = revision_folder(world.folder / "revision", {"readme": "x"}, EVENTS, "#!/bin/sh\n")
    server.client().call("CreateApplication", applicationName="shop")
    server.client().s3("PUT", "/releases")
    done = server.aws("deploy", "push", "--application-name", "shop", "--s3-location", "s3://releases/shop/1.zip",
                      "--source", folder, check=False, AWS_DATA_PATH=models)
    equal(done.returncode, 0, f"exit status of aws deploy push: {done.stdout}{done.stderr}")
    revisions = server.client().call("ListApplicationRevisions", applicationName="shop")["revisions"]
    equal([r["s3Location"]["key"] for r in revisions], ["shop/1.zip"], "revisions")


@case("a host with a role's session deploys, and its session is renewed in the file")
def session_host(world):
    server = world.server()
    policies = world.folder / "policies"
    policies.mkdir()
    (policies / "trust.json").write_text(json.dumps(trust(f"arn:aws:iam::{ACCOUNT}:root")))
    (policies / "host.json").write_text(json.dumps(HOST_POLICY))
    server.slipway("iam", "roles", "create", "hosts", "--trust", policies / "trust.json")
    server.slipway("iam", "policies", "put", "objects", "--role", "hosts", "--file", policies / "host.json")
    credentials = world.folder / "session.credentials"
    server.slipway("iam", "assume", "hosts", "--session", "web-1", "--file", credentials)
    equal(stat.S_IMODE(credentials.stat().st_mode), 0o600, "mode of the credentials file")
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/hosts/web-1"
    client = server.client()
    client.call("RegisterOnPremisesInstance", instanceName="web-1", iamSessionArn=arn)
    client.call("AddTagsToOnPremisesInstances", instanceNames=["web-1"], tags=[{"Key": "env", "Value": "prod"}])
    root = start_agent(world, server, "web-1", f"---\niam_session_arn: {arn}\nregion: {REGION}\n"
                                               f"aws_credentials_file: {credentials}\n")
    deploy_to_tag(world, server, "env=prod")
    equal(len((root / "events").read_text().splitlines()), len(EVENTS) - 1, "events that ran on the host")
    before = credentials.read_text()
    server.slipway("iam", "assume", "hosts", "--session", "web-1", "--file", credentials)
    equal(credentials.read_text() != before, True, "the file has new keys")


@case("Jenkins assumes a role with an external id, and asks for its account")
def jenkins(world):
    server = world.server()
    user = server.aws("iam", "create-user", "--user-name", "jenkins")["User"]
    key = key_of(server.aws("iam", "create-access-key", "--user-name", "jenkins"))
    role = server.aws("iam", "create-role", "--role-name", "deployer", "--assume-role-policy-document",
                      json.dumps(trust(user["Arn"], **{"sts:ExternalId": "a-secret"})))["Role"]
    server.aws("iam", "attach-role-policy", "--role-name", "deployer", "--policy-arn",
               "arn:aws:iam::aws:policy/AWSCodeDeployDeployerAccess")
    jenkins_keys = dict(AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1])
    # The plugin's settings page: without the permission the refusal still names the caller.
    done = server.aws("iam", "get-user", check=False, **jenkins_keys)
    refused("AccessDenied", done)
    contains(done.stderr, user["Arn"], "the refusal")
    server.aws("iam", "attach-user-policy", "--user-name", "jenkins", "--policy-arn",
               "arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    equal(server.aws("iam", "get-user", **jenkins_keys)["User"]["Arn"], user["Arn"], "whom Jenkins finds")
    assume = ["sts", "assume-role", "--role-arn", role["Arn"], "--role-session-name", "build"]
    refused("AccessDenied", server.aws(*assume, check=False, **jenkins_keys))
    refused("AccessDenied", server.aws(*assume, "--external-id", "wrong", check=False, **jenkins_keys))
    made = server.aws(*assume, "--external-id", "a-secret", **jenkins_keys)
    equal(made["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/build", "the session")
    session = dict(AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_ACCESS_KEY_ID=made["Credentials"]["AccessKeyId"],
                   AWS_SECRET_ACCESS_KEY=made["Credentials"]["SecretAccessKey"],
                   AWS_SESSION_TOKEN=made["Credentials"]["SessionToken"])
    equal(server.aws("deploy", "list-applications", **session)["applications"], [], "what the session sees")
    refused("AccessDeniedException",
            server.aws("deploy", "create-application", "--application-name", "x", check=False, **session))
    # What the role may do changes for sessions that it has.
    server.aws("iam", "detach-role-policy", "--role-name", "deployer", "--policy-arn",
               "arn:aws:iam::aws:policy/AWSCodeDeployDeployerAccess")
    refused("AccessDeniedException", server.aws("deploy", "list-applications", check=False, **session))
    server.aws("iam", "delete-role", "--role-name", "deployer")
    refused("UnrecognizedClientException", server.aws("deploy", "list-applications", check=False, **session))


@case("the Query protocol by hand: GET, forms, errors and their names")
def by_hand(world):
    server = world.server()
    client = query(server)
    for method in ("POST", "GET"):
        answer = client.form("iam", {"Action": "GetUser"}, method)
        equal(answer.status, 200, f"status of {method}")
        name = xml.etree.ElementTree.fromstring(answer.body).find(
            "{https://iam.amazonaws.com/doc/2010-05-08/}GetUserResult/{*}User/{*}UserName")
        equal(name.text, "admin", f"user by {method}")
    for what, wanted, fields in (
            ("an unknown action", (400, "InvalidAction"), {"Action": "CreateGroup"}),
            ("an action of another service", (400, "InvalidAction"), {"Action": "CreateApplication"}),
            ("no action", (400, "InvalidAction"), {}),
            ("an unknown user", (404, "NoSuchEntity"), {"Action": "GetUser", "UserName": "bob"}),
            ("a missing name", (400, "ValidationError"), {"Action": "CreateUser"}),
            ("a bad number", (400, "MalformedInput"), {"Action": "ListUsers", "MaxItems": "many"}),
            ("a bad index", (400, "MalformedInput"), {"Action": "CreateUser", "Tags.member.0.Key": "a"})):
        equal(error_of(client.form("iam", fields)), wanted, what)
    equal(error_of(client.form("iam", {"Action": "GetUser"}, version="1999-01-01")), (400, "InvalidAction"), "a version")
    equal(error_of(client.form("iam", {}, raw="Action=GetUser&Version=2010-05-08&UserName=%ff")),
          (400, "MalformedInput"), "a name that is not UTF-8")
    equal(error_of(client.form("iam", {}, raw="&".join(f"p{i}=" for i in range(3000)))), (400, "MalformedInput"),
          "too many parameters")
    equal(error_of(client.form("iam", {}, raw="a=" + "x" * (1 << 20))), (413, "RequestEntityTooLarge"), "a large form")
    key_id, secret = server.credentials()
    equal(error_of(query(server, (key_id, secret + "x")).form("iam", {"Action": "GetUser"})),
          (403, "SignatureDoesNotMatch"), "a wrong signature")
    equal(error_of(query(server, ("AKIA" + "A" * 16, secret)).form("sts", {"Action": "GetCallerIdentity"},
                                                                   version="2011-06-15")),
          (403, "InvalidClientTokenId"), "an unknown key")
    body = "Action=GetUser&Version=2010-05-08"
    unsigned = client.send("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, body)
    equal(error_of(unsigned), (403, "MissingAuthenticationToken"), "no signature")


@case("a server that allows one region still answers identity's clients")
def regions(world):
    server = world.server(settings="allowed_regions: [eu-west-3]\n")
    equal(query(server).form("sts", {"Action": "GetCallerIdentity"}, version="2011-06-15").status, 200,
          "status of a request that is signed for us-east-1")


@case("slipway iam: users, keys, policies and roles, for people and as JSON")
def own_command_line(world):
    server = world.server()
    files = world.folder / "files"
    files.mkdir()
    (files / "reads.json").write_text(json.dumps(ALLOW_READS))
    (files / "bad.json").write_text('{"Statement": [{"Effect": "Allow", "Actoin": "*"}]}')
    (files / "trust.json").write_text(json.dumps(trust(f"arn:aws:iam::{ACCOUNT}:user/bob")))

    def iam(*args, **options):
        return server.slipway("iam", *args, **options)

    contains(iam("whoami"), ":user/admin", "whoami")
    contains(iam("users", "create", "bob", "--tag", "team=web"), "may do nothing yet", "users create")
    equal(json.loads(iam("users", "show", "bob", "--output", "json"))["User"]["Tags"],
          [{"Key": "team", "Value": "web"}], "tags of the user")
    equal([u["UserName"] for u in json.loads(iam("users", "list", "--output", "json"))["Users"]], ["admin", "bob"], "users")

    done = iam("keys", "create", "--user", "bob", check=False)
    equal(done.returncode, 64, "exit status without a place for the secret")
    equal(json.loads(iam("keys", "list", "--user", "bob", "--output", "json"))["AccessKeyMetadata"], [], "no key was made")
    lacks(iam("keys", "create", "--user", "bob", "--file", files / "bob"), "secret", "output when a file is written")
    equal(stat.S_IMODE((files / "bob").stat().st_mode), 0o600, "mode of the file")
    equal(iam("keys", "create", "--user", "bob", "--file", files / "bob", check=False).returncode, 4,
          "exit status for a file that is there")
    bob = dict(AWS_SHARED_CREDENTIALS_FILE=files / "bob")
    contains(iam("whoami", **bob), ":user/bob", "whoami as bob")

    equal(server.slipway("apps", "list", check=False, **bob).returncode, 2, "exit status without a policy")
    done = iam("policies", "put", "reads", "--user", "bob", "--file", files / "bad.json", check=False)
    equal(done.returncode, 4, "exit status for a bad policy")
    contains(done.stderr, "Actoin", "what is wrong with the policy")
    iam("policies", "put", "reads", "--user", "bob", "--file", files / "reads.json")
    iam("policies", "attach", "AmazonS3ReadOnlyAccess", "--user", "bob")
    contains(iam("policies", "list", "--user", "bob"), "AmazonS3ReadOnlyAccess", "policies of bob")
    server.slipway("apps", "list", **bob)
    equal(server.slipway("apps", "create", "x", check=False, **bob).returncode, 2, "exit status beyond the policy")
    contains(iam("policies", "list"), "AdministratorAccess", "policies that can be attached")
    equal(json.loads(iam("policies", "show", "reads", "--user", "bob")), ALLOW_READS, "the policy")

    iam("roles", "create", "ci", "--trust", files / "trust.json")
    contains(iam("roles", "list"), ":role/ci", "roles")
    contains(iam("roles", "show", "ci"), "sts:AssumeRole", "the role")
    shown = iam("assume", f"arn:aws:iam::{ACCOUNT}:role/ci", "--session", "shell", "--show", **bob)
    contains(shown, "aws_session_token", "a session on the terminal")
    iam("roles", "delete", "ci")

    key_id = json.loads(iam("keys", "list", "--user", "bob", "--output", "json"))["AccessKeyMetadata"][0]["AccessKeyId"]
    iam("keys", "disable", key_id, "--user", "bob")
    equal(iam("whoami", check=False, **bob).returncode, 2, "exit status with a key that is off")
    iam("keys", "enable", key_id, "--user", "bob")
    iam("whoami", **bob)
    done = iam("users", "delete", "bob", check=False)
    contains(done.stderr, "--force", "the remedy")
    iam("users", "delete", "bob", "--force")
    equal(iam("users", "show", "bob", check=False).returncode, 2, "exit status for a user that is gone")


@case("the last administrator's key stays, and slipwayd makes another")
def last_key(world):
    server = world.server()
    key_id, _ = server.credentials()
    refused("UnmodifiableEntity", server.aws("iam", "delete-access-key", "--access-key-id", key_id, check=False))
    other = server.keys_create("root", path="/")
    env = dict(AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_ACCESS_KEY_ID=other[1], AWS_SECRET_ACCESS_KEY=other[2])
    server.aws("iam", "delete-access-key", "--user-name", "admin", "--access-key-id", key_id, **env)
    refused("InvalidClientTokenId", server.aws("sts", "get-caller-identity", check=False))


if __name__ == "__main__":
    main(globals())
