"""Which representation a client gets: one negotiator for every route.

Follows RFC 9110, section 12.5.1, with three courtesies real clients need: no ``Accept`` means anything,
parameters other than ``q`` do not matter, and the general types some clients send for a specific one
(``application/json``, ``text/xml``…) stand for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.http.header_cache import cached_by_header


@dataclass(frozen=True)
class Format:
    """A representation: its media type, the name used in ``?format=`` and as extension, and its aliases."""

    name: str
    media_type: str
    title: str
    aliases: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.media_type)

    @property
    def content_type(self) -> str:
        """The value of Content-Type: the charset is stated on every text type and on JSON-free RDF."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


HTML = Format("html", media_types.HTML, N_("Web page"), ("application/xhtml+xml",))
TURTLE = Format(
    "ttl",
    media_types.TURTLE,
    "Turtle",
    ("application/x-turtle", "application/turtle", "text/n3", "text/rdf+n3"),
)
JSON_LD = Format("jsonld", media_types.JSON_LD, "JSON-LD", ("application/json",))
RDF_XML = Format("rdf", media_types.RDF_XML, "RDF/XML", ("application/xml", "text/xml", "text/rdf"))
N_TRIPLES = Format("nt", media_types.N_TRIPLES, "N-Triples", ("text/plain",))
TRIG = Format("trig", media_types.TRIG, "TriG", ("application/x-trig",))
N_QUADS = Format("nq", media_types.N_QUADS, "N-Quads", ("text/x-nquads", "text/nquads"))

JSON_RESULTS = Format(
    "json", media_types.JSON_RESULTS, "JSON", ("application/json", "text/json", "application/x-json")
)
XML_RESULTS = Format("xml", media_types.XML_RESULTS, "XML", ("application/xml", "text/xml"))
CSV = Format("csv", media_types.CSV, "CSV")
XLSX = Format("xlsx", media_types.XLSX, "Excel")
TSV = Format("tsv", media_types.TSV, "TSV", ("text/plain",))

GRAPH_FORMATS: tuple[Format, ...] = (TURTLE, JSON_LD, RDF_XML, N_TRIPLES)
TRIPLE_FORMATS: tuple[Format, ...] = (*GRAPH_FORMATS, TRIG, N_QUADS)
RESULT_FORMATS: tuple[Format, ...] = (JSON_RESULTS, XML_RESULTS, CSV, TSV)
PAGE_AND_GRAPH: tuple[Format, ...] = (TURTLE, HTML, JSON_LD, RDF_XML, N_TRIPLES)
PAGE_FIRST: tuple[Format, ...] = (HTML, *GRAPH_FORMATS)

SYNONYMS = {
    "turtle": "ttl",
    "n3": "ttl",
    "json-ld": "jsonld",
    "xml": "rdf",
    "rdfxml": "rdf",
    "rdf+xml": "rdf",
    "ntriples": "nt",
    "n-triples": "nt",
    "nquads": "nq",
    "n-quads": "nq",
    "json": "jsonld",
}
"""Other values of ``?format=`` that people type and programs send, tried after the names of the offers."""

RANGES = 100
"""Media ranges of a header that are read; nobody sends as many."""

Range = tuple[str, float]


def ranges(accept: str) -> list[Range]:
    """The media ranges of an Accept header with their quality; what cannot be read is passed over."""
    media_ranges: list[Range] = []
    for part in accept.split(",", RANGES)[:RANGES]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        name = "*/*" if name == "*" else name.lower()
        if name.count("/") != 1:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                quality = _quality(value.strip())
                break
        media_ranges.append((name, quality))
    return media_ranges


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


EXACT, ALIAS, TYPE, ANY, NONE = 4, 3, 2, 1, 0


def _match(offer: Format, name: str) -> int:
    if name == offer.media_type:
        return EXACT
    if name in offer.aliases:
        return ALIAS
    if name == "*/*":
        return ANY
    return TYPE if name.endswith("/*") and offer.media_type.startswith(name[:-1]) else NONE


def _rank(offer: Format, accepted: Sequence[Range]) -> tuple[float, int]:
    """Quality of an offer by its most specific range, the best of equals, and how specific that is."""
    best = max(((_match(offer, name), quality) for name, quality in accepted), default=(NONE, 0.0))
    return (best[1], best[0]) if best[0] else (0.0, NONE)


def choose(accept: str | None, offers: tuple[Format, ...]) -> Format | None:
    """The offer that serves an Accept header best, or None when nothing is acceptable (406).

    Among offers of equal quality one asked for by name wins over one met by an alias or a wildcard; a web
    page asked for by name wins over data asked for by name; then the order of ``offers`` decides.
    """
    place = _best(accept, offers)
    return None if place is None else offers[place]


@cached_by_header(entries=1024)
def _best(accept: str | None, offers: tuple[Format, ...]) -> int | None:
    # A place, not the offer: among equal formats the one that was offered is to be given back.
    accepted = ranges(accept) if accept and accept.strip() else [("*/*", 1.0)]
    best: tuple[float, int, bool] = (0.0, NONE, False)
    chosen: int | None = None
    for place, offer in enumerate(offers):
        quality, how = _rank(offer, accepted)
        rank = (quality, how, offer is HTML and how == EXACT)
        if quality > 0 and rank > best:
            best, chosen = rank, place
    return chosen


def named(name: str, offers: Iterable[Format]) -> Format | None:
    """The offer of that name, extension, synonym or media type; its ``+`` may come as a space."""
    name = name.strip().lower().replace(" ", "+")
    offers = tuple(offers)
    for wanted in (name, SYNONYMS.get(name, name)):
        for offer in offers:
            if wanted in (offer.name, offer.media_type):
                return offer
    return None


def wants_page(accept: str | None) -> bool:
    """Whether a client prefers a web page to a machine-readable problem report."""
    return (
        choose(accept, (Format("problem", "application/problem+json", "", ("application/json",)), HTML))
        is HTML
    )


JSON = Format("json", media_types.JSON, "JSON", ("application/x-json",))
