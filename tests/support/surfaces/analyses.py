"""Analyses that count transfers by what they pass through: brokers, reach of practices, time it took."""

from collections.abc import Iterable, Mapping

from oracle_brokers import KINDS, Broker, Brokers

from surfaces.data_set import DataSet, Differences, path_of, same, same_counts, same_sets


def brokers(data: DataSet) -> Differences:
    """Each broker with the realised transfers that are chained through it, and those it has to do with."""
    right = Brokers(data.oracle).counts()
    for kind in KINDS:
        of_kind = {thing: counts for thing, counts in right.items() if thing.startswith(f"{kind}/")}
        named = {
            path_of(row["broker"]["id"]): row for row in data.json("api/analysis/brokers", by=kind)["rows"]
        }
        yield from same_sets(f"/api/analysis/brokers?by={kind}", named, of_kind)
        for thing, row in named.items():
            every = of_kind[thing].every if thing in of_kind else ()
            yield from _same(f"/api/analysis/brokers?by={kind} {thing}", row, every)
        for name, rows in data.tables("analysis/brokers", "analyse", "brokers", "--by", kind, by=kind):
            for row in rows:
                broker = of_kind.get(path_of(row["broker"]), Broker())
                counts = broker.numbers()
                shown = {column: int(row[column]) if row.get(column) else None for column in counts}
                yield from same_counts(f"{name} {path_of(row['broker'])}", shown, counts)


def reach(data: DataSet) -> Differences:
    """Each practice with the realised transfers that took it, directly and onward, and their measures."""
    rows = {path_of(row["practice"]["id"]): row for row in data.json("api/analysis/reach")["rows"]}
    taken = {
        practice: data.oracle.chosen("transfers", practice, layer="realised")
        for practice in data.oracle.things("transfers")
        if practice.startswith("practice/")
    }
    direct = {practice: transfers for practice, transfers in taken.items() if transfers}
    yield from same_sets("/api/analysis/reach", rows, direct)
    counts = {}
    for practice, transfers in direct.items():
        onward = data.oracle.chosen("transfers-onward", practice, layer="realised")
        every = [*transfers, *onward]
        measures = {t.measure for t in every} - {""}
        counts[practice] = {"direct": len(transfers), "onward": len(onward), "measures": len(measures)}
        if practice in rows:
            yield from _same(f"/api/analysis/reach {practice}", rows[practice], [t.id for t in every])
    for name, table in data.tables("analysis/reach", "analyse", "reach"):
        for row in table:
            right = counts.get(path_of(row["practice"]), {})
            shown = {column: int(row[column]) if row.get(column) else None for column in right}
            yield from same_counts(f"{name} {path_of(row['practice'])}", shown, right)


def lag(data: DataSet) -> Differences:
    """How many realised transfers name both an event and a measure."""
    right = [t for t in data.oracle.transfers.values() if t.layer == "realised" and t.event and t.measure]
    rows = data.json("api/analysis/lag", by="all")["rows"]
    yield from same("/api/analysis/lag", sum(_count(row["transfers"]) for row in rows), len(right))


def survival(data: DataSet) -> Differences:
    """What the query of the library says survives at the weakest level: everything that is realised."""
    for project in ("", *data.projects):
        narrowed = {"layer": "realised"} | ({"project": project} if project else {})
        right = {
            name: data.oracle.count(name, **narrowed)
            for name in ("transfers", "practices", "measures", "instruments", "documents")
        }
        if not right["transfers"]:
            continue
        options = ("--project", f"project/{project}") if project else ()
        for name, rows in (
            ("/queries", data.csv("queries/numbers_by_strength", project=project, format="csv")),
            ("policytrace query", data.command_rows("query", "numbers_by_strength", *options)),
        ):
            weakest = [row for row in rows if row["rank"] == "1"]
            for column, count in right.items():
                found = [int(row[column]) for row in weakest]
                yield from same(f"{name} numbers_by_strength project={project} {column}", found, [count])


def _same(what: str, row: Mapping[str, object], right: Iterable[str]) -> Differences:
    named = row["transfers"]
    if not isinstance(named, list):
        yield f"{what}: names no transfers"
        return
    found = [path_of(one["id"] if isinstance(one, dict) else str(one)) for one in named]
    yield from same_sets(what, (one.removeprefix("transfer/") for one in found), right)


def _count(cell: object) -> int:
    return len(cell) if isinstance(cell, list) else int(str(cell))
