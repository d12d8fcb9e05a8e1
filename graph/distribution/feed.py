"""The feed of changes: what each release changed, written once when it appears and never removed.

It lies in the home beside the releases and outlives them. Each entry is a folder, named as its release, that
appears by one rename: pages of members as N-Quads, a summary, and the versions the next is compared with.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from policytrace.graph.distribution import changes, dumps, record_digests
from policytrace.graph.distribution.change_summary import name_things
from policytrace.graph.distribution.changes import Changes, describe_move
from policytrace.graph.distribution.dumps import COMPRESSIONS, FORMS, ZSTD, graph_first
from policytrace.graph.distribution.record_digests import STANDING, VERSIONS, RecordChange
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases import checksums
from policytrace.graph.releases.external_sort import open_lines
from policytrace.graph.releases.release import DamagedError, Release, Releases, flush, flush_folder, time_of
from policytrace.graph.vocabulary.terms import BASE, RDF, XSD

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FEED = "feed"
LDES = BASE + "ldes"
"""The stream: Linked Data Event Streams, https://w3id.org/ldes/specification."""
AS = "https://www.w3.org/ns/activitystreams#"
STREAM = LDES + "#stream"
PAGE = 250
"""Members of a page."""
MOST_MOVES = 500
"""Transfers whose change an entry tells in words; of the first entry none."""

_SUMMARY = "summary.json"
_STAGING = "feeding-"
# Activity Streams 2.0 Vocabulary (W3C, 2017), 3.1.
_ACTIVITY = {"create": "Create", "update": "Update", "delete": "Delete"}

Member = tuple[RecordChange, list[bytes]]
"""A change and the statements that hold from now on, as lines of N-Triples without their end."""


@dataclass(frozen=True)
class FeedEntry:
    """What one release changed."""

    id: str
    path: Path

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Counts, the changes in words, and how single transfers moved."""
        result: dict[str, Any] = json.loads(self.verified(_SUMMARY).read_text("utf-8"))
        return result

    def verified(self, name: str) -> Path:
        """A file of this entry, compared with its checksums.

        Raises:
            DamagedError: it is not as it was written.
        """
        return Release(f"feed/{self.id}", self.path).verified(name)

    @property
    def pages(self) -> int:
        """How many pages of members there are."""
        return int(self.summary["pages"])

    @property
    def published(self) -> str:
        """When the release was made, as an xsd:dateTime."""
        return published(self.id)

    def page(self, number: int) -> bytes:
        """The members of a page, counted from 1, as N-Quads.

        Raises:
            FileNotFoundError: there is no such page.
            DamagedError: it is not as it was written.
        """
        return zstd.decompress(self.verified(_page(number)).read_bytes())


def entries(home: Path) -> list[FeedEntry]:
    """All entries of the feed, oldest first."""
    return [FeedEntry(path.name, path) for path in sorted((home / FEED).glob("*"))]


def published(release_id: str) -> str:
    """The time in the name of a release, which is later than that of the release before."""
    return time_of(release_id).isoformat().replace("+00:00", "Z")


def append(releases: Releases, release: Release) -> bool:
    """Add what a release changed since the last entry. False: it is older than that, or in the feed already.

    Raises:
        ReleaseError: its dumps are not written.
        OSError: the disk is full or cannot be written.
    """
    with releases.post_publication_lock():
        known = entries(releases.home)
        last = known[-1] if known else None
        if last is not None and release.id <= last.id:
            return False
        for left in releases.home.glob(_STAGING + "*"):
            shutil.rmtree(left, ignore_errors=True)
        (releases.home / FEED).mkdir(exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=_STAGING, dir=releases.home))
        try:
            _write(last, release, work)
            work.chmod(0o755)
            checksums.write(work)
            flush(work)
            work.rename(releases.home / FEED / release.id)
            flush_folder(releases.home / FEED)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return True


def _write(last: FeedEntry | None, release: Release, work: Path) -> None:
    after = record_digests.path_of(release)
    result = changes.compare(_versions(last, release) if last else None, after)
    members = _members(result, release)
    count = pages = 0
    while some := list(islice(members, PAGE)):
        pages += 1
        count += len(some)
        body = b"".join(_quads(release, pages, number, *one) for number, one in enumerate(some, start=1))
        (work / _page(pages)).write_bytes(zstd.compress(body))
    summary = {
        "release": release.id,
        "since": last.id if last else None,
        "pages": pages,
        "members": count,
        "words": result.phrases(),
        "transfers": _moves(result, release, last.id) if last else [],
    }
    (work / _SUMMARY).write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    shutil.copyfile(after, work / VERSIONS)


def _versions(last: FeedEntry, release: Release) -> Path:
    """The versions that an entry tells of: its own, or where they are damaged those of its release."""
    try:
        return last.verified(VERSIONS)
    except DamagedError:
        before = Release(last.id, release.path.with_name(last.id))
        if not before.path.is_dir():
            raise
        return record_digests.path_of(before)


def _members(differences: Changes, release: Release) -> Iterator[Member]:
    """The changes: what is gone first, then records in the order of the dump, then transfers."""
    yield from ((change, []) for change in differences.records if change.kind == "delete")
    wanted = {f"<{change.iri}>".encode(): change for change in differences.records if change.kind != "delete"}
    if wanted:
        for graph, lines in _records(release):
            if graph in wanted:
                yield wanted[graph], list(lines)
    for change in differences.transfers:
        yield change, _standing(change)


def _records(release: Release) -> Iterator[tuple[bytes, Iterable[bytes]]]:
    """The named graphs of a release with their statements, from its dump."""
    quads = next(form for form in FORMS if form.extension == "nq")
    with open_lines(release.verified(f"{dumps.DUMPS}/{quads.file}{COMPRESSIONS[ZSTD]}")) as file:
        for graph, lines in groupby(file, _graph):
            yield graph, (line[: -len(graph) - 4] for line in lines)


def _graph(line: bytes) -> bytes:
    return graph_first(line).partition(b" ")[0]


def _standing(change: RecordChange) -> list[bytes]:
    """How a transfer stands, as statements."""
    if change.after is None:
        return []
    return [
        f"<{change.iri}> <{name}> <{BASE}scheme/{scheme}/{code}>".encode()
        for name, scheme, code in zip(
            STANDING, ("stage", "outcome", "claim-status", "strength"), change.after.standing, strict=True
        )
        if code
    ]


def _quads(release: Release, page: int, number: int, change: RecordChange, lines: list[bytes]) -> bytes:
    """A member: the activity, and what holds from now on in a graph of the same name."""
    name = f"<{LDES}/{release.id}/{page}#{number}>"
    activity = (
        f"{name} <{RDF}type> <{AS}{_ACTIVITY[change.kind]}> .\n"
        f"{name} <{AS}object> <{change.iri}> .\n"
        f'{name} <{AS}published> "{published(release.id)}"^^<{XSD}dateTime> .\n'
    )
    end = f" {name} .\n".encode()
    return activity.encode() + b"".join(line + end for line in lines)


def _moves(differences: Changes, release: Release, since: str) -> list[dict[str, str]]:
    """How single transfers moved, in words; one that is gone is named if the release before is still kept."""
    reader = Reader.open(release.store_path)
    before = Release(since, release.path.with_name(since))
    old = Reader.open(before.store_path) if before.store_path.is_dir() else reader
    return [
        {
            "transfer": one.thing,
            "name": one.name,
            "change": one.change.kind,
            "told": describe_move(one.change),
        }
        for one in name_things(differences.transfers[:MOST_MOVES], old, reader)
    ]


def _page(number: int) -> str:
    return f"{number}.nq.zst"
