#!/usr/bin/env python3
"""The benchmark's rows, for moments: that they can be measured, of ours and of any endpoint; not how fast anything is."""

import http.server
import json
import os
import subprocess
import sys
import threading

from harness import *

OPERATIONS = ("GetApplication", "GetDeployment", "TagResource")


def bench(*args, check=True, **environment):
    done = subprocess.run([sys.executable, str(ROOT / "bench" / "run"), "--build", str(BUILD), "--seconds", "0.2", *map(str, args)],
                          env=dict(os.environ, **environment), text=True, capture_output=True, timeout=300 * PATIENCE)
    if check and done.returncode:
        raise Failure(f"bench/run exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def keys(server):
    key_id, secret = server.credentials()
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret, "AWS_CA_BUNDLE": str(server.ca)}


@case("any endpoint is measured by its URL, plain and with TLS, and left as it was")
def endpoint(world):
    server = world.server(settings="rate_reads: 0\nrate_writes: 0\n")  # a quick machine meets the limits
    for kind, url in (("plain", server.http), ("TLS", f"https://localhost:{server.port}")):
        lines = bench("--endpoint", url, "--pid", server.process.pid, **keys(server)).stdout.splitlines()
        for operation in OPERATIONS:
            for connections in ("1 connection", "64 connections"):
                line = next((line for line in lines if line.startswith(f"{operation}, {connections}, {kind}")), "")
                contains(line, "/s ", f"{operation}, {connections}, {kind} of {lines}")
                contains(line, "us CPU a request", "the server's processor time")
    equal(server.client().call("ListApplications")["applications"], [], "applications")


@case("a peer that closes each connection and lacks operations is measured as far as it goes")
def other_peer(world):
    class Peer(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            known = not self.headers["X-Amz-Target"].endswith("CreateDeploymentGroup")
            body = json.dumps({} if known else {"__type": "UnknownOperationException", "message": "no"}).encode()
            self.send_response(200 if known else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_):
            pass  # the load program goes away in the middle, as it should

    with Server(("127.0.0.1", 0), Peer) as peer:
        thread = threading.Thread(target=peer.serve_forever)
        thread.start()
        try:
            out = bench("--endpoint", f"http://127.0.0.1:{peer.server_port}", AWS_ACCESS_KEY_ID="AKIAABCDEFGHIJKLMNOP",
                        AWS_SECRET_ACCESS_KEY="x").stdout
        finally:
            peer.shutdown()
            thread.join()
    contains(out, "GetApplication, 1 connection, plain")
    contains(out, "it closes the connection after each answer")
    contains(out, "the endpoint makes no deployment")


@case("many hosts in one program are deployed to in every conversation, and what they cost is told")
def hosts(world):
    lines = bench("hosts", "--hosts", "120").stdout.splitlines()
    for conversation in ("stock 1.8", "stock 2.x", "short"):
        contains("\n".join(lines), f"7-event no-op deployment, {conversation}, 120 hosts")
    for what in ("CreateDeployment to the first hook's start", "cost of a report, deployment of 100",
                 "cost of a report, deployment of 120", "server, memory at its peak"):
        contains("\n".join(lines), what)
    lines = bench("hosts", "--hosts", "20", "--tls").stdout
    contains(lines, "7-event no-op deployment, short, 20 hosts")


@case("without keys, and where nothing answers, the error says what is missing")
def errors(world):
    done = bench("--endpoint", "http://127.0.0.1:1", check=False, AWS_ACCESS_KEY_ID="AKIAABCDEFGHIJKLMNOP",
                 AWS_SECRET_ACCESS_KEY="x")
    equal(done.returncode, 1)
    contains(done.stderr, "http://127.0.0.1:1: ")
    lacks(done.stderr, "Traceback")
    done = subprocess.run([sys.executable, str(ROOT / "bench" / "run"), "--endpoint", "http://127.0.0.1:1"], text=True,
                          capture_output=True, env={n: v for n, v in os.environ.items() if not n.startswith("AWS_")})
    contains(done.stderr, "AWS_ACCESS_KEY_ID is not set")
    done = bench("no-such-row", check=False)
    contains(done.stderr, "no such row")


if __name__ == "__main__":
    main(globals())
