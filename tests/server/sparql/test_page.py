"""The page of a query: short links, older releases, workbooks, errors in place, lines for programs."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from thorough import share

from policytrace.graph.building.build import build
from policytrace.graph.library.queries import library
from policytrace.graph.releases.release import Releases
from policytrace.graph.vocabulary.terms import PT, RDFS, SH, XSD, expand
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings
from policytrace.server.sparql import permalink
from policytrace.server.sparql.page import FIRST_QUERY
from policytrace.server.sparql.snippets import snippets

PAGE = {"Accept": "text/html"}
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s a <https://w3id.org/policytrace/ns#Measure> }"


@given(st.text(max_size=2_000))
@settings(max_examples=share(200, 100), deadline=None)
def test_a_short_link_gives_its_query_back(query: str) -> None:
    query = query.encode("utf-8", "ignore").decode()
    link = permalink.shorten(query)
    assert re.fullmatch(r"[\w-]+", link)
    assert permalink.expand(link) == query


def test_links_are_short() -> None:
    assert len(permalink.shorten(FIRST_QUERY)) < len(FIRST_QUERY) / 3
    for query in library().values():
        assert len(permalink.shorten(query.sparql)) < 2_000


def test_links_given_out_stay_valid() -> None:
    words = (Path(permalink.__file__).parent / "permalink-words.txt").read_bytes()
    assert hashlib.sha256(words).hexdigest() == WORDS_DIGEST
    assert permalink.expand(GIVEN_OUT) == FIRST_GIVEN_OUT


WORDS_DIGEST = "e545e88ffcbbdea7d62e008602dbbe0cf054c4d8244aa083dcb526d73d88f3e0"
FIRST_GIVEN_OUT = "SELECT ?practice WHERE { ?practice a pt:GoodPractice } LIMIT 5"
GIVEN_OUT = "ag5qBiAeoEXhjt1YB4k9TAA"


@pytest.mark.parametrize("link", ["x", "a", "b123", "a*", "a" + "A" * 50, GIVEN_OUT[:-6], "a" + "é"])
def test_a_damaged_link_says_so(client: FlaskClient, link: str) -> None:
    answer = client.get("/sparql", query_string={"q": link}, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert "link" in answer.get_json()["title"].lower()


def test_a_link_that_unpacks_without_end_is_refused() -> None:
    bomb = permalink.shorten("a" * (permalink.LONGEST + 1))
    with pytest.raises(permalink.LinkError, match="too long"):
        permalink.expand(bomb)


def test_the_page_of_an_answer_links_to_itself(client: FlaskClient) -> None:
    first = client.get("/sparql", query_string={"query": COUNT}, headers=PAGE)
    link = re.search(r'class="permalink" href="([^"]+)"', first.text)
    assert link
    again = client.get(unescape(link[1]), headers=PAGE)
    assert again.status_code == 200
    assert re.findall(r"<td.*?</td>", again.text) == re.findall(r"<td.*?</td>", first.text)
    rows = client.get(unescape(link[1]), headers={"Accept": "application/sparql-results+json"})
    assert rows.get_json(force=True)["head"]["vars"] == ["n"]


def test_a_wrong_query_stays_in_the_form_with_the_place_of_the_error(client: FlaskClient) -> None:
    query = "SELECT *\nWHERE { ?s ?p }"
    answer = client.get("/sparql", query_string={"query": query}, headers=PAGE)
    assert answer.status_code == 400
    assert f"\n{query}</textarea>" in unescape(answer.text)
    assert re.search(r'data-line="2" data-column="\d+"', answer.text)
    report = client.get("/sparql", query_string={"query": query}).get_json()
    assert report["line"] == 2


def test_a_refused_query_stays_in_the_form(client: FlaskClient) -> None:
    query = "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
    answer = client.get("/sparql", query_string={"query": query}, headers=PAGE)
    assert answer.status_code == 403
    assert query in unescape(answer.text)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a removed release, an older one, and the current one, which has one measure less."""
    folder = tmp_path_factory.mktemp("releases")
    data = Path(shutil.copytree(SMALL, folder / "data"))
    table = data / "alpha" / "measures.csv"
    text = table.read_text("utf-8")
    for number in range(3):
        changed = text.replace("Welcome desk", f"Welcome desk {number}")
        table.write_text(changed, "utf-8")
        build([data], folder / "home", keep=2)
    return folder / "home"


