"""Ten thousand things, an organisation with five hundred transfers: pages stay light, whole, narrowable."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from folders import SMALL
from openpyxl import load_workbook

from policytrace.graph.building.build import build
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

PAGE = {"Accept": "text/html"}
HEAVIEST = 100 * 1024
PRACTICES, TRANSFERS = 10_000, 500
SCRIPT, FORMULA = "<script>alert(1)</script>", '=HYPERLINK("http://x.example","y")'
ORGANISATION = "https://w3id.org/policytrace/id/organisation/receiver"


def _grow(table: Path, count: int, first: str, **changes: str) -> None:
    """More rows like the one of an id, each with a number in its id."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    model = next(row for row in rows if row["id"] == first)
    rows += [{**model, **changes, "id": f"{first}-{number}"} for number in range(count)]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server on the small tables with many more rows, some of them hostile."""
    folder = tmp_path_factory.mktemp("crowded")
    shutil.copytree(SMALL, folder / "data")
    tables = folder / "data" / "alpha"
    _grow(tables / "good_practices.csv", PRACTICES, "gp-house", title="One name for all")
    _grow(tables / "good_practices.csv", 1, "gp-house-1", title=FORMULA, description=SCRIPT)
    _grow(tables / "transfers.csv", TRANSFERS, "tr-desk", statement=SCRIPT)
    build(sorted((folder / "data").iterdir()), folder / "home")
    settings = Settings(
        home=folder / "home", site="http://site.example/", project="alpha", query_processes=1, rate=0
    )
    app = create_app(settings)
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize(
    "address",
    [
        "/browse/practice",
        "/browse/practice?page=100",
        "/browse/transfer",
        "/search?q=name",
        "/doc/organisation/receiver",
        "/doc/organisation/giver",
        "/doc/region/leeuwarden",
        "/doc/project/alpha",
        "/doc/practice/gp-house",
        "/doc/practice/gp-house-7",
        "/doc/practice/gp-house-1-0",
        f"/linked?to={ORGANISATION}&by=pt:toOrganisation",
        "/gaps",
        "/gaps?thing=organisation/receiver",
        "/indicators/practices-presented",
        "/analysis/reach",
        "/analysis/matrix?by=organisation",
        "/overview/alpha",
    ],
)
def test_pages_stay_light_and_inert(crowded: FlaskClient, address: str) -> None:
    answer = crowded.get(address, headers=PAGE)
    assert answer.status_code == 200
    assert len(answer.data) < HEAVIEST
    assert SCRIPT not in answer.text


def test_a_list_of_ten_thousand_is_whole_in_pages_and_files(crowded: FlaskClient) -> None:
    page = crowded.get("/browse/practice", headers=PAGE)
    total = int(page.headers["X-PolicyTrace-Rows"])
    assert total > PRACTICES
    assert f"Page 1 of {-(-total // 50)}" in page.text
    seen: list[str] = []
    address: str | None = "/browse/practice?format=csv"
    while address:
        part = crowded.get(address)
        seen += [row["iri"] for row in csv.DictReader(io.StringIO(part.text))]
        following = re.search(r'<http://site\.example(/[^>]*)>; rel="next"', part.headers["Link"])
        address = following[1] if following else None
    assert len(seen) == len(set(seen)) == total


def test_five_hundred_transfers_are_counted_listed_and_narrowed(crowded: FlaskClient) -> None:
    dossier = crowded.get("/doc/organisation/receiver", headers=PAGE).text
    link = re.search(r'href="(/linked\?[^"]*toOrganisation[^"]*)">All (\d+) of these', dossier)
    assert link
    assert int(link[2]) > TRANSFERS
    address = link[1].replace("&amp;", "&")
    listed = crowded.get(f"{address}&format=json").get_json()
    assert listed["total"] == int(link[2])
    some = crowded.get(f"{address}&stage=implemented&format=json").get_json()
    assert TRANSFERS < some["total"] <= listed["total"]
    assert "Clear all" in crowded.get(f"{address}&stage=implemented", headers=PAGE).text
    book = load_workbook(io.BytesIO(crowded.get(f"{address}&format=xlsx").data), read_only=True)
    assert sum(1 for _ in book["Data"].iter_rows(min_row=2)) == listed["total"]


def test_things_of_one_name_are_told_apart_and_formulas_stay_text(crowded: FlaskClient) -> None:
    found = crowded.get("/browse/practice?format=json").get_json()["things"]
    assert len({thing["page"] for thing in found}) == len(found)
    page = crowded.get("/doc/practice/gp-house-7", headers=PAGE).text
    assert "https://w3id.org/policytrace/id/practice/gp-house-7" in page
    safe = crowded.get("/search?q=HYPERLINK&format=csv-safe").data.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(safe)) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
    book = load_workbook(io.BytesIO(crowded.get("/search?q=HYPERLINK&format=xlsx").data))
    assert {cell.data_type for row in book["Data"].iter_rows() for cell in row} <= {"s", "n"}
