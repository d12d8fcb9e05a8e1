"""What does an identifier lead to, as RDF?

Imports from the graph half, and here from ``http``, ``releases``, ``presentation``, ``responses``,
``pictures`` and ``dossiers``; the packages below it in ``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.linked_data import collections, ontology, ontology_picture, routes

    return routes.blueprint, ontology.blueprint, collections.blueprint, ontology_picture.blueprint
