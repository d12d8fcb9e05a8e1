"""A home saved as one file, and brought back byte for byte: nothing is overwritten, nothing comes in part."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from damaged_files import WAYS, damage, files_of
from folders import SMALL

from policytrace.commands.after_publication import write_after_publication
from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Releases


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a release, all that is added to it, the feed and the tombstone of another release."""
    folder = tmp_path_factory.mktemp("saved") / "home"
    write_after_publication(folder, build([SMALL], folder).release)
    tombstone = '{"id": "x", "removed": "2026-01-01", "reason": "old"}\n'
    (folder / "releases" / "20260101T000000Z-0.tombstone.json").write_text(tombstone, "utf-8")
    return folder


@pytest.fixture(scope="module")
def saved(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    target = tmp_path_factory.mktemp("backup") / "home.tar"
    done = _run(home, "backup", str(target))
    assert done.returncode == 0, done.stderr
    return target


def _run(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "policytrace", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert "Traceback" not in done.stderr
    return done


def _held(home: Path) -> dict[str, bytes]:
    return {name: (home / name).read_bytes() for name in files_of(home) if not name.endswith(".lock")}


def test_what_is_restored_is_what_was_saved(home: Path, saved: Path, tmp_path: Path) -> None:
    done = _run(tmp_path / "new", "restore", str(saved))
    assert done.returncode == 0, done.stderr
    assert _held(tmp_path / "new") == _held(home)
    verified = _run(tmp_path / "new", "verify", "--all")
    assert verified.returncode == 0
    assert verified.stdout.count("as it was written") == 2
    assert Releases(tmp_path / "new").tombstone("20260101T000000Z-0") is not None
    assert _run(tmp_path / "new", "stats").returncode == 0


def test_nothing_is_overwritten(home: Path, saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    again = _run(home, "backup", str(saved))
    assert again.returncode == 5
    assert "not overwritten" in again.stderr
    assert saved.read_bytes() == before
    (tmp_path / "mine").write_text("mine", "utf-8")
    onto = _run(tmp_path, "restore", str(saved))
    assert onto.returncode == 5
    assert "is not empty" in onto.stderr
    assert files_of(tmp_path) == ["mine"]


@pytest.mark.parametrize("way", ["cut in half", "emptied", "flipped"])
def test_a_damaged_backup_restores_nothing(saved: Path, tmp_path: Path, way: str) -> None:
    copy = Path(shutil.copy(saved, tmp_path / "copy.tar"))
    damage(copy, way)
    done = _run(tmp_path / "home", "restore", str(copy))
    assert done.returncode == 5, done.stdout + done.stderr
    assert files_of(tmp_path / "home") == []


def test_a_backup_that_lacks_or_adds_a_file_restores_nothing(saved: Path, tmp_path: Path) -> None:
    for number, change in enumerate(("lacks", "adds")):
        copy = tmp_path / f"{change}.tar"
        with tarfile.open(saved) as old, tarfile.open(copy, "w") as new:
            for member in [*old][1 - number :]:
                new.addfile(member, old.extractfile(member))
            if number:
                new.add(__file__, "releases/more.py")
        done = _run(tmp_path / "home", "restore", str(copy))
        assert done.returncode == 5
        assert "is damaged" in done.stderr
        assert files_of(tmp_path / "home") == []


def test_a_damaged_home_is_not_saved(home: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    newest = Releases(copy).all()[-1]
    damage(newest.path / "dumps" / "policytrace.nt.gz", "flipped")
    done = _run(copy, "backup", str(tmp_path / "home.tar"))
    assert done.returncode == 7
    assert "dumps/policytrace.nt.gz" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize("way", WAYS)
def test_verify_names_what_is_damaged_and_dump_mends_what_was_added(
    home: Path, tmp_path: Path, way: str
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    newest = Releases(copy).all()[-1]
    for name in ("lookups/texts.bin", "answers.sqlite", "dumps/index.json"):
        damage(newest.path / name, way)
        told = _run(copy, "verify", newest.id)
        assert told.returncode == 7
        assert f"  {name} " in told.stdout
        assert "1 damaged file" in told.stdout
        assert _run(copy, "dump").returncode == 0
        assert _run(copy, "verify").returncode == 0
    damage(newest.path / "changed.tsv", way)
    assert '"file": "changed.tsv"' in _run(copy, "verify", "--json").stdout
    assert _run(copy, "verify", "20000101T000000Z-00000000").returncode == 5
    again = _run(copy, "build", "--no-dumps", str(SMALL))
    assert again.returncode == 0
    assert "Published" in again.stdout
    assert _run(copy, "verify").returncode == 0
