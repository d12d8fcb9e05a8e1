"""Answers for a terminal: the transfers, and how they are chained with the evidence of every hop."""

from collections.abc import Iterator

from policytrace.graph.paths.answer import Answer, HopAnswer, PathAnswer, TransferAnswer


def as_text(answer: Answer) -> str:
    """The answer in lines."""
    return "\n".join(_lines(answer)) + "\n"


def _lines(answer: Answer) -> Iterator[str]:
    if answer.truncated:
        yield f"INCOMPLETE: {' '.join(answer.reason)}\n"
    yield f"{_count(answer)}, release {answer.release}."
    if answer.no_path:
        yield from _nothing(answer)
    yield from (_transfer(one) for one in answer.transfers)
    numbers = {path: number for number, chain in enumerate(answer.chains, start=1) for path in chain.paths}
    if answer.paths:
        yield "\nHow they are chained"
    for path in answer.paths:
        yield from _path(numbers.get(path.id), path)


def _count(answer: Answer) -> str:
    count, direct = answer.counts["transfers"], answer.counts["direct"]
    found = f"{count} transfer{'' if count == 1 else 's'}"
    return f"{found}, {direct} of them directly" if 0 < direct < count else found


def _transfer(one: TransferAnswer) -> str:
    facts = [one.stage, one.outcome, one.date or "no date", one.strength or "strength unknown"]
    facts += [] if one.direct else ["by way of others"]
    facts += [] if one.giver_kind in (None, "country") else [f"giver: {one.giver_kind.replace('-', ' ')}"]
    passages = f"{one.passages} passage{'' if one.passages == 1 else 's'}"
    by = ", ".join(each.label for each in one.receiver)
    known = ", ".join(fact for fact in facts if fact)
    return f"   {one.label}{f', by {by}' if by else ''} [{known}; {passages}]"


def _nothing(answer: Answer) -> Iterator[str]:
    why = answer.no_path or {}
    yield why["sentence"]
    for name, words in (("reached", "Reached from the beginning"), ("reaching", "Leading to the end")):
        if why[name]:
            yield f"{words}: " + "; ".join(thing["label"] for thing in why[name])


def _path(number: int | None, path: PathAnswer) -> Iterator[str]:
    verdict = path.verdict
    strength, hops = verdict.strength or "strength unknown", len(path.hops)
    chain = f"Chain {number}" if number else "Without a transfer"
    yield f"\n{chain}: {strength}, {hops} hop{'' if hops == 1 else 's'}, layer {verdict.layer}"
    for hop in path.hops:
        yield from _hop(hop)
    yield f"   Verdict: {verdict.sentence}"
    yield from (f"   Gap: {gap}" for gap in verdict.gaps)


def _hop(hop: HopAnswer) -> Iterator[str]:
    facts = [hop.stage, hop.date or "no date", hop.strength or "strength unknown"]
    yield f"   {hop.sentence} [{', '.join(fact for fact in facts if fact)}]"
    for line in hop.evidence:
        place = f", {line.locator}" if line.locator else ""
        date = f", {line.date}" if line.date else ""
        yield f"      {line.direction}: {line.source or line.title}{date}{place}"
