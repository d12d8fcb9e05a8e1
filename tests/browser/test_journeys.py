"""What evaluators do, from the home page on, in a real browser on the real server."""

import csv
import io
from typing import Any

from evaluator import Evaluator
from openpyxl import load_workbook
from selenium.webdriver.common.by import By

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
    evaluator.open(hop.find_element(By.LINK_TEXT, "the transfer"))
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
    assert "What was learned here 3" in took
    assert "San Sebastián talent attraction vision and strategy" in took
    gave = evaluator.text("section[aria-labelledby=side-out]")
    assert "Nothing is recorded that came out. That no source was found does not mean" in gave
    evaluator.follow("What is missing in its record")
    listed = evaluator.text()
    rows = list(csv.DictReader(io.StringIO(evaluator.download(evaluator.address("CSV")).decode("utf-8-sig"))))
    assert rows
    assert f"{len(rows)}" in listed
    assert any("tr-sme-instrument" in value or "friesland" in value for row in rows for value in row.values())
