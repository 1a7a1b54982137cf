#!/usr/bin/env python3
"""What Install does on the host (the checklist's part 10.5), driven by a scripted service."""

import grp
import pwd
import stat

from harness import *
from scripted_host import *
from scripted_service import *


def modes_of(host):
    return {name: oct(stat.S_IMODE((host.files / name).lstat().st_mode)) for name in tree(host.files)}


def cleanup_of(host):
    return (host.instructions / f"{GROUP}-cleanup").read_text().splitlines()


def steps_of(host):
    return json.loads((host.instructions / f"{GROUP}-install.json").read_text())["instructions"]


def with_files(*items):
    return HEAD + "files:\n" + "".join(f"  - source: {source}\n    destination: {destination}\n" for source, destination in items)


@case("87: source / copies everything: dot files, scripts and the AppSpec")
def everything(world):
    host = Host(world)
    files = {".hidden": "h", ".d/.e": "e", "hook.sh": "x", "d/x": "x"}
    host.install({"appspec.yml": with_files(("/", host.files)), **files})
    equal(tree(host.files), sorted([*files, ".d", "d", "appspec.yml"]))
    host.install({"appspec.yml": with_files(("/d", host.files), ("/hook.sh", host.files / "scripts")), **files})
    equal(tree(host.files), ["scripts", "scripts/hook.sh", "x"])


@case("87 to 89, 100: folders and files land where they should, with mode and time; the records are written")
def install_layout(world):
    host = Host(world)
    host.upload(tarred({"appspec.yml": f"{HEAD}files:\n  - source: content\n    destination: {host.files}/a/b\n"
                        f"  - source: content/.hidden\n    destination: {host.files}/one\n", "content/.hidden": "h", "content/bin/run.sh": "r"}))
    document = host.service.document(bundle="tar")
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)
    equal(tree(host.files), ["a", "a/b", "a/b/.hidden", "a/b/bin", "a/b/bin/run.sh", "one", "one/.hidden"])
    status = (host.files / "a/b/bin/run.sh").stat()
    equal((stat.S_IMODE(status.st_mode), int(status.st_mtime)), (0o755, 1_000_000_000))
    cleanup = (host.instructions / f"{GROUP}-cleanup").read_text().splitlines()
    equal(cleanup, [f"{host.files}/{name}" for name in ("a", "a/b", "a/b/.hidden", "a/b/bin", "a/b/bin/run.sh", "one", "one/.hidden")])
    equal((host.instructions / f"{GROUP}_last_successful_install").read_text(), str(host.folder(document)))
    plan = json.loads((host.instructions / f"{GROUP}-install.json").read_text())["instructions"]
    equal([step["type"] for step in plan], ["mkdir", "mkdir", "copy", "mkdir", "copy", "mkdir", "copy"])
    equal(plan[2], {"type": "copy", "source": str(host.archive(document) / "content/.hidden"), "destination": f"{host.files}/a/b/.hidden"})


@case("92, 46: an existing file and DISALLOW: the Install fails and the previous release is still there")
def disallow_keeps_the_old(world):
    host = Host(world)
    host.install({"appspec.yml": host.appspec(), "content/a": "1", "content/b": "1"})
    (host.files / "mine").write_text("mine")
    host.install_fails({"appspec.yml": host.appspec(), "content/a": "2", "content/mine": "2"}, str(host.files / "mine"))
    equal({p.name: p.read_text() for p in host.files.iterdir()}, {"a": "1", "b": "1", "mine": "mine"})
    host.install_fails({"appspec.yml": host.appspec(), "content/mine": "2"}, "FOO", behavior="FOO")
    host.install({"appspec.yml": host.appspec(), "content/c": "3"}, behavior="FOO")
    equal({p.name: p.read_text() for p in host.files.iterdir()}, {"c": "3", "mine": "mine"})


