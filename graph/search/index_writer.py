"""Writes the index of a release: words, names and facets, in one SQLite file.

The inverted index of words is an FTS5 table without content (https://www.sqlite.org/fts5.html).
"""

import json
import sqlite3
from array import array
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.search import collect
from policytrace.graph.search.facet_schema import facet_schema
from policytrace.graph.search.folding import fold
from policytrace.graph.search.nuts_rollup import Places
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.terms import segment_of

FILE = "finding.sqlite"
"""The file of a release that holds the index."""

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE thing (
  id INTEGER PRIMARY KEY, iri TEXT NOT NULL, length INTEGER NOT NULL, listed INTEGER NOT NULL
);
CREATE TABLE name (folded TEXT NOT NULL, thing INTEGER NOT NULL, PRIMARY KEY (folded, thing)) WITHOUT ROWID;
CREATE TABLE facet (name TEXT PRIMARY KEY, codes TEXT NOT NULL, things BLOB NOT NULL, numbers BLOB NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(
  name, text, content='', columnsize=0, detail='column', tokenize='unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
"""


class _Names:
    """The names of one thing, folded; ``label`` is the first it is listed by."""

    __slots__ = ("every", "label")

    def __init__(self) -> None:
        self.every: dict[str, None] = {}
        self.label: str | None = None


def write(engine: Engine, path: Path) -> None:
    """Writes the index of what an engine holds to a file.

    Raises:
        QueryError: the engine could not list what it holds.
        OSError: the file cannot be written.
    """
    try:
        build_index(str(path), engine).close()
    except sqlite3.OperationalError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def build_index(place: str, engine: Engine) -> sqlite3.Connection:
    """The index of what an engine holds, in a new database: a file, or ``:memory:``."""
    named = _named(engine)
    numbers = {
        iri: number for number, iri in enumerate(sorted(named, key=lambda iri: _order(iri, named[iri])))
    }
    connection = sqlite3.connect(place, check_same_thread=False)
    connection.executescript(_SCHEMA)
    with connection:
        connection.executemany("INSERT INTO thing VALUES (?, ?, ?, ?)", _things(named, numbers))
        connection.executemany("INSERT INTO name VALUES (?, ?)", _spelt(named, numbers))
        connection.executemany(
            "INSERT INTO words (rowid, name, text) VALUES (?, ?, ?)", _words(engine, named, numbers)
        )
        connection.executemany("INSERT INTO facet VALUES (?, ?, ?, ?)", _facets(engine, numbers))
        connection.execute("INSERT INTO words (words) VALUES ('optimize')")
    return connection


def _named(engine: Engine) -> dict[str, _Names]:
    result: dict[str, _Names] = {}
    for iri, text, listed in collect.names(engine):
        names = result.setdefault(iri, _Names())
        folded = fold(text)
        names.every[folded] = None
        if listed and (names.label is None or folded < names.label):
            names.label = folded
    for iri, names in result.items():
        names.every[fold(iri.rpartition("/")[2])] = None
    return result


def _order(iri: str, names: _Names) -> tuple[int, str, str, str]:
    """Things by kind, those most looked for first, then by name: the order of lists."""
    kind = segment_of(iri)
    kinds = facet_schema().kinds
    return kinds.index(kind) if kind in kinds else len(kinds), kind, names.label or "\U0010ffff", iri


def _things(named: Mapping[str, _Names], numbers: Mapping[str, int]) -> Iterator[tuple[int, str, int, bool]]:
    for iri, number in numbers.items():
        label = named[iri].label
        length = len(label) if label is not None else max(map(len, named[iri].every))
        yield number, iri, length, label is not None


def _spelt(named: Mapping[str, _Names], numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted((name, numbers[iri]) for iri, names in named.items() for name in names.every)


def _words(
    engine: Engine, named: Mapping[str, _Names], numbers: Mapping[str, int]
) -> Iterator[tuple[int, str, str]]:
    texts: dict[str, list[str]] = {}
    for iri, text in collect.texts(engine):
        if iri in numbers:
            texts.setdefault(iri, []).append(fold(text))
    for iri, other in collect.related(engine):
        if iri in numbers:
            words = named[other].every if other in named else (fold(other.rpartition("/")[2]),)
            texts.setdefault(iri, []).extend(words)
    for iri, number in numbers.items():
        yield number, " ".join(named[iri].every), " ".join(texts.get(iri, ()))


def _facets(engine: Engine, numbers: Mapping[str, int]) -> Iterator[tuple[str, str, bytes, bytes]]:
    """Each facet as pairs of thing and code, by number, in the order of things; each pair once."""
    places = Places.of(engine)
    for facet in facet_schema().facets.values():
        codes: dict[str, int] = {}
        things, values = array("q"), array("q")
        coded = chain(collect.self_values(numbers, facet, places), collect.values(engine, facet, places))
        for iri, code in coded:
            if (number := numbers.get(iri)) is not None:
                things.append(number)
                values.append(codes.setdefault(code, len(codes)))
        pairs = np.unique(np.frombuffer(things, np.int64) << 32 | np.frombuffer(values, np.int64))
        yield facet.name, json.dumps(list(codes)), _packed(pairs >> 32), _packed(pairs & 0xFFFFFFFF)


def _packed(numbers: NDArray[np.int64]) -> bytes:
    return numbers.astype(np.int32).tobytes()
