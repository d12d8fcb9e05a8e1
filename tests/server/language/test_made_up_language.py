"""Every kind of page in a language that is made up of all texts: what stays English was not marked.

Each letter of a text gets an accent, so that a word without one is data of the release, which is looked up
there, or an exception that is listed here, or a text that nobody can translate.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from babel.messages.catalog import Catalog
from flask.testing import FlaskClient
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from waiting import PATIENCE
from walk import PAGE, SITE, kind, walk

from policytrace.graph.analyses.analyses import ANALYSES
from policytrace.graph.library.queries import SHARED, library
from policytrace.graph.releases.release import Releases
from policytrace.server import create_app
from policytrace.server.language import make
from policytrace.server.operations.settings import Settings
from policytrace.server.pictures.geography import outlines
from policytrace.server.site.bundles import MANIFEST, folder

LANGUAGE = "art-x-made-up"
FROM_RIGHT = "ar-x-made-up"
"""The same texts, as a language that is written from right to left."""
KEPT = re.compile(r"%%|%\(\w+\)s|\{[^}]*\}|<[^>]*>|&#?\w+;")
"""Placeholders, markup and entities, which a translation keeps."""
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = str.maketrans(PLAIN, "áƀćďéƒǵħíĵķĺḿńóṕɋŕśťúṽẃẋýźÁɃĆĎÉƑǴĦÍɈĶĹḾŃÓṔɊŔŚŤÚṼẂẊÝŹ")
TOLD = ("title", "alt", "aria-label", "placeholder")
"""Attributes that people read or hear."""
SILENT = {"code", "pre", "script", "style", "textarea", "text"}
"""Elements whose text is for programs, or a line of a name that stands whole beside it."""
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "hr", "circle", "line"}
NAMES = """
PolicyTrace SPARQL CSV TSV JSON JSON-LD RDF RDF/XML N-Triples N-Quads Turtle TriG GraphML HTML XML PNG SVG
BibTeX Excel XLSX VoID DCAT-AP PROV-O SHACL OpenAPI LDES Atom Python R curl gzip zstd CC BY SHA256SUMS UTC
NUTS GeoNames MiB KiB kB MB GB bytes ms en
"""
"""Words that are names or units in every language."""
CODE = re.compile(
    r"\b[a-z]+:[\w.-]+|\S+/\S*|\S*…\S*|\w+\.\w+\S*|[\w-]*\d[\w:.-]*|\w+_\w+|\w*[a-z][A-Z]\w*|\b[A-Z]{2,4}\b"
)
"""Identifiers, addresses, files, dates, numbers with a unit, columns, and abbreviations."""


EXCEPTIONS = (
    "PolicyTrace: a knowledge graph of interregional policy learning",
    "practice before transfer",
    "event before transfer",
    "transfer before measure",
    "measure before change",
    "forward",
    "exprot",
    "zzzzzzqq",
    "nonsense",
    "export",
)
"""Texts of the catalogue and of queries, which are data, a code, and what the test types."""
ASKED = (
    "/search?q=exprot",
    "/search?q=zzzzzzqq",
    "/paths?question=forward&from=practice/gp-ergo",
    "/paths?question=between&from=practice/gp-ergo&to=region/friesland",
    "/paths?question=between&from=practice/gp-ergo&to=nonsense",
    "/paths?question=backward&to=region/friesland&layer=considered",
    "/sparql?query=SELECT * WHERE { ?s ?p ?o } LIMIT 3",
    "/sparql?query=ASK { ?s ?p ?o }",
    "/overview/upgradesme",
    "/analysis/lag",
    "/analysis/matrix",
    "/indicators?project=upgradesme",
    "/indicators/lag",
    "/gaps?gap=transfer-without-evidence",
    "/doc/practice/nothing-of-that-name",
)
"""Pages that links alone do not lead to."""


def made_up(text: str) -> str:
    """The text with an accent on every letter outside what a translation keeps."""
    found, at = [], 0
    for kept in KEPT.finditer(text):
        found += [text[at : kept.start()].translate(ACCENTED), kept[0]]
        at = kept.end()
    return "".join([*found, text[at:].translate(ACCENTED)])


class Texts(HTMLParser):
    """The texts of a page that are said to be in its language, with the elements they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.found: list[str] = []
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang") or ""
        foreign = (given.get("lang") or LANGUAGE) != LANGUAGE or tag in SILENT
        inside = foreign or (bool(self.open) and self.open[-1][1])
        if not inside:
            self.found += [given[name] or "" for name in TOLD if name in given]
        if tag not in VOID:
            self.open.append((tag, inside))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open and not self.open[-1][1]:
            self.found.append(data.strip())


