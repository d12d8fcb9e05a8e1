"""A build that is killed, or finds the disk full, leaves the last release byte for byte and the way free."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest
from folders import SMALL, SUPPORT
from servers import Server
from thorough import share
from waiting import PATIENCE, eventually

BUILDER = SUPPORT / "builder.py"
KILLS = share(240, 60)


class Ended(NamedTuple):
    """How a forked process ended: its exit code, negative for a signal, the stage the build was in, and the
    seconds after which it entered each stage."""

    code: int
    stage: str
    entered: dict[str, float]


Moment = tuple[str, float]
"""A stage of the build, and seconds from its begin."""


class Builder:
    """Builds and opens releases in forks of a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(BUILDER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def build(self, data: Path, home: Path, moment: Moment | None = None) -> Ended:
        """Build, and kill the build at a moment."""
        return self._ask({"work": "build", "data": str(data), "home": str(home), "moment": moment})

    def opens(self, home: Path) -> bool:
        """Whether the current release is whole and can be opened."""
        return self._ask({"work": "open", "home": str(home), "moment": None}).code == 0

    def _ask(self, job: dict[str, object]) -> Ended:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        """End the process and close its pipes."""
        self._process.communicate()


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    """A builder for all tests of this module."""
    found = Builder()
    yield found
    found.end()


@cache
def _digest(path: Path, *_: int) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _bytes(folder: Path) -> dict[str, str]:
    """What every file holds; one that was read before is read again when the system says it was touched."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            now = path.stat()
            touched = (now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            found[path.relative_to(folder).as_posix()] = _digest(path, *touched)
    return found


def _changed(data: Path, text: str) -> None:
    """Give the tables a content that no release has yet."""
    path = data / "alpha" / "measures.csv"
    lines = (SMALL / "alpha" / "measures.csv").read_text("utf-8").splitlines()
    lines[1] = lines[1].replace("Welcome desk", text)
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of small tables."""
    return Path(shutil.copytree(SMALL, tmp_path / "data"))


@pytest.fixture
def home(tmp_path: Path, builder: Builder) -> Path:
    """A home with one release."""
    assert builder.build(SMALL, tmp_path / "home").code == 0
    return tmp_path / "home"


def _moments(timed: Ended, number: int) -> list[Moment]:
    """Moments of a build: the entry of each stage, the others spread evenly over the time that it took.

    They count from the entry of a stage, so that they meet it however busy the machine is.
    """
    entries: list[Moment] = [(stage, 0) for stage in timed.entered]
    begins = sorted((begin, stage) for stage, begin in timed.entered.items())
    length, others = begins[-1][0] * 1.02, number - len(entries)
    spread = random.Random(20220930)  # noqa: S311
    for place in range(others):
        at = length * (place + spread.random()) / others
        begin, stage = max(entered for entered in begins if entered[0] <= at or entered == begins[0])
        entries.append((stage, max(at - begin, 0.0001)))
    return entries


def test_a_build_killed_at_any_moment_leaves_the_last_release(
    home: Path, data: Path, builder: Builder
) -> None:
    timed = []
    for number in range(3):
        _changed(data, f"Timed {number}")
        timed.append(builder.build(data, home))
        assert timed[-1].code == 0
    kept = _bytes(home / "releases")
    killed: Counter[str] = Counter()
    moments = _moments(min(timed, key=lambda ended: ended.entered["publish"]), KILLS)
    for number, moment in enumerate(moments):
        _changed(data, f"Kill {number}")
        ended = builder.build(data, home, moment)
        found = _bytes(home / "releases")
        assert {name: found.get(name) for name in kept} == kept, f"killed {moment}"
        if set(found) != set(kept):
            assert builder.opens(home), f"killed {moment}"
            kept = found
        if ended.code < 0:
            killed[ended.stage] += 1
    _digest.cache_clear()
    assert _bytes(home / "releases") == kept
    assert killed.total() >= KILLS // 2
    assert set(killed) == {stage for stage, _ in moments}, killed
    assert builder.opens(home)
    _changed(data, "After all kills")
    assert builder.build(data, home).code == 0
    assert builder.opens(home)
    assert not list(home.glob("staging-*"))


def _command(home: Path, data: Path) -> list[str]:
    return [sys.executable, "-m", "policytrace", "--home", str(home), "build", "--no-dumps", str(data)]


@pytest.mark.parametrize("limit", [0, 4_096, 40_000, 150_000])
def test_a_file_that_cannot_grow_further_ends_the_build_with_a_message(
    home: Path, data: Path, builder: Builder, limit: int
) -> None:
    _changed(data, "Too large")
    before = _bytes(home / "releases")
    done = subprocess.run(
        _command(home, data),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert _bytes(home / "releases") == before
    assert builder.opens(home)
    assert builder.build(data, home).code == 0


ASKED = {
    "": "text/html",
    "id/transfer/tr-desk": "text/turtle",
    "id/measure/me-desk": "text/html",
    "sparql?query=SELECT%2A%7B%3Fs%20%3Fp%20%3Fo%7DORDER%20BY%20%3Fs%20%3Fp%20%3Fo": "text/csv",
}
"""Addresses below the root of the server, and what is asked for."""


@pytest.fixture
def served(home: Path) -> Iterator[str]:
    """The address of a server of the home."""
    server = Server(home, workers="1")
    server.wait()
    yield f"{server.address}/"
    server.stop()
    assert server.process.returncode == 0


def _answers(address: str) -> dict[str, bytes]:
    found = {}
    for path, form in ASKED.items():
        with urlopen(Request(address + path, headers={"Accept": form}), timeout=PATIENCE) as answer:
            found[path] = answer.read()
    return found


def test_a_server_answers_byte_for_byte_the_same_after_builds_that_failed(
    home: Path, data: Path, builder: Builder, served: str
) -> None:
    before = _answers(served)
    assert all(before.values())
    for number, moment in enumerate(_moments(builder.build(SMALL, home), 20)):
        _changed(data, f"Never seen {number}")
        assert builder.build(data, home, moment).code < 0
        assert _answers(served) == before
    path = data / "alpha" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("implemented", "implementd"), "utf-8")
    assert subprocess.run(_command(home, data), check=False, capture_output=True).returncode == 3
    assert _answers(served) == before
    _changed(data, "Seen at last")
    assert builder.build(data, home).code == 0
    eventually(lambda: b"Seen at last" in _answers(served)["id/measure/me-desk"], "the new release")


ON_A_FULL_DISK = textwrap.dedent("""
    import json, os, subprocess, sys
    from hashlib import sha256
    from pathlib import Path
    from policytrace.graph.building.build import build

    disk, data, changed, all_left = Path(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
    home, filler = disk / "home", disk / "filler"

    def built(source):
        pid = os.fork()
        if pid == 0:
            build([Path(source)], home)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def found():
        files = (path for path in sorted((home / "releases").rglob("*")) if path.is_file())
        return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}

    told = {}
    for left in all_left:
        assert built(data) == 0
        before = found()
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(file.tell() - left, 0))
        command = [sys.executable, "-m", "policytrace", "--home", str(home), "build", "--no-dumps", changed]
        full = subprocess.run(command, capture_output=True, text=True)
        same = found() == before
        filler.unlink()
        told[left] = {"code": full.returncode, "told": full.stderr, "same": same, "again": built(changed)}
    print(json.dumps(told))
""")


def test_a_full_disk_ends_the_build_with_a_message(tmp_path: Path, data: Path) -> None:
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no right to mount a small disk: the full disk was NOT tested")
    _changed(data, "No room")
    (tmp_path / "disk").mkdir()
    all_left = [0, 100_000, 1_000_000]
    done = subprocess.run(
        [
            *alone,
            sys.executable,
            "-c",
            ON_A_FULL_DISK,
            tmp_path / "disk",
            SMALL,
            data,
            json.dumps(all_left),
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [int(left) for left in told] == all_left
    for answer in told.values():
        assert answer["code"] == 1, answer
        assert "No space left on device" in answer["told"]
        assert "Traceback" not in answer["told"]
        assert answer["same"]
        assert answer["again"] == 0
