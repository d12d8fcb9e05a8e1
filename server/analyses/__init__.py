"""What do all transfers together say: numbers, gaps, overviews, reports?

Imports from the graph half, and here from ``http``, ``execution``, ``releases``, ``presentation``,
``responses``, ``search``, ``pictures``, ``paths`` and ``dossiers``; the packages below it in
``docs/architecture.md`` may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.analyses import (
        analysis,
        gaps,
        indicators,
        overview_page,
        picture_routes,
        reports,
        strength,
    )

    return (
        overview_page.blueprint,
        analysis.blueprint,
        indicators.blueprint,
        gaps.blueprint,
        strength.blueprint,
        reports.blueprint,
        picture_routes.blueprint,
    )
