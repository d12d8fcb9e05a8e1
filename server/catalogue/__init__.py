"""What do harvesters read?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.catalogue import linkset, routes, sitemap

    return routes.blueprint, sitemap.blueprint, linkset.blueprint
