"""Answers as a workbook: paths, evidence, what the columns mean, and where all this comes from."""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.formats.rows import COLUMNS, made, rows

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
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_WIDE, _NARROW = 44, 16


def as_xlsx(answer: Answer) -> bytes:
    """A workbook: paths, evidence, what the columns mean, and where all this comes from."""
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = made(answer.release)
    _sheet(book, "Paths", list(COLUMNS), (list(row.values()) for row in rows(answer)))
    _sheet(book, "Evidence", EVIDENCE, _evidence(answer))
    _sheet(book, "Codebook", ("column", "meaning"), (list(item) for item in COLUMNS.items()))
    _sheet(book, "About", ("what", "value"), _about(answer))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


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
    yield ["licence", _LICENCE]


def _sheet(book: Workbook, title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    sheet = book.create_sheet(title)
    for number, name in enumerate(header, start=1):
        wide = name in ("sentence", "reasons", "value", "meaning", "title", "statement") or "label" in name
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE if wide else _NARROW
    sheet.freeze_panes = "A2"

    def cell(text: str, font: Font | None = None) -> Any:
        # A text that begins with "=" would be taken for a formula.
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"
        if font:
            made.font = font
        return made

    sheet.append([cell(name, Font(bold=True)) for name in header])
    for line in lines:
        sheet.append([int(text) if text.isdecimal() and len(text) < 10 else cell(text) for text in line])
