"""The index of a release: things found by what people type, narrowed by facets."""

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.search.facet_schema import KIND, facet_schema
from policytrace.graph.search.facets import FacetCount, Facets, Mask, Numbers, Selection
from policytrace.graph.search.folding import fold
from policytrace.graph.search.index_writer import build_index
from policytrace.graph.search.spelling import Spelling
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.terms import ID

MOST = 500
"""Things a search by name alone finds at most."""
LONGEST = 300
"""Letters of a text that are read."""
WORDS = 12
"""Words of a text that are read."""

EXACT, BEGINS, NAME_WORDS, NAME_PARTS, IN_TEXTS = range(5)
"""How near a thing is to what was typed: its name, the beginning of it, beginnings of words of its names,
parts of words of its names; or texts that tell of it and things beside it too."""
_NEARNESSES = IN_TEXTS + 1
_LOOKED_FOR = 10
"""Kinds at the head of the declared list that come before all others of the same nearness."""

_LAST = 2
"""Weight of kinds that are not declared: what tables are made of, such as memberships."""


@dataclass(frozen=True)
class ThingList:
    """A list of things, in its order, and how it could be narrowed further.

    Attributes:
        numbers: the things, as the index numbers them.
        counts: for each facet, its codes with the number of things, the most frequent first.
        corrected: misspelt words and what was looked for in their place.
    """

    numbers: Numbers
    counts: dict[str, list[FacetCount]]
    corrected: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)


