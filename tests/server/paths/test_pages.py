"""The pages of transfer paths: whole without scripts, honest about layers and limits, and leading on."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask.testing import FlaskClient
from folders import SMALL
from werkzeug.test import TestResponse

from policytrace.graph.building.build import build
from policytrace.graph.paths.formats.formats import FORMATS
from policytrace.graph.releases.release import Release
from policytrace.server import create_app
from policytrace.server.operations.settings import Settings
from policytrace.server.paths import page as path_page

PAGE = {"Accept": "text/html"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
PRACTICE = "from=practice/gp-playful-paradigm"
ADDRESSES = [
    "/paths",
    f"/paths?question=forward&{PRACTICE}",
    "/paths?question=backward&to=measure/me-gavleborg-export-centre",
    "/paths?from=region/udine&to=region/cork",
    "/paths?from=region/cork&to=region/udine",
    "/paths?from=country/IT&max_paths=40",
    "/paths?from=project/upgradesme&layer=realised&layer=considered&layer=opportunity&prefixes=yes",
    f"/paths?question=between&{PRACTICE}",
]
VOID = {"meta", "link", "input", "br", "img"}


@dataclass
class Element:
    """An element with its text, spaces made one."""

    tag: str
    attributes: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).split())


class Read(HTMLParser):
    """A page as elements; fails on what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.found.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    def all(self, tag: str, cls: str = "") -> list[Element]:
        """Elements of a name, and of a class if one is given."""
        return [
            e
            for e in self.found
            if e.tag == tag and (not cls or cls in e.attributes.get("class", "").split())
        ]

    def links(self, start: str) -> list[str]:
        """Where links lead whose address begins in a way."""
        return [e.attributes["href"] for e in self.all("a") if e.attributes.get("href", "").startswith(start)]


def _sent(client: FlaskClient, address: str, **options: Any) -> TestResponse:
    """An answer that was read to its end, so that the next question has its turn."""
    answer = client.get(address, headers=PAGE, **options)
    assert answer.data is not None
    return answer


def _get(client: FlaskClient, address: str, status: int = 200) -> Read:
    answer = _sent(client, address)
    assert answer.status_code == status, (address, answer.status_code)
    assert answer.mimetype == "text/html"
    return Read(answer.text)


