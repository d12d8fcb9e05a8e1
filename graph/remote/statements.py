"""The statements of a release on a SPARQL server, read in few queries and cached: a release never changes."""

from collections.abc import Collection, Iterable, Iterator

import pyoxigraph as ox

from policytrace.graph.lookup.reader import (
    DEFAULT,
    INFERRED,
    LABELS,
    MOST_COUNTED,
    ONTOLOGY,
    RECORDS,
    STRENGTH,
    Graph,
    Incoming,
    Statements,
    Subject,
    Term,
    sorted_nodes,
)
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.sparql.binding import serialise
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.bounded_cache import BoundedCache, entry_size
from policytrace.graph.vocabulary.terms import GRAPH, ID, expand

TOGETHER = 200
"""Things asked about in one query."""
CACHE = 128 * 2**20
"""Bytes of look-ups that are cached."""

_Key = tuple[object, ...]
_Triples = list[ox.Triple]
_NOTHING = ox.NamedNode("urn:x-policytrace:none")
_DESCRIBED = ox.NamedNode(expand("pt:describes"))
_LOADED_TOGETHER = (DEFAULT, INFERRED, STRENGTH)
"""Graphs whose statements about a thing are fetched together."""


class RemoteStatements(Statements):
    """See ``reader.Statements``. Safe to share between threads."""

    def __init__(self, engine: RemoteEngine) -> None:
        self.engine = engine
        self._cache = BoundedCache[_Key, _Triples](CACHE, entry_size)

    def find(
        self,
        subject: Subject | None,
        predicate: ox.NamedNode | None,
        value: Term | None,
        graph: Graph | None,
        limit: int | None = None,
    ) -> _Triples:
        """See ``Statements.find``."""
        if isinstance(subject, ox.NamedNode):
            result = self._about(subject, predicate, graph)
            matching = [
                t for t in result if predicate in (None, t.predicate) and (value is None or value == t.object)
            ]
            return matching[:limit]
        if subject is not None:
            return []
        return self._pattern(predicate, value, graph, limit)

    def _about(self, subject: ox.NamedNode, predicate: ox.NamedNode | None, graph: Graph | None) -> _Triples:
        if graph == ONTOLOGY:
            return [t for t in self._pattern(None, None, ONTOLOGY, None) if t.subject == subject]
        if graph in _LOADED_TOGETHER:
            if (
                graph == DEFAULT
                and predicate in LABELS
                and (names := self._cache.get(("names", subject))) is not None
            ):
                return names
            if (known := self._cache.get((graph, subject))) is None:
                self._load([subject])
                known = self._cache.get((graph, subject))
            return known or []
        key = (graph, subject)
        if (known := self._cache.get(key)) is None:
            known = self._cache.put(key, self._select(f"{serialise(subject)} ?p ?o", graph, subject=subject))
        return known

    def _pattern(
        self, predicate: ox.NamedNode | None, value: Term | None, graph: Graph | None, limit: int | None
    ) -> _Triples:
        key = ("pattern", predicate, value, graph, limit)
        if (known := self._cache.get(key)) is not None:
            return known
        words = " ".join(
            name if term is None else serialise(term)
            for name, term in (("?s", None), ("?p", predicate), ("?o", value))
        )
        result = self._select(words, graph, predicate=predicate, value=value, limit=limit)
        if graph == RECORDS and predicate == _DESCRIBED and limit is None:
            self._load_records([t.subject for t in result if isinstance(t.subject, ox.NamedNode)])
        return self._cache.put(key, result)

    def _select(
        self,
        words: str,
        graph: Graph | None,
        *,
        subject: ox.NamedNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: Term | None = None,
        limit: int | None = None,
    ) -> _Triples:
        if graph is None:
            words = f"GRAPH ?g {{ {words} }}"
        elif isinstance(graph, ox.NamedNode):
            words = f"GRAPH {graph} {{ {words} }}"
        end = f" LIMIT {limit}" if limit is not None else ""
        result = self._rows(f"SELECT DISTINCT * WHERE {{ {words} }}{end}")
        return list(dict.fromkeys(_triples(result, subject, predicate, value)))

    def _rows(self, text: str) -> Rows:
        answer = self.engine.query(text)
        assert isinstance(answer, Rows)
        return answer

    def pointing(self, node: ox.NamedNode, predicate: ox.NamedNode, limit: int, offset: int) -> Incoming:
        """See ``Statements.pointing``."""
        pattern = f"?s {predicate} {node}"
        total = self._number(pattern)
        order = ""
        if total <= MOST_COUNTED:
            # Virtuoso refuses to sort for more rows than it may, however few there are.
            order, limit = "ORDER BY ?s ", max(min(limit, total - offset), 0)
        rows = self._rows(f"SELECT ?s WHERE {{ {pattern} }} {order}LIMIT {limit} OFFSET {offset}")
        count = min(total, MOST_COUNTED)
        return Incoming(
            predicate, sorted_nodes(row[0] for row in rows.rows), count, at_least=total > MOST_COUNTED
        )

    def count(self, predicate: ox.NamedNode, value: Term) -> int:
        """See ``Statements.count``."""
        return self._number(f"?s {predicate} {serialise(value)}")

    def _number(self, pattern: str) -> int:
        cell = self._rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}").rows[0][0]
        return int(cell.value) if cell is not None else 0

    def prepare(self, nodes: Collection[ox.NamedNode], follow: Collection[str]) -> None:
        """See ``Reader.prepare``."""
        properties = {ox.NamedNode(expand(curie)) for curie in follow}
        level = set(nodes)
        seen: set[ox.NamedNode] = set()
        values: set[ox.NamedNode] = set()
        while level := level - seen:
            self._load([node for node in _ordered(level) if self._cache.get((DEFAULT, node)) is None])
            seen |= level
            triples = [t for node in level for t in self._cache.get((DEFAULT, node)) or ()]
            values |= {n for t in triples for n in (t.predicate, t.object) if isinstance(n, ox.NamedNode)}
            level = {
                t.object for t in triples if t.predicate in properties and isinstance(t.object, ox.NamedNode)
            }
        self.prepare_names(values | seen)

    def prepare_names(self, nodes: Iterable[ox.NamedNode]) -> None:
        """See ``Reader.prepare_names``."""
        missing = [
            n
            for n in _ordered(nodes)
            if self._cache.get(("names", n)) is None and self._cache.get((DEFAULT, n)) is None
        ]
        for some in _blocks(missing):
            properties = " ".join(str(predicate) for predicate in LABELS)
            text = f"SELECT ?s ?p ?o WHERE {{ {_values('s', some)} VALUES ?p {{ {properties} }} ?s ?p ?o }}"
            by_subject = _by_subject(_triples(self._rows(text)))
            for node in some:
                self._cache.put(("names", node), by_subject.get(node, []))
            nameless = [n for n in some if n not in by_subject and n.value.startswith((ID, GRAPH))]
            self.prepare([n for n in nameless if n.value.startswith(ID)], ())
            self._load_records([n for n in nameless if n.value.startswith(GRAPH)])

    def _load(self, nodes: Collection[ox.NamedNode]) -> None:
        """Everything said of some things in the default graph, and which of it is inferred or computed."""
        for some in _blocks(nodes):
            things = _values("s", some)
            text = f"""SELECT ?s ?p ?o ?g WHERE {{
              {{ {things} ?s ?p ?o }}
              UNION {{ {things} GRAPH {INFERRED} {{ ?s ?p ?o }} BIND (1 AS ?g) }}
              UNION {{ {things} GRAPH {STRENGTH} {{ ?s ?p ?o }} BIND (2 AS ?g) }}
            }}"""
            rows = self._rows(text)
            for place, graph in enumerate(_LOADED_TOGETHER):
                chosen = [row for row in rows.rows if int(row[3].value if row[3] else 0) == place]
                by_subject = _by_subject(_triples(Rows(rows.variables, chosen)))
                for node in some:
                    self._cache.put((graph, node), by_subject.get(node, []))

    def _load_records(self, nodes: Collection[ox.NamedNode]) -> None:
        for some in _blocks(nodes):
            text = f"SELECT ?s ?p ?o WHERE {{ {_values('s', some)} GRAPH {RECORDS} {{ ?s ?p ?o }} }}"
            by_subject = _by_subject(_triples(self._rows(text)))
            for node in some:
                self._cache.put((RECORDS, node), by_subject.get(node, []))


