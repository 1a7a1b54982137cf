#!/usr/bin/env python3
"""`slipway validate`, and the same check in front of `slipway push`."""
from harness import *

HEAD = "version: 0.0\nos: linux\n"


def validate(world, *args, status=0):
    temporary = world.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    done = subprocess.run([str(SLIPWAY), "validate", *map(str, args)],
                          env={**clean_environment(world.folder), "TMPDIR": str(temporary)},
                          capture_output=True, text=True, timeout=60 * PATIENCE)
    equal(done.returncode, status, f"exit status of validate {args}, which said {done.stdout}{done.stderr}")
    equal(list(temporary.iterdir()), [], "what is left in the temporary folder")
    return done.stdout if status in (0, 1) else done.stderr


def good(world, name="good"):
    return revision_folder(world.folder / name, {"content/page": "x"}, ["AfterInstall", "ApplicationStart"],
                           destination="/srv/app")


def wrong(world, name="wrong"):
    """A mistake of every kind: in the text, in names, in a script, in what Install would do, in the tree."""
    folder = good(world, name)
    (folder / "other").mkdir()
    (folder / "other" / "page").write_text("y")
    (folder / "hooks" / "AfterInstall").write_text("#!/bin/sh\r\necho hello\r\n")
    (folder / "hooks" / "ApplicationStart").chmod(0o644)
    (folder / "out").symlink_to("/etc/passwd")
    (folder / "appspec.yml").write_text(HEAD + """files:
  - source: content
    destination: /srv/app
  - source: other
    destination: /srv/app
  - source: gone
    destination: srv
permissions:
  - object: /srv/app
    mode: 0644
hooks:
  AfterInstal:
    - location: hooks/AfterInstall
  ApplicationStart:
    - location: hooks/ApplicationStart
      timeout: soon
    - location: hooks/gone
      timout: 3
    - location: hooks/ApplicationStart
""")
    return folder


OF_WRONG = """appspec.yml:6:13: error: both "content/page" and "other/page" of the revision would become "/srv/app/page"
appspec.yml:9:18: error: "destination" must be an absolute path, not "srv"
appspec.yml:12:11: warning: "mode" 0644 without quotes is an octal number in YAML: the official agent 1.x sets mode 420; write "0644" or 644
appspec.yml:14:3: error: there is no lifecycle event "AfterInstal", so its hook is never run; did you mean "AfterInstall"?
appspec.yml:18:16: error: "timeout" must be a number of seconds above 0, not "soon"
appspec.yml:19:17: error: the script "hooks/gone" of ApplicationStart is not in the revision
appspec.yml:20:7: warning: a script has no key "timout": it is ignored; did you mean "timeout"?
hooks/AfterInstall:1:1: error: the line ends in CR LF: the system looks for an interpreter "/bin/sh\\r"; save the script with LF line ends
hooks/ApplicationStart: warning: the script is not executable; the agent will make it so
"""


@case("an AppSpec that is a pipe, or leads to one, is told and not waited for")
def pipe(world):
    os.mkfifo(world.folder / "pipe")
    for name, make in (("itself", os.mkfifo), ("link", lambda path: path.symlink_to(world.folder / "pipe"))):
        folder = good(world, name)
        (folder / "appspec.yml").unlink()
        make(folder / "appspec.yml")
        contains(validate(world, folder, status=1), "is not a regular file")


@case("a good revision: nothing but the summary, exit status 0, in every form")
def clean(world):
    folder = good(world)
    bundles = [folder, zip_folder(folder, world.folder / "b.zip"), tar_folder(folder, world.folder / "b.tgz")]
    outer = world.folder / "outer"
    shutil.copytree(folder, outer / "inner")
    bundles.append(tar_folder(outer, world.folder / "leading.tgz"))
    with tarfile.open(world.folder / "b.tar", "w") as archive:
        archive.add(folder, ".")
    for bundle in bundles + [world.folder / "b.tar"]:
        out = validate(world, bundle)
        if not str(bundle).endswith(".zip"):  # zip_folder's files have no mode
            equal(out, f"{bundle}: 0 errors, 0 warnings\n", f"what is said of {bundle}")


@case("every error and warning at once, as compilers tell them; exit status 1")
def everything(world):
    folder = wrong(world)
    out = validate(world, folder, status=1)
    equal("".join(out.splitlines(keepends=True)[:-2]), OF_WRONG, "what is said of the folder")
    contains(out, "\nout: error: the agent would not unpack this: ", "what is said of a link that leads out")
    equal(out.splitlines()[-1], f"{folder}: 7 errors, 3 warnings", "the summary")

    (folder / "out").unlink()
    equal(validate(world, tar_folder(folder, world.folder / "b.tgz"), status=1), OF_WRONG +
          f"{world.folder}/b.tgz: 6 errors, 3 warnings\n", "what is said of the same as an archive")


