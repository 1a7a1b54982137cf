#!/usr/bin/env python3
"""The AppSpec as Install and hooks meet it (the checklist's part 10.4): what is refused is reported, and nothing was touched."""

import stat

from harness import *
from scripted_host import *
from scripted_service import *


def installed(world, **config):
    """A host with a release in place, so that there is something to be touched."""
    host = Host(world, **config)
    host.install({"appspec.yml": host.appspec(), "content/old": "old", "content/d/x": "x"})
    return host


def refuse_each(host, cases, distinct=True):
    """cases: AppSpec -> words of the message. Each fails the Install and touches nothing, each with a message of its own."""
    said = {spec: host.install_refused({"appspec.yml": spec, "content/new": "new", "content/a.sh": ""}, *words) for spec, words in cases.items()}
    if distinct and len(set(said.values())) != len(said):
        raise Failure(f"messages are not told apart: {said}")


@case("70: version and os are enough, and no files are installed")
def the_least(world):
    host = Host(world)
    for spec in (HEAD, "version: 0\nos: linux\nfiles:\npermissions:\nhooks:\n", '{"version": 0.0, "os": "linux", "unknown": [1]}'):
        document = host.install({"appspec.yml": spec, "content/a": ""})
        equal(tree(host.files), [])
        equal((host.instructions / f"{GROUP}_last_successful_install").read_text(), str(host.folder(document)))


@case("71: version, os and an empty file: each has its own meaning")
def head(world):
    host = installed(world)
    refuse_each(host, {"version: 1.0\nos: linux\n": ["version", "line 1"], "os: linux\n": ["version", "missing"],
                       "version: 0.0\nos: solaris\n": ["os", "solaris", "line 2"], "version: 0.0\n": ["os", "missing"], "": ["empty"],
                       "version: [0.0]\nos: linux\nfiles: []\n": ["version"], "a: [": ["line"], "- a\n": ["mapping"]}, distinct=False)
    refuse_each(host, {"version: 1.0\nos: linux\n": [], "os: linux\n": [], "version: 0.0\nos: solaris\n": [], "version: 0.0\n": [], "": []})


@case("72, 73: files without source or destination, and the behaviour in small letters")
def files_and_behaviour(world):
    host = installed(world)
    refuse_each(host, {
        HEAD + f"files:\n  - destination: {host.files}\n": ['"source"', "line 4"], HEAD + "files:\n  - source: content\n": ['"destination"', "line 4"],
        HEAD + f"files:\n  - source: ~\n    destination: {host.files}\n": ['"source"'],
        HEAD + "files:\n  - source: content\n    destination: ~\n": ['"destination"'],
        HEAD + "files:\n  - source: content\n    destination: relative\n": ['"destination"', "absolute"],
        HEAD + f"files:\n  - source: ../content\n    destination: {host.files}\n": ['"source"'],
        HEAD + f"files:\n  - source: none\n    destination: {host.files}\n": ["none"],
        HEAD + "files: content\n": ['"files"', "list"]}, distinct=False)
    refuse_each(host, {HEAD + f"files:\n  - destination: {host.files}\n": [], HEAD + "files:\n  - source: content\n": []})
    for word in ("overwrite", "Retain", "FOO"):
        host.install_refused({"appspec.yml": host.appspec(f"file_exists_behavior: {word}\n"), "content/new": ""}, "file_exists_behavior", "line 6")
    mine = host.files / "mine"
    mine.write_text("mine")
    content = {"content/mine": "new"}
    host.install({"appspec.yml": host.appspec("file_exists_behavior: RETAIN\n"), **content}, behavior="OVERWRITE")
    equal(mine.read_text(), "mine")
    host.install_refused({"appspec.yml": host.appspec("file_exists_behavior: DISALLOW\n"), **content}, str(mine), behavior="OVERWRITE")
    host.install({"appspec.yml": host.appspec("file_exists_behavior: OVERWRITE\n"), **content}, behavior="DISALLOW")
    equal(mine.read_text(), "new")


HOOKS_REFUSED = {
    "timeout: 5": ["location", "missing"], "location: ''": ["location", "blank"], "location: '  '": ["location", "blank"], "location:": ["location"],
    "location: a.sh\n      timeout: 0": ["timeout"], "location: a.sh\n      timeout: -1": ["timeout"],
    "location: a.sh\n      timeout: soon": ["timeout"], "location: a.sh\n      timeout: ''": ["timeout"]}


