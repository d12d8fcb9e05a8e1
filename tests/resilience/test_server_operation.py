"""A server in operation: logged, counted, limited, configured, and moved to a new release under load."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from folders import ROOT, SMALL
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families
from waiting import PATIENCE, eventually

from policytrace.graph.releases.release import Releases
from policytrace.server import create_app
from policytrace.server.limits import rate
from policytrace.server.limits.rate import BURST, TokenBuckets, Turns
from policytrace.server.operations.settings import SettingError, Settings
from policytrace.server.run import ServeError
from policytrace.server.run import serve as run_server

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


class _Client(http.client.HTTPConnection):
    """Keeps one connection to a server, closed with the client."""

    def __init__(self, port: int, **headers: str) -> None:
        super().__init__("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def __del__(self) -> None:
        self.close()

    def ask(self, path: str, body: str | None = None) -> tuple[int, bytes, http.client.HTTPMessage]:
        headers = self.headers | ({"Content-Type": "application/sparql-query"} if body else {})
        self.request("POST" if body else "GET", path, body, headers)
        answer = self.getresponse()
        return answer.status, answer.read(), answer.headers


def _query(text: str) -> str:
    return f"/sparql?query={quote(text)}"


def _metrics(port: int) -> dict[str, float]:
    """Name and labels to value."""
    status, body, headers = _Client(port).ask("/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        " ".join((sample.name, *sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_a_project_that_is_not_there_is_named_at_the_start(sample_home: Path) -> None:
    settings = Settings(home=sample_home, project="upgradesm", port=free_port())
    with pytest.raises(ServeError, match=r"POLICYTRACE_PROJECT: .* Did you mean upgradesme\?"):
        run_server(settings)


def test_every_request_is_a_line_of_the_access_log(
    serve: Callable[..., Any], sample_home: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.jsonl"
    server = serve(sample_home, workers="1", access_log=str(log))
    client = _Client(server.port, User_Agent="somebody")
    before = len(log.read_text().splitlines())
    query = 'SELECT * WHERE { ?s ?p "Ada Lovelace" }'
    sizes = [len(client.ask(path)[1]) for path in ("/", "/", _query(query), "/search?q=Lovelace", "/nowhere")]
    client.ask("/queries/project_partners.csv")
    eventually(lambda: len(log.read_text().splitlines()) >= before + 6, "the last line of the log")
    lines = [json.loads(line) for line in log.read_text().splitlines()[before:]]
    assert [(line["path"], line["status"], line["cache"]) for line in lines] == [
        ("/", 200, "computed"),
        ("/", 200, "hit"),
        ("/sparql", 200, "computed"),
        ("/search", 200, "computed"),
        ("/nowhere", 404, "computed"),
        ("/queries/project_partners.csv", 200, "computed"),
    ]
    assert [line["bytes"] for line in lines[:5]] == sizes
    assert lines[-1]["rows"] > 0
    assert {line["method"] for line in lines} == {"GET"}
    assert all(0 < line["ms"] < 20_000 for line in lines)
    assert len(lines[2]["query"]) == 16
    release = Releases(sample_home).current()
    assert release is not None
    assert lines[0]["release"] == lines[1]["release"] == release.id
    text = log.read_text()
    for personal in ("127.0.0.1", "Lovelace", "somebody"):
        assert personal not in text


def test_limits_that_were_hit_are_named_in_the_log(
    serve: Callable[..., Any], sample_home: Path, tmp_path: Path
) -> None:
    log = tmp_path / "access.jsonl"
    server = serve(sample_home, workers="1", access_log=str(log), query_seconds="0.3")
    status, _, _ = _Client(server.port).ask("/sparql", ENDLESS)
    assert status == 504
    eventually(lambda: '"POST"' in log.read_text(), "the line of the log")
    line = json.loads(log.read_text().splitlines()[-1])
    assert (line["status"], line["limit"], line["method"]) == (504, "time", "POST")
    assert line["ms"] >= 300
    counted = _metrics(server.port)
    assert counted["policytrace_limits_reached_total time"] == 1
    assert counted["policytrace_queries_replaced_total"] == 1


def test_a_log_that_cannot_be_written_stops_the_start(sample_home: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(sample_home), "serve"],
        env={**os.environ, "POLICYTRACE_ACCESS_LOG": str(tmp_path / "none" / "log")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "POLICYTRACE_ACCESS_LOG" in done.stderr
    assert "No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_metrics_are_those_of_all_server_processes_and_survive_one(
    serve: Callable[..., Any], sample_home: Path
) -> None:
    server = serve(sample_home, workers="2")
    before = _metrics(server.port)
    for _ in range(40):
        assert _Client(server.port).ask("/ns.ttl")[0] == 200
    after = _metrics(server.port)
    name = "policytrace_requests_total 200 {}"
    counts = {
        cache: after.get(name.format(cache), 0) - before.get(name.format(cache), 0)
        for cache in ("computed", "hit", "shared")
    }
    assert sum(counts.values()) == 40 + 1
    assert counts["computed"] - 1 in (1, 2), "each process computes it at most once, and one is /metrics"
    assert after["policytrace_cache_answers"] >= 1
    assert after["policytrace_cache_bytes"] > 0
    if sys.platform == "linux":
        held = [after[key] for key in after if key.startswith("policytrace_memory_bytes") and "server" in key]
        assert len(held) == 2
        assert min(held) > 10 * 2**20
    assert after["policytrace_request_seconds_count hit"] == after[name.format("hit")]
    assert after["policytrace_request_seconds_bucket +Inf hit"] == after[name.format("hit")]
    assert len([key for key in after if key.startswith("policytrace_worker_start_seconds")]) == 2
    workers = psutil.Process(server.process.pid).children()
    served = max(workers, key=lambda process: process.memory_info().rss)
    served.send_signal(signal.SIGKILL)
    parent = psutil.Process(server.process.pid)

    def replaced() -> bool:
        alive = [child.pid for child in parent.children()]
        return served.pid not in alive and len(alive) == len(workers)

    eventually(replaced, "a server process in the place of the one killed")
    server.wait()  # the other one may have been starting still
    assert _metrics(server.port)[name.format("hit")] >= after[name.format("hit")]


def test_every_metric_is_documented_and_no_other(serve: Callable[..., Any], sample_home: Path) -> None:
    server = serve(sample_home, workers="1")
    _, body, _ = _Client(server.port).ask("/metrics")
    found = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(body.decode())
    }
    text = (ROOT / "docs" / "reference" / "server.md").read_text("utf-8")
    assert set(re.findall(r"`(policytrace_\w+)(?:\{\w+(?:,\w+)*\})?`", text)) == found


def test_a_client_over_the_rate_is_told_when_to_come_again(
    serve: Callable[..., Any], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", rate="2", proxies="1")
    one, other = (
        _Client(server.port, X_Forwarded_For="192.0.2.1"),
        _Client(server.port, X_Forwarded_For="192.0.2.2"),
    )
    answers: list[tuple[int, bytes, http.client.HTTPMessage]] = []
    while (answer := one.ask(f"/ns.ttl?{len(answers)}"))[0] == 200:
        answers.append(answer)
        assert len(answers) < 1000, "no request was refused"
    assert len(answers) >= 2 * BURST
    refused = answer
    assert refused[0] == 429
    assert int(refused[2]["Retry-After"]) >= 1
    assert refused[2]["Cache-Control"] == "no-store"
    assert json.loads(refused[1])["title"] == "Too many requests"
    assert one.ask("/ns.ttl?0")[0] == 200, "what is in the cache is free"
    assert one.ask("/health")[0] == 200
    assert other.ask("/ns.ttl?5000")[0] == 200
    time.sleep(int(refused[2]["Retry-After"]) + 0.1)
    assert one.ask("/ns.ttl?200")[0] == 200


def test_a_bucket_fills_at_its_rate_and_no_higher(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(rate, "time", SimpleNamespace(monotonic=lambda: clock.now))
    buckets = TokenBuckets(50)
    waits = [buckets.wait("a") for _ in range(50 * BURST + 5)]
    assert waits[: 50 * BURST] == [0.0] * (50 * BURST)
    assert waits[-1] == pytest.approx(1 / 50)
    clock.now += 0.1
    assert [buckets.wait("a") for _ in range(6)] == [0.0] * 5 + [pytest.approx(1 / 50)]
    clock.now += 1000
    assert [buckets.wait("a") for _ in range(50 * BURST + 1)].count(0.0) == 50 * BURST
    assert buckets.wait("b") == 0.0
    assert not any(TokenBuckets(0).wait("a") for _ in range(10_000))


def test_turns_are_bounded_and_given_back() -> None:
    turns = Turns(2, 1, 0.05)
    assert turns.take("a")
    assert turns.take("a")
    began = time.monotonic()
    assert not turns.take("a")
    assert time.monotonic() - began >= 0.05
    assert turns.take("b")
    turns.give("a")
    assert turns.take("a")
    for client in "aab":
        turns.give(client)
    assert all(turns.take("a") for _ in range(2))


def test_endless_queries_of_one_client_leave_the_server_to_others(
    serve: Callable[..., Any], sample_home: Path
) -> None:
    server = serve(sample_home, workers="1", query_seconds="4", proxies="1")
    ended: list[int] = []

    def never_ending(number: int) -> None:
        client = _Client(server.port, X_Forwarded_For="192.0.2.1")
        ended.append(client.ask(_query(f"{ENDLESS} # {number}"))[0])

    numbers = [*range(60), *[60] * 60]
    threads = [threading.Thread(target=never_ending, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    usual = psutil.Process(server.process.pid).nice()
    eventually(lambda: any(one.nice() > usual for one in server.processes()), "a query that stepped back")
    other = _Client(server.port, X_Forwarded_For="192.0.2.2")
    statuses = [other.ask(_query(f"ASK {{ ?s ?p {number} }}"))[0] for number in range(50)]
    assert statuses == [200] * 50
    assert other.ask("/")[0] == 200
    for thread in threads:
        thread.join()
    assert set(ended) == {429, 504}
    assert Counter(ended)[429] >= 20


def test_settings_come_from_a_file_the_environment_and_the_command(
    serve: Callable[..., Any], sample_home: Path, tmp_path: Path
) -> None:
    config = tmp_path / "policytrace.toml"
    config.write_text('query_seconds = 1.5\nsite = "https://file.example/"\nworkers = 1\nport = 1\n')
    server = serve(sample_home, "--config", str(config), site="https://environment.example/")
    client = _Client(server.port)
    assert "https://environment.example/sparql" in client.ask(_query("ASK {}"))[2]["Link"]
    status, body, _ = client.ask(_query(ENDLESS))
    assert (status, json.loads(body)["limit_seconds"]) == (504, 1.5)


def test_the_home_of_a_file_is_served(sample_home: Path, tmp_path: Path) -> None:
    config = tmp_path / "policytrace.toml"
    config.write_text(f'home = "{sample_home}"\nthreads = 3\n')
    found = Settings.from_environment({"POLICYTRACE_CONFIG": str(config), "POLICYTRACE_THREADS": "5"})
    assert (found.home, found.threads) == (sample_home, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query_second = 1", "there is no setting query_second. Did you mean query_seconds?"),
        ("[server]\nport = 1", "there is no setting server"),
        ('port = "http"', "port must be a whole number, not 'http'"),
        ("port = 80.5", "port must be a whole number, not 80.5"),
        ("port = 0", "POLICYTRACE_PORT must be between 1 and 65535"),
        ("workers = true", "workers must be a whole number, not True"),
        ("project = 7", "project must be text, not 7"),
        ("rate = -1", "POLICYTRACE_RATE must be 0 or more"),
        ("port = ", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "policytrace.toml"
    config.write_text(text)
    with pytest.raises(SettingError, match=message.replace("?", r"\?")):
        Settings.from_environment({"POLICYTRACE_CONFIG": str(config)})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.toml cannot be read: No such file"):
        Settings.from_environment({"POLICYTRACE_CONFIG": str(tmp_path / "none.toml")})


def test_keys_of_the_file_are_the_names_of_the_variables(tmp_path: Path) -> None:
    page = ROOT / "docs" / "reference" / "server.md"
    example = "\n".join(
        line[4:] for line in page.read_text("utf-8").splitlines() if line.startswith("    ") and " = " in line
    )
    named = {variable.removeprefix("POLICYTRACE_").lower() for variable, _, _ in Settings.table()}
    assert tomllib.loads(example).keys() <= named
    config = tmp_path / "policytrace.toml"
    config.write_text(example)
    assert Settings.from_environment({"POLICYTRACE_CONFIG": str(config)}).cache == 256


def _build(home: Path, data: Path, text: str) -> str:
    """Publishes a release that differs, keeping no other; its id."""
    path = data / "alpha" / "measures.csv"
    path.write_text(
        (SMALL / "alpha" / "measures.csv").read_text("utf-8").replace("Welcome desk", text), "utf-8"
    )
    subprocess.run(
        [
            sys.executable,
            "-m",
            "policytrace",
            "--home",
            str(home),
            "build",
            "--no-dumps",
            "--keep",
            "1",
            str(data),
        ],
        check=True,
        capture_output=True,
    )
    current = Releases(home).current()
    assert current is not None
    return current.id


@pytest.mark.parametrize("posted", [False, True], ids=["get", "post"])
def test_a_query_that_finds_its_release_pruned_is_asked_of_the_next(
    sample_home: Path, tmp_path: Path, posted: bool
) -> None:
    first = Releases(sample_home).current()
    assert first is not None
    home, second = tmp_path / "home", "2" + first.id[1:].replace("T", "T9")
    for folder in (home / "releases" / first.id, home / "staged"):
        shutil.copytree(first.path, folder, copy_function=os.link)
    app = create_app(Settings(home=home, query_processes=1))
    client = app.test_client()
    assert client.get("/health").headers["X-PolicyTrace-Release"] == first.id
    Releases(home).publish(home / "staged", second)
    (home / "releases" / first.id).rename(home / "grave")
    query = "ASK { ?s ?p ?o }"
    answer = client.post("/sparql", data={"query": query}) if posted else client.get(_query(query))
    app.extensions["policytrace"].pool.close()
    assert (answer.status_code, answer.json) == (200, {"head": {}, "boolean": True})
    assert answer.headers["X-PolicyTrace-Release"] == second


def test_no_request_fails_while_releases_are_published_and_pruned(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    home, data = tmp_path / "home", Path(shutil.copytree(SMALL, tmp_path / "data"))
    ids = [_build(home, data, "Desk 0")]
    server = serve(home, workers="2", rate="0", query_processes="8")
    failed: list[tuple[str, object]] = []
    seen: list[set[str]] = [set() for _ in range(6)]
    stop = threading.Event()

    def load(number: int) -> None:
        client, turn = _Client(server.port), 0
        while not stop.wait(0.01):
            turn += 1
            path, body = (
                (_query(f"SELECT * WHERE {{ ?s ?p ?o }} LIMIT {turn % 50 + 1} # {number}.{turn}"), None),
                ("/", None),
                ("/sparql", f"ASK {{ ?s ?p {number}{turn} }}"),
                ("/browse/measure", None),
                (f"/ns.ttl?{number}.{turn}", None),
                (_query("ASK {}"), None),
            )[turn % 6]
            try:
                status, content, headers = client.ask(path, body)
            except (OSError, http.client.HTTPException) as error:
                failed.append((path, error))
                return
            if status != 200:
                failed.append((path, content))
            seen[number].add(str(headers["X-PolicyTrace-Release"]))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for number in range(1, 4):
        ids.append(_build(home, data, f"Desk {number}"))
    eventually(
        lambda: failed or all(ids[-1] in releases for releases in seen), "answers of the last release to all"
    )
    stop.set()
    for thread in threads:
        thread.join()
    assert not failed, failed[:3]
    assert len(set(ids)) == 4
    assert [release.id for release in Releases(home).all()] == ids[-1:]
    for releases in seen:
        assert ids[-1] in releases
        assert len(releases) >= 2
        assert releases <= set(ids)
