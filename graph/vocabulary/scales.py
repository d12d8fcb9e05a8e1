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
REALISED = ("committed", "piloted", "implemented")
"""Realisations of a transfer that count as influence."""


REALISATIONS = (
    "implemented",
    "piloted",
    "committed",
    "reported",
    "intended",
    "candidate",
    "learning-only",
    "blocked",
    "rejected",
    "discontinued",
    "unknown",
)
"""How far a transfer may get, the furthest first."""
RELATIONS = ("third-party", "receiver", "giver", "project", "programme", "unknown")
"""How a publisher may stand to a claim, the most independent first."""


LAYERS = ("realised", "considered", "opportunity")


INFLUENCE = "realised"
"""The layer that is part of the default graph."""
