"""What does the page of one thing tell?

Imports from the graph half, and here from ``http``, ``execution``, ``presentation``, ``responses`` and
``paths``; the packages below it in ``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.dossiers import dossier

    return (dossier.blueprint,)
