"""What an answer about paths says in sentences."""

import re
from collections.abc import Sequence

import pyoxigraph as ox

from policytrace.graph.paths.answer import Answer, HopAnswer, NamedThing, PathAnswer
from policytrace.graph.paths.choices import Limit, Question
from policytrace.graph.paths.narrate import pattern
from policytrace.graph.vocabulary.scales import INFLUENCE
from policytrace.graph.vocabulary.terms import concept, segment_of
from policytrace.graph.vocabulary.translation import gettext, ngettext
from policytrace.server.paths.form import address, short_identifier
from policytrace.server.presentation.transfer_sentence import Fragment
from policytrace.server.presentation.view import Value
from policytrace.server.responses.state import view

LEARNERS = ("region", "country", "organisation")
"""Segments of what learns and teaches."""
_GAP = re.compile(r"Hop (\d+): (.+)")


def address_between(answer: Answer) -> str:
    """The address of the question how the ends of the first path are linked; empty without path."""
    if not answer.paths:
        return ""
    hops = answer.paths[0].hops
    return address({"from": [short_identifier(hops[0].start.id)], "to": [short_identifier(hops[-1].end.id)]})


def summary(answer: Answer) -> str:
    """The answer in one sentence that counts transfers; the chain it names is influence, if any is."""
    count, direct = answer.counts["transfers"], answer.counts["direct"]
    if not count:
        return _linked_only(answer)
    many = ngettext("{n} transfer", "{n} transfers", count).format(n=count)
    if 0 < direct < count:
        many = gettext("{transfers}, {direct} of them directly and {others} by way of these").format(
            transfers=many, direct=direct, others=count - direct
        )
    if answer.truncated and (answer.total is None or answer.bound != (Limit.PATHS,)):
        many = gettext("{transfers}, and there may be more").format(transfers=many)
    firm = [one for one in answer.transfers if one.layer == INFLUENCE]
    if len(answer.transfers) == count and len(firm) < count:
        if not firm:
            many += "; " + ngettext("it is no influence", "none of them is influence", count)
        else:
            of_them = ngettext("{n} of them is influence", "{n} of them are influence", len(firm))
            many += "; " + of_them.format(n=len(firm))
    paths = [path for path in answer.paths if path.verdict.layer == INFLUENCE] or answer.paths
    if not paths:
        return f"{many}."
    said = (
        gettext("{transfers}: {path} ({level}).")
        if len(answer.chains) == 1
        else gettext("{transfers}. Best evidenced: {path} ({level}).")
    )
    return said.format(transfers=many, path=chain(paths[0]), level=_level(paths[0]))


def _linked_only(answer: Answer) -> str:
    """What is said of an answer without a transfer: things may be linked by what their rows state."""
    if not answer.paths:
        return gettext("No transfer.")
    return gettext("No transfer; what is linked: {path}.").format(path=chain(answer.paths[0]))


def _level(path: PathAnswer) -> str:
    strength = path.verdict.strength
    return (
        gettext("{level} evidence").format(level=_named("strength", strength))
        if strength
        else gettext("evidence of unknown strength")
    )


def chain(path: PathAnswer) -> str:
    """The things on a path, one after the other."""
    return path.hops[0].start.label + "".join(f" {arrow(hop)} {hop.end.label}" for hop in path.hops)


def arrow(hop: HopAnswer) -> str:
    """What leads from one thing to the next: a whole arrow for influence, a broken one for anything else."""
    return "→" if hop.layer == INFLUENCE else "⇢"


def gaps(path: PathAnswer) -> list[str]:
    """What is missing, the same gap of several hops told once."""
    hops: dict[str, list[str]] = {}
    for gap in path.verdict.gaps:
        found = _GAP.fullmatch(gap)
        hops.setdefault(found[2] if found else gap, []).extend([found[1]] if found else [])
    return [f"{_numbered(numbers)}: {text}" if numbers else text for text, numbers in hops.items()]


def _numbered(numbers: Sequence[str]) -> str:
    *some, last = numbers
    return (
        gettext("Hops {some} and {last}").format(some=", ".join(some), last=last)
        if some
        else gettext("Hop {last}").format(last=last)
    )


def hop_fragments(hop: HopAnswer) -> tuple[Fragment, ...]:
    """A hop in words, its ends as links."""
    ends: dict[str, Fragment] = {"{from}": linked_thing(hop.start), "{to}": linked_thing(hop.end)}
    return tuple(
        ends.get(part, part)
        for part in re.split(r"({from}|{to})", pattern(hop.kind, hop.stage, hop.outcome, hop.effect))
    )


def linked_thing(thing: NamedThing) -> Value:
    """A thing by its name, leading to its page."""
    return view().thing(ox.NamedNode(thing.id))


def _named(scheme: str, code: str) -> str:
    """The name of a code in the middle of a sentence."""
    return view().thing(ox.NamedNode(concept(scheme, code))).text.lower()


def coded_concept(scheme: str, code: str | None) -> Value | None:
    """A concept by its code."""
    return view().thing(ox.NamedNode(concept(scheme, code))) if code else None


def question_title(answer: Answer) -> str:
    """The question of an answer, in words."""
    starts, ends = (
        gettext(" and ").join(f"“{end['label']}”" for end in answer.question[side]) for side in ("from", "to")
    )
    question = answer.question["question"]
    sides = [[end["id"] for end in answer.question[side]] for side in ("from", "to")]
    if all(segment_of(iri) in LEARNERS for side in sides for iri in side):
        if question == Question.FORWARD:
            return gettext("What was learned from {starts}?").format(starts=starts)
        if question == Question.BACKWARD:
            return gettext("What did {ends} learn?").format(ends=ends)
        return gettext("What did {ends} learn from {starts}?").format(starts=starts, ends=ends)
    if question == Question.FORWARD:
        return gettext("Where did {starts} go?").format(starts=starts)
    if question == Question.BACKWARD:
        return gettext("Where did {ends} come from?").format(ends=ends)
    return gettext("How is {starts} linked to {ends}?").format(starts=starts, ends=ends)
