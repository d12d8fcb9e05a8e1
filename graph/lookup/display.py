"""Rows of an answer for reading: names instead of identifiers, no empty columns."""

from collections.abc import Callable, Iterator

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import ID, SCHEME, compact

_LABEL = "Label"


def display_text(term: Term | None) -> str:
    """A term for people: a short IRI, or the text of a literal."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        for base in (ID, SCHEME):
            if term.value.startswith(base):
                return term.value.removeprefix(base)
        return compact(term.value)
    return term.value


def namer(reader: Reader) -> Callable[[str], str]:
    """Gives the name of a thing by its IRI, its identifier where it has none; other texts stay."""

    def name(text: str) -> str:
        if not text.startswith(("http://", "https://")):
            return text
        label = reader.label(ox.NamedNode(text))
        return label.text if label else display_text(ox.NamedNode(text))

    return name


def simplify_columns(rows: Rows) -> tuple[list[str], list[list[str]]]:
    """Headings and cells: a name replaces the identifier it belongs to; columns empty throughout are gone."""
    place = {name: at for at, name in enumerate(rows.variables)}
    cells = [[display_text(term) for term in row] for row in rows.rows]
    columns = []
    for name, at in place.items():
        if name.endswith(_LABEL) and name.removesuffix(_LABEL) in place:
            continue
        label = place.get(name + _LABEL, at)
        if any(row[at] or row[label] for row in cells):
            columns.append((name, at, label))
    return [name for name, _, _ in columns], [
        [row[label] or row[at] for _, at, label in columns] for row in cells
    ]


def fits(headings: list[str], cells: list[list[str]], width: int) -> bool:
    """Whether a table of these cells has room in ``width`` characters without breaking most of its lines."""
    widest = (max(map(len, column)) for column in zip(headings, *cells, strict=True))
    return sum(min(length, 40) + 2 for length in widest) <= width


def blocks(headings: list[str], cells: list[list[str]]) -> Iterator[str]:
    """One paragraph for each row, one line for each cell that is not empty."""
    width = max(map(len, headings), default=0)
    for row in cells:
        yield "".join(f"{name:{width}}  {text}\n" for name, text in zip(headings, row, strict=True) if text)
