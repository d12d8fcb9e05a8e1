"""How far a workbook reaches: a few letters of it may stand for more cells than any memory holds.

What reads a workbook makes a cell of each place in merged and linked areas, and passes over each place before
the last one. So the places are counted beforehand, from the beginnings of elements alone (ECMA-376, part 1,
18.3.1: ``row``, ``c``, ``dimension``, ``mergeCell`` and ``hyperlink``).
"""

import re
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

from policytrace.graph.tables.workbooks import UnreadableError

CELLS = 10_000_000
"""Cells of a sheet, empty ones too, up to the last one that holds anything."""
IN_AREAS = 100_000
"""Cells of all areas of a sheet that are merged or lead somewhere together."""
LAST = (1_048_576, 16_384)
"""The last row and column that a spreadsheet has."""
_DIGITS = 7
"""Digits of the number of that row."""
_CORNER = re.compile(r"([A-Za-z]{0,3})(\d*)", re.ASCII)
_AREAS = frozenset(("mergeCell", "hyperlink"))
_NOT_READ = (ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What a part that is no XML, or damaged, raises; whoever reads the workbook says so."""


def check_expanse(path: Path) -> None:
    """Looks how far the sheets of a workbook reach, without reading them.

    Raises:
        UnreadableError: one reaches too far.
    """
    with suppress(*_NOT_READ), zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            parser = ParserCreate()
            parser.StartElementHandler = _SheetExpanse().begin
            with suppress(*_NOT_READ), archive.open(part) as file:
                parser.ParseFile(file)


class _SheetExpanse:
    """The last row and column of one sheet, and the cells of its areas, so far."""

    def __init__(self) -> None:
        self._row = self._column = self._in_areas = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Takes the beginning of an element.

        Raises:
            UnreadableError: the sheet reaches too far.
        """
        element = name.rpartition(":")[2]
        if element in ("c", "row") and "r" in attributes:
            place = attributes["r"]
            row, column = _corner(place, (1, 1)) if element == "c" else (_number(place), 1)
        elif element in _AREAS and "ref" in attributes:
            first, row, column = _area(attributes["ref"])
            self._in_areas += (row - first[0] + 1) * (column - first[1] + 1)
        elif element == "dimension" and "ref" in attributes:
            _, row, column = _area(attributes["ref"])
        else:
            return
        self._row, self._column = max(self._row, row), max(self._column, column)
        if self._in_areas > IN_AREAS:
            raise UnreadableError(
                f"a sheet of this workbook has areas of merged or linked cells that hold "
                f"{self._in_areas:,} cells together; up to {IN_AREAS:,} are read. Split them."
            )
        if self._row * self._column > CELLS:
            raise UnreadableError(
                f"a sheet of this workbook reaches to row {self._row:,} and column {self._column:,}, which "
                f"makes {self._row * self._column:,} cells; up to {CELLS:,} are read. Delete the empty rows "
                "and columns at its end."
            )


def _area(reference: str) -> tuple[tuple[int, int], int, int]:
    """The first corner of an area, and its last row and column; whole rows and columns have all there are."""
    begin, _, end = reference.replace("$", "").partition(":")
    return _corner(begin, (1, 1)), *_corner(end or begin, LAST)


def _corner(text: str, missing: tuple[int, int]) -> tuple[int, int]:
    found = _CORNER.fullmatch(text)
    if found is None:
        return 1, 1
    letters, digits = found.groups()
    column = 0
    for letter in letters.upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return _number(digits) if digits else missing[0], column or missing[1]


def _number(text: str) -> int:
    """A number of a row; of one that is too long, more than there are."""
    if len(text) > _DIGITS:
        return CELLS + 1
    return int(text) if text.isdecimal() else 1