@case("93, 96: OVERWRITE replaces content, mode and time, and claims; RETAIN keeps and does not claim")
def overwrite_and_retain(world):
    host = Host(world)
    mine = host.files / "mine"
    mine.write_text("mine")
    host.install({"appspec.yml": host.appspec(), "content/mine": "new", "content/x": "1"}, behavior="retain")
    equal((mine.read_text(), (host.files / "x").read_text()), ("mine", "1"))
    lacks((host.instructions / f"{GROUP}-cleanup").read_text(), "mine")
    inode = mine.stat().st_ino
    mine.chmod(0o600)
    host.upload(tarred({"appspec.yml": host.appspec("file_exists_behavior: OVERWRITE\n"), "content/mine": "new", "content/x": "2"}))
    document = host.service.document(bundle="tar")
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)
    status = mine.stat()
    equal((mine.read_text(), (host.files / "x").read_text(), status.st_ino != inode), ("new", "2", True))
    equal((oct(stat.S_IMODE(status.st_mode)), int(status.st_mtime)), ("0o644", 1_000_000_000))
    contains("\n".join(cleanup_of(host)), str(mine))
    host.install({"appspec.yml": host.appspec(), "content/x": "3"}, behavior="RETAIN")
    equal((mine.exists(), (host.files / "x").read_text()), (False, "3"))


@case("95, 97, 98, 109: the next Install removes what the last one made, and only that")
def cleanup(world):
    host = Host(world)
    host.install({"appspec.yml": host.appspec(), "content/old/a": "1", "content/kept/b": "1", "content/c": "1"})
    (host.files / "kept/log").write_text("mine")
    elsewhere = world.folder / "elsewhere"
    elsewhere.mkdir()
    (host.files / "link").symlink_to(elsewhere)
    with open(host.instructions / f"{GROUP}-cleanup", "a") as file:
        file.write(f"{host.files}/link\n{host.files}/kept/log")
    host.install({"appspec.yml": host.appspec(), "content/c": "2"})
    equal(tree(host.files), ["c", "kept", "kept/log"])
    equal(elsewhere.is_dir(), True, "the link's target")

    spec = host.appspec("permissions:\n  - object: " + str(host.files) + "\n    owner: nobody-of-this-name\n")
    host.install_fails({"appspec.yml": spec, "content/d": "3"}, "nobody-of-this-name")
    contains((host.instructions / f"{GROUP}-cleanup").read_text(), f"{host.files}/d\n")
    host.install({"appspec.yml": host.appspec(), "content/e": "4"})
    equal(tree(host.files), ["e", "kept", "kept/log"])


@case("101: links are recreated, also those to folders; OVERWRITE replaces a link and not its target")
def links(world):
    host = Host(world)
    target = world.folder / "target"
    target.write_text("target")
    (host.files / "file").symlink_to(target)
    host.upload(tarred({"appspec.yml": host.appspec("file_exists_behavior: OVERWRITE\n"), "content/d/x": "x", "content/file": "new"},
                       links=[("content/to-d", "d"), ("content/to-x", "d/x"), ("content/dangling", "nothing")]))
    document = host.service.document(bundle="tar")
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)
    equal({name: os.readlink(host.files / name) for name in ("to-d", "to-x", "dangling")},
          {"to-d": "d", "to-x": "d/x", "dangling": "nothing"})
    equal(((host.files / "file").is_symlink(), (host.files / "file").read_text(), target.read_text()), (False, "new", "target"))


@case("78, 103, 108: permissions as written; the owner does not take the set-id bit away")
def permissions(world):
    host = Host(world)
    owner = f"    owner: {os.getuid()}\n"
    spec = host.appspec(f"permissions:\n  - object: {host.files}\n    pattern: '*.bin'\n    mode: 4755\n{owner}    type: [file]\n"
                        f"  - object: {host.files}/d\n    mode: 0640\n  - object: {host.files}\n    pattern: d\n    mode: 711\n    type: [directory]\n")
    host.install({"appspec.yml": spec, "content/x.bin": "", "content/y": "", "content/d/z": ""})
    modes = {name: oct(stat.S_IMODE((host.files / name).stat().st_mode)) for name in ("x.bin", "y", "d", "d/z")}
    equal(modes, {"x.bin": "0o4755", "y": "0o644", "d": "0o711", "d/z": "0o640"})


