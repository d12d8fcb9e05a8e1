"""What changed, and what can be downloaded?

Imports from the graph half, and here from ``http``, ``releases``, ``presentation``, ``responses``,
``limits``, ``dossiers``, ``linked_data`` and ``analyses``; the packages below it in ``docs/architecture.md``
may import from it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint


def blueprints() -> "tuple[Blueprint, ...]":
    """What answers the addresses of this package, imported when an application is made."""
    from policytrace.server.changes import atom, dumps, ldes, releases, since

    return dumps.blueprint, releases.blueprint, ldes.blueprint, atom.blueprint, since.blueprint
