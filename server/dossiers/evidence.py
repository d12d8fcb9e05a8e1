"""Evidence for and against a claim, and how independent of it those who publish it are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.lookup.reader import Reader
from policytrace.graph.vocabulary.scales import RELATIONS
from policytrace.server.presentation.footnotes import Footnote, Sources
from policytrace.server.presentation.view import Value, View, code_of, concept

SUPPORTS, WEAKENS = "supports", "weakens"


@dataclass(frozen=True)
class Evidence:
    """One line of evidence for or against a claim."""

    line: Value
    direction: Value | None
    code: str
    source: Footnote | None
    relation: Value | None
    relation_code: str
    date: str
    locator: str
    statement: str
    asserted_by: Value | None


@dataclass(frozen=True)
class Voices:
    """Those who stand in one relation to a claim and publish evidence: who, and how many documents."""

    relation: Value
    code: str
    publishers: tuple[Value, ...]
    supporting: int
    weakening: int


def evidence(view: View, claim: ox.NamedNode, sources: Sources) -> tuple[Evidence, ...]:
    """The lines of evidence of a claim, those against it last."""
    lines = view.reader.subjects("pt:evidenceFor", claim)
    view.reader.prepare(lines, "pt:document", "pt:passage", "dct:source", "dct:publisher")
    found = [_line(view, line, sources) for line in sorted(lines, key=lambda node: node.value)]
    return tuple(sorted(found, key=lambda one: one.code == WEAKENS))


def _line(view: View, line: ox.NamedNode, sources: Sources) -> Evidence:
    reader = view.reader
    document = reader.node(line, "pt:document") or reader.node(line, "dct:source")
    date = view.date(line)
    return Evidence(
        line=view.thing(line),
        direction=view.one(line, "pt:direction"),
        code=code_of(reader.node(line, "pt:direction")),
        source=sources.cite(document, date) if document else None,
        relation=view.one(line, "pt:publisherRelation"),
        relation_code=code_of(reader.node(line, "pt:publisherRelation")),
        date=date,
        locator=_locator(reader, line),
        statement=reader.text(line, "pt:statement") or "",
        asserted_by=view.one(line, "pt:speaker"),
    )


def _locator(reader: Reader, line: ox.NamedNode) -> str:
    passage = reader.node(line, "pt:passage")
    return (reader.text(passage, "pt:locator") if passage else "") or ""


def independence(view: View, lines: Sequence[Evidence]) -> tuple[Voices, ...]:
    """Who publishes the evidence of a claim, by how they stand to it, the most independent first.

    Relations that nobody stands in are listed too: that no third party says so is worth knowing.
    """
    found = []
    for code in RELATIONS:
        those = [one for one in lines if (one.relation_code or "unknown") == code]
        if those or code != "unknown":
            found.append(
                Voices(
                    view.thing(concept("publisher-relation", code)),
                    code,
                    _publishers(those),
                    _documents(those, SUPPORTS),
                    _documents(those, WEAKENS),
                )
            )
    return tuple(found)


def _publishers(lines: Iterable[Evidence]) -> tuple[Value, ...]:
    publishers = (one.source.publisher for one in lines if one.source)
    return tuple(dict.fromkeys(publisher for publisher in publishers if publisher))


def _documents(lines: Iterable[Evidence], direction: str) -> int:
    return len({one.source or one.line for one in lines if one.code == direction})
