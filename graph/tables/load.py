"""Tables to RDF: every row a named graph of its own, described by a record."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from policytrace.graph.releases.change_dates import Mentions
from policytrace.graph.tables import dates
from policytrace.graph.tables.cells import CellError, Cells, language
from policytrace.graph.tables.dataset_figures import Folder
from policytrace.graph.tables.derived_statements import BY_TABLE, Context, Statement, context, published
from policytrace.graph.tables.documents import Documents, label
from policytrace.graph.tables.schema import Table, TableColumn
from policytrace.graph.tables.tables import SHARED, Sheet, TableSet
from policytrace.graph.tables.workbooks import SheetRow
from policytrace.graph.vocabulary.nt_terms import Term, literal, nt_iri
from policytrace.graph.vocabulary.problems import DataError, Problem
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.terms import graph, thing

_NAME = re.compile(r"[^A-Za-z0-9._-]+")
Fact = tuple[str, Term]
_TYPE, _LABEL, _SOURCE = nt_iri("rdf:type"), nt_iri("rdfs:label"), nt_iri("dct:source")
_EARLIEST, _LATEST, _WRITTEN = nt_iri("pt:earliest"), nt_iri("pt:latest"), nt_iri("pt:dateAsWritten")
_FILE, _ROW = nt_iri("pt:inFile"), nt_iri("pt:inRow")
_PLACE = (_FILE, _ROW)
"""What is said of a record that is no part of what it says."""
_RECORDS = f"<{graph('records')}>"


@dataclass(slots=True)
class LoadedTables:
    """Where the statements were written and how many things each table gave."""

    triples: Path
    """N-Triples: all asserted statements; one stated by two rows stands twice."""
    quads: Path
    """N-Quads: the same by record, and the records described."""
    things: dict[str, int] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    """What each folder of tables, or workbook, gave."""
    mentions: Mentions = field(default_factory=Mentions)
    replaced: dict[str, str] = field(default_factory=dict)
    """Path of an identifier to that of the thing which now stands in its place."""


class _Output:
    """Writes statements with the record they belong to, and takes note of what they are about."""

    def __init__(self, triples: TextIO, quads: TextIO, mentions: Mentions) -> None:
        self._triples = triples
        self._quads = quads
        self._mentions = mentions

    def write(
        self, folder: Folder, record: str, me: Term, statements: list[Statement], facts: list[Fact]
    ) -> None:
        """A record: the thing it describes, what it states, and what is said of it."""
        unique = dict.fromkeys(statements)
        lines = [f"{s} {q} {o}" for s, q, o in unique]
        self._triples.write(" .\n".join(lines) + " .\n")
        end = f" {record} .\n"
        self._quads.write(end.join(lines) + end)
        end = f" {_RECORDS} .\n"
        self._quads.write(end.join(f"{record} {q} {o}" for q, o in facts) + end)
        said = sorted(lines) + [f"{q} {o}" for q, o in facts if q not in _PLACE]
        objects = (o for _, _, o in unique)
        digest = self._mentions.note("\n".join(said), {s for s, _, _ in unique}, objects)
        folder.count(me, unique, digest)


def _split(column: TableColumn, text: str) -> list[str]:
    if not column.separator:
        return [text]
    return [part.strip() for part in text.split(column.separator) if part.strip()]


class _Loader:
    """Turns the rows of one sheet into statements; what is wrong goes to the problems of the data set."""

    def __init__(self, sheet: Sheet, context: Context, output: _Output, folder: Folder) -> None:
        self.sheet = sheet
        self.folder = folder
        self.table: Table = sheet.table
        self.context = context
        self.output = output
        cells = context.cells
        self._columns: list[tuple[int, TableColumn, Callable[[str], Term]]] = [
            (at, self.table.columns[name], cells.converter(self.table.columns[name]))
            for at, name in enumerate(sheet.header)
            if name
        ]
        self._beyond = BY_TABLE.get(self.table.name)
        self._record = f"<{graph(folder_name(sheet.folder), self.table.name)}/"
        key = context.dataset.projects.get(sheet.folder) if sheet.folder != SHARED else None
        self._project = context.iri("project", key) if key else ""
        self._file = literal(sheet.file)

    def problem(self, row: SheetRow, column: str, message: str, hint: str = "") -> None:
        self.context.dataset.problems.append(Problem(self.sheet.file, row.line, column, message, hint))

    def load(self, row: SheetRow) -> None:
        texts: dict[str, str] = {"": self.sheet.folder}
        terms: dict[str, list[Term]] = {}
        cells = row.cells
        for at, column, convert in self._columns:
            text = cells[at].strip() if at < len(cells) else ""
            if not text:
                if column.required:
                    self.problem(row, column.name, "this cell must not be empty.")
                continue
            texts[column.name] = text
            try:
                values = [convert(part) for part in _split(column, text)]
                if column.lang_column and (lang := self._cell(cells, column.lang_column)):
                    values = [f"{value}@{language(lang)}" for value in values]
                terms[column.name] = values
            except CellError as error:
                self.problem(row, column.name, str(error), error.hint)
        if texts.get("id") in self.context.dataset.keys.get(self.table.name, {}):
            self._state(row, texts, terms)

    def _cell(self, cells: list[str], name: str) -> str:
        at = self.sheet.header.index(name) if name in self.sheet.header else len(cells)
        return cells[at].strip() if at < len(cells) else ""

    def _state(self, row: SheetRow, texts: dict[str, str], terms: dict[str, list[Term]]) -> None:
        key = texts["id"]
        me = self.context.cells.iri(self.table.name, key)
        record = f"{self._record}{key}>"
        cls = self.table.cls
        if not isinstance(cls, str):
            cls = cls.values.get(texts.get(cls.column, ""), "")
        statements: list[Statement] = [(me, _TYPE, f"<{cls}>")] if cls else []
        alias = self.table.name == "organisations" and self.context.cells.is_alias(key)
        for name, values in terms.items():
            column = self.table.columns[name]
            prop = column.property
            if prop and column.type == "date":
                statements += _stated(me, prop, _interval_of(texts[name]), open_end=_is_open(column, texts))
            elif prop:
                term = f"<{prop}>"
                if alias and term == _LABEL:
                    term = nt_iri("skos:altLabel")
                statements.extend((me, term, value) for value in values)
        if self._project and self._project != me:
            statements.append((me, nt_iri("pt:inProject"), self._project))
        when = self._interval(row, texts)
        statements += _date_statements(me, when)
        if self._beyond is not None:
            beyond = list(self._beyond(self.context, me, texts))
            statements += beyond
            statements += [
                statement
                for line in dict.fromkeys(s for s, _, o in beyond if o == nt_iri("pt:EvidenceLine"))
                for statement in _date_statements(line, _interval_of(texts.get("source_date", "")))
            ]
        self.output.write(self.folder, record, me, statements, self._facts(record, me, row, texts, terms))

    def _interval(self, row: SheetRow, texts: dict[str, str]) -> dates.Interval:
        try:
            found = [_interval_of(texts.get(name, "")) for name in self.table.interval]
            open_end = self.table.open or any(
                _is_open(self.table.columns[n], texts) for n in self.table.interval
            )
            return dates.spanning(found, open_end=open_end) if found else dates.UNKNOWN
        except ValueError as error:
            self.problem(row, self.table.interval[0], f"{error}.")
            return dates.UNKNOWN

    def _facts(
        self, record: str, me: Term, row: SheetRow, texts: dict[str, str], terms: dict[str, list[Term]]
    ) -> list[Fact]:
        """What is said of a record itself."""
        when = _interval_of(texts.get("source_date", ""))
        facts = [
            (_TYPE, nt_iri("pt:Record")),
            (nt_iri("pt:describes"), me),
            (nt_iri("pt:inTable"), literal(self.table.name)),
            (_FILE, self._file),
            (_ROW, literal(str(row.line), datatype="integer")),
            *((_SOURCE, source) for source in terms.get("source_url", ())),
            *((nt_iri("pt:confidence"), value) for value in terms.get("confidence", ())),
        ]
        if when.written:
            facts.append((nt_iri("pt:sourceDateAsWritten"), literal(when.written)))
            facts += [(q, o) for _, q, o in _date_statements(record, when) if q != _WRITTEN]
        return facts


def folder_name(folder: str) -> str:
    """A folder or workbook as the identifiers of its records name it."""
    return _NAME.sub("-", folder)


def _interval_of(text: str) -> dates.Interval:
    try:
        return dates.interval(text) if text else dates.UNKNOWN
    except ValueError:
        return dates.UNKNOWN


def _is_open(column: TableColumn, texts: dict[str, str]) -> bool:
    """Whether the row says that the last day of a date is not known."""
    return any(texts.get(name) == code for name, code in column.open_when)


def _stated(subject: Term, prop: str, when: dates.Interval, *, open_end: bool) -> list[Statement]:
    """A date as written, and the days between which it lies, as statements of a property and its two kin."""
    found = [(subject, f"<{prop}>", literal(when.written))] if when.written else []
    if when.earliest:
        found.append((subject, f"<{prop}Earliest>", literal(when.earliest, datatype="date")))
    if when.latest and not open_end:
        found.append((subject, f"<{prop}Latest>", literal(when.latest, datatype="date")))
    return found


def _date_statements(subject: Term, when: dates.Interval) -> list[Statement]:
    found = []
    if when.written:
        found.append((subject, _WRITTEN, literal(when.written)))
    if when.earliest:
        found.append((subject, _EARLIEST, literal(when.earliest, datatype="date")))
    if when.latest:
        found.append((subject, _LATEST, literal(when.latest, datatype="date")))
    return found


def _state_documents(context: Context, output: _Output, folder: Folder) -> int:
    """State the documents that are cited by address only."""
    for url, slug in context.documents.cited.items():
        me = f"<{thing('document', slug)}>"
        record = f"<{graph(SHARED, 'documents', slug)}>"
        statements = [
            (me, _TYPE, nt_iri("pt:Document")),
            (me, _LABEL, literal(label(url), lang="en")),
            (me, nt_iri("foaf:page"), f"<{url}>"),
            (me, _SOURCE, me),
        ]
        statements += published(context, me, url)
        facts = [(_TYPE, nt_iri("pt:Record")), (nt_iri("pt:describes"), me), (_SOURCE, me)]
        output.write(folder, record, me, statements, facts)
    return len(context.documents.cited)


def _folder(loaded: LoadedTables, context: Context, name: str) -> Folder:
    key = context.dataset.projects.get(name) if name != SHARED else None
    project = context.iri("project", key).strip("<>") if key else ""
    return loaded.folders.setdefault(folder_name(name), Folder(project))


def load(dataset: TableSet, target: Path, progress: Progress = silent) -> LoadedTables:
    """Write the statements of all tables into ``target``.

    Raises:
        DataError: with everything that is wrong in any table, row and column.
    """
    loaded = LoadedTables(target / "asserted.nt", target / "records.nq")
    documents = Documents(dataset)
    cells = Cells(dataset, documents)
    loaded.replaced = cells.replaced()
    known = context(dataset, cells, documents)
    total = sum(len(sheet.rows) for sheet in dataset.sheets)
    done = 0
    with (
        loaded.triples.open("w", encoding="utf-8", newline="\n") as triples,
        loaded.quads.open("w", encoding="utf-8", newline="\n") as quads,
    ):
        output = _Output(triples, quads, loaded.mentions)
        for sheet in dataset.sheets:
            folder = _folder(loaded, known, sheet.folder)
            folder.files.append(sheet.file)
            loader = _Loader(sheet, known, output, folder)
            for row in sheet.rows:
                loader.load(row)
            done += len(sheet.rows)
            progress("load", done, total)
            loaded.things[sheet.table.name] = loaded.things.get(sheet.table.name, 0) + len(sheet.rows)
        loaded.things["documents"] = loaded.things.get("documents", 0) + _state_documents(
            known, output, _folder(loaded, known, SHARED)
        )
    if dataset.problems:
        raise DataError(dataset.problems)
    return loaded
