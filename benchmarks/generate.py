"""Write synthetic tables of this domain, of a wanted size, in the declared schema.

    python benchmarks/generate.py --triples 1000000 --profile programme --seed 1 build/synthetic-1m

The same arguments and ontology give the same bytes. Everything is marked as synthetic: the folders, the
publisher, places with country codes that ISO 3166 leaves to users, and sources under https://example.org/.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from synthetic.draws import Draws
from synthetic.project import PROGRAMME, SITE, Row, World, Write
from synthetic.shape import COUNTRIES, NUTS_CHILDREN, PROFILES
from synthetic.tables import write_project

from policytrace.graph.tables.schema import Schema, schema
from policytrace.graph.vocabulary.scales import REALISED, REFUSED

SHARED = "shared"
_SHARED_TABLES = ("countries", "publishers", "documents", "regions", "organisations")
_FIRST_YEAR, _YEARS = 2008, 14
_TRIPLES_PER_PROJECT = 3_500
_SPREAD = 0.6
_SMALLEST = 0.02
_CAUTION = 0.95
_SOURCES = (
    "source_practice_id",
    "source_proposal_id",
    "source_measure_id",
    "source_event_id",
    "source_project_id",
)
_MONEY = ("measures", "policy_changes")
"""Tables whose rows may state a sum of money, which is a thing of its own."""
_LOOKED_UP = ("regions", "organisations", "measures", "action_plans")
"""Tables whose rows decide what the loader states of others."""
_BEYOND = {
    "links": 2,
    "regions": 1,
    "countries": 2,
    "passages": 3,
    "measures": 1,
    "policy_changes": 1,
    "figures": 1,
    "matches": 1,
}
"""Statements that the loader makes of every row of a table beyond its columns."""
_FAULTS = (
    "two-sources",
    "inspired-itself",
    "documented-without-date",
    "contested-without-dispute",
)
_NEEDS = {"two-sources": "source_practice_id", "inspired-itself": "to_measure_id"}
"""The cell without which a transfer cannot have the fault."""


def _break(row: Row, fault: str, project: str) -> Row:
    """A transfer that breaks one shape with severity Violation."""
    row = row | {"claim_status": "claimed", "substantiated_by_id": ""}
    if fault == "two-sources":
        return row | {"source_project_id": project}
    if fault == "inspired-itself":
        other = dict.fromkeys(_SOURCES, "")
        return row | other | {"source_kind": "measure", "source_measure_id": row["to_measure_id"]}
    if fault == "documented-without-date":
        return row | {"claim_status": "documented", "as_of": "", "as_of_kind": ""}
    return row | {"claim_status": "contested"}


class Tables:
    """Writes rows to the files of one folder and of the shared one; counts the triples they will become."""

    def __init__(self, out: Path, declared: Schema, files: ExitStack, seed: int, faults: float) -> None:
        self.triples = 0
        self.rows: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._out = out
        self._declared = declared
        self._share = faults
        self._draws = Draws(seed + 1)
        self._cited: set[str] = set()
        self._rows: dict[str, dict[str, Row]] = {table: {} for table in _LOOKED_UP}
        self._changes: dict[str, list[Row]] = {}
        self._improved: set[str] = set()
        self._lines: dict[tuple[str, str], int] = {}
        self._shared = {name: self._open(files, SHARED, name) for name in _SHARED_TABLES}

    def _open(self, files: ExitStack, folder: str, table: str) -> "csv.DictWriter[str]":
        path = self._out / folder / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        file = files.enter_context(path.open("w", encoding="utf-8", newline=""))
        writer = csv.DictWriter(file, self._declared.tables[table].columns, lineterminator="\n")
        writer.writeheader()
        return writer

    def write_into(self, folder: str, rows: Callable[[Write], None]) -> None:
        """Let ``rows`` write the tables of one folder."""
        with ExitStack() as files:
            own: dict[str, csv.DictWriter[str]] = {}

            def write(table: str, row: Row) -> None:
                writer = self._shared.get(table) or own.get(table)
                if writer is None:
                    writer = own[table] = self._open(files, folder, table)
                if table == "transfers":
                    row = self._faulty(row, folder)
                writer.writerow(row)
                self.rows[table] += 1
                self.triples += self._triples(table, row)

            rows(write)

    def _faulty(self, row: Row, folder: str) -> Row:
        if not self._share or not self._draws.chance(self._share):
            return row
        disputed = row["claim_status"] == "contested"
        names = [
            name
            for name in _FAULTS
            if row.get(_NEEDS.get(name, "id")) and not (disputed and name == "contested-without-dispute")
        ]
        name = self._draws.pick(names)
        self.faults[name] += 1
        return _break(row, name, folder)

    def _triples(self, table: str, row: Row) -> int:
        """How many distinct statements the loader makes of a row and of sources it is the first to cite."""
        declared = self._declared.tables[table]
        count = 1 + (table not in self._shared and table != "project")
        for name, cell in row.items():
            column = declared.columns[name]
            if column.property and cell:
                count += 2 * (column.type == "date") - (
                    row.get(column.open_when[0][0]) == column.open_when[0][1] if column.open_when else 0
                )
                count += 1 + (cell.count(column.separator) if column.separator else 0)
        if any(row.get(name) for name in declared.interval):
            count += 3
            count -= row.get("as_of_kind") == "not-before"
        count += 5 * bool(row.get("cost" if table == "measures" else "amount")) if table in _MONEY else 0
        cited = row.get("source_url", "").split(" ; ")
        for url in cited:
            if url not in self._cited:
                self._cited.add(url)
                count += 5
        return count + self._beyond(table, row, cited)

    def _places(self, region: str, organisation: str) -> int:
        """How many regions and countries a party of a transfer is in, and whether it is a region itself."""
        seat = self._rows["organisations"].get(organisation, {})
        found, waiting = set[str](), [region, seat.get("region_id", "")]
        countries = {seat.get("country", "")}
        while waiting:
            one = waiting.pop()
            if one and one not in found:
                found.add(one)
                row = self._rows["regions"].get(one, {})
                countries.add(row.get("country", ""))
                waiting += row.get("within", "").split("|")
        return len(found) + len(countries - {""}) + bool(region or seat.get("region_id"))

    def _beyond(self, table: str, row: Row, cited: list[str]) -> int:
        if table in self._rows:
            self._rows[table][row["id"]] = row
        if table == "policy_changes":
            self._changes.setdefault(row["measure_id"], []).append(row)
        if table == "transfers":
            realised = _is_realised(row)
            measure = self._rows["measures"].get(row.get("to_measure_id", ""), {})
            count = realised + self._places(row.get("to_region_id", ""), row.get("to_organisation_id", ""))
            count += self._places(row.get("from_region_id", ""), row.get("from_organisation_id", ""))
            count += 3 + 3 * sum(bool(row.get(column)) for column in _SOURCES)
            count += realised * sum(
                bool(row.get(f"to_{end}_id")) for end in ("measure", "region", "organisation")
            )
            count += bool(row.get("to_organisation_id")) + self._instruments(row, measure)
            if realised and (not measure.get("stage") or _is_realised(measure)):
                count += sum(
                    self._rests_on(change) for change in self._changes.get(measure.get("id", ""), ())
                )
            line = 7 + (3 if row.get("source_date") else 0)
            self._lines |= dict.fromkeys(((row["id"], url) for url in cited), line)
            return count + line * len(cited)
        if table == "evidence":
            # A line in the table stands for the one that the source of the claim would give.
            return 3 - sum(self._lines.pop((row["claim_id"], url), 0) for url in cited)
        if table == "participants":
            return 3
        if table == "project":
            return 3 + len(cited)
        return _BEYOND.get(table, 0)

    def _instruments(self, transfer: Row, measure: Row) -> int:
        """How many instruments a transfer reaches, by itself, its measure or the plan of that."""
        if transfer.get("to_instrument_id") or measure.get("instrument_id"):
            return 1
        plan = self._rows["action_plans"].get(measure.get("plan_id", ""), {})
        return len(plan.get("instrument_ids", "").replace("|", " ").split())

    def _rests_on(self, change: Row) -> int:
        """What a policy change that was made rests on, and once that its instrument is improved by it."""
        if change.get("state") == "intended":
            return 0
        improved = bool(change.get("instrument_id")) and change["id"] not in self._improved
        self._improved.add(change["id"])
        return 1 + improved


def _is_realised(row: Row) -> bool:
    """Whether a transfer or a measure was at least committed, and neither rejected nor blocked."""
    return row["stage"] in REALISED and row["outcome"] not in REFUSED


def _provenance() -> Row:
    return {"source_url": f"{SITE}/places", "confidence": "high"}


def _places(tables: Tables, world: World, countries: int) -> None:
    """Made-up countries and three levels of regions within each."""

    def rows(write: Write) -> None:
        for number in range(countries):
            code = ("X" if number < 26 else "Q") + chr(ord("A") + (number if number < 26 else number - 14))
            country = {"id": code, "name": f"Synthetic country {code}", "iso3": f"{code}X"}
            write("countries", country | _provenance())
            parents = [("", code)]
            for level, children in enumerate(NUTS_CHILDREN, start=1):
                parents = [
                    (f"syn-{nuts}{child}".lower(), f"{nuts}{child}")
                    for _, nuts in parents
                    for child in range(1, children + 1)
                ]
                for key, nuts in parents:
                    within = f"syn-{nuts[:-1]}".lower() if level > 1 else ""
                    write(
                        "regions",
                        {
                            "id": key,
                            "name": f"Synthetic region {nuts}",
                            "country": code,
                            "nuts_code": nuts,
                            "nuts_level": str(level),
                            "nuts_version": "2016",
                            "nuts_match": "exact",
                            "within": within,
                            **_provenance(),
                        },
                    )
                    world.country_of[key] = code
                    if level > 1:
                        world.regions.append(key)

    tables.write_into(SHARED, rows)


def _publisher(key: str, kind: str, hosts: str, **columns: str) -> Row:
    return {
        "id": key,
        "name": "Synthetic data generator" + (f" ({kind})" if kind != "other" else ""),
        "kind": kind,
        "hosts": hosts,
        "source_url": SITE + "/",
        "confidence": "high",
        **columns,
    }


def _programme(write: Write) -> None:
    write("publishers", _publisher("synthetic-generator", "other", "example.org"))
    write("publishers", _publisher("synthetic-press", "media", "example.org/press"))
    write("publishers", _publisher("synthetic-programme", "programme", "example.org/programme"))
    write(
        "project",
        {
            "id": PROGRAMME,
            "kind": "programme",
            "acronym": "Synthetic programme",
            "source_url": f"{SITE}/programme",
            "confidence": "high",
        },
    )


def generate(out: Path, triples: int, profile: str, seed: int, faults: float = 0.0) -> dict[str, Any]:
    """Write the tables into ``out`` and return what was written, which also goes to ``generated.json``.

    Args:
        out: a folder; it is made if it does not exist and must be empty otherwise.
        triples: distinct asserted statements wanted.
        profile: a key of ``shape.PROFILES``.
        seed: the same seed gives the same bytes.
        faults: share of transfers that break a shape, by the kinds that ``generated.json`` counts.

    Raises:
        FileExistsError: ``out`` is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")
    declared = schema()
    world = World(
        Draws(seed), PROFILES[profile], {scheme: sorted(codes) for scheme, codes in declared.codes.items()}
    )
    with ExitStack() as files:
        tables = Tables(out, declared, files, seed, faults)
        _places(tables, world, max(1, min(COUNTRIES, triples // 25_000)))
        tables.write_into(PROGRAMME, _programme)
        projects, sizes, before, mean = 0, 0.0, tables.triples, float(_TRIPLES_PER_PROJECT)
        while (missing := (triples - tables.triples) / mean) > _SMALLEST:
            projects += 1
            year = _FIRST_YEAR + int(_YEARS * tables.triples / triples)
            size = min(world.draws.size(_SPREAD), missing * _CAUTION)
            folder = f"synthetic-{projects:05}"
            tables.write_into(folder, partial(write_project, world, folder, year, size))
            sizes += size
            mean = (tables.triples - before) / sizes
    report = {
        "synthetic": True,
        "arguments": {"triples": triples, "profile": profile, "seed": seed, "faults": faults},
        "projects": projects,
        "asserted_triples": tables.triples,
        "rows": dict(tables.rows),
        "faults": dict(tables.faults),
    }
    (out / "generated.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return report


def main() -> None:
    """Read the arguments and generate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write, new or empty")
    parser.add_argument("--triples", type=int, default=1_000_000, help="wanted size (default: %(default)s)")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="programme")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--faults", type=float, default=0.0, metavar="SHARE", help="share of faulty transfers"
    )
    arguments = parser.parse_args()
    report = generate(
        arguments.out, arguments.triples, arguments.profile, arguments.seed, faults=arguments.faults
    )
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
