"""Dumps: the same bytes from the same tables, every format the same statements, sent as files should be."""

import gzip
import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

import pyoxigraph as ox
import pytest
from csvw import Table, TableGroup
from folders import SMALL
from table_history import History, setting
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from policytrace.graph.building.build import prune
from policytrace.graph.distribution import dump_write, dumps
from policytrace.graph.releases.external_sort import LineSorter
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.terms import GRAPH, is_record
from policytrace.server import create_app
from policytrace.server.changes.send_file import requested_part
from policytrace.server.operations.settings import Settings


def _built(home: Path, tables: Path, seed: str) -> Release:
    """A release with its dumps, made by a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), "build", str(tables)],
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    release = Releases(home).current()
    assert release is not None
    return release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return _built(tmp_path_factory.mktemp("one"), SMALL, "1")


def _content(release: Release, name: str) -> bytes:
    path = dumps.folder(release) / name
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    return zstd.decompress(path.read_bytes())


def test_other_clock_place_and_hash_seed_give_the_same_bytes(release: Release, tmp_path: Path) -> None:
    tables = tmp_path / "elsewhere" / "small"
    shutil.copytree(SMALL, tables)
    other = _built(tmp_path / "home", tables, "7")
    assert other.id != release.id
    assert other.manifest["content"] == release.manifest["content"]
    for files in (dumps.dump_files, dumps.part_files):
        found = {file.name: file.content_sha256 for file in files(other)}
        assert found == {file.name: file.content_sha256 for file in files(release)}
        assert len(found) >= 2 * len(dumps.PART_FORMS)


def test_every_format_holds_the_same_statements_sorted_and_without_blank_nodes(release: Release) -> None:
    lines = _content(release, "policytrace.nt.gz").splitlines()
    assert lines == sorted(set(lines))
    store = release.open()
    expected = {
        False: {q.triple for q in store.quads_for_pattern(None, None, None, ox.DefaultGraph())},
        True: set(store),
    }
    assert len(lines) == len(expected[False]) == release.manifest["triples"]["default"]
    for file in dumps.dump_files(release):
        if not file.statements:
            continue
        content = _content(release, file.name)
        assert hashlib.sha256(content).hexdigest() == file.content_sha256
        assert len(content) == file.content_bytes
        quads = set(ox.parse(content, format=ox.RdfFormat.from_media_type(file.media_type)))
        found = quads if file.whole else {quad.triple for quad in quads}
        assert found == expected[file.whole], file.name
        assert file.statements == len(found)
        assert not any(isinstance(part, ox.BlankNode) for quad in quads for part in quad.triple)


def test_each_folder_of_tables_has_files_of_its_own(release: Release) -> None:
    stated: dict[str, set[ox.Triple]] = {}
    for quad in release.open():
        if isinstance(quad.graph_name, ox.NamedNode) and is_record(quad.graph_name.value):
            folder = quad.graph_name.value.removeprefix(GRAPH).partition("/")[0]
            stated.setdefault(folder, set()).add(quad.triple)
    assert len(stated) > 1
    assert stated.keys() == release.manifest["folders"].keys()
    files = dumps.part_files(release)
    assert len(files) == len(stated) * len(dumps.PART_FORMS)
    for file in files:
        content = _content(release, file.name)
        assert hashlib.sha256(content).hexdigest() == file.content_sha256
        found = {q.triple for q in ox.parse(content, format=ox.RdfFormat.from_media_type(file.media_type))}
        assert found == stated[dumps.part_of(file.name)], file.name
        assert file.statements == len(found)
        if file.name.endswith(".nt.gz"):
            assert content.splitlines() == sorted(set(content.splitlines()))


def test_digests_are_those_of_the_files(release: Release) -> None:
    sums = (dumps.folder(release) / dumps.SUMS).read_text("utf-8").splitlines()
    assert len(sums) == len(dumps.dump_files(release)) + len(dumps.part_files(release))
    for line in sums:
        digest, name = line.split("  ")
        path = (release.path if name.startswith("tables/") else dumps.folder(release)) / name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_the_tables_are_valid_csv_on_the_web(release: Release) -> None:
    group = TableGroup.from_file(release.path / "tables" / "csv-metadata.json")
    rows = {str(table.url): list(table.iterdicts(strict=True)) for table in group.tables}
    assert len(rows["transfers.csv"]) == 3
    assert rows["transfers.csv"][0]["source_url"][1] == "https://paper.example/desk"
    assert rows["measures.csv"][0]["cost"] == 424700
    alone = Table.from_file(release.path / "tables" / "transfers.csv-metadata.json")
    assert len(list(alone)) == 3


def test_more_lines_than_fit_are_sorted_in_runs(tmp_path: Path) -> None:
    lines = [hashlib.sha256(str(n).encode()).hexdigest().encode() + b"\n" for n in range(5_000)]
    sorter = LineSorter(tmp_path, run=20_000)
    data = b"".join(lines)
    for at in range(0, len(data), 777):
        sorter.write(data[at : at + 777])
    assert len(list(tmp_path.iterdir())) > 10
    assert list(sorter) == sorted(lines)
    assert not list(tmp_path.iterdir())


Ask = Callable[..., tuple[http.client.HTTPResponse, bytes]]


@pytest.fixture
def ask(serve: Callable[..., Any], release: Release) -> Iterator[Ask]:
    """Asks a real server for a path; header names are given with underscores."""
    running = serve(release.path.parent.parent, workers="1")
    connection = http.client.HTTPConnection("127.0.0.1", running.port)

    def asked(path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path.removeprefix(running.address), headers=named)
        answer = connection.getresponse()
        return answer, answer.read()

    with closing(connection):
        yield asked


def test_files_are_served_whole_and_in_part(ask: Ask, release: Release) -> None:
    moved, _ = ask("/dumps/latest/policytrace.nq.gz")
    assert moved.status == 302
    address = str(moved.getheader("Location"))
    assert address.endswith(f"/dumps/{release.id}/policytrace.nq.gz")
    told = json.loads(ask(f"/dumps/{release.id}", accept="application/json")[1])["files"]
    whole, body = ask(address)
    assert hashlib.sha256(body).hexdigest() == next(one["sha256"] for one in told if one["url"] == address)
    assert whole.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert whole.getheader("Content-Type") == "application/gzip"
    assert whole.getheader("Content-Encoding") is None
    assert whole.getheader("Accept-Ranges") == "bytes"
    head, nothing = ask(address, "HEAD")
    assert (head.status, nothing) == (200, b"")
    assert head.getheader("Content-Length") == str(len(body))
    etag = str(whole.getheader("ETag"))
    assert ask(address, If_None_Match=etag)[0].status == 304
    made = str(whole.getheader("Last-Modified"))
    assert parsedate_to_datetime(made) == datetime.fromisoformat(release.manifest["created"])
    assert ask(address, If_Modified_Since=made)[0].status == 304
    part, some = ask(address, Range="bytes=100-1099", If_Range=etag)
    assert part.getheader("Last-Modified") == made
    assert (part.status, some) == (206, body[100:1100])
    assert part.getheader("Content-Range") == f"bytes 100-1099/{len(body)}"
    assert ask(address, Range="bytes=-10")[1] == body[-10:]
    assert ask(address, Range="bytes=100-199", If_Range='"other"')[1] == body
    for outside in (f"bytes={len(body)}-", "bytes=-0"):
        answer, _ = ask(address, Range=outside)
        assert answer.status == 416
        assert answer.getheader("Content-Range") == f"bytes */{len(body)}"
    assert ask(address, "HEAD", Range="bytes=0-9")[0].status == 200
    assert ask(address, Range="bytes=0-9", If_None_Match=etag)[0].status == 304
    for condition in ({"If_Match": '"other"'}, {"If_Match": '"other"', "Range": "bytes=0-9"}):
        refused, nothing = ask(address, **condition)
        assert (refused.status, nothing) == (412, b"")
    assert ask(address, If_Match=etag, Range="bytes=0-9")[1] == body[:10]


@pytest.mark.parametrize(
    ("asked", "condition", "found"),
    [
        ("bytes=0-9", None, range(10)),
        ("bytes=90-", None, range(90, 100)),
        ("bytes=90-1000", None, range(90, 100)),
        ("bytes=-7", None, range(93, 100)),
        ("bytes=-1000", None, range(100)),
        ("Bytes=0-0", '"tag"', range(1)),
        ("bytes=0-9", 'W/"tag"', None),
        ("bytes=0-9", "Thu, 01 Jan 2099 00:00:00 GMT", None),
        ("bytes=0-1,5-6", None, None),
        ("bytes=9-1", None, None),
        ("bytes=-", None, None),
        ("bytes=a-b", None, None),
        ("lines=0-1", None, None),
        ("bytes=0-" + "9" * 5000, None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_part_that_is_asked_for(asked: str | None, condition: str | None, found: range | None) -> None:
    assert requested_part(asked, condition, '"tag"', 100) == found


@pytest.mark.parametrize(("asked", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_a_part_outside_of_the_file(asked: str, size: int) -> None:
    with pytest.raises(RequestedRangeNotSatisfiable):
        requested_part(asked, None, '"tag"', size)


def test_lists_lead_to_files_and_tables_to_their_metadata(ask: Ask, release: Release) -> None:
    for address in ("/dumps", f"/dumps/{release.id}"):
        page, html = ask(address, accept="text/html")
        assert page.status == 200
        assert f"/dumps/{release.id}/policytrace.trig.zst".encode() in html
    table, text = ask(f"/dumps/{release.id}/tables/transfers.csv")
    assert text.count(b"\n") == 4
    described = str(table.getheader("Link")).split('>; rel="describedby"')[0].rpartition("<")[2]
    assert json.loads(ask(described)[1])["url"] == "transfers.csv"
    for wrong in ("policytrace.xyz", "../manifest.json", "%2e%2e/manifest.json", "tables/../manifest.json"):
        assert ask(f"/dumps/{release.id}/{wrong}")[0].status == 404
    assert ask("/dumps/20000101T000000Z-00000000/policytrace.nt.gz")[0].status == 404


def test_a_release_removed_during_a_download_is_sent_to_its_end(tmp_path: Path) -> None:
    history = History(tmp_path)
    first = history.build()
    releases = Releases(history.home)
    assert dump_write.write(releases, first)
    assert not dump_write.write(releases, first)
    app = create_app(Settings(home=history.home, query_processes=1, rate=0, cache=0))
    client = app.test_client()
    address = f"/dumps/{first.id}/policytrace.nq.gz"
    expected = (dumps.folder(first) / "policytrace.nq.gz").read_bytes()
    download = client.get(address, buffered=False)
    pieces = iter(cast(Iterable[bytes], download.response))
    begun = next(pieces)
    assert len(begun) < len(expected)
    history.edit("alpha/measures", setting("me-desk", timeframe="2020"))
    second = history.build(keep=1)
    waiting = client.get(f"/dumps/{second.id}/policytrace.nt.gz")
    assert waiting.status_code == 302
    assert waiting.location == f"http://127.0.0.1:8000/dumps/{first.id}/policytrace.nt.gz"
    assert waiting.headers["Cache-Control"] == "no-cache"
    assert client.get("/dumps/latest/policytrace.nt.gz").location == waiting.location
    unknown = client.get(f"/dumps/{second.id}/policytrace.xyz")
    assert unknown.status_code == 404
    assert "not written yet" in unknown.get_json()["detail"]
    assert dump_write.write(releases, second)
    assert prune(releases, 1) == [first.id]
    assert begun + b"".join(pieces) == expected
    gone = client.get(address)
    assert gone.status_code == 410
    assert gone.get_json()["removed"]
    assert client.get(f"/dumps/{second.id}/policytrace.nt.gz").status_code == 200
    app.extensions["policytrace"].pool.close()
