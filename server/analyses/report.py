"""What a report tells: claims with their evidence, paths, what is missing, and numbered sources."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.gaps.place import PlacedGap
from policytrace.graph.library.bibliography import BibliographyEntry
from policytrace.graph.lookup.reader import STRENGTH
from policytrace.graph.paths.answer import Answer, PathAnswer
from policytrace.graph.paths.answer import Evidence as Line
from policytrace.graph.vocabulary.terms import ID, segment_of
from policytrace.server.dossiers.evidence import SUPPORTS, WEAKENS, Evidence, evidence
from policytrace.server.presentation.footnotes import Footnote, Sources
from policytrace.server.presentation.transfer_sentence import CHAIN, TransferSentence, transfer_sentence
from policytrace.server.presentation.view import Value, View

CLAIMS: dict[str, tuple[str, ...]] = {
    "practice": ("^pt:source",),
    "proposal": ("^pt:source",),
    "measure": ("^pt:toMeasure", "^pt:source"),
    "plan": ("^pt:partOfPlan/^pt:toMeasure",),
    "instrument": (
        "^pt:toInstrument",
        "^pt:concernsInstrument/^pt:toMeasure",
        "^pt:addresses/^pt:partOfPlan/^pt:toMeasure",
    ),
    "policy-change": ("pt:changedBy/^pt:toMeasure",),
    "event": ("^pt:throughEvent", "^pt:source"),
    "region": ("^pt:toRegion", "^pt:fromRegion"),
    "organisation": ("^pt:toOrganisation", "^pt:fromOrganisation"),
    "project": ("^pt:inProject", "^pt:source"),
    "platform": ("^pt:inProject", "^pt:source"),
}
"""How transfers are reached from a thing, by its segment; ^ goes against the direction of a property."""
REPORTED = (*CLAIMS, "transfer")
"""Segments of the things that there are reports about."""
TRANSFER = ID + "transfer/"
MOST = 50
"""Claims, paths and gaps of one kind that a report tells; the workbook has all."""


@dataclass(frozen=True)
class Claim:
    """One learning transfer with why it is as strong as it is, and its evidence."""

    told: TransferSentence
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Hop:
    """One hop of a path in words, with the sources that support it and those that weaken it."""

    sentence: str
    supports: tuple[Footnote, ...]
    weakens: tuple[Footnote, ...]


@dataclass(frozen=True)
class Path:
    """One path: its hops, and the verdict on the whole."""

    names: str
    strength: str
    verdict: str
    address: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class ThingReport:
    """Everything a report tells of a thing, a question or an indicator."""

    claims: tuple[Claim, ...]
    claims_left: int
    paths: tuple[Path, ...]
    paths_left: int
    gaps: tuple[PlacedGap, ...]
    gaps_left: int
    sources: tuple[Footnote, ...]

    def missing(self, named: Callable[[str], Value]) -> list[tuple[Value, str, int]]:
        """What is missing, said once where things of one name lack the same.

        Returns:
            The first thing of that name, what is missing, and how often.
        """
        found: dict[tuple[str, str], list[Value]] = {}
        for one in self.gaps:
            value = named(one.gap.thing)
            found.setdefault((value.text, one.gap.missing), []).append(value)
        return [(values[0], missing, len(values)) for (_, missing), values in found.items()]


def claims_of(view: View, node: ox.NamedNode) -> list[ox.NamedNode]:
    """The transfers a thing takes part in, in the order of identifiers."""
    if node.value.startswith(TRANSFER):
        return [node]
    found: set[ox.NamedNode] = set()
    for path in CLAIMS.get(segment_of(node.value), ()):
        found |= _ends(view, node, path.split("/"))
    return sorted((one for one in found if one.value.startswith(TRANSFER)), key=lambda one: one.value)


def _ends(view: View, node: ox.NamedNode, steps: Sequence[str]) -> set[ox.NamedNode]:
    ends = {node}
    for step in steps:
        ends = {
            end
            for start in ends
            for end in (
                view.reader.subjects(step[1:], start) if step[0] == "^" else view.reader.nodes(start, step)
            )
        }
    return ends


def report(
    view: View,
    transfers: Sequence[ox.NamedNode] = (),
    answers: Sequence[Answer] = (),
    gaps: Sequence[PlacedGap] = (),
    sources: Sources | None = None,
) -> ThingReport:
    """A report; documents are numbered in the order in which it cites them."""
    cited = sources or Sources(view)
    some = transfers[:MOST]
    view.reader.prepare(some, *CHAIN)
    claims = tuple(_claim(view, transfer, cited) for transfer in some)
    every = [path for answer in answers for path in answer.paths]
    paths = tuple(_path(one, cited) for one in every[:MOST])
    return ThingReport(
        claims,
        len(transfers) - len(some),
        paths,
        len(every) - len(paths),
        tuple(gaps[:MOST]),
        max(len(gaps) - MOST, 0),
        cited.listed(),
    )


def _path(one: PathAnswer, sources: Sources) -> Path:
    hops = tuple(
        Hop(hop.sentence, *(_cited(hop.evidence, code, sources) for code in (SUPPORTS, WEAKENS)))
        for hop in one.hops
    )
    names = " → ".join((one.hops[0].start.label, *(hop.end.label for hop in one.hops)))
    return Path(names, one.verdict.strength or "", one.verdict.sentence, one.permalink, hops)


def _claim(view: View, transfer: ox.NamedNode, sources: Sources) -> Claim:
    reasons = view.reader.text(transfer, "pt:strengthReason", STRENGTH) or ""
    lines = tuple(part.strip().rstrip(".") for part in reasons.split(";") if part.strip())
    return Claim(transfer_sentence(view, transfer), lines, evidence(view, transfer, sources))


def _cited(lines: Iterable[Line], direction: str, sources: Sources) -> tuple[Footnote, ...]:
    found = (
        sources.cite(ox.NamedNode(line.document), line.date or "")
        for line in lines
        if line.direction == direction
    )
    return tuple(dict.fromkeys(found))


def bibliography_entries(sources: Iterable[Footnote]) -> list[BibliographyEntry]:
    """The sources as entries of a bibliography."""
    return [
        BibliographyEntry(
            key=source.document.iri.rpartition("/")[2],
            title=source.document.text,
            publisher=source.publisher.text if source.publisher else "",
            date=source.date,
            url=_address(source.page),
        )
        for source in sources
    ]


def _address(page: Value | None) -> str:
    return page.iri or page.text if page else ""
