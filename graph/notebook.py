"""A release in a notebook: queries as rows or frames, hops as a networkx graph.

from policytrace import open_release

release = open_release()
release.frame("measure_origins", measure="me-gavleborg-export-centre")
"""

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import pyoxigraph as ox

from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.library import answers
from policytrace.graph.library.queries import library
from policytrace.graph.lookup.reader import best_text
from policytrace.graph.releases.release import Release, Releases, default_home, licence_of
from policytrace.graph.remote.arrays import derive
from policytrace.graph.remote.connect import connect
from policytrace.graph.remote.engine import RemoteEngine
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, OxigraphEngine, Result, Rows
from policytrace.graph.sparql.syntax import QueryError
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS
from policytrace.graph.vocabulary.terms import PT, SCHEME, XSD, graph

if TYPE_CHECKING:
    from policytrace.graph.paths.answer import Answer
    from policytrace.graph.paths.path_graph import PathGraph

EngineName = Literal["oxigraph", "rdflib"]
Frames = Literal["pandas", "polars"]

_HOPS = f"""
PREFIX pt: <{PT}>
SELECT ?hop ?from ?to ?kind ?by ?transfer ?earliest ?latest ?strength WHERE {{ GRAPH ?layer {{
  ?hop pt:hopFrom ?from ; pt:hopTo ?to ; pt:hopKind ?kind .
  OPTIONAL {{ ?hop pt:hopTransfer ?transfer }}
  OPTIONAL {{ ?hop pt:hopRecord ?by }}
  OPTIONAL {{ ?hop pt:earliest ?earliest }}
  OPTIONAL {{ ?hop pt:latest ?latest }}
  OPTIONAL {{ ?hop pt:strength ?strength }}
}} }}"""
_NAMES = f"""
PREFIX pt: <{PT}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?thing ?name WHERE {{
  GRAPH ?layer {{ {{ ?hop pt:hopFrom ?thing }} UNION {{ ?hop pt:hopTo ?thing }} }}
  ?thing rdfs:label ?name
}}"""


class OpenedRelease:
    """One release and the engine that asks it."""

    def __init__(
        self, release_id: str, manifest: Mapping[str, Any], engine: Engine, folder: Path | None = None
    ) -> None:
        self.id, self.manifest, self.engine = release_id, manifest, engine
        self._folder = folder

    def __repr__(self) -> str:
        return f"<PolicyTrace release {self.id}>"

    def query(self, question: str, /, **parameters: object) -> Result:
        """Ask a query of the library by its name, or any SPARQL 1.1 query.

        Args:
            question: name of a library query, or the text of a query.
            parameters: of a library query: its parameters, ``None`` or ``""`` for any; of a text: IRIs as
                ``pyoxigraph.NamedNode``, or Python values, for its variables.

        Returns:
            ``Rows`` with ``variables`` and ``rows`` for SELECT, a truth value for ASK, triples otherwise.

        Raises:
            ParameterError: a parameter does not fit.
            QueryError: the query cannot be answered.
        """
        if question in library():
            given = {name: "" if value is None else str(value) for name, value in parameters.items()}
            prepared = self._folder if isinstance(self.engine, OxigraphEngine) else None
            return answers.ask(self.engine, question, given, prepared)
        if not any(mark in question for mark in "{<"):
            raise QueryError(
                f"There is no library query {question}.", hint=f"There are: {', '.join(library())}."
            )
        return self.engine.query(question, bindings={n: _term(value) for n, value in parameters.items()})

    def frame(self, question: str, /, *, frames: Frames | None = None, **parameters: object) -> Any:
        """The rows of a SELECT query as a pandas or polars data frame, whichever is installed.

        Identifiers become texts; numbers, dates and truth values become those of Python; what is unbound is
        missing.

        Args:
            question: as for ``query``.
            frames: ``pandas`` or ``polars`` when it must be that one.
            parameters: as for ``query``.

        Raises:
            QueryError: the query has no rows, because it is none of SELECT.
            ModuleNotFoundError: neither is installed.
        """
        answer = self.query(question, **parameters)
        if not isinstance(answer, Rows):
            raise QueryError("Only the rows of a SELECT query make a frame.")
        columns = {
            name: [python_value(row[at]) for row in answer.rows] for at, name in enumerate(answer.variables)
        }
        return _frame_class(frames)(columns)

    @cached_property
    def _hops(self) -> "PathGraph":
        from policytrace.graph.paths.path_graph import PathGraph

        rules, licence = self.manifest.get("rules", {}), licence_of(self.manifest)
        if self._folder is not None:
            return PathGraph(
                HopArrays.open(Release(self.id, self._folder).verified(FOLDER)),
                self.engine,
                self.id,
                rules,
                licence=licence,
            )
        assert isinstance(self.engine, RemoteEngine)
        with tempfile.TemporaryDirectory() as folder:
            derive(self.engine, Path(folder))
            return PathGraph(
                HopArrays.open(Path(folder) / FOLDER), self.engine, self.id, rules, licence=licence
            )

    def paths(self, **options: object) -> "Answer":
        """Transfer paths: where something went, where it came from, how two things are linked.

        Options are those of ``docs/guide/paths.md``, with ``from_`` for ``from``; a list gives several
        values: ``release.paths(from_="practice/gp-ergo")``.

        Returns:
            The answer: ``paths`` with hops and evidence, ``truncated``, ``reason``; ``as_dict()`` is the
            same as JSON.

        Raises:
            QuestionError: an option cannot be used.
            UnknownThingError: the release does not know one of the ends.
            HopArraysError: an older or a newer version built the release.
        """
        given = {name.removesuffix("_"): _texts(value) for name, value in options.items()}
        return self._hops.answer({name: texts for name, texts in given.items() if texts})

    def graph(self, *layers: str) -> "nx.MultiDiGraph[str]":
        """The hops of some layers (``realised`` unless told otherwise) as a networkx graph.

        Nodes are IRIs with the attribute ``label``; an edge has the hop's identifier as key and the
        attributes ``kind``, ``layer``, ``transfer`` or ``record``, and, where known, ``earliest``, ``latest``
        and ``strength``.

        Raises:
            ValueError: there is no such layer.
        """
        found: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for layer in layers or (INFLUENCE,):
            if layer not in LAYERS:
                raise ValueError(f"There is no layer {layer}. There are: {', '.join(LAYERS)}.")
            chosen = {"layer": ox.NamedNode(graph("hops", layer))}
            for row in self._rows(_HOPS, chosen):
                start, end, hop = (_text(row[name]) for name in ("from", "to", "hop"))
                found.add_edge(start, end, key=hop, layer=layer, **dict(_attributes(row)))
            names: dict[str, list[object]] = {}
            for row in self._rows(_NAMES, chosen):
                names.setdefault(_text(row["thing"]), []).append(row["name"])
            for thing, texts in names.items():
                if (label := best_text(texts)) is not None:
                    found.nodes[thing]["label"] = label.text
        return found

    def _rows(self, text: str, bindings: Mapping[str, Term]) -> Iterator[dict[str, Term | None]]:
        answer = self.engine.query(text, bindings=bindings)
        assert isinstance(answer, Rows)
        for row in answer.rows:
            yield dict(zip(answer.variables, row, strict=True))


