"""One page of every kind, found by following links: valid, accessible, light, and as wide as its window."""

import json
import re
import shutil
import subprocess
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from folders import DATA, ROOT
from selenium import webdriver
from walk import PAGE, Visit, kind, walk

MODULES = ROOT / "build" / "frontend" / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"
VALIDATOR = MODULES / "html-validate" / "bin" / "html-validate.mjs"
HEAVIEST = 100 * 1024
"""Bytes of a page before compression, without its pictures."""


@pytest.fixture(scope="module")
def visits(client: FlaskClient) -> list[Visit]:
    """What is found on the way to a page of every kind."""
    return [*walk(client)]


@pytest.fixture(scope="module")
def pages(visits: list[Visit], client: FlaskClient) -> dict[str, tuple[str, str]]:
    """Path and text of one page of every kind that links lead to, and of one that is not there."""
    missing = "/doc/practice/nothing-of-that-name"
    found = {
        kind(visit.path): (visit.path, visit.text) for visit in visits if visit.text and visit.status == 200
    }
    return found | {"not there": (missing, client.get(missing, headers=PAGE).text)}


def test_no_link_is_broken(visits: list[Visit]) -> None:
    assert [visit for visit in visits if visit.status not in (200, 406)] == []


def test_every_kind_of_page_is_light(pages: dict[str, tuple[str, str]]) -> None:
    sizes = {name: len(text.encode()) for name, (_, text) in pages.items()}
    heavy = {name: size for name, size in sizes.items() if size > HEAVIEST}
    assert not heavy


def test_no_kind_of_page_is_heavier_than_documented(pages: dict[str, tuple[str, str]]) -> None:
    text = (ROOT / "docs" / "guide" / "dossiers.md").read_text("utf-8")
    most = {name: int(size) for name, size in re.findall(r"^\| `/([^`]*)` \| (\d+) \|", text, re.MULTILINE)}
    sizes = {name: ceil(len(text.encode()) / 1024) for name, (_, text) in pages.items() if name in most}
    assert {*sizes} == {*most}
    assert {name: size for name, size in sizes.items() if size > most[name]} == {}


@pytest.mark.skipif(not VALIDATOR.is_file(), reason="html-validate is not there: run make bundles")
def test_every_kind_of_page_is_valid_html(pages: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    names = {}
    for number, (name, (_, text)) in enumerate(pages.items()):
        names[f"{number}.html"] = name
        (tmp_path / f"{number}.html").write_text(text, "utf-8")
    rules, told = DATA / "html-validate.json", tmp_path / "told.json"
    node = shutil.which("node") or str(MODULES / ".bin" / "node")
    command = [node, str(VALIDATOR), "--config", str(rules), "--formatter", f"json={told}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert told.is_file(), done.stderr
    wrong = {
        (names[Path(report["filePath"]).name], message["ruleId"], message["line"], message["message"])
        for report in json.loads(told.read_text("utf-8"))
        for message in report["messages"]
    }
    assert not wrong, sorted(wrong)[:40]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: run make bundles")
def test_nothing_on_any_kind_of_page_stands_in_the_way_of_assistive_technology(
    pages: dict[str, tuple[str, str]], browser: webdriver.Chrome, address: str
) -> None:
    axe = AXE.read_text("utf-8")
    found = {}
    for number, (name, (path, _)) in enumerate(pages.items()):
        browser.set_window_size(*((390, 844) if number % 2 else (1280, 1000)))
        browser.get(address.rstrip("/") + path)
        browser.execute_script("document.querySelectorAll('details').forEach(part => part.open = true)")
        browser.execute_script(axe)
        complaints: Any = browser.execute_async_script(
            "axe.run().then(r => arguments[0](r.violations.map(v => [v.id, v.nodes.map(n => n.html)])),"
            " e => arguments[0]([String(e)]))"
        )
        wide: Any = browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if complaints or wide > 0:
            found[name] = [(c[0], c[1][:2]) for c in complaints], wide
    browser.set_window_size(1280, 1000)
    assert not found, found
