"""Reports: every claim with its sources numbered, the same in the workbook and as BibTeX, and found again."""

import csv
import html
import io
import re
from typing import Any

import pytest
from bibtexparser.entrypoint import parse_string
from flask.testing import FlaskClient
from folders import SAMPLE
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pylatexenc.latex2text import LatexNodes2Text

from policytrace.graph.library.bibliography import BibliographyEntry, bibtex
from policytrace.graph.releases.release import Releases

PAGE = {"Accept": "text/html"}
AULA = "report/practice/gp-aula-emprende"
LETTERS = st.characters(
    exclude_categories=("C", "Z"),
    exclude_characters="-'`<>!?\u02c6\u02dc",
    include_characters=' \\{}#$%&_~^"@,=',
)
"""Everything but what TeX makes ligatures of."""
BRACES = {r"\textbraceleft{}": "{", r"\textbraceright{}": "}"}


def _page(client: FlaskClient, address: str) -> str:
    answer = client.get(f"/{address}", headers=PAGE)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def _book(client: FlaskClient, address: str) -> dict[str, list[tuple[Any, ...]]]:
    answer = client.get(f"/{address}")
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.data))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def _entries(text: str) -> dict[str, dict[str, str]]:
    library = parse_string(text)
    assert not library.failed_blocks
    return {entry.key: {field.key: str(field.value) for field in entry.fields} for entry in library.entries}


