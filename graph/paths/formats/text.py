"""Answers for a terminal: each path as sentences with the evidence of every hop."""

from collections.abc import Iterator

from policytrace.graph.paths.answer import Answer, HopAnswer, PathAnswer


def as_text(answer: Answer) -> str:
    """The answer in lines."""
    return "\n".join(_lines(answer)) + "\n"


def _lines(answer: Answer) -> Iterator[str]:
    if answer.truncated:
        yield f"INCOMPLETE: {' '.join(answer.reason)}\n"
    yield f"{_count(answer)}, release {answer.release}."
    if answer.no_path:
        yield from _nothing(answer)
    for number, path in enumerate(answer.paths, start=1):
        yield from _path(number, path)


def _count(answer: Answer) -> str:
    given = f"{len(answer.paths)} path{'' if len(answer.paths) == 1 else 's'}"
    return given if answer.total in (None, len(answer.paths)) else f"{given} of {answer.total}"


def _nothing(answer: Answer) -> Iterator[str]:
    why = answer.no_path or {}
    yield why["sentence"]
    for name, words in (("reached", "Reached from the beginning"), ("reaching", "Leading to the end")):
        if why[name]:
            yield f"{words}: " + "; ".join(thing["label"] for thing in why[name])


def _path(number: int, path: PathAnswer) -> Iterator[str]:
    verdict = path.verdict
    strength, hops = verdict.strength or "strength unknown", len(path.hops)
    yield f"\n{number}. {strength}, {hops} hop{'' if hops == 1 else 's'}, layer {verdict.layer}"
    for hop in path.hops:
        yield from _hop(hop)
    yield f"   Verdict: {verdict.sentence}"
    yield from (f"   Gap: {gap}" for gap in verdict.gaps)


def _hop(hop: HopAnswer) -> Iterator[str]:
    facts = [hop.realisation, hop.date or "no date", hop.strength or "strength unknown"]
    yield f"   {hop.sentence} [{', '.join(fact for fact in facts if fact)}]"
    for line in hop.evidence:
        place = f", {line.locator}" if line.locator else ""
        date = f", {line.date}" if line.date else ""
        yield f"      {line.direction}: {line.source or line.title}{date}{place}"