@pytest.fixture(scope="module")
def two(home: Path) -> Iterator[FlaskClient]:
    """A client over that home."""
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=1, project="alpha"))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


NAMES = f"SELECT ?n {{ ?m a <{PT}Measure> ; <{RDFS}label> ?n }}"


def test_an_older_release_answers_when_it_is_named(two: FlaskClient, home: Path) -> None:
    older, current = (release.id for release in Releases(home).all())
    for release, name in ((older, "Welcome desk 1"), (current, "Welcome desk 2"), ("", "Welcome desk 2")):
        for path, values in (("/sparql", {"query": NAMES}), ("/queries/measure_origins", {"measure": ""})):
            answer = two.get(path, query_string={**values, "format": "csv", "release": release})
            assert answer.headers["X-PolicyTrace-Release"] == (release or current)
            if path == "/sparql":
                assert name in answer.text
                assert name in two.get(path, query_string={**values, "release": release}, headers=PAGE).text


def test_a_post_names_its_release_in_the_address(two: FlaskClient, home: Path) -> None:
    older = Releases(home).all()[0].id
    answer = two.post(f"/sparql?release={older}", data={"query": NAMES}, headers={"Accept": "text/csv"})
    assert "Welcome desk 1" in answer.text


def test_a_release_that_never_was_is_404_and_names_those_kept(two: FlaskClient, home: Path) -> None:
    answer = two.get("/sparql", query_string={"query": COUNT, "release": "20200101T000000Z-00000000"})
    assert answer.status_code == 404
    assert answer.get_json()["releases"] == [release.id for release in reversed(Releases(home).all())]
    assert two.get("/queries/brokers?release=../../etc").status_code == 404


def test_a_removed_release_is_410_with_the_words_of_its_tombstone(two: FlaskClient, home: Path) -> None:
    (tombstone,) = (home / "releases").glob("*.tombstone.json")
    words = json.loads(tombstone.read_text("utf-8"))
    answer = two.get("/sparql", query_string={"query": COUNT, "release": words["id"]})
    assert answer.status_code == 410
    assert words["reason"] in answer.get_json()["detail"]
    page = two.get("/sparql", query_string={"query": COUNT, "release": words["id"]}, headers=PAGE)
    assert page.status_code == 410
    assert words["reason"] in page.text


def test_a_release_removed_while_it_was_open_is_410(tmp_path: Path) -> None:
    data = Path(shutil.copytree(SMALL, tmp_path / "data"))
    first = build([data], tmp_path / "home", keep=2).release.id
    table = data / "alpha" / "measures.csv"
    table.write_text(table.read_text("utf-8").replace("Welcome desk", "Changed"), "utf-8")
    build([data], tmp_path / "home", keep=2)
    app = create_app(Settings(home=tmp_path / "home", query_processes=1))
    ask = {"query": NAMES, "format": "csv", "release": first}
    assert app.test_client().get("/sparql", query_string=ask).status_code == 200
    table.write_text(table.read_text("utf-8").replace("Changed", "Again"), "utf-8")
    build([data], tmp_path / "home", keep=2)
    assert app.test_client().get("/sparql", query_string=ask).status_code == 410
    app.extensions["policytrace"].pool.close()


