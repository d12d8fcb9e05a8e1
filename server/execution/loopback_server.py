"""An HTTP server within a process, for this process alone: its addresses hold a secret."""

import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Responder = Callable[[str, bytes], tuple[str, bytes] | None]
"""Media type and body for the end of an address and what was posted to it; None for a failure."""


class LoopbackServer(ThreadingHTTPServer):
    """Listens at a port of the loopback that the system chooses.

    Attributes:
        address: what its addresses begin with.
    """

    daemon_threads = True

    def __init__(self, respond: Responder) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond, self.path = respond, f"/{secrets.token_urlsafe(32)}/"
        self.address = f"http://127.0.0.1:{self.server_port}{self.path}"


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    timeout = 10

    def do_POST(self) -> None:
        begin, end = self.path[: len(self.server.path)], self.path[len(self.server.path) :]
        if not secrets.compare_digest(begin.encode(), self.server.path.encode()):
            self.send_error(404)
            return
        answer = self.server.respond(end, self.rfile.read(int(self.headers["Content-Length"])))
        if answer is None:
            self.send_error(502)
            return
        kind, body = answer
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
