"""The ordered scales that a transfer is judged by, and the layers of hops."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def strength_table() -> dict[str, Any]:
    """The published rule of strength as its table states it."""
    source = files("policytrace") / "graph" / "reasoning" / "strength.toml"
    return tomllib.loads(source.read_text("utf-8"))


LEVELS: tuple[str, ...] = tuple(level["code"] for level in strength_table()["levels"])
"""Levels of strength, from the weakest."""
REALISED = ("committed", "piloted", "implemented", "sustained")
"""Stages of a transfer that count as influence, unless its outcome is one of ``REFUSED``."""
REFUSED = ("rejected", "blocked")
"""Outcomes with which a transfer is no influence, however far it got."""


STAGES = ("sustained", "implemented", "piloted", "committed", "intended", "considered", "learned", "unknown")
"""How far a transfer may get, the furthest first; nothing is known of the rank of the last."""
RELATIONS = ("third-party", "receiver", "giver", "project", "programme", "unknown")
"""How a publisher may stand to a claim, the most independent first."""


GIVER_KINDS = ("country", "several-countries", "own-region", "not-named")
"""Where the giver of a transfer is, as seen from its receiver."""
LAYERS = ("realised", "considered", "opportunity")


INFLUENCE, CONSIDERED = "realised", "considered"
"""The layer that is part of the default graph."""
