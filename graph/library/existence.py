"""Whether the things that the parameters of a query name are there, and are what the query asks for."""

from collections.abc import Callable, Mapping

import pyoxigraph as ox

from policytrace.graph.library.queries import Query
from policytrace.graph.search.fuzzy import similar_things
from policytrace.graph.search.index import Index
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.parameters import Parameter, ParameterError
from policytrace.graph.vocabulary.terms import ID, compact, expand

SUGGESTIONS = 3
"""Things offered for one that is not known."""

_CLASSES = "SELECT DISTINCT ?class WHERE { VALUES ?thing { UNDEF } ?thing a ?class }"
_EXISTS = "SELECT ?thing WHERE { VALUES ?thing { UNDEF } { ?thing ?p ?o } UNION { ?s ?thing ?o } } LIMIT 1"


def check(engine: Engine, query: Query, given: Mapping[str, str], index: Callable[[], Index | None]) -> None:
    """Refuse what a query cannot be asked about; an empty answer would read as if there were none.

    Args:
        engine: holds the release.
        query: asked with ``given``, which its parameters accept; what was left to a default is not checked.
        index: of the release, to say what may be meant; None where there is none.

    Raises:
        ParameterError: the release knows nothing of a thing, or it is of another class.
    """
    for parameter in query.parameters:
        node = (
            parameter.term(given.get(parameter.name, "")) if given.get(parameter.name, "").strip() else None
        )
        if parameter.type == "iri" and isinstance(node, ox.NamedNode):
            _check(engine, parameter, node, index)


def _check(
    engine: Engine, parameter: Parameter, node: ox.NamedNode, index: Callable[[], Index | None]
) -> None:
    classes = _values(engine, _CLASSES, node) if parameter.cls else []
    if not classes and not _values(engine, _EXISTS, node):
        message = f"nothing in this release is called {node.value}.{_suggestion(parameter, node, index())}"
        raise ParameterError(parameter.name, message)
    if parameter.cls and expand(parameter.cls) not in classes:
        own = sorted(compact(one) for one in classes if compact(one).startswith(("pt:", "org:")))
        what = f"is a {' and '.join(own)}" if own else "is of no class that is known here"
        raise ParameterError(
            parameter.name, f"{node.value} {what}, and this question is about a {parameter.cls}."
        )


def _values(engine: Engine, text: str, node: ox.NamedNode) -> list[str]:
    answer = engine.query(text, bindings={"thing": node})
    assert isinstance(answer, Rows)
    return [row[0].value for row in answer.rows if isinstance(row[0], ox.NamedNode)]


def _suggestion(parameter: Parameter, node: ox.NamedNode, index: Index | None) -> str:
    if index is None or not node.value.startswith(ID):
        return ""
    found = similar_things(lambda text: index.search(text, parameter.segment, SUGGESTIONS), node.value)
    names = [iri.removeprefix(f"{ID}{parameter.segment}/" if parameter.segment else ID) for iri in found]
    return f" Did you mean {' or '.join(names)}?" if names else ""
