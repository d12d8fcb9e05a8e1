"""Answers count transfers: each once, those that state no hop too, and each way to chain them once."""

import csv
import io
import json

import networkx as nx
import pyoxigraph as ox
import pytest
from folders import TRAPS
from openpyxl import load_workbook

from policytrace.graph.analyses.analyses import report
from policytrace.graph.building.build import build
from policytrace.graph.library import answers
from policytrace.graph.library.queries import run
from policytrace.graph.paths.answer import VERSION, Answer
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.formats.text import as_text
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.releases.release import Releases
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.vocabulary.terms import expand, thing

BOTH = ["realised", "considered"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> PathGraph:
    home = tmp_path_factory.mktemp("traps")
    build([TRAPS], home)
    release = Releases(home).current()
    assert release is not None
    return PathGraph.open(release, OxigraphEngine.open(release.store_path))


def _names(answer: Answer, *, direct: bool | None = None) -> set[str]:
    return {one.id.rpartition("/")[2] for one in answer.transfers if direct is None or one.direct is direct}


def test_a_transfer_that_states_no_hop_is_an_answer(graph: PathGraph) -> None:
    answer = graph.answer({"to": ["country/ES"], "layer": ["considered"]})
    assert "tr-no-giver" in _names(answer, direct=True)
    alone = [chain for chain in answer.chains if not chain.paths]
    assert (thing("transfer", "tr-no-giver"),) in {chain.transfers for chain in alone}
    assert answer.no_path is None


@pytest.mark.parametrize("end", ["from", "to"])
def test_what_a_border_region_gave_counts_for_both_countries(graph: PathGraph, end: str) -> None:
    for country in ("ES", "PT"):
        options = {"from": [f"country/{country}"], "layer": BOTH} | (
            {"to": ["country/FR"]} if end == "to" else {}
        )
        assert "tr-regions-only" in _names(graph.answer(options), direct=True)


def test_each_transfer_and_each_sequence_of_them_stands_once(graph: PathGraph) -> None:
    answer = graph.answer({"from": ["practice/gp-boats"], "layer": BOTH, "max_paths": ["1000"]})
    assert len({one.id for one in answer.transfers}) == len(answer.transfers) == answer.counts["transfers"]
    assert len({chain.transfers for chain in answer.chains}) == len(answer.chains)
    paths = {path.id: path for path in answer.paths}
    assert len(paths) > len(answer.chains), "one transfer gives several hops"
    for chain in answer.chains:
        for path in chain.paths:
            told = dict.fromkeys(hop.transfer.id for hop in paths[path].hops if hop.transfer)
            assert tuple(told) == chain.transfers
    assert _names(answer, direct=False) == {"tr-onward", "tr-alias-gives"}


def test_limits_of_paths_leave_the_number_of_transfers_as_it_is(graph: PathGraph) -> None:
    options = {"from": ["practice/gp-boats"], "layer": BOTH}
    whole, one = graph.answer(options), graph.answer({**options, "max_paths": ["1"]})
    assert one.counts == whole.counts
    assert one.truncated
    assert "max_paths" in one.bound


@pytest.mark.parametrize(
    ("options", "without"),
    [
        ({"min_strength": ["very-strong"]}, {"tr-no-giver"}),
        ({"stage": ["committed"]}, {"tr-no-giver"}),
        ({"project": ["beta"]}, {"tr-no-giver"}),
        ({"region": ["toulouse"]}, {"tr-no-giver"}),
        ({"until": ["2010"]}, {"tr-no-giver"}),
        ({"kind": ["improves"]}, {"tr-no-giver"}),
        ({"expand": ["no"]}, {"tr-no-giver"}),
    ],
)
def test_filters_hold_for_transfers_that_state_no_hop(
    graph: PathGraph, options: dict[str, list[str]], without: set[str]
) -> None:
    asked = {"to": ["country/ES"], "layer": BOTH}
    assert without <= _names(graph.answer(asked))
    assert not without & _names(graph.answer(asked | options))


def test_every_format_names_the_transfers_and_chains(graph: PathGraph) -> None:
    answer = graph.answer({"to": ["country/ES"], "layer": BOTH})
    ids = {one.id for one in answer.transfers}
    told = json.loads(FORMATS["json"].write(answer))
    assert told["version"] == VERSION
    assert {one["id"] for one in told["transfers"]} == ids
    assert [tuple(one["transfers"]) for one in told["chains"]] == [one.transfers for one in answer.chains]
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(answer).decode())))
    assert {row["transfer"] for row in rows} - {""} == ids
    assert {int(row["chain"]) for row in rows if row["chain"]} == set(range(1, len(answer.chains) + 1))
    book = load_workbook(io.BytesIO(FORMATS["xlsx"].write(answer)))
    assert {row[0].value for row in book["Transfers"].iter_rows(min_row=2)} == ids
    assert {row[0].value for row in book["Chains"].iter_rows(min_row=2)} == set(
        range(1, len(answer.chains) + 1)
    )
    triples = list(ox.parse(FORMATS["nt"].write(answer), format=ox.RdfFormat.N_TRIPLES))
    layer = ox.NamedNode(expand("pt:layer"))
    assert {quad.subject.value for quad in triples if quad.predicate == layer} == ids
    network = nx.node_link_graph(json.loads(FORMATS["nodelink"].write(answer)), edges="links")
    assert set(json.loads(network.graph["transfers"])) == ids
    assert as_text(answer).startswith(f"{len(ids)} transfers")


def test_brokers_of_the_query_and_of_the_analysis_are_the_same(graph: PathGraph) -> None:
    rows = report(graph, "brokers", {}).as_dict()["rows"]
    mine = {row["broker"]["id"]: row["through"] for row in rows if row["through"]}
    found = run(graph.engine, "brokers", {})
    told = [dict(zip(found.variables, row, strict=True)) for row in found.rows]
    theirs = {
        row["broker"].value: int(row["transfers"].value)
        for row in told
        if row["broker"] and row["transfers"] and row["kind"] and row["kind"].value != "event"
    }
    assert mine
    assert mine == theirs


def test_rows_that_name_transfers_cite_passages(graph: PathGraph) -> None:
    found = answers.ask(graph.engine, "learning_relations", {"project": "alpha"})
    at = [found.variables.index(name) for name in ("transfer", "passages")]
    pairs = [(row[at[0]], row[at[1]]) for row in found.rows]
    cited = {one.value: passages.value for one, passages in pairs if one and passages}
    assert cited
    for transfer, passages in cited.items():
        text = (
            f"SELECT ?at {{ ?line <{expand('pt:evidenceFor')}> <{transfer}> ; <{expand('pt:passage')}> ?at }}"
        )
        asked = graph.engine.query(text)
        assert len(passages.split(" ; ")) <= len(asked.rows)  # type: ignore[union-attr]
        assert passages.startswith("https://")
    assert "passages" not in answers.ask(graph.engine, "project_partners", {}).variables
