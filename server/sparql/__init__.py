"""What does the SPARQL endpoint do?

Imports from the graph half, and here from ``http``, ``operations``, ``execution``, ``releases``,
``presentation``, ``responses``, ``search``, ``linked_data`` and ``catalogue``; the packages below it in
``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.sparql import completion, endpoint, examples, graph_store, library

    return (
        endpoint.blueprint,
        library.blueprint,
        graph_store.blueprint,
        completion.blueprint,
        examples.blueprint,
    )
