"""The workbook of a report: claims, paths, evidence and gaps, and where all of it comes from."""

from collections.abc import Mapping, Sequence

import pyoxigraph as ox
from flask import Response

from policytrace.graph.gaps import table as gap_table
from policytrace.graph.gaps.place import PlacedGap, gaps_about, place
from policytrace.graph.lookup.reader import STRENGTH
from policytrace.graph.paths import evidence
from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.formats import rows as path_rows
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import segment_of
from policytrace.server.analyses.gaps import candidate_gaps, gaps_of_project
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http.negotiation import XLSX
from policytrace.server.presentation.transfer_sentence import plain_sentence, transfer_sentence
from policytrace.server.responses import exports
from policytrace.server.responses.exports import Export, Given
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.state import opened, state, view

CLAIM_COLUMNS = {
    "transfer": "The learning transfer",
    "transferLabel": "Its name",
    "sentence": "What is claimed, in words",
    "stage": "How far it got",
    "degree": "How much was taken over",
    "status": "Status of the claim",
    "strength": "How well it is evidenced",
    "reasons": "Why it is as strong as it is",
}


def report_workbook(
    name: str,
    transfers: Sequence[ox.NamedNode],
    answers: Sequence[Answer],
    node: ox.NamedNode | None,
    path: str,
    given: Mapping[str, Given],
) -> Response:
    """The workbook.

    Args:
        name: stem of the file name.
        transfers: those of a thing; of a question, those of the answers are taken.
        answers: the answers about transfer paths.
        node: the thing, if the report is about one.
        path: the path of the report, without leading slash.
        given: the filters in its address.
    """
    records = {hop.transfer or hop.record for answer in answers for one in answer.paths for hop in one.hops}
    claims = {one.value for one in transfers} | {record.id for record in records if record is not None}
    claims |= {one.id for answer in answers for one in answer.transfers}
    try:
        lines = evidence.evidence(PoolEngine(state().pool, opened().release.store_path), claims)
    except NoResultError as error:
        raise problem(error, "") from None
    counted = transfers if node else [ox.NamedNode(one.id) for answer in answers for one in answer.transfers]
    sheets = {"Data": _claims(counted), "Paths": _hops(answers), "Evidence": lines}
    origin = {"What this is": name}
    if node is not None:
        shown = view()
        sheets["Gaps"] = gap_table.table(gaps_of_thing(node), lambda iri: shown.thing(ox.NamedNode(iri)).text)
        origin = {"What this is": shown.thing(node).text, "Identifier": node.value}
    meanings = path_rows.COLUMNS | gap_table.COLUMNS | evidence.COLUMNS | CLAIM_COLUMNS
    return exports.send(Export(name, sheets, meanings, origin), XLSX, path, given)


def gaps_of_thing(node: ox.NamedNode) -> list[PlacedGap]:
    """The gaps of the projects of a thing that have to do with it; of a project all of its own."""
    own = segment_of(node.value) in ("project", "platform", "programme")
    try:
        every = gaps_of_project(node.value) if own else candidate_gaps(node)
    except NoResultError as error:
        raise problem(error, "") from None
    if own:
        return place(view().reader, every)
    return place(view().reader, gaps_about(view().reader, every, node.value))


def _hops(answers: Sequence[Answer]) -> Rows:
    rows = [row.values() for answer in answers for row in path_rows.rows(answer)]
    return Rows(
        tuple(path_rows.COLUMNS), [tuple(ox.Literal(text) if text else None for text in row) for row in rows]
    )


def _claims(transfers: Sequence[ox.NamedNode]) -> Rows:
    shown = view()
    lines: list[tuple[Term | None, ...]] = []
    for transfer in transfers:
        told = transfer_sentence(shown, transfer)
        degree = shown.one(transfer, "pt:degree")
        texts = (
            told.transfer.text,
            plain_sentence(told.sentence),
            *(v.text if v else "" for v in (told.stage, degree, told.claim_status, told.strength)),
            shown.reader.text(transfer, "pt:strengthReason", STRENGTH) or "",
        )
        lines.append((transfer, *(ox.Literal(text) if text else None for text in texts)))
    return Rows(tuple(CLAIM_COLUMNS), lines)
