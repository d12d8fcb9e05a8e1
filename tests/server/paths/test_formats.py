"""Transfer paths over HTTP: formats, limits, errors, and paths that are cited from an older release."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from folders import SAMPLE

from policytrace.graph.building.build import build
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings

CHAIN = {"from": "practice/gp-playful-paradigm", "to": "measure/me-playful-npti-sligo"}


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_every_format_is_served_by_name_and_by_accept(client: FlaskClient, form: Any) -> None:
    named = client.get("/api/paths", query_string=CHAIN | {"format": form.name})
    asked = client.get("/api/paths", query_string=CHAIN, headers={"Accept": form.media_type})
    assert (named.status_code, asked.status_code) == (200, 200)
    assert named.mimetype == asked.mimetype == form.media_type
    assert named.headers["X-PolicyTrace-Truncated"] == "no"
    assert named.headers["X-PolicyTrace-Release"]
    if form.name not in ("xlsx", "json", "csv-safe"):
        assert named.data == asked.data


def test_without_a_wish_the_answer_is_json(client: FlaskClient) -> None:
    answer = client.get("/api/paths", query_string=CHAIN)
    assert answer.mimetype == "application/json"
    assert len(answer.get_json()["paths"]) == 1


def test_a_limit_that_binds_stands_in_header_and_body(client: FlaskClient) -> None:
    asked = {"from": CHAIN["from"], "max_paths": "2"}
    answer = client.get("/api/paths", query_string=asked)
    assert answer.headers["X-PolicyTrace-Truncated"] == "max_paths"
    body = answer.get_json()
    assert body["truncated"] is True
    assert body["bound"] == ["max_paths"]
    rows = csv.DictReader(io.StringIO(client.get("/api/paths", query_string=asked | {"format": "csv"}).text))
    assert all(row["truncated"].startswith("yes") for row in rows)


def test_empty_fields_of_a_form_are_no_options(client: FlaskClient) -> None:
    fields = {"to": "", "min_strength": "", "since": "", "question": "forward", "from": CHAIN["from"]}
    assert client.get("/api/paths", query_string=fields).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({}, 400, "needs a beginning"),
        (CHAIN | {"max_hops": "-3"}, 400, "from 1 to 12"),
        (CHAIN | {"max_hops": "1e9"}, 400, "from 1 to 12"),
        (CHAIN | {"layer": "reallised"}, 400, "Did you mean realised"),
        (CHAIN | {"layr": "realised"}, 400, "Did you mean layer"),
        (CHAIN | {"from": "practice/gp-playful-paradise"}, 404, "nothing in this release"),
        (CHAIN | {"from": "document/urbact-eu-f25f5ed51d6d"}, 400, "begins or ends with a document"),
        (CHAIN | {"from": "<script>alert(1)</script>"}, 400, "character"),
        (CHAIN | {"format": "pdf"}, 406, "pdf"),
    ],
)
def test_a_bad_question_is_a_problem_report(
    client: FlaskClient, query: dict[str, str], status: int, words: str
) -> None:
    answer = client.get("/api/paths", query_string=query)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert words in answer.get_json()["detail"]
    assert "Traceback" not in answer.text


def test_an_unknown_thing_comes_with_the_nearest_names(client: FlaskClient) -> None:
    near = {"gp-chemnitz-agencies": "Chemnitz", "gp-playfl": "Playful", "gp-playfull-paradigme": "Playful"}
    for slug, words in near.items():
        answer = client.get("/api/paths", query_string={"from": f"practice/{slug}"})
        hints = answer.get_json()["hints"]
        assert any(words in hint["text"] for hint in hints)
    assert client.get(hints[0]["href"].replace("http://site.example", "")).status_code == 200


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, str]:
    """A server whose data changed after a path was cited, and the address of that path."""
    home, data = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("data") / "tables"
    shutil.copytree(SAMPLE, data)
    build([data], home)
    first = create_app(Settings(home=home, site="http://site.example/", query_processes=1))
    path = first.test_client().get("/api/paths", query_string=CHAIN).get_json()["paths"][0]
    first.extensions["policytrace"].pool.close()
    _edit(data / "playful-paradigm" / "transfers.csv", "tr-playful-paradigm-cork,", ",high", ",low")
    links = next(file for file in data.rglob("links.csv") if "li-cork-play" in file.read_text("utf-8"))
    _edit(links, "li-cork-play,", None, "")
    build([data], home)
    app = create_app(Settings(home=home, site="http://site.example/", query_processes=1))
    return app.test_client(), "/" + path["permalink"]


def _edit(table: Path, row: str, old: str | None, new: str) -> None:
    """Change a cell of one row, or take the row out."""
    lines = table.read_text("utf-8").splitlines(keepends=True)
    kept = [line if old is None or not line.startswith(row) else line.replace(old, new) for line in lines]
    kept = [line for line in kept if old is not None or not line.startswith(row)]
    assert kept != lines
    table.write_text("".join(kept), "utf-8")


def test_a_cited_path_says_which_hop_changed_and_which_is_gone(later: tuple[FlaskClient, str]) -> None:
    client, permalink = later
    answer = client.get(permalink, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["paths"] == []
    assert "1 of 3 hops of this path are gone." in body["reason"]
    changed, gone, same = body["since"]["hops"]
    assert changed["change"] == "changed"
    assert changed["differences"]["strength"]["was"] != changed["differences"]["strength"]["now"]
    assert gone["change"] == "gone"
    assert gone["was"]["kind"] == "documented-as"
    assert same["change"] == "none"
    app = client.application
    app.extensions["policytrace"].pool.close()


def test_the_identifier_of_a_path_leads_to_its_document(client: FlaskClient) -> None:
    path = client.get("/api/paths", query_string=CHAIN).get_json()["paths"][0]
    see = client.get(f"/id/path/{path['id']}", headers={"Accept": "application/json"})
    assert see.status_code == 303
    assert see.headers["Location"].startswith("http://site.example/doc/path/")
    document = client.get(f"/doc/path/{path['id']}", headers={"Accept": "text/turtle"})
    assert document.status_code == 200
    assert "pt:TransferPath" in document.text
    foreign = client.get(f"/doc/path/{'0' * 20}", headers={"Accept": "application/json"})
    assert foreign.status_code == 404
    assert "another graph" in foreign.get_json()["detail"]
