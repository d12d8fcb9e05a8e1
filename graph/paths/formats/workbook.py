"""Answers as a workbook: paths, evidence, what the columns mean, and where all this comes from."""

import json
from collections.abc import Iterable, Iterator, Sequence

from openpyxl import Workbook

from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.formats.rows import COLUMNS, rows
from policytrace.graph.tables.sheet_writer import packed, table, workbook
from policytrace.graph.vocabulary.terms import LICENCE

EVIDENCE = (
    "hop",
    "from_label",
    "to_label",
    "id",
    "title",
    "direction",
    "source",
    "publisher",
    "relation",
    "locator",
    "date",
    "statement",
)
_WIDE, _NARROW = 44, 16
_LONG = frozenset(("sentence", "reasons", "value", "meaning", "title", "statement"))
"""Columns of long texts, beside those of labels."""


def as_xlsx(answer: Answer) -> bytes:
    """A workbook: paths, evidence, what the columns mean, and where all this comes from."""
    book = workbook(answer.release)
    _sheet(book, "Paths", list(COLUMNS), (list(row.values()) for row in rows(answer)))
    _sheet(book, "Evidence", EVIDENCE, _evidence(answer))
    _sheet(book, "Codebook", ("column", "meaning"), (list(item) for item in COLUMNS.items()))
    _sheet(book, "About", ("what", "value"), _about(answer))
    return packed(book)


def _evidence(answer: Answer) -> Iterator[list[str]]:
    hops = {hop.id: hop for path in answer.paths for hop in path.hops}
    for hop in hops.values():
        for line in hop.evidence:
            known = [hop.id, hop.start.label, hop.end.label]
            yield known + [getattr(line, name) or "" for name in EVIDENCE[3:]]


def _about(answer: Answer) -> Iterator[list[str]]:
    yield ["release", answer.release]
    yield ["question", json.dumps(answer.question, ensure_ascii=False)]
    yield ["limits", json.dumps(answer.limits)]
    yield ["rules", json.dumps(answer.rules)]
    yield ["paths in this file", str(len(answer.paths))]
    yield ["paths there are within max_hops", "not counted" if answer.total is None else str(answer.total)]
    yield ["truncated", "yes" if answer.truncated else "no"]
    yield from (["why", reason] for reason in answer.reason)
    yield ["licence", LICENCE]


def _sheet(book: Workbook, title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    widths = [_WIDE if name in _LONG or "label" in name else _NARROW for name in header]
    cells = ([int(text) if text.isdecimal() and len(text) < 10 else text for text in line] for line in lines)
    table(book, title, header, cells, widths)
