"""Compile the loops of path search, once for a machine, so that no question has to wait for it.

python -m policytrace.graph.paths.warm
"""

from policytrace.graph.hop_arrays import Hop, HopArrays
from policytrace.graph.hop_table import scales
from policytrace.graph.paths.analysis import betweenness, closure, reach, tally
from policytrace.graph.paths.choices import Question
from policytrace.graph.paths.explain import explain
from policytrace.graph.paths.pairs import between_pairs
from policytrace.graph.paths.search import Ask, search
from policytrace.graph.paths.view import View


def warm() -> None:
    """Ask every question of a graph of one hop; what was compiled is kept on disk beside the code."""
    hop = Hop("00" * 10, "urn:a", "urn:b", "inspires", "realised", "urn:record")
    arrays = HopArrays.of([hop], scales())
    view, start, end = View(arrays), arrays.places(hop.start), arrays.places(hop.end)
    closure(view, start)
    reach(view, start)
    betweenness(view)
    tally(view)
    between_pairs(view, [(start[0], end[0])], max_hops=1)
    for question in Question:
        search(view, Ask(question, start, end))
    explain(view, Ask(Question.BETWEEN, end, start))


if __name__ == "__main__":
    warm()
