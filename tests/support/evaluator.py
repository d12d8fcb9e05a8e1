"""A person who works with the pages in a browser: with the mouse, or with nothing but the keyboard."""

import urllib.request
from collections.abc import Callable

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from waiting import PATIENCE

MOUSE, KEYBOARD = "mouse", "keyboard"
STOPS = 400
"""How often the Tab key is pressed at most to reach something."""
FOCUS = """
const style = getComputedStyle(document.activeElement);
return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
"""


class Evaluator:
    """Reads pages and follows links, by one ``hand``."""

    def __init__(self, browser: webdriver.Chrome, address: str, hand: str) -> None:
        self.browser, self.hand = browser, hand
        browser.get(address)

    def text(self, selector: str = "main") -> str:
        """What stands on the page."""
        return " ".join(self.browser.find_element(By.CSS_SELECTOR, selector).text.split())

    def follow(self, words: str, within: str = "main") -> None:
        """Follow the first visible link with these words."""
        found = [a for a in self.browser.find_elements(By.CSS_SELECTOR, f"{within} a") if a.is_displayed()]
        link = next((a for a in found if words.casefold() in a.text.casefold()), None)
        assert link is not None, f"no link “{words}” on {self.browser.current_url}"
        self.open(link)

    def search(self, words: str) -> None:
        """Type into the box that stands on every page."""
        box = self.browser.find_element(By.ID, "find")
        if self.hand == MOUSE:
            box.send_keys(words)
            self.open(self.browser.find_element(By.CSS_SELECTOR, ".find button"))
        else:
            self._reach(box)
            self._press(*words)
            self._leaves(lambda: self._press(Keys.ENTER))

    def address(self, words: str) -> str:
        """Where the first link with these words leads."""
        found = self.browser.find_elements(By.CSS_SELECTOR, "main a")
        return str(next(a for a in found if words in a.text).get_attribute("href"))

    def download(self, address: str) -> bytes:
        """What a link gives as a file."""
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            body: bytes = answer.read()
        return body

    def open(self, element: WebElement) -> None:
        """Open the page that a link or a button leads to."""
        if self.hand == MOUSE:
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            self._leaves(element.click)
        else:
            self._reach(element)
            self._leaves(lambda: self._press(Keys.ENTER))

    def _reach(self, element: WebElement) -> None:
        """Go on to an element by the Tab key; the focus can be seen there."""
        for _ in range(STOPS):
            self._press(Keys.TAB)
            if self.browser.switch_to.active_element == element:
                break
        else:
            raise AssertionError(f"{element.text} on {self.browser.current_url} is not reached by keyboard")
        assert self.browser.execute_script(FOCUS), f"no focus is seen on {element.text}"

    def _press(self, *keys: str) -> None:
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def _leaves(self, act: Callable[[], object]) -> None:
        old = self.browser.find_element(By.TAG_NAME, "html")
        act()
        WebDriverWait(self.browser, PATIENCE, 0.05).until(lambda _: _gone(old))


def _gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except Exception:
        return True
    return False
