"""Working arrays of the size of a graph, which all searches of one thread use in turn."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.arrays import Int32
from policytrace.graph.paths.search.bidirectional import BACK
from policytrace.graph.paths.search.kernels import FAR


@dataclass(slots=True)
class Scratch:
    """Between searches ``far`` is far and ``marks`` is 0."""

    far: Int32
    dist: Int32
    """The row of ``far`` that says how far the goals are."""
    marks: NDArray[np.uint8]
    queue: Int32

    @classmethod
    def of(cls, places: int) -> "Scratch":
        """Arrays for a graph of so many places."""
        far = np.full((2, places), FAR, np.int32)
        return cls(far, far[BACK], np.zeros(places, np.uint8), np.empty((2, places), np.int32))


_kept = threading.local()


def scratch(places: int) -> Scratch:
    """The arrays of this thread for a graph of so many places."""
    found: Scratch | None = getattr(_kept, "scratch", None)
    if found is None or len(found.marks) != places:
        found = _kept.scratch = Scratch.of(places)
    return found
