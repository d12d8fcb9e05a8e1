"""The store of precomputed answers of a release: what takes seconds is computed once, after publication.

An answer is bytes under a key: what is asked, and the digest of the rule that answers it, such as the text of
a query. Where it is missing, or was given by another version of the rule, it is computed live, so that an
answer is the same with and without the store.
"""

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox

from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.releases.release import DamagedError, Release
from policytrace.graph.sparql import result_formats
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Result, Rows

FILE = "answers.sqlite"
"""The store in the folder of a release; it appears by one rename, some time after the release."""


def digest_of(*texts: str) -> str:
    """The SHA-256 digest of everything that decides an answer, in hexadecimal."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


class AnswerKey(NamedTuple):
    """Under what an answer is stored."""

    name: str
    """What is asked."""
    digest: str
    """Of the rule that answers it."""


def rows_key(query: str) -> AnswerKey:
    """The key of the rows of a query without parameters."""
    digest = digest_of(query)
    return AnswerKey(f"rows/{digest}", digest)


def read(release: Path, *keys: AnswerKey) -> list[bytes] | None:
    """The answers of some keys; None if one of them is missing.

    Args:
        release: the folder of a release.
        keys: what is asked.
    """
    found = []
    try:
        file = Release(release.name, release).verified(FILE)
        with closing(_open(file)) as connection:
            for key in keys:
                row = connection.execute("SELECT value FROM answer WHERE name = ? AND digest = ?", key)
                found.append(next(row)[0])
    except (sqlite3.DatabaseError, StopIteration, DamagedError):
        # Missing, damaged, of another version, or gone with its release.
        return None
    return found


def read_json(release: Path, key: AnswerKey) -> Any | None:
    """The answer that ``AnswerWriter.add_json`` stored; None if it is missing."""
    found = read(release, key)
    return None if found is None else json.loads(found[0])


def holds(path: Path, keys: Iterable[AnswerKey]) -> bool:
    """Whether a file is a store with answers of all these keys."""
    try:
        with closing(_open(path)) as connection:
            return set(keys) <= set(connection.execute("SELECT name, digest FROM answer"))
    except sqlite3.DatabaseError:
        return False


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)


@contextmanager
def new_store(folder: Path) -> Iterator["AnswerWriter"]:
    """A store in a folder that has none; each answer can be read as soon as it was added.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    path = folder / FILE
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # An answer of megabytes is read twice as fast in large pages.
            connection.execute("PRAGMA page_size = 65536")
            # Who publishes the file has it written to the disk; until then it may be lost.
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE answer (name TEXT PRIMARY KEY, digest TEXT, value BLOB)")
            yield AnswerWriter(connection)
    except sqlite3.OperationalError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


class AnswerWriter:
    """Adds answers to a new store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, key: AnswerKey, value: bytes) -> None:
        """Store an answer."""
        self._connection.execute("INSERT INTO answer VALUES (?, ?, ?)", (*key, value))

    def add_json(self, key: AnswerKey, value: Any) -> None:
        """Store an answer that JSON can hold, for ``read_json``."""
        self.add(key, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def add_rows(self, engine: Engine, query: str) -> None:
        """Store the rows of a query without parameters, for a ``PrecomputedEngine``."""
        rows = engine.query(query)
        assert isinstance(rows, Rows)
        self.add(rows_key(query), tsv(rows))


def tsv(rows: Rows) -> bytes:
    """Rows as SPARQL 1.1 TSV, which keeps every term as it is."""
    output = io.BytesIO()
    result_formats.write(rows, "tsv", output)
    return output.getvalue()


def rows_of(text: bytes) -> Rows:
    """The rows of SPARQL 1.1 TSV."""
    answer = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
    assert isinstance(answer, ox.QuerySolutions)
    return Rows.of(answer)


class PrecomputedEngine:
    """An engine over a release that reads the rows of some queries from the store; any other it asks.

    Args:
        engine: asked for what is not in the store.
        release: the folder of the release.
    """

    def __init__(self, engine: Engine, release: Path) -> None:
        self._engine, self._release = engine, release

    def query(
        self,
        text: str,
        *,
        bindings: Mapping[str, Term | None] | None = None,
        default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> Result:
        """See ``Engine.query``."""
        if not bindings and default_graphs is None and named_graphs is None:
            with gc_paused():
                found = read(self._release, rows_key(text))
                if found is not None:
                    return rows_of(found[0])
        return self._engine.query(
            text, bindings=bindings, default_graphs=default_graphs, named_graphs=named_graphs
        )
