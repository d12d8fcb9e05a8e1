"""How pages show properties, as ``properties.toml`` lists them."""

import tomllib
from collections.abc import Iterable
from importlib.resources import files

from policytrace.graph.vocabulary.terms import expand

_TABLE = tomllib.loads(
    (files("policytrace") / "server" / "presentation" / "properties.toml").read_text("utf-8")
)


def _by_iri(texts: dict[str, str]) -> dict[str, str]:
    return {expand(curie): text for curie, text in texts.items()}


def _iris(curies: Iterable[str]) -> frozenset[str]:
    return frozenset(map(expand, curies))


NAMES = _by_iri(_TABLE["names"])
"""Names of properties that the ontology does not name itself, by IRI."""
HEADINGS = _by_iri(_TABLE["headings"])
"""Headings for what points at a thing, by the IRI of the property."""
NUMBERS = _by_iri(_TABLE["numbers"])
"""Names of the numbers of transfers that point at a thing, by the IRI of the property."""
SUMMARY: dict[str, tuple[str, ...]] = {kind: tuple(curies) for kind, curies in _TABLE["summary"].items()}
"""What a list says of each thing after its name, by the segment of its identifier."""
COMPOSED: dict[str, tuple[str, ...]] = {kind: tuple(curies) for kind, curies in _TABLE["composed"].items()}
"""What names a thing without label, by the segment of its identifier."""
OPENING = _iris(_TABLE["opening"])
"""Properties whose text opens a page."""
SPECIAL = _iris(_TABLE["special"])
"""Properties that a page shows in its own way."""
TECHNICAL = _iris(_TABLE["technical"])
"""Properties whose incoming links are folded away."""
