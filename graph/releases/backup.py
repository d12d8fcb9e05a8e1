"""A home as one tar file, and the way back: what is restored is byte for byte what was saved."""

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from policytrace.graph.releases import checksums
from policytrace.graph.releases.release import (
    DamagedError,
    ReleaseError,
    Releases,
    checksum,
    flush,
    flush_folder,
)

FORMAT = 1
"""Version of the layout of a backup; this version restores it and those before."""
INDEX = "backup.json"
"""The last member: its format, and the size and SHA-256 digest of every other one."""
SAVED = ("conformance", "feed", "releases")
"""Folders of a home that are saved; what else lies there is made anew when it is needed."""
_WORK = ".restoring-"


def backup(releases: Releases, target: Path) -> int:
    """Save a home as a tar file, which appears when it is whole. Builds wait, or are refused, meanwhile.

    Returns:
        How many files were saved.

    Raises:
        DamagedError: a file is not as it was written, so there is nothing worth to be saved in its place.
        ReleaseError: there is nothing to save, a build is running, or there is such a file already.
        OSError: the disk is full or cannot be written.
    """
    if target.exists():
        raise ReleaseError(f"{target} is there already and is not overwritten; choose another name.")
    if next(releases.newest_first(), None) is None:
        raise ReleaseError(f"there is no release in {releases.home} to save. Run: policytrace build")
    with releases.build_lock(), releases.post_publication_lock():
        for place, found in damaged(releases):
            for one in found:
                raise DamagedError(place, one)
        made = target.with_name(f".{target.name}.part")
        try:
            with tarfile.open(made, "w") as tar:
                saved = {name: _add(tar, releases.home, name) for name in _names(releases.home)}
                index = made.with_name(f"{made.name}.{INDEX}")
                body = {"format": FORMAT, "software": version("policytrace"), "files": saved}
                index.write_text(json.dumps(body, indent=1) + "\n", "utf-8")
                tar.add(index, INDEX)
                index.unlink()
            flush_folder(made)
            made.rename(target)
            flush_folder(target.absolute().parent)
        finally:
            made.unlink(missing_ok=True)
    return len(saved)


def restore(saved: Path, home: Path) -> int:
    """Make a home of a backup, every file of which is compared with what was saved before any appears.

    Returns:
        How many files were restored.

    Raises:
        ReleaseError: the home has something in it already, or the file is no whole backup.
        OSError: the disk is full or cannot be written.
    """
    home.mkdir(parents=True, exist_ok=True)
    for path in home.iterdir():
        if not path.name.startswith(_WORK):
            raise ReleaseError(f"{home} is not empty, and nothing is overwritten. Name another --home.")
        shutil.rmtree(path)
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=home))
    try:
        try:
            with tarfile.open(saved) as tar:
                tar.extractall(work, filter="data")
            index = json.loads((work / INDEX).read_text("utf-8"))
            if index["format"] > FORMAT:
                raise ReleaseError(
                    f"{saved} was written by a later version, {index['software']}. Install it."
                )
            wrong = next(_differing(work, index["files"]), "")
        except (tarfile.TarError, EOFError, ValueError, LookupError, TypeError, FileNotFoundError) as error:
            if not saved.is_file():
                raise
            raise ReleaseError(f"{saved} is no whole backup: {error}") from None
        if wrong:
            raise ReleaseError(f"{saved} is damaged: {wrong} is not as it was saved. Nothing was restored.")
        flush(work)
        for name in SAVED:  # releases last: what is there before belongs to none yet
            if (work / name).exists():
                (work / name).rename(home / name)
        flush_folder(home)
        return len(index["files"])
    finally:
        shutil.rmtree(work, ignore_errors=True)


def damaged(releases: Releases) -> Iterator[tuple[str, list[checksums.Damage]]]:
    """Every release of a home, newest first, and every entry of the feed, with what is damaged of it."""
    for release in releases.newest_first():
        yield f"release {release.id}", release.damaged()
    for path in sorted((releases.home / "feed").glob("*")):
        yield f"feed/{path.name}", checksums.of_written(path)


def _names(home: Path) -> Iterator[str]:
    for folder in SAVED:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(home).as_posix()


def _add(tar: tarfile.TarFile, home: Path, name: str) -> tuple[int, str]:
    """Adds a file; its size and digest as they were read."""
    member = tar.gettarinfo(home / name, name)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    with (home / name).open("rb") as file:
        reader = _Reader(file)
        tar.addfile(member, reader)
    return member.size, reader.digest.hexdigest()


class _Reader:
    """Takes the digest of what is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _differing(folder: Path, files: dict[str, list[object]]) -> Iterator[str]:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    yield from sorted(found.symmetric_difference({*files, INDEX}))
    for name, (size, digest) in files.items():
        if (folder / name).stat().st_size != size or checksum(folder / name) != digest:
            yield name
