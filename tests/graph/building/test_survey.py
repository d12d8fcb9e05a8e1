"""What a store holds is the same whether this process or one of its own looks."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from policytrace.graph.building import survey
from policytrace.graph.search.index_writer import FILE

STATEMENTS = """
<https://w3id.org/policytrace/id/measure/one> a <https://w3id.org/policytrace/ns#Measure> ;
  <http://www.w3.org/2000/01/rdf-schema#label> "Welcome desk"@en .
"""


@pytest.fixture
def store(tmp_path: Path) -> ox.Store:
    """A store on disk with one thing in it."""
    found = ox.Store(str(tmp_path / "store"))
    found.load(STATEMENTS, format=ox.RdfFormat.TURTLE)
    found.flush()
    return found


def test_a_process_of_its_own_finds_the_same(store: ox.Store, tmp_path: Path) -> None:
    found, files = [], []
    for apart in (False, True):
        folder = tmp_path / str(apart)
        folder.mkdir()
        with survey.survey_alongside(store, tmp_path, folder, apart=apart) as surveyed:
            found.append(surveyed())
        files.append((folder / FILE).read_bytes())
    assert found[0] == found[1]
    assert found[0]["subjects"] == 1
    assert files[0] == files[1]


def test_a_process_that_fails_says_why(store: ox.Store, tmp_path: Path) -> None:
    with (
        survey.survey_alongside(store, tmp_path, tmp_path / "nowhere", apart=True) as surveyed,
        pytest.raises(OSError, match="cannot be written"),
    ):
        surveyed()


def test_a_process_ends_with_the_body_that_fails(store: ox.Store, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), survey.survey_alongside(store, tmp_path, tmp_path, apart=True):
        raise RuntimeError
    with survey.survey_alongside(store, tmp_path / "again", tmp_path, apart=False) as surveyed:
        assert surveyed()["subjects"] == 1
