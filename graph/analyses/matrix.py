"""Who learned from whom: counts of transfers, giver by receiver, a giver that is no place by its kind."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import UNKNOWN, Claim
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.narrate import labels
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import N_

_OWN = "/own-region"
_BESIDE = (_OWN, "/several-countries")
"""Kinds of givers that have a row of their own, beside those of the givers."""
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
    result: dict[tuple[str, str], set[str]] = defaultdict(set)
    for claim in every:
        for one in _ends(claim, by, giver=False) or [UNKNOWN]:
            for other in _givers(claim, by, one):
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


_OTHERWISE = {"region": ("from_country", "to_country"), "country": ("from_region", "to_region")}
"""What stands for a giver and a receiver where no thing of the kind asked for is known."""


def _ends(claim: Claim, by: str, *, giver: bool) -> Sequence[str]:
    side = 0 if giver else 1
    names = (SIDES[by][side], *(one[side] for one in (_OTHERWISE.get(by),) if one))
    return next((found for name in names if (found := claim.values.get(name))), ())


def _givers(claim: Claim, by: str, receiver: str) -> Sequence[str]:
    """The givers, and their kind where there are several countries, or none is known; none gave to itself.

    It is the rule of ``queries/overview/learning-region.rq``.
    """
    given = _ends(claim, by, giver=True)
    if by == "project":
        return given or [UNKNOWN]
    kind = claim.get("giver_kind")
    if kind[0].endswith(_BESIDE):
        own = kind[0].endswith(_OWN)
        return [*kind, *(one for one in given if not own or one != receiver)]
    return given or kind


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
    return sorted(
        total, key=lambda thing: (not thing.id.startswith(ID), -total[thing], thing.label, thing.id)
    )
