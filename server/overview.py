"""What the home page shows: one project in figures, how far the evidence carries, and the ways in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

import pyoxigraph as ox

from policytrace.graph.store import Term
from policytrace.graph.terms import ID, PREFIXES, thing
from policytrace.server.engine import PoolEngine
from policytrace.server.transfer import CHAIN, REALISED, Told, tell
from policytrace.server.view import Value, View, by_label, code_of, concept
from policytrace.server.words import REALISATIONS, RELATIONS, SECTIONS, STRENGTHS, Section

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct", "rdfs", "org"))

_FIGURES = """
SELECT ?figure ?indicator ?value ?unit ?document ?written ?match ?verdict WHERE {
  ?figure a pt:ReportedFigure ; pt:about ?project ; pt:indicator ?indicator ; pt:valueAsWritten ?value .
  OPTIONAL { ?figure pt:unit ?unit }
  OPTIONAL { ?figure dct:source ?document }
  OPTIONAL { ?match pt:matchesFigure ?figure ; pt:matchVerdict ?verdict }
}"""
_COUNTS = """
SELECT ?class (COUNT(?thing) AS ?count) WHERE { ?thing a ?class VALUES ?class { %s } } GROUP BY ?class"""
_BY = """
SELECT ?code (COUNT(DISTINCT ?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer ; pt:%s ?code
} GROUP BY ?code"""
_RELATIONS = """
SELECT ?code (COUNT(DISTINCT ?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer . ?line pt:evidenceFor ?transfer ; pt:publisherRelation ?code
} GROUP BY ?code"""
_PUBLISHERS = """
SELECT ?code (COUNT(DISTINCT ?document) AS ?count) WHERE {
  ?document a pt:Document ; dct:publisher/pt:publisherKind ?code
} GROUP BY ?code"""
_PROCESS = """
SELECT ?thing ?earliest ?phase ?kind WHERE {
  ?thing pt:inProject ?project ; pt:earliest ?earliest .
  { ?thing a pt:LearningEvent ; pt:eventKind ?kind . OPTIONAL { ?thing pt:phase ?phase } }
  UNION { ?thing a pt:Output ; pt:outputKind ?kind }
} ORDER BY ?earliest ?thing"""
_TRANSFERS = (
    "SELECT ?transfer WHERE { ?transfer a pt:LearningTransfer ; pt:inProject ?project } ORDER BY ?transfer"
)
_PROJECTS = """
SELECT ?project (COUNT(?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer ; pt:inProject ?project
} GROUP BY ?project ORDER BY DESC(?count) ?project"""

PHASES = ("observe", "exchange", "propose", "debate", "compose")


@dataclass(frozen=True)
class Reported:
    """One value a source reports, and how much of it the graph was shown to hold.

    ``found`` and ``possible`` count explicit matches only; both None when nobody matched this figure.
    """

    figure: Value
    value: str
    unit: str
    sources: tuple[Value, ...]
    found: int | None
    possible: int | None


@dataclass(frozen=True)
class Indicator:
    """A quantity with every value reported for it."""

    name: Value
    reported: tuple[Reported, ...]

    @property
    def disagree(self) -> bool:
        """Whether sources give different values."""
        return len({one.value for one in self.reported}) > 1

    @property
    def matched(self) -> bool:
        """Whether any of the values was matched with things in the graph."""
        return any(one.found is not None for one in self.reported)


@dataclass(frozen=True)
class Share:
    """How many things have a code, of how many."""

    name: Value
    count: int
    total: int

    @property
    def percent(self) -> int:
        """The share in whole per cent."""
        return round(100 * self.count / self.total) if self.total else 0


@dataclass(frozen=True)
class Moment:
    """An event or output in time."""

    thing: Value
    date: str
    kind: Value
    phase: Value | None
    phase_code: str


@dataclass(frozen=True)
class Overview:
    """Everything the home page shows."""

    project: Value | None
    title: str
    summary: str
    indicators: tuple[Indicator, ...]
    told: tuple[Told, ...]
    process: tuple[tuple[str, tuple[Moment, ...]], ...]
    sections: tuple[tuple[Section, int], ...]
    transfers: int
    realised: int
    realisation: tuple[Share, ...]
    strength: tuple[Share, ...]
    relations: tuple[Share, ...]
    publishers: tuple[Share, ...]
    projects: tuple[tuple[Value, int], ...]


class _Asker:
    """Runs the queries of the overview."""

    def __init__(self, engine: PoolEngine, view: View) -> None:
        self.engine, self.view = engine, view

    def rows(self, text: str, **bindings: Term) -> list[dict[str, Term | None]]:
        found = self.engine.query(_PROLOGUE + text, bindings=bindings)
        self.view.reader.prepare_names({t for row in found.rows for t in row if isinstance(t, ox.NamedNode)})
        return [dict(zip(found.variables, row, strict=True)) for row in found.rows]

    def counts(self, text: str) -> dict[str, int]:
        return {code_of(_node(row["code"])): _int(row["count"]) for row in self.rows(text)}

    def shares(
        self, scheme: str, codes: Iterable[str], counts: Mapping[str, int], total: int
    ) -> tuple[Share, ...]:
        ordered = [*codes, *sorted(set(counts) - set(codes))]
        return tuple(
            Share(self.view.thing(concept(scheme, code)), counts[code], total)
            for code in ordered
            if code in counts
        )


def _node(term: Term | None) -> ox.NamedNode:
    if not isinstance(term, ox.NamedNode):
        raise TypeError(f"expected an IRI, not {term}")
    return term


def _int(term: Term | None) -> int:
    return int(term.value) if term is not None else 0


def overview(engine: PoolEngine, view: View, project_id: str) -> Overview:
    """The overview of a release that opens with one project."""
    ask = _Asker(engine, view)
    project = ox.NamedNode(thing("project", project_id))
    known = view.reader.exists(project)
    classes = " ".join(f"<{s.cls}>" for s in SECTIONS.values())
    counts = {_node(row["class"]).value: _int(row["count"]) for row in ask.rows(_COUNTS % classes)}
    realisation = ask.counts(_BY % "realisation")
    strength = ask.counts(_BY % "strength")
    relations = ask.counts(_RELATIONS)
    publishers = ask.counts(_PUBLISHERS)
    transfers = counts.get(SECTIONS["transfer"].cls, 0)
    transfers_told = [_node(row["transfer"]) for row in ask.rows(_TRANSFERS, project=project)]
    view.reader.prepare([project, *transfers_told], *CHAIN)
    told = [tell(view, transfer) for transfer in transfers_told]
    return Overview(
        project=view.thing(project) if known else None,
        title=view.reader.text(project, "dct:title") or "",
        summary=view.reader.text(project, "dct:description") or "",
        indicators=_indicators(ask, project) if known else (),
        told=tuple(sorted(told, key=lambda one: not one.realised)),
        process=_process(ask, project),
        sections=tuple((s, counts[s.cls]) for s in SECTIONS.values() if s.main and counts.get(s.cls)),
        transfers=transfers,
        realised=sum(realisation.get(code, 0) for code in REALISED),
        realisation=ask.shares("realisation", REALISATIONS, realisation, transfers),
        strength=ask.shares("strength", STRENGTHS, strength, transfers),
        relations=ask.shares("publisher-relation", RELATIONS, relations, transfers),
        publishers=ask.shares("publisher-kind", (), publishers, sum(publishers.values())),
        projects=tuple(
            (view.thing(node), _int(row["count"]))
            for row in ask.rows(_PROJECTS)
            if (node := _node(row["project"])) != project and node.value.startswith(ID)
        ),
    )


def _indicators(ask: _Asker, project: ox.NamedNode) -> tuple[Indicator, ...]:
    rows = ask.rows(_FIGURES, project=project)
    named = [t for row in rows for t in (row["figure"], row["document"]) if isinstance(t, ox.NamedNode)]
    ask.view.reader.prepare(named)
    figures: dict[ox.NamedNode, list[dict[str, Term | None]]] = {}
    for row in rows:
        figures.setdefault(_node(row["figure"]), []).append(row)
    by_indicator: dict[ox.NamedNode, list[Reported]] = {}
    for figure, of_figure in sorted(figures.items(), key=lambda item: item[0].value):
        by_indicator.setdefault(_node(of_figure[0]["indicator"]), []).append(
            _reported(ask.view, figure, of_figure)
        )
    found = [Indicator(ask.view.thing(node), tuple(values)) for node, values in by_indicator.items()]
    return tuple(sorted(found, key=lambda one: (not one.matched, not one.disagree, one.name.text)))


def _reported(view: View, figure: ox.NamedNode, rows: list[dict[str, Term | None]]) -> Reported:
    verdicts = {row["match"]: code_of(_node(row["verdict"])) for row in rows if row["match"] is not None}
    sources = by_label(view.term(row["document"]) for row in rows if row["document"] is not None)
    unit = rows[0]["unit"]
    value = rows[0]["value"]
    return Reported(
        figure=view.thing(figure),
        value=value.value if value is not None else "",
        unit=unit.value if unit is not None else "",
        sources=tuple(sources),
        found=list(verdicts.values()).count("found") if verdicts else None,
        possible=list(verdicts.values()).count("possible") if verdicts else None,
    )


def _process(ask: _Asker, project: ox.NamedNode) -> tuple[tuple[str, tuple[Moment, ...]], ...]:
    moments: dict[ox.NamedNode, Moment] = {}
    rows = ask.rows(_PROCESS, project=project)
    ask.view.reader.prepare([_node(row["thing"]) for row in rows])
    for row in rows:
        node = _node(row["thing"])
        phase = row["phase"]
        moments.setdefault(
            node,
            Moment(
                thing=ask.view.thing(node),
                date=ask.view.date(node),
                kind=ask.view.thing(_node(row["kind"])),
                phase=ask.view.term(phase) if phase is not None else None,
                phase_code=code_of(phase) if isinstance(phase, ox.NamedNode) else "",
            ),
        )
    years = groupby(moments.values(), key=lambda moment: moment.date[:4])
    return tuple((year, tuple(group)) for year, group in years)
