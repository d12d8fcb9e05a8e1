"""Compiled loops that count over a whole hop graph. Rows, ``ok`` and ``rank`` are those of ``kernels``;
``starts`` and ``ends`` alone are those of ``View.successors``.

Loops that may take long look at no more than ``budget`` hops in a call and say where they stopped, so that
the caller can look at the clock between calls.
"""

from typing import Any

from numba import njit


@njit(cache=True, nogil=True)
def reach(
    sources: Any,
    begin: int,
    starts: Any,
    ends: Any,
    limit: int,
    budget: int,
    seen: Any,
    queue: Any,
    counts: Any,
) -> tuple[int, int]:
    """Count, for each source from ``begin`` on, the places at 1, 2, … ``limit`` hops from it.

    ``seen`` holds for each place the number, plus one, of the last source that reached it. Places further
    than ``counts`` has columns are counted in the last one.

    Returns:
        The source to go on with, and how many hops were looked at.
    """
    edges, columns = 0, counts.shape[1]
    number = begin
    while number < len(sources) and edges < budget:
        mark = number + 1
        seen[sources[number]] = mark
        queue[0] = sources[number]
        count, at, distance = 1, 0, 0
        while at < count and distance < limit:
            until = count
            while at < until:
                place = queue[at]
                at += 1
                for row in range(starts[place], starts[place + 1]):
                    other = ends[row]
                    if seen[other] != mark:
                        seen[other] = mark
                        queue[count] = other
                        count += 1
                edges += starts[place + 1] - starts[place]
            if count > until:
                counts[number, min(distance, columns - 1)] += count - until
            distance += 1
        number += 1
    return number, edges


@njit(cache=True, nogil=True)
def betweenness(
    sources: Any,
    begin: int,
    starts: Any,
    ends: Any,
    budget: int,
    seat: Any,
    dist: Any,
    ways: Any,
    share: Any,
    queue: Any,
    first: Any,
    onward: Any,
    score: Any,
) -> tuple[int, int]:
    """Add to ``score`` of each place its share of the shortest paths from each source to every place.

    Parallel hops are different paths. ``seat`` of a place says where it stands in ``queue``, -1 between
    sources; ``dist``, ``ways`` and ``share`` are in that order, so that they stay small and near, as are the
    steps of shortest paths: those of the place at ``i`` are ``onward[first[i]:first[i + 1]]``.

    Returns:
        The source to go on with, and how many hops were looked at.
    """
    edges = 0
    number = begin
    while number < len(sources) and edges < budget:
        source = sources[number]
        number += 1
        if starts[source] == starts[source + 1]:
            continue
        seat[source], queue[0], dist[0], ways[0] = 0, source, 0, 1.0
        count, at, steps = 1, 0, 0
        while at < count:
            place = queue[at]
            further = dist[at] + 1
            first[at] = steps
            for row in range(starts[place], starts[place + 1]):
                other = ends[row]
                there = seat[other]
                if there < 0:
                    there = count
                    seat[other], queue[there], dist[there], ways[there] = there, other, further, 0.0
                    count += 1
                if dist[there] == further:
                    ways[there] += ways[at]
                    onward[steps] = there
                    steps += 1
            edges += starts[place + 1] - starts[place]
            at += 1
        first[count] = steps
        for back in range(count - 1, 0, -1):
            total = 0.0
            for step in range(first[back], first[back + 1]):
                total += share[onward[step]]
            total *= ways[back]
            share[back] = (1.0 + total) / ways[back]
            score[queue[back]] += total
        for back in range(count):
            seat[queue[back]] = -1
    return number, edges


@njit(cache=True, nogil=True)
def _goes_on(
    place: int, starts: Any, hops: Any, ends: Any, ok: Any, rank: Any, least: int, on_path: Any
) -> bool:
    for row in range(starts[place], starts[place + 1]):
        hop = hops[row]
        if ok[hop] and rank[hop] >= least and not on_path[ends[hop]]:
            return True
    return False


@njit(cache=True, nogil=True)
def tally(
    state: Any,
    stack: Any,
    out_starts: Any,
    out_hops: Any,
    ends: Any,
    in_starts: Any,
    in_hops: Any,
    begins: Any,
    ok: Any,
    rank: Any,
    least: int,
    longest: int,
    budget: int,
    on_path: Any,
    place_starts: Any,
    place_groups: Any,
    hop_starts: Any,
    hop_groups: Any,
    seen: Any,
    totals: Any,
    inside: Any,
    touched: Any,
) -> int:
    """Count the simple paths of at most ``longest`` hops.

    Args:
        state, stack: what the last call left; at first the place 0 and the depth -1.
        on_path: 0 for each place, between calls too.
        place_starts, place_groups: rows with the groups of each place.
        hop_starts, hop_groups: rows with the groups of each hop.
        seen: for each group the number of the last path that touched it; the first row for the inside of
            paths, the second for anywhere on them.
        totals: added up: all paths; those that cannot go on at either end; those of ``longest`` hops that
            could; all so far, which ``seen`` numbers.
        inside: added up for each place: paths on which it lies, but not at an end.
        touched: added up for each group: paths that lead through one of its places (first row), and paths
            that touch one of its places or hops anywhere (second row).

    Returns:
        How many hops were looked at.
    """
    edges, place, depth = 0, state[0], state[1]
    while place < len(on_path):
        if depth < 0:
            depth = 0
            stack[0, 0], stack[1, 0], stack[3, 0] = place, out_starts[place], 0
            on_path[place] = 1
        while depth >= 0 and edges < budget:
            me = stack[0, depth]
            if stack[1, depth] == out_starts[me + 1]:
                on_path[me] = 0
                if depth > 0:
                    inside[me] += stack[3, depth]
                    stack[3, depth - 1] += stack[3, depth] + 1
                depth -= 1
                continue
            hop = out_hops[stack[1, depth]]
            stack[1, depth] += 1
            edges += 1
            other = ends[hop]
            if not ok[hop] or rank[hop] < least or on_path[other]:
                continue
            length = depth + 1
            totals[0] += 1
            totals[3] += 1
            on_path[other] = 1
            on = _goes_on(other, out_starts, out_hops, ends, ok, rank, least, on_path)
            before = _goes_on(place, in_starts, in_hops, begins, ok, rank, least, on_path)
            on_path[other] = 0
            if not on and not before:
                totals[1] += 1
            elif length == longest:
                totals[2] += 1
            stack[2, depth] = hop
            path = totals[3]
            for step in range(length + 1):
                one = other if step == length else stack[0, step]
                for row in range(place_starts[one], place_starts[one + 1]):
                    group = place_groups[row]
                    if seen[1, group] != path:
                        seen[1, group] = path
                        touched[1, group] += 1
                    if 0 < step < length and seen[0, group] != path:
                        seen[0, group] = path
                        touched[0, group] += 1
                if step < length:
                    taken = stack[2, step]
                    for row in range(hop_starts[taken], hop_starts[taken + 1]):
                        group = hop_groups[row]
                        if seen[1, group] != path:
                            seen[1, group] = path
                            touched[1, group] += 1
            if length < longest:
                depth += 1
                stack[0, depth], stack[1, depth], stack[3, depth] = other, out_starts[other], 0
                on_path[other] = 1
            else:
                stack[3, depth] += 1
        if depth >= 0:
            break
        place += 1
    state[0], state[1] = place, depth
    return edges
