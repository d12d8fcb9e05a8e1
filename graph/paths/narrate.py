"""Tells paths: hops with names, sentences, evidence and reasons, and a verdict on the whole."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pyoxigraph as ox

from policytrace.graph.hops.arrays import Hop, HopArrays
from policytrace.graph.lookup.reader import best_text, in_language
from policytrace.graph.paths.answer import Evidence, HopAnswer, NamedThing, PathAnswer, Verdict
from policytrace.graph.sparql.binding import bind_any
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.scales import LAYERS, LEVELS, REFUSED
from policytrace.graph.vocabulary.terms import kind, thing
from policytrace.graph.vocabulary.translation import ENGLISH, N_, gettext, language

_TRANSFER = thing("transfer", "")
_EVENT = thing("event", "")
ENDED = (*REFUSED, "discontinued")
"""Outcomes that are told instead of the stage."""
NEGATIVE = ("stop", "avoid")
"""Effects that leave nothing in place."""
SEPARATOR = "-"
"""Between the hops in the identifier of a path."""


@cache
def _sentences() -> dict[str, dict[str, str]]:
    source = files("policytrace") / "graph" / "paths" / "sentences.toml"
    return tomllib.loads(source.read_text("utf-8"))


def pattern(kind: str, stage: str | None, outcome: str | None, effect: str | None) -> str:
    """How a hop is told, with ``{from}`` and ``{to}`` in place of its ends.

    What became of it is told before how far it got; what was stopped or avoided never reads as in place.
    """
    patterns = _sentences()[kind]
    keys = [outcome if outcome in ENDED else "", effect if effect in NEGATIVE else "", outcome, stage]
    return gettext(patterns[next((key for key in keys if key and key in patterns), "")])


def sentence(
    kind: str, start: str, end: str, stage: str | None, outcome: str | None, effect: str | None
) -> str:
    """A hop in words."""
    words = re.split(r"({from}|{to})", pattern(kind, stage, outcome, effect))
    names = {"{from}": f"“{start}”", "{to}": f"“{end}”"}
    return "".join(names.get(word, word) for word in words)


def state(hop: Hop) -> str:
    """A short digest of what is known of a hop."""
    return hashlib.sha256(repr(tuple(hop)).encode()).hexdigest()[:8]


def path_id(hops: Iterable[str]) -> str:
    """The identifier of a path, made of those of its hops."""
    return SEPARATOR.join(hops)


def _code(term: object) -> str | None:
    return term.value.rpartition("/")[2] if isinstance(term, ox.NamedNode) else None


def _text(term: object) -> str | None:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else None


Row = dict[str, Any]


def _rows(engine: Engine, name: str, iris: Iterable[str]) -> list[Row]:
    """The rows of a query of ``queries/paths`` for some things, as name to term, sorted."""
    wanted = [ox.NamedNode(iri) for iri in sorted(set(iris))]
    if not wanted:
        return []
    answer = engine.query(bind_any(query_text(f"paths/{name}"), "thing", wanted))
    assert isinstance(answer, Rows)
    rows = sorted(answer.rows, key=lambda row: [str(term) for term in row])
    return [dict(zip(answer.variables, row, strict=True)) for row in rows]


def _by_thing(rows: Iterable[Row]) -> dict[str, list[Row]]:
    result: dict[str, list[Row]] = {}
    for row in rows:
        result.setdefault(row["thing"].value, []).append(row)
    return result


def labels(engine: Engine, iris: Iterable[str]) -> dict[str, str]:
    """The names of things; a thing without one is called by the end of its identifier."""
    wanted, spoken = set(iris), language()
    named = _by_thing(_rows(engine, "labels", wanted))
    others = {} if spoken == ENGLISH else _by_thing(_rows(engine, "other_names", wanted))
    result = {}
    for iri in wanted:
        names = [row["name"] for row in named.get(iri, ())]
        more = [row["name"] for row in others.get(iri, ())]
        label = best_text(in_language(names + more, spoken)) or best_text(names)
        result[iri] = label.text if label else iri.rpartition("/")[2].replace("-", " ")
    return result


@dataclass(slots=True)
class Narrator:
    """Tells hops of one release: reads what it needs of all of them with a few queries."""

    engine: Engine
    hops: Sequence[Hop]
    names: dict[str, str] = field(init=False)
    claims: dict[str, list[Row]] = field(init=False)
    evidence: dict[str, list[Row]] = field(init=False)
    reasons: dict[str, list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        records = {hop.record for hop in self.hops}
        self.claims = _by_thing(_rows(self.engine, "claims", records))
        self.evidence = _by_thing(_rows(self.engine, "evidence", records))
        self.reasons = _by_thing(_rows(self.engine, "reasons", (thing("hop", hop.id) for hop in self.hops)))
        events = {row["event"].value for rows in self.claims.values() for row in rows if row["event"]}
        ends = {end for hop in self.hops for end in (hop.start, hop.end)}
        self.names = labels(self.engine, records | events | ends)

    def named(self, iri: str) -> NamedThing:
        """A thing with its name."""
        return NamedThing(iri, self.names[iri], kind(iri))

    def hop(self, hop: Hop) -> HopAnswer:
        """A hop with everything known of it."""
        claim = next(iter(self.claims.get(hop.record, ())), {})
        why = next(iter(self.reasons.get(thing("hop", hop.id), ())), {})
        transfer = hop.record.startswith(_TRANSFER)
        outcome, effect = _code(claim.get("outcome")), _code(claim.get("effect"))
        event = _text(claim.get("event")) or (hop.record if hop.record.startswith(_EVENT) else None)
        return HopAnswer(
            hop.id,
            self.named(hop.start),
            self.named(hop.end),
            hop.kind,
            hop.layer,
            sentence(hop.kind, self.names[hop.start], self.names[hop.end], hop.stage, outcome, effect),
            self.named(hop.record) if transfer else None,
            None if transfer else self.named(hop.record),
            self.named(event) if event else None,
            _text(claim.get("date")),
            hop.earliest.isoformat() if hop.earliest else None,
            hop.latest.isoformat() if hop.latest else None,
            hop.stage,
            outcome,
            effect,
            _code(claim.get("degree")),
            hop.status,
            hop.strength,
            _split(_text(why.get("reason"))),
            _code(why.get("computed")),
            _text(why.get("override")),
            tuple(self._evidence(row) for row in self.evidence.get(hop.record, ())),
            state(hop),
        )

    @staticmethod
    def _evidence(row: Row) -> Evidence:
        return Evidence(
            row["line"].value,
            row["title"].value,
            _code(row["direction"]) or "",
            row["document"].value,
            _text(row["page"]),
            _text(row["publisher"]),
            _code(row["relation"]),
            _text(row["locator"]),
            _text(row["date"]),
            _text(row["statement"]),
        )

    def path(self, hops: Sequence[Hop], release: str) -> PathAnswer:
        """A path with its verdict."""
        answers = tuple(self.hop(hop) for hop in hops)
        name = path_id(hop.id for hop in hops)
        states = SEPARATOR.join(hop.state for hop in answers)
        permalink = f"doc/path/{name}?since={release}&state={states}"
        return PathAnswer(name, permalink, answers, verdict(hops, answers))


def _split(reasons: str | None) -> tuple[str, ...]:
    return tuple(part for part in (reasons or "").removesuffix(".").split("; ") if part)


def time_order(hops: Sequence[Hop]) -> str:
    """Whether causes come before effects along a path: certain, possible, or certainly broken."""
    latest = None
    for hop in hops:
        if latest and hop.latest and hop.latest < latest:
            return "broken"
        latest = max(filter(None, (latest, hop.earliest)), default=None)
    sure = all(a.latest and b.earliest and a.latest <= b.earliest for a, b in pairwise(hops))
    return "certain" if sure and len(hops) > 1 else "possible"


STRENGTHS = {
    "": N_("of unknown strength"),
    "very-weak": N_("very weak"),
    "weak": N_("weak"),
    "moderate": N_("moderate"),
    "strong": N_("strong"),
    "very-strong": N_("very strong"),
}
"""Levels of strength in the middle of a sentence."""


def verdict(hops: Sequence[Hop], answers: Sequence[HopAnswer]) -> Verdict:
    """A path is as strong as its weakest hop; what is missing is listed."""
    weakest = min(answers, key=lambda hop: LEVELS.index(hop.strength) if hop.strength else -1)
    order = time_order(hops)
    layer = max((hop.layer for hop in hops), key=LAYERS.index)
    level = gettext(STRENGTHS[weakest.strength or ""])
    why = "; ".join(weakest.reasons) or gettext("no reason is recorded")
    if weakest.computed_strength:
        why = gettext("people set it, {level} by the rule: {reason}").format(
            level=gettext(STRENGTHS[weakest.computed_strength]),
            reason=weakest.override_reason or gettext("no reason is recorded"),
        )
        why = why.removesuffix(".")
    words = gettext("{level}: {why}.")
    if len(answers) > 1:
        words = gettext("{level}, because hop {n} of {hops} is: {why}.")
    words = words.format(level=level.capitalize(), why=why, n=answers.index(weakest) + 1, hops=len(answers))
    return Verdict(weakest.strength, weakest.id, words, order, layer, tuple(_gaps(hops, answers, order)))


def _gaps(hops: Sequence[Hop], answers: Sequence[HopAnswer], order: str) -> Iterable[str]:
    if order == "broken":
        yield gettext("A later hop certainly happened before an earlier one.")
    for number, (hop, answer) in enumerate(zip(hops, answers, strict=True), start=1):
        supporting = [line for line in answer.evidence if line.direction == "supports"]
        if not supporting:
            yield gettext("Hop {number} has no supporting evidence.").format(number=number)
        elif not any(line.locator for line in supporting):
            yield gettext("Hop {number}: no source says at which place in the document.").format(
                number=number
            )
        if hop.stage and not any(line.relation == "third-party" for line in supporting):
            yield gettext("Hop {number}: nobody outside the exchange is known to say so.").format(
                number=number
            )
        if hop.earliest is None and hop.latest is None:
            yield gettext("Hop {number} has no date.").format(number=number)
        if any(line.direction == "weakens" for line in answer.evidence):
            yield gettext("Hop {number}: a source weakens it.").format(number=number)


def narrate(
    engine: Engine, arrays: HopArrays, paths: Sequence[Sequence[int]], release: str
) -> tuple[PathAnswer, ...]:
    """Paths of a release with everything known of them.

    Args:
        engine: the release to ask for names, evidence and reasons.
        arrays: its hop graph.
        paths: hops of each path, in order.
        release: its identifier.
    """
    numbers = sorted({hop for path in paths for hop in path})
    hops: Mapping[int, Hop] = {number: arrays.hop(number) for number in numbers}
    teller = Narrator(engine, list(hops.values()))
    return tuple(teller.path([hops[number] for number in path], release) for path in paths)
