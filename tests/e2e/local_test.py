#!/usr/bin/env python3
"""`slipway local`: agent.md 7 and lines 146 to 155 of its checklist, without a server, and what a person needs beside it."""
import http.server
import re

from harness import *

ALL = ["BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop", "DownloadBundle", "BeforeInstall", "Install",
       "AfterInstall", "ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic"]
HOOKS = [event for event in ALL if event not in ("DownloadBundle", "Install")]
NOTE = '#!/bin/sh\necho "$LIFECYCLE_EVENT $APPLICATION_NAME $DEPLOYMENT_GROUP_NAME ${0%/*}" >> "$NOTES"\n'


class Machine:
    """A root_dir of its own, and the tool as it is called on it."""

    def __init__(self, world, **settings):
        self.folder = world.folder
        self.root = self.folder / "deployment-root"
        self.notes = self.folder / "notes"
        self.config = self.folder / "codedeployagent.yml"
        values = dict(root_dir=self.root, log_dir=self.folder / "log", pid_dir=self.folder / "run",
                      on_premises_config_file=self.folder / "onpremises.yml", **settings)
        self.config.write_text("".join(f"{key}: {value}\n" for key, value in values.items()))
        self.environment = clean_environment(self.folder)
        self.environment["NOTES"] = str(self.notes)

    def command(self, *args):
        return [str(SLIPWAY), "local", "-c", str(self.config), *map(str, args)]

    def run(self, *args, command=None, cwd=None, **environment):
        return subprocess.run(command or self.command(*args), env={**self.environment, **environment}, cwd=cwd,
                              capture_output=True, text=True, timeout=60 * PATIENCE)

    def succeed(self, *args, **options):
        done = self.run(*args, **options)
        equal(done.returncode, 0, f"exit status of {args}, which said {done.stdout}{done.stderr}")
        return done.stdout

    def fail(self, *args, **options):
        done = self.run(*args, **options)
        equal(done.returncode, 1, f"exit status of {args}, which said {done.stdout}{done.stderr}")
        return done

    def noted(self):
        """The lines of scripts that ran since this was asked last."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines

    def events(self):
        return [line.split()[0] for line in self.noted()]

    def group(self, name="default-local-deployment-group"):
        return self.root / name


def revision(world, name="rev", events=HOOKS, script=NOTE, destination=None):
    return revision_folder(world.folder / name, {"content/page": name}, events, script,
                           destination or world.folder / "srv")


@case("146, 155: a folder: the post-download hooks in their order, names from the location, exit status 0")
def directory(world):
    machine, rev = Machine(world), revision(world)
    out = machine.succeed("-l", rev)
    lines = machine.noted()
    equal([line.split()[0] for line in lines],
          ["BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService", "BeforeAllowTraffic", "AfterAllowTraffic"],
          "events whose scripts ran")
    equal(lines[0].split()[1:3], [str(rev), "LocalFleet"], "APPLICATION_NAME and DEPLOYMENT_GROUP_NAME")
    equal((world.folder / "srv" / "page").read_text(), "rev", "the installed file")
    deployment = re.search(r"d-[A-Z0-9]{9}-local", out).group(0)
    folder = machine.group() / deployment
    equal(out.splitlines()[0], f"Deployment folder: {folder}", "the first line")
    contains(out, str(folder / "logs" / "scripts.log"), "the place of the script log")
    contains((folder / "logs" / "scripts.log").read_text(), "LifecycleEvent - AfterAllowTraffic", "the script log")
    equal(out.splitlines()[-1], f"Deployment {deployment} succeeded.", "the last line")
    told = [line.split()[0] for line in out.splitlines()[1:12]]
    equal(told, ALL, "events that were told of")


@case("147: a second run first stops the first revision")
def second(world):
    machine = Machine(world)
    machine.succeed("-l", revision(world, "one"))
    first = next(path for path in machine.group().iterdir())
    machine.noted()
    machine.succeed("-l", revision(world, "two"))
    lines = machine.noted()
    equal([line.split()[0] for line in lines], HOOKS, "events whose scripts ran")
    for line in lines[:3]:
        contains(line, str(first), "whose script it was")
    for line in lines[3:]:
        lacks(line, str(first), "whose script it was")
    equal((world.folder / "srv" / "page").read_text(), "two", "the installed file")


@case("148: --events with an event of one's own, which needs a hook")
def custom_events(world):
    machine = Machine(world)
    with_hook = revision(world, "with", ["ApplicationStart", "CustomEvent", "ValidateService"])
    out = machine.succeed("-l", with_hook, "--events", "ApplicationStart,CustomEvent")
    equal(machine.events(), ["ApplicationStart", "CustomEvent"], "events whose scripts ran")
    equal([line.split()[0] for line in out.splitlines()[1:5]],
          ["DownloadBundle", "Install", "ApplicationStart", "CustomEvent"], "events that were told of")

    without = revision(world, "without", ["ApplicationStart"])
    done = machine.fail("-l", without, "-e", "ApplicationStart,CustomEvent", "-g", "other")
    contains(done.stdout, "CustomEvent", "what was said of an event without a hook")
    equal(machine.events(), [], "events whose scripts ran")
    # A hook of one's own that --events does not name: agent.md 4.9.
    contains(machine.fail("-l", with_hook, "-g", "third").stdout, "CustomEvent", "what was said of a hook that is not asked for")


@case("149: --events in an order that cannot be")
def event_order(world):
    machine, rev = Machine(world), revision(world)
    for events, says in (("Install,DownloadBundle", "Install before DownloadBundle"),
                         ("AfterInstall,DownloadBundle", "AfterInstall before DownloadBundle"),
                         ("DownloadBundle,ApplicationStart,Install", "ApplicationStart before Install"),
                         ("ValidateService,Install", "ValidateService before Install"),
                         ("BeforeInstall,,Install", "empty name")):
        contains(machine.fail("-l", rev, "-e", events).stderr, says, f"what was said of {events}")
    equal(machine.root.exists(), False, "anything of a deployment")


@case("150, 152: what cannot be deployed is refused, each in its own words, and nothing is written")
def refusals(world):
    machine, rev = Machine(world), revision(world)
    empty = world.folder / "empty"
    empty.mkdir()
    bundle = zip_folder(rev, world.folder / "rev.zip")
    refused = [(("-l", "http://example.com/rev.zip", "-t", "zip"), "not encrypted"),
               (("-l", world.folder / "gone"), "there is nothing at"),
               (("-l", rev, "-t", "rar"), "none of tgz, tar, zip and directory"),
               (("-l", bundle), "is a file: say which"),
               (("-l", rev, "-t", "zip"), "is a folder, not a zip file"),
               (("-l", empty), "neither appspec.yml nor appspec.yaml"),
               (("-l", rev, "-A", "other.yml"), 'no AppSpec file "other.yml"'),
               (("-l", "s3://bucket"), "s3://BUCKET/KEY"),
               (("-l", "https://example.com/rev.zip", "-t", "zip"), "from S3 or from GitHub"),
               (("-l", "https://github.com/owner"), "https://github.com/OWNER/REPOSITORY"),
               (("-l", "s3://bucket/key"), "an object is no folder"),
               (("-l", rev, "-b", "KEEP"), "none of DISALLOW, OVERWRITE and RETAIN"),
               (("-l", rev, "-g", "../outside"), "DeploymentGroupId"),
               (("-l", rev, "-A", "../appspec.yml"), "appspec"),
               (("-l", rev, "--unknown"), "--unknown"),
               ((rev,), "belongs to no option"),
               (("-l", "s3://bucket/key", "-t", "zip"), "no region is known")]
    said = []
    for args, says in refused:
        done = machine.fail(*args, AWS_EC2_METADATA_DISABLED="true")
        contains(done.stderr, says, f"what was said of {args}")
        contains(done.stderr, "ERROR: ", f"what was said of {args}")
        said.append(done.stderr)
    equal(len(set(said)), len(said), "different messages")
    equal(machine.root.exists(), False, "anything of a deployment")
    contains(machine.run(command=[str(SLIPWAY), "local", "-c", str(world.folder / "no.yml"), "-l", str(rev)]).stderr,
             "no.yml", "what was said of a missing configuration")

    # 152: a name that exists is used.
    (rev / "appspec.yml").rename(rev / "other.yml")
    machine.succeed("-l", rev, "-A", "other.yml", "-e", "ApplicationStart")
    equal(machine.events(), ["ApplicationStart"], "events whose scripts ran")


@case("151: an existing file: DISALLOW, OVERWRITE, RETAIN, and the AppSpec's word wins")
def existing(world):
    machine, rev = Machine(world), revision(world, events=["ApplicationStart"])
    page = world.folder / "srv" / "page"
    page.parent.mkdir()

    def deploy(args, own_word=None):
        """In a group of its own each, so that nothing is cleaned up."""
        page.write_text("old")
        text = (rev / "appspec.yml").read_text()
        if own_word:
            (rev / "appspec.yml").write_text(text + f"file_exists_behavior: {own_word}\n")
        deploy.group += 1
        done = machine.run("-l", rev, "-g", f"group-{deploy.group}", *args)
        (rev / "appspec.yml").write_text(text)
        return done.returncode, page.read_text()
    deploy.group = 0
    equal(deploy(()), (1, "old"), "without a word")
    equal(deploy(("-b", "disallow")), (1, "old"), "with disallow")
    equal(deploy(("-b", "overwrite")), (0, "rev"), "with overwrite")
    equal(deploy(("--file-exists-behavior=RETAIN",)), (0, "old"), "with RETAIN")
    equal(deploy(("-b", "DISALLOW"), "OVERWRITE"), (0, "rev"), "with the AppSpec's OVERWRITE")
    equal(deploy(("-b", "OVERWRITE"), "RETAIN"), (0, "old"), "with the AppSpec's RETAIN")
    equal(deploy(("-b", "OVERWRITE"), "DISALLOW"), (1, "old"), "with the AppSpec's DISALLOW")


@case("153: zip, tgz, tar, a zipped folder, a relative folder, no location at all")
def kinds(world):
    machine, rev = Machine(world), revision(world, events=["ApplicationStart"])
    outer = world.folder / "outer"
    outer.mkdir()
    shutil.copytree(rev, outer / "rev")
    with tarfile.open(world.folder / "rev.tar", "w") as archive:
        archive.add(rev, ".")
    tar_folder(rev, world.folder / "rev.tgz")
    zip_folder(rev, world.folder / "rev.zip")
    zip_folder(outer, world.folder / "outer.zip")
    for args, cwd in ((("-l", world.folder / "rev.zip", "-t", "zip"), None),
                      (("-l", world.folder / "rev.tgz", "-t", "tgz"), None),
                      (("-l", world.folder / "rev.tar", "-t", "tar"), None),
                      (("-l", world.folder / "outer.zip", "-t", "zip"), None),
                      (("-l", f"file://{world.folder}/rev.zip", "-t", "zip"), None),
                      (("-l", "rev"), world.folder), (("-l", "./rev.zip", "--type=zip"), world.folder), ((), rev)):
        shutil.rmtree(world.folder / "srv", ignore_errors=True)
        machine.succeed(*args, cwd=cwd)
        equal(machine.events()[-1:], ["ApplicationStart"], f"events of {args}")
        equal((world.folder / "srv" / "page").read_text(), "rev", f"the file of {args}")


@case("154: a failing hook: exit status 1, the script's path, its last words, the log's path")
def failing(world):
    machine, rev = Machine(world), revision(world, events=["ApplicationStart", "ValidateService"])
    (rev / "hooks" / "ApplicationStart").write_text("#!/bin/sh\necho 'no, thanks' >&2\nexit 3\n")
    done = machine.fail("-l", rev)
    folder = machine.group() / re.search(r"d-[A-Z0-9]{9}-local", done.stdout).group(0)
    for part in (f"The script that failed: {folder}/deployment-archive/hooks/ApplicationStart", "exit code 3",
                 "  | [stderr]no, thanks", f"What scripts said: {folder}/logs/scripts.log"):
        contains(done.stdout, part, "what was said")
    lacks(done.stdout, "succeeded.", "what was said")
    equal(machine.events(), [], "scripts that ran after the one that failed")

    report = json.loads(machine.fail("-l", rev, "--output", "json").stdout)
    equal((report["status"], report["lifecycleEvents"][-1]["lifecycleEventName"]), ("Failed", "ApplicationStart"), "the report")
    equal(report["lifecycleEvents"][-1]["errorCode"], 4, "the report's error code")
    # A script that is missing has no process, and its message the path.
    (rev / "hooks" / "ApplicationStart").unlink()
    contains(machine.fail("-l", rev).stdout, "deployment-archive/hooks/ApplicationStart", "what was said of a missing script")


@case("the official tool's name, --help and --version")
def names(world):
    machine, rev = Machine(world), revision(world, events=["ApplicationStart"])
    tool = world.folder / "codedeploy-local"
    tool.symlink_to(SLIPWAY)
    for flag in ("--version", "-v"):
        equal(machine.succeed(command=[str(tool), flag]), "1.0\n", f"what {flag} says")
    for flag in ("--help", "-h"):
        text = machine.succeed(command=[str(tool), flag])
        for option in ("-l, --bundle-location", "-t, --type", "-b, --file-exists-behavior", "-g, --deployment-group",
                       "-d, --deployment-group-name", "-a, --application-name", "-e, --events",
                       "-c, --agent-configuration-file", "-A, --appspec-filename", "-h, --help", "-v, --version"):
            contains(text, option, f"what {flag} says")
    machine.succeed(command=[str(tool), "--agent-configuration-file", str(machine.config), "--bundle-location", str(rev),
                             "--type", "directory", "--deployment-group", "g", "--deployment-group-name", "fleet",
                             "--application-name", "shop", "--events", "ApplicationStart", "--appspec-filename", "appspec.yml"])
    equal(machine.noted()[0].split()[1:3], ["shop", "fleet"], "names that the script was given")
    equal(machine.group("g").is_dir(), True, "the group's folder")


@case("what a script says is shown while it runs, and a token stays out of its environment")
def follow(world):
    machine = Machine(world)
    rev = revision(world, events=["ApplicationStart"],
                   script='#!/bin/sh\necho "a \033[31mword"; echo other >&2; env > "$NOTES"\n')
    out = machine.succeed("-l", rev, "--follow", CODEDEPLOY_GITHUB_TOKEN="hush-hush", AWS_SECRET_ACCESS_KEY="hush-hush")
    for part in ("ApplicationStart: /", "  | a ?[31mword\n", "  ! other\n"):
        contains(out, part, "what was shown")
    lacks(machine.notes.read_text(), "hush-hush", "the script's environment")


def interrupted(world, machine, rev, number):
    """The tool's exit status and output when a signal comes while its script runs."""
    log = world.folder / f"local-{number}.out"
    world.logs.append(log)
    with open(log, "w") as out:
        process = subprocess.Popen(machine.command("-l", rev), env=machine.environment, stdout=out, stderr=out,
                                   start_new_session=True)
    wait_until("the script", machine.notes.exists)
    process.send_signal(number)
    try:
        return process.wait(30 * PATIENCE), log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@case("Ctrl-C ends the script with all it started, and nothing more is run; exit status 130")
