#!/usr/bin/env python3
"""Hostile bundles through a real agent: refused with the entry's name, nothing left, nothing outside touched (the checklist's 57 to 59).

tests/fixtures/make-hostile-bundles makes them; the unit test beside it has all of them unpacked, here are some of each sort.
"""

import importlib.machinery
import importlib.util

from harness import *
from scripted_host import *

SOME = ["path-parent", "path-absolute", "path-in-pax", "path-line-break", "link-outside", "link-written-through", "hard-link-outside",
        "hard-link-to-a-link", "kind-character-device", "kind-file-then-folder", "size-negative", "sparse-of-an-exbibyte", "tgz-cut-short",
        "tgz-checksum-wrong", "tar-compressed-five-times", "zip-path-parent", "zip-link-outside", "zip-name-differs", "zip-encrypted",
        "zip-size-too-small", "zip-without-an-end", "link-retargeted", "zip-something-in-front", "tgz-in-two-members"]


def hostile_bundles():
    """The script as a module: cases by name, and what builds one."""
    loader = importlib.machinery.SourceFileLoader("hostile", str(ROOT / "tests" / "fixtures" / "make-hostile-bundles"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("hostile", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return {one.name: one for one in module.CASES}, module.build


def snapshot(folder, without):
    """Names, modes and contents below a folder, but for what is below `without`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if without not in (path, *path.parents):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else None
            found[str(path)] = (oct(status.st_mode), status.st_nlink, content)
    return found


@case("57 to 59: a hostile bundle fails DownloadBundle and leaves nothing but itself")
def refused(world):
    host = Host(world)
    cases, build = hostile_bundles()
    outside = world.folder / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    host.download({"appspec.yml": HEAD})  # the agent has made what it makes
    before = snapshot(world.folder / "hosts", host.root)
    for name in SOME:
        one = cases[name]
        host.upload(build(one))
        document = host.service.document(bundle=one.format)
        done = host.service.run("DownloadBundle", document)
        folder = host.folder(document)
        if one.verdict == "unpacked":
            equal((name, done.status), (name, "Succeeded"))
            continue
        equal((name, done.status, done.code, done.script), (name, "Failed", 5, ""))
        contains(done.message, one.message, name)
        equal((name, sorted(path.name for path in folder.iterdir())), (name, ["bundle.tar"]))
    after = snapshot(world.folder / "hosts", host.root)
    logs = [path for path in {*before, *after} if "/log/" in path]
    for path in logs:
        before.pop(path, None)
        after.pop(path, None)
    equal(after, before, "what is outside the deployment root")
    equal((outside / "kept").read_text(), "kept")
    equal(pathlib.Path("/tmp/slipway-hostile").exists(), False, "where absolute names lead")


@case("limits and refusals are settings")
def settings(world):
    host = Host(world, archive_max_extraction_size="1 MB", archive_max_entries=5, reject_symlinks_in_bundle=True,
                reject_unsafe_permissions_in_bundle=True)
    cases, build = hostile_bundles()
    for name, word in (("bomb-of-zeros-in-a-tgz", "largest unpacked size"), ("too-many-files", "more than 5 entries"),
                       ("bomb-in-a-zip-that-says-it-is-small", "bomb"), ("link-loop", "is a symbolic link"),
                       ("strict-set-user-id", "set-user-id"), ("strict-written-by-everybody", "written by everybody")):
        host.upload(build(cases[name]))
        document = host.service.document(bundle=cases[name].format)
        done = host.service.run("DownloadBundle", document)
        equal((name, done.status), (name, "Failed"))
        contains(done.message, word, name)
        equal(host.archive(document).exists(), False)


@case("an AppSpec that is a bomb of aliases, or without end, fails Install and not the agent")
def appspec_bombs(world):
    host = Host(world)
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    for text, word in ((HEAD + bomb, "appspec.yml"), (HEAD + "files: " + "[" * 50_000, "appspec.yml"),
                       (HEAD + "# " + "x" * 2_000_000, "appspec.yml")):
        document = host.download({"appspec.yml": text})
        done = host.service.run("Install", document)
        equal((done.status, done.code), ("Failed", 5))
        contains(done.message, word)
    host.install({"appspec.yml": host.appspec(), "content/x": "x"})
    equal((host.files / "x").read_text(), "x")


if __name__ == "__main__":
    main(globals())
