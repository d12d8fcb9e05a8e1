"""Answers as tables: a row for each hop, and for each transfer that states none; exact or safe CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from policytrace.graph.paths.answer import Answer, HopAnswer, PathAnswer, TransferAnswer
from policytrace.graph.sparql.result_formats import escape_formula

COLUMNS = {
    "chain": "Number of the chain of transfers that the path tells; several paths may tell the same",
    "path": "Identifier of the path: its hops in order",
    "path_strength": "Strength of the path: that of its weakest hop",
    "time_order": "Order of dates along the path: certain, possible or broken",
    "step": "Place of the hop in the path",
    "steps": "Number of hops of the path",
    "from": "Where the hop begins",
    "from_label": "Its name",
    "from_kind": "What it is",
    "kind": "Kind of hop",
    "to": "Where the hop ends",
    "to_label": "Its name",
    "to_kind": "What it is",
    "sentence": "The hop in words",
    "layer": "realised is influence; considered and opportunity are not",
    "stage": "How far the transfer got; empty for a hop that is no transfer",
    "outcome": "What became of it after that stage",
    "effect": "What it does at the receiver: start, change, stop, avoid, none yet",
    "degree": "How much was taken over: copied, adapted, combined, inspired",
    "status": "Status of the claim",
    "strength": "How well the hop is evidenced",
    "is_weakest": "Whether the path is no stronger because of this hop",
    "reasons": "Why it is as strong as it is",
    "transfer": "The learning transfer that states it; a transfer that states no hop has a row of its own",
    "direct": "Whether the transfer itself names what was asked for; no: it led there, or came of it",
    "record": "The link, measure, plan or event that states it otherwise",
    "event": "The learning event it came about through",
    "event_label": "Its name",
    "date": "Date as the source writes it; empty is unknown",
    "earliest": "First day it can have happened",
    "latest": "Last day it can have happened",
    "sources": "Addresses of the documents that support it",
    "weakened_by": "Addresses of the documents that weaken it",
    "hop": "Identifier of the hop",
    "release": "The release asked",
    "truncated": "Whether paths are missing from this answer, and why",
}
"""Columns of a row and what each holds."""


def rows(answer: Answer) -> Iterator[dict[str, str]]:
    """A row for each hop of each path, and one for each transfer that states no hop."""
    cut = f"yes: {' '.join(answer.reason)}" if answer.truncated else "no"
    transfers = {one.id: one for one in answer.transfers}
    chains = {path: number for number, chain in enumerate(answer.chains, start=1) for path in chain.paths}
    for path in answer.paths:
        for step, hop in enumerate(path.hops, start=1):
            stated = transfers.get(hop.transfer.id) if hop.transfer else None
            own = {"chain": chains.get(path.id), "direct": _direct(stated)}
            yield _texts(_row(path, step, hop) | own | {"release": answer.release, "truncated": cut})
    for number, chain in enumerate(answer.chains, start=1):
        for one in (transfers[iri] for iri in chain.transfers if not chain.paths):
            yield _texts(_alone(one) | {"chain": number, "release": answer.release, "truncated": cut})


def _texts(values: dict[str, Any]) -> dict[str, str]:
    return {name: "" if values.get(name) is None else str(values[name]) for name in COLUMNS}


def _direct(one: TransferAnswer | None) -> str | None:
    return None if one is None else "yes" if one.direct else "no"


def _alone(one: TransferAnswer) -> dict[str, Any]:
    """A transfer that states no hop, in the columns of one."""
    ends = (("from", (*one.source, *one.giver)), ("to", (*one.measure, *one.receiver)))
    named = {
        f"{side}{suffix}": value
        for side, things in ends
        for thing in things[:1]
        for suffix, value in (("", thing.id), ("_label", thing.label), ("_kind", thing.kind))
    }
    facts = (
        "layer",
        "stage",
        "outcome",
        "effect",
        "degree",
        "status",
        "strength",
        "date",
        "earliest",
        "latest",
    )
    known = {name: getattr(one, name) for name in facts}
    return named | known | {"sentence": one.label, "transfer": one.id, "direct": _direct(one)}


def _row(path: PathAnswer, step: int, hop: HopAnswer) -> dict[str, Any]:
    return {
        "path": path.id,
        "path_strength": path.verdict.strength,
        "time_order": path.verdict.time_order,
        "step": step,
        "steps": len(path.hops),
        "from": hop.start.id,
        "from_label": hop.start.label,
        "from_kind": hop.start.kind,
        "kind": hop.kind,
        "to": hop.end.id,
        "to_label": hop.end.label,
        "to_kind": hop.end.kind,
        "sentence": hop.sentence,
        "layer": hop.layer,
        "stage": hop.stage,
        "outcome": hop.outcome,
        "effect": hop.effect,
        "degree": hop.degree,
        "status": hop.status,
        "strength": hop.strength,
        "is_weakest": "yes" if hop.id == path.verdict.weakest_hop else "no",
        "reasons": "; ".join(hop.reasons),
        "transfer": hop.transfer and hop.transfer.id,
        "record": hop.record and hop.record.id,
        "event": hop.event and hop.event.id,
        "event_label": hop.event and hop.event.label,
        "date": hop.date,
        "earliest": hop.earliest,
        "latest": hop.latest,
        "sources": _addresses(hop, "supports"),
        "weakened_by": _addresses(hop, "weakens"),
        "hop": hop.id,
    }


def _addresses(hop: HopAnswer, direction: str) -> str:
    result = (line.source or line.document for line in hop.evidence if line.direction == direction)
    return " ".join(dict.fromkeys(result))


def as_csv(answer: Answer) -> bytes:
    """CSV (RFC 4180), exact: cells stand as they are in the graph."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(answer))
    return text.getvalue().encode()


def as_safe_csv(answer: Answer) -> bytes:
    """CSV for spreadsheets: a byte order mark before it, and no text that is taken for a formula."""
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: escape_formula(cell) for name, cell in row.items()} for row in rows(answer))
    return text.getvalue().encode()
