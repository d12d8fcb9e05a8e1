"""The layer before the application: what it gives again, what it never does, and how much it holds."""

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from policytrace.server import create_app
from policytrace.server.front.answer_cache import OVERHEAD, AnswerCache
from policytrace.server.front.cache_middleware import CacheMiddleware
from policytrace.server.http.conditional import not_modified
from policytrace.server.operations.counters import OUTCOMES, STATUSES, Counters
from policytrace.server.operations.settings import Settings
from policytrace.server.releases.current import Published
from policytrace.server.responses.reply import Reply

LABELS = "SELECT ?s ?o WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?s ?o LIMIT 7"
SLOW = "SELECT (COUNT(*) AS ?n) WHERE { SELECT * WHERE { ?a a ?b . ?c a ?b } LIMIT 100000 }"
DOCUMENT = "/doc/practice/gp-chemnitz-agency.ttl"


@pytest.fixture
def app(sample_home: Path) -> Iterator[Flask]:
    """An application with an empty cache."""
    made = create_app(Settings(home=sample_home, site="http://site.example/", query_processes=2))
    yield made
    made.extensions["policytrace"].pool.close()


@pytest.fixture
def fresh(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


def _outcomes(app: Flask, status: int = 200) -> dict[str, int]:
    counters: Counters = app.extensions["policytrace"].counters
    place = STATUSES.index(status)
    return {name: n for at, name in enumerate(OUTCOMES) if (n := counters.requests(at, place))}


def _query(text: str, **more: str) -> str:
    return "/sparql?" + "&".join(f"{k}={quote(v)}" for k, v in {"query": text, **more}.items())


@pytest.mark.parametrize("path", ["/", DOCUMENT, _query(LABELS), "/static/style.css", "/queries.html"])
def test_a_repeated_answer_is_the_same_and_not_computed_again(
    app: Flask, fresh: FlaskClient, path: str
) -> None:
    path = path.replace("queries.html", "queries")
    first, again = fresh.get(path), fresh.get(path)
    assert first.status_code == again.status_code == 200
    assert (again.data, list(again.headers)) == (first.data, list(first.headers))
    assert _outcomes(app) == {"computed": 1, "hit": 1}


def test_a_redirect_is_given_again(app: Flask, fresh: FlaskClient) -> None:
    locations = {fresh.get("/id/practice/gp-chemnitz-agency").headers["Location"] for _ in range(2)}
    assert locations == {"http://site.example/doc/practice/gp-chemnitz-agency"}
    assert _outcomes(app, 303) == {"computed": 1, "hit": 1}


def test_head_is_answered_from_get(app: Flask, fresh: FlaskClient) -> None:
    got = fresh.get(DOCUMENT)
    head = fresh.head(DOCUMENT)
    assert head.data == b""
    assert list(head.headers) == list(got.headers)
    assert _outcomes(app) == {"computed": 1, "hit": 1}


def test_head_alone_is_not_taken_for_the_document(fresh: FlaskClient) -> None:
    head = fresh.head(DOCUMENT)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(fresh.get(DOCUMENT).data))


