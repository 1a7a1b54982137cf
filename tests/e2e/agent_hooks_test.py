#!/usr/bin/env python3
"""Where hooks go beyond the official agent (agent.md 5 and 9, lines 111 to 130 of the checklist), driven by a scripted service."""

import grp
import pwd
import stat

from harness import *
from scripted_host import *
from scripted_service import *

NOBODY = pwd.getpwnam("nobody")


def only_root():
    if os.getuid() != 0:
        raise Skip("only root can become somebody else without a password")


def reachable(world):
    """Other users get to the folders of this world."""
    world.folder.chmod(0o755)


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def read_pid(path):
    return int(wait_until(path.name, lambda: path.exists() and path.read_text().strip()))


def logs(host, *words):
    """What `slipway-agent logs` prints: (exit status, standard output, standard error)."""
    done = subprocess.run([AGENT, "--config-file", str(host.agent.config), "logs", *words], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


# ---- what a hook leaves behind ----


@case("119: who holds the output of a hook that has ended is named while the event waits; once it is closed the event succeeds")
def holder_is_named(world):
    host = Host(world)
    document = host.download({"appspec.yml": f"{HEAD}hooks:\n  ApplicationStart:\n    - location: hook.sh\n",
                              "hook.sh": "#!/bin/sh\nsleep 1000 & echo $! >$HOST_ROOT/pid\n"})
    command = host.service.command("ApplicationStart", document)
    pid = read_pid(host.agent.root / "pid")
    wait_until("a word in the log", lambda: f"sleep (process {pid})" in host.agent.log.read_text())
    line = next(line for line in host.agent.log.read_text().splitlines() if f"sleep (process {pid})" in line)
    for word in (document["DeploymentId"], "hook.sh", "ApplicationStart", "3600 seconds"):
        contains(line, word)
    equal(host.service.completions[command], [], "completions while it waits")
    os.kill(pid, signal.SIGKILL)
    equal(host.service.result(command).status, "Succeeded")


@case("119: hook_output_grace ends the wait long before the timeout, with code 6, and leaves the process alone")
def output_grace(world):
    host = Host(world, hook_output_grace=0.2)
    done, _ = host.hook("#!/bin/sh\nsleep 1000 & echo $! >$HOST_ROOT/pid\n")
    pid = read_pid(host.agent.root / "pid")
    equal((done.status, done.code, done.script), ("Failed", 6, "hook.sh"))
    contains(done.message, f"sleep (process {pid})")
    equal(alive(pid), True, "the background process lives on")
    os.kill(pid, signal.SIGKILL)


@case("117: at the deadline what left the process group lives on, as with the official agent")
def out_of_the_group(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\nsetsid sleep 1000 >/dev/null 2>&1 &\necho $! >$HOST_ROOT/far\n"
                        "sleep 1000 >/dev/null 2>&1 &\necho $! >$HOST_ROOT/near\nwait\n", timeout=1)
    equal((done.status, done.code), ("Failed", 3))
    far, near = (read_pid(host.agent.root / name) for name in ("far", "near"))
    wait_until("the end of the one in the group", lambda: not alive(near))
    equal(alive(far), True, "the one in a session of its own")
    os.kill(far, signal.SIGKILL)


# ---- how a hook is started ----


@case("116: a script that a signal ends fails with code 4, which names the signal")
def signalled(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\necho before\nkill -SEGV $$\n")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, "signal 11")
    contains(done.log, "[stdout]before\n")


@case("116: interpreters that are not there, and first lines that end in CR LF, are named")
def interpreters(world):
    host = Host(world)
    for script, words, others in (
            ("#!/no/such/interpreter -x\n", ['"/no/such/interpreter"'], ["CR LF"]),
            ("#!/bin/sh\r\nexit 0\r\n", ['"/bin/sh\\r"', "CR LF"], []),
            ("#!/usr/bin/env sh\r\nexit 0\r\n", ["exit code 127", "CR LF"], []),
            ("#!/bin/sh\nexit 127\n", ["exit code 127"], ["CR LF"])):
        done, _ = host.hook(script)
        equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"), script)
        for word in words:
            contains(done.message, word)
        for word in others:
            lacks(done.message, word)


@case("a script finds \"/\" as its folder, umask 0022, no blocked or ignored signals, and nothing of the agent's service manager")
def surroundings(world):
    host = Host(world)
    host.agent.stop()
    os.umask(0o077)
    try:
        host.agent = host.service.agent("odd", environment={"NOTIFY_SOCKET": str(world.folder / "notify"), "WATCHDOG_USEC": "0", "INVOCATION_ID": "x"})
    finally:
        os.umask(0o022)
    done, _ = host.hook("#!/bin/sh\n{ pwd; umask; grep -E '^Sig(Blk|Ign)' /proc/self/status; env; } >$HOST_ROOT/seen\n")
    equal(done.status, "Succeeded")
    seen = (host.agent.root / "seen").read_text()
    equal(seen.splitlines()[:4], ["/", "0022", "SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"])
    for word in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "INVOCATION_ID"):
        lacks(seen, word)


@case("115: a link that leads out of the revision is no script, and what it leads to keeps its mode")
def links_out(world):
    host = Host(world)
    outside = world.folder / "outside"
    outside.write_text("#!/bin/sh\ntouch $HOST_ROOT/ran\n")
    outside.chmod(0o600)
    source = world.folder / "source"
    source.mkdir()
    (source / "appspec.yml").write_text(f"{HEAD}hooks:\n  BeforeInstall:\n    - location: in.sh\n    - location: out.sh\n")
    (source / "real.sh").write_text("#!/bin/sh\ntouch $HOST_ROOT/in\n")
    (source / "in.sh").symlink_to("real.sh")
    document = host.service.document(Revision={"RevisionType": "Local Directory", "LocalRevision": {"Location": str(source), "BundleType": "directory"}})
    host.service.succeed("DownloadBundle", document)
    # the fetch itself may refuse such links; a script's place may also come to be one later
    (host.archive(document) / "out.sh").symlink_to(outside)
    done = host.service.run("BeforeInstall", document)
    equal((done.status, done.code, done.script), ("Failed", 1, "out.sh"))
    contains(done.message, "leads out of the revision")
    equal(((host.agent.root / "in").exists(), (host.agent.root / "ran").exists()), (True, False), "what ran")
    equal(stat.S_IMODE(outside.stat().st_mode), 0o600, "the mode outside")


# ---- as whom ----

PORTRAIT = "#!/bin/sh\n{ id -un; id -gn; id -G; echo $HOME $USER $LOGNAME; echo $PATH; grep ^CapEff /proc/self/status; } >$HOST_ROOT/seen/seen\nexit 7\n"


@case("121: runas without su: user, all groups, HOME, USER and LOGNAME are that user's, PATH is the agent's")
def run_as(world):
    only_root()
    host = Host(world)
    reachable(world)
    (host.agent.root / "seen").mkdir(mode=0o777)
    (host.agent.root / "seen").chmod(0o777)
    done, _ = host.hook(PORTRAIT, runas="nobody")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, "run as user nobody failed with exit code 7")
    groups = sorted(os.getgrouplist("nobody", NOBODY.pw_gid))
    seen = (host.agent.root / "seen/seen").read_text().splitlines()
    equal((seen[0], seen[1], sorted(map(int, seen[2].split()))), ("nobody", grp.getgrgid(NOBODY.pw_gid).gr_name, groups))
    equal((seen[3], seen[4], seen[5]), (f"{NOBODY.pw_dir} nobody nobody", host.agent.env["PATH"], "CapEff:\t0000000000000000"))


