"""The query library on the web: a page, a form and downloads for every question."""

import csv
import html
import io
import re

import pytest
from flask.testing import FlaskClient

from policytrace.graph.library.passages import COLUMN
from policytrace.graph.library.queries import library, run
from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.engine import OxigraphEngine

PAGE = {"Accept": "text/html"}


def test_every_question_is_listed_with_its_words(client: FlaskClient) -> None:
    text = html.unescape(client.get("/queries", headers=PAGE).text)
    for query in library().values():
        assert f'href="/queries/{query.name}"' in text
        assert query.summary in text
    assert "Which good practices were presented, from which region and owner, at which event?" in text


@pytest.mark.parametrize("name", library())
def test_page_shows_form_answer_text_and_downloads(client: FlaskClient, name: str) -> None:
    query = library()[name]
    answer = client.get(f"/queries/{name}", headers=PAGE)
    assert answer.status_code == 200
    text = html.unescape(answer.text)
    for parameter in query.parameters:
        assert f'name="{parameter.name}"' in text
        assert parameter.description in text
    assert query.sparql.strip() in text
    assert re.search(r"<caption>\d+ rows?", text)
    assert f'href="/queries/{name}.csv"' in text
    assert f"curl 'http://site.example/queries/{name}.csv'" in text


@pytest.mark.parametrize("name", library())
def test_download_equals_the_query_run_directly(
    client: FlaskClient, sample_release: Release, name: str
) -> None:
    expected = run(OxigraphEngine.open(sample_release.store_path), name)
    answer = client.get(f"/queries/{name}.json")
    assert answer.mimetype == "application/sparql-results+json"
    found = answer.get_json(force=True)
    named = [v for v in found["head"]["vars"] if v != COLUMN]
    assert tuple(named) == expected.variables
    cells = [
        tuple(row[v]["value"] if v in row else None for v in expected.variables)
        for row in found["results"]["bindings"]
    ]
    assert cells == [tuple(None if term is None else term.value for term in row) for row in expected.rows]


def test_parameter_changes_the_answer(client: FlaskClient) -> None:
    def partners(project: str) -> set[str]:
        text = client.get("/queries/project_partners.csv", query_string={"project": project}).text
        return {row["partner"] for row in csv.DictReader(io.StringIO(text)) if row["partner"]}

    assert partners("upgradesme")
    assert partners("altbau")
    assert not partners("upgradesme") & partners("altbau")
    assert partners("upgradesme") < partners("")


def test_form_offers_what_the_data_hold_and_keeps_the_choice(client: FlaskClient) -> None:
    text = client.get("/queries/project_partners?project=altbau&role=lead", headers=PAGE).text
    assert '<option value="altbau">ALT/BAU</option>' in text
    assert 'value="altbau"' in text
    assert re.search(r'<option value="lead" selected>', text)
    assert "/queries/project_partners.csv?project=altbau&amp;role=lead" in text


def test_things_stand_under_their_name_and_sources_lead_out(client: FlaskClient) -> None:
    text = client.get("/queries/project_partners", headers=PAGE).text
    assert re.search(r'<td[^>]*><a href="/doc/organisation/[^"]+">[A-Z][^<]+</a>', text)
    assert re.search(r'<a href="https?://[^"]+" class="out"', text)
    assert "partnerLabel</th>" not in text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/queries/project_partners?role=chef", 400, "chef"),
        ("/queries/project_partners?nothing=1", 400, "nothing"),
        ("/queries/project_partners?project=nowhere", 400, "nothing in this release"),
        ("/queries/measure_origins?measure=practice/gp-ergo", 400, "is a pt:GoodPractice"),
        ("/queries/measure_origins?measure=me-playful-npti-slig", 400, "Did you mean me-playful-npti-sligo?"),
        ("/queries/statement_sources?predicate=pt:nothing", 400, "nothing in this release"),
        ("/queries/project_partner", 404, "no query called"),
        ("/queries/project_partners?format=docx", 406, "docx"),
    ],
)
def test_mistakes_are_explained(client: FlaskClient, path: str, status: int, words: str) -> None:
    page = client.get(path, headers=PAGE)
    assert page.status_code == status
    assert words in page.text
    report = client.get(path.replace("?", ".json?") if status == 400 else path)
    assert report.status_code == status
    assert report.mimetype == "application/problem+json"


def test_value_is_bound_as_a_term_and_never_as_text(client: FlaskClient) -> None:
    attempts = ["upgradesme> . } DROP ALL #", '"} SERVICE <http://127.0.0.1:9/> {', "x y"]
    for attempt in attempts:
        answer = client.get("/queries/project_partners.json", query_string={"project": attempt})
        assert answer.status_code == 400


def test_query_opens_in_the_sparql_form(client: FlaskClient) -> None:
    page = client.get("/sparql?from=project_partners", headers=PAGE)
    assert library()["project_partners"].sparql.strip() in html.unescape(page.text)
