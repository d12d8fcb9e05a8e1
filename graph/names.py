"""An index of names: finds things as people type them, tolerant of case, accents and parts of words.

It is an SQLite full-text index: in a file of the release, or in memory for a release without one.
"""

import re
import sqlite3
import threading
import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from policytrace.graph.store import Engine, Rows
from policytrace.graph.terms import ID, PREFIXES

NAMES = "names.sqlite"
"""The file of a release that holds the index."""
MOST = 500
"""Things one search finds at most."""

_LABELS = ("rdfs:label", "skos:prefLabel", "foaf:name")
"""What a thing is listed by; the rest is only searched."""
_OTHERS = ("skos:altLabel", "dct:title", "dct:alternative", "pt:nutsCode")
_QUERY = (
    "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("rdfs", "skos", "dct", "foaf", "pt"))
    + f"""SELECT ?thing ?name ?listed WHERE {{
  {{ ?thing {"|".join(_LABELS)} ?name BIND(true AS ?listed) }} UNION {{ ?thing {"|".join(_OTHERS)} ?name }}
  FILTER(STRSTARTS(STR(?thing), "{ID}"))
}}"""
)
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE name (
  id INTEGER PRIMARY KEY, iri TEXT NOT NULL, kind TEXT NOT NULL, folded TEXT NOT NULL, listed INTEGER NOT NULL
);
CREATE VIRTUAL TABLE part USING fts5(folded, content='name', content_rowid='id', tokenize='trigram');
"""
_INDEXES = """
INSERT INTO part (part) VALUES ('rebuild');
INSERT INTO part (part) VALUES ('optimize');
CREATE INDEX by_name ON name (folded);
CREATE INDEX by_kind ON name (kind, listed, folded);
"""
_SHORTEST = 3
"""Letters the full-text index needs; a shorter word is looked for where words begin."""
_LONGEST = 300
"""Letters of a text that are read."""
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
"""Letters that Unicode does not take apart into a plain letter and an accent."""


def fold(text: str) -> str:
    """A text in the form in which names are compared: small plain letters and digits, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", kept.replace("_", " ")))


class Names:
    """The names of all things of a release. Safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        weakref.finalize(self, connection.close)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> "Names":
        """The index in a file, which never changes."""
        address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        return cls(sqlite3.connect(address, uri=True, check_same_thread=False))

    @classmethod
    def of(cls, engine: Engine) -> "Names":
        """An index in memory of what an engine holds.

        Raises:
            QueryError: the engine could not list the names.
        """
        return cls(_filled(":memory:", engine))

    def search(self, text: str, kind: str = "", limit: int = MOST) -> list[str]:
        """Identifiers of things that have every word of a text in one name, the nearest first.

        A name that is the text comes first, then those that begin with it, those with a word that does, and
        the rest; short names before long ones. Without a word, the things of the kind by name.

        Args:
            text: words, beginnings or parts of words, a whole identifier or the end of one.
            kind: segment of identifiers to keep to, for example ``practice``; any when empty.
            limit: how many things at most.
        """
        if text.startswith(ID):
            kind, _, text = text[len(ID) :].partition("/")
        condition, values = _condition(fold(text[:_LONGEST]))
        if kind:
            condition, values = f"{condition} AND kind = :kind", values | {"kind": kind}
        statement = f"SELECT iri FROM name WHERE {condition} ORDER BY {_order(values)} LIMIT :rows"  # noqa: S608
        with self._lock:
            found = self._connection.execute(statement, values | {"rows": limit * 8}).fetchall()
        return list(dict.fromkeys(iri for (iri,) in found))[:limit]


def write(engine: Engine, path: Path) -> None:
    """Writes the index of what an engine holds to a file.

    Raises:
        QueryError: the engine could not list the names.
        OSError: the file cannot be written.
    """
    try:
        _filled(str(path), engine).close()
    except sqlite3.OperationalError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _filled(place: str, engine: Engine) -> sqlite3.Connection:
    answer = engine.query(_QUERY)
    assert isinstance(answer, Rows)
    connection = sqlite3.connect(place, check_same_thread=False)
    connection.executescript(_SCHEMA)
    with connection:
        rows = sorted(set(_entries(answer.rows)))
        connection.executemany("INSERT INTO name (iri, kind, folded, listed) VALUES (?, ?, ?, ?)", rows)
    connection.executescript(_INDEXES)
    return connection


def _entries(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[str, str, str, bool]]:
    for thing, name, listed in rows:
        if isinstance(thing, ox.NamedNode) and isinstance(name, ox.Literal):
            kind, _, slug = thing.value[len(ID) :].partition("/")
            yield thing.value, kind, fold(name.value), listed is not None
            yield thing.value, kind, slug.casefold().replace("-", " "), False


def _condition(text: str) -> tuple[str, dict[str, str]]:
    words = list(dict.fromkeys(text.split()))
    if not words:
        return "listed", {}
    values = {"text": text}
    if len(text) < _SHORTEST:
        return "folded >= :text AND folded < :after", values | {"after": text + "\U0010ffff"}
    conditions = []
    if parts := [f'"{word}"' for word in words if len(word) >= _SHORTEST]:
        conditions.append("id IN (SELECT rowid FROM part WHERE part MATCH :parts)")
        values["parts"] = " ".join(parts)
    for number, word in enumerate(word for word in words if len(word) < _SHORTEST):
        conditions.append(f"instr(' ' || folded, :word{number})")
        values[f"word{number}"] = f" {word}"
    return " AND ".join(conditions), values


def _order(values: dict[str, str]) -> str:
    if "text" not in values:
        return "folded, iri"
    return (
        "folded = :text DESC, instr(folded, :text) = 1 DESC, instr(' ' || folded, ' ' || :text) > 0 DESC, "
        "length(folded), folded, length(iri), iri"
    )
