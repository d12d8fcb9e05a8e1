"""Linked data: things, concepts, terms and records, as pages and as RDF, under one negotiator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request

from policytrace.graph.reader import ONTOLOGY
from policytrace.graph.terms import GRAPH, ID, PT, PTSH, SCHEME, expand
from policytrace.server import negotiate, path_page, paths, replies
from policytrace.server.description import describe, serialise, whole_graph
from policytrace.server.negotiate import GRAPH_FORMATS, HTML, PAGE_AND_GRAPH, PAGE_FIRST, Format
from policytrace.server.pool import NoResultError
from policytrace.server.record import graph_page
from policytrace.server.replies import LICENCE, ProblemError
from policytrace.server.shapes import shape_list, shape_triples
from policytrace.server.sparql import problem
from policytrace.server.state import links, opened, view
from policytrace.server.terms import vocabulary
from policytrace.server.thing import page
from policytrace.server.words import EMPTY, SECTIONS, SIDES

if TYPE_CHECKING:
    from policytrace.graph.paths.through import Through

blueprint = Blueprint("things", __name__)

PATHS = 12
"""Paths that the dossier of a transfer names."""
LARGEST = 200_000
"""Triples up to which a named graph is sent whole."""


@blueprint.get("/id/<segment>/<path:slug>")
def identifier(segment: str, slug: str) -> Response:
    """A thing cannot be sent; the document about it can (303)."""
    node, extension = _find(ID + f"{segment}/", slug)
    name = node.value[len(ID) :]
    form = extension or replies.wanted(PAGE_AND_GRAPH)
    suffix = f".{form.name}" if extension or request.args.get("format") else ""
    answer = redirect(links().absolute(f"doc/{name}{suffix}"), 303)
    answer.headers["Vary"] = "Accept"
    return Response(answer.get_data(), 303, answer.headers)


@blueprint.get("/doc/<segment>/<path:slug>")
def document(segment: str, slug: str) -> Response:
    """The document about a thing."""
    return _answer(ID + f"{segment}/", slug, f"doc/{segment}/")


@blueprint.get("/scheme/<path:name>")
def concept(name: str) -> Response:
    """A concept scheme or a concept."""
    return _answer(SCHEME, name, "scheme/")


@blueprint.get("/scheme")
def schemes() -> Response:
    """The list of concept schemes."""
    found = opened().reader.subjects("rdf:type", ox.NamedNode(expand("skos:ConceptScheme")))
    view().reader.prepare_names(found)
    items = sorted((view().thing(node) for node in found), key=lambda value: value.text.casefold())
    return replies.page("schemes.html", items=items)


@blueprint.get("/graph/<path:name>")
def named_graph(name: str) -> Response:
    """A named graph: the record of one table row, or one of the graphs of the release."""
    node, extension = _find(GRAPH, name)
    path = "graph/" + node.value[len(GRAPH) :]
    form = replies.wanted(PAGE_AND_GRAPH, extension)
    headers = _headers(path, node.value, form)
    size = int(opened().release.manifest.get("triples", {}).get(node.value, 0))
    if form is HTML:
        shown = graph_page(view(), node, size)
        return replies.page("graph.html", shown=shown, address=path, formats=GRAPH_FORMATS, headers=headers)
    if size > LARGEST:
        detail = (
            f"This graph has {size} triples; up to {LARGEST} are sent whole. Query it with GRAPH instead."
        )
        raise ProblemError(403, "Too large to send whole", detail)
    triples = whole_graph(opened().reader, node, links().absolute(path))
    return replies.send(serialise(triples, form), form, headers=headers)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str = "") -> Response:
    """The shapes: a page that lists what they ask for, or the shapes as RDF."""
    form = _form("shapes", extension)
    headers = _headers("shapes", PTSH.rstrip("#"), form)
    if form is HTML:
        return replies.kept_page(
            ("shapes",), lambda: render_template("shapes.html", shapes=shape_list(view())), headers
        )
    body = opened().kept.get(("shapes", form.name), lambda: serialise(shape_triples(), form))
    return replies.send(body, form, headers=headers)


@blueprint.get("/ns")
@blueprint.get("/ns/<version>")
@blueprint.get("/ns.<extension>")
def terms(extension: str = "", version: str = "") -> Response:
    """The ontology: a page with an anchor for each term, or the terms as RDF; its version IRI leads here."""
    known = opened().reader.text(ox.NamedNode(PT.rstrip("#")), "owl:versionInfo")
    if version and version != known:
        raise ProblemError(404, "Not found", f"This release has version {known} of the ontology only.")
    form = _form("ns", extension)
    headers = _headers("ns", PT.rstrip("#"), form)
    if form is HTML:
        return replies.kept_page(
            ("ns",), lambda: render_template("terms.html", vocabulary=vocabulary(view())), headers
        )
    body = opened().kept.get(("ns", form.name), lambda: serialise(_term_triples(), form))
    return replies.send(body, form, headers=headers)


def _term_triples() -> list[ox.Triple]:
    """The statements about the ontology and its terms, without those about concepts."""
    own = PT.rstrip("#")
    triples = opened().reader.graph(ONTOLOGY)
    return [t for t in triples if isinstance(t.subject, ox.NamedNode) and t.subject.value.startswith(own)]


def _form(name: str, extension: str) -> Format:
    chosen = negotiate.named(extension, PAGE_FIRST) if extension else None
    if extension and chosen is None:
        raise ProblemError(404, "Not found", f"There is no “{name}.{extension}”.")
    return replies.wanted(PAGE_FIRST, chosen)


def _answer(base: str, name: str, folder: str) -> Response:
    node, extension = _find(base, name)
    path = folder + node.value[len(base) :]
    form = replies.wanted(PAGE_AND_GRAPH, extension)
    body = opened().kept.get((path, form.name), lambda: _document(node, path, form))
    return replies.send(body, form, headers=_headers(path, node.value, form))


def _document(node: ox.NamedNode, path: str, form: Format) -> bytes:
    if form is not HTML:
        return serialise(describe(opened().reader, node, links().absolute(path)), form)
    shown = page(view(), node)
    context: dict[str, Any] = {"side_words": SIDES, "empty_side": EMPTY}
    if shown.story:
        context |= {"through": _through(node), **path_page.words()}
    template = "transfer.html" if shown.story else "thing.html"
    return render_template(template, shown=shown, address=path, formats=GRAPH_FORMATS, **context).encode()


def _through(transfer: ox.NamedNode) -> "Through | None":
    """The paths that a transfer lies on; None in a release that has no hop graph."""
    if not paths.possible():
        return None
    # Loaded here: the compiled loops take longer to load than the rest of the server.
    from policytrace.graph.paths.through import through

    try:
        return through(paths.graph(), transfer.value, PATHS)
    except NoResultError as error:
        raise problem(error, "") from None


def _find(base: str, name: str) -> tuple[ox.NamedNode, Format | None]:
    """The thing of that name, or, with a known extension cut off, the thing and the format."""
    stem, _, extension = name.rpartition(".")
    form = negotiate.named(extension, PAGE_AND_GRAPH) if stem else None
    candidates: Sequence[tuple[str, Format | None]] = [(name, None), (stem, form)] if form else [(name, None)]
    for candidate, chosen in candidates:
        node = _node(base + candidate)
        if node is not None and _known(node):
            return node, chosen
    raise _unknown(base, stem if form else name)


def _node(iri: str) -> ox.NamedNode | None:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _known(node: ox.NamedNode) -> bool:
    reader = opened().reader
    return bool(reader.exists(node) or (node.value.startswith(GRAPH) and reader.has_graph(node)))


def _unknown(base: str, name: str) -> ProblemError:
    segment = base[len(ID) :].strip("/") if base.startswith(ID) else ""
    words = name.rpartition("/")[2].replace("-", " ")
    hints = [(f"Search for “{words}”", links().path("search", q=words))]
    if segment in SECTIONS:
        hints.append((f"All {SECTIONS[segment].many.lower()}", links().path(f"browse/{segment}")))
    return ProblemError(404, "Not found", f"Nothing in this release is called {base}{name}.", hints=hints)


def _headers(path: str, iri: str, form: Format) -> dict[str, str]:
    found = replies.alternates(path, GRAPH_FORMATS)
    found.append(f'<{LICENCE}>; rel="license"')
    if form is HTML:
        found.append(f'<{iri}>; rel="cite-as"')
        found += [
            f'<{links().absolute(path)}.{f.name}>; rel="describedby"; type="{f.media_type}"'
            for f in GRAPH_FORMATS
        ]
    else:
        found.append(f'<{iri}>; rel="describes"')
    return {
        "Link": ", ".join(found),
        "Content-Location": links().absolute(f"{path}.{form.name}"),
    }
