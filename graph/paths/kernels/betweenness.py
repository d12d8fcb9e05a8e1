"""Betweenness centrality by Brandes' algorithm.

Brandes, U. (2001): A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25(2),
163-177: for each source a breadth-first search that counts shortest paths, then dependencies added up from
the farthest place back. Here the steps of shortest paths are stored by the place they leave, successors
instead of predecessors, so that dependencies are summed without scattered writes.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.kernels.arguments import Successors

Float64 = NDArray[np.float64]


BrandesArrays = tuple[Int32, Int32, Int32, Float64, Float64, Int32, Int32, Float64]
"""Work space for one source at a time, and the scores.

A place has a position once it is reached. What is by position is small and near while a source is counted.

position: shape (places,), by place; where it stands in ``queue``, -1 between sources.
queue: shape (places,), by position; the places reached, nearest first.
distance: shape (places,), by position; hops from the source.
paths: shape (places,), by position; the number of shortest paths from the source (Brandes' sigma).
dependency: shape (places,), by position; (1 + delta) / sigma, delta being the dependency on the place.
first: shape (places + 1,), by position; where the steps of a place begin in ``onward``.
onward: shape (hops,); the positions that steps of shortest paths lead to, those of position ``i`` being
    ``onward[first[i]:first[i + 1]]``.
score: shape (places,), by place; the betweenness so far, added to.
"""


@njit(cache=True, nogil=True)
def add_betweenness(
    sources: Int32, begin: int, successors: Successors, budget: int, arrays: BrandesArrays
) -> tuple[int, int]:
    """Add to the score of each place its share of the shortest paths from each source to every place.

    Parallel hops are different paths.

    Args:
        sources: shape (sources,), int32: the places that paths start from.
        begin: where in ``sources`` to go on.
        successors: the places after each place.
        budget: hops to be looked at before the caller looks at the clock; a source is always finished.
        arrays: work space, and the scores.

    Returns:
        The source to go on with, and how many hops were looked at.
    """
    starts, ends = successors
    position, queue, distance, paths, dependency, first, onward, score = arrays
    edges = 0
    number = begin
    while number < len(sources) and edges < budget:
        source = sources[number]
        number += 1
        if starts[source] == starts[source + 1]:
            continue
        position[source], queue[0], distance[0], paths[0] = 0, source, 0, 1.0
        count, at, steps = 1, 0, 0
        while at < count:
            place = queue[at]
            further = distance[at] + 1
            first[at] = steps
            for row in range(starts[place], starts[place + 1]):
                other = ends[row]
                there = position[other]
                if there < 0:
                    there = count
                    position[other], queue[there], distance[there], paths[there] = there, other, further, 0.0
                    count += 1
                if distance[there] == further:
                    paths[there] += paths[at]
                    onward[steps] = there
                    steps += 1
            edges += starts[place + 1] - starts[place]
            at += 1
        first[count] = steps
        for back in range(count - 1, 0, -1):
            total = 0.0
            for step in range(first[back], first[back + 1]):
                total += dependency[onward[step]]
            total *= paths[back]
            dependency[back] = (1.0 + total) / paths[back]
            score[queue[back]] += total
        for back in range(count):
            position[queue[back]] = -1
    return number, edges
