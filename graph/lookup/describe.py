"""What is known of a thing, in words: its statements, what points at it, and which rows say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from policytrace.graph.lookup.display import display_text
from policytrace.graph.lookup.reader import INFERRED, RECORDS, Reader
from policytrace.graph.vocabulary.terms import ID, PREFIXES, compact, expand

MOST = 20
"""How many things that point here by one property are named."""

_WIDTH = 26


def resolve(text: str) -> str:
    """The IRI meant by a whole IRI, a short one (``pt:Measure``) or the end of one (``practice/gp-ergo``)."""
    if "://" in text:
        return text.strip("<>")
    prefix = text.partition(":")[0]
    if ":" in text and prefix in PREFIXES:
        return expand(text)
    return ID + text


@dataclass(frozen=True, slots=True)
class ThingDescription:
    """A thing with what is known of it."""

    iri: str
    label: str
    statements: list[tuple[str, str, str, bool]]
    """Property, value, its label or ``""``, and whether it was inferred."""
    incoming: list[tuple[str, list[str], int]]
    """Property, the first things that point here by it, and how many there are."""
    records: list[dict[str, Any]]
    """File, row, sources, date and confidence of each row about the thing."""

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        keys = ("property", "value", "label", "inferred")
        return {
            "iri": self.iri,
            "label": self.label,
            "statements": [dict(zip(keys, row, strict=True)) for row in self.statements],
            "incoming": [{"property": p, "from": some, "count": count} for p, some, count in self.incoming],
            "records": self.records,
        }

    def text(self) -> str:
        """The same, for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.label}\n{self.iri}\n"
        for prop, value, label, inferred in self.statements:
            mark = "  (inferred)" if inferred else ""
            yield f"  {prop:{_WIDTH}} {f'{label} <{value}>' if label else value}{mark}"
        for prop, some, count in self.incoming:
            more = f" and {count - len(some)} more" if count > len(some) else ""
            yield f"\n  is {prop} of" + "".join(f"\n    {name}" for name in some) + more
        for record in self.records:
            place = f"{record['file']}, row {record['row']}" if "row" in record else "cited by a row"
            yield f"\nsaid in {place}, confidence {record.get('confidence', 'not given')}"
            date = f" ({record['date']})" if "date" in record else ""
            yield from (f"  {source}{date}" for source in record["sources"])


def _record(reader: Reader, record: ox.NamedNode) -> dict[str, Any]:
    sources = [
        display_text(next(iter(reader.nodes(source, "foaf:page")), None)) or display_text(source)
        for source in reader.nodes(record, "dct:source", RECORDS)
    ]
    names = {"file": "pt:inFile", "row": "pt:inRow", "date": "pt:sourceDateAsWritten"}
    result: dict[str, Any] = {
        name: text for name, curie in names.items() if (text := reader.text(record, curie, RECORDS))
    }
    for concept in reader.nodes(record, "pt:confidence", RECORDS):
        result["confidence"] = concept.value.rpartition("/")[2]
    return {"record": record.value, "sources": sorted(sources), **result}


def describe(reader: Reader, text: str) -> ThingDescription | None:
    """What is known of the thing that ``text`` means, or None if nothing is."""
    node = ox.NamedNode(resolve(text))
    if not reader.exists(node):
        return None
    statements = []
    for triple in reader.statements(node):
        value = triple.object
        assert not isinstance(value, ox.Triple)
        label = reader.label(value) if isinstance(value, ox.NamedNode) else None
        statements.append(
            (
                compact(triple.predicate.value),
                display_text(value),
                label.text if label else "",
                reader.holds(triple, INFERRED),
            )
        )
    incoming = [
        (compact(group.property.value), [display_text(subject) for subject in group.subjects], group.count)
        for group in reader.incoming(node, MOST)
    ]
    label = reader.label(node)
    records = [_record(reader, record) for record in reader.records(node)]
    return ThingDescription(
        node.value, label.text if label else display_text(node), sorted(statements), incoming, records
    )
