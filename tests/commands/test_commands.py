"""The command line, run as a user runs it."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import SMALL
from sample_tables import rows

from policytrace.graph.library.queries import library


def _run(home: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(home), *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_build_publishes_and_says_what(tmp_path: Path) -> None:
    done = _run(tmp_path, "build", "--json", str(SMALL))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["things"]["transfers"] == 3
    again = _run(tmp_path, "build", str(SMALL))
    assert again.stdout.startswith("Nothing has changed since release ")
    assert done.stderr == again.stderr == ""


def test_what_is_wrong_with_tables_is_listed_and_nothing_is_published(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = _run(tmp_path / "home", "build", str(tmp_path / "data"))
    assert done.returncode == 3
    assert "the folder holds no table" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "home").glob("releases/*"))


def test_validate_counts_what_it_found_as_json(tmp_path: Path) -> None:
    done = _run(tmp_path, "validate", "--json", str(SMALL))
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["conforms"] in (True, False)
    assert not (tmp_path / "releases").exists()


def test_query_prints_rows_as_csv(sample_home: Path) -> None:
    done = _run(sample_home, "query", "conflicting_figures", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) > 5


@pytest.mark.parametrize("form", ["table", "json", "tsv", "xml", "ttl"])
def test_query_prints_rows_in_every_format(sample_home: Path, form: str) -> None:
    done = _run(sample_home, "query", "conflicting_figures", "--format", form)
    assert done.returncode == 0, done.stderr
    if form == "json":
        assert json.loads(done.stdout)["results"]["bindings"]
    elif form == "ttl":
        assert len(list(ox.parse(done.stdout.encode(), format=ox.RdfFormat.TURTLE))) > 20
    elif form == "xml":
        assert list(ox.parse_query_results(done.stdout.encode(), format=ox.QueryResultsFormat.XML))  # type: ignore[arg-type]
    else:
        assert len(done.stdout.splitlines()) > 5


def test_every_query_of_the_library_is_a_command_with_help(sample_home: Path) -> None:
    listed = _run(sample_home, "query", "--help").stdout
    for name in library():
        assert name in listed
    name, query = next((n, q) for n, q in library().items() if q.parameters)
    helped = _run(sample_home, "query", name, "--help").stdout
    assert all(f"--{parameter.name}" in helped for parameter in query.parameters)


def test_a_misspelt_query_is_answered_with_near_names(sample_home: Path) -> None:
    done = _run(sample_home, "query", "conflicting_figure")
    assert done.returncode == 6
    assert "conflicting_figures" in done.stderr


def test_sparql_reads_the_query_from_standard_input(sample_home: Path) -> None:
    text = (
        "PREFIX pt: <https://w3id.org/policytrace/ns#> SELECT (COUNT(*) AS ?n) { ?t a pt:LearningTransfer }"
    )
    done = _run(sample_home, "sparql", "-", "--format", "csv", text=text)
    assert done.stdout.split() == ["n", str(len(rows("transfers")))]


def test_sparql_answers_ask_and_construct(sample_home: Path) -> None:
    assert _run(sample_home, "sparql", "ASK { ?s ?p ?o }").stdout == "true\n"
    graph = _run(sample_home, "sparql", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3").stdout
    assert len(list(ox.parse(graph.encode(), format=ox.RdfFormat.TURTLE))) == 3


def test_truth_is_printed_as_the_format_says_or_refused(sample_home: Path) -> None:
    def asked(form: str) -> "subprocess.CompletedProcess[str]":
        return _run(sample_home, "sparql", "ASK { ?s ?p ?o }", "--format", form)

    for kind in (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML):
        printed = asked("json" if kind == ox.QueryResultsFormat.JSON else "xml").stdout
        found = ox.parse_query_results(printed.encode(), format=kind)
        assert isinstance(found, ox.QueryBoolean)
        assert found
    for form in ("csv", "tsv", "ttl"):
        assert asked(form).returncode == 2
        assert f"which {form} cannot hold" in asked(form).stderr


def test_columns_of_a_star_stand_as_the_query_names_them(sample_home: Path) -> None:
    query = "SELECT DISTINCT * { ?s ?p ?o FILTER (?o != ?s) } LIMIT 1"
    assert _run(sample_home, "sparql", query, "--format", "csv").stdout.startswith("s,p,o")
    named = "SELECT ?p ?o ?s { ?s ?p ?o } LIMIT 1"
    assert _run(sample_home, "sparql", named, "--format", "csv").stdout.startswith("p,o,s")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--measure nope", "nothing in this release is called"),
        ("--measure me-playful-npti-slig", "Did you mean me-playful-npti-sligo?"),
        ("--measure practice/gp-ergo", "is a pt:GoodPractice, and this question is about a pt:Measure"),
    ],
)
def test_what_is_unknown_is_no_empty_answer(sample_home: Path, arguments: str, expected: str) -> None:
    done = _run(sample_home, "query", "measure_origins", *arguments.split())
    assert done.returncode == 6
    assert not done.stdout
    assert expected in done.stderr


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s ?p }", "Line 1, column 19"),
        ("DELETE WHERE { ?s ?p ?o }", ""),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(sample_home: Path, query: str, expected: str) -> None:
    done = _run(sample_home, "sparql", query)
    assert done.returncode == 6
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_describe_names_statements_and_rows(sample_home: Path) -> None:
    done = _run(sample_home, "describe", "practice/gp-aula-emprende")
    assert done.returncode == 0, done.stderr
    assert "good_practices.csv, row " in done.stdout
    assert "is pt:source of" in done.stdout
    assert json.loads(_run(sample_home, "describe", "--json", "practice/gp-aula-emprende").stdout)["records"]


def test_describe_of_nothing_fails(sample_home: Path) -> None:
    done = _run(sample_home, "describe", "practice/none")
    assert done.returncode == 1
    assert "nothing is known of practice/none" in done.stderr


def test_export_writes_what_can_be_read_again(sample_home: Path, tmp_path: Path) -> None:
    whole, merged = tmp_path / "all.nq", tmp_path / "merged.ttl"
    assert _run(sample_home, "export", str(whole)).returncode == 0
    assert _run(sample_home, "export", str(merged), "--graph", "default").returncode == 0
    quads = sum(1 for _ in ox.parse(path=str(whole)))
    assert quads > sum(1 for _ in ox.parse(path=str(merged))) > 10_000


def test_export_of_all_graphs_to_a_format_of_one_graph_says_what_to_do(
    sample_home: Path, tmp_path: Path
) -> None:
    done = _run(sample_home, "export", str(tmp_path / "all.ttl"))
    assert done.returncode == 2
    assert "--graph default" in done.stderr


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("export", "{folder}/one.ttl", "--graph", "nothing"), "there is no graph"),
        (("sparql", "DESCRIBE <urn:x>", "--format", "csv"), "Turtle"),
        (("template", "{folder}/template.ods"), "the ending must be .xlsx"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_way_out(
    sample_home: Path, tmp_path: Path, command: tuple[str, ...], expected: str
) -> None:
    done = _run(sample_home, *(part.format(folder=tmp_path) for part in command))
    assert done.returncode == 2
    assert expected in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_named(sample_home: Path, tmp_path: Path) -> None:
    done = _run(sample_home, "export", str(tmp_path / "missing" / "all.nq"))
    assert done.returncode == 1
    assert "missing/all.nq" in done.stderr


def test_a_reader_that_has_enough_is_no_error(sample_home: Path) -> None:
    command = [sys.executable, "-m", "policytrace", "--home", str(sample_home), "sparql"]
    query = ["SELECT * { ?s ?p ?o }", "--format", "csv"]
    with subprocess.Popen([*command, *query], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""


def test_stats_are_the_manifest(sample_home: Path) -> None:
    assert json.loads(_run(sample_home, "stats", "--json").stdout)["things"]["good_practices"] == len(
        rows("good_practices")
    )
    assert "realised" in _run(sample_home, "stats").stdout


def test_without_a_release_the_way_out_is_named(tmp_path: Path) -> None:
    done = _run(tmp_path, "stats")
    assert done.returncode == 5
    assert "Run: policytrace build" in done.stderr


def test_shell_completion_knows_commands_and_queries(sample_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policytrace"],
        env={
            **os.environ,
            "_POLICYTRACE_COMPLETE": "bash_complete",
            "COMP_WORDS": "policytrace query conflicting_",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "conflicting_figures" in done.stdout
