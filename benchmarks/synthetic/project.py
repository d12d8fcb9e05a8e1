"""A synthetic project: how its rows are drawn, and what it shares with other projects."""

from collections.abc import Callable
from dataclasses import dataclass, field

from synthetic.draws import Draws
from synthetic.shape import CONFIDENCE, SOURCES_PER_ROW, WEBSITES, Shape

SITE = "https://example.org"
PROGRAMME = "synthetic-programme"
GIVER, RECEIVER = 0, 1
"""Who gives stands at the even places of a list of regions or organisations, who receives at the odd ones."""
_REMEMBERED = 4096
_REGIONS = 4

Row = dict[str, str]
Codes = dict[str, list[str]]
Write = Callable[[str, Row], None]
"""Takes a row and the name of its table."""


@dataclass(slots=True)
class World:
    """What projects share: places, and the things of earlier projects that later ones learn from."""

    draws: Draws
    shape: Shape
    codes: Codes
    regions: list[str] = field(default_factory=list)
    country_of: dict[str, str] = field(default_factory=dict)
    organisations: list[str] = field(default_factory=list)
    practices: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    regions_of: dict[str, str] = field(default_factory=dict)

    def remember(self, kept: list[str], found: list[str]) -> None:
        """Keep the first things ever made, which become hubs, and let the later ones take turns."""
        for thing in found:
            if len(kept) < _REMEMBERED:
                kept.append(thing)
            else:
                at = _REMEMBERED // 2 + self.draws.below(_REMEMBERED // 2)
                self.regions_of.pop(kept[at], None)
                kept[at] = thing


class Project:
    """What the tables of one project have in common: its things so far, its pages, its places."""

    def __init__(self, world: World, folder: str, year: int, size: float, write: Write) -> None:
        self.world, self.folder, self.year, self.size, self.write = world, folder, year, size, write
        self.draws = world.draws
        self.number = folder.removeprefix("synthetic-")
        self.made: dict[str, list[str]] = {}
        self.region_of: dict[str, str] = {}
        self.stage_of: dict[str, str] = {}
        self.claims: list[tuple[str, str]] = []
        self.pages = 1 + int(30 * size)
        self.partners = [PROGRAMME]
        self.home = [self.draws.pick(world.regions[side::2]) for side in (GIVER, RECEIVER) * _REGIONS]
        self.country_of: dict[str, str] = {}

    def new_ids(self, table: str, stem: str) -> list[str]:
        """Identifiers for the rows this project has in a table."""
        count = self.draws.count(self.world.shape.rows[table] * self.size)
        made = [f"{stem}-{self.number}-{n}" for n in range(1, count + 1)]
        self.made[table] = made
        return made

    def page(self) -> str:
        """The address of a made-up page about the project."""
        kind = self.draws.weighted(WEBSITES)
        page = 1 + self.draws.pick(range(self.pages), 2.0)
        if kind == "organisation":
            return f"{SITE}/organisation/{self.draws.pick(self.partners)}/{page}"
        if kind == "project":
            return f"{SITE}/{self.folder}/news/{page}"
        return f"{SITE}/{kind}/{self.number}/{page}"

    def put(self, table: str, row: Row) -> None:
        """Complete a row with sources, confidence, date and note, and write it."""
        draws = self.draws
        row = {column: cell for column, cell in row.items() if cell}
        if "source_url" not in row:
            count = int(draws.weighted(SOURCES_PER_ROW))
            row["source_url"] = " ; ".join(dict.fromkeys(self.page() for _ in range(count)))
        row["confidence"] = draws.weighted(CONFIDENCE)
        if draws.chance(self.world.shape.filled["source_date"]):
            row["source_date"] = self.date()
        if draws.chance(self.world.shape.filled["note"]):
            row["note"] = draws.wording(60)
        self.write(table, row)

    def filled(self, place: str) -> bool:
        """Whether an optional cell is filled this time."""
        return self.draws.chance(self.world.shape.filled[place])

    def code(self, scheme: str, skew: float = 2.0) -> str:
        """A code of a scheme, the first of them more often."""
        return self.draws.pick(self.world.codes[scheme], skew)

    def date(self, later: int = 0) -> str:
        """A year, month or day within the years of the project, ``later`` years after its start or more."""
        year = self.year + later + self.draws.below(3)
        form = self.draws.number()
        if form < 0.25:
            return str(year)
        month = f"{year}-{1 + self.draws.below(12):02}"
        return month if form < 0.8 else f"{month}-{1 + self.draws.below(28):02}"

    def when(self, place: str, text: Callable[[], str]) -> str:
        """The text, if the cell is filled."""
        return text() if self.filled(place) else ""

    def text(self, place: str, length: int) -> str:
        """Wording of about this length, if the cell is filled."""
        return self.draws.wording(length) if self.filled(place) else ""

    def yes(self, place: str) -> str:
        """A yes or no, if the cell is filled."""
        return ("yes" if self.draws.chance(0.6) else "no") if self.filled(place) else ""

    def one(self, table: str, place: str, skew: float = 1.0) -> str:
        """One of the things made so far in a table, if the cell is filled."""
        made = self.made[table]
        return self.draws.pick(made, skew) if made and self.filled(place) else ""

    def ones(self, table: str, place: str, mean: float = 1.4) -> str:
        """Some of the things made so far in a table, if the cell is filled."""
        made = self.made[table]
        return "|".join(self.draws.some(made, mean)) if made and self.filled(place) else ""

    def organisation(self, place: str, side: int | None = None) -> str:
        """One of the organisations of the project, if the cell is filled."""
        return self._beside(self.made["organisations"], side, 1.5) if self.filled(place) else ""

    def region(self, side: int | None = None) -> str:
        """One of the regions where the project works."""
        return self._beside(self.home, side, 1.0)

    def country(self, region: str) -> str:
        """The country of a region."""
        return self.country_of.get(region) or self.world.country_of[region]

    def _beside(self, things: list[str], side: int | None, skew: float) -> str:
        if side is not None and not self.draws.chance(self.world.shape.both):
            things = things[side::2] or things
        return self.draws.pick(things, skew)

    def money(self, place: str, column: str) -> Row:
        """An amount in a column and its currency, if the cell is filled."""
        if not self.filled(place):
            return {}
        return {column: str(10_000 + self.draws.below(990_000)), "currency": "EUR"}

    def subject(self) -> str:
        """Something that a figure or a gap can be about."""
        tables = ("good_practices", "measures", "events", "policy_instruments", "action_plans")
        made = self.made[self.draws.pick(tables)]
        return self.draws.pick(made) if made else self.folder

    def link(self, key: str, source: str, kind: str, target: str) -> None:
        """Write a structural link."""
        self.put(
            "links",
            {
                "id": key,
                "from_id": source,
                "kind": kind,
                "to_id": target,
                "statement": self.draws.wording(60),
            },
        )
