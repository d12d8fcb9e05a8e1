"""Lists of transfers, narrowed by facets, and the transfers that point at one thing."""

from collections.abc import Iterable

from oracle import ALL

from surfaces.data_set import ID, DataSet, Differences, path_of, same_sets

NARROWED = {
    "stage": "stage",
    "influence": "layer",
    "outcome": "outcome",
    "project": "project",
    "year": "year",
}
"""Facets whose values are those of the tables, and what the oracle calls them."""
POINTING = {
    "practice": ("pt:source", "transfers"),
    "measure": ("pt:toMeasure", "transfers"),
    "event": ("pt:throughEvent", "transfers"),
    "country": ("pt:receivedIn", "transfers-learned"),
    "region": ("pt:givenIn", "transfers-taught"),
}
"""Properties by which transfers point at things, and in which role they then are."""


def facets(data: DataSet) -> Differences:
    """Each value of each facet of the list of transfers, and pairs of a stage and a country."""
    oracle = data.oracle
    for name, what in NARROWED.items():
        for code in sorted({getattr(t, what) for t in oracle.transfers.values()} - {"", "undated"}):
            right = [t.id for t in oracle.transfers.values() if getattr(t, what) == code]
            yield from _same(data, {name: code}, right)
    for theme in data.some("transfers", "theme"):
        right = [t.id for t in oracle.chosen("transfers", theme)]
        yield from _same(data, {"theme": theme.partition("/")[2]}, right)
    for place in (*data.some("transfers-with", "country"), *data.some("transfers-with", "region")):
        chosen = oracle.chosen("transfers-with", place)
        yield from _same(data, {"region": _code(data, place)}, [t.id for t in chosen])
        realised = [t.id for t in chosen if t.layer == "realised"]
        yield from _same(data, {"region": _code(data, place), "influence": "realised"}, realised)


def pointing(data: DataSet) -> Differences:
    """The transfers that point at a thing by a property."""
    for kind, (by, role) in POINTING.items():
        for thing in data.some(role, kind):
            shown = data.json("linked", to=ID + thing, by=by, format="json")
            right = [f"transfer/{t.id}" for t in data.oracle.chosen(role, thing)]
            found = {path_of(one["iri"]) for one in shown["things"]}
            found = {one for one in found if one.startswith("transfer/")}
            yield from same_sets(f"/linked?to={thing}&by={by}", found, right)


def everything(data: DataSet) -> Differences:
    """The whole list, as each of its formats."""
    right = [t.id for t in data.oracle.chosen("transfers", ALL)]
    yield from _same(data, {}, right)
    for name, rows in (
        ("csv", data.csv("browse/transfer", format="csv")),
        ("xlsx", data.sheet("browse/transfer", format="xlsx")),
    ):
        found = [path_of(row["iri"]).removeprefix("transfer/") for row in rows]
        yield from same_sets(f"/browse/transfer?format={name}", found, right)


def _same(data: DataSet, narrowed: dict[str, str], right: Iterable[str]) -> Differences:
    what = "/browse/transfer?" + "&".join(f"{name}={code}" for name, code in narrowed.items())
    try:
        shown = data.json("browse/transfer", format="json", **narrowed)
    except AssertionError as error:
        yield f"{what}: {error}"
        return
    found = [path_of(one["iri"]).removeprefix("transfer/") for one in shown["things"]]
    yield from same_sets(what, found, right)
    if shown["total"] != len(found):
        yield f"{what}: total {shown['total']}, listed {len(found)}"


def _code(data: DataSet, place: str) -> str:
    """What an address calls a place: a country code, the NUTS code of the same territory, or an id."""
    key = place.partition("/")[2]
    row = data.oracle.tables.by_id("regions").get(key, {}) if place.startswith("region/") else {}
    return row["nuts_code"] if row.get("nuts_match") == "exact" and row.get("nuts_code") else key