@case("74: hooks without location, with a blank one, or with a timeout that is none: for Install, and for hooks")
def hooks(world):
    host = installed(world)
    for lines, words in HOOKS_REFUSED.items():
        spec = host.appspec(f"hooks:\n  BeforeInstall:\n    - location: a.sh\n  AfterInstall:\n    - {lines}\n")
        host.install_refused({"appspec.yml": spec, "content/new": "", "a.sh": ""}, *words)
        # the event itself has good scripts
        document = host.download({"appspec.yml": spec, "a.sh": "#!/bin/sh\ntouch $HOST_ROOT/ran\n"})
        done = host.service.run("BeforeInstall", document)
        equal((lines, done.status, done.code, done.script), (lines, "Failed", 5, ""))
        for word in words:
            contains(done.message, word)
    equal((host.agent.root / "ran").exists(), False, "a script of an AppSpec that is not valid")


@case("75: a timeout may be a text, and a fraction is cut off")
def timeout_text(world):
    host = Host(world)
    done, _ = host.hook("#!/bin/sh\nexec sleep 60\n", timeout='"1.9"')
    equal((done.status, done.code, done.script), ("Failed", 3, "hook.sh"))
    contains(done.message, "1 second")
    lacks(done.message, "1.9")


@case("76: an event with a null list has no scripts; neither has one with an empty list")
def null_lists(world):
    host = Host(world)
    document = host.download({"appspec.yml": HEAD + "hooks:\n  BeforeInstall:\n  AfterInstall: ~\n  ApplicationStart: []\n  Other:\n"})
    for event in ("BeforeInstall", "AfterInstall", "Install", "ApplicationStart", "ValidateService"):
        host.service.succeed(event, document)
    flags = [call.body["Diagnostics"]["Payload"] for call in host.service.operations("PutHostCommandAcknowledgement")]
    equal(flags, [f'{{"IsCommandNoop":{flag}}}' for flag in ("false", "true", "true", "false", "true", "true")])


@case("77, 79, 80, 81, 82: permissions that are not valid: each is named, and nothing was touched")
def permissions_refused(world):
    host = installed(world)

    def permission(lines, item=f"object: {host.files}"):
        return host.appspec(f"permissions:\n  - {item}\n    {lines}\n")

    refuse_each(host, {
        permission("mode: 644", "owner: root"): ["object", "missing"], permission("mode: 644", "object: ' '"): ["object", "blank"],
        permission("mode: 644", "object: relative"): ["object", "absolute"], permission("type: [socket]"): ["type", '"file"'],
        permission("type: file"): ["type", "list"], permission("mode: 88"): ["mode", "octal"], permission("mode: 12345"): ["mode", "octal"],
        permission("mode: '04755'"): ["mode", "octal"], permission("mode: rwx"): ["mode", "octal"], permission("except: a"): ["except", "list"]},
        distinct=False)
    refuse_each(host, {permission("mode: 88"): [], permission("type: [socket]"): [], permission("mode: 644", "owner: root"): []})
    for entry, words in {"u::7": ["u::7", "name"], "x:y:z:w:1": ["x:y:z:w:1"], "u:bob:q": ["u:bob:q", "permissions"], "rw": ["rw"],
                         "m:bob:7": ["m:bob:7", "name"], "x:bob:7": ["x:bob:7", "type"]}.items():
        host.install_refused({"appspec.yml": permission(f"acls: ['{entry}']"), "content/new": ""}, *words)
    for text in ("s0:", "s2-s1", "s0:c1024", "s0:c1,c1", "s0:c3.c1"):
        host.install_refused({"appspec.yml": permission(f"context: {{type: t, range: '{text}'}}"), "content/new": ""}, "range")
    host.install_refused({"appspec.yml": permission("context: {range: s0}"), "content/new": ""}, "type")
    host.install_refused({"appspec.yml": permission("context: {type: t, role: r}"), "content/new": ""}, "role")
    by_object = permission("acls: ['default:u:root:rw']", f"object: {host.files}/new")
    by_pattern = permission("acls: ['d:u:root:rw']", f"object: {host.files}")
    for spec in (by_object, by_pattern):
        host.install_refused({"appspec.yml": spec, "content/new": ""}, "default", str(host.files / "new"))


