#!/usr/bin/env python3
"""What commands do on the host (the checklist's parts 10.3 and 10.6), driven by a scripted service."""

import hashlib
import io
import re
import stat

from harness import *
from scripted_host import *
from scripted_service import *

# ---- 10.3 DownloadBundle ----


@case("49, 50: version and ETag of the object")
def version_and_etag(world):
    host = Host(world)
    data = zipped({"appspec.yml": HEAD})
    host.upload(data, "a key+ü")
    etag = hashlib.md5(data).hexdigest()
    for given in (None, etag, f'"{etag}"'):
        host.service.succeed("DownloadBundle", host.service.document(key="a key+ü", etag=given))
    host.service.succeed("DownloadBundle", host.service.document(key="a key+ü", version="v/1 2"))
    equal([query for _, query, _ in host.service.object_requests], ["", "", "", "versionId=v%2F1%202"])
    contains(host.service.object_requests[0][2], "/s3/aws4_request")
    done = host.service.run("DownloadBundle", host.service.document(key="a key+ü", etag="0" * 32))
    equal((done.status, done.code), ("Failed", 5))
    contains(done.message, etag)


@case("51, 52, 56, 64: each bundle type is kept as bundle.tar and unpacked afresh")
def bundle_types(world):
    host = Host(world)
    files = {"appspec.yml": HEAD, "bin/run.sh": "#!/bin/sh\n", "ünicode": "x"}
    for kind, data in (("zip", zipped(files)), ("tar", tarred(files)), ("tgz", tarred(files, "w:gz")), ("tar", tarred(files, "w:xz"))):
        host.upload(data)
        document = host.service.document(bundle=kind)
        stale = host.archive(document) / "stale"
        stale.parent.mkdir(parents=True)
        stale.touch()
        host.service.succeed("DownloadBundle", document)
        equal((kind, tree(host.archive(document))), (kind, ["appspec.yml", "bin", "bin/run.sh", "ünicode"]))
        equal(stat.S_IMODE((host.archive(document) / "bin/run.sh").stat().st_mode), 0o755)
        equal((host.folder(document) / "bundle.tar").read_bytes(), data)
        equal((host.instructions / f"{GROUP}_most_recent_install").read_text(), str(host.folder(document)))


@case("53, 54, 55: one leading folder is removed if it has an AppSpec in it")
def leading_folder(world):
    host = Host(world)
    for files, expected in [
            ({"top/AppSpec.yaml": HEAD, "top/x/y": ""}, ["AppSpec.yaml", "x", "x/y"]),
            ({"top/other.yml": HEAD}, ["top", "top/other.yml"]),
            ({"top/appspec.yml": HEAD, "b": ""}, ["b", "top", "top/appspec.yml"])]:
        document = host.download(files)
        equal(tree(host.archive(document)), expected)


