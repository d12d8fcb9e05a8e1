"""What a client sends has a length: longer is refused, everywhere, before anything works on it."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from folders import ROOT

from policytrace.graph.releases.release import Release
from policytrace.graph.search.fuzzy import LONGEST_WORD, WORDS, similar_things
from policytrace.graph.search.index import Index
from policytrace.graph.search.index_writer import FILE
from policytrace.server.http import content_coding, negotiation
from policytrace.server.limits import input_lengths
from policytrace.server.limits.input_lengths import HEADER, NUMBER, PARAMETERS, PATH, VALUE

LONG = 20_000
REFUSED = (400, 414, 431)
NAMED = re.compile(r"args\.(?:get|getlist)\(\s*\"(\w+)\"|OPTIONS\[\"(\w+)\"\]|_asked\(\"(\w+)\"\)")
OF_QUERIES = ("query", "q")


def _parameters() -> list[str]:
    """The parameters that the code reads from addresses, and those of questions and facets."""
    found = {"from", "to", "theme", "region", "project", "year", "kind", "limit", "default-graph-uri"}
    for path in (ROOT / "server").rglob("*.py"):
        for names in NAMED.findall(path.read_text("utf-8")):
            found |= {name for name in names if name}
    return sorted(found)


def _addresses(client: FlaskClient) -> Iterator[str]:
    """One address of every route, with a word in the place of what it takes."""
    for rule in client.application.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield re.sub(r"<[^>]+>", "x", rule.rule)


def test_a_long_parameter_is_refused_at_every_address(client: FlaskClient) -> None:
    names, addresses = _parameters(), set(_addresses(client))
    assert len(names) > 20
    assert len(addresses) > 60
    for address in sorted(addresses - {"/sparql"}):
        for length in (LONG, VALUE + 1):
            answer = client.get(address, query_string={"q": "x" * length})
            assert answer.status_code in REFUSED, (address, length)
    for name in names:
        answer = client.get("/paths", query_string={name: "x" * (VALUE + 1)})
        assert (answer.status_code, answer.get_json()["title"]) == (400, "Parameter too long"), name
        if name not in OF_QUERIES:
            answer = client.get("/sparql", query_string={name: "x" * (VALUE + 1)})
            assert answer.status_code == 400, name


def test_what_is_long_is_named_with_its_limit(client: FlaskClient) -> None:
    path = client.get(f"/doc/practice/{'x' * PATH}")
    assert (path.status_code, f"{PATH:,} characters" in path.get_json()["detail"]) == (414, True)
    whole = client.get("/search?" + "&".join(f"a{n}={'x' * 90}" for n in range(PARAMETERS // 90)))
    assert (whole.status_code, f"{PARAMETERS:,} characters" in whole.get_json()["detail"]) == (414, True)
    many = client.get("/search?" + "&".join(f"a{n}=x" for n in range(NUMBER + 1)))
    assert (many.status_code, str(NUMBER) in many.get_json()["detail"]) == (400, True)
    for name in input_lengths.CHOOSING.values():
        for address in ("/", "/search?q=x", "/sparql?query=ASK{}", "/doc/practice/gp-ergo"):
            answer = client.get(address, headers={name: "a/b," * (HEADER // 4 + 1)})
            assert (answer.status_code, name in answer.text) == (431, True), (name, address)


def test_a_query_may_be_longer(client: FlaskClient) -> None:
    query = f"ASK {{}} # {'x' * LONG}"
    assert client.get("/sparql", query_string={"query": query}).status_code == 200
    assert client.post("/sparql", data={"query": query}).status_code == 200


@pytest.mark.parametrize("address", ["/paths", "/api/paths", "/report/paths", "/picture/paths.svg"])
def test_a_question_names_so_many_things(client: FlaskClient, address: str) -> None:
    for values in (["x"] * 51, ["x " * 51], ["x," * 51]):
        answer = client.get(address, query_string={"from": values})
        assert (answer.status_code, "50 values" in answer.text) == (400, True)


def test_similar_names_are_looked_for_so_many_times(sample_release: Release) -> None:
    index, asked = Index.open(sample_release.path / FILE), list[str]()

    def search(text: str) -> list[str]:
        asked.append(text)
        return index.search(text)

    for text in ("x" * LONG, "xy " * LONG, "/".join(["abc"] * LONG), "-".join(["zzz"] * LONG)):
        asked.clear()
        similar_things(search, text)
        assert len(asked) <= WORDS + LONGEST_WORD
        assert max(map(len, asked)) <= 300


def test_a_header_is_read_up_to_a_number_of_ranges() -> None:
    assert len(negotiation.ranges("a/b," * LONG)) == negotiation.RANGES
    assert content_coding.choose("x, " * content_coding.CODINGS + "gzip") == ""
