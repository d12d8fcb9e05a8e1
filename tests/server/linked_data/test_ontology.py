"""The vocabulary for people and machines: terms, shapes, schemes and the JSON-LD context."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.vocabulary import jsonld_context
from policytrace.graph.vocabulary.terms import BASE, PT, PTSH, RDF, SCHEME, expand
from policytrace.server.pictures.class_diagram import DRAWN

PAGE = {"Accept": "text/html"}
FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
MANY = ("ns", "shapes", "scheme")


class _Anchors(HTMLParser):
    """The ids of a page, and the places on it that its links lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids += [value for name in ("id",) if (value := found.get(name))]
        if tag == "a" and (href := found.get("href")):
            self.targets.add(href)


def _named(body: bytes, form: ox.RdfFormat) -> Iterator[str]:
    for quad in ox.parse(body, format=form):
        if isinstance(quad.subject, ox.NamedNode):
            yield quad.subject.value


def _ontology(sample_store: ox.Store) -> list[ox.Quad]:
    return list(sample_store.quads_for_pattern(None, None, None, ox.NamedNode(f"{BASE}graph/ontology")))


@pytest.mark.parametrize("name", MANY)
def test_every_format_says_the_same(client: FlaskClient, name: str) -> None:
    graphs = []
    for extension, form in FORMATS.items():
        answer = client.get(f"/{name}.{extension}")
        assert answer.status_code == 200
        found = ox.Dataset(ox.parse(answer.data, format=form))
        found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        graphs.append({str(quad) for quad in found})
    assert len(graphs[0]) > 500
    assert all(graph == graphs[0] for graph in graphs)
    assert client.get(f"/{name}", headers={"Accept": "*/*"}).mimetype == "text/html"
    assert client.get(f"/{name}", headers={"Accept": "application/ld+json"}).mimetype == "application/ld+json"
    assert client.get(f"/{name}", headers={"Accept": "image/png"}).status_code == 406
    assert client.get(f"/{name}.docx").status_code == 404


def test_every_term_has_an_anchor_and_its_rdf(client: FlaskClient, sample_store: ox.Store) -> None:
    page = _Anchors(client.get("/ns", headers=PAGE).text)
    assert len(page.ids) == len(set(page.ids))
    quads = _ontology(sample_store)
    said = {t.value for quad in quads for t in (quad.subject, quad.predicate) if isinstance(t, ox.NamedNode)}
    terms = {iri[len(PT) :] for iri in said if iri.startswith(PT) and "#list-" not in iri}
    assert len(terms) > 150
    assert terms <= set(page.ids)
    assert {PT + term for term in terms} <= set(_named(client.get("/ns.ttl").data, ox.RdfFormat.TURTLE))
    inside = {target.partition("#")[2] for target in page.targets if target.startswith(("#", "/ns#"))}
    assert inside <= set(page.ids)


def test_a_term_is_told_with_what_uses_it(client: FlaskClient) -> None:
    short = client.get("/ns", headers=PAGE).text
    assert '<dt id="realisedThrough"><a href="/terms/realisedThrough">' in short
    term = client.get("/terms/realisedThrough", headers=PAGE).text
    for page in (short, term):
        assert "The measure owes something to the object" in page
    assert "The agency in Constanța owes its model" in term
    assert "stable" in term
    for row in (
        "Implies",
        "The same the other way round",
        "Said of",
        "Leads to",
    ):
        assert f"<dt>{row}</dt>" in term
    assert 'href="/ns#realises"' in term
    assert re.search(r"\d+ times", term.partition("<dt>In this release</dt>")[2])
    checked = client.get("/terms/partOfPlan", headers=PAGE).text
    assert "<dt>Checked by</dt>" in checked
    assert "<dt>Asked for by</dt>" in checked
    assert 'href="/shapes#MeasureShape"' in checked
    assert 'href="/queries/' in checked
    assert "realised through then source" in client.get("/terms/inspiredBy", headers=PAGE).text
    entity = client.get("/terms/Exchange", headers=PAGE).text
    assert "<dt>Kinds of it</dt>" in entity
    assert "<dt>Has the properties</dt>" in entity


def test_every_term_of_the_list_has_a_page(client: FlaskClient) -> None:
    targets = _Anchors(client.get("/ns", headers=PAGE).text).targets
    pages = sorted(target for target in targets if target.startswith("/terms/"))
    assert len(pages) > 150
    assert {client.get(page, headers=PAGE).status_code for page in pages} == {200}
    missing = client.get("/terms/nothing", headers=PAGE)
    assert missing.status_code == 404
    assert 'href="/ns"' in missing.text


