"""The page on strength: it tells the rule as it is, and its numbers lead to as many rows."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SAMPLE
from oracle import Oracle

from policytrace.graph.reasoning.strength import RULE_VERSION, rule
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.terms import ID, PT
from policytrace.server import create_app
from policytrace.server.analyses.strength import COUNTED
from policytrace.server.operations.settings import Settings

NUMBER = re.compile(r'<td class="number"><a href="(/sparql\?[^"]+)"[^>]*>(\d+)</a></td>')
BROWSER = {"Accept": "text/html"}


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == 200
    return answer.text


@pytest.fixture(scope="module")
def page(client: FlaskClient) -> str:
    return unescape(_page(client, "/strength"))


def test_the_page_tells_the_whole_rule_and_its_version(page: str) -> None:
    assert f"Version <strong>{RULE_VERSION}</strong>" in page
    for level in rule().levels:
        assert f'id="{level.code}"' in page
        assert level.band in page
        assert level.such_as in page
    for criterion in rule().criteria:
        row = page.partition(f'id="criterion-{criterion.code}"')[2].partition("</tr>")[0]
        for told in (f"{criterion.points:+d}", criterion.words, criterion.about, criterion.remedy):
            assert told in row


def test_every_number_leads_to_as_many_rows(page: str, client: FlaskClient) -> None:
    numbers = NUMBER.findall(page)
    assert len(numbers) == len(LEVELS) * len(COUNTED)
    for address, number in numbers:
        answer = client.get(address, headers={"Accept": "text/csv"})
        assert answer.status_code == 200
        assert len(list(csv.DictReader(io.StringIO(answer.text)))) == int(number), address


def test_less_survives_the_higher_the_level(page: str) -> None:
    numbers = [int(number) for _, number in NUMBER.findall(page)]
    for column in range(len(COUNTED)):
        survivors = numbers[column :: len(COUNTED)]
        assert survivors == sorted(survivors, reverse=True)
        assert survivors[0] > survivors[-2] > 0


def test_labels_of_strength_lead_to_the_page(client: FlaskClient) -> None:
    for address in ("/doc/transfer/tr-peers-warminsko", "/browse/transfer"):
        assert 'href="/strength#strong">Strong</a>' in _page(client, address)
    assert 'href="/strength"' in _page(client, "/")


@pytest.fixture(scope="module")
def overruled_client(overruled_home: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings(home=overruled_home, site="http://site.example/", query_processes=1))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def test_a_transfer_shows_both_levels_and_why_people_chose_theirs(overruled_client: FlaskClient) -> None:
    text = _page(overruled_client, "/doc/transfer/tr-desk")
    assert 'href="/strength#very-weak">Very weak</a>' in text
    assert 'href="/strength#strong">Strong</a>' in text
    assert "It {} was a slip." in text


def test_the_page_counts_what_people_overruled(overruled_client: FlaskClient, page: str) -> None:
    assert "No claim of this release is overruled" in page
    found = re.search(r'overruled the rule for <a href="([^"]+)">1</a>', _page(overruled_client, "/strength"))
    assert found
    rows = overruled_client.get(unescape(found[1]), headers={"Accept": "text/csv"}).text.splitlines()
    assert len(rows) == 2
    assert "tr-desk" in rows[1]


def test_a_path_says_that_people_set_its_strength(overruled_client: FlaskClient) -> None:
    answer = overruled_client.get("/api/paths?question=forward&from=practice/gp-house")
    assert answer.json is not None
    verdicts = [path["verdict"] for path in answer.json["paths"]]
    assert verdicts
    for verdict in verdicts:
        assert verdict["strength"] == "very-weak"
        assert verdict["sentence"] == "Very weak: people set it, strong by the rule: It {} was a slip."


def test_what_survives_a_threshold_is_what_the_tables_and_the_levels_give(
    page: str, sample_store: ox.Store
) -> None:
    strength = ox.NamedNode(PT + "strength")
    levels = {
        str(getattr(quad.subject, "value", "")): str(getattr(quad.object, "value", "")).rpartition("/")[2]
        for quad in sample_store.quads_for_pattern(None, strength, None, ox.DefaultGraph())
    }
    numbers = [int(number) for _, number in NUMBER.findall(page)]
    transfers = Oracle(SAMPLE).transfers.values()
    for row, least in enumerate(LEVELS):
        strong = [one for one in transfers if levels[f"{ID}transfer/{one.id}"] in LEVELS[row:]]
        realised = [one for one in strong if one.layer == "realised"]
        measures = {one.measure for one in realised} - {""}
        found = numbers[row * len(COUNTED) :][:3]
        assert found == [len(strong), len(realised), len(measures)], least
