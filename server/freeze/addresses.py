"""Which addresses of a site are frozen, and the file each becomes."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from policytrace.graph.distribution import feed
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.http.negotiation import GRAPH_FORMATS, TRIG
from policytrace.server.presentation.sections import SECTIONS

ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"
"""A page wherever there is one; the other formats have addresses of their own, which the page names."""
SEEDS = (
    "",
    "about",
    "robots.txt",
    "sitemap.xml",
    "collection",
    "context",
    ".well-known/void",
    ".well-known/sparql-examples",
    "void",
    "catalog",
    "dumps",
    "dumps/latest",
    "ldes",
    "changes.atom",
    "static/style.css",
    "api/openapi.json",
)
"""Where a crawl begins; everything else is found by following links."""
LIVE = re.compile(
    r"^(sparql|search|linked|check|health|ready|metrics|rdf-graph-store|conformance|changes/|report/paths|bundles/"
    r"|api/(?!openapi\.json)|id/|releases/[^/]+\.\.)"
)
"""Addresses that need a running server, or are answered by a rule."""
EXPLAINED = {
    "search": N_("Search"),
    "sparql": N_("SPARQL"),
    "check": N_("Checking a workbook"),
    "linked": N_("What points at a thing"),
    "conformance": N_("Conformance"),
}
"""Addresses that need a running server and get a page that says so, with what they are for."""
_BESIDE = (("doc/path/", ("since=", "state=")), ("corrections", ("about=", "record=")), ("", ("page=1",)))
"""Beginnings of addresses, and of the parameters that change nothing in what is frozen."""
_PAGED = re.compile(r"^page=[0-9]+$")
_FORMAT = re.compile(r"^format=[a-z]+$")
_QUESTION = re.compile(
    r"^question=(forward&from=[\w/.-]+|backward&to=[\w/.-]+|between&from=[\w/.-]+&to=[\w/.-]+)$"
)
EXTENSIONS = {
    media_types.HTML: ".html",
    media_types.TURTLE: ".ttl",
    media_types.JSON_LD: ".jsonld",
    media_types.RDF_XML: ".rdf",
    media_types.N_TRIPLES: ".nt",
    media_types.TRIG: ".trig",
    media_types.N_QUADS: ".nq",
    media_types.LINKSET: ".linkset.json",
}
"""What is put behind the name of a file whose address does not tell its type."""


def seeds(home: Path) -> Iterator[tuple[str, str]]:
    """Addresses to begin with, without leading slash, and what to accept there.

    The feed of changes has no links that a page names, so its pages are listed.
    """
    yield from ((address, ACCEPT) for address in SEEDS)
    for form in GRAPH_FORMATS:
        yield f"collection.{form.name}", form.media_type
        yield from ((f"collection/{segment}.{form.name}", form.media_type) for segment in SECTIONS)
    yield "ldes", TRIG.media_type
    for entry in feed.entries(home):
        yield f"ldes/{entry.id}", TRIG.media_type
        yield from ((f"ldes/{entry.id}/{page}", TRIG.media_type) for page in range(1, entry.pages + 1))


def frozen_address(link: str, site: str, release: str = "") -> str | None:
    """The address a link of a page leads to, without leading slash, if it is on the site and to be frozen.

    Of all query strings only further pages of lists, formats and questions about paths become files.

    Args:
        link: absolute, or a path that begins with a slash.
        site: where the site will stand, with a slash at the end.
        release: the release that is frozen; an address that asks for it is the same without.
    """
    base = urlsplit(site)
    parts = urlsplit(link)
    if parts.netloc and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return None
    if parts.scheme not in ("", base.scheme) or not parts.path.startswith(base.path):
        return None
    path = parts.path[len(base.path) :]
    if LIVE.match(path):
        return None
    query = "&".join(
        one for one in parts.query.replace("%2F", "/").split("&") if not _beside(path, one, release)
    )
    if _PAGED.match(query) or _FORMAT.match(query) or (path == "paths" and _QUESTION.match(query)):
        return f"{path}?{query}"
    return None if query else path


def _beside(path: str, parameter: str, release: str) -> bool:
    """Whether a parameter changes nothing."""
    if not parameter or (release and parameter == f"release={release}"):
        return True
    return any(
        path.startswith(start) and (parameter == name or (name[-1] == "=" and parameter.startswith(name)))
        for start, names in _BESIDE
        for name in names
    )


def place_in_files(address: str) -> str:
    """Where the files have what an address gives: it may have no query string there."""
    path, _, query = address.partition("?")
    if not query:
        return path
    if _FORMAT.match(query):
        return f"{path}.{query.partition('=')[2]}"
    suffix = _suffix(path)
    return f"{path.removesuffix(suffix)}~{query.replace('=', '-').replace('&', '~')}{suffix}"


def _suffix(path: str) -> str:
    """The extension that names the format of a list."""
    suffix = PurePosixPath(path).suffix
    return suffix if suffix in EXTENSIONS.values() else ""


def file_of(address: str, media_type: str) -> str:
    """The name of the file for an address, relative to the root of the site.

    Raises:
        ValueError: the address leads out of the site.
    """
    name = unquote(place_in_files(address)).strip("/") or "index"
    if ".." in PurePosixPath(name).parts or "\0" in name:
        raise ValueError(f"{address} leads out of the site")
    extension = EXTENSIONS.get(media_type, "")
    if name.endswith(extension) or "?format=" in address:
        return name
    return name + extension