class Index:
    """The index of a release. Safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        weakref.finalize(self, connection.close)
        self._lock = threading.Lock()
        ((self.size,),) = self._rows("SELECT count(*) FROM thing")

    @classmethod
    def open(cls, path: Path) -> "Index":
        """The index in a file, which never changes."""
        address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        return cls(sqlite3.connect(address, uri=True, check_same_thread=False))

    @classmethod
    def of(cls, engine: Engine) -> "Index":
        """An index in memory of what an engine holds.

        Raises:
            QueryError: the engine could not list the names.
        """
        return cls(build_index(":memory:", engine))

    def find(self, text: str = "", chosen: Selection | None = None) -> ThingList:
        """Things that have every word of a text in their names, texts or the names of things beside them.

        Nearest first: a name that is the text, names that begin with it, names with its words, the rest; the
        kinds most looked for and short names before others. Without a word, all listed things by kind and
        name. When nothing has all words, misspelt ones are replaced.

        Args:
            text: words, beginnings or parts of words, a whole identifier or the end of one.
            chosen: codes of facets to keep to.

        Raises:
            UnknownCodeError: no thing has a code that was chosen.
        """
        words = _words(text)
        if not words:
            return self._list(self._listed, chosen or {}, self._all)
        nearness, corrected = self._nearness_of(words, texts=True)
        order = self._ordered(nearness)
        return self._list(nearness < _NEARNESSES, chosen or {}, order, corrected)

    def among(self, iris: Iterable[str], chosen: Selection | None = None) -> ThingList:
        """Some things, in the order given, narrowed to what was chosen; those the index has not are left out.

        Raises:
            UnknownCodeError: no thing has a code that was chosen.
        """
        known = self._numbers
        order = np.array([known[iri] for iri in dict.fromkeys(iris) if iri in known], np.int32)
        mask = np.zeros(self.size, np.bool_)
        mask[order] = True
        return self._list(mask, chosen or {}, order)

    def rows(
        self,
        about: Sequence[Iterable[str]],
        own: Mapping[str, Sequence[Sequence[str]]] | None = None,
        known: Mapping[str, Sequence[str]] | None = None,
    ) -> Facets:
        """The facets of the rows of a list.

        Args:
            about: the things that each row is about; those the index has not tell nothing.
            own: for some facets the codes of each row, whatever its things have.
            known: for some of these codes that can be chosen though no row has them.
        """
        numbers = self._numbers
        rows = [[numbers[iri] for iri in some if iri in numbers] for some in about]
        return self.facets.over(rows, own, known)

    def search(self, text: str, kind: str = "", limit: int = MOST) -> list[str]:
        """Identifiers of things that have every word of a text in their names, the nearest first.

        Args:
            text: as for ``find``; without a word, the things of the kind by name.
            kind: segment of identifiers to keep to, for example ``practice``; any when empty.
            limit: how many things at most.
        """
        if text.startswith(ID):
            kind, _, text = text[len(ID) :].partition("/")
        words = _words(text)
        mask, order = self._listed, self._all
        if words:
            nearness, _ = self._nearness_of(words, texts=False)
            mask, order = nearness < _NEARNESSES, self._ordered(nearness)
        if kind:
            mask = mask & self._of_kind(kind)
        return self.iris(order[mask[order]][:limit])

    def iris(self, numbers: Sequence[int] | Numbers) -> list[str]:
        """The identifiers of things of this index."""
        rows = self._rows(
            f"SELECT id, iri FROM thing WHERE id IN ({','.join(str(int(n)) for n in numbers)})"  # noqa: S608
        )
        names = dict(rows)
        return [names[int(number)] for number in numbers]

    def has(self, kind: str) -> bool:
        """Whether things of a kind are in the index."""
        return kind in self.facets.values[KIND].codes

    @cached_property
    def facets(self) -> Facets:
        """The facets of all things."""
        with self._lock:
            return Facets.read(self._connection, self.size)

    @cached_property
    def spelling(self) -> Spelling:
        """The words of all things."""
        return Spelling(dict(self._rows("SELECT term, doc FROM vocabulary")))

    def _list(
        self, mask: Mask, chosen: Selection, order: Numbers, corrected: dict[str, list[str]] | None = None
    ) -> ThingList:
        narrowed, counts = self.facets.narrow(mask, chosen)
        return ThingList(order[narrowed[order]], counts, corrected or {})

    def _nearness_of(self, words: list[str], *, texts: bool) -> tuple[NDArray[np.int8], dict[str, list[str]]]:
        """How near each thing is to some words, and what was looked for instead of misspelt ones."""
        parts = {word: [word, *self.spelling.with_part(word)] for word in words}
        nearness = self._measure(words, parts, texts=texts)
        if nearness.min(initial=_NEARNESSES) < _NEARNESSES:
            return nearness, {}
        unknown = [word for word in words if not self.spelling.holds(word)] or words
        corrections = {word: result for word in unknown if (result := self.spelling.corrections(word))}
        nearness = self._measure([], parts | corrections, texts=texts) if corrections else nearness
        return nearness, corrections if nearness.min(initial=_NEARNESSES) < _NEARNESSES else {}

    def _measure(self, words: list[str], parts: dict[str, list[str]], *, texts: bool) -> NDArray[np.int8]:
        nearness = np.full(self.size, _NEARNESSES, np.int8)
        alternatives = " AND ".join(_any(words) for words in parts.values())
        if texts:
            nearness[self._matching(alternatives)] = IN_TEXTS
        nearness[self._matching(f"name : ({alternatives})")] = NAME_PARTS
        if words:
            beginnings = " AND ".join(_any([word]) for word in words)
            nearness[self._matching(f"name : ({beginnings})")] = NAME_WORDS
            text = " ".join(words)
            nearness[self._called("folded >= :text AND folded < :text || char(1114111)", text)] = BEGINS
            nearness[self._called("folded = :text", text)] = EXACT
        return nearness

    def _matching(self, expression: str) -> Numbers:
        rows = self._rows("SELECT rowid FROM words WHERE words MATCH :words", words=expression)
        return np.array([number for (number,) in rows], np.int32)

    def _called(self, condition: str, text: str) -> Numbers:
        rows = self._rows(f"SELECT thing FROM name WHERE {condition}", text=text)  # noqa: S608
        return np.array([number for (number,) in rows], np.int32)

    def _ordered(self, nearness: NDArray[np.int8]) -> Numbers:
        result = np.flatnonzero(nearness < _NEARNESSES).astype(np.int32)
        weight = self._weights[result]
        keys = (result, self._lengths[result], weight, nearness[result], weight == _LAST)
        return result[np.lexsort(keys)]

    @cached_property
    def _all(self) -> Numbers:
        return np.arange(self.size, dtype=np.int32)

    @cached_property
    def _lengths(self) -> Numbers:
        return np.array([n for (n,) in self._rows("SELECT length FROM thing ORDER BY id")], np.int32)

    @cached_property
    def _listed(self) -> Mask:
        return np.array([bool(n) for (n,) in self._rows("SELECT listed FROM thing ORDER BY id")], np.bool_)

    @cached_property
    def _weights(self) -> NDArray[np.int8]:
        """How late the kind of each thing comes: those looked for, others, undeclared ones."""
        weights = np.full(self.size, _LAST, np.int8)
        for weight, kinds in ((1, facet_schema().kinds), (0, facet_schema().kinds[:_LOOKED_FOR])):
            for kind in kinds:
                weights[self._of_kind(kind)] = weight
        return weights

    def _of_kind(self, kind: str) -> Mask:
        kinds = self.facets.values[KIND]
        return kinds.having([kind]) if self.has(kind) else np.zeros(self.size, np.bool_)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return dict(self._rows("SELECT iri, id FROM thing"))

    def _rows(self, statement: str, **values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(fold(text[:LONGEST]).split()))[:WORDS]


def _any(words: Iterable[str]) -> str:
    return "(" + " OR ".join(f'"{word}"*' for word in words) + ")"
