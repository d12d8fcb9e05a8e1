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


LAYERS = ("realised", "considered", "opportunity")


INFLUENCE = "realised"
"""The layer that is part of the default graph."""
