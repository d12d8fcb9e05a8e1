"""Answers of the query library, from the store of precomputed answers where it holds them.

A query whose header says ``prepared`` is answered once with its parameters open. The header names the columns
that parameters choose by: narrower questions are answered by a selection of the same rows, in the same order.
A row without a value in such a column belongs to every choice, as gaps do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from policytrace.graph.library import answer_store, existence, passages
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.library.queries import Query, library, query, run
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE as INDEX
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.vocabulary.progress import Progress, silent


def ask(
    engine: Engine,
    name: str,
    parameters: Mapping[str, str] | None = None,
    folder: Path | None = None,
    index: Callable[[], Index] | None = None,
) -> Rows:
    """Answer a query of the library, from the store of precomputed answers where that holds it.

    Rows that name transfers cite their passages.

    Args:
        engine: asked if it does not, and for passages.
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
    found = run(engine, entry.name, given) if rows is None else rows
    return passages.cited(engine, found, entry.transfers) if entry.transfers else found


def _index(folder: Path | None) -> Index | None:
    """The index of the names in a release; None where it is not on this machine."""
    return Index.open(folder / INDEX) if folder is not None and (folder / INDEX).is_file() else None


def keys() -> Iterator[AnswerKey]:
    """The keys of the answers that are precomputed."""
    return (_key(entry) for entry in library().values() if entry.prepared is not None)


@gc_paused()
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
    numbers_of = zip(_columns(entry), stored["values"], strict=True)
    groups, *others = [_numbers(values, chosen.get(name)) for name, values in numbers_of] or [{0}]
    found = answer_store.read(release, *(_group_key(whole, number) for number in sorted(groups)))
    if found is None:
        return None
    lines = [stored["head"].encode()]
    for line in sorted(filter(None, b"".join(found).split(b"\n"))):
        _, *numbers, text = line.split(b" ", len(others) + 1)
        if all(int(number) in some for number, some in zip(numbers, others, strict=True)):
            lines.append(text)
    return answer_store.rows_of(b"\n".join([*lines, b""]))


def _numbers(values: Sequence[str | None], term: Term | None) -> set[int]:
    """The numbers of the values of a column that a term chooses; of all where there is none."""
    return {number for number, value in enumerate(values) if term is None or value in (None, str(term))}


def _key(entry: Query) -> AnswerKey:
    """The key of the head of an answer and of the values of each column that parameters choose by."""
    return AnswerKey(f"query/{entry.name}", answer_store.digest_of(entry.text))


def _group_key(whole: AnswerKey, number: int) -> AnswerKey:
    """The key of the rows that have one value in the first of these columns."""
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
    """Store the rows of each value of the first column together.

    A stored line is its position among all rows, the numbers of its values in the other columns, and the row.
    """
    # Not splitlines(): texts may hold other line ends than the one that ends a row.
    head, *lines = answer_store.tsv(rows).removesuffix(b"\n").split(b"\n")
    places = [rows.variables.index(name) for name in _columns(entry)]
    values: list[dict[str | None, int]] = [{} for _ in places]
    groups: dict[int, list[bytes]] = {}
    for position, (line, row) in enumerate(zip(lines, rows.rows, strict=True)):
        cells = [None if row[at] is None else str(row[at]) for at in places]
        numbers = [known.setdefault(cell, len(known)) for known, cell in zip(values, cells, strict=True)]
        first, *others = numbers or [0]
        stored = b" ".join([b"%08d" % position, *(b"%d" % number for number in others), line])
        groups.setdefault(first, []).append(stored)
    whole = _key(entry)
    store.add_json(whole, {"head": head.decode(), "values": list(map(list, values))})
    for number, group in groups.items():
        store.add(_group_key(whole, number), b"\n".join([*group, b""]))
