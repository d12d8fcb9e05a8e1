"""The pages: complete without scripts, honest about what is known, safe with any text."""

import csv
import re
import shutil
from collections import deque
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from folders import SAMPLE, SMALL
from oracle import Oracle

from policytrace.graph.building.build import build
from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import PT, expand
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings
from policytrace.server.presentation.sections import SECTIONS

PAGE = {"Accept": "text/html"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
PAGES = ["/", "/browse", "/browse/transfer", "/doc/transfer/tr-altbau-riga", "/doc/project/upgradesme"]
PAGES += [
    "/queries",
    "/queries/project_partners",
    "/sparql",
    "/ns",
    "/shapes",
    "/search?q=talent",
    "/corrections",
]
VOID = {"meta", "link", "input", "br", "img"}


class _Reader(HTMLParser):
    """Collects links, elements and attributes, and fails on elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.open: list[str] = []
        self.scripts: list[str | None] = []
        self.inline = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.scripts += [dict(attrs).get("src")] if tag == "script" else []
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "action", "src") and value]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        self.inline += data if self.open and self.open[-1] == "script" else ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    assert not reader.open
    return reader


def test_an_address_that_is_not_there_is_named(client: FlaskClient) -> None:
    page = client.get("/nowhere", headers=PAGE)
    assert page.status_code == 404
    assert "There is nothing at /nowhere here." in page.text
    wrong = client.put("/queries")
    assert wrong.status_code == 405
    assert "/queries does not take PUT; it takes GET, HEAD, OPTIONS." in wrong.get_json(force=True)["detail"]


@pytest.mark.parametrize("path", ["/gaps", "/indicators", "/queries/measure_origins"])
def test_labels_of_forms_begin_with_a_capital(client: FlaskClient, path: str) -> None:
    labels = re.findall(r"<label for=\"p-[^>]*>([^<]+)</label>", client.get(path, headers=PAGE).text)
    assert labels
    assert [label for label in labels if not label[0].isupper()] == []


@pytest.mark.parametrize("path", PAGES)
def test_page_stands_alone(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200
    read = _read(answer.text)
    assert all(source and source.startswith("/bundles/") for source in read.scripts)
    assert not read.inline
    assert "style" not in read.attributes
    assert not {name for name in read.attributes if name.startswith("on")}
    assert len(read.ids) == len(set(read.ids))
    assert '<html lang="en">' in answer.text
    assert answer.text.count("<h1") == 1
    assert "Skip to the content" in answer.text
    assert len(answer.data) < (250_000 if path == "/ns" else 150_000)


@pytest.mark.parametrize("path", PAGES)
def test_page_states_release_coverage_and_where_to_report(
    client: FlaskClient, path: str, sample_release: Release
) -> None:
    text = client.get(path, headers=PAGE).text
    assert (sample_release.id in text) == (path != "/corrections")
    assert "What stands here is what the tables of this server state" in text
    assert "Report a correction" in text


@pytest.mark.parametrize("path", PAGES)
def test_browser_is_told_to_run_and_load_nothing_else(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers=PAGE).headers
    policy = headers["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        "default-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_stylesheet_is_small_and_local(client: FlaskClient) -> None:
    with client.get("/static/style.css") as style:
        assert style.status_code == 200
        assert len(style.data) <= 20_000
        assert b"url(" not in style.data
        assert b"@import" not in style.data


def _internal(page: str, text: str) -> Iterator[str]:
    for link in _read(text).links:
        address = urldefrag(urljoin(f"http://site.example{page}", link)).url
        if address.startswith("http://site.example/"):
            yield address.removeprefix("http://site.example")


def test_every_link_within_three_steps_of_home_works(client: FlaskClient) -> None:
    seen, broken = {"/"}, []
    queue = deque([("/", 0)])
    while queue and len(seen) < 1_500:
        path, depth = queue.popleft()
        answer = client.get(path, headers=PAGE)
        answer.close()
        if answer.status_code != 200:
            broken.append((path, answer.status_code))
        if depth < 3 and answer.mimetype == "text/html" and answer.status_code == 200:
            for link in _internal(path, answer.text):
                if link not in seen:
                    seen.add(link)
                    queue.append((link, depth + 1))
    assert len(seen) > 500
    assert not broken, broken[:10]


def test_home_counts_what_the_graph_holds(client: FlaskClient, sample_store: ox.Store) -> None:
    text = client.get("/", headers=PAGE).text
    transfer = ox.NamedNode(PT + "LearningTransfer")
    a = ox.NamedNode(expand("rdf:type"))
    total = sum(1 for _ in sample_store.quads_for_pattern(None, a, transfer, ox.DefaultGraph()))
    words = re.sub(r"<[^>]+>", "", text)
    assert f"Of {total} learning transfers" in words
    realised = sum(one.layer == "realised" for one in Oracle(SAMPLE).transfers.values())
    assert f"learning transfers, {realised} were at least committed to" in words


def test_home_shows_reported_beside_found_and_never_compares_counts(client: FlaskClient) -> None:
    text = client.get("/", headers=PAGE).text
    table = text[text.index("The project in figures") : text.index("</table>")]
    row = re.search(r"Number of good practices</a>.*?</tr>", table, re.DOTALL)
    assert row
    numbers = re.findall(r'<td class="number"[^>]*>(?:<a [^>]*>)?(\d+)', row[0])
    assert numbers == ["11", "0", "1"]
    assert "sources differ" in table


def test_the_overview_of_all_opens_every_number_and_tells_the_bias(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    page = client.get("/overview", headers=PAGE).text
    for one in client.get("/api/indicators").get_json()["indicators"]:
        assert f'href="/indicators/{one["indicator"]}"' in page
    for name in ("xlsx", "csv", "csv-safe", "json"):
        assert f'href="/indicators.{name}"' in page
    counted = sample_store.query(
        "PREFIX pt: <https://w3id.org/policytrace/ns#> PREFIX dct: <http://purl.org/dc/terms/> "
        "SELECT (COUNT(DISTINCT ?d) AS ?n) WHERE { ?d a pt:Document ; dct:publisher/pt:publisherKind ?k "
        'FILTER(STRENDS(STR(?k), "/project") || STRENDS(STR(?k), "/programme")) }'
    )
    assert isinstance(counted, ox.QuerySolutions)
    (row,) = counted
    assert f"{row['n'].value} were published by the projects themselves" in page


def test_transfer_reads_as_a_sentence(client: FlaskClient) -> None:
    text = client.get("/doc/transfer/tr-altbau-riga", headers=PAGE).text
    found = re.search(r'<p class="sentence large">(.*?)</p>', text, re.DOTALL)
    assert found
    words = re.sub(r"<[^>]+>", "", found[1])
    assert words.startswith(
        "Riga City Council in Riga looked at, and decided against, the good practice Housing"
    )
    assert "from City of Chemnitz in Chemnitz, through ALT/BAU network meeting Chemnitz." in words
    assert words.endswith(". No measure is recorded.")
    assert "<strong>Not recorded:</strong>" in text
    assert "Why the strength is" in text
    assert "Evidence for and against this claim" in text


def test_no_transfer_that_is_not_realised_reads_as_influence(
    client: FlaskClient, sample_store: ox.Store
) -> None:
    predicate = ox.NamedNode(PT + "stage")
    told = [
        str(getattr(quad.subject, "value", "")).partition("/id/")[2]
        for quad in sample_store.quads_for_pattern(None, predicate, None, ox.DefaultGraph())
    ]
    layers = {f"transfer/{key}": one.layer for key, one in Oracle(SAMPLE).transfers.items()}
    assert {path for path in told if path.startswith("transfer/")} == layers.keys()
    for path, layer in layers.items():
        text = client.get(f"/doc/{path}", headers=PAGE).text
        led = "It led to the measure" in text or "It was piloted" in text or "It was committed" in text
        assert not led or layer == "realised", path


@pytest.mark.parametrize("segment", SECTIONS)
def test_lists_hold_every_thing_of_a_kind(client: FlaskClient, sample_store: ox.Store, segment: str) -> None:
    a = ox.NamedNode(expand("rdf:type"))
    quads = sample_store.quads_for_pattern(None, a, ox.NamedNode(SECTIONS[segment].cls), ox.DefaultGraph())
    expected = {
        str(getattr(q.subject, "value", "")).replace("https://w3id.org/policytrace/id/", "/doc/")
        for q in quads
    }
    expected = {path for path in expected if path.startswith(f"/doc/{segment}/")}
    found: set[str] = set()
    number = 1
    while (answer := client.get(f"/browse/{segment}?page={number}", headers=PAGE)).status_code == 200:
        found |= {link for link in _internal("/", answer.text) if link.startswith(f"/doc/{segment}/")}
        number += 1
    assert expected <= found


def test_search_finds_by_part_of_a_name(client: FlaskClient) -> None:
    text = client.get("/search?q=shrinking+CIT", headers=PAGE).text
    assert "/doc/practice/gp-chemnitz-agency" in text
    assert "Nothing in this release" in client.get("/search?q=zzzzzz", headers=PAGE).text
    assert client.get("/search", headers=PAGE).status_code == 200


def test_correction_names_file_and_row(client: FlaskClient) -> None:
    page = client.get("/doc/practice/gp-chemnitz-agency", headers=PAGE).text
    link = re.search(r'href="(/corrections\?[^"]+)"', page)
    assert link
    text = client.get(link[1].replace("&amp;", "&"), headers=PAGE).text
    assert "graph/data/altbau/good_practices.csv" in text
    assert re.search(r"row \d+", text)


def test_corrections_can_go_elsewhere(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, corrections="mailto:desk@site.example"))
    text = app.test_client().get("/doc/practice/gp-chemnitz-agency", headers=PAGE).text
    assert (
        'href="mailto:desk@site.example?subject=Correction&amp;body=About%3A%20https%3A%2F%2Fw3id.org' in text
    )


def test_without_a_release_the_server_says_what_to_do(tmp_path: Path) -> None:
    answer = create_app(Settings(home=tmp_path)).test_client().get("/", headers=PAGE)
    assert answer.status_code == 503
    assert "policytrace build" in answer.text


def test_site_under_a_path_keeps_its_links_there(sample_home: Path) -> None:
    app = create_app(Settings(home=sample_home, site="https://host.example/trace"))
    text = app.test_client().get("/doc/practice/gp-chemnitz-agency", headers=PAGE).text
    assert 'href="/trace/static/style.css"' in text
    assert 'href="/trace/doc/region/chemnitz"' in text


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server whose data hold markup in a name, a note and an address."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(SMALL, folder / "data")
    table = folder / "data" / "alpha" / "good_practices.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"title": HOSTILE, "description": HOSTILE, "note": HOSTILE}
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    build(sorted((folder / "data").iterdir()), folder / "home")
    app = create_app(Settings(home=folder / "home", project="alpha"))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize(
    "path",
    [
        "/doc/practice/gp-house",
        "/doc/transfer/tr-desk",
        "/browse/practice",
        "/browse/transfer",
        "/",
        "/search?q=script",
        "/linked?to=https://w3id.org/policytrace/id/practice/gp-house&by=pt:source",
        "/graph/alpha/good_practices/gp-house",
        "/sparql?query=SELECT * { ?s <http://www.w3.org/2000/01/rdf-schema%23label> ?o }",
        "/corrections?about=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&record=x",
        "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/browse/%3Cscript%3Ealert(1)%3C/script%3E",
        "/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_markup_in_data_or_request_stays_text(hostile: FlaskClient, path: str) -> None:
    answer = hostile.get(path, headers=PAGE)
    read = _read(answer.text)
    assert "img" not in read.elements
    assert all(source and source.startswith("/bundles/") for source in read.scripts)
    assert not read.inline
    assert "49<" not in answer.text
    assert "<script>" not in answer.text


def test_addresses_that_run_code_are_no_links(hostile: FlaskClient) -> None:
    query = "SELECT (IRI('javascript:alert(1)') AS ?x) (IRI('data:text/html,x') AS ?y) {}"
    text = hostile.get("/sparql", query_string={"query": query}, headers=PAGE).text
    assert 'href="javascript:' not in text
    assert 'href="data:' not in text
    assert "javascript:alert(1)" in text


@pytest.mark.parametrize("path", ["/overview", "/overview/upgradesme"])
def test_every_number_of_an_overview_opens_as_many_rows(client: FlaskClient, path: str) -> None:
    page = client.get(path, headers=PAGE).text
    shares = page[page.index('<div class="shares">') :].partition("</section>")[0]
    numbers = re.findall(r'<td class="number"><a href="([^"]+)"[^>]*>(\d+)</a></td>', shares)
    assert len(numbers) == shares.count('<td class="number">') > 8
    for address, number in numbers:
        rows = client.get(unescape(address), headers=PAGE).text
        count = re.search(r'<h1>[^<]*<span class="count"[^>]*>([\d,]+)|<caption>([\d,]+) row', rows)
        assert count, address
        assert (count[1] or count[2]).replace(",", "") == number, address
