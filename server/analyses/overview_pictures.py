"""Every picture by name: what it shows in words, what is drawn, and its table."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pyoxigraph as ox

from policytrace.graph.library import overviews
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import NN_, gettext, ngettext
from policytrace.server.pictures.answer import Cell, Picture
from policytrace.server.pictures.flow import flow
from policytrace.server.pictures.grid import grid, matrix
from policytrace.server.pictures.learning import Learning, Pair, learning
from policytrace.server.pictures.learning_map import learning_map
from policytrace.server.pictures.timeline import Moment, timeline
from policytrace.server.presentation.view import View, code_of

KINDS = {"event": "pt:eventKind", "output": "pt:outputKind"}
"""What a timeline shows, by the segment of its identifiers, and what tells its kind."""

OF_REGION = {"country": "pt:country", "nuts": "pt:nutsCode"}

YEARS = 20
"""Years that a grid of years has at most."""


@dataclass(frozen=True)
class Scene:
    """What a picture is made of: a release, and a project of it or all of it."""

    view: View
    project: str
    """IRI of a project; empty for all."""
    name: str
    """What the title says the picture is of."""
    by: str
    said: Callable[[str], Mapping[str, Mapping[str, Term]]]
    """What a query of ``queries/overview`` says of each thing, asked for pictures of all projects."""
    ask: Callable[[str, ox.NamedNode | None], Rows]
    """Asks a query, of a project or of all."""
    learned: dict[str, Learning] = field(default_factory=dict)
    """Who learned from whom, for pictures of the same by the same."""

    def of_region(self, iri: str, what: str) -> Term | None:
        """The ``country`` or the ``nuts`` code of a region."""
        if not self.project:
            return self.said("regions").get(iri, {}).get(what)
        return next(iter(self.view.reader.values(ox.NamedNode(iri), OF_REGION[what])), None)

    def things(self, segment: str) -> list[ox.NamedNode]:
        """The things of one kind in the project."""
        every = self.view.reader.subjects("pt:inProject", ox.NamedNode(self.project))
        return [node for node in every if node.value.startswith(f"{ID}{segment}/")]

    def learning(self) -> Learning:
        """Who learned from whom."""
        if self.by not in self.learned:
            self.learned[self.by] = self._learning()
        return self.learned[self.by]

    def _learning(self) -> Learning:
        project = ox.NamedNode(self.project) if self.project else None
        layers = self.ask(overviews.shares(of_project=project is not None)["layer"], project)
        counted = self.ask(overviews.learning(self.by, of_project=project is not None), project)
        of_layer = {
            code_of(layer): int(count.value)
            for layer, count in layers.rows
            if isinstance(layer, ox.NamedNode) and count is not None
        }
        return learning(self.view, counted, of_layer, self.by)


PAIRS = ("giver", "giver_id", "receiver", "receiver_id", "transfers", "realised", "considered")


def _table(pairs: Iterable[Pair]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (p.giver.name, p.giver.iri, p.receiver.name, p.receiver.iri, p.count, p.realised, p.considered)
        for p in pairs
    )


def _told(found: Learning) -> str:
    """The largest pairs in words."""
    first = [
        gettext("{name} from {name2} ({count})").format(
            name=p.receiver.name, name2=p.giver.name, count=p.count
        )
        for p in found.known[:5]
    ]
    whole = gettext("{realised} realised and {considered} considered transfers.").format(
        realised=found.realised, considered=found.considered
    )
    most = (
        gettext("Most: {first}.").format(first=", ".join(first))
        if first
        else gettext("None of them names both places.")
    )
    return f"{whole} {most}"


def _without_places(found: Learning) -> list[str]:
    """What is not drawn, because the giver or the receiver is no place."""
    if not (left := found.open()):
        return []
    words = ", ".join(f"{name.lower()} {count}" for name, count in left.items())
    return [gettext("Transfers without an arrow, by giver: {words}.").format(words=words)]


def _transfers(number: int, sentences: tuple[str, str]) -> list[str]:
    return [ngettext(*sentences, number).format(n=number)] if number else []


def _map(scene: Scene) -> Picture:
    found = replace(scene, by="region").learning()

    def nuts(iri: str) -> str:
        code = scene.of_region(iri, "nuts")
        return code.value if code is not None else ""

    drawn = learning_map(found, nuts)
    return Picture(
        gettext("Who learned from whom, on the map: {name}").format(name=scene.name),
        gettext(
            "Map of Europe with an arrow from the region that gave to the region that learned. {found}"
        ).format(found=_told(found)),
        "map.svg",
        drawn,
        drawn.outlines.width,
        drawn.outlines.height,
        PAIRS,
        _table(found.pairs),
        (
            *_without_places(found),
            *_transfers(
                drawn.nowhere,
                NN_(
                    "{n} transfer not drawn: a region has no NUTS place on the map.",
                    "{n} transfers not drawn: a region has no NUTS place on the map.",
                ),
            ),
            *_transfers(
                drawn.within,
                NN_(
                    "{n} transfer within one place, which has no arrow.",
                    "{n} transfers within one place, which has no arrow.",
                ),
            ),
            *_transfers(
                drawn.left_out,
                NN_(
                    "{n} transfer in smaller flows that are not drawn.",
                    "{n} transfers in smaller flows that are not drawn.",
                ),
            ),
            gettext(
                "A region lies at the seat or largest town of its NUTS 2 region. Outlines: {source}. "
                "Towns: GeoNames, CC BY 4.0."
            ).format(source=drawn.outlines.source),
        ),
    )


def _flow(scene: Scene) -> Picture:
    found = scene.learning()
    drawn = flow(found)
    return Picture(
        gettext("Who learned from whom, as flows: {name}").format(name=scene.name),
        gettext(
            "Bands from each giver on the left to each receiver on the right, as wide as transfers are many. "
        )
        + _told(found),
        "flow.svg",
        drawn,
        drawn.width,
        drawn.height,
        PAIRS,
        _table(found.pairs),
    )


def _matrix(scene: Scene) -> Picture:
    found = scene.learning()
    drawn = matrix(found)
    return Picture(
        gettext("Who learned from whom, as a matrix: {name}").format(name=scene.name),
        gettext("Grid with receivers down and givers across; each number counts transfers, realised or not. ")
        + _told(found),
        "grid.svg",
        drawn,
        drawn.width,
        drawn.height,
        PAIRS,
        _table(found.pairs),
        (
            *_transfers(
                drawn.left_out,
                NN_(
                    "{n} transfer beyond the size of the grid.", "{n} transfers beyond the size of the grid."
                ),
            ),
        ),
    )


def _time(scene: Scene) -> Picture:
    moments, undated = _moments(scene) if scene.project else _all_moments(scene)
    ordered = sorted(moments, key=lambda m: (m.earliest, m.latest, m.name, m.iri))
    kinds = len({moment.kind for moment in moments})
    span = (
        gettext(" from {year} to {year2}").format(
            year=ordered[0].earliest.year, year2=ordered[-1].latest.year
        )
        if ordered
        else ""
    )
    words = gettext("{moments} events and outputs of {kinds} kinds{span}.").format(
        moments=len(moments), kinds=kinds, span=span
    )
    title = gettext("The learning process in time: {name}").format(name=scene.name)
    notes = (
        [
            ngettext("{n} without a date is not shown.", "{n} without a date are not shown.", undated).format(
                n=undated
            )
        ]
        if undated
        else []
    )
    if not scene.project:
        return _years(moments, title, words, tuple(notes))
    drawn = timeline(ordered)
    notes.append(
        gettext("A long bar is an event that lasted, or one whose source gives only a month or year.")
    )
    rows = tuple(
        (m.written, m.earliest.isoformat(), m.latest.isoformat(), m.kind, m.name, m.iri) for m in ordered
    )
    columns = ("date", "earliest", "latest", "kind", "name", "name_id")
    return Picture(
        title, words, "timeline.svg", drawn, drawn.width, drawn.height, columns, rows, tuple(notes)
    )


def _years(moments: Sequence[Moment], title: str, words: str, notes: tuple[str, ...]) -> Picture:
    """Kinds by years, for more moments than a timeline can show."""
    counts = Counter((moment.kind, str(moment.earliest.year)) for moment in moments)
    totals = Counter(moment.kind for moment in moments)
    years = sorted({year for _, year in counts})[-YEARS:]
    drawn = grid(
        counts, sorted(totals, key=lambda k: (-totals[k], k)), years, "kind", gettext("year it began")
    )
    if drawn.left_out:
        notes = (
            *notes,
            gettext("{left_out} of earlier years are in the table only.").format(left_out=drawn.left_out),
        )
    rows = tuple((kind, year, count) for (kind, year), count in sorted(counts.items()))
    columns = ("kind", "year", "count")
    return Picture(title, words, "grid.svg", drawn, drawn.width, drawn.height, columns, rows, notes)


def _moments(scene: Scene) -> tuple[list[Moment], int]:
    """What happened, and how many things have no date."""
    reader, found, undated = scene.view.reader, [], 0
    for segment, curie in KINDS.items():
        nodes = scene.things(segment)
        reader.prepare(nodes)
        for node in nodes:
            earliest, latest = (_day(reader.text(node, c)) for c in ("pt:earliest", "pt:latest"))
            if earliest is None and latest is None:
                undated += 1
                continue
            kind = scene.view.one(node, curie)
            first, last = earliest or latest or date.min, latest or earliest or date.max
            found.append(
                Moment(
                    node.value,
                    scene.view.thing(node).text,
                    kind.text if kind else gettext("kind not known"),
                    first,
                    last,
                    scene.view.date(node),
                )
            )
    return found, undated


def _all_moments(scene: Scene) -> tuple[list[Moment], int]:
    """The same of all projects, without the names of what happened."""
    found, undated = [], 0
    for iri, said in scene.said("moments").items():
        kind, *days = (said.get(what) for what in ("kind", "earliest", "latest"))
        earliest, latest = (_day(day.value if day is not None else None) for day in days)
        if earliest is None and latest is None:
            undated += 1
            continue
        name = scene.view.thing(kind).text if isinstance(kind, ox.NamedNode) else gettext("kind not known")
        first, last = earliest or latest or date.min, latest or earliest or date.max
        found.append(Moment(iri, "", name, first, last, ""))
    return found, undated


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


PICTURES: dict[str, Callable[[Scene], Picture]] = {
    "map": _map,
    "flow": _flow,
    "matrix": _matrix,
    "time": _time,
}
"""Every picture, by the name in its address."""
