"""The query library: complete headers, golden answers, equal on both engines, safe parameters.

The golden answers are those of the sample. After a change that was meant, write them anew with
``POLICYTRACE_WRITE_GOLDEN=1 pytest tests/graph/library/test_queries.py`` and read the difference against the
tables.
"""

import contextlib
import io
import os

import pyoxigraph as ox
import pytest
from folders import DATA

from policytrace.graph.library.queries import Query, UnknownQueryError, library, query, run
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.parameters import ParameterError
from policytrace.graph.sparql.rdflib_engine import RdflibEngine
from policytrace.graph.sparql.result_formats import write

GOLDEN = DATA / "queries" / "golden"
NAMES = list(library())


@pytest.fixture(scope="module")
def oxigraph(sample_store: ox.Store) -> OxigraphEngine:
    return OxigraphEngine(sample_store)


@pytest.fixture(scope="module")
def reference(sample_store: ox.Store) -> RdflibEngine:
    return RdflibEngine.load(sample_store)


def _csv(rows: Rows) -> str:
    output = io.BytesIO()
    write(rows, "csv", output)
    return output.getvalue().decode().replace("\r\n", "\n")


def _table(rows: Rows) -> list[list[str]]:
    return [["" if term is None else term.value for term in row] for row in rows.rows]


def test_each_competency_question_has_one_query() -> None:
    assert sorted(entry.question for entry in library().values()) == [f"q{n:02}" for n in range(1, 21)]


@pytest.mark.parametrize("entry", library().values(), ids=NAMES)
def test_a_header_says_what_the_query_answers(entry: Query) -> None:
    assert entry.summary
    assert entry.description.endswith(".")
    assert entry.tags
    for parameter in entry.parameters:
        assert parameter.description
        assert parameter.default or not parameter.required, parameter.name
    assert "ORDER BY" in entry.sparql


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_explained(name: str, oxigraph: OxigraphEngine) -> None:
    rows = run(oxigraph, name)
    assert [variable for variable in rows.variables if not query(name).meaning(variable)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_gives_the_golden_answer(name: str, oxigraph: OxigraphEngine) -> None:
    answer = _csv(run(oxigraph, name))
    path = GOLDEN / f"{name}.csv"
    if os.environ.get("POLICYTRACE_WRITE_GOLDEN"):
        path.write_text(answer, "utf-8")
    assert answer == path.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_both_engines_give_equal_answers(
    name: str, oxigraph: OxigraphEngine, reference: RdflibEngine
) -> None:
    ours, theirs = run(oxigraph, name), run(reference, name)
    assert ours.variables == theirs.variables
    assert _table(ours) == _table(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_cites_a_source(name: str, oxigraph: OxigraphEngine) -> None:
    rows = run(oxigraph, name)
    at = rows.variables.index("sources")
    assert rows.rows
    for row in rows.rows:
        cell = row[at]
        assert cell is not None
        assert cell.value.strip(), row


@pytest.mark.parametrize("name", NAMES)
def test_a_row_that_says_what_is_unknown_says_why(name: str, oxigraph: OxigraphEngine) -> None:
    rows = run(oxigraph, name)
    unknown, reason = rows.variables.index("unknown"), rows.variables.index("reason")
    for row in rows.rows:
        assert (row[unknown] is None) == (row[reason] is None), row


@pytest.mark.parametrize(
    "value", ['x" } DROP ALL #', "x> . ?s ?p ?o }", "} SERVICE <http://127.0.0.1:9/> {", "\\u007D", "'''"]
)
def test_a_parameter_is_bound_as_a_term_and_never_as_text(value: str, oxigraph: OxigraphEngine) -> None:
    everything = len(run(oxigraph, "project_partners", {"project": ""}).rows)
    with contextlib.suppress(ParameterError):
        assert len(run(oxigraph, "project_partners", {"project": value}).rows) < everything


def test_a_parameter_narrows_the_answer(oxigraph: OxigraphEngine) -> None:
    every = run(oxigraph, "project_partners", {"project": ""}).rows
    one = run(oxigraph, "project_partners", {"project": "compete-in"}).rows
    assert 0 < len(one) < len(every)
    assert one != run(oxigraph, "project_partners").rows


def test_an_unknown_parameter_or_query_is_answered_with_near_names(oxigraph: OxigraphEngine) -> None:
    with pytest.raises(ParameterError, match="Did you mean project"):
        run(oxigraph, "project_partners", {"projct": "x"})
    with pytest.raises(UnknownQueryError, match="brokers"):
        query("broker")


def test_a_query_is_found_by_its_question() -> None:
    assert query("q13").name == "conflicting_figures"
