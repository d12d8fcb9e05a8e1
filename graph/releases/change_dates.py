"""When what is said of each thing last changed: an index that every release hands on to the next.

A thing changed when a row that describes or names it, or what follows from rows about it, came, went or reads
differently; that a row stands in another line of its table is no change. A thing carries the date of the
first release that says of it what is said now. A concept changed when a row that names it did.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import BASE, ID, SCHEME

INDEX = "changed.tsv"
"""The file in a release: path of the identifier, fingerprint, time of change; in the order of paths."""
_MODULUS = 2**64
_THING, _CONCEPT = f"<{ID}", f"<{SCHEME}"
_NAMED = (_THING, _CONCEPT)
THINGS, CONCEPTS = ID.removeprefix(BASE), SCHEME.removeprefix(BASE)
"""How the paths of things and of concepts begin."""


@dataclass(frozen=True, slots=True)
class ChangeDate:
    """A thing by the path of its identifier, and when what is said of it last changed (ISO 8601)."""

    path: str
    fingerprint: str
    at: str


@dataclass(slots=True)
class Mentions:
    """Collects, row by row, what is said of each thing.

    The fingerprint of a thing is the sum of the digests of its rows modulo 2^64, so that their order does not
    matter: an additive multiset hash (Bellare and Micciancio 1997, AdHash).
    """

    _sums: dict[str, int] = field(default_factory=dict)
    _described: set[str] = field(default_factory=set)

    def note(self, text: str, subjects: Iterable[str], objects: Iterable[str]) -> int:
        """Take note of what one row states; returns its fingerprint.

        Args:
            text: all of it, the same in every build where nothing changed.
            subjects: the terms it describes, as in N-Triples.
            objects: the terms it names.
        """
        digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        described = {term for term in subjects if term.startswith(_THING)}
        self._described |= described
        sums = self._sums
        for term in described.union(term for term in objects if term.startswith(_NAMED)):
            sums[term] = (sums.get(term, 0) + digest) % _MODULUS
        return digest

    def note_inferred(self, triples: Path) -> None:
        """Take note of what follows from the rows.

        Args:
            triples: N-Triples, each statement once.
        """
        sums, described = self._sums, self._described
        with triples.open(encoding="utf-8") as lines:
            for line in lines:
                subject, _, rest = line.partition(" ")
                about = [subject] if subject in described else []
                named = rest.partition(" ")[2][:-3]
                about += [named] if named in described else []
                if about:
                    digest = int.from_bytes(hashlib.blake2b(line.encode(), digest_size=8).digest(), "big")
                    for term in about:
                        sums[term] = (sums.get(term, 0) + digest) % _MODULUS

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """Path and fingerprint of each thing described and each concept named, in the order of paths."""
        start = len(BASE) + 1
        concepts = (term for term in self._sums if term.startswith(_CONCEPT))
        for term in sorted(self._described.union(concepts)):
            yield term[start:-1], f"{self._sums[term]:016x}"


def write(mentions: Mentions, folder: Path, parent: Path | None, now: str) -> None:
    """Write the index of a release into its folder.

    Args:
        mentions: what its rows say.
        folder: the release.
        parent: the release before, if there is one.
        now: when this release was made; the date of all that changed, or of which no earlier state is known.
    """
    earlier = _all(parent) if parent else iter(())
    before = next(earlier, None)
    with (folder / INDEX).open("w", encoding="utf-8", newline="\n") as file:
        for path, fingerprint in mentions.fingerprints():
            while before is not None and before.path < path:
                before = next(earlier, None)
            same = before is not None and (before.path, before.fingerprint) == (path, fingerprint)
            file.write(f"{path}\t{fingerprint}\t{before.at if same and before else now}\n")


def read(folder: Path, beginning: str = THINGS) -> Iterator[ChangeDate]:
    """The things, or the ``CONCEPTS``, of a release, in the order of paths; nothing where it has no index."""
    return (one for one in _all(folder) if one.path.startswith(beginning))


def _all(folder: Path) -> Iterator[ChangeDate]:
    return (ChangeDate(*fields) for fields in rows(folder / INDEX))


def rows(path: Path) -> Iterator[list[str]]:
    """The fields of each line of an index that releases hand on; nothing where there is none.

    Raises:
        DamagedError: it is not as it was written.
    """
    verified = Release(path.parent.name, path.parent).verified(path.name)
    if not verified.is_file():
        return
    with verified.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n").split("\t")
