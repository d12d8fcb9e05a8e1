"""Brute force over networkx: what the search must find, written without any of its ideas."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import networkx as nx

from policytrace.graph.hops.arrays import Hop
from policytrace.graph.paths.choices import Limit, Limits, Question, Time
from policytrace.graph.paths.search.view import Filters

UNLIMITED = Limits(max_hops=64, max_paths=2**40, max_ms=2**40, max_edges=2**60)
"""For questions that wait as long as it takes."""
STRENGTHS = ("very-weak", "weak", "moderate", "strong", "very-strong")

Node = tuple[str, bool]
"""A thing, and whether it is met as one that passes on or receives something unnamed."""
Path = tuple[Hop, ...]


@dataclass(frozen=True)
class Expected:
    """The paths in order, and the limits that must be reported."""

    paths: list[tuple[str, ...]]
    bound: list[Limit]


def passes(hop: Hop, f: Filters) -> bool:
    """Whether a hop passes the filters."""
    checks = [
        hop.layer in f.layers,
        not f.kinds or hop.kind in f.kinds,
        not f.min_strength or _rank(hop) > STRENGTHS.index(f.min_strength),
        not f.stages or hop.stage is None or hop.stage in f.stages,
        not f.statuses or hop.status is None or hop.status in f.statuses,
        not f.projects or hop.project in f.projects,
        not f.regions or bool({hop.from_region, hop.to_region} & f.regions),
        f.period[0] is None or hop.latest is None or hop.latest >= f.period[0],
        f.period[1] is None or hop.earliest is None or hop.earliest <= f.period[1],
    ]
    return all(checks)


def _rank(hop: Hop) -> int:
    return 0 if hop.strength is None else STRENGTHS.index(hop.strength) + 1


def _network(hops: list[Hop]) -> "nx.MultiDiGraph[Node]":
    network: nx.MultiDiGraph[Node] = nx.MultiDiGraph()
    for hop in hops:
        actor = hop.kind == "gives-to"
        network.add_edge((hop.start, actor), (hop.end, actor), key=hop.id, hop=hop)
    return network


def _simple(network: "nx.MultiDiGraph[Node]", start: Node) -> Iterator[Path]:
    for end in network:
        if end != start:
            for edges in nx.all_simple_edge_paths(network, start, end):
                yield tuple(network.get_edge_data(*edge)["hop"] for edge in edges)


def _in_time(path: Path, time: Time) -> bool:
    if time is Time.ANY:
        return True
    if time is Time.CERTAIN:
        return all(
            a.latest is not None and b.earliest is not None and a.latest <= b.earliest
            for a, b in pairwise(path)
        )
    return not any(
        a.earliest is not None and b.latest is not None and a.earliest > b.latest
        for at, a in enumerate(path)
        for b in path[at + 1 :]
    )


def _nodes(path: Path) -> list[str]:
    return [path[0].start, *(hop.end for hop in path)]


def _key(path: Path) -> tuple[int, int, int, list[str]]:
    known = [hop.latest or hop.earliest for hop in path]
    dates = [value for value in known if value is not None]
    newest = max(dates, default=None)
    return (
        -min(_rank(hop) for hop in path),
        len(path),
        -(newest or date.min).toordinal(),
        [hop.id for hop in path],
    )


def expected(
    hops: list[Hop],
    filters: Filters,
    question: Question,
    starts: set[str],
    targets: set[str],
    time: Time,
    prefixes: bool,
    limits: Limits,
) -> Expected:
    """What a search must answer when neither time nor the count of hops ends it."""
    network = _network([hop for hop in hops if passes(hop, filters)])
    every = [p for node in list(network) for p in _simple(network, node) if _in_time(p, time)]
    longest = limits.max_hops
    if question is Question.FORWARD:
        every = [path for path in every if path[0].start in starts]
        answers, longer = _open(every, longest, prefixes, front=True)
    elif question is Question.BACKWARD:
        every = [path for path in every if path[-1].end in targets]
        answers, longer = _open(every, longest, prefixes, front=False)
    else:
        linked = [path for path in every if path[0].start in starts and path[-1].end in targets]
        if question in (Question.BETWEEN, Question.SHORTEST):
            linked = [path for path in linked if not set(_nodes(path)[1:-1]) & (starts | targets)]
        answers = [path for path in linked if len(path) <= longest]
        longer = any(len(path) > longest for path in linked)
        if question is Question.SHORTEST and answers:
            fewest = min(len(path) for path in answers)
            answers, longer = [path for path in answers if len(path) == fewest], False
    answers.sort(key=_key)
    bound = [Limit.HOPS] * longer + [Limit.PATHS] * (len(answers) > limits.max_paths)
    return Expected([tuple(hop.id for hop in path) for path in answers[: limits.max_paths]], bound)


def _open(every: list[Path], longest: int, prefixes: bool, *, front: bool) -> tuple[list[Path], bool]:
    """Paths that cannot go on (at the front: at their end) or are cut, without the rests of others."""
    known = set(every)
    goes_on = {path[:-1] if front else path[1:] for path in known}
    short = [path for path in every if len(path) <= longest]
    cut = [path for path in short if len(path) == longest and path in goes_on]
    given = [path for path in short if prefixes or path not in goes_on or len(path) == longest]
    answers = set(given)
    rests = {path[1:] if front else path[:-1] for path in answers}
    kept = [path for path in given if path not in rests]
    return kept, any(path in set(kept) for path in cut)
