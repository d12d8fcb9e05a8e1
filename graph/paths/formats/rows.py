"""Answers as tables: a row for each hop, as CSV exact or safe for spreadsheets."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from policytrace.graph.paths.answer import Answer, HopAnswer, PathAnswer
from policytrace.graph.sparql.result_formats import escape_formula

COLUMNS = {
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
    "realisation": "How far the transfer came; empty for a hop that is no transfer",
    "mode": "How what was learned was used",
    "status": "Status of the claim",
    "strength": "How well the hop is evidenced",
    "is_weakest": "Whether the path is no stronger because of this hop",
    "reasons": "Why it is as strong as it is",
    "transfer": "The learning transfer that states it",
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
    """A row for each hop of each path."""
    cut = f"yes: {' '.join(answer.reason)}" if answer.truncated else "no"
    for path in answer.paths:
        for step, hop in enumerate(path.hops, start=1):
            values = _row(path, step, hop) | {"release": answer.release, "truncated": cut}
            yield {name: "" if values[name] is None else str(values[name]) for name in COLUMNS}


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
        "realisation": hop.realisation,
        "mode": hop.mode,
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
