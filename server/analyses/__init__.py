"""What do all transfers together say: numbers, gaps, overviews, reports?"""

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
