#!/usr/bin/env python3
"""Who may do what with objects: users by their own policies and by the bucket's, administrators, hosts."""
import re

from harness import *
from signed_client import SignedClient

ACCOUNT = "123456789012"


def statement(effect, action, resource, principal=None, **condition):
    """One statement; condition: operator={key: value}."""
    made = {"Effect": effect, "Action": action, "Resource": resource}
    if principal:
        made["Principal"] = principal
    if condition:
        made["Condition"] = condition
    return made


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def user_arn(name):
    return {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{name}"}


class Stage:
    """A server with a bucket, its administrator, and users."""

    def __init__(self, world):
        self.server = world.server()
        self.admin = self.server.client()
        self.ok("PUT", "/bkt")
        for key in ("open/k", "secret/k"):
            self.ok("PUT", f"/bkt/{key}", key.encode())

    def ok(self, method, path, body=b"", headers=None):
        status, text = ask(self.admin, method, path, body, headers)
        equal(status // 100, 2, f"{method} {path} as the administrator: {text}")
        return text

    def iam(self, *args):
        return self.server.aws("iam", *args)

    def user(self, name, *statements):
        """A client of a new user, with a policy if any statements are given."""
        self.iam("create-user", "--user-name", name)
        if statements:
            self.iam("put-user-policy", "--user-name", name, "--policy-name", "own", "--policy-document",
                     policy(*statements))
        key = self.iam("create-access-key", "--user-name", name)["AccessKey"]
        return SignedClient(self.server.http, key["AccessKeyId"], key["SecretAccessKey"])

    def bucket_policy(self, *statements):
        self.ok("PUT", "/bkt?policy", policy(*statements).encode())


def ask(client, method, path, body=b"", headers=None):
    answer = client.send(method, path, client.sign(method, path, headers or {}, body, "s3"), body)
    return answer.status, answer.body.decode(errors="replace")


def allowed(client, *rows):
    for method, path, *more in rows:
        status, text = ask(client, method, path, *more)
        equal(status in (200, 204, 206), True, f"{method} {path} {more}: {status} {text}")


def refused(client, *rows):
    for method, path, *more in rows:
        status, text = ask(client, method, path, *more)
        equal(status, 403, f"{method} {path} {more}: {text}")
        if method != "HEAD":
            contains(text, "<Code>AccessDenied</Code>", f"{method} {path}")


@case("a bucket's policy is kept as it is, and only one that stays within the account")
def documents(world):
    stage = Stage(world)
    server = stage.server

    def api(*args, **options):
        return server.aws("s3api", *args, "--bucket", "bkt", **options)

    contains(api("get-bucket-policy", check=False).stderr, "NoSuchBucketPolicy", "before there is one")
    contains(api("get-bucket-policy-status", check=False).stderr, "NoSuchBucketPolicy", "its status")
    stage.iam("create-user", "--user-name", "ann")
    good = policy(statement("Allow", "s3:GetObject", "arn:aws:s3:::bkt/*", user_arn("ann")))
    api("put-bucket-policy", "--policy", good)
    equal(api("get-bucket-policy")["Policy"], good, "the policy")
    equal(api("get-bucket-policy-status")["PolicyStatus"], {"IsPublic": False}, "its status")
    public = statement("Allow", "s3:GetObject", "arn:aws:s3:::bkt/*", "*")
    rows = [
        (policy(public), "AccessDenied"),
        (policy(dict(public, Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})), "AccessDenied"),
        (policy(dict(public, Principal={"AWS": "210987654321"})), "MalformedPolicy"),
        (policy(dict(public, Principal=user_arn("nobody"))), "MalformedPolicy"),
        (policy(dict(public, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/nothing"})), "MalformedPolicy"),
        (policy(dict(public, Principal={"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/nothing/s"})), "MalformedPolicy"),
        (policy(dict(public, Principal={"AWS": ACCOUNT}, Resource="arn:aws:s3:::other/*")), "MalformedPolicy"),
        (policy(dict(public, Principal={"AWS": ACCOUNT}, Action="iam:GetUser")), "MalformedPolicy"),
        ("no policy", "MalformedPolicy"),
    ]
    for text, code in rows:
        contains(api("put-bucket-policy", "--policy", text, check=False).stderr, f"({code})", text)
    equal(api("get-bucket-policy")["Policy"], good, "the policy after those that were refused")
    api("put-bucket-policy", "--policy", policy(dict(public, Condition={
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT}})))
    api("delete-bucket-policy")
    contains(api("get-bucket-policy", check=False).stderr, "NoSuchBucketPolicy", "after deleting it")


@case("a bucket's policy allows and denies; an administrator can always replace it")
def bucket_policies(world):
    stage = Stage(world)
    ann = stage.user("ann")
    refused(ann, ("GET", "/bkt/open/k"), ("HEAD", "/bkt/open/k"), ("PUT", "/bkt/open/mine", b"x"), ("GET", "/bkt"), ("GET", "/"),
            ("GET", "/bkt?policy"), ("PUT", "/bkt?policy", policy(
                statement("Allow", "s3:*", ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"], user_arn("ann"))).encode()))
    stage.bucket_policy(
        statement("Allow", ["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::bkt/open/*", user_arn("ann")),
        statement("Deny", "s3:*", "arn:aws:s3:::bkt/open/locked", "*"))
    allowed(ann, ("GET", "/bkt/open/k"), ("HEAD", "/bkt/open/k"), ("PUT", "/bkt/open/mine", b"x"))
    refused(ann, ("GET", "/bkt/secret/k"), ("DELETE", "/bkt/open/k"), ("GET", "/bkt"), ("PUT", "/bkt/open/locked", b"x"),
            ("GET", "/bkt/open/none"), ("HEAD", "/bkt/open/none"))
    allowed(stage.admin, ("PUT", "/bkt/open/locked", b"x"), ("GET", "/bkt/open/locked"))
    # who may list learns that a key is not there
    stage.bucket_policy(
        statement("Allow", "s3:GetObject", "arn:aws:s3:::bkt/*", user_arn("ann")),
        statement("Allow", "s3:ListBucket", "arn:aws:s3:::bkt", user_arn("ann"),
                  StringLike={"s3:prefix": "open/*"}, NumericLessThanEquals={"s3:max-keys": "10"}))
    allowed(ann, ("GET", "/bkt?list-type=2&prefix=open/&max-keys=10"))
    refused(ann, ("GET", "/bkt?list-type=2&prefix=secret/&max-keys=10"), ("GET", "/bkt?list-type=2&prefix=open/&max-keys=11"),
            ("GET", "/bkt?list-type=2&prefix=open/"), ("GET", "/bkt?versions&prefix=open/&max-keys=10"))
    stage.bucket_policy(statement("Allow", ["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"],
                                  user_arn("ann")))
    status, text = ask(ann, "GET", "/bkt/open/none")
    equal(status, 404, f"a missing key for who may list: {text}")
    # everybody locked out, the administrator is not
    stage.bucket_policy(statement("Deny", "s3:*", ["arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"], "*"))
    refused(ann, ("GET", "/bkt/open/k"))
    allowed(stage.admin, ("GET", "/bkt?policy"), ("DELETE", "/bkt?policy"))
    refused(ann, ("GET", "/bkt/open/k"))


@case("a user's own policies: what each operation asks for")
def own_policies(world):
    stage = Stage(world)
    bucket, objects = "arn:aws:s3:::bkt", "arn:aws:s3:::bkt/*"
    stage.ok("PUT", "/bkt?versioning", b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
    stage.ok("PUT", "/bkt/tagged", b"x", {"x-amz-tagging": "team=red"})
    begin = stage.ok("POST", "/bkt/upload?uploads")
    upload = re.search("<UploadId>(.*)</UploadId>", begin).group(1)
    first = stage.admin.s3("PUT", "/bkt/v", b"1").headers["x-amz-version-id"]
    batch = f"<Delete><Object><Key>gone</Key></Object><Object><Key>v</Key><VersionId>{first}</VersionId></Object></Delete>"
    rows = [  # action, resource, what it allows, what it does not
        ("s3:ListAllMyBuckets", "*", [("GET", "/")], [("GET", "/bkt")]),
        ("s3:ListBucket", bucket, [("GET", "/bkt"), ("GET", "/bkt?list-type=2"), ("HEAD", "/bkt")], [("GET", "/bkt?versions"), ("GET", "/bkt?uploads")]),
        ("s3:ListBucketVersions", bucket, [("GET", "/bkt?versions")], [("GET", "/bkt")]),
        ("s3:ListBucketMultipartUploads", bucket, [("GET", "/bkt?uploads")], [("GET", f"/bkt/upload?uploadId={upload}")]),
        ("s3:ListMultipartUploadParts", objects, [("GET", f"/bkt/upload?uploadId={upload}")], [("GET", "/bkt?uploads")]),
        ("s3:GetObject", objects, [("GET", "/bkt/v"), ("HEAD", "/bkt/v")],
         [("GET", f"/bkt/v?versionId={first}"), ("GET", "/bkt/v?tagging"), ("GET", "/bkt/v?acl"),
          ("GET", "/bkt/v?attributes", b"", {"x-amz-object-attributes": "ETag"})]),
        ("s3:GetObjectVersion", objects, [("GET", f"/bkt/v?versionId={first}")], [("GET", "/bkt/v")]),
        (["s3:GetObject", "s3:GetObjectAttributes"], objects,
         [("GET", "/bkt/v?attributes", b"", {"x-amz-object-attributes": "ETag"})], []),
        ("s3:GetObjectTagging", objects, [("GET", "/bkt/v?tagging")], [("PUT", "/bkt/v?tagging", b"<Tagging><TagSet/></Tagging>")]),
        ("s3:PutObject", objects, [("PUT", "/bkt/new", b"x"), ("POST", "/bkt/new?uploads")],
         [("PUT", "/bkt/new", b"x", {"x-amz-tagging": "a=b"}), ("PUT", "/bkt/new", b"x", {"x-amz-acl": "private"}),
          ("PUT", "/bkt/new", b"", {"x-amz-copy-source": "bkt/open/k"}), ("DELETE", "/bkt/new"), ("DELETE", f"/bkt/upload?uploadId={upload}")]),
        (["s3:PutObject", "s3:GetObject"], objects, [("PUT", "/bkt/new", b"", {"x-amz-copy-source": "bkt/open/k"})],
         [("PUT", "/bkt/new", b"", {"x-amz-copy-source": "bkt/tagged"}),
          ("PUT", "/bkt/new", b"", {"x-amz-copy-source": f"bkt/v?versionId={first}"})]),
        ("s3:DeleteObject", objects, [("DELETE", "/bkt/gone")],
         [("DELETE", f"/bkt/v?versionId={first}"), ("DELETE", "/bkt/v", b"", {"If-Match": '"x"'})]),
        ("s3:GetBucketPolicy", bucket, [], [("GET", "/bkt?policyStatus"), ("PUT", "/bkt?policy", b"{}")]),
        ("s3:GetBucketAcl", bucket, [("GET", "/bkt?acl")], [("GET", "/bkt?cors"), ("GET", "/bkt?location")]),
        ("s3:CreateBucket", "arn:aws:s3:::mine-*", [("PUT", "/mine-1")], [("PUT", "/other"), ("DELETE", "/mine-1")]),
        ("s3:AbortMultipartUpload", objects, [("DELETE", f"/bkt/upload?uploadId={upload}")], [("DELETE", "/bkt/upload")]),
    ]
    user = stage.user("bob")

    def give(*statements):
        stage.iam("put-user-policy", "--user-name", "bob", "--policy-name", "own", "--policy-document", policy(*statements))
    for action, resource, may, may_not in rows:
        give(statement("Allow", action, resource))
        allowed(user, *may)
        refused(user, *may_not)
    # each key of a batch is judged by itself
    give(statement("Allow", "s3:DeleteObject", objects))
    status, text = ask(user, "POST", "/bkt?delete", batch.encode())
    equal(status, 200, text)
    contains(text, "<Deleted><Key>gone</Key>", "the key that may be deleted")
    contains(text, f"<Error><Key>v</Key><VersionId>{first}</VersionId><Code>AccessDenied</Code>", "the version that may not")


@case("conditions on versions, tags, headers and the way of signing")
def conditions(world):
    stage = Stage(world)
    objects = "arn:aws:s3:::bkt/*"
    stage.ok("PUT", "/bkt/red", b"x", {"x-amz-tagging": "team=red"})
    stage.ok("PUT", "/bkt/blue", b"x", {"x-amz-tagging": "team=blue"})
    ann = stage.user(
        "ann",
        statement("Allow", "s3:GetObject", objects, StringEquals={"s3:ExistingObjectTag/team": "red"}),
        statement("Allow", ["s3:PutObject", "s3:PutObjectTagging"], objects,
                  StringEquals={"s3:RequestObjectTag/team": "red"}),
        statement("Allow", "s3:DeleteObject", objects, Null={"s3:if-match": "false"}),
        statement("Deny", "s3:*", "*", StringEquals={"s3:authType": "REST-QUERY-STRING"}))
    allowed(ann, ("GET", "/bkt/red"), ("PUT", "/bkt/new", b"x", {"x-amz-tagging": "team=red"}))
    tagging = b"<Tagging><TagSet><Tag><Key>team</Key><Value>%s</Value></Tag></TagSet></Tagging>"
    allowed(ann, ("PUT", "/bkt/new?tagging", tagging % b"red"))
    refused(ann, ("GET", "/bkt/blue"), ("PUT", "/bkt/new", b"x"), ("PUT", "/bkt/new", b"x", {"x-amz-tagging": "team=blue"}),
            ("PUT", "/bkt/new?tagging", tagging % b"blue"), ("DELETE", "/bkt/new"))
    allowed(ann, ("DELETE", "/bkt/red", b"", {"If-Match": "*"}))


@case("an upload of who may not put is cut off, and hosts do no more than read")
def others(world):
    stage = Stage(world)
    ann = stage.user("ann")
    for _ in range(2):  # the key is looked up, then at hand
        refused(ann, ("PUT", "/bkt/large", b"x" * 3_000_000))
    _, key_id, secret = stage.server.keys_create("web-1")
    host = SignedClient(stage.server.http, key_id, secret)
    allowed(host, ("GET", "/bkt/open/k"), ("HEAD", "/bkt/secret/k"))
    refused(host, ("PUT", "/bkt/open/k", b"x"), ("GET", "/bkt"), ("GET", "/bkt?policy"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/AWS/CodeDeploy/web-1"
    stage.bucket_policy(statement("Deny", "s3:GetObject", "arn:aws:s3:::bkt/secret/*", {"AWS": arn}))
    allowed(host, ("GET", "/bkt/open/k"))
    refused(host, ("GET", "/bkt/secret/k"))


if __name__ == "__main__":
    main(globals())
