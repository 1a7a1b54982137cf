#!/usr/bin/env python3
"""The deployment specification (the checklist's part 10.2), against a scripted service."""

from harness import *
from scripted_host import *
from scripted_service import *


def without(document, *keys):
    return {key: value for key, value in document.items() if key not in keys}


@case("39: each required member that is missing, null or empty fails the command, and is named")
def required_members(world):
    service = ScriptedService(world)
    agent = service.agent()
    said = {}
    for key in ("DeploymentId", "DeploymentGroupId", "DeploymentGroupName", "ApplicationName"):
        good = service.document()
        for bad in (without(good, key), {**good, key: None}, {**good, key: ""}):
            done = service.run("ApplicationStop", bad)
            equal((key, done.status, done.code, done.script, done.log), (key, "Failed", 5, "", ""))
            contains(done.message, f'"{key}"')
            said[key] = done.message
    equal(len(set(said.values())), 4, "distinct messages")
    for key in ("DeploymentId", "DeploymentGroupId", "DeploymentGroupName", "ApplicationName"):
        done = service.run("ApplicationStop", {**service.document(), key: 7})
        equal((key, done.status, done.code), (key, "Failed", 5))
    equal(service.operations("PutHostCommandAcknowledgement"), [])
    equal(tree(agent.deployment_root / GROUP) if (agent.deployment_root / GROUP).exists() else [], [])


@case("40: of a deployment's ARN the last part is the folder's name and DEPLOYMENT_ID")
def deployment_arn(world):
    host = Host(world)
    for arn, short in (("arn:aws:codedeploy:us-east-1:123456789012:deployment/d-FROMARN01", "d-FROMARN01"),
                       ("arn:aws-cn:codedeploy:r:a:deployment/d-X/more", "d-X")):
        document = host.download({"appspec.yml": HEAD + "hooks:\n  BeforeInstall:\n    - location: hook.sh\n",
                                  "hook.sh": "#!/bin/sh\necho $DEPLOYMENT_ID >$HOST_ROOT/id\n"}, deployment=arn)
        host.service.succeed("BeforeInstall", document)
        equal((host.agent.root / "id").read_text(), f"{short}\n")
        equal((host.root / GROUP / short / "deployment-archive").is_dir(), True, short)
        equal((host.instructions / f"{GROUP}_most_recent_install").read_text(), str(host.root / GROUP / short))
    for bad in ("arn:aws:codedeploy:r:a:deployment/", "arn:aws:codedeploy:r:a:deployment/..", "../d", "a/b", ".", ".."):
        done = host.service.run("ApplicationStop", host.service.document(deployment=bad))
        equal((bad, done.status, done.code), (bad, "Failed", 5))
        done = host.service.run("ApplicationStop", host.service.document(group=bad))
        equal((bad, done.status, done.code), (bad, "Failed", 5))


def block_traffic(number):
    return {"appspec.yml": HEAD + "hooks:\n  BeforeBlockTraffic:\n    - location: hook.sh\n",
            "hook.sh": f"#!/bin/sh\necho {number} >$HOST_ROOT/ran\n"}


@case("41: without DeploymentCreator and DeploymentType it is a user's deployment in place")
def defaults(world):
    host = Host(world)
    host.install(block_traffic(1))
    host.download(block_traffic(2))  # the most recent one, which was not installed
    ran = host.agent.root / "ran"
    rollback = {"DeploymentCreator": "codeDeployRollback", "DeploymentType": "BLUE_GREEN"}
    for change, expected in ((rollback, "2\n"), ({**rollback, "DeploymentCreator": None}, "1\n"), ({**rollback, "DeploymentType": None}, "1\n")):
        host.service.succeed("BeforeBlockTraffic", {**host.service.document(), **change})
        equal((change, ran.read_text()), (change, expected))
    for absent in (["DeploymentCreator"], ["DeploymentType"], ["DeploymentCreator", "DeploymentType"]):
        host.service.succeed("BeforeBlockTraffic", without({**host.service.document(), **rollback}, *absent))
        equal((absent, ran.read_text()), (absent, "1\n"))


@case("42: members that nobody knows are ignored, at every level")
def unknown_members(world):
    host = Host(world)
    host.upload(zipped({"appspec.yml": HEAD}))
    document = host.service.document(ApplicationId="a", Unknown={"a": [1, {"b": None}]}, TargetRevision=7, AgentActionOverrides={
        "Unknown": 1, "AgentOverrides": {"FileExistsBehavior": "DISALLOW", "Unknown": True}})
    document["Revision"] = {**document["Revision"], "Unknown": "x"}
    document["Revision"]["S3Revision"] = {**document["Revision"]["S3Revision"], "Unknown": [], "Version": None, "ETag": None}
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)


