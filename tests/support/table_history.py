"""A home with several releases of the small tables, edited as people edit them."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from folders import SMALL

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import LICENCE

Rows = list[dict[str, str]]


class History:
    """Tables in a folder, and the releases made of them in a home."""

    def __init__(self, folder: Path) -> None:
        self.tables, self.home = folder / "tables", folder / "home"
        shutil.copytree(SMALL, self.tables)
        self.releases: list[Release] = []

    def edit(self, table: str, change: Callable[[Rows], Rows]) -> None:
        """Change the rows of one table, named as ``alpha/transfers``."""
        path = self.tables / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = change(list(reader))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or [], restval="")
            writer.writeheader()
            writer.writerows(rows)

    def build(self, keep: int = 9) -> Release:
        """A release of the tables as they are now."""
        self.releases.append(build([self.tables], self.home, keep=keep, licence=LICENCE).release)
        return self.releases[-1]


def setting(key: str, **values: str) -> Callable[[Rows], Rows]:
    """A change of cells in the row of one id."""
    return lambda rows: [{**row, **values} if row["id"] == key else row for row in rows]


def without(key: str) -> Callable[[Rows], Rows]:
    """The row of one id is deleted."""
    return lambda rows: [row for row in rows if row["id"] != key]


def with_copy(key: str, new: str, **values: str) -> Callable[[Rows], Rows]:
    """A row like the one of an id is added under another."""
    return lambda rows: [*rows, *({**row, "id": new, **values} for row in rows if row["id"] == key)]
