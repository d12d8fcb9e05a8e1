"""The work list of all projects, counted once for a release."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from policytrace.graph.gaps.find import Gap, find
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.gaps.place import Placed, RowPlace, place
from policytrace.graph.library import count_store
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.sparql.query_text import text

_NAME = "gaps"


@cache
def _rule() -> str:
    declared = (files("policytrace") / "graph" / "gaps" / "kinds.toml").read_text("utf-8")
    return count_store.rule(
        [declared, *(text(query) for query in sorted({k.query for k in kinds().values()}))]
    )


def write(engine: Engine, reader: Reader, folder: Path) -> None:
    """Count every gap, with who may know and where, and write it into a folder.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    rows = [
        (
            one.gap.kind.code,
            one.gap.thing,
            one.gap.project,
            one.gap.missing,
            one.partners,
            one.why,
            (one.place.file, one.place.row, one.place.record),
        )
        for one in place(reader, find(engine, None))
    ]
    count_store.save(folder, _NAME, _rule(), rows)


@count_store.undisturbed()
def read(release: Path) -> list[Placed] | None:
    """Every gap of the release in a folder, as ``find`` and ``place`` give them; None if not counted."""
    rows = count_store.load(release, _NAME, _rule())
    if rows is None:
        return None
    of = kinds()
    return [
        Placed(Gap(of[kind], thing, project, missing), tuple(partners), why, RowPlace(*where))
        for kind, thing, project, missing, partners, why, where in rows
    ]
