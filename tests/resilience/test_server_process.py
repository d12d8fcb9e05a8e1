"""The real server: starts fast, says where it is, follows releases, ends cleanly."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from folders import ROOT
from servers import PROGRAM, Server
from waiting import PATIENCE, eventually

from policytrace.graph.releases import checksums
from policytrace.graph.releases.release import Releases
from policytrace.server.http.connections import ESTABLISHED
from policytrace.server.limits.connection_limiter import EACH, ConnectionLimiter
from policytrace.server.operations.settings import SettingError, Settings, variable_of


def _get(address: str, accept: str = "*/*") -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@pytest.fixture
def server(sample_home: Path) -> Iterator[Server]:
    started = Server(sample_home, workers="2")
    started.wait()
    yield started
    started.stop()


def test_server_prints_its_address_and_answers(server: Server) -> None:
    body, headers = _get(f"{server.address}/", "text/html")
    assert b"PolicyTrace" in body
    assert "granian" in headers["server"].lower()
    assert json.loads(_get(f"{server.address}/health")[0])["status"] == "ok"
    output = server.stop()
    assert f"PolicyTrace is open at {server.address}/ (" in output
    assert "Traceback" not in output
    assert server.process.returncode == 0


def test_identifiers_lead_to_the_address_served_at(address: str) -> None:
    body, headers = _get(f"{address}id/practice/gp-chemnitz-agency", "text/turtle")
    assert headers["content-location"] == f"{address}doc/practice/gp-chemnitz-agency.ttl"
    assert f"<{address}doc/practice/gp-chemnitz-agency>".encode() in body


def test_ctrl_c_leaves_no_process_behind(server: Server) -> None:
    _get(f"{server.address}/sparql?query=ASK%20%7B%7D")
    started = server.processes()
    assert len(started) >= 3
    server.stop()
    _, alive = psutil.wait_procs(started, timeout=PATIENCE)
    assert not alive


def test_a_long_query_does_not_hold_up_the_end(serve: Callable[..., Server], sample_home: Path) -> None:
    started = serve(sample_home, workers="1", query_seconds="600", drain_seconds="1")
    query = "SELECT%20(COUNT(*)%20AS%20%3Fn)%20%7B%3Fa%20%3Fb%20%3Fc.%3Fd%20%3Fe%20%3Ff.%3Fg%20%3Fh%20%3Fi%7D"
    with socket.create_connection(("127.0.0.1", started.port)) as client:
        client.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        usual = started.processes()[0].nice()
        eventually(
            lambda: any(one.nice() > usual for one in started.processes()), "a query that stepped back"
        )
        processes = started.processes()
        started.stop()
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    for process in alive:
        process.kill()
    assert not alive


def test_port_in_use_is_explained(sample_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*PROGRAM, "--home", str(sample_home), "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode != 0
    assert f"Cannot serve at 127.0.0.1:{port}: Address already in use. Choose another --port." in done.stderr
    assert "Traceback" not in done.stderr


def test_new_release_is_served_without_a_restart(
    serve: Callable[..., Server], sample_home: Path, tmp_path: Path
) -> None:
    first = Releases(sample_home).current()
    assert first is not None
    home = tmp_path / "home"
    shutil.copytree(first.path, home / "releases" / first.id)
    started = serve(home, workers="2")
    assert _get(f"{started.address}/")[1]["x-policytrace-release"] == first.id
    second = re.sub(r"^\d{4}", lambda year: str(int(year[0]) + 1), first.id)
    staged = home / "staged"
    shutil.copytree(first.path, staged)
    manifest = json.loads((staged / "manifest.json").read_text())
    (staged / "manifest.json").write_text(json.dumps({**manifest, "id": second}))
    Releases(home).publish(staged, second)
    eventually(
        lambda: _get(f"{started.address}/health")[1]["x-policytrace-release"] == second, "the new release"
    )
    shutil.rmtree(home / "releases" / first.id)
    assert _get(f"{started.address}/sparql?query=ASK%20%7B%3Fs%20%3Fp%20%3Fo%7D&format=csv")[0] == b"true"


def _stalled(server: Server, address: str, client: str) -> socket.socket:
    """A client that begins to download and reads no more than the begin."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n\r\n".encode())
    assert sock.recv(12) == b"HTTP/1.1 200"
    return sock


