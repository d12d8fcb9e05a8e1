"""Prepared answers: the same rows as the text of the query gives, and nothing else in their place."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from policytrace.graph.building import precompute
from policytrace.graph.library import answer_store, answers
from policytrace.graph.library.queries import Query, library, query, run
from policytrace.graph.releases import checksums
from policytrace.graph.releases.release import Release, ReleaseError, Releases
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

PREPARED = [entry for entry in library().values() if entry.prepared is not None]


@pytest.fixture(scope="module")
def engine(sample_store: ox.Store) -> OxigraphEngine:
    return OxigraphEngine(sample_store)


@pytest.fixture(scope="module")
def stored(engine: OxigraphEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("answers")
    with answer_store.new_store(folder) as store:
        answers.write(engine, store)
    return folder


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    shutil.copytree(sample_home, folder, copy_function=os.link)
    return folder


def _release(home: Path) -> Release:
    release = Releases(home).current()
    assert release is not None
    return release


def _choices(entry: Query) -> list[dict[str, str]]:
    """The usual parameters, none, and every value a parameter declares, or two projects."""
    given: list[dict[str, str]] = [{}, dict.fromkeys(entry.prepared or {}, "")]
    for parameter in entry.parameters:
        if parameter.name in (entry.prepared or {}):
            values = parameter.values or ("upgradesme", "compete-in", "there-is-none")
            given += [{parameter.name: value} for value in values]
            given += [{"project": "", parameter.name: value} for value in values if parameter.values]
    known = {parameter.name for parameter in entry.parameters}
    return [one for one in given if set(one) <= known]


@pytest.mark.parametrize("entry", PREPARED, ids=[entry.name for entry in PREPARED])
def test_prepared_rows_are_those_of_the_query(entry: Query, engine: OxigraphEngine, stored: Path) -> None:
    found = 0
    for given in _choices(entry):
        rows = answers.read(stored, entry, entry.terms(given))
        assert rows == run(engine, entry.name, given), given
        assert rows is not None
        found += len(rows.rows)
    assert found


def test_parameters_choose_together(engine: OxigraphEngine, stored: Path) -> None:
    entry, found = query("learning_relations"), 0
    values = {parameter.name: parameter.values for parameter in entry.parameters}
    for level in values["level"]:
        for layer in values["layer"]:
            given = {"project": "upgradesme", "level": level, "layer": layer}
            rows = answers.read(stored, entry, entry.terms(given))
            assert rows == run(engine, entry.name, given), given
            assert rows is not None
            found += len(rows.rows)
    assert found


def test_what_is_no_selection_is_not_prepared(engine: OxigraphEngine, stored: Path) -> None:
    counted = query("numbers_by_strength")
    assert answers.read(stored, counted, counted.terms({"project": "upgradesme"})) is None
    brokers = query("brokers")
    assert answers.read(stored, brokers, brokers.terms({"minimum": "2"})) is None
    changes = query("policy_changes")
    assert answers.read(stored, changes, changes.terms({})) is None
    given = {"minimum": "2"}
    assert answers.ask(engine, "brokers", given, stored) == run(engine, "brokers", given)


def test_an_answer_to_another_text_does_not_count(stored: Path) -> None:
    entry = query("brokers")
    changed = replace(entry, text=f"{entry.text}\n# another text\n")
    assert answers.read(stored, entry, entry.terms({})) is not None
    assert answers.read(stored, changed, changed.terms({})) is None


def test_answers_are_prepared_once_and_again_after_the_queries_changed(home: Path) -> None:
    releases, release = Releases(home), _release(home)
    assert precompute.write(releases, release)
    assert not precompute.write(releases, release)
    with closing(sqlite3.connect(release.path / answer_store.FILE)) as connection:
        connection.execute("UPDATE answer SET digest = 'older' WHERE name = 'query/brokers'")
        connection.commit()
    assert precompute.write(releases, release)
    assert not list(home.glob("adding-*"))
    assert not release.damaged()


def test_damaged_answers_are_not_missed(home: Path, engine: OxigraphEngine) -> None:
    releases, release = Releases(home), _release(home)
    (release.path / answer_store.FILE).write_bytes(b"SQLite format 3\0" + bytes(200))
    assert answers.ask(engine, "brokers", {}, release.path) == run(engine, "brokers", {})
    assert precompute.write(releases, release)
    assert answers.read(release.path, query("brokers"), query("brokers").terms({}))


def test_a_store_of_another_layout_is_not_read_and_is_replaced(home: Path, engine: OxigraphEngine) -> None:
    releases, release = Releases(home), _release(home)
    path = release.path / answer_store.FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answer (name TEXT PRIMARY KEY, digest TEXT, head TEXT)")
        connection.execute("INSERT INTO answer VALUES (?, ?, '?kind')", next(answers.keys()))
        connection.commit()
    assert answer_store.read(release.path, *answers.keys()) is None
    assert answers.ask(engine, "brokers", {}, release.path) == run(engine, "brokers", {})
    assert precompute.write(releases, release)
    assert answer_store.read(release.path, *answers.keys()) is not None


def test_everything_that_is_to_be_precomputed_is_stored(home: Path) -> None:
    release = _release(home)
    assert not answer_store.holds(release.path / answer_store.FILE, precompute.keys())
    precompute.write(Releases(home), release)
    assert answer_store.holds(release.path / answer_store.FILE, precompute.keys())
    another = answer_store.AnswerKey("gaps", answer_store.digest_of("another rule"))
    assert not answer_store.holds(release.path / answer_store.FILE, [another])
    assert answer_store.read(release.path, another) is None


def test_a_release_that_is_gone_gets_no_answers(home: Path) -> None:
    releases, release = Releases(home), _release(home)
    away = home / "away"

    def remove(stage: str, done: int, total: int) -> None:
        if stage == "answers" and done == total:
            release.path.rename(away)

    with pytest.raises(ReleaseError, match=r"removed before its answers\.sqlite could be added"):
        precompute.write(releases, release, remove)
    assert not list(home.glob("adding-*"))


def test_the_server_answers_from_what_was_prepared(home: Path) -> None:
    release = _release(home)
    precompute.write(Releases(home), release)
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=1, rate=0))
    path = "/queries/brokers.json?kind=practice"
    before = app.test_client().get(path).get_json()["results"]["bindings"]
    with closing(sqlite3.connect(release.path / answer_store.FILE)) as connection:
        rows = connection.execute("SELECT name, value FROM answer WHERE name LIKE 'query/brokers/%'")
        for name, value in rows.fetchall():
            only = b"".join(line for line in value.splitlines(keepends=True) if int(line[:8]) == 0)
            connection.execute("UPDATE answer SET value = ? WHERE name = ?", (only, name))
        connection.commit()
    checksums.write(release.path / answer_store.FILE)
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=1, rate=0))
    after = app.test_client().get(path).get_json()["results"]["bindings"]
    assert len(before) > 1
    assert after in (before[:1], [])
