#!/usr/bin/env python3
"""A PostgreSQL server of its own for tests: in a temporary folder, on a free port, gone when the tests are.

  tests/e2e/private_postgresql.py COMMAND [ARGUMENT...]
  tests/e2e/private_postgresql.py --store-tests

The first runs COMMAND with SLIPWAY_TEST_STORE=postgresql and the server's URL in SLIPWAY_TEST_POSTGRESQL; the second so all unit
tests that include store/test-database.h, and makes one TAP of theirs. Where no server can be started a TAP case is skipped
that says why.

As a module: PrivatePostgresql. PostgreSQL refuses to run as root, so root runs it as `postgres` (or `nobody`). Its databases
have an English collation of ICU's, so that whatever counts on the order of code points shows.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = float(os.environ.get("SLIPWAY_TEST_PATIENCE", "1"))
SUPERUSER = "slipway"
CONFIGURATION = """
listen_addresses = '127.0.0.1'
max_connections = 200
shared_buffers = 32MB
max_wal_size = 256MB
fsync = off
full_page_writes = off
autovacuum = off
jit = off
"""
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


class Unavailable(Exception):
    """Why no server can be started here."""


def find_programs():
    """The folder with initdb and postgres: the newest of Debian's, or what PATH has."""
    folders = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))
    found = shutil.which("initdb")
    if found:
        return pathlib.Path(found).resolve().parent
    raise Unavailable("PostgreSQL's initdb is not installed (apt-get install postgresql)")


