"""Releases: published whole, found, pruned with a tombstone, never changed."""

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import SAMPLE, SMALL
from sample_tables import rows

from policytrace.graph.building.build import LicenceError, build, demo
from policytrace.graph.releases.release import MANIFEST, Release, ReleaseError, Releases, checksum
from policytrace.graph.vocabulary.terms import LICENCE


def _publish(releases: Releases, release_id: str) -> Release:
    with releases.staging() as work:
        staged = work / "release"
        staged.mkdir()
        (staged / "data.txt").write_text(release_id, "utf-8")
        manifest = {"id": release_id, "files": {"data.txt": checksum(staged / "data.txt")}}
        (staged / MANIFEST).write_text(json.dumps(manifest), "utf-8")
        return releases.publish(staged, release_id)


def test_the_newest_release_is_current(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    assert releases.current() is None
    _publish(releases, "20260102T000000Z-b")
    _publish(releases, "20260101T000000Z-a")
    current = releases.current()
    assert current is not None
    assert current.id == "20260102T000000Z-b"


def test_an_older_release_can_be_opened_by_its_id(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    _publish(releases, "1")
    _publish(releases, "2")
    assert releases.open("1").manifest["id"] == "1"


def test_an_unknown_release_is_named_with_those_there_are(tmp_path: Path) -> None:
    _publish(Releases(tmp_path), "1")
    with pytest.raises(ReleaseError, match=r"no release '9'. Releases: 1"):
        Releases(tmp_path).open("9")


def test_pruning_keeps_the_newest_and_leaves_a_tombstone(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    for name in ("1", "2", "3"):
        _publish(releases, name)
    assert releases.prune(2, "2026-11-23") == ["1"]
    assert [release.id for release in releases.all()] == ["2", "3"]
    with pytest.raises(ReleaseError, match="was removed on 2026-11-23"):
        releases.open("1")


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    release = _publish(Releases(tmp_path), "1")
    assert release.damaged() == []
    (release.path / "data.txt").write_text("other", "utf-8")
    assert [one.file for one in release.damaged()] == ["data.txt"]


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    (tmp_path / "staging-left").mkdir(parents=True)
    with releases.staging():
        assert not (tmp_path / "staging-left").exists()


def _fail(releases: Releases) -> None:
    with releases.staging() as work:
        (work / "half").write_text("half", "utf-8")
        raise RuntimeError


def test_a_failed_build_publishes_and_leaves_nothing(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    with pytest.raises(RuntimeError):
        _fail(releases)
    assert releases.all() == []
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["releases"]


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    with releases.staging(), pytest.raises(ReleaseError, match="another build is running"):
        _fail(releases)


def test_the_manifest_of_a_release_is_true(sample_release: Release) -> None:
    manifest = sample_release.manifest
    store = sample_release.open()
    assert manifest["things"]["transfers"] == len(rows("transfers"))
    counted = sum(1 for _ in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
    assert manifest["triples"]["default"] == counted > 10_000
    assert sample_release.damaged() == []


def test_building_unchanged_sources_again_publishes_nothing(sample_home: Path) -> None:
    before = [release.id for release in Releases(sample_home).all()]
    built = build([SAMPLE], sample_home, licence=LICENCE)
    assert not built.new
    assert built.release.licence == LICENCE
    assert [release.id for release in Releases(sample_home).all()] == before


def test_another_licence_makes_another_release(tmp_path: Path) -> None:
    first = build([SMALL], tmp_path)
    assert first.release.manifest["licence"] is first.release.licence is None
    assert "dc:license" not in (first.release.path / "tables" / "csv-metadata.json").read_text("utf-8")
    assert not build([SMALL], tmp_path).new
    own = "https://licences.example/100%25-open/"
    second = build([SMALL], tmp_path, licence=own)
    assert second.new
    assert Releases(tmp_path).open(second.release.id).licence == own
    metadata = json.loads((second.release.path / "tables" / "csv-metadata.json").read_text("utf-8"))
    assert metadata["dc:license"] == {"@id": own}


@pytest.mark.parametrize(
    "named",
    [
        "CC0",
        "",
        "javascript:alert()",
        "https://l.example/a b",
        'https://l.example/">',
        "https://l.example/\n",
    ],
)
def test_what_is_no_address_of_a_licence_is_refused(named: str, tmp_path: Path) -> None:
    with pytest.raises(LicenceError, match="is no web address"):
        build([SMALL], tmp_path, licence=named)
    assert Releases(tmp_path).current() is None


def test_the_packaged_data_keep_their_licence(tmp_path: Path) -> None:
    with pytest.raises(LicenceError, match="the packaged data are under"):
        build([demo()], tmp_path, licence="https://licences.example/own/")


@pytest.mark.parametrize(
    ("manifest", "licence"),
    [({}, None), ({"packaged": False}, None), ({"packaged": True}, LICENCE), ({"licence": "urn:x"}, "urn:x")],
)
def test_a_release_made_before_licences_were_recorded(
    manifest: dict[str, object], licence: str | None, tmp_path: Path
) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert Release("1", tmp_path).licence == licence