@case("--output json, --strict, --appspec-filename, and the exit statuses")
def options(world):
    folder = wrong(world)
    report = json.loads(validate(world, folder, "--output", "json", status=1))
    equal((report["computePlatform"], report["errors"], report["warnings"]), ("Server", 7, 3), "the report")
    equal({key: report["findings"][1][key] for key in ("file", "line", "column", "severity")},
          {"file": "appspec.yml", "line": 9, "column": 18, "severity": "error"}, "a finding")

    (folder / "other.yml").write_text(HEAD)
    (folder / "out").unlink()
    equal(validate(world, folder, "--appspec-filename", "other.yml"), f"{folder}: 0 errors, 0 warnings\n", "another AppSpec")
    (folder / "other.yml").write_text(HEAD + "unknown: 1\n")
    contains(validate(world, folder, "-A", "other.yml"), "0 errors, 1 warning\n", "a warning alone")
    validate(world, folder, "-A", "other.yml", "--strict", status=1)
    contains(validate(world, world.folder / "gone", status=4), "gone", "what is said of nothing")
    contains(validate(world, status=64), "validate", "what is said without a revision")
    contains(validate(world, folder, folder, status=64), "validate", "what is said of two revisions")


@case("what the agent refuses to unpack is told: escapes, and what is no archive")
def hostile(world):
    path = world.folder / "escape.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("appspec.yml", "../escaped"):
            entry = tarfile.TarInfo(name)
            entry.size = len(HEAD)
            archive.addfile(entry, io.BytesIO(HEAD.encode()))
    contains(validate(world, path, status=1), 'error: the agent would not unpack this: archive entry "../escaped"', "an escape")
    (world.folder / "noise.zip").write_bytes(b"PK\3\4 this is none")
    contains(validate(world, world.folder / "noise.zip", status=1), "noise.zip: error: ", "a broken zip")


@case("AppSpecs of ECS and Lambda, YAML or JSON, alone or in a folder")
def services(world):
    golden = ROOT / "tests" / "golden" / "appspec"
    for name, platform, status in (("lambda.json", "Lambda", 0), ("ecs.yml", "ECS", 0), ("ecs-wrong.yml", "ECS", 1)):
        report = json.loads(validate(world, golden / name, "--output", "json", status=status))
        equal(report["computePlatform"], platform, f"platform of {name}")
        folder = world.folder / name
        folder.mkdir()
        shutil.copy(golden / name, folder / "appspec.yml")
        validate(world, folder, status=status)


@case("push checks first: errors stop it, a misspelt event among them, warnings are told, --no-validate pushes")
def push(world):
    server = world.server()
    server.slipway("apps", "create", "shop")
    folder = good(world)
    text = (folder / "appspec.yml").read_text()
    (folder / "appspec.yml").write_text(text.replace("AfterInstall:", "AfterInstal:"))
    done = server.slipway("push", folder, "--application", "shop", check=False)
    equal(done.returncode, 4, "exit status")
    for part in ('appspec.yml:7:3: error: there is no lifecycle event "AfterInstal"', 'did you mean "AfterInstall"?',
                 "1 error, 0 warnings: nothing was pushed (--no-validate"):
        contains(done.stderr, part, "what was said")
    equal(done.stdout, "", "standard output")
    equal(server.client().call("ListApplicationRevisions", applicationName="shop")["revisions"], [], "revisions")
    equal(server.slipway("deploy", "-a", "shop", "-g", "g", "-f", folder, check=False).returncode, 4, "exit status of deploy")
    server.slipway("push", folder, "--application", "shop", "--no-validate")

    (folder / "appspec.yml").write_text(text + "unknown: 1\n")
    done = server.slipway("push", folder, "--application", "shop", "--output", "json", check=False)
    equal(done.returncode, 0, "exit status of a push with a warning")
    contains(done.stderr, "warning: the AppSpec has no key \"unknown\"", "what was said")
    contains(json.loads(done.stdout)["url"], "s3://", "the URL")
    (folder / "appspec.yml").write_text((ROOT / "tests/golden/appspec/ecs.yml").read_text())
    contains(server.slipway("push", folder, "--application", "shop", check=False).stderr, "not for servers", "what was said")


if __name__ == "__main__":
    main(globals())
