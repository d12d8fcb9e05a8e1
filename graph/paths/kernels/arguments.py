"""The tuples of arrays that the compiled loops take, and the numbers they share.

They are plain tuples because numba takes those apart fastest: with named ones a question that is answered in
40 µs takes a third longer. Every loop names their elements in its first lines.
"""

from policytrace.graph.hops.arrays import Int32, UInt8

FAR = 2**30
"""Distance of a place that was not reached."""

Adjacency = tuple[Int32, Int32, Int32]
"""The hops that can be taken from each place, in one direction of travel, in compressed sparse rows (CSR).

starts: shape (places + 1,); the hops of place ``p`` are ``hops[starts[p]:starts[p + 1]]``.
hops: shape (hops,); numbers of hops, ascending within a place.
ends: shape (hops,), by number of hop; the place it leads to in this direction.
"""

Successors = tuple[Int32, Int32]
"""The places that hops which pass lead to, in compressed sparse rows.

starts: shape (places + 1,); the places after place ``p`` are ``ends[starts[p]:starts[p + 1]]``.
ends: shape (hops that pass,); a place once for each hop that leads to it.
"""

HopFilter = tuple[UInt8, UInt8, int]
"""Which hops may be taken: those with ``ok[hop]`` and ``rank[hop] >= least``.

ok: shape (hops,); 1 for a hop that passes the filters of the view, else 0.
rank: shape (hops,); strength of a hop, 0 if unknown, 1 the weakest level.
least: the lowest rank allowed.
"""

HopDates = tuple[Int32, Int32, Int32]
"""When hops happened, in days since 1970-01-01, each of shape (hops,).

earliest: first day, ``hops.arrays.NEVER`` if unknown.
latest: last day, ``hops.arrays.ALWAYS`` if unknown.
when: the day by which paths are ordered (``View.when``).
"""