@case("57, 58, 69: garbage in front of a zip is fine; a truncated archive fails and moves no pointer")
def damaged(world):
    host = Host(world)
    host.upload(b"#!/bin/sh\nexit 0\n" + zipped({"appspec.yml": HEAD}))
    document = host.service.document()
    host.service.succeed("DownloadBundle", document)
    pointer = (host.instructions / f"{GROUP}_most_recent_install").read_text()
    noise = os.urandom(50000)
    for kind, data in (("zip", zipped({"x": noise})), ("tar", tarred({"x": noise})), ("tgz", tarred({"x": noise}, "w:gz")), ("zip", b"")):
        host.upload(data[:len(data) // 2])
        document = host.service.document(bundle=kind)
        done = host.service.run("DownloadBundle", document)
        equal((kind, done.status, done.code), (kind, "Failed", 5))
        equal(host.archive(document).exists(), False, "archive")
    host.service.objects.clear()
    done = host.service.run("DownloadBundle", host.service.document())
    equal((done.status, done.code), ("Failed", 5))
    contains(done.message, "NoSuchKey")
    equal((host.instructions / f"{GROUP}_most_recent_install").read_text(), pointer)


@case("59: hostile archives write nothing outside, and the agent stays up")
def hostile_archives(world):
    host = Host(world)
    victim = world.folder / "victim"
    victim.mkdir()
    (victim / "file").write_text("untouched")
    up = "../" * 12

    def special(kind, name="x", target="", data=b""):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, target, len(data)
            archive.addfile(info, io.BytesIO(data))
        return out.getvalue()

    bomb = tarred({"zeros": b"\0" * 3_000_000}, "w:gz")
    cases = {
        "climbing tar": ("tar", tarred({f"{up}{victim}/new": "x"})),
        "climbing zip": ("zip", zipped({f"{up}{victim}/new": "x"})),
        "absolute tar": ("tar", tarred({f"{victim}/new": "x"})),
        "absolute zip": ("zip", zipped({f"{victim}/new": "x"})),
        "inner climb": ("zip", zipped({f"a/b/../../../{up}{victim}/new": "x"})),
        "link out": ("tar", tarred({}, links=[("link", str(victim))])),
        "file through link": ("tar", tarred({}, links=[("link", f"{up}{victim}")]) [:512] + tarred({"link/new": "x"})),
        "link to parent": ("tar", tarred({}, links=[("a", ".."), ("a/x", "..")])),
        "hard link out": ("tar", special(tarfile.LNKTYPE, target=f"{up}{victim}/file")),
        "device": ("tar", special(tarfile.CHRTYPE)),
        "pipe": ("tar", special(tarfile.FIFOTYPE)),
        "bomb": ("tgz", bomb),
        "long name": ("tar", tarred({"n" * 300: "x"})),
    }
    host.agent.stop()
    host.agent = host.service.agent("limited", archive_max_extraction_size=2_000_000)
    for name, (kind, data) in cases.items():
        host.upload(data)
        done = host.service.run("DownloadBundle", host.service.document(bundle=kind))
        equal((name, done.status, done.code), (name, "Failed", 5))
        equal((name, tree(victim), (victim / "file").read_text()), (name, ["file"], "untouched"))
    equal(host.agent.process.running(), True, "agent runs")


@case("63: GitHub makes no tgz")
def github_types(world):
    host = Host(world)
    done = host.service.run("DownloadBundle", host.service.document(Revision={"RevisionType": "GitHub", "GitHubRevision": {
        "Account": "a", "Repository": "r", "CommitId": "c", "BundleType": "tgz"}}, GitHubAccessToken="token-that-is-secret"))
    equal((done.status, done.code), ("Failed", 5))
    contains(done.message, "tgz")
    lacks(tail(host.agent.log, 1000), "token-that-is-secret")


@case("65, 66: retention keeps the last successful deployment")
def retention(world):
    host = Host(world, max_revisions=2)
    content = {"appspec.yml": host.appspec(), "content/a": "x"}
    first = host.install(content)
    second = host.download(content)
    os.utime(host.folder(first), (1, 1))
    third = host.download(content)
    equal(sorted(p.name for p in (host.root / GROUP).iterdir()), sorted([first["DeploymentId"], third["DeploymentId"]]))
    host.service.succeed("Install", third)
    fourth = host.download(content)
    equal(sorted(p.name for p in (host.root / GROUP).iterdir()), sorted([third["DeploymentId"], fourth["DeploymentId"]]))
    equal(second["DeploymentId"] != fourth["DeploymentId"], True)


def keep_from_deletion(path):
    """Makes a folder that even root cannot remove; returns what undoes it. Skips where that cannot be."""
    if os.getuid() != 0:
        raise Skip("an agent that is not root owns what it may not remove, and may change that")
    if not shutil.which("chattr") or subprocess.run(["chattr", "+i", str(path)], capture_output=True).returncode:
        raise Skip("this file system knows no immutable files")
    return lambda: subprocess.run(["chattr", "-i", str(path)], check=True)


@case("68: a deployment that cannot be pruned is a warning, not a failure; the next that can be goes")
def cannot_prune(world):
    host = Host(world, max_revisions=2)
    content = {"appspec.yml": HEAD, "x": ""}
    first = host.download(content)
    undo = keep_from_deletion(host.folder(first) / "deployment-archive")
    try:
        second, third = host.download(content), host.download(content)
        equal(host.folder(first).exists(), True, "what cannot be pruned")
        contains(tail(host.agent.log, 50), first["DeploymentId"])
        equal([line for line in tail(host.agent.log, 50).splitlines() if " WARN " in line and first["DeploymentId"] in line] != [], True, "a warning")
    finally:
        undo()
    fourth = host.download(content)
    left = {path.name for path in (host.root / GROUP).iterdir()}
    equal((fourth["DeploymentId"] in left, first["DeploymentId"] in left, len(left)), (True, False, 2))
    equal(third["DeploymentId"] in left or second["DeploymentId"] in left, True, "the newest of the others")


@case("a server that goes away during the download is asked again")
def download_retried(world):
    host = Host(world)
    host.upload(zipped({"appspec.yml": HEAD}))
    troubles = [DROP, (503, b"<Error><Code>SlowDown</Code></Error>", {})]
    host.service.on["GetObject"] = lambda name: troubles.pop() if troubles else None
    host.service.succeed("DownloadBundle", host.service.document())
    equal(troubles, [])


@case("local files and folders as revisions")
def local_revisions(world):
    host = Host(world)
    source = world.folder / "source"
    (source / "bin").mkdir(parents=True)
    (source / "appspec.yml").write_text(HEAD)
    (source / "bin/x").symlink_to("../appspec.yml")
    archive = world.folder / "revision.tgz"
    archive.write_bytes(tarred({"appspec.yml": HEAD}, "w:gz"))
    for kind, location, bundle in (("Local Directory", source, "directory"), ("Local File", archive, "tgz")):
        document = host.service.document(Revision={"RevisionType": kind, "LocalRevision": {"Location": str(location), "BundleType": bundle}})
        host.service.succeed("DownloadBundle", document)
        equal((host.archive(document) / "appspec.yml").read_text(), HEAD)


# ---- 10.6 hooks ----


@case("111: before the download the last revision's scripts run, after it the new one's")
def which_revision(world):
    host = Host(world)
    old_events = ("ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic")
    new_events = ("BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic")

    def revision(number):
        spec = HEAD + "hooks:\n" + "".join(f"  {event}:\n    - location: hook.sh\n" for event in old_events + new_events)
        return {"appspec.yml": spec, "hook.sh": f"#!/bin/sh\necho {number} $LIFECYCLE_EVENT $DEPLOYMENT_ID >>$HOST_ROOT/ran\n"}

    first = host.install(revision(1))
    host.upload(zipped(revision(2)))
    second = host.service.document()
    for event in old_events:
        host.service.succeed(event, second)
    host.service.succeed("DownloadBundle", second)
    for event in old_events[:1] + new_events:
        host.service.succeed(event, second)
    expected = [f"1 {event} {second['DeploymentId']}" for event in old_events] + \
               [f"2 {event} {second['DeploymentId']}" for event in old_events[:1] + new_events]
    equal((host.agent.root / "ran").read_text().splitlines(), expected)
    equal((host.folder(second) / "logs/scripts.log").exists(), True)
    equal((host.folder(first) / "logs").exists(), False)


@case("112: a blue/green deployment that is rolled back: block-traffic hooks of the most recent revision, allow-traffic hooks of the last good one")
def which_revision_on_rollback(world):
    host = Host(world)
    events = ("BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop", "BeforeAllowTraffic", "AfterAllowTraffic")

    def revision(number):
        spec = HEAD + "hooks:\n" + "".join(f"  {event}:\n    - location: hook.sh\n" for event in (*events, "BeforeInstall"))
        return {"appspec.yml": spec, "hook.sh": f"#!/bin/sh\necho {number} $LIFECYCLE_EVENT $DEPLOYMENT_ID >>$HOST_ROOT/ran\n"}

    host.install(revision(1))
    host.download(revision(2))
    rollback = host.service.document(DeploymentCreator="codeDeployRollback", DeploymentType="BLUE_GREEN")
    for event in events:
        host.service.succeed(event, rollback)
    done = host.service.run("BeforeInstall", rollback)
    equal((done.status, done.code), ("Failed", 5))
    expected = list(zip((2, 2, 1, 1, 1), events))
    equal((host.agent.root / "ran").read_text().splitlines(), [f"{number} {event} {rollback['DeploymentId']}" for number, event in expected])
    # one of the two alone changes nothing: a deployment of its own has no revision to allow traffic to yet
    for half in ({"DeploymentCreator": "codeDeployRollback"}, {"DeploymentType": "BLUE_GREEN"}):
        document = host.service.document(**half)
        host.service.succeed("BeforeBlockTraffic", document)
        equal((host.agent.root / "ran").read_text().splitlines()[-1], f"1 BeforeBlockTraffic {document['DeploymentId']}")
        done = host.service.run("BeforeAllowTraffic", document)
        equal((half, done.status, done.code), (half, "Failed", 5))
    host.upload(zipped(revision(3)))
    host.service.succeed("DownloadBundle", rollback)
    for event in events:
        host.service.succeed(event, rollback)
        equal((host.agent.root / "ran").read_text().splitlines()[-1], f"3 {event} {rollback['DeploymentId']}")


@case("an event of the current revision before its download fails with code 5")
def too_early(world):
    host = Host(world)
    done = host.service.run("BeforeInstall", host.service.document())
    equal((done.status, done.code), ("Failed", 5))
    contains(done.message, "AppSpec")


@case("130: a pointer to a deleted revision makes ApplicationStop a no-op")
def dead_pointer(world):
    host = Host(world)
    first = host.install({"appspec.yml": HEAD + "hooks:\n  ApplicationStop:\n    - location: x\n", "x": ""})
    shutil.rmtree(host.folder(first))
    host.service.succeed("ApplicationStop", host.service.document())
    contains(tail(host.agent.log), "is gone")


@case("113, 114: the environment has the deployment and the bundle, and no secrets")
def hook_environment(world):
    host = Host(world)
    host.agent.stop()
    host.agent = host.service.agent("env", environment={"AWS_SECRET_ACCESS_KEY": "inherited-secret", "AWS_ACCESS_KEY_ID": "x", "KEEP_ME": "yes"})
    done, document = host.hook("#!/bin/sh\nenv >$HOST_ROOT/env\npwd >>$HOST_ROOT/env\n")
    equal(done.status, "Succeeded")
    env = (host.agent.root / "env").read_text()
    for name, value in {"LIFECYCLE_EVENT": "BeforeInstall", "DEPLOYMENT_ID": document["DeploymentId"], "APPLICATION_NAME": "the app",
                        "DEPLOYMENT_GROUP_NAME": "the group", "DEPLOYMENT_GROUP_ID": GROUP, "BUNDLE_BUCKET": "bucket",
                        "BUNDLE_KEY": "key", "KEEP_ME": "yes"}.items():
        contains(env, f"{name}={value}\n")
    contains(env, f"BUNDLE_ETAG=\"{hashlib.md5(host.service.objects['bucket/key']).hexdigest()}\"\n")
    for word in ("BUNDLE_VERSION", "BUNDLE_COMMIT", "inherited-secret", SECRET, "AWS_ACCESS_KEY"):
        lacks(env, word)


@case("113: of a local revision scripts get no variables of a bundle, not even inherited ones")
def local_environment(world):
    host = Host(world)
    host.agent.stop()
    host.agent = host.service.agent("env", environment={"BUNDLE_COMMIT": "inherited", "BUNDLE_KEY": "inherited"})
    source = world.folder / "source"
    source.mkdir()
    (source / "appspec.yml").write_text(HEAD + "hooks:\n  BeforeInstall:\n    - location: hook.sh\n")
    (source / "hook.sh").write_text("#!/bin/sh\nenv >$HOST_ROOT/env\n")
    document = host.service.document(Revision={"RevisionType": "Local Directory", "LocalRevision": {
        "Location": str(source), "BundleType": "directory"}})
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("BeforeInstall", document)
    lacks((host.agent.root / "env").read_text(), "BUNDLE_")


@case("113: the object's version and ETag, when the specification has them")
def version_environment(world):
    host = Host(world)
    data = zipped({"appspec.yml": HEAD + "hooks:\n  BeforeInstall:\n    - location: hook.sh\n", "hook.sh": "#!/bin/sh\nenv >$HOST_ROOT/env\n"})
    host.upload(data)
    etag = hashlib.md5(data).hexdigest()
    document = host.service.document(version="v 1", etag=etag)
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("BeforeInstall", document)
    env = (host.agent.root / "env").read_text().splitlines()
    equal(sorted(line for line in env if line.startswith("BUNDLE_")),
          ["BUNDLE_BUCKET=bucket", f"BUNDLE_ETAG={etag}", "BUNDLE_KEY=key", "BUNDLE_VERSION=v 1"])


@case("115, 122, 129: made executable, run by /bin/sh without an interpreter line, blanks in the name")
def odd_scripts(world):
    host = Host(world)
    spec = HEAD + "hooks:\n  BeforeInstall:\n    - location: my scripts/a b\n    - location: missing\n"
    document = host.download({"appspec.yml": spec, "my scripts/a b": "echo ran >$HOST_ROOT/ran\n"})
    done = host.service.run("BeforeInstall", document)
    equal((done.status, done.code, done.script), ("Failed", 1, "missing"))
    equal((host.agent.root / "ran").read_text(), "ran\n")
    done, _ = host.hook("#!/no/such/interpreter\n")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    done, _ = host.hook("#!/bin/sh\r\nexit 0\r\n")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, "CR LF")


@case("116, 126, 128: a failing script's status, log and log files; the next one does not run")
def failing_script(world):
    host = Host(world)
    spec = HEAD + "hooks:\n  BeforeInstall:\n    - location: a.sh\n    - location: b.sh\n"
    document = host.download({"appspec.yml": spec, "a.sh": "#!/bin/sh\necho out\nsleep 0.1\nprintf err >&2\nexit 3\n",
                              "b.sh": "#!/bin/sh\ntouch $HOST_ROOT/second\n"})
    done = host.service.run("BeforeInstall", document)
    equal((done.status, done.code, done.script), ("Failed", 4, "a.sh"))
    contains(done.message, "3")
    equal(done.log, "LifecycleEvent - BeforeInstall\nScript - a.sh\n[stdout]out\n[stderr]err\n")
    equal((host.agent.root / "second").exists(), False)
    log = (host.folder(document) / "logs/scripts.log").read_text().splitlines()
    equal([line[20:] for line in log], done.log.splitlines())
    deployments = (host.root / "deployment-logs/codedeploy-agent-deployments.log").read_text().splitlines()
    equal([line.partition("] [")[2] for line in deployments], [f"{document['DeploymentId']}]{line}" for line in done.log.splitlines()])


@case("126: each line of the logs is as the official agent writes it; the deployments' log can be turned off")
def log_formats(world):
    host = Host(world)
    done, document = host.hook("#!/bin/sh\necho out\n", timeout=60)
    equal(done.status, "Succeeded")
    own = (host.folder(document) / "logs/scripts.log").read_text()
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    if not re.fullmatch(rf"{stamp} LifecycleEvent - BeforeInstall\n{stamp} Script - hook\.sh\n{stamp} \[stdout\]out\n", own):
        raise Failure(f"scripts.log:\n{own}")
    everybody = host.root / "deployment-logs/codedeploy-agent-deployments.log"
    begin = rf"\[{stamp}\.\d{{3}}\] \[{document['DeploymentId']}\]"
    if not re.fullmatch(rf"{begin}LifecycleEvent - BeforeInstall\n{begin}Script - hook\.sh\n{begin}\[stdout\]out\n", everybody.read_text()):
        raise Failure(f"the deployments' log:\n{everybody.read_text()}")
    host.agent.stop()
    host.agent = host.service.agent("quiet", enable_deployments_log=False)
    done, document = host.hook("#!/bin/sh\necho out\n")
    root = host.agent.deployment_root
    equal((done.status, (root / GROUP / document["DeploymentId"] / "logs/scripts.log").exists()), ("Succeeded", True))
    equal(list(root.glob("deployment-logs/*")), [], "the deployments' log")


@case("117, 118: at the deadline the group gets SIGTERM, then SIGKILL")
def timeouts(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\n(trap 'echo child >$HOST_ROOT/child; exit 0' TERM; sleep 60 & wait) &\n"
                        "trap 'echo term >$HOST_ROOT/term; exit 0' TERM\nsleep 60 &\nwait\n", timeout=1)
    equal((done.status, done.code, done.script), ("Failed", 3, "hook.sh"))
    for name in ("term", "child"):  # the child's is written when it likes
        path = host.agent.root / name
        wait_until(f"the word of {name}", lambda path=path, name=name: path.exists() and path.read_text() == f"{name}\n")
    started = time.monotonic()
    done, _ = host.hook("#!/bin/sh\ntrap '' TERM\necho $$ >$HOST_ROOT/pid\nwhile :; do sleep 0.2; done\n", timeout=1)
    equal((done.status, done.code), ("Failed", 3))
    if time.monotonic() - started > 10 * PATIENCE:
        raise Failure("the kill took too long")
    pid = int((host.agent.root / "pid").read_text())
    equal(os.path.exists(f"/proc/{pid}"), False, "the script still runs")


@case("119, 120: a background process that holds the output fails the event; one that does not is fine")
def background(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\nsleep 30 & echo $! >$HOST_ROOT/pid\n", timeout=1)
    equal((done.status, done.code), ("Failed", 6))
    pid = int((host.agent.root / "pid").read_text())
    equal(os.path.exists(f"/proc/{pid}"), True, "the background process lives on")
    os.kill(pid, signal.SIGKILL)
    done, _ = host.hook("#!/bin/sh\nsleep 30 >/dev/null 2>&1 & echo $! >$HOST_ROOT/pid\n", timeout=20)
    equal(done.status, "Succeeded")
    os.kill(int((host.agent.root / "pid").read_text()), signal.SIGKILL)


@case("123, 124, 125: the log's tail: newest whole lines, the end of a long one, valid text")
def log_tail(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\ni=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; exit 1\n")
    lines = done.log.splitlines()
    equal((lines[-1], len(done.log) < 2048, all(line.startswith("[stdout]line ") for line in lines)), ("[stdout]line 4999", True, True))
    if len(done.log) < 1900:
        raise Failure(f"only {len(done.log)} characters of log")
    done, _ = host.hook("#!/bin/sh\nhead -c 5000 /dev/zero | tr '\\0' a\necho END\nexit 1\n")
    equal((done.log.endswith("aaaEND\n"), len(done.log)), (True, 2047))
    done, _ = host.hook("#!/bin/sh\nprintf 'bad \\377\\376 bytes\\n'\nexit 1\n")
    equal(done.code, 4)
    contains(done.log, "bytes")


@case("127: standard input is at its end")
def standard_input(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\nread line && exit 1\nexit 0\n", timeout=5)
    equal(done.status, "Succeeded")


@case("scripts have their three streams open, and nothing of the agent's")
def descriptors(world):
    host = Host(world)
    # A script that goes on after its agent's end would else keep the agent's connections to the service.
    done, _ = host.hook("#!/bin/sh\nls -l /proc/self/fd >$HOST_ROOT/open\n")
    equal(done.status, "Succeeded")
    found = [line.split()[-3:] for line in (host.agent.root / "open").read_text().splitlines()[1:]]
    # Its last one is the folder that ls reads.
    equal([fd for fd, _, where in found if not where.endswith("/fd")], ["0", "1", "2"], f"open: {found}")
    equal(found[0][2], "/dev/null", "standard input")


@case("121: runas runs the script as that user")
def run_as(world):
    if os.getuid() != 0:
        raise Skip("only root can become somebody else without a password")
    host = Host(world)
    world.folder.chmod(0o755)
    done, _ = host.hook("#!/bin/sh\nid -un\nexit 7\n", runas="nobody")
    equal((done.status, done.code), ("Failed", 4))
    contains(done.message, "nobody")


if __name__ == "__main__":
    main(globals())
