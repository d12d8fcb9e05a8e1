"""Every file of a release, damaged in four ways: a message, a fallback or a refusal, never a wrong answer.

The server may be open already, or be started on what is damaged. An answer with status 200 has to be, byte
for byte, what a server of whole files gave of the release that the answer names. No process may end.
"""

import http.client
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from damaged_files import WAYS, damage, damaged, files_of
from folders import SMALL
from servers import Server
from thorough import share
from waiting import PATIENCE, eventually

from policytrace.commands.after_publication import write_after_publication
from policytrace.graph.building.build import build
from policytrace.graph.hops.arrays import FOLDER
from policytrace.graph.releases.release import MANIFEST, Releases

QUESTION = "from=practice/gp-house&to=measure/me-desk"
EVERYTHING = "sparql?query=SELECT%2A%7B%3Fs%20%3Fp%20%3Fo%7DORDER%20BY%20%3Fs%20%3Fp%20%3Fo"
ASKED = {
    "": "text/html",
    "id/transfer/tr-desk": "text/turtle",
    "doc/measure/me-desk": "text/html",
    "doc/measure/me-desk.ttl": "text/turtle",
    "doc/transfer/tr-desk": "text/html",
    "doc/measure/me-gone": "text/turtle",
    EVERYTHING: "text/csv",
    f"api/paths?{QUESTION}": "application/json",
    f"paths?{QUESTION}": "text/html",
    "search?q=desk": "text/html",
    "api/suggest?q=des": "application/json",
    "browse/measure": "text/html",
    "analysis/brokers": "text/html",
    "indicators": "text/html",
    "gaps": "text/html",
    "queries/practice_destinations?format=csv": "text/csv",
    "sitemaps/1.xml": "application/xml",
    "ldes/{id}/1": "application/n-quads",
    "dumps/{id}/policytrace.nt.gz": "*/*",
    "dumps/{id}/policytrace.trig.zst": "*/*",
    "dumps/{id}/SHA256SUMS": "*/*",
    "dumps/{id}/tables/measures.csv": "*/*",
    "dumps/{id}/parts/alpha.ttl.gz": "*/*",
}
"""What is asked, and how: something of each kind of file."""
TIME = re.compile(rb'"ms": [0-9.]+')
"""How long a search took, which an answer tells."""
RELEASE = "X-PolicyTrace-Release"
SETTINGS = {"workers": "1", "rate": "0", "cache": "0", "query_processes": "2", "site": "http://site.example/"}
"""Of servers: nothing is answered from the cache, so that each answer is made of the files."""


class Answer(NamedTuple):
    """Status, the release it comes from, and the body; status 0 where the body was cut off."""

    status: int
    release: str
    body: bytes


Good = dict[tuple[str, str], set[tuple[int, bytes]]]
"""Status and body of the answers of servers of whole files, by release and address: one that has this release
alone or with older ones, and one that serves it while a newer one is not whole."""


def _ask(server: Server, address: str, accept: str) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("GET", f"/{address}", headers={"Accept": accept})
        answer = connection.getresponse()
        release = answer.getheader(RELEASE, "")
        try:
            return Answer(answer.status, release, TIME.sub(b"", answer.read()))
        except http.client.IncompleteRead as cut:
            return Answer(0, release, cut.partial)


def _ask_all(server: Server, release_id: str) -> dict[str, Answer]:
    return {address: _ask(server, address.format(id=release_id), accept) for address, accept in ASKED.items()}


