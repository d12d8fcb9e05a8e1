"""The kinds of gaps, as ``kinds.toml`` declares them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ContactPath = tuple[str, str]
"""A path of properties that leads to an organisation, and what that has to do with the thing."""


@dataclass(frozen=True, slots=True, eq=False)
class GapKind:
    """One kind of gap; its fields are explained in the table."""

    code: str
    title: str
    query: str
    only: Mapping[str, str]
    thing: str
    missing: str
    add: str
    table: str
    columns: tuple[str, ...]
    row: str
    any: bool = False

    @property
    def own(self) -> bool:
        """Whether the row of the thing itself is to be changed; otherwise a new row is to be added."""
        return self.row == "own"


@dataclass(frozen=True, slots=True)
class GapKinds:
    """All kinds in the order of the work list; rules that tell who may know, and what else is concerned."""

    kinds: Mapping[str, GapKind]
    who: Mapping[str, tuple[ContactPath, ...]]
    """By segment of the thing, the likeliest first."""
    about: Mapping[str, tuple[str, ...]]
    """Paths of properties by segment of the thing."""


@cache
def gap_kinds() -> GapKinds:
    """What the table declares."""
    found = tomllib.loads((files("policytrace") / "graph" / "gaps" / "kinds.toml").read_text("utf-8"))
    kinds = [GapKind(**{**spec, "columns": tuple(spec["columns"])}) for spec in found["kinds"]]
    who = {segment: tuple((path, words) for path, words in rows) for segment, rows in found["who"].items()}
    about = {segment: tuple(paths) for segment, paths in found["about"].items()}
    return GapKinds({kind.code: kind for kind in kinds}, who, about)


def kinds() -> Mapping[str, GapKind]:
    """All kinds by code, in the order of the work list."""
    return gap_kinds().kinds