def test_every_line_of_the_diagram_is_stated_by_the_ontology(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    stated = {(q.subject, q.predicate.value, q.object) for q in _ontology(sample_store)}
    for start, prop, end in DRAWN:
        node = ox.NamedNode(expand(prop))
        assert (node, expand("schema:domainIncludes"), ox.NamedNode(expand(start))) in stated
        assert (node, expand("schema:rangeIncludes"), ox.NamedNode(expand(end))) in stated
    page = client.get("/ns", headers=PAGE).text
    assert page.count('<a class="line"') == len(DRAWN)


def test_versions(client: FlaskClient) -> None:
    assert client.get("/ns/1.0.0", headers={"Accept": "text/turtle"}).data == client.get("/ns.ttl").data
    answer = client.get("/ns/0.1", headers=PAGE)
    assert answer.status_code == 404
    assert "1.0.0" in answer.text


def test_every_process_sends_the_same_shapes() -> None:
    code = (
        "from policytrace.server.linked_data.shapes import shape_triples; print(hash(str(shape_triples())))"
    )
    command = [sys.executable, "-c", code]
    seen = {
        subprocess.run(command, capture_output=True, check=True, env={"PYTHONHASHSEED": "0"}).stdout
        for _ in range(2)
    }
    assert len(seen) == 1


def test_shapes_page_leads_to_properties(client: FlaskClient) -> None:
    page = _Anchors(client.get("/shapes", headers=PAGE).text)
    said = set(_named(client.get("/shapes.ttl").data, ox.RdfFormat.TURTLE))
    own = {iri[len(PTSH) :] for iri in said if iri.startswith(PTSH)}
    assert len(own & set(page.ids)) > 100
    assert "/ns#partOfPlan" in page.targets


def test_schemes_hold_every_concept(client: FlaskClient, sample_store: ox.Store) -> None:
    kind = ox.NamedNode(RDF + "type")
    concepts = {
        quad.subject.value
        for quad in sample_store.quads_for_pattern(None, kind, ox.NamedNode(expand("skos:Concept")))
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(SCHEME)
    }
    assert concepts
    assert concepts <= set(_named(client.get("/scheme.nt").data, ox.RdfFormat.N_TRIPLES))


def test_the_context_of_a_version_never_changes(client: FlaskClient) -> None:
    where = client.get("/context")
    assert where.status_code == 303
    address = where.headers["Location"].removeprefix("http://site.example")
    answer = client.get(address)
    assert answer.mimetype == "application/ld+json"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.text == jsonld_context.text(), "the ontology changed: raise its version and add a context"
    assert client.get("/context/0.0.1.jsonld").status_code == 404


def test_the_context_gives_plain_json_its_meaning(client: FlaskClient) -> None:
    document = {
        **json.loads(client.get("/context/1.0.0.jsonld").data),
        "id": f"{BASE}id/measure/one",
        "type": "Measure",
        "partOfPlan": f"{BASE}id/plan/one",
        "earliest": "2019-01-01",
    }
    found = {quad.triple for quad in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)}
    subject = ox.NamedNode(f"{BASE}id/measure/one")
    day = ox.Literal("2019-01-01", datatype=ox.NamedNode(expand("xsd:date")))
    assert found == {
        ox.Triple(subject, ox.NamedNode(RDF + "type"), ox.NamedNode(PT + "Measure")),
        ox.Triple(subject, ox.NamedNode(PT + "partOfPlan"), ox.NamedNode(f"{BASE}id/plan/one")),
        ox.Triple(subject, ox.NamedNode(PT + "earliest"), day),
    }


def test_the_diagram_of_classes_can_be_taken_away(client: FlaskClient) -> None:
    page = client.get("/ns", headers={"Accept": "text/html"}).text
    svg, png, table = (client.get(f"/picture/classes.{form}") for form in ("svg", "png", "csv"))
    assert all(f'href="/picture/classes.{form}"' in page for form in ("svg", "png", "csv"))
    assert svg.mimetype == "image/svg+xml"
    assert png.data.startswith(b"\x89PNG")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert {"class": "measure", "property": "part of plan", "leads_to": "action plan"}.items() <= {
        name: row[name] for row in rows if row["property"] == "part of plan" for name in row
    }.items()
    assert all(f"{row['class']} {row['property']} {row['leads_to']}" in svg.text for row in rows)
    assert client.get("/picture/classes.gif").status_code == 404
