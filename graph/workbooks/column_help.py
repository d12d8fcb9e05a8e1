"""What a column holds, in words for people who fill it: from the schema and the ontology."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from policytrace.graph.tables.schema import TableColumn, schema
from policytrace.graph.vocabulary.terms import concept, expand

_TYPES = {
    "id": "A short name for the row, of small letters, digits and hyphens; no other row of the table has it.",
    "text": "Text.",
    "ref": "The id of a row of {to}.",
    "code": "One of the codes in the list.",
    "date": "A date, as exact as it is known: 2018, 2018-03 or 2018-03-15; from/to with a slash.",
    "integer": "A whole number.",
    "decimal": "A number, with a point and without spaces.",
    "boolean": "true or false.",
    "url": "A web address, beginning with http:// or https://.",
    "sources": "Web addresses or ids of documents that say so.",
}
_GENERAL = {
    "note": "Anything worth knowing that has no column.",
    "source_url": "Where it stands.",
    "source_date": "The date of the source.",
    "confidence": "How directly the source says it.",
    "same_as": "The organisation that this one is, when it stands twice.",
}


@dataclass(frozen=True)
class Code:
    """A code of a concept scheme, as people read it."""

    code: str
    label: str
    definition: str


def column(one: TableColumn) -> str:
    """What a column holds and how it is written."""
    parts = [_GENERAL.get(one.name) or _definitions().get(one.property, "")]
    parts.append(_TYPES[one.type].format(to=" or ".join(one.to)))
    if one.separator:
        parts.append(f"Several are separated by “{one.separator.strip()}”.")
    if one.minimum is not None and one.maximum is not None:
        parts.append(f"From {one.minimum:g} to {one.maximum:g}.")
    parts.append("Required." if one.required else "May stay empty when it is not known.")
    return " ".join(part for part in parts if part)


@cache
def codes(scheme: str) -> tuple[Code, ...]:
    """The codes of a scheme, in the order of their names."""
    found = _literals("schemes")
    names = [Code(code, *found.get(concept(scheme, code), (code, ""))) for code in schema().codes[scheme]]
    return tuple(sorted(names, key=lambda one: one.code))


@cache
def _definitions() -> dict[str, str]:
    return {iri: definition for iri, (_, definition) in _literals("").items()}


@cache
def _literals(folder: str) -> dict[str, tuple[str, str]]:
    """Label and definition of everything the files of a folder of the ontology describe."""
    found: dict[str, dict[str, str]] = {}
    wanted = {expand("rdfs:label"): "label", expand("skos:definition"): "definition"}
    root = files("policytrace") / "ontology"
    for file in (root / folder if folder else root).iterdir():
        if file.name.endswith(".ttl") and file.name not in ("style.ttl", "prefixes.ttl"):
            for quad in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
                name = wanted.get(quad.predicate.value)
                if name and isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
                    found.setdefault(quad.subject.value, {})[name] = quad.object.value
    return {iri: (texts.get("label", ""), texts.get("definition", "")) for iri, texts in found.items()}
