"""How are lists found, narrowed and suggested?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.search import lists, suggest

    return lists.blueprint, suggest.blueprint
