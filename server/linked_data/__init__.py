"""What does an identifier lead to, as RDF?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.linked_data import collections, ontology, ontology_picture, routes

    return routes.blueprint, ontology.blueprint, collections.blueprint, ontology_picture.blueprint
