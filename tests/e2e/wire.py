"""Requests by hand: Signature Version 4 with every knob turnable, and HTTP/1.1 over a raw socket.

For tests of what a well-behaved client library would never send.
"""

import datetime
import hashlib
import hmac
import json
import socket
import ssl
import time

API = "CodeDeploy_20141006."
JSON_TYPE = "application/x-amz-json-1.1"


def amz_date(offset_s=0):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    return now.strftime("%Y%m%dT%H%M%SZ")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac256(key, part)
    return key


def squeeze(value):
    return " ".join(value.split())


def authorization(method, path, headers, body_hash, key_id, secret, *, date, region="us-east-1", service="codedeploy",
                  scope_date=None, signed=None, query=""):
    """headers: list of (name, value) as they will be sent. signed: names; default all of them."""
    lowered = {}
    for name, value in headers:
        lowered.setdefault(name.lower(), []).append(squeeze(value))
    names = sorted(lowered) if signed is None else sorted(signed)
    canonical_headers = "".join(f"{name}:{','.join(lowered[name])}\n" for name in names)
    canonical = "\n".join([method, path, query, canonical_headers, ";".join(names), body_hash])
    scope_date = scope_date or date[:8]
    scope = f"{scope_date}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical.encode())])
    signature = hmac.new(signing_key(secret, scope_date, region, service), text.encode(), hashlib.sha256).hexdigest()
    return f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The exception's name, or None for a success."""
        if self.status == 200:
            return None
        return json.loads(self.body).get("__type") if self.body else ""

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Connection:
    """One socket; answers are read one after the other."""

    def __init__(self, address, ca=None, timeout_s=20.0, tls=None, source=None, receive_buffer=None):
        """With `ca` it is TLS with a server on this machine; with `tls`, an SSL context, with the host of that name.
        `source` is the address to connect from, `receive_buffer` how many bytes the kernel takes before they are asked for."""
        host, _, port = address.rpartition(":")
        self.socket = self.connected(host.strip("[]"), int(port), timeout_s, source, receive_buffer)
        if ca is not None:
            context = ssl.create_default_context(cafile=str(ca))
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        elif tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host.strip("[]"))
        self.buffer = b""

    @staticmethod
    def connected(host, port, timeout_s, source, receive_buffer):
        """A name may have several addresses, and the server listen on one of them only."""
        problem = None
        for family, kind, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            connection = socket.socket(family, kind)
            connection.settimeout(timeout_s)
            if receive_buffer is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            try:
                if source is not None:
                    connection.bind((source, 0))
                connection.connect(address)
                return connection
            except OSError as error:
                connection.close()
                problem = error
        raise problem

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def answer(self, method="POST"):
        """The next answer; None when the peer closes instead."""
        while True:
            while b"\r\n\r\n" not in self.buffer:
                if not self.fill():
                    return None
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            status = int(lines[0].split()[1])
            if status != 100:
                break
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        length = int(next((v for n, v in headers if n.lower() == "content-length"), 0))
        if method == "HEAD":
            length = 0
        while len(self.buffer) < length:
            if not self.fill():
                return None
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def is_closed_within(self, timeout_s):
        """Did the peer end the connection, saying nothing more?"""
        self.socket.settimeout(timeout_s)
        deadline = time.monotonic() + timeout_s
        try:
            while time.monotonic() < deadline:
                if not self.fill():
                    return True
        except (TimeoutError, socket.timeout):
            pass
        except OSError:
            return True
        return False


class Signed:
    """A request to the API, to be bent before it is sent."""

    def __init__(self, server, operation, body=b"{}", key=None, target=None):
        self.server = server
        self.method, self.path = "POST", "/"
        self.key_id, self.secret = key or server.credentials()
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.sent_body = None  # another body than the signed one
        self.body_hash = None
        self.date = amz_date()
        self.options = {}
        self.authorization = None
        self.headers = [
            ("Host", server.address),
            ("Content-Type", JSON_TYPE),
            ("X-Amz-Date", self.date),
        ]
        target = target if target is not None else API + operation
        if target:
            self.headers.append(("X-Amz-Target", target))
        self.unsigned = []
        self.framing = None

    def set(self, name, value):
        self.headers = [(n, v) for n, v in self.headers if n.lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))
        return self

    def at(self, offset_s):
        self.date = amz_date(offset_s)
        return self.set("X-Amz-Date", self.date)

    def bytes(self):
        auth = self.authorization
        if auth is None:
            auth = authorization(self.method, self.path, self.headers, self.body_hash or sha256(self.body), self.key_id,
                                 self.secret, date=self.date, **self.options)
        body = self.body if self.sent_body is None else self.sent_body
        headers = list(self.headers) + list(self.unsigned)
        if auth:
            headers.append(("Authorization", auth))
        if self.framing == "chunked":
            headers.append(("Transfer-Encoding", "chunked"))
            pieces = [body[i:i + 7] for i in range(0, len(body), 7)]
            payload = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
        else:
            headers.append(("Content-Length", str(len(body))))
            payload = body
        head = f"{self.method} {self.path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers) + "\r\n"
        return head.encode() + payload

    def send(self, ca=None):
        with Connection(self.server.address, ca) as connection:
            connection.send(self.bytes())
            answer = connection.answer(self.method)
            if answer is None:
                raise AssertionError("the server closed the connection without an answer")
            return answer


