"""Immutable releases on disk: found, opened, published by one rename, pruned with a tombstone."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from policytrace.graph.releases import checksums
from policytrace.graph.releases.checksums import SUMS, Damage, FileSum, Signature
from policytrace.graph.vocabulary.bounded_cache import BoundedCache
from policytrace.graph.vocabulary.terms import LICENCE

FORMAT = 2
"""Version of what a release is on disk; this version opens it and those before, and refuses those after.

Format 1 had no checksums but the digest of each file in its manifest, and none of what was added later.
"""
KEEP = 5
"""How many releases are kept unless told otherwise."""

STORE = "store"
MANIFEST = "manifest.json"
REPORT = "validation.ttl"
_TIME = "%Y%m%dT%H%M%SZ"
_STAGING = "staging-"
_ADDING = "adding-"
_TOMBSTONE = ".tombstone.json"
_compared = BoundedCache[Path, Signature](50_000)
"""Files that this process has compared with their checksums, as they were then."""
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


class DamagedError(ReleaseError):
    """A file is not as it was written.

    Args:
        place: what it is a file of.
        damage: which, and how it differs.
    """

    def __init__(self, place: str, damage: Damage) -> None:
        super().__init__(f"{place} is damaged: {damage}.")
        self.damage = damage


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
        """Counts, checksums, digests of the sources, versions of the rules, parent.

        Raises:
            DamagedError: it cannot be read.
            ReleaseError: a later version wrote it.
        """
        path = self.verified(MANIFEST)
        now = checksums.signature(path)
        if now is None:
            raise self._error(Damage(MANIFEST, "is missing"))
        try:
            loaded = _parsed(path, now)
            form = int(loaded.get("format", 1))
        except (OSError, ValueError, AttributeError):
            raise self._error(Damage(MANIFEST, "cannot be read")) from None
        if form > FORMAT:
            raise ReleaseError(
                f"release {self.id} has format {form}; this version of PolicyTrace opens releases up to "
                f"{FORMAT}. Install the version that built it, or build it anew."
            )
        if form > 1 and not self._sums:
            raise self._error(Damage(SUMS, "is missing"))
        return loaded

    @cached_property
    def licence(self) -> str | None:
        """The address of the licence of its data; None where their publisher has named none."""
        return licence_of(self.manifest)

    def open(self) -> ox.Store:
        """The store, opened read-only; any number of processes may have it open.

        Raises:
            DamagedError: the engine cannot read it.
            FileNotFoundError: the release was removed.
        """
        try:
            return ox.Store.read_only(str(self.store_path))
        except (OSError, RuntimeError) as error:
            if not self.path.is_dir():
                raise FileNotFoundError(f"release {self.id} was removed.") from None
            raise self._error(Damage(STORE, "cannot be opened")) from error

    @cached_property
    def _sums(self) -> Mapping[str, FileSum]:
        """The checksums of what was published; none of a release of format 1."""
        return self._read_sums(self.path / SUMS) or {}

    def _read_sums(self, path: Path) -> Mapping[str, FileSum] | None:
        try:
            return checksums.read(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise self._error(Damage(path.relative_to(self.path).as_posix(), str(error))) from None

    def _error(self, damage: Damage) -> DamagedError:
        return DamagedError(f"release {self.id}", damage)

    def expected(self, name: str) -> Mapping[str, FileSum]:
        """What a file, or each file of a folder, is to hold; nothing where a release of format 1 tells none.

        Args:
            name: a path within the release.

        Raises:
            DamagedError: its checksums are damaged or gone.
        """
        own = self._sums
        if name in own:
            return {name: own[name]}
        top, within = name.partition("/")[0], f"{name}/"
        found = {one: expected for one, expected in own.items() if one.startswith(within)}
        if found:
            return found
        added = self._read_sums(checksums.place(self.path / top))
        if added is None:
            if own and (self.path / name).exists():
                raise self._error(Damage(name, "has no checksums"))
            return {}
        if (self.path / top).is_dir():
            added = {f"{top}/{one}": expected for one, expected in added.items()}
        return {one: expected for one, expected in added.items() if one == name or one.startswith(within)}

    def verified(self, name: str) -> Path:
        """A file or folder, whose bytes were compared with its checksums since it was last written to.

        Args:
            name: a path within the release.

        Raises:
            DamagedError: a file is not as it was written.
        """
        for one, expected in self.expected(name).items():
            path = self.path / one
            now = checksums.signature(path)
            if now is None or _compared.get(path) != now:
                if problem := checksums.problem(path, expected):
                    raise self._error(Damage(one, problem))
                if now is not None:
                    _compared.put(path, now)
        return self.path / name

    def check(self) -> None:
        """Compare sizes, and a sample of the rest, with what was published; this takes milliseconds.

        Raises:
            DamagedError: something differs.
            ReleaseError: a later version wrote it.
        """
        if self.manifest and (found := next(checksums.damages(self.path, self._sums, sampled=True), None)):
            raise self._error(found)

    @property
    def is_whole(self) -> bool:
        """Whether every file that was published is as it was written."""
        if not self._sums:
            return not self.damaged()
        return not any(checksums.damages(self.path, self._sums))

    def damaged(self) -> list[Damage]:
        """All files that are not as they were written, or are gone: of those published and those added.

        Raises:
            ReleaseError: a later version wrote the release.
        """
        try:
            manifest, own = self.manifest, self._sums
        except DamagedError as error:
            return [error.damage]
        if own:
            found = list(checksums.damages(self.path, own, whole=True))
        else:
            found = list(_differing(self.path, manifest["files"]))
        for name in self.added():
            try:
                found += checksums.damages(self.path, self.expected(name), whole=True)
            except DamagedError as error:
                found.append(error.damage)
        return found

    def published(self) -> list[str]:
        """The files that were published, by path; none of a release of format 1."""
        return [*self._sums]

    def added(self) -> list[str]:
        """The files and folders that were added after publication, by name."""
        known = {name.partition("/")[0] for name in (*self._sums, *self.manifest["files"], MANIFEST, SUMS)}
        there = {path.name.removesuffix(f".{SUMS}") for path in self.path.iterdir()}
        return sorted(there - known)


def _differing(folder: Path, digests: Mapping[str, str]) -> Iterator[Damage]:
    for name, digest in digests.items():
        if not (folder / name).is_file():
            yield Damage(name, "is missing")
        elif checksum(folder / name) != digest:
            yield Damage(name, "is not as it was written")


def forget_compared() -> None:
    """From now on this process compares files with their checksums anew."""
    _compared.clear()


@lru_cache(maxsize=16)
def _parsed(path: Path, _: Signature) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def licence_of(manifest: Mapping[str, Any]) -> str | None:
    """The address of the licence that a manifest names, or None.

    Manifests written before there was such an entry say whether the data are the packaged ones.
    """
    found: str | None = manifest.get("licence", LICENCE if manifest.get("packaged") else None)
    return found


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

    def newest_first(self) -> Iterator[Release]:
        """Every folder of a release, newest first, whether or not it can be opened."""
        if self.folder.is_dir():
            for path in sorted(self.folder.iterdir(), reverse=True):
                if path.is_dir():
                    yield Release(path.name, path)

    def all(self) -> list[Release]:
        """Every release whose manifest can be read, oldest first."""
        return [release for release in self.newest_first() if not why_unusable(release)][::-1]

    def current(self) -> Release | None:
        """The newest release whose manifest can be read; None before the first build."""
        return next((release for release in self.newest_first() if not why_unusable(release)), None)

    def sound(self, release_id: str | None = None) -> tuple[Release, str]:
        """A release in which a sample shows no damage.

        Args:
            release_id: its id; the newest that is sound without one.

        Returns:
            The release, and a warning where newer ones are damaged, else an empty text.

        Raises:
            DamagedError: it is damaged, or all are.
            ReleaseError: there is none.
        """
        if release_id:
            release = self.open(release_id)
            release.check()
            return release, ""
        first: ReleaseError | None = None
        for release in self.newest_first():
            try:
                release.check()
            except ReleaseError as error:
                first = first or error
            else:
                return release, f"{first} Release {release.id} is asked instead." if first else ""
        raise first or ReleaseError(f"there is no release in {self.home} yet. Run: policytrace build")

    def first(self) -> str:
        """The day of the first release that was ever published here, as an ISO date; empty before it."""
        removed = [path.name for path in self.folder.glob(f"*{_TOMBSTONE}")]
        names = sorted([*removed, *(release.id for release in self.all())])
        return f"{names[0][:4]}-{names[0][4:6]}-{names[0][6:8]}" if names else ""

    def open(self, release_id: str) -> Release:
        """The release of this id.

        Raises:
            ReleaseError: there is none, or it was pruned; the message says when.
            DamagedError: its manifest cannot be read.
        """
        found = next((release for release in self.newest_first() if release.id == release_id), None)
        if found is not None and found.manifest:
            return found
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
        try:
            result: dict[str, str] = json.loads(path.read_text("utf-8"))
            return {"id": release_id, "removed": result["removed"], "reason": result["reason"]}
        except (OSError, ValueError, LookupError, TypeError):
            day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
            return {"id": release_id, "removed": day, "reason": "its tombstone cannot be read"}

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder to build in, removed afterwards; what killed builds left behind is removed first.

        Raises:
            ReleaseError: another build is running.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.build_lock():
            for left in self.home.glob(_STAGING + "*"):
                shutil.rmtree(left, ignore_errors=True)
            path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.home))
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def build_lock(self) -> Iterator[None]:
        """Keeps builds out, which publish and prune.

        Raises:
            ReleaseError: one is running.
        """
        with (self.home / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(
                    f"another build is running in {self.home}, or a backup; wait for it to end."
                ) from None
            yield

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
            if target.exists() and is_valid(target) and _is_sound(release, name):
                return False
            for left in self.home.glob(_ADDING + "*"):
                shutil.rmtree(left, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix=_ADDING, dir=self.home))
            try:
                make(work)
                made = work / name
                checksums.write(made)
                flush(made)
                if made.is_dir():
                    if target.exists():
                        target.rename(work / "former")
                else:
                    flush(checksums.place(made))
                    checksums.place(made).rename(checksums.place(target))
                made.rename(target)
                flush_folder(release.path)
            except OSError as error:
                if not release.path.is_dir():
                    raise ReleaseError(
                        f"release {release.id} was removed before its {name} could be added."
                    ) from error
                raise
            finally:
                shutil.rmtree(work, ignore_errors=True)
        return True

    def publish(self, staged: Path, release_id: str, sums: Mapping[str, FileSum] | None = None) -> Release:
        """Make a staged release visible, by one rename.

        Args:
            staged: the release.
            release_id: its name from now on.
            sums: the checksums of its files, where they are known.
        """
        checksums.write(staged, sums)
        flush(staged)
        target = self.folder / release_id
        staged.rename(target)
        flush_folder(self.folder)
        return Release(release_id, target)

    def prune(self, keep: int, today: str, needed: Callable[[Path], bool] = lambda path: False) -> list[str]:
        """Remove all but the newest ``keep`` releases, leaving a tombstone for each.

        Args:
            keep: how many stay.
            today: an ISO date.
            needed: whether the folder of a release has what others may lack; the newest that has is kept.

        Returns:
            The ids of those removed.
        """
        removed = []
        known = self.all()
        spared = next((release.id for release in reversed(known) if needed(release.path)), "")
        for release in known[: -max(keep, 1)]:
            if release.id == spared:
                continue
            tombstone = {
                "id": release.id,
                "removed": today,
                "reason": f"only the newest {keep} releases are kept",
            }
            path = self.folder / f"{release.id}{_TOMBSTONE}"
            _write_at_once(path, json.dumps(tombstone) + "\n")
            grave = self.home / f"{_STAGING}{release.id}"
            release.path.rename(grave)
            flush_folder(self.folder)
            shutil.rmtree(grave, ignore_errors=True)
            removed.append(release.id)
        return removed


def why_unusable(release: Release) -> str:
    """Why a release cannot be opened at all; empty where it can."""
    try:
        return "" if release.manifest else "its manifest is empty"
    except ReleaseError as error:
        return str(error)


def _is_sound(release: Release, name: str) -> bool:
    try:
        release.verified(name)
    except DamagedError:
        return False
    return True


def _write_at_once(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, whatever happens."""
    made = path.with_name(f".{path.name}")
    made.write_text(text, "utf-8")
    flush_folder(made)
    made.rename(path)
    flush_folder(path.parent)


def flush(made: Path) -> None:
    """Have a file, or a folder and all below it, written to the disk, before it is renamed."""
    for path in made.rglob("*"):
        flush_folder(path)
    flush_folder(made)


def flush_folder(path: Path) -> None:
    """Have a file, or what a folder lists, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
