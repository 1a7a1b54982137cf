"""AWS's own host names, leading to a server on this machine: an HTTP proxy that answers every CONNECT itself.

It speaks TLS with a certificate for *.amazonaws.com from a CA of its own, and hands what is inside to the server's plain
port. So a client without any endpoint setting can be tested as it is; the Host header, and with it the signature, stays.
"""

import contextlib
import socket
import ssl
import subprocess
import threading

NAMES = ("*.amazonaws.com", "*.us-east-1.amazonaws.com", "*.s3.amazonaws.com", "*.s3.us-east-1.amazonaws.com")


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Front:
    def __init__(self, world, port, name):
        self.port = port
        self.folder = world.folder / name
        self.folder.mkdir()
        self.ca = self.folder / "ca.pem"
        self.make_certificates()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.folder / "front.pem", self.folder / "front.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        world.closers.append(self.close)
        threading.Thread(target=self.accept, daemon=True).start()

    def make_certificates(self):
        folder = self.folder
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=names of AWS",
                "-keyout", folder / "ca.key", "-out", self.ca)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=front", "-keyout", folder / "front.key",
                "-out", folder / "front.csr")
        (folder / "names").write_text("subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES))
        openssl("x509", "-req", "-in", folder / "front.csr", "-CA", self.ca, "-CAkey", folder / "ca.key", "-CAcreateserial",
                "-days", "2", "-extfile", folder / "names", "-out", folder / "front.pem")

    def close(self):
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):  # the listener is closed when the world ends
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with contextlib.suppress(OSError), client:
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(4096)
            if not request.startswith(b"CONNECT "):
                return
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with self.context.wrap_socket(client, server_side=True) as inside, \
                    socket.create_connection(("127.0.0.1", self.port)) as server:
                back = threading.Thread(target=self.pump, args=(server, inside), daemon=True)
                back.start()
                self.pump(inside, server)
                back.join()

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
