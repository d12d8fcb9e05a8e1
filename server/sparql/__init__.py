"""What does the SPARQL endpoint do?"""

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
