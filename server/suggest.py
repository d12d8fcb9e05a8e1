"""Things by their names: the search page, and suggestions for forms that complete what is typed."""

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.names import NAMES, Names
from policytrace.graph.terms import ID
from policytrace.server import replies
from policytrace.server.engine import PoolEngine
from policytrace.server.operation import JSON
from policytrace.server.pool import NoResultError
from policytrace.server.replies import ProblemError
from policytrace.server.state import opened, state, view
from policytrace.server.words import BESIDE, SECTIONS

blueprint = Blueprint("suggest", __name__)

SHOWN = 60
"""Hits the search page shows."""
LIMIT = 10
"""Things suggested unless told otherwise."""
MOST = 50
"""Things suggested at most."""


@blueprint.get("/search")
def search() -> Response:
    """Things that have the words in one of their names."""
    words = request.args.get("q", "").strip()
    found = [ox.NamedNode(iri) for iri in names().search(words)] if len(words) > 1 else []
    hits = [(view().thing(node), _section(node)) for node in found[:SHOWN]]
    return replies.page("search.html", words=words, hits=hits, total=len(found), shown=SHOWN)


def _section(node: ox.NamedNode) -> str:
    segment = _segment(node.value)
    return SECTIONS[segment].one if segment in SECTIONS else segment


def _segment(iri: str) -> str:
    return iri[len(ID) :].partition("/")[0]


@blueprint.get("/api/suggest")
def suggest() -> Response:
    """Things whose name has the words ``q``, of the ``kind`` if given, at most ``limit``; nearest first."""
    kind = request.args.get("kind", "")
    if kind and kind not in SECTIONS:
        raise ProblemError(
            400, "Bad kind", f"There is no kind “{kind}”. Kinds are: {', '.join(SECTIONS)}.", parameter="kind"
        )
    words, limit = request.args.get("q", "").strip(), _limit()
    found = names().search(words, kind, limit) if words or kind else []
    return replies.send(replies.as_json([_described(iri) for iri in found]), JSON, negotiated=False)


def names() -> Names:
    """The index of names of the release this request is answered from.

    Raises:
        ProblemError: 503, the names could not be listed in time.
    """
    memo = opened().memo
    if NAMES not in memo:
        memo[NAMES] = _names()
    found: Names = memo[NAMES]
    return found


def _names() -> Names:
    file = opened().release.path / NAMES
    if file.is_file():
        return Names.open(file)
    try:
        return Names.of(PoolEngine(state().pool, opened().release.store_path))
    except NoResultError as error:
        raise ProblemError(503, "Names could not be listed", str(error)) from None


def _limit() -> int:
    text = request.args.get("limit", str(LIMIT))
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise ProblemError(
            400, "Bad limit", f"limit is a number from 1 to {MOST}, not “{text}”.", parameter="limit"
        )
    return int(text)


def _described(iri: str) -> dict[str, str]:
    """A thing for a list of suggestions: ``context`` is what tells it from others of the same name."""
    node = ox.NamedNode(iri)
    kind = _segment(iri)
    beside = view().values(node, *BESIDE.get(kind, ()))
    context = ", ".join(dict.fromkeys(value.text for value in beside))
    return {"iri": iri, "label": view().thing(node).text, "kind": kind, "context": context}
