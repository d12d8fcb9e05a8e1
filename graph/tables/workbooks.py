"""Reads .xlsx workbooks of any origin: refuses what would do harm or cannot be read, and says why."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import ParseError

OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
MIB = 2**20
UNPACKED = 2048
"""MiB a workbook may hold unpacked, unless told otherwise."""
PARTS = 5_000
"""Parts a workbook may have."""
MACROS = "xl/vbaProject.bin"

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OSError,
)
"""What openpyxl may raise on files that are no workbooks, or damaged."""
_OTHERS = {
    "mimetype": "this is an OpenDocument file",
    "xl/workbook.bin": "this is a binary workbook (.xlsb)",
    "Index/Document.iwa": "this is a Numbers document",
    "word/document.xml": "this is a text document",
    "ppt/presentation.xml": "this is a presentation",
}
"""Parts of files of other kinds, and what they are."""


class UnreadableError(Exception):
    """A file that cannot be read as a table, with the reason and the way out."""


class SheetRow(NamedTuple):
    """The cells of one row, in the order of the file's columns, and its line as an editor shows it."""

    line: int
    cells: list[str]


class UnusableCell(NamedTuple):
    """A cell whose content cannot be used, by row (from 1) and column (from 0)."""

    row: int
    column: int
    message: str
    hint: str


@dataclass(frozen=True)
class SheetContent:
    """One sheet: its rows that hold anything, and cells that cannot be used."""

    name: str
    rows: list[SheetRow]
    unusable: list[UnusableCell]


def inspect(path: Path, unpacked: int = UNPACKED) -> frozenset[str]:
    """The names of the parts of a workbook, after looking whether it is one and not too large.

    Args:
        path: the file.
        unpacked: MiB that it may hold unpacked.

    Raises:
        UnreadableError: it is no workbook, or not one to be opened.
    """
    with path.open("rb") as file:
        if file.read(8) == OLE_SIGNATURE:
            raise UnreadableError(
                "this workbook has a password or is of the old .xls kind."
                " Save it as .xlsx without a password."
            )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _BROKEN as error:
        raise _unreadable(error) from None
    names = frozenset(part.filename for part in parts)
    for part, kind in _OTHERS.items():
        if part in names:
            raise UnreadableError(f"{kind}. Save it as .xlsx.")
    size = sum(part.file_size for part in parts)
    if size > unpacked * MIB:
        raise UnreadableError(
            f"unpacked, this workbook holds {size / MIB:,.0f} MiB; up to {unpacked} MiB are read."
            " Leave out pictures and empty rows, or send fewer rows."
        )
    if len(parts) > PARTS:
        raise UnreadableError(f"this workbook has {len(parts):,} parts; up to {PARTS:,} are read.")
    return names


def sheets(path: Path) -> Iterator[SheetContent]:
    """The sheets of a workbook, one after the other.

    Raises:
        UnreadableError: it is no workbook, or damaged.
    """
    from openpyxl import load_workbook  # here, as most who read tables read no workbook
    from openpyxl.utils.exceptions import InvalidFileException

    inspect(path)
    try:
        book = load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, *_BROKEN) as error:
        raise _unreadable(error) from None
    try:
        for sheet in book.worksheets:
            rows, unusable = [], list[UnusableCell]()
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                texts = [cell_text(cell.value) for cell in cells]
                for at, cell in enumerate(cells):
                    if cell.data_type in _UNUSABLE:
                        unusable.append(UnusableCell(number, at, *_UNUSABLE[cell.data_type]))
                if any(texts):
                    rows.append(SheetRow(number, texts))
            yield SheetContent(sheet.title, rows, unusable)
    except _BROKEN as error:
        raise _unreadable(error) from None
    finally:
        book.close()


def merged_areas(path: Path) -> Iterator[tuple[str, int, str]]:
    """Areas of merged cells: sheet, first row, and the cells as a spreadsheet names them.

    The whole workbook is held in memory: for those of a modest size.
    """
    from openpyxl import load_workbook

    book = load_workbook(path)
    for sheet in book.worksheets:
        for area in sheet.merged_cells.ranges:
            yield sheet.title, area.min_row, str(area.coord)


_UNUSABLE = {
    "f": ("the cell holds a formula.", "Paste its value instead."),
    "e": ("the cell holds an error of the spreadsheet, not a value.", "Mend or empty it."),
}


def cell_text(value: object) -> str:
    """The value of a cell as a CSV file would hold it."""
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())[:10]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unreadable(error: Exception) -> UnreadableError:
    reason = str(error) or type(error).__name__
    return UnreadableError(f"this is not a readable .xlsx workbook ({reason}).")
