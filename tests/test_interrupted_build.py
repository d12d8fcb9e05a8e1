"""A build that is killed, or finds the disk full, leaves the last release byte for byte and the way free."""

import json
import mmap
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from policytrace.graph.build import build
from policytrace.graph.release import Releases

SMALL = Path(__file__).parent / "small"
KILLS = 240
STAGES = ("", "read", "load", "infer", "store", "strength", "hops", "validate", "publish")


def _bytes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


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
def home(tmp_path: Path) -> Path:
    """A home with one release."""
    _child(lambda: _done(lambda: build([SMALL], tmp_path / "home")))
    return tmp_path / "home"


def _done(work: Callable[[], object]) -> None:
    work()


def _child(work: Callable[[], None], delay: float | None = None) -> int:
    """Run ``work`` in a fork, killed after ``delay`` seconds; the exit code, negative for a signal.

    The store starts threads, which a fork would not take along: only forks may open one.
    """
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _openable(home: Path) -> None:
    release = Releases(home).current()
    assert release is not None
    assert release.damaged() == []
    assert len(release.open()) > 500


def test_a_build_killed_at_any_moment_leaves_the_last_release(home: Path, data: Path) -> None:
    stage = mmap.mmap(-1, 1)

    def building() -> None:
        stage[0] = 0
        build([data], home, lambda name, done, total: stage.__setitem__(0, STAGES.index(name)), keep=100)

    times = []
    for number in range(3):
        _changed(data, f"Timed {number}")
        start = time.perf_counter()
        assert _child(building) == 0
        times.append(time.perf_counter() - start)
    length = max(times)
    kept = _bytes(home / "releases")
    random.seed(20220930)
    killed: Counter[str] = Counter()
    finished = 0
    for number in range(KILLS):
        _changed(data, f"Kill {number}")
        delay = length * 1.02 * (number + random.random()) / KILLS  # noqa: S311
        code = _child(building, delay)
        found = _bytes(home / "releases")
        assert {name: found.get(name) for name in kept} == kept, f"killed after {delay:.3f} s"
        if set(found) != set(kept):
            finished += 1
            assert _child(lambda: _openable(home)) == 0, f"killed after {delay:.3f} s"
            kept = found
        if code == -signal.SIGKILL:
            killed[STAGES[stage[0]]] += 1
    assert killed.total() >= KILLS * 3 // 4
    assert {"load", "infer", "store", "hops", "validate", "publish"} <= set(killed), killed
    assert finished < KILLS // 4
    assert _child(lambda: _openable(home)) == 0
    _changed(data, "After all kills")
    assert _child(building) == 0
    assert _child(lambda: _openable(home)) == 0
    assert not list(home.glob("staging-*"))


def _command(home: Path, data: Path) -> list[str]:
    return [sys.executable, "-m", "policytrace", "--home", str(home), "build", str(data)]


@pytest.mark.parametrize("limit", [0, 4_096, 40_000, 150_000])
def test_a_file_that_cannot_grow_further_ends_the_build_with_a_message(
    home: Path, data: Path, limit: int
) -> None:
    _changed(data, "Too large")
    before = _bytes(home / "releases")
    done = subprocess.run(
        _command(home, data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert _bytes(home / "releases") == before
    assert _child(lambda: _openable(home)) == 0
    assert subprocess.run(_command(home, data), check=False, capture_output=True).returncode == 0


ON_A_FULL_DISK = textwrap.dedent("""
    import json, subprocess, sys
    from hashlib import sha256
    from pathlib import Path

    disk, data, changed, left = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
    home = disk / "home"

    def built(source):
        command = [sys.executable, "-m", "policytrace", "--home", str(home), "build", source]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def found():
        files = (path for path in sorted((home / "releases").rglob("*")) if path.is_file())
        return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}

    assert built(data).returncode == 0
    before = found()
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(file.tell() - left, 0))
    full = built(changed)
    same = found() == before
    (disk / "filler").unlink()
    again = built(changed)
    print(json.dumps({"code": full.returncode, "told": full.stderr, "same": same, "again": again.returncode}))
""")


@pytest.mark.parametrize("left", [0, 100_000, 1_000_000])
def test_a_full_disk_ends_the_build_with_a_message(tmp_path: Path, data: Path, left: int) -> None:
    alone = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no right to mount a small disk: the full disk was NOT tested")
    _changed(data, "No room")
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        [
            *alone,
            sys.executable,
            "-c",
            ON_A_FULL_DISK,
            tmp_path / "disk",
            SMALL,
            data,
            str(left),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["code"] == 1, answer
    assert "No space left on device" in answer["told"]
    assert "Traceback" not in answer["told"]
    assert answer["same"]
    assert answer["again"] == 0
