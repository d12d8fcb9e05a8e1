"""Things that went away: 410 with when, why and what stands in their place."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SMALL

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import BASE, GRAPH, ID, expand
from policytrace.server import create_app
from policytrace.server.http.negotiation import GRAPH_FORMATS, Format
from policytrace.server.operations.settings import Settings

PAGE = {"Accept": "text/html"}


class Tables:
    """Tables that change, and the releases made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder / "tables", folder / "home"
        shutil.copytree(SMALL, self.folder)

    def change(self, table: str, old: str, new: str) -> None:
        """Puts a text in the place of another."""
        path = self.folder / table
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def release(self, keep: int = 5) -> Release:
        """Builds and publishes."""
        return build([self.folder], self.home, keep=keep).release


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Three releases: in the second a transfer went and an organisation became the same as another."""
    made = Tables(tmp_path_factory.mktemp("gone"))
    dream = (made.folder / "alpha" / "transfers.csv").read_text("utf-8").splitlines()[2]
    made.change("shared/organisations.csv", "receiver-bis,receiver,", "receiver-bis,,")
    made.release()
    made.change("shared/organisations.csv", "receiver-bis,,", "receiver-bis,receiver,")
    made.change("alpha/transfers.csv", dream + "\n", "")
    made.release()
    made.change("shared/organisations.csv", "The giver", "The first giver")
    made.release()
    return made


@pytest.fixture(scope="module")
def visitor(tables: Tables) -> Iterator[FlaskClient]:
    """A client of the server over these releases."""
    app = create_app(Settings(home=tables.home, site="http://site.example/", query_processes=1, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def _ids(tables: Tables) -> list[str]:
    return sorted(path.name for path in (tables.home / "releases").iterdir() if path.is_dir())


def test_what_went_is_told_by_410(tables: Tables, visitor: FlaskClient) -> None:
    first, second, _ = _ids(tables)
    for path in ("id/transfer/tr-dream", "doc/transfer/tr-dream", "doc/transfer/tr-dream.ttl"):
        answer = visitor.get(f"/{path}", headers={"Accept": "*/*"})
        assert answer.status_code == 410
        told = answer.get_json()
        assert told["last_release"] == first
        assert told["removed"][:10].replace("-", "") == second[:8]
        assert told["reason"] == "no table has it any more"
    page = visitor.get("/doc/transfer/tr-dream", headers=PAGE)
    assert page.status_code == 410
    assert f'href="/doc/transfer/tr-dream?release={first}"' in page.text
    earlier = visitor.get(f"/doc/transfer/tr-dream?release={first}", headers=PAGE)
    assert earlier.status_code == 200
    assert earlier.headers["X-PolicyTrace-Release"] == first
    row = visitor.get("/graph/alpha/transfers/tr-dream", headers={"Accept": "text/turtle"})
    assert row.status_code == 410
    assert visitor.get("/doc/transfer/tr-never", headers=PAGE).status_code == 404
    assert visitor.get("/graph/alpha/transfers/tr-never", headers=PAGE).status_code == 404
    assert visitor.get("/doc/transfer/tr-desk", headers=PAGE).status_code == 200


def test_every_identifier_of_an_older_release_is_there_or_told_to_be_gone(
    tables: Tables, visitor: FlaskClient
) -> None:
    first, _, last = (Release(name, tables.home / "releases" / name) for name in _ids(tables))
    older, newer = _named(first), _named(last)
    gone = {iri for iri in older - newer if iri.startswith((ID, GRAPH))}
    for start in (f"{ID}transfer/", f"{ID}hop/", f"{GRAPH}alpha/transfers/"):
        assert any(iri.startswith(start) for iri in gone)
    for iri in older:
        status = visitor.get(f"/{iri[len(BASE) :]}", headers={"Accept": "text/turtle"}).status_code
        assert status == (410 if iri in gone else 303 if iri.startswith(ID) else 200), iri
    hop = min(iri for iri in gone if iri.startswith(f"{ID}hop/"))
    told = visitor.get(f"/{hop[len(BASE) :]}").get_json()
    assert (told["last_release"], told["reason"]) == (first.id, "it follows from no table any more")


def _named(release: Release) -> set[str]:
    """The identifiers of ours that a release describes, without what names a place inside a document."""
    terms = (term for quad in release.open() for term in (quad.subject, quad.graph_name))
    names = (term.value.partition("#")[0] for term in terms if isinstance(term, ox.NamedNode))
    return {name for name in names if name.startswith(BASE)}


def test_what_stands_in_its_place_is_named(visitor: FlaskClient) -> None:
    answer = visitor.get("/id/organisation/receiver-bis", headers={"Accept": "application/json"})
    assert answer.status_code == 410
    assert answer.get_json()["replacement"] == f"{BASE}id/organisation/receiver"
    assert answer.headers["Link"] == f'<{BASE}id/organisation/receiver>; rel="successor-version"'
    page = visitor.get("/doc/organisation/receiver-bis", headers=PAGE)
    assert 'href="/doc/organisation/receiver"' in page.text


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_what_went_is_told_in_rdf_to_those_who_ask_for_it(visitor: FlaskClient, form: Format) -> None:
    answer = visitor.get("/doc/organisation/receiver-bis", headers={"Accept": form.media_type})
    assert (answer.status_code, answer.mimetype) == (410, form.media_type)
    said = ox.parse(answer.data, format=ox.RdfFormat.from_media_type(form.media_type))
    found = {quad.predicate.value: quad.object for quad in said}
    assert found.keys() == {expand(c) for c in ("dct:isReplacedBy", "prov:invalidatedAtTime", "rdfs:comment")}
    assert found[expand("dct:isReplacedBy")] == ox.NamedNode(f"{BASE}id/organisation/receiver")


def test_what_went_stays_known_until_it_comes_back(tables: Tables, visitor: FlaskClient) -> None:
    first = _ids(tables)[0]
    tables.change("shared/organisations.csv", "The first giver", "The giver")
    tables.release(keep=1)
    app = visitor.application
    app.extensions["policytrace"].published.changed(first, 0)
    told = visitor.get("/id/transfer/tr-dream").get_json()
    assert told["last_release"] == first
    assert not [hint for hint in told.get("hints", ()) if "release" in hint["href"]]
    dream = (SMALL / "alpha" / "transfers.csv").read_text("utf-8").splitlines()[2]
    path = tables.folder / "alpha" / "transfers.csv"
    path.write_text(path.read_text("utf-8") + dream + "\n", "utf-8")
    tables.release(keep=1)
    app.extensions["policytrace"].published.changed(first, 0)
    assert visitor.get("/id/transfer/tr-dream").status_code == 303
    assert visitor.get("/id/organisation/receiver-bis").status_code == 410
