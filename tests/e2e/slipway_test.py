#!/usr/bin/env python3
"""The tour of our own command line: register, push, deploy, status, stop, rollback; also on a terminal."""
import fcntl
import pty
import re
import select
import struct
import termios

from harness import *


def start_host(world, server, name, **environment):
    """`slipway hosts register` and an agent with what it wrote."""
    root = world.folder / "hosts" / name
    server.slipway("hosts", "register", name, "--root", root, "--tag", "fleet=web")
    env = clean_environment(root)
    env.update({k: str(v) for k, v in environment.items()}, HOST_ROOT=str(root))
    log = world.folder / f"agent-{name}.log"
    world.logs.append(log)
    process = Process(f"agent {name}", [AGENT, "--config-file", root / "codedeployagent.yml", "run"], env, log)
    world.processes.append(process)
    process.start()
    return root


def make_fleet(world, hosts=("web-1", "web-2", "web-3"), config="CodeDeployDefault.OneAtATime"):
    server = world.server()
    for name in hosts:
        start_host(world, server, name)
    server.slipway("apps", "create", "shop")
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", "fleet=web", "--auto-rollback",
                   "--config", config)
    return server


def make_revision(world, name, validate="exit 0", start="exit 0"):
    folder = revision_folder(world.folder / name, {"readme": name}, EVENTS,
                             '#!/bin/sh\necho "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> "$HOST_ROOT/events"\n')
    for event, text in (("ValidateService", validate), ("ApplicationStart", start)):
        with open(folder / "hooks" / event, "a") as hook:
            hook.write(text + "\n")
    return folder


@case("push, deploy, status, and the automatic rollback of a bad revision")
def tour(world):
    server = make_fleet(world)
    hosts = json.loads(server.slipway("hosts", "list", "--output", "json"))["instanceInfos"]
    equal([(h["instanceName"], h["tags"]) for h in hosts],
          [(f"web-{n}", [{"Key": "fleet", "Value": "web"}]) for n in (1, 2, 3)], "registered hosts")
    contains(server.slipway("hosts", "list"), "web-2", "hosts list")

    good, bad = make_revision(world, "good"), make_revision(world, "bad", "echo 'no, thanks' >&2; exit 9")
    pushed = json.loads(server.slipway("push", good, "--application", "shop", "--output", "json"))
    again = json.loads(server.slipway("push", good, "--application", "shop", "--output", "json"))
    equal(again["url"], pushed["url"], "URL of the same folder pushed twice")

    out = server.slipway("deploy", "--application", "shop", "--group", "web", "--revision", pushed["url"], "--wait")
    deployment = re.search(r"d-[A-Z0-9]{9}", out).group(0)
    for line in ("web-1  Succeeded", "web-2  Succeeded", "web-3  Succeeded", f"{deployment}  Succeeded",
                 f"Deployment {deployment} succeeded"):
        contains(out, line, "output of deploy --wait")
    lacks(out, "\033", "output that is no terminal's")
    status = json.loads(server.slipway("status", deployment, "--output", "json"))
    equal(status["deploymentInfo"]["status"], "Succeeded", "status as JSON")
    equal([t["status"] for t in status["instanceTargets"]], ["Succeeded"] * 3, "targets as JSON")

    done = server.slipway("deploy", "-a", "shop", "-g", "web", "-f", bad, "-w", check=False)
    equal(done.returncode, 1, "exit status of a failed deployment")
    for part in ("web-1: ValidateService failed (ScriptFailed)", "hooks/ValidateService", "| [stderr]no, thanks",
                 "2 hosts not tried: web-2, web-3", "Rollback: deployment d-"):
        contains(done.stdout, part, "report of the failure")
    rollback = re.search(r"slipway status (d-\w+) --wait", done.stdout).group(1)
    out = server.slipway("status", rollback, "--wait")
    contains(out, f"Deployment {rollback} succeeded", "status --wait of the rollback")
    contains(server.slipway("status", rollback), "codeDeployRollback", "status of the rollback")
    recent = server.slipway("status", "--application", "shop", "--group", "web")
    equal([line.split()[1] for line in recent.splitlines()[1:]], ["Succeeded", "Failed", "Succeeded"], "recent deployments")
    # Who did what, for those who ask later.
    log, administrator = server.log.read_text(), "by=arn:aws:iam::123456789012:user/admin"
    for first in (deployment, re.search(r"Deployment (d-\w+)", done.stdout).group(1)):
        contains(log, f"event=deployment-created deployment={first} {administrator} request=", "the server's log")
    contains(log, f"event=deployment-created deployment={rollback} by=\"rollback of d-", "the server's log")
    for name in ("web-1", "web-2", "web-3"):
        last = (world.folder / "hosts" / name / "events").read_text().splitlines()[-1]
        equal(last, f"{rollback} ValidateService", f"last hook on {name}")


