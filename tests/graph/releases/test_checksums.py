"""Checksums: any byte that differs is found, by a sample, by block or whole; they vouch for themselves."""

from pathlib import Path

import pytest
from damaged_files import WAYS, damage
from hypothesis import given
from hypothesis import strategies as st

from policytrace.graph.releases import checksums
from policytrace.graph.releases.checksums import BLOCK, SUMS
from policytrace.graph.releases.release import DamagedError, Release, Releases


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of several sizes, and their checksums."""
    made = tmp_path / "made"
    (made / "deep").mkdir(parents=True)
    for name, size in {"empty": 0, "small": 10, "block": BLOCK, "deep/large": 5 * BLOCK // 2}.items():
        (made / name).write_bytes(bytes(range(251)) * (size // 251) + bytes(size % 251))
    checksums.write(made)
    return made


def test_what_was_written_is_read(folder: Path) -> None:
    sums = checksums.read(folder / SUMS)
    assert sums == checksums.of_folder(folder)
    assert [sums[name].block_count for name in ("empty", "small", "block", "deep/large")] == [0, 1, 1, 3]
    for options in ({}, {"sampled": True}, {"whole": True}):
        assert not [*checksums.damages(folder, sums, **options)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["empty", "small", "block", "deep/large"])
def test_damage_is_found(folder: Path, name: str, way: str) -> None:
    if not damage(folder / name, way):
        return
    sums = checksums.read(folder / SUMS)
    for options in ({}, {"sampled": True}, {"whole": True}):
        (found,) = checksums.damages(folder, sums, **options)
        assert found.file == name
        assert ("missing" in found.problem) == (way == "removed")


@pytest.mark.parametrize("way", ["cut in half", "emptied", "flipped"])
def test_checksums_that_are_damaged_are_refused(folder: Path, way: str) -> None:
    damage(folder / SUMS, way)
    with pytest.raises(ValueError, match="is damaged"):
        checksums.read(folder / SUMS)


@given(data=st.binary(min_size=1, max_size=300), at=st.integers(0), bit=st.integers(0, 7))
def test_every_bit_counts(data: bytes, at: int, bit: int) -> None:
    expected = checksums.FileSum(len(data), "", f"{0:08x}")
    whole = expected._replace(blocks=checksums.code(data))
    flipped = bytearray(data)
    flipped[at % len(data)] ^= 1 << bit
    assert whole.fits(0, data)
    assert not whole.fits(0, bytes(flipped))


def test_a_verified_file_is_read_again_when_it_was_written_to(tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "manifest.json").write_text('{"format": 2, "files": {}}', "utf-8")
    (staged / "data").write_bytes(b"as it was")
    releases = Releases(tmp_path / "home")
    releases.folder.mkdir(parents=True)
    release = releases.publish(staged, "20260101T000000Z-0")
    assert release.verified("data").read_bytes() == b"as it was"
    (release.path / "data").write_bytes(b"as it is!")
    with pytest.raises(DamagedError, match="data is not as it was written"):
        release.verified("data")
    (release.path / "data").write_bytes(b"as it was")
    assert release.verified("data")
    assert Release(release.id, release.path).is_whole


def test_what_is_added_has_checksums_and_is_made_anew_when_damaged(tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "manifest.json").write_text('{"format": 2, "files": {}}', "utf-8")
    releases = Releases(tmp_path / "home")
    releases.folder.mkdir(parents=True)
    release = releases.publish(staged, "20260101T000000Z-0")

    def file(work: Path) -> None:
        (work / "one").write_text("one", "utf-8")

    def folder(work: Path) -> None:
        (work / "many").mkdir()
        (work / "many" / "first").write_text("first", "utf-8")

    for name, make, inside in (("one", file, "one"), ("many", folder, "many/first")):
        assert releases.add(release, name, make)
        assert not releases.add(release, name, make)
        assert release.damaged() == []
        for way in WAYS:
            damage(release.path / inside, way)
            assert [one.file for one in release.damaged()] == [inside]
            assert releases.add(release, name, make), (name, way)
            assert release.damaged() == []
    (release.path / "stranger").write_text("not ours", "utf-8")
    assert [str(one) for one in release.damaged()] == ["stranger has no checksums"]
