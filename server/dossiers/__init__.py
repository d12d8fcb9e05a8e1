"""What does the page of one thing tell?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.dossiers import paths_through

    return (paths_through.blueprint,)
