"""What a report tells: claims with their evidence, paths, what is missing, and numbered sources."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.graph.gaps.place import PlacedGap
from policytrace.graph.library.bibliography import BibliographyEntry
from policytrace.graph.lookup.reader import STRENGTH
from policytrace.graph.paths.answer import Answer, PathAnswer
from policytrace.graph.paths.answer import Evidence as Line
from policytrace.server.dossiers.evidence import SUPPORTS, WEAKENS, Evidence, evidence
from policytrace.server.presentation.footnotes import Footnote, Sources
from policytrace.server.presentation.transfer_sentence import CHAIN, TransferSentence, transfer_sentence
from policytrace.server.presentation.view import Value, View

MOST = 50
"""Claims, chains and gaps of one kind that a report tells; the workbook has all."""


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
    """The path that best tells how some transfers are chained: its hops, and the verdict on the whole."""

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
    chains: tuple[Path, ...]
    chains_left: int
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
    every = _best(answers)
    chains = tuple(_path(one, cited) for one in every[:MOST])
    return ThingReport(
        claims,
        len(transfers) - len(some),
        chains,
        len(every) - len(chains),
        tuple(gaps[:MOST]),
        max(len(gaps) - MOST, 0),
        cited.listed(),
    )


def _best(answers: Sequence[Answer]) -> list[PathAnswer]:
    """The path that best tells each chain of transfers, and those that link things without a transfer."""
    found: dict[str, PathAnswer] = {}
    for answer in answers:
        same = {path for chain in answer.chains for path in chain.paths[1:]}
        found |= {path.id: path for path in answer.paths if path.id not in same}
    return list(found.values())


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
