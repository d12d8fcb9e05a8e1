"""Indicators: as data, as files and from the command line, of all and of each project."""

import json
from collections.abc import Mapping

from oracle_indicators import Indicators

from surfaces.data_set import DataSet, Differences, same, same_counts

RECORDS = ("transfers", "transfers-realised")
"""Indicators whose rows are transfers."""


def everywhere(data: DataSet) -> Differences:
    """The table of all indicators: CSV, XLSX, JSON and the command."""
    for project in ("", *data.projects):
        asked = {"project": project} if project else {}
        options = ("--project", project) if project else ()
        counted = Indicators(data.oracle, project)
        undisputed = Indicators(data.oracle, project, disputed=False).numbers()
        # Sums are disputed by figures as well, which are not transfers.
        undisputed.pop("funds-influenced")
        for what, rows in data.tables("indicators", "indicators", *options, **asked):
            by_name = {row["indicator"]: row for row in rows}
            yield from same_counts(
                f"{what} number", _column(by_name, "number", counted.numbers()), counted.numbers()
            )
            yield from same_counts(
                f"{what} undisputed", _column(by_name, "undisputed", undisputed), undisputed
            )
            yield from same_counts(f"{what} of", _column(by_name, "of", counted.totals()), counted.totals())
        found = {one["indicator"]: one for one in data.json("api/indicators", **asked)["indicators"]}
        shown = {name: found[name]["number"]["count"] for name in counted.numbers() if name in found}
        yield from same_counts(f"/api/indicators project={project}", shown, counted.numbers())


def one_by_one(data: DataSet) -> Differences:
    """Each indicator of its own: how many rows its data and files have, with and without what is disputed."""
    for disputed in ("with", "without"):
        right = Indicators(data.oracle, disputed=disputed == "with").numbers()
        for name, count in right.items():
            if name == "funds-influenced" and disputed == "without":
                continue
            whole = data.json(f"api/indicators/{name}", disputed=disputed)
            what = f"indicators/{name}?disputed={disputed}"
            yield from same(f"/api/{what} number", whole["number"]["count"], count)
            yield from same(f"/api/{what} rows", len(whole["rows"]), count)
            rows = data.csv(f"indicators/{name}.csv", disputed=disputed)
            yield from same(f"/{what} csv rows", len(rows), count)
            rows = data.sheet(f"indicators/{name}.xlsx", disputed=disputed)
            yield from same(f"/{what} xlsx rows", len(rows), count)
            printed = json.loads(data.command("indicators", name, "--disputed", disputed, "--format", "json"))
            yield from same(f"policytrace {what}", printed["number"]["count"], count)


def _column(rows: Mapping[str, Mapping[str, str]], column: str, names: Mapping[str, int]) -> dict[str, int]:
    return {name: int(rows[name][column]) for name in names if rows.get(name, {}).get(column)}
