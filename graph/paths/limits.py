"""The limits of a question, read from one file."""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any


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
def declared() -> dict[str, dict[str, Any]]:
    """The file ``limits.toml``: default, most, unit and meaning of each limit."""
    text = (files("policytrace") / "graph" / "paths" / "limits.toml").read_text("utf-8")
    return tomllib.loads(text)


DEFAULT = Limits(**{name: row["default"] for name, row in declared().items()})
UNLIMITED = Limits(max_hops=64, max_paths=2**40, max_ms=2**40, max_edges=2**60)
"""For code that asks in its own process and waits as long as it takes."""
