"""Answers about transfer paths on the sample: what they say, what they never say, in every format."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import openpyxl
import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef

from policytrace.graph.hops.arrays import FOLDER, HopArrays, HopArraysError
from policytrace.graph.lookup.reader import ONTOLOGY
from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.ends import UnknownThingError
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.paths.permalink import PathIdError
from policytrace.graph.paths.request import QuestionError
from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.engine import OxigraphEngine
from policytrace.graph.validation.validate import validate
from policytrace.graph.vocabulary.terms import ID, PT, expand

CHAIN = {"from": ["practice/gp-playful-paradigm"], "to": ["measure/me-playful-npti-sligo"]}


@pytest.fixture(scope="module")
def graph(sample_release: Release) -> PathGraph:
    return PathGraph.open(sample_release, OxigraphEngine(sample_release.open()))


@pytest.fixture(scope="module")
def ask(graph: PathGraph) -> Callable[..., Answer]:
    def asked(**options: str) -> Answer:
        return graph.answer({name.removesuffix("_"): value.split() for name, value in options.items()})

    return asked


def ends(answer: Answer) -> list[list[str]]:
    """The things along each path, by the ends of their identifiers."""
    return [
        [
            path.hops[0].start.id.rpartition("/")[2],
            *(hop.end.id.rpartition("/")[2] for hop in path.hops),
        ]
        for path in answer.paths
    ]


def test_a_chain_over_two_projects_is_found_with_evidence_at_every_hop(graph: PathGraph) -> None:
    answer = graph.answer(CHAIN)
    assert ends(answer) == [
        ["gp-playful-paradigm", "me-playful-paradigm-cork", "gp-cork-play", "me-playful-npti-sligo"]
    ]
    (path,) = answer.paths
    assert [hop.kind for hop in path.hops] == ["inspires", "documented-as", "inspires"]
    assert all(line.source and line.direction == "supports" for hop in path.hops for line in hop.evidence)
    assert all(hop.evidence and hop.reasons for hop in path.hops)
    assert path.verdict.strength == "weak"
    assert path.verdict.weakest_hop == path.hops[2].id
    assert "hop 3 of 3" in path.verdict.sentence
    assert not answer.truncated
    assert answer.rules["strength"]


def test_a_refusal_is_no_influence_until_considered_hops_are_asked_for(ask: Callable[..., Answer]) -> None:
    realised = ask(from_="practice/gp-chemnitz-agency")
    assert {hop.layer for path in realised.paths for hop in path.hops} == {"realised"}
    wider = ask(from_="practice/gp-chemnitz-agency", layer="realised considered")
    refused = [hop for path in wider.paths for hop in path.hops if hop.outcome == "rejected"]
    assert {hop.end.id.rpartition("/")[2] for hop in refused} >= {"riga", "turin"}
    assert all("decided against" in hop.sentence and hop.layer == "considered" for hop in refused)
    assert not {hop.id for hop in refused} & {hop.id for path in realised.paths for hop in path.hops}


def test_what_was_passed_on_is_not_joined_with_what_was_learned(ask: Callable[..., Answer]) -> None:
    answer = ask(from_="project/playful-paradigm", question="forward", prefixes="yes")
    for path in answer.paths:
        kinds = {hop.kind for hop in path.hops}
        assert len({kind == "gives-to" for kind in kinds}) == 1


EXPORT = {"from_": "practice/gp-ergo", "to": "measure/me-gavleborg-export-centre"}
SLIGO = {"from_": "practice/gp-playful-paradigm", "to": "measure/me-playful-npti-sligo"}
RIGA = {"from_": "practice/gp-chemnitz-agency", "to": "region/riga", "expand": "no"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (SLIGO | {"from_": "practice/gp-ergo"}, "unreachable"),
        (SLIGO | {"max_hops": "2"}, "beyond-hop-limit"),
        (EXPORT | {"min_strength": "very-strong"}, "excluded-by-filter"),
        (EXPORT | {"since": "2024"}, "excluded-by-filter"),
        (EXPORT | {"since": "2024", "kind": "teaches"}, "excluded-by-filter"),
        (RIGA, "only-considered"),
    ],
)
def test_no_path_says_why(ask: Callable[..., Answer], options: dict[str, str], code: str) -> None:
    answer = ask(**options)
    assert answer.paths == ()
    assert answer.no_path is not None
    assert answer.no_path["code"] == code
    assert answer.no_path["sentence"] in answer.reason
    assert ("max_hops" in answer.bound) == (code == "beyond-hop-limit")


def test_no_path_names_the_nearest_things_and_the_other_way_round(ask: Callable[..., Answer]) -> None:
    answer = ask(from_="measure/me-playful-npti-sligo", to="practice/gp-playful-paradigm")
    assert answer.no_path is not None
    assert answer.no_path["reversed"] is True
    forth = ask(from_="practice/gp-playful-paradigm", to="practice/gp-ergo")
    assert forth.no_path is not None
    assert forth.no_path["reached"]
    assert all(thing["label"] for thing in forth.no_path["reached"])


def test_regions_countries_projects_and_organisations_stand_for_their_things(
    ask: Callable[..., Answer],
) -> None:
    assert len(ask(from_="region/udine", to="region/cork").paths) > len(
        ask(from_="region/udine", to="region/cork", expand="no").paths
    )
    assert ask(from_="country/IT", to="country/IE").paths
    assert ask(from_="organisation/city-udine").paths
    assert ask(question="backward", to="project/upgradesme").paths


def test_a_limit_that_binds_is_reported_and_the_strongest_paths_are_kept(ask: Callable[..., Answer]) -> None:
    every = ask(from_="practice/gp-playful-paradigm")
    few = ask(from_="practice/gp-playful-paradigm", max_paths="3")
    assert not every.truncated
    assert few.truncated
    assert few.bound == ("max_paths",)
    assert few.total == every.total == len(every.paths)
    assert [path.id for path in few.paths] == [path.id for path in every.paths[:3]]


@pytest.mark.parametrize(
    ("options", "option", "words"),
    [
        ({"form": ["x"]}, "form", "Did you mean from"),
        ({}, "from", "needs a beginning"),
        ({"from": ["practice/gp-ergo"], "layer": ["realisd"]}, "layer", "Did you mean realised"),
        ({"from": ["practice/gp-ergo"], "max_hops": ["-1"]}, "max_hops", "from 1 to 12"),
        ({"from": ["practice/gp-ergo"], "max_paths": ["999999999999"]}, "max_paths", "from 1 to 10,000"),
        ({"from": ["practice/gp-ergo"], "since": ["2020"], "until": ["2019"]}, "until", "before since"),
        ({"from": ["practice/gp-ergo"], "since": ["soon"]}, "since", "no date"),
        ({"from": ["practice/gp-ergo"], "to": ["practice/gp-ergo"]}, "to", "same thing"),
        ({"from": ["practice/gp-ergo"], "question": ["backward"]}, "from", "ask between"),
        ({"from": ["ergo"]}, "from", "no identifier"),
        ({"from": ["practice/gp-ergo\u202e>"]}, "from", "character"),
        ({"from": ["transfer/tr-playful-paradigm-cork"]}, "from", "begins or ends with a transfer"),
        ({"from": ["practice/gp-ergo"], "min_strength": ["weak", "strong"]}, "min_strength", "one value"),
    ],
)
def test_a_wrong_option_is_named_with_the_way_out(
    graph: PathGraph, options: dict[str, list[str]], option: str, words: str
) -> None:
    with pytest.raises(QuestionError, match=words) as caught:
        graph.answer(options)
    assert caught.value.option == option


def test_an_unknown_thing_is_named(graph: PathGraph) -> None:
    with pytest.raises(UnknownThingError, match="id/practice/gp-nowhere"):
        graph.answer({"from": ["practice/gp-nowhere"]})


@pytest.fixture(scope="module")
def wide(ask: Callable[..., Answer]) -> Answer:
    """An answer with hops of every layer and kind of transfer."""
    return ask(from_="project/altbau practice/gp-playful-paradigm", layer="realised considered opportunity")


def test_json_is_the_contract(graph: PathGraph) -> None:
    found = json.loads(FORMATS["json"].write(graph.answer(CHAIN)))
    assert set(found) >= {
        "question",
        "release",
        "limits",
        "paths",
        "truncated",
        "reason",
        "searched",
        "rules",
    }
    path = found["paths"][0]
    assert set(path) == {"id", "permalink", "hops", "verdict"}
    assert set(path["verdict"]) >= {"strength", "weakest_hop", "gaps"}
    wanted = "id from to kind layer transfer event date stage outcome status strength reasons evidence"
    assert set(path["hops"][0]) >= set(wanted.split())
    assert set(path["hops"][0]["evidence"][0]) >= {"id", "title", "locator", "date", "direction", "source"}
    assert path["id"] == "-".join(hop["id"] for hop in path["hops"])


def test_csv_has_a_row_for_each_hop(wide: Answer) -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"].write(wide).decode(), newline="")))
    assert [row["hop"] for row in rows] == [hop.id for path in wide.paths for hop in path.hops]
    assert {row["truncated"] for row in rows} == {"no"}


def test_the_workbook_opens_without_a_formula_and_tells_where_it_comes_from(wide: Answer) -> None:
    book = openpyxl.load_workbook(io.BytesIO(FORMATS["xlsx"].write(wide)))
    assert book.sheetnames == ["Transfers", "Chains", "Paths", "Evidence", "Codebook", "About"]
    assert book["Paths"].max_row == 1 + sum(len(path.hops) for path in wide.paths)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["release"] == wide.release
    assert about["truncated"] == "no"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
@pytest.mark.parametrize("name", ["ttl", "jsonld", "nt", "rdf"])
def test_rdf_states_influence_of_realised_hops_only(wide: Answer, name: str) -> None:
    data = Graph()
    form = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt", "rdf": "xml"}[name]
    data.parse(data=FORMATS[name].write(wide), format=form)
    influenced = {(str(s), str(o)) for s, o in data.subject_objects(URIRef(expand("prov:wasInfluencedBy")))}
    assert influenced == {
        (hop.end.id, hop.start.id)
        for path in wide.paths
        for hop in path.hops
        if hop.layer == "realised" and hop.kind in ("inspires", "teaches", "gives-to")
    }


def test_rdf_of_an_answer_breaks_no_shape_of_paths_and_hops(wide: Answer, sample_release: Release) -> None:
    store = ox.Store()
    ontology = sample_release.open().quads_for_pattern(None, None, None, ONTOLOGY)
    store.extend(ox.Quad(*quad.triple) for quad in ontology)
    store.load(FORMATS["nt"].write(wide), format=ox.RdfFormat.N_TRIPLES)
    report = validate(store)
    broken = {str(result.shape) for result in report.violations}
    assert not [shape for shape in broken if "HopShape" in shape or "TransferPathShape" in shape]
    assert any(store.quads_for_pattern(None, None, ox.NamedNode(PT + "TransferPath")))


def test_networks_are_read_by_networkx_with_every_hop(wide: Answer) -> None:
    hops = {hop.id for path in wide.paths for hop in path.hops}
    graphml: Any = nx.read_graphml(io.BytesIO(FORMATS["graphml"].write(wide)), force_multigraph=True)
    assert {key for *_, key in graphml.edges(keys=True)} == hops
    linked: Any = nx.node_link_graph(json.loads(FORMATS["nodelink"].write(wide)), edges="links")
    assert {key for *_, key in linked.edges(keys=True)} == hops
    assert all(facts["label"] and facts["layer"] for *_, facts in linked.edges(data=True))


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_same_answer_gives_the_same_bytes(wide: Answer, name: str) -> None:
    if name != "xlsx":
        assert FORMATS[name].write(wide) == FORMATS[name].write(wide)
        return
    one, other = (openpyxl.load_workbook(io.BytesIO(FORMATS[name].write(wide))) for _ in range(2))
    cells = [[[c.value for c in row] for sheet in book for row in sheet.iter_rows()] for book in (one, other)]
    assert cells[0] == cells[1]


def test_a_cited_path_stands_until_its_hops_change(graph: PathGraph) -> None:
    (path,) = graph.answer(CHAIN).paths
    states = [hop.state for hop in path.hops]
    answer, changes = graph.cited(path.id, graph.release, states, lambda: None)
    assert [found.id for found in answer.paths] == [path.id]
    assert [change.change for change in changes] == ["none"] * 3
    _, changes = graph.cited(path.id, graph.release, ["00000000", *states[1:]], lambda: None)
    assert [change.change for change in changes] == ["changed", "none", "none"]
    gone = "-".join(("0" * 20, *path.id.split("-")[1:]))
    answer, changes = graph.cited(gone, "", [], lambda: None)
    assert [change.change for change in changes] == ["gone", "unknown", "unknown"]
    assert answer.paths == ()
    assert "1 of 3 hops of this path are gone." in answer.reason


@pytest.mark.parametrize(
    ("path_id", "words"),
    [
        ("nonsense", "no identifier of a path"),
        ("0" * 20, "another graph"),
        ("-".join(["0" * 20] * 65), "no identifier"),
    ],
)
def test_an_identifier_of_no_path_here_is_refused(graph: PathGraph, path_id: str, words: str) -> None:
    with pytest.raises(PathIdError, match=words):
        graph.cited(path_id, "", [], lambda: None)


def test_hops_that_make_no_chain_are_refused(graph: PathGraph) -> None:
    hops = [hop.id for hop in graph.answer(CHAIN).paths[0].hops]
    with pytest.raises(PathIdError, match="make no path"):
        graph.cited("-".join(reversed(hops)), "", [], lambda: None)


def test_hop_arrays_of_a_newer_version_or_of_none_are_refused(
    sample_release: Release, tmp_path: Path
) -> None:
    with pytest.raises(HopArraysError, match="Build it anew"):
        HopArrays.open(tmp_path)
    meta: dict[str, Any] = json.loads((sample_release.path / FOLDER / "hops.json").read_text("utf-8"))
    (tmp_path / "hops.json").write_text(json.dumps(meta | {"format": 99}), "utf-8")
    with pytest.raises(HopArraysError, match="format 99"):
        HopArrays.open(tmp_path)


def test_arrays_and_rows_hold_the_same_hops(graph: PathGraph, sample_store: ox.Store) -> None:
    text = f"""PREFIX pt: <{PT}> SELECT ?hop ?from ?to ?layer WHERE {{
      VALUES ?layer {{ "realised" "considered" "opportunity" }}
      BIND (IRI(CONCAT("https://w3id.org/policytrace/graph/hops/", ?layer)) AS ?g)
      GRAPH ?g {{ ?hop pt:hopFrom ?from ; pt:hopTo ?to }} }}"""
    answer = sample_store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    rows = {
        (r["hop"].value.removeprefix(ID + "hop/"), r["from"].value, r["to"].value, r["layer"].value)
        for r in answer
    }
    hops = (graph.arrays.hop(number) for number in range(graph.arrays.hop_count))
    assert {(hop.id, hop.start, hop.end, hop.layer) for hop in hops} == rows
