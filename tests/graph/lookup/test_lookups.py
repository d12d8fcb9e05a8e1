"""The look-ups of a release say what its store says."""

import gc
import os
import shutil
import weakref
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from folders import SMALL
from sample_tables import rows

from policytrace.cli import main
from policytrace.graph.lookup import mapped_writer, reader
from policytrace.graph.lookup.mapped_reader import LOOKUPS, PreparedStatements, open_reader
from policytrace.graph.lookup.reader import DEFAULT, RECORDS, Reader
from policytrace.graph.releases.mapped_dict import MappedDict, TextsWriter
from policytrace.graph.releases.release import Release, ReleaseError, Releases
from policytrace.graph.vocabulary.terms import GRAPH, RDF, SCHEME
from policytrace.server.linked_data.description import describe
from policytrace.server.releases.current import Published

NOTHING = ox.NamedNode("https://site.example/nothing")


@pytest.fixture(scope="module")
def prepared(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A copy of the release of the sample, with look-ups."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    shutil.copytree(sample_home, home)
    release = Releases(home).current()
    assert release is not None
    mapped_writer.write(Releases(home), release)
    return release


@pytest.fixture(scope="module")
def readers(prepared: Release) -> tuple[Reader, Reader]:
    """A reader of the store alone, and one with look-ups."""
    fast = open_reader(prepared)
    assert isinstance(fast.source, PreparedStatements)
    return Reader.open(prepared.store_path), fast


@pytest.fixture(scope="module")
def things(readers: tuple[Reader, Reader]) -> list[ox.NamedNode]:
    """Everything the default graph describes, all records, and what is no thing."""
    plain, _ = readers
    found = {t.subject for graph in (DEFAULT, RECORDS) for t in plain.source.find(None, None, None, graph)}
    nodes = [node for node in found if isinstance(node, ox.NamedNode)]
    return [*nodes, NOTHING]


def test_lookups_are_written_once(prepared: Release) -> None:
    home = prepared.path.parent.parent
    assert not mapped_writer.write(Releases(home), prepared)
    assert [path.name for path in home.iterdir() if path.name.startswith("looking")] == []


def test_every_thing_is_told_as_by_the_store(
    readers: tuple[Reader, Reader], things: list[ox.NamedNode]
) -> None:
    plain, fast = readers
    assert len(things) > len(rows("*"))
    for node in things[::3]:
        assert fast.statements(node) == plain.statements(node)
        assert fast.statements(node, RECORDS) == plain.statements(node, RECORDS)
        assert fast.incoming(node, 7) == plain.incoming(node, 7)
        assert fast.records(node) == plain.records(node)
        assert fast.label(node) == plain.label(node)


def test_every_description_is_the_same(readers: tuple[Reader, Reader], things: list[ox.NamedNode]) -> None:
    plain, fast = readers
    address = "http://site.example/x"
    for node in things[::9]:
        assert describe(fast, node, address, None) == describe(plain, node, address, None)


def test_one_property_and_a_limit(readers: tuple[Reader, Reader], things: list[ox.NamedNode]) -> None:
    plain, fast = readers
    for node in things[::50]:
        for prop in {t.predicate for t in plain.statements(node)}:
            found = fast.source.find(node, prop, None, DEFAULT)
            assert sorted(found, key=str) == sorted(plain.source.find(node, prop, None, DEFAULT), key=str)
            assert len(fast.source.find(node, prop, None, DEFAULT, 1)) == min(len(found), 1)
        for group in plain.incoming(node, 5):
            assert fast.pointing(node, group.property, 5, 3) == plain.pointing(node, group.property, 5, 3)


def test_more_than_is_kept_is_asked_of_the_store(
    sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reader, mapped_writer):
        monkeypatch.setattr(module, "HUB", 50)
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    release = Releases(home).current()
    assert release is not None
    mapped_writer.write(Releases(home), release)
    plain, fast = Reader.open(release.store_path), open_reader(release)
    hubs = {t.object for t in plain.source.find(None, ox.NamedNode(RDF + "type"), None, DEFAULT)}
    found = [fast.source.incoming(hub, 3) for hub in hubs if isinstance(hub, ox.NamedNode)]
    assert None in found
    assert found == [plain.source.incoming(hub, 3) for hub in hubs if isinstance(hub, ox.NamedNode)]
    for hub in hubs:
        assert isinstance(hub, ox.NamedNode)
        assert fast.incoming(hub, 3) == plain.incoming(hub, 3)


def test_what_else_is_asked_goes_to_the_store(readers: tuple[Reader, Reader]) -> None:
    plain, fast = readers
    inferred = ox.NamedNode(GRAPH + "inferred")
    for triple in plain.source.find(None, None, None, inferred, 20):
        assert fast.holds(triple, inferred)
        assert not fast.holds(triple, RECORDS)


def test_a_server_takes_up_look_ups_that_are_written_later(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home, home)
    published = Published(home)
    opened = published.current()
    assert not isinstance(opened.reader.source, PreparedStatements)
    mapped_writer.write(Releases(home), opened.release)
    published._next_look = 0.0
    later = published.current()
    assert isinstance(later.reader.source, PreparedStatements)
    assert later.documents is opened.documents
    shutil.rmtree(opened.release.path / LOOKUPS)
    thing = ox.NamedNode(SCHEME + "outcome/rejected")
    assert later.reader.statements(thing) == opened.reader.statements(thing)


def test_texts_are_found_by_their_keys(tmp_path: Path) -> None:
    writer = TextsWriter(tmp_path)
    kept = {b"key %d" % number: b"text " * (number % 7) for number in range(1000)}
    for key, text in kept.items():
        writer.add(key, text)
    writer.close()
    texts = MappedDict(tmp_path)
    assert {key: texts.get(key) for key in kept} == kept
    assert texts.get(b"key 1000") is None
    twice = TextsWriter(tmp_path)
    for text in (b"text", b"other"):
        twice.add(b"key", text)
    with pytest.raises(ValueError, match="one key"):
        twice.close()


def test_a_release_that_was_pruned_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "releases" / "gone"
    release = Release("gone", folder)
    with pytest.raises(ReleaseError, match="release gone was removed"):
        mapped_writer.write(Releases(tmp_path), release)
    assert list(tmp_path.glob("adding-*")) == []


def test_a_build_writes_them(tmp_path: Path) -> None:
    tables = str(SMALL)
    run = CliRunner().invoke(main, ["--home", str(tmp_path), "build", "--no-dumps", tables])
    assert run.exit_code == 0, run.output
    release = Releases(tmp_path).current()
    assert release is not None
    assert (release.path / LOOKUPS).is_dir()
    assert not release.damaged()


def test_a_reader_that_is_let_go_closes_its_files_at_once(prepared: Release) -> None:
    gc.disable()
    try:
        read = open_reader(prepared)
        assert not any((read.label_in(NOTHING, "nl"), read.label(NOTHING), read.name(str(NOTHING))))
        there, files = weakref.ref(read), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        del read
        assert there() is None
        assert len(os.listdir("/proc/self/fd")) < files  # noqa: PTH208
    finally:
        gc.enable()
