"""One negotiator gives every client the representation it can read."""

import tomllib
from typing import Any

import pytest
from folders import DATA
from hypothesis import given
from hypothesis import strategies as st

from policytrace.server.http.negotiation import (
    CSV,
    HTML,
    JSON_LD,
    PAGE_AND_GRAPH,
    RDF_XML,
    RESULT_FORMATS,
    TURTLE,
    Format,
    choose,
    named,
    ranges,
    wants_page,
)

CLIENTS: dict[str, dict[str, Any]] = tomllib.loads((DATA / "clients" / "recorded.toml").read_text("utf-8"))
ROWS = (*RESULT_FORMATS, HTML)


def test_at_least_thirty_different_headers_are_recorded() -> None:
    assert len({client.get("accept") for client in CLIENTS.values()}) >= 30


@pytest.mark.parametrize("name", CLIENTS)
def test_recorded_client_gets_a_description_it_reads(name: str) -> None:
    chosen = choose(CLIENTS[name].get("accept"), PAGE_AND_GRAPH)
    assert (chosen.name if chosen else "none") == CLIENTS[name]["thing"]


@pytest.mark.parametrize("name", CLIENTS)
def test_recorded_client_gets_rows_it_reads(name: str) -> None:
    chosen = choose(CLIENTS[name].get("accept"), ROWS)
    assert (chosen.name if chosen else "none") == CLIENTS[name]["rows"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/turtle, text/html", HTML),
        ("text/html;q=0.4, text/turtle;q=0.5", TURTLE),
        ("text/*", TURTLE),
        ("text/*, text/turtle;q=0", HTML),
        ("TEXT/Turtle; Charset=UTF-8", TURTLE),
        ("application/*", JSON_LD),
        ("text/turtle;q=nonsense", None),
        ("", TURTLE),
        ("nonsense", None),
        ("text/turtle;level=1;q=0.2, application/ld+json;q=0.3", JSON_LD),
    ],
)
def test_quality_specificity_and_order_decide(accept: str, expected: object) -> None:
    assert choose(accept, PAGE_AND_GRAPH) == expected


def test_format_is_found_by_extension_synonym_and_media_type() -> None:
    assert named("turtle", PAGE_AND_GRAPH) is TURTLE
    assert named("TTL", PAGE_AND_GRAPH) is TURTLE
    assert named("json", PAGE_AND_GRAPH) is JSON_LD
    assert named("text/csv", RESULT_FORMATS) is CSV
    assert named("application/rdf xml", PAGE_AND_GRAPH) is RDF_XML
    assert named("docx", PAGE_AND_GRAPH) is None


def test_only_browsers_get_problem_pages() -> None:
    assert wants_page(CLIENTS["firefox"]["accept"])
    assert wants_page(CLIENTS["chromium-156"]["accept"])
    assert not wants_page("*/*")
    assert not wants_page(None)
    assert not wants_page("application/sparql-results+json")


@given(st.text(max_size=200))
def test_any_header_is_read_without_error(accept: str) -> None:
    for _, quality in ranges(accept):
        assert 0 <= quality <= 1
    choose(accept, PAGE_AND_GRAPH)


def test_of_equal_formats_the_one_that_was_offered_is_given() -> None:
    for _ in range(2):
        offer = Format("json", "application/json", "JSON")
        assert choose("application/json", (offer,)) is offer
