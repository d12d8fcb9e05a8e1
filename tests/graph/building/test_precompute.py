"""What is counted once for a release is what would be counted each time it is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from policytrace.graph.analyses import transfers
from policytrace.graph.building import precompute
from policytrace.graph.gaps.find import Gap, find
from policytrace.graph.gaps.kinds import gap_kinds
from policytrace.graph.gaps.place import gaps_about, place
from policytrace.graph.gaps.place import read as read_gaps
from policytrace.graph.indicators.definitions import definitions
from policytrace.graph.indicators.items import collect, read_disputes
from policytrace.graph.indicators.items import read as read_indicator
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, PrecomputedEngine
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.vocabulary.terms import ID
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the home of the sample, counted."""
    found = tmp_path_factory.mktemp("counted") / "home"
    shutil.copytree(sample_home, found)
    release = Releases(found).current()
    assert release is not None
    precompute.write(Releases(found), release)
    return found


@pytest.fixture(scope="module")
def release(home: Path) -> Release:
    """The release that was counted."""
    found = Releases(home).current()
    assert found is not None
    return found


def test_a_release_is_counted_once(home: Path, release: Release) -> None:
    assert not precompute.write(Releases(home), release)
    assert not list(home.glob("adding-*"))


def test_the_work_list_is_the_same(release: Release) -> None:
    engine, reader = OxigraphEngine.open(release.store_path), Reader.open(release.store_path)
    found = read_gaps(release.path)
    assert found == place(reader, find(engine, None))
    assert found


def test_the_indicators_are_the_same(release: Release) -> None:
    engine = OxigraphEngine.open(release.store_path)
    disputes = read_disputes(engine)
    for known in definitions().values():
        found = read_indicator(release.path, known)
        assert found == collect(engine, known, None, disputes), known.name
        assert found.items, known.name


def test_what_analyses_read_is_the_same(release: Release, sample_release: Release) -> None:
    engine = OxigraphEngine.open(release.store_path)
    nobody = OxigraphEngine(ox.Store())
    for name in transfers.QUERIES:
        found = transfers.read_values(PrecomputedEngine(nobody, release.path), name)
        assert found == transfers.read_values(engine, name), name
        assert found, name
    other = PrecomputedEngine(engine, sample_release.path)
    assert transfers.read_values(other, "dates") == transfers.read_values(engine, "dates")


def test_what_is_not_counted_by_this_rule_is_not_read(release: Release, sample_release: Release) -> None:
    assert read_gaps(sample_release.path) is None
    other = AnswerKey("gaps", answer_store.digest_of("another"))
    assert answer_store.read_json(release.path, other) is None


def _named_by(reader: Reader, gap: Gap) -> set[str]:
    """The thing of a gap, what it names by the paths of the table, and the areas around that."""
    found: set[ox.NamedNode] = set()
    for path in gap_kinds().about.get(gap.segment, ()):
        ends = {ox.NamedNode(gap.thing)}
        for step in path.split("/"):
            ends = {end for start in ends for end in reader.nodes(start, step)}
        found |= ends
    areas = {area for end in found for area in reader.nodes(end, "pt:within")}
    return {gap.thing, *(node.value for node in found | areas)}


def test_a_thing_is_concerned_by_the_gaps_that_name_it(release: Release) -> None:
    engine, reader = OxigraphEngine.open(release.store_path), Reader.open(release.store_path)
    gaps = find(engine, None)
    named = {gap: _named_by(reader, gap) for gap in gaps}
    things = sorted({thing for every in named.values() for thing in every})
    for thing in [*things[::20], ID + "region/friesland", ID + "country/spain"]:
        assert gaps_about(reader, gaps, thing) == [gap for gap in gaps if thing in named[gap]], thing


@pytest.fixture(scope="module")
def counted_client(home: Path) -> Iterator[FlaskClient]:
    """A client of a server on the release that was counted."""
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=2, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize(
    "address",
    [
        "/gaps.csv",
        "/gaps.json?partner=leeuwarden",
        "/gaps.json?thing=region/friesland",
        "/gaps?gap=stated",
        "/indicators.json",
        "/indicators?min_strength=moderate",
        "/indicators",
        "/",
        "/overview",
        "/picture/map.csv",
        "/picture/flow.svg?by=country",
        "/picture/time.csv",
        "/analysis/brokers",
        "/analysis/brokers.csv?sort=broker",
        "/api/analysis/brokers",
        "/api/analysis/lag",
    ],
)
def test_pages_and_files_are_the_same(client: FlaskClient, counted_client: FlaskClient, address: str) -> None:
    plain, fast = client.get(address), counted_client.get(address)
    assert plain.status_code == fast.status_code == 200, plain.text
    assert plain.text == fast.text