@case("78, 79: modes are read as they are written")
def modes(world):
    host = Host(world)
    expected = {"0644": 0o644, "644": 0o644, '"0644"': 0o644, "4755": 0o4755, "7": 0o007, "'07'": 0o007, "0755": 0o755, "0": 0}
    items = "".join(f"  - object: {host.files}/f{n}\n    mode: {text}\n" for n, text in enumerate(expected))
    host.install({"appspec.yml": host.appspec("permissions:\n" + items), **{f"content/f{n}": "" for n in range(len(expected))}})
    found = {text: stat.S_IMODE((host.files / f"f{n}").stat().st_mode) for n, text in enumerate(expected)}
    equal({text: oct(mode) for text, mode in found.items()}, {text: oct(mode) for text, mode in expected.items()})


def acl_of(path):
    done = subprocess.run(["getfacl", "--omit-header", "--absolute-names", str(path)], check=True, capture_output=True, text=True)
    return sorted(line.partition("\t")[0] for line in done.stdout.split("\n") if line)


@case("80: access control lists, in every spelling, complete and canonical; each object's from its own mode")
def acls(world):
    if not shutil.which("getfacl"):
        raise Skip("getfacl is missing")
    host = Host(world)
    probe = host.files / "probe"
    probe.touch()
    if subprocess.run(["setfacl", "-m", "u:daemon:r", str(probe)], capture_output=True).returncode:
        raise Skip("this file system keeps no access control lists")
    probe.unlink()
    spec = host.appspec(f"""permissions:
  - object: {host.files}/a
    mode: 640
    acls: ['u:daemon:rw']
  - object: {host.files}/b
    acls: ['daemon:6', 'm:7', 'group:bin:x-']
  - object: {host.files}
    pattern: many*
    type: [file]
    acls: ['daemon:r']
  - object: {host.files}
    pattern: d
    type: [directory]
    acls: ['default:g:bin:rx', 'd:daemon:7']
""")
    host.upload(tarred({"appspec.yml": spec, "content/a": "", "content/b": "", "content/many1.sh": "", "content/many2": "", "content/d/x": ""}))
    document = host.service.document(bundle="tar")
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)
    equal(acl_of(host.files / "a"), sorted(["user::rw-", "user:daemon:rw-", "group::r--", "mask::r--", "other::---"]))
    equal(acl_of(host.files / "b"), sorted(["user::rw-", "user:daemon:rw-", "group::r--", "group:bin:--x", "mask::rwx", "other::r--"]))
    equal(acl_of(host.files / "many1.sh"), sorted(["user::rwx", "user:daemon:r--", "group::r-x", "mask::r-x", "other::r-x"]))
    equal(acl_of(host.files / "many2"), sorted(["user::rw-", "user:daemon:r--", "group::r--", "mask::r--", "other::r--"]))
    equal(acl_of(host.files / "d"), sorted([
        "user::rwx", "group::r-x", "other::r-x", "default:user::rwx", "default:user:daemon:rwx", "default:group::r-x",
        "default:group:bin:r-x", "default:mask::r-x", "default:other::r-x"]))
    steps = json.loads((host.instructions / f"{GROUP}-install.json").read_text())["instructions"]
    told = {step["file"]: step["acl"] for step in steps if step["type"] == "setfacl"}
    for name, entries in (("a", ["user:daemon:rw-"]), ("b", ["user:daemon:rw-", "mask::rwx", "group:bin:--x"]),
                          ("d", ["default:group:bin:r-x", "default:user:daemon:rwx"])):
        equal([entry for entry in told[f"{host.files}/{name}"] if entry in entries], entries, f"instruction for {name}")


def fake_programs(world, *names, status=0):
    """Programs that note their arguments in world.folder/NAME.ran, a line a run; returns the PATH with them in front."""
    folder = world.folder / "fake-bin"
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f'#!/bin/sh\n(printf "%s|" "$@"; echo) >>{world.folder}/{name}.ran\nexit {status}\n')
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def ran(world, name):
    path = world.folder / f"{name}.ran"
    return path.read_text().splitlines() if path.exists() else []


