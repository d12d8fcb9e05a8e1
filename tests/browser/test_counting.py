"""An evaluator's way in a real browser: how many policy instruments improved, and how sure are we?"""

import io
import re
import urllib.request
from typing import Any

from evaluator import Evaluator
from openpyxl import load_workbook
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select
from waiting import PATIENCE


def _go(evaluator: Evaluator, link: WebElement, part: str) -> None:
    evaluator.open(link)
    assert part in evaluator.browser.current_url


def _number(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.CSS_SELECTOR, ".lead .figure").text


def _steps(browser: webdriver.Chrome) -> list[list[str]]:
    rows = browser.find_elements(By.CSS_SELECTOR, 'section[aria-labelledby="holds"] tbody tr')
    return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "td")] for row in rows]


def _things(browser: webdriver.Chrome) -> list[str]:
    cells = browser.find_elements(By.CSS_SELECTOR, 'section[aria-labelledby="rows"] tbody th')
    return [cell.text for cell in cells]


def _book(link: WebElement) -> dict[str, list[tuple[Any, ...]]]:
    with urllib.request.urlopen(str(link.get_attribute("href")), timeout=PATIENCE) as answer:
        book = load_workbook(io.BytesIO(answer.read()))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_how_many_instruments_improved_and_how_sure_are_we(evaluator: Evaluator, address: str) -> None:
    browser = evaluator.browser
    _go(evaluator, browser.find_element(By.CSS_SELECTOR, 'nav a[href$="/indicators"]'), "/indicators")
    listed = browser.find_element(By.XPATH, "//tr[th/a[contains(@href, 'instruments-improved')]]/td[1]").text
    link = browser.find_element(By.CSS_SELECTOR, 'main a[href*="/indicators/instruments-improved"]')
    _go(evaluator, link, "/indicators/instruments-improved")
    assert _number(browser) == listed
    assert "counts once, however many" in browser.find_element(By.CSS_SELECTOR, "main").text
    steps = _steps(browser)
    assert len(steps) == 6
    assert steps[0][0] == listed
    things = _things(browser)
    assert len(things) == len(set(things)) == int(listed)
    book = _book(browser.find_element(By.CSS_SELECTOR, '.formats a[href*="instruments-improved.xlsx"]'))
    assert [row[1] for row in book["Data"][1:]] == things
    head = book["Sensitivity"][0]
    whole = [dict(zip(head, row, strict=True)) for row in book["Sensitivity"][1:] if row[0] is None]
    told = [text for step in steps for text in step]
    assert ["none known" if not row["number"] else f"{row['number']:,}" for row in whole] == told

    moderate = browser.find_elements(By.CSS_SELECTOR, 'section[aria-labelledby="holds"] tbody tr')[3]
    _go(evaluator, moderate.find_element(By.CSS_SELECTOR, "td a"), "min_strength=moderate")
    assert _number(browser) == steps[3][0]
    assert len(_things(browser)) == int(steps[3][0])
    assert Select(browser.find_element(By.NAME, "min_strength")).first_selected_option.text == "Moderate"
    first = browser.find_element(By.CSS_SELECTOR, 'section[aria-labelledby="rows"] tbody tr')
    assert first.find_elements(By.CSS_SELECTOR, "td a.out"), "a row opens down to its documents"
    transfer = first.find_element(By.CSS_SELECTOR, 'td a[href*="/doc/transfer/"]')
    _go(evaluator, transfer, "/doc/transfer/")
    assert "How we know" in browser.find_element(By.CSS_SELECTOR, "main").text
    browser.back()
    _go(
        evaluator, browser.find_element(By.CSS_SELECTOR, '.formats a[href*="/report/"]'), "/report/indicator/"
    )
    items = browser.find_elements(By.CSS_SELECTOR, 'section[aria-labelledby="rows"] ol > li')
    assert len(items) == int(steps[3][0])
    sources = browser.find_elements(By.CSS_SELECTOR, ".sources > li")
    numbers = {int(link.text.split()[-1]) for link in browser.find_elements(By.CSS_SELECTOR, ".cite a")}
    assert numbers == set(range(1, len(sources) + 1))


def test_what_is_missing_in_a_region_is_a_work_list(evaluator: Evaluator, address: str) -> None:
    browser = evaluator.browser
    browser.get(f"{address}doc/region/friesland")
    _go(evaluator, browser.find_element(By.CSS_SELECTOR, 'a[href*="/gaps?thing="]'), "/gaps?thing=")
    total = int(browser.find_element(By.CSS_SELECTOR, "h1 .count").text.replace(",", ""))
    assert total > 0
    rows = browser.find_elements(By.CSS_SELECTOR, ".list tbody tr")
    assert len(rows) == min(total, 50)
    assert all(re.search(r"\.csv, (row \d+|a new row)", row.text) for row in rows)
    link = browser.find_element(By.CSS_SELECTOR, '.formats a[href*="gaps.csv-safe"]')
    with urllib.request.urlopen(str(link.get_attribute("href")), timeout=PATIENCE) as answer:
        assert len(answer.read().decode("utf-8-sig").splitlines()) == total + 1


def test_pages_of_numbers_fit_a_phone_and_report_no_error(browser: webdriver.Chrome, address: str) -> None:
    browser.set_window_size(500, 900)
    try:
        for path in (
            "indicators",
            "indicators/funds-influenced",
            "gaps?project=upgradesme",
            "report/indicator/lag",
            "report/practice/gp-aula-emprende",
        ):
            browser.get(address + path)
            wide = browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, path
    finally:
        browser.set_window_size(1280, 1000)
    complaints = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert not complaints, complaints
