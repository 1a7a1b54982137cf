"""DownloadBundle and Install of large revisions, beside what the tools of the system need for the same bytes.

The peer is `bsdtar -x` of the bundle plus `cp -a` of what came out, on the same file system, in turn with the agent and after
a sync, so that neither writes back what the other has left. The agent gets its bundles from a local object server that has
them ready, fetches them as well, and its time is from the command to its report. The memory of all its processes together
is sampled while it works. The download is one more copy of the bytes, through the network and onto the disk, which the peer has not: the
last row is the tar as a file of the host's, without it.

Of the many files nothing is removed while it is measured: an ext4 without a journal looks past each inode that was freed in
the last minutes whenever a file is made, which would be most of what is measured. A big file is removed before the next: in a virtual
machine memory that was never used before costs ten times what a copy does. TMPDIR=/dev/shm takes the disk out of it.
"""

import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import tarfile
import threading
import time
import zipfile

from harness import Failure
from scripted_service import ScriptedService

MIB = 1024 * 1024
SMALL_FILES, SMALL_BYTES = 10_000, (1024, 8 * 1024)
BIG_BYTES = 500_000_000
ROUNDS = {"tgz": 5, "zip": 5, "big": 3}
BIG = ("big", "stored", "local")
BUDGET_RATIO, BUDGET_MIB = 1.0, 32
SAMPLE_S = 0.005


class ReadyObjects(ScriptedService):
    """Objects are files, sent by the kernel: what is measured beside it keeps its core."""

    def answer_object(self, handler):
        path = self.objects.get(handler.path.partition("?")[0].lstrip("/"))
        if path is None:
            self.reply(handler, 404, b"", {})
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(path.stat().st_size))
        handler.end_headers()
        with open(path, "rb") as file:
            handler.connection.sendfile(file)


class Memory(threading.Thread):
    """The most that a process and all below it had at once: (RSS with shared pages counted each time, PSS), in MiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.rss, self.pss, self.over = pid, 0.0, 0.0, threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(SAMPLE_S):
            sizes = [size for size in map(self.size, tree(self.pid)) if size]
            self.rss = max(self.rss, sum(size[0] for size in sizes))
            self.pss = max(self.pss, sum(size[1] for size in sizes))

    def end(self):
        self.over.set()
        self.join()

    @staticmethod
    def size(pid):
        try:
            fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
        except OSError:
            return None  # it has ended meanwhile
        return tuple(int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss")) if "Pss" in fields else None


def tree(pid):
    """The process and its descendants."""
    found = [pid]
    for parent in found:
        try:
            for children in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue
    return found


def cpu_s(pid):
    """Processor time of a process, its descendants, and those it has waited for."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / 100


def make_content(folder, destination):
    """Two revisions as folders: many small files, one big one; what is in them compresses like programs and text do."""
    chance = random.Random(7)
    words = [chance.randbytes(chance.randint(3, 12)) for _ in range(3000)]
    text = b" ".join(chance.choice(words) for _ in range(200_000))
    small, big = folder / "small", folder / "big"
    for revision in (small, big):
        (revision / "content").mkdir(parents=True)
        (revision / "appspec.yml").write_text(f"version: 0.0\nos: linux\nfiles:\n  - source: content\n    destination: {destination}\n")
    for n in range(SMALL_FILES):
        size = chance.randint(*SMALL_BYTES)
        start = chance.randrange(len(text) - size)
        path = small / "content" / f"folder-{n % 100:02}" / f"file-{n:05}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text[start:start + size])
    with open(big / "content" / "image", "wb") as file:
        left = BIG_BYTES
        while left > 0:
            start = chance.randrange(len(text) - 65536)
            piece = (chance.randbytes(32768) + text[start:start + 32768])[:left]
            left -= file.write(piece)
    return small, big


def pack(folder, kind, target):
    if kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder))
    else:
        options = {"mode": "w:gz", "compresslevel": 6} if kind == "tgz" else {"mode": "w"}
        with tarfile.open(target, **options) as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, path.name)
    return target


class Sizes:
    """One side's rounds."""

    def __init__(self):
        self.wall, self.cpu, self.parts = [], [], []

    def add(self, parts, cpu):
        self.parts.append(parts)
        self.wall.append(sum(parts))
        self.cpu.append(cpu)

    def median(self):
        parts = [statistics.median(part) for part in zip(*self.parts)]
        return statistics.median(self.wall), statistics.median(self.cpu), parts


