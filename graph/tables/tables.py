"""Read tables, a folder of CSV files or an Excel workbook, and keep where each row came from."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from policytrace.graph.tables.schema import Schema, Table
from policytrace.graph.tables.workbooks import SheetRow, UnreadableError, sheets
from policytrace.graph.vocabulary.problems import DataError, Problem
from policytrace.graph.vocabulary.progress import Progress, silent

SHARED = "shared"
FOLDER_OF = "project"
REMARK = "_"
"""Workbook sheets whose name begins so are the partner's own notes and are not read."""


@dataclass(slots=True)
class Sheet:
    """One table of one folder or workbook."""

    table: Table
    folder: str
    file: str
    header: list[str]
    rows: list[SheetRow]


@dataclass(slots=True)
class TableSet:
    """Everything that was read: sheets by folder, the keys of every table, and what was wrong so far."""

    schema: Schema
    sheets: list[Sheet] = field(default_factory=list)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    """Table to id to the identifier segment of the thing."""
    projects: dict[str, str] = field(default_factory=dict)
    """Folder to the id of its project."""
    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _csv_rows(data: bytes) -> Iterator[SheetRow]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            f"line {line} is not UTF-8 (byte 0x{data[error.start]:02x}). Save the file as “CSV UTF-8”."
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cells):
                yield SheetRow(start, cells)
            start = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableError(f"line {start} cannot be read as CSV: {error}.") from None


def _columns(dataset: TableSet, table: Table, file: str, header: list[str]) -> list[str]:
    """The column of each cell, ``""`` for what cannot be used; what is wrong is noted."""
    if len(header) == 1 and ";" in header[0]:
        dataset.problems.append(
            Problem(file, 1, "", "the cells are separated by semicolons.", "Save it with commas.")
        )
        return []
    columns = []
    for name in header:
        known = name in table.columns
        if now := dataset.schema.renamed_columns.get(table.name, {}).get(name):
            message = "this column is of an earlier version."
            dataset.problems.append(Problem(file, 1, name, message, f"It is now: {now}."))
        elif name and not known:
            near = get_close_matches(name, table.columns, 1)
            dataset.problems.append(
                Problem(
                    file,
                    1,
                    name,
                    f"the table {table.name} has no such column.",
                    f"Did you mean {near[0]}?" if near else f"It has: {', '.join(table.columns)}.",
                )
            )
        elif known and name in columns:
            dataset.problems.append(Problem(file, 1, name, "the column stands twice in the header."))
        columns.append(name if known else "")
    for column in table.columns.values():
        if column.required and column.name not in columns:
            dataset.problems.append(Problem(file, 1, column.name, "this required column is missing."))
    return columns


def _add(dataset: TableSet, table: Table, folder: str, file: str, rows: Sequence[SheetRow]) -> None:
    if not rows:
        dataset.problems.append(Problem(file, 0, "", "the table has not even a header row."))
        return
    header = _columns(dataset, table, file, [cell.strip() for cell in rows[0].cells])
    sheet = Sheet(table, folder, file, header, [])
    for row in rows[1:]:
        if len(row.cells) > len(header) and any(row.cells[len(header) :]):
            dataset.problems.append(
                Problem(file, row.line, "", f"the row has more cells than the header ({len(header)}).")
            )
            continue
        sheet.rows.append(row)
    dataset.sheets.append(sheet)