def _built(folder: Path) -> Path:
    """A home with two releases, all that is added to them, and the feed."""
    tables = Path(shutil.copytree(SMALL, folder / "tables"))
    measures = tables / "alpha" / "measures.csv"
    whole = measures.read_text("utf-8")
    measures.write_text(whole + whole.splitlines()[1].replace("me-desk", "me-gone") + "\n", "utf-8")
    home = folder / "home"
    for text in (measures.read_text("utf-8"), whole):
        measures.write_text(text, "utf-8")
        write_after_publication(home, build([tables], home).release)
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two releases."""
    return _built(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def good(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Good:
    """What is answered of each release while all that is asked of it is whole."""
    result: Good = {}
    older, newest = (release.id for release in Releases(home).all())
    for way in ("both", "older alone", "newest damaged"):
        copy = Path(shutil.copytree(home, tmp_path_factory.mktemp("good") / "home"))
        if way == "older alone":
            shutil.rmtree(copy / "releases" / newest)
        elif way == "newest damaged":
            damage(copy / "releases" / newest / "hops" / "ids.npy", "flipped")
        server = Server(copy, **SETTINGS)
        server.wait()
        served = newest if way == "both" else older
        for address, answer in _ask_all(server, newest).items():
            assert answer.status < 500, (address, answer)
            assert answer.release in ("", served)
            result.setdefault((served, address), set()).add((answer.status, answer.body))
        server.stop()
    statuses = [status for some in result.values() for status, _ in some]
    assert statuses.count(200) > 0.8 * len(statuses)
    return result


def _refused(answer: Answer) -> bool:
    return answer.status in (0, 503)


def _wrong(found: dict[str, Answer], good: Good) -> dict[str, Answer]:
    """The answers that are neither right nor refused."""
    result = {}
    for address, answer in found.items():
        releases = {release for release, at in good if at == address and answer.release in ("", release)}
        right = set[tuple[int, bytes]]().union(*(good[release, address] for release in releases))
        if not _refused(answer) and (answer.status, answer.body) not in right:
            result[address] = answer
    return result


def _cases(home: Path, whole: int, sample: int) -> list[tuple[str, str]]:
    """Files of the newest release and of its entry in the feed, each with a way to damage it."""
    newest = Releases(home).all()[-1].id
    places = (f"releases/{newest}/", f"feed/{newest}/")
    every = [(name, way) for name in files_of(home) if name.startswith(places) for way in WAYS]
    return random.Random(20261201).sample(every, min(len(every), share(whole, sample)))  # noqa: S311


def _workers(server: Server) -> set[int]:
    return {
        process.pid for process in server.processes() if "execution.worker" not in " ".join(process.cmdline())
    }


def _never_wrong_while_open(server: Server, home: Path, good: Good, cases: list[tuple[str, str]]) -> int:
    release_id = Releases(home).all()[-1].id
    assert not _wrong(_ask_all(server, release_id), good)
    workers, refused, wrong = _workers(server), 0, {}
    for name, way in cases:
        with damaged(home / name, way) as done:
            found = _ask_all(server, release_id) if done else {}
        wrong[name, way] = _wrong(found, good)
        refused += sum(map(_refused, found.values()))
    assert not any(wrong.values()), {case: some for case, some in wrong.items() if some}
    assert _workers(server) == workers
    told = server.stop()
    assert "Traceback" not in told, told
    return refused


def test_an_open_server_gives_no_wrong_answer(
    home: Path, good: Good, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    cases = _cases(copy, 10_000, 12)
    cases += [(name, way) for name, way in _always(copy) if (name, way) not in cases]
    assert _never_wrong_while_open(serve(copy, **SETTINGS), copy, good, cases) > 0


def _always(home: Path) -> Iterator[tuple[str, str]]:
    """Those that once gave wrong answers, or ended a process."""
    newest = Releases(home).all()[-1].id
    for name in ("lookups/texts.bin", "lookups/index.npy", "hops/out_hops.npy", "finding.sqlite"):
        for way in ("cut in half", "flipped"):
            yield f"releases/{newest}/{name}", way
    yield f"releases/{newest}/dumps/policytrace.nt.gz", "cut in half"


def test_a_server_started_on_damage_gives_no_wrong_answer(
    home: Path, good: Good, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    release_id = Releases(home).all()[-1].id
    for number, (name, way) in enumerate([*_cases(home, 10_000, 4), *list(_always(home))[:2]]):
        copy = Path(shutil.copytree(home, tmp_path / str(number)))
        if not damage(copy / name, way):
            continue
        server = serve(copy, **SETTINGS)
        workers = _workers(server)
        assert not _wrong(_ask_all(server, release_id), good), (name, way)
        assert _workers(server) == workers
        told = server.stop()
        assert "Traceback" not in told, (name, way, told)
        shutil.rmtree(copy)


def _health(server: Server) -> dict[str, object]:
    found: dict[str, object] = json.loads(_ask(server, "health", "application/json").body)
    return found


def test_a_damaged_release_gives_way_to_the_last_good_one_and_comes_back(
    home: Path, good: Good, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    older, newest = (release.id for release in Releases(copy).all())
    server = serve(copy, **SETTINGS)
    assert _health(server)["release"] == newest
    with damaged(copy / "releases" / newest / FOLDER / "in_hops.npy", "flipped"):
        eventually(lambda: _health(server)["release"] == older, "the last good release")
        told = _health(server)
        assert told["status"] == "damaged"
        assert told["damage"] == [
            {
                "release": newest,
                "file": "hops/in_hops.npy",
                "problem": "is not as it was written, at byte 0 or after",
            }
        ]
        found = _ask_all(server, newest)
        assert not _wrong(found, good)
        assert not any(map(_refused, found.values()))
    eventually(lambda: _health(server)["release"] == newest, "the newest release")
    eventually(lambda: _health(server)["status"] == "ok", "a word that all is well")
    assert server.printed().count("in_hops.npy") >= 1


def test_a_newer_release_that_is_broken_stops_nothing(
    home: Path, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    newest = Releases(copy).all()[-1]
    server = serve(copy, **SETTINGS)
    broken = newest.path.with_name("29991231T235959Z-00000000")
    shutil.copytree(newest.path, broken)
    damage(broken / MANIFEST, "cut in half")
    (copy / "releases" / "20000101T000000Z-00000000.tombstone.json").write_text("", "utf-8")
    eventually(lambda: _health(server)["status"] == "damaged", "a word of the broken release")
    assert _health(server)["release"] == newest.id
    assert _ask(server, "dumps", "text/html").status == 200
    assert _ask(server, "sparql?release=20000101T000000Z-00000000&query=ASK%7B%7D", "*/*").status == 410
    tables = Path(shutil.copytree(SMALL, tmp_path / "tables"))
    path = tables / "alpha" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("Welcome desk", "Desk of welcome"), "utf-8")
    shutil.rmtree(broken)
    broken = newest.path.with_name(f"{newest.id}x")
    shutil.copytree(newest.path, broken)
    damage(broken / MANIFEST, "emptied")
    done = _run(copy, "build", str(tables))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    eventually(lambda: _health(server)["release"] != newest.id, "the release that was built meanwhile")


def _run(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "way"),
    [*(("out_hops.npy", way) for way in WAYS), ("names.starts.npy", "flipped"), ("hops.json", "flipped")],
)
def test_the_command_refuses_damaged_arrays(home: Path, tmp_path: Path, name: str, way: str) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    older, newest = (release.id for release in Releases(copy).all())
    damage(copy / "releases" / newest / "hops" / name, way)
    words = ("paths", "--from", "practice/gp-house", "--to", "measure/me-desk")
    asked = _run(copy, *words, "--release", newest)
    assert asked.returncode == 7, asked.stdout + asked.stderr
    assert f"hops/{name}" in asked.stderr
    other = _run(copy, *words)
    assert other.returncode == 0
    assert f"Release {older} is asked instead" in other.stderr
