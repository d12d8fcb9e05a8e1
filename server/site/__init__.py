"""What does the site say of itself: home, about, health, OpenAPI?

Imports from the graph half, and here from ``http``, ``operations``, ``execution``, ``releases``,
``presentation``, ``responses``, ``paths``, ``linked_data``, ``analyses`` and ``sparql``; the packages
below it in ``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.site import about, bundles, home, openapi, operation

    return home.blueprint, about.blueprint, openapi.blueprint, bundles.blueprint, operation.blueprint