@case("stop ends a deployment after the hosts at work")
def stop(world):
    server = make_fleet(world)
    slow = make_revision(world, "slow", start='while [ ! -e "$HOST_ROOT/go" ]; do sleep 0.05; done')
    created = json.loads(server.slipway("deploy", "-a", "shop", "-g", "web", "-f", slow, "--output", "json"))
    deployment = created["deploymentId"]

    def running():
        snapshot = json.loads(server.slipway("status", deployment, "--output", "json"))
        return any(e.get("status") == "InProgress" and e["lifecycleEventName"] == "ApplicationStart"
                   for t in snapshot["instanceTargets"] for e in t.get("lifecycleEvents", []))
    wait_until("a host in ApplicationStart", running)
    done = server.slipway("status", deployment, "--wait", "--timeout", "1", check=False)
    equal(done.returncode, 6, "exit status when the time is over")
    contains(done.stderr, "goes on", "message when the time is over")
    contains(server.slipway("stop", deployment), deployment, "output of stop")
    (world.folder / "hosts" / "web-1" / "go").touch()
    out = server.slipway("stop", deployment, "--wait", check=False).stdout + server.slipway(
        "status", deployment, "--wait", check=False).stdout
    contains(out, "was stopped", "status of the stopped deployment")
    equal((world.folder / "hosts" / "web-3" / "events").exists(), False, "hooks on a host that had not started")


@case("who watches is not sent home by a restart of the server, and Ctrl-C ends the watching only")
def watching(world):
    server = make_fleet(world, hosts=["web-1"])
    slow = make_revision(world, "slow", start='while [ ! -e "$HOST_ROOT/go" ]; do sleep 0.05; done')
    deployment = json.loads(server.slipway("deploy", "-a", "shop", "-g", "web", "-f", slow, "--output", "json"))["deploymentId"]
    logs = [world.folder / name for name in ("watch-1", "watch-2")]
    world.logs.extend(logs)
    patient, gone = [Process(log.name, [SLIPWAY, "status", deployment, "--wait"], server.client_environment(), log).start()
                     for log in logs]
    world.processes.extend([patient, gone])
    for log in logs:
        wait_until("the running hook", lambda log=log: "web-1  InProgress  ApplicationStart" in log.read_text())
    os.kill(gone.pid, signal.SIGINT)
    equal(gone.child.wait(20 * PATIENCE), -signal.SIGINT, "how the interrupted one ended")
    contains(logs[1].read_text(), f'Deployment {deployment} goes on. Look with "slipway status {deployment}", end it with '
             f'"slipway stop {deployment}"', "what it said")
    server.stop()
    wait_until("a word of the server's absence", lambda: "asking again for 60 s" in logs[0].read_text())
    server.start()
    (world.folder / "hosts" / "web-1" / "go").touch()
    equal(patient.child.wait(60 * PATIENCE), 0, f"exit status of who watched ({logs[0].read_text()})")
    contains(logs[0].read_text(), f"Deployment {deployment} succeeded", "what it said in the end")