@case("121: a user that does not exist, and a folder or script that is closed to the user, are named")
def run_as_refused(world):
    only_root()
    host = Host(world)
    world.folder.chmod(0o700)
    done, _ = host.hook("#!/bin/sh\ntouch $HOST_ROOT/ran\n", runas="no-such-user")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, 'no user "no-such-user"')
    done, _ = host.hook("#!/bin/sh\ntouch $HOST_ROOT/ran\n", runas="nobody")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, f'the folder "{world.folder}" is closed to that user (mode 0700')
    reachable(world)
    document = host.download({"appspec.yml": f"{HEAD}hooks:\n  BeforeInstall:\n    - location: hook.sh\n      runas: nobody\n", "hook.sh": "#!/bin/sh\n"})
    script = host.archive(document) / "hook.sh"
    script.chmod(0o711)
    done = host.service.run("BeforeInstall", document)
    equal((done.status, done.code), ("Failed", 4))
    contains(done.message, f'the file "{script}" is closed to that user (mode 0711')
    equal((host.agent.root / "ran").exists(), False)


@case("agent.md 5.3: sudo, and su where the settings say so, get the script as one argument, blanks and all")
def helpers(world):
    only_root()
    fakes = world.folder / "fake programs"
    fakes.mkdir()
    for name in ("sudo", "su"):
        (fakes / name).write_text(f'#!/bin/sh\nfor a in "$0" "$@"; do printf "%s|" "${{a##*/}}"; done >>"$HOST_ROOT/called"\nexit 9\n')
        (fakes / name).chmod(0o755)
    host = Host(world)
    host.agent.stop()
    host.agent = host.service.agent("fakes", hook_runas_su=True, environment={"PATH": f"{fakes}:{os.environ['PATH']}"})
    for options, expected in (({"sudo": "true"}, "sudo|a 'b'.sh|"), ({"runas": "nobody"}, "su|nobody|-c|{quoted}|"),
                              ({"runas": "nobody", "sudo": "true"}, "sudo|su|nobody|-c|{quoted}|")):
        lines = "".join(f"      {name}: {value}\n" for name, value in options.items())
        document = host.download({"appspec.yml": f"{HEAD}hooks:\n  BeforeInstall:\n    - location: a 'b'.sh\n{lines}", "a 'b'.sh": "#!/bin/sh\n"})
        done = host.service.run("BeforeInstall", document)
        equal((done.status, done.code), ("Failed", 4))
        contains(done.message, "exit code 9")
        # a shell reads su's last word, so that one comes quoted; its last component is what the fakes print
        called = (host.agent.root / "called").read_text()
        equal(called, expected.format(quoted="a '\\''b'\\''.sh'"), f"{options}")
        (host.agent.root / "called").unlink()


