#!/usr/bin/env python3
"""Revisions from GitHub (the checklist's lines 48 and 60 to 63), from a proxy that plays api.github.com."""

import re
import time

from harness import *
from scripted_host import *
from scripted_proxy import ScriptedProxy
from scripted_service import *

API = "api.github.com:443"
TOKEN = "ghp_token-that-is-in-no-log"
TOP = {"owner-repository-0123abc/appspec.yml": HEAD, "owner-repository-0123abc/x.sh": "#!/bin/sh\n"}


class GitHubHost:
    """A host whose downloads go to a GitHub of our own. pause: the first between attempts."""

    def __init__(self, world, pause=0.02, **config):
        key, certificate = ScriptedService(world).make_signer(["subjectAltName=DNS:api.github.com,DNS:codeload.github.com,DNS:git.example.test"], "github")
        folder = world.folder / "trusted"
        folder.mkdir()
        shutil.copy(certificate, folder / "github.pem")
        self.github = ScriptedProxy(world, tls=(key, certificate))
        self.github.answer = lambda request: (200, {}, tarred(TOP, "w:gz"))
        self.host = Host(world)
        self.host.agent.stop()
        self.host.agent = self.host.service.agent(
            "from-github", bundle_proxy_uri=self.github.url, verbose=True, log_aws_wire=True, download_pause_first=pause,
            environment={"AWS_SSL_CA_DIRECTORY": folder}, **config)
        self.host.root = self.host.agent.deployment_root

    def download(self, token=None, revision=None, **more):
        document = self.host.service.document(GitHubAccessToken=token, Revision={"RevisionType": "GitHub", "GitHubRevision": {
            "Account": "owner", "Repository": "repository", "CommitId": "0123abc", **(revision or {}), **more}})
        return self.host.service.run("DownloadBundle", document), document

    def wanted(self):
        return [(request.host, request.method, request.path, request.headers.get("authorization")) for request in self.github.requests]


@case("60, 61: the archive's URL by type; the token is sent when there is one")
def urls(world):
    at = GitHubHost(world)
    for kind, path, data in (({}, "tarball", tarred(TOP, "w:gz")), ({"BundleType": "tar"}, "tarball", tarred(TOP)),
                             ({"BundleType": "zip"}, "zipball", zipped(TOP))):
        for token in (None, TOKEN):
            at.github.requests.clear()
            at.github.answer = lambda request, data=data: (200, {}, data)
            done, document = at.download(token, **kind)
            equal((kind, done.status), (kind, "Succeeded"), done.message)
            equal(at.wanted(), [(API, "GET", f"/repos/owner/repository/{path}/0123abc", token and f"token {TOKEN}")])
            equal(tree(at.host.archive(document)), ["appspec.yml", "x.sh"])
            equal((at.host.folder(document) / "bundle.tar").read_bytes(), data)
    equal({target for target, _ in at.github.asked}, {f"CONNECT {API}"})


@case("61: a redirect is followed, and the token stays with the first host")
def redirect(world):
    at = GitHubHost(world)
    archive = tarred(TOP, "w:gz")
    at.github.answer = lambda request: (200, {}, archive) if request.host.startswith("codeload") else (
        302, {"Location": "https://codeload.github.com/owner/repository/legacy.tar.gz/0123abc?token=signed"}, b"")
    done, document = at.download(TOKEN)
    equal(done.status, "Succeeded", done.message)
    equal(at.wanted(), [(API, "GET", "/repos/owner/repository/tarball/0123abc", f"token {TOKEN}"),
                        ("codeload.github.com:443", "GET", "/owner/repository/legacy.tar.gz/0123abc?token=signed", None)])
    at.github.requests.clear()
    at.github.answer = lambda request: (302, {"Location": "http://codeload.github.com/plain"}, b"")
    done, _ = at.download(TOKEN)
    equal((done.status, done.code), ("Failed", 5))
    equal({host for host, *_ in at.wanted()}, {API}, "hosts that were asked")


@case("another GitHub API is asked in the same way, below its own path")
def enterprise(world):
    for number, (endpoint, path) in enumerate((("https://git.example.test/api/v3", "/api/v3"), ("https://git.example.test:8443", ""))):
        at = GitHubHost(PartOfWorld(world, number), github_endpoint=endpoint)
        done, _ = at.download(TOKEN)
        equal(done.status, "Succeeded", done.message)
        host = "git.example.test:8443" if number else "git.example.test:443"
        equal(at.wanted(), [(host, "GET", f"{path}/repos/owner/repository/tarball/0123abc", f"token {TOKEN}")])


@case("113: scripts get the commit, and no variables of a bucket")
def environment(world):
    at = GitHubHost(world)
    at.github.answer = lambda request: (200, {}, tarred({
        "top/appspec.yml": HEAD + "hooks:\n  BeforeInstall:\n    - location: hook.sh\n", "top/hook.sh": "#!/bin/sh\nenv >$HOST_ROOT/env\n"}))
    _, document = at.download(TOKEN)
    at.host.service.succeed("BeforeInstall", document)
    env = (at.host.agent.root / "env").read_text()
    equal([line for line in env.splitlines() if line.startswith("BUNDLE_")], ["BUNDLE_COMMIT=0123abc"])
    lacks(env, TOKEN)


@case("62: after a first refusal and three more the command fails with every status; the pauses grow threefold")
def refusals(world):
    at = GitHubHost(world, pause=0.1)
    answers, times = [404, 500, 403, 404], []

    def answer(request):
        times.append(time.monotonic())
        return answers[len(times) - 1], {}, b'{"message": "Not Found"}'

    at.github.answer = answer
    done, document = at.download(TOKEN)
    equal((done.status, done.code, done.script, len(times)), ("Failed", 5, "", 4))
    equal([int(word) for word in re.findall(r"\b[1-5]\d\d\b", done.message)], answers, "statuses of the message")
    contains(done.message, "/repos/owner/repository/tarball/0123abc")
    lacks(done.message, TOKEN)
    pauses = [after - before for before, after in zip(times, times[1:])]
    if any(pause < least for pause, least in zip(pauses, (0.1, 0.3, 0.9))):
        raise Failure(f"attempts came too soon after each other: {pauses}")
    at.github.answer = lambda request: (200, {}, tarred(TOP, "w:gz"))
    times.clear()
    at.host.service.succeed("DownloadBundle", document)


@case("63: GitHub makes no tgz, and is not asked for one")
def types(world):
    at = GitHubHost(world)
    for kind in ("tgz", "directory", "bar"):
        done, _ = at.download(TOKEN, BundleType=kind)
        equal((kind, done.status, done.code), (kind, "Failed", 5))
        contains(done.message, kind)
    equal(at.github.asked, [])


@case("48: the token is in no log, and in no file of the agent's")
def no_token(world):
    at = GitHubHost(world)
    done, document = at.download(TOKEN)
    equal(done.status, "Succeeded", done.message)
    at.github.answer = lambda request: (401, {}, b'{"message": "Bad credentials"}')
    equal(at.download(TOKEN)[0].code, 5)
    equal(at.download(TOKEN, BundleType="tgz")[0].code, 5)
    at.host.service.succeed("Install", document)
    files = [path for path in world.folder.rglob("*") if path.is_file() and not path.name.startswith("agent-") or path == at.host.agent.log]
    equal(any("aws_wire" in path.name for path in files), True, "a trace")
    equal([str(path) for path in files if TOKEN.encode() in path.read_bytes()], [], "files with the token")
    equal(len({token for *_, token in at.wanted()}), 1)


if __name__ == "__main__":
    main(globals())
