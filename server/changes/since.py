"""What changed since an earlier release: in the dossier of a thing, and in an indicator."""

from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, request

from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import ID, node_of
from policytrace.server.analyses import indicators
from policytrace.server.changes.dumps import OFFERS, local_release, local_releases
from policytrace.server.dossiers.thing_changes import ChangeLine, ThingChanges, thing_changes
from policytrace.server.http.negotiation import HTML, JSON
from policytrace.server.presentation.view import Value, View
from policytrace.server.releases.current import Opened
from policytrace.server.releases.pinned_release import newest_first
from policytrace.server.responses import exports, responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("since", __name__)

SHOWN = 200
"""Things that a page lists."""


@blueprint.get("/changes/<segment>/<path:slug>")
def thing(segment: str, slug: str) -> Response:
    """What changed in everything the graph says of a thing."""
    node = _node(f"{ID}{segment}/{slug}")
    since = _since()
    before = _opened(since) if since else opened()
    found = thing_changes(View(before.reader, links()), View(opened().reader, links()), node)
    if not (found.before or found.after):
        detail = f"Neither release says anything of {node.value}."
        raise ProblemError(404, "Not found", detail, hints=[("The releases", links().path("releases"))])
    if responses.wanted(OFFERS) is HTML:
        return responses.page("changes/since.html", found=found, node=node.value, **_frame(since))
    return responses.send(responses.as_json(_as_json(node, since, found)), JSON)


@blueprint.get("/changes/indicator/<name>")
def indicator(name: str) -> Response:
    """What changed in an indicator: its number, and what counts now, or counts no more."""
    known = indicators.known_indicator(name)
    given = {k: v for k, v in exports.filters().items() if k != "since"}
    since = _since()
    before = _opened(since) if since else opened()
    was, now = (indicators.measured_in(one, known, given) for one in (before, opened()))
    keys = [{item.key: item for item, _ in one.counted} for one in (was, now)]
    gone, new = (sorted(keys[a].keys() - keys[b].keys()) for a, b in ((0, 1), (1, 0)))
    words = [one.number.words(known) if one.total else "nothing recorded" for one in (was, now)]
    if responses.wanted(OFFERS) is HTML:
        old, current = (View(one.reader, links()) for one in (before, opened()))
        return responses.page(
            "changes/indicator_changes.html",
            known=known,
            given=given,
            numbers=words,
            gone=[_named(old, key) for key in gone[:SHOWN]],
            new=[_named(current, key) for key in new[:SHOWN]],
            counts=(len(gone), len(new)),
            **_frame(since),
        )
    body = {
        "indicator": name,
        "from": since.id if since else None,
        "to": opened().release.id,
        "before": words[0] if since else None,
        "after": words[1],
        "gone": gone,
        "new": new,
    }
    return responses.send(responses.as_json(body), JSON)


def _node(iri: str) -> ox.NamedNode:
    node = node_of(iri)
    if node is None:
        raise ProblemError(404, "Not found", f"{iri} is no identifier.")
    return node


def _since() -> Release | None:
    """The release asked for, or the one before that of this request; None where no other is kept."""
    if asked := request.args.get("since", "").strip():
        return local_release(asked)
    current = opened().release.id
    return next((one for one in newest_first(local_releases()) if one.id < current), None)


def _opened(release: Release) -> Opened:
    current = opened()
    return current if current.release.id == release.id else state().pinned.open(local_releases(), release.id)


def _frame(since: Release | None) -> dict[str, Any]:
    """What the pages have in common: the releases to choose among."""
    return {
        "since": since,
        "kept": [one for one in newest_first(local_releases()) if one.id != opened().release.id],
    }


def _named(view: View, key: tuple[str, ...]) -> list[Value]:
    return [view.thing(ox.NamedNode(part)) if part.startswith("http") else Value(part) for part in key]


def _as_json(node: ox.NamedNode, since: Release | None, found: ThingChanges) -> dict[str, Any]:
    def lines(some: tuple[ChangeLine, ...]) -> list[dict[str, Any]]:
        return [
            {"name": line.name, "gone": [_plain(v) for v in line.gone], "new": [_plain(v) for v in line.new]}
            for line in some
        ]

    return {
        "thing": node.value,
        "from": since.id if since else None,
        "to": opened().release.id,
        "known_before": found.before if since else None,
        "known_after": found.after,
        "statements": lines(found.statements),
        "links": lines(found.links),
        "counts": [{"name": one.name, "before": one.before, "after": one.after} for one in found.counts],
        "transfers": [{"transfer": one.transfer.iri, "told": one.told} for one in found.moved],
    }


def _plain(value: Value) -> dict[str, str]:
    return {"text": value.text, **({"iri": value.iri} if value.iri else {})}