def _data(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address.replace("/paths", "/api/paths", 1))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_is_whole_without_scripts(client: FlaskClient, address: str) -> None:
    page = _get(client, address)
    (script,) = page.all("script")
    assert script.attributes == {"src": "/static/suggest.js", "defer": ""}
    assert not script.text
    attributes = {name for e in page.found for name in e.attributes}
    assert "style" not in attributes
    assert not {name for name in attributes if name.startswith("on")}
    ids = [e.attributes["id"] for e in page.found if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    named = {
        part
        for e in page.found
        for name in ("for", "aria-describedby")
        for part in e.attributes.get(name, "").split()
    }
    assert named <= set(ids)


@pytest.mark.parametrize("address", ADDRESSES)
def test_headings_are_in_order_and_every_field_has_a_name(client: FlaskClient, address: str) -> None:
    page = _get(client, address)
    levels = [int(e.tag[1]) for e in page.found if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    labelled = {e.attributes["for"] for e in page.all("label") if "for" in e.attributes}
    inputs = [e for e in page.found if e.tag in ("input", "select")]
    assert all(e.attributes.get("id") in labelled or e.attributes["type"] == "checkbox" for e in inputs)


def _ways(answer: Any) -> list[Any]:
    """The path that tells each chain of transfers, then those that link things without a transfer."""
    paths = {path["id"]: path for path in answer["paths"]}
    chained = [chain["paths"] for chain in answer["chains"]]
    told = {path for of_chain in chained for path in of_chain}
    first = [paths[of_chain[0]] if of_chain else None for of_chain in chained]
    return first + [path for name, path in paths.items() if name not in told]


def _told(answer: Any) -> list[Any]:
    """Those of them that the first page tells."""
    return [path for path in _ways(answer)[: path_page.PER_PAGE] if path]


@pytest.mark.parametrize("address", ADDRESSES[1:6])
def test_page_tells_every_hop_with_its_evidence(client: FlaskClient, address: str) -> None:
    page, answer = _get(client, address), _data(client, address)
    shown = _told(answer)
    hops = [hop for path in shown for hop in path["hops"]]
    told = page.all("li", "hop")
    assert len(told) == len(hops)
    for element, hop in zip(told, hops, strict=True):
        assert " ".join(re.sub("[“”]", "", hop["sentence"]).split()) in element.text
        assert (hop["date"] or "no date") in element.text
        for line in hop["evidence"]:
            told_so = f"{line['direction']} {line['title']}"
            assert " ".join(told_so.split()) in element.text
            assert (line["locator"] or "no place in it given") in element.text
    outside = [e.attributes["href"] for e in page.all("a", "out")]
    assert [line["source"] for hop in hops for line in hop["evidence"] if line["source"]] == [
        link for link in outside if link in {line["source"] for hop in hops for line in hop["evidence"]}
    ]
    verdicts = [element.text for element in page.all("p", "verdict")]
    assert verdicts == ["Verdict " + " ".join(path["verdict"]["sentence"].split()) for path in shown]


@pytest.mark.parametrize("address", ADDRESSES[1:4])
def test_table_and_drawing_have_the_same_hops(client: FlaskClient, address: str) -> None:
    page, answer = _get(client, address), _data(client, address)
    hops = {hop["id"]: hop for path in answer["paths"] for hop in path["hops"]}
    rows = [e.attributes["id"] for e in page.all("tr") if e.attributes.get("id", "").startswith("hop-")]
    assert sorted(rows) == sorted(f"hop-{name}" for name in hops)
    lines = page.all("a", "line")
    assert all(line.attributes["href"][1:] in rows for line in lines)
    things = {hop[end]["id"] for hop in hops.values() for end in ("from", "to")}
    assert len(page.all("a", "box")) == len(things)
    assert all(e.attributes["aria-label"] for e in lines)


def test_summary_counts_and_names_the_strongest(client: FlaskClient) -> None:
    (summary,) = _get(client, ADDRESSES[1]).all("p", "summary")
    answer = _data(client, ADDRESSES[1])
    count, direct = answer["counts"]["transfers"], answer["counts"]["direct"]
    assert count == len(answer["transfers"])
    assert 0 < direct < count
    assert summary.text.startswith(
        f"{count} transfers, {direct} of them directly and {count - direct} by way of these. "
        "Best evidenced: Playful Paradigm → "
    )
    assert f"({answer['paths'][0]['verdict']['strength']} evidence)" in summary.text


def test_a_cut_answer_says_so_and_leads_on(client: FlaskClient) -> None:
    page = _get(client, ADDRESSES[1] + "&max_paths=2")
    (banner,) = page.all("div", "cut")
    assert "not complete" in banner.text
    assert "max_paths" in banner.text
    (more,) = [e.attributes["href"] for e in page.all("a", "button") if "max_paths=" in e.attributes["href"]]
    assert not _get(client, more).all("div", "cut")
    assert not _get(client, ADDRESSES[1]).all("div", "cut")


def test_what_is_no_influence_is_never_shown_as_influence(client: FlaskClient) -> None:
    page, answer = _get(client, ADDRESSES[6]), _data(client, ADDRESSES[6])
    (banner,) = page.all("div", "uncertain")
    assert "Not all of this is influence" in banner.text
    hops = [hop for path in _told(answer) for hop in path["hops"]]
    assert {hop["layer"] for path in answer["paths"] for hop in path["hops"]} > {"realised"}
    for element, hop in zip(page.all("li", "hop"), hops, strict=True):
        assert hop["layer"] in element.attributes["class"]
        assert ("no influence" in element.text) == (hop["layer"] != "realised")
    for row in page.all("tr"):
        layer = row.attributes.get("class", "")
        assert layer in ("", "realised") or f"({layer})" in row.text
    (summary,) = page.all("p", "summary")
    firm = [one for one in answer["transfers"] if one["layer"] == "realised"]
    words = f"{len(firm)} of them {'is' if len(firm) == 1 else 'are'} influence"
    assert (words if firm else "none of them is influence") in summary.text
    for heading, path in zip(page.all("h3"), _told(answer), strict=False):
        arrows = re.findall("[→⇢]", heading.text)
        assert arrows == ["→" if hop["layer"] == "realised" else "⇢" for hop in path["hops"]]
    assert not _get(client, ADDRESSES[1]).all("div", "uncertain")


def test_no_path_gives_the_reason_and_what_is_near(client: FlaskClient) -> None:
    page, answer = _get(client, ADDRESSES[4]), _data(client, ADDRESSES[4])
    why = answer["no_path"]
    (section,) = page.all("section", "none")
    assert why["sentence"] in section.text
    assert why["reached"]
    for near in why["reached"]:
        assert near["id"].replace("https://w3id.org/policytrace/id/", "/doc/") in page.links("/doc/")
    turned = next(e for e in page.all("a", "button") if e.text == "the other way round")
    assert _get(client, turned.attributes["href"]).all("article", "way")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/paths?question=forward&from=practice/gp-sk-bso-role", "also over hops that were only considered"),
        ("/paths?question=forward&from=practice/gp-lombardy-call", "also over considered hops"),
        (f"/paths?question=forward&{PRACTICE}&min_strength=very-strong", "without the minimum strength"),
        (f"/paths?question=forward&{PRACTICE}&since=2030", "at any time"),
        (f"/paths?question=forward&{PRACTICE}&kind=part-of&min_strength=strong", "without any of these"),
        ("/paths?from=practice/gp-playful-paradigm&to=region/sligo&max_hops=2", "with up to 12 hops"),
    ],
)
def test_a_button_widens_the_question_until_it_finds_something(
    client: FlaskClient, address: str, words: str
) -> None:
    page = _get(client, address)
    wider = [e for e in page.all("a", "button") if e.text.startswith(words)]
    assert len(wider) == 1, [e.text for e in page.all("a", "button")]
    assert _get(client, wider[0].attributes["href"]).all("article", "way")