def _transfers(**wanted: str) -> list[dict[str, str]]:
    found = []
    for path in sorted(SAMPLE.glob("*/transfers.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row for row in csv.DictReader(file) if wanted.items() <= row.items()]
    return found


def test_a_report_tells_every_claim_of_the_tables_with_numbered_sources(client: FlaskClient) -> None:
    rows = _transfers(source_practice_id="gp-aula-emprende")
    text = _page(client, AULA)
    assert len({row["to_region_id"] for row in rows}) == 8
    assert len({row["to_measure_id"] for row in rows} - {""}) == 1
    for row in rows:
        assert f"/doc/region/{row['to_region_id']}" in text
    assert len(re.findall(r"<li><p>", text)) == len(rows)
    cited = {int(number) for number in re.findall(r'href="#source-(\d+)"', text)}
    listed = [int(number) for number in re.findall(r'<li id="source-(\d+)"', text)]
    assert listed == list(range(1, len(listed) + 1))
    assert cited == set(listed)
    addresses = {url for row in rows for url in row["source_url"].split(" ; ")}
    assert all(f'href="{url}"' in text for url in addresses)


def test_workbook_and_bibliography_hold_what_the_report_tells(client: FlaskClient) -> None:
    text = _page(client, AULA)
    book = _book(client, f"{AULA}.xlsx")
    assert list(book) == ["Data", "Paths", "Evidence", "Gaps", "Codebook", "About"]
    rows = _transfers(source_practice_id="gp-aula-emprende")
    told = {row[0].rpartition("/")[2] for row in book["Data"][1:]}
    assert told >= {row["id"] for row in rows}
    assert {row[0] for row in book["Evidence"][1:]} & {row[0] for row in book["Data"][1:]}
    paths = {row[1] for row in book["Paths"][1:]} - {None}
    assert book["Paths"][0][1] == "path"
    counted = re.search(r'id="claims">Learning transfers <span class="count"[^>]*>(\d+)</span>', text)
    assert counted
    assert int(counted[1]) == len(rows)
    told_paths = re.findall(r'href="([^"]+)">Link to this path</a>', text)
    assert told_paths
    assert all(any(path in address for path in paths) for address in told_paths)
    answer = client.get(f"/{AULA}.bib")
    assert answer.mimetype == "application/x-bibtex"
    assert len(_entries(answer.text)) == len(re.findall(r'<li id="source-\d+"', text))
    about = dict(row[:2] for row in book["About"])
    assert client.get(about["Again"].removeprefix("http://site.example"), headers=PAGE).status_code == 200


def test_a_question_about_paths_has_a_report_too(client: FlaskClient) -> None:
    asked = "from=practice/gp-playful-paradigm&from=practice/gp-aula-emprende"
    answer = client.get(f"/api/paths?{asked}").get_json()
    text = _page(client, f"report/paths?{asked}")
    transfers = answer["counts"]["transfers"]
    assert f'<span class="count" data-number="found-transfers">{transfers}</span>' in text
    first = {chain["paths"][0] for chain in answer["chains"] if chain["paths"]}
    assert first
    for path in [path for path in answer["paths"] if path["id"] in first][:5]:
        for hop in path["hops"]:
            assert re.sub("<[^>]+>", "", hop["sentence"]) in text
    book = _book(client, f"report/paths?{asked}&format=xlsx")
    assert {row[1] for row in book["Paths"][1:]} - {None} == {path["id"] for path in answer["paths"]}
    documents = {
        line["document"] for path in answer["paths"] for hop in path["hops"] for line in hop["evidence"]
    }
    entries = _entries(client.get(f"/report/paths?{asked}&format=bib").text)
    assert len(entries) <= len(documents)
    assert set(entries) <= {iri.rpartition("/")[2] for iri in documents}
    assert client.get("/report/paths?from=practice/nothing").status_code == 404


@pytest.mark.parametrize("name", ["instruments-improved", "funds-influenced", "lag"])
def test_an_indicator_has_a_report(client: FlaskClient, name: str) -> None:
    data = client.get(f"/api/indicators/{name}?min_strength=weak").get_json()
    text = _page(client, f"report/indicator/{name}?min_strength=weak")
    assert re.search(rf'What counts <span class="count"[^>]*>{data["number"]["count"]:,}</span>', text)
    assert data["rule"] in text
    assert "Only: evidence at least weak." in text
    assert "#source-1" in text
    assert _book(client, f"report/indicator/{name}.xlsx?min_strength=weak")["Data"]
    assert _entries(client.get(f"/report/indicator/{name}.bib").text)


@pytest.mark.parametrize(
    "address",
    [
        "report/transfer/tr-bulgaria-maramures",
        "report/region/friesland",
        "report/organisation/bdf",
        "report/instrument/pi-malta-erdf",
        "report/event/ev-2018-01-staff-exchange",
        "report/project/upgradesme",
    ],
)
def test_things_of_every_kind_have_reports_and_lead_to_them(client: FlaskClient, address: str) -> None:
    text = _page(client, address)
    cited = {int(number) for number in re.findall(r'href="#source-(\d+)"', text)}
    assert cited == {int(number) for number in re.findall(r'<li id="source-(\d+)"', text)}
    dossier = _page(client, address.replace("report/", "doc/", 1))
    assert f'href="/{address}"' in dossier
    name = address.removeprefix("report/").replace("/", "%2F")
    by = "project" if name.startswith("project") else "thing"
    assert f'href="/gaps?{by}={name}' in dossier


def test_an_older_release_gives_its_own_report(counting: FlaskClient, counting_home: Any) -> None:
    older, current = (release.id for release in Releases(counting_home).all())
    texts = {r: _page(counting, f"report/practice/gp-house?release={r}") for r in (older, current)}
    assert "A grant for schools" in texts[current]
    assert "A grant for schools" not in texts[older]
    assert f"http://site.example/report/practice/gp-house?release={older}" in texts[older]
    assert f"gp-house.xlsx?release={older}" in texts[older]


def test_labels_are_inert_in_every_format(counting: FlaskClient) -> None:
    raw = counting.get("/report/practice/gp-house", headers=PAGE).text
    assert "<script>alert" not in raw
    assert "=Talent &lt;script&gt;" in raw
    book = load_workbook(io.BytesIO(counting.get("/report/practice/gp-house.xlsx").data))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_what_has_no_report_is_explained(client: FlaskClient) -> None:
    for address in ("report/practice/nothing", "report/document/x", "report/indicator/nothing"):
        answer = client.get(f"/{address}")
        assert answer.status_code == 404
        assert "There" in answer.get_json()["detail"]


def _plain(text: str) -> str:
    """What TeX prints; the library gives raised accents for the signs themselves."""
    return str(LatexNodes2Text(keep_comments=True).latex_to_text(text)).translate({0x2C6: "^", 0x2DC: "~"})


@given(
    st.lists(
        st.builds(
            BibliographyEntry,
            key=st.text(max_size=12),
            title=st.text(LETTERS, min_size=1).map(lambda text: " ".join(text.split()) or "x"),
            url=st.sampled_from(["", "https://a.example/{x}?q=a%20b&c=é#d", "https://a.example/\\"]),
            date=st.sampled_from(["", "2018", "2018-03", "in spring 2021"]),
        ),
        max_size=4,
    )
)
def test_every_text_comes_back_from_bibtex(entries: list[BibliographyEntry]) -> None:
    found = list(_entries(bibtex(entries, "A comment with @braces{")).values())
    assert len(found) == len(entries)
    for entry, fields in zip(entries, found, strict=True):
        title = fields["title"].removeprefix("{").removesuffix("}")
        parts = re.split("|".join(map(re.escape, BRACES)), title)
        found_braces = [BRACES[one] for one in re.findall("|".join(map(re.escape, BRACES)), title)]
        assert found_braces == [char for char in entry.title if char in "{}"]
        plain = [_plain(part) for part in parts]
        wanted = re.split("[{}]", entry.title)
        assert [re.sub(r"\s", "", part) for part in plain] == [re.sub(r"\s", "", part) for part in wanted]
        assert fields.get("year", "") == next(iter(re.findall(r"20\d\d", entry.date)), "")
        if entry.url:
            assert fields["howpublished"].startswith("\\url{https://a.example/")
            assert not set("\\ {}") & set(fields["howpublished"][5:-1])
