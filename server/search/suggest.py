"""Suggestions for forms that complete what is typed, and the index that finds things."""

import threading

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.execution.engine import PoolEngine
from policytrace.server.execution.errors import NoResultError
from policytrace.server.presentation.wording import BESIDE, SECTIONS
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import opened, state, view
from policytrace.server.site.operation import JSON

blueprint = Blueprint("suggest", __name__)

_ONE = threading.Lock()
"""An index in memory is made once, not by every request that waits for it."""
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
    found = names().search(words, kind, limit) if words or kind else []
    return responses.send(responses.as_json([_described(iri) for iri in found]), JSON, negotiated=False)


def names() -> Index:
    """The index of the release this request is answered from.

    Raises:
        ProblemError: 503, the names could not be listed in time.
    """
    memo = opened().memo
    if FILE not in memo:
        with _ONE:
            if FILE not in memo:
                memo[FILE] = _names()
    found: Index = memo[FILE]
    return found


def _names() -> Index:
    file = opened().release.path / FILE
    if file.is_file():
        return Index.open(file)
    try:
        return Index.of(PoolEngine(state().pool, opened().release.store_path))
    except NoResultError as error:
        raise ProblemError(503, "Names could not be listed", str(error)) from None


def segment(iri: str) -> str:
    """The kind of a thing, as its identifier tells it."""
    return iri[len(ID) :].partition("/")[0]


def _limit() -> int:
    text = request.args.get("limit", str(LIMIT))
    if not (text.isdecimal() and 1 <= int(text) <= MOST):
        raise ProblemError(
            400, "Bad limit", f"limit is a number from 1 to {MOST}, not “{text}”.", parameter="limit"
        )
    return int(text)


def context(iri: str) -> str:
    """What tells a thing from others of the same name."""
    beside = view().values(ox.NamedNode(iri), *BESIDE.get(segment(iri), ()))
    return ", ".join(dict.fromkeys(value.text for value in beside))


def _described(iri: str) -> dict[str, str]:
    label = view().thing(ox.NamedNode(iri)).text
    kind = segment(iri)
    name = gettext(SECTIONS[kind].one) if kind in SECTIONS else kind
    return {"iri": iri, "label": label, "kind": kind, "kind_name": name, "context": context(iri)}
