"""What this server is, what one client may take of it, and under which licence."""

from collections.abc import Iterator

import pyoxigraph as ox
from flask import Blueprint, Response

from policytrace.graph.vocabulary.terms import ID, RDF, WHOLE, expand
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, PAGE_FIRST
from policytrace.server.linked_data import link_header
from policytrace.server.linked_data.collections import PER_PAGE
from policytrace.server.linked_data.description import INCOMING, serialise
from policytrace.server.responses import responses
from policytrace.server.responses.query_results import limits_header
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("about", __name__)

NONE_NAMED = "The publisher of these data has named no licence."


@blueprint.get("/about")
def about() -> Response:
    """What stands here, where from, how to get all of it, and the limits."""
    opened()
    settings = state().settings
    return responses.page(
        "site/about.html",
        settings=settings,
        memory=state().pool.memory or settings.query_memory,
        limits=limits_header(state().pool.limits(None)),
        incoming=INCOMING,
        per_page=PER_PAGE,
    )


@blueprint.get("/licence")
@blueprint.get("/licence.<extension>")
def licence(extension: str = "") -> Response:
    """The licence of the data, in words and as RDF."""
    chosen = negotiation.named(extension, PAGE_FIRST) if extension else None
    if extension and chosen is None:
        raise ProblemError(404, "Not found", f"There is no “licence.{extension}”.")
    form = responses.wanted(PAGE_FIRST, chosen)
    headers = link_header.headers(links(), "licence", WHOLE, form, opened().release.licence)
    if form is HTML:
        return responses.page("site/licence.html", formats=GRAPH_FORMATS, headers=headers)
    return responses.send(serialise(_statements(), form), form, headers=headers)


def _statements() -> Iterator[ox.Triple]:
    document, data = ox.NamedNode(links().absolute("licence")), ox.NamedNode(WHOLE)
    licence = opened().release.licence
    for subject, curie, value in (
        (document, "rdf:type", expand("dct:RightsStatement")),
        (document, "foaf:primaryTopic", WHOLE),
        *((subject, "dct:license", licence) for subject in (document, data) if licence),
        (data, "dct:publisher", f"{ID}publisher/policytrace"),
    ):
        predicate = RDF + "type" if curie == "rdf:type" else expand(curie)
        yield ox.Triple(subject, ox.NamedNode(predicate), ox.NamedNode(value))
    text = f"The data are under the licence {licence}" if licence else NONE_NAMED
    yield ox.Triple(document, ox.NamedNode(expand("rdfs:label")), ox.Literal(text, language="en"))
