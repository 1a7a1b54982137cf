#!/usr/bin/env python3
"""Clients that are slow, silent, broken or hostile: the server stays up, answers others, and cuts them off."""

import os
import re
import signal
import socket
import subprocess
import threading
import time

from harness import *
from wire import Connection, Signed

QUICK = "request_head_s: 1\nrequest_body_s: 1\nconnection_idle_s: 1\n"
# What the limits above come to, with the once-a-second look at the clocks.
CUT_OFF_S = 8.0


def is_whole(connection, answer_bytes):
    """Reads until so many bytes of an answer's body are there."""
    answer = connection.answer("GET")
    return answer is not None and len(answer.body) == answer_bytes


def still_answers(server):
    with Connection(server.address) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.answer("GET")
        equal(answer and answer.status, 200, "health")


def metric(server, name):
    text = server.get("/metrics")[2].decode()
    return int(re.search(rf"^slipway_{name} (\d+)$", text, re.M).group(1))


@case("garbage is refused and the connection closed")
def garbage(world):
    server = world.server()
    for data in (b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 3000,
                 b"GET / HTTP/1.1\r\n: novalue\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                 b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                 b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx",
                 b"X" * 20000):
        with Connection(server.address, timeout_s=5) as connection:
            try:
                connection.send(data)
            except OSError:
                pass
            else:
                try:
                    answer = connection.answer("GET")
                except (TimeoutError, socket.timeout):
                    answer = None  # it waits for the rest of a head; cut off in its time
                if answer is not None and answer.status < 400:
                    raise Failure(f"{data[:40]!r} was answered with {answer!r}")
        still_answers(server)


