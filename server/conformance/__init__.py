"""Does a site keep to the standards?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.conformance import routes

    return (routes.blueprint,)
