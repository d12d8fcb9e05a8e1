"""The tables that a partner's workbook stands beside: those of a release, or the packaged ones."""

from collections.abc import Iterable
from pathlib import Path

from policytrace.graph.releases.release import Release
from policytrace.graph.tables import table_files, tables
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import FOLDER_OF, SHARED, Sheet

ROWS = 30_000
"""Rows of a release up to which a workbook is checked beside all of them; beyond, beside the shared ones."""


def base_sheets(release: Release | None, packaged: Path) -> list[Sheet]:
    """The tables of a release; without one, or without its tables, the packaged ones."""
    if release is not None and (release.path / table_files.TABLES).is_dir():
        return table_files.read(release.verified(table_files.TABLES))
    return tables.read([packaged], schema()).sheets


def without_projects(sheets: list[Sheet], projects: Iterable[str]) -> list[Sheet]:
    """The sheets a workbook about some projects stands beside: without those of the same projects.

    When there are many rows, only the shared ones: others are seldom referred to.
    """
    rows = sum(len(sheet.rows) for sheet in sheets)
    own = {sheet.folder for sheet in sheets if sheet.table.name == FOLDER_OF and _ids(sheet) & set(projects)}
    return [sheet for sheet in sheets if sheet.folder not in own and (rows <= ROWS or sheet.folder == SHARED)]


def project_sheets(sheets: list[Sheet], project: str) -> list[Sheet]:
    """The sheets of the folder of a project; none if no folder has it."""
    folders = {sheet.folder for sheet in sheets if sheet.table.name == FOLDER_OF and project in _ids(sheet)}
    return [sheet for sheet in sheets if sheet.folder in folders]


def project_ids(sheets: Iterable[Sheet]) -> list[str]:
    """The identifiers of all projects, in their order."""
    return sorted({key for sheet in sheets if sheet.table.name == FOLDER_OF for key in _ids(sheet)})


def _ids(sheet: Sheet) -> set[str]:
    at = sheet.header.index("id") if "id" in sheet.header else -1
    return {row.cells[at].strip() for row in sheet.rows if 0 <= at < len(row.cells)}
