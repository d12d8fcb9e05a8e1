"""Suggestions for forms that complete what is typed, and the index that finds things."""

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.vocabulary.numerals import whole_number
from policytrace.graph.vocabulary.terms import segment_of
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.http.negotiation import JSON
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import view
from policytrace.server.search.index import context, search_index

blueprint = Blueprint("suggest", __name__)

LIMIT = 10
"""Things suggested unless told otherwise."""
MOST = 50
"""Things suggested at most."""


@blueprint.get("/api/suggest")
def suggest() -> Response:
    """Things whose name has the words ``q``, of the ``kind`` if given, at most ``limit``; nearest first."""
    kind = request.args.get("kind", "")
    if kind and kind not in SECTIONS:
        raise ProblemError(
            400, "Bad kind", f"There is no kind “{kind}”. Kinds are: {', '.join(SECTIONS)}.", parameter="kind"
        )
    words, limit = request.args.get("q", "").strip(), _limit()
    found = search_index().search(words, kind, limit) if words or kind else []
    return responses.send(responses.as_json([_described(iri) for iri in found]), JSON, negotiated=False)


def _limit() -> int:
    text = request.args.get("limit", str(LIMIT))
    number = whole_number(text, MOST)
    if number is None:
        raise ProblemError(
            400, "Bad limit", f"limit is a number from 1 to {MOST}, not “{text}”.", parameter="limit"
        )
    return number


def _described(iri: str) -> dict[str, str]:
    label = view().thing(ox.NamedNode(iri)).text
    kind = segment_of(iri)
    name = gettext(SECTIONS[kind].one) if kind in SECTIONS else kind
    return {"iri": iri, "label": label, "kind": kind, "kind_name": name, "context": context(iri)}