class Load:
    def __init__(self, world):
        self.folder = world.folder
        self.destination = self.folder / "destination"
        small, big = make_content(self.folder, self.destination)
        self.aside = self.folder / "aside"
        self.aside.mkdir()
        self.service = ReadyObjects(world)
        self.bundles = {}
        for name, folder, kind in (("tgz", small, "tgz"), ("zip", small, "zip"), ("big", big, "tgz"), ("stored", big, "tar")):
            self.bundles[name] = (kind, pack(folder, kind, self.folder / f"bundle-{name}"))
            self.service.objects[f"bucket/{name}"] = self.bundles[name][1]
        self.bundles["local"] = self.bundles["stored"]
        shutil.rmtree(small)
        shutil.rmtree(big)
        self.agent = self.service.agent("host")
        self.rounds, self.keeps = 0, True

    def put_aside(self, folder):
        self.rounds += 1
        if folder.exists() and self.keeps:
            folder.rename(self.aside / str(self.rounds))
        elif folder.exists():
            shutil.rmtree(folder)

    def run_agent(self, name):
        """(seconds of DownloadBundle and of Install, processor time). Each round is a group's first deployment."""
        self.put_aside(self.destination)
        subprocess.run(["sync"], check=True)
        group = f"6f3c9a52-0000-4000-8000-{self.rounds:012}"  # each round's own
        kind, path = self.bundles[name]
        document = self.service.document(group=group, bundle=kind, key=name)
        if name == "local":
            document["Revision"] = {"RevisionType": "Local File", "LocalRevision": {"Location": str(path), "BundleType": kind}}
        before = cpu_s(self.agent.process.pid)
        parts = []
        for command in ("DownloadBundle", "Install"):
            began = time.monotonic()
            done = self.service.result(self.service.command(command, document), timeout_s=300)
            parts.append(time.monotonic() - began)
            if done.status != "Succeeded":
                raise Failure(f"{command} of {name}: {done.message}")
        cpu = cpu_s(self.agent.process.pid) - before
        self.put_aside(self.agent.deployment_root / group)
        return parts, cpu

    def run_tools(self, name):
        unpacked, copied = self.folder / "unpacked", self.folder / "copied"
        for folder in (unpacked, copied):
            self.put_aside(folder)
        unpacked.mkdir()
        subprocess.run(["sync"], check=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        parts = []
        for argv in (["bsdtar", "-x", "-f", self.bundles[name][1], "-C", unpacked], ["cp", "-a", unpacked / "content", copied]):
            began = time.monotonic()
            subprocess.run([str(word) for word in argv], check=True)
            parts.append(time.monotonic() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return parts, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def measure(self, name, rounds):
        agent, tools = Sizes(), Sizes()
        self.keeps = name not in BIG
        self.run_agent(name)
        self.run_tools(name)  # one of each before anything counts
        memory = Memory(self.agent.process.pid)
        for n in range(rounds):
            for side in ((agent, self.run_agent), (tools, self.run_tools))[::1 if n % 2 else -1]:
                side[0].add(*side[1](name))
        memory.end()
        return agent.median(), tools.median(), memory


WHAT = {"tgz": f"tgz of {SMALL_FILES:,} files", "zip": f"zip of {SMALL_FILES:,} files", "big": "tgz of one 500 MB file",
        "stored": "tar of one 500 MB file", "local": "the same, no download"}


def run(world, row, names=("tgz", "zip", "big", "stored", "local")):
    if not shutil.which("bsdtar"):
        row("DownloadBundle + Install", "not measured", "bsdtar is missing: apt-get install libarchive-tools")
        return
    load = Load(world)
    for name in names:
        (wall, cpu, parts), (peer_wall, peer_cpu, peer_parts), memory = load.measure(name, ROUNDS.get(name, 3))
        row(f"DownloadBundle + Install, {WHAT[name]}", f"{wall / peer_wall:.2f} x",
            f"of bsdtar -x and cp -a; {wall * 1000:.0f} ms ({' + '.join(f'{part * 1000:.0f}' for part in parts)}) against "
            f"{peer_wall * 1000:.0f} ms ({' + '.join(f'{part * 1000:.0f}' for part in peer_parts)}); "
            f"CPU {cpu * 1000:.0f} against {peer_cpu * 1000:.0f} ms; budget {BUDGET_RATIO:.1f} x")
        row("  its peak memory, all processes", f"{memory.rss:.1f} MiB RSS", f"{memory.pss:.1f} MiB PSS; budget {BUDGET_MIB} MiB")
    load.agent.stop()
