#!/usr/bin/env python3
"""Tokens for GitHub accounts: from the command line into the store, from there to the hosts that need them, nowhere else."""
import base64
import re

from harness import *

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"


def token_file(world, mode=0o600):
    path = world.folder / f"token-{mode:o}"
    path.write_text(TOKEN + "\n")
    path.chmod(mode)
    return path


def host_client(server, root):
    """A client with the identity that `slipway hosts register` wrote."""
    text = (root / "codedeploy.onpremises.yml").read_text()
    values = dict(re.findall(r"^(\w+): '(.*)'$", text, re.M))
    return values["iam_user_arn"], server.client(keys=(values["aws_access_key_id"], values["aws_secret_access_key"]))


@case("a token goes to the hosts of a GitHub revision, and is seen nowhere else")
def token_on_its_way(world):
    server = world.server()
    root = world.folder / "host"
    server.slipway("hosts", "register", "web-1", "--root", root, "--tag", "fleet=web")
    server.slipway("apps", "create", "shop")
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", "fleet=web")

    refused = server.slipway("github-tokens", "put", "octo", "--file", token_file(world, 0o644), check=False)
    equal(refused.returncode, 4, "exit status for a file that others can read")
    contains(refused.stderr, "chmod 600", "the remedy")
    refused = server.slipway("github-tokens", "put", "octo", TOKEN, check=False)
    equal(refused.returncode, 64, "exit status for a token in an argument")
    said = server.slipway("github-tokens", "put", "octo", "--file", token_file(world), "--application", "shop")
    contains(said, "shop is linked", "output of put")
    lacks(said, TOKEN, "output of put")
    equal(server.slipway("github-tokens", "list").split(), ["octo"], "names")
    done = subprocess.run([str(SLIPWAY), "github-tokens", "put", "piped"], input=TOKEN + "\n", text=True, capture_output=True,
                          env=server.client_environment(), timeout=60 * PATIENCE)
    equal((done.returncode, done.stderr), (0, ""), "put from standard input")
    equal(server.slipway("github-tokens", "list").split(), ["octo", "piped"], "names")
    server.slipway("github-tokens", "delete", "piped")
    application = server.client().call("GetApplication", applicationName="shop")["application"]
    equal((application["linkedToGitHub"], application["gitHubAccountName"]), (True, "octo"), "the link")

    deployment = server.aws("deploy", "create-deployment", "--application-name", "shop", "--deployment-group-name", "web",
                            "--github-location", "repository=owner/private,commitId=" + "a" * 40)["deploymentId"]
    arn, host = host_client(server, root)
    command = wait_until("the first command", lambda: host.call(
        "PollHostCommand", "codedeploy-commands", HostIdentifier=arn).get("HostCommand"))
    envelope = host.call("GetDeploymentSpecification", "codedeploy-commands", HostIdentifier=arn,
                         DeploymentExecutionId=command["DeploymentExecutionId"])["DeploymentSpecification"]["GenericEnvelope"]
    lines = [line for line in envelope["Payload"].splitlines() if line and not line.startswith("-----")]
    contains(base64.b64decode("".join(lines)).decode("latin-1"), f'"GitHubAccessToken":"{TOKEN}"', "the specification")

    server.slipway("stop", deployment)
    server.slipway("github-tokens", "delete", "octo")
    done = server.aws("deploy", "create-deployment", "--application-name", "shop", "--deployment-group-name", "web",
                      "--github-location", "repository=owner/private,commitId=" + "a" * 40, check=False)
    contains(done.stderr, "InvalidGitHubAccountTokenException", "a deployment without the token")
    server.slipway("github-tokens", "unlink", "shop")
    server.aws("deploy", "create-deployment", "--application-name", "shop", "--deployment-group-name", "web",
               "--github-location", "repository=owner/public,commitId=" + "a" * 40)

    lacks(server.log.read_text(), TOKEN, "the server's log")
    lacks(server.slipway("audit", "--output", "json"), TOKEN, "the audit")
    for path in server.data.rglob("*"):
        if path.is_file() and TOKEN.encode() in path.read_bytes():
            raise Failure(f"the token stands in {path}")


if __name__ == "__main__":
    main(globals())