@case("a head larger than the connection's memory is refused")
def large_head(world):
    server = world.server()
    for status, data in (
            (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
            (414, b"GET /?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
            (431, b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + b"a" * 9000 + b"\r\n\r\n"),
            (431, b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(2000)) + b"\r\n")):
        with Connection(server.address) as connection:
            connection.send(data)
            answer = connection.answer("GET")
            equal(answer and answer.status, status, "status")
    still_answers(server)


@case("a head of 6 KiB, as a long session token makes it, is fine")
def long_head(world):
    server = world.server()
    request = Signed(server, "ListApplications").set("X-Amz-User-Agent", "u" * 6000)
    equal(request.send().status, 200)


@case("pipelined requests are answered in order")
def pipelining(world):
    server = world.server()
    one, two = Signed(server, "ListApplications"), Signed(server, "NoSuchOp")
    with Connection(server.address) as connection:
        connection.send(one.bytes() + two.bytes() + one.bytes())
        equal([connection.answer().status for _ in range(3)], [200, 400, 200])


@case("a request byte by byte is a request")
def byte_by_byte(world):
    server = world.server()
    with Connection(server.address) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in Signed(server, "ListApplications").bytes():
            connection.send(bytes([byte]))
        equal(connection.answer().status, 200)


@case("TLS and plain share the port, and garbage after a TLS byte is cut off")
def both_on_one_port(world):
    server = world.server()
    equal(Signed(server, "ListApplications").send().status, 200)
    equal(Signed(server, "ListApplications").send(ca=server.ca).status, 200)
    with Connection(server.address) as connection:
        connection.send(b"\x16\x03\x01" + b"\xff" * 300)
        connection.socket.settimeout(5)
        while connection.fill():
            pass
    still_answers(server)


@case("a client of an old TLS version is refused")
def old_tls(world):
    server = world.server()
    done = subprocess.run(["openssl", "s_client", "-connect", server.address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                          input=b"", capture_output=True, timeout=20)
    lacks(done.stdout.decode(errors="replace"), "Protocol  : TLSv1.1\n    Cipher    : ECDHE", "handshake")
    if done.returncode == 0:
        raise Failure("TLS 1.1 was accepted")
    still_answers(server)


@case("silent and slow clients are cut off while others are served")
def slow_clients(world):
    server = world.server(settings=QUICK)
    silent = [Connection(server.address) for _ in range(20)]
    half = [Connection(server.address) for _ in range(20)]
    for connection in half:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-")
    body = [Connection(server.address) for _ in range(20)]
    for connection in body:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    handshake = [Connection(server.address) for _ in range(20)]
    for connection in handshake:
        connection.send(b"\x16\x03\x01")
    # One that never stops, a byte at a time: idleness alone would never end it.
    dripping = Connection(server.address)
    dripping.send(b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    ended = threading.Event()

    def drip():
        try:
            while not ended.is_set():
                dripping.send(b"a")
                time.sleep(0.2)
        except OSError:
            ended.set()

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        started = time.monotonic()
        equal(Signed(server, "ListApplications").send().status, 200)
        if time.monotonic() - started > 1.0:
            raise Failure("others had to wait")
        for name, connections in (("silent", silent), ("half a head", half), ("half a body", body),
                                  ("half a handshake", handshake)):
            for connection in connections:
                if not connection.is_closed_within(CUT_OFF_S * PATIENCE):
                    raise Failure(f"{name} is still connected")
        if not ended.wait(CUT_OFF_S * PATIENCE):
            raise Failure("a byte at a time is still connected")
    finally:
        ended.set()
        thread.join()
    still_answers(server)


@case("a connection that was served and then falls silent is closed in its time")
def idle_keep_alive(world):
    server = world.server(settings=QUICK)
    for ca in (None, server.ca):
        kept = Connection(server.address, ca)
        kept.send(Signed(server, "ListApplications").bytes())
        equal(kept.answer().status, 200)
        if not kept.is_closed_within(CUT_OFF_S * PATIENCE):
            raise Failure("an idle connection is still open")


LARGE = 16 << 20


def signed_get(client, path):
    headers = client.sign("GET", path, {}, b"", "s3")
    return f"GET {path} HTTP/1.1\r\n".encode() + "".join(f"{n}: {v}\r\n" for n, v in headers.items()).encode() + b"\r\n"


@case("those who take a large answer too slowly are cut off, others get theirs meanwhile")
def slow_readers(world):
    server = world.server(settings=QUICK + "connection_idle_s: 60\nslowest_peer_bytes_s: 4096\n".replace(
        "connection_idle_s: 60\n", ""))
    client = server.client()
    equal(client.s3("PUT", "/slipway/large", b"x" * LARGE).status, 200)
    slow = []
    for ca in (None, server.ca) * 8:
        connection = Connection(server.address, ca, receive_buffer=4096)
        connection.send(signed_get(client, "/slipway/large"))
        connection.socket.settimeout(10)
        slow.append(connection)
    # A byte now and then: what the kernels hold is soon taken, and then nothing moves.
    ended = threading.Event()

    def sip():
        while not ended.wait(0.2):
            for connection in slow:
                try:
                    connection.socket.recv(1)
                except OSError:
                    pass

    thread = threading.Thread(target=sip)
    thread.start()
    try:
        with Connection(server.address) as quick:
            quick.send(signed_get(client, "/slipway/large"))
            equal(is_whole(quick, LARGE), True, "the others' answer")
        equal(Signed(server, "ListApplications").send().status, 200)
        wait_until("the slow ones are cut off", lambda: metric(server, "connections_open") <= 2)
    finally:
        ended.set()
        thread.join()
        for connection in slow:
            connection.close()
    still_answers(server)


@case("an object that is sent too slowly is cut off, one that comes steadily is not")
def slow_upload(world):
    server = world.server(settings=QUICK + "slowest_peer_bytes_s: 4096\n")
    client = server.client()

    def head(path, length):
        headers = client.sign("PUT", path, {}, b"x" * length, "s3")
        lines = "".join(f"{n}: {v}\r\n" for n, v in headers.items())
        return f"PUT {path} HTTP/1.1\r\n{lines}Content-Length: {length}\r\n\r\n".encode()

    slow, steady = Connection(server.address), Connection(server.address)
    slow.send(head("/slipway/slow", 1 << 20))
    steady.send(head("/slipway/steady", 20 * 8192))
    began = time.monotonic()
    cut = False
    for _ in range(20):
        steady.send(b"x" * 8192)
        try:
            slow.send(b"x")
        except OSError:
            cut = True
        time.sleep(0.2)  # the rate is what is tested: 40 KiB a second, and 5 bytes
    equal(steady.answer("PUT").status, 200, "the steady one")
    if not cut and not slow.is_closed_within(CUT_OFF_S * PATIENCE):
        raise Failure(f"the slow one is still connected after {time.monotonic() - began:.0f} s")
    still_answers(server)


@case("clients that vanish in the middle leave nothing behind")
def vanishing(world):
    server = world.server()
    whole = Signed(server, "ListApplications").bytes()
    for cut in range(0, len(whole), 7):
        connection = Connection(server.address)
        connection.send(whole[:cut])
        # With a reset, as a crashed client's kernel sends it.
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    wait_until("only the asking request is open", lambda: metric(server, "requests_open") == 1)
    wait_until("their connections are gone", lambda: metric(server, "connections_open") <= 1)
    still_answers(server)


@case("more connections than allowed are closed, and later ones work")
def too_many(world):
    server = world.server(settings="max_connections: 20\nmax_connections_per_peer: 20\n")
    held = []
    for _ in range(20):
        connection = Connection(server.address)
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        held.append(connection)
    for connection in held:
        equal(connection.answer("GET").status, 200)
    extra = Connection(server.address)
    if not extra.is_closed_within(5):
        raise Failure("the 21st connection was not closed")
    for connection in held:
        connection.close()
    wait_until("there is room again", lambda: Connection(server.address).is_closed_within(0.2) is False)
    still_answers(server)


@case("one peer has no more connections than it may, whatever they are doing; others connect")
def too_many_of_one_peer(world):
    server = world.server(settings="max_connections_per_peer: 12\n")
    silent = [Connection(server.address) for _ in range(4)]
    half = [Connection(server.address) for _ in range(4)]
    for connection in half:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-")
    idle = []
    for _ in range(4):
        connection = Connection(server.address)
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        equal(connection.answer("GET").status, 200)
        idle.append(connection)
    if not Connection(server.address).is_closed_within(5):
        raise Failure("the 13th connection was not closed")
    # Another address of this machine is another peer.
    with Connection(server.address, source="127.0.0.2") as other:
        other.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        equal(other.answer("GET").status, 200)
    for connection in silent + half + idle:
        connection.close()
    wait_until("there is room again", lambda: Connection(server.address).is_closed_within(0.2) is False)
    still_answers(server)


@case("a body over the limit is answered with 413, chunked too, and Expect gets its answer early")
def large_bodies(world):
    server = world.server()
    request = Signed(server, "ListApplications", b" " * ((1 << 20) + 1))
    equal(request.send().status, 413)
    request.framing = "chunked"
    request.body = b" " * ((1 << 20) // 7 * 7 + 7)
    equal(request.send().status, 413)
    exact = Signed(server, "ListApplications", b"{}" + b" " * ((1 << 20) - 2))
    equal(exact.send().status, 200)
    still_answers(server)


@case("Expect: 100-continue is told to go on")
def expect(world):
    server = world.server()
    request = Signed(server, "ListApplications")
    request.unsigned = [("Expect", "100-continue")]
    head, body = request.bytes().split(b"\r\n\r\n", 1)
    with Connection(server.address) as connection:
        connection.send(head + b"\r\n\r\n")
        while b"\r\n\r\n" not in connection.buffer:
            if not connection.fill():
                raise Failure("no word of the server")
        contains(connection.buffer.decode(), "100 Continue", "first answer")
        connection.send(body)
        equal(connection.answer().status, 200)


@case("plain HTTP from elsewhere is refused in words, TLS is served")
def from_elsewhere(world):
    server = world.server()
    server.stop()
    server.listen = "0.0.0.0:0"
    server.start()
    port = server.port
    elsewhere = own_address()
    if elsewhere is None:
        raise Skip("this machine has only loopback addresses")
    server.address = f"{elsewhere}:{port}"
    with Connection(server.address) as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.answer("GET")
        equal(answer.status, 403)
        contains(answer.body.decode(), "plain_http_from_anywhere")
    equal(Signed(server, "ListApplications").send(ca=server.ca).status, 200)
    server.stop()
    with open(server.data / "slipwayd.yml", "a") as file:
        file.write("plain_http_from_anywhere: true\n")
    server.listen = "0.0.0.0:0"
    server.start()
    server.address = f"{elsewhere}:{server.port}"
    still_answers(server)


def own_address():
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address
    except OSError:
        return None
    finally:
        probe.close()


@case("SIGTERM stops cleanly with idle connections open")
def clean_stop(world):
    server = world.server()
    idle = [Connection(server.address) for _ in range(5)]
    kept = Connection(server.address)
    kept.send(Signed(server, "ListApplications").bytes())
    equal(kept.answer().status, 200)
    equal(server.stop(), 0, "exit code")
    contains(server.log.read_text(), "event=stopped", "log")
    for connection in idle + [kept]:
        connection.close()
    if (server.data / "slipwayd.address").exists():
        raise Failure("slipwayd.address was left behind")
    server.start()
    still_answers(server)


@case("two servers on one data folder: the second refuses")
def lock(world):
    server = world.server()
    done = server.run_slipwayd("serve", "--data", server.data, "--listen", "127.0.0.1:0", check=False)
    equal(done.returncode, 1)
    contains(done.stderr, "another slipwayd serves")
    still_answers(server)


@case("a taken port, a folder that is none and a bad setting are errors that say so")
def bad_starts(world):
    server = world.server()
    other = world.folder / "other"
    server.run_slipwayd("init", "--data", other)
    done = server.run_slipwayd("serve", "--data", other, "--listen", server.address, check=False)
    equal(done.returncode, 1)
    contains(done.stderr, f"cannot listen on {server.address}")
    done = server.run_slipwayd("serve", "--data", world.folder / "none", check=False)
    contains(done.stderr, "slipwayd init --data")
    done = server.run_slipwayd("serve", "--data", other, "--set", "threads=many", check=False)
    contains(done.stderr, "threads")
    (other / "slipwayd.yml").write_text("poll_wait: 5\n")
    done = server.run_slipwayd("serve", "--data", other, check=False)
    contains(done.stderr, "slipwayd.yml: line 1: there is no setting")


@case("init refuses a folder that is in use, and changes nothing")
def init_again(world):
    server = world.server()
    before = {p: p.read_bytes() for p in server.data.rglob("*") if p.is_file() and "slipway.db" not in p.name}
    done = server.run_slipwayd("init", "--data", server.data, check=False)
    equal(done.returncode, 1)
    contains(done.stderr, "initialised already; nothing was changed")
    for path, content in before.items():
        equal(path.read_bytes(), content, str(path))
    full = world.folder / "full"
    full.mkdir()
    (full / "photo.jpg").write_text("x")
    done = server.run_slipwayd("init", "--data", full, check=False)
    contains(done.stderr, "photo.jpg")
    equal([p.name for p in full.iterdir()], ["photo.jpg"])
    done = server.run_slipwayd("init", "--data", world.folder / "bad", "--account-id", "12", check=False)
    contains(done.stderr, "account_id")
    done = server.run_slipwayd("init", "--data", world.folder / "bad", "--name", "a,DNS:evil", check=False)
    contains(done.stderr, "not a host name")


@case("killed and started again it answers as before")
def killed(world):
    server = world.server()
    equal(Signed(server, "CreateApplication", {"applicationName": "kept"}).send().status, 200)
    server.kill()
    server.start()
    equal(Signed(server, "GetApplication", {"applicationName": "kept"}).send().status, 200)


if __name__ == "__main__":
    main(globals())
