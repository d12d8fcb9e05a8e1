"""The vocabulary: ontology, shapes, concept schemes and the JSON-LD context, as pages and as RDF."""

from collections.abc import Callable, Iterable

import pyoxigraph as ox
from flask import Blueprint, Response, render_template

from policytrace.graph.lookup.reader import ONTOLOGY
from policytrace.graph.vocabulary.jsonld_context import CONTEXTS
from policytrace.graph.vocabulary.terms import BASE, LICENCE, PT, PTSH, SCHEME, expand
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, JSON_LD, PAGE_FIRST
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.description import serialise
from policytrace.server.linked_data.shapes import shape_list, shape_triples
from policytrace.server.linked_data.terms import Entry, Vocabulary, vocabulary
from policytrace.server.pictures.class_diagram import diagram
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, view

blueprint = Blueprint("ontology", __name__)

NAMESPACE = PT.rstrip("#")
LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Headers of what never changes."""


@blueprint.get("/ns")
@blueprint.get("/ns/<version>")
@blueprint.get("/ns.<extension>")
def terms(extension: str = "", version: str = "") -> Response:
    """The ontology: a page with an anchor for each term, or the terms as RDF; its version IRI leads here."""
    known = opened().reader.text(ox.NamedNode(NAMESPACE), "owl:versionInfo")
    if version and version != known:
        raise ProblemError(404, "Not found", f"This release has version {known} of the ontology only.")
    return _answer(
        "ns",
        extension,
        NAMESPACE,
        _terms,
        lambda: _said_of(NAMESPACE),
    )


@blueprint.get("/terms/<name>")
def term(name: str) -> Response:
    """One term of the ontology with its example, cross references, and the shapes and queries that use it."""
    every = ((heading, e) for heading, entries in _vocabulary().kinds.items() for e in entries)
    found = next((one for one in every if one[1].anchor == name), None)
    if found is None:
        hints = [("All terms", links().path("ns"))]
        raise ProblemError(404, "Not found", f"The ontology has no term “{name}”.", hints=hints)
    headers = {"Link": f'<{found[1].term.iri}>; rel="cite-as"'}
    return responses.cached_page(("terms", name), lambda: _term(*found), headers)


def _term(heading: str, entry: Entry) -> str:
    return render_template("linked_data/term.html", heading=heading, entry=entry, counted=bool(_counts()))


def _terms() -> str:
    return render_template(
        "linked_data/terms.html", vocabulary=_vocabulary(), diagram=diagram(view()), formats=GRAPH_FORMATS
    )


def _vocabulary() -> Vocabulary:
    memo = opened().memo
    if "vocabulary" not in memo:
        memo["vocabulary"] = vocabulary(view(), _counts())
    found: Vocabulary = memo["vocabulary"]
    return found


def _counts() -> dict[str, int]:
    """How often the release uses each class and property; nothing where that was not counted."""
    counted = opened().release.manifest.get("statistics", {})
    return {**counted.get("classes", {}), **counted.get("properties", {})}


@blueprint.get("/context")
def latest_context() -> Response:
    """Leads to the context of the ontology of this release."""
    version = opened().reader.text(ox.NamedNode(NAMESPACE), "owl:versionInfo")
    return Response(status=303, headers={"Location": links().absolute(f"context/{version}.jsonld")})


@blueprint.get("/context/<version>.jsonld")
def context(version: str) -> Response:
    """The JSON-LD context of a version of the ontology; what an address gives never changes."""
    versions = sorted(entry.name.removesuffix(".jsonld") for entry in CONTEXTS.iterdir())
    if version not in versions:
        raise ProblemError(404, "Not found", f"There are contexts of the versions {', '.join(versions)}.")
    body = (CONTEXTS / f"{version}.jsonld").read_bytes()
    return responses.send(body, JSON_LD, headers=LASTING, negotiated=False)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str = "") -> Response:
    """The shapes: a page that lists what they ask for, or the shapes as RDF."""
    return _answer(
        "shapes",
        extension,
        PTSH.rstrip("#"),
        lambda: render_template("linked_data/shapes.html", shapes=shape_list(view()), formats=GRAPH_FORMATS),
        shape_triples,
    )


@blueprint.get("/scheme")
@blueprint.get("/scheme.<extension>")
def schemes(extension: str = "") -> Response:
    """The concept schemes: a page that lists them, or all their concepts as RDF."""
    return _answer("scheme", extension, f"{BASE}scheme", _schemes, lambda: _said_of(SCHEME))


def _schemes() -> str:
    found = opened().reader.subjects("rdf:type", ox.NamedNode(expand("skos:ConceptScheme")))
    view().reader.prepare_names(found)
    items = sorted((view().thing(node) for node in found), key=lambda value: value.text.casefold())
    return render_template("linked_data/schemes.html", items=items, formats=GRAPH_FORMATS)


def _said_of(start: str) -> Iterable[ox.Triple]:
    """What the ontology says of everything whose identifier begins so."""
    triples = opened().reader.graph(ONTOLOGY)
    own = (t for t in triples if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(start))
    return sorted(own, key=str)


def _answer(
    name: str,
    extension: str,
    iri: str,
    make_page: Callable[[], str],
    make_triples: Callable[[], Iterable[ox.Triple]],
) -> Response:
    chosen = negotiation.named(extension, PAGE_FIRST) if extension else None
    if extension and chosen is None:
        raise ProblemError(404, "Not found", f"There is no “{name}.{extension}”.")
    form = responses.wanted(PAGE_FIRST, chosen)
    headers = link_header.headers(links(), name, iri, form, LICENCE)
    if form is HTML:
        return responses.cached_page((name,), make_page, headers)
    body = opened().documents.get_or_make((name, form.name), lambda: serialise(make_triples(), form))
    return responses.send(body, form, headers=headers)