def _ordered(nodes: Iterable[ox.NamedNode]) -> list[ox.NamedNode]:
    return sorted(set(nodes), key=lambda node: node.value)


def _blocks(nodes: Collection[ox.NamedNode]) -> Iterator[list[ox.NamedNode]]:
    ordered = _ordered(nodes)
    for start in range(0, len(ordered), TOGETHER):
        yield ordered[start : start + TOGETHER]


def _values(name: str, nodes: Iterable[ox.NamedNode]) -> str:
    # Never one alone: some servers give a single value back as a text.
    return f"VALUES ?{name} {{ {_NOTHING} {' '.join(str(node) for node in nodes)} }}"


def _by_subject(triples: Iterable[ox.Triple]) -> dict[object, _Triples]:
    result: dict[object, _Triples] = {}
    for triple in triples:
        result.setdefault(triple.subject, []).append(triple)
    return result


def _triples(
    rows: Rows,
    subject: ox.NamedNode | None = None,
    predicate: ox.NamedNode | None = None,
    value: Term | None = None,
) -> Iterator[ox.Triple]:
    """Rows with the variables s, p and o as statements; what was given stands for what was not asked."""
    for row in rows.rows:
        cells = dict(zip(rows.variables, row, strict=True))
        s, p, o = cells.get("s", subject), cells.get("p", predicate), cells.get("o", value)
        if isinstance(s, (ox.NamedNode, ox.BlankNode)) and isinstance(p, ox.NamedNode) and o is not None:
            yield ox.Triple(s, p, o)
