"""A proxy that opens no connection: it notes where it is asked to connect to, and refuses, or is that host itself.

With it a test sees which host an agent would talk to, and what it would say there, without that host or a network.

    proxy = ScriptedProxy(world)
    agent = service.agent(proxy_uri=proxy.url)                      # every CONNECT is in proxy.asked, and refused

    github = ScriptedProxy(world, tls=(key, certificate))           # a certificate for the hosts it plays
    github.answer = lambda request: (200, {}, data)                 # request: a Request; all are in github.requests
"""

import collections
import socketserver
import ssl
import threading

Request = collections.namedtuple("Request", "host method path headers")


def read_head(file):
    """The request line's words and its headers, names in lower case."""
    words = file.readline(8192).decode("latin-1").split()
    headers = {}
    while (text := file.readline(8192).decode("latin-1").strip()):
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    return words, headers


class ScriptedProxy:
    def __init__(self, world, tls=None):
        proxy = self
        self.asked, self.requests = [], []
        self.answer = lambda request: (404, {}, b"")
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls[1], tls[0])

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                words, headers = read_head(self.rfile)
                if len(words) != 3:
                    return
                proxy.asked.append((f"{words[0]} {words[1]}", headers))
                if context is None or words[0] != "CONNECT":
                    self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                try:
                    with context.wrap_socket(self.connection, server_side=True) as peer:
                        proxy.serve(words[1], peer)
                except OSError:
                    pass  # the agent does not trust the certificate, or has gone

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        world.closers.append(self.close)

    def serve(self, host, peer):
        with peer.makefile("rb") as file:
            words, headers = read_head(file)
        if len(words) != 3:
            return
        request = Request(host, words[0], words[1], headers)
        self.requests.append(request)
        status, more, body = self.answer(request)
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Length: {len(body)}", "Connection: close", *(f"{k}: {v}" for k, v in more.items())]
        peer.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
