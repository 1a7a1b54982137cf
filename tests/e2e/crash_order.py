"""Whether what an Install relies on is on disk before the next thing happens, read from a record of its system calls.

No power is cut in these tests; the order of writes, syncs and renames is what can be looked at. Rules:

  1. a state file gets its name (rename) with its bytes synced, and the name is synced before the next thing of the Install happens;
  2. before the first name among what is installed changes, the journal's decision has its name, synced.
"""

import re

# What must survive: who comes next reads them after a power loss.
DURABLE = re.compile(r"_last_successful_install$|_most_recent_install$|-cleanup$|-journal$|-journal-committed$|-journal-done$"
                     r"|/ongoing-deployment/d-[^/]*$")
# Rewritten when the Install is repeated, which its journal says that it must be.
MAY_BE_LOST = {"-cleanup": "-journal-committed"}
RENAMES = ("rename", "renameat", "renameat2")
WRITES = ("write", "pwrite64", "writev", "pwritev", "copy_file_range", "sendfile", "ftruncate", "fallocate")
REMOVALS = ("unlink", "unlinkat", "rmdir")


class Disk:
    """What is not on disk yet: bytes of files, and names that folders got."""

    def __init__(self):
        self.bytes, self.names = set(), {}

    def follow(self, call, paths):
        if call in WRITES:
            self.bytes.add(paths[-1])
        elif call in ("fsync", "fdatasync"):
            self.bytes.discard(paths[0])
            self.names = {name: folder for name, folder in self.names.items() if folder != paths[0]}
        elif call in ("sync", "syncfs"):
            self.bytes, self.names = set(), {}
        elif call in RENAMES:
            self.bytes.discard(paths[1])
            if paths[0] in self.bytes:
                self.bytes.discard(paths[0])
                self.bytes.add(paths[1])
            self.names[paths[1]] = paths[1].rpartition("/")[0]


def parse(text):
    call, *words = text.split(" ")
    return call, [word for word in words if word.startswith("/")]


def check_order(texts, installed):
    """texts: the calls of the role that installs, in order; installed: the folder. Returns what breaks a rule, in words."""
    disk, problems, decided = Disk(), [], False
    present = set()
    for text in texts:
        call, paths = parse(text)
        changes = [path for path in paths if path.startswith(f"{installed}/") and "/.slipway-" not in path]
        if call in RENAMES + REMOVALS:
            durable = [name for name in disk.names if DURABLE.search(name) and not excused(name, present)]
            if durable:
                problems.append(f"{text}: the name {durable[0]} is not synced yet")
            if changes and not decided:
                problems.append(f"{text}: before the journal's decision is on disk")
        disk.follow(call, paths)
        if call in RENAMES and DURABLE.search(paths[1]):
            present.add(paths[1])
            if paths[1] in disk.bytes and not excused(paths[1], present):
                problems.append(f"{text}: its bytes are not synced yet")
        if call == "fsync" and any(path.endswith("-journal-committed") and path.startswith(f"{paths[0]}/") for path in present):
            decided = True
    return problems


def excused(name, present):
    return any(name.endswith(ending) and any(other.endswith(needed) for other in present)
               for ending, needed in MAY_BE_LOST.items())
