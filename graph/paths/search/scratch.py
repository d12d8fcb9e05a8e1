"""Working arrays of the size of a graph, which all searches of one thread use in turn."""

import threading
from dataclasses import dataclass

import numpy as np

from policytrace.graph.hops.arrays import Int32, UInt8
from policytrace.graph.paths.kernels.arguments import FAR
from policytrace.graph.paths.kernels.bidirectional import BACK, PlaceLabels


@dataclass(slots=True)
class Scratch:
    """The working arrays; between searches all distances are ``FAR`` and all marks 0."""

    labels: PlaceLabels
    distance: Int32
    """Shape (places,): the row of ``labels`` that says how far the goals are."""
    queue: Int32
    """Shape (places,): the places labelled in it, if ``label_distances`` does so."""
    marks: UInt8
    """Shape (places,): bits as ``kernels.simple_paths`` has them."""

    @classmethod
    def of(cls, places: int) -> "Scratch":
        """Arrays for a graph of so many places."""
        distance = np.full((2, places), FAR, np.int32)
        queue = np.empty((2, places), np.int32)
        return cls((distance, queue), distance[BACK], queue[0], np.zeros(places, np.uint8))


_of_thread = threading.local()


def scratch(places: int) -> Scratch:
    """The arrays of this thread for a graph of so many places."""
    reused: Scratch | None = getattr(_of_thread, "scratch", None)
    if reused is None or len(reused.marks) != places:
        reused = _of_thread.scratch = Scratch.of(places)
    return reused