@pytest.mark.parametrize("again", [False, True], ids=["computed", "kept"])
def test_conditions_are_answered_with_304(app: Flask, fresh: FlaskClient, again: bool) -> None:
    first = app.test_client().get(DOCUMENT)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    path = DOCUMENT if again else f"{DOCUMENT}?again"
    for condition in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": date},
    ):
        answer = fresh.get(path, headers=condition)
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Vary"] == first.headers["Vary"]
        assert "Content-Type" not in answer.headers
    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": date},
        {"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        answer = fresh.get(path, headers=condition)
        assert (answer.status_code, answer.data) == (200, first.data)


def test_what_decides_about_an_answer_tells_answers_apart(app: Flask, fresh: FlaskClient) -> None:
    types = ("text/csv", "application/sparql-results+json", "application/sparql-results+xml")
    for _ in range(2):
        for accept in types:
            assert fresh.get(_query(LABELS), headers={"Accept": accept}).mimetype == accept
        assert fresh.get(_query(LABELS, format="tsv")).mimetype == "text/tab-separated-values"
    assert _outcomes(app) == {"computed": 4, "hit": 4}


def test_posted_queries_are_known_by_body_and_type(app: Flask, fresh: FlaskClient) -> None:
    for _ in range(2):
        sent = fresh.post("/sparql", data=LABELS, content_type="application/sparql-query")
        other = fresh.post("/sparql", data=LABELS + " OFFSET 1", content_type="application/sparql-query")
        form = fresh.post("/sparql", data={"query": LABELS})
        assert sent.data == form.data != other.data
    assert _outcomes(app) == {"computed": 3, "hit": 3}
    refused = fresh.post("/sparql", data=LABELS, content_type="text/plain")
    assert refused.status_code == 415


@pytest.mark.parametrize("path", ["/nowhere", _query("SELECT"), _query(LABELS, format="docx")])
def test_errors_are_never_kept(app: Flask, fresh: FlaskClient, path: str) -> None:
    statuses = {fresh.get(path).status_code for _ in range(3)}
    assert len(statuses) == 1
    assert _outcomes(app, statuses.pop()) == {"computed": 3}


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "struuid()", "BNODE()"])
def test_what_differs_each_time_is_never_kept(app: Flask, fresh: FlaskClient, function: str) -> None:
    answers = [fresh.get(_query(f"SELECT ({function} AS ?x) {{}}")) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert _outcomes(app) == {"computed": 2}
    if function != "BNODE()":
        assert answers[0].data != answers[1].data


def test_health_and_metrics_are_always_fresh(app: Flask, fresh: FlaskClient) -> None:
    for path in ("/health", "/metrics"):
        assert fresh.get(path).headers["Cache-Control"] == "no-store"
        assert fresh.get(path).status_code == 200
    assert _outcomes(app) == {"computed": 4}


def test_equal_requests_at_one_time_are_worked_on_once(app: Flask) -> None:
    together = threading.Barrier(8)
    found: list[bytes] = []

    def ask() -> None:
        together.wait()
        found.append(app.test_client().get(_query(SLOW)).data)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    outcomes = _outcomes(app)
    assert outcomes["computed"] == 1
    assert sum(outcomes.values()) == 8


def test_memory_is_bounded_and_what_is_asked_for_stays() -> None:
    cache = AnswerCache(100 * (OVERHEAD + 1000))
    asked_for = ("/often",)
    cache.put("1", asked_for, Reply(200, "200 OK", [], bytes(900)))
    for number in range(1000):
        cache.put("1", (f"/{number}",), Reply(200, "200 OK", [], bytes(900)))
        assert cache.get("1", asked_for) is not None
        assert cache.size <= cache.limit
    assert 90 <= len(cache) <= 110
    assert cache.evicted == 1001 - len(cache)
    cache.put("1", ("/large",), Reply(200, "200 OK", [], bytes(cache.largest + 1)))
    assert cache.get("1", ("/large",)) is None


def test_a_new_release_forgets_the_answers_of_the_old() -> None:
    cache = AnswerCache(2**20)
    cache.put("1", ("/",), Reply(200, "200 OK", [], b"old"))
    cache.put("2", ("/other",), Reply(200, "200 OK", [], b"new"))
    cache.put("1", ("/late",), Reply(200, "200 OK", [], b"late"))
    assert cache.get("1", ("/",)) is cache.get("2", ("/",)) is cache.get("2", ("/late",)) is None
    assert len(cache) == 1


@pytest.mark.parametrize(
    ("accepted", "same"),
    [("gzip, deflate, br, zstd", "ZSTD,br;q=0.5 , gzip"), ("gzip;q=0, *", "zstd"), ("br", "")],
)
def test_clients_that_get_the_same_coding_share_an_answer(
    app: Flask, fresh: FlaskClient, accepted: str, same: str
) -> None:
    answers = [fresh.get("/ns.ttl", headers={"Accept-Encoding": header}) for header in (accepted, same)]
    assert answers[0].data == answers[1].data
    assert list(answers[0].headers) == list(answers[1].headers)
    assert _outcomes(app) == {"computed": 1, "hit": 1}
    assert fresh.get("/ns.ttl", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert _outcomes(app) == {"computed": 2, "hit": 1}


def test_conditions_without_validators_are_not_met() -> None:
    assert not not_modified({"HTTP_IF_NONE_MATCH": "*"}, "", -1)
    assert not not_modified({"HTTP_IF_MODIFIED_SINCE": "Thu, 01 Jan 2099 00:00:00 GMT"}, "", -1)
    assert not not_modified({}, '"tag"', 1.0)


def test_an_answer_other_than_the_one_a_client_knows_is_refused(client: FlaskClient) -> None:
    address = "/doc/practice/gp-chemnitz-agency.ttl"
    known = client.get(address)
    tag, changed = known.headers["ETag"], known.headers["Last-Modified"]
    for method in ("GET", "HEAD"):
        refused = client.open(address, method=method, headers={"If-Match": f'"other", W/{tag}'})
        assert (refused.status_code, refused.data) == (412, b"")
        for second in ("00", "01"):
            long_ago = {"If-Unmodified-Since": f"Thu, 01 Jan 1970 00:00:{second} GMT"}
            assert client.open(address, method=method, headers=long_ago).status_code == 412
    for met in ({"If-Match": f'"other", {tag}'}, {"If-Match": "*"}, {"If-Unmodified-Since": changed}):
        assert client.get(address, headers=met).data == known.data
    assert client.get(address, headers={"If-Unmodified-Since": "yesterday"}).status_code == 200
    assert client.get(address, headers={"If-Match": tag, "If-None-Match": tag}).status_code == 304


class _Body:
    """A WSGI body that says when it was closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks, self.closed = iter(chunks), 0

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        self.closed += 1


def _front(home: Path, body: Callable[[], _Body], **headers: str) -> tuple[Client, Counters]:
    """A client of a front before an application that streams a body of unknown length."""

    def app(environ: dict[str, Any], start_response: Any) -> _Body:
        start_response("200 OK", [("Content-Type", "text/csv"), *headers.items()])
        return body()

    counters = Counters()
    front = CacheMiddleware(app, (), lambda environ: "", Published(home), 8 * 2**20, 8, counters)
    return Client(front), counters


def _computed(counters: Counters) -> int:
    return counters.requests(OUTCOMES.index("computed"), STATUSES.index(200))


@pytest.mark.parametrize(("size", "times"), [(10, 1), (100 * 1024, 1), (2 * 2**20, 2)])
def test_a_stream_is_kept_when_it_is_whole_and_not_large(sample_home: Path, size: int, times: int) -> None:
    bodies: list[_Body] = []

    def body() -> _Body:
        bodies.append(_Body(b"x" * 1024 for _ in range(size // 1024)))
        return bodies[-1]

    client, counters = _front(sample_home, body)
    for _ in range(2):
        assert len(client.get("/").data) == size // 1024 * 1024
    assert _computed(counters) == times
    assert [body.closed for body in bodies] == [1] * times
    assert counters.gauge("working") == 0


def test_a_stream_that_breaks_off_is_not_kept(sample_home: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(100 * 1024)
        raise ConnectionError("gone")

    bodies = [_Body(broken()), _Body([b"whole"])]
    client, counters = _front(sample_home, lambda: bodies.pop(0))
    answer = client.get("/")
    with pytest.raises(ConnectionError):
        _ = answer.data
    answer.close()
    assert client.get("/").data == b"whole"
    assert counters.gauge("working") == 0


def test_a_client_that_leaves_closes_the_stream(sample_home: Path) -> None:
    body = _Body(bytes(1024) for _ in range(10**6))
    client, counters = _front(sample_home, lambda: body)
    answer = client.get("/", buffered=False)
    next(iter(answer.iter_encoded()))
    assert counters.gauge("working") == 1
    answer.close()
    assert body.closed == 1
    assert counters.gauge("working") == 0


def test_every_header_an_answer_varied_on_is_part_of_the_key(sample_home: Path) -> None:
    client, counters = _front(sample_home, lambda: _Body([b"x"]), Vary="Accept, Accept-Language")
    for language in ("en", "de", "en", "de"):
        client.get("/", headers={"Accept-Language": language})
    assert _computed(counters) == 3
    for language in ("en", "de"):
        client.get("/", headers={"Accept-Language": language})
    assert _computed(counters) == 3


@pytest.mark.parametrize(
    "headers", [{"Set-Cookie": "a=b"}, {"Cache-Control": "private, no-store"}, {"Vary": "*"}]
)
def test_what_may_not_be_stored_is_not(sample_home: Path, headers: dict[str, str]) -> None:
    client, counters = _front(sample_home, lambda: _Body([b"x"]), **headers)
    for _ in range(3):
        client.get("/")
    assert _computed(counters) == 3


def test_a_range_is_not_taken_for_the_whole(app: Flask, fresh: FlaskClient) -> None:
    whole = fresh.get("/static/style.css")
    part = fresh.get("/static/style.css", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, whole.data[:10])
    assert fresh.get("/static/style.css").data == whole.data
    assert _outcomes(app)["hit"] == 1