def _sheets(data: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = load_workbook(io.BytesIO(data))
    return {sheet.title: [tuple(cell.value for cell in row) for row in sheet.iter_rows()] for sheet in book}


def test_a_workbook_holds_every_row_with_names_and_where_it_comes_from(
    client: FlaskClient, sample_release: Any
) -> None:
    query = "SELECT ?p { ?p a <https://w3id.org/policytrace/ns#GoodPractice> } ORDER BY ?p"
    answer = client.get("/sparql", query_string={"query": query, "format": "xlsx"})
    assert str(answer.mimetype).endswith("spreadsheetml.sheet")
    sheets = _sheets(answer.data)
    plain = client.get("/sparql", query_string={"query": query, "format": "csv"}).text.splitlines()
    assert sheets["Data"][0] == ("p", "pLabel")
    assert [row[0] for row in sheets["Data"]] == plain
    assert all(row[1] for row in sheets["Data"])
    said = dict(row[:2] for row in sheets["About"])
    assert said["Query"] == query
    assert said["Release"] == sample_release.id
    assert client.get(said["Again"].removeprefix("http://site.example")).status_code == 200


@pytest.mark.parametrize("name", library())
def test_a_question_is_a_workbook_with_as_many_rows_as_its_table(client: FlaskClient, name: str) -> None:
    sheets = _sheets(client.get(f"/queries/{name}.xlsx").data)
    rows = client.get(f"/queries/{name}.json").get_json(force=True)["results"]["bindings"]
    assert len(sheets["Data"]) == len(rows) + 1


def test_no_cell_of_a_workbook_is_a_formula(client: FlaskClient) -> None:
    texts = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "=HYPERLINK(1)", "a\u0007b", "x" * 40_000]
    values = " ".join(json.dumps(text) for text in texts)
    typed = f'(12 AS ?n) (1.5 AS ?d) (true AS ?b) ("2020-02-29"^^<{XSD}date> AS ?day)'
    query = f"SELECT ?t {typed} {{ VALUES ?t {{ {values} }} }}"
    answer = client.post("/sparql?format=xlsx", data={"query": query})
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.data))["Data"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells][:6] == texts[:6]
    second = [cell.value for cell in next(sheet.iter_rows(min_row=2))][1:]
    assert second[:3] == [12, 1.5, True]
    assert str(second[3]).startswith("2020-02-29")


def test_csv_for_spreadsheets_has_every_row_with_names_and_no_formula(client: FlaskClient) -> None:
    query = 'SELECT ?p ("=1+1" AS ?t) (-1 AS ?n) { ?p a <https://w3id.org/policytrace/ns#GoodPractice> }'
    answer = client.get("/sparql", query_string={"query": query, "format": "csv-safe"})
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    head, *lines = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head == ["p", "pLabel", "t", "n"]
    exact = client.get("/sparql", query_string={"query": query, "format": "csv"}).text.splitlines()
    assert len(lines) == len(exact) - 1 > 0
    assert all(name and text == "'=1+1" and number == "-1" for _, name, text, number in lines)
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"}).text
    assert "format=csv-safe" in page


@pytest.mark.parametrize("sign", "=+-@＝＋－＠\t\r\n")  # noqa: RUF001
def test_no_sign_begins_a_cell_for_spreadsheets(client: FlaskClient, sign: str) -> None:
    query = f"SELECT ({json.dumps(sign + '1+1')} AS ?t) {{}}"
    answer = client.get("/sparql", query_string={"query": query, "format": "csv-safe"})
    _, (cell,) = csv.reader(io.StringIO(answer.text, newline=""))
    assert cell == f"'{sign}1+1"


@pytest.mark.parametrize("form", ["xlsx", "csv-safe"])
def test_truth_is_nothing_for_a_spreadsheet(client: FlaskClient, form: str) -> None:
    assert client.get(f"/sparql?query=ASK%7B%7D&format={form}").status_code == 406


HARD = """SELECT ?t WHERE {
  VALUES ?t { "it's \\"quoted\\" \\\\ $HOME `id` \\u00e9" 'x' }
}"""


