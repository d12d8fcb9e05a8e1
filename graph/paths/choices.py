"""What can be asked about transfer paths, and which limits can bind."""

from enum import StrEnum


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
