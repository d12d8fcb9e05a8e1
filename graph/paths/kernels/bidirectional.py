"""Bidirectional breadth-first search: how far places are from both ends of a question.

Pohl, I. (1971): Bi-directional search. Machine Intelligence 6, 127-140. The smaller frontier grows first.
"""

from numba import njit

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.kernels.arguments import FAR, Adjacency, HopFilter

BACK, AHEAD = 0, 1
"""Rows of the labels: hops to a goal, hops from a source."""


PlaceLabels = tuple[Int32, Int32]
"""Distances of places from both ends.

far: shape (2, places); hops to the nearest goal (row ``BACK``) and from the nearest source (row ``AHEAD``),
    ``FAR`` between searches.
queue: shape (2, places); the places that were labelled in either row, nearest first.
"""


@njit(cache=True, nogil=True)
def label_both_ends(
    sources: Int32,
    goals: Int32,
    forward: Adjacency,
    reverse: Adjacency,
    hop_filter: HopFilter,
    limit: int,
    shortest: bool,
    labels: PlaceLabels,
) -> tuple[int, int, int, int, int]:
    """Label every place that lies on a path of at most ``limit`` hops with its distance to a goal.

    Args:
        sources: shape (sources,), int32: the places that paths begin with.
        goals: shape (goals,), int32: the places that paths end with.
        forward: the hops that lead on from a place.
        reverse: the hops that lead to a place, each with the place it leads from.
        hop_filter: the hops that may be taken.
        limit: the most hops of a path.
        shortest: stop where the two searches meet; only places on shortest paths need have a label then.
        labels: written to.

    Returns:
        How many places were labelled from the goals and from the sources; the hops between the nearest two
        (``FAR`` if not linked within ``limit``); 1 if all that is linked was labelled, whatever the limit;
        how many hops were looked at.
    """
    out_starts, out_hops, ends = forward
    in_starts, in_hops, begins = reverse
    ok, rank, least = hop_filter
    far, queue = labels
    back, ahead = len(goals), len(sources)
    for i in range(back):
        far[0, goals[i]] = 0
        queue[0, i] = goals[i]
    nearest = FAR
    for i in range(ahead):
        far[1, sources[i]] = 0
        queue[1, i] = sources[i]
        if far[0, sources[i]] == 0:
            nearest = 0
    back_from = ahead_from = back_depth = ahead_depth = edges = 0
    while back_depth + ahead_depth < limit and back_from < back and ahead_from < ahead:
        if shortest and nearest < FAR:
            limit = nearest
            break
        if back - back_from <= ahead - ahead_from:
            back_depth += 1
            until, grown = back, back
            for at in range(back_from, until):
                place = queue[0, at]
                for row in range(in_starts[place], in_starts[place + 1]):
                    hop = in_hops[row]
                    other = begins[hop]
                    if far[0, other] == FAR and ok[hop] and rank[hop] >= least:
                        far[0, other] = back_depth
                        queue[0, grown] = other
                        grown += 1
                        if far[1, other] != FAR:
                            nearest = min(nearest, back_depth + far[1, other])
                edges += in_starts[place + 1] - in_starts[place]
            back_from, back = until, grown
        else:
            ahead_depth += 1
            until, grown = ahead, ahead
            for at in range(ahead_from, until):
                place = queue[1, at]
                for row in range(out_starts[place], out_starts[place + 1]):
                    hop = out_hops[row]
                    other = ends[hop]
                    if far[1, other] == FAR and ok[hop] and rank[hop] >= least:
                        far[1, other] = ahead_depth
                        queue[1, grown] = other
                        grown += 1
                        if far[0, other] != FAR:
                            nearest = min(nearest, ahead_depth + far[0, other])
                edges += out_starts[place + 1] - out_starts[place]
            ahead_from, ahead = until, grown
    if shortest and nearest < limit:
        limit = nearest
    whole = int(back_from == back or ahead_from == ahead)
    if nearest == FAR:
        return back, ahead, nearest, whole, edges
    at = back_from
    while at < back and back_depth < limit:
        back_depth += 1
        until = back
        for turn in range(at, until):
            place = queue[0, turn]
            for row in range(in_starts[place], in_starts[place + 1]):
                hop = in_hops[row]
                other = begins[hop]
                if (
                    far[0, other] == FAR
                    and far[1, other] <= limit - back_depth
                    and ok[hop]
                    and rank[hop] >= least
                ):
                    far[0, other] = back_depth
                    queue[0, back] = other
                    back += 1
            edges += in_starts[place + 1] - in_starts[place]
        at = until
    return back, ahead, nearest, whole, edges


@njit(cache=True, nogil=True)
def clear_labels(labels: PlaceLabels, back: int, ahead: int) -> None:
    """Set labels back to ``FAR``: of the first ``back`` places of one queue and ``ahead`` of the other."""
    far, queue = labels
    for i in range(back):
        far[0, queue[0, i]] = FAR
    for i in range(ahead):
        far[1, queue[1, i]] = FAR
