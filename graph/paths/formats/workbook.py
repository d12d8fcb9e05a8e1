"""Answers as a workbook: transfers, chains, paths, evidence, a codebook, and where all this comes from."""

import json
from collections.abc import Iterable, Iterator, Sequence

from openpyxl import Workbook

from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.formats.rows import COLUMNS, rows
from policytrace.graph.tables.sheet_writer import packed, table, workbook

EVIDENCE = (
    "hop",
    "from_label",
    "to_label",
    "id",
    "title",
    "direction",
    "source",
    "publisher",
    "relation",
    "locator",
    "date",
    "statement",
)
TRANSFERS = {
    "transfer": "The learning transfer; each counts once",
    "label": "Its name",
    "direct": "Whether it names what was asked for itself; no: it led there, or came of it",
    "layer": "realised is influence; considered is not",
    "stage": "How far it got",
    "outcome": "What became of it after that stage",
    "effect": "What it does at the receiver",
    "degree": "How much was taken over",
    "status": "Status of the claim",
    "strength": "How well it is evidenced",
    "date": "When the stage was so, as the source writes it",
    "source": "What was learned from",
    "giver_kind": "Where the giver is, as seen from the receiver",
    "giver": "The giver",
    "receiver": "Who learned; organisations and regions are one end",
    "measure": "The measure it led to",
    "passages": "Distinct passages that support it",
}
CHAINS = {
    "chain": "Number of the chain, as in the sheet Paths",
    "step": "Place of the transfer in it",
    "transfer": "The learning transfer",
    "paths": "How many paths tell the chain",
}
_WIDE, _NARROW = 44, 16
_LONG = frozenset(("sentence", "reasons", "value", "meaning", "title", "statement"))
"""Columns of long texts, beside those of labels."""


def as_xlsx(answer: Answer) -> bytes:
    """A workbook: see the module."""
    book = workbook(answer.release)
    _sheet(book, "Transfers", list(TRANSFERS), _transfers(answer))
    _sheet(book, "Chains", list(CHAINS), _chains(answer))
    _sheet(book, "Paths", list(COLUMNS), (list(row.values()) for row in rows(answer)))
    _sheet(book, "Evidence", EVIDENCE, _evidence(answer))
    meanings = COLUMNS | CHAINS | TRANSFERS
    _sheet(book, "Codebook", ("column", "meaning"), (list(item) for item in meanings.items()))
    _sheet(book, "About", ("what", "value"), _about(answer))
    return packed(book)


def _transfers(answer: Answer) -> Iterator[list[str]]:
    for one in answer.transfers:
        values = {"transfer": one.id, "direct": "yes" if one.direct else "no"}
        values |= {
            name: "; ".join(each.label for each in getattr(one, name))
            for name in ("source", "giver", "receiver", "measure")
        }
        cells = (values[name] if name in values else getattr(one, name) for name in TRANSFERS)
        yield ["" if cell is None else str(cell) for cell in cells]


def _chains(answer: Answer) -> Iterator[list[str]]:
    for number, chain in enumerate(answer.chains, start=1):
        for step, transfer in enumerate(chain.transfers, start=1):
            yield [str(number), str(step), transfer, str(len(chain.paths))]


def _evidence(answer: Answer) -> Iterator[list[str]]:
    hops = {hop.id: hop for path in answer.paths for hop in path.hops}
    for hop in hops.values():
        for line in hop.evidence:
            known = [hop.id, hop.start.label, hop.end.label]
            yield known + [getattr(line, name) or "" for name in EVIDENCE[3:]]


def _about(answer: Answer) -> Iterator[list[str]]:
    yield ["release", answer.release]
    yield ["question", json.dumps(answer.question, ensure_ascii=False)]
    yield ["limits", json.dumps(answer.limits)]
    yield ["rules", json.dumps(answer.rules)]
    yield ["transfers", str(answer.counts["transfers"])]
    yield ["of them, those that name what was asked for", str(answer.counts["direct"])]
    yield ["chains of transfers in this file", str(len(answer.chains))]
    yield ["truncated", "yes" if answer.truncated else "no"]
    yield from (["why", reason] for reason in answer.reason)
    if answer.licence:
        yield ["licence", answer.licence]


def _sheet(book: Workbook, title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    widths = [_WIDE if name in _LONG or "label" in name else _NARROW for name in header]
    cells = ([int(text) if text.isdecimal() and len(text) < 10 else text for text in line] for line in lines)
    table(book, title, header, cells, widths)
