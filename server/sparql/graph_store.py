"""Reads of the SPARQL 1.1 Graph Store HTTP Protocol: one graph of the release, sent whole."""

from urllib.parse import quote

from flask import Blueprint, Response, request

from policytrace.graph.vocabulary.terms import node_of
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http import connections
from policytrace.server.http.negotiation import TRIPLE_FORMATS, Format
from policytrace.server.linked_data.link_header import licence_about, of_data
from policytrace.server.responses import query_results, responses
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("graph_store", __name__)

WHOLE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
"""The query for a graph, chosen as the default graph."""


@blueprint.route("/rdf-graph-store", methods=["GET"])
def graph() -> Response:
    """The graph named by ``graph=``, or the default graph by ``default``."""
    names, default = request.args.getlist("graph"), "default" in request.args
    if len(names) + default != 1:
        detail = "Name one graph, by ?graph=IRI, or the default graph, by ?default."
        raise ProblemError(400, "Which graph?", detail)
    form = responses.wanted(TRIPLE_FORMATS)
    if names and not _exists(names[0]):
        raise ProblemError(404, "Not found", f"This release has no graph called {names[0]}.")
    return _whole(names or None, form)


def _exists(name: str) -> bool:
    node = node_of(name)
    if node is None:
        raise ProblemError(400, "Which graph?", f"“{name}” is no IRI.")
    return opened().reader.has_graph(node)


def _whole(graphs: list[str] | None, form: Format) -> Response:
    try:
        result = state().pool.open(
            opened().release.store_path,
            WHOLE,
            "",
            form.media_type,
            default_graphs=graphs,
            client_gone=connections.watch(request.environ),
        )
    except NoResultError as error:
        raise problem(error, WHOLE) from None
    address = f"graph={quote(graphs[0], safe='')}" if graphs else "default="
    licence = licence_about(opened().release, graphs[0] if graphs else "")
    said = of_data(links(), licence, "rdf-graph-store", TRIPLE_FORMATS, address)
    return query_results.send(result, form, said)
