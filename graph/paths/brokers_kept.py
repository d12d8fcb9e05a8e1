"""Brokers over all realised paths, counted once for a release: what the analysis answers without options."""

from pathlib import Path

from policytrace.graph import counted
from policytrace.graph.paths.brokers import KINDS, Count, counts
from policytrace.graph.paths.claims import asked
from policytrace.graph.paths.view import View
from policytrace.graph.store import Engine

_NAME = "brokers"


def _rule() -> str:
    return counted.rule([asked("transfers"), asked("responsible"), *KINDS])


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
        counted.save(folder, _NAME, _rule(), [list(one) for one in found])


@counted.undisturbed()
def read(release: Path) -> list[Count] | None:
    """The brokers of the release in a folder, in no order; None if they were not counted."""
    found = counted.load(release, _NAME, _rule())
    return None if found is None else [Count(*one) for one in found]
