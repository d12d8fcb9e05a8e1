"""What may change from one release to the next: the content of each record, the standing of each transfer.

A release has them in one file of sorted lines beside its dumps, so that any two releases are compared
without opening their stores.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from policytrace.graph.distribution import dumps
from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.vocabulary.terms import GRAPH, PT, SCHEME, is_record

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

VERSIONS = "versions.tsv.zst"
STANDING = (PT + "stage", PT + "outcome", PT + "claimStatus", PT + "strength")
"""The properties that say how a transfer stands, in the order of the fields of ``Standing``."""

_SCHEMES = (SCHEME + "stage/", SCHEME + "outcome/", SCHEME + "claim-status/", SCHEME + "strength/")
_TRANSFERS = f"""SELECT ?transfer ?stage ?outcome ?claim ?strength WHERE {{
  ?transfer a <{PT}LearningTransfer> .
  OPTIONAL {{ ?transfer <{STANDING[0]}> ?stage }}
  OPTIONAL {{ ?transfer <{STANDING[1]}> ?outcome }}
  OPTIONAL {{ ?transfer <{STANDING[2]}> ?claim }}
  OPTIONAL {{ ?transfer <{STANDING[3]}> ?strength }}
}}"""


class Standing(NamedTuple):
    """How far a transfer got, what became of it, what its claim is worth and how well it is evidenced.

    All are codes or ``""``.
    """

    stage: str
    outcome: str
    claim_status: str
    strength: str


class Version(NamedTuple):
    """What may change, and what it is at a time: a digest for a record, a standing for a transfer."""

    iri: str
    value: str

    @property
    def is_record(self) -> bool:
        """Whether it is a record; else it is the standing of a transfer."""
        return self.iri.startswith(GRAPH)

    @property
    def standing(self) -> Standing:
        """The standing of a transfer."""
        return Standing(*self.value.split(" ", 3))


class Collector:
    """Takes the statements of a release, those of one record after the other, and notes their digests."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []
        self._graph = b""
        self._digest = hashlib.blake2b(digest_size=16)

    def line(self, graph: bytes, statement: bytes) -> None:
        """Takes a statement, as a line of N-Triples, of the graph written so."""
        if graph != self._graph:
            self._end()
            self._graph = graph
        self._digest.update(statement)

    def _end(self) -> None:
        name = self._graph[1:-1].decode()
        if is_record(name):
            self._found.append((name, self._digest.hexdigest()))
        self._digest = hashlib.blake2b(digest_size=16)

    def write(self, store: ox.Store, folder: Path) -> None:
        """Write what was taken, with the standing of the transfers in a store."""
        self._end()
        self._graph = b""
        result = sorted([*self._found, *_standings(store)])
        with zstd.open(folder / VERSIONS, "wb") as file:
            file.writelines(f"{iri}\t{value}\n".encode() for iri, value in result)


def _standings(store: ox.Store) -> Iterator[tuple[str, str]]:
    answer = store.query(_TRANSFERS)
    assert isinstance(answer, ox.QuerySolutions)
    for transfer, *values in answer:
        assert isinstance(transfer, ox.NamedNode)
        codes = (
            value.value.removeprefix(scheme) if isinstance(value, ox.NamedNode) else ""
            for value, scheme in zip(values, _SCHEMES, strict=True)
        )
        yield transfer.value, " ".join(codes)


def path_of(release: Release) -> Path:
    """Where the versions of a release stand.

    Raises:
        ReleaseError: its dumps are not written, or damaged.
    """
    path = release.verified(f"{dumps.DUMPS}/{VERSIONS}")
    if not path.is_file():
        raise ReleaseError(
            f"the dumps of release {release.id} are not written. Write them: policytrace dump {release.id}"
        )
    return path


def read(path: Path | None) -> Iterator[Version]:
    """The versions of a file in the order of their IRIs; none without a file."""
    if path is None:
        return
    with zstd.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            iri, _, value = line.rstrip("\n").partition("\t")
            yield Version(iri, value)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One thing that is not what it was; ``before`` and ``after`` are None where it was not there."""

    iri: str
    before: Version | None
    after: Version | None

    @property
    def kind(self) -> str:
        """``create``, ``update`` or ``delete``."""
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"


def changes(before: Iterable[Version], after: Iterable[Version]) -> Iterator[RecordChange]:
    """What differs between two lists of versions in the order of IRIs, in that order."""
    for old, new in merge_join(before, after):
        if old is None or new is None or old.value != new.value:
            one = old or new
            assert one is not None
            yield RecordChange(one.iri, old, new)


def merge_join(
    before: Iterable[Version], after: Iterable[Version]
) -> Iterator[tuple[Version | None, Version | None]]:
    """Full outer merge join: pairs of what has the same IRI in two lists in the order of IRIs."""
    olds, news = iter(before), iter(after)
    old, new = next(olds, None), next(news, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old.iri < new.iri):
            yield old, None
            old = next(olds, None)
        elif old is None or new.iri < old.iri:
            yield None, new
            new = next(news, None)
        else:
            yield old, new
            old, new = next(olds, None), next(news, None)