def test_unknown_thing_offers_near_names_that_keep_the_question(client: FlaskClient) -> None:
    page = _get(client, "/paths?from=practice/gp-playful-paradise&min_strength=weak", 404)
    (error,) = page.all("p", "wrong")
    assert "gp-playful-paradise" in error.text
    assert next(e for e in page.all("input") if e.attributes.get("name") == "from").attributes["aria-invalid"]
    links = page.links("/paths?from=")
    assert any("practice/gp-playful-paradigm" in link for link in links)
    assert all("min_strength=weak" in link for link in links if "/gp-playful-paradigm" in link)
    assert _get(client, next(link for link in links if "paradigm" in link)).all("article", "way")


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("since=someday", "since", "no date"),
        ("max_hops=99", "max_hops", "from 1 to 12"),
        ("until=2001&since=2010", "until", "lies before"),
        ("min_strength=strnog", "min_strength", "Did you mean strong"),
        ("layer=reallised", "layer", "Did you mean realised"),
    ],
)
def test_a_wrong_option_is_explained_beside_its_field(
    client: FlaskClient, query: str, name: str, words: str
) -> None:
    page = _get(client, f"/paths?{PRACTICE}&{query}", 400)
    (error,) = page.all("p", "wrong")
    assert words in error.text
    assert error.attributes["id"] == f"p-{name}-error"
    assert any("open" in e.attributes for e in page.all("details"))


def test_an_option_that_does_not_exist_is_told_above_the_form(client: FlaskClient) -> None:
    (error,) = _get(client, f"/paths?{PRACTICE}&layr=realised", 400).all("p", "wrong")
    assert "Did you mean layer" in error.text
    assert error.attributes["role"] == "alert"


def test_an_exact_name_is_its_thing(client: FlaskClient) -> None:
    answer = _sent(client, "/paths?from=city+of+CORK&to=&since=")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "http://site.example/paths?from=organisation/city-cork"


