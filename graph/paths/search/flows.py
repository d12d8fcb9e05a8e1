"""Who learned from whom, region by region, counted on the hop arrays: at once for millions of hops."""

from dataclasses import dataclass

import numpy as np

from policytrace.graph.hops.arrays import NONE, HopArrays
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS


@dataclass(frozen=True, slots=True)
class Flow:
    """The transfers from one region to another, each once; ``""`` where a source names no region."""

    giver: str
    receiver: str
    realised: int
    considered: int
    """Transfers that were not realised: learning and intentions, no influence."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.realised + self.considered


def flows(arrays: HopArrays, project: str = "") -> list[Flow]:
    """The flows of a release, or of one of its projects, the largest first.

    A transfer that states no hop, because neither what was learned nor who gave it is named, is in none.
    """
    columns = arrays.columns
    chosen = columns.realisation != NONE
    if project:
        chosen = chosen & (columns.project == arrays.projects.find(project))
    hops = np.flatnonzero(chosen)
    hops = hops[np.unique(columns.record[hops], return_index=True)[1]]
    firm = columns.layer[hops] == arrays.codes["layer"].index(INFLUENCE)
    considered = columns.layer[hops] == arrays.codes["layer"].index(LAYERS[1])
    pairs = np.stack([columns.from_region[hops], columns.to_region[hops]], axis=1)
    ends, at = np.unique(pairs, axis=0, return_inverse=True)
    at = at.reshape(-1)
    counts = [np.bincount(at, weights=layer, minlength=len(ends)).astype(int) for layer in (firm, considered)]

    def name(number: int) -> str:
        return "" if number < 0 else arrays.regions[number]

    result = [
        Flow(name(giver), name(receiver), int(realised), int(other))
        for (giver, receiver), realised, other in zip(ends.tolist(), *counts, strict=True)
    ]
    return sorted(result, key=lambda flow: (-flow.count, -flow.realised, flow.giver, flow.receiver))
