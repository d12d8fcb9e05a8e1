"""Who learned from whom, as tables of pairs must give it, counted from the tables alone."""

from collections import defaultdict

from oracle import Oracle, Transfer

NOBODY = ""
"""Stands for a receiver that no table names."""
BY = ("country", "region", "organisation")

Pairs = dict[tuple[str, str], set[str]]
"""Giver, which may be ``giver-kind/…``, and receiver, as paths of identifiers, to the ids of transfers."""


def pairs(oracle: Oracle, by: str, layer: str = "", project: str = "") -> Pairs:
    """The pairs of givers and receivers of one kind, and in them each transfer of a layer and a project.

    A receiver has a pair with each thing that gave, and with a kind of giver: ``own-region``, ``not-named``,
    and the kind of those transfers that nothing of the kind asked for gave.
    """
    found: Pairs = defaultdict(set)
    for transfer in oracle.transfers.values():
        if layer in ("", transfer.layer) and project in ("", transfer.project):
            for receiver in ends(transfer, by, giver=False) or {NOBODY}:
                for giver in _givers(transfer, by, receiver):
                    found[giver, receiver].add(transfer.id)
    return dict(found)


def ends(transfer: Transfer, by: str, *, giver: bool) -> set[str]:
    """The givers or the receivers of a transfer: things of one kind, else the place that is known instead.

    By region that is the country of an organisation, by country a region that is in none.
    """
    party = transfer.giver if giver else transfer.receiver
    regions = transfer.giver_regions if giver else transfer.receiver_regions
    countries = {place for place in party if place.startswith("country/")}
    if by == "organisation":
        return {one for one in party if one.startswith("organisation/")}
    return (regions or countries) if by == "region" else (countries or regions)


def _givers(transfer: Transfer, by: str, receiver: str) -> set[str]:
    kind = f"giver-kind/{transfer.giver_kind}"
    given = ends(transfer, by, giver=True)
    if transfer.giver_kind == "own-region":
        return {kind} | (given - {receiver})
    return given or {kind}


def in_several_countries(oracle: Oracle, by: str, layer: str = "", project: str = "") -> Pairs:
    """What was learned from givers that are in several countries, which may stand in rows of its own."""
    found: Pairs = defaultdict(set)
    for transfer in oracle.transfers.values():
        wanted = layer in ("", transfer.layer) and project in ("", transfer.project)
        if wanted and transfer.giver_kind == "several-countries":
            for receiver in ends(transfer, by, giver=False) or {NOBODY}:
                found["giver-kind/several-countries", receiver].add(transfer.id)
    return dict(found)
