"""Small tables made by chance, with all that makes careless counting go wrong.

The same seed gives the same tables.
"""

import csv
from pathlib import Path
from random import Random

STAGES = ("learned", "considered", "intended", "committed", "piloted", "implemented", "sustained", "unknown")
THEMES = ("talent-mobility", "talent-funding", "covid-19-response")
COUNTRIES = {"ES": "ESP", "PT": "PRT", "FR": "FRA", "FI": "FIN"}
SITE = "https://programme.example"
HOSTS = (
    "programme.example",
    "programme.example/p0",
    "body.example",
    "paper.example",
    "archive.example",
    "unknown.example",
)
Row = dict[str, str]


def write(folder: Path, seed: int, transfers: int = 24) -> Path:
    """Tables in a folder.

    Args:
        folder: where one folder for each project, and one for what they share, is made.
        seed: of the chance.
        transfers: how many rows of transfers there are.
    """
    made = _Tables(Random(seed))  # noqa: S311
    made.shared()
    made.projects()
    for number in range(transfers):
        made.transfer(number)
    for (place, table), rows in made.rows.items():
        path = folder / place / f"{table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
            writer.writeheader()
            writer.writerows(rows)
    return folder


class _Tables:
    def __init__(self, chance: Random) -> None:
        self.rows: dict[tuple[str, str], list[Row]] = {}
        self._chance = chance
        self._regions: list[str] = []
        self._organisations: list[str] = []
        self._projects: list[str] = []
        self._practices: list[str] = []
        self._measures: dict[str, Row] = {}
        self._led: dict[str, str] = {}
        self._instruments: list[str] = []
        self._events: list[str] = []
        self._passages: dict[str, str] = {}

    def shared(self) -> None:
        """Countries, regions within regions, border regions, organisations with several names, publishers."""
        for code, long in COUNTRIES.items():
            self._add("shared", "countries", id=code, name=f"Country {code}", iso3=long)
        for number in range(9):
            inside = self._maybe(self._regions, 0.5)
            country = self._country(inside) if inside else self._chance.choice(sorted(COUNTRIES))
            self._region(f"region-{number}", country=country, within=inside)
        for number in range(2):
            covered = "|".join(self._some(self._regions, 2))
            self._region(f"border-{number}", covers=covered if self._maybe(["x"], 0.8) else "")
        for number in range(8):
            region = self._maybe(self._regions, 0.6)
            country = self._country(region) if region else self._maybe(sorted(COUNTRIES), 0.6)
            same = self._maybe(self._organisations, 0.25)
            self._organisation(
                f"body-{number}", region="" if same else region, country="" if same else country, same=same
            )
        publishers = (
            ("programme-site", "programme", HOSTS[0], ""),
            ("project-site", "project", HOSTS[1], ""),
            ("body-site", "organisation", HOSTS[2], self._chance.choice(self._organisations)),
            ("paper", "media", HOSTS[3], ""),
            ("archive", "copies", HOSTS[4], ""),
        )
        for key, kind, host, organisation in publishers:
            project = {"programme": "programme", "project": "p0"}.get(kind, "")
            self._add(
                "shared", "publishers", id=key, name=key, kind=kind, hosts=host, organisation_id=organisation,
                project_id=project,
            )  # fmt: skip

    def projects(self) -> None:
        """Two projects of a programme with practices, measures, instruments, plans, an event and passages."""
        self._add(
            "programme",
            "project",
            id="programme",
            kind="programme",
            acronym="PROGRAMME",
            title="",
            programme_id="",
        )
        for project in ("p0", "p1"):
            self._projects.append(project)
            self._add(
                project,
                "project",
                id=project,
                kind="project",
                acronym=project,
                title="",
                programme_id="programme",
            )
            for number in range(3):
                key = f"gp-{project}-{number}"
                self._practices.append(key)
                themes = "|".join(self._some(THEMES, self._chance.randint(0, 2)))
                self._add(
                    project,
                    "good_practices",
                    id=key,
                    title=key,
                    region_id=self._maybe(self._regions, 0.7),
                    owner_id=self._maybe(self._organisations, 0.5),
                    theme=themes,
                )
            for number in range(2):
                key = f"pi-{project}-{number}"
                self._instruments.append(key)
                self._add(project, "policy_instruments", id=key, name=key)
            plan = f"ap-{project}"
            addressed = "|".join(self._some(self._instruments, 2))
            self._add(project, "action_plans", id=plan, title=plan, instrument_ids=addressed)
            self._events.append(f"ev-{project}")
            shown = self._chance.choice(self._practices)
            self._add(
                project,
                "events",
                id=f"ev-{project}",
                kind="study-visit",
                title=f"ev-{project}",
                practices_shown_ids=shown,
            )
            for number in range(3):
                self._measure(f"me-{project}-{number}", project, plan)
        for number, host in enumerate(HOSTS * 2):
            key = f"pa-{number}"
            self._passages[key] = f"https://{host}/page-{number % 7}"
            self._add("p0", "passages", id=key, locator=f"¶{number}", source_url=self._passages[key])

    def transfer(self, number: int) -> None:
        """A transfer with ends of any kind, and its evidence."""
        key, chance = f"tr-{number}", self._chance
        project = chance.choice(self._projects)
        stage = chance.choice(STAGES)
        outcome = chance.choices(
            ("open", "completed", "rejected", "blocked", "discontinued"), (8, 1, 1, 1, 1)
        )[0]
        if stage in ("learned", "unknown") or (
            stage in ("considered", "intended") and outcome == "discontinued"
        ):
            outcome = "open"
        region, body = self._receiver()
        source = self._source(region, body)
        joint = (
            self._joint(body, source.get("from_organisation_id", ""))
            if body and self._maybe(["x"], 0.3)
            else []
        )
        measure = (
            ""
            if outcome in ("rejected", "blocked") or stage in STAGES[:2]
            else self._maybe(sorted(self._measures), 0.5)
        )
        if measure and measure == source.get("source_measure_id"):
            measure = ""
        as_of = self._maybe(("2018", "2019-05", "2019-05-17", "2018-06/2019-02", "2020-01/2020-03"), 0.6)
        contested = chance.random() < 0.1
        row = {
            "source_practice_id": "", "source_measure_id": "", "source_project_id": "", "from_region_id": "",
            "from_organisation_id": "", "from_one_of_ids": "", **source, "to_region_id": region,
            "to_organisation_id": body, "joint_receiver_ids": "|".join(joint),
            "to_group": "" if body else self._maybe(("Some towns",), 0.2),
            "to_measure_id": measure, "to_instrument_id": self._maybe(self._instruments, 0.2),
            "event_id": self._maybe(self._events, 0.3), "stage": stage, "outcome": outcome,
            "as_of": as_of, "as_of_kind": chance.choice(("stated", "not-before")) if as_of else "",
            "effect": self._effect(stage), "degree": chance.choice(("unknown", "inspired", "adapted")),
            "claim_status": "contested" if contested else self._maybe(("withdrawn",), 0.1) or "claimed",
            "statement": f"What is told of {key}.",
        }  # fmt: skip
        self._add(project, "transfers", id=key, **row)
        for line in range(chance.randint(0, 4)):
            self._line(
                f"el-{number}-{line}", key, chance.choices(("supports", "context", "weakens"), (8, 1, 1))[0]
            )
        if contested:
            self._line(f"el-{number}-against", key, "weakens")

    def _source(self, region: str, body: str) -> Row:
        """What was learned from, and who gave it: a practice, a measure, something that is not named."""
        kind = self._chance.choices(("practice", "unnamed-practice", "measure", "exchange"), (6, 4, 3, 1))[0]
        found = {"source_kind": kind}
        if kind == "practice":
            found["source_practice_id"] = self._chance.choice(self._practices)
        if kind == "measure":
            found["source_measure_id"] = self._chance.choice(sorted(self._measures))
        if kind == "exchange":
            found["source_project_id"] = self._chance.choice(self._projects)
        elif self._maybe(["x"], 0.6):
            found["from_region_id"] = self._maybe([one for one in self._regions if one != region], 0.7)
            found["from_organisation_id"] = self._maybe(
                [one for one in self._organisations if self._canonical(one) != self._canonical(body)], 0.4
            )
        elif kind == "unnamed-practice" and self._maybe(["x"], 0.4):
            found["from_one_of_ids"] = "|".join(
                self._some([one for one in self._regions if one != region], 2)
            )
        return found

    def _receiver(self) -> tuple[str, str]:
        """A region, an organisation, or both."""
        which = self._chance.randint(0, 2)
        region = self._chance.choice(self._regions) if which != 1 else ""
        body = self._chance.choice(self._organisations) if which != 0 else ""
        return region, body

    def _joint(self, body: str, giver: str) -> list[str]:
        """Others that received as well: different organisations, none of them the receiver or the giver."""
        found: list[str] = []
        taken = {self._canonical(one) for one in (body, giver)}
        for one in self._some(self._organisations, 2):
            if self._canonical(one) not in taken:
                taken.add(self._canonical(one))
                found.append(one)
        return found

    def _line(self, key: str, claim: str, direction: str) -> None:
        passage = self._chance.choice(sorted(self._passages))
        supports = direction == "supports"
        self._add(
            "p1", "evidence", id=key, claim_id=claim, passage_id=passage, direction=direction,
            attribution=self._chance.choice(("explicit", "implied", "inferred")) if supports else "",
            stage_told="learned" if supports else "",
            repeats=self._maybe([f"https://{HOSTS[3]}/first"], 0.2), source_url=self._passages[passage],
        )  # fmt: skip

    def _effect(self, stage: str) -> str:
        if stage == "unknown":
            return ""
        return (
            "none-yet" if stage in STAGES[:3] else self._chance.choice(("start", "change", "stop", "avoid"))
        )

    def _region(self, key: str, country: str = "", within: str = "", covers: str = "") -> None:
        self._regions.append(key)
        self._add("shared", "regions", id=key, name=key, country=country, within=within, covers=covers)

    def _country(self, region: str) -> str:
        return next(row["country"] for row in self.rows["shared", "regions"] if row["id"] == region)

    def _organisation(self, key: str, region: str, country: str, same: str) -> None:
        self._organisations.append(key)
        self._add(
            "shared",
            "organisations",
            id=key,
            same_as=same,
            name=key,
            is_named="yes",
            country=country,
            region_id=region,
        )

    def _canonical(self, key: str) -> str:
        rows = {row["id"]: row for row in self.rows["shared", "organisations"]}
        while key and rows[key]["same_as"]:
            key = rows[key]["same_as"]
        return key

    def _measure(self, key: str, project: str, plan: str) -> None:
        row = {
            "plan_id": plan if self._maybe(["x"], 0.5) else "", "title": key,
            "instrument_id": self._maybe(self._instruments, 0.4),
            "region_id": self._maybe(self._regions, 0.7),
            "stage": "sustained", "outcome": "open",
        }  # fmt: skip
        self._measures[key] = row
        self._add(project, "measures", id=key, **row)
        for number in range(self._chance.randint(0, 2)):
            amount = self._maybe(("1000", "2500"), 0.5)
            self._add(
                project, "policy_changes", id=f"pc-{key}-{number}", measure_id=key, type="new-projects",
                instrument_id=self._maybe(self._instruments, 0.6), amount=amount,
                state=self._maybe(("intended", "made"), 0.6), currency="EUR" if amount else "",
            )  # fmt: skip
        if self._maybe(["x"], 0.3):
            practice = self._chance.choice(self._practices)
            self._add(
                project,
                "links",
                id=f"li-{key}",
                from_id=key,
                kind=self._chance.choice(("documented-as", "same-thing")),
                to_id=practice,
            )

    def _add(self, folder: str, table: str, **row: str) -> None:
        whole = {"id": row.pop("id"), **row}
        whole.setdefault("source_url", f"{SITE}/about")
        self.rows.setdefault((folder, table), []).append({**whole, "confidence": "high"})

    def _maybe(self, among: "list[str] | tuple[str, ...]", likely: float) -> str:
        """One of some, or none."""
        return self._chance.choice(among) if among and self._chance.random() < likely else ""

    def _some(self, among: "list[str] | tuple[str, ...]", most: int) -> list[str]:
        return self._chance.sample(list(among), min(most, len(among)))