def unprivileged():
    """Options for subprocess: who the server runs as."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise Unavailable("PostgreSQL does not run as root, and there is no user postgres or nobody")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PrivatePostgresql:
    """Starts at once. start, stop and kill may follow each other; close ends it and removes all."""

    def __init__(self):
        self.programs, self.owner = find_programs(), unprivileged()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-pg-", dir="/tmp"))
        if self.owner:
            os.chown(self.folder, self.owner["user"], self.owner["group"])
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.child, self.port, self.n_databases = None, 0, 0
        self.environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        try:
            self.initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def initialise(self):
        done = self.run(
            "initdb", "--pgdata", self.data, "--username", SUPERUSER, "--auth=trust", "--no-sync", "--encoding=UTF8",
            "--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8", "--no-instructions", check=False)
        if done.returncode:
            raise Unavailable(f"initdb failed: {done.stdout.strip().splitlines()[-1:]}")
        for name, text in (("postgresql.conf", CONFIGURATION), ("pg_hba.conf", ACCESS)):
            with open(self.data / name, "a" if name == "postgresql.conf" else "w") as file:
                file.write(text)

    def run(self, program, *arguments, check=True, **environment):
        done = subprocess.run(
            [str(self.programs / program), *map(str, arguments)], env={**self.environment, **environment}, text=True,
            cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.owner)
        if check and done.returncode:
            raise RuntimeError(f"{program} exited with {done.returncode}: {done.stdout}")
        return done

    # ---- running ----

    def start(self):
        """Returns once it takes connections; a restart keeps the port."""
        deadline = time.monotonic() + 60 * PATIENCE
        first = self.port == 0
        while True:
            if first:
                self.port = free_port()
            if self.try_start(deadline):
                return self
            # Somebody may have taken the port, or a server that was killed is not quite gone.
            if time.monotonic() > deadline:
                raise Unavailable(f"postgres does not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def try_start(self, deadline):
        state = self.data / "postmaster.pid"
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(
                [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
                **self.owner)
        while self.child.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                lines = state.read_text().splitlines()
                if len(lines) > 7 and int(lines[0]) == self.child.pid and lines[7].strip() == "ready":
                    return True
            time.sleep(0.01)
        self.stop()
        return False

    def stop(self, how=signal.SIGINT):
        """SIGINT: what runs is rolled back, sessions are told. SIGQUIT: at once, recovered at the next start."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(how)
        try:
            self.child.wait(30 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def processes(self):
        """The server's own process and its sessions'."""
        pid = self.child.pid
        try:
            return [pid, *map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        except OSError:
            return [pid]

    def kill(self):
        """SIGKILL to all of it."""
        if self.child is None or self.child.poll() is not None:
            return
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.child.wait()

    def close(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- databases ----

    def url(self, database, **options):
        """Through the socket in the server's folder, without a password."""
        query = "".join(f"&{name}={value}" for name, value in options.items())
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}&port={self.port}{query}"

    def psql(self, script, database):
        """Runs a script, errors and all; returns what psql prints."""
        return subprocess.run(
            [str(self.programs / "psql"), "-h", str(self.folder), "-p", str(self.port), "-U", SUPERUSER, "-d", database,
             "-X", "-A", "-t", "-q"], env=self.environment, text=True, cwd="/", input=script, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, **self.owner).stdout

    def sql(self, text, database="postgres"):
        """Runs statements as the superuser; returns what they give, columns separated by |."""
        return self.run("psql", "-h", self.folder, "-p", self.port, "-U", SUPERUSER, "-d", database, "-X", "-A", "-t",
                        "-q", "-v", "ON_ERROR_STOP=1", "-c", text).stdout.strip()

    def new_database(self):
        """The name of an empty one."""
        self.n_databases += 1
        name = f"slipway_{self.n_databases}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def new_url(self):
        """The URL of an empty database."""
        return self.url(self.new_database())

    def new_user(self, name, database):
        """One who owns the database and comes over TCP with a password, which is returned."""
        password = "pw" + secrets.token_hex(8)
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self.sql(f"ALTER DATABASE {database} OWNER TO {name}")
        return password


class Merged:
    """The TAP of several programs as that of one."""

    def __init__(self):
        self.lock, self.n, self.failed = threading.Lock(), 0, False

    def add(self, program, status, output):
        name = pathlib.Path(program).name
        cases = re.findall(r"^(not ok|ok)\b *\d* *(.*)$", output, re.M)
        planned = re.search(r"^1\.\.(\d+)", output, re.M)
        whole = status == 0 and planned is not None and int(planned.group(1)) == len(cases)
        if not whole and all(verdict == "ok" for verdict, _ in cases):
            cases.append(("not ok", f"ended with {status} after {len(cases)} cases"))
        with self.lock:
            for verdict, title in cases:
                self.n += 1
                print(f"{verdict} {self.n} {name} {title}")
            if any(verdict != "ok" for verdict, _ in cases):
                self.failed = True
                print("".join(f"# {line}\n" for line in output.splitlines()), end="")
            sys.stdout.flush()


def includes_test_database(path, known):
    """Itself or through headers of ours."""
    if path not in known:
        known[path] = path.name == "test-database.h"
        if path.exists():
            headers = re.findall(r'^#include "([^"]+)"', path.read_text(), re.M)
            known[path] = known[path] or any(includes_test_database(ROOT / header, known) for header in headers)
    return known[path]


def store_tests():
    build, known = pathlib.Path(os.environ.get("SLIPWAY_BUILD_ROOT") or ROOT / "build").resolve(), {}
    for room in ("store", "server"):
        for path in sorted((ROOT / room).rglob("*-test.c")):
            if includes_test_database(path, known):
                yield str(build / re.sub(r"\W", "_", str(path.relative_to(ROOT).with_suffix(""))))


def run_store_tests(environment):
    merged = Merged()

    def run_one(program):
        done = subprocess.run([program], env=environment, text=True, errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        merged.add(program, done.returncode, done.stdout)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(run_one, store_tests()))
    print(f"1..{merged.n}")
    return int(merged.failed)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 64
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        server = PrivatePostgresql()
    except Unavailable as reason:
        print(f"1..1\nok 1 on PostgreSQL # SKIP {reason}")
        return 0
    try:
        environment = dict(os.environ, SLIPWAY_TEST_STORE="postgresql", SLIPWAY_TEST_POSTGRESQL=server.url("postgres"))
        if arguments[0] == "--store-tests":
            return run_store_tests(environment)
        return subprocess.run(arguments, env=environment).returncode
    finally:
        server.close()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.exit(status if status >= 0 else 128 - status)
