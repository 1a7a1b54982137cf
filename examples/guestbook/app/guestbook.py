#!/usr/bin/env python3
"""A guestbook: one page, its entries in a file. See README.md for the addresses."""
import argparse
import html
import http.server
import json
import pathlib
import signal
import string
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
MAX_BODY_BYTES = 16 * 1024
MAX_SHOWN = 100


class Book:
    """The entries: a JSON object a line, oldest first."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.entries = []
        if path.exists():
            self.entries = [json.loads(line) for line in path.read_text().splitlines() if line]

    def sign(self, name, text):
        entry = {"name": name[:60], "text": text[:1000], "time": int(time.time())}
        with self.lock:
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")
            self.entries.append(entry)


class Guestbook(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, name, book):
        self.book = book
        self.name = name
        self.revision = (HERE / "revision").read_text().strip()
        self.page = string.Template((HERE / "page.html").read_text())
        super().__init__(address, Handler)

    def render(self):
        lines = "".join(
            f"<li><b>{html.escape(e['name'])}</b> {html.escape(e['text'])}</li>\n"
            for e in reversed(self.book.entries[-MAX_SHOWN:]))
        return self.page.substitute(
            host=html.escape(self.name), revision=self.revision, entries=lines, count=len(self.book.entries))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Guestbook

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/version":
            self.answer(200, "application/json", json.dumps({"host": self.server.name, "revision": self.server.revision}))
        elif self.path == "/health":
            try:
                self.server.render()
                self.answer(200, "text/plain", "well\n")
            except Exception as error:
                self.answer(500, "text/plain", f"the page cannot be made: {type(error).__name__} {error}\n")
        elif self.path == "/":
            try:
                self.answer(200, "text/html", self.server.render())
            except Exception as error:
                self.log_error("the page cannot be made: %r", error)
                self.answer(500, "text/plain", "Sorry, the guestbook is out of order.\n")
        else:
            self.answer(404, "text/plain", "There is no such page.\n")

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/" or length > MAX_BODY_BYTES:
            self.close_connection = True
            self.answer(400, "text/plain", "That is not an entry.\n")
            return
        form = urllib.parse.parse_qs(self.rfile.read(length).decode(errors="replace"))
        self.server.book.sign(form.get("name", ["somebody"])[0], form.get("text", [""])[0])
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, pattern, *values):
        if self.path not in ("/version", "/health"):
            super().log_message(pattern, *values)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True, help="the host's name on the page")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="file with the entries")
    arguments = parser.parse_args()

    server = Guestbook(("127.0.0.1", arguments.port), arguments.name, Book(arguments.data))
    # shutdown() waits for the loop, which runs in this thread: so it is asked from another one.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"revision {server.revision} answers on port {arguments.port}", flush=True)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    sys.exit(main())