@case("82, 83, 99: contexts, with and without a range, are set, and taken back by the next Install, which ignores failures")
def contexts(world):
    host = Host(world)
    host.agent.stop()
    host.agent = host.service.agent("labels", environment={"PATH": fake_programs(world, "semanage", "restorecon")})
    items = {"plain": "{type: t1}", "ranged": "{type: t2, range: 's0-s3:c0.c2,c5'}", "low": "{type: t3, range: s0, name: u1}",
             "joined": "{user: u2, type: t4, range: 's1-s1:c1,c2,c3,c9'}"}
    permissions = "".join(f"  - object: {host.files}/{name}\n    context: {text}\n" for name, text in items.items())
    host.install({"appspec.yml": host.appspec("permissions:\n" + permissions), **{f"content/{name}": "" for name in items}})
    paths = {name: f"{host.files}/{name}" for name in items}
    equal(ran(world, "semanage"), [
        f"fcontext|-a|-t|t1|{paths['plain']}|", f"fcontext|-a|-t|t2|-r|s0-s3:c0.c2,c5|{paths['ranged']}|",
        f"fcontext|-a|-s|u1|-t|t3|-r|s0|{paths['low']}|", f"fcontext|-a|-s|u2|-t|t4|-r|s1:c1.c3,c9|{paths['joined']}|"])
    equal([line.split("|")[-2] for line in ran(world, "restorecon")], list(paths.values()))
    root = host.agent.deployment_root / "deployment-instructions"
    lines = (root / f"{GROUP}-cleanup").read_bytes().split(b"\n")
    equal([line for line in lines if b"\0" in line], [b"semanage\0" + path.encode() for path in paths.values()])

    (world.folder / "fake-bin/semanage").write_text(f'#!/bin/sh\n(printf "%s|" "$@"; echo) >>{world.folder}/semanage.ran\nexit 1\n')
    host.install({"appspec.yml": HEAD})
    equal(sorted(ran(world, "semanage")[4:]), sorted(f"fcontext|-d|{path}|" for path in paths.values()))
    equal(tree(host.files), [])
    done = host.service.run("Install", host.download({"appspec.yml": host.appspec("permissions:\n" + permissions), "content/plain": ""}))
    equal((done.status, done.code), ("Failed", 5))
    contains(done.message, "semanage")


NINE = ["BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService",
        "BeforeAllowTraffic", "AfterAllowTraffic"]


@case("84, 85: the list of possible events: what it lacks, and what the AppSpec lacks, is named, and nothing was touched")
def possible_events(world):
    host = installed(world)
    hook = "    - location: a.sh\n"
    custom = {"appspec.yml": host.appspec(f"hooks:\n  AfterInstall:\n{hook}  Custom:\n{hook}"), "content/new": "", "a.sh": ""}
    plain = {"appspec.yml": host.appspec(), "content/new": ""}
    everything = [*NINE, "DownloadBundle", "Install"]
    for event in NINE:
        host.install_refused(plain, event, AllPossibleLifecycleEvents=[name for name in everything if name != event])
    lacking = host.install_refused(custom, "Custom", AllPossibleLifecycleEvents=everything)
    unknown = host.install_refused(plain, "Custom", AllPossibleLifecycleEvents=[*everything, "Custom"])
    equal(lacking != unknown, True, "distinct messages")
    for events in (NINE, everything, None, []):
        host.install(plain, AllPossibleLifecycleEvents=events)
    host.install(custom, AllPossibleLifecycleEvents=[*NINE, "Custom"])


@case("86: a bundle that has appspec.yaml only: Install uses it, and hooks do")
def yaml_name(world):
    host = Host(world)
    spec = host.appspec("hooks:\n  BeforeInstall:\n    - location: hook.sh\n")
    document = host.download({"appspec.yaml": spec, "content/a": "x", "hook.sh": "#!/bin/sh\necho ran >$HOST_ROOT/hook\n"})
    host.service.succeed("BeforeInstall", document)
    equal((host.agent.root / "hook").read_text(), "ran\n")
    host.service.succeed("Install", document)
    equal(tree(host.files), ["a"])
    host.install_refused({"other.yml": HEAD, "x": ""}, "appspec.yml")


if __name__ == "__main__":
    main(globals())
