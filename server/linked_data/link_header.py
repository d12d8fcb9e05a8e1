"""What the Link header of a document says: its other formats, its licence, its topic, where it belongs."""

from collections.abc import Iterable, Sequence

from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.terms import BASE, DATASET, GRAPH, ID, LICENCE, SCHEME, graph, segment_of
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, Format
from policytrace.server.linked_data.description import Pages
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.urls import Links

ABOUT_PAGE = "https://schema.org/AboutPage"
AUTHOR = f"{ID}publisher/policytrace"
"""Who publishes the data."""
VOCABULARY = (f"{BASE}ns", f"{BASE}scheme", f"{BASE}shapes")
"""Beginnings of the identifiers of what has its own licence, whatever data are served."""
ONTOLOGY = graph("ontology")
"""The graph of these."""
IN_DATASET = "http://rdfs.org/ns/void#inDataset"


def licence_about(release: Release, iri: str) -> str | None:
    """The licence of the document about a thing; None where there is none."""
    return LICENCE if iri.startswith(VOCABULARY) or iri == ONTOLOGY else release.licence


def headers(
    links: Links,
    path: str,
    iri: str,
    form: Format,
    licence: str | None,
    *,
    types: Iterable[str] = (),
    pages: Pages | None = None,
) -> dict[str, str]:
    """Link and Content-Location of a document.

    Args:
        links: the addresses of this server.
        path: of the document, without leading slash and extension.
        iri: of what it is about.
        form: the format that is sent.
        licence: of the document.
        types: classes of what it is about, named on its web page.
        pages: where it stands, if it is one page of several.
    """
    address = links.absolute(path)
    query = f"?page={pages.number}" if pages and pages.number > 1 else ""
    found = [_link(f"{address}.{f.name}{query}", "alternate", f.media_type) for f in (*GRAPH_FORMATS, HTML)]
    found += licensed(licence)
    if form is HTML:
        found.append(_link(iri, "cite-as"))
        found += [_link(f"{address}.{f.name}", "describedby", f.media_type) for f in GRAPH_FORMATS]
        found += [_link(name, "type") for name in (ABOUT_PAGE, *types)]
        found.append(_link(links.absolute(f"linkset/{path}"), "linkset", media_types.LINKSET))
    else:
        found.append(_link(iri, "describes"))
    found.append(_link(AUTHOR, "author"))
    found.append(_link(links.absolute(".well-known/void"), IN_DATASET))
    found += [_link(links.absolute(whole), "collection") for whole in _collections(iri)]
    if pages:
        found += paging(address, pages)
    return {"Link": ", ".join(found), "Content-Location": f"{address}.{form.name}{query}"}


def of_data(
    links: Links, licence: str | None, path: str = "", offers: Iterable[Format] = (), query: str = ""
) -> list[str]:
    """Link values of an answer that holds data of ours and is about no single thing.

    Args:
        links: the addresses of this server.
        licence: of the data.
        path: of the answer, without leading slash; each format is had there with ``?format=``.
        offers: the formats; none where another way leads to each.
        query: what else the address asks for.
    """
    address = f"{links.absolute(path)}?{query}&" if query else f"{links.absolute(path)}?"
    found = [_link(f"{address}format={form.name}", "alternate", form.media_type) for form in offers]
    return [*found, *licensed(licence), _link(links.absolute(".well-known/void"), IN_DATASET)]


def licensed(licence: str | None) -> list[str]:
    """The Link value of a licence; nothing where there is none."""
    return [_link(licence, "license")] if licence else []


def paging(address: str, pages: Pages) -> Sequence[str]:
    """Link values that lead to the first, the last and the neighbouring pages of a list."""
    if pages.single:
        return ()
    return [_link(f"{address}?page={number}", relation) for relation, number in pages.numbers().items()]


def _collections(iri: str) -> Iterable[str]:
    segment = segment_of(iri)
    if segment in SECTIONS:
        yield f"collection/{segment}"
    elif iri.startswith(DATASET):
        yield "catalog"
    elif iri.startswith(SCHEME):
        scheme, _, concept = iri[len(SCHEME) :].partition("/")
        yield f"scheme/{scheme}" if concept else "scheme"
    elif iri.startswith(GRAPH) and iri.count("/") > GRAPH.count("/"):
        yield "graph/records"


def _link(target: str, relation: str, media_type: str = "") -> str:
    return f'<{target}>; rel="{relation}"' + (f'; type="{media_type}"' if media_type else "")
