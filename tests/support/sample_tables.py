"""What stands in the tables of the sample, read as they are."""

import csv
from functools import cache

from folders import SAMPLE

FOLDERS = tuple(sorted(path.name for path in SAMPLE.iterdir()))
"""One for each project and programme, and one for what they share."""


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of one table in all folders; ``*`` for those of all tables."""
    found: list[dict[str, str]] = []
    for path in sorted(SAMPLE.glob(f"*/{table}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file)
    return tuple(found)
