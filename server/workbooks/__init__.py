"""How is a filled workbook checked?

Imports from the graph half, and here from ``http``, ``operations``, ``execution``, ``responses`` and
``limits``; the packages below it in ``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.workbooks import routes

    return (routes.blueprint,)