def _status(server: Server, address: str, client: str) -> tuple[int, str | None]:
    """The status of an answer, and when to come again."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{address}", headers={"X-Forwarded-For": client}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read()
            return answer.status, None
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Retry-After"]


def test_downloads_that_nobody_reads_hold_up_neither_queries_nor_pages(
    serve: Callable[..., Server], dumped_home: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(dumped_home, home)
    (release,) = Releases(home).all()
    dumps = release.path / "dumps"
    os.truncate(dumps / "policytrace.nq.zst", 64 * 2**20)
    checksums.write(dumps, checksums.of_folder(dumps))
    file = f"/dumps/{release.id}/policytrace.nq.zst"
    started = serve(home, workers="1", threads="12", proxies="1", rate="0")
    with ExitStack() as open_ones:
        for number in range(4):
            open_ones.enter_context(_stalled(started, file, f"192.0.2.{number}"))
        status, later = _status(started, file, "192.0.2.0")
        assert status == 429
        assert later
        status, later = _status(started, file, "192.0.2.9")
        assert status == 503
        assert later
        for number in range(20):
            assert _status(started, f"/sparql?query=ASK%7B%7D%23{number}", "192.0.2.9")[0] == 200
        assert _status(started, "/dumps", "192.0.2.9")[0] == 200
    eventually(lambda: _status(started, file, "192.0.2.9")[0] == 200, "the end of downloads that went away")


def test_server_starts_within_a_second_of_processor_time(
    serve: Callable[..., Server], sample_home: Path
) -> None:
    started = serve(sample_home, workers="1")
    spent = sum(sum(process.cpu_times()[:2]) for process in started.processes())
    assert spent < 1.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("site", "site.example"),
        ("query_seconds", "soon"),
        ("query_seconds", "0"),
        ("query_memory", "100"),
        ("workers", "-1"),
        ("corrections", "javascript:alert(1)"),
    ],
)
def test_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable_of(name)):
        Settings.from_environment({variable_of(name): value})


def test_settings_survive_the_way_to_a_child_process() -> None:
    settings = Settings(
        home=Path("/x"), site="https://a.example/b", query_seconds=2.5, corrections="mailto:a@b.example"
    )
    assert Settings.from_environment(settings.environment()) == settings
    assert len(Settings.table()) == len(settings.environment())


def test_every_setting_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "reference" / "server.md").read_text("utf-8")
    documented = re.findall(r"^\| `(POLICYTRACE_\w+)`", text, re.MULTILINE)
    assert documented == [variable for variable, _, _ in Settings.table()]


def test_the_server_speaks_no_http_2(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
        answer = b""
        with suppress(ConnectionResetError):
            while part := client.recv(4096):
                answer += part
    assert not answer or answer.startswith(b"HTTP/1.1 400"), (
        "closed with or without a word, but in no other protocol"
    )


def _connect(port: int, address: str) -> socket.socket:
    """A connection from one of the addresses of this machine."""
    client = socket.socket()
    client.bind((address, 0))
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    return client


def _open(clients: list[socket.socket]) -> int:
    """How many of these connections have not been broken."""
    states = (client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] for client in clients)
    return sum(state == ESTABLISHED for state in states)


@pytest.mark.skipif(sys.platform != "linux", reason="connections are seen on Linux only")
def test_connections_of_one_address_leave_places_to_others(server: Server) -> None:
    with ExitStack() as held:
        clients = [held.enter_context(_connect(server.port, "127.0.0.5")) for _ in range(1000)]
        other = held.enter_context(_connect(server.port, "127.0.0.6"))
        eventually(lambda: _open(clients) <= 2 * EACH, "one client has fewer connections")
        assert _open(clients) >= EACH
        other.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert other.recv(12) == b"HTTP/1.1 200"


def test_the_more_clients_there_are_the_fewer_connections_each_may_have() -> None:
    limiter = ConnectionLimiter(1, 1.0, 256, 768)
    assert limiter.each([5, 2000]) == 256
    assert limiter.each([256] * 4) == 128
    assert limiter.each([1] * 5000) == 1
