"""Compile the loops of path search, once for a machine, so that no question has to wait for it.

python -m policytrace.graph.paths.warm
"""

from dataclasses import replace
from itertools import pairwise

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.hops.table import scales
from policytrace.graph.paths.choices import DEFAULT_LIMITS, Question
from policytrace.graph.paths.explain import explain
from policytrace.graph.paths.search.counts import betweenness, closure, count_reachable
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import View


def warm() -> None:
    """Ask every question of a chain of hops; what was compiled is kept on disk beside the code."""
    things = [f"urn:{number}" for number in range(10)]
    hops = [
        Hop(f"{number:020}", start, end, "inspires", "realised", "urn:record")
        for number, (start, end) in enumerate(pairwise(things))
    ]
    arrays = HopArrays.of(hops, scales())
    view, start, end = View(arrays), arrays.places(things[0]), arrays.places(things[-1])
    closure(view, start)
    count_reachable(view, start)
    betweenness(view)
    # A limit far below the length of the chain: whether it binds takes another loop to find out.
    limits = replace(DEFAULT_LIMITS, max_hops=1)
    for question in Question:
        search(view, SearchRequest(question, start, end, limits=limits))
        search(view, SearchRequest(question, start + end, end, limits=limits))
    explain(view, SearchRequest(Question.BETWEEN, end, start))


if __name__ == "__main__":
    warm()
