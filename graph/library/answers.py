"""Answers of the query library, from the store of precomputed answers where it holds them.

A query whose header says ``prepared`` is answered once with its parameters open. The header names the columns
that parameters choose by: narrower questions are answered by a selection of the same rows, in the same order.
A row without a value in such a column belongs to every choice, as gaps do. Rows with the same values there
are stored together.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from policytrace.graph.library import answer_store, existence
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.queries import Query, library, query, run
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE as INDEX
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.vocabulary.progress import Progress, silent

_DIGITS = 8
"""Length of the position before a stored line, which is its place among all rows."""


def ask(
    engine: Engine,
    name: str,
    parameters: Mapping[str, str] | None = None,
    folder: Path | None = None,
    index: Callable[[], Index] | None = None,
) -> Rows:
    """Answer a query of the library, from the store of precomputed answers where that holds it.

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
    existence.check(engine, entry, given, index or (lambda: _index(folder)))
    rows = read(folder, entry, terms) if folder is not None else None
    return run(engine, entry.name, given) if rows is None else rows


def _index(folder: Path | None) -> Index | None:
    """The index of the names in a release; None where it is not on this machine."""
    return Index.open(folder / INDEX) if folder is not None and (folder / INDEX).is_file() else None


def keys() -> Iterator[AnswerKey]:
    """The keys of the answers that are precomputed."""
    return (_key(entry) for entry in library().values() if entry.prepared is not None)


def read(release: Path, entry: Query, terms: Mapping[str, Term | None]) -> Rows | None:
    """The precomputed rows that parameters choose; None if they are missing.

    Args:
        release: the folder of a release.
        entry: the query; an answer to another text of the same name does not count.
        terms: as ``Query.terms`` gives them.
    """
    chosen, whole = _chosen(entry, terms), _key(entry)
    if chosen is None or (stored := answer_store.read_json(release, whole)) is None:
        return None
    wanted = [(at, str(chosen[name])) for at, name in enumerate(_columns(entry)) if name in chosen]
    groups = (
        _group_key(whole, number)
        for number, values in enumerate(stored["groups"])
        if all(values[at] in (None, value) for at, value in wanted)
    )
    found = answer_store.read(release, *groups)
    if found is None:
        return None
    lines = sorted(filter(None, b"".join(found).split(b"\n")))
    return answer_store.rows_of(
        b"".join([stored["head"].encode(), *(line[_DIGITS:] + b"\n" for line in lines)])
    )


def _key(entry: Query) -> AnswerKey:
    """The key of the head of an answer and of the values of its groups of rows."""
    return AnswerKey(f"query/{entry.name}", answer_store.digest_of(entry.text))


def _group_key(whole: AnswerKey, number: int) -> AnswerKey:
    """The key of the rows of one group."""
    return AnswerKey(f"{whole.name}/{number}", whole.digest)


def _columns(entry: Query) -> list[str]:
    """The columns that parameters choose by."""
    return list(dict.fromkeys((entry.prepared or {}).values()))


def _chosen(entry: Query, terms: Mapping[str, Term | None]) -> dict[str, Term] | None:
    """The value that each column must have; None if the rows asked for are no selection of those stored."""
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
    """The parameters an answer is precomputed for: all open, but those that must have a value."""
    return {p.name: p.default if p.required else "" for p in entry.parameters}


def write(engine: Engine, store: AnswerWriter, progress: Progress = silent) -> None:
    """Answer the queries that are precomputed, and store their rows."""
    entries = [entry for entry in library().values() if entry.prepared is not None]
    for number, entry in enumerate(entries):
        progress("answers", number, len(entries))
        _write(store, entry, run(engine, entry.name, _open(entry)))
    progress("answers", len(entries), len(entries))


def _write(store: AnswerWriter, entry: Query, rows: Rows) -> None:
    # Not splitlines(): texts may hold other line ends than the one that ends a row.
    head, *lines = answer_store.tsv(rows).removesuffix(b"\n").split(b"\n")
    places = [rows.variables.index(name) for name in _columns(entry)]
    groups: dict[tuple[str | None, ...], list[bytes]] = {}
    for position, (line, row) in enumerate(zip(lines, rows.rows, strict=True)):
        values = tuple(None if row[at] is None else str(row[at]) for at in places)
        groups.setdefault(values, []).append(b"%0*d%s\n" % (_DIGITS, position, line))
    whole = _key(entry)
    store.add_json(whole, {"head": f"{head.decode()}\n", "groups": list(groups)})
    for number, group in enumerate(groups.values()):
        store.add(_group_key(whole, number), b"".join(group))
