"""How are lists found, narrowed and suggested?

Imports from the graph half, and here from ``http``, ``execution``, ``presentation`` and ``responses``; the
packages below it in ``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.search import lists, suggest

    return lists.blueprint, suggest.blueprint
