"""What went into a thing and what came out of it, as ``sides.toml`` lists it for each kind of thing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from policytrace.graph.vocabulary.scales import GIVER_KINDS, LAYERS, LEVELS, STAGES
from policytrace.graph.vocabulary.terms import expand
from policytrace.graph.vocabulary.translation import N_, gettext, ngettext
from policytrace.server.dossiers.tables import table
from policytrace.server.presentation.view import PropertyRow, Value, View, code_of, concept

SIDES: dict[str, tuple[str, str]] = {
    "in": (N_("What went in"), N_("Nothing is recorded that went in.")),
    "out": (N_("What came out"), N_("Nothing is recorded that came out.")),
}
"""What the two sides of a dossier are called, and what is said where one is empty."""
EMPTY = N_("That no source was found does not mean that there was nothing.")
"""What is said of every empty side."""


@cache
def sides(segment: str) -> Mapping[str, Mapping[str, int]]:
    """For each side the properties, as IRIs, with their place; those of things that point here with ``^``.

    Empty for a kind of thing that nothing goes into or comes out of.
    """
    return {
        side: {_expanded(curie): place for place, curie in enumerate(curies)}
        for side, curies in table("sides").get(segment, {}).items()
    }


def _expanded(curie: str) -> str:
    return "^" + expand(curie[1:]) if curie.startswith("^") else expand(curie)


@dataclass(frozen=True)
class Tally:
    """How many of some transfers have each code of a scale, firmest first; or how many things they name."""

    scale: str
    title: str
    counts: tuple[tuple[Value, int], ...]


TALLIES = {
    "named": N_("What they name"),
    "layer": N_("Influence or not"),
    "giver": N_("Where the giver is"),
    "stage": N_("How far they got"),
    "strength": N_("Strength of the evidence"),
}
"""What the tallies of several transfers are called."""
_SCALES = (
    ("layer", "layer", "pt:layer", LAYERS),
    ("giver", "giver-kind", "pt:giverKind", GIVER_KINDS),
    ("stage", "stage", "pt:stage", STAGES),
    ("strength", "strength", "pt:strength", LEVELS[::-1]),
)
"""Each scale with its concept scheme, the property that leads to its codes, and these in order."""


def tallies(view: View, transfers: Iterable[ox.NamedNode]) -> tuple[Tally, ...]:
    """How many things some transfers name, how far they got, and how strong their evidence is."""
    every = list(transfers)
    found = [Tally("named", gettext(TALLIES["named"]), _named(view, every))]
    for scale, scheme, curie, order in _SCALES:
        codes = [code_of(view.reader.node(transfer, curie)) for transfer in every]
        always = order[:2] if scale == "layer" else ()
        listed = (*order, *sorted(set(codes) - set(order)))
        known = [code for code in listed if code and (code in codes or code in always)]
        counts = [(view.thing(concept(scheme, code)), codes.count(code)) for code in known]
        if unknown := codes.count(""):
            counts.append((Value(gettext("not known")), unknown))
        found.append(Tally(scale, gettext(TALLIES[scale]), tuple(counts)))
    return tuple(found)


def _named(view: View, transfers: Sequence[ox.NamedNode]) -> tuple[tuple[Value, int], ...]:
    found = []
    for curie, (one, several) in table("transfer")["named"].items():
        things = {thing for transfer in transfers for thing in view.reader.nodes(transfer, curie)}
        if things:
            found.append((Value(ngettext(one, several, len(things))), len(things)))
    return tuple(found)


def outgoing(rows: Iterable[PropertyRow], places: Mapping[str, int]) -> tuple[PropertyRow, ...]:
    """The rows of a thing's own properties that stand on one side, in the order of the table."""
    return tuple(
        sorted((row for row in rows if row.name.iri in places), key=lambda row: places[row.name.iri])
    )
