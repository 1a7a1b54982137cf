"""A real HAProxy before real applications on "hosts" of one machine, and clients that never stop asking.

An application is as sensitive as it can be: it is ended with SIGKILL, takes a moment until it listens, and longer until it is
ready, and answers 500 to whoever asks before. HAProxy tries nothing twice. So a request that reaches a host at the wrong moment
fails, and is counted.
"""
import collections
import http.client
import os
import shutil
import socket
import threading
import time

from harness import *

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"

# In a revision: what a host's hooks start and end. /hold answers as soon as $HOST_ROOT/release is there.
APPLICATION = '''
import http.server, os, pathlib, sys, time
host, root, version, port = (sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
ready_at = time.monotonic() + 0.5
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        ready = time.monotonic() >= ready_at
        if self.path == "/health":
            return self.answer(200 if ready else 503)
        if self.path == "/hold":
            self.send_response(200)
            self.send_header("X-Host", host)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.flush()
            while not (root / "release").exists():
                time.sleep(0.02)
            self.wfile.write(b"done")
            return
        time.sleep(0.005)
        self.answer(200 if ready else 500)
    def answer(self, status):
        body = version.encode()
        self.send_response(status)
        self.send_header("X-Host", host)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *rest):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
time.sleep(0.1)
Server(("127.0.0.1", port), Handler).serve_forever()
'''

# No `files`: the hosts share a file system, and a destination is the same on all of them.
START = '''#!/bin/sh
here=$(dirname "$0")
# the first deployment of another group has no ApplicationStop to end what runs
[ ! -f "$HOST_ROOT/app.pid" ] || kill -9 "$(cat "$HOST_ROOT/app.pid")" 2>/dev/null
setsid python3 "$here/application.py" "$HOST" "$HOST_ROOT" "$(cat "$here/version")" "$PORT" > "$HOST_ROOT/app.log" 2>&1 < /dev/null &
echo $! > "$HOST_ROOT/app.pid"
'''
STOP = '''#!/bin/sh
[ -f "$HOST_ROOT/app.pid" ] || exit 0
kill -9 "$(cat "$HOST_ROOT/app.pid")" 2>/dev/null
rm "$HOST_ROOT/app.pid"
'''
# Behind the balancer's back: the service is well before it gets traffic.
VALIDATE = '''#!/usr/bin/env python3
import http.client, os, sys, time
for _ in range(200):
    try:
        client = http.client.HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=5)
        client.request("GET", "/health")
        if client.getresponse().status in (200, 503):
            sys.exit(0)
    except OSError:
        time.sleep(0.05)
sys.exit("no answer")
'''


def application_revision(world, version):
    folder = world.folder / f"revision-{version}"
    hooks = {"ApplicationStop": STOP, "ApplicationStart": START, "ValidateService": VALIDATE}
    revision_folder(folder, {"hooks/application.py": APPLICATION, "hooks/version": version}, hooks)
    for event, text in hooks.items():
        (folder / "hooks" / event).write_text(text)
    return tar_folder(folder, world.folder / f"{version}.tgz").read_bytes()


class Haproxy:
    """ports: of the hosts' applications, by the servers' names. Servers of `resting` begin in maintenance."""

    def __init__(self, world, ports, backend="web", resting=(), name="haproxy"):
        if not os.path.exists(HAPROXY):
            raise Skip("haproxy is missing: tools/install-packages installs it")
        self.backend, self.socket, self.port = backend, world.folder / f"{name}.sock", free_port()
        config = world.folder / f"{name}.cfg"
        config.write_text(
            f"global\n  stats socket {self.socket} mode 600 level admin\n  stats timeout 1m\n"
            "defaults\n  mode http\n  retries 0\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
            "  timeout queue 30s\n  timeout check 10s\n"
            f"frontend front\n  bind 127.0.0.1:{self.port}\n  default_backend {backend}\n"
            f"backend {backend}\n  balance roundrobin\n  option httpchk GET /health\n"
            "  default-server check inter 200ms fastinter 200ms rise 2 fall 5\n" +
            "".join(f"  server {server} 127.0.0.1:{port}{' disabled' if server in resting else ''}\n"
                    for server, port in ports.items()))
        log = world.folder / f"{name}.log"
        world.logs.append(log)
        self.process = Process("haproxy", [HAPROXY, "-db", "-f", config], clean_environment(world.folder), log).start()
        world.processes.append(self.process)
        wait_until("HAProxy's socket", lambda: self.process.running() and self.answers())

    def answers(self):
        try:
            return "Version:" in self.ask("show info")
        except OSError:
            return False

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10 * PATIENCE)
            client.connect(str(self.socket))
            client.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: client.recv(65536), b"")).decode()

    def column(self, name):
        """server -> the value of a column of its statistics."""
        lines = self.ask(f"show stat {self.backend} 4 -1").strip().splitlines()
        names = lines[0].lstrip("# ").split(",")
        rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
        return {row["svname"]: row[name] for row in rows}

    def statuses(self):
        """A check that a busy machine was late for ("UP 4/5") is none of a test's business."""
        return {server: "UP" if status.startswith("UP ") else status for server, status in self.column("status").items()}


class Traffic:
    """Threads that ask without a pause, half of them on connections that they keep."""

    def __init__(self, port, threads=4):
        self.port = port
        self.failures = []
        self.answers = collections.Counter()  # (host, version)
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i % 2 == 0,), daemon=True) for i in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self, keep):
        client = None
        while not self.over.is_set():
            client = client or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * PATIENCE)
            try:
                client.request("GET", "/work")
                answer = client.getresponse()
                body = answer.read().decode()
                with self.lock:
                    if answer.status == 200:
                        self.answers[answer.headers["X-Host"], body] += 1
                    else:
                        self.failures.append(f"{time.strftime('%H:%M:%S')} {answer.status} of {answer.headers['X-Host']}")
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.failures.append(f"{time.strftime('%H:%M:%S')} {error!r}")
                client = None
            if not keep:
                client = client and client.close()
            time.sleep(0.002)

    def seen(self):
        with self.lock:
            return collections.Counter(self.answers)

    def versions(self):
        """version -> how many answers since the last call."""
        with self.lock:
            counted = collections.Counter()
            for (_, version), n in self.answers.items():
                counted[version] += n
            self.answers.clear()
        return counted

    def stop(self):
        """Ends the asking; every request must have been answered well."""
        self.over.set()
        for thread in self.threads:
            thread.join(60 * PATIENCE)
        equal(self.failures[:10], [], f"failed requests ({len(self.failures)})")


class Held:
    """One request that is open until release()."""

    def __init__(self, haproxy):
        self.client = http.client.HTTPConnection("127.0.0.1", haproxy.port, timeout=60 * PATIENCE)
        self.client.request("GET", "/hold")
        self.answer = self.client.getresponse()
        self.host = self.answer.headers["X-Host"]

    def finish(self):
        equal(self.answer.read(), b"done", "the held request's answer")
        self.client.close()
