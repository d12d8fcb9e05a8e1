"""The sitemap: every canonical web page, with the time at which what it tells last changed."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

import pyoxigraph as ox
from flask import Blueprint, Response

from policytrace.graph.library.queries import library
from policytrace.graph.releases import change_dates
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.terms import BASE, ID, expand
from policytrace.server.catalogue.routes import source
from policytrace.server.http.negotiation import Format
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.urls import document_path
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened

blueprint = Blueprint("sitemap", __name__)

LARGEST = 50_000
"""Addresses in one part, as the protocol allows."""
XML = Format("xml", media_types.XML, "XML")
TEXT = Format("txt", "text/plain", "Text")
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = (
    "",
    "browse",
    "paths",
    "analysis",
    "queries",
    "sparql",
    "strength",
    "ns",
    "shapes",
    "scheme",
    "void",
    "catalog",
)
"""Pages that are no document about one thing; each release changes them."""
ROBOTS = """User-agent: *
Disallow: {root}sparql?
Disallow: {root}api/
Disallow: {root}rdf-graph-store
Disallow: {root}search
Disallow: {root}linked

Sitemap: {sitemap}
"""

Entry = tuple[str, str]
"""Path without leading slash, and time of change (ISO 8601)."""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may fetch, and where the sitemap is."""
    text = ROBOTS.format(root=links().root, sitemap=links().absolute("sitemap.xml"))
    return responses.send(text, TEXT, negotiated=False)


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The index of the parts."""
    body = opened().documents.get_or_make(("sitemap",), _index)
    return responses.send(body, XML, negotiated=False)


@blueprint.get("/sitemaps/<int:number>.xml")
def part(number: int) -> Response:
    """One part: at most ``LARGEST`` addresses."""
    if not 1 <= number <= max(len(_latest()), 1):
        raise ProblemError(404, "Not found", f"The sitemap has the parts 1 to {len(_latest())}.")
    body = opened().documents.get_or_make(("sitemap", str(number)), lambda: _part(number))
    return responses.send(body, XML, negotiated=False)


def entries() -> Iterator[Entry]:
    """Every canonical page with the time at which what it tells last changed.

    A thing changed with the rows that describe or name it; a concept with the ontology and the rows that name
    it; a list with the release.
    """
    created = source().created
    yield from ((path, created) for path in PAGES)
    yield from ((f"browse/{section.segment}", created) for section in SECTIONS.values() if section.main)
    yield from ((f"queries/{name}", created) for name in library())
    yield from ((data.path, data.modified) for data in (source().whole(), *source().parts))
    yield from ((source().version(one).path, str(one.manifest["created"])) for one in source().kept)
    yield from _concepts()
    yield from _things(created)


def _concepts() -> Iterator[Entry]:
    reader = opened().reader
    ontology = reader.text(ox.NamedNode(BASE + "ns"), "dct:modified") or source().created
    named = {one.path: one.at for one in change_dates.read(opened().release.path, change_dates.CONCEPTS)}
    for curie in ("skos:ConceptScheme", "skos:Concept"):
        for node in reader.subjects("rdf:type", ox.NamedNode(expand(curie))):
            if not node.value.startswith(ID) and (path := document_path(node.value)):
                yield path, max(ontology, named.get(path, ""))


def _things(created: str) -> Iterator[Entry]:
    """The documents about things; where a release has no index of changes, with the time it was made."""
    found = False
    for thing in change_dates.read(opened().release.path):
        found = True
        yield thing.path.replace("id/", "doc/", 1), thing.at
    if found:
        return
    for section in SECTIONS.values():
        if section.segment != "hop":
            for node in opened().reader.subjects("rdf:type", ox.NamedNode(section.cls)):
                if node.value.startswith(f"{ID}{section.segment}/"):
                    yield f"doc/{node.value[len(ID) :]}", created


def _latest() -> list[str]:
    """The latest time of change in each part."""
    memo: dict[str, Any] = opened().memo
    if "sitemap" not in memo:
        found: list[str] = []
        for at, (_, when) in enumerate(entries()):
            if at % LARGEST == 0:
                found.append(when)
            found[-1] = max(found[-1], when)
        memo["sitemap"] = found
    parts: list[str] = memo["sitemap"]
    return parts


def _index() -> bytes:
    parts = [(f"sitemaps/{number}.xml", when) for number, when in enumerate(_latest(), 1)]
    return _written("sitemapindex", "sitemap", parts, links().absolute)


def _part(number: int) -> bytes:
    first = (number - 1) * LARGEST
    some = [entry for at, entry in enumerate(entries()) if first <= at < first + LARGEST]
    return _written("urlset", "url", some, links().absolute)


def _written(outer: str, inner: str, some: Sequence[Entry], absolute: Callable[[str], str]) -> bytes:
    rows = "".join(
        f"<{inner}><loc>{escape(absolute(path))}</loc><lastmod>{when}</lastmod></{inner}>\n"
        for path, when in some
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{outer} xmlns="{SPACE}">\n{rows}</{outer}>\n'.encode()
