"""What is declared in ``facets.toml``: where names and texts stand, and the facets."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

KIND = "kind"
"""The facet that every thing has: the segment of its identifier."""
PLACES, YEARS = "places", "years"


@dataclass(frozen=True)
class Facet:
    """By what things are told apart; see ``facets.toml`` for the meaning of each part."""

    name: str
    title: str
    values: str = ""
    own: tuple[str, ...] = ()
    scheme: str = ""
    of: str = ""
    rolls: str = ""


@dataclass(frozen=True)
class FacetSchema:
    """The whole of ``facets.toml``; properties are compact IRIs."""

    names: tuple[str, ...]
    other_names: tuple[str, ...]
    texts: tuple[str, ...]
    related: str
    kinds: tuple[str, ...]
    facets: dict[str, Facet]


@cache
def facet_schema() -> FacetSchema:
    """What is declared."""
    result = tomllib.loads((files("policytrace") / "graph" / "search" / "facets.toml").read_text("utf-8"))
    facets = {
        name: Facet(name, **{**spec, "own": tuple(spec.get("own", ()))})
        for name, spec in result["facets"].items()
    }
    return FacetSchema(
        names=tuple(result["names"]),
        other_names=tuple(result["other_names"]),
        texts=tuple(result["texts"]),
        related=result["related"],
        kinds=tuple(result["kinds"]),
        facets=facets,
    )
