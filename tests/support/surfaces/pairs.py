"""Who learned from whom: the matrix as data and files, and the tables of the map, the flow and the grid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oracle_pairs import BY, Pairs, in_several_countries, pairs

from surfaces.data_set import DataSet, Differences, path_of, same_counts, same_sets

LAYERS = ("realised", "considered")
PICTURES = {"flow": ("country", "region"), "matrix": ("country", "region"), "map": ("region",)}

Pair = tuple[str, str]


def analysis(data: DataSet) -> Differences:
    """The analysis, by each thing and layer, as JSON, CSV and XLSX, and as the command prints it."""
    for by in BY:
        for layer in LAYERS:
            right, several = (find(data.oracle, by, layer) for find in (pairs, in_several_countries))
            options = {"by": by, "layer": layer}
            what = f"analysis/matrix?by={by}&layer={layer}"
            found: dict[Pair, set[str]] = defaultdict(set)
            for row in data.json("api/analysis/matrix", **options)["rows"]:
                key = _named(row["giver"]["id"]), _named(row["receiver"]["id"])
                found[key] |= {path_of(iri).removeprefix("transfer/") for iri in _iris(row["transfers"])}
            yield from _same_transfers(f"/api/{what}", found, _with(found, right, several))
            command = ("analyse", "matrix", "--by", by, "--layer", layer)
            for name, rows in data.tables("analysis/matrix", *command, **options):
                shown = counted(rows, "transfers")
                yield from same_counts(name, shown, _sizes(_with(shown, right, several)))


def pictures(data: DataSet) -> Differences:
    """The tables behind the map, the flow diagram and the grid, of all and of each project."""
    for project in ("", *data.projects):
        for name, bys in PICTURES.items():
            for by in bys:
                options = {"by": by} if by != "region" else {}
                if project:
                    options["project"] = project
                rows = data.csv(f"picture/{name}.csv", **options)
                what = f"/picture/{name}.csv?by={by}&project={project}"
                for column, layer in (
                    ("transfers", ""),
                    ("realised", "realised"),
                    ("considered", "considered"),
                ):
                    right, several = (
                        find(data.oracle, by, layer, project) for find in (pairs, in_several_countries)
                    )
                    shown = counted(rows, column)
                    yield from same_counts(f"{what} {column}", shown, _sizes(_with(shown, right, several)))


def counted(rows: Iterable[Mapping[str, str]], column: str) -> dict[Pair, int]:
    """Giver and receiver to the number in a column, without those that have none."""
    found: dict[Pair, int] = {}
    for row in rows:
        giver, receiver = (_named(row.get(f"{end}_id", row[end])) for end in ("giver", "receiver"))
        if int(row[column]):
            found[giver, receiver] = found.get((giver, receiver), 0) + int(row[column])
    return found


def _with(shown: Iterable[Pair], right: Pairs, several: Pairs) -> Pairs:
    """The pairs there must be, and the rows of givers in several countries, where a surface has them too."""
    more = {key: several[key] for key in shown if key in several}
    return {**right, **more}


def _sizes(found: Pairs) -> dict[Pair, int]:
    return {key: len(some) for key, some in found.items()}


def library(data: DataSet) -> Differences:
    """The query of the library that tells every pair, on each of its levels."""
    for level in BY:
        for layer in LAYERS:
            rows = data.csv("queries/learning_relations", level=level, layer=layer, project="", format="csv")
            found: dict[Pair, set[str]] = defaultdict(set)
            for row in rows:
                if row["transfer"]:
                    found[_named(row["giver"]), _named(row["receiver"])].add(_transfer(row["transfer"]))
            shown, right = (
                {key: some for key, some in every.items() if all(end.startswith(level) for end in key)}
                for every in (found, pairs(data.oracle, level, layer))
            )
            yield from _same_transfers(
                f"/queries/learning_relations?level={level}&layer={layer}", shown, right
            )


def totals(data: DataSet) -> Differences:
    """Every transfer stands in a pair: none that has a receiver is lost because its giver is not named."""
    for by in BY:
        shown: set[str] = set()
        for layer in LAYERS:
            for row in data.json("api/analysis/matrix", by=by, layer=layer)["rows"]:
                shown |= {_transfer(iri) for iri in _iris(row["transfers"])}
        yield from same_sets(f"/api/analysis/matrix?by={by}, all rows", shown, data.oracle.transfers)


def _same_transfers(what: str, shown: Mapping[Pair, set[str]], right: Mapping[Pair, set[str]]) -> Differences:
    for giver, receiver in sorted({*shown, *right}):
        pair = giver, receiver
        yield from same_sets(f"{what} {giver} to {receiver or '?'}", shown.get(pair, ()), right.get(pair, ()))


def _iris(cell: object) -> list[str]:
    """The transfers behind a row; the number alone would prove less."""
    assert isinstance(cell, list), f"transfers behind a row are no list: {cell!r}"
    return [one["id"] if isinstance(one, dict) else str(one) for one in cell]


def _transfer(iri: str) -> str:
    return path_of(iri).removeprefix("transfer/")


def _named(iri: str | None) -> str:
    return path_of(iri or "")
