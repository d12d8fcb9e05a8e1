"""The numbers of transfers that the tables give, counted from the CSV files alone.

It reads tables with pandas and uses no code of the product, so that both can only agree by counting the same.
What each number means is written in ``docs/reference/numbers.md``.

As a script it prints the numbers of one thing, or of all::

    python tests/support/oracle.py graph/data --of country/ES
    python tests/support/oracle.py graph/data --format csv > numbers.csv
"""

import argparse
import csv
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

REALISED_STAGES = frozenset({"committed", "piloted", "implemented", "sustained"})
REFUSED = frozenset({"rejected", "blocked"})
DISPUTED_CLAIMS = frozenset({"contested", "withdrawn"})
UNDATED = "undated"
ALL = "all"
ROLES = ("transfers", "transfers-onward", "transfers-learned", "transfers-taught", "transfers-with")
"""Names of the sets of transfers that belong to a thing; pairs come beside them."""
BEHIND = ("measures", "instruments", "practices", "passages", "documents", "voices")
"""What is counted behind a set of transfers."""

Row = dict[str, str]
Filter = Callable[["Transfer"], bool]


def listed(row: Row, column: str, separator: str = "|") -> list[str]:
    """The values of a cell that may have several."""
    return [part.strip() for part in row.get(column, "").split(separator) if part.strip()]


class Tables:
    """All CSV tables below some folders, rows of one table together, each with its ``folder``."""

    def __init__(self, folders: Sequence[Path]) -> None:
        frames: dict[str, list[pd.DataFrame]] = defaultdict(list)
        for path in sorted(file for folder in folders for file in folder.rglob("*.csv")):
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            frames[path.stem].append(frame.assign(folder=str(path.parent)))
        self._rows = {
            name: [
                {str(key): str(value).strip() for key, value in row.items()}
                for row in pd.concat(some).fillna("").to_dict("records")
                if str(row.get("id", "")).strip()
            ]
            for name, some in frames.items()
        }

    def rows(self, name: str) -> list[Row]:
        """The rows of a table; none if there is no such table."""
        return self._rows.get(name, [])

    @property
    def names(self) -> list[str]:
        """The names of the tables there are."""
        return list(self._rows)

    def by_id(self, name: str) -> dict[str, Row]:
        """The rows of a table by their ids."""
        return {row["id"]: row for row in self.rows(name)}


class Places:
    """In which regions and countries the parties of transfers are."""

    def __init__(self, tables: Tables) -> None:
        self._regions = tables.by_id("regions")
        self._around: dict[str, set[str]] = defaultdict(set)
        for key, row in self._regions.items():
            self._around[key].update(listed(row, "within"))
            for covered in listed(row, "covers"):
                self._around[covered].add(key)
        self._organisations = tables.by_id("organisations")
        self._names: dict[str, list[str]] = defaultdict(list)
        for key in self._organisations:
            self._names[self.organisation(key)].append(key)

    def organisation(self, key: str) -> str:
        """The id of the organisation that a name stands for."""
        seen: set[str] = set()
        while key not in seen and self._organisations.get(key, {}).get("same_as"):
            seen.add(key)
            key = self._organisations[key]["same_as"]
        return key

    def seats(self, organisation: str) -> list[str]:
        """The regions in which an organisation is, under any of its names."""
        rows = (self._organisations[name] for name in self._names[self.organisation(organisation)])
        return [row["region_id"] for row in rows if row.get("region_id")]

    def of(self, regions: Iterable[str], organisations: Iterable[str]) -> set[str]:
        """The places of a party that regions and organisations name, as ``region/…`` and ``country/…``."""
        found: set[str] = set()
        for region in filter(None, regions):
            found |= self.around(region)
        for organisation in filter(None, organisations):
            for name in self._names[self.organisation(organisation)]:
                row = self._organisations[name]
                if row.get("region_id"):
                    found |= self.around(row["region_id"])
                if row.get("country"):
                    found.add(f"country/{row['country']}")
        return found

    def around(self, region: str) -> set[str]:
        """A region, all that it lies within, and their countries."""
        regions = {region}
        waiting = [region]
        while waiting:
            more = self._around[waiting.pop()] - regions
            regions |= more
            waiting += more
        countries = {self._country(one) for one in regions} - {""} or self._covered(region, set())
        return {f"region/{one}" for one in regions} | {f"country/{one}" for one in countries}

    def _country(self, region: str) -> str:
        return self._regions.get(region, {}).get("country", "")

    def _covered(self, region: str, seen: set[str]) -> set[str]:
        """The countries of what a region without a country covers, so that a border region is in several."""
        if own := self._country(region):
            return {own}
        if region in seen:
            return set()
        seen.add(region)
        parts = (self._covered(part, seen) for part in listed(self._regions.get(region, {}), "covers"))
        return set().union(*parts)


