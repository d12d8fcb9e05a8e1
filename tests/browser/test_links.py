"""The pages in a real browser: links alone lead from the project to the source, and markup stays text."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from folders import SMALL
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait
from waiting import PATIENCE

from policytrace.graph.building.build import build

PATHS = "paths?from=project/upgradesme&layer=realised&layer=considered&layer=opportunity&prefixes=yes"
HOSTILE = '"><script>document.title="broken"</script><img src=x onerror="document.title=\'broken\'">'


def _links(browser: webdriver.Chrome, part: str) -> list[WebElement]:
    return [
        link
        for link in browser.find_elements(By.CSS_SELECTOR, f'main a[href*="{part}"]')
        if link.is_displayed()
    ]


def _follow(browser: webdriver.Chrome, part: str) -> None:
    """Click the first visible link whose address holds ``part``."""
    links = _links(browser, part)
    assert links, f"no link to {part} on {browser.current_url}"
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", links[0])
    links[0].click()
    WebDriverWait(browser, PATIENCE, 0.05).until(expected.url_contains(part))


def _kicker(browser: webdriver.Chrome) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, ".title .kicker").get_attribute("textContent")).strip()


def test_links_alone_lead_from_home_to_the_source(browser: webdriver.Chrome, address: str) -> None:
    browser.get(address)
    _follow(browser, "/browse/practice")
    found = False
    practices = [link.get_attribute("href") for link in _links(browser, "/doc/practice/")]
    for practice in practices:
        browser.get(str(practice))
        chains = browser.find_elements(By.CSS_SELECTOR, ".told.realised")
        if any(
            story.find_elements(By.CSS_SELECTOR, 'a[href*="/doc/measure/"]')
            and story.find_elements(By.CSS_SELECTOR, 'a[href*="/doc/instrument/"]')
            for story in chains
        ):
            found = True
            break
    assert found, "no practice leads to a measure in an instrument"
    assert _kicker(browser) == "Good practice"
    _follow(browser, "/doc/transfer/")
    assert _kicker(browser) == "Learning transfer"
    _follow(browser, "/doc/measure/")
    assert _kicker(browser) == "Measure"
    _follow(browser, "/doc/instrument/")
    assert _kicker(browser) == "Policy instrument"
    _follow(browser, "/doc/document/")
    assert _kicker(browser) == "Source document"
    outside = browser.find_elements(By.CSS_SELECTOR, "main a.out[href^='http']")
    assert outside, "the page of a source document leads to the document"


def test_no_page_of_the_walk_reports_an_error(browser: webdriver.Chrome, address: str) -> None:
    for path in ("", "browse/transfer", "queries/project_partners", "sparql", "ns"):
        browser.get(address + path)
    complaints = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert not complaints, complaints


def test_keyboard_reaches_the_content_first(browser: webdriver.Chrome, address: str) -> None:
    browser.get(address)
    browser.find_element(By.TAG_NAME, "body").send_keys("\ue004")
    focused = browser.switch_to.active_element
    assert focused.text == "Skip to the content"
    assert focused.is_displayed()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_window(browser: webdriver.Chrome, address: str, width: int) -> None:
    browser.set_window_size(width, 900)
    try:
        for path in (
            "",
            "doc/transfer/tr-altbau-riga",
            "doc/project/upgradesme",
            "queries/practice_destinations",
        ):
            browser.get(address + path)
            assert browser.execute_script(
                "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), f"{path} at {width}"
    finally:
        browser.set_window_size(1280, 1000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: webdriver.Chrome, address: str, scheme: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    try:
        for path in ("", "doc/transfer/tr-altbau-riga", "browse/transfer", "shapes", PATHS):
            browser.get(address + path)
            poor = browser.execute_script(CONTRAST)
            assert not poor, (scheme, path, poor[:5])
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRAST = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
function rgb(colour) { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return Array.from(canvas.getImageData(0, 0, 1, 1).data); }
function part(c) { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4 }
function light([r, g, b]) {
  return .2126 * part(r) + .7152 * part(g) + .0722 * part(b); }
function ground(e) { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c[3] > 250) return c } return [255, 255, 255, 255]; }
const poor = [];
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.offsetParent) continue;
  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const text = e.textContent.trim().slice(0, 30);
  if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} ${text} ${ratio.toFixed(2)}`);
}
return poor;
"""


def test_markup_in_a_name_stays_text(
    browser: webdriver.Chrome, tmp_path: Path, serve: Callable[..., Any]
) -> None:
    shutil.copytree(SMALL, tmp_path / "data")
    table = tmp_path / "data" / "alpha" / "good_practices.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"title": HOSTILE, "description": HOSTILE}
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    build(sorted((tmp_path / "data").iterdir()), tmp_path / "home")
    site = serve(tmp_path / "home", workers="1", project="alpha").address + "/"
    listed = ("browse/practice", "browse/transfer", "search?q=script")
    for path in ("doc/practice/gp-house", "overview/alpha", *listed):
        browser.get(site + path)
        assert browser.title != "broken"
        assert not browser.find_elements(By.CSS_SELECTOR, "script, img:not([src*='/picture/'])")
        text = browser.find_element(By.TAG_NAME, "body").text
        assert '<script>document.title="broken"</script>' in text
