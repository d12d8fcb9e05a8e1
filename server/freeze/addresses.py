"""Which addresses of a site are frozen, and the file each becomes."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from policytrace.graph import feed
from policytrace.server.negotiate import GRAPH_FORMATS, TRIG
from policytrace.server.words import SECTIONS

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
    r"^(sparql|search|linked|corrections|health|metrics|rdf-graph-store|conformance|changes/|report/paths|bundles/"
    r"|api/(?!openapi\.json)|id/|releases/[^/]+\.\.)"
)
"""Addresses that need a running server, or are answered by a rule."""
PAGED = re.compile(r"^page=[0-9]+$")
"""The one kind of query string that becomes a file."""
EXTENSIONS = {
    "text/html": ".html",
    "text/turtle": ".ttl",
    "application/ld+json": ".jsonld",
    "application/rdf+xml": ".rdf",
    "application/n-triples": ".nt",
    "application/trig": ".trig",
    "application/n-quads": ".nq",
    "application/linkset+json": ".linkset.json",
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


def own(link: str, site: str) -> str | None:
    """The address a link of a page leads to, without leading slash, if it is on the site and to be frozen.

    Args:
        link: absolute, or a path that begins with a slash.
        site: where the site will stand, with a slash at the end.
    """
    base = urlsplit(site)
    parts = urlsplit(link)
    if parts.netloc and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
        return None
    if parts.scheme not in ("", base.scheme) or not parts.path.startswith(base.path):
        return None
    path = parts.path[len(base.path) :]
    if LIVE.match(path) or (parts.query and not PAGED.match(parts.query)):
        return None
    return path + (f"?{parts.query}" if parts.query else "")


def file_of(address: str, media_type: str) -> str:
    """The name of the file for an address, relative to the root of the site.

    Raises:
        ValueError: the address leads out of the site.
    """
    path, _, query = address.partition("?")
    name = unquote(path).strip("/") or "index"
    if ".." in PurePosixPath(name).parts or "\0" in name:
        raise ValueError(f"{address} leads out of the site")
    extension = EXTENSIONS.get(media_type, "")
    stem = name.removesuffix(extension) if extension else name
    if query:
        suffix = "" if extension else PurePosixPath(name).suffix
        stem, extension = f"{stem.removesuffix(suffix)}~{query.replace('=', '-')}", extension or suffix
    return stem + extension


def with_files(page: str) -> str:
    """A web page whose links to further pages of lists lead to their files."""
    return re.sub(r'(href="/[^"?#]*)\?(?:amp;)?page=([0-9]+)(#[^"]*)?"', r'\1~page-\2\3"', page)
