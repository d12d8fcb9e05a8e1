"""Who learned from whom: counts of transfers, giver by receiver, with what is unknown as its own row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import Claim
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.narrate import labels
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.translation import N_

SIDES = {
    "region": ("from_region", "to_region"),
    "country": ("from_country", "to_country"),
    "organisation": ("from_organisation", "to_organisation"),
    "project": ("source_project", "project"),
}
"""By what to count: what tells the giver and the receiver of a transfer."""

COLUMNS = {
    "receiver": N_("Who learned."),
    "giver": N_("From whom."),
    "transfers": N_("Number of learning transfers, each counted once."),
}


@dataclass(frozen=True)
class Cell(AnalysisRow):
    """One receiver and one giver that have a transfer; pairs without one have no row."""

    receiver: NamedThing
    giver: NamedThing
    transfers: int
    support: Support


@dataclass(frozen=True)
class Matrix:
    """The cells as a grid: receivers down, givers across, the busiest first, what is unknown last."""

    receivers: tuple[NamedThing, ...]
    givers: tuple[NamedThing, ...]
    cells: dict[tuple[str, str], Cell]
    left_out: int
    """Transfers that stand in cells beyond the size of the grid."""

    @property
    def most(self) -> int:
        """The largest number in a cell."""
        return max((cell.transfers for cell in self.cells.values()), default=0)


def cells(engine: Engine, every: Sequence[Claim], by: str) -> list[Cell]:
    """The cells of a matrix, the largest first."""
    giver, receiver = SIDES[by]
    result: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in every:
        for one in claim.get(receiver):
            for other in claim.get(giver):
                result[one, other].add(claim.transfer)
    names = labels(engine, (iri for pair in result for iri in pair if iri))
    rows = [
        Cell(
            with_label(one, names, by),
            with_label(other, names, by),
            len(transfers),
            Support(f"{one} {other}", tuple(sorted(transfers)), ()),
        )
        for (one, other), transfers in result.items()
    ]
    rows.sort(key=lambda row: (-row.transfers, row.receiver.label, row.giver.label, row.support.key))
    return rows


def grid(rows: Sequence[Cell], size: int) -> Matrix:
    """A grid of at most ``size`` receivers and givers, without those that have no transfer."""
    receivers, givers = (
        _busiest([(getattr(r, side), r.transfers) for r in rows]) for side in ("receiver", "giver")
    )
    shown = {(r.receiver.id, r.giver.id): r for r in rows}
    down, across = receivers[:size], givers[:size]
    in_grid = {
        key: row
        for key, row in shown.items()
        if key[0] in {n.id for n in down} and key[1] in {n.id for n in across}
    }
    left = {t for key, row in shown.items() if key not in in_grid for t in row.support.transfers}
    return Matrix(tuple(down), tuple(across), in_grid, len(left))


def _busiest(counted: Sequence[tuple[NamedThing, int]]) -> list[NamedThing]:
    total: dict[NamedThing, int] = defaultdict(int)
    for thing, count in counted:
        total[thing] += count
    return sorted(total, key=lambda thing: (not thing.id, -total[thing], thing.label, thing.id))
