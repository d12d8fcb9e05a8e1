"""A release in a notebook: rows, frames, graphs; the recipes of docs/guide/notebooks.md run as they stand."""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import networkx as nx
import pandas as pd
import polars as pl
import pyoxigraph as ox
import pytest
from folders import ROOT

import policytrace
from policytrace import OpenedRelease, open_release
from policytrace.graph.library.queries import run
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.releases.release import Release, ReleaseError
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.sparql.parameters import ParameterError
from policytrace.graph.sparql.syntax import QueryError
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

RECIPES = (ROOT / "docs" / "guide" / "notebooks.md").read_text("utf-8")
ID = "https://w3id.org/policytrace/id/"


def _blocks(language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", RECIPES, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def release(sample_home: Path) -> OpenedRelease:
    return open_release(home=sample_home)


def test_the_current_release_is_opened(release: OpenedRelease, sample_release: Release) -> None:
    assert release.id == sample_release.id
    assert release.manifest["triples"]["default"] > 0
    assert open_release(sample_release.id, home=sample_release.path.parent.parent).id == release.id
    assert policytrace.open_release is open_release


def test_no_release_is_explained(tmp_path: Path, sample_home: Path) -> None:
    with pytest.raises(ReleaseError, match="policytrace build"):
        open_release(home=tmp_path)
    with pytest.raises(ReleaseError, match="there is no release 'x'"):
        open_release("x", home=sample_home)


def test_a_library_query_gives_its_rows(release: OpenedRelease, sample_store: ox.Store) -> None:
    expected = run(OxigraphEngine(sample_store), "project_partners", {"project": ""})
    assert release.query("project_partners", project=None) == expected
    with pytest.raises(ParameterError, match="Did you mean project"):
        release.query("project_partners", projct="x")
    with pytest.raises(QueryError, match="project_partners"):
        release.query("project_partner")


def test_values_are_bound_as_terms(release: OpenedRelease) -> None:
    answer = release.query(
        "SELECT ?n ?d ?s ?b WHERE { FILTER (BOUND(?n) && BOUND(?d) && BOUND(?s) && BOUND(?b)) }",
        n=3,
        d=date(2020, 2, 1),
        s='"}',
        b=True,
    )
    assert isinstance(answer, Rows)
    assert [term.value for term in answer.rows[0] if term] == ["3", "2020-02-01", '"}', "true"]
    with pytest.raises(TypeError, match="list cannot be bound"):
        release.query("SELECT ?n {}", n=[])


TYPED = """SELECT * {
  VALUES (?n ?m ?d ?b ?i ?u) {
    (3 1.50 "2020-02-01"^^<http://www.w3.org/2001/XMLSchema#date> true <urn:x> UNDEF)
  }
}"""


@pytest.mark.parametrize("frames", ["pandas", "polars"])
def test_frames_hold_python_values(release: OpenedRelease, frames: str) -> None:
    found = release.frame(TYPED, frames=frames)  # type: ignore[arg-type]
    assert isinstance(found, pd.DataFrame if frames == "pandas" else pl.DataFrame)
    row = found.to_dict("records")[0] if isinstance(found, pd.DataFrame) else found.to_dicts()[0]
    assert row == {"n": 3, "m": Decimal("1.50"), "d": date(2020, 2, 1), "b": True, "i": "urn:x", "u": None}
    with pytest.raises(QueryError, match="SELECT"):
        release.frame("ASK {}")


def test_a_frame_without_a_library_for_it_is_explained(
    release: OpenedRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert isinstance(release.frame("brokers"), pl.DataFrame)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ModuleNotFoundError, match=r"policytrace\[notebook\]"):
        release.frame("brokers")


def test_the_graph_has_every_hop_once(release: OpenedRelease) -> None:
    counts = release.manifest["hops"]
    realised = release.graph()
    assert isinstance(realised, nx.MultiDiGraph)
    assert realised.number_of_edges() == counts["realised"]
    assert {edge["layer"] for *_, edge in realised.edges(data=True)} == {"realised"}
    whole = release.graph("realised", "considered", "opportunity")
    assert whole.number_of_edges() == sum(counts.values())
    assert all(whole.nodes[node]["label"] for node in whole)
    _, _, edge = next(iter(realised.edges(data=True)))
    assert edge["kind"]
    assert ("transfer" in edge) != ("record" in edge)
    with pytest.raises(ValueError, match="realised, considered"):
        release.graph("hoped")


def test_paths_are_those_of_the_command(release: OpenedRelease, sample_home: Path) -> None:
    answer = release.paths(
        from_=["practice/gp-playful-paradigm"], to="measure/me-playful-npti-sligo", max_hops=4
    )
    assert [len(path.hops) for path in answer.paths] == [3]
    assert answer.limits["max_hops"] == 4
    assert all(hop.evidence for path in answer.paths for hop in path.hops)
    by_rdflib = open_release(home=sample_home, engine="rdflib").paths(from_="practice/gp-ergo")
    assert by_rdflib.paths == release.paths(from_="practice/gp-ergo").paths
    with pytest.raises(QuestionError, match="Did you mean layer"):
        release.paths(from_="practice/gp-ergo", layr="realised")


def test_rdflib_gives_the_same(release: OpenedRelease, sample_home: Path) -> None:
    slow = open_release(home=sample_home, engine="rdflib")
    assert slow.query("brokers", kind="event") == release.query("brokers", kind="event")


def test_python_recipes_run(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POLICYTRACE_HOME", str(sample_home))
    code = _blocks("python")
    assert code.count("open_release") >= 2
    exec(compile(code, "docs/guide/notebooks.md", "exec"), {})  # noqa: S102
    printed = capsys.readouterr().out
    assert "ERGO" in printed
    assert f"{ID}transfer/" in printed


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(sample_home: Path) -> Iterator[str]:
    app = create_app(Settings(home=sample_home, query_processes=1))
    server: WSGIServer = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()
    app.extensions["policytrace"].pool.close()


def test_r_recipes_run(address: str, tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed (Debian package r-base-core)")
    script = tmp_path / "recipes.R"
    script.write_text(_blocks("r"), "utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", str(script)],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "POLICYTRACE_SITE": address, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Spain" in done.stdout
    assert "stage/implemented" in done.stdout