def interrupt(world):
    machine = Machine(world, hook_term_grace=0.2)
    rev = revision(world, events=["ApplicationStart", "ValidateService"])
    hook = rev / "hooks" / "ApplicationStart"
    # Two kinds: one that goes when asked, and one that does not.
    for number, status, script in (
            (signal.SIGINT, 130, '#!/bin/sh\nsleep 600 & echo $! $$ > "$NOTES.new"; mv "$NOTES.new" "$NOTES"; wait\n'),
            (signal.SIGTERM, 143, '#!/bin/sh\ntrap "" TERM\n(trap "" TERM; exec sleep 600) & echo $! $$ > "$NOTES.new"\n'
                                  'mv "$NOTES.new" "$NOTES"; while :; do wait; done\n')):
        hook.write_text(script)
        code, said = interrupted(world, machine, rev, number)
        equal(code, status, f"exit status after signal {number}; it said {said}")
        contains(said, "interrupted", "what was said")
        contains(said, "ApplicationStart     Failed", "what was said of the event")
        lacks(said, "ValidateService", "what was said")
        for pid in machine.noted()[0].split():
            wait_until(f"the end of process {pid}", lambda: not is_running(int(pid)))
    # It left a failed deployment behind, which the next one takes over from.
    hook.write_text(NOTE)
    machine.succeed("-l", rev)


