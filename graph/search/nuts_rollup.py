"""Regions rolled up: a place counts for the regions around it, its NUTS areas and its country.

The code of a NUTS area begins with that of the area around it, at last that of its country (Regulation (EC)
No 1059/2003).

A code names a place in addresses: a NUTS code (``NL12``), a country code (``NL``), or, for a region that is
no NUTS area, the end of its identifier (``leeuwarden``).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import pyoxigraph as ox

from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.vocabulary.terms import ID, PREFIXES

REGION, COUNTRY = ID + "region/", ID + "country/"
_PREFIXES = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("pt", "rdf"))
_QUERIES = {
    "nuts": "SELECT ?region ?code WHERE { ?region pt:nutsCode ?code }",
    "match": "SELECT ?region ?match WHERE { ?region pt:nutsMatch ?match }",
    "country": "SELECT ?region ?country WHERE { ?region rdf:type pt:Region ; pt:country ?country }",
    "within": "SELECT ?region ?around WHERE { ?region pt:within ?around }",
}


class Places:
    """The codes of the places of one release."""

    def __init__(self, values: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._nuts, self._country, self._within = values["nuts"], values["country"], values["within"]
        self._match = {region: values[0].rpartition("/")[2] for region, values in values["match"].items()}
        self.codes = cache(self._codes)

    @classmethod
    def of(cls, engine: Engine) -> "Places":
        """The places an engine holds.

        Raises:
            QueryError: the engine could not list them.
        """
        return cls({name: _values(engine.query(_PREFIXES + text)) for name, text in _QUERIES.items()})

    def code(self, iri: str) -> str:
        """The code of a region or country; ``""`` for anything else."""
        if iri.startswith(COUNTRY):
            return iri[len(COUNTRY) :]
        if not iri.startswith(REGION):
            return ""
        nuts = self._nuts.get(iri, ())
        return nuts[0] if nuts and self._match.get(iri) == "exact" else iri[len(REGION) :]

    def _codes(self, iri: str) -> tuple[str, ...]:
        """The code of a place and those of all places around it."""
        result = {self.code(iri): None}
        for region in (iri, *self._within.get(iri, ())):
            result[self.code(region)] = None
            if self._match.get(region) in ("exact", "broad"):
                result |= dict.fromkeys(_around(self._nuts.get(region, ())))
            result |= {self.code(country): None for country in self._country.get(region, ())}
        result.pop("", None)
        return tuple(result)


def _around(codes: Iterable[str]) -> list[str]:
    """NUTS codes with those of the areas around them."""
    return [code[:end] for code in codes for end in range(2, len(code) + 1)]


def _values(answer: object) -> dict[str, list[str]]:
    assert isinstance(answer, Rows)
    result: dict[str, list[str]] = {}
    for subject, value in answer.rows:
        if isinstance(subject, ox.NamedNode) and isinstance(value, ox.NamedNode | ox.Literal):
            result.setdefault(subject.value, []).append(value.value)
    return {subject: sorted(values) for subject, values in result.items()}
