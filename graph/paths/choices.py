"""What can be asked about transfer paths, and the limits of a search, read from one file."""

import tomllib
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Question(StrEnum):
    """What is asked."""

    FORWARD = "forward"
    """Where did it go? Paths that begin at a start and cannot go on."""
    BACKWARD = "backward"
    """Where did it come from? Paths that end at a target and cannot begin earlier."""
    BETWEEN = "between"
    """How are these linked? Paths that leave the starts once and enter the targets once."""
    ALL = "all"
    """Every path from a start to a target, also through other starts and targets."""
    SHORTEST = "shortest"
    """The paths of ``between`` with the fewest hops."""
    BEST = "best"
    """The strongest paths of ``all``."""


class Time(StrEnum):
    """What is asked of the order of dates along a path."""

    ANY = "any"
    """Nothing."""
    POSSIBLE = "possible"
    """No hop is certainly before one that should come first; unknown dates pass."""
    CERTAIN = "certain"
    """Every hop is certainly not before the one that should come first."""


class Limit(StrEnum):
    """A limit that bound."""

    HOPS = "max_hops"
    PATHS = "max_paths"
    MS = "max_ms"
    EDGES = "max_edges"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a search may use. A limit that binds is always reported, one that does not never is."""

    max_hops: int
    max_paths: int
    max_ms: int
    max_edges: int

    def as_dict(self) -> dict[str, int]:
        """The limits by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@cache
def declared_limits() -> dict[str, dict[str, Any]]:
    """The file ``limits.toml``: default, most, unit and meaning of each limit."""
    text = (files("policytrace") / "graph" / "paths" / "limits.toml").read_text("utf-8")
    return tomllib.loads(text)


DEFAULT_LIMITS = Limits(**{name: row["default"] for name, row in declared_limits().items()})
"""The limits of a question that names none."""
