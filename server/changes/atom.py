"""The feed of changes for people, as Atom (RFC 4287)."""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from itertools import islice
from xml.etree import ElementTree

from flask import Blueprint, Response
from werkzeug.http import http_date

from policytrace.graph.distribution import feed
from policytrace.graph.distribution.feed import FeedEntry
from policytrace.graph.releases.release import Releases
from policytrace.server.changes.ldes import ABOUT, TITLE
from policytrace.server.http.negotiation import Format
from policytrace.server.responses import responses
from policytrace.server.responses.state import licence, links, state

blueprint = Blueprint("atom", __name__)

ATOM = "http://www.w3.org/2005/Atom"
FORMAT = Format("atom", "application/atom+xml", "Atom")
NEWEST = 200
"""Entries of the feed at most."""
AUTHOR = "PolicyTrace"


@blueprint.get("/changes.atom")
def changes() -> Response:
    """What the newest releases changed, each change of a transfer apart."""
    entries = [entry for entry in reversed(feed.entries(state().settings.home)) if entry.pages]
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", feed.LDES)
    _add(root, "title", TITLE)
    _add(root, "subtitle", ABOUT)
    _add(root, "updated", entries[0].published if entries else "1970-01-01T00:00:00Z")
    _add(_add(root, "author"), "name", AUTHOR)
    if named := licence():
        _add(root, "rights", named)
    _add(root, "link", rel="self", href=links().absolute("changes.atom"), type=FORMAT.media_type)
    _add(root, "link", rel="alternate", href=links().absolute("releases"), type="text/html")
    kept = {release.id for release in Releases(state().settings.home).all()}
    root.extend(islice((one for entry in entries for one in _entries(entry, kept)), NEWEST))
    body = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    headers = {"Last-Modified": http_date(datetime.fromisoformat(entries[0].published))} if entries else None
    return responses.send(body, FORMAT, headers=headers, negotiated=False)


def _entries(entry: FeedEntry, kept: set[str]) -> Iterator[ElementTree.Element]:
    summary = entry.summary
    since = summary["since"]
    words = ", ".join(summary["words"])
    title = f"Release {entry.id}: {words}" if since else f"The first release, {entry.id}: {words}"
    told = "".join(f"<li>{escape(one['name'])}: {escape(one['told'])}</li>" for one in summary["transfers"])
    compared = f"releases/{since}..{entry.id}" if {since, entry.id} <= kept else "releases"
    yield _entry(entry, f"{feed.LDES}/{entry.id}", title, compared, f"<p>{escape(words)}</p><ul>{told}</ul>")
    for one in summary["transfers"]:
        name = one["transfer"]
        page = (links().page(name) or "").removeprefix(links().root)
        yield _entry(
            entry,
            f"{feed.LDES}/{entry.id}#{name.rpartition('/')[2]}",
            f"{one['name']}: {one['told']}",
            page or "releases",
            f"<p>{escape(one['told'])}</p>",
        )


def _entry(entry: FeedEntry, name: str, title: str, path: str, html: str) -> ElementTree.Element:
    found = ElementTree.Element("entry")
    _add(found, "id", name)
    _add(found, "title", title)
    _add(found, "updated", entry.published)
    _add(found, "link", rel="alternate", href=links().absolute(path), type="text/html")
    _add(found, "content", html, type="html")
    return found


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name, attributes)
    child.text = text or None
    return child
