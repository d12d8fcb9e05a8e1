"""The releases that are kept, and what changed from any one to any other: in words and as statements."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request

from policytrace.graph.distribution import changes, rdf_patch, record_digests
from policytrace.graph.distribution.change_summary import by_kind, name_things
from policytrace.graph.distribution.changes import Changes, describe_move
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.vocabulary import media_types
from policytrace.server.changes.dumps import OFFERS, local_release, local_releases
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.http.content_coding import compressor
from policytrace.server.http.negotiation import HTML, JSON
from policytrace.server.releases.pinned_release import newest_first
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("releases", __name__)

SHOWN = 100
"""Records of one table and transfers that a page lists by name."""
FILES = {"added.nt.gz": "added", "removed.nt.gz": "removed", "patch.rdfp.gz": "patch"}
"""What can be downloaded of two releases, and how it is written."""
PIECE = 256 * 2**10


@blueprint.get("/releases")
def releases() -> Response:
    """The releases that are kept, each with what changed since the one before."""
    opened()
    if request.args.get("from") and request.args.get("to"):
        return _leads(request.args["from"], request.args["to"])
    known = newest_first(local_releases())
    pairs = [(one, known[place + 1] if place + 1 < len(known) else None) for place, one in enumerate(known)]
    rows = [(one, before, _sentence(before, one) if before else "") for one, before in pairs]
    if responses.wanted(OFFERS) is HTML:
        return responses.page("changes/releases.html", rows=rows)
    body = [
        {**_told(one), "changes": sentence, "since": before and before.id} for one, before, sentence in rows
    ]
    return responses.send(responses.as_json(body), JSON)


@blueprint.get("/releases/<release_id>")
def release(release_id: str) -> Response:
    """Leads (302) to what changed in a release since the one before."""
    found, known = local_release(release_id), newest_first(local_releases())
    before = next((one for one in known if one.id < found.id), None)
    if before is None:
        detail = f"No release before {found.id} is kept."
        raise ProblemError(404, "Nothing to compare with", detail, hints=_ways())
    return _leads(before.id, found.id)


def _leads(before: str, after: str) -> Response:
    answer = redirect(links().absolute(f"releases/{before}..{after}"), 302)
    return Response(answer.get_data(), 302, {**answer.headers, "Cache-Control": "no-cache"})


@blueprint.get("/releases/<before_id>..<after_id>")
def compare(before_id: str, after_id: str) -> Response:
    """What changed from one release to another, by kind of thing and by transfer."""
    opened()
    before, after = local_release(before_id), local_release(after_id)
    if responses.wanted(OFFERS) is HTML:
        key = ("releases", before.id, after.id)
        return responses.cached_page(key, lambda: _page(before, after, _compare(before, after)))
    return responses.send(responses.as_json(_as_json(before, after, _compare(before, after))), JSON)


@blueprint.get("/releases/<before_id>..<after_id>/<name>")
def file(before_id: str, after_id: str, name: str) -> Response:
    """The statements that differ, as they are found."""
    before, after = local_release(before_id), local_release(after_id)
    if name not in FILES:
        raise ProblemError(404, "Not found", f"There is no “{name}” here, but: {', '.join(FILES)}.")
    for one in (before, after):
        _written(one)
    answer = Response(_gzipped(rdf_patch.WRITERS[FILES[name]](before, after)), content_type=media_types.GZIP)
    answer.set_etag(f"{before.id}..{after.id}-{name}")
    answer.headers["Cache-Control"] = IMMUTABLE
    return answer


def _gzipped(lines: Iterator[bytes]) -> Iterator[bytes]:
    worker, held, size = compressor("gzip"), [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size > PIECE:
            yield worker.compress(b"".join(held))
            held, size = [], 0
    yield worker.compress(b"".join(held)) + worker.flush()


def _written(release: Release) -> None:
    try:
        record_digests.path_of(release)
    except ReleaseError as error:
        raise ProblemError(404, "Dumps not written", f"{error}.", hints=_ways()) from None


def _compare(before: Release, after: Release) -> Changes:
    _written(before)
    _written(after)
    return changes.compare(record_digests.path_of(before), record_digests.path_of(after))


def _sentence(before: Release, after: Release) -> str:
    """The changes in words; empty where they cannot be told."""

    def make() -> bytes:
        return (
            changes.compare(record_digests.path_of(before), record_digests.path_of(after)).sentence().encode()
        )

    try:
        return opened().documents.get_or_make(("changes", before.id, after.id), make).decode()
    except ReleaseError:
        return ""


def reader_of(release: Release) -> Reader:
    """A reader of a release that is kept."""
    current = opened()
    return (
        current.reader
        if current.release.id == release.id
        else state().pinned.open(local_releases(), release.id).reader
    )


def _page(before: Release, after: Release, found: Changes) -> str:
    old, new = reader_of(before), reader_of(after)
    return render_template(
        "changes/changes.html",
        page=links().page,
        before=before,
        after=after,
        phrases=found.phrases(),
        kinds=by_kind(found, old, new, SHOWN),
        transfers=[
            (one, describe_move(one.change)) for one in name_things(found.transfers[:SHOWN], old, new)
        ],
        more=max(len(found.transfers) - SHOWN, 0),
        files=FILES,
    )


def _as_json(before: Release, after: Release, found: Changes) -> dict[str, Any]:
    return {
        "from": _told(before),
        "to": _told(after),
        "summary": found.phrases(),
        "files": [links().absolute(f"releases/{before.id}..{after.id}/{name}") for name in FILES],
        "records": [{"record": change.iri, "change": change.kind} for change in found.records],
        "transfers": [
            {
                "transfer": change.iri,
                "change": change.kind,
                "before": change.before and change.before.standing._asdict(),
                "after": change.after and change.after.standing._asdict(),
            }
            for change in found.transfers
        ],
    }


def _told(release: Release) -> dict[str, Any]:
    return {"release": release.id, "created": release.manifest["created"]}


def _ways() -> list[tuple[str, str]]:
    return [("The releases that are kept", links().path("releases"))]
