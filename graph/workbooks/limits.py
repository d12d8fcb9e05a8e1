"""How large a workbook may be that is checked; a page says so without loading what checks."""

UNPACKED = 200
"""MiB that it may hold unpacked."""
ROWS = 20_000
"""Rows of all its sheets."""
