"""The query editor, the views of an answer and the pickers, in a real browser, with and without scripts."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from folders import ROOT
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from waiting import PATIENCE

from policytrace.server.site.bundles import MANIFEST, folder

AXE = ROOT / "build" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
BY_REGION = """PREFIX pt: <https://w3id.org/policytrace/ns#>
SELECT ?region (COUNT(*) AS ?n) WHERE { ?t a pt:LearningTransfer ; pt:toRegion ?region }
GROUP BY ?region ORDER BY DESC(?n)"""

SETTLED = 0.15
"""Seconds after which the editor takes a completion that has just appeared."""

pytestmark = pytest.mark.skipif(
    not (folder() / MANIFEST).is_file(), reason="The bundles are not built: run make bundles"
)


class Page:
    """The SPARQL page in a browser."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, path: str = "sparql") -> None:
        """Opens a page and waits for its editor."""
        self.browser.get(self.address + path)
        self.until(lambda: self.content)

    def until(self, what: Callable[[], Any]) -> Any:
        """What ``what`` gives as soon as it is something."""
        return WebDriverWait(self.browser, PATIENCE, 0.05, [Exception]).until(lambda _: what())

    def within(self, selector: str) -> list[WebElement]:
        """Elements of the editor."""
        root = self.browser.find_element(By.CSS_SELECTOR, ".editor").shadow_root
        return root.find_elements(By.CSS_SELECTOR, selector)

    @property
    def content(self) -> WebElement:
        """What is typed into."""
        return self.within(".cm-content")[0]

    @property
    def text(self) -> str:
        """The query, as the form sends it."""
        return str(self.browser.find_element(By.ID, "query").get_attribute("value"))

    def keys(self, *keys: str) -> None:
        """Types where the focus is."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def clear(self) -> None:
        """Empties the editor and puts the focus there."""
        self.content.click()
        chain = ActionChains(self.browser).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        chain.send_keys(Keys.DELETE).perform()

    def run(self) -> None:
        """Asks by the keyboard."""
        chain = ActionChains(self.browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER)
        chain.key_up(Keys.CONTROL).perform()

    def accept(self, text: str) -> None:
        """Takes the first completion, once it shows a text and may be taken."""
        options = "li[role=option]"
        self.until(lambda: text in self.within(options)[0].text)
        time.sleep(SETTLED)
        self.keys(Keys.ENTER)
        self.until(lambda: not self.within(options))

    def complaints(self) -> list[dict[str, Any]]:
        """What the browser complains about, but for answers that are errors by design."""
        entries: list[dict[str, Any]] = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        return [one for one in entries if "400 (Bad Request)" not in one["message"]]


@pytest.fixture
def page(browser: webdriver.Chrome, address: str) -> Iterator[Page]:
    found = Page(browser, address)
    found.open()
    browser.execute_script("localStorage.clear()")
    yield found
    assert not found.complaints()


def test_the_editor_stands_in_for_the_form_field(page: Page) -> None:
    assert not page.browser.find_element(By.ID, "query").is_displayed()
    assert "Which practices led to which measures?" in page.content.text
    assert page.content.get_attribute("aria-label") == "Query"
    coloured = {
        page.browser.execute_script("return getComputedStyle(arguments[0]).color", span)
        for span in page.within(".cm-line span")
    }
    assert len(coloured) >= 4


def test_completion_knows_the_classes_and_their_properties_inside_a_graph(page: Page) -> None:
    page.clear()
    page.keys("SELECT * WHERE { GRAPH ?g { ?m a pt:Meas")
    page.accept("pt:Measure")
    page.keys(" ; insp")
    page.accept("pt:inspiredBy")
    assert "?m a pt:Measure ; pt:inspiredBy" in page.text
    assert page.text.startswith("PREFIX pt: <https://w3id.org/policytrace/ns#>\n")


def test_completion_knows_graphs_and_variables(page: Page) -> None:
    page.clear()
    page.keys("SELECT * WHERE { GRAPH asser")
    page.accept("graph:asserted")
    page.keys(" { ?practice a ?kind } FILTER(?prac")
    page.accept("?practice")
    assert "GRAPH graph:asserted { ?practice a ?kind } FILTER(?practice" in page.text
    assert "PREFIX graph: <https://w3id.org/policytrace/graph/>" in page.text


def test_a_thing_is_completed_by_its_name(page: Page) -> None:
    page.clear()
    page.keys("SELECT * WHERE { ?m pt:inspiredBy shrinking")
    page.accept("Shrinking Cities")
    assert "?m pt:inspiredBy <https://w3id.org/policytrace/id/practice/gp-chemnitz-agency>" in page.text


def test_no_completion_in_comments_and_texts(page: Page) -> None:
    page.clear()
    page.keys("# pt:Mea")
    page.keys(Keys.ENTER, 'SELECT * WHERE { ?m rdfs:label "pt:Mea')
    page.until(lambda: "PREFIX rdfs:" in page.text)
    assert not page.within("li[role=option]")


def test_a_known_prefix_is_declared_as_it_is_typed_and_before_a_query_runs(page: Page) -> None:
    page.clear()
    page.keys("SELECT * WHERE { ?s dct:")
    page.until(lambda: page.text.startswith("PREFIX dct: <http://purl.org/dc/terms/>\n"))
    page.clear()
    page.browser.execute_cdp_cmd("Input.insertText", {"text": "SELECT ?p { ?p a pt:GoodPractice } LIMIT 3"})
    page.run()
    page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, "#result table.result"))
    assert page.text.count("PREFIX pt:") == 1


def test_an_error_is_marked_where_it_is_and_the_caret_goes_there(page: Page) -> None:
    page.clear()
    page.keys("SELECT * WHERE {", Keys.ENTER, "?s ?p ?o FILTR(?s)", Keys.ESCAPE)
    page.run()
    page.until(lambda: page.within(".cm-lintRange-error"))
    assert "cannot be read" in page.browser.find_element(By.CSS_SELECTOR, "#result").text
    assert page.within(".cm-activeLine")[0].text.strip().startswith("?s ?p ?o")
    assert page.within(".cm-editor.cm-focused")


def test_an_answer_comes_without_leaving_the_page_and_its_address_gives_it_again(page: Page) -> None:
    page.clear()
    page.keys("SELECT ?p WHERE { ?p a pt:GoodPractice } ORDER BY ?p LIMIT 7", Keys.ESCAPE)
    page.run()
    rows = "#result table.result tbody tr"
    page.until(lambda: len(page.browser.find_elements(By.CSS_SELECTOR, rows)) == 7)
    assert "/sparql?q=" in page.browser.current_url
    first = page.browser.find_element(By.CSS_SELECTOR, rows).text
    assert "practice/gp-" in first
    page.browser.refresh()
    page.until(lambda: page.content)
    assert page.browser.find_element(By.CSS_SELECTOR, rows).text == first
    assert "LIMIT 7" in page.text
    history = page.until(lambda: page.browser.find_element(By.CSS_SELECTOR, ".history"))
    page.clear()
    history.find_element(By.TAG_NAME, "summary").click()
    history.find_element(By.CSS_SELECTOR, "li button").click()
    assert "LIMIT 7" in page.text


def test_an_endless_query_can_be_stopped(page: Page) -> None:
    page.clear()
    page.keys("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", Keys.ESCAPE)
    page.run()
    page.until(lambda: page.browser.find_element(By.CSS_SELECTOR, ".waiting button")).click()
    page.until(lambda: "Stopped" in page.browser.find_element(By.ID, "result").text)


def test_an_answer_is_seen_as_chart_map_and_raw(page: Page) -> None:
    page.open(f"sparql?query={quote(BY_REGION)}")
    buttons = {
        b.text: b for b in page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, ".views button"))
    }
    assert list(buttons) == ["Table", "Chart", "Map", "Raw"]
    buttons["Chart"].click()
    canvas = page.until(lambda: page.browser.find_element(By.CSS_SELECTOR, "canvas"))
    pixels = "arguments[0].getContext('2d').getImageData(0, 0, arguments[0].width, arguments[0].height)"
    drawn = f"return {pixels}.data.some(value => value > 0)"
    page.until(lambda: page.browser.execute_script(drawn, canvas))
    assert not page.browser.find_element(By.CSS_SELECTOR, "table.result").is_displayed()
    buttons["Map"].click()
    full = page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, "svg.map .full title"))
    assert len(full) > 15
    numbers = page.browser.find_elements(By.CSS_SELECTOR, ".countries tbody tr")
    assert len(numbers) >= len(full)
    buttons["Raw"].click()
    page.until(lambda: '"bindings"' in page.browser.find_element(By.CSS_SELECTOR, "#result pre").text)
    buttons["Table"].click()
    assert page.browser.find_element(By.CSS_SELECTOR, "table.result").is_displayed()


def test_a_picker_finds_a_thing_by_its_name_with_the_keyboard(
    browser: webdriver.Chrome, address: str
) -> None:
    page = Page(browser, address)
    browser.get(f"{address}queries/practice_destinations")
    field = page.until(lambda: browser.find_element(By.CSS_SELECTOR, "input[role=combobox]"))
    field.click()
    field.send_keys("chemn")
    page.until(lambda: browser.find_elements(By.CSS_SELECTOR, "li[role=option]"))
    assert field.get_attribute("aria-expanded") == "true"
    field.send_keys(Keys.ARROW_DOWN)
    active = browser.find_element(By.ID, str(field.get_attribute("aria-activedescendant")))
    assert active.get_attribute("aria-selected") == "true"
    field.send_keys(Keys.ENTER)
    assert "Chemnitz" in str(field.get_attribute("value"))
    field.send_keys(Keys.ENTER)
    page.until(lambda: "practice=gp-chemnitz-agency" in browser.current_url)
    assert not page.complaints()


@pytest.fixture
def without_scripts(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    # The page that answers a form is loaded after the form was sent.
    browser.implicitly_wait(60)
    yield browser
    browser.implicitly_wait(0)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_everything_works_by_plain_forms(without_scripts: webdriver.Chrome, address: str) -> None:
    browser = without_scripts
    browser.get(address + "sparql")
    area = browser.find_element(By.ID, "query")
    area.clear()
    area.send_keys("SELECT * WHERE { ?s ?p }")
    area.submit()
    assert "cannot be read" in browser.find_element(By.CSS_SELECTOR, ".wrong").text
    area = browser.find_element(By.ID, "query")
    assert area.get_attribute("value") == "SELECT * WHERE { ?s ?p }"
    area.clear()
    area.send_keys("SELECT ?p { ?p a <https://w3id.org/policytrace/ns#GoodPractice> } LIMIT 4")
    area.submit()
    assert len(browser.find_elements(By.CSS_SELECTOR, "table.result tbody tr")) == 4
    assert browser.find_element(By.CSS_SELECTOR, "a.permalink").is_displayed()
    browser.get(address + "queries/practice_destinations")
    field = browser.find_element(By.NAME, "practice")
    field.clear()
    field.send_keys("chemnitz")
    field.submit()
    browser.find_element(By.CSS_SELECTOR, ".missing a").click()
    assert browser.find_elements(By.CSS_SELECTOR, "table.result tbody tr")
    assert "practice=gp-chemnitz-agency" in browser.current_url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", [f"sparql?query={quote(BY_REGION)}", "sparql?query=x", "queries/practice_destinations"]
)
def test_nothing_stands_in_the_way_of_assistive_technology(
    browser: webdriver.Chrome, address: str, path: str, scheme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: run make bundles")
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    try:
        browser.get(address + path)
        Page(browser, address).until(
            lambda: browser.find_elements(By.CSS_SELECTOR, ".editor, [role=combobox]")
        )
        browser.execute_script(AXE.read_text("utf-8"))
        found = browser.execute_async_script(
            "axe.run().then(r => arguments[0](r.violations), e => arguments[0]([String(e)]))"
        )
        told = [
            (v["id"], [n["html"][:120] for n in v["nodes"][:3]]) if isinstance(v, dict) else v for v in found
        ]
        assert not told
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [360, 768])
def test_no_page_is_wider_than_the_window(browser: webdriver.Chrome, address: str, width: int) -> None:
    browser.set_window_size(width, 900)
    try:
        for path in (f"sparql?query={quote(BY_REGION)}", "sparql?query=x", "queries/project_partners"):
            browser.get(address + path)
            assert browser.execute_script(
                "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), path
    finally:
        browser.set_window_size(1280, 1000)
