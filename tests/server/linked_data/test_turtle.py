"""Turtle says what was to be written, whatever the terms look like."""

import itertools

import pyoxigraph as ox

from policytrace.graph.lookup.reader import StatementTexts, in_order
from policytrace.graph.vocabulary.terms import ID, PT, RDF, XSD
from policytrace.server.http.negotiation import GRAPH_FORMATS, RDF_XML, TURTLE
from policytrace.server.linked_data.description import write

PLACES = [
    f"{ID}practice/gp-1",
    f"{PT}Measure",
    f"{PT}1-begins-with-a-digit",
    f"{PT}has.dot",
    f"{PT}ends-",
    f"{PT}has/slash",
    PT,
    f"{XSD}string",
    "urn:x",
    "http://site.example/ü?q=1#%20",
]
TEXTS = ["", 'a "b" \\ c', "line\nbreak\ttab\r", "\x00\x0b\x7f\u2028 é 😀", "^^", "a^^<urn:x>", "x> .", "@en"]


def _all() -> list[StatementTexts]:
    nodes: list[ox.NamedNode | ox.BlankNode] = [*map(ox.NamedNode, PLACES), ox.BlankNode("b1")]
    kinds = [ox.NamedNode(place) for place in PLACES]
    literals = [ox.Literal(text) for text in TEXTS]
    literals += [ox.Literal(text, language="de-AT") for text in TEXTS]
    literals += [ox.Literal(text, datatype=kind) for text in TEXTS for kind in kinds]
    properties = [ox.NamedNode(place) for place in (f"{RDF}type", *PLACES)]
    pairs = itertools.product(properties, [*nodes, *literals])
    return in_order(
        ox.Triple(subject, predicate, value)
        for subject, (predicate, value) in itertools.product(nodes[:3], pairs)
    )


def test_formats_hold_the_same_statements() -> None:
    statements = _all()
    for form in GRAPH_FORMATS:
        if form is RDF_XML:
            continue  # it cannot write every property
        syntax = ox.RdfFormat.from_media_type(form.media_type)
        assert syntax is not None
        found = in_order(quad.triple for quad in ox.parse(write(statements, form), format=syntax))
        assert len(found) == len(statements)
        named = [one for one in statements if "_:" not in f"{one[0]}{one[2]}"]
        assert set(named) <= set(found)


def test_turtle_is_short_and_in_order() -> None:
    thing, measure = f"<{ID}practice/gp-1>", f"<{PT}Measure>"
    statements = [
        (thing, f"<{RDF}type>", measure),
        (thing, f"<{PT}inspires>", f"<{ID}measure/b>"),
        (thing, f"<{PT}inspires>", f"<{ID}measure/a>"),
        (measure, f"<{PT}earliest>", f'"2020-01-01"^^<{XSD}date>'),
    ]
    assert write([*statements, statements[0]], TURTLE).decode() == (
        f"@prefix xsd: <{XSD}> .\n@prefix pt: <{PT}> .\n"
        f"{thing} a pt:Measure ;\n\tpt:inspires <{ID}measure/b> , <{ID}measure/a> .\n"
        f'{measure} pt:earliest "2020-01-01"^^xsd:date .\n'
    )
    assert write([], TURTLE) == b"\n"
