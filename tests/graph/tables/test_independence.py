"""How a publisher stands to a claim."""

import pytest

from policytrace.graph.tables.independence import Parties, Publisher, relation

PARTIES = Parties(
    givers={"giver"}, receivers={"receiver"}, participants={"giver", "receiver", "partner"}, project="alpha"
)


@pytest.mark.parametrize(
    ("publisher", "code"),
    [
        (None, "unknown"),
        (Publisher("organisation", "giver"), "giver"),
        (Publisher("public-authority", "receiver"), "receiver"),
        (Publisher("organisation", "partner"), "project"),
        (Publisher("organisation", "stranger"), "third-party"),
        (Publisher("organisation"), "third-party"),
        (Publisher("media"), "third-party"),
        (Publisher("project", project="alpha"), "project"),
        (Publisher("project", project="beta"), "programme"),
        (Publisher("programme", project="alpha"), "programme"),
    ],
)
def test_who_publishes_stands_in_one_relation_to_a_claim(publisher: Publisher | None, code: str) -> None:
    assert relation(publisher, PARTIES) == code


def test_without_a_project_no_project_speaks_for_itself() -> None:
    assert relation(Publisher("project"), Parties()) == "programme"