@case("43, 44, 45: a revision's members; a missing revision and one without a type are told apart")
def revisions(world):
    service = ScriptedService(world)
    service.agent()

    def message(document, *words):
        done = service.run("ApplicationStop", document)
        equal((document.get("Revision"), done.status, done.code, done.script), (document.get("Revision"), "Failed", 5, ""))
        for word in words:
            contains(done.message, word)
        return done.message

    good = service.document()
    missing = {message(without(good, "Revision"), '"Revision"'), message({**good, "Revision": None}, '"Revision"')}
    typeless = {message({**good, "Revision": revision}, "RevisionType") for revision in ("", {}, {"S3Revision": {}}, {"RevisionType": None})}
    equal((len(missing), len(typeless), missing & typeless), (1, 1, set()))
    message({**good, "Revision": {"RevisionType": "Other"}}, "RevisionType")
    s3 = {"Bucket": "b", "Key": "k", "BundleType": "zip"}
    local = {"Location": "/x", "BundleType": "tar"}
    github = {"Account": "a", "Repository": "r", "CommitId": "c"}
    for kind, part, members in (("S3", "S3Revision", s3), ("Local File", "LocalRevision", local), ("Local Directory", "LocalRevision", local),
                                ("GitHub", "GitHubRevision", github)):
        message({**good, "Revision": {"RevisionType": kind}}, part)
        said = {message({**good, "Revision": {"RevisionType": kind, part: without(members, key)}}, f'"{key}"') for key in members}
        equal(len(said), len(members), f"distinct messages of {kind}")
        if "BundleType" in members:
            for bad in ("bar", "ZIP", ""):
                message({**good, "Revision": {"RevisionType": kind, part: {**members, "BundleType": bad}}}, "BundleType")
    message({**good, "Revision": {"RevisionType": "S3", "S3Revision": {**s3, "BundleType": "directory"}}}, "BundleType")
    message({**good, "Revision": {"RevisionType": "GitHub", "GitHubRevision": {**github, "Anonymous": False}}}, "OAuthToken")


@case("46: FileExistsBehavior in any case; DISALLOW when it is absent at any level")
def file_exists_behavior(world):
    host = Host(world)
    mine = host.files / "mine"
    mine.write_text("mine")
    content = {"appspec.yml": host.appspec(), "content/mine": "new"}
    for overrides in ("(absent)", None, {}, {"AgentOverrides": None}, {"AgentOverrides": {}}, {"AgentOverrides": {"FileExistsBehavior": None}},
                      {"AgentOverrides": {"FileExistsBehavior": ""}}, {"AgentOverrides": {"FileExistsBehavior": "disallow"}}):
        host.install_refused(content, str(mine), AgentActionOverrides=overrides)
    for word in ("overwrite", "OverWrite", "OVERWRITE"):
        host.install(content, behavior=word)
        equal((word, mine.read_text()), (word, "new"))
        host.install({"appspec.yml": HEAD})
        mine.write_text("mine")
    host.install(content, behavior="Retain")
    equal(mine.read_text(), "mine")


@case("47: the named AppSpec is read by Install and by hooks, also one in a folder; none outside of the revision is")
def appspec_filename(world):
    host = Host(world)
    for name in ("foo.yaml", "deep/er/x.yml"):
        spec = host.appspec("hooks:\n  BeforeInstall:\n    - location: hook.sh\n")
        document = host.download({name: spec, "appspec.yml": "not: an AppSpec\n", "content/a": name, "hook.sh":
                                  "#!/bin/sh\necho ran >$HOST_ROOT/hook\n"}, AppSpecFilename=name)
        host.service.succeed("BeforeInstall", document)
        equal((host.agent.root / "hook").read_text(), "ran\n")
        (host.agent.root / "hook").unlink()
        host.service.succeed("Install", document)
        equal((host.files / "a").read_text(), name)
    (host.root / "outside.yml").write_text(HEAD)
    for name in ("../../../outside.yml", "deep/../../x.yml", str(host.root / "missing.yml")):
        document = host.service.document(AppSpecFilename=name)
        host.service.run("DownloadBundle", document)
        done = host.service.run("Install", document)
        equal((name, done.status, done.code), (name, "Failed", 5))


if __name__ == "__main__":
    main(globals())
