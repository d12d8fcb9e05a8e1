"""The published rule of strength, the facts it looks at, and where people overrule it."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
from folders import SMALL

from policytrace.graph.building.build import build
from policytrace.graph.reasoning.claim_facts import Facts, collect_facts
from policytrace.graph.reasoning.strength import (
    Criterion,
    judge,
    judgement,
    level,
    points,
    remedies,
    rise,
    rule,
    what_would_raise,
)
from policytrace.graph.vocabulary.problems import ShapeError
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.terms import PREFIXES, concept, thing

BEST = Facts(
    confidence="high",
    status="validated",
    source="practice",
    documents={"a", "b", "c"},
    supporters={"paper", "receiver", "project"},
    third_party=2,
    first_hand=1,
    locators=1,
)
MOST = 8
SINGLE = {"documents": {"a"}, "supporters": {"project"}}


def _best(**changed: object) -> Facts:
    return Facts(**{name: changed.get(name, getattr(BEST, name)) for name in BEST.__slots__})  # type: ignore[arg-type]


def test_nothing_known_is_very_weak_and_says_what_is_missing() -> None:
    total, reasons = points(Facts())
    assert (total, level(total)) == (0, "very-weak")
    assert "no place in a document is given" in reasons
    assert [remedy.words for remedy in remedies(Facts())] == [
        criterion.remedy for criterion in rule().criteria if criterion.remedy
    ]


def test_everything_known_is_very_strong_and_misses_nothing() -> None:
    total, reasons = points(BEST)
    assert (total, level(total)) == (MOST, "very-strong")
    assert "3 sources support it (+1)" in reasons
    assert remedies(BEST) == ()


@pytest.mark.parametrize(
    ("name", "value", "points_lost", "reason"),
    [
        ("documents", set(), 1, "no source supports it"),
        ("supporters", {"project"}, 1, "no second publisher is known to support it"),
        ("supporters", {"project", ""}, 1, "no second publisher is known to support it"),
        ("third_party", 0, 1, "no third party is known to support it"),
        ("first_hand", 0, 1, "it is not known to be told at first hand"),
        ("confidence", "medium", 1, "the source does not say all of it directly"),
        ("confidence", "low", 2, "the source says it only indirectly (-1)"),
        ("source", "", 1, "what was learned from is not named as a practice, proposal or measure"),
        ("source", "exchange", 1, "what was learned from is not named as a practice, proposal or measure"),
        ("source", "event", 1, "what was learned from is not named as a practice, proposal or measure"),
        ("source", "recommendation", 0, "what was learned from is named (+1)"),
        ("locators", 0, 1, "no place in a document is given"),
        ("status", "documented", 1, "nobody independent is known to have confirmed it"),
        ("status", "substantiated", 0, "somebody independent confirmed it (+1)"),
        ("status", "withdrawn", 11, "whoever claimed it has withdrawn it (-10)"),
        ("opponents", {"paper"}, 2, "1 publisher weakens it (-2)"),
        ("opponents", {"paper", "ministry", ""}, 4, "2 publishers weaken it (-4)"),
        ("opponents", {""}, 2, "1 publisher weakens it (-2)"),
    ],
)
def test_each_fact_counts_as_the_table_says(name: str, value: object, points_lost: int, reason: str) -> None:
    total, reasons = points(_best(**{name: value}))
    assert total == MOST - points_lost
    assert reason in reasons


def test_more_documents_of_one_publisher_add_nothing() -> None:
    many = Facts(documents={"a", "b", "c"}, supporters={"project"})
    assert points(many)[0] == points(Facts(**SINGLE))[0]  # type: ignore[arg-type]


def test_a_withdrawn_claim_is_very_weak_whatever_else_is_known() -> None:
    assert judgement(_best(status="withdrawn")).level == "very-weak"


def test_a_stated_link_can_reach_the_highest_level_and_is_not_asked_for_a_confirmation() -> None:
    link = _best(kind="structure", source="both-ends", status="", third_party=0)
    total, reasons = points(link)
    assert (total, level(total)) == (6, "strong")
    assert "both ends are named (+1)" in reasons
    assert not any("confirmed" in reason for reason in reasons)
    (remedy,) = remedies(link)
    assert (remedy.points, remedy.level) == (1, "very-strong")


@pytest.mark.parametrize("changed", [{"confidence": "low"}, {"confidence": "medium"}, {"locators": 0}])
def test_a_remedy_gives_what_it_promises(changed: dict[str, object]) -> None:
    facts = _best(**changed)
    (remedy,) = remedies(facts)
    assert points(facts)[0] + remedy.points == MOST
    assert remedy.level == level(MOST)


def test_the_key_of_facts_holds_every_fact_the_rule_looks_at() -> None:
    known = _best()
    for criterion in rule().criteria:
        found = getattr(known, criterion.fact)
        assert found in known.key(), criterion.fact
    for changed in (
        {"documents": {"a"}},
        {"supporters": {"paper"}},
        {"opponents": {"paper"}},
        {"third_party": 9},
        {"first_hand": 9},
        {"locators": 9},
        {"confidence": "low"},
        {"status": "claimed"},
        {"source": ""},
        {"kind": "structure"},
        {"override": "weak"},
        {"override_reason": "why"},
    ):
        assert _best(**changed).key() != known.key(), changed


def test_levels_leave_no_gap_and_their_examples_belong_to_them() -> None:
    levels = rule().levels
    assert levels[0].least is None
    assert levels[-1].most is None
    for lower, higher in pairwise(levels):
        assert lower.most is not None
        assert higher.least == lower.most + 1
        assert higher.most is None or higher.most >= higher.least
    for found in levels:
        assert level(sum(criterion.points for criterion in found.example)) == found.code


@pytest.mark.parametrize(
    ("total", "at"),
    [(-3, 0), (0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (99, 4)],
)
def test_points_give_a_level(total: int, at: int) -> None:
    assert level(total) == LEVELS[at]


@pytest.mark.parametrize("criterion", rule().criteria, ids=lambda criterion: criterion.code)
def test_every_criterion_is_told_and_looks_at_a_fact(criterion: Criterion) -> None:
    assert hasattr(Facts(), criterion.fact)
    assert bool(criterion.one_of) != bool(criterion.at_least)
    assert criterion.about.endswith(".")
    texts = [criterion.words, *criterion.met, criterion.unmet, criterion.remedy]
    assert not any(";" in text for text in texts)
    assert criterion.points < 0 or criterion.remedy or not criterion.unmet


def test_judging_all_claims_gives_each_its_own_judgement(store: ox.Store) -> None:
    assert judge(store) == {claim: judgement(facts) for claim, facts in collect_facts(store).items()}


def test_an_override_shows_both_levels() -> None:
    facts = Facts(override="strong", override_reason="The contract was seen.", **SINGLE)  # type: ignore[arg-type]
    found = judgement(facts)
    assert (found.level, found.computed) == ("strong", "very-weak")
    assert found.override_reason == "The contract was seen."
    assert "1 source supports it (+1)" in found.reasons
    assert judgement(Facts()).computed == ""


GRAPH = """
@prefix pt: <https://w3id.org/policytrace/ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix org: <http://www.w3.org/ns/org#> .
@base <https://w3id.org/policytrace/> .
<id/publisher/site> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/project> ;
  pt:publisherProject <id/project/alpha> .
