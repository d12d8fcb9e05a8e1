"""A SPARQL server that does not behave: told apart, by name, without following it anywhere."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from waiting import PATIENCE

from policytrace.graph.remote.endpoint import ROWS, Credentials, Endpoint, StoreError, StoreTimeoutError
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.remote.graph_names import Placement
from policytrace.graph.remote.releases import RemoteReleases
from policytrace.graph.sparql.syntax import QueryError

EMPTY = b'{"head": {"vars": ["s"]}, "results": {"bindings": []}}'
JSON = {"Content-Type": ROWS}


@dataclass
class Answer:
    """What the server answers next, and what it was sent."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    body: bytes = EMPTY
    wait: threading.Event | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def answer() -> Answer:
    return Answer()


@pytest.fixture
def address(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            if answer.wait is not None:
                answer.wait.wait(PATIENCE)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    if answer.wait is not None:
        answer.wait.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def endpoint(address: str) -> Iterator[Endpoint]:
    opened = Endpoint(
        address, seconds=PATIENCE, largest=100_000, credentials=Credentials("ann", "secret-word")
    )
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "expected"),
    [
        (302, {"Location": "http://127.0.0.1:9/"}, b"", StoreError, "redirects to http://127.0.0.1:9/"),
        (401, {}, b"", StoreError, "POLICYTRACE_STORE_USER"),
        (403, {}, b"no", StoreError, "refuses"),
        (400, {}, b"syntax error at 'x'", QueryError, "syntax error at 'x'"),
        (500, {}, b"<html>Traceback</html>", StoreError, r"status 500$"),
        (504, {}, b"", StoreTimeoutError, "its own time limit"),
        (200, {"Content-Type": "text/html"}, b"<html>", StoreError, "text/html instead of"),
        (200, JSON | {"X-SPARQL-MaxRows": "10000"}, EMPTY, StoreError, "cut the answer short"),
        (200, JSON | {"X-SQL-State": "S1TAT"}, EMPTY, StoreError, "cut the answer short"),
        (200, JSON, b" " * 200_000, StoreError, "more than 100,000 bytes"),
        (200, JSON | {"Content-Encoding": "gzip"}, gzip.compress(b" " * 9_000_000), StoreError, "more than"),
        (200, JSON | {"Content-Encoding": "gzip"}, b"no gzip", StoreError, "cannot be asked"),
    ],
)
def test_a_wrong_answer_is_named(
    endpoint: Endpoint,
    answer: Answer,
    status: int,
    headers: dict[str, str],
    body: bytes,
    error: type[QueryError],
    expected: str,
) -> None:
    answer.status, answer.headers, answer.body = status, headers, body
    with pytest.raises(error, match=expected) as raised:
        endpoint.query("ASK {}", ROWS)
    assert endpoint.name in str(raised.value)
    assert "secret-word" not in str(raised.value)


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"no json", b'{"head": {"vars": ["s"]}, "results": {"bindings": [1]}}']
)
def test_what_is_no_result_is_named(endpoint: Endpoint, answer: Answer, body: bytes) -> None:
    answer.body = body
    with pytest.raises(StoreError, match="no valid SPARQL result"):
        RemoteEngine(endpoint, Placement("x")).query("SELECT * { ?s ?p ?o }")
    with pytest.raises(StoreError):
        RemoteReleases(endpoint).all()


def test_a_silent_server_is_given_up(endpoint: Endpoint, answer: Answer) -> None:
    answer.wait = threading.Event()
    with pytest.raises(StoreTimeoutError, match=r"longer than 0\.3 seconds"):
        endpoint.query("ASK {}", ROWS, seconds=0.3)


def test_a_server_that_is_not_there_is_named() -> None:
    nobody = Endpoint("http://127.0.0.1:9/sparql")
    with pytest.raises(StoreError, match=r"http://127\.0\.0\.1:9/sparql cannot be asked"):
        nobody.query("ASK {}", ROWS)
    nobody.close()


@pytest.mark.parametrize("url", ["ftp://x.example/", "/etc/passwd", "http:///sparql", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="begins with http"):
        Endpoint(url)


def test_credentials_are_sent_when_asked_for_and_shown_nowhere(address: str, answer: Answer) -> None:
    given = Endpoint(address.replace("http://", "http://ann:secret-word@"))
    given.query("ASK {}", ROWS)
    assert "authorization" not in answer.asked[0][1]
    answer.status, answer.headers = 401, {"WWW-Authenticate": 'Basic realm="x"'}
    with pytest.raises(StoreError):
        given.query("ASK {}", ROWS)
    assert answer.asked[-1][1]["authorization"].startswith("Basic ")
    assert "secret-word" not in given.name
    given.close()
    answer.status, answer.headers = 200, dict(JSON)
    token = Endpoint(address, credentials=Credentials("", "", "secret-token"))
    token.query("ASK {}", ROWS)
    assert answer.asked[-1][1]["authorization"] == "Bearer secret-token"
    assert "secret" not in repr(Credentials("ann", "secret-word", "secret-token"))
    token.close()