def words(text: str) -> list[str]:
    """The words of a text as they are compared, without letters that stand alone."""
    return re.findall(r"[^\W\d_]{2,}", text.casefold())


class Data:
    """What the literals of a release say, to be found again in pages."""

    def __init__(self, store: ox.Store) -> None:
        self.starts: dict[str, set[tuple[str, ...]]] = {}
        for quad in store.quads_for_pattern(None, None, None, None):
            if isinstance(quad.object, ox.Literal):
                self.add(quad.object.value)
            if isinstance(quad.subject, ox.NamedNode):
                self.add(quad.subject.value.rpartition("/")[2])

    def add(self, text: str) -> None:
        """One more text that is data."""
        for part in {text, CODE.sub(" ", text), *text.split("; ")}:
            if found := tuple(words(part)):
                self.starts.setdefault(found[0], set()).add(found)

    def left(self, text: str) -> list[str]:
        """The words of a text that are neither made up nor data nor names."""
        return self._left(text) and self._left(CODE.sub(" ", text))

    def _left(self, text: str) -> list[str]:
        plain = [word for word in words(text) if re.search("[a-z]", word)]
        found, at = [], 0
        while at < len(plain):
            known = self.starts.get(plain[at], ())
            most = max((len(k) for k in known if tuple(plain[at : at + len(k)]) == k), default=0)
            if not most:
                found.append(plain[at])
            at += most or 1
        return [word for word in found if word not in _NAMES]


