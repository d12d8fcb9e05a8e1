"""What harvesters find: VoID that counts right, a valid catalogue, marked-up pages, sitemap, linksets."""

import csv
import gzip
import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import extruct
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SMALL
from pyshacl import validate
from rdflib import RDF, Graph, URIRef
from sample_tables import FOLDERS, rows

from policytrace.graph.building.build import build
from policytrace.graph.distribution import dumps
from policytrace.graph.releases import change_dates
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.vocabulary.terms import SH, expand
from policytrace.server import create_app
from policytrace.server.conformance.mqa import score
from policytrace.server.conformance.shapes import findings
from policytrace.server.operations.settings import Settings

SITE = "http://site.example/"
WHOLE = URIRef("https://w3id.org/policytrace/dataset/policytrace")
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def release(dumped_home: Path) -> Release:
    found = Releases(dumped_home).current()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def site(dumped_home: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings(home=dumped_home, site=SITE, query_processes=2, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.fixture(scope="module")
def catalogue(site: FlaskClient) -> Graph:
    return Graph().parse(data=site.get("/catalog.nt").data, format="nt")


def _term(curie: str) -> URIRef:
    return URIRef(expand(curie))


def _links(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for target, rel in re.findall(r'<([^>]+)>; rel="([^"]+)"', answer.headers["Link"]):
        found.setdefault(rel, []).append(target)
    return found


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""


def test_void_is_where_clients_look_and_counts_right(site: FlaskClient, release: Release) -> None:
    assert site.get("/.well-known/void").headers["Location"] == SITE + "void"
    assert site.get("/.well-known/void?format=nt").headers["Location"] == SITE + "void?format=nt"
    described = Graph().parse(data=site.get("/void.nt").data, format="nt")
    store = release.open()
    quads = list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    pattern = str(described.value(WHOLE, _term("void:uriRegexPattern")))
    numbers = {
        "void:triples": len(quads),
        "void:distinctSubjects": len({q.subject for q in quads}),
        "void:distinctObjects": len({q.object for q in quads}),
        "void:entities": len({q.subject for q in quads if re.match(pattern, _iri(q.subject))}),
        "void:properties": len({q.predicate for q in quads}),
    }
    for curie, number in numbers.items():
        assert int(str(described.value(WHOLE, _term(curie)))) == number, curie
    lines = next(one for one in dumps.dump_files(release) if one.name == "policytrace.nt.gz").statements
    assert lines == len(quads)
    of_class: dict[str, set[Any]] = {}
    for q in quads:
        if q.predicate.value == str(RDF.type):
            of_class.setdefault(q.object.value, set()).add(q.subject)  # type: ignore[union-attr]
    parts = list(described.objects(WHOLE, _term("void:classPartition")))
    assert len(parts) == len(of_class)
    used = Counter(
        (q.predicate.value, cls) for cls, things in of_class.items() for q in quads if q.subject in things
    )
    for part in parts:
        cls = str(described.value(part, _term("void:class")))
        assert int(str(described.value(part, _term("void:entities")))) == len(of_class[cls])
        nested = {
            (str(described.value(p, _term("void:property"))), cls): int(
                str(described.value(p, _term("void:triples")))
            )
            for p in described.objects(part, _term("void:propertyPartition"))
        }
        assert nested == {key: count for key, count in used.items() if key[1] == cls}
    dumped = {str(address) for address in described.objects(WHOLE, _term("void:dataDump"))}
    assert f"{SITE}dumps/{release.id}/policytrace.nq.zst" in dumped
    assert all(site.head(urlsplit(address).path).status_code == 200 for address in dumped)


def test_linksets_and_partitions_stand_in_every_format(site: FlaskClient, release: Release) -> None:
    size = {
        form.file_extension: len(list(ox.parse(site.get(f"/void.{name}").data, format=form)))
        for name, form in (
            ("ttl", ox.RdfFormat.TURTLE),
            ("nt", ox.RdfFormat.N_TRIPLES),
            ("jsonld", ox.RdfFormat.JSON_LD),
            ("rdf", ox.RdfFormat.RDF_XML),
        )
    }
    assert len(set(size.values())) == 1, size
    described = Graph().parse(data=site.get("/void.nt").data, format="nt")
    sets = list(described.subjects(RDF.type, _term("void:Linkset")))
    exact = [s for s in sets if (s, _term("void:linkPredicate"), _term("skos:exactMatch")) in described]
    store = release.open()
    for one in exact:
        target = str(described.value(one, _term("void:objectsTarget")))
        pattern = store.quads_for_pattern(
            None, ox.NamedNode(expand("skos:exactMatch")), None, ox.DefaultGraph()
        )
        found = [
            q for q in pattern if isinstance(q.object, ox.NamedNode) and q.object.value.startswith(target)
        ]
        assert int(str(described.value(one, _term("void:triples")))) == len(found) > 0
    page = site.get("/void", headers={"Accept": "text/html"}).text
    assert "Links to other data" in page
    assert "NUTS" in page


CANNOT_BE_MET = {
    expand("dct:publisher"): "the publisher is no body of the European Union",
    expand("dct:spatial"): "no source says where a programme lies",
    expand("dct:temporal"): "no source dates the project",
    expand("dcat:startDate"): "no source dates the start",
    expand("dcat:endDate"): "no source dates the end",
}


def test_the_catalogue_is_valid_by_dcat_ap(catalogue: Graph) -> None:
    found = findings(catalogue)
    assert [one for one in found if one.severity == "Violation"] == []
    assert {one.path for one in found} <= set(CANNOT_BE_MET)
    undated = [one.count for one in found if one.path == expand("dct:temporal")]
    assert sum(undated) < 15


def test_the_catalogue_is_valid_by_the_generated_shapes_too(catalogue: Graph) -> None:
    folder = Path(os.environ.get("POLICYTRACE_SUITES", "/nowhere")) / "dcat-ap"
    if not folder.is_dir():
        pytest.skip("The shapes of DCAT-AP: POLICYTRACE_SUITES names no folder that holds dcat-ap")
    shapes = Graph().parse(folder / "dcat-ap-SHACL.ttl").parse(folder / "ranges.ttl")
    for _, _, shape in list(shapes.triples((None, URIRef(SH + "property"), None))):
        if shapes.value(shape, URIRef(SH + "path")) is None:  # named there, but defined nowhere
            shapes.remove((None, URIRef(SH + "property"), shape))
    valid, _, text = validate(catalogue, shacl_graph=shapes, advanced=True)
    assert valid, text


def test_the_catalogue_is_excellent_by_the_metrics_of_the_portal(catalogue: Graph, site: FlaskClient) -> None:
    def reach(address: str) -> bool:
        return site.head(address.removeprefix(SITE.rstrip("/"))).status_code == 200

    found = score(catalogue, True, reach)
    assert sum(metric.weight for metric in found.metrics) == 405
    assert found.points >= 390, found
    assert found.rating == "Excellent"
    catalogue_without = Graph()
    for triple in catalogue:
        if triple[1] not in (_term("dct:license"), _term("dcat:keyword"), _term("dcat:downloadURL")):
            catalogue_without.add(triple)
    assert score(catalogue_without, False, lambda _: False).rating in ("Good", "Sufficient")


def test_files_have_the_size_and_digest_that_the_catalogue_says(
    catalogue: Graph, site: FlaskClient, release: Release
) -> None:
    files = set(catalogue.objects(None, _term("dcat:distribution")))
    names = {one.name for one in (*dumps.dump_files(release), *dumps.part_files(release))}
    written = {name for name in names if not name.endswith("metadata.json")}
    assert {str(file) for file in files} == {f"{SITE}dumps/{release.id}/{name}" for name in written}
    for file in files:
        body = site.get(urlsplit(str(catalogue.value(file, _term("dcat:downloadURL")))).path).data
        assert int(str(catalogue.value(file, _term("dcat:byteSize")))) == len(body)
        checksum = catalogue.value(file, _term("spdx:checksum"))
        assert str(catalogue.value(checksum, _term("spdx:checksumValue"))) == hashlib.sha256(body).hexdigest()
    packed = URIRef(f"{SITE}dumps/{release.id}/policytrace.ttl.gz")
    assert str(catalogue.value(packed, _term("dcat:compressFormat"))).endswith("/application/gzip")
    assert str(catalogue.value(packed, _term("dcat:mediaType"))).endswith("/text/turtle")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_machine_learning_tools_read_the_tables(site: FlaskClient, release: Release) -> None:
    reader = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    page = site.get("/dataset/policytrace", headers={"Accept": "text/html"}).text
    assert 'href="/croissant/policytrace.json"' in page
    for path in ("policytrace", f"policytrace/{release.id}"):
        told = json.loads(site.get(f"/croissant/{path}.json").data)
        files = {one["@id"]: release.path / one["@id"] for one in told["distribution"]}
        found = reader.Dataset(jsonld=told, mapping=files)
        assert not found.metadata.issues.errors
        [warning] = found.metadata.issues.warnings
        assert "MAJOR.MINOR.PATCH" in warning
        rows = list(found.records("table/transfers"))
        with files["tables/transfers.csv"].open(encoding="utf-8", newline="") as file:
            expected = [row["id"] for row in csv.DictReader(file)]
        assert [row["tables/transfers.csv/id"].decode() for row in rows] == expected
    assert site.get("/croissant/policytrace/none.json").status_code == 404


def test_every_concept_has_its_name_in_the_catalogue(catalogue: Graph) -> None:
    named = set(catalogue.subjects(_term("skos:prefLabel"), None)) | set(
        catalogue.subjects(_term("dct:title"), None)
    )
    authority = "http://publications.europa.eu/resource/authority/"
    used = {o for o in catalogue.objects() if str(o).startswith(authority)}
    assert used
    assert used <= named


def test_a_project_is_a_data_set_of_its_own(site: FlaskClient, release: Release) -> None:
    answer = site.get("/dataset/upgradesme", headers={"Accept": "text/html"})
    links = _links(answer)
    assert links["cite-as"] == ["https://w3id.org/policytrace/dataset/upgradesme"]
    assert "https://schema.org/Dataset" in links["type"]
    assert links["collection"] == [SITE + "catalog"]
    packed = f"dumps/{release.id}/parts/upgradesme"
    forms = ("nt", "ttl", "jsonld", "rdf")
    assert links["item"] == [f"{SITE}{packed}.{form}.gz" for form in forms]
    assert all(f'href="{SITE}dataset/upgradesme/data.{form}"' in answer.text for form in forms)
    assert len(links["describedby"]) == 4
    lines = site.get("/dataset/upgradesme/data.nt").data.splitlines()
    start = "https://w3id.org/policytrace/graph/upgradesme/"
    stated = {
        q.triple
        for q in release.open()
        if isinstance(q.graph_name, ox.NamedNode) and q.graph_name.value.startswith(start)
    }
    assert {t.triple for t in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES)} == stated
    assert gzip.decompress(site.get(f"/{packed}.nt.gz").data) == b"\n".join(sorted(lines)) + b"\n"
    assert release.manifest["folders"]["upgradesme"]["triples"] >= len(stated) > 2000
    assert site.get("/dataset/nothing").status_code == 404
    assert site.get("/dataset/nothing/data.nt").status_code == 404
    assert site.get(f"/dataset/policytrace/{release.id}.ttl").status_code == 200
    assert "dcat:DatasetSeries" in site.get("/dataset/releases.ttl").text


@pytest.mark.parametrize("path", ["catalog", "dataset/upgradesme", "dataset/policytrace"])
def test_pages_carry_what_search_engines_ask_of_a_data_set(site: FlaskClient, path: str) -> None:
    html = site.get(f"/{path}", headers={"Accept": "text/html"}).text
    marked = extruct.extract(html, base_url=SITE, syntaxes=["json-ld"])["json-ld"]
    assert len(marked) == 1
    sets = marked[0]["dataset"] if path == "catalog" else marked
    assert len(sets) == (len(FOLDERS) + 1 if path == "catalog" else 1)
    for one in sets:
        assert one["@type"] == "Dataset"
        assert one["name"]
        assert one["license"]
        assert 50 <= len(one["description"]) <= 5000
    if path != "catalog":
        one = marked[0]
        assert one["isAccessibleForFree"] is True
        assert one["creator"]["name"]
        assert one["version"]
        assert one["includedInDataCatalog"]["@id"] == SITE + "catalog"
        assert all(
            file["contentUrl"].startswith(SITE) and file["encodingFormat"] for file in one["distribution"]
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d", one["temporalCoverage"])
        assert {place["name"] for place in one["spatialCoverage"]} >= {"Germany", "Spain"}


def test_the_sitemap_lists_pages_that_are_there(site: FlaskClient) -> None:
    robots = site.get("/robots.txt").text
    assert f"Sitemap: {SITE}sitemap.xml" in robots
    assert "Disallow: /sparql?" in robots
    index = Xml.fromstring(site.get("/sitemap.xml").data)  # noqa: S314
    parts = [loc.text or "" for loc in index.iter(f"{SITEMAP}loc")]
    assert parts == [SITE + "sitemaps/1.xml"]
    listed = Xml.fromstring(site.get("/sitemaps/1.xml").data)  # noqa: S314
    addresses = [loc.text or "" for loc in listed.iter(f"{SITEMAP}loc")]
    assert len(set(addresses)) == len(addresses)
    for when in listed.iter(f"{SITEMAP}lastmod"):
        datetime.fromisoformat(when.text or "")
    things = [a for a in addresses if a.startswith(f"{SITE}doc/")]
    assert {f"{SITE}doc/transfer/{row['id']}" for row in rows("transfers")} <= {*things}
    for address in [*set(addresses).difference(things), *things[::60]]:
        answer = site.get(urlsplit(address).path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.mimetype) == (200, "text/html"), address
    assert site.get("/sitemaps/2.xml").status_code == 404


def test_only_what_changed_has_a_new_date(tmp_path: Path) -> None:
    tables, home = tmp_path / "tables", tmp_path / "home"
    shutil.copytree(SMALL, tables)
    path = tables / "alpha" / "measures.csv"
    header, *rows = path.read_text("utf-8").splitlines()
    rows.append(rows[0].replace("me-desk", "me-desk-2"))
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    first = build([tables], home).release
    assert {thing.at for thing in change_dates.read(first.path)} == {first.manifest["created"]}
    edited = rows[0].split(",", 1)[0]
    kept = rows[1].split(",", 1)[0]
    name = rows[0].split(",")[header.split(",").index("title")]
    path.write_text("\n".join([header, *rows[1:], rows[0].replace(name, f"{name} anew")]) + "\n", "utf-8")
    second = build([tables], home).release
    assert second.id != first.id
    now, then = second.manifest["created"], first.manifest["created"]
    assert now > then
    before = {thing.path: thing.fingerprint for thing in change_dates.read(first.path)}
    after = {thing.path: thing for thing in change_dates.read(second.path)}
    differing = {path for path, thing in after.items() if before.get(path) != thing.fingerprint}
    assert f"id/measure/{edited}" in differing
    assert f"id/measure/{kept}" not in differing
    assert all(after[path].at == now for path in differing)
    assert all(thing.at == then for path, thing in after.items() if path not in differing)
    concepts = {one.path: one.at for one in change_dates.read(second.path, change_dates.CONCEPTS)}
    confidence = rows[0].split(",")[header.split(",").index("confidence")]
    assert concepts[f"scheme/confidence/{confidence}"] == now
    assert then in concepts.values(), "what the edited row does not name keeps its date"
    assert second.manifest["folders"]["shared"]["modified"] == then
    assert second.manifest["folders"]["alpha"]["modified"] == now
    assert second.manifest["folders"]["alpha"]["issued"] == then


@pytest.mark.parametrize("path", ["doc/practice/gp-ergo", "dataset/upgradesme", "catalog"])
def test_a_linkset_holds_the_links_of_its_page(site: FlaskClient, path: str) -> None:
    page = site.get(f"/{path}", headers={"Accept": "text/html"})
    links = _links(page)
    assert links["linkset"] == [f"{SITE}linkset/{path}"]
    answer = site.get(f"/linkset/{path}")
    assert answer.mimetype == "application/linkset+json"
    contexts = json.loads(answer.data)["linkset"]
    told = contexts[0]
    assert told["anchor"] == SITE + path
    assert {rel: [one["href"] for one in told[rel]] for rel in told if rel != "anchor"} == {
        rel: targets for rel, targets in links.items() if rel != "linkset"
    }
    backs = {context["anchor"]: context["describes"][0]["href"] for context in contexts[1:]}
    assert set(backs) == set(links["describedby"])
    assert set(backs.values()) == {SITE + path}
    assert site.get(f"/linkset/{path}?format=json").data == answer.data
    assert site.get("/linkset/nowhere").status_code == 404
    assert site.get("/linkset/linkset/catalog").status_code == 404


def test_a_linkset_of_a_query_gives_its_turn_back(site: FlaskClient) -> None:
    for number in range(4):
        assert site.get(f"/linkset/sparql?query=ASK%7B%7D%23{number}").status_code == 200


def test_a_catalogue_without_dumps_says_where_data_are_had_and_is_asked_again(client: FlaskClient) -> None:
    answer = client.get("/catalog.nt")
    assert answer.headers["Cache-Control"] == "no-store"
    found = Graph().parse(data=answer.data, format="nt")
    addresses = {
        str(found.value(f, _term("dcat:downloadURL")))
        for f in found.objects(WHOLE, _term("dcat:distribution"))
    }
    assert SITE + "rdf-graph-store?default=&format=nt" in addresses
    assert client.get("/catalog", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/catalog.png").status_code == 404
    assert client.get("/catalog?page=7").status_code == 404
    assert client.get("/catalog?page=one").status_code == 404