<id/publisher/blog> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/project> ;
  pt:publisherProject <id/project/alpha> .
<id/publisher/city> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/organisation> ;
  pt:publisherOrganisation <id/organisation/city> .
<id/publisher/partner> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/organisation> ;
  pt:publisherOrganisation <id/organisation/partner> .
<id/publisher/paper> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/media> .
<id/publisher/programme> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/programme> ;
  pt:publisherProject <id/programme/europe> .
<id/publisher/platform> a pt:Publisher ; pt:publisherKind <scheme/publisher-kind/programme> ;
  pt:publisherProject <id/platform/learning> .
<id/platform/learning> pt:fundedBy <id/programme/europe> .
<id/document/programme> a pt:Document ; dct:publisher <id/publisher/programme> .
<id/document/platform> a pt:Document ; dct:publisher <id/publisher/platform> .
<id/link/link> a pt:StructuralLink ; dct:source <id/document/programme> , <id/document/platform> .
<id/document/site> a pt:Document ; dct:publisher <id/publisher/site> .
<id/document/blog> a pt:Document ; dct:publisher <id/publisher/blog> .
<id/document/city> a pt:Document ; dct:publisher <id/publisher/city> .
<id/document/partner> a pt:Document ; dct:publisher <id/publisher/partner> .
<id/document/paper> a pt:Document ; dct:publisher <id/publisher/paper> .
<id/document/unknown> a pt:Document .
<id/membership/m> org:member <id/organisation/partner> ; pt:inProject <id/project/alpha> .
<id/measure/desk> a pt:Measure ; pt:inProject <id/project/alpha> ; pt:responsible <id/organisation/city> ;
  pt:confidence <scheme/confidence/medium> ;
  dct:source <id/document/site> , <id/document/blog> , <id/document/city> , <id/document/unknown> .
