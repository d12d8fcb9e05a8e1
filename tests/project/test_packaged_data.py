"""The packaged data as they are today: whole, right by every shape, and what README says of them is true."""

import csv
import io
import re
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import ROOT
from servers import PROGRAM
from thorough import THOROUGH

from policytrace.graph.building.build import demo
from policytrace.graph.library.queries import library, run
from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.reasoning.infer import infer
from policytrace.graph.reasoning.owlrl_reasoner import infer_by_owlrl
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.tables import tables
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.validation.validate import reference, validate
from policytrace.graph.vocabulary.scales import REALISED, REFUSED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(packaged_home: Path) -> Release:
    """The release of the packaged data."""
    found = Releases(packaged_home).current()
    assert found is not None
    return found


def _rows(table: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for path in sorted(demo().glob(f"*/{table}.csv")):
        found += csv.DictReader(io.StringIO(path.read_text("utf-8")))
    return found


def test_every_row_is_a_thing(release: Release) -> None:
    things = release.manifest["things"]
    counted = {
        table: len({row["id"] for row in _rows(table)})
        for table in ("transfers", "good_practices", "measures")
    }
    assert all(counted.values())
    assert {table: things[table] for table in counted} == counted
    assert release.damaged() == []


def test_no_shape_is_broken(packaged_store: ox.Store) -> None:
    assert validate(packaged_store).violations == ()


@pytest.mark.parametrize("name", library())
def test_every_question_of_the_library_has_an_answer(name: str, packaged_store: ox.Store) -> None:
    assert run(OxigraphEngine(packaged_store), name).rows


def test_the_first_query_of_readme_answers_as_readme_says(packaged_home: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    query, answer = re.findall(r"<<'END'\n(.*?)\n    END\n\n(.*?)\n\n", text, re.DOTALL)[0]
    command = [*PROGRAM, "--home", str(packaged_home), "sparql", "-", "--format", "csv"]
    done = subprocess.run(command, input=query, capture_output=True, text=True, check=True)
    assert done.stdout.split() == answer.split()
    (measure,) = re.findall(r"id/measure/([\w-]+)>", query)
    titles = {row["id"]: row["title"] for row in _rows("good_practices")}
    transfers = [row for row in _rows("transfers") if row["to_measure_id"] == measure]
    realised = {
        row["source_practice_id"]
        for row in transfers
        if row["stage"] in REALISED and row["outcome"] not in REFUSED
    }
    assert {row["learnedFrom"] for row in csv.DictReader(io.StringIO(done.stdout))} == {
        titles[key] for key in realised
    }


@pytest.mark.skipif(not THOROUGH, reason="The whole of a long proof: make thorough")
def test_both_validators_report_the_same(packaged_store: ox.Store) -> None:
    report, expected = validate(packaged_store), reference(packaged_store)
    assert {result.key for result in report.results} == {result.key for result in expected.results}


@pytest.mark.skipif(not THOROUGH, reason="The whole of a long proof: make thorough")
def test_both_reasoners_infer_the_same(tmp_path: Path) -> None:
    path = load(tables.read([demo()], schema()), tmp_path).triples
    infer(path, tmp_path / "inferred.nt", axioms())
    infer_by_owlrl(path, tmp_path / "reference.nt", axioms())
    found, expected = (
        {quad.triple for quad in ox.parse(path=str(tmp_path / name), format=ox.RdfFormat.N_TRIPLES)}
        for name in ("inferred.nt", "reference.nt")
    )
    assert found == expected
