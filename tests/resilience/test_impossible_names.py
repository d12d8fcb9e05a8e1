"""Identifiers and names of releases that cannot be: refused by every address, never a failure."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from walk import walk

from policytrace.graph.releases.checksums import SUMS
from policytrace.graph.releases.release import MANIFEST, Releases
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

LONG = "a" * 300
NO_IRIS = ("a b", "a\nb", "a<b", "a\\b", "a^b", "%", "\0", "\x7f", "\ufffd", "\udcff", "`", '"', "{x}")
"""What no IRI has (RFC 3987, section 2.2), and a name that is a mere percent sign."""
BY_IDENTIFIER = (
    "/overview/{}",
    "/picture/map.svg?project={}",
    "/picture/flow.svg?project={}",
    "/picture/matrix.csv?project={}",
    "/picture/time.png?project={}",
    "/through/transfer/{}",
    "/browse/hop?project={}",
    "/browse/practice?project={}",
    "/search?theme={}",
    "/gaps?thing=practice/{}",
    "/indicators?project={}",
    "/report/practice/{}",
    "/changes/practice/{}",
    "/doc/practice/{}",
    "/id/practice/{}",
    "/scheme/{}",
    "/graph/{}",
    "/dataset/{}",
    "/terms/{}",
    "/linked?to=practice/{}&by=pt:practice",
    "/linked?to=id/practice/gp-ergo&by=pt:{}",
    "/rdf-graph-store?graph=http://a.example/{}",
    "/paths?from=practice/{}",
    "/api/paths?from=practice/{}",
    "/picture/paths.svg?from=practice/{}",
    "/check/template.xlsx?project={}",
)
"""Addresses that make an identifier of what stands for the braces."""
BY_RELEASE = (
    "/?release={}",
    "/sparql?query=ASK%7B%7D&release={}",
    "/queries?release={}",
    "/dumps/{}",
    "/dumps/{}/policytrace.nt.gz",
    "/releases/{}",
    "/releases/{}..{}",
    "/releases/{}..{}/added.nt.gz",
    "/changes/practice/gp-chemnitz-agency?since={}",
    "/dataset/policytrace/{}",
    "/croissant/policytrace/{}.json",
    "/ldes/{}",
)
NO_RELEASES = (LONG, "..", "20200101T000000Z-00000000", "a b", "\0", "\udcff", "a" * 5000)


def _written(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="")


@pytest.mark.parametrize("address", BY_IDENTIFIER)
def test_what_is_no_identifier_is_refused(client: FlaskClient, address: str) -> None:
    for name in NO_IRIS:
        asked = address.format(_written(name))
        answer = client.get(asked)
        assert answer.status_code in (400, 404, 414), asked


@pytest.mark.parametrize("address", BY_RELEASE)
def test_what_is_no_release_is_not_found(client: FlaskClient, address: str) -> None:
    for name in NO_RELEASES:
        asked = address.replace("{}", _written(name))
        answer = client.get(asked)
        refused = b"UTF-8" in answer.data or b" may have 2,000 characters" in answer.data
        assert answer.status_code == 404 or (refused and answer.status_code in (400, 414)), asked
        assert len(answer.data) < 2000 + len(asked), asked


def test_a_query_that_is_no_utf_8_is_repeated_as_it_is(client: FlaskClient) -> None:
    for path in ("/linkset/doc/practice/gp-chemnitz-agency", "/search", "/paths", "/"):
        assert client.get(f"{path}?%ff=%zz&a=%ff&q=%fe").status_code == 200


@pytest.mark.parametrize("seconds", ["5e-324", "0.001", "0", "-1", "nan", "inf", "1e999", "soon"])
def test_a_time_limit_in_which_nothing_is_answered_is_refused(client: FlaskClient, seconds: str) -> None:
    answer = client.get("/sparql", query_string={"query": "ASK {}", "timeout": seconds})
    assert answer.status_code == 400
    assert "from 0.01 on" in answer.get_json()["detail"]


@pytest.fixture(scope="module", params=["uncounted", "counted by class"])
def earlier(
    request: pytest.FixtureRequest, sample_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FlaskClient, str]]:
    """A site whose older release has a manifest as earlier versions wrote it, and its name."""
    home = tmp_path_factory.mktemp("earlier")
    current = Releases(sample_home).current()
    assert current is not None
    shutil.copytree(current.path, home / "releases" / current.id)
    older = home / "releases" / "20200101T000000Z-00000000"
    shutil.copytree(current.path, older)
    said = json.loads((older / MANIFEST).read_text("utf-8"))
    counted = said.pop("statistics")
    for name in ("folders", "things", "packaged", "format"):
        del said[name]
    for sums in older.glob(f"*{SUMS}"):
        sums.unlink()
    if request.param != "uncounted":
        said["statistics"] = {name: counted[name] for name in ("classes", "properties", "subjects")}
    said |= {"id": older.name, "created": "2020-01-01T00:00:00+00:00"}
    (older / MANIFEST).write_text(json.dumps(said), "utf-8")
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=1, rate=0))
    yield app.test_client(), older.name
    app.extensions["policytrace"].pool.close()


@pytest.mark.slow
def test_pages_of_a_release_of_an_earlier_version(earlier: tuple[FlaskClient, str]) -> None:
    client, release = earlier
    pages = [seen.path for seen in walk(client) if seen.status == 200]
    assert len(pages) > 50
    for path in (*pages, "/void.ttl", "/catalog.ttl", "/sparql", "/api/vocabulary"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}release={release}")
        assert answer.status_code < 500, path
        answer.close()
