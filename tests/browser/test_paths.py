"""Transfer paths in a real browser: with scripts and without, by keyboard, at every width and in the dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from folders import ROOT
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as expected
from selenium.webdriver.support.ui import WebDriverWait
from waiting import PATIENCE

AXE = ROOT / "build" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PRACTICE = "doc/practice/gp-playful-paradigm"
ANSWERS = (
    "paths",
    "paths?question=forward&from=practice/gp-playful-paradigm",
    "paths?question=forward&from=country/IT",
    "paths?from=project/upgradesme&layer=realised&layer=considered&layer=opportunity&prefixes=yes",
    "paths?from=region/cork&to=region/udine",
    "paths?from=city+of&since=never",
)


@pytest.fixture
def plain(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser with scripts turned off."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    yield browser
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def _wait(browser: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    return WebDriverWait(browser, PATIENCE, 0.05)


def _click(browser: webdriver.Chrome, text: str) -> None:
    link = browser.find_element(By.PARTIAL_LINK_TEXT, text)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    link.click()


def _heading(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "h1").text


def _walk(browser: webdriver.Chrome, address: str) -> WebElement:
    """From a practice to where it went; the link to the source of the first hop."""
    browser.get(address + PRACTICE)
    browser.find_element(By.LINK_TEXT, "Where did this go?").click()
    _wait(browser).until(expected.url_contains("question=forward"))
    assert _heading(browser) == "Where did “Playful Paradigm” go?"
    hop = browser.find_element(By.CSS_SELECTOR, ".hop")
    assert "took up" in hop.text
    return hop.find_element(By.CSS_SELECTOR, ".evidence a.out")


def test_practice_leads_to_where_it_went_and_to_the_source(browser: webdriver.Chrome, address: str) -> None:
    source = _walk(browser, address)
    assert str(source.get_attribute("href")).startswith("https://urbact.eu/")
    assert "noreferrer" in str(source.get_attribute("rel"))
    _click(browser, "the transfer")
    assert browser.find_element(By.CSS_SELECTOR, ".title .kicker").text == "LEARNING TRANSFER"


def test_the_same_without_scripts(plain: webdriver.Chrome, address: str) -> None:
    plain.get(address + PRACTICE)
    plain.find_element(By.LINK_TEXT, "How is it linked to…?").click()
    field = plain.find_element(By.ID, "p-to")
    assert field.get_attribute("name") == "to"
    field.send_keys("Sligo" + Keys.ENTER)
    _wait(plain).until(expected.url_contains("to=region/sligo"))
    assert _heading(plain) == "How is “Playful Paradigm” linked to “Sligo”?"
    assert plain.find_elements(By.CSS_SELECTOR, ".hop")
    assert "to=region/sligo" in plain.current_url
    assert "since" not in plain.current_url


def test_free_text_without_scripts_leads_to_a_choice(plain: webdriver.Chrome, address: str) -> None:
    plain.get(address + "paths")
    plain.find_element(By.ID, "p-from").send_keys("playful para" + Keys.ENTER)
    choice = _wait(plain).until(expected.presence_of_all_elements_located((By.CSS_SELECTOR, ".matches a")))
    next(
        link
        for link in choice
        if link.get_attribute("href") and "practice/" in str(link.get_attribute("href"))
    ).click()
    assert _heading(plain) == "Where did “Playful Paradigm” go?"


def _suggested(browser: webdriver.Chrome, field: WebElement) -> list[WebElement]:
    box = browser.find_element(By.ID, str(field.get_attribute("aria-controls")))
    _wait(browser).until(lambda _: box.is_displayed())
    return box.find_elements(By.CSS_SELECTOR, "[role=option]")


def test_suggestions_appear_and_are_taken_by_keyboard(browser: webdriver.Chrome, address: str) -> None:
    browser.get(address + "paths")
    field = browser.find_element(By.ID, "p-from")
    field.send_keys("udine")
    options = _suggested(browser, field)
    assert options[0].text.startswith("Udine")
    assert field.get_attribute("aria-expanded") == "true"
    field.send_keys(Keys.ARROW_DOWN)
    assert field.get_attribute("aria-activedescendant") == options[0].get_attribute("id")
    field.send_keys(Keys.ENTER)
    assert field.get_attribute("value") == "Udine"
    assert field.get_attribute("aria-expanded") == "false"
    field.send_keys(Keys.TAB)
    to = browser.switch_to.active_element
    assert to.get_attribute("id") == "p-to"
    to.send_keys("city cork")
    _suggested(browser, to)
    to.send_keys(Keys.ARROW_DOWN, Keys.ENTER, Keys.ENTER)
    _wait(browser).until(expected.url_contains("from=region/udine&to=organisation/city-cork"))
    assert browser.find_elements(By.CSS_SELECTOR, ".hop")
    assert browser.find_element(By.ID, "p-from").get_attribute("value") == "Udine"


def test_suggestions_are_taken_by_pointer_and_leave_on_escape(
    browser: webdriver.Chrome, address: str
) -> None:
    browser.get(address + "paths")
    field = browser.find_element(By.ID, "p-to")
    field.send_keys("gävleborg")
    options = _suggested(browser, field)
    options[0].click()
    sent = browser.find_element(By.CSS_SELECTOR, "input[type=hidden][name=to]")
    assert "/" in str(sent.get_attribute("value"))
    field.clear()
    field.send_keys("cork")
    _suggested(browser, field)
    field.send_keys(Keys.ESCAPE)
    box = browser.find_element(By.ID, str(field.get_attribute("aria-controls")))
    assert not box.is_displayed()
    assert sent.get_attribute("value") == "cork"


def test_the_drawing_is_walked_by_keyboard(browser: webdriver.Chrome, address: str) -> None:
    browser.get(address + ANSWERS[1])
    lines = browser.find_elements(By.CSS_SELECTOR, "svg a.line")
    browser.execute_script("arguments[0].focus()", lines[0])
    focused = browser.switch_to.active_element
    assert focused == lines[0]
    assert "Playful Paradigm" in focused.accessible_name
    focused.send_keys(Keys.ENTER)
    _wait(browser).until(expected.url_contains("#hop-"))
    box = browser.find_element(By.CSS_SELECTOR, "svg a.box")
    browser.execute_script("arguments[0].focus()", box)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    _wait(browser).until(expected.url_contains("/doc/"))


@pytest.mark.parametrize("address_of", ANSWERS[1:4])
def test_text_of_the_drawing_fits_its_boxes(browser: webdriver.Chrome, address: str, address_of: str) -> None:
    browser.get(address + address_of)
    found = browser.execute_script(
        """return [...document.querySelectorAll('svg .box')].flatMap(box => {
          const room = box.querySelector('rect:last-of-type').getBBox();
          return [...box.querySelectorAll('text')].filter(text => {
            const own = text.getBBox();
            return own.x + own.width > room.x + room.width || own.y < room.y
              || own.y + own.height > room.y + room.height + 1;
          }).map(text => text.textContent) })"""
    )
    assert not found, found


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_window(browser: webdriver.Chrome, address: str, width: int) -> None:
    browser.set_window_size(width, 900)
    try:
        for path in ANSWERS:
            browser.get(address + path)
            browser.execute_script("document.querySelectorAll('details').forEach(part => part.open = true)")
            wide: Any = browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, (path, wide)
    finally:
        browser.set_window_size(1280, 1000)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: run make bundles")
@pytest.mark.parametrize("path", [*ANSWERS, "", PRACTICE])
def test_axe_finds_nothing(browser: webdriver.Chrome, address: str, path: str) -> None:
    browser.get(address + path)
    browser.execute_script("document.querySelectorAll('details').forEach(part => part.open = true)")
    browser.execute_script(AXE.read_text("utf-8"))
    found: Any = browser.execute_async_script(
        "axe.run().then(r => arguments[0](r.violations), e => arguments[0]([String(e)]))"
    )
    assert not found, found


def test_nothing_is_refused_or_broken(browser: webdriver.Chrome, address: str) -> None:
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    for path in ANSWERS[:5]:
        browser.get(address + path)
    complaints = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert not complaints, complaints