@case("90: two sources for one destination, a copy onto a planned folder, a folder onto a planned copy: nothing was touched")
def conflicts(world):
    host = Host(world)
    host.install({"appspec.yml": host.appspec(), "content/old": "1"})
    at = str(host.files)
    two = host.install_refused({"appspec.yml": with_files(("a/x", at), ("b/x", at)), "a/x": "1", "b/x": "2"}, "a/x", "b/x", f"{at}/x")
    onto_folder = host.install_refused({"appspec.yml": with_files(("a", at), ("b/x", at)), "a/x/deep": "1", "b/x": "2"}, f"{at}/x")
    onto_copy = host.install_refused({"appspec.yml": with_files(("b/x", at), ("a", at)), "a/x/deep": "1", "b/x": "2"}, f"{at}/x")
    equal(len({two, onto_folder, onto_copy}) >= 2, True, "distinct meanings")
    host.install_refused({"appspec.yml": with_files(("a/x", f"{at}//d/"), ("b/x", f"{at}/./d")), "a/x": "1", "b/x": "2"}, "a/x", "b/x")


@case("91: a folder that is needed twice, also with a slash at its end, is made once")
def needed_twice(world):
    host = Host(world)
    at = f"{host.files}/deep/er"
    host.install({"appspec.yml": with_files(("a", at), ("b", f"{at}/"), ("c", f"{at}//")), "a/d/1": "1", "b/d/2": "2", "c/3": "3"})
    equal(tree(host.files), ["deep", "deep/er", "deep/er/3", "deep/er/d", "deep/er/d/1", "deep/er/d/2"])
    made = [step["directory"] for step in steps_of(host) if step["type"] == "mkdir"]
    equal(made, [f"{host.files}/deep", at, f"{at}/d"])
    equal(len(set(cleanup_of(host))), len(cleanup_of(host)), "lines of the cleanup file")


@case("94: a behaviour that nobody knows fails where a file exists, names what there is, and is no matter where none does")
def unknown_behaviour(world):
    host = Host(world)
    (host.files / "mine").write_text("mine")
    host.install_refused({"appspec.yml": host.appspec(), "content/mine": "2", "content/x": ""}, "FOO", "DISALLOW", "OVERWRITE", "RETAIN",
                         behavior="foo")
    host.install({"appspec.yml": host.appspec(), "content/x": ""}, behavior="FOO")
    equal(tree(host.files), ["mine", "x"])


@case("100: a failed Install leaves the pointer of the last successful one where it was")
def pointer_of_success(world):
    host = Host(world)
    first = host.install({"appspec.yml": host.appspec(), "content/a": "1"})
    pointer = host.instructions / f"{GROUP}_last_successful_install"
    equal(pointer.read_text(), str(host.folder(first)))
    spec = host.appspec(f"permissions:\n  - object: {host.files}/a\n    owner: nobody-of-this-name\n")
    host.install_fails({"appspec.yml": spec, "content/a": "2"}, "nobody-of-this-name")  # only execution finds out
    equal(pointer.read_text(), str(host.folder(first)))
    host.install_fails({"appspec.yml": "version: 1\n"}, "version")
    equal(pointer.read_text(), str(host.folder(first)))
    last = host.install({"appspec.yml": host.appspec(), "content/b": "3"})
    equal((pointer.read_text(), tree(host.files)), (str(host.folder(last)), ["b"]))


@case("102, 107: a pattern for a file, and two items that hit one file, fail before any copy; ** is right for a file")
def items_that_do_not_fit(world):
    host = Host(world)
    host.install({"appspec.yml": host.appspec(), "content/old": "1"})
    content = {"content/a.sh": "", "content/b": ""}

    def spec(*items):
        return host.appspec("permissions:\n" + "".join(f"  - object: {host.files}{of}\n    mode: 600\n    {more}\n" for of, more in items))

    said = {host.install_refused({"appspec.yml": spec(("/a.sh", "pattern: '*.sh'")), **content}, f"{host.files}/a.sh", "pattern"),
            host.install_refused({"appspec.yml": spec(("/a.sh", "except: [b]")), **content}, f"{host.files}/a.sh", "except"),
            host.install_refused({"appspec.yml": spec(("/a.sh", ""), ("", "pattern: '*.sh'")), **content}, f"{host.files}/a.sh"),
            host.install_refused({"appspec.yml": spec(("", ""), ("", "pattern: b")), **content}, f"{host.files}/b")}
    equal(len(said) >= 3, True, f"distinct meanings: {said}")
    host.install({"appspec.yml": spec(("/a.sh", "pattern: '**'"), ("/b", "pattern: '*'\n    type: [directory]")), **content})
    equal(modes_of(host), {"a.sh": "0o600", "b": "0o644"})


