"""The documents that cells cite by address, and who published each."""

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from policytrace.graph.tables.independence import Publisher
from policytrace.graph.tables.tables import TableSet
from policytrace.graph.vocabulary.problems import DataError, Problem
from policytrace.graph.vocabulary.terms import thing

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_LABEL_LENGTH = 90
COPIES = "copies"
"""The kind of publisher that keeps copies of what others published."""


def is_address(text: str) -> bool:
    """Whether a cell is an http(s) address that can stand in RDF as it is."""
    return _ADDRESS.fullmatch(text) is not None


def slug(url: str) -> str:
    """A stable identifier for an address: its host and a digest of the whole."""
    host = re.sub(r"[^a-z0-9]+", "-", (urlsplit(url).hostname or "unknown").removeprefix("www.")).strip("-")
    return f"{host}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def label(url: str) -> str:
    """What to call a document of unknown title: its host and the telling end of its path."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    text = (parts.hostname or "").removeprefix("www.") + (f"/…/{path.rsplit('/', 1)[-1]}" if path else "")
    return text if len(text) <= _LABEL_LENGTH else text[: _LABEL_LENGTH - 1] + "…"


def _key(url: str) -> str:
    parts = urlsplit(url)
    return ((parts.hostname or "").removeprefix("www.") + parts.path).lower()


def _declared_twice(folder: str, host: str, key: str, other: str) -> Problem:
    return Problem(
        f"{folder}/publishers.csv",
        0,
        "hosts",
        f"{host} is declared by two publishers, {other} and {key}.",
        f"Name {other} as the publisher, or declare a longer address, such as {host}/news.",
    )


class Publishers:
    """Who published what a cell cites.

    The row of a document says so, otherwise the longest declared host, or host and path, its address begins
    with. A site that keeps copies of what others published is a keeper and no publisher.

    Raises:
        DataError: two publishers declare the same host, so that none can be told to be meant.
    """

    def __init__(self, dataset: TableSet) -> None:
        self._by_prefix: dict[str, str] = {}
        self.declared: dict[str, Publisher] = {}
        """Publisher by id, with the organisation and the project as their tables name them."""
        for row in rows(dataset, "publishers"):
            key = row["id"]
            self.declared[key] = Publisher(
                row.get("kind", ""), row.get("organisation_id", ""), row.get("project_id", "")
            )
            for host in filter(None, map(str.strip, row.get("hosts", "").split("|"))):
                prefix = _key("https://" + host).rstrip("/")
                if (other := self._by_prefix.setdefault(prefix, key)) != key:
                    raise DataError([_declared_twice(row[""], host, key, other)])
        self._publisher: dict[str, str] = {}
        self._keeper: dict[str, str] = {}
        for row in rows(dataset, "documents"):
            url = row.get("url") or row["id"]
            host = self._host(url)
            named, keeper = row.get("publisher_id", ""), row.get("kept_by_id", "")
            copy = keeper or (host if self._keeps_copies(host) else "")
            for cited in (row["id"], url):
                self._publisher[cited] = named or ("" if copy else host)
                self._keeper[cited] = copy

    def of(self, cited: str) -> str:
        """The id of the publisher of an address or document, or ``""`` when no table names one."""
        self._find(cited)
        return self._publisher[cited]

    def keeper(self, cited: str) -> str:
        """The id of the site that keeps a copy of a document of others, or ``""``."""
        self._find(cited)
        return self._keeper[cited]

    def _find(self, cited: str) -> None:
        if cited not in self._publisher:
            host = self._host(cited)
            copies = self._keeps_copies(host)
            self._publisher[cited], self._keeper[cited] = ("", host) if copies else (host, "")

    def _keeps_copies(self, key: str) -> bool:
        return key in self.declared and self.declared[key].kind == COPIES

    def _host(self, cited: str) -> str:
        prefix = _key(cited).rstrip("/")
        while prefix and prefix not in self._by_prefix:
            prefix = prefix.rpartition("/")[0]
        return self._by_prefix.get(prefix, "")


def rows(dataset: TableSet, table: str) -> Iterator[dict[str, str]]:
    """The rows of one table over all folders, as column to text, with the folder as ``""``."""
    for sheet in dataset.sheets:
        if sheet.table.name == table:
            for row in sheet.rows:
                cells = {
                    name: cell.strip() for name, cell in zip(sheet.header, row.cells, strict=False) if name
                }
                if cells.get("id"):
                    yield {**cells, "": sheet.folder}


class Documents:
    """Addresses and document ids to document things; remembers what was cited but stands in no table."""

    def __init__(self, dataset: TableSet) -> None:
        self._known: dict[str, str] = {}
        self.cited: dict[str, str] = {}
        """Address to slug of the documents that stand in no table."""
        for row in rows(dataset, "documents"):
            iri = f"<{thing('document', row['id'])}>"
            self._known[row["id"]] = iri
            if row.get("url"):
                self._known[row["url"]] = iri

    def of(self, cited: str) -> str:
        """The term of the document a cell cites, or ``""`` if it is neither an address nor an id."""
        iri = self._known.get(cited)
        if iri is None:
            if not is_address(cited):
                return ""
            self.cited[cited] = slug(cited)
            iri = self._known[cited] = f"<{thing('document', self.cited[cited])}>"
        return iri
