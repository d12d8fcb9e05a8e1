"""Immutable releases on disk: found, opened, published by one rename, pruned with a tombstone."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph as ox

KEEP = 5
"""How many releases are kept unless told otherwise."""

STORE = "store"
MANIFEST = "manifest.json"
REPORT = "validation.ttl"
_TIME = "%Y%m%dT%H%M%SZ"
_STAGING = "staging-"
_ADDING = "adding-"
_TOMBSTONE = ".tombstone.json"
_NAME = re.compile(r"[\w-]{1,100}", re.ASCII)
"""What the name of a release can be; whoever asks for another asks for none."""


def release_id(moment: datetime, content: str) -> str:
    """The name of a release: date, time and the beginning of the digest of its content."""
    return f"{moment:{_TIME}}-{content[:8]}"


def time_of(release_id: str) -> datetime:
    """The time in the name of a release, which is later than that of the release before.

    Raises:
        ValueError: it is the name of no release.
    """
    return datetime.strptime(release_id.partition("-")[0], _TIME).replace(tzinfo=UTC)


class ReleaseError(Exception):
    """A release cannot be found, read or published; the message says which and what to do."""


@dataclass(frozen=True)
class Release:
    """One complete build. Nothing in its folder changes after it was published.

    What is made of it afterwards, such as dumps, is added by ``Releases.add``.
    """

    id: str
    path: Path

    @cached_property
    def store_path(self) -> Path:
        """The folder of the Oxigraph store."""
        return self.path / STORE

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Counts, checksums, digests of the sources, versions of the rules, parent."""
        loaded: dict[str, Any] = json.loads((self.path / MANIFEST).read_text("utf-8"))
        return loaded

    def open(self) -> ox.Store:
        """The store, opened read-only; any number of processes may have it open."""
        return ox.Store.read_only(str(self.store_path))

    def damaged(self) -> list[str]:
        """Files whose checksum differs from the manifest's, or which are gone."""
        return [
            name
            for name, digest in self.manifest["files"].items()
            if not (self.path / name).is_file() or checksum(self.path / name) != digest
        ]


def default_home() -> Path:
    """Where releases lie unless told otherwise."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "policytrace"


def checksum(path: Path) -> str:
    """The SHA-256 digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Releases:
    """The releases under one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "releases"

    def all(self) -> list[Release]:
        """Every release, oldest first."""
        if not self.folder.is_dir():
            return []
        return [
            Release(path.name, path)
            for path in sorted(self.folder.iterdir())
            if path.is_dir() and (path / MANIFEST).is_file()
        ]

    def current(self) -> Release | None:
        """The newest release, or None before the first build."""
        result = self.all()
        return result[-1] if result else None

    def first(self) -> str:
        """The day of the first release that was ever published here, as an ISO date; empty before it."""
        removed = [path.name for path in self.folder.glob(f"*{_TOMBSTONE}")]
        names = sorted([*removed, *(release.id for release in self.all())])
        return f"{names[0][:4]}-{names[0][4:6]}-{names[0][6:8]}" if names else ""

    def open(self, release_id: str) -> Release:
        """The release of this id.

        Raises:
            ReleaseError: there is none, or it was pruned; the message says when.
        """
        for release in self.all():
            if release.id == release_id:
                return release
        tombstone = self.tombstone(release_id)
        if tombstone is not None:
            raise ReleaseError(
                f"release {release_id} was removed on {tombstone['removed']}: {tombstone['reason']}"
            )
        known = ", ".join(release.id for release in self.all()) or "none yet"
        raise ReleaseError(f"there is no release {release_id!r}. Releases: {known}.")

    def tombstone(self, release_id: str) -> dict[str, str] | None:
        """What remains of a pruned release: when and why it was removed."""
        path = self.folder / f"{release_id}{_TOMBSTONE}"
        if not _NAME.fullmatch(release_id) or not path.is_file():
            return None
        result: dict[str, str] = json.loads(path.read_text("utf-8"))
        return result

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder to build in, removed afterwards; what killed builds left behind is removed first.

        Raises:
            ReleaseError: another build is running.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.home / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(f"another build is running in {self.home}; wait for it to end.") from None
            for left in self.home.glob(_STAGING + "*"):
                shutil.rmtree(left, ignore_errors=True)
            path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.home))
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def post_publication_lock(self) -> Iterator[None]:
        """Waits until no other process writes what follows publication: dumps, and the feed of changes."""
        with (self.home / "beside.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def add(
        self,
        release: Release,
        name: str,
        make: Callable[[Path], None],
        is_valid: Callable[[Path], bool] = Path.exists,
    ) -> bool:
        """Add a file or folder that is made of a published release; it appears by one rename.

        Args:
            release: to which it is added.
            name: of the file or folder.
            make: makes it in an empty folder, which it may use for other files too.
            is_valid: whether what is there already will do; a file that does not is replaced.

        Returns:
            False: it was there already.

        Raises:
            ReleaseError: the release was pruned meanwhile.
            OSError: the disk is full or cannot be written.
        """
        with self.post_publication_lock():
            target = release.path / name
            if is_valid(target):
                return False
            for left in self.home.glob(_ADDING + "*"):
                shutil.rmtree(left, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix=_ADDING, dir=self.home))
            try:
                make(work)
                flush(work / name)
                (work / name).rename(target)
            except OSError as error:
                if not release.path.is_dir():
                    raise ReleaseError(
                        f"release {release.id} was removed before its {name} could be added."
                    ) from error
                raise
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return True

    def publish(self, staged: Path, release_id: str) -> Release:
        """Make a staged release visible, by one rename."""
        flush(staged)
        target = self.folder / release_id
        staged.rename(target)
        _flush(self.folder)
        return Release(release_id, target)

    def prune(self, keep: int, today: str) -> list[str]:
        """Remove all but the newest ``keep`` releases, leaving a tombstone for each; returns their ids."""
        removed = []
        for release in self.all()[: -max(keep, 1)]:
            tombstone = {
                "id": release.id,
                "removed": today,
                "reason": f"only the newest {keep} releases are kept",
            }
            (self.folder / f"{release.id}{_TOMBSTONE}").write_text(json.dumps(tombstone) + "\n", "utf-8")
            grave = self.home / f"{_STAGING}{release.id}"
            release.path.rename(grave)
            shutil.rmtree(grave, ignore_errors=True)
            removed.append(release.id)
        return removed


def flush(made: Path) -> None:
    """Have a file, or a folder and its files, written to the disk, before it is renamed."""
    for path in made.rglob("*"):
        if path.is_file():
            _flush(path)
    _flush(made)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