def test_what_a_form_leaves_empty_or_at_its_default_goes_from_the_address(client: FlaskClient) -> None:
    sent = {"question": "forward", "from": "practice/gp-playful-paradigm", "to": "", "layer": "realised"}
    sent |= {"time": "any", "expand": "yes", "prefixes": "no", "min_strength": "weak", "max_hops": ""}
    answer = _sent(client, "/paths", query_string=sent)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {
        "question": ["forward"],
        "from": ["practice/gp-playful-paradigm"],
        "min_strength": ["weak"],
    }
    assert _sent(client, answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("playful par", {"practice/gp-playful-paradigm", "project/playful-paradigm"}),
        ("Playful Paradigm", {"practice/gp-playful-paradigm", "project/playful-paradigm"}),
        ("Lodz cit", {"organisation/city-lodz"}),
    ],
)
def test_a_name_that_is_no_one_thing_offers_what_it_may_mean(
    client: FlaskClient, typed: str, meant: set[str]
) -> None:
    page = _get(client, f"/paths?from={quote(typed)}&min_strength=weak", 400)
    (error,) = page.all("p", "wrong")
    assert f"“{typed}”" in error.text
    links = [link for link in page.links("/paths?from=") if "min_strength=weak" in link]
    assert meant <= {parse_qs(urlsplit(link).query)["from"][0] for link in links}
    for link in links:
        _get(client, link)


def test_a_missing_end_is_asked_for_and_is_no_error(client: FlaskClient) -> None:
    page = _get(client, ADDRESSES[7])
    assert not page.all("p", "wrong")
    (wanted,) = page.all("p", "wanted")
    assert "“To” is still empty" in wanted.text
    assert not page.all("article", "way")


@pytest.mark.parametrize(
    "segment",
    ["practice", "measure", "instrument", "plan", "region", "organisation", "project", "event"],
)
def test_pages_of_things_lead_to_their_paths(client: FlaskClient, segment: str) -> None:
    thing = _get(client, f"/browse/{segment}").links(f"/doc/{segment}/")[0]
    links = _get(client, thing).links("/paths?")
    assert [parse_qs(urlsplit(link).query)["question"] for link in links] == [
        ["forward"],
        ["backward"],
        ["between"],
    ]
    for link in links:
        _get(client, link)


def test_home_shows_a_path_with_its_evidence(client: FlaskClient) -> None:
    page = _get(client, "/")
    (example,) = page.all("article", "way")
    assert "supports" in example.text
    assert "Verdict" in example.text
    questions = page.links("/paths?")
    assert len(questions) == 3
    for link in questions:
        assert _get(client, link).all("article", "way")


def test_long_answers_come_in_pages_and_the_table_leads_to_the_right_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path_page, "PER_PAGE", 3)
    address = "/paths?question=forward&from=country/IT"
    answer = _data(client, address)
    assert len(_ways(answer)) > 2 * path_page.PER_PAGE
    first, second = _get(client, address), _get(client, f"{address}&page=2")
    assert len(first.all("article", "way")) == len(second.all("article", "way")) == path_page.PER_PAGE
    assert any(e.attributes.get("id") == f"chain-{path_page.PER_PAGE + 1}" for e in second.found)
    leading = [link for link in first.links("/paths?") if link.endswith(f"#chain-{path_page.PER_PAGE + 1}")]
    assert leading
    assert parse_qs(urlsplit(leading[0]).query)["page"] == ["2"]
    _get(client, f"{address}&page=99", 404)


def test_downloads_are_the_same_question(client: FlaskClient) -> None:
    page = _get(client, f"{ADDRESSES[1]}&min_strength=weak&kind=inspires&kind=documented-as")
    links = page.links("/api/paths?")
    assert len(links) == len(FORMATS)
    for link, form in zip(links, FORMATS.values(), strict=True):
        query = parse_qs(urlsplit(link).query)
        assert query["kind"] == ["inspires", "documented-as"]
        assert _sent(client, link).mimetype == form.media_type


