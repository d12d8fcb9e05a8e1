"""The published rule of strength."""

import pyoxigraph as ox
import pytest

from policytrace.graph.claims import Facts
from policytrace.graph.strength import LEVELS, level, points


def test_nothing_known_is_very_weak_and_says_what_would_help() -> None:
    total, reasons = points(Facts())
    assert (total, level(total)) == (0, "very-weak")
    assert "no place in the document is given" in reasons


def test_every_fact_counts_once() -> None:
    best = Facts(
        confidence="high",
        status="validated",
        direct=True,
        supporting=3,
        third_party=2,
        locators=1,
        publishers={"a", "b"},
    )
    total, reasons = points(best)
    assert (total, level(total)) == (7, "very-strong")
    assert "3 sources support it (+1)" in reasons


def test_more_documents_of_one_publisher_add_nothing() -> None:
    one = Facts(supporting=1, publishers={"a"})
    many = Facts(supporting=9, publishers={"a"})
    assert points(one)[0] == points(many)[0]


def test_each_weakening_source_takes_two_points() -> None:
    facts = Facts(confidence="high", direct=True, supporting=1, publishers={"a"})
    before = points(facts)[0]
    facts.weakening = 2
    total, reasons = points(facts)
    assert total == before - 4
    assert level(total) == "very-weak"
    assert "2 sources weaken it (-4)" in reasons


@pytest.mark.parametrize(
    ("total", "name"),
    [(-3, 0), (0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (5, 3), (6, 4), (99, 4)],
)
def test_points_give_a_level(total: int, name: int) -> None:
    assert level(total) == LEVELS[name]


ANSWERED = """
PREFIX pt: <https://w3id.org/policytrace/ns#>
SELECT ?layer (COUNT(DISTINCT ?hop) AS ?hops) (COUNT(DISTINCT ?judged) AS ?strengths) WHERE {
  GRAPH ?layer {
    ?hop a pt:Hop
    OPTIONAL { ?hop pt:strength ?level ; pt:strengthReason ?why BIND (?hop AS ?judged) }
  }
} GROUP BY ?layer"""


def test_every_hop_of_every_layer_has_a_strength_and_says_why(demo_store: ox.Store) -> None:
    rows = list(demo_store.query(ANSWERED))  # type: ignore[arg-type]
    assert len(rows) == 3
    for row in rows:
        assert row["hops"] == row["strengths"]


def test_a_hop_is_as_strong_as_the_transfer_that_states_it(demo_store: ox.Store) -> None:
    differ = """
    PREFIX pt: <https://w3id.org/policytrace/ns#>
    SELECT ?hop WHERE {
      ?hop pt:hopTransfer ?transfer ; pt:strength ?own . ?transfer pt:strength ?its FILTER (?own != ?its)
    }"""
    assert list(demo_store.query(differ)) == []  # type: ignore[arg-type]
