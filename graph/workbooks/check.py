"""Checks a partner's workbook beside the tables that are there: what to mend, and what it would add."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policytrace.graph.building.build import FilledStore, demo, fill_store
from policytrace.graph.hops import table
from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.releases.release import Release
from policytrace.graph.tables import tables
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import TableSet
from policytrace.graph.tables.workbooks import MACROS, UnreadableError, inspect, merged_areas
from policytrace.graph.validation.validate import validate
from policytrace.graph.vocabulary.problems import DataError, Problem
from policytrace.graph.workbooks import base_tables, preview
from policytrace.graph.workbooks.expanse import check_expanse
from policytrace.graph.workbooks.limits import ROWS, UNPACKED
from policytrace.graph.workbooks.preview import WorkbookPreview

SUFFIX = ".xlsx"

ERROR, WARNING = "to mend", "to look at"
"""What keeps a workbook from being built, and what does not."""
_MACROS = "The workbook has macros. They were not run, and the marked copy is without them."


@dataclass(frozen=True, slots=True, order=True)
class WorkbookProblem:
    """Something about a workbook, with its place: sheet, row and column, as far as it has one."""

    severity: str
    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = [f"sheet {self.sheet}"] if self.sheet else []
        place += [f"row {self.row}"] if self.row else []
        place += [f"column {self.column}"] if self.column else []
        return f"{', '.join(place) or 'the workbook'}: {self.message}"


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    Attributes:
        findings: what to mend first, by sheet and row.
        rows: rows by table.
        base: what it was checked beside.
        readable: whether it is a workbook at all, so that a marked copy can be made.
        added: what it would add; None where something has to be mended first.
        notes: what else there is to say.
    """

    findings: tuple[WorkbookProblem, ...]
    rows: dict[str, int] = field(default_factory=dict)
    base: str = ""
    readable: bool = True
    added: WorkbookPreview | None = None
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[WorkbookProblem, ...]:
        """What has to be mended before a build."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)

    def text(self) -> str:
        """All of it for people, in lines."""
        other = len(self.findings) - len(self.errors)
        lines = [f"{len(self.errors)} to mend, {other} to look at."]
        lines += [f"  {finding.severity}: {finding}" for finding in self.findings]
        lines += self.notes
        if self.added is not None:
            lines += [f"Checked beside {self.base}. It would add:", *self.added.lines()]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return {
            "ready": not self.errors,
            "findings": [
                {name: getattr(one, name) for name in ("severity", "sheet", "row", "column", "message")}
                for one in self.findings
            ],
            "rows": self.rows,
            "beside": self.base,
            "notes": list(self.notes),
            "added": self.added.as_dict() if self.added else None,
        }


def check(path: Path, release: Release | None) -> CheckReport:
    """Check a workbook as if it were built together with what is there; nothing is kept or published.

    Args:
        path: the workbook.
        release: whose tables it stands beside; the packaged ones without.
    """
    try:
        if path.suffix.lower() not in (SUFFIX, ".xlsm"):
            raise UnreadableError(f"{path.name} is no .xlsx file. Save it as an Excel workbook (.xlsx).")
        parts = inspect(path, UNPACKED)
        check_expanse(path)
        notes = (_MACROS,) if MACROS in parts else ()
        alone = tables.read([path], schema())
    except UnreadableError as error:
        return CheckReport((WorkbookProblem(ERROR, "", 0, "", _sentence(str(error))),), readable=False)
    rows = {sheet.table.name: len(sheet.rows) for sheet in alone.sheets if sheet.rows}
    if not alone.sheets and any(not problem.row and "," not in problem.file for problem in alone.problems):
        return CheckReport(_problems(path, alone.problems), rows, readable=False, notes=notes)
    if not rows and not alone.problems:
        return CheckReport(
            (WorkbookProblem(ERROR, "", 0, "", "The workbook has no rows yet."),), rows, notes=notes
        )
    if sum(rows.values()) > ROWS:
        message = (
            f"The workbook has {sum(rows.values()):,} rows; up to {ROWS:,} are checked at once. "
            "Split it, or use: policytrace validate"
        )
        return CheckReport((WorkbookProblem(ERROR, "", 0, "", message),), rows, readable=False, notes=notes)
    return _check_with_base(path, alone, rows, release, notes)


def _check_with_base(
    path: Path, alone: TableSet, rows: dict[str, int], release: Release | None, notes: tuple[str, ...]
) -> CheckReport:
    every = base_tables.base_sheets(release, demo())
    around = base_tables.without_projects(every, base_tables.project_ids(alone.sheets))
    base = f"release {release.id}" if release else "the packaged data"
    if len({sheet.folder for sheet in around}) == 1:
        base = f"the shared tables of {base}"
    dataset = tables.read([path], schema(), base=around)
    dataset.problems += _merged_cells(path)
    with tempfile.TemporaryDirectory(prefix="policytrace-") as folder:
        try:
            findings, added = _build(path, dataset, Path(folder), alone, release)
        except DataError as error:
            return CheckReport(_problems(path, error.problems), rows, base, notes=notes)
    return CheckReport(findings, rows, base, added is not None, added, notes)


def _build(
    path: Path, dataset: TableSet, work: Path, alone: TableSet, release: Release | None
) -> tuple[tuple[WorkbookProblem, ...], WorkbookPreview | None]:
    """The store is closed on return: while it is open, its engine writes to the folder."""
    filled = fill_store(dataset, work)
    findings = tuple(sorted(_results(path, validate(filled.store).as_dict())))
    if any(finding.severity == ERROR for finding in findings):
        return findings, None
    return findings, _preview(filled, alone, release)


def _merged_cells(path: Path) -> Iterator[Problem]:
    """Areas of merged cells: only their first cell holds anything."""
    for sheet, row, area in merged_areas(path):
        if sheet in schema().tables:
            message = f"the cells {area} are merged; only the first of them is read."
            yield Problem(tables.sheet_file(path, sheet), row, "", message, "Split them and fill each.")


def _preview(filled: FilledStore, alone: TableSet, release: Release | None) -> WorkbookPreview:
    known = None
    if release is not None and (release.path / FOLDER).is_dir():
        known = HopArrays.open(release.verified(FOLDER))
    arrays = HopArrays.of(table.read(filled.store, filled.layers), table.scales())
    return preview.preview(arrays, filled.store, known, base_tables.project_ids(alone.sheets))


def _problems(path: Path, problems: Sequence[Problem]) -> tuple[WorkbookProblem, ...]:
    """The problems of the workbook; those of what it stands beside are not the partner's."""
    own = [problem for problem in problems if problem.file.startswith(path.name)]
    found = {
        WorkbookProblem(
            ERROR,
            problem.file.removeprefix(path.name).removeprefix(", sheet "),
            problem.row,
            problem.column,
            _sentence(f"{problem.message} {problem.hint}".strip()),
        )
        for problem in own or problems
    }
    return tuple(sorted(found))


def _results(path: Path, report: dict[str, Any]) -> Iterator[WorkbookProblem]:
    for rule in report["rules"]:
        severity = ERROR if rule["severity"] == "Violation" else WARNING
        for result in rule["results"]:
            for place in result["places"]:
                sheet = place["file"].removeprefix(f"{path.name}, sheet ")
                if sheet != place["file"]:
                    yield WorkbookProblem(
                        severity, sheet, place["row"], place["column"], _sentence(result["message"])
                    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