<id/plan/plan> a pt:ActionPlan ; pt:inProject <id/project/alpha> ; pt:confidence <scheme/confidence/high> ;
  dct:source <id/document/partner> , <id/document/paper> .
<id/evidence/e1> pt:evidenceFor <id/plan/plan> ; pt:document <id/document/paper> ;
  pt:passage <id/passage/p1> ; pt:direction <scheme/evidence-direction/weakens> .
<id/passage/p1> a pt:Passage ; pt:inDocument <id/document/paper> ; pt:locator "page 3" .
<id/passage/p2> a pt:Passage ; pt:inDocument <id/document/city> ; pt:locator "page 3" .
<id/transfer/t> a pt:LearningTransfer ; pt:confidence <scheme/confidence/high> ;
  pt:claimStatus <scheme/claim-status/claimed> ; pt:sourceKind <scheme/source-kind/practice> ;
  pt:source <id/practice/agency> .
<id/practice/agency> a pt:GoodPractice ; pt:titleIsOurs true .
<id/evidence/e2> pt:evidenceFor <id/transfer/t> ; pt:document <id/document/city> ;
  pt:passage <id/passage/p2> ; pt:publisherRelation <scheme/publisher-relation/receiver> ;
  pt:direction <scheme/evidence-direction/supports> .
