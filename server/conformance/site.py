"""What a visit found so far: descriptions and examples, each fetched once."""

from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin
from xml.etree import ElementTree as Xml

import pyoxigraph as ox
from rdflib import RDF, Graph, URIRef
from rdflib.term import Node

from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.terms import expand
from policytrace.server.conformance.client import OffSiteError, Site, SiteReply
from policytrace.server.conformance.feed import Feed
from policytrace.server.http.links import read_links

RDF_TYPES = "text/turtle, application/n-triples;q=0.9, application/rdf+xml;q=0.8"
FEED_TYPES = "application/trig, application/n-quads;q=0.9, text/turtle;q=0.8"
PAGES = 500
"""Pages of a feed that are read."""
HOPS = 5
"""Redirects that are followed."""
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def term(curie: str) -> URIRef:
    """A term by its compact name."""
    return URIRef(expand(curie))


def links(reply: SiteReply) -> list[tuple[str, str, str]]:
    """Target, relation and media type of each link in the header of an answer, and in the head of a page."""
    told = [parameters | {"href": target} for target, parameters in read_links(reply.headers.get("link", ""))]
    if reply.media_type == media_types.HTML:
        told += _Links(reply.text).found
    return [
        (urljoin(reply.address, one["href"]), relation, one.get("type", ""))
        for one in told
        for relation in one.get("rel", "").split()
        if "href" in one
    ]


class _Links(HTMLParser):
    """The link elements of a page, by their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "link":
            self.found.append({name: value for name, value in attrs if value is not None})


def quads(reply: SiteReply) -> list[ox.Quad] | None:
    """The statements of an answer with their graphs; None where it is no RDF that can be read."""
    form = ox.RdfFormat.from_media_type(reply.media_type) if reply.media_type else None
    if form is None or reply.status != 200:
        return None
    try:
        return list(ox.parse(reply.body, format=form, base_iri=reply.address))
    except (SyntaxError, ValueError):
        return None


def graph(reply: SiteReply) -> Graph | None:
    """The statements of an answer; None where it is no RDF that can be read."""
    found = quads(reply)
    if found is None:
        return None
    text = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.N_TRIPLES)
    return Graph().parse(data=text, format="nt")


class SiteFacts:
    """A site and what is known of it."""

    def __init__(self, site: Site, resource: str = "") -> None:
        self.site = site
        self.resource = resource
        self.release = ""

    def get(self, address: str, accept: str = "", method: str = "GET", **headers: str) -> SiteReply:
        """One answer; ``accept`` is sent where it is given, other headers by name with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.site.ask(address, method=method, headers=sent | ({"Accept": accept} if accept else {}))
        self.release = self.release or reply.headers.get("x-policytrace-release", "")
        return reply

    def follow(self, address: str, accept: str = "") -> SiteReply:
        """The answer at the end of redirects."""
        for _ in range(HOPS):
            reply = self.get(address, accept)
            if reply.status not in (301, 302, 303, 307, 308) or "location" not in reply.headers:
                return reply
            address = urljoin(address, reply.headers["location"])
        raise OffSiteError(f"{address} leads through more than {HOPS} redirects")

    def here(self, iri: str) -> str:
        """Where the site answers an identifier: itself, or the same path at the site."""
        space = str(next(iter(self.void.objects(None, term("void:uriSpace"))), "")) if self.void else ""
        if not iri.startswith(self.site.root) and space and iri.startswith(space):
            return self.site.root + iri[len(space) :]
        return iri

    @cached_property
    def void_reply(self) -> SiteReply | None:
        """The answer where VoID is looked for."""
        try:
            return self.follow(urljoin(self.site.root, ".well-known/void"), RDF_TYPES)
        except OffSiteError:
            return None

    @cached_property
    def void(self) -> Graph | None:
        """The description by VoID."""
        return graph(self.void_reply) if self.void_reply else None

    @cached_property
    def dataset(self) -> Node | None:
        """The data set that VoID is about: the one with an endpoint, dumps or the most triples."""
        if self.void is None:
            return None
        for curie in ("void:sparqlEndpoint", "void:dataDump", "void:triples"):
            if (subject := next(iter(self.void.subjects(term(curie), None)), None)) is not None:
                return subject
        return None

    @cached_property
    def identifier(self) -> str:
        """The identifier of a thing: as asked for, or the first example of VoID; empty without one."""
        if self.resource:
            return self.resource
        known = self.void.objects(None, term("void:exampleResource")) if self.void else ()
        return min((str(one) for one in known), default="")

    @cached_property
    def document(self) -> str:
        """The address of the document about that thing, generic in format; empty where it is not found."""
        if not self.identifier:
            return ""
        address = self.here(self.identifier).partition("#")[0]
        try:
            reply = self.get(address, media_types.HTML)
            return urljoin(address, reply.headers["location"]) if 300 <= reply.status < 400 else address
        except (OffSiteError, KeyError):
            return ""

    @cached_property
    def _catalogue(self) -> tuple[str, Graph | None]:
        for address in (f"{self.site.root}catalog", self.site.root):
            try:
                found = graph(self.follow(address, RDF_TYPES))
            except OffSiteError:
                continue
            if found is not None and (None, RDF.type, term("dcat:Catalog")) in found:
                return address, found
        return "", None

    @property
    def catalogue_address(self) -> str:
        """Where the DCAT catalogue is; empty where none is found."""
        return self._catalogue[0]

    @property
    def catalogue(self) -> Graph | None:
        """The DCAT catalogue."""
        return self._catalogue[1]

    @cached_property
    def endpoint(self) -> str:
        """The SPARQL endpoint that VoID names; empty where it names none."""
        found = self.void.objects(None, term("void:sparqlEndpoint")) if self.void else ()
        return str(next(iter(found), ""))

    @cached_property
    def feed(self) -> Feed | None:
        """The feed of changes, read page by page; None where there is none.

        Raises:
            OutsideError: a page cannot be read.
        """
        read = Feed()
        waiting = [f"{self.site.root}ldes"]
        while waiting and len(read.pages) < PAGES:
            address = waiting.pop()
            said = quads(self.follow(address, FEED_TYPES))
            if said is None:
                if not read.pages:
                    return None
                raise OffSiteError(f"{address}, a page of the feed, cannot be read")
            more = read.take(address, said)
            waiting += sorted(more - set(read.pages) - set(waiting))
        read.whole = not waiting
        return read

    @cached_property
    def sitemaps(self) -> list[str]:
        """The sitemaps that robots.txt names."""
        reply = self.get(f"{self.site.root}robots.txt")
        if reply.status == 404:
            reply = self.get(urljoin(self.site.root, "/robots.txt"))
        lines = reply.text.splitlines() if reply.status == 200 else []
        return [line.partition(":")[2].strip() for line in lines if line.lower().startswith("sitemap:")]


def listed(reply: SiteReply) -> list[tuple[str, str]]:
    """Address and time of change of everything that a sitemap lists.

    Raises:
        ValueError: it is no sitemap.
    """
    if b"<!DOCTYPE" in reply.body[:1000]:
        raise ValueError("it has a document type, which a sitemap has not")
    try:
        root = Xml.fromstring(reply.body)  # noqa: S314 - without a document type there are no entities
    except Xml.ParseError as error:
        raise ValueError(f"it is no XML: {error}") from None
    return [
        (entry.findtext(f"{SITEMAP}loc", "").strip(), entry.findtext(f"{SITEMAP}lastmod", "").strip())
        for entry in root
    ]