def _attributes(row: Mapping[str, Term | None]) -> Iterator[tuple[str, object]]:
    yield "kind", _text(row["kind"]).removeprefix(f"{SCHEME}hop-kind/")
    for name, cell in (("transfer", row["transfer"]), ("record", row["by"])):
        if cell is not None:
            yield name, cell.value
    for name in ("earliest", "latest"):
        if row[name] is not None:
            yield name, python_value(row[name])
    if row["strength"] is not None:
        yield "strength", _text(row["strength"]).removeprefix(f"{SCHEME}strength/")


def _texts(value: object) -> list[str]:
    several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return [str(one) for one in several if one is not None and one != ""]


def _text(term: Term | None) -> str:
    return term.value if term is not None else ""


_READERS: dict[str, Callable[[str], object]] = {
    XSD + "integer": int,
    XSD + "int": int,
    XSD + "long": int,
    XSD + "decimal": Decimal,
    XSD + "double": float,
    XSD + "float": float,
    XSD + "date": date.fromisoformat,
    XSD + "dateTime": datetime.fromisoformat,
    XSD + "boolean": lambda text: text in ("true", "1"),
}


def python_value(term: Term | None) -> Any:
    """A term as a Python value: a text where it has no better one, None where it is unbound."""
    if isinstance(term, ox.Literal):
        try:
            return _READERS.get(term.datatype.value, str)(term.value)
        except (ValueError, ArithmeticError):
            return term.value
    return None if term is None else term.value


def _term(value: object) -> Term | None:
    if value is None or isinstance(value, (ox.NamedNode, ox.Literal)):
        return value
    if isinstance(value, (bool, int, float, str)):
        return ox.Literal(value)
    if isinstance(value, date):
        return ox.Literal(value.isoformat(), datatype=ox.NamedNode(XSD + "date"))
    raise TypeError(f"A value of type {type(value).__name__} cannot be bound to a variable.")


def _frame_class(frames: Frames | None) -> Callable[[Mapping[str, list[Any]]], Any]:
    for name in (frames,) if frames else ("pandas", "polars"):
        try:
            made: Callable[[Mapping[str, list[Any]]], Any] = import_module(name).DataFrame
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
        else:
            return made
    wanted = frames or "pandas or polars"
    raise ModuleNotFoundError(f"{wanted} is not installed: pip install 'policytrace[notebook]'", name=frames)


def open_release(
    release: str | None = None,
    *,
    home: str | Path | None = None,
    store: str = "",
    engine: EngineName = "oxigraph",
) -> OpenedRelease:
    """Open a release: the current one of a home folder, unless told otherwise.

    Args:
        release: identifier of an older release.
        home: where releases lie; ``POLICYTRACE_HOME``, else the folder of the command line.
        store: address of a SPARQL server that holds the releases instead; ``POLICYTRACE_STORE``.
        engine: ``rdflib`` copies the release into rdflib in memory, for small ones.

    Raises:
        ReleaseError: there is none.
        StoreError: the server did not answer.
    """
    store = store or ("" if home else os.environ.get("POLICYTRACE_STORE", ""))
    if store:
        remote = connect(store)
        there = remote.open(release)
        return OpenedRelease(there.id, there.manifest or {}, remote.engine(there))
    releases = Releases(Path(home or os.environ.get("POLICYTRACE_HOME") or default_home()))
    found, warning = releases.sound(release)
    if warning:
        warnings.warn(warning, stacklevel=2)
    if engine == "rdflib":
        from policytrace.graph.sparql.rdflib_engine import RdflibEngine

        return OpenedRelease(found.id, found.manifest, RdflibEngine.load(found.open()), found.path)
    return OpenedRelease(found.id, found.manifest, OxigraphEngine(found.open()), found.path)