class Publishers:
    """Which publisher a cited document has."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.by_id("publishers")
        self._hosts = {
            _place(f"https://{host}"): key for key, row in self._rows.items() for host in listed(row, "hosts")
        }
        self._documents: dict[str, Row] = {}
        for row in tables.rows("documents"):
            self._documents[row["id"]] = row
            if row.get("url"):
                self._documents[row["url"]] = row

    def document(self, cited: str) -> str:
        """The id of the document that a cell cites by its id or its address."""
        if cited in self._documents:
            return self._documents[cited]["id"]
        host = (urlsplit(cited).hostname or "unknown").removeprefix("www.")
        slug = re.sub("[^a-z0-9]+", "-", host).strip("-")
        return f"{slug}-{hashlib.sha256(cited.encode()).hexdigest()[:12]}"

    def of(self, cited: str) -> str:
        """The id of the publisher of a document; ``""`` if no table names one, or one that keeps copies."""
        row = self._documents.get(cited, {})
        if row.get("publisher_id"):
            return row["publisher_id"]
        host = self._host(row.get("url") or cited)
        copies = row.get("kept_by_id") or self._rows.get(host, {}).get("kind") == "copies"
        return "" if copies else host

    def voice(self, publisher: str, places: Places) -> str:
        """As whom a publisher speaks."""
        row = self._rows[publisher]
        if row.get("organisation_id"):
            return "organisation/" + places.organisation(row["organisation_id"])
        return f"project/{row['project_id']}" if row.get("project_id") else f"publisher/{publisher}"

    def _host(self, address: str) -> str:
        parts = _place(address).split("/")
        prefixes = ("/".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self._hosts[prefix] for prefix in prefixes if prefix in self._hosts), "")


def _place(address: str) -> str:
    parts = urlsplit(address)
    return ((parts.hostname or "").removeprefix("www.") + parts.path).lower().rstrip("/")


@dataclass
class Transfer:
    """One row of ``transfers`` with all that it is counted by."""

    id: str
    stage: str
    outcome: str
    degree: str
    year: str
    projects: set[str]
    """Its project, and the programmes of that, with their kind: ``project/…``, ``programme/…``."""
    project: str
    receiver: set[str]
    """The regions and countries that its receivers are in, and the organisations that they are."""
    giver: set[str]
    receiver_regions: set[str]
    """The regions named, or those in which the organisations named are; not what they lie within."""
    giver_regions: set[str]
    giver_kind: str
    source: dict[str, str]
    """Kind of what it came from, practice, proposal, measure, event or project, to the id."""
    measure: str
    instruments: set[str]
    event: str
    themes: set[str]
    disputed: bool
    passages: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)
    voices: set[str] = field(default_factory=set)

    @property
    def layer(self) -> str:
        """``realised`` or ``considered``."""
        realised = self.stage in REALISED_STAGES and self.outcome not in REFUSED
        return "realised" if realised else "considered"


class Oracle:
    """All numbers of some tables.

    Args:
        folders: folders of CSV tables, at any depth.
    """

    def __init__(self, *folders: Path) -> None:
        self.tables = tables = Tables(folders)
        self.places, self.publishers = Places(tables), Publishers(tables)
        self._projects = tables.by_id("project")
        self._of_folder = {row["folder"]: row["id"] for row in tables.rows("project")}
        self._measures, self._plans = tables.by_id("measures"), tables.by_id("action_plans")
        self._practices = tables.by_id("good_practices")
        self._lines: dict[str, list[Row]] = defaultdict(list)
        for line in tables.rows("evidence"):
            self._lines[line["claim_id"]].append(line)
        self._cited_at = {row["id"]: listed(row, "source_url", " ; ") for row in tables.rows("passages")}
        self.transfers = {row["id"]: self._transfer(row) for row in tables.rows("transfers")}

    def count(self, name: str, of: str = ALL, to: str = "", **narrowed: str) -> int:
        """A number by its name.

        Args:
            name: ``transfers-learned``, ``passages-taught`` and so on.
            of: the thing it is of, such as ``country/ES``, or ``all``.
            to: the receiver of a pair.
            narrowed: ``stage``, ``layer``, ``outcome``, ``degree``, ``giver``, ``year``, ``project`` and
                ``disputed``, each with the value that counts.

        Raises:
            KeyError: there is no number of that name.
        """
        what, role = _parts(name)
        layer = narrowed.pop("layer", "")
        chosen = [t for t in self.chosen(role, of, to, layer) if all(f(t) for f in _filters(narrowed))]
        if what == "transfers":
            return len(chosen)
        if what == "transfers-one-passage":
            return sum(len(t.passages) == 1 for t in chosen)
        if what == "transfers-one-voice":
            return sum(len(t.voices) <= 1 for t in chosen)
        return len(set().union(*(self.behind(t, what) for t in chosen)))

    def chosen(self, role: str, of: str = ALL, to: str = "", layer: str = "") -> list[Transfer]:
        """The transfers of a thing in one role, see ``ROLES`` and ``transfers-pair``, and one layer.

        What a practice led to onward is realised if all transfers on the way are.
        """
        if layer and role == "transfers-onward" and of != ALL:
            realised = list(self._onward(of.partition("/")[2], realised=True))
            every = self.chosen(role, of)
            return realised if layer == "realised" else [t for t in every if t not in realised]
        return [t for t in self._chosen(role, of, to) if layer in ("", t.layer)]

    def _chosen(self, role: str, of: str, to: str) -> list[Transfer]:
        if role == "transfers-pair":
            return [t for t in self.transfers.values() if to in t.receiver and _gave(of, to, t)]
        if of == ALL:
            return [t for t in self.transfers.values() if role not in _HAS or _HAS[role](t)]
        return self._sets[role][of]

    def behind(self, transfer: Transfer, what: str) -> set[str]:
        """The things of a kind of ``BEHIND`` that stand behind a transfer."""
        found: dict[str, set[str]] = {
            "measures": {transfer.measure} - {""},
            "instruments": transfer.instruments,
            "practices": {transfer.source.get("practice", "")} - {""},
            "passages": transfer.passages,
            "documents": transfer.documents,
            "voices": transfer.voices,
        }
        return found[what]

    def project_of(self, row: Row) -> str:
        """The id of the project in whose folder a row stands, ``""`` if there is none."""
        return self._of_folder.get(row["folder"], "")

    def things(self, role: str) -> list[str]:
        """All things that have a transfer in that role."""
        return sorted(self._sets[role])

    def pairs(self, kind: str = "country") -> dict[tuple[str, str], list[Transfer]]:
        """Giver and receiver of one kind, ``country``, ``region`` or ``organisation``, to their transfers."""
        found: dict[tuple[str, str], list[Transfer]] = defaultdict(list)
        for transfer in self.transfers.values():
            for giver in transfer.giver:
                for receiver in transfer.receiver:
                    if giver != receiver and giver.startswith(kind) and receiver.startswith(kind):
                        found[giver, receiver].append(transfer)
        return dict(found)

    @cached_property
    def _sets(self) -> dict[str, dict[str, list[Transfer]]]:
        found: dict[str, dict[str, list[Transfer]]] = {role: defaultdict(list) for role in ROLES}
        for t in self.transfers.values():
            of = {
                f"transfer/{t.id}",
                f"year/{t.year}",
                *t.projects,
                *(f"theme/{theme}" for theme in t.themes),
            }
            of |= {f"instrument/{one}" for one in t.instruments}
            of |= {f"{kind}/{key}" for kind, key in t.source.items() if kind in ("practice", "proposal")}
            of |= {f"{kind}/{key}" for kind, key in (("measure", t.measure), ("event", t.event)) if key}
            for role, things in (
                ("transfers", of),
                ("transfers-learned", t.receiver),
                ("transfers-taught", t.giver),
                ("transfers-with", t.receiver | t.giver),
            ):
                for thing in things:
                    found[role][thing].append(t)
        for practice in self._practices:
            found["transfers-onward"][f"practice/{practice}"] = list(self._onward(practice))
        return found

    def _onward(self, practice: str, *, realised: bool = False) -> Iterator[Transfer]:
        counting = [t for t in self.transfers.values() if not realised or t.layer == "realised"]
        direct = {t.id for t in counting if t.source.get("practice") == practice}
        reached, measures = set(direct), {self.transfers[key].measure for key in direct} - {""}
        waiting = list(measures)
        while waiting:
            measure = waiting.pop()
            for t in counting:
                if t.source.get("measure") == measure and t.id not in reached:
                    reached.add(t.id)
                    yield t
                    if t.measure and t.measure not in measures:
                        measures.add(t.measure)
                        waiting.append(t.measure)

    def _transfer(self, row: Row) -> Transfer:
        receivers = [row.get("to_organisation_id", ""), *listed(row, "joint_receiver_ids")]
        receiver = self.places.of([row.get("to_region_id", "")], receivers)
        by, given = row.get("from_organisation_id", ""), row.get("from_region_id", "")
        giver = self.places.of([given], [by])
        measure = row.get("to_measure_id", "")
        project = self.project_of(row)
        kinds = ("practice", "proposal", "measure", "event", "project")
        source = {kind: row[f"source_{kind}_id"] for kind in kinds if row.get(f"source_{kind}_id")}
        practice = self._practices.get(source.get("practice", ""), {})
        weakened = any(line["direction"] == "weakens" for line in self._lines[row["id"]])
        found = Transfer(
            id=row["id"],
            stage=row["stage"],
            outcome=row["outcome"],
            degree=row["degree"],
            year=_year(row.get("as_of", "")),
            projects={f"{self._projects[key]['kind']}/{key}" for key in self._above(project)},
            project=project,
            receiver=receiver | self._parties(receivers),
            giver=giver | self._parties([by]),
            receiver_regions=self._named(row.get("to_region_id", ""), receivers),
            giver_regions=self._named(given, [by]),
            giver_kind=self._giver_kind(row, giver, receiver, source.get("measure", "")),
            source=source,
            measure=measure,
            instruments=self._instruments(row.get("to_instrument_id", ""), measure),
            event=row.get("event_id", ""),
            themes=set(listed(practice, "theme")),
            disputed=weakened or row.get("claim_status", "") in DISPUTED_CLAIMS,
        )
        self._rest_on(found, row)
        return found

    def _named(self, region: str, organisations: Sequence[str]) -> set[str]:
        first, *joint = organisations
        found = [region] if region else self.places.seats(first) if first else []
        return {
            f"region/{one}" for one in [*found, *(seat for one in joint for seat in self.places.seats(one))]
        }

    def _parties(self, organisations: Iterable[str]) -> set[str]:
        return {f"organisation/{self.places.organisation(one)}" for one in organisations if one}

    def _above(self, project: str) -> Iterator[str]:
        seen: set[str] = set()
        while project and project not in seen:
            seen.add(project)
            yield project
            project = self._projects[project].get("programme_id", "")

    def _instruments(self, named: str, measure: str) -> set[str]:
        row = self._measures.get(measure, {})
        if one := named or row.get("instrument_id", ""):
            return {one}
        return set(listed(self._plans.get(row.get("plan_id", ""), {}), "instrument_ids"))

    def _giver_kind(self, row: Row, giver: set[str], receiver: set[str], measure: str) -> str:
        alternatives = self.places.of(listed(row, "from_one_of_ids"), [])
        places = giver or alternatives
        if not places:
            region = self._measures.get(measure, {}).get("region_id", "")
            return "own-region" if region and f"region/{region}" in receiver else "not-named"
        named = self._named(row.get("from_region_id", ""), [row.get("from_organisation_id", "")])
        if named & receiver:
            return "own-region"
        several = sum(place.startswith("country/") for place in places) > 1
        return "several-countries" if several else "country"

    def _rest_on(self, transfer: Transfer, row: Row) -> None:
        lines = self._lines[transfer.id]
        described = {cited for line in lines for cited in listed(line, "source_url", " ; ")}
        cited = set(listed(row, "source_url", " ; ")) - described
        for line in lines:
            documents = set(listed(line, "source_url", " ; "))
            documents |= set(self._cited_at.get(line.get("passage_id", ""), []))
            if line["direction"] != "supports":
                continue
            cited |= documents
            transfer.passages |= {line["passage_id"]} - {""} if "passage_id" in line else set()
            if line.get("attribution") in ("explicit", "implied") and not line.get("repeats"):
                publishers = {self.publishers.of(one) for one in documents} - {""}
                transfer.voices |= {self.publishers.voice(one, self.places) for one in publishers}
        transfer.documents |= {self.publishers.document(one) for one in cited}


_HAS: dict[str, Filter] = {
    "transfers-learned": lambda t: bool(t.receiver),
    "transfers-taught": lambda t: bool(t.giver),
    "transfers-with": lambda t: bool(t.receiver | t.giver),
    "transfers-onward": lambda t: "measure" in t.source,
}
"""Roles in which a transfer of all is only counted if it has that end."""


def _gave(giver: str, receiver: str, transfer: Transfer) -> bool:
    """Whether a thing, or a kind of giver, gave a transfer to a receiver; what it gave itself is its own."""
    if giver == "giver-kind/country":
        return transfer.giver_kind == "country" and not transfer.giver
    if giver.startswith("giver-kind/"):
        return giver.endswith(f"/{transfer.giver_kind}")
    return giver in transfer.giver and (giver != receiver or transfer.giver_kind != "own-region")


def _parts(name: str) -> tuple[str, str]:
    """What a number counts, and of which role the transfers are: ``passages``, ``transfers-learned``."""
    if name in (*ROLES, "transfers-pair"):
        return "transfers", name
    for what in (*BEHIND, "transfers-one-passage", "transfers-one-voice"):
        rest = name.removeprefix(what)
        role = f"transfers{rest}"
        if rest != name and role in (*ROLES, "transfers-pair"):
            return what, role
    raise KeyError(name)


def _filters(narrowed: dict[str, str]) -> Iterator[Filter]:
    known: dict[str, Callable[[str], Filter]] = {
        "stage": lambda value: lambda t: t.stage == value,
        "outcome": lambda value: lambda t: t.outcome == value,
        "degree": lambda value: lambda t: t.degree == value,
        "giver": lambda value: lambda t: t.giver_kind == value,
        "year": lambda value: lambda t: t.year == value,
        "project": lambda value: lambda t: t.project == value.removeprefix("project/"),
        "disputed": lambda value: lambda t: t.disputed == (value == "only"),
    }
    for name, value in narrowed.items():
        yield known[name](value)


def _year(as_of: str) -> str:
    years = {part.strip()[:4] for part in as_of.split("/")} - {""}
    return years.pop() if len(years) == 1 else UNDATED


def numbers(oracle: Oracle, role: str, of: str) -> dict[str, Any]:
    """All numbers of one thing in one role."""
    rest = role.removeprefix("transfers")
    found: dict[str, Any] = {role: oracle.count(role, of)}
    every = oracle.transfers.values()
    for option, codes in (
        ("layer", {"realised", "considered"}),
        ("stage", {t.stage for t in every}),
        ("giver", {t.giver_kind for t in every}),
        ("disputed", {"without"}),
    ):
        found |= {
            f"{role} {option}={code}": oracle.count(role, of, **{option: code}) for code in sorted(codes)
        }
    for name in (*BEHIND, "transfers-one-passage", "transfers-one-voice"):
        found[name + rest] = oracle.count(name + rest, of)
    return found


def main() -> None:
    """Print the numbers of one thing, or of every thing."""
    parser = argparse.ArgumentParser(description="Numbers of transfers, counted from CSV tables alone.")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of tables, such as graph/data")
    parser.add_argument("--of", metavar="THING", help="country/ES, practice/gp-…, all; every thing otherwise")
    parser.add_argument("--format", choices=("json", "csv"), default="json")
    given = parser.parse_args()
    oracle = Oracle(*given.folders)
    found = []
    for role in ROLES:
        things = [given.of] if given.of else [ALL, *oracle.things(role)]
        found += [(of, numbers(oracle, role, of)) for of in things if of == ALL or of in oracle.things(role)]
    for (giver, receiver), transfers in sorted(oracle.pairs().items()):
        if given.of in (None, giver, receiver):
            realised = sum(t.layer == "realised" for t in transfers)
            pair = {"transfers-pair": len(transfers), "transfers-pair layer=realised": realised}
            found.append((f"{giver} to {receiver}", pair))
    if given.format == "json":
        whole: dict[str, dict[str, Any]] = defaultdict(dict)
        for of, some in found:
            whole[of] |= some
        json.dump(whole, sys.stdout, indent=1)
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(("of", "number", "value"))
    writer.writerows((of, name, value) for of, some in found for name, value in some.items())


if __name__ == "__main__":
    main()
