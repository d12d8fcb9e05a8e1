"""The tables of a release as CSV files, one for each table, described by CSV on the Web metadata."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policytrace.graph.tables.schema import Table, TableColumn, schema
from policytrace.graph.tables.tables import SHARED, Sheet, TableSet
from policytrace.graph.tables.workbooks import SheetRow
from policytrace.graph.vocabulary.terms import ID, SCHEME

TABLES = "tables"
GROUP = "csv-metadata.json"
"""The metadata of all tables together."""
METADATA = "-metadata.json"
"""What the name of a table's own metadata ends in: where CSV on the Web says it is looked for."""
FOLDER = "folder"
"""The column that says from which folder or workbook a row comes; the first of every table."""

_CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
_TYPES = {"integer": "integer", "decimal": "decimal", "url": "anyURI"}


def write(dataset: TableSet, folder: Path, licence: str | None) -> None:
    """Write the tables of a data set and what describes them, with their licence where there is one."""
    folder.mkdir()
    sheets: dict[str, list[Sheet]] = {}
    for sheet in dataset.sheets:
        sheets.setdefault(sheet.table.name, []).append(sheet)
    for name, some in sheets.items():
        _write_table(some, folder / f"{name}.csv")
    described = [_described(dataset.schema.tables[name], set(sheets)) for name in sheets]
    for one in described:
        _write_json(folder / (one["url"] + METADATA), {"@context": _CONTEXT, **_alone(one)})
    licensed = {"dc:license": {"@id": licence}} if licence else {}
    _write_json(folder / GROUP, {"@context": _CONTEXT, **licensed, "tables": described})


def listed(folder: Path) -> Iterator[tuple[Path, int]]:
    """The files in their order, each with its number of rows; 0 for metadata."""
    for path in sorted(folder.glob("*")):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                yield path, sum(1 for _ in csv.reader(file)) - 1
        else:
            yield path, 0


def _write_table(sheets: list[Sheet], path: Path) -> None:
    columns = list(sheets[0].table.columns)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([FOLDER, *columns])
        for sheet in sheets:
            places = [sheet.header.index(name) if name in sheet.header else -1 for name in columns]
            for row in sheet.rows:
                cells = row.cells
                texts = (cells[at].strip() if 0 <= at < len(cells) else "" for at in places)
                writer.writerow([sheet.folder, *texts])


def _write_json(path: Path, body: dict[str, Any]) -> None:
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _alone(described: dict[str, Any]) -> dict[str, Any]:
    """The description of a table that does not rely on those of others."""
    schema = {name: value for name, value in described["tableSchema"].items() if name != "foreignKeys"}
    return {**described, "tableSchema": schema}


def _described(table: Table, present: set[str]) -> dict[str, Any]:
    columns = [{"name": FOLDER, "titles": FOLDER, "required": True, "suppressOutput": True}]
    described = {
        "columns": [*columns, *map(_column, table.columns.values())],
        "primaryKey": "id",
        "foreignKeys": [
            {
                "columnReference": column.name,
                "reference": {"resource": f"{column.to[0]}.csv", "columnReference": "id"},
            }
            for column in table.columns.values()
            if column.type == "ref"
            and len(column.to) == 1
            and column.to[0] in present
            and not column.separator
        ],
    }
    if isinstance(table.segment, str):
        described["aboutUrl"] = f"{ID}{table.segment}/{{id}}"
    return {"url": f"{table.name}.csv", "tableSchema": described}


def _column(column: TableColumn) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "titles": column.name}
    if column.type in _TYPES or column.pattern:
        kind: dict[str, Any] = {"base": _TYPES.get(column.type, "string")}
        for name, value in (
            ("format", column.pattern),
            ("minimum", column.minimum),
            ("maximum", column.maximum),
        ):
            if value not in ("", None):
                kind[name] = value
        found["datatype"] = kind
    if column.required:
        found["required"] = True
    if column.separator:
        found["separator"] = column.separator
    if column.lang:
        found["lang"] = column.lang
    if column.property:
        found["propertyUrl"] = column.property
    if column.type == "code" and not column.separator:
        found["valueUrl"] = f"{SCHEME}{column.scheme}/{{{column.name}}}"
    return found


def read(folder: Path) -> list[Sheet]:
    """The tables of a release as sheets, by folder; a row has the line of the file it stands in here."""
    found: dict[tuple[str, str], Sheet] = {}
    tables = schema().tables
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in tables:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)[1:]
            for line, (name, *cells) in enumerate(reader, start=2):
                sheet = found.setdefault(
                    (name, path.stem), Sheet(tables[path.stem], name, f"{name}/{path.name}", header, [])
                )
                sheet.rows.append(SheetRow(line, cells))
    order = {name: number for number, name in enumerate(tables)}
    return sorted(
        found.values(), key=lambda sheet: (sheet.folder != SHARED, sheet.folder, order[sheet.table.name])
    )