"""


@pytest.fixture(scope="module")
def store() -> ox.Store:
    found = ox.Store()
    found.load(GRAPH, format=ox.RdfFormat.TURTLE)
    return found


def test_a_publisher_under_two_names_counts_once(store: ox.Store) -> None:
    desk = collect_facts(store)[thing("measure", "desk")]
    assert (desk.kind, desk.source, desk.confidence) == ("structure", "both-ends", "medium")
    assert (desk.supporting, desk.publishers) == (4, 2)
    assert (desk.first_hand, desk.third_party) == (1, 0)


def test_a_programme_and_its_platform_count_once(store: ox.Store) -> None:
    link = collect_facts(store)[thing("link", "link")]
    assert (link.supporting, link.publishers) == (2, 1)


def test_a_document_that_a_line_describes_counts_as_the_line_says(store: ox.Store) -> None:
    plan = collect_facts(store)[thing("plan", "plan")]
    assert (plan.supporting, plan.weakening, plan.third_party, plan.locators) == (1, 1, 0, 0)


def test_a_practice_that_has_no_name_of_its_own_is_not_named(store: ox.Store) -> None:
    facts = collect_facts(store)[thing("transfer", "t")]
    assert (facts.source, facts.first_hand, facts.locators, facts.publishers) == ("", 1, 1, 1)


def test_the_facts_of_one_claim_are_those_it_has_among_all(store: ox.Store) -> None:
    for claim, facts in collect_facts(store).items():
        assert collect_facts(store, ox.NamedNode(claim)) == {claim: facts}
        assert what_would_raise(store, ox.NamedNode(claim)) == rise(facts)
    assert what_would_raise(store, ox.NamedNode(thing("practice", "agency"))) is None


def test_the_way_to_the_next_level_is_as_long_as_the_rule_says(store: ox.Store) -> None:
    codes = [found.code for found in rule().levels]
    for facts in collect_facts(store).values():
        total, _ = points(facts)
        found = rise(facts)
        assert (found is None) == (level(total) == codes[-1])
        if found is not None:
            assert found.level == level(total + found.points) == codes[codes.index(level(total)) + 1]
            assert level(total + found.points - 1) == level(total)
            assert found.remedies == remedies(facts)


Ask = Callable[[str], list[ox.QuerySolution]]


@pytest.fixture
def ask(sample_store: ox.Store) -> Ask:
    def answer(query: str) -> list[ox.QuerySolution]:
        return list(sample_store.query(f"PREFIX pt: <{PREFIXES['pt']}>{query}"))  # type: ignore[arg-type]

    return answer


def test_every_hop_of_every_layer_has_a_strength_and_says_why(ask: Ask) -> None:
    rows = ask("""
    SELECT ?layer (COUNT(DISTINCT ?hop) AS ?hops) (COUNT(DISTINCT ?judged) AS ?strengths) WHERE {
      GRAPH ?layer {
        ?hop a pt:Hop
        OPTIONAL { ?hop pt:strength ?level ; pt:strengthReason ?why BIND (?hop AS ?judged) }
      }
    } GROUP BY ?layer""")
    assert len(rows) == 3
    for row in rows:
        assert row["hops"] == row["strengths"]


def test_a_hop_is_as_strong_as_the_transfer_that_states_it(ask: Ask) -> None:
    assert not ask("""
    SELECT ?hop WHERE {
      ?hop pt:hopTransfer ?transfer ; pt:strength ?own . ?transfer pt:strength ?its FILTER (?own != ?its)
    }""")


def test_an_override_stands_on_the_transfer_and_on_its_hops(overruled: ox.Store) -> None:
    def value(subject: ox.NamedNode, name: str) -> set[str]:
        quads = overruled.quads_for_pattern(
            subject, ox.NamedNode(PREFIXES["pt"] + name), None, ox.DefaultGraph()
        )
        return {quad.object.value for quad in quads if not isinstance(quad.object, ox.Triple)}

    transfer = ox.NamedNode(thing("transfer", "tr-desk"))
    stated = ox.NamedNode(PREFIXES["pt"] + "hopTransfer")
    hops = [quad.subject for quad in overruled.quads_for_pattern(None, stated, transfer, ox.DefaultGraph())]
    assert len(hops) > 1
    for subject in [transfer, *hops]:
        assert isinstance(subject, ox.NamedNode)
        assert value(subject, "strength") == {concept("strength", "very-weak")}
        assert value(subject, "computedStrength") == {concept("strength", "strong")}
        assert value(subject, "strengthOverrideReason") == {"It {} was a slip."}


def test_an_override_without_reason_is_refused_with_its_row_and_column(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path, dirs_exist_ok=True)
    table = tmp_path / "alpha" / "transfers.csv"
    header, first, *others = table.read_text("utf-8").splitlines()
    rows = [f"{header},strength_override", f"{first},very-strong", *(f"{line}," for line in others)]
    table.write_text("\n".join(rows), "utf-8")
    with pytest.raises(ShapeError) as refused:
        build([tmp_path], tmp_path / "home")
    assert "alpha/transfers.csv" in str(refused.value)
    assert "strength_override_reason" in str(refused.value)