@pytest.mark.parametrize("query", [COUNT, FIRST_QUERY, HARD])
@pytest.mark.parametrize("language", ["curl", "Python", "R"])
def test_lines_for_programs_run(address: str, query: str, language: str) -> None:
    text = next(s.text for s in snippets(f"{address}sparql", query) if s.language == language)
    if language == "Python":
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
        assert re.fullmatch(r"[1-9]\d* rows\n", done.stdout)
        return
    program = {"curl": "curl", "R": "Rscript"}[language]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    command = (
        ["bash", "-c", text.replace("curl ", "curl -sS ", 1)]
        if language == "curl"
        else ["Rscript", "-e", text]
    )
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if language == "curl":
        assert len(done.stdout.splitlines()) > 1
        assert not done.stdout.startswith("{")
    else:
        assert re.search(r"\[1\] [1-9]", done.stdout)


def test_the_library_is_described_where_tools_look_for_it(client: FlaskClient) -> None:
    found = {}
    for accept, form in (("text/turtle", ox.RdfFormat.TURTLE), ("application/ld+json", ox.RdfFormat.JSON_LD)):
        answer = client.get("/.well-known/sparql-examples", headers={"Accept": accept})
        assert answer.mimetype == accept
        store = ox.Store()
        store.load(answer.data, format=form)
        rows = store.query(
            f"PREFIX sh: <{SH}> PREFIX schema: <{expand('schema:')}>"
            " SELECT DISTINCT ?q ?text"
            " { ?q a sh:SPARQLExecutable ; sh:select ?text ; schema:keywords ?word ; schema:target ?at ;"
            " sh:prefixes/sh:declare/sh:prefix 'pt' }"
        )
        assert isinstance(rows, ox.QuerySolutions)
        found[accept] = {row["q"].value: row["text"].value for row in rows}
        assert set(found[accept]) == {f"http://site.example/queries/{name}" for name in library()}
    assert found["text/turtle"] == found["application/ld+json"]
    for address, text in found["text/turtle"].items():
        query = library()[address.rpartition("/")[2]]
        assert query.parameters or text == query.sparql
        assert not [line for line in text.splitlines() if line.startswith("#+")]
        assert client.get("/sparql", query_string={"query": text}).status_code == 200, query.name


def test_vocabulary_counts_what_is_in_the_data(client: FlaskClient, sample_store: ox.Store) -> None:
    found = client.get("/api/vocabulary").get_json()
    terms = {term["name"]: term for term in found["terms"]}
    count = sample_store.query(COUNT)
    assert isinstance(count, ox.QuerySolutions)
    assert terms["pt:Measure"]["count"] == int(next(iter(count))["n"].value)
    assert terms["pt:Measure"]["kind"] == "class"
    assert terms["pt:inspiredBy"]["kind"] == "property"
    assert terms["pt:inspiredBy"]["meaning"]
    assert "pt:inspiredBy" in found["properties"]["pt:Measure"]
    assert {"graph:asserted", "graph:hops/realised"} & {
        t["name"] for t in found["terms"] if t["kind"] == "graph"
    }
    assert found["prefixes"]["pt"] == "https://w3id.org/policytrace/ns#"


def test_a_question_carries_its_parameters_into_the_editor(client: FlaskClient) -> None:
    page = client.get("/queries/project_partners?project=altbau", headers=PAGE)
    link = re.search(r'href="(/sparql\?[^"]*from=project_partners[^"]*)"', page.text)
    assert link
    text = unescape(client.get(unescape(link[1]), headers=PAGE).text)
    assert "VALUES ?project { <https://w3id.org/policytrace/id/project/altbau> }" in text


def test_a_name_instead_of_an_identifier_leads_to_the_thing(client: FlaskClient) -> None:
    page = client.get("/queries/practice_destinations?practice=chemnitz", headers=PAGE)
    assert "There is no such practice" in page.text
    link = re.search(r'href="([^"]*practice=gp-chemnitz-agency[^"]*)"', page.text)
    assert link
    assert "There is no such practice" not in client.get(unescape(link[1]), headers=PAGE).text
