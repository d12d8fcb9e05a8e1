"""A release of each format there ever was is opened and asked; one of a format to come is refused by name.

Who changes what a file of a release means, or where it lies, raises ``FORMAT`` and adds a release here:
``policytrace --home HOME build --no-dumps tests/data/small``, then
``tar -C HOME --exclude '*.lock' -cJf tests/data/releases/format-N.tar.xz releases``.
"""

import json
import tarfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import DATA

from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.lookup.mapped_reader import has_lookups, open_reader
from policytrace.graph.releases import checksums
from policytrace.graph.releases.release import FORMAT, MANIFEST, Release, ReleaseError, Releases
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE
from policytrace.graph.vocabulary.terms import thing
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

DESK = ox.NamedNode(thing("measure", "me-desk"))


def _unpacked(number: int, home: Path) -> Release:
    with tarfile.open(DATA / "releases" / f"format-{number}.tar.xz") as tar:
        tar.extractall(home, filter="data")
    release = Releases(home).current()
    assert release is not None
    assert release.manifest.get("format", 1) == number
    return release


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_release_of_each_format_is_opened_and_asked(number: int, tmp_path: Path) -> None:
    release = _unpacked(number, tmp_path)
    assert release.damaged() == []
    release.check()
    reader = open_reader(release)
    label = reader.label(DESK)
    assert label is not None
    assert label.text == "Welcome desk"
    assert has_lookups(reader) == (number == FORMAT)
    assert HopArrays.open(release.verified(FOLDER)).hop_count == release_hops(release)
    assert DESK.value in Index.open(release.verified(FILE)).search("desk")
    app = create_app(Settings(home=tmp_path, query_processes=1, rate=0))
    client = app.test_client()
    for address in ("/", "/doc/measure/me-desk", "/search?q=desk", "/gaps", "/paths?from=practice/gp-house"):
        assert client.get(address, headers={"Accept": "text/html"}).status_code == 200, address
    assert client.get("/health").get_json()["status"] == "ok"
    app.extensions["policytrace"].pool.close()


def release_hops(release: Release) -> int:
    """How many hops of all layers the manifest tells of."""
    return sum(release.manifest["hops"].values())


def test_a_release_of_a_format_to_come_is_refused_by_name(tmp_path: Path) -> None:
    release = _unpacked(FORMAT, tmp_path)
    manifest = release.manifest | {"format": FORMAT + 1}
    (release.path / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    checksums.write(release.path, checksums.of_folder(release.path))
    assert Releases(tmp_path).current() is None
    with pytest.raises(ReleaseError, match=rf"has format {FORMAT + 1}; .* opens releases up to {FORMAT}"):
        Releases(tmp_path).open(release.id)
