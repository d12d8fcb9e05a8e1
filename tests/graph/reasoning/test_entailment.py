"""What OWL 2 RL entails from the ontology and a few transfers, by the reference reasoner."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import owlrl  # type: ignore[import-untyped]
import pyoxigraph as ox
import pytest
from folders import DATA, SAMPLE
from owlrl_closure import ERROR, inconsistencies
from rdflib import DCTERMS, OWL, RDF, Graph, Namespace, URIRef
from rdflib.term import Node
from sample_tables import rows

from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.tables.load import load
from policytrace.graph.tables.schema import schema
from policytrace.graph.tables.tables import read

CASES = DATA / "ontology"
ONTOLOGY = Path(str(files("policytrace") / "ontology"))

ID = "https://w3id.org/policytrace/id/"
PROV = Namespace("http://www.w3.org/ns/prov#")
PT = Namespace("https://w3id.org/policytrace/ns#")
SCHEME = "https://w3id.org/policytrace/scheme/"


def closure(name: str) -> Graph:
    """Everything that follows from the ontology, its schemes, the facts of PROV-O and one case."""
    found = Graph()
    for path in (ONTOLOGY / "core.ttl", ONTOLOGY / "alignments.ttl", *(ONTOLOGY / "schemes").glob("*.ttl")):
        found.parse(path)
    found.parse(CASES / "prov.ttl")
    found.parse(CASES / name)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(found)
    return found


@cache
def entailed() -> Graph:
    return closure("transfers.ttl")


def local(term: Node) -> str:
    return str(term).removeprefix(ID)


def pairs(*properties: URIRef) -> set[tuple[str, str]]:
    return {(local(s), local(o)) for p in properties for s, o in entailed().subject_objects(p)}


def test_nothing_contradicts() -> None:
    assert not list(entailed().objects(None, ERROR))
    assert not list(entailed().subjects(RDF.type, OWL.Nothing))


def test_the_sample_contradicts_nothing(tmp_path: Path) -> None:
    facts = Graph()
    facts.parse(ONTOLOGY / "core.ttl")
    facts.parse(CASES / "prov.ttl")
    about_influence = axioms().properties | {str(RDF.type)}
    before = len(facts)
    for quad in ox.parse(path=str(load(read([SAMPLE], schema()), tmp_path).triples)):
        predicate, value = quad.predicate.value, quad.object
        if isinstance(value, ox.NamedNode) and (predicate in about_influence or predicate.startswith(PROV)):
            facts.add((URIRef(str(quad.subject)[1:-1]), URIRef(predicate), URIRef(value.value)))
    assert len(facts) - before > len(rows("*"))
    assert inconsistencies(facts) == []


def test_contradiction_is_noticed() -> None:
    messages = [str(message) for message in closure("inconsistent.ttl").objects(None, ERROR)]
    assert any("Disjoint" in message and "chemnitz-visit" in message for message in messages)


def test_only_realised_transfers_entail_inspiration() -> None:
    assert pairs(PT.inspiredBy) == {
        ("measure/baden-wuerttemberg", "project/upgradesme"),
        ("measure/constanta", "practice/chemnitz-agency"),
    }


def test_only_realised_transfers_entail_influence_on_a_measure() -> None:
    influenced = {s for s, _ in pairs(PROV.wasInfluencedBy) if s.startswith("measure/")}
    assert influenced == {"measure/baden-wuerttemberg", "measure/constanta"}
    reached = {s for s, _ in pairs(PROV.qualifiedInfluence)}
    assert reached == {"measure/baden-wuerttemberg", "measure/constanta"}


def test_only_realised_transfers_entail_learning() -> None:
    assert pairs(PT.learnedFrom) == {
        ("organisation/city-constanta", "organisation/city-chemnitz"),
        ("region/constanta", "region/chemnitz"),
    }
    assert pairs(PT.taught) == {(giver, receiver) for receiver, giver in pairs(PT.learnedFrom)}


def test_every_transfer_that_names_a_measure_is_proposed_for_it() -> None:
    names = ("baden-wuerttemberg", "constanta", "reggio-emilia", "split")
    assert pairs(PT.proposedFor) == {(f"transfer/{name}", f"measure/{name}") for name in names}


@pytest.mark.parametrize(
    ("term", "subject", "value"),
    [
        (PT.inArea, "practice/chemnitz-agency", "region/germany"),
        (PT.contains, "region/germany", "region/chemnitz"),
        (PT.hasPartner, "project/upgradesme", "organisation/sez"),
        (PT.hasStakeholder, "project/upgradesme", "organisation/lvi"),
        (PT.phase, "event/chemnitz-visit", SCHEME + "phase/observe"),
        (PT.shownAt, "practice/chemnitz-agency", "event/chemnitz-visit"),
        (PT.hosts, "organisation/city-chemnitz", "event/chemnitz-visit"),
        (PT.hasMeasure, "plan/baden-wuerttemberg", "measure/baden-wuerttemberg"),
        (DCTERMS.isPartOf, "measure/baden-wuerttemberg", "plan/baden-wuerttemberg"),
        (PT.inspires, "practice/chemnitz-agency", "measure/constanta"),
    ],
)
def test_shortcut_follows(term: URIRef, subject: str, value: str) -> None:
    assert (subject, value) in pairs(term)


def test_partners_and_stakeholders_stay_apart() -> None:
    assert not pairs(PT.hasPartner) & pairs(PT.hasStakeholder)
