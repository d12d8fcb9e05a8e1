"""Where did it go, where did it come from?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.paths import picture, routes

    return routes.blueprint, picture.blueprint
