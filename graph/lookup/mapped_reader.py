"""What is said of each thing, as text that is found at once: the look-ups that documents and pages live on.

A store keeps every term once, so each statement it finds costs it look-ups of the terms. Here the statements
about a thing stand together, and those that point at it, its name, the records behind it, and what is said of
each record. Everything else is asked of the store, which says the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.lookup.reader import (
    DEFAULT,
    DESCRIBES,
    RECORDS,
    Graph,
    Incoming,
    Label,
    Reader,
    StatementTexts,
    StoreStatements,
    Subject,
    Term,
    by_property,
    sorted_nodes,
)
from policytrace.graph.releases.mapped_dict import INDEX, MappedDict
from policytrace.graph.releases.release import DamagedError, Release
from policytrace.graph.vocabulary.bounded_cache import ENTRY, BoundedCache
from policytrace.graph.vocabulary.terms import BASE, PREFIXES, RDF, RDFS

LOOKUPS = "lookups"
"""Folder of a release that holds them; it appears whole, some time after the release."""
ABOUT, TOWARDS, NAME, RECORD, RECORDS_OF = b"a", b"t", b"n", b"r", b"d"
"""First bytes of keys: of the statements about a thing and towards it in the default graph, of its name with
language, of the statements about a record, and of the records of a thing."""
READ = 16 * 2**20
"""Bytes of statements that stay in memory: a page asks for one property of a thing after the other."""
STATEMENT = 400
"""Bytes that a statement takes in memory, about."""
MANY = b"many"
"""Stands where more point at a thing than are kept."""
_SHORT = tuple(
    (name.encode(), bytes((code,)))
    for code, name in enumerate((BASE, RDF, RDFS, PREFIXES["dct"], PREFIXES["prov"]), start=1)
)
"""Beginnings of IRIs and what they are shortened to: bytes that canonical N-Triples never has."""


def abbreviate(text: bytes) -> bytes:
    """Statements as they are kept."""
    for name, code in _SHORT:
        text = text.replace(name, code)
    return text


class PreparedStatements(StoreStatements):
    """The statements of an embedded store, from its look-ups where they hold them. Threads may share them.

    Look-ups that are damaged are not used any more: the store says the same.

    Args:
        store: has everything.
        folder: holds the look-ups of it.

    Raises:
        FileNotFoundError: the folder is not there.
        DamagedError: it is damaged.
    """

    def __init__(self, store: ox.Store, folder: Path) -> None:
        super().__init__(store)
        self._texts = MappedDict(folder)
        self._read = BoundedCache[tuple[ox.NamedNode, bool], list[ox.Triple]](
            READ, lambda key, found: ENTRY + len(key[0].value) + STATEMENT * len(found)
        )

    def find(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        value: Term | None,
        graph: Graph | None,
        limit: int | None = None,
    ) -> list[ox.Triple]:
        """See ``Statements.find``."""
        result: Iterable[ox.Triple] | None = None
        with suppress(DamagedError):
            if value is None and isinstance(subject, ox.NamedNode) and graph in (DEFAULT, RECORDS):
                key = (subject, graph == RECORDS)
                result = self._read.get_or_make(key, lambda: _statements(self._texts, *key))
                if predicate is not None:
                    result = (triple for triple in result if triple.predicate == predicate)
            elif subject is None and predicate == DESCRIBES and graph == RECORDS:
                result = self._towards(RECORDS_OF, value, f" {predicate} {value} .\n")
        if result is None:
            return super().find(subject, predicate, value, graph, limit)
        return list(islice(result, limit))

    def statement_texts(self, subject: Subject, graph: Graph) -> list[StatementTexts]:
        """See ``Statements.statement_texts``."""
        if not isinstance(subject, ox.NamedNode) or graph not in (DEFAULT, RECORDS):
            return super().statement_texts(subject, graph)
        name = str(subject)
        try:
            text = _get(self._texts, (RECORD if graph == RECORDS else ABOUT) + name.encode()).decode()
        except DamagedError:
            return super().statement_texts(subject, graph)
        parts = (line.partition(" ") for line in text.split(" .\n")[:-1])
        return [(name, predicate, value) for predicate, _, value in parts]

    def incoming(self, node: ox.NamedNode, limit: int) -> list[Incoming] | None:
        """See ``Statements.incoming``."""
        try:
            result = self._towards(TOWARDS, node, f" {node} .\n")
        except DamagedError:
            return super().incoming(node, limit)
        return None if result is None else by_property(result, limit)

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int) -> Incoming:
        """See ``Statements.pointing``."""
        result = None
        with suppress(DamagedError):
            result = self._towards(TOWARDS, node, f" {node} .\n")
        if result is None:
            return super().pointing(node, predicate, limit, offset)
        subjects = [triple.subject for triple in result if triple.predicate == predicate]
        return Incoming(predicate, sorted_nodes(subjects)[offset : offset + limit], len(subjects))

    def label(self, node: ox.NamedNode) -> Label | None:
        """See ``Statements.label``."""
        try:
            text = self._texts.get(NAME + str(node).encode())
        except DamagedError:
            return super().label(node)
        if text is None:
            return None
        language, _, name = text.decode().partition(" ")
        return Label(name, language)

    def _towards(self, kind: bytes, value: Term | None, after: str) -> Iterator[ox.Triple] | None:
        """The statements with a value; None when there are too many to be kept."""
        text = _get(self._texts, kind + str(value).encode())
        return None if text == MANY else _parsed(text.replace(b"\n", after.encode()))


def _statements(texts: MappedDict, subject: ox.NamedNode, record: bool) -> list[ox.Triple]:
    name = str(subject).encode()
    text = _get(texts, (RECORD if record else ABOUT) + name)
    before = name + b" "
    return list(_parsed(before + text[:-1].replace(b"\n", b"\n" + before) + b"\n")) if text else []


def _get(texts: MappedDict, key: bytes) -> bytes:
    text = texts.get(key)
    if text is None:
        return b""
    for name, code in _SHORT:
        text = text.replace(code, name)
    return text


def _parsed(text: bytes) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES))


def open_reader(release: Release) -> Reader:
    """A reader of a release, with its look-ups if they are written and as they were written."""
    store = release.open()
    try:
        release.verified(f"{LOOKUPS}/{INDEX}")
    except DamagedError:
        return Reader(StoreStatements(store))
    return prepared_reader(store, release.path)


def prepared_reader(store: ox.Store, release: Path) -> Reader:
    """A reader of the open store of a release, with the look-ups of its folder if they can be read."""
    try:
        return Reader(PreparedStatements(store, release / LOOKUPS))
    except (FileNotFoundError, DamagedError):
        return Reader(StoreStatements(store))


def has_lookups(reader: Reader) -> bool:
    """Whether a reader uses look-ups."""
    return isinstance(reader.source, PreparedStatements)
