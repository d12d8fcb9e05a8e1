"""A data set as the product holds it and as the tables say, side by side."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from click.testing import CliRunner
from flask.testing import FlaskClient
from openpyxl import load_workbook
from oracle import Oracle

from policytrace.cli import main
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

ID = "https://w3id.org/policytrace/id/"
SCHEME = "https://w3id.org/policytrace/scheme/"
SITE = "http://site.example/"
T = TypeVar("T")

Differences = Iterator[str]
"""What differs between a surface and the tables, one line for each."""


def path_of(iri: str) -> str:
    """The path of an identifier: ``country/ES``, or ``giver-kind/not-named`` of a concept."""
    return iri.removeprefix(ID).removeprefix(SCHEME)


@dataclass
class DataSet:
    """Tables, the release that is built from them, and a client of the server over it.

    Args:
        name: what it is called in reports of a test.
        folders: of the tables.
        home: of the release.
        most: how many things of a kind are looked at; None for all.
        files: whether tables are read from workbooks and from the command line as well.
    """

    name: str
    folders: Sequence[Path]
    home: Path
    client: FlaskClient = field(repr=False)
    most: int | None = None
    files: bool = True
    _kept: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def oracle(self) -> Oracle:
        """What the tables say."""
        return Oracle(*self.folders)

    @property
    def projects(self) -> list[str]:
        """The ids of projects that have transfers, those with most first, as many as are looked at."""
        return [one.partition("/")[2] for one in self.some("transfers", "project")]

    def some(self, role: str, kind: str) -> list[str]:
        """Things of a kind with transfers in a role: all, or some with many and some with few of them."""
        found = [thing for thing in self.oracle.things(role) if thing.startswith(f"{kind}/")]
        return self.sample(sorted(found, key=lambda thing: (-self.oracle.count(role, thing), thing)))

    def sample(self, things: Sequence[T]) -> list[T]:
        """All, or as many as are looked at, evenly from the first to the last."""
        if self.most is None or len(things) <= self.most:
            return list(things)
        return [things[at * (len(things) - 1) // (self.most - 1)] for at in range(self.most)]

    def get(self, address: str, accept: str = "text/html", **parameters: str) -> bytes:
        """What the server answers.

        Raises:
            AssertionError: it answers with an error.
        """
        whole = f"/{quote(address)}" + (f"?{urlencode(parameters)}" if parameters else "")
        key = whole, accept
        if key not in self._kept:
            answer = self.client.get(whole, headers={"Accept": accept})
            assert answer.status_code == 200, (
                f"{whole}: {answer.status_code} {answer.get_data(as_text=True)[:300]}"
            )
            self._kept[key] = answer.get_data()
        return self._kept[key]

    def text(self, address: str, **parameters: str) -> str:
        """A page, as text."""
        return self.get(address, **parameters).decode()

    def json(self, address: str, **parameters: str) -> Any:
        """What the server answers, as JSON."""
        return json.loads(self.get(address, "application/json", **parameters))

    def csv(self, address: str, **parameters: str) -> list[dict[str, str]]:
        """The rows that the server answers, as CSV."""
        return list(
            csv.DictReader(io.StringIO(self.get(address, "text/csv", **parameters).decode("utf-8-sig")))
        )

    def sheet(self, address: str, name: str = "Data", **parameters: str) -> list[dict[str, str]]:
        """The rows of a sheet of a workbook that the server answers; empty cells as empty texts."""
        book = load_workbook(io.BytesIO(self.get(address, "*/*", **parameters)), read_only=True)
        head, *rows = book[name].iter_rows(values_only=True)
        return [
            {str(column): "" if cell is None else str(cell) for column, cell in zip(head, row, strict=False)}
            for row in rows
        ]

    def tables(
        self, address: str, *command: str, **parameters: str
    ) -> Iterator[tuple[str, list[dict[str, str]]]]:
        """The rows of one table in each form it has: as CSV, in a workbook, printed by a command."""
        given = "&".join(f"{name}={value}" for name, value in parameters.items())
        yield f"/{address}.csv?{given}", self.csv(f"{address}.csv", **parameters)
        if self.files:
            yield f"/{address}.xlsx?{given}", self.sheet(f"{address}.xlsx", **parameters)
            yield f"policytrace {' '.join(command)}", self.command_rows(*command)

    def query(self, text: str) -> list[dict[str, str]]:
        """The rows of a SPARQL query, by the endpoint, identifiers as paths."""
        body = self.json("sparql", query=text)
        return [
            {name: path_of(value["value"]) for name, value in row.items()}
            for row in body["results"]["bindings"]
        ]

    def command(self, *arguments: str) -> str:
        """What a command prints on standard output.

        Raises:
            AssertionError: it fails.
        """
        found = CliRunner().invoke(main, ["--home", str(self.home), *arguments])
        assert found.exit_code == 0, f"{' '.join(arguments)}: {found.output}"
        return found.stdout

    def command_rows(self, *arguments: str) -> list[dict[str, str]]:
        """The rows that a command prints as CSV."""
        return list(csv.DictReader(io.StringIO(self.command(*arguments, "--format", "csv"))))


@contextmanager
def opened(
    name: str, folders: Sequence[Path], home: Path, most: int | None = None, *, files: bool = True
) -> Iterator[DataSet]:
    """A data set whose release is in a home, and its server as long as it is used."""
    app = create_app(Settings(home=home, site=SITE, query_processes=1, rate=0))
    try:
        yield DataSet(name, folders, home, app.test_client(), most, files)
    finally:
        app.extensions["policytrace"].pool.close()


def same(what: str, product: object, tables: object) -> Differences:
    """A line where a surface and the tables differ."""
    if product != tables:
        yield f"{what}: shown {_short(product)}, by the tables {_short(tables)}"


def same_sets(what: str, product: Iterable[str], tables: Iterable[str]) -> Differences:
    """A line that says what is missing and what is too much."""
    shown, right = set(product), set(tables)
    if shown != right:
        missing, more = sorted(right - shown), sorted(shown - right)
        parts = [
            f"{len(some)} {word}: {_short(some)}"
            for some, word in ((missing, "missing"), (more, "too many"))
            if some
        ]
        yield f"{what}: {'; '.join(parts)}"


def same_counts(what: str, product: Mapping[Any, Any], tables: Mapping[Any, Any]) -> Differences:
    """A line for each key that has another value."""
    for key in sorted({*product, *tables}, key=str):
        yield from same(f"{what} {key}", product.get(key), tables.get(key))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) < 200 else f"{text[:200]}…"