@case("errors name the object and the remedy, and end with the documented status")
def errors(world):
    server = world.server()
    nothing = clean_environment(world.folder)
    gone = f"http://127.0.0.1:{free_port()}"
    folder = make_revision(world, "fine")
    wrong = make_revision(world, "wrong")
    (wrong / "appspec.yml").write_text("version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: gone.sh\n")
    empty = world.folder / "empty"
    empty.mkdir()
    home = world.folder / "home"
    server.slipway("hosts", "register", "twice", "--root", home)
    for args, env, status, parts in (
            ([], None, 64, []),
            (["fly"], None, 64, ["no verb", "fly"]),
            (["hosts"], None, 64, ["hosts register"]),
            (["hosts", "--help"], None, 0, []),
            (["github-tokens", "--help"], None, 0, []),
            (["fly", "--help"], None, 64, ["no verb", "fly"]),
            (["deply"], None, 64, ["no verb", 'did you mean "slipway deploy"?']),
            (["push"], None, 64, ["an argument is missing", "usage: slipway push"]),
            (["stop", "d-123456789", "d-2"], None, 64, ['"d-2" is one argument too many']),
            (["status", "-a", "shop"], None, 64, ["--application and --group go together"]),
            (["status", "--wait"], None, 64, ["--wait needs a DEPLOYMENT"]),
            (["status", "d-123456789", "--timeout", "5"], None, 64, ["needs --wait"]),
            (["deploy", "-a", "x", "-g", "y", "-f", folder, "--timeout", "5"], None, 64, ["needs --wait"]),
            (["push", folder], None, 64, ["--application"]),
            (["push", folder, "--application", "shop", "--colour"], None, 64, ["--colour", "see slipway push --help"]),
            (["deploy", "-a", "x", "-g", "y"], None, 64, ["--folder", "--revision"]),
            (["status"], nothing, 5, ["AWS_ENDPOINT_URL"]),
            (["status", "--endpoint-url", gone], nothing, 5, ["AWS_SHARED_CREDENTIALS_FILE"]),
            (["apps", "create", "x", "--endpoint-url", gone], None, 3, [gone.removeprefix("http://")]),
            (["push", empty, "--application", "shop"], None, 4, ["appspec.yml"]),
            (["push", wrong, "--application", "shop"], None, 4, ["appspec.yml:5:17: error: ", "gone.sh", "--no-validate"]),
            (["push", world.folder / "none", "--application", "shop"], None, 4, ["none"]),
            (["push", folder, "--application", "nobody"], None, 2, ["ApplicationDoesNotExistException", "nobody"]),
            (["deploy", "-a", "nobody", "-g", "y", "-r", "s3://b-1/k.zip"], None, 2, ["ApplicationDoesNotExist"]),
            (["deploy", "-a", "nobody", "-g", "y", "-r", "b-1/k.zip"], None, 4, ["s3://"]),
            (["status", "d-123456789"], None, 2, ["DeploymentDoesNotExistException"]),
            (["stop", "d-123456789"], None, 2, ["DeploymentDoesNotExistException"]),
            (["hosts", "register", "other", "--root", home], None, 4, ["codedeployagent.yml"]),
            (["hosts", "register", "twice", "--root", world.folder / "home2"], None, 2, ["InstanceNameAlreadyRegistered"])):
        done = server.slipway(*args, env=env, check=False)
        said = done.stdout + done.stderr
        equal(done.returncode, status, f"exit status of slipway {' '.join(map(str, args))} ({said})")
        for part in parts:
            contains(done.stderr, part, f"slipway {' '.join(map(str, args))}")
        lacks(said, server.credentials()[1], "output")
    server.slipway("hosts", "deregister", "twice")
    lacks(server.slipway("hosts", "list"), "twice", "hosts after deregistering")


@case("profiles of the AWS files give endpoint, CA bundle and keys; https works")
def profiles(world):
    server = world.server()
    key_id, secret = server.credentials()
    config, credentials = world.folder / "config", world.folder / "credentials"
    config.write_text(f"[profile here]\nregion = eu-north-1\nca_bundle = {server.ca}\nservices = local\n"
                      f"[services local]\ncodedeploy =\n  endpoint_url = {server.https}\n"
                      f"s3 =\n  endpoint_url = {server.https}\n")
    credentials.write_text(f"[here]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n")
    env = clean_environment(world.folder)
    env.update(AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=str(credentials))
    server.slipway("apps", "create", "shop", "--profile", "here", env=env)
    equal(server.slipway("apps", "list", env=dict(env, AWS_PROFILE="here")), "shop\n", "applications")
    server.slipway("push", make_revision(world, "fine"), "-a", "shop", "--profile", "here", env=env)
    # The server's certificate is not one that the system trusts.
    config.write_text(config.read_text().replace(f"ca_bundle = {server.ca}\n", ""))
    done = server.slipway("apps", "list", "--profile", "here", env=env, check=False)
    equal(done.returncode, 3, f"exit status without the CA bundle ({done.stderr})")


