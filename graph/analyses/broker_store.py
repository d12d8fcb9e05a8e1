"""Brokers over all realised paths, counted once for a release: what the analysis answers without options."""

from pathlib import Path

from policytrace.graph.analyses.brokers import KINDS, BrokerCount, counts
from policytrace.graph.analyses.transfers import asked
from policytrace.graph.library import count_store
from policytrace.graph.paths.search.view import View
from policytrace.graph.sparql.engine import Engine

_NAME = "brokers"


def _rule() -> str:
    return count_store.rule([asked("transfers"), asked("responsible"), *KINDS])


def write(engine: Engine, view: View, folder: Path) -> None:
    """Count all brokers and write them into a folder.

    A count that a limit ended is not kept.

    Args:
        engine: over the release.
        view: its realised hops.
        folder: takes the file.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    found, bound = counts(engine, view)
    if not bound:
        count_store.save(folder, _NAME, _rule(), [list(one) for one in found])


@count_store.undisturbed()
def read(release: Path) -> list[BrokerCount] | None:
    """The brokers of the release in a folder, in no order; None if they were not counted."""
    found = count_store.load(release, _NAME, _rule())
    return None if found is None else [BrokerCount(*one) for one in found]
