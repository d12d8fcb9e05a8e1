"""The closure of a graph by owlrl, and the contradictions it finds in it."""

import owlrl  # type: ignore[import-untyped]
from rdflib import Graph, URIRef

ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
"""The property by which owlrl states a contradiction."""


def inconsistencies(graph: Graph) -> list[str]:
    """The contradictions owlrl finds in a graph with its axioms, sorted; the graph is left as it was."""
    closed = Graph()
    for statement in graph:
        closed.add(statement)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    return sorted(str(message) for message in closed.objects(None, ERROR))
