"""Users and sessions for cases, made through IAM and STS (AWS's Query protocol: a form goes in, XML comes out)."""

import json
import urllib.parse
import xml.etree.ElementTree

from signed_client import SignedClient

from endpoints import Unavailable
from values import Wrong

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
# STS gives no shorter ones; the server's own program does.
SHORTEST_SESSION_S = 900


def query(endpoint, service, action, **arguments):
    """The answer's leaves by their names."""
    client = SignedClient(endpoint.url, endpoint.key_id, endpoint.secret, endpoint.region, endpoint.ca)
    body = urllib.parse.urlencode({"Action": action, "Version": VERSIONS[service], **arguments}).encode()
    headers = client.sign("POST", "/", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, body, service)
    answer = client.send("POST", "/", headers, body)
    client.close()
    try:
        root = xml.etree.ElementTree.fromstring(answer.body)
    except xml.etree.ElementTree.ParseError:
        raise Unavailable(f"needs {service.upper()} at the same address") from None
    leaves = {leaf.tag.rpartition("}")[2]: leaf.text or "" for leaf in root.iter() if len(leaf) == 0}
    if answer.status != 200:
        raise Wrong(f"{action} answered {answer.status} {leaves.get('Code')}: {leaves.get('Message')}")
    return leaves


class User:
    """A user with one key and, when a policy is given, that policy."""

    POLICY = "conformance"

    def __init__(self, endpoint, name, policy):
        self.endpoint, self.name, self.policy = endpoint, name, policy
        self.arn = query(endpoint, "iam", "CreateUser", UserName=name)["Arn"]
        key = query(endpoint, "iam", "CreateAccessKey", UserName=name)
        self.sign = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
        if policy:
            query(endpoint, "iam", "PutUserPolicy", UserName=name, PolicyName=self.POLICY, PolicyDocument=json.dumps(policy))

    def delete(self):
        query(self.endpoint, "iam", "DeleteAccessKey", UserName=self.name, AccessKeyId=self.sign["key"])
        if self.policy:
            query(self.endpoint, "iam", "DeleteUserPolicy", UserName=self.name, PolicyName=self.POLICY)
        query(self.endpoint, "iam", "DeleteUser", UserName=self.name)


def session(endpoint, seconds):
    """How to sign with a session of the administrator's that lasts so long."""
    if seconds >= SHORTEST_SESSION_S:
        made = query(endpoint, "sts", "GetSessionToken", DurationSeconds=seconds)
        return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"], "token": made["SessionToken"]}
    server = endpoint.server
    if server is None:
        raise Unavailable("needs the server's own program, to make a session that ends soon")
    done = server.run_slipwayd("keys", "create", "--data", server.data, "--user", "brief", "--session", seconds)
    said = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
    return {"key": said["aws_access_key_id"], "secret": said["aws_secret_access_key"], "token": said["aws_session_token"]}
