"""What evaluators do, from the home page on, in a real browser on the real server."""

import csv
import io
import urllib.request
from typing import Any

import pytest
from openpyxl import load_workbook
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

REGIONS = (
    "Northern Ireland",
    "Brandenburg",
    "Marche",
    "Hauts-de-France",
    "Kerry (South-West)",
    "Helsinki-Uusimaa",
    "Southern Denmark",
    "West Pomerania",
)


class Evaluator:
    """Reads pages and follows links, as a person would."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        browser.get(address)

    def text(self, selector: str = "main") -> str:
        """What stands on the page."""
        return " ".join(self.browser.find_element(By.CSS_SELECTOR, selector).text.split())

    def follow(self, words: str, within: str = "main") -> None:
        """Click the first visible link with these words."""
        found = [a for a in self.browser.find_elements(By.CSS_SELECTOR, f"{within} a") if a.is_displayed()]
        link = next((a for a in found if words.casefold() in a.text.casefold()), None)
        assert link is not None, f"no link “{words}” on {self.browser.current_url}"
        self._click(link)

    def search(self, words: str) -> None:
        """Type into the box that stands on every page."""
        box = self.browser.find_element(By.ID, "find")
        box.clear()
        box.send_keys(words)
        self._click(self.browser.find_element(By.CSS_SELECTOR, ".find button"))

    def address(self, words: str) -> str:
        """Where the first link with these words leads."""
        found = self.browser.find_elements(By.CSS_SELECTOR, "main a")
        return str(next(a for a in found if words in a.text).get_attribute("href"))

    def download(self, address: str) -> bytes:
        """What a link gives as a file."""
        with urllib.request.urlopen(address, timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def _click(self, element: WebElement) -> None:
        old = self.browser.find_element(By.TAG_NAME, "html")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        WebDriverWait(self.browser, 30, 0.05).until(lambda _: _gone(old))


def _gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except Exception:
        return True
    return False


@pytest.fixture
def evaluator(browser: webdriver.Chrome, address: str) -> Evaluator:
    return Evaluator(browser, address)


def test_what_came_of_aula_emprende_is_proved(evaluator: Evaluator) -> None:
    evaluator.search("aula emprende")
    evaluator.follow("Aula Emprende (Motivem model)")
    assert "8 receiving regions" in evaluator.text()
    assert "1 measure" in evaluator.text()
    practice = evaluator.browser.current_url
    evaluator.follow("Where did this go?")
    weakest: Any = evaluator.browser.find_elements(By.CSS_SELECTOR, "li.hop")
    hop = next(one for one in weakest if "Weak evidence" in one.text)
    assert hop.find_elements(By.CSS_SELECTOR, "a.out[href^='http']"), "the source stands under the hop"
    evaluator._click(hop.find_element(By.LINK_TEXT, "the transfer"))
    assert evaluator.text(".title .kicker").casefold() == "learning transfer"
    known = evaluator.text("section[aria-labelledby=evidence]")
    assert "Supports" in known
    assert "Third party none" in known
    assert "What would raise it to" in evaluator.text("section[aria-labelledby=strength]")
    evaluator.browser.get(practice)
    book = load_workbook(io.BytesIO(evaluator.download(evaluator.address("Excel"))))
    cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    evaluator.follow("Report to print")
    report = evaluator.text("body")
    for region in REGIONS:
        assert region in report
        assert region in cells


def test_what_friesland_gave_and_took_and_lacks(evaluator: Evaluator) -> None:
    evaluator.search("Fryslan")
    evaluator.follow("Friesland")
    assert evaluator.text(".title .kicker").casefold() == "region"
    took = evaluator.text("section[aria-labelledby=side-in]")
    assert "What this region learned 3" in took
    assert "San Sebastián talent attraction vision and strategy" in took
    gave = evaluator.text("section[aria-labelledby=side-out]")
    assert "Nothing is recorded that came out. That no source was found does not mean" in gave
    evaluator.follow("What is missing in its record")
    listed = evaluator.text()
    rows = list(csv.DictReader(io.StringIO(evaluator.download(evaluator.address("CSV")).decode("utf-8-sig"))))
    assert rows
    assert f"{len(rows)}" in listed
    assert any("tr-sme-instrument" in value or "friesland" in value for row in rows for value in row.values())
