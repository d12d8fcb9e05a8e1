"""An HTTP server that answers SPARQL queries as it should not, one way a path; tells what it is asked."""

import json
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """The path names the way."""

    def do_POST(self) -> None:
        """Answers by the way that the path names."""
        self.rfile.read(int(self.headers["Content-Length"]))
        print(json.dumps([self.path, dict(self.headers)]), flush=True)
        try:
            getattr(self, self.path[1:])()
        except OSError:
            print(json.dumps([f"gone {self.path}", {}]), flush=True)

    def redirects(self) -> None:
        """To the loopback."""
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/asked")  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def endless(self) -> None:
        """Rows for ever."""
        self._begin('{"head":{"vars":["s"]},"results":{"bindings":[')
        while True:
            self.wfile.write(b'{"s":{"type":"literal","value":"again and again"}},' * 1000)

    def waits(self) -> None:
        """For ever, without a word."""
        time.sleep(600)

    def drips(self) -> None:
        """A byte at a time."""
        self._begin("")
        while True:
            self.wfile.write(b" ")
            time.sleep(0.05)

    def trickles(self) -> None:
        """A header that never ends."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
        while True:
            self.wfile.write(b"x")
            time.sleep(0.05)

    def rambles(self) -> None:
        """What is no result."""
        self._begin('{"head":{"vars":["s"]},"results":{"bindings":[{"s":')

    def fails(self) -> None:
        """Says so."""
        self.send_error(500)

    def remembers(self) -> None:
        """Sets a cookie."""
        self._begin('{"head":{"vars":["s"]},"results":{"bindings":[]}}', "a=b")

    def _begin(self, text: str, cookie: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing but what is asked is printed."""


server = ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
if sys.argv[3:]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*sys.argv[3:5])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
