"""Releases as files to download: lists for people, immutable addresses, and the newest under one name."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect

from policytrace.graph.distribution import dumps
from policytrace.graph.releases.release import DamagedError, Release, Releases
from policytrace.graph.tables.table_files import METADATA, TABLES
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.changes.send_file import send_file
from policytrace.server.http.negotiation import HTML, JSON
from policytrace.server.linked_data import link_header
from policytrace.server.releases.pinned_release import newest_first, release_of
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("dumps", __name__)

OFFERS = (HTML, JSON)
SUMS_TYPE = "text/plain; charset=utf-8"


@blueprint.get("/dumps")
def releases() -> Response:
    """The releases that are kept, and what can be downloaded of each."""
    opened()
    found = [(release, _files_of(release)) for release in newest_first(local_releases())]
    return responses.page("changes/dumps.html", releases=found, title=gettext("Downloads"))


@blueprint.get("/dumps/latest")
@blueprint.get("/dumps/latest/<path:name>")
def latest(name: str = "") -> Response:
    """Leads (302) to a file of the newest release that has dumps."""
    newest = _newest_dumped()
    if newest is None:
        raise ProblemError(404, "Not found", "No dump is written yet. Write one: policytrace dump")
    if ".." in name:
        raise _no_file(newest, name)
    return _led_to(newest, name)


@blueprint.get("/dumps/<release_id>")
def release(release_id: str) -> Response:
    """What can be downloaded of one release, as a page or as JSON."""
    opened()
    found = local_release(release_id)
    files = dumps.dump_files(found)
    if responses.wanted(OFFERS) is HTML:
        return responses.page(
            "changes/dumps.html",
            releases=[(found, files)],
            one=True,
            title=gettext("Downloads of {id}").format(id=found.id),
        )
    told = _told(found, (*files, *dumps.part_files(found)))
    return responses.send(responses.as_json({"release": found.id, "files": told}), JSON)


@blueprint.get("/dumps/<release_id>/<path:name>")
def file(release_id: str, name: str) -> Response:
    """One file: whole, or the part that is asked for.

    While those of a new release are not written, this leads (302) to the same file of the last that has them.
    """
    found = local_release(release_id)
    try:
        if name == dumps.SUMS and dumps.folder(found).is_dir():
            return send_file(found, f"{dumps.DUMPS}/{name}", SUMS_TYPE, f"{found.id}-sums", _made(found))
        chosen = _listed(found, name)
        if chosen is None:
            before = None if dumps.folder(found).is_dir() else _newest_dumped()
            if before and before.id < found.id and (name == dumps.SUMS or _listed(before, name)):
                return _led_to(before, name)
            raise _no_file(found, name)
        place = name if name.startswith(f"{TABLES}/") else f"{dumps.DUMPS}/{name}"
        answer = send_file(found, place, _content_type(chosen.sent_as), chosen.sha256, _made(found))
    except FileNotFoundError:
        local_release(release_id)
        raise _no_file(found, name) from None
    answer.headers["Link"] = ", ".join(_link(found, chosen))
    return answer


def local_release(release_id: str) -> Release:
    """The release of that id on this machine.

    Raises:
        UnknownReleaseError: there is none, or it was removed.
        DamagedError: its manifest cannot be read.
    """
    return release_of(local_releases(), release_id)


def local_releases() -> Releases:
    """The releases on this machine."""
    return Releases(state().settings.home)


def _files_of(release: Release) -> tuple[dumps.DumpFile, ...]:
    """The files of a release among others; none where their list is damaged."""
    try:
        return dumps.dump_files(release)
    except DamagedError as error:
        state().published.damage.note(release.id, error.damage.file, error.damage.problem)
        return ()


def _newest_dumped() -> Release | None:
    return next((one for one in newest_first(local_releases()) if dumps.folder(one).is_dir()), None)


def _listed(release: Release, name: str) -> dumps.DumpFile | None:
    known = dumps.part_files(release) if name.startswith(f"{dumps.PARTS}/") else dumps.dump_files(release)
    return next((one for one in known if one.name == name), None)


def _led_to(release: Release, name: str) -> Response:
    answer = redirect(links().absolute(f"dumps/{release.id}/{name}"), 302)
    return Response(answer.get_data(), 302, {**answer.headers, "Cache-Control": "no-cache"})


def _made(release: Release) -> datetime:
    return datetime.fromisoformat(release.manifest["created"])


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _link(release: Release, chosen: dumps.DumpFile) -> list[str]:
    found = [
        *link_header.licensed(release.licence),
        f'<{links().absolute(f"dumps/{release.id}")}>; rel="collection"; type="{media_types.HTML}"',
    ]
    if chosen.rows:
        described = links().absolute(f"dumps/{release.id}/{chosen.name}{METADATA}")
        found.append(f'<{described}>; rel="describedby"; type="{media_types.TABLE_METADATA}"')
    return found


def _told(release: Release, files: tuple[dumps.DumpFile, ...]) -> list[dict[str, Any]]:
    return [
        {
            "url": links().absolute(f"dumps/{release.id}/{one.name}"),
            "title": one.title,
            "media_type": one.media_type,
            "compression": one.compression or None,
            "bytes": one.bytes,
            "sha256": one.sha256,
            "content_sha256": one.content_sha256,
            "statements": one.statements or None,
            "rows": one.rows or None,
        }
        for one in files
    ]


def _no_file(release: Release, name: str) -> ProblemError:
    there = links().path(f"dumps/{release.id}")
    if not dumps.folder(release).is_dir():
        detail = f"The dumps of release {release.id} are not written yet. Try again later."
        return ProblemError(404, "No dump yet", detail, hints=[("All releases", links().path("dumps"))])
    detail = f"Release {release.id} has no file called “{name}”."
    return ProblemError(404, "Not found", detail, hints=[("What there is", there)])
