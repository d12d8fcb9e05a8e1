"""The rows of every indicator for all projects, gathered once for a release."""

from pathlib import Path

from policytrace.graph.indicators.definitions import Definition, definitions
from policytrace.graph.indicators.items import Gathered, Item, ItemRow, disputed, gather
from policytrace.graph.library import count_store
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.sparql.query_text import text


def _name(known: Definition) -> str:
    return f"indicator-{known.name}"


def rule(known: Definition) -> str:
    """A digest of what decides an indicator."""
    return count_store.rule([known.text, text("indicators/shared/disputed")])


def write(engine: Engine, folder: Path) -> list[tuple[Definition, Gathered]]:
    """Gather every indicator and write it into a folder.

    Returns:
        What was gathered.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    disputes, every = disputed(engine), []
    for known in definitions().values():
        found = gather(engine, known, None, disputes)
        every.append((known, found))
        items = [
            (item.key, [(row.values, row.lacks, row.strength, row.disputes) for row in item.rows])
            for item in found.items
        ]
        count_store.save(folder, _name(known), rule(known), (items, found.unknown))
    return every


@count_store.undisturbed()
def read(release: Path, known: Definition) -> Gathered | None:
    """An indicator of the release in a folder, gathered for all projects; None if it was not."""
    found = count_store.load(release, _name(known), rule(known))
    if found is None:
        return None
    items, unknown = found
    return Gathered(
        [
            Item(
                tuple(key),
                [
                    ItemRow(values, lacks, strength, tuple(disputes))
                    for values, lacks, strength, disputes in rows
                ],
            )
            for key, rows in items
        ],
        unknown,
    )
