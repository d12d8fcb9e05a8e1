"""The transfers that a thing has to do with, as they are counted of it."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.vocabulary.terms import ID, segment_of

PATHS: dict[str, tuple[str, ...]] = {
    "practice": ("^pt:source",),
    "proposal": ("^pt:source",),
    "measure": ("^pt:toMeasure",),
    "plan": ("^pt:partOfPlan/^pt:toMeasure",),
    "instrument": ("^pt:reachesInstrument",),
    "policy-change": ("pt:changedBy/^pt:toMeasure",),
    "event": ("^pt:throughEvent",),
    "region": ("^pt:receivedIn", "^pt:givenIn"),
    "country": ("^pt:receivedIn", "^pt:givenIn"),
    "organisation": ("^pt:receivedBy", "^pt:fromOrganisation"),
    "project": ("^pt:inProject",),
    "platform": ("^pt:inProject",),
    "programme": ("^pt:inProject",),
}
"""How transfers are reached from a thing, by its segment; ^ goes against the direction of a property."""
REPORTED = (*PATHS, "transfer")
"""Segments of the things that there are reports about."""
TRANSFER = ID + "transfer/"


def transfers_of(reader: Reader, node: ox.NamedNode) -> list[ox.NamedNode]:
    """The transfers that name a thing, or what lies in it, in the order of identifiers."""
    if node.value.startswith(TRANSFER):
        return [node]
    segment = segment_of(node.value)
    nodes = _funded(reader, node) if segment == "programme" else {node}
    return _ordered(one for path in PATHS.get(segment, ()) for one in _ends(reader, nodes, path.split("/")))


def onward_transfers(reader: Reader, practice: ox.NamedNode) -> list[ox.NamedNode]:
    """The transfers from measures that those of a practice led to, and so on from measure to measure."""
    direct = set(transfers_of(reader, practice))
    found, led_to = set(direct), set[ox.NamedNode]()
    fresh = direct
    while fresh:
        measures = {one for transfer in fresh for one in reader.nodes(transfer, "pt:toMeasure")} - led_to
        led_to |= measures
        fresh = _ends(reader, measures, ["^pt:source"]) - found
        found |= fresh
    return _ordered(found - direct)


def _ordered(nodes: Iterable[ox.NamedNode]) -> list[ox.NamedNode]:
    chosen = {node for node in nodes if node.value.startswith(TRANSFER)}
    return sorted(chosen, key=lambda node: node.value)


def _funded(reader: Reader, programme: ox.NamedNode) -> set[ox.NamedNode]:
    """A programme with the projects and programmes that it funds, from step to step."""
    found, waiting = {programme}, [programme]
    while waiting:
        fresh = set(reader.subjects("pt:fundedBy", waiting.pop())) - found
        found |= fresh
        waiting += fresh
    return found


def _ends(reader: Reader, nodes: Iterable[ox.NamedNode], steps: Sequence[str]) -> set[ox.NamedNode]:
    ends = set(nodes)
    for step in steps:
        ends = {
            end
            for start in ends
            for end in (reader.subjects(step[1:], start) if step[0] == "^" else reader.nodes(start, step))
        }
    return ends
