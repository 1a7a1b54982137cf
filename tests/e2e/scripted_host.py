"""One agent with its scripted service, what commands do to it, and bundles made in memory."""

import io
import os
import tarfile
import zipfile

from harness import contains, equal
from scripted_service import ScriptedService

HEAD = "version: 0.0\nos: linux\n"
GROUP = "6f3c9a52-0000-4000-8000-000000000001"


def entries(files):
    """(name, mode, data) of a bundle's files; names ending in .sh are executable, a trailing slash makes a folder."""
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        yield name, 0o755 if name.endswith(".sh") else 0o644, data


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, mode, data in entries(files):
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, data)
    return out.getvalue()


def tarred(files, mode="w", links=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, permissions, data in entries(files):
            info = tarfile.TarInfo(name)
            info.mode, info.size, info.mtime = permissions, len(data), 1_000_000_000
            archive.addfile(info, io.BytesIO(data))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return out.getvalue()


class Host:
    """One agent with its scripted service, and the folders that cases look into."""

    def __init__(self, world, **config):
        self.service = ScriptedService(world)
        self.agent = self.service.agent(**config)
        self.root = self.agent.deployment_root
        self.files = self.agent.root / "files"
        self.files.mkdir()
        self.instructions = self.root / "deployment-instructions"

    def upload(self, data, key="key"):
        self.service.objects[f"bucket/{key}"] = data

    def download(self, files, **options):
        """Uploads a zip of files and runs DownloadBundle; returns the document."""
        self.upload(zipped(files))
        document = self.service.document(**options)
        self.service.succeed("DownloadBundle", document)
        return document

    def folder(self, document):
        return self.root / document["DeploymentGroupId"] / document["DeploymentId"]

    def archive(self, document):
        return self.folder(document) / "deployment-archive"

    def install(self, files, **options):
        document = self.download(files, **options)
        self.service.succeed("Install", document)
        return document

    def install_fails(self, files, *words, **options):
        document = self.download(files, **options)
        done = self.service.run("Install", document)
        equal((done.status, done.code, done.script), ("Failed", 5, ""))
        for word in words:
            contains(done.message, word)
        return done

    def state(self):
        """All that an Install may change: what is deployed, and the official agent's records of it."""
        records = ("-install.json", "-cleanup", "_last_successful_install")
        return {**portrait(self.files), **{f"records/{name}": what for name, what in portrait(self.instructions).items()
                                           if name.endswith(records)}}

    def install_refused(self, files, *words, **options):
        """An Install that fails and touches nothing. Returns its message, without the deployment's own names, to be compared."""
        document = self.download(files, **options)
        before = self.state()
        done = self.service.run("Install", document)
        equal((done.status, done.code, done.script, done.log), ("Failed", 5, "", ""), f"result of {files}")
        for word in words:
            contains(done.message, word)
        after = self.state()
        changed = {name: (before.get(name), after.get(name)) for name in {*before, *after} if before.get(name) != after.get(name)}
        equal(changed, {}, f"what {files['appspec.yml'] if 'appspec.yml' in files else files} touched")
        return done.message.replace(document["DeploymentId"], "DEPLOYMENT")

    def appspec(self, more=""):
        return f"{HEAD}files:\n  - source: content\n    destination: {self.files}\n{more}"

    def hook(self, script, event="BeforeInstall", **options):
        """Runs one event's script in a fresh deployment; returns (completion, document)."""
        lines = "".join(f"      {name}: {value}\n" for name, value in options.items())
        document = self.download({"appspec.yml": f"{HEAD}hooks:\n  {event}:\n    - location: hook.sh\n{lines}", "hook.sh": script})
        return self.service.run(event, document), document


class PartOfWorld:
    """A part of a case's world, for a second host with files of its own."""

    def __init__(self, world, number):
        self.folder = world.folder / str(number)
        self.folder.mkdir()
        self.processes, self.logs, self.closers = world.processes, world.logs, world.closers


def portrait(folder):
    """Everything below a folder: mode, modification time and content (of a link: where it leads)."""
    seen = {}
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        seen[str(path.relative_to(folder))] = (oct(status.st_mode), status.st_ino, status.st_mtime_ns if content is not None else 0, content)
    return seen


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