_NAMES = frozenset(words(NAMES))


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with a release of the sample and a catalogue of the made-up language."""
    folder = tmp_path_factory.mktemp("made-up") / "home"
    shutil.copytree(sample_home, folder, copy_function=os.link)
    found = Catalog(locale="en")
    for message in make.texts():
        if isinstance(message.id, str):
            found.add(message.id, made_up(message.id) if message.id else None)
        else:
            found.add(message.id, tuple(map(made_up, message.id)))
    make.compile_catalogue(found, LANGUAGE, folder / "locale")
    make.compile_catalogue(found, FROM_RIGHT, folder / "locale")
    return folder


@pytest.fixture(scope="module")
def speaker(home: Path) -> Iterator[FlaskClient]:
    """A client of a server that speaks the made-up language."""
    app = create_app(Settings(home=home, site=f"{SITE}/", language=LANGUAGE, query_processes=2, rate=0))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.fixture(scope="module")
def data(home: Path) -> Data:
    """The literals of the release."""
    release = Releases(home).current()
    assert release is not None
    found = Data(release.open())
    columns = (column.replace("_", " ") for one in ANALYSES.values() for column in one.columns)
    variables = (column.name for query in library().values() for column in query.columns)
    for text in (*columns, *variables, *SHARED, *library(), *EXCEPTIONS, outlines().source):
        found.add(text)
    return found


def test_no_kind_of_page_has_a_text_that_cannot_be_translated(speaker: FlaskClient, data: Data) -> None:
    left: dict[str, list[str]] = {}
    found: set[str] = set()
    for path, _, text in walk(speaker, ASKED):
        if not text:
            continue
        found.add(kind(path))
        page = Texts(text)
        assert page.language == LANGUAGE, path
        if rest := {text: words for text in page.found if (words := data.left(text))}:
            left[path] = [f"{' '.join(words)}: {text[:200]}" for text, words in rest.items()]
    assert len(found) >= 48
    assert not left, left


def test_data_keep_their_language_and_say_so(speaker: FlaskClient) -> None:
    page = speaker.get("/doc/practice/gp-ergo", headers=PAGE).text
    assert re.search(r'<h1 lang="en">[^<]+ <span class="tag" lang="art-x-made-up">', page)
    assert '<dt><a href="/ns#inRegion" lang="en">' in page


def test_what_programs_read_is_not_translated(speaker: FlaskClient, client: FlaskClient) -> None:
    for path in ("/doc/practice/gp-ergo.ttl", "/scheme/strength.ttl", "/catalog.ttl", "/ns.ttl"):
        assert speaker.get(path).data == client.get(path).data, path
    header = "/queries/project_partners.csv?project=upgradesme"
    assert speaker.get(header).data == client.get(header).data
    asked = "/api/paths?question=forward&from=practice/gp-ergo"
    ours, english = (json.loads(one.get(asked).data) for one in (speaker, client))
    assert ours["paths"][0]["hops"][0].keys() == english["paths"][0]["hops"][0].keys()
    assert ours["paths"][0]["id"] == english["paths"][0]["id"]


def test_pictures_are_translated(speaker: FlaskClient) -> None:
    for name in ("map", "flow"):
        picture = speaker.get(f"/picture/{name}.svg").text
        assert made_up("considered only") in picture
        assert "considered only" not in picture


COUNTED = """PREFIX pt: <https://w3id.org/policytrace/ns#>
SELECT ?region (COUNT(*) AS ?n) WHERE { ?t a pt:LearningTransfer ; pt:toRegion ?region } GROUP BY ?region"""
COUNTRIES = """
const names = new Intl.DisplayNames(["en"], {type: "region", fallback: "none"});
const letters = [...Array(26)].map((_, n) => String.fromCharCode(65 + n));
return letters.flatMap(a => letters.map(b => names.of(a + b))).filter(Boolean)"""


@pytest.mark.skipif(not (folder() / MANIFEST).is_file(), reason="The bundles are not built: run make bundles")
def test_scripts_say_nothing_that_cannot_be_translated(
    browser: webdriver.Chrome, home: Path, data: Data, serve: Callable[..., Any]
) -> None:
    def until(what: Callable[[], Any]) -> Any:
        return WebDriverWait(browser, PATIENCE, 0.05, [Exception]).until(lambda _: what())

    def english() -> list[str]:
        """What of the page as it stands, the editor within it included, stayed English."""
        roots = "[document, ...[...document.querySelectorAll('.editor')].map(one => one.shadowRoot)]"
        parts = browser.execute_script(
            f"return {roots}.map(r => (r.documentElement ?? r.firstChild).outerHTML)"
        )
        return [text for part in parts for text in Texts(part).found if data.left(text)]

    def found(selector: str) -> list[Any]:
        return browser.find_elements(By.CSS_SELECTOR, selector)

    for name in (*browser.execute_script(COUNTRIES), *words(COUNTED)):
        data.add(name)
    address = serve(home, workers="1", rate="0", language=LANGUAGE).address
    browser.get(f"{address}/sparql?query={quote(COUNTED)}")
    buttons = [until(lambda: found(".views button"))[number] for number in range(4)]
    assert [one.text for one in buttons] == [made_up(text) for text in ("Table", "Chart", "Map", "Raw")]
    ActionChains(browser).key_down(Keys.CONTROL).send_keys_to_element(
        browser.find_element(By.CSS_SELECTOR, ".editor").shadow_root.find_element(
            By.CSS_SELECTOR, ".cm-content"
        ),
        Keys.ENTER,
    ).key_up(Keys.CONTROL).perform()
    until(lambda: found(".history")[0].is_displayed())
    assert not english()
    for number, drawn in enumerate(("table.result", "canvas", "svg.map .full", "#result pre.excerpt")):
        found(".views button")[number].click()
        until(partial(found, drawn))
        assert not english()
    for page, name in (("paths", "from"), ("queries/practice_destinations", "practice")):
        browser.get(f"{address}/{page}")
        field = until(partial(found, f"#p-{name}[role=combobox]"))[0]
        field.click()
        field.send_keys("chemn")
        until(partial(found, "[role=option]"))
        assert not english(), page


def test_a_language_from_right_to_left_mirrors_the_pages(
    browser: webdriver.Chrome, home: Path, serve: Callable[..., Any]
) -> None:
    address = serve(home, workers="1", rate="0", language=FROM_RIGHT).address
    edges = """
    return arguments[0].map(selector => {
        const box = document.querySelector(selector).getBoundingClientRect();
        return [box.left, box.right];
    })"""
    try:
        for width in (390, 1280):
            browser.set_window_size(width, 900)
            for path in ("/", *ASKED[2:7], "/doc/practice/gp-ergo", "/search?q=ergo", "/overview", "/ns"):
                browser.get(address + path)
                assert browser.execute_script("return document.documentElement.dir") == "rtl", path
                wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert browser.execute_script(wide) == 0, (path, width)
        browser.get(f"{address}/search?q=ergo")
        name, menu, list_, facets = browser.execute_script(
            edges, ["header.site .name", "header.site nav a", ".index li", ".facets"]
        )
        assert name[0] > menu[1]
        assert list_[0] > facets[1]
        browser.get(f"{address}/doc/practice/gp-ergo")
        term, value = browser.execute_script(edges, [".facts dt", ".facts dd"])
        assert term[0] >= value[1]
        link = browser.find_element(By.CSS_SELECTOR, ".facts dd a")
        assert link.get_attribute("dir") == "auto"
        assert browser.execute_script("return getComputedStyle(arguments[0]).direction", link) == "ltr"
        code = browser.find_element(By.CSS_SELECTOR, ".iri code")
        assert browser.execute_script("return getComputedStyle(arguments[0]).direction", code) == "ltr"
    finally:
        browser.set_window_size(1280, 1000)
