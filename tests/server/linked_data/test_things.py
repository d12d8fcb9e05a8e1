"""Linked data: every identifier has a document, in every format, under the rules of HTTP."""

import re
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.vocabulary.terms import GRAPH, ID, PT, SCHEME, WHOLE
from policytrace.server.presentation.urls import document_path

PAGE = {"Accept": "text/html"}
PRACTICE = "practice/gp-chemnitz-agency"
FORMATS = {
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
}


def _triples(body: bytes, form: ox.RdfFormat) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(body, format=form)}


def test_identifier_leads_to_its_document(client: FlaskClient) -> None:
    answer = client.get(f"/id/{PRACTICE}", headers={"Accept": "text/turtle"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://site.example/doc/{PRACTICE}"
    assert "Accept" in answer.headers["Vary"]
    answer = client.get(f"/id/{PRACTICE}.ttl")
    assert answer.headers["Location"] == f"http://site.example/doc/{PRACTICE}.ttl"


def test_absolute_addresses_never_follow_the_host_header(client: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    redirected = client.get(f"/id/{PRACTICE}", headers=headers)
    described = client.get(f"/doc/{PRACTICE}", headers=headers)
    for answer in (redirected, described):
        assert "evil.example" not in str(answer.headers)
        assert b"evil.example" not in answer.data


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same(client: FlaskClient, name: str) -> None:
    media_type, form = FORMATS[name]
    expected = _triples(client.get(f"/doc/{PRACTICE}.nt").data, ox.RdfFormat.N_TRIPLES)
    by_accept = client.get(f"/doc/{PRACTICE}", headers={"Accept": media_type})
    by_extension = client.get(f"/doc/{PRACTICE}.{name}")
    by_parameter = client.get(f"/doc/{PRACTICE}?format={name}")
    for answer in (by_accept, by_extension, by_parameter):
        assert answer.status_code == 200
        assert answer.mimetype == media_type
        assert answer.headers["Content-Location"] == f"http://site.example/doc/{PRACTICE}.{name}"
        assert _triples(answer.data, form) == expected


def test_description_holds_statements_links_both_ways_and_records(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    node = ox.NamedNode(ID + PRACTICE)
    found = _triples(client.get(f"/doc/{PRACTICE}.nt").data, ox.RdfFormat.N_TRIPLES)
    about = {q.triple for q in sample_store.quads_for_pattern(node, None, None, ox.DefaultGraph())}
    towards = {q.triple for q in sample_store.quads_for_pattern(None, None, node, ox.DefaultGraph())}
    assert about <= found
    assert towards <= found
    records = {t.subject for t in found if t.predicate.value == PT + "describes" and t.object == node}
    assert records
    assert any(t.subject in records and t.predicate.value == PT + "inRow" for t in found)
    inside = {t.subject: t.object for t in found if t.predicate.value == "http://rdfs.org/ns/void#inDataset"}
    assert inside == {ox.NamedNode(f"http://site.example/doc/{PRACTICE}"): ox.NamedNode(WHOLE)}


def test_headers_of_a_document(client: FlaskClient, sample_release: object) -> None:
    answer = client.get(f"/doc/{PRACTICE}", headers={"Accept": "text/turtle"})
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-PolicyTrace-Release"] == getattr(sample_release, "id", None)
    assert answer.last_modified is not None
    assert answer.headers["Last-Modified"] == answer.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    link = answer.headers["Link"]
    for name, (media_type, _) in FORMATS.items():
        assert f'<http://site.example/doc/{PRACTICE}.{name}>; rel="alternate"; type="{media_type}"' in link
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in link
    assert f'<{ID}{PRACTICE}>; rel="describes"' in link
    assert '<http://site.example/collection/practice>; rel="collection"' in link
    assert '<http://site.example/.well-known/void>; rel="http://rdfs.org/ns/void#inDataset"' in link
    assert f'<{ID}publisher/policytrace>; rel="author"' in link
    page = client.get(f"/doc/{PRACTICE}", headers=PAGE).headers["Link"]
    assert f'<{ID}{PRACTICE}>; rel="cite-as"' in page
    assert f'<http://site.example/doc/{PRACTICE}.ttl>; rel="describedby"; type="text/turtle"' in page
    assert f'<{PT}GoodPractice>; rel="type"' in page


def test_description_tells_the_transfers_of_a_thing_with_their_evidence(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    node = ox.NamedNode(ID + "region/riga")
    source, evidence = ox.NamedNode(PT + "toRegion"), ox.NamedNode(PT + "hasEvidence")
    default = ox.DefaultGraph()
    transfers = [q.subject for q in sample_store.quads_for_pattern(None, source, node, default)]
    lines = [q.object for t in transfers for q in sample_store.quads_for_pattern(t, evidence, None, default)]
    found = _triples(client.get("/doc/region/riga.nt").data, ox.RdfFormat.N_TRIPLES)
    assert transfers
    assert lines
    for told in (*transfers, *lines):
        assert isinstance(told, ox.NamedNode)
        assert {q.triple for q in sample_store.quads_for_pattern(told, None, None, default)} <= found


def _following(client: FlaskClient, path: str) -> Iterator[set[ox.Triple]]:
    """The statements of a page, and of all that follow it."""
    link: str | None = path
    while link is not None:
        answer = client.get(link, headers={"Accept": "application/n-triples"})
        assert answer.status_code == 200
        yield _triples(answer.data, ox.RdfFormat.N_TRIPLES)
        following = re.search(r'<http://site\.example/([^>]*)>; rel="next"', answer.headers["Link"])
        link = f"/{following[1]}" if following else None


def test_what_points_at_a_hub_is_had_page_by_page(client: FlaskClient, sample_store: ox.Store) -> None:
    hub = ox.NamedNode(SCHEME + "confidence/high")
    expected = {q.triple for q in sample_store.quads_for_pattern(None, None, hub, ox.DefaultGraph())}
    pages = list(_following(client, "/scheme/confidence/high"))
    assert len(pages) > 2
    for found in pages:
        assert 0 < sum(1 for t in found if t in expected) < len(expected)
    assert expected <= set().union(*pages)
    hydra = "http://www.w3.org/ns/hydra/core#"
    views = [t for found in pages for t in found if t.predicate.value == hydra + "next"]
    assert len(views) == len(pages) - 1
    answer = client.get(f"/scheme/confidence/high.ttl?page={len(pages) + 1}")
    assert answer.status_code == 404
    assert client.get("/scheme/confidence/high.ttl?page=none").status_code == 400
    for wrong in ("none", "0"):
        assert (
            client.get(f"/doc/practice/gp-ergo?page={wrong}", headers={"Accept": "text/html"}).status_code
            == 400
        )


def test_collections_hold_every_thing_of_a_kind(client: FlaskClient, sample_store: ox.Store) -> None:
    hydra = "http://www.w3.org/ns/hydra/core#"
    [whole] = _following(client, "/collection")
    totals = {t.subject: t.object for t in whole if t.predicate.value == hydra + "totalItems"}
    assert len(totals) > 15
    for segment, cls in (("document", PT + "Document"), ("hop", PT + "Hop"), ("region", PT + "Region")):
        pages = list(_following(client, f"/collection/{segment}"))
        members = {t.object for found in pages for t in found if t.predicate.value == hydra + "member"}
        kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        things = sample_store.quads_for_pattern(None, kind, ox.NamedNode(cls), ox.DefaultGraph())
        assert members == {quad.subject for quad in things}
        total = totals[ox.NamedNode(f"http://site.example/collection/{segment}")]
        assert isinstance(total, ox.Literal)
        assert int(total.value) == len(members)
        assert len(pages) == -(-len(members) // 500)
    assert client.get("/collection/region", headers=PAGE).headers["Location"].endswith("/browse/region")
    assert client.get("/collection/nothing").status_code == 404
    assert client.get("/collection/region.ttl?page=99").status_code == 404


def test_a_slash_too_many_is_led_back(client: FlaskClient) -> None:
    for path in (f"doc/{PRACTICE}", f"id/{PRACTICE}", "scheme/outcome/rejected"):
        answer = client.get(f"/{path}/", headers={"Host": "evil.example"})
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"http://site.example/{path}"
        twice = client.get("/" + "//".join(path.rsplit("/", 1)), headers={"Host": "evil.example"})
        assert twice.status_code == 404
        assert "evil.example" not in f"{twice.headers}{twice.text}"
    assert (
        client.get(f"/doc/{PRACTICE}.ttl/").headers["Location"] == f"http://site.example/doc/{PRACTICE}.ttl"
    )
    assert client.get("/doc/practice/nothing/").status_code == 404


def test_unchanged_document_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(f"/doc/{PRACTICE}.ttl")
    again = client.get(f"/doc/{PRACTICE}.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    other = client.get(f"/doc/{PRACTICE}.nt", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_head_is_get_without_body(client: FlaskClient) -> None:
    get = client.get(f"/doc/{PRACTICE}.ttl")
    head = client.head(f"/doc/{PRACTICE}.ttl")
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(get.data))
    assert head.headers["ETag"] == get.headers["ETag"]


def test_what_is_not_there_is_404_with_hints(client: FlaskClient) -> None:
    page = client.get("/doc/practice/gp-chemnitz-agenci", headers=PAGE)
    assert page.status_code == 404
    assert "/search?q=gp+chemnitz+agenci" in page.text
    assert "/browse/practice" in page.text
    report = client.get("/doc/practice/nothing.ttl", headers={"Accept": "text/turtle"})
    assert report.status_code == 404
    assert report.mimetype == "application/problem+json"
    assert report.get_json()["status"] == 404


@pytest.mark.parametrize(
    "path", ["/doc/practice/a%20b", "/doc/practice/%3Cscript%3E", "/doc/x", "/doc/x/%E2%80%8B"]
)
def test_strange_names_are_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 404
    assert "<script" not in answer.text


def test_not_acceptable_lists_what_there_is(client: FlaskClient) -> None:
    answer = client.get(f"/doc/{PRACTICE}", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    there = {form["media_type"] for form in answer.get_json()["available"]}
    assert there == {media_type for media_type, _ in FORMATS.values()} | {"text/html"}
    place = f"http://site.example/doc/{PRACTICE}?format=ttl"
    assert f'<{place}>; rel="alternate"; type="text/turtle"' in answer.headers["Link"]
    assert client.get(f"/doc/{PRACTICE}?format=docx").status_code == 406
    absurd = client.get(f"/doc/{PRACTICE}", headers={"Accept": "a" * 1900})
    assert absurd.status_code == 406
    assert len(absurd.get_json()["detail"]) < 300


@pytest.mark.parametrize("iri", [SCHEME + "stage", SCHEME + "outcome/rejected", GRAPH + "records"])
def test_scheme_concept_and_graph_have_pages(client: FlaskClient, iri: str) -> None:
    path = document_path(iri)
    page = client.get(f"/{path}", headers=PAGE)
    assert page.status_code == 200
    assert iri in page.text


def test_record_page_names_file_row_and_statements(client: FlaskClient) -> None:
    record = f"{GRAPH}altbau/transfers/tr-altbau-riga"
    page = client.get("/graph/altbau/transfers/tr-altbau-riga", headers=PAGE).text
    assert re.search(r"altbau/transfers\.csv, row \d+", page)
    assert f"{record}" in page
    found = _triples(client.get("/graph/altbau/transfers/tr-altbau-riga.nt").data, ox.RdfFormat.N_TRIPLES)
    assert any(t.predicate.value == PT + "stage" for t in found)
    assert any(t.predicate.value == PT + "inRow" and t.subject == ox.NamedNode(record) for t in found)


def test_asserted_and_inferred_statements_are_told_apart(client: FlaskClient) -> None:
    page = client.get(f"/doc/{PRACTICE}", headers=PAGE).text
    stated, _, derived = page.partition('id="derived"')
    assert "Inferred from the axioms" in derived
    assert "Inferred from the axioms" not in stated
    assert '<span class="tag" title="Follows from other statements' in derived


def test_hub_lists_some_and_links_to_all(client: FlaskClient, sample_store: ox.Store) -> None:
    hub = ox.NamedNode(SCHEME + "stage/implemented")
    predicate = ox.NamedNode(PT + "stage")
    count = sum(1 for _ in sample_store.quads_for_pattern(None, predicate, hub, ox.DefaultGraph()))
    page = client.get("/scheme/stage/implemented", headers=PAGE).text
    assert f"All {count} of these" in page
    listed = 0
    number = 1
    while (answer := client.get(f"/linked?to={hub.value}&by=pt:stage&page={number}")).status_code == 200:
        listed += answer.text.partition('<ul class="index">')[2].partition("</ul>")[0].count("<li")
        number += 1
    assert listed == count


def test_about_and_licence(client: FlaskClient) -> None:
    about = client.get("/about", headers=PAGE).text
    assert 'id="limits"' in about
    assert "30 seconds and 4096 MiB" in about
    for link in re.findall(r'href="(/[^"#?]*)"', about):
        assert client.get(link, headers=PAGE).status_code == 200, link
    licence = "https://creativecommons.org/licenses/by/4.0/"
    assert licence in client.get("/licence", headers=PAGE).text
    found = _triples(client.get("/licence.ttl").data, ox.RdfFormat.TURTLE)
    assert sum(1 for t in found if isinstance(t.object, ox.NamedNode) and t.object.value == licence) == 2