def test_a_page_of_an_older_release_leads_on_within_it(client: FlaskClient, sample_release: Release) -> None:
    page = _get(client, f"/paths?question=forward&{PRACTICE}&release={sample_release.id}&max_paths=3")
    links = [*page.links("/api/paths?"), *(e.attributes["href"] for e in page.all("a", "button"))]
    assert len(links) > len(FORMATS)
    assert all(parse_qs(urlsplit(link).query)["release"] == [sample_release.id] for link in links)
    hidden = next(e for e in page.all("input") if e.attributes.get("name") == "release")
    assert hidden.attributes["value"] == sample_release.id
    _get(client, f"/paths?question=forward&{PRACTICE}&release=20200101T000000Z-00000000", 404)


def test_filters_stand_in_the_form_as_in_the_address(client: FlaskClient) -> None:
    page = _get(
        client,
        f"/paths?{PRACTICE}&layer=realised&layer=considered&min_strength=weak&since=2015&project=playful-npti",
    )
    checked = {e.attributes["value"] for e in page.all("input") if "checked" in e.attributes}
    assert checked == {"realised", "considered"}
    values = {e.attributes.get("name"): e.attributes.get("value") for e in page.all("input")}
    assert values["since"] == "2015"
    assert "weak" in [e.attributes["value"] for e in page.all("option") if "selected" in e.attributes]


def _permalink(client: FlaskClient) -> str:
    path = next(p for p in _data(client, ADDRESSES[1])["paths"] if len(p["hops"]) == 3)
    return "/" + str(path["permalink"])


def test_a_cited_path_that_stands_says_so(client: FlaskClient) -> None:
    page = _get(client, _permalink(client))
    assert [e.attributes["class"] for e in page.all("li") if e.attributes.get("class") == "none"] == [
        "none"
    ] * 3
    assert not page.all("div", "banner")
    assert len(page.all("li", "hop")) == 3
    downloads = [link for link in page.links("/doc/path/") if "format=" in link]
    assert len(downloads) == len(FORMATS)
    assert _sent(client, downloads[0]).status_code == 200
    between = next(link for link in page.links("/paths?") if "to=" in link)
    assert _get(client, between).all("article", "way")


def test_a_cited_path_that_changed_or_lost_a_hop_says_so(client: FlaskClient) -> None:
    link = _permalink(client)
    changed = _get(client, re.sub(r"state=[0-9a-f]{8}", "state=00000000", link))
    (banner,) = changed.all("div", "uncertain")
    assert "has changed" in banner.text
    name = link.partition("?")[0].rpartition("/")[2]
    gone = _get(client, f"/doc/path/{name[:-20]}{'0' * 20}?since=x&state=")
    (banner,) = gone.all("div", "cut")
    assert "1 of 3 hops of this path are gone" in banner.text
    assert len(gone.all("li", "gone")) == 1
    assert not gone.all("li", "hop")
    _get(client, f"/doc/path/{'0' * 20}", 404)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server whose data hold markup in the name of a practice and in a statement."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(SMALL, folder / "data")
    for table, old in (
        ("good_practices", "Talent House “A”"),
        ("transfers", "The desk was made after the visit."),
    ):
        file = folder / "data" / "alpha" / f"{table}.csv"
        quoted = '"' + HOSTILE.replace('"', '""') + '"'
        file.write_text(file.read_text("utf-8").replace(old, quoted), "utf-8")
    build(sorted((folder / "data").iterdir()), folder / "home")
    app = create_app(Settings(home=folder / "home", project="alpha"))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/paths?from=practice/gp-house&layer=realised&layer=considered", 200),
        ("/paths?question=backward&to=measure/me-desk", 200),
        ("/", 200),
        (f"/paths?from={quote(HOSTILE)}+x", 400),
        (f"/paths?from=practice/gp-house&since={quote(HOSTILE)}", 400),
        (f"/paths?from=practice/gp-house&{quote(HOSTILE)}=1", 400),
        (f"/doc/path/{quote(HOSTILE, safe='')}", 404),
    ],
)
def test_markup_in_data_or_request_stays_text(hostile: FlaskClient, address: str, status: int) -> None:
    answer = _sent(hostile, address)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert not Read(answer.text).all("img")
    if status == 200 and address != "/":
        assert "{{ 7*7 }}" in answer.text