def _no_such_table(dataset: TableSet, place: str, name: str) -> Problem:
    near = get_close_matches(name, dataset.schema.tables, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Tables: {', '.join(dataset.schema.tables)}."
    return Problem(place, 0, "", f"there is no table called {name!r}.", hint)


def _read_folder(dataset: TableSet, folder: Path) -> None:
    files = sorted(folder.glob("*.csv"))
    for path in files:
        shown = f"{folder.name}/{path.name}"
        dataset.files.append(path)
        table = dataset.schema.tables.get(path.stem)
        if table is None:
            dataset.problems.append(_no_such_table(dataset, shown, path.stem))
            continue
        try:
            _add(dataset, table, folder.name, shown, list(_csv_rows(path.read_bytes())))
        except UnreadableError as error:
            dataset.problems.append(Problem(shown, 0, "", str(error)))
    if folder.name != SHARED and not any(path.stem == FOLDER_OF for path in files):
        dataset.problems.append(
            Problem(
                f"{folder.name}/{FOLDER_OF}.csv",
                0,
                "",
                "this table is missing.",
                f"Every folder but “{SHARED}” says in it which project its rows belong to.",
            )
        )


def sheet_file(path: Path, sheet: str) -> str:
    """What problems and records call the sheet of a workbook."""
    return f"{path.name}, sheet {sheet}"


def _read_workbook(dataset: TableSet, path: Path) -> None:
    dataset.files.append(path)
    seen = set()
    try:
        for read in sheets(path):
            name, rows = read.name, read.rows
            shown = sheet_file(path, name)
            if name.startswith(REMARK):
                continue
            table = dataset.schema.tables.get(name)
            if table is None:
                dataset.problems.append(_no_such_table(dataset, shown, name))
                continue
            seen.add(name)
            for place in read.unusable:
                header = rows[0].cells[place.column] if rows and place.column < len(rows[0].cells) else ""
                dataset.problems.append(Problem(shown, place.row, header, place.message, place.hint))
            if rows:
                _add(dataset, table, path.stem, shown, rows)
    except UnreadableError as error:
        dataset.problems.append(Problem(path.name, 0, "", str(error)))
        return
    if FOLDER_OF not in seen:
        dataset.problems.append(
            Problem(path.name, 0, "", f"the sheet “{FOLDER_OF}” is missing.", "It says whose rows these are.")
        )


def _index(dataset: TableSet) -> None:
    """Fill the keys of every table and the project of every folder; note duplicates."""
    first: dict[tuple[str, str], str] = {}
    for sheet in dataset.sheets:
        if "id" not in sheet.header:
            continue
        at = sheet.header.index("id")
        segment = sheet.table.segment
        by = -1
        if not isinstance(segment, str):
            by = sheet.header.index(segment.column) if segment.column in sheet.header else -2
        keys = dataset.keys.setdefault(sheet.table.name, {})
        for row in sheet.rows:
            key = row.cells[at].strip() if at < len(row.cells) else ""
            place = f"{sheet.file}, row {row.line}"
            if key and key in keys:
                where = first[sheet.table.name, key]
                dataset.problems.append(
                    Problem(sheet.file, row.line, "id", f"the id {key!r} is taken: it stands in {where} too.")
                )
                continue
            first[sheet.table.name, key] = place
            if isinstance(segment, str):
                keys[key] = segment
            else:
                code = row.cells[by].strip() if 0 <= by < len(row.cells) else ""
                keys[key] = segment.values.get(code, next(iter(segment.values.values())))
            if sheet.table.name == FOLDER_OF and key:
                dataset.projects.setdefault(sheet.folder, key)


def _sources(paths: Sequence[Path]) -> Iterator[Path]:
    """Folders that hold tables and workbooks, in a fixed order."""
    for path in paths:
        if not path.exists():
            raise DataError([Problem(str(path), 0, "", "there is no such folder or workbook.")])
        if path.is_file():
            if path.suffix.lower() not in (".xlsx", ".xlsm"):
                raise DataError([Problem(path.name, 0, "", "only folders of CSV files and .xlsx are read.")])
            yield path
            continue
        inner = [child for child in sorted(path.iterdir()) if child.is_dir() and any(child.glob("*.csv"))]
        own = any(path.glob("*.csv"))
        books = sorted(child for child in path.glob("*.xlsx") if not child.name.startswith("~"))
        if not own and not inner and not books:
            raise DataError(
                [
                    Problem(
                        str(path),
                        0,
                        "",
                        "the folder holds no table.",
                        "A table is a file such as transfers.csv.",
                    )
                ]
            )
        if own:
            yield path
        yield from inner
        yield from books


def read(
    paths: Sequence[Path], schema: Schema, progress: Progress = silent, base: Sequence[Sheet] = ()
) -> TableSet:
    """Read folders of CSV files, folders of such folders, and workbooks.

    What is wrong inside a table is collected in ``problems`` of the answer, so that loading can add to it.

    Args:
        paths: what to read.
        schema: what tables and columns there are.
        progress: called with how far it is.
        base: sheets that come before them, which their references may lead to.

    Raises:
        DataError: a path does not exist or holds no table at all.
    """
    dataset = TableSet(schema)
    sources = list(_sources(paths))
    for number, path in enumerate(sources):
        progress("read", number, len(sources))
        if path.is_file():
            _read_workbook(dataset, path)
        else:
            _read_folder(dataset, path)
    order = {name: number for number, name in enumerate(schema.tables)}
    dataset.sheets.sort(key=lambda sheet: (sheet.folder, order[sheet.table.name], sheet.file))
    dataset.sheets[:0] = base
    _index(dataset)
    progress("read", len(sources), len(sources))
    return dataset