@case("sudo that is not installed is named")
def no_sudo(world):
    host = Host(world)
    host.agent.stop()
    tools = world.folder / "tools"
    tools.mkdir()
    host.agent = host.service.agent("bare", environment={"PATH": str(tools)})
    done, _ = host.hook("#!/bin/sh\n", sudo="true")
    equal((done.status, done.code, done.script), ("Failed", 4, "hook.sh"))
    contains(done.message, "sudo is not installed")


# ---- what a hook says ----


@case("a failure names scripts.log by its full path, and an older revision's script as such")
def where_it_is(world):
    host = Host(world)
    done, document = host.hook("#!/bin/sh\nexit 1\n")
    path = host.folder(document) / "logs/scripts.log"
    contains(done.message, str(path))
    lacks(done.message, "older revision")
    equal(path.is_file(), True)

    old = host.install({"appspec.yml": f"{HEAD}hooks:\n  ApplicationStop:\n    - location: stop.sh\n", "stop.sh": "#!/bin/sh\nexit 1\n"})
    document = host.service.document()
    done = host.service.run("ApplicationStop", document)
    equal((done.status, done.code, done.script), ("Failed", 4, "stop.sh"))
    for word in (str(host.folder(document) / "logs/scripts.log"), "older revision", "last successful", old["DeploymentId"]):
        contains(done.message, word)


