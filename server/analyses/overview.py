"""What overviews show: a project in figures, how far the evidence carries, and who has transfers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.library import overviews
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.vocabulary.scales import INFLUENCE, LEVELS, RELATIONS, STAGES
from policytrace.graph.vocabulary.terms import ID, PREFIXES
from policytrace.server.presentation.sections import SECTIONS, Section
from policytrace.server.presentation.transfer_sentence import (
    CHAIN,
    TransferSentence,
    is_realised,
    transfer_sentence,
)
from policytrace.server.presentation.view import Value, View, by_label, code_of, concept

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct"))

_FIGURES = """
SELECT ?figure ?indicator ?value ?unit ?document ?written ?match ?verdict WHERE {
  ?figure a pt:ReportedFigure ; pt:about ?project ; pt:indicator ?indicator ; pt:valueAsWritten ?value .
  OPTIONAL { ?figure pt:unit ?unit }
  OPTIONAL { ?figure dct:source ?document }
  OPTIONAL { ?match pt:matchesFigure ?figure ; pt:matchVerdict ?verdict }
}"""
_COUNTS = """
SELECT ?code (COUNT(?thing) AS ?count) WHERE { ?thing a ?code VALUES ?code { %s } } GROUP BY ?code"""
_TRANSFERS = "SELECT ?transfer WHERE { ?transfer a pt:LearningTransfer ; pt:inProject ?project }"

TRANSFERS_SHOWN = 12
"""Transfers that an overview tells."""


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
    rows: str
    """Where the things that are counted are listed."""

    @property
    def percent(self) -> int:
        """The share in whole per cent."""
        return round(100 * self.count / self.total) if self.total else 0


@dataclass(frozen=True)
class Activity:
    """A project with its transfers."""

    project: Value
    address: str
    """Path of its overview, without leading slash."""
    transfers: int
    realised: int


@dataclass(frozen=True)
class Coverage:
    """How far the transfers of a project, or of all, got, and who says so."""

    transfers: int
    realised: int
    numbers: Mapping[str, int]
    """By name: measures they led to, passages they rest on, how many rest on one, and on one voice."""
    stage: tuple[Share, ...]
    strength: tuple[Share, ...]
    relations: tuple[Share, ...]
    publishers: tuple[Share, ...]

    @property
    def independent(self) -> int:
        """Transfers that a third party has published evidence of."""
        return next((share.count for share in self.relations if share.name.iri.endswith("/third-party")), 0)

    @property
    def documents(self) -> int:
        """Source documents whose publisher is known."""
        return sum(share.count for share in self.publishers)

    @property
    def interested(self) -> int:
        """Those of them that a project or its programme has published."""
        own = ("/project", "/programme")
        return sum(share.count for share in self.publishers if share.name.iri.endswith(own))


@dataclass(frozen=True)
class Overview:
    """One project: its figures, what was learned, and how far that carries."""

    project: Value
    title: str
    summary: str
    indicators: tuple[Indicator, ...]
    told: tuple[TransferSentence, ...]
    coverage: Coverage


class _Asker:
    """Runs the queries of the overview."""

    def __init__(self, engine: Engine, view: View) -> None:
        self.engine, self.view = engine, view

    def rows(self, text: str, **bindings: Term) -> list[dict[str, Term | None]]:
        found = self.engine.query(text, bindings=bindings)
        assert isinstance(found, Rows)
        self.view.reader.prepare_names({t for row in found.rows for t in row if isinstance(t, ox.NamedNode)})
        return [dict(zip(found.variables, row, strict=True)) for row in found.rows]

    def counts(self, text: str, **bindings: Term) -> dict[str, int]:
        return {code_of(_node(row["code"])): _int(row["count"]) for row in self.rows(text, **bindings)}

    def count(self, text: str, **bindings: Term) -> int:
        return _int(self.rows(text, **bindings)[0]["count"])

    def shares(
        self,
        scheme: str,
        codes: Iterable[str],
        counts: Mapping[str, int],
        total: int,
        rows: Callable[[str], str],
    ) -> tuple[Share, ...]:
        ordered = [*codes, *sorted(set(counts) - set(codes))]
        return tuple(
            Share(self.view.thing(concept(scheme, code)), counts[code], total, rows(code))
            for code in ordered
            if code in counts
        )


def _node(term: Term | None) -> ox.NamedNode:
    if not isinstance(term, ox.NamedNode):
        raise TypeError(f"expected an IRI, not {term}")
    return term


def _int(term: Term | None) -> int:
    return int(term.value) if term is not None else 0


def overview(engine: Engine, view: View, project: ox.NamedNode) -> Overview:
    """The overview of one project."""
    ask = _Asker(engine, view)
    transfers = [_node(row["transfer"]) for row in ask.rows(_PROLOGUE + _TRANSFERS, project=project)]
    view.reader.prepare([project, *transfers], *CHAIN)
    transfers.sort(key=lambda node: (not is_realised(view.reader, node), node.value))
    return Overview(
        project=view.thing(project),
        title=view.reader.text(project, "dct:title") or "",
        summary=view.reader.text(project, "dct:description") or "",
        indicators=_indicators(ask, project),
        told=tuple(transfer_sentence(view, transfer) for transfer in transfers[:TRANSFERS_SHOWN]),
        coverage=_coverage(ask, project),
    )


def coverage(engine: Engine, view: View) -> Coverage:
    """How far the transfers of all projects got, and who says so."""
    return _coverage(_Asker(engine, view), None)


def _coverage(ask: _Asker, project: ox.NamedNode | None) -> Coverage:
    within = {"project": project} if project else {}
    queries = overviews.shares(of_project=project is not None)
    stages, layers, strength, relations, publishers = (
        ask.counts(queries[name], **within)
        for name in ("stage", "layer", "strength", "relations", "publishers")
    )
    transfers = sum(stages.values())
    links, place = ask.view.links, project.value.removeprefix(ID + "project/") if project else ""

    def narrowed(facet: str) -> Callable[[str], str]:
        return lambda code: links.path("browse/transfer", **{facet: code, "project": place})

    def queried(name: str, scheme: str) -> Callable[[str], str]:
        of = project.value if project else ""
        return lambda code: links.path(
            "sparql", query=overviews.share_members(name, concept(scheme, code).value, of).strip()
        )

    return Coverage(
        transfers=transfers,
        realised=layers.get(INFLUENCE, 0),
        numbers={
            name: ask.count(query, **within)
            for name, query in overviews.totals(of_project=project is not None).items()
        },
        stage=ask.shares("stage", STAGES, stages, transfers, narrowed("stage")),
        strength=ask.shares("strength", LEVELS[::-1], strength, transfers, narrowed("strength")),
        relations=ask.shares(
            "publisher-relation", RELATIONS, relations, transfers, queried("relations", "publisher-relation")
        ),
        publishers=ask.shares(
            "publisher-kind",
            (),
            publishers,
            sum(publishers.values()),
            queried("publishers", "publisher-kind"),
        ),
    )


def section_counts(engine: Engine, view: View) -> tuple[tuple[Section, int], ...]:
    """The main kinds of things, and how many of each there are."""
    classes = " ".join(f"<{s.cls}>" for s in SECTIONS.values())
    rows = _Asker(engine, view).rows(_PROLOGUE + _COUNTS % classes)
    counts = {_node(row["code"]).value: _int(row["count"]) for row in rows}
    return tuple((s, counts[s.cls]) for s in SECTIONS.values() if s.main and counts.get(s.cls))


def projects(engine: Engine, view: View) -> tuple[Activity, ...]:
    """The projects that have transfers, those with most first."""
    counts: dict[ox.NamedNode, Counter[str]] = {}
    for row in _Asker(engine, view).rows(overviews.PROJECTS):
        counts.setdefault(_node(row["project"]), Counter())[code_of(_node(row["code"]))] += _int(row["count"])
    found = [
        Activity(
            view.thing(node),
            f"overview/{node.value.removeprefix(ID + 'project/')}"
            if node.value.startswith(ID + "project/")
            else f"doc/{node.value.removeprefix(ID)}",
            sum(by.values()),
            by[INFLUENCE],
        )
        for node, by in counts.items()
        if node.value.startswith(ID)
    ]
    return tuple(sorted(found, key=lambda one: (-one.transfers, one.project.text.casefold())))


def _indicators(ask: _Asker, project: ox.NamedNode) -> tuple[Indicator, ...]:
    rows = ask.rows(_PROLOGUE + _FIGURES, project=project)
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