@case("large revisions are uploaded in parts")
def large(world):
    server = world.server()
    folder = make_revision(world, "large")
    (folder / "noise").write_bytes(os.urandom(36 * 1024 * 1024))
    server.slipway("apps", "create", "shop")
    pushed = json.loads(server.slipway("push", folder, "-a", "shop", "--output", "json"))
    location = pushed["revision"]["s3Location"]
    contains(location["eTag"], "-5", "ETag of the upload")
    back = world.folder / "back.zip"
    server.aws("s3", "cp", f"s3://{location['bucket']}/{location['key']}", back, "--no-progress")
    equal(back.stat().st_size, pushed["sizeBytes"], "size of what came back")
    with zipfile.ZipFile(back) as archive:
        equal(archive.testzip(), None, "damaged members")


# ---- on a terminal ------------------------------------------------------------------------------


def run_on_terminal(argv, env, columns=90, rows=20):
    """(exit status, everything written) of a command whose standard output is a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execve(str(argv[0]), [str(a) for a in argv], env)
    written, deadline = b"", time.monotonic() + 60 * PATIENCE
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), written.decode(errors="replace")


def screen_of(written, columns=90):
    """What is to be seen at the end: just enough of a terminal for what we send."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\033\[[0-9;?]*[A-Za-z]|\r|\n|[^\033\r\n]+", written):
        if token == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif token == "\r":
            column = 0
        elif token.startswith("\033["):
            kind, number = token[-1], token[2:-1]
            if kind == "A":
                row = max(0, row - int(number or 1))
            elif kind == "K":
                lines[row] = lines[row][:column]
            elif kind == "J":
                lines[row:] = [lines[row][:column]]
            elif kind != "m":
                raise Failure(f"an escape sequence that this terminal does not know: {token!r}")
        else:
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + len(token):]
            column += len(token)
            # The block is painted over itself, so its lines must not wrap; it is indented, other lines are not.
            if lines[row].startswith("  ") and len(lines[row]) > columns:
                raise Failure(f"a line is wider than the terminal: {lines[row]!r}")
    return lines


@case("on a terminal a bar and one line a host are painted over themselves")
def terminal(world):
    server = make_fleet(world)
    folder = make_revision(world, "good", start="sleep 0.4")
    env = server.client_environment(TERM="xterm-256color", LC_ALL="C.UTF-8")
    status, written = run_on_terminal(
        [SLIPWAY, "deploy", "-a", "shop", "-g", "web", "-f", folder, "--config", "CodeDeployDefault.AllAtOnce", "--wait"], env)
    equal(status, 0, f"exit status ({written})")
    contains(written, "\033[32m", "colours")
    contains(written, "◐", "an event that runs")
    screen = [line.rstrip() for line in screen_of(written)]
    hosts = [line for line in screen if re.match(r"  web-\d ", line)]
    equal(len(hosts), 3, f"lines of hosts at the end of {screen}")
    equal(sum("━━━" in line for line in screen), 1, f"bars at the end of {screen}")
    contains("\n".join(screen), "3 of 3 hosts  Succeeded", "screen")

    _, plain = run_on_terminal([SLIPWAY, "status"], dict(env, NO_COLOR="1"))
    lacks(plain, "\033[3", "output with NO_COLOR")
    deployment = re.search(r"d-[A-Z0-9]{9}", plain).group(0)
    for columns in (80, 34):
        for arguments in ([], [deployment]):
            _, narrow = run_on_terminal([SLIPWAY, "status", *arguments], dict(env, NO_COLOR="1"), columns)
            wide = [line for line in narrow.splitlines() if len(line) > columns and ("web-" in line or not arguments)]
            equal(wide, [], f"lines of status {arguments} that are wider than {columns} columns")
    contains(server.slipway("status"), ".zip?etag=", "status without a terminal")
    _, dumb = run_on_terminal([SLIPWAY, "deploy", "-a", "shop", "-g", "web", "-f", folder, "--wait"], dict(env, TERM="dumb"))
    lacks(dumb, "\033", "output on a dumb terminal")


if __name__ == "__main__":
    main(globals())