@case("terminal sequences and odd bytes are in the files as they were, and not in the tail")
def terminal(world):
    host = Host(world)
    done, document = host.hook("#!/bin/sh\nprintf '\\033[31mred\\033[0m \\033]0;title\\007end\\n\\377\\000odd\\n'\nexit 1\n")
    contains(done.log, "[stdout]red end\n[stdout]\ufffd?odd\n")
    for path in (host.folder(document) / "logs/scripts.log", host.root / "deployment-logs/codedeploy-agent-deployments.log"):
        data = path.read_bytes()
        for line in (b"[stdout]\x1b[31mred\x1b[0m \x1b]0;title\x07end\n", b"[stdout]\xff\x00odd\n"):
            equal(line in data, True, f"{line} in {path.name}")
        equal(stat.S_IMODE(path.stat().st_mode) & 0o022, 0, f"who else may write {path.name}")


@case("124: a long line's newest part fills what later lines leave of the tail")
def long_line(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' a\necho END\necho later\nexit 1\n")
    equal(len(done.log), 2047)
    contains(done.log, "aaaaEND\n[stdout]later\n")


@case("113: the ETag that the download saw stands in for one that the specification does not have")
def observed_etag(world):
    host = Host(world)
    script = {"appspec.yml": f"{HEAD}hooks:\n  BeforeInstall:\n    - location: hook.sh\n", "hook.sh": "#!/bin/sh\necho \"$BUNDLE_ETAG\" >$HOST_ROOT/etag\n"}
    document = host.download(script)
    marker = host.folder(document) / ".bundle-etag"
    host.service.succeed("BeforeInstall", document)
    etag = (host.agent.root / "etag").read_text().strip()
    equal((etag, marker.read_text()), (f'"{hashlib.md5(host.service.objects["bucket/key"]).hexdigest()}"',) * 2)
    for text, expected in (('"0123abc"\n', '"0123abc"'), ("two words", ""), ("", "")):
        marker.write_text(text)
        host.service.succeed("BeforeInstall", document)
        equal((host.agent.root / "etag").read_text(), f"{expected}\n", repr(text))


@case("logs: the last deployment's, one that is named, one event of it, and what comes while it looks on")
def logs_verb(world):
    host = Host(world)
    equal(logs(host)[0], 1, "exit status before any script ran")
    spec = HEAD + "hooks:\n" + "".join(f"  {event}:\n    - location: hook.sh\n" for event in ("BeforeInstall", "AfterInstall"))
    files = {"appspec.yml": spec, "hook.sh": "#!/bin/sh\necho $DEPLOYMENT_ID says $LIFECYCLE_EVENT\n"}
    first = host.download(files)
    host.service.succeed("BeforeInstall", first)
    host.service.succeed("AfterInstall", first)
    second = host.download(files)
    host.service.succeed("BeforeInstall", second)

    def said(*words):
        status, out, _ = logs(host, *words)
        equal(status, 0, f"logs {words}")
        return [line[20:] for line in out.splitlines()]

    def lines(document, event):
        return [f"LifecycleEvent - {event}", "Script - hook.sh", f"[stdout]{document['DeploymentId']} says {event}"]

    equal(said(), lines(second, "BeforeInstall"))
    equal(said(first["DeploymentId"]), lines(first, "BeforeInstall") + lines(first, "AfterInstall"))
    equal(said(first["DeploymentId"], "--event", "AfterInstall"), lines(first, "AfterInstall"))
    status, _, err = logs(host, "d-NOTHERE00")
    equal(status, 1)
    contains(err, "d-NOTHERE00")
    equal(logs(host, "--nonsense")[0], 64)

    follower = subprocess.Popen([AGENT, "--config-file", str(host.agent.config), "logs", "--follow", second["DeploymentId"]],
                                stdout=subprocess.PIPE, text=True)
    try:
        equal([follower.stdout.readline().rstrip("\n")[20:] for _ in range(3)], lines(second, "BeforeInstall"))
        host.service.succeed("AfterInstall", second)
        equal([follower.stdout.readline().rstrip("\n")[20:] for _ in range(3)], lines(second, "AfterInstall"))
    finally:
        follower.terminate()
        follower.wait()


if __name__ == "__main__":
    main(globals())
