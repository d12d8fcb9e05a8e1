"""Every surface that speaks of the licence names that of the release, or is silent where there is none."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from folders import SMALL
from walk import walk

from policytrace.cli import main
from policytrace.graph.building.build import build
from policytrace.graph.distribution import dump_write, dumps, feed
from policytrace.graph.releases.release import Releases
from policytrace.graph.vocabulary.terms import LICENCE
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

OWN = "https://licences.example/open/1.0/"
CC_BY = re.compile(r"creativecommons\.org/licenses|licence/CC_BY|Creative Commons|(?<!GeoNames, )CC BY")
"""Every way to speak of CC BY; the places of towns on maps are from GeoNames and stay under it."""
VOCABULARY = ("/ns", "/scheme", "/shapes", "/graph/ontology", "/context", "/linkset/ns", "/linkset/scheme")
"""What comes with the product and has its own licence, whatever data are served."""
THING = "doc/transfer/tr-desk"
GRAPHS = ("ttl", "nt", "jsonld", "rdf", "trig")
ADDRESSES = (
    *(f"/{path}.{form}" for path in (THING, "licence", "void", "catalog") for form in GRAPHS[:4]),
    *(f"/{path}.nt" for path in ("collection", "collection/practice", "dataset/alpha", "dataset/releases")),
    *(
        "/dataset/policytrace.nt",
        "/dataset/policytrace/{id}.nt",
        "/dataset/alpha/data.nt",
        "/graph/records.nt",
    ),
    *(
        "/dataset/policytrace",
        "/dataset/alpha",
        "/dataset/policytrace/{id}",
        "/graph/alpha/transfers/tr-desk",
    ),
    *("/croissant/policytrace.json", "/croissant/policytrace/{id}.json", "/changes.atom", "/ldes?format=ttl"),
    *("/ldes?format=trig", "/ldes/{id}/1?format=nq", "/api/openapi.json", "/sparql?format=ttl"),
    *("/.well-known/sparql-examples?format=ttl", f"/linkset/{THING}", "/linkset/dataset/policytrace"),
    *("/report/practice/gp-house", "/report/practice/gp-house.xlsx", "/report/practice/gp-house.bib"),
    *("/report/paths?from=practice/gp-house", "/report/paths?from=practice/gp-house&format=bib"),
    *(
        "/api/paths?from=practice/gp-house&format=xlsx",
        "/indicators/transfers.xlsx",
        "/browse/practice?format=xlsx",
    ),
    *("/sparql?query=SELECT * {{ ?a ?b ?c }} LIMIT 1&format=xlsx", "/queries/project_partners.xlsx"),
    *("/rdf-graph-store?graph=https://w3id.org/policytrace/graph/records&format=nt", "/about", "/licence"),
)
"""Where more is said than on the pages that links lead to."""


@dataclass(frozen=True)
class Site:
    """A server over the same tables, under one licence or none."""

    client: FlaskClient
    home: Path
    release: str

    def said(self, address: str) -> str:
        """Everything that an answer says: headers, and the text, that of workbooks too."""
        path, _, query = address.format(id=self.release).partition("?")
        answer = self.client.get(path, query_string=query, headers={"Accept": "text/html, */*;q=0.5"})
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:300])
        body = answer.get_data()
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"".join(map(book.read, book.namelist()))
        return f"{answer.headers}{body.decode('utf-8', 'replace')}".replace(self.release, "{id}")


def _site(folder: Path, licence: str | None) -> Site:
    release = build([SMALL], folder, licence=licence).release
    dump_write.write(Releases(folder), release)
    feed.append(Releases(folder), release)
    app = create_app(Settings(home=folder, site="http://site.example/", query_processes=1, rate=0))
    return Site(app.test_client(), folder, release.id)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str | None, Site]]:
    """The tables without a licence, under one of their own, and under that of the packaged data."""
    folder = tmp_path_factory.mktemp("licences")
    found = {one: _site(folder / str(number), one) for number, one in enumerate((None, OWN, LICENCE))}
    yield found
    for site in found.values():
        site.client.application.extensions["policytrace"].pool.close()


def _addresses(site: Site) -> list[str]:
    """One page of every kind, what is listed above, and every file of the release that is no archive."""
    pages = [visit.path.replace(site.release, "{id}") for visit in walk(site.client) if visit.status == 200]
    assert len(pages) > 40
    release = Releases(site.home).open(site.release)
    files = (
        f"/dumps/{{id}}/{one.name}" for one in dumps.dump_files(release) if one.name.startswith("tables/")
    )
    return sorted({*(page for page in pages if "{" not in page.replace("{id}", "")), *ADDRESSES, *files})


def test_every_surface_speaks_of_the_licence_of_the_release(sites: dict[str | None, Site]) -> None:
    silent, own, packaged = (sites[one] for one in (None, OWN, LICENCE))
    speaking, wrong = 0, []
    for address in _addresses(packaged):
        if address.startswith(VOCABULARY):
            continue
        known = CC_BY.search(packaged.said(address)) is not None
        texts = {"none": silent.said(address), "own": own.said(address)}
        speaking += known
        wrong += [
            f"{address} ({name}): {CC_BY.findall(text)}" for name, text in texts.items() if CC_BY.search(text)
        ]
        if known != (OWN in texts["own"]) or OWN in texts["none"]:
            wrong.append(f"{address}: {known}, {OWN in texts['own']}")
    assert not wrong, "\n".join(wrong)
    assert speaking > 60


@pytest.mark.parametrize(
    "path", ["/ns", "/ns.ttl", "/scheme", "/scheme.nt", "/scheme/role", "/shapes", "/shapes.ttl"]
)
def test_what_comes_with_the_product_keeps_its_licence(sites: dict[str | None, Site], path: str) -> None:
    for site in sites.values():
        link = site.client.get(path).headers["Link"]
        assert re.findall(r'<([^>]*)>; rel="license"', link) == [LICENCE]


def test_every_dump_names_the_licence_in_its_header(sites: dict[str | None, Site]) -> None:
    for licence, site in sites.items():
        for one in dumps.dump_files(Releases(site.home).open(site.release)):
            link = site.client.head(f"/dumps/{site.release}/{one.name}").headers["Link"]
            assert re.findall(r'<([^>]*)>; rel="license"', link) == ([licence] if licence else [])


def test_pages_say_that_no_licence_is_named(sites: dict[str | None, Site]) -> None:
    told = "The publisher of these data has"
    for licence, site in sites.items():
        for path in ("/licence", "/about"):
            assert (told in site.client.get(path).text) == (licence is None)
    data = sites[None].client.get("/licence.nt").data
    labels = [
        t.object.value for t in ox.parse(data, format=ox.RdfFormat.N_TRIPLES) if "label" in t.predicate.value
    ]
    assert labels == ["The publisher of these data has named no licence."]


def test_dcat_has_the_term_of_the_authority_or_the_address_as_given(sites: dict[str | None, Site]) -> None:
    eu = "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"
    for licence, site in sites.items():
        found = ox.parse(site.client.get("/catalog.nt").data, format=ox.RdfFormat.N_TRIPLES)
        named = {str(t.object) for t in found if t.predicate.value.endswith("/license")}
        assert named == {f"<{eu if licence == LICENCE else licence}>"} - {"<None>"}


def test_the_command_takes_the_licence(tmp_path: Path) -> None:
    command = ["--home", str(tmp_path), "build", str(SMALL), "--no-dumps", "--json", "--licence"]
    refused = CliRunner().invoke(main, [*command, "CC0"])
    assert refused.exit_code == 2
    assert "'CC0' is no web address" in refused.output
    told = CliRunner().invoke(main, [*command, OWN])
    assert json.loads(told.stdout)["licence"] == OWN
