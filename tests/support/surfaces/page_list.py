"""The pages that show numbers of transfers, with the numbers that each must show."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from oracle import ALL, UNDATED, Oracle
from oracle_indicators import Indicators

from surfaces.data_set import DataSet, Differences, same
from surfaces.lists import NARROWED
from surfaces.pages import Page, bare_numbers, numbers_of, required
from surfaces.paths import MOST, transfers_of
from surfaces.totals import rows_of

Wanted = tuple[str, str, Mapping[str, str]]
"""Name, thing, and what narrows it."""

HELD = ("practice", "measure", "transfer", "event", "region", "organisation")
"""Kinds of things whose numbers the list of kinds shows."""
PLACES = ("country", "region", "organisation")
MADE_OF = ("practice", "measure", "instrument", "project", "event", "programme")
"""Kinds of things that have transfers of their own."""


def home(data: DataSet) -> Differences:
    """The home page: how far transfers got, and how many each project has."""
    wanted = [*_of_all(data), *_projects(data)]
    yield from required(data, "", wanted)


def overview(data: DataSet) -> Differences:
    """The overviews, of all and of each project."""
    yield from required(data, "overview", [*_of_all(data), *_projects(data)])
    for project in data.projects:
        of = f"project/{project}"
        stages = {t.stage for t in data.oracle.chosen("transfers", of)}
        wanted: list[Wanted] = [("transfers", of, {}), ("transfers", of, {"layer": "realised"})]
        wanted += [("transfers", of, {"stage": stage}) for stage in sorted(stages)]
        for name in _shown(Indicators(data.oracle, project)):
            wanted.append(("indicator", f"indicator/{name}", {"project": project}))
        yield from required(data, f"overview/{project}", wanted)


def places(data: DataSet) -> Differences:
    """Dossiers of countries, regions and organisations: what each learned and taught."""
    for kind in PLACES:
        for role in ("transfers-learned", "transfers-taught"):
            for thing in data.some(role, kind):
                kinds = (
                    {t.giver_kind for t in data.oracle.chosen(role, thing)}
                    if role == "transfers-learned"
                    else set()
                )
                wanted: list[Wanted] = [(role, thing, {}), (role, thing, {"layer": "realised"})]
                wanted += [(role, thing, {"giver": giver}) for giver in sorted(kinds)]
                yield from required(data, f"doc/{thing}", wanted)


def things(data: DataSet) -> Differences:
    """Dossiers of practices, measures, instruments, projects, programmes and events."""
    for kind in MADE_OF:
        for thing in data.some("transfers", kind):
            wanted: list[Wanted] = [("transfers", thing, {})]
            if kind == "practice" and data.oracle.count("transfers-onward", thing):
                wanted.append(("transfers-onward", thing, {}))
            yield from required(data, f"doc/{thing}", wanted)


def transfers(data: DataSet) -> Differences:
    """Dossiers of transfers, and the paths on which they lie: whatever number these show is right."""
    for transfer in data.sample(sorted(data.oracle.transfers)):
        yield from numbers_of(data, f"doc/transfer/{transfer}")
        yield from numbers_of(data, f"through/transfer/{transfer}")


def kinds(data: DataSet) -> Differences:
    """The list of kinds."""
    held: list[Wanted] = [("things", segment, {}) for segment in HELD if rows_of(data.oracle, segment)]
    yield from required(data, "browse", held)


def facets(data: DataSet) -> Differences:
    """The list of transfers as a page: how many, and how many each choice leaves."""
    page = Page(data.text("browse/transfer"))
    total = [number.value for number in page.numbers if number.name == "list"]
    yield from same("/browse/transfer, its number", total, [len(data.oracle.transfers)])
    shown = {
        (number.attributes.get("facet", ""), number.attributes.get("value", "")): number.value
        for number in page.numbers
        if number.name == "facet"
    }
    for (facet, value), count in shown.items():
        if (right := _left(data.oracle, facet, value)) is not None:
            yield from same(f"/browse/transfer, choice {facet}={value}", count, right)
    for stage in sorted({t.stage for t in data.oracle.transfers.values()}):
        if ("stage", stage) not in shown:
            yield f"/browse/transfer: offers no choice stage={stage} with its number"


def indicators(data: DataSet) -> Differences:
    """The page of all indicators, and that of each."""
    names = _shown(Indicators(data.oracle))
    yield from required(data, "indicators", [("indicator", f"indicator/{name}", {}) for name in names])
    for name in names:
        yield from required(data, f"indicators/{name}", [("indicator", f"indicator/{name}", {})])
        yield from required(data, f"report/indicator/{name}", [("indicator", f"indicator/{name}", {})])


def analyses(data: DataSet) -> Differences:
    """The pages of the analyses; the grid and the rows of the matrix name their pairs."""
    pairs = data.oracle.pairs("country")
    for layer in ("realised", "considered"):
        counts = {pair: sum(t.layer == layer for t in some) for pair, some in pairs.items()}
        most = sorted(
            (pair for pair, count in counts.items() if count), key=lambda pair: (-counts[pair], pair)
        )[:5]
        wanted: list[Wanted] = [
            ("transfers-pair", giver, {"to": receiver, "layer": layer}) for giver, receiver in most
        ]
        yield from required(data, "analysis/matrix", wanted, by="country", layer=layer)
    for name in ("analysis/brokers", "analysis/reach", "analysis/lag", "analysis/loops"):
        yield from numbers_of(data, name)
    practices = [one for one in data.some("transfers", "practice") if _realised(data, one)]
    most_taken = sorted(practices, key=lambda one: (-_realised(data, one), one))[:3]
    yield from required(
        data, "analysis/reach", [("transfers", one, {"layer": "realised"}) for one in most_taken]
    )


def strength(data: DataSet) -> Differences:
    """The page about strength: how many transfers are at least as strong as each level."""
    for narrowed in ({}, {"layer": "realised"}):
        wanted = [
            ("transfers", ALL, {**narrowed, "min-strength": level}) for level in ("very-weak", "strong")
        ]
        yield from required(data, "strength", wanted)
        weakest = [
            number.value
            for number in Page(data.text("strength")).numbers
            if number.name == "transfers"
            and number.attributes.get("min-strength") == "very-weak"
            and number.attributes.get("layer") == narrowed.get("layer")
        ]
        yield from same(
            f"/strength at the weakest level {narrowed}",
            weakest,
            [data.oracle.count("transfers", **narrowed)],
        )


def questions(data: DataSet) -> Differences:
    """The page of an answer about paths, its previews and its report: the number that the data name."""
    for thing in data.some("transfers-taught", "country"):
        right = transfers_of(data.json("api/paths", **{"from": thing}, max_paths=MOST))
        for address in ("paths", "report/paths"):
            page = Page(data.text(address, **{"from": thing}, max_paths=MOST))
            shown = [
                number.value for number in page.numbers if number.name == "found-transfers" and not number.of
            ]
            yield from same(f"/{address}?from={thing} found-transfers", set(shown) or {0}, {len(right)})
            for number in page.numbers:
                if number.name == "found-transfers" and number.of.startswith("paths?"):
                    asked = dict(parse_qsl(number.of.partition("?")[2]))
                    of_it = transfers_of(data.json("api/paths", **asked, max_paths=MOST))
                    yield from same(f"/{address}?from={thing} preview {number.of}", number.value, len(of_it))


def named(data: DataSet) -> Differences:
    """Every number on a page of the others says what it is."""
    for address in (
        "",
        "overview",
        "browse",
        "browse/transfer",
        "indicators",
        "analysis/reach",
        "analysis/brokers",
        "strength",
    ):
        yield from bare_numbers(data, address)
    yield from bare_numbers(data, "analysis/matrix", by="country")
    for role, kind in (("transfers", "practice"), ("transfers-learned", "country"), ("transfers", "project")):
        for thing in data.some(role, kind)[:3]:
            yield from bare_numbers(data, f"doc/{thing}")
            if kind != "country":
                yield from bare_numbers(data, f"report/{thing}")
    for project in data.projects[:3]:
        yield from bare_numbers(data, f"overview/{project}")
    for thing in data.some("transfers-taught", "country")[:2]:
        yield from bare_numbers(data, "paths", **{"from": thing})


def _of_all(data: DataSet) -> Iterator[Wanted]:
    yield from (("transfers", ALL, {}), ("transfers", ALL, {"layer": "realised"}))
    for stage in sorted({t.stage for t in data.oracle.transfers.values()}):
        yield "transfers", ALL, {"stage": stage}
    yield from (
        (name, ALL, {}) for name in ("measures", "passages", "transfers-one-passage", "transfers-one-voice")
    )


def _projects(data: DataSet) -> Iterator[Wanted]:
    """The projects with most transfers, which the home page names."""
    every = [one for one in data.oracle.things("transfers") if one.startswith("project/")]
    for project in sorted(every, key=lambda one: (-data.oracle.count("transfers", one), one))[:5]:
        yield "transfers", project, {}


def _shown(counted: Indicators) -> list[str]:
    """The indicators that pages show as a number: no sums, of which they show the money, and none at zero."""
    return [name for name, count in counted.numbers().items() if count and name != "funds-influenced"]


def _realised(data: DataSet, thing: str) -> int:
    return data.oracle.count("transfers", thing, layer="realised")


def _left(oracle: Oracle, facet: str, value: str) -> int | None:
    """How many transfers have a value of a facet; None for facets that only the product computes."""
    if value == "not-recorded":
        return _without(oracle, facet)
    if facet in NARROWED:
        return [getattr(t, NARROWED[facet]) for t in oracle.transfers.values()].count(value)
    if facet == "theme":
        return sum(value in t.themes for t in oracle.transfers.values())
    if facet == "region" and f"country/{value}" in oracle.things("transfers-with"):
        return oracle.count("transfers-with", f"country/{value}")
    return None


def _without(oracle: Oracle, facet: str) -> int | None:
    """How many transfers have no value of a facet."""
    what = {**NARROWED, "theme": "themes"}.get(facet)
    if what is None:
        return None
    return sum(getattr(t, what) in ("", UNDATED, set()) for t in oracle.transfers.values())