@case("103 to 106, 110: what permissions select: patterns, exceptions, types; not the folder itself, nor what is not there")
def selections(world):
    host = Host(world)
    content = {f"content/{name}": "" for name in ("a1", "b1", "x.sh", "d/a2", "d/b2", "d/y.sh")}
    plain = {"a1": "0o644", "b1": "0o644", "x.sh": "0o755", "d": "0o755", "d/a2": "0o644", "d/b2": "0o644", "d/y.sh": "0o755"}
    host.files.chmod(0o750)
    for lines, changed in (
            (f"object: {host.files}\n    pattern: '*.sh'\n    mode: 600", {"x.sh": "0o600"}),
            (f"object: {host.files}/\n    pattern: '**'\n    except: ['a*']\n    type: [file]\n    mode: 600",
             {"b1": "0o600", "x.sh": "0o600", "d/a2": "0o600", "d/b2": "0o600", "d/y.sh": "0o600"}),
            (f"object: {host.files}\n    type: [directory]\n    mode: 711", {"d": "0o711"}),
            (f"object: {host.files}/d\n    type: [directory, file]\n    mode: 700", {"d/a2": "0o700", "d/b2": "0o700", "d/y.sh": "0o700"}),
            (f"object: {host.files}\n    pattern: 'a?'\n    mode: 600", {}),
            (f"object: {host.files}\n    pattern: '?[a-z]'\n    mode: 600", {}),
            (f"object: {host.files}/none\n    mode: 600", {}), ("object: /no/such/place\n    mode: 600", {})):
        host.install({"appspec.yml": host.appspec(f"permissions:\n  - {lines}\n"), **content})
        equal((lines, modes_of(host)), (lines, {**plain, **changed}))
        equal(oct(stat.S_IMODE(host.files.stat().st_mode)), "0o750", "the mode of the folder that was there")
    before = (host.files / "a1").stat().st_ctime_ns
    mine = host.files / "mine"
    mine.write_text("mine")
    host.install({"appspec.yml": host.appspec(f"permissions:\n  - object: {host.files}\n    type: [file]\n    mode: 600\n"),
                  **content, "content/mine": "x"},
                 behavior="RETAIN")
    equal((oct(stat.S_IMODE(mine.stat().st_mode)), modes_of(host)["a1"], before != (host.files / "a1").stat().st_ctime_ns), ("0o644", "0o600", True))


@case("108: an owner without a group leaves the group, and the other way round; an unknown one fails")
def owners(world):
    if os.getuid() != 0:
        raise Skip("only root can give files away")
    host = Host(world)
    host.upload(tarred({"appspec.yml": host.appspec(f"""permissions:
  - object: {host.files}/a
    owner: daemon
  - object: {host.files}/b
    group: daemon
  - object: {host.files}/c
    owner: 1234
    group: 4321
    mode: 6755
"""), "content/a": "", "content/b": "", "content/c": ""}))
    document = host.service.document(bundle="tar")
    host.service.succeed("DownloadBundle", document)
    host.service.succeed("Install", document)
    daemon = pwd.getpwnam("daemon")
    found = {name: ((host.files / name).stat().st_uid, (host.files / name).stat().st_gid) for name in "abc"}
    equal(found, {"a": (daemon.pw_uid, 0), "b": (0, grp.getgrnam("daemon").gr_gid), "c": (1234, 4321)})
    equal(modes_of(host)["c"], "0o6755")
    for who in ("owner", "group"):
        spec = host.appspec(f"permissions:\n  - object: {host.files}/a\n    {who}: nobody-of-this-name\n")
        host.install_fails({"appspec.yml": spec, "content/a": "2"}, "nobody-of-this-name")


if __name__ == "__main__":
    main(globals())
