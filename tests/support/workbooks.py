"""Workbooks as partners fill them."""

from pathlib import Path

from policytrace.graph.workbooks import base_tables, template


def filled(path: Path, tables: Path, project: str) -> bytes:
    """The workbook with the rows that a project has in some tables; written to a path."""
    sheets = base_tables.base_sheets(None, tables)
    template.write(str(path), sheets, base_tables.project_sheets(sheets, project))
    return path.read_bytes()
