"""Pages: every number with its name and its thing in attributes, each compared with the tables."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from oracle import ALL
from oracle_indicators import Indicators
from oracle_pairs import BY, pairs

from surfaces.data_set import DataSet, Differences, same
from surfaces.totals import rows_of

NARROWING = ("layer", "stage", "outcome", "degree", "giver", "year", "project", "disputed")
"""What the tables say as well."""
COMPUTED = ("strength", "min-strength", "relation")
"""What only the product computes; these numbers are compared in sum."""
OTHER = frozenset(
    {
        "gaps",
        "rows",
        "sources",
        "figures",
        "evidence-lines",
        "found-transfers",
        "points",
        "sums",
        "days",
        "found-chains",
        "list",
        "facet",
        "hops",
    }
)
"""Numbers that are compared elsewhere, or that are none of transfers."""
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_SEPARATORS = re.compile("[,\u00a0\u202f\\s]")


@dataclass
class Number:
    """A number as a page shows it."""

    name: str
    of: str
    attributes: Mapping[str, str]
    text: str = ""

    @property
    def words(self) -> str:
        """What it is, for reports."""
        more = [f"{key}={value}" for key, value in self.attributes.items() if key not in ("number", "of")]
        return " ".join((self.name, self.of, *more))

    @property
    def value(self) -> int | None:
        """The number, None if the text is none."""
        digits = _SEPARATORS.sub("", self.text)
        return int(digits) if digits.isascii() and digits.isdecimal() else None


class Page(HTMLParser):
    """The numbers of a page.

    Attributes:
        numbers: those that carry their names.
        bare: the texts of elements that are set as numbers and carry none.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.numbers: list[Number] = []
        self.bare: list[str] = []
        self._open: list[_Element] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        data = {
            name.removeprefix("data-"): value for name, value in given.items() if name.startswith("data-")
        }
        element = _Element(
            tag, bool({"count", "number"} & set(given.get("class", "").split())) and tag != "th"
        )
        if "number" in data:
            element.number = Number(data["number"], data.get("of", ""), data)
            self.numbers.append(element.number)
            for around in self._open:
                around.named = True
            element.named = True
        if tag not in _VOID:
            self._open.append(element)

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
            if element.number:
                element.number.text += data

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            element = self._open.pop()
            if element.counts and not element.named and re.search(r"\d", element.text):
                self.bare.append(" ".join(element.text.split()))
            if element.tag == tag:
                return


@dataclass
class _Element:
    tag: str
    counts: bool
    text: str = ""
    named: bool = False
    number: Number | None = field(default=None)


def numbers_of(data: DataSet, address: str, **parameters: str) -> Differences:
    """What differs on one page."""
    page, where = Page(data.text(address, **parameters)), _where(address, parameters)
    for number in page.numbers:
        yield from (f"{where}: {line}" for line in compare(data, number))
    yield from (f"{where}: {line}" for line in _sums(data, page.numbers))


def required(
    data: DataSet, address: str, wanted: Iterable[tuple[str, str, Mapping[str, str]]], **parameters: str
) -> Differences:
    """What differs on one page, and which of the numbers that it must show are missing on it."""
    yield from numbers_of(data, address, **parameters)
    shown = Page(data.text(address, **parameters)).numbers
    for name, of, narrowed in wanted:
        if not any(_is(number, name, of, narrowed) for number in shown):
            words = " ".join((name, "of", of, *(f"{key}={value}" for key, value in narrowed.items())))
            yield f"{_where(address, parameters)}: does not show {words}"


def bare_numbers(data: DataSet, address: str, **parameters: str) -> Differences:
    """The numbers of a page that do not say what they are."""
    bare = Page(data.text(address, **parameters)).bare
    if bare:
        yield f"{_where(address, parameters)}: {len(bare)} numbers without a name: {'; '.join(bare[:8])}"


def compare(data: DataSet, number: Number) -> Differences:
    """Whether a number is what the tables say."""
    if number.name in OTHER or (number.name, number.of) == ("things", "hop"):
        return
    if number.value is None:
        yield f"{number.words}: “{number.text.strip()}” is no number"
        return
    narrowed = {key: number.attributes[key] for key in NARROWING if key in number.attributes}
    try:
        if number.name == "things":
            right = rows_of(data.oracle, number.of)
        elif number.name.startswith("indicator"):
            yield from _indicator(data, number)
            return
        else:
            right = data.oracle.count(number.name, number.of, number.attributes.get("to", ""), **narrowed)
    except KeyError:
        yield f"{number.words}: no such number or thing is known"
        return
    if number.name == "transfers-pair" and number.value != right:
        # A table by country has a region that is in none, without what stands under its countries.
        layer, ends = number.attributes.get("layer", ""), (number.of, number.attributes["to"])
        rows = (
            pairs(data.oracle, by, layer).get(ends, ()) for by in BY if any("region/" in end for end in ends)
        )
        right = next((len(row) for row in rows if len(row) == number.value), right)
    if any(key in number.attributes for key in COMPUTED):
        if number.value > right:
            yield f"{number.words}: shown {number.value}, there are {right} in all"
    else:
        yield from same(number.words, number.value, right)


def _indicator(data: DataSet, number: Number) -> Differences:
    project = number.attributes.get("project", "").removeprefix("project/")
    disputed = number.attributes.get("disputed", "with") == "with"
    counted = Indicators(data.oracle, project, disputed=disputed)
    name = number.of.partition("/")[2]
    known = {"indicator": counted.numbers, "indicator-total": counted.totals}.get(number.name)
    if known is None or name not in known() or (name == "funds-influenced" and not disputed):
        return
    if number.attributes.get("min-strength"):
        assert number.value is not None
        if number.value > known()[name]:
            yield f"{number.words}: shown {number.value}, there are {known()[name]} in all"
        return
    yield from same(number.words, number.value, known()[name])


def _sums(data: DataSet, numbers: Iterable[Number]) -> Differences:
    """Whether transfers of all levels of strength are all transfers."""
    found: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for number in numbers:
        if (
            "strength" in number.attributes
            and number.name.startswith("transfers")
            and number.value is not None
        ):
            rest = (f"{k}={v}" for k, v in number.attributes.items() if k not in ("number", "of", "strength"))
            found[(number.name, number.of, *sorted(rest))][number.attributes["strength"]] = number.value
    for (name, of, *others), counts in found.items():
        narrowed = dict(pair.split("=", 1) for pair in others if pair.split("=", 1)[0] in NARROWING)
        try:
            right = data.oracle.count(name, of, **narrowed)
        except KeyError:
            continue
        yield from same(f"{name} of {of}, all levels of strength together", sum(counts.values()), right)


def _is(number: Number, name: str, of: str, narrowed: Mapping[str, str]) -> bool:
    given = {key: value for key, value in number.attributes.items() if key in (*NARROWING, *COMPUTED, "to")}
    return number.name == name and number.of == of and given == dict(narrowed)


def _where(address: str, parameters: Mapping[str, str]) -> str:
    return f"/{address}" + ("?" + "&".join(f"{k}={v}" for k, v in parameters.items()) if parameters else "")


def all_transfers(data: DataSet) -> list[tuple[str, str, Mapping[str, str]]]:
    """The numbers that a page about all transfers shows."""
    stages = {t.stage for t in data.oracle.transfers.values()}
    return [
        ("transfers", ALL, {}),
        ("transfers", ALL, {"layer": "realised"}),
        *(("transfers", ALL, {"stage": stage}) for stage in sorted(stages)),
    ]
