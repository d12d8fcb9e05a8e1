"""Answers of the query library that are prepared beside a release, because they are asked every day.

A query whose header says ``prepared`` is answered once with its parameters open, and its rows are kept in
order. The header names the columns that parameters choose by: narrower questions are answered by a selection
of the same rows. A row without a value in such a column belongs to every choice, as gaps do.
"""

import hashlib
import io
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from policytrace.graph.library import existence as known
from policytrace.graph.library.queries import Query, library, query, run
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE as NAMES
from policytrace.graph.sparql import result_formats
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, OxigraphEngine, Rows
from policytrace.graph.vocabulary.progress import Progress, silent

FILE = "answers.sqlite"
"""File of a release with its prepared answers; it appears some time after the release."""

_FORMAT = "tsv"


def ask(
    engine: Engine,
    name: str,
    parameters: Mapping[str, str] | None = None,
    folder: Path | None = None,
    index: Callable[[], Index] | None = None,
) -> Rows:
    """Answer a query of the library, from what was prepared where that holds the answer.

    Args:
        engine: asked if it does not.
        name: of the query, or its competency question.
        parameters: as for ``queries.run``.
        folder: of the release that the engine asks, if it is on this machine.
        index: of the names in the release, if it is open; otherwise that of the folder is opened when needed.

    Raises:
        UnknownQueryError: there is no such query.
        ParameterError: a parameter is unknown, unfit or missing, or names a thing that the release does not
            know or that is of another class.
        QueryError: the engine could not evaluate the query.
    """
    entry, given = query(name), parameters or {}
    terms = entry.terms(given)
    known.check(engine, entry, given, index or (lambda: _names(folder)))
    found = prepared(folder / FILE, entry, terms) if folder is not None else None
    return run(engine, entry.name, given) if found is None else found


def _names(folder: Path | None) -> Index | None:
    """The index of the names in a release; None where it is not on this machine."""
    return Index.open(folder / NAMES) if folder is not None and (folder / NAMES).is_file() else None


def prepared(path: Path, entry: Query, terms: Mapping[str, Term | None]) -> Rows | None:
    """The rows of a prepared answer that parameters choose; ``None`` if they were not prepared.

    Args:
        path: of the file of prepared answers, which need not be there.
        entry: the query; an answer to another text of the same name does not count.
        terms: as ``Query.terms`` gives them.
    """
    chosen = _chosen(entry, terms)
    if chosen is None or not path.is_file():
        return None
    try:
        text = _lines(path, entry, chosen)
    except sqlite3.DatabaseError:
        # The file is damaged, or went with its release: the query itself is asked.
        return None
    if text is None:
        return None
    answer = ox.parse_query_results(text, format=ox.QueryResultsFormat.TSV)
    assert isinstance(answer, ox.QuerySolutions)
    return Rows.of(answer)


def _lines(path: Path, entry: Query, chosen: Mapping[str, Term]) -> str | None:
    """The head and the chosen lines of an answer; ``None`` if there is none to this text of the query."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        known = connection.execute(
            "SELECT head FROM answer WHERE name = ? AND digest = ?", (entry.name, _digest(entry))
        ).fetchone()
        if known is None:
            return None
        limits = "".join(f' AND ("{name}" = ? OR "{name}" IS NULL)' for name in chosen)
        lines = connection.execute(
            f'SELECT line FROM "{entry.name}" WHERE true{limits} ORDER BY position',  # noqa: S608
            [str(term) for term in chosen.values()],
        )
        return str(known[0]) + "".join(line for (line,) in lines)


def _chosen(entry: Query, terms: Mapping[str, Term | None]) -> dict[str, Term] | None:
    """The value that each column must have; ``None`` if the rows asked for are no part of those prepared."""
    if entry.prepared is None:
        return None
    chosen, usual = {}, entry.terms(_open(entry))
    for name, term in terms.items():
        if term == usual[name]:
            continue
        if term is None or name not in entry.prepared:
            return None
        chosen[entry.prepared[name]] = term
    return chosen


def _open(entry: Query) -> dict[str, str]:
    """The parameters an answer is prepared for: all open, but those that must have a value."""
    return {p.name: p.default if p.required else "" for p in entry.parameters}


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Prepare the answers of a published release; they appear by one rename. False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        fill(OxigraphEngine(release.open()), work / FILE, progress)

    return releases.add(release, FILE, make, lambda path: path.is_file() and _current(path))


def fill(engine: Engine, path: Path, progress: Progress = silent) -> None:
    """Write the prepared answers of what an engine holds to a new file."""
    entries = [entry for entry in library().values() if entry.prepared is not None]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answer (name TEXT PRIMARY KEY, digest TEXT, head TEXT)")
        for number, entry in enumerate(entries):
            progress("answers", number, len(entries))
            _keep(connection, entry, run(engine, entry.name, _open(entry)))
        connection.commit()
    progress("answers", len(entries), len(entries))


def _keep(connection: sqlite3.Connection, entry: Query, rows: Rows) -> None:
    output = io.BytesIO()
    result_formats.write(rows, _FORMAT, output)
    # Not splitlines(): texts may hold other line ends than the one that ends a row.
    head, *lines = [f"{line}\n" for line in output.getvalue().decode().removesuffix("\n").split("\n")]
    columns = list(dict.fromkeys((entry.prepared or {}).values()))
    places = [rows.variables.index(name) for name in columns]
    kept = "".join(f', "{name}" TEXT' for name in columns)
    connection.execute(f'CREATE TABLE "{entry.name}" (position INTEGER PRIMARY KEY, line TEXT{kept})')
    marks = ", ".join("?" * (len(columns) + 2))
    connection.executemany(
        f'INSERT INTO "{entry.name}" VALUES ({marks})',  # noqa: S608
        (
            (position, line, *(None if row[at] is None else str(row[at]) for at in places))
            for position, (line, row) in enumerate(zip(lines, rows.rows, strict=True))
        ),
    )
    for name in columns:
        connection.execute(f'CREATE INDEX "{entry.name} {name}" ON "{entry.name}" ("{name}")')
    connection.execute("INSERT INTO answer VALUES (?, ?, ?)", (entry.name, _digest(entry), head))


def _current(path: Path) -> bool:
    """Whether a file holds an answer to every prepared query as it stands now."""
    wanted = {(e.name, _digest(e)) for e in library().values() if e.prepared is not None}
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
            return set(connection.execute("SELECT name, digest FROM answer")) == wanted
    except sqlite3.DatabaseError:
        return False


def _digest(entry: Query) -> str:
    return hashlib.sha256(entry.text.encode()).hexdigest()
