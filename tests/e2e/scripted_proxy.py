"""A proxy that opens no connection: it notes where it is asked to connect to, and refuses.

With it a test sees which host an agent would talk to, without that host or a network.
"""

import socketserver
import threading


class ScriptedProxy:
    def __init__(self, world):
        proxy = self
        self.asked = []  # (request line's target, its headers' lines)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline(8192).decode("latin-1").split()
                headers = []
                while (text := self.rfile.readline(8192).decode("latin-1").strip()):
                    headers.append(text)
                if len(line) == 3:
                    proxy.asked.append((f"{line[0]} {line[1]}", headers))
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        world.closers.append(self.close)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
