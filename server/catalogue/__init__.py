"""What do harvesters read?

Imports from the graph half, and here from ``http``, ``execution``, ``releases``, ``presentation``,
``responses``, ``linked_data`` and ``changes``; the packages below it in ``docs/architecture.md`` may import
from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.catalogue import linkset, routes, sitemap

    return routes.blueprint, sitemap.blueprint, linkset.blueprint