def is_running(pid):
    """A zombie, which somebody else has to collect, is none."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@case("s3:// with the agent's keys and endpoint")
def objects(world):
    server = world.server()
    rev = revision(world, events=["ApplicationStart"], script='#!/bin/sh\necho "$BUNDLE_BUCKET $BUNDLE_KEY" > "$NOTES"\n')
    server.slipway("apps", "create", "shop")
    pushed = json.loads(server.slipway("push", rev, "--application", "shop", "--output", "json"))
    location = pushed["revision"]["s3Location"]
    arn, key, secret = server.keys_create("web-1")[:3]
    (world.folder / "onpremises.yml").write_text(
        f"region: {REGION}\niam_user_arn: {arn}\naws_access_key_id: {key}\naws_secret_access_key: {secret}\n")
    machine = Machine(world, s3_endpoint_override=server.http)
    url = f"s3://{location['bucket']}/{location['key']}"
    machine.succeed("-l", url, "-t", "zip")
    equal(machine.noted(), [f"{location['bucket']} {location['key']}"], "what the script was told")
    machine.succeed("-l", f"{url}?etag={location['eTag']}", "-t", "zip")
    contains(machine.fail("-l", f"{url}?etag=0123", "-t", "zip").stdout, "ETag", "what was said of another ETag")
    contains(machine.fail("-l", f"s3://{location['bucket']}/gone", "-t", "zip").stdout, "gone", "what was said of no object")


@case("with an agent's configuration and a real group's id, that group's history goes on, both ways")
def shared(world):
    server = world.server()
    agent = world.agent(server, "web-1", tags={"role": "web"}, environment={"NOTES": str(world.folder / "notes")})
    server.slipway("apps", "create", "shop")
    server.slipway("groups", "create", "web", "--application", "shop", "--host-tag", "role=web")
    group = server.client().call("GetDeploymentGroup", applicationName="shop",
                                 deploymentGroupName="web")["deploymentGroupInfo"]["deploymentGroupId"]
    machine = Machine(world)
    machine.config = agent.config

    def stopped():
        """Which revision's ApplicationStop ran, by its folder."""
        lines = [line for line in machine.noted() if line.startswith("ApplicationStop")]
        return [pathlib.Path(line.split()[3]).parts[-3] for line in lines]

    def deploy(rev):
        out = server.slipway("deploy", "-a", "shop", "-g", "web", "-f", rev, "--wait")
        return re.search(r"d-[A-Z0-9]{9}", out).group(0)
    one = deploy(revision(world, "one"))
    equal(stopped(), [], "what was stopped for the first revision")
    out = machine.succeed("-l", revision(world, "two"), "-g", group)
    equal(stopped(), [one], "what was stopped for the local revision")
    equal((world.folder / "srv" / "page").read_text(), "two", "the installed file")
    deploy(revision(world, "three"))
    equal(stopped(), [re.search(r"d-[A-Z0-9]{9}-local", out).group(0)], "what was stopped for the third revision")
    equal((world.folder / "srv" / "page").read_text(), "three", "the installed file")


