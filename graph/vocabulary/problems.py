"""What is wrong with the data, said so that the person who keeps the table can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend, with its place and the way out.

    ``row`` is the line a text editor or spreadsheet shows, counted from 1; 0 means the whole file.
    """

    file: str
    row: int
    column: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.row:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        return f"{place}: {self.message}" + (f" {self.hint}" if self.hint else "")


class UnanswerableError(Exception):
    """A question that cannot be answered as it was put; the message says why, and the way out."""


class ShapeError(Exception):
    """The data break a shape of severity Violation; the message is the report, and nothing was published."""


class DataError(Exception):
    """The tables cannot be built from; ``problems`` holds everything that was found, not the first thing."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))