@case("a repository of the agent's github_endpoint, by branch, with a token that only the server sees")
def github(world):
    rev = revision(world, events=["ApplicationStart"], script='#!/bin/sh\necho "$BUNDLE_COMMIT" > "$NOTES"; env >> "$NOTES"\n')
    outer = world.folder / "outer"
    shutil.copytree(rev, outer / "owner-shop-abc")
    archive = zip_folder(outer, world.folder / "shop.zip").read_bytes()
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive)))
            self.end_headers()
            self.wfile.write(archive)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world.closers += [server.server_close, server.shutdown]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    machine = Machine(world, github_endpoint=f"http://{host}/api/v3")
    machine.succeed("-l", f"https://{host}/owner/shop/tree/feature/x", CODEDEPLOY_GITHUB_TOKEN="hush-hush")
    lines = machine.noted()
    equal(lines[0], "feature/x", "BUNDLE_COMMIT")
    lacks("\n".join(lines), "hush-hush", "the script's environment")
    equal(asked, [("/api/v3/repos/owner/shop/zipball/feature%2Fx", "token hush-hush")], "what the server was asked")
    contains(machine.fail("-l", "https://github.com/owner/shop").stderr, "github_endpoint", "what was said of another server")


if __name__ == "__main__":
    main(globals())
